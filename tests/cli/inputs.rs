//! Which files are checked.

use std::fs;

use super::{GOOD, PUBLIC, code, command, folder, run, stderr, stdout};

#[test]
pub(super) fn a_template_on_stdin_is_reported_under_the_name_it_is_given() {
    let folder = folder(&[("templates/template.yaml", PUBLIC)]);
    let pipe = |arguments: &[&str]| {
        let file = fs::File::open(folder.path().join("templates/template.yaml")).unwrap();
        let output = command(folder.path(), arguments).stdin(file).output().unwrap();
        (code(&output), stdout(&output) + &stderr(&output))
    };
    let (exit, text) = pipe(&["check", "-", "-f", "concise", "-s", "task-public-ip"]);
    assert_eq!(exit, 1);
    assert!(text.starts_with("<stdin>:8:27: error[task-public-ip]"), "{text}");
    let (exit, text) = pipe(&[
        "check",
        "-",
        "--stdin-filename",
        "templates/new.yaml",
        "-f",
        "concise",
        "-s",
        "task-public-ip",
    ]);
    assert_eq!(exit, 1);
    assert!(
        text.starts_with("templates/new.yaml:8:27: error[task-public-ip]"),
        "{text}"
    );
    let (exit, text) = pipe(&["check", "templates", "--stdin-filename", "x.yaml"]);
    assert_eq!(exit, 2);
    assert!(text.contains("add `-` to the paths"), "{text}");
}

#[test]
fn lists_of_files_are_read_in_every_form() {
    let folder = folder(&[
        ("a b.yaml", PUBLIC),
        ("c.yaml", GOOD),
        ("other.yaml", GOOD),
        ("lines.txt", "a b.yaml\nc.yaml\n"),
        ("nul.txt", "a b.yaml\0c.yaml\0"),
        ("none.txt", ""),
    ]);
    let listed = |arguments: &[&str]| {
        let mut all = vec!["check", "--list-files"];
        all.extend(arguments);
        stdout(&run(folder.path(), &all))
    };
    for arguments in [
        &["a b.yaml", "c.yaml"][..],
        &["@lines.txt"],
        &["--files-from", "lines.txt"],
        &["--files-from", "nul.txt"],
        &["c.yaml", "--files-from", "lines.txt"],
    ] {
        assert_eq!(listed(arguments), "a b.yaml\nc.yaml\n", "{arguments:?}");
    }
    assert_eq!(
        listed(&["--files-from", "none.txt"]),
        "",
        "an empty list is not `.`"
    );
    let file = fs::File::open(folder.path().join("lines.txt")).unwrap();
    let output = command(folder.path(), &["check", "--list-files", "--files-from", "-"])
        .stdin(file)
        .output()
        .unwrap();
    assert_eq!(stdout(&output), "a b.yaml\nc.yaml\n");
    assert_eq!(code(&run(folder.path(), &["check", "@missing.txt"])), 3);
}

#[test]
fn files_are_chosen_by_patterns_and_gitignore() {
    let folder = folder(&[
        ("a.yaml", GOOD),
        ("b.yaml", GOOD),
        ("c.cfn", GOOD),
        ("d.yaml", "services: {}\n"),
        ("ignored/e.yaml", GOOD),
        (".gitignore", "ignored/\n"),
    ]);
    let listed = |arguments: &[&str]| {
        let mut all = vec!["check", "--list-files"];
        all.extend(arguments);
        let output = run(folder.path(), &all);
        (stdout(&output).replace('\n', " "), stderr(&output))
    };
    let (paths, skipped) = listed(&["."]);
    assert_eq!(paths, "a.yaml b.yaml ");
    assert_eq!(skipped, "skipped d.yaml: not a CloudFormation template\n");
    assert_eq!(listed(&[".", "--include", "*.cfn"]).0, "a.yaml b.yaml c.cfn ");
    assert_eq!(listed(&[".", "--exclude", "b*"]).0, "a.yaml ");
    assert_eq!(
        listed(&[".", "--no-gitignore"]).0,
        "a.yaml b.yaml ignored/e.yaml "
    );
    assert_eq!(listed(&["b.yaml", "--exclude", "b*"]).0, "b.yaml ");
    assert_eq!(listed(&["b.yaml", "--exclude", "b*", "--force-exclude"]).0, "");
}

#[test]
fn a_long_list_with_doubles_and_a_file_that_is_gone_is_read_to_its_end() {
    let folder = folder(&[("a.yaml", PUBLIC), ("b.yaml", GOOD)]);
    let mut list = "a.yaml\n./a.yaml\n".repeat(1500);
    list.push_str("gone.yaml\nb.yaml\n");
    fs::write(folder.path().join("list.txt"), list).unwrap();
    for argument in [&["@list.txt"][..], &["--files-from", "list.txt"]] {
        let mut all = vec!["check", "-s", "task-public-ip", "-f", "concise"];
        all.extend(argument);
        let output = run(folder.path(), &all);
        assert_eq!(
            code(&output),
            3,
            "a script that lists what is gone must hear of it"
        );
        assert_eq!(stdout(&output).matches("error[task-public-ip]").count(), 1);
        let said = stdout(&output) + &stderr(&output);
        assert!(
            said.contains("gone.yaml") && said.contains("no such file or folder"),
            "{said}"
        );
    }
}
