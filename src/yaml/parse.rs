//! A text to a document: limits, the parser's options, and the loop over its events.

use granit_parser::{Options, Parser};

use super::build::{Builder, Dialect};
use super::{Document, syntax};
use crate::diag::Problem;
use crate::source::{FileId, Span};

/// Deepest nesting that is read, in mappings and lists. Templates of the field stay below 30; the tree is walked
/// recursively, so this keeps every walk far from the end of the stack.
pub const MAX_DEPTH: usize = 128;
/// Most values that anchors and aliases may copy in one document. A few lines of nested aliases would otherwise grow to
/// billions of values.
pub const MAX_ALIAS_NODES: usize = 100_000;
/// Largest file that is read, in bytes. CloudFormation takes templates up to 1 MB; spans count bytes in 32 bits.
pub const MAX_FILE_BYTES: u64 = 16 << 20;
/// Most values of one document, what aliases copy left out. A value takes at least two bytes of text, so that no template
/// CloudFormation takes (1 MB) comes near.
pub const MAX_NODES: usize = 1 << 20;

/// Longest key in characters; YAML's own 1,024 are too few for JSON.
const MAX_KEY_CHARACTERS: usize = 65_536;
/// Most comments in a row; the parser's own 96 reject licence headers.
const MAX_COMMENTS_IN_A_ROW: usize = 1 << 20;

/// Reads a YAML or JSON text. A byte order mark counts in the offsets.
///
/// # Errors
/// When the text is not one YAML document, or passes a limit ([`MAX_FILE_BYTES`], [`MAX_DEPTH`], [`MAX_NODES`],
/// [`MAX_ALIAS_NODES`]).
pub fn parse(file: FileId, text: &str) -> Result<Document, Problem> {
    read(file, text, Dialect::Template)
}

/// Reads a text in a dialect.
pub(super) fn read(file: FileId, text: &str, dialect: Dialect) -> Result<Document, Problem> {
    if text.len() as u64 > MAX_FILE_BYTES {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        return Err(Problem::new(Span::new(file, 0, 0), message));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::new(file, text, text.len() - body.len(), dialect);
    for event in Parser::new_from_str_with_options(body, options()) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => return Err(syntax::problem(&error, file, text, text.len() - body.len())),
        }
    }
    builder.finish()
}

fn options() -> Options {
    granit_parser::options! {
        emit_comments: true,
        emit_unresolved_aliases: true,
        block_scalar_eof_without_line_feed: true,
        max_buffered_comment_events: MAX_COMMENTS_IN_A_ROW,
        simple_key_max_lookahead: MAX_KEY_CHARACTERS,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    }
}
