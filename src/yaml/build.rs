//! Parser events to nodes.

use granit_parser::{Event, ScalarStyle, Span as Range, Tag as RawTag};

use super::anchor::Anchors;
use super::pairs::{Key, KeyRole, Pairs};
use super::parse::{MAX_DEPTH, MAX_NODES};
use super::words::Words;
use super::{Comment, Document, Form, Function, Kind, Node, call, gap, resolve, syntax};
use crate::diag::Problem;
use crate::source::{FileId, Span, Str};

/// Most problems kept of one document; a generated file can repeat one mistake in every line.
const MAX_PROBLEMS: usize = 1_000;
/// Namespace of the tags that YAML itself defines.
const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// How a text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A template: intrinsic functions are recognised, plain scalars are typed by YAML 1.1.
    Template,
    /// JSON as data: no functions, scalars typed by JSON.
    Data,
}

/// Builds the tree from the parser's events with a stack of its own, so that nesting costs no call stack.
pub(super) struct Builder<'t> {
    file: FileId,
    text: &'t str,
    /// Bytes before the text the parser sees (a byte order mark).
    base: usize,
    dialect: Dialect,
    stack: Vec<Frame>,
    anchors: Anchors,
    root: Option<Node>,
    /// Where the last token ended; what lies between it and the next one is punctuation, tags, anchors and comments.
    cursor: u32,
    nodes: usize,
    documents: usize,
    document_start: Option<Span>,
    comments: Vec<Comment>,
    problems: Vec<Problem>,
    words: &'t mut Words,
}

/// A collection whose end has not been seen.
struct Frame {
    shape: Shape,
    start: u32,
    end: u32,
    /// Written with brackets, so that the end is the closing one.
    bracketed: bool,
    tag: Option<Tag>,
    anchor: usize,
}

enum Shape {
    Sequence(Vec<Node>),
    Mapping(Pairs),
}

/// A tag and what it makes of its value.
struct Tag {
    start: u32,
    end: u32,
    meaning: Meaning,
}

enum Meaning {
    /// `!Ref`
    Function(Function),
    /// `!!str`, by its last part; the non-specific tag `!` counts as `str`.
    Type(Str),
}

impl<'t> Builder<'t> {
    pub(super) fn new(
        file: FileId,
        text: &'t str,
        base: usize,
        dialect: Dialect,
        words: &'t mut Words,
    ) -> Self {
        Self {
            file,
            text,
            base,
            dialect,
            stack: Vec::new(),
            anchors: Anchors::default(),
            root: None,
            cursor: base as u32,
            nodes: 0,
            documents: 0,
            document_start: None,
            comments: Vec::new(),
            problems: Vec::new(),
            words,
        }
    }

    /// Takes the next event.
    pub(super) fn event(&mut self, event: Event<'_>, range: Range) -> Result<(), Problem> {
        let span = self.span(&range);
        match event {
            Event::DocumentStart(explicit, _) => {
                self.documents += 1;
                self.document_start = explicit.then_some(span);
                self.cursor = self.cursor.max(span.start);
                if explicit {
                    self.cursor = self.cursor.max(span.end);
                }
                Ok(())
            }
            Event::Comment(..) => {
                self.comments.push(Comment::new(span, self.text));
                Ok(())
            }
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.as_deref().and_then(|tag| self.tag(tag, &range));
                let nothing = span.is_empty() && style == ScalarStyle::Plain && tag.is_none() && anchor == 0;
                if !(nothing && self.stack.is_empty()) {
                    self.count(span)?;
                    self.scalar(if nothing { "" } else { &value }, style, span, tag, anchor)?;
                }
                Ok(())
            }
            Event::SequenceStart(_, anchor, tag) => {
                let tag = tag.as_deref().and_then(|tag| self.tag(tag, &range));
                self.open(Shape::Sequence(Vec::new()), span, tag, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                let tag = tag.as_deref().and_then(|tag| self.tag(tag, &range));
                self.open(Shape::Mapping(Pairs::default()), span, tag, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => {
                self.count(span)?;
                let node = self.anchors.copy(id, span, self.stack.len())?;
                self.alias(node, span)
            }
            Event::UnresolvedAlias(name) => {
                let message = format!("the alias `*{name}` has no anchor `&{name}` before it");
                Err(Problem::new(span, message)
                    .with_help("put the text in quotes if it is not meant as an alias"))
            }
            _ => Ok(()),
        }
    }

    /// The document, once every event has been taken.
    pub(super) fn finish(mut self) -> Result<Document, Problem> {
        let Some(root) = self.root else {
            return Err(Problem::new(Span::new(self.file, 0, 0), "the file is empty"));
        };
        self.comments.sort_by_key(|comment| comment.span.start);
        Ok(Document {
            file: self.file,
            root,
            comments: self.comments,
            problems: self.problems,
        })
    }

    /// The bytes of a parser's range in the whole text.
    fn span(&self, range: &Range) -> Span {
        let bytes = range.byte_range().unwrap_or(0..0);
        let end = (bytes.end + self.base).min(self.text.len());
        let start = (bytes.start + self.base).min(end);
        Span::new(self.file, start as u32, end as u32)
    }

    /// Counts a value, and refuses it when it is one too many or belongs to a second document.
    fn count(&mut self, span: Span) -> Result<(), Problem> {
        if self.documents > 1 {
            let at = self.document_start.unwrap_or(span);
            return Err(Problem::new(
                at,
                "a template is one YAML document; a second one starts here",
            ));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("the file holds more than {MAX_NODES} values");
            return Err(Problem::new(span, message));
        }
        Ok(())
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn tag(&self, raw: &RawTag, range: &Range) -> Option<Tag> {
        let span = self.span(&range.tag_span()?);
        let name = format!("{}{}", raw.handle(), raw.suffix());
        let meaning = match (name.strip_prefix(YAML_TAGS), name.strip_prefix('!')) {
            (Some(kind), _) => Meaning::Type(kind.into()),
            (None, Some("")) => Meaning::Type("str".into()),
            (None, Some(function)) => Meaning::Function(Function::from_tag(function)),
            (None, None) => Meaning::Function(Function::Other(name.as_str().into())),
        };
        Some(Tag {
            start: span.start,
            end: span.end,
            meaning,
        })
    }

    /// The mapping that waits for a key, if the next value is one.
    fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { shape: Shape::Mapping(pairs), .. }) if pairs.key.is_none())
    }

    /// The key that waits for the next value.
    fn pending_key(&self) -> Option<&Key> {
        match self.stack.last() {
            Some(Frame {
                shape: Shape::Mapping(pairs),
                ..
            }) => pairs.key.as_ref(),
            _ => None,
        }
    }
}

/// Scalars, keys and aliases.
impl Builder<'_> {
    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        range: Span,
        tag: Option<Tag>,
        anchor: usize,
    ) -> Result<(), Problem> {
        let plain = style == ScalarStyle::Plain;
        let text = self.words.share(value);
        let span = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let (start, end) = gap::block_scalar(self.text, self.cursor, range.start, range.end);
                Span::new(self.file, start, end)
            }
            _ if range.is_empty() && tag.is_none() => self.nothing(range),
            _ => range,
        };
        if self.expects_key() {
            self.anchors.define(
                anchor,
                &Node {
                    span,
                    kind: resolve::words(Str::clone(&text)),
                },
                span,
            )?;
            if let Some(Tag {
                meaning: Meaning::Function(_),
                start,
                ..
            }) = tag
            {
                let span = Span::new(self.file, start, span.end);
                self.problem(Problem::new(span, "a key is text, not an intrinsic function"));
            }
            let merge = plain && value == "<<" && self.dialect == Dialect::Template;
            self.key(text, span, merge);
            return Ok(());
        }
        let kind = match (&tag, self.dialect) {
            (
                Some(Tag {
                    meaning: Meaning::Type(kind),
                    ..
                }),
                _,
            ) => resolve::tagged(kind, text),
            // The argument of a tag is text as it stands: `!Ref Off` names the resource `Off`.
            (
                Some(Tag {
                    meaning: Meaning::Function(_),
                    ..
                }),
                Dialect::Template,
            ) if !value.is_empty() => resolve::words(text),
            (_, Dialect::Template) if plain => resolve::plain(text),
            (_, Dialect::Data) if plain => resolve::json(text),
            _ => resolve::words(text),
        };
        let node = self.tagged(Node { span, kind }, tag);
        self.anchors.define(anchor, &node, span)?;
        let end = node.span.end.max(span.end);
        self.attach(node, end);
        Ok(())
    }

    /// The place of an empty value: right after its key's colon. The parser puts it before the colon, or at the next
    /// token when there is none.
    fn nothing(&self, range: Span) -> Span {
        if self.pending_key().is_none() {
            return range;
        }
        let limit = (range.end + 1).min(self.text.len() as u32);
        let colon = gap::indicator(self.text, self.cursor, limit, |byte| byte == b':');
        let at = colon.map_or(self.cursor, |colon| colon + 1);
        Span::new(self.file, at, at)
    }

    /// Takes a key of the innermost mapping.
    fn key(&mut self, text: Str, span: Span, merge: bool) {
        self.cursor = span.end;
        let Some(Frame {
            shape: Shape::Mapping(pairs),
            end,
            ..
        }) = self.stack.last_mut()
        else {
            return;
        };
        *end = span.end.max(*end);
        let first = if merge {
            None
        } else {
            pairs.find(&text).map(|entry| entry.key_span)
        };
        let role = match (merge, first) {
            (true, _) => KeyRole::Merge,
            (false, Some(_)) => KeyRole::Repeated,
            (false, None) => KeyRole::New,
        };
        pairs.key = Some(Key {
            text: text.clone(),
            span,
            role,
        });
        if let Some(first) = first {
            let problem = Problem::new(
                span,
                format!("the key `{text}` is here twice; CloudFormation uses the last one"),
            )
            .with_label(first, format!("this `{text}` is ignored"))
            .with_help("leave out the one that is not meant")
            .as_warning();
            self.problem(problem);
        }
    }

    fn alias(&mut self, node: Node, span: Span) -> Result<(), Problem> {
        if !self.expects_key() {
            self.attach(node, span.end);
            return Ok(());
        }
        match node.as_text() {
            Some(text) => {
                let text = text.clone();
                self.key(text, span, false);
                Ok(())
            }
            None => Err(key_is_text(span)),
        }
    }
}

/// Collections.
impl Builder<'_> {
    fn open(&mut self, shape: Shape, span: Span, tag: Option<Tag>, anchor: usize) -> Result<(), Problem> {
        let here = syntax::character(self.file, self.text, span.start as usize);
        self.count(here)?;
        if self.expects_key() {
            return Err(key_is_text(here));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(syntax::too_deep(here));
        }
        self.anchors.open(anchor);
        // A list that is not indented against its key starts, for the parser, at its first item.
        let start = match &shape {
            Shape::Sequence(_) if span.is_empty() && self.pending_key().is_some() => {
                gap::indicator(self.text, self.cursor, span.start, |byte| byte == b'-').unwrap_or(span.start)
            }
            _ => span.start,
        };
        self.cursor = span.end;
        let bracketed = !span.is_empty();
        self.stack.push(Frame {
            shape,
            start,
            end: span.end,
            bracketed,
            tag,
            anchor,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Problem> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let end = if frame.bracketed { span.end } else { frame.end };
        let span = Span::new(self.file, frame.start.min(end), end);
        let kind = match frame.shape {
            Shape::Sequence(items) => Kind::Sequence(items.into()),
            Shape::Mapping(pairs) => self.mapping(pairs),
        };
        let node = self.tagged(Node { span, kind }, frame.tag);
        self.anchors.define(frame.anchor, &node, span)?;
        self.attach(node, end);
        Ok(())
    }

    /// Hands a finished value to the collection around it. Its text ends at `end`, for an alias behind the alias itself.
    fn attach(&mut self, node: Node, end: u32) {
        self.cursor = end;
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(end);
        match &mut frame.shape {
            Shape::Sequence(items) => items.push(node),
            Shape::Mapping(pairs) => pairs.value(node),
        }
    }

    /// What a closed mapping is: entries, or the long form of an intrinsic function.
    fn mapping(&mut self, mut pairs: Pairs) -> Kind {
        for value in std::mem::take(&mut pairs.merges) {
            let at = value.span;
            if !pairs.merge(value) {
                self.problem(Problem::new(at, "`<<` takes a mapping or a list of mappings"));
            }
        }
        match self.dialect {
            Dialect::Template => call::from_entries(pairs.entries, self.text, self.words),
            Dialect::Data => Kind::Mapping(pairs.entries.into()),
        }
    }

    /// A value with what its tag makes of it.
    fn tagged(&mut self, node: Node, tag: Option<Tag>) -> Node {
        let Some(tag) = tag else {
            return node;
        };
        let span = Span::new(
            self.file,
            tag.start.min(node.span.start),
            tag.end.max(node.span.end),
        );
        let kind = match (tag.meaning, self.dialect) {
            (Meaning::Function(function), Dialect::Template) => {
                call::call(function, Form::Tag, node, self.text, self.words)
            }
            (Meaning::Function(_), Dialect::Data) | (Meaning::Type(_), _) => node.kind,
        };
        Node { span, kind }
    }
}

fn key_is_text(span: Span) -> Problem {
    Problem::new(span, "a key is text, not a list or a mapping")
        .with_help("quote the key if the text starts with `[` or `{`")
}
