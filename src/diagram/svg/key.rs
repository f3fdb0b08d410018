//! What stands below a picture: what its lines and frames mean, its notes, the findings.

use super::super::picture::{EdgeKind, GroupKind, NodeKind, Picture, SubnetClass};
use super::part::Line;
use super::type_size::{NAME, TEXT};

/// A row below the picture.
pub(super) struct Row {
    pub(super) swatch: Swatch,
    pub(super) line: Line,
    /// The finding that begins here.
    pub(super) flag: Option<usize>,
}

/// What stands in front of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swatch {
    None,
    Dashed,
    Thick,
    Frame(&'static str),
    Badge,
}

/// The space of a swatch.
pub(super) const SWATCH_WIDTH: i32 = 36;
/// Findings that are listed in a picture of its own; the others are counted.
const LISTED_MAX: usize = 200;
/// Lines of one note: those that name a few things are whole in the narrowest picture.
const NOTE_LINES_MAX: usize = 5;

/// The class of a box, which has a colour.
pub(super) fn class(kind: GroupKind) -> &'static str {
    match kind.class() {
        Some(SubnetClass::Public) => "p-public",
        Some(SubnetClass::PrivateWithEgress) => "p-private",
        Some(SubnetClass::Isolated) => "p-isolated",
        Some(SubnetClass::Varies | SubnetClass::Unknown) => "p-open",
        None if kind == GroupKind::Vpc => "p-vpc",
        None => "p-box",
    }
}

/// The meanings that the picture needs.
pub(super) fn legend(picture: &Picture, width: i32) -> Vec<Row> {
    let mut out = Vec::new();
    let mut put = |swatch, text: &str| out.extend(rows(swatch, text, width, usize::MAX, None));
    for (class, text) in [
        ("p-vpc", "a VPC"),
        (
            "p-public",
            "public subnets: their routes lead to an internet gateway",
        ),
        (
            "p-private",
            "private subnets with a way out, such as a NAT gateway",
        ),
        ("p-isolated", "isolated subnets: no route leads out of the VPC"),
        (
            "p-open",
            "subnets whose routes are not known, or depend on parameters",
        ),
    ] {
        if picture
            .groups
            .iter()
            .any(|group| self::class(group.kind) == class)
        {
            put(Swatch::Frame(class), text);
        }
    }
    let conditions = picture
        .nodes
        .iter()
        .map(|node| node.condition.is_some() || node.kind == NodeKind::Unknown);
    let groups = picture.groups.iter().map(|group| group.condition.is_some());
    let edges = picture.edges.iter().map(|edge| edge.is_dashed());
    if conditions.chain(groups).chain(edges).any(|is_dashed| is_dashed) {
        put(Swatch::Dashed, "only under a condition, assumed, or not known");
    }
    if picture.edges.iter().any(|edge| is_thick(edge.kind)) {
        put(Swatch::Thick, "reads or writes data, or may do so");
    }
    if !picture.flags.is_empty() {
        put(Swatch::Badge, "a finding, by its number");
    }
    out
}

/// True for lines that are drawn thick.
pub(super) fn is_thick(kind: EdgeKind) -> bool {
    matches!(kind, EdgeKind::Access | EdgeKind::May)
}

/// What else is to be said; a note that names hundreds of things ends in an ellipsis.
pub(super) fn notes(picture: &Picture, width: i32) -> Vec<Row> {
    let notes = picture.notes.iter();
    notes
        .flat_map(|note| rows(Swatch::None, &note.replace('`', ""), width, NOTE_LINES_MAX, None))
        .collect()
}

/// The findings with their numbers.
pub(super) fn findings(picture: &Picture, width: i32) -> Vec<Row> {
    let mut out = Vec::new();
    for (at, flag) in picture.flags.iter().enumerate().take(LISTED_MAX) {
        out.extend(rows(
            Swatch::None,
            &flag.line(at + 1).replace('`', ""),
            width,
            usize::MAX,
            Some(at),
        ));
    }
    let more = picture.flags.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        out.extend(rows(Swatch::None, &format!("and {more} more"), width, 1, None));
    }
    out
}

/// A heading over rows.
pub(super) fn heading(text: &str) -> Line {
    Line {
        text: text.to_owned(),
        ty: NAME,
        is_quiet: false,
    }
}

fn rows(swatch: Swatch, text: &str, width: i32, lines_max: usize, flag: Option<usize>) -> Vec<Row> {
    let indent = if swatch == Swatch::None { 0 } else { SWATCH_WIDTH };
    let shown = crate::diag::xml::text(text);
    let lines = TEXT
        .wrapped(&shown, width - indent, lines_max)
        .into_iter()
        .enumerate();
    lines
        .map(|(at, text)| Row {
            swatch: if at == 0 { swatch } else { Swatch::None },
            line: Line {
                text,
                ty: TEXT,
                is_quiet: false,
            },
            flag: flag.filter(|_| at == 0),
        })
        .collect()
}
