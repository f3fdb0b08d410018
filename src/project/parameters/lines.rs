//! `KEY=VALUE` lines, as in `.env` files.

use super::{Reader, split};
use crate::source::Span;

/// True when the first line that says something is an assignment, which no JSON or YAML mapping or list begins with.
pub(super) fn is_assignments(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_some_and(|line| split(assignment(line)).is_some())
}

/// The assignment of a line that a shell could read as well.
fn assignment(line: &str) -> &str {
    line.strip_prefix("export ").unwrap_or(line).trim_start()
}

/// Reads the lines. Blank lines and lines that begin with `#` say nothing. A value may stand in single or double
/// quotes, and is then taken as it is; without quotes it ends before white space and `#`. Nothing is expanded.
pub(super) fn read(reader: &mut Reader, text: &str) {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        read_line(reader, line, offset);
        offset += line.len();
    }
}

/// Reads the line that begins at a byte offset.
fn read_line(reader: &mut Reader, line: &str, offset: usize) {
    // Every part below is a slice of `line`, so its place is the distance of the two.
    let file = reader.out.file;
    let span = |part: &str| {
        let start = offset + (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        Span::new(file, start as u32, (start + part.len()) as u32)
    };
    let said = line.trim_start_matches('\u{feff}').trim();
    if said.is_empty() || said.starts_with('#') {
        return;
    }
    let Some((name, Some(value))) = split(assignment(said)) else {
        reader.problem(span(said), "expected KEY=VALUE");
        return;
    };
    match unquote(value.trim()) {
        Some(value) => reader.add(name.into(), span(name), value.into(), span(value)),
        None => {
            let message = format!("the quote around the value of `{name}` is not closed, or text follows it");
            reader.problem(span(said), message);
        }
    }
}

/// The value without its quotes or without the comment after it; `None` for a quote without its end.
fn unquote(value: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let (inside, after) = rest.split_once(quote)?;
            let after = after.trim_start();
            return (after.is_empty() || after.starts_with('#')).then_some(inside);
        }
    }
    let comment = value.match_indices('#').find(|(at, _)| {
        value
            .get(..*at)
            .is_some_and(|before| before.ends_with([' ', '\t']))
    });
    let end = comment.map_or(value.len(), |(at, _)| at);
    value.get(..end).map(str::trim_end)
}
