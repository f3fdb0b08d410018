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

impl Comment {
    /// The comment at a span of `text`.
    pub(super) fn new(span: Span, text: &str) -> Self {
        let before = text.get(..span.start as usize).unwrap_or("");
        let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
        let own_line = line
            .trim_start_matches('\u{feff}')
            .trim_matches([' ', '\t'])
            .is_empty();
        Self { span, own_line }
    }
}
