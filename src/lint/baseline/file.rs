//! The file of a baseline: JSON with an entry to a block of lines, so that branches merge.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Baseline, Entry};
use crate::lint::suppression::date;
use crate::source::Str;

/// The version of the file's shape. Within it members are only added.
const VERSION: u32 = 1;

/// Bytes of the largest file that is read: some 60,000 entries, far more findings than anybody could accept knowingly.
pub const MAX_BYTES: u64 = 32 << 20;

/// What the file says about itself.
const NOTE: &str =
    "findings that do not fail ecslint because they were there before; made by `ecslint baseline`";

/// What a line of an unsolved merge begins with.
const CONFLICTS: [&str; 3] = ["<<<<<<<", "=======", ">>>>>>>"];

/// Why a text is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A merge was not finished.
    #[error("line {0} is the mark of a merge conflict")]
    Conflict(usize),
    /// Not JSON, or members missing.
    #[error("line {line}:{column}: {message}")]
    Shape {
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// Written by a later ecslint.
    #[error("its version is {0}, and this ecslint reads version {VERSION}")]
    Version(u32),
    /// A day that is none.
    #[error("`first-seen` of entry `{id}` is `{day}`, which is not a date")]
    Day {
        /// The entry's id.
        id: String,
        /// What stands there.
        day: String,
    },
}

impl Unusable {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Unusable::Conflict(_) => {
                "keep the entries of both sides and remove the marks; equal entries and their order do no harm"
            }
            Unusable::Version(_) => "use the ecslint that wrote it, or write it anew",
            Unusable::Shape { .. } | Unusable::Day { .. } => {
                "restore it from the repository, or write it anew with `ecslint baseline create --force`"
            }
        }
    }
}

/// The file, as serde reads and writes it.
#[derive(Serialize, Deserialize)]
struct Document<'a> {
    version: u32,
    #[serde(default)]
    note: Cow<'a, str>,
    #[serde(default)]
    findings: Vec<Record<'a>>,
}

/// The version alone: a later file may have any other shape.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Record<'a> {
    id: Cow<'a, str>,
    rule: Cow<'a, str>,
    path: Cow<'a, str>,
    #[serde(default)]
    stack: Cow<'a, str>,
    #[serde(default)]
    resource: Cow<'a, str>,
    #[serde(default)]
    pointer: Cow<'a, str>,
    #[serde(default, rename = "match", skip_serializing_if = "is_empty")]
    matched: Cow<'a, str>,
    #[serde(default)]
    message: Cow<'a, str>,
    first_seen: Cow<'a, str>,
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

impl Baseline {
    /// Reads a file's text. The order of entries does not matter, nor do equal ones, members that are not known, and rules
    /// that do not exist.
    ///
    /// # Errors
    /// When it is no baseline.
    pub fn parse(shown: impl Into<Str>, text: &str) -> Result<Self, Unusable> {
        let text = text.trim_start_matches('\u{feff}');
        let is_mark = |line: &str| CONFLICTS.iter().any(|mark| line.starts_with(mark));
        if let Some(at) = text.lines().position(is_mark) {
            return Err(Unusable::Conflict(at + 1));
        }
        let shape = |error: serde_json::Error| Unusable::Shape {
            line: error.line(),
            column: error.column(),
            message: plain(&error),
        };
        let Versioned { version } = serde_json::from_str(text).map_err(shape)?;
        if version != VERSION {
            return Err(Unusable::Version(version));
        }
        let document: Document<'_> = serde_json::from_str(text).map_err(shape)?;
        let entries: Result<Vec<Entry>, Unusable> = document.findings.into_iter().map(entry).collect();
        Ok(Self::new(shown, entries?))
    }

    /// The text of the file; the same for the same entries.
    pub fn text(&self) -> String {
        let document = Document {
            version: VERSION,
            note: NOTE.into(),
            findings: self.entries.iter().map(record).collect(),
        };
        // A document of texts and numbers has no key that is not text and no number that is none.
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        format!("{text}\n")
    }
}

/// What serde says, without the place, which is told apart from it.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text.get(..at).unwrap_or(&text).to_owned(),
        None => text,
    }
}

fn entry(record: Record<'_>) -> Result<Entry, Unusable> {
    let Some(first_seen) = date(&record.first_seen) else {
        return Err(Unusable::Day {
            id: record.id.into_owned(),
            day: record.first_seen.into_owned(),
        });
    };
    Ok(Entry {
        path: record.path.into(),
        rule: record.rule.into(),
        stack: record.stack.into(),
        resource: record.resource.into(),
        pointer: record.pointer.into(),
        matched: record.matched.into(),
        id: record.id.into(),
        message: record.message.into(),
        first_seen,
    })
}

fn record(entry: &Entry) -> Record<'_> {
    Record {
        id: Cow::Borrowed(&entry.id),
        rule: Cow::Borrowed(&entry.rule),
        path: Cow::Borrowed(&entry.path),
        stack: Cow::Borrowed(&entry.stack),
        resource: Cow::Borrowed(&entry.resource),
        pointer: Cow::Borrowed(&entry.pointer),
        matched: Cow::Borrowed(&entry.matched),
        message: Cow::Borrowed(&entry.message),
        first_seen: entry.first_seen.to_string().into(),
    }
}
