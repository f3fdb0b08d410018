//! The README shows what the program does: its commands run, its output and its rule table are the real ones.
//!
//! `UPDATE=1 cargo test --test readme` writes both anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ecslint::report::Format;
use ecslint::rule::{Category, Profile, Rule};
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

/// What the program prints on stdout, the summary's time left out as in a pipe.
fn output(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stderr.is_empty(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// How many rules of each profile a category has.
fn rule_table() -> String {
    let mut out = "| category | recommended | strict | all | is about |\n|---|---|---|---|---|\n".to_owned();
    let built_in = |category: &&Category| **category != Category::Custom;
    for category in Category::ALL.iter().filter(built_in) {
        let count = |profile: Profile| {
            let of = |rule: &&&Rule| rule.category == *category && rule.profile == profile;
            match RULES.iter().filter(of).count() {
                0 => String::new(),
                count => count.to_string(),
            }
        };
        let [recommended, strict, all] = [Profile::Recommended, Profile::Strict, Profile::All].map(count);
        out.push_str(&format!(
            "| [{0}](rules/README.md#{0}) | {recommended} | {strict} | {all} | {1} |\n",
            category.as_str(),
            category.about()
        ));
    }
    out
}

/// What belongs between a mark and its end: the output of a command, a file, the table of rules.
fn content(mark: &str) -> String {
    let fenced = |language: &str, text: &str| format!("```{language}\n{text}```\n");
    if mark == "rules" {
        return rule_table();
    }
    if let Some(path) = mark.strip_prefix("file ") {
        let text = fs::read_to_string(root().join(path)).unwrap();
        return fenced("yaml", &text.replace("\r\n", "\n"));
    }
    let arguments: Vec<&str> = mark.split(' ').skip(1).collect();
    let shown = format!("$ {mark}\n{}", output(&arguments));
    fenced("text", &shown)
}

/// The README with its generated parts made anew: what stands between `<!-- mark -->` and `<!-- end -->`.
fn fresh(text: &str) -> String {
    const END: &str = "<!-- end -->";
    let mut out = String::new();
    let mut rest = text;
    while let Some(end) = rest.find(END) {
        let start = rest[..end].rfind("<!-- ").unwrap();
        let (mark, _) = rest[start + "<!-- ".len()..end].split_once(" -->\n").unwrap();
        out.push_str(&format!(
            "{}<!-- {mark} -->\n{}{END}",
            &rest[..start],
            content(mark)
        ));
        rest = &rest[end + END.len()..];
    }
    assert!(!out.is_empty(), "the README has generated parts");
    out + rest
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
