//! The resolved configuration as YAML, each value with where it comes from.

use serde_json::{Map, Value};

use super::form::{LEVEL, words};
use super::keys::{self, EXTENDS, FILE};
use super::layers::{Layer, Origin};
use crate::source::{Sources, Span};
use crate::yaml::shape::{Field, Mapping, Shape};
use crate::yaml::{Kind, Node, ScalarKind, scalar};

/// What stands in the place of a value that may be secret.
const HIDDEN: &str = "***";

/// Spaces before a key for each mapping that it is in.
const INDENT: usize = 2;

/// Writes the merged tree.
pub(super) struct Page<'a> {
    pub(super) sources: &'a Sources,
    pub(super) layers: &'a [Layer],
    /// Whether origins are written.
    pub(super) origins: bool,
}

impl Page<'_> {
    /// The tree as YAML that can be read again.
    pub(super) fn write(&self, root: &Node) -> String {
        let mut out = String::new();
        self.mapping(&FILE, root, 0, &mut out);
        out
    }

    /// The keys in the order in which they are declared.
    fn mapping(&self, mapping: &Mapping, node: &Node, depth: usize, out: &mut String) {
        for field in mapping.fields.iter().filter(|field| field.key != EXTENDS.key) {
            if let Some(value) = node.get(field.key).filter(|value| !value.is_null()) {
                self.entry(field.key, field, value, depth, out);
            }
        }
    }

    fn entry(&self, key: &str, field: &Field, value: &Node, depth: usize, out: &mut String) {
        let entries = value.as_mapping().unwrap_or_default();
        match field.shape {
            Shape::Mapping(mapping) | Shape::Short(_, mapping) if !entries.is_empty() => {
                self.line(key, "", None, depth, out);
                self.mapping(mapping, value, depth + 1, out);
            }
            Shape::Map(map) if !entries.is_empty() => {
                self.line(key, "", None, depth, out);
                for entry in entries {
                    let inner = Field {
                        key: field.key,
                        shape: map.value,
                        required: false,
                        doc: field.doc,
                    };
                    self.entry(&entry.key, &inner, &entry.value, depth + 1, out);
                }
            }
            shape => {
                let shown = if field.key == keys::environment::IMPORTS.key && entries.is_empty() {
                    Value::String(HIDDEN.to_owned())
                } else {
                    plain(shape, value)
                };
                self.line(key, &text(&shown), Some(value), depth, out);
            }
        }
    }

    /// A key with its value; of a value of several lines, the first stands below the key.
    fn line(&self, key: &str, value: &str, node: Option<&Node>, depth: usize, out: &mut String) {
        let indent = " ".repeat(depth * INDENT);
        let key = scalar(key);
        let origin = node
            .filter(|_| self.origins)
            .map(|node| format!("  # {}", self.origin(node)))
            .unwrap_or_default();
        let is_block = value.contains('\n') || value.starts_with("- ");
        if value.is_empty() || is_block {
            out.push_str(&format!("{indent}{key}:{origin}\n"));
            for line in value.lines() {
                out.push_str(&format!("{indent}  {line}\n"));
            }
        } else {
            out.push_str(&format!("{indent}{key}: {value}{origin}\n"));
        }
    }

    /// Where a value comes from: a list that others were added to comes from several places.
    fn origin(&self, node: &Node) -> String {
        let of_items = node
            .as_sequence()
            .unwrap_or_default()
            .iter()
            .map(|item| item.span);
        let spans: Vec<Span> = of_items.chain([node.span]).collect();
        let mut places: Vec<String> = Vec::new();
        for layer in self.layers {
            let of_layer = spans.iter().find(|span| span.file == layer.file);
            if let Some(span) = of_layer {
                places.push(self.place(layer, *span));
            }
        }
        places.join(", ")
    }

    fn place(&self, layer: &Layer, span: Span) -> String {
        let source = self.sources.get(layer.file);
        match layer.origin {
            Origin::File => format!("{}:{}", source.path(), source.position(span.start).line),
            Origin::Preset | Origin::Variable | Origin::Set => source.path().to_string(),
        }
    }
}

/// A value as YAML text, without a line break at its end. Texts are spelled by the rules of whoever reads them again: a day has
/// quotes.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => scalar(text),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Array(items) => {
            let items = items.iter().map(|item| format!("- {}", indented(&text(item))));
            items.collect::<Vec<_>>().join("\n")
        }
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                let (key, value_text) = (scalar(key), text(value));
                match value {
                    Value::Array(items) if !items.is_empty() => format!("{key}:\n{value_text}"),
                    Value::Object(inner) if !inner.is_empty() => {
                        format!("{key}:\n{}{}", " ".repeat(INDENT), indented(&value_text))
                    }
                    _ => format!("{key}: {value_text}"),
                }
            };
            members.iter().map(member).collect::<Vec<_>>().join("\n")
        }
    }
}

/// A text whose lines but the first are indented.
fn indented(text: &str) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(INDENT)))
}

/// A node as the value that it was written as.
fn plain(shape: Shape, node: &Node) -> Value {
    let is_level = matches!(shape, Shape::Form(form) if std::ptr::eq(form, &LEVEL));
    let item = match shape {
        Shape::List(item) | Shape::OneOrMany(item) => *item,
        other => other,
    };
    match &node.kind {
        Kind::Scalar(scalar) => match scalar.kind {
            ScalarKind::Bool(false) if is_level => Value::String(words::OFF.to_owned()),
            ScalarKind::Bool(truth) => Value::Bool(truth),
            ScalarKind::Number => match scalar.text.parse::<u64>() {
                // A number with leading zeros, such as an account, is no number to whoever reads the page.
                Ok(number) if number.to_string() == *scalar.text => number.into(),
                _ => Value::String(scalar.text.to_string()),
            },
            ScalarKind::Text => Value::String(scalar.text.to_string()),
        },
        Kind::Sequence(items) => items.iter().map(|node| plain(item, node)).collect(),
        Kind::Mapping(entries) => {
            let mut mapping = Map::new();
            for entry in entries {
                mapping.insert(entry.key.to_string(), plain(item, &entry.value));
            }
            Value::Object(mapping)
        }
        Kind::Null | Kind::Function(_) => Value::Null,
    }
}
