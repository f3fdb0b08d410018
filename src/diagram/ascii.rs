//! The picture for a terminal: boxes as an indented tree, the nodes in them, and below each node the lines that start there.

use super::picture::{Edge, GroupId, GroupKind, Node, NodeId, NodeKind, Picture};
use crate::diag::visible;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Only ASCII characters, apart from text of the templates.
    pub ascii: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Columns below which nothing is cut: a narrower drawing could not be read.
const NARROWEST: usize = 40;

/// Details of a node that share one line of it.
const SEPARATOR: &str = " · ";

struct Signs {
    branch: &'static str,
    last: &'static str,
    bar: &'static str,
    gap: &'static str,
    arrow: &'static str,
    dashed: &'static str,
    flag: &'static str,
    dot: &'static str,
    ellipsis: &'static str,
}

const UNICODE: Signs = Signs {
    branch: "├─ ",
    last: "└─ ",
    bar: "│  ",
    gap: "   ",
    arrow: "──▶",
    dashed: "┄┄▶",
    flag: "⚠",
    dot: SEPARATOR,
    ellipsis: "…",
};

const ASCII: Signs = Signs {
    branch: "|- ",
    last: "`- ",
    bar: "|  ",
    gap: "   ",
    arrow: "-->",
    dashed: "- >",
    flag: "!",
    dot: " - ",
    ellipsis: "...",
};

/// The drawing.
pub fn write(picture: &Picture, look: Look) -> String {
    let mut drawing = Drawing {
        picture,
        signs: if look.ascii { &ASCII } else { &UNICODE },
        width: look.width.max(NARROWEST),
        ascii: look.ascii,
        out: String::new(),
    };
    drawing.inside(None, "");
    let has_parts = !picture.nodes.is_empty();
    if !has_parts {
        drawing.line("", "", "nothing to draw");
    }
    if !picture.flags.is_empty() {
        drawing.out.push('\n');
        for (flag, number) in picture.flags.iter().zip(1..) {
            let line = flag.line(number);
            let sign = drawing.signs.flag;
            drawing.wrapped(&format!("{sign} {line}"));
        }
    }
    if !picture.notes.is_empty() {
        drawing.out.push('\n');
        for note in &picture.notes {
            drawing.wrapped(&note.replace('`', ""));
        }
    }
    drawing.out
}

struct Drawing<'p> {
    picture: &'p Picture,
    signs: &'static Signs,
    width: usize,
    ascii: bool,
    out: String,
}

/// What hangs below a line of the tree.
enum Branch<'p> {
    Group(GroupId),
    Node(NodeId),
    Edge(&'p Edge),
    Text(String),
}

impl<'p> Drawing<'p> {
    /// What stands directly in a box, and in the picture itself.
    fn inside(&mut self, group: Option<GroupId>, indent: &str) {
        let mut branches: Vec<Branch<'p>> = Vec::new();
        if let Some(id) = group {
            let lines = self.picture.group_lines(self.picture.group(id));
            branches.extend(lines.into_iter().skip(1).map(Branch::Text));
        }
        // Where requests come from goes first.
        let (outside, others): (Vec<NodeId>, Vec<NodeId>) = self
            .picture
            .nodes_in(group)
            .partition(|id| matches!(self.picture.node(*id).kind, NodeKind::Internet | NodeKind::Cdn));
        branches.extend(outside.into_iter().map(Branch::Node));
        branches.extend(self.picture.groups_in(group).map(Branch::Group));
        branches.extend(others.into_iter().map(Branch::Node));
        self.branches(branches, indent, group.is_none());
    }

    fn branches(&mut self, branches: Vec<Branch<'p>>, indent: &str, is_top: bool) {
        let last = branches.len().saturating_sub(1);
        for (index, branch) in branches.into_iter().enumerate() {
            let (mark, below) = match (is_top, index == last) {
                (true, _) => ("", ""),
                (false, true) => (self.signs.last, self.signs.gap),
                (false, false) => (self.signs.branch, self.signs.bar),
            };
            let below = format!("{indent}{below}");
            match branch {
                Branch::Group(id) => {
                    let group = self.picture.group(id);
                    let lines = self.picture.group_lines(group);
                    let name = lines.into_iter().next().unwrap_or_default();
                    let name = match group.kind {
                        GroupKind::Deployment => format!("[{name}]"),
                        _ => name,
                    };
                    self.line(indent, mark, &name);
                    self.inside(Some(id), &below);
                }
                Branch::Node(id) => {
                    let node = self.picture.node(id);
                    self.line(indent, mark, &self.title(node));
                    let mut inner: Vec<Branch<'p>> = Vec::new();
                    inner.extend(self.details(node).into_iter().map(Branch::Text));
                    let edges = self.picture.edges.iter().filter(|edge| edge.from == id);
                    inner.extend(edges.map(Branch::Edge));
                    self.branches(inner, &below, false);
                }
                Branch::Edge(edge) => {
                    let text = self.edge(edge);
                    self.line(indent, mark, &text);
                }
                Branch::Text(text) => self.line(indent, mark, &text),
            }
        }
    }

    /// "Service (service)".
    fn title(&self, node: &Node) -> String {
        let lines = self.picture.node_lines(node);
        let name = lines.first().cloned().unwrap_or_default();
        match node.noun.is_empty() || node.noun == node.label {
            true => name,
            false => format!("{name} ({})", node.noun),
        }
    }

    /// The other lines of a node, a few in each line of the drawing.
    fn details(&self, node: &Node) -> Vec<String> {
        let lines = self.picture.node_lines(node);
        let skipped = if node.noun.is_empty() || node.noun == node.label {
            1
        } else {
            2
        };
        let room = self.width / 2;
        let mut out: Vec<String> = Vec::new();
        for line in lines.into_iter().skip(skipped) {
            match out.last_mut() {
                Some(last) if last.chars().count() + line.chars().count() < room => {
                    last.push_str(self.signs.dot);
                    last.push_str(&line);
                }
                _ => out.push(line),
            }
        }
        out
    }

    /// "──▶ Service  443 → 8080".
    fn edge(&self, edge: &Edge) -> String {
        let arrow = if edge.is_dashed() {
            self.signs.dashed
        } else {
            self.signs.arrow
        };
        let to = &self.picture.node(edge.to).label;
        let lines = self.picture.edge_lines(edge);
        let text = match lines.is_empty() {
            true => String::new(),
            false => format!("  {}", lines.join(self.signs.dot)),
        };
        format!("{arrow} {to}{text}").replace('`', "")
    }

    /// A line, cut where the terminal ends.
    fn line(&mut self, indent: &str, mark: &str, text: &str) {
        let text = self.safe(text);
        let room = self
            .width
            .saturating_sub(columns(indent) + columns(mark))
            .max(NARROWEST / 2);
        self.out.push_str(indent);
        self.out.push_str(mark);
        self.out.push_str(&self.cut(&text, room));
        self.out.push('\n');
    }

    /// Words over several lines.
    fn wrapped(&mut self, text: &str) {
        let text = self.safe(text);
        let mut used = 0;
        for word in text.split(' ') {
            let wide = columns(word);
            if used > 0 && used + 1 + wide > self.width {
                self.out.push_str("\n  ");
                used = 2;
            } else if used > 0 {
                self.out.push(' ');
                used += 1;
            }
            self.out.push_str(word);
            used += wide;
        }
        self.out.push('\n');
    }

    /// Text that steers no terminal; in ASCII where that is wanted.
    fn safe(&self, text: &str) -> String {
        let text = visible(text);
        match self.ascii {
            true => text
                .replace('→', "->")
                .replace('·', "-")
                .replace('×', "x")
                .replace('…', "...")
                .replace('⚠', "!"),
            false => text,
        }
    }

    fn cut(&self, text: &str, room: usize) -> String {
        if columns(text) <= room {
            return text.to_owned();
        }
        let room = room.saturating_sub(columns(self.signs.ellipsis));
        let mut used = 0;
        let kept: String = text
            .chars()
            .take_while(|character| {
                used += width(*character);
                used <= room
            })
            .collect();
        format!("{kept}{}", self.signs.ellipsis)
    }
}

/// Columns that a text takes on a terminal.
fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Columns of a character: two for the scripts of East Asia and for emoji, none for marks that stand on the one before.
fn width(character: char) -> usize {
    unicode_width::UnicodeWidthChar::width(character).unwrap_or(0)
}
