//! `--changed`: what differs from another state of the repository, and what that touches.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::context::{SERVICE, parent};
use super::{BROKEN, GOOD, PUBLIC, code, command, folder, stderr, stdout};

/// Runs git in a folder, away from the settings of this machine; false when there is no git.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let Ok(output) = command.output() else {
        return false;
    };
    assert!(output.status.success(), "git {arguments:?}: {}", stderr(&output));
    true
}

/// A repository on the branch `main` with everything in its first commit; `None` without git.
fn repository(files: &[(&str, &str)]) -> Option<TempDir> {
    let folder = folder(files);
    if !git(folder.path(), &["init", "--quiet", "--initial-branch=main"]) {
        tell_skipped();
        return None;
    }
    commit(folder.path());
    Some(folder)
}

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn tell_skipped() {
    eprintln!("skipped: no program `git`");
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["check"];
    all.extend(arguments);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command(folder, &all).env("PATH", path).output().unwrap()
}

/// The findings of `task-public-ip` and `missing-template` as `path:line rule`, one a word pair.
fn found(folder: &Path, arguments: &[&str]) -> String {
    let mut all = vec![
        "--select",
        "task-public-ip,missing-template",
        "--format",
        "concise",
        "-q",
    ];
    all.extend(arguments);
    let output = run(folder, &all);
    assert!(code(&output) < 2, "{}", stderr(&output));
    let text = stdout(&output);
    let lines = text.lines().filter_map(|line| {
        let (place, rest) = line.split_once(": ")?;
        let (path, _) = place.split_once(':')?;
        let rule = rest.split(['[', ']']).nth(1)?;
        Some(format!("{path} {rule}"))
    });
    lines.collect::<Vec<_>>().join(", ")
}

/// A deployment whose service has public addresses because its parent says so, and another one as bad.
fn deployment() -> Option<TempDir> {
    repository(&[
        ("root.yaml", &parent(&["Api nested/service.yaml Public=ENABLED"])),
        ("nested/service.yaml", SERVICE),
        ("other.yaml", PUBLIC),
        ("docs/notes.md", "notes\n"),
    ])
}

const API: &str = "nested/service.yaml task-public-ip";

#[test]
fn committed_staged_unstaged_and_untracked_files_count() {
    let Some(folder) = deployment() else { return };
    let folder = folder.path();
    let output = run(folder, &["--changed"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let nothing = "note: this branch has no upstream: compared with the last commit\n\
                   no template here changed since the last commit: nothing to check\n";
    assert_eq!(stderr(&output), nothing);

    git(folder, &["switch", "--quiet", "--create", "work"]);
    write(folder, "nested/service.yaml", &format!("# committed\n{SERVICE}"));
    commit(folder);
    assert_eq!(found(folder, &["--changed"]), API);
    assert_eq!(found(folder, &["--changed=main"]), API);
    assert_eq!(found(folder, &["--changed=HEAD"]), "");
    assert_eq!(
        found(folder, &["--changed", "docs", "other.yaml"]),
        "",
        "the intersection"
    );

    write(folder, "other.yaml", &format!("# staged\n{PUBLIC}"));
    git(folder, &["add", "other.yaml"]);
    assert_eq!(found(folder, &["--changed=HEAD"]), "other.yaml task-public-ip");
    write(folder, "other.yaml", PUBLIC);
    assert_eq!(found(folder, &["--changed=HEAD"]), "", "the working tree counts");
    git(folder, &["reset", "--quiet", "--hard"]);

    write(folder, "new.yaml", PUBLIC);
    assert_eq!(found(folder, &["--changed=HEAD"]), "new.yaml task-public-ip");
    write(folder, ".git/info/exclude", "new.yaml\n");
    assert_eq!(found(folder, &["--changed=HEAD"]), "");
}

#[test]
fn what_a_change_causes_elsewhere_is_reported() {
    let Some(folder) = deployment() else { return };
    let folder = folder.path();
    write(
        folder,
        "root.yaml",
        &format!(
            "# comment\n{}",
            parent(&["Api nested/service.yaml Public=ENABLED"])
        ),
    );
    assert_eq!(found(folder, &["--changed"]), API, "the parent says ENABLED");
    assert_eq!(found(folder, &["--changed", "--context", "none"]), "");
    assert_eq!(found(folder, &["--changed", "--context", "repo"]), API);
    let below = folder.join("nested");
    assert_eq!(found(&below, &["--changed"]), "", "the parent does not lie here");
    assert_eq!(found(&below, &["--changed", ".."]), "service.yaml task-public-ip");
}

#[test]
fn a_deleted_or_renamed_child_touches_its_parent() {
    let Some(folder) = deployment() else { return };
    let folder = folder.path();
    git(folder, &["mv", "nested/service.yaml", "nested/api.yaml"]);
    assert_eq!(found(folder, &["--changed"]), "root.yaml missing-template");
    assert_eq!(
        found(folder, &["--changed", "--context", "repo"]),
        "root.yaml missing-template"
    );
    fs::remove_file(folder.join("nested/api.yaml")).unwrap();
    assert_eq!(found(folder, &["--changed"]), "root.yaml missing-template");
    commit(folder);
    assert_eq!(found(folder, &["--changed"]), "");
    assert_eq!(found(folder, &["--changed=HEAD~1"]), "root.yaml missing-template");
}

#[test]
fn a_file_that_steers_the_run_touches_everything() {
    let Some(folder) = deployment() else { return };
    let folder = folder.path();
    write(folder, "params.json", "{\"Unused\": \"x\"}\n");
    let output = run(folder, &["--changed", "-P", "params.json", "-f", "concise"]);
    assert!(
        stderr(&output).contains("note: `params.json` changed: everything is reported\n"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("other.yaml"));
    commit(folder);
    assert_eq!(found(folder, &["--changed", "-P", "params.json"]), "");
    assert_eq!(found(folder, &["--changed", "-p", "Unknown=x"]), "");
    write(folder, ".ecslint.yaml", "version: 1\nfail-on: error\n");
    let output = run(folder, &["--changed"]);
    assert!(
        stderr(&output).contains("note: `.ecslint.yaml` changed: everything is reported\n"),
        "{}",
        stderr(&output)
    );
    commit(folder);
    let rule = "name: own\nsummary: own\nresource: AWS::SNS::Topic\nrequire: {path: $.Properties.TopicName, exists: true}\nmessage: own\n";
    write(folder, "policy/own.yaml", rule);
    let output = run(folder, &["--changed", "--rules", "policy"]);
    assert!(
        stderr(&output).contains("note: `policy/own.yaml` changed: everything is reported\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn names_of_every_kind_are_compared() {
    let Some(folder) = repository(&[("a.yaml", GOOD)]) else {
        return;
    };
    let folder = folder.path();
    let names = [
        "with space.yaml",
        "qu\"ote'.yaml",
        "new\nline.yaml",
        "한글.yaml",
        "-dash.yaml",
    ];
    for name in names {
        write(folder, name, PUBLIC);
    }
    let count = || {
        let output = run(folder, &["--changed", "-s", "task-public-ip", "-f", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["summary"]["findings"].as_u64().unwrap()
    };
    assert_eq!(count(), names.len() as u64);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"latin\xe9.yaml");
        fs::write(folder.join(name), PUBLIC).unwrap();
        assert_eq!(count(), names.len() as u64 + 1);
    }
}

#[test]
fn the_work_of_others_does_not_count() {
    let Some(origin) = deployment() else { return };
    let clones = TempDir::new().unwrap();
    let clone = clones.path().join("clone");
    git(
        clones.path(),
        &["clone", "--quiet", origin.path().to_str().unwrap(), "clone"],
    );
    git(
        &clone,
        &["switch", "--quiet", "--create", "work", "--track", "origin/main"],
    );
    write(&clone, "nested/service.yaml", &format!("# mine\n{SERVICE}"));
    commit(&clone);
    write(origin.path(), "other.yaml", &format!("# theirs\n{PUBLIC}"));
    commit(origin.path());
    git(&clone, &["fetch", "--quiet"]);
    let output = run(&clone, &["--changed"]);
    assert_eq!(stderr(&output), "", "an upstream needs no remark");
    assert_eq!(found(&clone, &["--changed"]), API);
    assert_eq!(found(&clone, &["--changed=origin/main"]), API);
    git(&clone, &["branch", "--unset-upstream"]);
    let output = run(&clone, &["--changed"]);
    assert_eq!(
        stderr(&output),
        "note: this branch has no upstream: compared with `origin/HEAD`\n"
    );
    git(
        &clone,
        &["worktree", "add", "--quiet", "../tree", "work~0", "-b", "third"],
    );
    assert_eq!(
        found(&clones.path().join("tree"), &["--changed"]),
        API,
        "a worktree has a file for `.git`"
    );
}

#[test]
fn what_cannot_be_compared_exits_2_with_what_to_type() {
    let Some(origin) = deployment() else { return };
    commit(origin.path());
    let refused = |folder: &Path, arguments: &[&str]| {
        let output = run(folder, arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "");
        stderr(&output)
    };
    let said = refused(origin.path(), &["--changed=mian"]);
    assert!(said.contains("`mian` is no commit of this repository"), "{said}");
    assert!(said.contains("git branch --all"), "{said}");
    let said = refused(origin.path(), &["--changed=--output=x"]);
    assert!(said.contains("is no commit"), "{said}");
    let said = refused(origin.path(), &["--changed="]);
    assert!(said.contains("an empty revision"), "{said}");
    let said = refused(origin.path(), &["--changed", "-"]);
    assert!(said.contains("stdin is none"), "{said}");
    let outside = folder(&[("a.yaml", GOOD)]);
    let said = refused(outside.path(), &["--changed"]);
    assert!(said.contains("this folder is in none"), "{said}");
    let output = command(outside.path(), &["check", "--changed"])
        .env("PATH", outside.path())
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("no program `git` is found"),
        "{}",
        stderr(&output)
    );

    let clones = TempDir::new().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(clones.path(), &["clone", "--quiet", "--depth=1", &url, "clone"]);
    let clone = clones.path().join("clone");
    git(&clone, &["switch", "--quiet", "--detach"]);
    let said = refused(&clone, &["--changed"]);
    assert!(said.contains("no branch is checked out"), "{said}");
    assert!(said.contains("--changed=origin/main"), "{said}");
    git(
        origin.path(),
        &["switch", "--quiet", "--create", "side", "HEAD~1"],
    );
    write(origin.path(), "new.yaml", GOOD);
    commit(origin.path());
    git(
        &clone,
        &[
            "fetch",
            "--quiet",
            "--depth=1",
            "origin",
            "side:refs/remotes/origin/side",
        ],
    );
    let said = refused(&clone, &["--changed=origin/side"]);
    assert!(
        said.contains("too shallow to know where the work left `origin/side`"),
        "{said}"
    );
    assert!(said.contains("git fetch --unshallow origin side"), "{said}");
    assert_eq!(found(&clone, &["--changed=HEAD"]), "", "what is there is enough");
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let folder = folder(&[("a.yaml", PUBLIC), ("b.yaml", PUBLIC)]);
    if !git(folder.path(), &["init", "--quiet"]) {
        tell_skipped();
        return;
    }
    git(folder.path(), &["add", "a.yaml"]);
    assert_eq!(
        found(folder.path(), &["--changed"]),
        "a.yaml task-public-ip, b.yaml task-public-ip"
    );
}

#[test]
fn reports_of_nothing_are_whole() {
    let Some(folder) = deployment() else { return };
    for format in [
        "json",
        "sarif",
        "junit",
        "gitlab",
        "github",
        "checkstyle",
        "rdjson",
        "markdown",
        "jsonl",
    ] {
        let output = run(folder.path(), &["--changed", "--format", format]);
        assert_eq!(code(&output), 0, "{format}: {}", stderr(&output));
        let text = stdout(&output);
        assert!(!text.contains("nested/service.yaml"), "{format}: {text}");
        if ["json", "sarif", "gitlab", "rdjson"].contains(&format) {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(
        code(&run(&empty, &["--changed"])),
        0,
        "there is nothing here that could change"
    );
}

#[test]
fn a_changed_file_that_is_no_template_is_passed_over_and_a_broken_template_is_not() {
    let Some(folder) = deployment() else { return };
    let folder = folder.path();
    write(folder, "chart/deploy.yaml", "a: {{ .Values.x }}\n");
    assert_eq!(code(&run(folder, &["--changed"])), 0);
    write(folder, "broken.yaml", BROKEN);
    let output = run(folder, &["--changed"]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("broken.yaml"), "{}", stderr(&output));
    assert!(
        !stderr(&output).contains("nothing to check"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_submodule_counts_as_a_whole() {
    let Some(inner) = repository(&[("service.yaml", SERVICE)]) else {
        return;
    };
    let Some(outer) = repository(&[("root.yaml", &parent(&["Api lib/service.yaml Public=ENABLED"]))]) else {
        return;
    };
    let url = inner.path().to_str().unwrap();
    git(outer.path(), &["submodule", "--quiet", "add", url, "lib"]);
    commit(outer.path());
    assert_eq!(found(outer.path(), &["--changed"]), "");
    let lib = outer.path().join("lib");
    write(&lib, "service.yaml", &format!("# newer\n{SERVICE}"));
    assert_eq!(found(&lib, &["--changed", "--context", "none"]), "");
    commit(&lib);
    assert_eq!(
        found(outer.path(), &["--changed"]),
        "lib/service.yaml task-public-ip"
    );
}

#[cfg(unix)]
#[test]
fn nothing_that_a_repository_configures_is_run() {
    use std::os::unix::fs::PermissionsExt;
    let Some(folder) = deployment() else { return };
    let folder = folder.path();
    let program = folder.join("program");
    fs::write(
        &program,
        "#!/bin/sh\necho run >> \"$(dirname \"$0\")/trace\"\ncat\n",
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap();
    write(folder, ".gitattributes", "*.yaml filter=evil diff=evil\n");
    commit(folder);
    for key in [
        "core.fsmonitor",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.pager",
    ] {
        git(folder, &["config", key, program]);
    }
    git(folder, &["config", "filter.evil.required", "true"]);
    write(
        folder,
        "nested/service.yaml",
        &SERVICE.replace("Service:", "Server:"),
    );
    write(folder, "other.yaml", PUBLIC);
    let output = run(
        folder,
        &["--changed=HEAD", "-s", "task-public-ip", "-f", "concise"],
    );
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        !folder.join("trace").exists(),
        "{}",
        fs::read_to_string(folder.join("trace")).unwrap()
    );
}
