//! `Fn::ForEach` loops, expanded before the sections are read.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html>

use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use super::{Parameter, Unexpanded, static_text};
use crate::source::{Span, Str};
use crate::yaml::{Call, Entry, Function, Kind, Node, Scalar, ScalarKind};

/// Most items of one loop's collection; CloudFormation's limit for resources in a template is 500, so a loop past
/// twice that cannot be deployed.
pub const MAX_LOOP_ITEMS: usize = 1_000;

/// Most entries that the loops of one template may make; loops nest, and their product must stay bounded.
const MAX_LOOP_ENTRIES: usize = 20_000;

/// Most bytes that the loops of one template may make, counted as text: four times the largest template that CloudFormation
/// takes, processed or not. Entries alone bound nothing, since a loop copies whatever stands in its body, and items that name
/// the variables of loops inside double a text from one loop to the next.
const MAX_LOOP_BYTES: usize = 4 << 20;

/// What a value adds to its text: no value is written with less.
const VALUE_BYTES: usize = 2;

/// A parameter value that a loop relied on to be expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The parameter.
    pub parameter: Str,
    /// Its value, lists joined with commas.
    pub value: Str,
}

/// What the collections of loops may name: parameters with a value, and mappings.
pub(super) struct Collections<'a> {
    pub(super) parameters: &'a IndexMap<Str, Parameter>,
    pub(super) mappings: &'a IndexMap<Str, Node>,
    /// Parameter values of the stack; they go before defaults.
    pub(super) given: &'a IndexMap<Str, Str>,
}

impl Collections<'_> {
    /// The items of a collection that is no literal list, and the parameter value they rest on.
    fn items(&self, collection: &Node) -> Option<(Vec<Str>, Option<Assumption>)> {
        let call = collection.as_call()?;
        match call.function {
            Function::Ref => {
                let name = call.argument.as_text()?;
                if let Some(value) = self.given.get(name) {
                    return Some((split_list(value), None));
                }
                let value = self.parameters.get(name)?.default.as_ref()?.text.clone();
                let items = split_list(&value);
                Some((
                    items,
                    Some(Assumption {
                        parameter: name.clone(),
                        value,
                    }),
                ))
            }
            Function::FindInMap => {
                let [map, top, second, ..] = call.argument.as_sequence()? else {
                    return None;
                };
                let map = self.mappings.get(map.as_text()?)?;
                let found = map.get(top.as_text()?)?.get(second.as_text()?)?;
                Some((static_texts(found.as_sequence()?)?, None))
            }
            _ => None,
        }
    }
}

/// The items of a list that says them; at most one more than a loop may have.
fn static_texts(items: &[Node]) -> Option<Vec<Str>> {
    items.iter().take(MAX_LOOP_ITEMS + 1).map(static_text).collect()
}

/// The items of a comma-delimited list, blanks around them left out; at most one more than a loop may have.
fn split_list(text: &str) -> Vec<Str> {
    let items = text.split(',').map(|item| item.trim().into());
    items.take(MAX_LOOP_ITEMS + 1).collect()
}

/// An entry that was read or generated, with the values its loops assumed.
pub(super) struct Expanded {
    pub(super) entry: Entry,
    pub(super) assumptions: Vec<Assumption>,
}

/// Expands the loops of a document.
pub(super) struct Expander<'a> {
    collections: &'a Collections<'a>,
    /// How many more entries loops may make.
    entries: usize,
    /// How many more bytes of text they may make.
    bytes: usize,
    /// Loops and macros that stay as they are.
    pub(super) unexpanded: Vec<Unexpanded>,
    /// The values that loops assumed, wherever they stand.
    pub(super) assumed: Vec<Assumption>,
}

/// The parts of a well-formed loop.
struct Loop<'n> {
    identifier: &'n str,
    collection: &'n Node,
    body: &'n [Entry],
}

impl<'a> Expander<'a> {
    pub(super) fn new(collections: &'a Collections<'a>) -> Self {
        Self {
            collections,
            entries: MAX_LOOP_ENTRIES,
            bytes: MAX_LOOP_BYTES,
            unexpanded: Vec::new(),
            assumed: Vec::new(),
        }
    }

    /// The entries of a section with its loops expanded, values included. Loops that stay as they are declare nothing.
    pub(super) fn section(&mut self, entries: Vec<Entry>) -> Vec<Expanded> {
        let mut out = self.expanded(entries);
        out.retain(|expanded| !is_loop(&expanded.entry));
        out
    }

    /// Entries with their loops expanded; those that stay as they are stand among them.
    fn expanded(&mut self, entries: Vec<Entry>) -> Vec<Expanded> {
        let mut out = Vec::new();
        for entry in entries {
            self.entry(entry, &[], &mut out);
        }
        out
    }

    fn entry(&mut self, mut entry: Entry, assumed: &[Assumption], out: &mut Vec<Expanded>) {
        if !is_loop(&entry) {
            self.values(&mut entry.value);
        } else if self.rounds(&entry, assumed, out).is_some() {
            return;
        } else {
            self.leave(&entry.key, entry.key_span);
            // Its key says that there may be more; what stands in it says nothing before the loop is run.
            entry.value.kind = Kind::Null;
        }
        out.push(Expanded {
            entry,
            assumptions: assumed.to_vec(),
        });
    }

    /// The entries that a loop makes; `None` when it makes too many, or it is not known what it makes.
    fn rounds(&mut self, entry: &Entry, assumed: &[Assumption], out: &mut Vec<Expanded>) -> Option<()> {
        let parts = read_loop(&entry.value)?;
        let (items, assumption) = self.items(parts.collection)?;
        let mut assumed = assumed.to_vec();
        assumed.extend(assumption);
        for item in items {
            for template in parts.body {
                let made = self.copy(template, parts.identifier, &item)?;
                self.entry(made, &assumed, out);
            }
        }
        Some(())
    }

    /// An entry of a loop's body for one item; `None` when the loops have made too much.
    fn copy(&mut self, template: &Entry, identifier: &str, item: &str) -> Option<Entry> {
        self.spend(item.len())?;
        self.entries -= 1;
        let mut round = Round::new(identifier, item, self.bytes);
        let made = round.entry(template);
        self.bytes = round.bytes;
        if made.is_none() {
            self.entries = 0;
        }
        made
    }

    /// Takes bytes off what loops may make. Once there are too few, no loop makes anything more: the ones around would try
    /// again with every item.
    fn spend(&mut self, bytes: usize) -> Option<()> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => self.bytes = left,
            None => self.entries = 0,
        }
        (self.entries > 0).then_some(())
    }

    /// Expands loops among the properties inside a value.
    fn values(&mut self, node: &mut Node) {
        match &mut node.kind {
            Kind::Null | Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.values(item)),
            Kind::Function(call) => self.values(&mut call.argument),
            Kind::Mapping(entries) if entries.iter().any(is_loop) => {
                let expanded = self.expanded(std::mem::take(entries).into_vec()).into_iter();
                let mut open: FxHashSet<Str> = FxHashSet::default();
                *entries = expanded
                    .map(|expanded| expanded.entry)
                    // A loop in a loop stays once for every round.
                    .filter(|entry| !is_loop(entry) || open.insert(entry.key.clone()))
                    .collect();
            }
            Kind::Mapping(entries) => entries.iter_mut().for_each(|entry| self.values(&mut entry.value)),
        }
    }

    /// The items of a collection; they are read for every loop, and every round of the loops around it.
    fn items(&mut self, collection: &Node) -> Option<(Vec<Str>, Option<Assumption>)> {
        let (items, assumption) = match collection.as_sequence() {
            Some(items) => (static_texts(items)?, None),
            None => self.collections.items(collection)?,
        };
        self.spend(items.iter().map(|item| item.len() + VALUE_BYTES).sum())?;
        if let Some(assumption) = assumption.as_ref().filter(|it| !self.assumed.contains(it)) {
            self.assumed.push(assumption.clone());
        }
        (items.len() <= MAX_LOOP_ITEMS).then_some((items, assumption))
    }

    pub(super) fn leave(&mut self, name: &Str, span: Span) {
        self.unexpanded.push(Unexpanded {
            span,
            name: name.clone(),
        });
    }
}

fn is_loop(entry: &Entry) -> bool {
    entry.key.starts_with("Fn::ForEach::")
}

fn read_loop(value: &Node) -> Option<Loop<'_>> {
    let [identifier, collection, body] = value.as_sequence()? else {
        return None;
    };
    Some(Loop {
        identifier: identifier.as_text()?,
        collection,
        body: body.as_mapping()?,
    })
}

/// One round of a loop.
struct Round<'l> {
    identifier: &'l str,
    item: &'l str,
    /// `${Identifier}` and what takes its place, then `&{Identifier}`, whose place is taken without what a logical id may not
    /// hold.
    forms: [(String, String); 2],
    /// How many more bytes may be made.
    bytes: usize,
}

impl<'l> Round<'l> {
    fn new(identifier: &'l str, item: &'l str, bytes: usize) -> Self {
        let plain = item.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            identifier,
            item,
            forms: [
                (format!("${{{identifier}}}"), item.to_owned()),
                (format!("&{{{identifier}}}"), plain),
            ],
            bytes,
        }
    }

    /// Takes bytes off what may be made.
    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }

    /// A text with the variable replaced; its length is known before it is made.
    fn text(&mut self, text: &Str) -> Option<Str> {
        let mut made = text.clone();
        for (form, value) in &self.forms {
            let count = made.matches(form.as_str()).count();
            if count > 0 {
                let more = count.saturating_mul(value.len());
                self.bytes = self.bytes.checked_sub(more)?;
                made = made.replace(form.as_str(), value).into();
            }
        }
        self.spend(text.len())?;
        Some(made)
    }

    fn entry(&mut self, entry: &Entry) -> Option<Entry> {
        Some(Entry {
            key: self.text(&entry.key)?,
            key_span: entry.key_span,
            value: self.node(&entry.value)?,
        })
    }

    /// A copy of a part of the loop's body.
    fn node(&mut self, node: &Node) -> Option<Node> {
        self.spend(VALUE_BYTES)?;
        let kind = match &node.kind {
            Kind::Null => Kind::Null,
            Kind::Scalar(scalar) => Kind::Scalar(Scalar {
                text: self.text(&scalar.text)?,
                kind: scalar.kind,
            }),
            Kind::Sequence(items) => {
                Kind::Sequence(items.iter().map(|node| self.node(node)).collect::<Option<_>>()?)
            }
            Kind::Mapping(entries) => Kind::Mapping(
                entries
                    .iter()
                    .map(|entry| self.entry(entry))
                    .collect::<Option<_>>()?,
            ),
            Kind::Function(call) => self.call(call)?,
        };
        Some(Node {
            span: node.span,
            kind,
        })
    }

    /// A copy of a call; one that refers to the loop's variable is the item.
    fn call(&mut self, call: &Call) -> Option<Kind> {
        let argument = call.argument.as_text();
        if call.function == Function::Ref && argument.is_some_and(|name| **name == *self.identifier) {
            self.spend(self.item.len())?;
            return Some(Kind::Scalar(Scalar {
                text: self.item.into(),
                kind: ScalarKind::Text,
            }));
        }
        Some(Kind::Function(Box::new(Call {
            function: call.function.clone(),
            form: call.form,
            argument: self.node(&call.argument)?,
        })))
    }
}

#[cfg(test)]
mod tests;
