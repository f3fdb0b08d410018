//! What a suppression covers: a node of the tree, a declaration, templates. Never a line number.

use crate::diag::{Diagnostic, Occurrence};
use crate::source::{FileId, Source, Span, Str};
use crate::yaml::{Entry, Form, Kind, Node};

/// What a suppression covers.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// Findings whose place lies in a node.
    Node(Span),
    /// Findings in a declaration, and findings about the resource, wherever they are shown.
    Resource {
        /// The declaration.
        declaration: Span,
        /// Its logical id.
        id: Str,
    },
    /// Findings in a template.
    Template(FileId),
    /// Findings in or about declarations of a template whose names match.
    Named(FileId, Vec<glob::Pattern>),
    /// Findings that the configuration describes.
    Matching {
        /// The templates in which they are shown, sorted.
        files: Vec<FileId>,
        /// The logical ids they are about; any where it is empty.
        resources: Vec<glob::Pattern>,
        /// The environments in which they hold; any where it is empty.
        environments: Vec<String>,
        /// True when everything that it could describe was checked.
        is_whole: bool,
    },
}

impl Scope {
    /// The files whose findings can be covered.
    pub(super) fn files(&self) -> &[FileId] {
        match self {
            Scope::Node(span)
            | Scope::Resource {
                declaration: span, ..
            } => std::slice::from_ref(&span.file),
            Scope::Template(file) | Scope::Named(file, _) => std::slice::from_ref(file),
            Scope::Matching { files, .. } => files,
        }
    }

    /// True for a finding that is covered; its pointer must be known.
    pub(super) fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let place = diagnostic.primary.span;
        let subject = |file: FileId| {
            let subject = diagnostic.subject.as_ref();
            subject.filter(|subject| subject.span.file == file)
        };
        match self {
            Scope::Node(span) => span.contains(place),
            Scope::Resource { declaration, id } => {
                declaration.contains(place)
                    || subject(declaration.file).is_some_and(|subject| subject.logical_id == *id)
            }
            Scope::Template(file) => place.file == *file,
            Scope::Named(file, globs) => {
                let is_meant = |name: &str| globs.iter().any(|glob| glob.matches(name));
                place.file == *file && declared(diagnostic).is_some_and(is_meant)
                    || subject(*file).is_some_and(|subject| is_meant(&subject.logical_id))
            }
            Scope::Matching {
                files,
                resources,
                environments,
                ..
            } => {
                let is_meant = |name: &str| resources.iter().any(|glob| glob.matches(name));
                let about = diagnostic.subject.as_ref().map(|subject| &*subject.logical_id);
                let mut names = about.into_iter().chain(declared(diagnostic));
                let holds_elsewhere = |occurrence: &Occurrence| {
                    let name = occurrence.environment.as_deref();
                    name.is_none_or(|name| environments.iter().all(|known| known != name))
                };
                let is_within = environments.is_empty()
                    || !diagnostic.environments.is_empty()
                        && !diagnostic.environments.iter().any(holds_elsewhere);
                is_within
                    && files.binary_search(&place.file).is_ok()
                    && (resources.is_empty() || names.any(is_meant))
            }
        }
    }
}

/// The name of the declaration in which a finding is shown.
fn declared(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic.pointer.split('/').nth(2)
}

/// Where the nodes of a document begin and end, in document order.
pub(super) struct Outline<'d> {
    source: &'d Source,
    root: Span,
    nodes: Vec<Place>,
    /// Block scalars: what looks like a comment in them is text.
    pub(super) blocks: Vec<Span>,
}

/// An entry of a mapping with its key, an item of a list, or a function in its long form.
struct Place {
    span: Span,
    line: u32,
    end_line: u32,
    /// The node around it.
    parent: Option<usize>,
    /// True when it begins on the line on which the node around it began: a comment there speaks of that one.
    is_inner: bool,
}

impl<'d> Outline<'d> {
    /// The outline of a document.
    pub(super) fn new(source: &'d Source, root: &Node) -> Self {
        let mut outline = Self {
            source,
            root: root.span,
            nodes: Vec::new(),
            blocks: Vec::new(),
        };
        outline.walk(root, None, false);
        outline
    }

    /// Adds what is below a node. Copies that aliases made lie outside of it and are left out.
    fn walk(&mut self, node: &Node, parent: Option<usize>, is_item: bool) {
        let text = self.text(node.span);
        match &node.kind {
            Kind::Mapping(entries) => {
                let is_block = !text.starts_with('{');
                let mut entries: Vec<&Entry> = entries
                    .iter()
                    .filter(|entry| node.span.contains(entry.key_span))
                    .collect();
                // The last of two equal keys is kept where the first one stood.
                entries.sort_by_key(|entry| entry.key_span.start);
                for entry in entries {
                    let is_copy = entry.value.span.start < entry.key_span.end;
                    let span = if is_copy {
                        entry.key_span
                    } else {
                        entry.key_span.to(entry.value.span)
                    };
                    let place = self.push(span, parent, is_item && is_block);
                    if !is_copy {
                        self.walk(&entry.value, Some(place), false);
                    }
                }
            }
            Kind::Sequence(items) => {
                for item in items.iter().filter(|item| node.span.contains(item.span)) {
                    let place = self.push(item.span, parent, false);
                    self.walk(item, Some(place), true);
                }
            }
            Kind::Function(call) => {
                let parent = match call.form {
                    Form::Key => Some(self.push(node.span, parent, is_item && !text.starts_with('{'))),
                    Form::Tag => parent,
                };
                if node.span.contains(call.argument.span) {
                    self.walk(&call.argument, parent, false);
                }
            }
            Kind::Scalar(_) => {
                if text.starts_with(['|', '>']) && text.contains(['\n', '\r']) {
                    self.blocks.push(node.span);
                }
            }
            Kind::Null => {}
        }
    }

    fn push(&mut self, span: Span, parent: Option<usize>, begins_item: bool) -> usize {
        let line = self.source.position(span.start).line;
        let end_line = self.source.position(span.end).line;
        let around = parent.and_then(|parent| self.nodes.get(parent));
        let is_inner = around.is_some_and(|around| around.line == line) && !begins_item;
        self.nodes.push(Place {
            span,
            line,
            end_line,
            parent,
            is_inner,
        });
        self.nodes.len() - 1
    }

    fn text(&self, span: Span) -> &'d str {
        let range = span.start as usize..span.end as usize;
        self.source.text().get(range).unwrap_or("")
    }

    /// What a comment covers: the node that begins, or else ends, on its line; for one on a line of its own the node
    /// below it with the same indentation; above the first node the template. `None` when it stands at nothing.
    pub(super) fn scope(&self, comment: Span, own_line: bool) -> Option<Scope> {
        if own_line {
            if comment.start < self.root.start {
                return Some(Scope::Template(comment.file));
            }
            let below = self.nodes.get(self.first_after(comment.start))?;
            let is_aligned = self.indentation(below.line) == self.indentation(self.line(comment));
            return is_aligned.then_some(Scope::Node(below.span));
        }
        let line = self.line(comment);
        let before = self.first_after(comment.start).checked_sub(1)?;
        let on_line = |place: &&Place| place.line == line && !place.is_inner;
        let from_here = self.nodes.get(..=before)?.iter().rev();
        if let Some(place) = from_here.take_while(|place| place.line == line).find(on_line) {
            return Some(Scope::Node(place.span));
        }
        let mut at = Some(before);
        while let Some(place) = at.and_then(|at| self.nodes.get(at)) {
            if place.end_line == line && place.span.end <= comment.start {
                return Some(Scope::Node(place.span));
            }
            at = place.parent;
        }
        None
    }

    /// True for a comment on a line of its own that belongs to a declaration: below its first line, indented further, and
    /// with nothing of another declaration between.
    pub(super) fn is_inside(&self, comment: Span, own_line: bool, declaration: Span) -> bool {
        if comment.start < declaration.start {
            return false;
        }
        if comment.start < declaration.end || self.line(comment) == self.source.position(declaration.end).line
        {
            return true;
        }
        let next = self.nodes.get(self.first_after(declaration.end));
        let key_line = self.source.position(declaration.start).line;
        own_line
            && self.indentation(self.line(comment)) > self.indentation(key_line)
            && next.is_none_or(|next| comment.start < next.span.start)
    }

    /// The lines on which the nodes around a place begin, the innermost first.
    pub(super) fn lines_around(&self, place: Span) -> Vec<u32> {
        let around = self.nodes.iter().rev().filter(|node| node.span.contains(place));
        let mut lines: Vec<u32> = around.map(|node| node.line).collect();
        lines.dedup();
        lines
    }

    /// The node that stands below a comment on a line of its own, with the same indentation.
    pub(super) fn below(&self, comment: Span) -> Option<Span> {
        match self.scope(comment, true) {
            Some(Scope::Node(span)) => Some(span),
            _ => None,
        }
    }

    /// The index of the first node that begins after an offset.
    fn first_after(&self, offset: u32) -> usize {
        self.nodes.partition_point(|place| place.span.start <= offset)
    }

    fn line(&self, span: Span) -> u32 {
        self.source.position(span.start).line
    }

    /// The white space a line begins with, in bytes.
    fn indentation(&self, line: u32) -> usize {
        let text = self.source.line(line);
        text.len() - text.trim_start_matches([' ', '\t']).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    /// The text that the only comment of a template with `#!` covers; `*` for the template.
    fn covered(text: &str) -> Option<String> {
        let source = Source::new("a.yaml", text);
        let document = parse(FileId(0), text).unwrap();
        let outline = Outline::new(&source, &document.root);
        let comment = document
            .comments
            .iter()
            .find(|comment| outline.text(comment.span).starts_with("#!"))
            .unwrap();
        Some(match outline.scope(comment.span, comment.own_line)? {
            Scope::Node(span) => outline.text(span).to_owned(),
            _ => "*".to_owned(),
        })
    }

    #[test]
    fn a_trailing_comment_covers_the_node_of_its_line() {
        assert_eq!(covered("a:\n  b: 1 #!\n  c: 2\n").unwrap(), "b: 1");
        assert_eq!(covered("a: #!\n  b: 1\nc: 2\n").unwrap(), "a: #!\n  b: 1");
        assert_eq!(covered("a:\n  - x: 1 #!\n    y: 2\n").unwrap(), "x: 1");
        assert_eq!(covered("a:\n  - !Ref B #!\n  - c\n").unwrap(), "!Ref B");
        assert_eq!(covered("a:\n  - !GetAtt B.C #!\n").unwrap(), "!GetAtt B.C");
        assert_eq!(covered("a: {b: 1, c: 2} #!\n").unwrap(), "a: {b: 1, c: 2}");
        assert_eq!(covered("a: {\n  b: 1, #!\n  c: 2}\n").unwrap(), "b: 1");
        assert_eq!(covered("a: [\n  b\n  ] #!\n").unwrap(), "a: [\n  b\n  ]");
        assert_eq!(covered("a:\n  Ref: B #!\n").unwrap(), "Ref: B");
        assert_eq!(covered("a: !If\n  - b\n  - c #!\n  - d\n").unwrap(), "c");
    }

    #[test]
    fn a_comment_on_its_own_line_covers_the_node_below_at_its_indentation() {
        assert_eq!(
            covered("r:\n  #!\n  # more\n\n  a:\n    b: 1\n  c: 2\n").unwrap(),
            "a:\n    b: 1"
        );
        assert_eq!(
            covered("a:\n  #!\n  - x: 1\n    y: 2\n  - z\n").unwrap(),
            "x: 1\n    y: 2"
        );
        assert_eq!(covered("a:\n#!\n- x\n").unwrap(), "x");
        assert_eq!(covered("a: 1\n#!\nb: 2\n").unwrap(), "b: 2");
    }

    #[test]
    fn a_comment_above_everything_covers_the_template() {
        assert_eq!(covered("#!\na: 1\n").unwrap(), "*");
        assert_eq!(covered("# a\n---\n#!\n\na: 1\n").unwrap(), "*");
    }

    #[test]
    fn a_comment_at_nothing_covers_nothing() {
        assert_eq!(covered("r:\n  a:\n    b: 1\n    #!\n  c: 2\n"), None);
        assert_eq!(covered("a: 1\n#!\n"), None);
        assert_eq!(covered("r:\n#!\n  a: 1\n"), None);
    }

    #[test]
    fn copies_of_anchors_do_not_confuse() {
        assert_eq!(covered("a: &x\n  b: 1\nc: *x #!\nd: 2\n").unwrap(), "c");
        assert_eq!(
            covered("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 2 #!\n").unwrap(),
            "d: 2"
        );
    }
}
