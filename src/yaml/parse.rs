//! Parser events to nodes.

use super::Document;
use crate::diag::Problem;
use crate::source::FileId;

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 128;
/// Most nodes that aliases may copy.
pub const MAX_ALIAS_NODES: usize = 100_000;
/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// Reads a YAML or JSON text.
///
/// # Errors
/// When the text is not one YAML document.
pub fn parse(file: FileId, text: &str) -> Result<Document, Problem> {
    let _ = (file, text);
    Err(Problem::new(crate::source::Span::new(file, 0, 0), "not built"))
}
