//! One spanned tree for YAML and JSON, with the short and the long form of an intrinsic function as one node.

mod anchor;
mod build;
mod call;
mod comment;
mod decode;
pub mod edit;
mod embedded;
mod function;
mod gap;
mod pairs;
mod parse;
mod resolve;
pub mod shape;
mod spelling;
mod syntax;
mod words;

pub use comment::Comment;
pub use embedded::parse_embedded;
pub use function::{Form, Function};
pub use parse::{MAX_ALIAS_NODES, MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, parse, parse_sharing};
pub use spelling::scalar;
pub use words::Words;

use crate::diag::Problem;
use crate::source::{FileId, Span, Str};

/// A parsed file: its tree, its comments, and what was wrong without making it unreadable.
#[derive(Debug)]
pub struct Document {
    /// The file the spans of the tree point into.
    pub file: FileId,
    /// The top of the tree.
    pub root: Node,
    /// Comments in document order; empty for JSON.
    pub comments: Vec<Comment>,
    /// Duplicate keys and the like: reported, and read as CloudFormation would.
    pub problems: Vec<Problem>,
}

/// A value of a document with the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes of the value; for a tagged node the tag is included. Nodes that an alias copied carry the span of the anchor.
    pub span: Span,
    /// What the value is.
    pub kind: Kind,
}

/// What a [`Node`] is. Trees are kept for the whole run, so their lists have no room to grow.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null`, `~` or nothing at all.
    Null,
    /// Text, number or boolean.
    Scalar(Scalar),
    /// A list.
    Sequence(Box<[Node]>),
    /// A mapping, keys unique and in the order in which they first appear. The last of two equal keys is kept.
    Mapping(Box<[Entry]>),
    /// An intrinsic function with its argument, whichever form it was written in.
    Function(Box<Call>),
}

/// An intrinsic function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which function.
    pub function: Function,
    /// How it was written; an edit must not change the style.
    pub form: Form,
    /// The argument in its long form: `!GetAtt a.b` has the two-element list here.
    pub argument: Node,
}

/// One key of a mapping with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text; keys are always text in CloudFormation.
    pub key: Str,
    /// The bytes of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A scalar: its text and how YAML 1.1, as CloudFormation reads it, types it.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text; for a boolean the canonical `true` or `false`, for a number the digits as written.
    pub text: Str,
    /// The type of the plain scalar; quoted and block scalars are always text.
    pub kind: ScalarKind,
}

/// The YAML type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Text.
    Text,
    /// `true`, `yes`, `on` and their opposites, in the spellings of YAML 1.1.
    Bool(bool),
    /// An integer or a decimal number.
    Number,
}

impl Node {
    /// The text of a scalar.
    pub fn as_text(&self) -> Option<&Str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The truth value of a scalar: a boolean, or the text `true` or `false` in any case, as CloudFormation coerces it.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar(scalar) if scalar.text.eq_ignore_ascii_case("true") => Some(true),
            Kind::Scalar(scalar) if scalar.text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The intrinsic function call, if the node is one.
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            Kind::Function(call) => Some(call),
            _ => None,
        }
    }

    /// The value of a key, if the node is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, if the node is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|entry| &*entry.key == key)
    }

    /// True for `null` and for an empty value.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The nodes directly below: items, values, or the argument of a function.
    pub fn children(&self) -> impl Iterator<Item = &Node> {
        let (items, entries): (&[Node], &[Entry]) = match &self.kind {
            Kind::Null | Kind::Scalar(_) => (&[], &[]),
            Kind::Sequence(items) => (items, &[]),
            Kind::Mapping(entries) => (&[], entries),
            Kind::Function(call) => (std::slice::from_ref(&call.argument), &[]),
        };
        items.iter().chain(entries.iter().map(|entry| &entry.value))
    }

    /// What the node is, in words for a message: "a list", "text".
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar(Scalar {
                kind: ScalarKind::Text,
                ..
            }) => "text",
            Kind::Scalar(Scalar {
                kind: ScalarKind::Bool(_),
                ..
            }) => "a boolean",
            Kind::Scalar(Scalar {
                kind: ScalarKind::Number,
                ..
            }) => "a number",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Function(_) => "an intrinsic function",
        }
    }
}
