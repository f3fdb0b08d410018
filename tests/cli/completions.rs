//! `completions` and `man`: what shells and `man` read.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use super::{code, folder, run, stderr, stdout};

const SHELLS: [&str; 6] = ["bash", "zsh", "fish", "powershell", "elvish", "nushell"];

#[test]
fn every_shell_gets_a_script_that_knows_all_commands() {
    let folder = folder(&[]);
    for shell in SHELLS {
        let script = run(folder.path(), &["completions", shell]);
        assert_eq!(code(&script), 0, "{shell}");
        let text = stdout(&script);
        for word in ["check", "completions", "--fail-on", "recommended"] {
            let word = if shell == "fish" {
                word.trim_start_matches('-')
            } else {
                word
            };
            assert!(text.contains(word), "{shell}: {word}");
        }
        assert_eq!(run(folder.path(), &["completions", shell]).stdout, script.stdout);
    }
    let unknown = run(folder.path(), &["completions", "bsh"]);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("bash"), "{}", stderr(&unknown));
}

/// What bash offers behind these words.
fn offered(folder: &std::path::Path, words: &[&str]) -> Option<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "set -u; source ./script || exit 9; COMP_WORDS=({}); COMP_CWORD={}; _ecslint ecslint {} {}; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1,
        quoted[words.len() - 1],
        quoted[words.len() - 2],
    );
    let output = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", &script])
        .current_dir(folder)
        .output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    assert_eq!(stderr(&output), "");
    assert_eq!(code(&output), 0);
    Some(stdout(&output))
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that had nothing to run must say so")]
fn bash_completes_commands_flags_and_values() {
    let folder = folder(&[]);
    let script = run(folder.path(), &["completions", "bash"]);
    fs::write(folder.path().join("script"), script.stdout).unwrap();
    let Some(commands) = offered(folder.path(), &["ecslint", "che"]) else {
        println!("skipped: there is no bash on this machine");
        return;
    };
    assert_eq!(commands, "check\n");
    let flags = offered(folder.path(), &["ecslint", "check", "--fail-on-u"]).unwrap();
    assert_eq!(flags, "--fail-on-undetermined\n");
    let values = offered(folder.path(), &["ecslint", "check", "--profile", ""]).unwrap();
    assert_eq!(values, "recommended\nstrict\nall\n");
}

/// The commands that `ecslint help` lists.
fn listed(folder: &std::path::Path) -> BTreeSet<String> {
    let help = stdout(&run(folder, &["--help"]));
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let names = rest.lines().take_while(|line| !line.is_empty());
    names
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = folder(&[]);
    let written = run(folder.path(), &["man", "--dir", "share/man1"]);
    assert_eq!((code(&written), stdout(&written).as_str()), (0, ""));
    let dir = folder.path().join("share/man1");
    let commands = listed(folder.path());
    assert!(commands.contains("check"), "{commands:?}");
    for command in &commands {
        let page = fs::read_to_string(dir.join(format!("ecslint-{command}.1"))).unwrap();
        let printed = run(folder.path(), &["man", command]);
        assert_eq!(stdout(&printed), page, "{command}");
    }
    assert!(dir.join("ecslint-rules-test.1").is_file());
    let own = fs::read_to_string(dir.join("ecslint.1")).unwrap();
    assert_eq!(stdout(&run(folder.path(), &["man"])), own);
    // Five words, of which the third is the date: a page that is made twice is the same twice.
    let heading = format!(
        ".TH ecslint 1 \" \" \"ecslint {}\" \"ecslint manual\"",
        env!("CARGO_PKG_VERSION")
    );
    assert!(own.lines().any(|line| line == heading), "{own}");
    assert!(own.contains("Exit codes: 0 clean"), "{own}");
}

#[test]
fn a_page_that_does_not_exist_is_refused() {
    let folder = folder(&[("file", "")]);
    let unknown = run(folder.path(), &["man", "chek"]);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("no command is called `chek`"));
    let blocked = run(folder.path(), &["man", "--dir", "file"]);
    assert_eq!(code(&blocked), 2, "{}", stderr(&blocked));
    assert!(stderr(&blocked).contains("cannot write into file"));
}
