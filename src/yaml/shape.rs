//! What a file of ours must look like: checked against a document, with a problem at every wrong place, and printed as a
//! JSON schema. The two come from one description, so that neither promises what the other refuses.

use serde_json::{Value, json};

use super::{Entry, Kind, Node, ScalarKind};
use crate::diag::{Problem, nearest};
use crate::source::Span;

/// What a value must be.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Text; numbers and truth values count as their text.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Bool,
    /// Text, a number or a truth value.
    Scalar,
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// A list whose elements are all of this shape.
    List(&'static Shape),
    /// A value of this shape, or a list of them.
    OneOrMany(&'static Shape),
    /// A mapping.
    Mapping(&'static Mapping),
}

/// The keys that a mapping may have.
pub struct Mapping {
    /// Its name in the schema.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
    /// The keys.
    pub fields: &'static [Field],
}

/// A key of a mapping.
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What its value must be.
    pub shape: Shape,
    /// True when it must be there.
    pub required: bool,
    /// What it says, in one sentence.
    pub doc: &'static str,
}

/// A key that must be there.
pub const fn required(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field {
        key,
        shape,
        required: true,
        doc,
    }
}

/// A key that may be left out.
pub const fn optional(key: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field {
        key,
        shape,
        required: false,
        doc,
    }
}

impl Mapping {
    /// What is wrong with a node that should be this mapping, in the order of the document.
    pub fn check(&self, node: &Node) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_into(node, &mut problems);
        problems.sort_by_key(|problem| problem.span);
        problems
    }

    fn check_into(&self, node: &Node, problems: &mut Vec<Problem>) {
        let Kind::Mapping(entries) = &node.kind else {
            problems.push(expected(node, "a mapping"));
            return;
        };
        for entry in entries {
            match self.fields.iter().find(|field| field.key == &*entry.key) {
                Some(field) => field.shape.check(&entry.value, problems),
                None => problems.push(self.unknown(entry)),
            }
        }
        let is_missing = |field: &&Field| field.required && node.get(field.key).is_none_or(Node::is_null);
        for field in self.fields.iter().filter(is_missing) {
            let place = node
                .entry(field.key)
                .or(entries.first())
                .map_or(node.span, |entry| entry.key_span);
            problems.push(Problem::new(place, format!("`{}` is missing", field.key)).with_help(field.doc));
        }
    }

    fn unknown(&self, entry: &Entry) -> Problem {
        let problem = Problem::new(entry.key_span, format!("unknown key `{}`", entry.key));
        let keys = self.fields.iter().map(|field| field.key);
        match nearest(&entry.key, keys.clone()) {
            Some(key) => problem.with_help(format!("did you mean `{key}`?")),
            None => problem.with_help(format!("the keys here are {}", listed(keys))),
        }
    }

    /// The JSON schema (draft 2020-12) of a file whose top is this mapping.
    pub fn schema(&self, id: &str, title: &str) -> Value {
        let mut definitions = serde_json::Map::new();
        let mut schema = self.object(&mut definitions);
        if let Value::Object(object) = &mut schema {
            let mut out = serde_json::Map::new();
            out.insert(
                "$schema".into(),
                "https://json-schema.org/draft/2020-12/schema".into(),
            );
            out.insert("$id".into(), id.into());
            out.insert("title".into(), title.into());
            out.append(object);
            out.insert("$defs".into(), Value::Object(definitions));
            return Value::Object(out);
        }
        schema
    }

    fn object(&self, definitions: &mut serde_json::Map<String, Value>) -> Value {
        let mut properties = serde_json::Map::new();
        for field in self.fields {
            let mut schema = field.shape.schema(definitions);
            if let Value::Object(object) = &mut schema {
                object.insert("description".into(), field.doc.into());
            }
            properties.insert(field.key.into(), schema);
        }
        let required: Vec<&str> = self
            .fields
            .iter()
            .filter(|field| field.required)
            .map(|field| field.key)
            .collect();
        json!({
            "description": self.doc,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

impl Shape {
    fn check(self, node: &Node, problems: &mut Vec<Problem>) {
        // A key without a value is as good as no key; the mapping says so where it is required.
        if node.is_null() {
            return;
        }
        match self {
            Shape::Text | Shape::Scalar => {
                if node.as_text().is_none() {
                    problems.push(expected(node, "text"));
                }
            }
            Shape::Number => match &node.kind {
                Kind::Scalar(scalar) if scalar.kind == ScalarKind::Number => {}
                _ => problems.push(expected(node, "a number")),
            },
            Shape::Bool => match &node.kind {
                Kind::Scalar(scalar) if matches!(scalar.kind, ScalarKind::Bool(_)) => {}
                _ => problems.push(expected(node, "true or false")),
            },
            Shape::OneOf(words) => one_of(node, &words(), problems),
            Shape::List(item) => match node.as_sequence() {
                Some(items) => items.iter().for_each(|node| item.check(node, problems)),
                None => problems.push(expected(node, "a list")),
            },
            Shape::OneOrMany(item) => match node.as_sequence() {
                Some(items) => items.iter().for_each(|node| item.check(node, problems)),
                None => item.check(node, problems),
            },
            Shape::Mapping(mapping) => mapping.check_into(node, problems),
        }
    }

    fn schema(self, definitions: &mut serde_json::Map<String, Value>) -> Value {
        match self {
            Shape::Text => json!({"type": ["string", "number", "boolean"]}),
            Shape::Number => json!({"type": "number"}),
            Shape::Bool => json!({"type": "boolean"}),
            Shape::Scalar => json!({"type": ["string", "number", "boolean"]}),
            Shape::OneOf(words) => json!({"enum": words()}),
            Shape::List(item) => json!({"type": "array", "items": item.schema(definitions)}),
            Shape::OneOrMany(item) => {
                let one = item.schema(definitions);
                json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
            }
            Shape::Mapping(mapping) => {
                if !definitions.contains_key(mapping.name) {
                    // Noted before it is made, since a mapping can hold itself.
                    definitions.insert(mapping.name.into(), Value::Null);
                    let object = mapping.object(definitions);
                    definitions.insert(mapping.name.into(), object);
                }
                json!({"$ref": format!("#/$defs/{}", mapping.name)})
            }
        }
    }
}

fn one_of(node: &Node, words: &[&'static str], problems: &mut Vec<Problem>) {
    let Some(text) = node.as_text() else {
        problems.push(expected(node, "text"));
        return;
    };
    if words.contains(&&**text) {
        return;
    }
    let problem = Problem::new(node.span, format!("`{text}` is not known here"));
    let known = words.iter().copied();
    problems.push(match nearest(text, known.clone()) {
        Some(word) => problem.with_help(format!("did you mean `{word}`?")),
        None => problem.with_help(format!("use {}", listed(known))),
    });
}

/// "`a`, `b`, `c`"
fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// A value of the wrong kind, shown at its first byte where it is long: a caret under ten lines points at nothing.
fn expected(node: &Node, what: &str) -> Problem {
    let span = match node.kind {
        Kind::Scalar(_) | Kind::Null => node.span,
        _ => Span::new(node.span.file, node.span.start, node.span.start + 1),
    };
    Problem::new(span, format!("expected {what}, found {}", node.describe()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    static LEAF: Mapping = Mapping {
        name: "leaf",
        doc: "A leaf.",
        fields: &[
            required("name", Shape::Text, "its name"),
            optional("size", Shape::Number, "its size"),
            optional("kind", Shape::OneOf(|| vec!["green", "brown"]), "its colour"),
            optional("leaves", Shape::List(&Shape::Mapping(&LEAF)), "smaller ones"),
            optional("paths", Shape::OneOrMany(&Shape::Text), "where it is"),
            optional("dry", Shape::Bool, "whether it is"),
        ],
    };

    fn problems(text: &str) -> Vec<String> {
        let document = crate::yaml::parse(FileId(0), text).unwrap();
        let problems = LEAF.check(&document.root).into_iter();
        problems
            .map(|problem| {
                format!(
                    "{}: {}; {}",
                    &text[problem.span.start as usize..problem.span.end as usize],
                    problem.message,
                    problem.help.unwrap_or_default()
                )
            })
            .collect()
    }

    #[test]
    fn what_fits_has_no_problem() {
        assert!(problems("name: a\nsize: 2\nkind: green\npaths: [x, y]\ndry: false\n").is_empty());
        assert!(problems("name: a\npaths: x\nleaves:\n  - name: b\n").is_empty());
    }

    #[test]
    fn every_wrong_place_is_named_in_the_order_of_the_document() {
        assert_eq!(
            problems("name: a\nsiez: 2\nkind: grene\ndry: maybe\nleaves:\n  - size: big\n"),
            [
                "siez: unknown key `siez`; did you mean `size`?",
                "grene: `grene` is not known here; did you mean `green`?",
                "maybe: expected true or false, found text; ",
                "size: `name` is missing; its name",
                "big: expected a number, found text; ",
            ]
        );
        assert_eq!(problems("[a]"), ["[: expected a mapping, found a list; "]);
        assert_eq!(problems("name:\n"), ["name: `name` is missing; its name"]);
    }

    #[test]
    fn the_schema_says_the_same() {
        let schema = LEAF.schema("https://example.com/leaf.json", "leaf");
        assert_eq!(schema["required"], json!(["name"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["kind"]["enum"], json!(["green", "brown"]));
        assert_eq!(
            schema["properties"]["leaves"]["items"]["$ref"],
            json!("#/$defs/leaf")
        );
        assert_eq!(
            schema["$defs"]["leaf"]["properties"]["size"]["type"],
            json!("number")
        );
    }
}
