//! The report of Checkstyle, which build servers and editors read: files with their errors.
//!
//! <https://github.com/checkstyle/checkstyle/blob/master/src/main/java/com/puppycrawl/tools/checkstyle/XMLLogger.java>. Every error
//! stands in a file, so that crashes have no place.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};

use super::Options;
use super::entry::{Entry, by_path, entries};
use crate::diag::xml;
use crate::lint::Report;
use crate::source::Sources;

/// The version of the shape that other linters write, too; not one of ecslint.
const SHAPE: &str = "4.3";
/// Spaces of an indentation.
const INDENT: usize = 2;

/// Writes the document and a line break.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let entries = entries(report, options);
    let mut writer = Writer::new_with_indent(&mut *out, b' ', INDENT);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("checkstyle");
    root.push_attribute(("version", SHAPE));
    writer.write_event(Event::Start(root))?;
    for (path, entries) in by_path(&entries) {
        let mut file = BytesStart::new("file");
        file.push_attribute(("name", &*xml::text(path)));
        writer.write_event(Event::Start(file))?;
        for entry in entries {
            writer.write_event(Event::Empty(error(&report.sources, entry)))?;
        }
        writer.write_event(Event::End(BytesEnd::new("file")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("checkstyle")))?;
    writeln!(out)
}

fn error(sources: &Sources, entry: &Entry<'_>) -> BytesStart<'static> {
    let mut error = BytesStart::new("error");
    // Checkstyle leaves the column out where it has none, and never the line.
    let (line, column) = match entry.span.map(|span| sources.positions(span).0) {
        Some(start) => (start.line, Some(start.column)),
        None => (1, None),
    };
    error.push_attribute(("line", &*line.to_string()));
    if let Some(column) = column {
        error.push_attribute(("column", &*column.to_string()));
    }
    error.push_attribute(("severity", entry.severity.as_str()));
    error.push_attribute(("message", &*xml::text(&entry.lines(sources).join(". "))));
    let source = format!("{}.{}", env!("CARGO_PKG_NAME"), entry.check);
    error.push_attribute(("source", &*xml::text(&source)));
    error
}
