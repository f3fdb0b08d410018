use super::sample::{Files, LOG_RETENTION, PUBLIC_IP, empty, plain, report};
use super::*;
use crate::diag::{Role, Severity};
use crate::source::{FileId, Source, Span};

pub(super) fn written(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    write(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn written_errors(report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    write_errors(Format::Full, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(super) fn everything() -> Options {
    Options {
        timing: true,
        list_skipped: true,
        show_undetermined: true,
        show_suppressed: true,
        exit_code: 3,
        ..Options::default()
    }
}

/// True for what a terminal obeys or reorders; line breaks are part of every output.
fn steers(character: char) -> bool {
    character != '\n' && (character.is_control() || matches!(character, '\u{202a}'..='\u{202e}'))
}

#[test]
fn full() {
    insta::assert_snapshot!(written(Format::Full, &report(), &Options::default()));
}

#[test]
fn full_with_everything() {
    insta::assert_snapshot!(written(Format::Full, &report(), &everything()));
}

#[test]
fn full_in_ascii() {
    let options = Options {
        ascii: true,
        quiet: true,
        ..Options::default()
    };
    insta::assert_snapshot!(written(Format::Full, &report(), &options));
}

#[test]
fn full_in_colour_with_links() {
    let options = Options {
        color: true,
        hyperlinks: true,
        quiet: true,
        ..Options::default()
    };
    let text = written(Format::Full, &report(), &options);
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn errors() {
    insta::assert_snapshot!(written_errors(&report(), &Options::default()));
}

#[test]
fn concise() {
    insta::assert_snapshot!(written(Format::Concise, &report(), &everything()));
}

#[test]
fn json() {
    insta::assert_snapshot!(written(Format::Json, &report(), &everything()));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(written(Format::Sarif, &report(), &everything()));
}

fn counted() -> Options {
    Options {
        statistics: true,
        ..Options::default()
    }
}

#[test]
fn statistics_count_in_place_of_the_findings() {
    insta::assert_snapshot!(written(Format::Full, &report(), &counted()));
    insta::assert_snapshot!(written(Format::Narrated, &report(), &counted()));
    insta::assert_snapshot!(written(Format::Markdown, &report(), &counted()));
    insta::assert_snapshot!(written(Format::Jsonl, &report(), &counted()));
    for format in Format::ALL.iter().filter(|format| format.has_statistics()) {
        let text = written(*format, &report(), &counted());
        assert!(!text.contains("gives its tasks"), "{format}");
        assert!(text.contains("task-public-ip"), "{format}");
    }
    assert!(written(Format::Full, &empty(), &counted()).starts_with("no findings\n"));
}

#[test]
fn narrated() {
    insta::assert_snapshot!(written(Format::Narrated, &report(), &everything()));
}

#[test]
fn jsonl() {
    insta::assert_snapshot!(written(Format::Jsonl, &report(), &everything()));
}

#[test]
fn github() {
    insta::assert_snapshot!(written(Format::Github, &report(), &everything()));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(written(Format::Gitlab, &report(), &everything()));
}

#[test]
fn junit() {
    insta::assert_snapshot!(written(Format::Junit, &report(), &everything()));
}

#[test]
fn checkstyle() {
    insta::assert_snapshot!(written(Format::Checkstyle, &report(), &everything()));
}

#[test]
fn rdjson() {
    insta::assert_snapshot!(written(Format::Rdjson, &report(), &everything()));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(written(Format::Markdown, &report(), &everything()));
}

#[test]
fn narrated_errors() {
    let mut out = Vec::new();
    write_errors(Format::Narrated, &report(), &Options::default(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn a_run_without_findings_says_so() {
    let text = written(Format::Full, &empty(), &Options::default());
    assert_eq!(text, "no findings\n0 templates, 0 resources, 1 rule\n");
    assert_eq!(
        written(Format::Concise, &empty(), &Options::default()),
        "no findings\n"
    );
}

#[test]
fn without_colour_no_output_steers_the_terminal() {
    for ascii in [false, true] {
        let options = Options {
            ascii,
            ..everything()
        };
        for format in Format::ALL {
            let text = written(*format, &report(), &options);
            assert_eq!(
                text.chars().find(|character| steers(*character)),
                None,
                "{format}"
            );
        }
        let text = written_errors(&report(), &options);
        assert_eq!(text.chars().find(|character| steers(*character)), None);
    }
}

#[test]
fn colour_paints_what_is_drawn_only() {
    let options = Options {
        color: true,
        ..everything()
    };
    for format in Format::ALL {
        let text = written(*format, &report(), &options);
        let is_drawn = matches!(format, Format::Full | Format::Concise);
        assert_eq!(text.contains('\u{1b}'), is_drawn, "{format}");
    }
    assert!(written_errors(&report(), &options).contains('\u{1b}'));
}

#[test]
fn painted_text_without_its_paint_is_the_plain_text() {
    let painted = Options {
        color: true,
        ..everything()
    };
    let paint = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for format in [Format::Full, Format::Concise] {
        let text = written(format, &report(), &painted);
        assert_eq!(
            paint.replace_all(&text, ""),
            written(format, &report(), &everything())
        );
    }
}

#[test]
fn links_appear_only_when_asked_for() {
    let options = Options {
        hyperlinks: true,
        ..Options::default()
    };
    assert!(written(Format::Full, &report(), &options).contains("\u{1b}]8;;https://docs.aws.amazon.com"));
    assert!(!written(Format::Full, &report(), &Options::default()).contains("]8;;"));
}

#[test]
fn a_long_line_is_cut_around_its_labels() {
    let text = written(Format::Full, &report(), &Options::default());
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest < 400, "{longest}");
}

#[test]
fn many_findings_of_a_rule_in_a_file_fold() {
    let files = Files::new();
    let label = files.label(files.service, "AssignPublicIp", "", Role::Evidence);
    let mut report = report();
    report.findings = vec![plain(&PUBLIC_IP, "again", label.clone()); 10];
    let count = |report: &Report, word: &str| {
        let text = written(Format::Full, report, &Options::default());
        text.matches(word).count()
    };
    assert_eq!(count(&report, ": again"), 10);
    report.findings.push(plain(&PUBLIC_IP, "again", label.clone()));
    report.findings.push(plain(&LOG_RETENTION, "another", label));
    assert_eq!(count(&report, ": again"), 5);
    assert_eq!(count(&report, ": another"), 1);
    assert_eq!(
        count(&report, "… and 6 more like this, --format concise lists them"),
        1
    );
    let concise = written(Format::Concise, &report, &Options::default());
    assert_eq!(concise.matches("again").count(), 11);
}

#[test]
fn any_span_of_a_file_can_be_drawn() {
    let texts = [
        "",
        "\n",
        "\u{feff}a: 😀\r\n\r\nb",
        "a\rb\r",
        "\t한\t글\u{1b}\n",
        "x",
    ];
    for text in texts {
        let mut report = empty();
        let file = report.sources.add(Source::new("t.yaml", text));
        let ends: Vec<u32> = text
            .char_indices()
            .map(|(at, _)| at as u32)
            .chain([text.len() as u32])
            .collect();
        for (index, start) in ends.iter().enumerate() {
            for end in ends.iter().skip(index) {
                let mut label = Files::new().label(FileId(0), "T", "here", Role::Evidence);
                label.span = Span::new(file, *start, *end);
                let mut finding = plain(&PUBLIC_IP, "m", label.clone());
                finding.related = vec![label];
                report.findings.push(finding);
            }
        }
        for format in Format::ALL {
            let out = written(*format, &report, &everything());
            assert!(!out.contains("Failed to read"), "{out}");
        }
    }
}

#[test]
fn a_label_without_a_place_on_screen_is_listed() {
    let text = written(Format::Full, &report(), &Options::default());
    assert!(text.contains("because: templates/nested/vpc.yaml:6:7  route 0.0.0.0/0"));
    assert!(text.contains("because: templates/long.json:1:"));
}

#[test]
fn sarif_regions_stay_on_one_line_and_results_carry_both_fingerprints() {
    let log: serde_json::Value =
        serde_json::from_str(&written(Format::Sarif, &report(), &everything())).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 7);
    for result in results {
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1);
        let region = &locations[0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], region["endLine"]);
        assert!(region["startColumn"].as_u64() <= region["endColumn"].as_u64());
        let prints = &result["partialFingerprints"];
        assert!(prints["primaryLocationLineHash"].as_str().unwrap().contains(':'));
        assert_eq!(prints["ecslintFindingId/v1"].as_str().unwrap().len(), 16);
        assert_eq!(
            run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"],
            result["ruleId"]
        );
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn sarif_leaves_undetermined_checks_out_unless_asked() {
    let text = written(Format::Sarif, &report(), &Options::default());
    assert!(!text.contains("\"open\""));
    assert!(written(Format::Sarif, &report(), &everything()).contains("\"open\""));
}

#[test]
fn no_machine_format_holds_the_time_a_run_took() {
    let mut slow = report();
    slow.stats.elapsed *= 1000;
    for format in Format::ALL.iter().filter(|format| format.is_machine()) {
        let text = written(*format, &report(), &everything());
        assert_eq!(text, written(*format, &slow, &everything()));
    }
    let text = written(Format::Full, &slow, &everything());
    assert!(text.ends_with("in 12.0 s\n"), "{text}");
}

#[test]
fn severities_are_counted_in_words() {
    let mut report = report();
    report
        .findings
        .retain(|finding| finding.severity != Severity::Info);
    let text = written(Format::Concise, &report, &Options::default());
    assert!(text.ends_with(
        "2 findings (1 error, 1 warning) · 1 suppressed · 1 in the baseline · 1 undetermined (--show-undetermined) · 2 inputs not analysed · 1 rule crashed\n"
    ));
}

#[test]
fn format_names_parse_and_others_are_answered_with_them() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(*format));
    }
    assert_eq!(
        "xml".parse::<Format>().unwrap_err().to_string(),
        "no format is called `xml`; use one of: full, concise, narrated, json, jsonl, sarif, github, gitlab, junit, checkstyle, \
         rdjson, markdown, html"
    );
}

#[test]
fn a_closed_pipe_is_an_error_and_no_panic() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let error = write(*format, &report(), &everything(), &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format}");
    }
}

#[test]
fn undetermined_checks_appear_only_where_wanted_but_in_json_and_junit() {
    for format in Format::ALL {
        let text = written(*format, &report(), &Options::default());
        let always = matches!(format, Format::Json | Format::Jsonl | Format::Junit);
        assert_eq!(text.contains("runs in public subnets"), always, "{format}");
        let text = written(*format, &report(), &everything());
        assert!(text.contains("runs in public subnets"), "{format}");
    }
}

#[test]
fn what_is_accepted_appears_marked_only_where_wanted_but_in_json() {
    for format in Format::ALL {
        let text = written(*format, &report(), &Options::default());
        let always = matches!(format, Format::Json | Format::Jsonl);
        assert_eq!(text.contains("no NAT in"), always, "{format}");
        let shown = Options {
            show_suppressed: true,
            ..Options::default()
        };
        let text = written(*format, &report(), &shown);
        assert!(
            text.contains("`Tail` gives") || text.contains("<code>Tail</code> gives"),
            "{format}"
        );
        assert!(
            text.contains("`Old` keeps") || text.contains("<code>Old</code> keeps"),
            "{format}"
        );
        if matches!(format, Format::Gitlab) {
            assert!(text.contains("suppressed error:") && text.contains("baselined info:"));
            continue;
        }
        for detail in ["no NAT in", "2027-06-30", "ecslint-baseline", "2026-10-01"] {
            assert!(text.contains(detail), "{format} {detail}");
        }
    }
}

#[test]
fn what_is_accepted_is_never_as_bad_as_what_stands() {
    let mut report = report();
    report.findings.clear();
    report.errors.clear();
    report.crashes.clear();
    let shown = Options {
        show_suppressed: true,
        ..Options::default()
    };
    for (format, bad) in [
        (Format::Github, "::error"),
        (Format::Gitlab, "critical"),
        (Format::Junit, "<failure"),
        (Format::Checkstyle, "severity=\"error\""),
        (Format::Rdjson, "\"ERROR\""),
    ] {
        let text = written(format, &report, &shown);
        assert!(text.contains("Tail") && !text.contains(bad), "{text}");
    }
}

#[test]
fn machine_formats_hold_errors_and_where_they_have_a_place_for_them_crashes() {
    for format in Format::ALL.iter().filter(|format| format.is_machine()) {
        let text = written(*format, &report(), &Options::default());
        assert!(text.contains("not valid YAML"), "{format}");
        assert!(text.contains("no such file"), "{format}");
        let is_list_of_places = matches!(format, Format::Gitlab | Format::Checkstyle | Format::Rdjson);
        assert_eq!(text.contains("index out of"), !is_list_of_places, "{format}");
    }
}

#[test]
fn a_rule_that_crashed_has_passed_no_template() {
    let mut report = report();
    report.findings.clear();
    let out = written(Format::Junit, &report, &Options::default());
    assert!(
        !out.contains(r#"<testcase name="log-retention-missing" classname="templates/my service.yaml"/>"#)
    );
    assert!(out.contains(r#"<testcase name="task-public-ip" classname="templates/long.json"/>"#));
    assert_eq!(out.matches("the rule crashed").count(), 3);
    report.crashes[0].rule = "facts".into();
    let out = written(Format::Junit, &report, &Options::default());
    assert_eq!(
        out.matches("the rule crashed").count(),
        5,
        "all rest on the facts"
    );
}
