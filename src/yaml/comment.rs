//! Comments of a YAML document.

use crate::source::Span;

/// A comment with its `#`, without the line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The bytes from `#` to the end of the line.
    pub span: Span,
    /// True when nothing but white space stands before it on its line.
    pub own_line: bool,
}
