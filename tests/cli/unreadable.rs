//! Files that the system does not give out, or not any more when they are read.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{GOOD, PUBLIC, code, folder, run, stderr, stdout, terminal};

/// Runs the binary as a user to whom permissions apply: the superuser may read and write everything, and becomes nobody.
#[cfg(unix)]
fn as_nobody(folder: &Path, arguments: &[&str]) -> Option<Output> {
    use std::os::unix::fs::PermissionsExt;
    let closed = folder.join("closed-to-the-superuser");
    fs::write(&closed, "").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let is_superuser = fs::read(&closed).is_ok();
    fs::remove_file(&closed).unwrap();
    let binary = env!("CARGO_BIN_EXE_ecslint");
    let mut command = match is_superuser {
        false => Command::new(binary),
        true => {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid=nobody",
                "--regid=nogroup",
                "--clear-groups",
                "--",
                binary,
            ]);
            command
        }
    };
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command
        .env_clear()
        .env("PATH", std::env::var_os("PATH")?)
        .output();
    // 126 and 127: the program was not to be started, such as for a folder above it that is closed.
    let started = output
        .ok()
        .filter(|output| !matches!(output.status.code(), None | Some(126 | 127)));
    let is_ours = |output: &Output| !String::from_utf8_lossy(&output.stderr).starts_with("setpriv: ");
    let output = started.filter(is_ours);
    if output.is_none() {
        terminal::skipped(
            "everything is permitted here, and `setpriv` cannot make the binary a program of nobody",
        );
    }
    output
}

#[cfg(unix)]
fn permit(folder: &Path, name: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named_and_the_others_are_checked() {
    let folder = folder(&[
        ("closed.yaml", GOOD),
        ("public.yaml", PUBLIC),
        ("locked/good.yaml", GOOD),
    ]);
    permit(folder.path(), "", 0o755);
    permit(folder.path(), "closed.yaml", 0);
    for arguments in [
        &["check", "public.yaml", "closed.yaml"][..],
        &["check", "public.yaml", "--files-from", "closed.yaml"],
        &["check", "public.yaml", "--params", "closed.yaml"],
        &["check", "public.yaml", "--config", "closed.yaml"],
        &["check", "public.yaml", "--rules", "closed.yaml"],
        &["check", "public.yaml", "--baseline", "closed.yaml"],
        &["check", "."],
    ] {
        let Some(output) = as_nobody(folder.path(), arguments) else {
            return;
        };
        let said = stderr(&output).to_lowercase();
        assert!(
            said.contains("closed.yaml") && said.contains("permission denied"),
            "{arguments:?}: {said}"
        );
        let is_steering = ["--params", "--config", "--rules", "--baseline"]
            .iter()
            .any(|flag| arguments.contains(flag));
        assert_eq!(
            code(&output),
            if is_steering { 2 } else { 3 },
            "{arguments:?}: {said}"
        );
        let is_listed = arguments.contains(&"--files-from");
        assert_eq!(
            stdout(&output).contains("error[task-public-ip]"),
            !is_steering && !is_listed,
            "{arguments:?}"
        );
    }
    permit(folder.path(), "closed.yaml", 0o644);
    permit(folder.path(), "locked", 0);
    let output = as_nobody(folder.path(), &["check", "."]).unwrap();
    permit(folder.path(), "locked", 0o755);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("error: locked: permission denied"), "{said}");
    assert!(stdout(&output).contains("error[task-public-ip]"));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_where_nothing_may_be_written() {
    let folder = folder(&[("public.yaml", PUBLIC), ("report.json", "old")]);
    permit(folder.path(), "", 0o755);
    for (arguments, name) in [
        (
            &["check", "public.yaml", "-f", "json", "-o", "report.json"][..],
            "report.json",
        ),
        (&["check", "public.yaml", "--report", "json=new.json"], "new.json"),
        (&["baseline", "create", "public.yaml"], ".ecslint-baseline.json"),
        (&["init"], ".ecslint.yaml"),
    ] {
        let Some(output) = as_nobody(folder.path(), arguments) else {
            return;
        };
        let said = stderr(&output).to_lowercase();
        assert_eq!(code(&output), 2, "{arguments:?}: {said}");
        let expected = format!("cannot write {name}: permission denied");
        assert!(
            said.contains(&expected) && !said.contains("at path"),
            "{arguments:?}: {said}"
        );
    }
    let output = as_nobody(folder.path(), &["check", "public.yaml", "--add-ignore=x"]).unwrap();
    let said = stdout(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(
        said.contains("the file cannot be written: permission denied\n"),
        "{said}"
    );
    assert!(said.contains("nothing written"), "{said}");
    assert_eq!(
        fs::read_to_string(folder.path().join("public.yaml")).unwrap(),
        PUBLIC
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("report.json")).unwrap(),
        "old"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_to_themselves_are_missing_files() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[("public.yaml", PUBLIC)]);
    symlink("gone.yaml", folder.path().join("dangling.yaml")).unwrap();
    symlink("two.yaml", folder.path().join("one.yaml")).unwrap();
    symlink("one.yaml", folder.path().join("two.yaml")).unwrap();
    for name in ["dangling.yaml", "one.yaml"] {
        let output = run(folder.path(), &["check", "public.yaml", name, "-f", "concise"]);
        assert_eq!(code(&output), 3, "{name}");
        assert_eq!(
            stderr(&output),
            format!("error: {name}: no such file or folder\n")
        );
        assert!(stdout(&output).contains("[task-public-ip]"), "{name}");
    }
}
