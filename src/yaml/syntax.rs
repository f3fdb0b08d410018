//! The parser's errors in words of this program.

use granit_parser::{ErrorKind, ScanError};

use super::parse::MAX_DEPTH;
use crate::diag::Problem;
use crate::source::{FileId, Span};

/// The problem of a parser's error; `base` is added to its offsets.
pub(super) fn problem(error: &ScanError, file: FileId, text: &str, base: usize) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(0) + base;
    let at_end = text.get(at..).is_none_or(|rest| rest.trim().is_empty());
    let (message, help) = words(error.kind(), at_end);
    let problem = Problem::new(character(file, text, at), message);
    match help {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}

/// The problem of a nesting that is too deep.
pub(super) fn too_deep(span: Span) -> Problem {
    Problem::new(span, format!("this is nested deeper than {MAX_DEPTH} levels"))
}

/// The character that starts at an offset; nothing at the end of a line or of the text.
pub(super) fn character(file: FileId, text: &str, at: usize) -> Span {
    let mut start = at.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let next = text.get(start..).and_then(|rest| rest.chars().next());
    let len = next
        .filter(|c| !matches!(c, '\n' | '\r'))
        .map_or(0, char::len_utf8);
    Span::new(file, start as u32, (start + len) as u32)
}

/// Message and advice for an error; `at_end` tells whether nothing but white space follows it.
fn words(kind: &ErrorKind, at_end: bool) -> (String, Option<&'static str>) {
    use ErrorKind as E;
    let (message, help) = match kind {
        E::RecursionLimitExceeded => {
            return (format!("this is nested deeper than {MAX_DEPTH} levels"), None);
        }
        E::UnclosedFlowCollection { open } => {
            return (
                format!("this `{open}` is never closed"),
                Some("the file may be truncated"),
            );
        }
        E::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("this `{open}` is closed by `{close}`"), None);
        }
        E::UnexpectedCharacter {
            character: c @ ('@' | '`' | '%'),
        } => {
            return (
                format!("text cannot start with `{c}`"),
                Some("put the text in quotes"),
            );
        }
        E::UnexpectedCharacter { character } => {
            return (
                format!("unexpected character `{}`", character.escape_default()),
                None,
            );
        }
        E::UnclosedQuotedScalar => ("this quote is never closed", Some("the file may be truncated")),
        E::ExpectedFlowMappingSeparator => ("expected `,` or `}`", None),
        E::ExpectedFlowSequenceSeparator => ("expected `,` or `]`", None),
        E::MisplacedFlowCollectionEnd => ("this bracket closes nothing", None),
        E::ExpectedBlockMappingKey => ("expected a key", Some("check the indentation of this line")),
        E::ExpectedBlockSequenceEntry => ("expected a list item", Some("check the indentation of this line")),
        E::SimpleKeyExpected | E::InvalidSimpleKey => ("expected `:` after the key", None),
        E::MappingValueNotAllowed | E::MappingKeyNotAllowed => (
            "a key is not allowed here",
            Some("text that holds `: ` needs quotes; a nested key starts on a line of its own"),
        ),
        E::BlockSequenceEntryNotAllowed => (
            "a list item is not allowed here",
            Some("the first `- ` of a list starts on a line of its own"),
        ),
        E::BlockEntryInFlowCollection => ("a `- ` item is not allowed inside brackets", None),
        E::InvalidIndentation | E::InvalidQuotedScalarIndent | E::InvalidFlowScalarIndent => {
            ("this line is not indented enough", None)
        }
        E::TabInBlockIndentation | E::TabInIndentation | E::TabNotAllowed | E::TabAtBlockScalarStart => {
            ("a tab cannot indent", Some("use spaces"))
        }
        E::UnknownQuotedScalarEscape => (
            "unknown escape in double-quoted text",
            Some("write a backslash as `\\\\`, or use single quotes"),
        ),
        E::DocumentIndicatorInQuotedScalar => ("this quote is not closed before the document ends", None),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            ("text follows the closing quote", None)
        }
        E::MissingAnchorOrAliasName => (
            "`*` and `&` stand before a name in plain text",
            Some("put the text in quotes, as in `'*'`"),
        ),
        E::ExpectedDocumentStart => ("text follows the end of the document", None),
        // The parser says "end of file" of `[,]` too.
        E::ExpectedNodeContent
        | E::UnexpectedEof
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::UnexpectedEofBlockSequence
        | E::UnexpectedEofBlockMapping => {
            if at_end {
                ("the file ends too early", Some("the file may be truncated"))
            } else {
                ("expected a value", None)
            }
        }
        E::CommentNotSeparated => ("a comment needs a space before its `#`", None),
        E::UndeclaredTagHandle => ("this tag's prefix is not declared", None),
        _ => return (lowered(&kind.to_string()), None),
    };
    (message.to_owned(), help)
}

/// The parser's own text as one sentence without its running context ("while parsing a node, …").
fn lowered(text: &str) -> String {
    let text = match text.split_once(", ") {
        Some((context, rest)) if context.starts_with("while ") => rest,
        _ => text,
    };
    let text = text
        .trim_end_matches('.')
        .replace("eof", "end of the file")
        .replace("EOF", "end of the file");
    if text.is_empty() {
        "the text is not YAML".to_owned()
    } else {
        text
    }
}
