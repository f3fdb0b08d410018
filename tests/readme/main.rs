//! The README shows what the program does: its commands run, its output and its rule table are the real ones.
//!
//! `UPDATE=1 cargo test --test readme` writes both anew.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed, and one that is skipped says so"
)]

mod blocks;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use blocks::{Folder, Piece, pieces, script, session};
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

/// Commands of ecslint in `sh` blocks that the test does not run, each with the reason.
const NOT_RUN: &[(&str, &str)] = &[];

/// The text with what its sessions show made anew. A command of an `sh` block has to end as one does that has been understood: with
/// exit 0 or 1 and nothing on stderr.
fn replayed(text: &str) -> String {
    let starts = std::iter::once(0).chain(text.match_indices("\n## ").map(|(at, _)| at + 1));
    let ends = starts.clone().skip(1).chain([text.len()]);
    starts
        .zip(ends)
        .map(|(start, end)| replayed_section(&text[start..end]))
        .collect()
}

fn replayed_section(section: &str) -> String {
    let mut folder = Folder::new(root(), section);
    let mut out = String::new();
    for piece in pieces(section) {
        let block = match piece {
            Piece::Prose(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Fenced(block) => block,
        };
        if block.language == "console" {
            for step in session(block.text) {
                let outcome = folder.run(&step.command);
                let is_an_end_of_ecslint = (0..=3).contains(&outcome.code);
                assert!(is_an_end_of_ecslint, "{}{}", step.command, outcome.shown);
                out.push_str(&format!("$ {}{}", step.command, outcome.shown));
                if !out.ends_with('\n') {
                    out.push('\n');
                }
            }
            continue;
        }
        out.push_str(block.text);
        if block.language != "sh" {
            let is_command = |line: &str| line.starts_with("ecslint ") || line.starts_with("$ ");
            assert!(
                !block.text.lines().any(is_command),
                "commands stand in `console` and `sh` blocks:\n{}",
                block.text
            );
            continue;
        }
        for step in script(block.text) {
            let command = step.command.trim_end();
            if !command.starts_with("ecslint ") || NOT_RUN.iter().any(|(known, _)| *known == command) {
                continue;
            }
            let outcome = folder.run(command);
            let is_understood = matches!(outcome.code, 0 | 1) && outcome.stderr.is_empty();
            assert!(
                is_understood,
                "{command}: exit {}\n{}",
                outcome.code, outcome.stderr
            );
        }
    }
    out
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

/// What belongs between a mark and its end: a file, the table of rules.
fn content(mark: &str) -> String {
    if mark == "rules" {
        return rule_table();
    }
    let path = mark.strip_prefix("file ").unwrap();
    let text = fs::read_to_string(root().join(path)).unwrap();
    format!("```yaml\n{}```\n", text.replace("\r\n", "\n"))
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

/// Fails when the README is not the text that it should be, or makes it that.
fn expect(text: &str, fresh: &str) {
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
fn sessions_and_generated_parts_are_the_real_ones() {
    let text = readme();
    let fresh = fresh(&text);
    if Command::new("sh").args(["-c", ":"]).status().is_err() {
        println!("skipped: the commands of the README need a shell, and there is no `sh`");
        expect(&text, &fresh);
        return;
    }
    expect(&text, &replayed(&fresh));
}

#[test]
fn what_is_not_run_is_there_and_has_a_reason() {
    let text = readme();
    for (command, reason) in NOT_RUN {
        assert!(text.contains(&format!("\n{command}\n")), "{command}");
        assert!(!reason.is_empty(), "{command}");
    }
}

#[test]
fn the_set_up_is_two_commands() {
    assert_eq!(
        commands(&readme()),
        ["cargo run --release -- check fixtures/platform", "cargo test"]
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
