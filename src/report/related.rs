//! Which related places stand in the snippet of the primary one, and which are listed below it.

use crate::diag::Label;
use crate::source::{Sources, Span};

/// How many lines away from the primary place a label may stand to share its snippet: what fits a small terminal.
const NEAR_LINES: u32 = 12;
/// How many bytes apart labels of one line may stand to share its snippet, because lines longer than a terminal
/// are cut around their labels.
pub(super) const NEAR_BYTES: u32 = 100;
/// How many labels a snippet holds; more of them hide the source.
const LABELS_MAX: usize = 6;

/// Related places, each in the order it was given.
pub(super) struct Split<'a> {
    /// Shown in the snippet.
    pub(super) near: Vec<&'a Label>,
    /// Listed with path, line and column.
    pub(super) far: Vec<&'a Label>,
}

/// Splits related places into those near to the primary one and the others.
pub(super) fn split<'a>(sources: &Sources, primary: Span, related: &'a [Label]) -> Split<'a> {
    let source = sources.get(primary.file);
    let line_of = |span: Span| source.position(span.start).line;
    let primary_line = line_of(primary);
    let mut taken = vec![(primary, primary_line)];
    let mut split = Split {
        near: Vec::new(),
        far: Vec::new(),
    };
    let mut said: Vec<(Span, &str)> = Vec::new();
    for label in related {
        // A loop makes several resources of one place; for a reader they are one.
        if said.contains(&(label.span, &label.text)) {
            continue;
        }
        said.push((label.span, &label.text));
        let is_near = label.span.file == primary.file && taken.len() < LABELS_MAX && {
            let line = line_of(label.span);
            let fits =
                line.abs_diff(primary_line) <= NEAR_LINES && shares_line_well(&taken, label.span, line);
            if fits {
                taken.push((label.span, line));
            }
            fits
        };
        if is_near {
            split.near.push(label);
        } else {
            split.far.push(label);
        }
    }
    split
}

/// True when the span neither overlaps a taken one of its line nor stands far from all of them.
fn shares_line_well(taken: &[(Span, u32)], span: Span, line: u32) -> bool {
    let mut others = taken.iter().filter(|(_, other)| *other == line).peekable();
    others.peek().is_none()
        || others.all(|(other, _)| {
            let apart = if span.start >= other.end {
                span.start - other.end
            } else if other.start >= span.end {
                other.start - span.end
            } else {
                return false;
            };
            span.start != other.start && apart <= NEAR_BYTES
        })
}
