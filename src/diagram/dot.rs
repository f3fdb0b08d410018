//! The picture in the DOT language of Graphviz.
//!
//! Names of parts are made here (`n1`, `cluster_g1`); every other text is a quoted string, in which only `"` and `\` mean
//! anything. <https://graphviz.org/doc/info/lang.html>

use std::fmt::Write as _;

use super::picture::{EdgeKind, Group, GroupId, GroupKind, Node, NodeKind, Picture, SubnetClass, View};
use crate::diag::visible;

/// Findings that are listed below the picture; the others are counted.
const MAX_LISTED: usize = 60;

/// The red of what the rules object to.
const FLAGGED: &str = "#d1242f";

/// The graph.
pub fn write(picture: &Picture) -> String {
    let mut out = String::new();
    let direction = match picture.view {
        View::Architecture | View::Network => "TB",
        View::Iam | View::Stacks | View::Deps => "LR",
    };
    // Writing to a text cannot fail, here and below.
    let _ = writeln!(out, "digraph picture {{");
    let _ = writeln!(
        out,
        "  graph [rankdir={direction}, compound=true, fontname=\"sans-serif\", nodesep=0.4, ranksep=0.7{}]",
        legend(picture)
    );
    let _ = writeln!(
        out,
        "  node [shape=box, style=\"rounded\", fontname=\"sans-serif\", fontsize=11, margin=\"0.15,0.08\"]"
    );
    let _ = writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10]");
    inside(picture, None, 1, &mut out);
    for edge in &picture.edges {
        let mut attributes = Vec::new();
        let lines = picture.edge_lines(edge);
        if !lines.is_empty() {
            attributes.push(format!("label={}", quoted(&lines, "\\n")));
        }
        if edge.is_dashed() {
            attributes.push("style=dashed".to_owned());
        } else if matches!(edge.kind, EdgeKind::Access | EdgeKind::May) {
            attributes.push("style=bold".to_owned());
        }
        if !edge.flags.is_empty() {
            attributes.push(format!(
                "color=\"{FLAGGED}\", fontcolor=\"{FLAGGED}\", penwidth=2"
            ));
        }
        let list = match attributes.is_empty() {
            true => String::new(),
            false => format!(" [{}]", attributes.join(", ")),
        };
        let _ = writeln!(out, "  n{} -> n{}{list}", edge.from.0 + 1, edge.to.0 + 1);
    }
    out.push_str("}\n");
    out
}

/// What stands directly in a box, and in the picture itself.
fn inside(picture: &Picture, group: Option<GroupId>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for id in picture.nodes_in(group) {
        let node = picture.node(id);
        let mut attributes = vec![format!("label={}", quoted(&picture.node_lines(node), "\\n"))];
        attributes.extend(shape(node).map(str::to_owned));
        if node.condition.is_some() || node.kind == NodeKind::Unknown {
            attributes.push("style=\"rounded,dashed\"".to_owned());
        }
        if !node.flags.is_empty() {
            attributes.push(format!("color=\"{FLAGGED}\", penwidth=2.5"));
        }
        let _ = writeln!(out, "{indent}n{} [{}]", id.0 + 1, attributes.join(", "));
    }
    for id in picture.groups_in(group) {
        let inner = picture.group(id);
        let _ = writeln!(out, "{indent}subgraph cluster_g{} {{", id.0 + 1);
        let label = quoted(&picture.group_lines(inner), "\\l");
        let (color, style) = match (
            inner.flags.is_empty(),
            inner.condition.is_some() || is_open(inner),
        ) {
            (false, _) => (FLAGGED, "\"rounded\""),
            (true, true) => (color(inner), "\"rounded,dashed\""),
            (true, false) => (color(inner), "\"rounded\""),
        };
        let _ = writeln!(
            out,
            "{indent}  graph [label={label}, labelloc=t, labeljust=l, fontsize=11, color=\"{color}\", style={style}]"
        );
        inside(picture, Some(id), depth + 1, out);
        let _ = writeln!(out, "{indent}}}");
    }
}

fn shape(node: &Node) -> Option<&'static str> {
    match node.kind {
        NodeKind::Internet => Some("shape=ellipse"),
        NodeKind::Cdn
        | NodeKind::LoadBalancer
        | NodeKind::NatGateway
        | NodeKind::InternetGateway
        | NodeKind::Gateway => Some("shape=hexagon, style=\"\", margin=0"),
        NodeKind::Queue | NodeKind::Topic | NodeKind::Stream => Some("shape=cds, style=\"\""),
        NodeKind::Role => Some("shape=ellipse"),
        kind if kind.is_store() => Some("shape=cylinder, style=\"\""),
        _ => None,
    }
}

fn is_open(group: &Group) -> bool {
    matches!(
        group.kind.class(),
        Some(SubnetClass::Varies | SubnetClass::Unknown)
    )
}

fn color(group: &Group) -> &'static str {
    match (group.kind, group.kind.class()) {
        (GroupKind::Vpc, _) => "#8c4fff",
        (_, Some(SubnetClass::Public)) => "#2e8b57",
        (_, Some(SubnetClass::PrivateWithEgress)) => "#1e7fc2",
        (_, Some(SubnetClass::Isolated)) => "#5b6770",
        _ => "#999999",
    }
}

/// The findings and notes as the label of the whole graph, below it.
fn legend(picture: &Picture) -> String {
    let mut lines = picture.listed_flags(MAX_LISTED);
    lines.extend(picture.notes.iter().cloned());
    match lines.is_empty() {
        true => String::new(),
        false => format!(", labelloc=b, labeljust=l, label={}", quoted(&lines, "\\l")),
    }
}

/// Lines as one quoted string; `end` closes each: `\n` for the middle, `\l` for the left.
fn quoted(lines: &[String], end: &str) -> String {
    let mut out = String::from("\"");
    for (index, line) in lines.iter().enumerate() {
        if index > 0 && end == "\\n" {
            out.push_str(end);
        }
        out.push_str(&escaped(line));
        if end != "\\n" {
            out.push_str(end);
        }
    }
    out.push('"');
    out
}

/// Text in which nothing ends the string, is an escape, or becomes an HTML entity, which Graphviz reads in labels.
fn escaped(text: &str) -> String {
    visible(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_string_early_or_means_anything_in_it() {
        assert_eq!(escaped("a\"b\\N&lt;\n"), "a\\\"b\\\\N&amp;lt;\\\\u{a}");
        let text = quoted(&["한글 \"x\"".to_owned(), "b\\".to_owned()], "\\l");
        assert_eq!(text, "\"한글 \\\"x\\\"\\lb\\\\\\l\"");
    }
}
