//! Workflow commands of GitHub Actions: annotations of a run and of the lines of a pull request.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, which is why the most severe come first; the log holds all.
//! Syntax and escapes: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>, and
//! `packages/core/src/command.ts` of <https://github.com/actions/toolkit>.

use std::io::{self, Write};

use super::entry::{Entry, FirstLine, entries, most_severe_first};
use super::terminal::visible;
use super::{Options, summary};
use crate::diag::Severity;
use crate::lint::Report;

/// Writes a command for each entry, and a notice with the total.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    for entry in most_severe_first(entries(report, options)) {
        write_entry(report, &entry, out)?;
    }
    let ascii = Options {
        ascii: true,
        ..options.clone()
    };
    let total = data(&[summary::counts(report, &ascii)]);
    writeln!(out, "::notice title={}::{total}", env!("CARGO_PKG_NAME"))
}

fn write_entry(report: &Report, entry: &Entry<'_>, out: &mut dyn Write) -> io::Result<()> {
    let command = match entry.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    write!(out, "::{command} ")?;
    if let Some(path) = entry.repository_path(report) {
        write!(out, "file={},", property(&path))?;
    }
    if let Some(span) = entry.span {
        let FirstLine {
            line,
            column,
            end_column,
        } = FirstLine::of(&report.sources, span);
        write!(
            out,
            "line={line},endLine={line},col={column},endColumn={end_column},"
        )?;
    }
    writeln!(
        out,
        "title={}::{}",
        property(entry.check),
        data(&entry.lines(&report.sources))
    )
}

/// Lines as the data of a command. What steers a terminal is made visible before, so that every escaped line break is ours.
fn data(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| visible(line)).collect();
    escaped(&lines.join("\n"))
}

/// Text as the value of a property.
fn property(text: &str) -> String {
    escaped(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}

/// What data and properties escape alike; the percent sign first, since the other escapes begin with it.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_escapes_what_would_end_it_and_properties_what_parts_them() {
        let lines = ["100%: a,b".to_owned(), "c".to_owned()];
        assert_eq!(data(&lines), "100%25: a,b%0Ac");
        assert_eq!(property("a:b,c%0A.yaml"), "a%3Ab%2Cc%250A.yaml");
        assert_eq!(escaped("a\r\nb"), "a%0D%0Ab");
    }

    #[test]
    fn no_text_makes_a_command_of_its_own() {
        let lines = ["a%0A::error::x\r\n::add-mask::y\u{1b}[2J".to_owned()];
        assert_eq!(
            data(&lines),
            "a%250A::error::x\\u{d}\\u{a}::add-mask::y\\u{1b}[2J"
        );
    }
}
