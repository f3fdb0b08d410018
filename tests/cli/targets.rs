//! Where reports go: stdout, files, devices, and what cannot be written.

use std::fs;

use ecslint::report::Format;
use serde_json::Value;

use super::{PUBLIC, code, command, folder, run, stderr, stdout};

#[test]
fn two_reports_do_not_go_to_one_file() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    for arguments in [
        ["--report", "json=a", "--report", "sarif=./a"],
        ["--report", "json=a", "-o", "a"],
    ] {
        let mut all = vec!["check", "public.yaml"];
        all.extend(arguments);
        let output = run(folder.path(), &all);
        assert_eq!((code(&output), stdout(&output)), (2, String::new()));
        assert!(
            stderr(&output).contains("two reports go to "),
            "{}",
            stderr(&output)
        );
        assert!(!folder.path().join("a").exists());
    }
}

#[test]
fn what_cannot_be_written_is_a_mistake_that_is_named() {
    let folder = folder(&[("public.yaml", PUBLIC), ("there/x", "")]);
    for path in ["there", "none/a.json", "public.yaml/a.json"] {
        let output = run(folder.path(), &["check", "public.yaml", "-f", "json", "-o", path]);
        assert_eq!(code(&output), 2, "{path}");
        let expected = format!("error: cannot write {path}: ");
        assert!(stderr(&output).starts_with(&expected), "{}", stderr(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let output = run(folder.path(), &["check", "public.yaml", "-o", "/dev/full"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).starts_with("error: cannot write /dev/full: No space left"),
        "{}",
        stderr(&output)
    );
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(folder.path(), &["check", "public.yaml"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(code(&output), 3);
    assert!(
        stderr(&output).starts_with("error: cannot write to stdout: No space left"),
        "{}",
        stderr(&output)
    );
}

#[cfg(unix)]
#[test]
fn a_report_that_may_not_be_changed_stays() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("public.yaml", PUBLIC), ("a.json", "old")]);
    let path = folder.path().join("a.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        // Nothing is forbidden to the superuser.
        return;
    }
    let output = run(
        folder.path(),
        &["check", "public.yaml", "-f", "json", "-o", "a.json"],
    );
    assert_eq!(code(&output), 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

#[test]
fn a_report_leaves_no_file_but_itself_and_goes_where_a_link_leads() {
    let folder = folder(&[("public.yaml", PUBLIC), ("real/a.json", "old")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("real/a.json", folder.path().join("a.json")).unwrap();
    let output = run(
        folder.path(),
        &["check", "public.yaml", "--report", "json=a.json"],
    );
    assert_eq!(code(&output), 1);
    #[cfg(unix)]
    {
        let link = fs::symlink_metadata(folder.path().join("a.json")).unwrap();
        assert!(link.is_symlink());
        let report = fs::read(folder.path().join("real/a.json")).unwrap();
        assert!(serde_json::from_slice::<Value>(&report).is_ok());
    }
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn a_dash_is_stdout() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let plain = run(folder.path(), &["check", "public.yaml"]);
    let dash = run(folder.path(), &["check", "public.yaml", "-o", "-"]);
    assert_eq!(stdout(&dash), stdout(&plain));
    assert!(!folder.path().join("-").exists());
    let second = run(folder.path(), &["check", "public.yaml", "--report", "json=-"]);
    assert_eq!(code(&second), 2);
    assert!(stderr(&second).contains("stdout has the report of `--format`"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_devices_of_the_streams_are_the_streams() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let plain = run(folder.path(), &["check", "public.yaml", "-f", "json"]);
    let arguments = ["check", "public.yaml", "-f", "json", "-o", "/dev/stdout"];
    assert_eq!(run(folder.path(), &arguments).stdout, plain.stdout);
    // A file behind stdout is appended to, as the stream is.
    let log = folder.path().join("log");
    fs::write(&log, "before\n").unwrap();
    let appended = fs::OpenOptions::new().append(true).open(&log).unwrap();
    let status = command(folder.path(), &arguments)
        .stdout(appended)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(
        text.strip_prefix("before\n").map(str::as_bytes),
        Some(&*plain.stdout)
    );
}

#[test]
fn statistics_count_and_change_nothing_else() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let all = run(folder.path(), &["check", "public.yaml", "-f", "json"]);
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    let arguments = [
        "check",
        "public.yaml",
        "--statistics",
        "-f",
        "json",
        "--report",
        "json=all.json",
    ];
    let counted = run(folder.path(), &arguments);
    assert_eq!(code(&counted), 1);
    let counted: Value = serde_json::from_slice(&counted.stdout).unwrap();
    assert_eq!(counted["summary"], all["summary"]);
    assert_eq!(counted.get("findings"), None);
    let of = |severity: &str| -> u64 {
        let counts = counted["statistics"].as_object().unwrap().values();
        counts.map(|count| count[severity].as_u64().unwrap()).sum()
    };
    for severity in ["error", "warning", "info", "undetermined"] {
        assert_eq!(
            of(severity),
            all["summary"][severity].as_u64().unwrap(),
            "{severity}"
        );
    }
    assert_eq!(counted["statistics"]["task-public-ip"]["error"], 1);
    let file = fs::read(folder.path().join("all.json")).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&file).unwrap(),
        all,
        "a further report holds the findings"
    );
    for format in Format::ALL {
        let arguments = ["check", "public.yaml", "--statistics", "-f", format.as_str()];
        let output = run(folder.path(), &arguments);
        if format.has_statistics() {
            assert_eq!(code(&output), 1, "{format}");
            assert!(!stdout(&output).contains("public IP addresses"), "{format}");
        } else {
            assert_eq!(code(&output), 2, "{format}");
            assert!(
                stderr(&output).contains("`--statistics` has no place in the format"),
                "{format}"
            );
        }
    }
}
