//! What a terminal shows, by way of `script` of util-linux, which runs a command on a terminal of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BROKEN, ESCAPE, PUBLIC, folder};

/// A shell command on a terminal, unless there is no `script` on this machine.
fn on_terminal(folder: &Path, variables: &[(&str, &str)], shell: &str) -> Option<Command> {
    let help = Command::new("script").arg("--help").output();
    if !help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--return")) {
        skipped("`script` of util-linux is not here");
        return None;
    }
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--flush", "--command", shell, "/dev/null"])
        .current_dir(folder)
        .env_clear()
        .env("SHELL", "/bin/sh")
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("TERM", "xterm-256color")
        .env("ECSLINT", env!("CARGO_BIN_EXE_ecslint"))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    Some(command)
}

#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(super) fn skipped(why: &str) {
    println!("skipped: {why}");
}

/// What the terminal shows.
fn shown(folder: &Path, variables: &[(&str, &str)], shell: &str) -> Option<Vec<u8>> {
    Some(on_terminal(folder, variables, shell)?.output().unwrap().stdout)
}

fn has_escape(bytes: &[u8]) -> bool {
    bytes.contains(&ESCAPE)
}

#[test]
pub(super) fn each_stream_is_painted_by_what_it_is_itself() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let to_file = "\"$ECSLINT\" check public.yaml broken.yaml > out.txt";
    let Some(terminal) = shown(folder.path(), &[], to_file) else {
        return;
    };
    assert!(has_escape(&terminal), "stderr is a terminal");
    let file = fs::read(folder.path().join("out.txt")).unwrap();
    assert!(!file.is_empty() && !has_escape(&file), "stdout is a file");
    let errors_to_file = "\"$ECSLINT\" check public.yaml broken.yaml 2> err.txt";
    assert!(has_escape(&shown(folder.path(), &[], errors_to_file).unwrap()));
    assert!(!has_escape(&fs::read(folder.path().join("err.txt")).unwrap()));
}

#[test]
pub(super) fn a_terminal_is_not_painted_where_the_user_says_so() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let check = "\"$ECSLINT\" check public.yaml";
    let Some(painted) = shown(folder.path(), &[], check) else {
        return;
    };
    assert!(has_escape(&painted));
    for variables in [
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("CLICOLOR", "0"),
        ("FORCE_COLOR", "0"),
    ] {
        let plain = shown(folder.path(), &[variables], check).unwrap();
        assert!(!plain.is_empty() && !has_escape(&plain), "{variables:?}");
    }
    let never = shown(folder.path(), &[], "\"$ECSLINT\" --color never check public.yaml").unwrap();
    assert!(!has_escape(&never));
}

#[test]
fn links_are_drawn_on_terminals_that_know_them() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let check = "\"$ECSLINT\" check public.yaml";
    let has_link = |variables: &[(&str, &str)], shell: &str| {
        let bytes = shown(folder.path(), variables, shell)?;
        Some(String::from_utf8_lossy(&bytes).contains("\u{1b}]8;;https://"))
    };
    let Some(wezterm) = has_link(&[("TERM_PROGRAM", "WezTerm")], check) else {
        return;
    };
    assert!(wezterm);
    assert_eq!(
        has_link(&[], check),
        Some(false),
        "a terminal of which nothing is known"
    );
    let never = "\"$ECSLINT\" check --hyperlinks never public.yaml";
    assert_eq!(has_link(&[("TERM_PROGRAM", "WezTerm")], never), Some(false));
}

/// Templates whose check takes long enough for a line to be shown: half a second for each of them on a slow machine.
fn many(count: usize) -> tempfile::TempDir {
    let service = PUBLIC.strip_prefix("Resources:\n").unwrap();
    let mut template = "Resources:\n".to_owned();
    for number in 0..3_000 {
        let named = service.replace("Service:\n", &format!("Service{number}:\n"));
        write!(template, "{named}").unwrap();
    }
    let names: Vec<String> = (0..count).map(|number| format!("t/{number}.yaml")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*template)).collect();
    files.push(("out.json", "old"));
    folder(&files)
}

#[test]
fn an_interrupt_exits_130_and_leaves_the_terminal_and_the_report_as_they_were() {
    let folder = many(8);
    // The shell would answer an interrupt for itself.
    let shell = "exec \"$ECSLINT\" check t --report json=out.json";
    let Some(mut command) = on_terminal(folder.path(), &[], shell) else {
        return;
    };
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    let mut terminal = child.stdout.take().unwrap();
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    let is_shown = |seen: &[u8]| {
        let text = String::from_utf8_lossy(seen);
        text.contains("reading templates") || text.contains("checking 8 stacks")
    };
    while !is_shown(&seen) {
        let count = terminal.read(&mut chunk).unwrap();
        assert_ne!(count, 0, "the run is over: {}", String::from_utf8_lossy(&seen));
        seen.extend(&chunk[..count]);
    }
    const INTERRUPT: &[u8] = &[3];
    keyboard.write_all(INTERRUPT).unwrap();
    keyboard.flush().unwrap();
    terminal.read_to_end(&mut seen).unwrap();
    drop(keyboard);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let text = String::from_utf8_lossy(&seen);
    let after = text.rsplit("\u{1b}[2K").next().unwrap();
    assert_eq!(
        after.trim_matches(['\r', '\n', '^', 'C']),
        "",
        "the line is gone: {text:?}"
    );
    assert!(!text.contains("findings"), "{text:?}");
    assert_eq!(fs::read_to_string(folder.path().join("out.json")).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn nothing_moves_on_the_terminal_of_a_build_or_of_a_quiet_run() {
    let folder = many(1);
    let quiet = "\"$ECSLINT\" check -q t --select task-public-ip > out.txt";
    let Some(quiet) = shown(folder.path(), &[], quiet) else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&quiet), "");
    let build = "\"$ECSLINT\" check t --select task-public-ip > out.txt";
    let build = shown(folder.path(), &[("CI", "true")], build).unwrap();
    assert_eq!(String::from_utf8_lossy(&build), "");
}
