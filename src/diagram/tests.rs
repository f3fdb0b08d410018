//! Random pictures: whatever the texts, each format is well-formed, and folding loses nothing.

use proptest::prelude::*;

use super::picture::{
    Condition, Detail, DetailKind, Edge, EdgeKind, Flag, Group, GroupId, GroupKind, Node, NodeId, NodeKind,
    Picture, SubnetClass, View,
};
use super::{ascii, dot, fold, json, mermaid};
use crate::diag::Severity;

/// Texts with everything that some format gives a meaning.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "end",
        "\"",
        "\\",
        "\\n",
        "]",
        "[(",
        "{{",
        "}}",
        "|",
        "-->",
        "%%",
        "%%{init: {}}%%",
        "#quot;",
        "&lt;",
        "<br/>",
        "<script>",
        "`",
        "**b**",
        "1. ",
        ";",
        "\n",
        "\r\n",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{0}",
        "subgraph",
        "한글",
        "é",
        "a",
        " ",
        "style n1 fill:red",
        "}",
        "{",
        "//",
        "---",
        "@{",
    ]);
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

fn condition() -> impl Strategy<Value = Option<Condition>> {
    prop::option::of((text(), any::<bool>()).prop_map(|(text, by_default)| Condition { text, by_default }))
}

fn details() -> impl Strategy<Value = Vec<Detail>> {
    let kinds = prop::sample::select(vec![DetailKind::Network, DetailKind::Unknown, DetailKind::Role]);
    prop::collection::vec(
        (kinds, text()).prop_map(|(kind, text)| Detail { kind, text }),
        0..12,
    )
}

const NODE_KINDS: &[NodeKind] = &[
    NodeKind::Internet,
    NodeKind::LoadBalancer,
    NodeKind::Service,
    NodeKind::Queue,
    NodeKind::Database,
    NodeKind::Role,
    NodeKind::Unknown,
];

const GROUP_KINDS: &[GroupKind] = &[
    GroupKind::Vpc,
    GroupKind::Tier(SubnetClass::Public),
    GroupKind::Subnet(SubnetClass::Unknown),
    GroupKind::Deployment,
];

prop_compose! {
    fn picture(most: usize)(
        groups in prop::collection::vec((text(), any::<u32>(), prop::sample::select(GROUP_KINDS), details(), condition()), 0..6),
        nodes in prop::collection::vec((text(), any::<u32>(), prop::sample::select(NODE_KINDS), details(), condition()), 1..most),
        edges in prop::collection::vec((any::<u32>(), any::<u32>(), prop::collection::vec(text(), 0..6), condition(), any::<bool>()), 0..most),
        flags in prop::collection::vec((text(), any::<bool>()), 0..4),
        view in prop::sample::select(View::ALL),
    ) -> Picture {
        let count = nodes.len() as u32;
        let boxes = groups.len() as u32;
        let numbers: Vec<u32> = (1..=flags.len() as u32).collect();
        Picture {
            view,
            surroundings: None,
            templates: vec!["a.yaml".into()],
            groups: groups.into_iter().zip(0..).map(|((label, parent, kind, details, condition), index)| Group {
                kind,
                label,
                parent: (index > 0).then(|| parent % (index + 1)).filter(|parent| *parent < index).map(GroupId),
                details,
                condition,
                subjects: Vec::new(),
                flags: numbers.clone(),
            }).collect(),
            nodes: nodes.into_iter().map(|(label, group, kind, details, condition)| Node {
                kind,
                noun: label.clone(),
                label,
                group: (boxes > 0).then(|| group % (boxes + 1)).filter(|group| *group < boxes).map(GroupId),
                details,
                condition,
                subjects: Vec::new(),
                members: Vec::new(),
                flags: numbers.clone(),
            }).collect(),
            edges: edges.into_iter().map(|(from, to, labels, condition, assumed)| Edge {
                from: NodeId(from % count),
                to: NodeId(to % count),
                kind: EdgeKind::Traffic,
                labels,
                condition,
                assumed,
                evidence: Vec::new(),
                subjects: Vec::new(),
                count: 1,
                flags: numbers.clone(),
            }).collect(),
            flags: flags.into_iter().map(|(message, is_drawn)| Flag {
                rule: "task-public-ip".into(),
                severity: Severity::Error,
                message,
                place: "a.yaml:1:1".to_owned(),
                finding: "0123456789abcdef".to_owned(),
                is_drawn,
            }).collect(),
            notes: Vec::new(),
        }
    }
}

/// A statement of the flowchart that holds texts in quotes only, without a sign in them that Mermaid could take for its own.
fn is_plain_mermaid(line: &str) -> bool {
    let quoted = r##""([^"\[\]{}|<>`*_%;&\\\x00-\x1f-]|#[0-9]+;|<br/>)*""##;
    let patterns = [
        r"^flowchart (TB|LR)$".to_owned(),
        format!(r"^ *n\d+(\(\(|\{{\{{|\(\[|\[\[|\[\(|>|\[){quoted}(\)\)|\}}\}}|\]\)|\]\]|\)\]|\])$"),
        format!(r"^ *[df]\d+\[{quoted}\]$"),
        format!(r"^ *subgraph (g\d+|findings)\[{quoted}\]$"),
        r"^ *end$".to_owned(),
        r"^ *direction TB$".to_owned(),
        format!(r"^  n\d+ (-->|-\.->|==>)(\|{quoted}\|)? n\d+$"),
        r"^ *f\d+ ~~~ f\d+$".to_owned(),
        r"^  classDef [a-z]+ [a-z0-9#:, -]+$".to_owned(),
        r"^  class [a-z0-9,]+ [a-z]+$".to_owned(),
        r"^  linkStyle [0-9,]+ [a-z0-9#:, -]+$".to_owned(),
    ];
    let is = |pattern: &String| regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(line));
    patterns.iter().any(is)
}

/// The depth of braces outside of strings at the end of a DOT text; `None` when a string is not closed.
fn dot_depth(text: &str) -> Option<i32> {
    let (mut depth, mut inside) = (0, false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (inside, character) {
            (true, '\\') => {
                characters.next();
            }
            (_, '"') => inside = !inside,
            (false, '{') => depth += 1,
            (false, '}') => depth -= 1,
            _ => {}
        }
    }
    (!inside).then_some(depth)
}

/// Characters that no format may print.
const STEERING: [char; 4] = ['\u{1b}', '\u{202e}', '\u{0}', '\r'];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_line_of_mermaid_is_a_statement_of_ours(picture in picture(8)) {
        let text = mermaid::write(&picture, true);
        let body = text.split("---\n").nth(2).unwrap();
        for line in body.lines() {
            prop_assert!(is_plain_mermaid(line), "{line}");
        }
        let begun = body.lines().filter(|line| line.trim_start().starts_with("subgraph ")).count();
        prop_assert_eq!(body.lines().filter(|line| line.trim() == "end").count(), begun);
        let drawn = body.lines().filter(|line| line.contains("> n") || line.contains("| n")).count();
        prop_assert_eq!(drawn, picture.edges.len());
    }

    #[test]
    fn dot_closes_its_strings_and_braces(picture in picture(8)) {
        let text = dot::write(&picture);
        prop_assert_eq!(dot_depth(&text), Some(0), "{}", text);
        prop_assert!(!text.contains(STEERING), "{}", text);
    }

    #[test]
    fn a_terminal_is_not_steered_and_no_line_is_too_wide(picture in picture(8), width in 60_usize..120) {
        for is_ascii in [true, false] {
            let text = ascii::write(&picture, ascii::Look { ascii: is_ascii, width });
            prop_assert!(!text.contains(STEERING), "{}", text);
            for line in text.lines().filter(|line| !line.contains("error[")) {
                prop_assert!(unicode_width::UnicodeWidthStr::width(line) <= width + 20, "{line}");
            }
        }
    }

    #[test]
    fn json_has_every_part(picture in picture(8)) {
        let value = serde_json::to_value(json::document(&picture)).unwrap();
        prop_assert_eq!(value["nodes"].as_array().unwrap().len(), picture.nodes.len());
        prop_assert_eq!(value["edges"].as_array().unwrap().len(), picture.edges.len());
        prop_assert_eq!(value["groups"].as_array().unwrap().len(), picture.groups.len());
    }

    #[test]
    fn folding_keeps_every_node_and_every_line(picture in picture(80)) {
        let mut folded = picture.clone();
        fold::fold(&mut folded);
        let count: usize = folded.nodes.iter().map(Node::count).sum();
        prop_assert_eq!(count, picture.nodes.len());
        let nodes = folded.nodes.len() as u32;
        prop_assert!(folded.edges.iter().all(|edge| edge.from.0 < nodes && edge.to.0 < nodes));
        if nodes < picture.nodes.len() as u32 {
            let lines: usize = folded.edges.iter().map(|edge| edge.count).sum();
            prop_assert_eq!(lines, picture.edges.len());
        }
    }
}

/// Services with a queue each, and one with two.
fn family(size: u32) -> Picture {
    let mut picture = Picture::default();
    let node = |kind, label: String, noun: &str| Node {
        kind,
        label,
        noun: noun.to_owned(),
        group: None,
        details: Vec::new(),
        condition: None,
        subjects: Vec::new(),
        members: Vec::new(),
        flags: Vec::new(),
    };
    let edge = |from, to| Edge {
        from: NodeId(from),
        to: NodeId(to),
        kind: EdgeKind::Access,
        labels: vec!["environment".to_owned()],
        condition: None,
        assumed: false,
        evidence: Vec::new(),
        subjects: Vec::new(),
        count: 1,
        flags: Vec::new(),
    };
    for index in 0..size {
        picture
            .nodes
            .push(node(NodeKind::Service, format!("Service{index}"), "service"));
        picture
            .nodes
            .push(node(NodeKind::Queue, format!("Queue{index}"), "queue"));
        picture.edges.push(edge(2 * index, 2 * index + 1));
    }
    picture
        .nodes
        .push(node(NodeKind::Queue, "Second".to_owned(), "queue"));
    picture.edges.push(edge(0, 2 * size));
    picture
}

#[test]
fn a_family_is_one_service_and_one_queue_and_the_odd_one_stays() {
    let mut picture = family(20);
    fold::fold(&mut picture);
    let nouns: Vec<&str> = picture.nodes.iter().map(|node| node.noun.as_str()).collect();
    assert_eq!(nouns, ["service", "queue", "19 × service", "19 × queue", "queue"]);
    assert!(
        picture.nodes[2].label.ends_with("and 13 more"),
        "{}",
        picture.nodes[2].label
    );
    let folded = picture.edges.iter().find(|edge| edge.count == 19).unwrap();
    assert_eq!((folded.from, folded.to), (NodeId(2), NodeId(3)));
    assert_eq!(picture.notes.len(), 2);
}

#[test]
fn a_picture_that_is_read_at_a_glance_is_left_alone() {
    let mut picture = family(6);
    fold::fold(&mut picture);
    assert_eq!(picture.nodes.len(), 13);
}
