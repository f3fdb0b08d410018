//! A template as JSON.

use ecslint::source::FileId;
use ecslint::yaml::{Kind, Node, Scalar, ScalarKind, parse};
use serde_json::{Map, Value};

/// The tree as JSON, functions in their long form.
fn to_json(node: &Node, reverse: bool) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Scalar(Scalar {
            kind: ScalarKind::Bool(value),
            ..
        }) => Value::Bool(*value),
        Kind::Scalar(Scalar {
            text,
            kind: ScalarKind::Number,
        }) => text
            .parse::<i64>()
            .map_or_else(|_| Value::String(text.to_string()), Value::from),
        Kind::Scalar(Scalar {
            text,
            kind: ScalarKind::Text,
        }) => Value::String(text.to_string()),
        Kind::Sequence(items) => Value::Array(items.iter().map(|item| to_json(item, reverse)).collect()),
        Kind::Mapping(entries) => {
            let mut pairs: Vec<(String, Value)> = entries
                .iter()
                .map(|entry| (entry.key.to_string(), to_json(&entry.value, reverse)))
                .collect();
            if reverse {
                pairs.reverse();
            }
            Value::Object(pairs.into_iter().collect())
        }
        Kind::Function(call) => {
            let mut object = Map::new();
            object.insert(call.function.key(), to_json(&call.argument, reverse));
            Value::Object(object)
        }
    }
}

/// A template as a JSON value, functions in their long form.
#[allow(dead_code, reason = "only some tests need it")]
pub(crate) fn value(text: &str) -> Value {
    to_json(&parse(FileId(0), text).unwrap().root, false)
}

/// A template as JSON, its keys in their order or in the reverse one.
pub(crate) fn as_json(text: &str, reverse: bool) -> String {
    let document = parse(FileId(0), text).unwrap();
    to_json(&document.root, reverse).to_string()
}
