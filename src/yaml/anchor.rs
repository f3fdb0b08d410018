//! Anchors and the copies that aliases make of them.

use std::collections::HashMap;

use super::Node;
use super::parse::{MAX_ALIAS_NODES, MAX_DEPTH};
use super::syntax;
use crate::diag::Problem;
use crate::source::Span;

/// The anchors of a document by the parser's number; 0 stands for no anchor.
#[derive(Default)]
pub(super) struct Anchors {
    /// `None` while the anchored collection is still open.
    known: HashMap<usize, Option<Anchored>>,
    copied: usize,
}

struct Anchored {
    node: Node,
    size: Size,
}

/// How much a copy costs.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    /// Levels of collections and functions.
    height: usize,
}

impl Anchors {
    /// Notes that an anchored collection starts.
    pub(super) fn open(&mut self, anchor: usize) {
        if anchor != 0 {
            self.known.insert(anchor, None);
        }
    }

    /// Keeps a copy of an anchored value; `span` is blamed when the copy is too large.
    pub(super) fn define(&mut self, anchor: usize, node: &Node, span: Span) -> Result<(), Problem> {
        if anchor == 0 {
            return Ok(());
        }
        let size = size(node, MAX_ALIAS_NODES);
        self.pay(size, span)?;
        self.known.insert(
            anchor,
            Some(Anchored {
                node: node.clone(),
                size,
            }),
        );
        Ok(())
    }

    /// The value of an alias that stands at `span` below `depth` collections.
    pub(super) fn copy(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Node, Problem> {
        let Some(Some(anchored)) = self.known.get(&anchor) else {
            return Err(Problem::new(
                span,
                "the alias stands inside the value it stands for",
            ));
        };
        let size = anchored.size;
        if depth + size.height > MAX_DEPTH {
            return Err(syntax::too_deep(span));
        }
        let node = anchored.node.clone();
        self.pay(size, span)?;
        Ok(node)
    }

    fn pay(&mut self, size: Size, span: Span) -> Result<(), Problem> {
        self.copied += size.nodes;
        if self.copied > MAX_ALIAS_NODES {
            let message = format!("anchors and aliases copy more than {MAX_ALIAS_NODES} values");
            return Err(Problem::new(span, message));
        }
        Ok(())
    }
}

/// Counts the values below and including a node, up to one more than `limit`.
fn size(node: &Node, limit: usize) -> Size {
    let mut total = Size { nodes: 1, height: 0 };
    for child in node.children() {
        if total.nodes > limit {
            break;
        }
        let below = size(child, limit - total.nodes.min(limit));
        total.nodes += below.nodes;
        total.height = total.height.max(below.height);
    }
    if !matches!(node.kind, super::Kind::Null | super::Kind::Scalar(_)) {
        total.height += 1;
    }
    total
}
