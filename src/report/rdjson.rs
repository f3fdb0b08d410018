//! The diagnostic format of reviewdog, which posts findings as review comments.
//!
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>. Its columns are 1-based and count bytes of UTF-8, unlike those
//! of the other formats; ends are exclusive. A crash has no location and is left out, since comments need one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::entry::{Entry, entries, relative};
use super::{Options, json_text};
use crate::diag::{Label, Severity};
use crate::lint::Report;
use crate::source::{Position, Sources, Span};

#[derive(Serialize)]
struct Document<'a> {
    source: Tool,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location<'a>,
}

/// Writes the document and a line break.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pages: BTreeMap<&str, &'static str> = report
        .rules
        .iter()
        .map(|rule| (rule.name, rule.aws_page))
        .filter(|(_, page)| !page.is_empty())
        .collect();
    let entries = entries(report, options);
    let document = Document {
        source: Tool {
            name: env!("CARGO_PKG_NAME"),
        },
        diagnostics: entries
            .iter()
            .filter_map(|entry| diagnostic(report, &pages, entry))
            .collect(),
    };
    json_text::write(&document, out)
}

fn diagnostic<'a>(
    report: &'a Report,
    pages: &BTreeMap<&str, &'static str>,
    entry: &'a Entry<'_>,
) -> Option<Diagnostic<'a>> {
    let sources = &report.sources;
    Some(Diagnostic {
        message: entry.lines(sources).join("\n"),
        location: Location {
            path: entry.path?,
            range: entry.span.map(|span| range(sources, span)),
        },
        severity: match entry.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code {
            value: entry.check,
            url: pages.get(entry.check).copied(),
        },
        related_locations: entry
            .related
            .iter()
            .map(|label| related(sources, label))
            .collect(),
    })
}

fn related<'a>(sources: &'a Sources, label: &'a Label) -> Related<'a> {
    Related {
        message: &label.text,
        location: Location {
            path: relative(sources.get(label.span.file).path()),
            range: Some(range(sources, label.span)),
        },
    }
}

fn range(sources: &Sources, span: Span) -> Range {
    let source = sources.get(span.file);
    let point = |position: Position| {
        let (line_start, _) = source.line_range(position.line);
        Point {
            line: position.line,
            column: position.offset.saturating_sub(line_start) + 1,
        }
    };
    let (start, end) = sources.positions(span);
    Range {
        start: point(start),
        end: point(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn columns_count_bytes() {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("t.yaml", "a\n한: 😀b"));
        let range = range(&sources, Span::new(file, 11, 12));
        assert_eq!((range.start.line, range.start.column), (2, 10));
        assert_eq!((range.end.line, range.end.column), (2, 11));
    }
}
