//! What a file of ours must look like: checked against a document, with a problem at every wrong place, and printed as a
//! JSON schema. The two come from one description, so that neither promises what the other refuses.

use serde_json::{Value, json};

use super::{Entry, Kind, Node, Scalar, ScalarKind};
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
    /// A mapping, or a scalar that is short for one with this key only.
    Short(&'static str, &'static Mapping),
    /// A mapping whose keys the user chooses.
    Map(&'static Map),
    /// Text of a form of its own.
    Form(&'static Form),
}

/// A mapping from names to values of one shape.
pub struct Map {
    /// Its name in the schema.
    pub name: &'static str,
    /// What the names are.
    pub key: &'static Form,
    /// What the values must be.
    pub value: Shape,
    /// The schemas of the names that are known beforehand, for editors to offer.
    pub known: fn() -> serde_json::Map<String, Value>,
}

/// Text that is written in a certain way, or that names something.
pub struct Form {
    /// What it is, as in "expected a date".
    pub name: &'static str,
    /// What is wrong with a scalar as such a text. What only a run knows, such as names of rules, is checked elsewhere.
    pub check: fn(&Node) -> Option<Problem>,
    /// Its JSON schema.
    pub schema: fn() -> Value,
}

/// Any text is fine.
pub fn anything(_: &Node) -> Option<Problem> {
    None
}

/// The JSON schema of text.
pub fn text_schema() -> Value {
    json!({"type": "string"})
}

/// No name is known beforehand.
pub fn none_known() -> serde_json::Map<String, Value> {
    serde_json::Map::new()
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

    /// What is wrong with a node that is a part of this mapping: keys that must be there may be missing at its top.
    pub fn check_part(&self, node: &Node) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_entries(node, &mut problems);
        problems
    }

    fn check_into(&self, node: &Node, problems: &mut Vec<Problem>) {
        let Some(entries) = self.check_entries(node, problems) else {
            return;
        };
        let is_missing = |field: &&Field| field.required && node.get(field.key).is_none_or(Node::is_null);
        for field in self.fields.iter().filter(is_missing) {
            let place = node
                .entry(field.key)
                .or(entries.first())
                .map_or(node.span, |entry| entry.key_span);
            problems.push(Problem::new(place, format!("`{}` is missing", field.key)).with_help(field.doc));
        }
    }

    /// The entries of a node that should be this mapping, with what is wrong with each.
    fn check_entries<'n>(&self, node: &'n Node, problems: &mut Vec<Problem>) -> Option<&'n [Entry]> {
        let Kind::Mapping(entries) = &node.kind else {
            problems.push(expected(node, "a mapping"));
            return None;
        };
        for entry in entries {
            match self.field(&entry.key) {
                Some(field) => field.shape.check(&entry.value, problems),
                None => problems.push(self.unknown(entry)),
            }
        }
        Some(entries)
    }

    /// Shows every text of a form in a node that should be this mapping, keys included; what does not fit is passed over.
    pub fn visit(&self, node: &Node, see: &mut dyn FnMut(&'static Form, &Node)) {
        for entry in node.as_mapping().unwrap_or_default() {
            if let Some(field) = self.field(&entry.key) {
                field.shape.visit(&entry.value, see);
            }
        }
    }

    /// The key with this name.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// What is said of a key that the mapping does not have.
    pub fn unknown(&self, entry: &Entry) -> Problem {
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
            Shape::OneOf(words) => problems.extend(one_of(node, &words())),
            Shape::List(item) => match node.as_sequence() {
                Some(items) => items.iter().for_each(|node| item.check(node, problems)),
                None => problems.push(expected(node, "a list")),
            },
            Shape::OneOrMany(item) => match node.as_sequence() {
                Some(items) => items.iter().for_each(|node| item.check(node, problems)),
                None => item.check(node, problems),
            },
            Shape::Mapping(mapping) => mapping.check_into(node, problems),
            Shape::Short(key, mapping) => match (&node.kind, mapping.field(key)) {
                (Kind::Scalar(_), Some(field)) => field.shape.check(node, problems),
                _ => mapping.check_into(node, problems),
            },
            Shape::Map(map) => map.check(node, problems),
            Shape::Form(form) => match &node.kind {
                Kind::Scalar(_) => problems.extend((form.check)(node)),
                _ => problems.push(expected(node, form.name)),
            },
        }
    }

    fn visit(self, node: &Node, see: &mut dyn FnMut(&'static Form, &Node)) {
        match (self, &node.kind) {
            (Shape::Form(form), Kind::Scalar(_)) => see(form, node),
            (Shape::List(item) | Shape::OneOrMany(item), Kind::Sequence(items)) => {
                items.iter().for_each(|node| item.visit(node, see));
            }
            (Shape::OneOrMany(item), _) => item.visit(node, see),
            (Shape::Short(key, mapping), Kind::Scalar(_)) => {
                if let Some(field) = mapping.field(key) {
                    field.shape.visit(node, see);
                }
            }
            (Shape::Mapping(mapping) | Shape::Short(_, mapping), _) => mapping.visit(node, see),
            (Shape::Map(map), Kind::Mapping(entries)) => {
                for entry in entries {
                    see(map.key, &entry.name());
                    map.value.visit(&entry.value, see);
                }
            }
            _ => {}
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
            Shape::Short(key, mapping) => {
                let whole = Shape::Mapping(mapping).schema(definitions);
                let short = mapping.field(key).map(|field| field.shape.schema(definitions));
                json!({"anyOf": short.into_iter().chain([whole]).collect::<Vec<_>>()})
            }
            Shape::Map(map) => json!({
                "type": "object",
                "properties": (map.known)(),
                "additionalProperties": map.value.schema(definitions),
            }),
            Shape::Form(form) => (form.schema)(),
        }
    }
}

impl Map {
    fn check(&self, node: &Node, problems: &mut Vec<Problem>) {
        let Kind::Mapping(entries) = &node.kind else {
            problems.push(expected(node, "a mapping"));
            return;
        };
        for entry in entries {
            problems.extend((self.key.check)(&entry.name()));
            self.value.check(&entry.value, problems);
        }
    }
}

impl Entry {
    /// The key as a node of its own.
    pub fn name(&self) -> Node {
        Node {
            span: self.key_span,
            kind: Kind::Scalar(Scalar {
                text: self.key.clone(),
                kind: ScalarKind::Text,
            }),
        }
    }
}

/// What is wrong with a value that should be one of these words.
pub fn one_of(node: &Node, words: &[&'static str]) -> Option<Problem> {
    let Some(text) = node.as_text() else {
        let known = listed(words.iter().copied());
        return Some(expected(node, "one word").with_help(format!("use {known}")));
    };
    if words.contains(&&**text) {
        return None;
    }
    let problem = Problem::new(node.span, format!("`{text}` is not known here"));
    let known = words.iter().copied();
    Some(match nearest(text, known.clone()) {
        Some(word) => problem.with_help(format!("did you mean `{word}`?")),
        None => problem.with_help(format!("use {}", listed(known))),
    })
}

/// "`a`, `b`, `c`"
fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// A value of the wrong kind, shown where it begins when it is long: a caret under ten lines points at nothing.
pub fn expected(node: &Node, what: &str) -> Problem {
    let Span { file, start, .. } = node.span;
    let span = match node.kind {
        Kind::Scalar(_) | Kind::Null => node.span,
        // Its first key may begin with a character of several bytes.
        Kind::Mapping(_) => Span::new(file, start, start),
        // `[`, `-`, `!`, or the first letter of `Ref` and `Fn::`.
        Kind::Sequence(_) | Kind::Function(_) => Span::new(file, start, start + 1),
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
    fn no_place_cuts_a_character() {
        let expected = [": expected text, found a mapping; "];
        assert_eq!(problems("name: {ޞ: 1}\n"), expected);
        assert_eq!(problems("name:\n  ޞ: 1\n"), expected);
        assert_eq!(problems("name: [ޞ: 1]\n"), ["[: expected text, found a list; "]);
        assert_eq!(problems("paths: [x, ޞ: 1]\nname: a\n"), expected);
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
