//! Layers laid over each other, in one place for all keys.

use super::keys::{EXTEND, EXTENDS};
use crate::yaml::shape::{Mapping, Shape};
use crate::yaml::{Entry, Kind, Node};

/// Lays a mapping over another: keys within keys are merged, lists and scalars take the place of those below, and lists whose
/// names begin with `extend-` are added to them. A key without a value is as good as no key.
pub(super) fn laid_over(mapping: &Mapping, below: &Node, above: &Node) -> Node {
    let mut entries: Vec<Entry> = below.as_mapping().unwrap_or_default().to_vec();
    for entry in above.as_mapping().unwrap_or_default() {
        let Some(field) = mapping.field(&entry.key) else {
            continue;
        };
        if !entry.value.is_null() && field.key != EXTENDS.key {
            put(&mut entries, field.shape, entry, field.key.starts_with(EXTEND));
        }
    }
    Node {
        span: above.span,
        kind: Kind::Mapping(entries.into()),
    }
}

/// Puts an entry among others, over the one with its key.
fn put(entries: &mut Vec<Entry>, shape: Shape, entry: &Entry, extends: bool) {
    let known = entries.iter_mut().find(|known| known.key == entry.key);
    let empty = Node {
        span: entry.value.span,
        kind: Kind::Null,
    };
    let below = known.as_ref().map_or(&empty, |known| &known.value);
    let value = match (&below.kind, &entry.value.kind) {
        (Kind::Sequence(below), Kind::Sequence(above)) if extends => Node {
            span: entry.value.span,
            kind: Kind::Sequence([&**below, &**above].concat().into()),
        },
        _ => over(shape, below, &entry.value),
    };
    let merged = Entry {
        key: entry.key.clone(),
        key_span: entry.key_span,
        value,
    };
    match known {
        Some(known) => *known = merged,
        None => entries.push(merged),
    }
}

/// A value over the one below it; a short form is written out.
fn over(shape: Shape, below: &Node, above: &Node) -> Node {
    match (shape, &above.kind) {
        (Shape::Mapping(mapping) | Shape::Short(_, mapping), Kind::Mapping(_)) => {
            laid_over(mapping, below, above)
        }
        (Shape::Short(key, mapping), Kind::Scalar(_)) => {
            let entry = Entry {
                key: key.into(),
                key_span: above.span,
                value: above.clone(),
            };
            let long = Node {
                span: above.span,
                kind: Kind::Mapping([entry].into()),
            };
            laid_over(mapping, below, &long)
        }
        (Shape::Map(map), Kind::Mapping(above_entries)) => {
            let mut entries: Vec<Entry> = below.as_mapping().unwrap_or_default().to_vec();
            for entry in above_entries.iter().filter(|entry| !entry.value.is_null()) {
                put(&mut entries, map.value, entry, false);
            }
            Node {
                span: above.span,
                kind: Kind::Mapping(entries.into()),
            }
        }
        _ => above.clone(),
    }
}
