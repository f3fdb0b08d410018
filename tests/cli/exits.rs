//! How a run ends: exit codes, and what is said about mistakes.

use std::fs;

use super::{BROKEN, ESCAPE, GOOD, PUBLIC, code, fixtures, folder, run, stderr, stdout};

#[test]
pub(super) fn the_articles_template_is_reported_at_its_line_with_a_caret() {
    let output = run(&fixtures("article"), &["check", "template.yaml"]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("AssignPublicIp: ENABLED"))
        .unwrap();
    assert!(lines[at].trim_start().starts_with("47 "), "{text}");
    let column = lines[at].find("ENABLED").unwrap();
    let caret = lines[at + 1]
        .char_indices()
        .find(|(_, character)| *character == '─');
    let in_characters = |line: &str, byte: usize| line[..byte].chars().count();
    assert_eq!(
        in_characters(lines[at + 1], caret.unwrap().0),
        in_characters(lines[at], column),
        "{text}"
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_is_clean_exits_0_and_says_so() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let output = run(folder.path(), &["check", "good.yaml"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).starts_with("no findings\n"));
}

#[test]
pub(super) fn a_file_that_cannot_be_read_exits_3_and_is_named() {
    let folder = folder(&[("broken.yaml", BROKEN)]);
    let missing = run(folder.path(), &["check", "missing.yaml"]);
    assert_eq!(code(&missing), 3);
    assert!(stderr(&missing).contains("missing.yaml: no such file or folder"));
    let broken = run(folder.path(), &["check", "broken.yaml"]);
    assert_eq!(code(&broken), 3);
    let place = stderr(&broken);
    let is_place = |line: &str| {
        let mut parts = line
            .split(':')
            .skip_while(|part| !part.ends_with("broken.yaml"))
            .skip(1);
        let mut is_number = || parts.next().is_some_and(|part| part.parse::<u32>().is_ok());
        is_number() && is_number()
    };
    assert!(place.lines().any(is_place), "{place}");
}

#[test]
pub(super) fn what_could_be_read_is_reported_beside_what_could_not() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let output = run(folder.path(), &["check", "public.yaml", "broken.yaml"]);
    assert_eq!(code(&output), 3);
    assert!(stdout(&output).contains("error[task-public-ip]"));
    assert!(stderr(&output).contains("broken.yaml"));
    let forgiven = run(
        folder.path(),
        &["check", "public.yaml", "broken.yaml", "--exit-zero"],
    );
    assert_eq!(code(&forgiven), 3, "--exit-zero forgives findings only");
}

#[test]
pub(super) fn a_folder_without_a_template_exits_3_and_a_file_that_is_none_exits_0() {
    let folder = folder(&[
        ("buildspec.yml", "version: 0.2\nphases: {}\n"),
        ("empty/x.txt", ""),
    ]);
    let empty = run(folder.path(), &["check", "empty"]);
    assert_eq!(code(&empty), 3);
    assert!(stderr(&empty).contains("no CloudFormation template in this folder"));
    let buildspec = run(folder.path(), &["check", "buildspec.yml"]);
    assert_eq!(code(&buildspec), 0);
    assert!(stdout(&buildspec).contains("1 file skipped"));
    let verbose = run(folder.path(), &["check", "-v", "buildspec.yml"]);
    assert!(stdout(&verbose).contains("skipped buildspec.yml: not a CloudFormation template"));
}

#[test]
pub(super) fn a_mistake_in_the_arguments_exits_2_with_what_to_type_instead() {
    let folder = folder(&[("templates/good.yaml", GOOD)]);
    for (arguments, hint) in [
        (&["check", "--formt", "json"][..], "--format"),
        (&["chekc"], "check"),
        (&["templates/"], "to check it, run: ecslint check templates/"),
        (
            &["check", "--select", "task-publik-ip"],
            "did you mean `task-public-ip`?",
        ),
        (&["check", "--ignore", "netwrok"], "did you mean `network`?"),
        (&["check", "--select", "CKV_AWS_333"], "`task-public-ip`"),
        (
            &["check", "--format", "jsn"],
            "use one of: full, concise, narrated, json, jsonl, sarif",
        ),
        (&["check", "--report", "sarif"], "expected FORMAT=PATH"),
        (&["check", "--report", "htm=x"], "no format is called `htm`"),
        (&["check", "--fix"], "`--fix` is not built yet"),
        (&["check", "--context", "rep"], "'repo'"),
        (&["check", "-vvv"], "not built yet"),
        (&["lsp"], "the command `lsp` is not built yet"),
        (&["explain", "task-publik-ip"], "`task-public-ip`"),
        (&["check", "-p", "Secret"], "expected KEY=VALUE"),
        (&["check", "-P", "none.json"], "no such file or folder"),
        (&["check", "-j", "0"], "--jobs"),
        (&["check", "--exclude", "[", "templates"], "is not a pattern"),
    ] {
        let output = run(folder.path(), arguments);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?}: {text}");
        assert!(text.contains(hint), "{arguments:?}: {text}");
        assert!(text.starts_with("error: "), "{arguments:?}: {text}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[test]
fn flags_that_contradict_each_other_are_refused_before_anything_is_written() {
    let folder = folder(&[("public.yaml", PUBLIC), ("list", "public.yaml\n")]);
    for (arguments, hint) in [
        (
            &["check", "--isolated", "--config", "list"][..],
            "cannot be used with",
        ),
        (
            &["check", "--add-ignore=x", "-f", "json"],
            "cannot be used with '--format",
        ),
        (
            &["check", "--add-ignore=x", "-o", "new"],
            "cannot be used with '--output",
        ),
        (
            &["check", "--add-ignore=x", "--report", "json=new"],
            "cannot be used with '--report",
        ),
        (
            &["check", "--add-ignore=x", "--list-files"],
            "cannot be used with '--list-files",
        ),
        (
            &["check", "--add-ignore=x", "--no-suppressions"],
            "cannot be used with '--no-suppressions",
        ),
        (&["check", "--until", "2099-01-01"], "--add-ignore"),
        (
            &["check", "-f", "json", "-f", "full"],
            "cannot be used multiple times",
        ),
        (
            &["check", "--profile", "strict", "--profile", "all"],
            "cannot be used multiple times",
        ),
        (
            &["check", "-o", "new", "--report", "json=./new"],
            "two reports go to",
        ),
        (
            &["check", "--statistics", "-f", "sarif", "-o", "new"],
            "`--statistics` has no place",
        ),
        (&["check", "-", "--files-from", "-"], "both a template and a list"),
        (&["check", "-", "--changed"], "stdin is none"),
        (&["check", "--stdin-filename", "x.yaml"], "add `-` to the paths"),
        (
            &["explain", "task-public-ip", "--all"],
            "cannot be used with '--all'",
        ),
        (&["man", "check", "--dir", "new"], "cannot be used with '--dir"),
        (
            &["rules", "--rules", "list", "test", "list"],
            "cannot be used with '--rules",
        ),
    ] {
        let output = run(folder.path(), arguments);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?}: {text}");
        assert!(
            text.starts_with("error: ") && text.contains(hint),
            "{arguments:?}: {text}"
        );
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{arguments:?}");
        let template = fs::read_to_string(folder.path().join("public.yaml")).unwrap();
        assert_eq!(template, PUBLIC, "{arguments:?}");
    }
}

#[test]
fn a_mistake_beats_an_unreadable_input() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let output = run(
        folder.path(),
        &["check", "good.yaml", "missing.yaml", "-p", "X=1"],
    );
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("declares no parameter `X`"));
}

#[test]
fn the_gate_decides_between_0_and_1_by_severity() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let exit = |arguments: &[&str]| {
        let mut all = vec!["check", "public.yaml", "--select", "task-public-ip"];
        all.extend(arguments);
        code(&run(folder.path(), &all))
    };
    assert_eq!(exit(&[]), 1);
    assert_eq!(exit(&["--fail-on", "error"]), 1);
    assert_eq!(exit(&["--fail-on", "never"]), 0);
    assert_eq!(exit(&["--exit-zero"]), 0);
    assert_eq!(exit(&["--ignore", "network"]), 0);
    let unknown = "Parameters: {Ip: {Type: String}}\n".to_owned() + &PUBLIC.replace("ENABLED", "!Ref Ip");
    fs::write(folder.path().join("public.yaml"), unknown).unwrap();
    assert_eq!(exit(&[]), 0);
    assert_eq!(exit(&["--fail-on-undetermined"]), 1);
    assert_eq!(exit(&["-p", "Ip=ENABLED"]), 1);
    assert_eq!(exit(&["-p", "Ip=DISABLED", "--fail-on-undetermined"]), 0);
}

#[test]
fn help_and_version_exit_0_on_stdout() {
    let folder = folder(&[]);
    for arguments in [
        &["--version"][..],
        &["-h"],
        &["check", "--help"],
        &["help", "resolve"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(
            (code(&output), stderr(&output)),
            (0, String::new()),
            "{arguments:?}"
        );
        assert!(!output.stdout.contains(&ESCAPE), "{arguments:?}");
    }
    let version = stdout(&run(folder.path(), &["--version"]));
    assert_eq!(version, concat!("ecslint ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(code(&run(folder.path(), &[])), 2, "no command is a mistake");
}
