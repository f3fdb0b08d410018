//! Suppressions at any node of any template: nothing else changes, and the node is covered.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::diag::{Confidence, Label, Outcome, Role, Severity, When};
use crate::lint::suppression::scope::Scope;
use crate::source::FileId;
use crate::yaml::edit::Tree;

/// A value as it may be written in block style.
#[derive(Clone, Debug)]
enum Written {
    /// On the line of its key.
    Line(&'static str),
    /// Below, deeper than its key.
    Below(&'static [&'static str]),
    Mapping(Vec<Written>),
    List(Vec<Written>),
}

fn written() -> impl Strategy<Value = Written> {
    let leaf = prop_oneof![
        proptest::sample::select(vec![
            "plain",
            "plain # why",
            "'it''s'",
            "\"a # b\"",
            "{a: 1, b: [x, y]}",
            "[1, {c: d}] # list",
            "!Ref B",
            "!Sub \"${A}-b\"",
            "",
        ])
        .prop_map(Written::Line),
        proptest::sample::select(vec![
            &["|", "  # text", "  more"][..],
            &[">- # folded", "  a", "", "  b"],
            &["\"over", "  lines\""],
            &["plain over", "  lines"],
            &["{", "  a: 1, # one", "  b: 2", "  }"],
            &["!Join", "  - ','", "  - [a, b]"],
        ])
        .prop_map(Written::Below),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Written::Mapping),
            proptest::collection::vec(inner, 1..4).prop_map(Written::List),
        ]
    })
}

/// Writes a value behind its key or dash.
fn write(value: &Written, indent: usize, out: &mut String) {
    let space = " ".repeat(indent);
    match value {
        Written::Line(text) => out.push_str(&format!(" {text}\n")),
        Written::Below(lines) => {
            let mut lines = lines.iter();
            out.push_str(&format!(" {}\n", lines.next().unwrap()));
            lines.for_each(|line| out.push_str(&format!("{space}{line}\n")));
        }
        Written::Mapping(values) => {
            out.push('\n');
            for (at, value) in values.iter().enumerate() {
                out.push_str(&format!("{space}  k{at}:"));
                write(value, indent + 2, out);
            }
        }
        Written::List(values) => {
            out.push('\n');
            for value in values {
                out.push_str(&format!("{space}  -"));
                write(value, indent + 2, out);
            }
        }
    }
}

fn spans(node: &Node, out: &mut Vec<Span>) {
    out.push(node.span);
    if let Some(entries) = node.as_mapping() {
        out.extend(entries.iter().map(|entry| entry.key_span));
    }
    node.children().for_each(|child| spans(child, out));
}

fn finding(span: Span) -> Diagnostic {
    Diagnostic {
        rule: "task-public-ip".into(),
        outcome: Outcome::Violation,
        severity: Severity::Error,
        confidence: Confidence::High,
        message: String::new(),
        help: None,
        primary: Label {
            span,
            text: String::new(),
            role: Role::Evidence,
            resource: None,
        },
        related: Vec::new(),
        when: When::Always,
        because: Vec::new(),
        secrets: Vec::new(),
        subject: None,
        stacks: Vec::new(),
        path: "t.yaml".into(),
        pointer: "/Resources/A".to_owned(),
        shape: String::new(),
        atom: String::new(),
        id: String::new(),
        suppression: None,
        environments: Vec::new(),
        touched: true,
    }
}

/// The tree of a text without the metadata of the resource.
fn tree(text: &str) -> Tree {
    let document = yaml::parse(FileId(0), text).unwrap();
    let mut tree = Tree::of(&document.root);
    let resource = tree
        .entry("Resources", Tree::Null)
        .unwrap()
        .entry("A", Tree::Null)
        .unwrap();
    if let Tree::Mapping(entries) = resource {
        entries.remove("Metadata");
    }
    tree
}

fn comments(text: &str) -> Vec<String> {
    let document = yaml::parse(FileId(0), text).unwrap();
    let spans = document.comments.iter().map(|comment| comment.span);
    spans
        .map(|span| text[span.start as usize..span.end as usize].to_owned())
        .collect()
}

proptest! {
    #[test]
    fn any_node_is_accepted_and_nothing_else_changes(
        values in proptest::collection::vec(written(), 1..4),
        which in any::<proptest::sample::Index>(),
        crlf in any::<bool>(),
    ) {
        let mut text = "# A template.\nResources:\n  A:\n    Type: x # type\n    Properties:".to_owned();
        write(&Written::Mapping(values), 4, &mut text);
        text.push_str("  B:\n    Type: y\n");
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let Ok(document) = yaml::parse(FileId(0), &text) else {
            return Ok(());
        };
        let mut places = Vec::new();
        spans(document.root.get("Resources").unwrap().get("A").unwrap(), &mut places);
        places.retain(|place| !place.is_empty());
        let place = places[which.index(places.len())];
        let finding = finding(place);
        let acceptance = Acceptance {
            reason: Some("a lab".to_owned()),
            until: None,
            today: Date::constant(2027, 1, 15),
            forms: vec![Form::Comment, Form::Metadata],
        };
        let accepted = accept("t.yaml", &text, &[&finding], &acceptance);
        prop_assert_eq!(accepted.refused.len(), 0, "{}", text);
        let after = &accepted.text;
        prop_assert_eq!(tree(after), tree(&text));
        let kept: Vec<String> = comments(after).into_iter().filter(|comment| !comment.contains("ecslint:")).collect();
        prop_assert_eq!(kept, comments(&text));
        let new = yaml::parse(FileId(0), after).unwrap();
        let source = Source::new("t.yaml", after.as_str());
        let outline = Outline::new(&source, &new.root);
        if let Some(comment) = new.comments.iter().find(|comment| after[comment.span.start as usize..].starts_with("# ecslint:")) {
            let covered = match outline.scope(comment.span, comment.own_line) {
                Some(Scope::Node(span)) => after[span.start as usize..span.end as usize].to_owned(),
                _ => String::new(),
            };
            let words = text[place.start as usize..place.end as usize].trim_end();
            let first = words.lines().next().unwrap_or_default();
            prop_assert!(covered.contains(first), "{after}");
        }
    }
}
