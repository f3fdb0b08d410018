//! The picture as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.
//!
//! Names of parts are made here (`n1`, `g1`). Text of templates stands only between quotes, and every character in it that
//! Mermaid, its Markdown or HTML gives a meaning stands as a numbered entity.
//! <https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters>

use std::fmt::Write as _;

use super::picture::{EdgeKind, Group, GroupId, GroupKind, Node, NodeKind, Picture, SubnetClass, View};
use crate::diag::visible;

/// Characters that Mermaid takes as one diagram (`maxTextSize`); GitHub leaves the setting as it is.
/// <https://mermaid.js.org/config/schema-docs/config.html>
pub const MAX_CHARACTERS: usize = 50_000;

/// Lines between nodes that it takes (`maxEdges`).
pub const MAX_EDGES: usize = 500;

/// Findings that are listed in the picture; the others are counted.
const MAX_LISTED: usize = 30;

/// How wide a line of text may become before it is wrapped, in pixels.
const WRAPPING_WIDTH: usize = 420;

/// The flowchart; with `has_legend`, the findings are listed in a box beside it.
pub fn write(picture: &Picture, has_legend: bool) -> String {
    let mut out = format!("---\nconfig:\n  flowchart:\n    wrappingWidth: {WRAPPING_WIDTH}\n---\n");
    let direction = match picture.view {
        View::Architecture | View::Network => "TB",
        View::Iam | View::Stacks | View::Deps => "LR",
    };
    // Writing to a text cannot fail, here and below.
    let _ = writeln!(out, "flowchart {direction}");
    inside(picture, None, 1, &mut out);
    for edge in &picture.edges {
        let arrow = match (edge.is_dashed(), edge.kind) {
            (true, _) => "-.->",
            (false, EdgeKind::Access | EdgeKind::May) => "==>",
            (false, _) => "-->",
        };
        let lines = picture.edge_lines(edge);
        let label = match lines.is_empty() {
            true => String::new(),
            false => format!("|{}|", quoted(&lines)),
        };
        let _ = writeln!(out, "  n{} {arrow}{label} n{}", edge.from.0 + 1, edge.to.0 + 1);
    }
    let has_legend = has_legend && !picture.flags.is_empty();
    if has_legend {
        legend(picture, &mut out);
    }
    styles(picture, has_legend, &mut out);
    out
}

/// What stands directly in a box, and in the picture itself.
fn inside(picture: &Picture, group: Option<GroupId>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for id in picture.nodes_in(group) {
        let node = picture.node(id);
        let (open, close) = shape(node);
        let text = quoted(&picture.node_lines(node));
        let _ = writeln!(out, "{indent}n{}{open}{text}{close}", id.0 + 1);
    }
    for id in picture.groups_in(group) {
        let lines = picture.group_lines(picture.group(id));
        let (title, details) = lines.split_at(1.min(lines.len()));
        let _ = writeln!(out, "{indent}subgraph g{}[{}]", id.0 + 1, quoted(title));
        // A title has room for one line only.
        if !details.is_empty() {
            let _ = writeln!(out, "{indent}  d{}[{}]", id.0 + 1, quoted(details));
        }
        inside(picture, Some(id), depth + 1, out);
        let _ = writeln!(out, "{indent}end");
    }
}

fn shape(node: &Node) -> (&'static str, &'static str) {
    match node.kind {
        NodeKind::Internet => ("((", "))"),
        NodeKind::Cdn
        | NodeKind::LoadBalancer
        | NodeKind::NatGateway
        | NodeKind::InternetGateway
        | NodeKind::Gateway => ("{{", "}}"),
        NodeKind::ScheduledTask | NodeKind::Role => ("([", "])"),
        NodeKind::Queue | NodeKind::Topic | NodeKind::Stream => ("[[", "]]"),
        NodeKind::Unknown => (">", "]"),
        kind if kind.is_store() => ("[(", ")]"),
        _ => ("[", "]"),
    }
}

/// The findings in a box of their own.
fn legend(picture: &Picture, out: &mut String) {
    let lines = picture.listed_flags(MAX_LISTED);
    let _ = writeln!(out, "  subgraph findings[\"findings\"]");
    let _ = writeln!(out, "    direction TB");
    for (line, number) in lines.iter().zip(1..) {
        let _ = writeln!(out, "    f{number}[{}]", quoted(std::slice::from_ref(line)));
    }
    for number in 2..=lines.len() {
        let _ = writeln!(out, "    f{} ~~~ f{number}", number - 1);
    }
    let _ = writeln!(out, "  end");
}

fn styles(picture: &Picture, has_legend: bool, out: &mut String) {
    let mut classes: Vec<(&'static str, &'static str, Vec<String>)> = vec![
        ("vpc", "fill:none,stroke:#8c4fff", Vec::new()),
        ("public", "fill:none,stroke:#2e8b57", Vec::new()),
        ("private", "fill:none,stroke:#1e7fc2", Vec::new()),
        ("isolated", "fill:none,stroke:#5b6770", Vec::new()),
        ("open", "fill:none,stroke:#999,stroke-dasharray:4 4", Vec::new()),
        ("box", "fill:none,stroke:#999", Vec::new()),
        ("note", "fill:none,stroke:none,text-align:left", Vec::new()),
        ("dashed", "stroke-dasharray:6 4", Vec::new()),
        ("flagged", "stroke:#d1242f,stroke-width:3px", Vec::new()),
    ];
    let mut put = |class: &str, id: String| {
        if let Some((_, _, list)) = classes.iter_mut().find(|(name, _, _)| *name == class) {
            list.push(id);
        }
    };
    for id in picture.group_ids() {
        let group = picture.group(id);
        put(class(group), format!("g{}", id.0 + 1));
        if picture.group_lines(group).len() > 1 {
            put("note", format!("d{}", id.0 + 1));
        }
        if group.condition.is_some() {
            put("dashed", format!("g{}", id.0 + 1));
        }
        if !group.flags.is_empty() {
            put("flagged", format!("g{}", id.0 + 1));
        }
    }
    for id in picture.node_ids() {
        let node = picture.node(id);
        if node.condition.is_some() || node.kind == NodeKind::Unknown {
            put("dashed", format!("n{}", id.0 + 1));
        }
        if !node.flags.is_empty() {
            put("flagged", format!("n{}", id.0 + 1));
        }
    }
    if has_legend {
        put("box", "findings".to_owned());
    }
    for (name, style, ids) in &classes {
        if !ids.is_empty() {
            let _ = writeln!(out, "  classDef {name} {style}");
            let _ = writeln!(out, "  class {} {name}", ids.join(","));
        }
    }
    let flagged = picture
        .edges
        .iter()
        .zip(0..)
        .filter(|(edge, _)| !edge.flags.is_empty());
    let flagged: Vec<String> = flagged.map(|(_, index): (_, usize)| index.to_string()).collect();
    if !flagged.is_empty() {
        let _ = writeln!(
            out,
            "  linkStyle {} stroke:#d1242f,stroke-width:3px",
            flagged.join(",")
        );
    }
}

fn class(group: &Group) -> &'static str {
    match group.kind {
        GroupKind::Vpc => "vpc",
        GroupKind::Tier(class) | GroupKind::Subnet(class) => match class {
            SubnetClass::Public => "public",
            SubnetClass::PrivateWithEgress => "private",
            SubnetClass::Isolated => "isolated",
            SubnetClass::Varies | SubnetClass::Unknown => "open",
        },
        GroupKind::Deployment | GroupKind::Stack | GroupKind::Unused => "box",
    }
}

/// Lines as one quoted text.
fn quoted(lines: &[String]) -> String {
    let escaped: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    format!("\"{}\"", escaped.join("<br/>"))
}

/// Text without a character that means anything but itself: letters and digits of all scripts, and the few signs that never do
/// anything, stand as they are.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in visible(text).chars() {
        let is_plain = match character {
            ' ' | ',' | ':' | '/' | '(' | ')' | '=' | '?' => true,
            _ => !character.is_ascii() || character.is_ascii_alphanumeric(),
        };
        match is_plain {
            true => out.push(character),
            false => {
                let _ = write!(out, "#{};", u32::from(character));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_means_anything() {
        let hostile = "end\"]; %%{init: {}}%% <b>`x`</b> #quot; [a](b) {c} |d| &lt; *e* _f_ - 1. g\n\u{202e}";
        let text = escaped(hostile);
        let entities = regex::Regex::new("#[0-9]+;").unwrap();
        let rest = entities.replace_all(&text, "");
        assert!(
            !rest.contains([
                '"', '[', ']', '{', '}', '|', '<', '>', '&', '`', '*', '_', '%', '#', ';', '\n', '-', '.'
            ]),
            "{rest}"
        );
        assert!(rest.starts_with("end "), "{rest}");
        assert!(text.contains("#34;") && !text.contains('\u{202e}'));
    }

    #[test]
    fn letters_of_every_script_stay() {
        assert_eq!(
            escaped("주문 서비스 (오류) → Ü, a/b: 443"),
            "주문 서비스 (오류) → Ü, a/b: 443"
        );
    }
}
