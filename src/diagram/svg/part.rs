//! The parts of a picture with their texts, and how much room they take.

use std::cmp::Reverse;

use super::super::layout::{EdgePlan, GroupPlan, NodePlan, Plan, Size};
use super::super::picture::{Edge, Group, Node, NodeId, NodeKind, Picture};
use super::type_size::{NAME, TEXT, Type};

/// The room of the first of the texts of a part.
#[derive(Clone, Copy)]
struct Room {
    /// The widest text, in pixels; that of the other texts, too.
    width: i32,
    /// How many lines it may take.
    lines: usize,
}

/// The room of a node; two long names often differ in their ends.
const NODE: Room = Room { width: 230, lines: 4 };
/// The room of the heading of a box.
const TITLE: Room = Room { width: 330, lines: 4 };
/// The room at a line, whose first text is up to four labels: two lines for each.
const LABEL: Room = Room { width: 150, lines: 8 };
/// How many lines every other text may take: as many as the longest condition at a line, or a list of six names.
const WRAPPED_MAX: usize = 4;
/// How many numbers are drawn on one part; the others are counted.
const BADGES_MAX: usize = 6;
/// The height of a number with its ground.
pub(super) const BADGE_HEIGHT: i32 = 16;
/// Between two of them, and around them.
pub(super) const BADGE_SPACE: i32 = 4;
/// Left and right of the text of a node.
pub(super) const NODE_PAD: i32 = 12;
/// Above and below it.
pub(super) const NODE_PAD_Y: i32 = 8;

/// The id of a part's element: `n` for a node, `g` for a box, `e` for a line, with its place in the picture.
pub(super) fn element_id(kind: &str, at: usize) -> String {
    format!("p-{kind}{}", at + 1)
}

/// A text ready to be drawn.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) ty: Type,
    /// It goes on about what a name or a label names.
    pub(super) is_quiet: bool,
}

/// A number on a part.
#[derive(Clone, Debug)]
pub(super) struct Badge {
    /// The index of its finding; `None` for the count of those left out.
    pub(super) flag: Option<usize>,
    pub(super) text: String,
    pub(super) width: i32,
}

/// What stands on a node, at a line, or over a box.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) lines: Vec<Line>,
    pub(super) badges: Vec<Badge>,
    /// All of it, for those who hear it and for what was cut.
    pub(super) whole: String,
}

/// All of them.
pub(super) struct Parts<'p> {
    picture: &'p Picture,
    pub(super) groups: Vec<Part>,
    pub(super) nodes: Vec<Part>,
    /// `None` where nothing stands at a line.
    pub(super) edges: Vec<Option<Part>>,
}

impl<'p> Parts<'p> {
    pub(super) fn new(picture: &'p Picture) -> Self {
        Self {
            picture,
            groups: picture.groups.iter().map(|group| title(picture, group)).collect(),
            nodes: picture.node_ids().map(|id| node(picture, id)).collect(),
            edges: picture.edges.iter().map(|edge| label(picture, edge)).collect(),
        }
    }

    /// The edges that are drawn as lines, with their places in the picture: what leads back to its own node stands on it.
    pub(super) fn drawn_edges(&self) -> impl Iterator<Item = (usize, &'p Edge)> {
        let edges = self.picture.edges.iter().enumerate();
        edges.filter(|(_, edge)| edge.from != edge.to)
    }

    pub(super) fn plan(&self) -> Plan {
        let groups = self.picture.groups.iter().zip(&self.groups);
        let nodes = self.picture.nodes.iter().zip(&self.nodes);
        Plan {
            groups: groups
                .map(|(group, part)| GroupPlan {
                    title: part.size(),
                    parent: group.parent.map(|parent| parent.0 as usize),
                })
                .collect(),
            nodes: nodes
                .map(|(node, part)| {
                    let inner = part.size();
                    NodePlan {
                        size: Size {
                            width: inner.width + 2 * NODE_PAD,
                            height: inner.height + 2 * NODE_PAD_Y,
                        },
                        group: node.group.map(|group| group.0 as usize),
                        tier: tier(node.kind),
                    }
                })
                .collect(),
            edges: self
                .drawn_edges()
                .map(|(at, edge)| EdgePlan {
                    from: edge.from.0 as usize,
                    to: edge.to.0 as usize,
                    label: self.edges[at].as_ref().map(Part::size),
                })
                .collect(),
        }
    }
}

/// Who calls stands above who is called, and data at the bottom, where lines alone do not say so.
fn tier(kind: NodeKind) -> u8 {
    match kind {
        NodeKind::Internet | NodeKind::Parameter => 0,
        NodeKind::Cdn | NodeKind::Addresses => 1,
        NodeKind::LoadBalancer | NodeKind::ScheduledTask => 2,
        NodeKind::Service | NodeKind::TaskDefinition => 3,
        NodeKind::Output => 9,
        kind if kind.is_store() => 8,
        _ => 5,
    }
}

impl Part {
    fn new(picture: &Picture, texts: &[String], heading: Type, room: Room, flags: &[u32]) -> Self {
        let mut lines = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            let ty = if at == 0 { heading } else { TEXT };
            let shown = crate::diag::xml::text(text);
            let most = if at == 0 { room.lines } else { WRAPPED_MAX };
            let wrapped = ty.wrapped(&shown, room.width, most).into_iter();
            lines.extend(wrapped.map(|text| Line {
                text,
                ty,
                is_quiet: at > 0,
            }));
        }
        let mut whole = texts.join("\n");
        if !flags.is_empty() {
            let numbers: Vec<String> = flags.iter().map(ToString::to_string).collect();
            let noun = if flags.len() == 1 { "finding" } else { "findings" };
            whole.push_str(&format!("\n{noun} {}", numbers.join(", ")));
        }
        Self {
            lines,
            badges: badges(picture, flags),
            whole,
        }
    }

    /// The room of its numbers side by side.
    pub(super) fn badges_width(&self) -> i32 {
        let widths = self.badges.iter().map(|badge| badge.width + BADGE_SPACE);
        (widths.sum::<i32>() - BADGE_SPACE).max(0)
    }

    /// Its texts below each other, and below them its numbers.
    pub(super) fn size(&self) -> Size {
        let widths = self.lines.iter().map(|line| line.ty.width(&line.text));
        let height: i32 = self.lines.iter().map(|line| line.ty.leading()).sum();
        let badge_height = if self.badges.is_empty() {
            0
        } else {
            BADGE_HEIGHT + 2 * BADGE_SPACE
        };
        Size {
            width: widths.max().unwrap_or(0).max(self.badges_width()),
            height: height + badge_height,
        }
    }
}

/// The numbers, those of the most severe findings first.
fn badges(picture: &Picture, flags: &[u32]) -> Vec<Badge> {
    let badge = |flag: Option<usize>, text: String| Badge {
        flag,
        width: TEXT.width(&text).max(8) + 10,
        text,
    };
    let index = |number: u32| (number as usize).checked_sub(1);
    let severity = |number: u32| {
        index(number)
            .and_then(|at| picture.flags.get(at))
            .map(|flag| flag.severity)
    };
    let mut sorted = flags.to_vec();
    sorted.sort_by_key(|number| Reverse(severity(*number)));
    let shown = sorted.iter().take(BADGES_MAX);
    let mut out: Vec<Badge> = shown
        .map(|number| badge(index(*number), number.to_string()))
        .collect();
    let more = flags.len().saturating_sub(BADGES_MAX);
    if more > 0 {
        out.push(badge(None, format!("+{more}")));
    }
    out
}

fn node(picture: &Picture, id: NodeId) -> Part {
    let own = picture.node(id);
    let bare = Node {
        flags: Vec::new(),
        ..own.clone()
    };
    let mut texts = picture.node_lines(&bare);
    let mut flags = own.flags.clone();
    for edge in picture
        .edges
        .iter()
        .filter(|edge| edge.from == id && edge.to == id)
    {
        let text = edge_texts(picture, edge).join(", ");
        texts.push(
            format!("{} itself {text}", edge.kind.as_str())
                .trim_end()
                .to_owned(),
        );
        flags.extend(&edge.flags);
    }
    flags.sort_unstable();
    flags.dedup();
    let mut part = Part::new(picture, &texts, NAME, NODE, &flags);
    if own.members.len() > 1 {
        part.whole
            .push_str(&format!("\nstands for {}", own.members.join(", ")));
    }
    part
}

fn title(picture: &Picture, group: &Group) -> Part {
    let bare = Group {
        flags: Vec::new(),
        ..group.clone()
    };
    Part::new(picture, &picture.group_lines(&bare), NAME, TITLE, &group.flags)
}

fn label(picture: &Picture, edge: &Edge) -> Option<Part> {
    let texts = edge_texts(picture, edge);
    let mut part = Part::new(picture, &texts, TEXT, LABEL, &edge.flags);
    part.whole.push_str(
        &edge
            .evidence
            .iter()
            .map(|line| format!("\n{line}"))
            .collect::<String>(),
    );
    (!part.lines.is_empty() || !part.badges.is_empty()).then_some(part)
}

fn edge_texts(picture: &Picture, edge: &Edge) -> Vec<String> {
    picture.edge_lines(&Edge {
        flags: Vec::new(),
        ..edge.clone()
    })
}
