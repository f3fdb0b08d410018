//! The fenced blocks of a Markdown text with the commands in them, and what a shell makes of these.
//!
//! A `console` block shows a session: `$ ` begins a command, a backslash at the end of a line continues it, and what follows is what
//! the terminal shows, first stdout, then stderr. An `sh` block holds commands only. The commands of one section run one after the
//! other in one folder, which holds `fixtures/readme` and those of the `fixtures` that the section names.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The day on which the sessions take place, so that no suppression in them expires.
const TODAY: &str = "2026-12-01";

/// A fenced block.
pub(crate) struct Block<'t> {
    /// The word behind the fence.
    pub(crate) language: &'t str,
    /// The lines between the fences, with their line breaks.
    pub(crate) text: &'t str,
}

/// A piece of a text: what lies in a fence, or what lies between two.
pub(crate) enum Piece<'t> {
    Prose(&'t str),
    Fenced(Block<'t>),
}

/// The pieces of a text in their order; together they are the text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = find_fence(rest) {
        let head = open + rest[open..].find('\n').unwrap() + 1;
        let length = find_fence(&rest[head..]).unwrap();
        out.push(Piece::Prose(&rest[..head]));
        out.push(Piece::Fenced(Block {
            language: rest[open..head].trim_start_matches('`').trim(),
            text: &rest[head..head + length],
        }));
        rest = &rest[head + length..];
        let close = rest.find('\n').map_or(rest.len(), |at| at + 1);
        out.push(Piece::Prose(&rest[..close]));
        rest = &rest[close..];
    }
    out.push(Piece::Prose(rest));
    out
}

/// Where the next line begins that is a fence.
fn find_fence(text: &str) -> Option<usize> {
    if text.starts_with("```") {
        return Some(0);
    }
    text.find("\n```").map(|at| at + 1)
}

/// A command of a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// As it is typed, continuation lines included.
    pub(crate) command: String,
    /// What is shown below it; empty in an `sh` block.
    pub(crate) shown: String,
}

/// The commands of a `console` block.
pub(crate) fn session(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut continues = false;
    for line in text.split_inclusive('\n') {
        if let (true, Some(step)) = (continues, steps.last_mut()) {
            step.command.push_str(line);
        } else if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                shown: String::new(),
            });
        } else if let Some(step) = steps.last_mut() {
            step.shown.push_str(line);
            continue;
        } else {
            panic!("a console block begins with a command: {line}");
        }
        continues = line.ends_with("\\\n");
    }
    steps
}

/// The commands of an `sh` block, continuation lines joined; comments and empty lines are none.
pub(crate) fn script(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut continues = false;
    for line in text.split_inclusive('\n') {
        match steps.last_mut() {
            Some(step) if continues => step.command.push_str(line),
            _ if line.trim().is_empty() || line.starts_with('#') => continue,
            _ => steps.push(Step {
                command: line.to_owned(),
                shown: String::new(),
            }),
        }
        continues = line.ends_with("\\\n");
    }
    steps
}

/// What a command printed and how it ended.
pub(crate) struct Outcome {
    /// Stdout, then stderr.
    pub(crate) shown: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// A folder in which the commands of a section run.
pub(crate) struct Folder {
    folder: TempDir,
    /// What `$?` is for the next command.
    code: i32,
}

impl Folder {
    /// A fresh folder for a section of the text.
    pub(crate) fn new(root: &Path, section: &str) -> Self {
        let folder = TempDir::new().unwrap();
        copy(&root.join("fixtures/readme"), folder.path());
        for (at, marker) in section.match_indices("fixtures/") {
            let rest = &section[at + marker.len()..];
            let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '-');
            let path = format!("fixtures/{}", &rest[..end.unwrap_or(rest.len())]);
            let to = folder.path().join(&path);
            if root.join(&path).is_dir() && !to.exists() {
                copy(&root.join(&path), &to);
            }
        }
        Self { folder, code: 0 }
    }

    /// Runs a command as a shell does that has ecslint on its path.
    pub(crate) fn run(&mut self, command: &str) -> Outcome {
        let binary = Path::new(env!("CARGO_BIN_EXE_ecslint")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("(exit {})\n{command}", self.code))
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("HOME", self.folder.path())
            .env("ECSLINT_TODAY", TODAY)
            .env("GITHUB_STEP_SUMMARY", "summary.md")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        self.code = output.status.code().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Outcome {
            shown: stdout + &stderr,
            stderr,
            code: self.code,
        }
    }
}

/// Copies a folder with all below it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_session_is_commands_with_what_they_show() {
    let steps = session("$ a \\\n  b\nx\n\ny\n$ c\n");
    let step = |command: &str, shown: &str| Step {
        command: command.to_owned(),
        shown: shown.to_owned(),
    };
    assert_eq!(steps, [step("a \\\n  b\n", "x\n\ny\n"), step("c\n", "")]);
    assert_eq!(
        script("# why\na \\\n  b\n\nc\n"),
        [step("a \\\n  b\n", ""), step("c\n", "")]
    );
}

#[test]
fn pieces_make_up_the_text() {
    let text = "a\n```sh\nb\n```\nc\n```\n```\n";
    let mut joined = String::new();
    let mut languages = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Prose(text) => joined.push_str(text),
            Piece::Fenced(block) => {
                joined.push_str(block.text);
                languages.push(block.language);
            }
        }
    }
    assert_eq!(joined, text);
    assert_eq!(languages, ["sh", ""]);
}
