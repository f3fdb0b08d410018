//! Every format as its readers get it: parsed with the parser they use, from the real binary.

use std::fs;
use std::path::Path;

use ecslint::report::Format;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use tempfile::TempDir;

use super::{BROKEN, ESCAPE, GOOD, PUBLIC, code, folder, run, stderr, stdout};

/// Logical ids that would break out of some format, as YAML writes them.
const HOSTILE: &[&str] = &[
    r#""a%0A::error::x""#,
    r#""</script>""#,
    r#""a|b""#,
    r#""`` ```""#,
    r#""]]>""#,
    r#""a\r\n::error::b""#,
    r#""\e[2J\u202e\0\ufffe""#,
];

/// What `-f FORMAT` prints on stdout, with its exit code.
fn checked(folder: &Path, format: &str, arguments: &[&str]) -> (i32, String) {
    let mut all = vec!["check", "-f", format];
    all.extend(arguments);
    let output = run(folder, &all);
    (code(&output), stdout(&output))
}

fn parsed(folder: &Path, format: &str, arguments: &[&str]) -> Value {
    serde_json::from_str(&checked(folder, format, arguments).1).unwrap()
}

/// An element of a document: its name and its attributes.
pub(super) type Element = (String, Vec<(String, String)>);

/// The elements of a well-formed document.
pub(super) fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    let mut open = 0;
    let mut out = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        let element = match &event {
            Event::Start(element) => {
                open += 1;
                element
            }
            Event::Empty(element) => element,
            Event::End(_) => {
                open -= 1;
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let attributes = element.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let value = text(&attribute.value);
            let value = quick_xml::escape::unescape(&value).unwrap().into_owned();
            (text(attribute.key.as_ref()), value)
        });
        out.push((text(element.name().as_ref()), attributes.collect()));
    }
    assert_eq!(open, 0);
    out
}

pub(super) fn attribute<'e>(element: &'e Element, name: &str) -> &'e str {
    let found = element.1.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

fn named<'e>(elements: &'e [Element], name: &str) -> Vec<&'e Element> {
    elements.iter().filter(|element| element.0 == name).collect()
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let folder = folder(&[
        ("good.yaml", GOOD),
        ("public.yaml", PUBLIC),
        ("broken.yaml", BROKEN),
    ]);
    for format in Format::ALL {
        let exit = |arguments: &[&str]| checked(folder.path(), format.as_str(), arguments).0;
        assert_eq!(exit(&["good.yaml"]), 0, "{format}");
        assert_eq!(exit(&["public.yaml"]), 1, "{format}");
        assert_eq!(exit(&["public.yaml", "--exit-zero"]), 0, "{format}");
        assert_eq!(exit(&["public.yaml", "broken.yaml"]), 3, "{format}");
    }
}

#[test]
fn a_report_in_a_file_holds_what_stdout_would() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    for format in Format::ALL {
        let (_, expected) = checked(folder.path(), format.as_str(), &["public.yaml", "broken.yaml"]);
        let target = format!("{format}=report");
        let output = run(
            folder.path(),
            &["check", "public.yaml", "broken.yaml", "-q", "--report", &target],
        );
        assert_eq!(code(&output), 3, "{format}");
        let report = fs::read_to_string(folder.path().join("report")).unwrap();
        let is_quiet = !format.is_machine();
        assert!(
            if is_quiet {
                expected.starts_with(&report)
            } else {
                report == expected
            },
            "{format}"
        );
    }
}

#[test]
fn jsonl_is_a_header_then_things_then_figures() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let (_, text) = checked(folder.path(), "jsonl", &["public.yaml", "broken.yaml"]);
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let document = parsed(folder.path(), "json", &["public.yaml", "broken.yaml"]);
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!(
        (&first["type"], &first["tool"]),
        (&"header".into(), &document["tool"])
    );
    assert_eq!(first["schema_version"], document["schema_version"]);
    assert_eq!(
        (&last["type"], &last["summary"]),
        (&"summary".into(), &document["summary"])
    );
    assert_eq!(last["run"], document["run"]);
    let of_kind = |kind: &str| -> Vec<Value> {
        let of_kind = lines.iter().filter(|line| line["type"] == kind).cloned();
        of_kind
            .map(|mut line| {
                line.as_object_mut().unwrap().remove("type");
                line
            })
            .collect()
    };
    assert_eq!(of_kind("finding"), *document["findings"].as_array().unwrap());
    assert_eq!(of_kind("error"), *document["errors"].as_array().unwrap());
}

#[test]
fn github_gets_the_most_severe_first_and_the_total_last() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let (_, text) = checked(folder.path(), "github", &["public.yaml", "--profile", "all"]);
    let lines: Vec<&str> = text.lines().collect();
    let rank = |line: &&str| {
        ["::error ", "::warning ", "::notice "]
            .iter()
            .position(|start| line.starts_with(start))
    };
    assert!(lines.iter().all(|line| rank(line).is_some()), "{text}");
    assert!(lines.is_sorted_by_key(rank), "{text}");
    assert!(
        text.contains(
            "::error file=public.yaml,line=8,endLine=8,col=27,endColumn=34,title=task-public-ip::service"
        ),
        "{text}"
    );
    let total = format!("::notice title=ecslint::{} findings (", lines.len() - 1);
    assert!(lines[lines.len() - 1].starts_with(&total), "{text}");
}

#[test]
fn gitlab_gets_issues_with_unique_fingerprints_and_relative_paths() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let arguments = ["./public.yaml", "./broken.yaml", "missing.yaml"];
    let issues = parsed(folder.path(), "gitlab", &arguments);
    let issues = issues.as_array().unwrap();
    let document = parsed(folder.path(), "json", &arguments);
    let counted = document["findings"].as_array().unwrap().len() + 2;
    assert_eq!(issues.len(), counted);
    let mut prints: Vec<&str> = issues
        .iter()
        .map(|issue| issue["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(document["findings"][0]["id"], prints[0]);
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), counted);
    for issue in issues {
        let severity = issue["severity"].as_str().unwrap();
        assert!(["blocker", "critical", "major", "info"].contains(&severity));
        assert!(!issue["location"]["path"].as_str().unwrap().starts_with("./"));
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
        assert!(!issue["check_name"].as_str().unwrap().is_empty());
    }
    assert_eq!(issues[counted - 1]["severity"], "blocker");
}

#[test]
fn junit_has_a_suite_for_each_template_and_a_case_for_each_rule() {
    let folder = folder(&[
        ("good.yaml", GOOD),
        ("public.yaml", PUBLIC),
        ("broken.yaml", BROKEN),
        ("buildspec.yml", "version: 0.2\n"),
    ]);
    let (_, text) = checked(folder.path(), "junit", &["."]);
    let elements = elements(&text);
    let suites: Vec<&str> = named(&elements, "testsuite")
        .iter()
        .map(|suite| attribute(suite, "name"))
        .collect();
    assert_eq!(suites, ["good.yaml", "public.yaml", "broken.yaml"]);
    let document = parsed(folder.path(), "json", &["."]);
    let rules = document["run"]["rules"].as_array().unwrap().len();
    assert_eq!(named(&elements, "testcase").len(), 2 * rules + 1);
    assert_eq!(named(&elements, "error").len(), 1);
    assert!(
        text.contains("public.yaml:8:27: error: service `Service`"),
        "{text}"
    );
    for never in ["timestamp", "hostname", "time="] {
        assert!(!text.contains(never), "{never}");
    }
    let root = named(&elements, "testsuites")[0];
    let failures = named(&elements, "failure").len().to_string();
    assert_eq!(
        (attribute(root, "errors"), attribute(root, "failures")),
        ("1", &*failures)
    );
    assert_eq!(attribute(root, "skipped"), "", "Jenkins refuses it");
}

#[test]
fn checkstyle_lists_files_with_their_errors() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let (_, text) = checked(folder.path(), "checkstyle", &["./public.yaml", "./broken.yaml"]);
    let elements = elements(&text);
    let files: Vec<&str> = named(&elements, "file")
        .iter()
        .map(|file| attribute(file, "name"))
        .collect();
    assert_eq!(files, ["broken.yaml", "public.yaml"]);
    let document = parsed(folder.path(), "json", &["public.yaml", "broken.yaml"]);
    let errors = named(&elements, "error");
    assert_eq!(errors.len(), document["findings"].as_array().unwrap().len() + 1);
    let public = errors
        .iter()
        .find(|error| attribute(error, "source") == "ecslint.task-public-ip")
        .unwrap();
    assert_eq!(
        ["line", "column", "severity"].map(|name| attribute(public, name)),
        ["8", "27", "error"]
    );
}

#[test]
fn rdjson_has_a_code_and_a_range_for_each_diagnostic() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let report = parsed(
        folder.path(),
        "rdjson",
        &["public.yaml", "broken.yaml", "missing.yaml"],
    );
    assert_eq!(report["source"]["name"], "ecslint");
    let all = report["diagnostics"].as_array().unwrap();
    let public = all
        .iter()
        .find(|one| one["code"]["value"] == "task-public-ip")
        .unwrap();
    assert_eq!(public["severity"], "ERROR");
    assert_eq!(public["location"]["path"], "public.yaml");
    assert_eq!(
        public["location"]["range"],
        serde_json::json!({"start": {"line": 8, "column": 27}, "end": {"line": 8, "column": 34}})
    );
    let missing = all
        .iter()
        .find(|one| one["location"]["path"] == "missing.yaml")
        .unwrap();
    assert_eq!(missing["location"].get("range"), None);
}

#[test]
fn markdown_is_a_table_and_folded_details() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let (_, text) = checked(folder.path(), "markdown", &["public.yaml"]);
    let count = parsed(folder.path(), "json", &["public.yaml"])["findings"]
        .as_array()
        .unwrap()
        .len();
    let rows = text.lines().filter(|line| {
        ["| error |", "| warning |", "| info |"]
            .iter()
            .any(|start| line.starts_with(start))
    });
    assert_eq!(rows.count(), count);
    assert_eq!(
        text.matches("<details>").count(),
        count + 1,
        "the findings and the picture"
    );
    assert!(text.contains("AssignPublicIp: ENABLED"), "{text}");
}

#[test]
fn narrated_speaks_in_sentences_on_both_streams() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let output = run(
        folder.path(),
        &[
            "check",
            "-f",
            "narrated",
            "--color",
            "always",
            "public.yaml",
            "broken.yaml",
        ],
    );
    assert_eq!(code(&output), 3);
    for text in [stdout(&output), stderr(&output)] {
        assert!(!text.contains(['╭', '│', '─', '·']), "{text}");
        assert!(!text.as_bytes().contains(&ESCAPE));
    }
    assert!(stdout(&output).contains("\nFile public.yaml, line 8, column 27.\n"));
    assert!(stderr(&output).starts_with("Error 1 of 1, an input that was not analysed.\n"));
    assert!(stderr(&output).contains("\nFile broken.yaml, line 3, column "));
}

#[test]
fn no_name_in_a_template_breaks_a_format() {
    for id in HOSTILE {
        let folder = folder(&[("public.yaml", &PUBLIC.replace("Service:\n", &format!("{id}:\n")))]);
        let of = |format: &str| checked(folder.path(), format, &["public.yaml", "--show-undetermined"]).1;
        let found = |value: &Value| {
            let found = value.as_array().unwrap();
            found.iter().any(|one| one.to_string().contains("task-public-ip"))
        };
        let json = |format: &str| serde_json::from_str::<Value>(&of(format)).unwrap();
        assert!(found(&json("json")["findings"]), "{id}");
        assert!(found(&json("gitlab")), "{id}");
        assert!(found(&json("rdjson")["diagnostics"]), "{id}");
        for line in of("jsonl").lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        for format in ["junit", "checkstyle"] {
            assert!(!elements(&of(format)).is_empty());
        }
        for line in of("github").lines() {
            let is_command = ["::error ", "::warning ", "::notice "]
                .iter()
                .any(|start| line.starts_with(start));
            assert!(is_command, "{line}");
        }
        for row in of("markdown").lines().filter(|line| line.starts_with("| ")) {
            assert_eq!(row.matches('|').count(), 5, "{row}");
        }
        for format in Format::ALL {
            let text = of(format.as_str());
            let steers =
                |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
            assert!(!text.contains(steers), "{format} {id}");
        }
    }
}

#[test]
fn code_hosts_get_paths_and_ids_that_do_not_depend_on_the_folder_of_the_run() {
    let folder = folder(&[("app/public.yaml", PUBLIC), (".git/HEAD", "")]);
    let (root, app) = (folder.path(), folder.path().join("app"));
    let elsewhere = TempDir::new().unwrap();
    let absolute = app.join("public.yaml");
    let runs = [
        (root, "app/public.yaml"),
        (&app, "public.yaml"),
        (&app, "../app/public.yaml"),
        (elsewhere.path(), absolute.to_str().unwrap()),
    ];
    let mut answers = runs.iter().map(|(from, path)| {
        let sarif = parsed(from, "sarif", &[path]);
        let result = &sarif["runs"][0]["results"][0];
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(location["uri"], "app/public.yaml", "{path}");
        let gitlab = parsed(from, "gitlab", &[path]);
        assert_eq!(gitlab[0]["location"]["path"], "app/public.yaml", "{path}");
        let (_, github) = checked(from, "github", &[path]);
        assert!(github.starts_with("::error file=app/public.yaml,"), "{github}");
        let json = parsed(from, "json", &[path]);
        (
            json["findings"][0]["id"].clone(),
            result["partialFingerprints"].clone(),
        )
    });
    let first = answers.next().unwrap();
    assert!(answers.all(|answer| answer == first));
}
