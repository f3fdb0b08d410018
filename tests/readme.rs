//! The README shows what the program does: its commands run, its output and its rule table are the real ones.
//!
//! `UPDATE=1 cargo test --test readme` writes both anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ecslint::report::{Format, catalogue};
use ecslint::rules::RULES;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn path() -> PathBuf {
    root().join("README.md")
}

/// A README written on Windows has other line ends.
fn readme() -> String {
    fs::read_to_string(path()).unwrap().replace("\r\n", "\n")
}

/// What lies between two markers.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let start = text.find(start).map(|at| at + start.len()).unwrap();
    let length = text[start..].find(end).unwrap();
    &text[start..start + length]
}

/// The two commands of the set-up section.
fn commands(text: &str) -> Vec<String> {
    let section = between(text, "## Set-up\n", "\n## ");
    let block = between(section, "```sh\n", "```");
    block.lines().map(str::to_owned).collect()
}

fn output(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "the command of the README has findings"
    );
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

/// The README with its generated parts made anew.
fn fresh(text: &str) -> String {
    let commands = commands(text);
    let (_, arguments) = commands[0].split_once(" -- ").unwrap();
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = format!("```text\n{}```\n", output(&arguments));
    let table = catalogue::markdown_table(&RULES);
    let mut text = text.to_owned();
    for (name, content) in [("output", output), ("rules", table)] {
        let start = format!("<!-- {name}: written by `UPDATE=1 cargo test --test readme` -->\n");
        let end = format!("<!-- end of {name} -->");
        let old = between(&text, &start, &end).to_owned();
        let (whole_old, whole_new) = (format!("{start}{old}{end}"), format!("{start}{content}{end}"));
        text = text.replace(&whole_old, &whole_new);
    }
    text
}

#[test]
fn output_and_rule_table_are_the_real_ones() {
    let text = readme();
    let fresh = fresh(&text);
    if text == fresh {
        return;
    }
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        fs::write(path(), fresh).unwrap();
        return;
    }
    let differ = text.lines().zip(fresh.lines()).find(|(old, new)| old != new);
    let advice = "README.md is out of date; `UPDATE=1 cargo test --test readme` writes it anew";
    assert_eq!(differ.map(|(old, _)| old), differ.map(|(_, new)| new), "{advice}");
    assert_eq!(text.len(), fresh.len(), "{advice}");
}

#[test]
fn the_set_up_is_two_commands() {
    assert_eq!(
        commands(&readme()),
        [
            "cargo run --release -- check fixtures/article/template.yaml",
            "cargo test"
        ]
    );
}

#[test]
fn formats_and_exit_codes_are_named() {
    let text = readme();
    for format in Format::ALL {
        assert!(
            text.contains(&format!("`{format}`")) || text.contains(&format!("--format {format}")),
            "{format}"
        );
    }
    let section = between(&text, "## Exit codes\n", "\n## ");
    for code in 0..=4 {
        assert!(section.contains(&format!("\n| {code} |")), "{code}");
    }
}
