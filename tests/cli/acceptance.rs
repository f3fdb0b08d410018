//! The twenty checks of the acceptance list, each under its number. What another test of this suite shows is called here and not
//! written twice.
//!
//! Elsewhere: 16, the time of a check, is `benches/acceptance.rs`; 18, the commands of the README, is `tests/readme`.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use ecslint::report::Format;
use serde_json::Value;

use super::{
    PUBLIC, baseline, code, command, configuration, exits, fixtures, folder, inputs, json, output, run,
    stderr, stdout, suppressions, terminal, values,
};

#[test]
fn check_01_the_article_is_reported_with_a_caret_on_its_line() {
    exits::the_articles_template_is_reported_at_its_line_with_a_caret();
}

#[test]
fn check_02_what_cannot_be_read_exits_3_beside_the_findings() {
    exits::a_file_that_cannot_be_read_exits_3_and_is_named();
    exits::what_could_be_read_is_reported_beside_what_could_not();
}

#[test]
fn check_03_an_empty_folder_exits_3_and_a_file_that_is_no_template_0() {
    exits::a_folder_without_a_template_exits_3_and_a_file_that_is_none_exits_0();
}

#[test]
fn check_04_a_template_comes_through_stdin() {
    inputs::a_template_on_stdin_is_reported_under_the_name_it_is_given();
}

/// Validity against the official schema is a step of `.ci/run`, by `tools/validate-sarif.py`.
#[test]
fn check_05_sarif_is_what_code_scanning_makes_the_most_of() {
    let arguments = [
        "check",
        ".",
        "--profile",
        "all",
        "--show-undetermined",
        "-f",
        "sarif",
    ];
    let log: Value = serde_json::from_slice(&run(&fixtures("deployments"), &arguments).stdout).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.len() > 100);
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert_ne!(rule[text]["text"].as_str().unwrap().trim(), "", "{}", rule["id"]);
        }
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 20);
    for result in results {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        for number in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[number].as_u64().unwrap() > 0);
        }
        let prints = &result["partialFingerprints"];
        let id = prints["ecslintFindingId/v1"].as_str().unwrap();
        assert!(id.len() >= 16 && id.is_char_boundary(16));
        assert!(u64::from_str_radix(&id[..16], 16).is_ok(), "{id}");
        let (hash, count) = prints["primaryLocationLineHash"]
            .as_str()
            .unwrap()
            .split_once(':')
            .unwrap();
        assert!(u64::from_str_radix(hash, 16).is_ok() && count.parse::<u32>().is_ok());
        assert_eq!(
            rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"],
            result["ruleId"]
        );
    }
}

/// The vectors that CodeQL publishes are a unit test of the hash; this compares whole files with another implementation of it.
#[test]
fn check_05_line_hashes_are_those_of_another_implementation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = root.join("../shared/tools/codeql_hash.py");
    let has_python = Command::new("python3").arg("--version").output().is_ok();
    if !reference.is_file() || !has_python {
        terminal::skipped("the other implementation or python3 is not here");
        return;
    }
    let folder = folder(&[]);
    let log = folder.path().join("log.sarif");
    let arguments = [
        "check",
        "fixtures/deployments",
        "--profile",
        "all",
        "-f",
        "sarif",
        "-o",
        log.to_str().unwrap(),
    ];
    assert_eq!(code(&run(root, &arguments)), 1);
    let output = Command::new("python3")
        .arg("tools/sarif-figures.py")
        .arg("--hashes")
        .arg(&reference)
        .args(["--root", "."])
        .arg(&log)
        .current_dir(root)
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    assert!(text.contains(", different: 0\n"), "{text}");
}

#[test]
fn check_06_escape_codes_are_for_terminals() {
    output::a_pipe_gets_no_escape_codes_unless_they_are_asked_for();
    terminal::each_stream_is_painted_by_what_it_is_itself();
    terminal::a_terminal_is_not_painted_where_the_user_says_so();
}

#[test]
fn check_07_the_bytes_are_the_same_whatever_the_threads_and_the_run() {
    output::the_bytes_do_not_depend_on_threads_runs_or_the_place_of_the_folder();
}

#[test]
fn check_08_a_mistake_exits_2_with_a_suggestion() {
    exits::a_mistake_in_the_arguments_exits_2_with_what_to_type_instead();
    configuration::every_mistake_is_shown_with_its_place_and_what_may_be_meant();
}

#[test]
fn check_09_every_form_of_suppression_is_honoured_and_judged() {
    suppressions::every_form_suppresses_and_is_judged();
    baseline::what_is_recorded_does_not_fail_and_says_since_when();
    suppressions::suppressions_of_other_tools_count_where_those_tools_honour_them();
}

#[test]
fn check_10_lines_above_change_neither_the_match_nor_the_id() {
    baseline::fifty_lines_above_change_neither_the_match_nor_the_id();
}

#[test]
fn check_11_the_baseline_of_one_file_does_not_hide_another() {
    baseline::the_same_violation_in_another_file_or_once_more_is_new();
}

#[test]
fn check_12_every_form_of_parameter_file_gives_the_same_result() {
    values::all_forms_of_parameter_files_give_the_same_result();
}

/// A root whose only resource is a nested stack at `url`.
fn root(url: &str, extra: &str) -> String {
    format!(
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n{extra}    Properties:\n      TemplateURL: {url}\n"
    )
}

#[test]
fn check_13_nested_stacks_are_followed_or_it_is_said_why_not() {
    let asset = "    Metadata:\n      aws:asset:path: app/child.yaml\n";
    for (name, template, is_followed) in [
        ("relative", root("app/child.yaml", ""), true),
        (
            "of a CDK asset",
            root("https://s3.amazonaws.com/b/0.json", asset),
            true,
        ),
        ("missing", root("app/none.yaml", ""), false),
        ("outside of the root", root("../child.yaml", ""), false),
        (
            "of an unknown bucket",
            root("https://s3.amazonaws.com/b/k.yaml", ""),
            false,
        ),
    ] {
        let folder = folder(&[
            ("root.yaml", &template),
            ("app/child.yaml", PUBLIC),
            (".git/HEAD", ""),
        ]);
        let report = json(folder.path(), "ALL", &["root.yaml"]);
        let stacks: Vec<&Value> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["rule"]["name"] == "task-public-ip")
            .map(|finding| &finding["stacks"][0])
            .collect();
        let expected: &[&str] = if is_followed { &["Child"] } else { &[] };
        assert_eq!(stacks, expected, "{name}");
        if !is_followed {
            let said = ["findings", "undetermined", "errors"];
            let said = said.iter().flat_map(|list| report[list].as_array().unwrap());
            assert!(said.count() > 0, "{name}: {report:#}");
        }
    }
    let folder = folder(&[("loop.yaml", &root("loop.yaml", ""))]);
    let ends = run(folder.path(), &["check", "loop.yaml", "--show-undetermined"]);
    assert!(code(&ends) < 4, "a loop ends: {}", stderr(&ends));
}

#[test]
fn checks_14_15_19_belong_to_what_is_not_built_and_says_so() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    for (arguments, what) in [
        (&["check", "--fix", "--diff", "public.yaml"][..], "`--fix`"),
        (&["check", "--diff", "public.yaml"], "`--diff`"),
        (&["diff", "--change-set", "a.json"], "the command `diff`"),
        (&["check", "--lang", "ko", "public.yaml"], "`--lang`"),
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(
            (code(&output), stdout(&output)),
            (2, String::new()),
            "{arguments:?}"
        );
        let expected = format!("error: {what} is not built yet");
        assert!(stderr(&output).starts_with(&expected), "{}", stderr(&output));
    }
}

/// The script follows more commands, and installs what it needs; it is a step of `.ci/run`.
#[test]
fn check_17_no_socket_is_opened() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let trace = folder.path().join("trace");
    let traced = |binary: &str, arguments: &[&str]| {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-e", "trace=network", "-o"]).arg(&trace);
        let output = strace
            .arg(binary)
            .args(arguments)
            .current_dir(folder.path())
            .output();
        output.ok().and_then(|output| output.status.code())
    };
    if traced("true", &[]) != Some(0) {
        terminal::skipped("strace is not here, or may not follow processes");
        return;
    }
    let arguments = [
        "check",
        "public.yaml",
        "--profile",
        "all",
        "--report",
        "sarif=a.sarif",
    ];
    assert_eq!(traced(env!("CARGO_BIN_EXE_ecslint"), &arguments), Some(1));
    let calls = std::fs::read_to_string(&trace).unwrap();
    let calls: Vec<&str> = calls
        .lines()
        .filter(|line| !line.contains("+++") && !line.contains("---"))
        .collect();
    assert_eq!(calls, [""; 0]);
}

#[test]
fn check_20_a_reader_of_one_line_meets_no_complaint_in_any_format() {
    let service = PUBLIC.strip_prefix("Resources:\n").unwrap();
    let many: String = (0..500)
        .map(|number| service.replace("Service:\n", &format!("Service{number}:\n")))
        .collect();
    let folder = folder(&[("many.yaml", &format!("Resources:\n{many}"))]);
    for format in Format::ALL {
        let arguments = [
            "check",
            "many.yaml",
            "-f",
            format.as_str(),
            "-s",
            "task-public-ip",
        ];
        let mut child = command(folder.path(), &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        drop(reader);
        assert!(!line.is_empty(), "{format}");
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), errors.as_str()),
            (Some(1), ""),
            "{format}"
        );
    }
}
