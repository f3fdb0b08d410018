//! Policy documents as trees of guarded values, whether they are written as YAML, as JSON, or as JSON text in a string.

use crate::eval::{Case, Cases, Evaluator, Part, Text, Unknown, Value};
use crate::source::{Span, Str};
use crate::yaml::{Kind, Node, Scalar, ScalarKind, parse_embedded};

/// The first character that stands for a part of a text while the text is read as JSON: plane 15 is for private use.
const FIRST_MARK: u32 = 0xF_0000;

/// Parts of a text that can be marked: the size of plane 15.
const MAX_MARKS: u32 = 0xFFFD;

/// A value of a document.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Text, number or boolean.
    Text(Text),
    /// A list.
    List(Vec<Case<Tree>>),
    /// A mapping in source order.
    Map(Vec<Branch>),
    /// Not known.
    Unknown(Unknown),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) key: Str,
    pub(super) values: Vec<Case<Tree>>,
}

/// Reads documents; text is opened as JSON at the top only.
pub(super) fn read<'a>(eval: &Evaluator<'a>, cases: Cases<'a>) -> Vec<Case<Tree>> {
    let mut out = Vec::new();
    for case in cases {
        match &case.value {
            Value::Absent => {}
            Value::Text(text) => out.push(case.with(embedded(eval, text, case.span))),
            _ => out.extend(tree(eval, case)),
        }
    }
    out
}

/// The value of a key in mappings; what is not known stays so.
pub(super) fn get(cases: &[Case<Tree>], key: &str) -> Vec<Case<Tree>> {
    let mut out = Vec::new();
    for case in cases {
        match &case.value {
            Tree::Map(branches) => {
                let values = branches.iter().filter(|branch| &*branch.key == key);
                out.extend(
                    values
                        .flat_map(|branch| &branch.values)
                        .map(|inner| join(case, inner)),
                );
            }
            Tree::Unknown(reason) => out.push(case.with(Tree::Unknown(reason.clone()))),
            Tree::Text(_) | Tree::List(_) => {}
        }
    }
    out.retain(|case| !case.guard.is_never());
    out
}

/// The elements of lists, nested ones opened; a single value is its own element.
pub(super) fn elements(cases: Vec<Case<Tree>>) -> Vec<Case<Tree>> {
    let mut out = Vec::with_capacity(cases.len());
    for case in cases {
        match &case.value {
            Tree::List(items) => out.extend(elements(items.iter().map(|item| join(&case, item)).collect())),
            _ => out.push(case),
        }
    }
    out.retain(|case| !case.guard.is_never());
    out
}

fn join(outer: &Case<Tree>, inner: &Case<Tree>) -> Case<Tree> {
    Case {
        guard: outer.guard.and(&inner.guard),
        value: inner.value.clone(),
        span: inner.span,
        trail: outer.trail.clone().then(&inner.trail),
    }
}

fn tree<'a>(eval: &Evaluator<'a>, case: Case<Value<'a>>) -> Option<Case<Tree>> {
    let value = match &case.value {
        Value::Absent => return None,
        Value::Text(text) => Tree::Text(text.clone()),
        Value::List(items) => Tree::List(items.iter().filter_map(|item| tree(eval, item.clone())).collect()),
        Value::Unknown(reason) => Tree::Unknown(reason.clone()),
        Value::Object(object) => {
            let entries = object.node.as_mapping().unwrap_or_default();
            match entries.iter().find(|entry| entry.key.starts_with("Fn::")) {
                Some(entry) => Tree::Unknown(Unknown::Macro(entry.key.clone())),
                None => {
                    let branches = entries.iter().map(|entry| Branch {
                        key: entry.key.clone(),
                        values: eval
                            .value(object.stack, &entry.value)
                            .into_iter()
                            .filter_map(|case| tree(eval, case))
                            .collect(),
                    });
                    Tree::Map(branches.collect())
                }
            }
        }
    };
    Some(case.with(value))
}

/// JSON text; its parts that are not literal, as `Fn::Sub` leaves them, stay parts of the texts inside.
fn embedded(eval: &Evaluator<'_>, text: &Text, span: Span) -> Tree {
    let (json, parts) = marked(text);
    if let ([], true) = (parts.as_slice(), json.trim().is_empty()) {
        return Tree::Unknown(Unknown::Malformed("an empty policy document".into()));
    }
    if let [part] = text.parts()
        && let Some(reason) = part.unknown()
    {
        return Tree::Unknown(reason);
    }
    let scalar = Node {
        span,
        kind: Kind::Scalar(Scalar {
            text: json.into(),
            kind: ScalarKind::Text,
        }),
    };
    match parse_embedded(&scalar, eval.project().sources.get(span.file).text()) {
        Ok(node) => plain(&node, &parts).unwrap_or_else(|| Tree::Map(Vec::new())),
        Err(_) => Tree::Unknown(
            text.unknown()
                .unwrap_or_else(|| Unknown::Malformed("a policy document that is not JSON".into())),
        ),
    }
}

/// A text with one private character for every part that is not literal, and those parts.
fn marked(text: &Text) -> (String, Vec<Part>) {
    let mut out = String::new();
    let mut parts = Vec::new();
    for part in text.parts() {
        let mark = u32::try_from(parts.len())
            .ok()
            .filter(|index| *index < MAX_MARKS)
            .and_then(|index| char::from_u32(FIRST_MARK + index));
        match (part, mark) {
            (Part::Literal(text), _) => out.push_str(text),
            (part, Some(mark)) => {
                out.push(mark);
                parts.push(part.clone());
            }
            (_, None) => {}
        }
    }
    (out, parts)
}

/// A text with the marks turned back into parts.
fn unmarked(text: &str, parts: &[Part]) -> Text {
    let mut out = Text::default();
    let mut rest = text;
    let part_of = |character: char| {
        let index = u32::from(character).checked_sub(FIRST_MARK)?;
        parts.get(index as usize)
    };
    while let Some((at, mark, part)) = rest
        .char_indices()
        .find_map(|(at, character)| Some((at, character, part_of(character)?)))
    {
        out.push(Part::Literal(rest.get(..at).unwrap_or_default().into()));
        out.push(part.clone());
        rest = rest.get(at + mark.len_utf8()..).unwrap_or_default();
    }
    out.push(Part::Literal(rest.into()));
    out
}

/// A tree of plain data; nothing for `null`.
fn plain(node: &Node, parts: &[Part]) -> Option<Tree> {
    match &node.kind {
        Kind::Null => None,
        Kind::Scalar(scalar) if parts.is_empty() => Some(Tree::Text(Text::literal(scalar.text.clone()))),
        Kind::Scalar(scalar) => Some(Tree::Text(unmarked(&scalar.text, parts))),
        Kind::Sequence(items) => {
            let items = items
                .iter()
                .filter_map(|item| Some(Case::new(plain(item, parts)?, item.span)));
            Some(Tree::List(items.collect()))
        }
        Kind::Mapping(entries) => {
            let branches = entries.iter().map(|entry| Branch {
                key: entry.key.clone(),
                values: plain(&entry.value, parts)
                    .map(|tree| Case::new(tree, entry.value.span))
                    .into_iter()
                    .collect(),
            });
            Some(Tree::Map(branches.collect()))
        }
        Kind::Function(_) => Some(Tree::Unknown(Unknown::Malformed(
            "a function in JSON text".into(),
        ))),
    }
}
