//! What is written where, and how it is painted.

use std::fs;

use ecslint::report::Format;
use serde_json::Value;

use super::{BROKEN, ESCAPE, GOOD, PUBLIC, code, command, fixtures, folder, json, run, stderr, stdout};

#[test]
fn a_severity_below_the_least_one_wanted_is_left_out() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let count = |severity| {
        let report = json(folder.path(), "ALL", &["public.yaml", "--min-severity", severity]);
        let summary = &report["summary"];
        (
            summary["findings"].as_u64().unwrap(),
            summary["error"].as_u64().unwrap(),
        )
    };
    let (all, errors) = count("info");
    let (only, the_same) = count("error");
    assert!(errors > 0 && only == errors && the_same == errors && all >= only);
}

#[test]
pub(super) fn a_pipe_gets_no_escape_codes_unless_they_are_asked_for() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let has_escape = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut all = vec!["check", "public.yaml", "broken.yaml"];
        all.extend(arguments);
        let output = command(folder.path(), &all)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let is_in = |bytes: &[u8]| bytes.contains(&ESCAPE);
        (is_in(&output.stdout), is_in(&output.stderr))
    };
    assert_eq!(has_escape(&[], &[]), (false, false));
    assert_eq!(has_escape(&[], &["--color", "always"]), (true, true));
    assert_eq!(has_escape(&[("FORCE_COLOR", "1")], &[]), (true, true));
    assert_eq!(has_escape(&[("CLICOLOR_FORCE", "1")], &[]), (true, true));
    assert_eq!(
        has_escape(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]),
        (false, false)
    );
    assert_eq!(
        has_escape(&[("FORCE_COLOR", "1")], &["--color", "never"]),
        (false, false)
    );
    assert!(!has_escape(&[], &["--color", "always", "-f", "json"]).0);
}

#[test]
fn a_locale_without_unicode_and_the_flag_give_ascii() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let flag = run(folder.path(), &["check", "public.yaml", "--ascii"]);
    assert!(flag.stdout.is_ascii());
    let locale = command(folder.path(), &["check", "public.yaml"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert_eq!(stdout(&locale), stdout(&flag));
    assert!(!run(folder.path(), &["check", "public.yaml"]).stdout.is_ascii());
}

#[test]
pub(super) fn the_bytes_do_not_depend_on_threads_runs_or_the_place_of_the_folder() {
    let fixtures = fixtures("deployments");
    for format in Format::ALL.iter().map(|format| format.as_str()) {
        let arguments = [
            "check",
            ".",
            "--show-undetermined",
            "--profile",
            "all",
            "-f",
            format,
        ];
        let of = |jobs| {
            let mut all = arguments.to_vec();
            all.extend(["-j", jobs]);
            run(&fixtures, &all).stdout
        };
        let one = of("1");
        assert_eq!(one, of("4"), "{format}");
        assert_eq!(one, of("1"), "{format}");
        assert!(!one.is_empty());
        let text = String::from_utf8(one).unwrap();
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{format}");
    }
}

#[test]
fn quiet_leaves_out_the_summary_and_twice_everything() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let once = run(folder.path(), &["check", "-q", "public.yaml"]);
    assert!(stdout(&once).contains("error[task-public-ip]") && !stdout(&once).contains(" rules"));
    let twice = run(folder.path(), &["check", "-qq", "public.yaml", "missing.yaml"]);
    assert_eq!(
        (code(&twice), stdout(&twice), stderr(&twice)),
        (3, String::new(), String::new())
    );
}

#[test]
fn timings_are_shown_only_where_they_are_asked_for() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let last = |flag| {
        let output = run(folder.path(), &["check", flag, "good.yaml"]);
        stdout(&output).lines().last().unwrap_or_default().to_owned()
    };
    assert!(!last("-v").contains(" ms"));
    assert!(last("-vv").ends_with(" ms"));
    let parts = |flag| {
        let output = run(folder.path(), &["check", flag, "good.yaml"]);
        let lines = stderr(&output).lines().map(str::to_owned).collect::<Vec<_>>();
        lines
            .into_iter()
            .filter(|line| line.starts_with("time: "))
            .count()
    };
    assert_eq!(parts("-v"), 0);
    assert!(parts("-vv") > 8);
}

#[test]
fn reports_go_to_files_beside_stdout_or_in_its_place() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let arguments = [
        "check",
        "public.yaml",
        "--report",
        "sarif=a.sarif",
        "--report",
        "json=a.json",
        "--category",
        "ecs",
    ];
    let output = run(folder.path(), &arguments);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("error[task-public-ip]"));
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("a.sarif")["runs"][0]["automationDetails"]["id"], "ecs/");
    assert_eq!(read("a.json")["run"]["exit_code"], 1);
    let instead = run(folder.path(), &["check", ".", "-f", "json", "-o", "b.json"]);
    assert_eq!((code(&instead), stdout(&instead)), (1, String::new()));
    assert_eq!(read("b.json")["summary"]["templates"], 1);
    let again = run(folder.path(), &["check", ".", "-f", "json", "-o", "b.json"]);
    assert_eq!(code(&again), 1, "a report may be written over");
}

#[test]
fn a_report_is_never_written_over_an_input() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let output = run(
        folder.path(),
        &["check", "public.yaml", "-f", "json", "-o", "./public.yaml"],
    );
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("is one of the inputs"));
    assert_eq!(
        fs::read_to_string(folder.path().join("public.yaml")).unwrap(),
        PUBLIC
    );
}

#[test]
fn the_format_can_come_from_the_environment() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let output = command(folder.path(), &["check", "public.yaml"])
        .env("ECSLINT_FORMAT", "json")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["tool"]["name"], "ecslint");
}
