//! GitLab's code quality report: what a merge request makes worse.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>. Every entry needs a path and a line, so that
//! crashes have no place; a file that could not be read stands at its first line.

use std::io::{self, Write};

use serde::Serialize;

use super::entry::{Entry, Kind, entries};
use super::{Options, json_text};
use crate::diag::Severity;
use crate::lint::Report;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// Writes the list and a line break.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let entries = entries(report, options);
    let issues: Vec<Issue<'_>> = entries.iter().filter_map(|entry| issue(report, entry)).collect();
    json_text::write(&issues, out)
}

fn issue<'a>(report: &Report, entry: &'a Entry<'_>) -> Option<Issue<'a>> {
    let line = |span| report.sources.positions(span).0.line;
    Some(Issue {
        description: entry.title(),
        check_name: entry.check,
        fingerprint: &entry.id,
        severity: severity(entry),
        location: Location {
            path: entry.repository_path(report)?,
            lines: Lines {
                begin: entry.span.map_or(1, line),
            },
        },
    })
}

/// One of `info`, `minor`, `major`, `critical`, `blocker`; the last for what kept a template from being checked at all.
fn severity(entry: &Entry<'_>) -> &'static str {
    match (entry.kind, entry.severity) {
        (Kind::Input | Kind::Crash, _) => "blocker",
        (_, Severity::Error) => "critical",
        (_, Severity::Warning) => "major",
        (_, Severity::Info) => "info",
    }
}
