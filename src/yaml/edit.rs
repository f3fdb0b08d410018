//! Edits of a document as text: what is not edited keeps its comments, its quotes, its indentation and its line breaks.
//!
//! An edit is only a proposal. Whoever applies one reads the text again and compares it with the tree that was wanted
//! ([`Tree`]), since no rule for inserting text into YAML holds for every document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::{Entry, Kind, Node};
use crate::source::{Source, Span, Str};

/// Text put in place of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where text is inserted.
    pub span: Span,
    /// The new text.
    pub text: String,
}

impl Edit {
    /// An insertion.
    pub fn insert(at: Span, text: String) -> Self {
        Self { span: at, text }
    }

    /// The text after the edit; `None` when the span does not lie in it.
    pub fn apply(&self, text: &str) -> Option<String> {
        let (start, end) = (self.span.start as usize, self.span.end as usize);
        let (before, after) = (text.get(..start)?, text.get(end..)?);
        text.get(start..end)?;
        Some(format!("{before}{}{after}", self.text))
    }

    /// Where a span lies after the edit. One that the edit lies in grows; one that the edit cuts is not tracked.
    pub fn moved(&self, span: Span) -> Span {
        let by = self.text.len() as i64 - i64::from(self.span.len());
        let shift = |at: u32| u32::try_from(i64::from(at) + by).unwrap_or(0);
        let start = if self.span.end <= span.start && self.span.start < span.end {
            shift(span.start)
        } else {
            span.start
        };
        let end = if self.span.start < span.end {
            shift(span.end)
        } else {
            span.end
        };
        Span::new(span.file, start, end)
    }
}

/// A tree without places, for comparing what a text says with what it was meant to say. Keys have no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Nothing.
    Null,
    /// Text, a number or a truth value, by its text and its type.
    Scalar(Str, &'static str),
    /// A list.
    List(Vec<Tree>),
    /// A mapping.
    Mapping(BTreeMap<Str, Tree>),
    /// An intrinsic function.
    Call(Str, Box<Tree>),
}

impl Tree {
    /// The tree of a node.
    pub fn of(node: &Node) -> Tree {
        match &node.kind {
            Kind::Null => Tree::Null,
            Kind::Scalar(scalar) => Tree::Scalar(scalar.text.clone(), node.describe()),
            Kind::Sequence(items) => Tree::List(items.iter().map(Tree::of).collect()),
            Kind::Mapping(entries) => {
                let entry = |entry: &Entry| (entry.key.clone(), Tree::of(&entry.value));
                Tree::Mapping(entries.iter().map(entry).collect())
            }
            Kind::Function(call) => {
                Tree::Call((&*call.function.key()).into(), Box::new(Tree::of(&call.argument)))
            }
        }
    }

    /// The tree of a JSON value.
    pub fn of_json(value: &Value) -> Tree {
        match value {
            Value::Null => Tree::Null,
            Value::Bool(is) => Tree::Scalar(is.to_string().into(), "a boolean"),
            Value::Number(number) => Tree::Scalar(number.to_string().into(), "a number"),
            Value::String(text) => Tree::Scalar(text.as_str().into(), "text"),
            Value::Array(items) => Tree::List(items.iter().map(Tree::of_json).collect()),
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| (key.as_str().into(), Tree::of_json(value));
                Tree::Mapping(members.iter().map(member).collect())
            }
        }
    }

    /// The value of a key, made where it is not there; `None` for what is no mapping.
    pub fn entry(&mut self, key: &str, missing: Tree) -> Option<&mut Tree> {
        match self {
            Tree::Mapping(entries) => Some(entries.entry(key.into()).or_insert(missing)),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&mut self) -> Option<&mut Vec<Tree>> {
        match self {
            Tree::List(items) => Some(items),
            _ => None,
        }
    }
}

/// Spaces to a level where the document shows no level to measure.
const INDENT: usize = 2;

/// A document that is edited.
#[derive(Clone, Copy)]
pub struct Editor<'d> {
    source: &'d Source,
}

/// How the inside of a mapping or list is laid out.
struct Layout {
    /// True between brackets.
    is_flow: bool,
    /// White space in front of each entry, where entries stand on lines of their own.
    indent: Option<String>,
    /// True when keys are quoted, as in JSON.
    is_quoted: bool,
}

impl<'d> Editor<'d> {
    /// An editor of a text.
    pub fn new(source: &'d Source) -> Self {
        Self { source }
    }

    /// The line break of the document.
    pub fn line_break(&self) -> &'static str {
        let text = self.source.text();
        match text.find('\n') {
            Some(at) if text.get(..at).is_some_and(|before| before.ends_with('\r')) => "\r\n",
            None if text.contains('\r') => "\r",
            _ => "\n",
        }
    }

    /// Puts an entry into a mapping, behind the last of those keys that it has, or else at its end.
    pub fn insert_entry(&self, mapping: &Node, behind: &[&str], key: &str, value: &Value) -> Option<Edit> {
        let entries = mapping.as_mapping()?;
        let layout = self.layout(mapping, entries.iter().map(|entry| entry.key_span))?;
        let named = entries.iter().filter(|entry| behind.contains(&&*entry.key));
        let before = named
            .max_by_key(|entry| entry.key_span.start)
            .or_else(|| entries.iter().max_by_key(|entry| entry.key_span.start));
        let end = before.map(|entry| entry.key_span.to(entry.value.span).end);
        let written = |indent: &str| self.entry(key, value, &layout, indent);
        self.place(mapping, &layout, end, &written)
    }

    /// Appends an item to a list.
    pub fn append_item(&self, list: &Node, value: &Value) -> Option<Edit> {
        let items = list.as_sequence()?;
        let layout = self.layout(list, items.iter().map(|item| item.span))?;
        let end = items.iter().map(|item| item.span.end).max();
        let written = |indent: &str| match layout.is_flow {
            true => self.flow(value, &layout, indent),
            false => self.block_item(value, indent),
        };
        self.place(list, &layout, end, &written)
    }

    /// Puts a text behind the bytes that end at `end`, or into an empty node.
    fn place(
        &self,
        node: &Node,
        layout: &Layout,
        end: Option<u32>,
        written: &dyn Fn(&str) -> String,
    ) -> Option<Edit> {
        let at = |offset: u32| Span::new(node.span.file, offset, offset);
        let indent = layout.indent.as_deref();
        let line_break = self.line_break();
        match (end, layout.is_flow, indent) {
            (Some(end), true, Some(indent)) => {
                let text = format!(",{line_break}{indent}{}", written(indent));
                Some(Edit::insert(at(end), text))
            }
            (Some(end), true, None) => Some(Edit::insert(at(end), format!(", {}", written("")))),
            (None, true, _) => {
                let open = self.text(node.span).find(['{', '['])? as u32;
                Some(Edit::insert(at(node.span.start + open + 1), written("")))
            }
            (Some(end), false, Some(indent)) => {
                let line = self.source.position(self.trimmed(node.span.start, end)).line;
                let (_, next) = self.source.line_range(line);
                let ends = self.source.line(line).len() as u32 + self.source.line_range(line).0 < next;
                let text = if ends {
                    format!("{indent}{}{line_break}", written(indent))
                } else {
                    format!("{line_break}{indent}{}", written(indent))
                };
                Some(Edit::insert(at(next), text))
            }
            _ => None,
        }
    }

    /// The end without white space before it: a block may end where the next one begins.
    fn trimmed(&self, start: u32, end: u32) -> u32 {
        let text = self.text(Span::new(crate::source::FileId(0), start, end));
        start + text.trim_end().len() as u32
    }

    fn text(&self, span: Span) -> &'d str {
        self.source
            .text()
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// The layout of a node with its parts; `None` where parts are copies from elsewhere.
    fn layout(&self, node: &Node, parts: impl Iterator<Item = Span>) -> Option<Layout> {
        let text = self.text(node.span);
        // A tag or an anchor may stand in front of the bracket.
        let body = match text.starts_with(['&', '!']) {
            true => text.split_once(char::is_whitespace).map_or("", |(_, body)| body),
            false => text,
        };
        let is_flow = body.trim_start().starts_with(['{', '[']);
        let mut first: Option<Span> = None;
        for part in parts {
            if !node.span.contains(part) {
                return None;
            }
            first = first.filter(|first| first.start < part.start).or(Some(part));
        }
        let indent = first.and_then(|first| {
            let line = self.source.position(first.start).line;
            let (start, _) = self.source.line_range(line);
            let before = self.text(Span::new(node.span.file, start, first.start));
            let before = before.trim_start_matches('\u{feff}');
            let before = if is_flow {
                before
            } else {
                before.strip_suffix(item_mark(before)).unwrap_or(before)
            };
            before
                .chars()
                .all(|c| c == ' ' || c == '\t')
                .then(|| before.to_owned())
        });
        // Items may be mappings or lists themselves.
        let shown = first.map_or_else(
            || self.source.text().trim_start_matches('\u{feff}'),
            |first| self.text(first),
        );
        let is_quoted = shown
            .trim_start_matches(|c: char| matches!(c, '{' | '[') || c.is_whitespace())
            .starts_with('"');
        Some(Layout {
            is_flow,
            indent,
            is_quoted,
        })
    }

    /// One level more than `indent`, by what the document does.
    fn step(&self, indent: &str) -> String {
        if indent.contains('\t') {
            return "\t".to_owned();
        }
        let lines = self.source.text().lines();
        let smallest = lines
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.len() - line.trim_start_matches(' ').len())
            .filter(|spaces| *spaces > 0)
            .min();
        " ".repeat(smallest.unwrap_or(INDENT))
    }

    fn entry(&self, key: &str, value: &Value, layout: &Layout, indent: &str) -> String {
        if layout.is_flow {
            return format!(
                "{}: {}",
                name(key, layout.is_quoted),
                self.flow(value, layout, indent)
            );
        }
        match value {
            Value::Object(_) | Value::Array(_) => {
                let inner = format!("{indent}{}", self.step(indent));
                let line_break = self.line_break();
                format!(
                    "{}:{line_break}{inner}{}",
                    name(key, false),
                    self.block(value, &inner)
                )
            }
            scalar => format!("{}: {}", name(key, false), inline(scalar, false)),
        }
    }

    /// A value between brackets: over several lines where the node around it is.
    fn flow(&self, value: &Value, layout: &Layout, indent: &str) -> String {
        let is_simple = match value {
            Value::Array(items) => items.iter().all(|item| !item.is_array() && !item.is_object()),
            Value::Object(members) => members.is_empty(),
            _ => true,
        };
        if layout.indent.is_none() || is_simple {
            return inline(value, layout.is_quoted);
        }
        let inner = format!("{indent}{}", self.step(indent));
        let line_break = self.line_break();
        let (open, close, parts): (_, _, Vec<String>) = match value {
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| {
                    format!(
                        "{}: {}",
                        name(key, layout.is_quoted),
                        self.flow(value, layout, &inner)
                    )
                };
                ('{', '}', members.iter().map(member).collect())
            }
            Value::Array(items) => (
                '[',
                ']',
                items.iter().map(|item| self.flow(item, layout, &inner)).collect(),
            ),
            scalar => return inline(scalar, layout.is_quoted),
        };
        let parts = parts.join(&format!(",{line_break}{inner}"));
        format!("{open}{line_break}{inner}{parts}{line_break}{indent}{close}")
    }

    /// A value in block style; its first line stands behind `indent`.
    fn block(&self, value: &Value, indent: &str) -> String {
        let line_break = self.line_break();
        let parts: Vec<String> = match value {
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| {
                    let layout = Layout {
                        is_flow: false,
                        indent: None,
                        is_quoted: false,
                    };
                    match value {
                        // Lists of names stay on their line.
                        Value::Array(items) if items.iter().all(Value::is_string) => {
                            format!("{}: {}", name(key, false), inline(value, false))
                        }
                        _ => self.entry(key, value, &layout, indent),
                    }
                })
                .collect(),
            Value::Array(items) => items.iter().map(|item| self.block_item(item, indent)).collect(),
            scalar => vec![inline(scalar, false)],
        };
        parts.join(&format!("{line_break}{indent}"))
    }

    fn block_item(&self, value: &Value, indent: &str) -> String {
        format!("- {}", self.block(value, &format!("{indent}  ")))
    }
}

/// The dash in front of an item, which stands where its list is indented to.
fn item_mark(before: &str) -> &str {
    let at = before.trim_start_matches([' ', '\t']);
    if at.starts_with('-') && at.trim_start_matches('-').trim().is_empty() {
        at
    } else {
        ""
    }
}

/// A value on one line.
fn inline(value: &Value, is_quoted: bool) -> String {
    match value {
        Value::String(text) => name(text, is_quoted),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, is_quoted)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let mut out = String::new();
            for (key, value) in members {
                let comma = if out.is_empty() { "" } else { ", " };
                let _ = write!(
                    out,
                    "{comma}{}: {}",
                    name(key, is_quoted),
                    inline(value, is_quoted)
                );
            }
            format!("{{{out}}}")
        }
        other => other.to_string(),
    }
}

/// A text, bare where every reader of YAML takes it for text, else as JSON has it, which YAML reads alike.
fn name(text: &str, is_quoted: bool) -> String {
    /// Words that YAML 1.1 takes for something else (<https://yaml.org/type/bool.html>).
    const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_plain && !is_quoted {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::FileId;
    use crate::yaml::parse;

    /// A text after an entry was put into the mapping at a path, behind `Type`.
    fn inserted(text: &str, path: &[&str], value: &Value) -> String {
        let source = Source::new("t", text);
        let document = parse(FileId(0), text).unwrap();
        let node = path
            .iter()
            .fold(&document.root, |node, key| node.get(key).unwrap());
        let edit = Editor::new(&source)
            .insert_entry(node, &["Type"], "New", value)
            .unwrap();
        let edited = edit.apply(text).unwrap();
        let mut wanted = Tree::of(&document.root);
        let at = path
            .iter()
            .fold(&mut wanted, |tree, key| tree.entry(key, Tree::Null).unwrap());
        at.entry("New", Tree::of_json(value));
        let read =
            parse(FileId(0), &edited).unwrap_or_else(|problem| panic!("{}: {edited}", problem.message));
        assert_eq!(Tree::of(&read.root), wanted, "{edited}");
        edited
    }

    fn appended(text: &str, path: &[&str], value: &Value) -> String {
        let source = Source::new("t", text);
        let document = parse(FileId(0), text).unwrap();
        let node = path
            .iter()
            .fold(&document.root, |node, key| node.get(key).unwrap());
        let edited = Editor::new(&source)
            .append_item(node, value)
            .unwrap()
            .apply(text)
            .unwrap();
        let mut wanted = Tree::of(&document.root);
        let at = path
            .iter()
            .fold(&mut wanted, |tree, key| tree.entry(key, Tree::Null).unwrap());
        at.items().unwrap().push(Tree::of_json(value));
        assert_eq!(
            Tree::of(&parse(FileId(0), &edited).unwrap().root),
            wanted,
            "{edited}"
        );
        edited
    }

    #[test]
    fn an_entry_is_laid_out_as_those_around_it() {
        let value = json!({"list": [{"rules": ["a", "b"], "until": "2027-01-31"}]});
        assert_eq!(
            inserted(
                "A:\n  Type: x # why\n  # more\n  P:\n    q: 1\nB: 1\n",
                &["A"],
                &value
            ),
            "A:\n  Type: x # why\n  New:\n    list:\n      - rules: [a, b]\n        until: \"2027-01-31\"\n  # more\n  P:\n    q: 1\nB: 1\n"
        );
        assert_eq!(
            inserted("{\"A\": {\"Type\": \"x\", \"P\": 1}}", &["A"], &value),
            "{\"A\": {\"Type\": \"x\", \"New\": {\"list\": [{\"rules\": [\"a\", \"b\"], \"until\": \"2027-01-31\"}]}, \"P\": 1}}"
        );
        assert_eq!(
            inserted("A: {Type: x}", &["A"], &json!({"a": "yes"})),
            "A: {Type: x, New: {a: \"yes\"}}"
        );
        assert_eq!(
            inserted(
                "{\r\n\t\"A\": {\r\n\t\t\"Type\": \"x\"\r\n\t}\r\n}\r\n",
                &["A"],
                &value
            ),
            "{\r\n\t\"A\": {\r\n\t\t\"Type\": \"x\",\r\n\t\t\"New\": {\r\n\t\t\t\"list\": [\r\n\t\t\t\t{\r\n\t\t\t\t\t\"rules\": [\"a\", \"b\"],\r\n\t\t\t\t\t\"until\": \"2027-01-31\"\r\n\t\t\t\t}\r\n\t\t\t]\r\n\t\t}\r\n\t}\r\n}\r\n"
        );
    }

    #[test]
    fn a_file_without_a_last_line_break_and_empty_brackets_are_filled() {
        assert_eq!(
            inserted("A:\n    Type: x", &["A"], &json!("v")),
            "A:\n    Type: x\n    New: v"
        );
        assert_eq!(inserted("A: {}\n", &["A"], &json!("v")), "A: {New: v}\n");
        assert_eq!(appended("A: []\n", &["A"], &json!("v")), "A: [v]\n");
    }

    #[test]
    fn an_item_goes_behind_the_last_one() {
        let value = json!({"rules": ["a"], "reason": "x: y"});
        assert_eq!(
            appended("A:\n- b: 1\n  c: 2 # why\n\n# about D\nD: 1\n", &["A"], &value),
            "A:\n- b: 1\n  c: 2 # why\n- rules: [a]\n  reason: \"x: y\"\n\n# about D\nD: 1\n"
        );
        assert_eq!(
            appended("A:\n  - [x]\n", &["A"], &json!("w")),
            "A:\n  - [x]\n  - w\n"
        );
        assert_eq!(appended("A: [x, y]\n", &["A"], &json!("z")), "A: [x, y, z]\n");
        assert_eq!(
            appended("{\n  \"A\": [\n    \"x\"\n  ]\n}\n", &["A"], &json!("z")),
            "{\n  \"A\": [\n    \"x\",\n    \"z\"\n  ]\n}\n"
        );
    }

    #[test]
    fn a_span_moves_with_the_text_before_it_and_grows_with_the_text_in_it() {
        let span = |start, end| Span::new(FileId(0), start, end);
        let edit = Edit::insert(span(5, 5), "abc".to_owned());
        assert_eq!(edit.moved(span(5, 7)), span(8, 10));
        assert_eq!(edit.moved(span(2, 7)), span(2, 10));
        assert_eq!(edit.moved(span(2, 5)), span(2, 5));
    }
}
