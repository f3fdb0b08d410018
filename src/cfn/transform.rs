//! `Fn::ForEach` loops, expanded before the sections are read.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html>

use indexmap::IndexMap;

use super::{Parameter, Unexpanded, static_text};
use crate::source::{Span, Str};
use crate::yaml::{Call, Entry, Function, Kind, Node, Scalar, ScalarKind};

/// Most items of one loop's collection; CloudFormation's limit for resources in a template is 500, so a loop past
/// twice that cannot be deployed.
pub const MAX_LOOP_ITEMS: usize = 1_000;

/// Most entries that the loops of one template may make; loops nest, and their product must stay bounded.
const MAX_LOOP_ENTRIES: usize = 20_000;

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
                let items = found
                    .as_sequence()?
                    .iter()
                    .map(static_text)
                    .collect::<Option<Vec<_>>>()?;
                Some((items, None))
            }
            _ => None,
        }
    }
}

/// The items of a comma-delimited list, blanks around them left out.
fn split_list(text: &str) -> Vec<Str> {
    text.split(',').map(|item| item.trim().into()).collect()
}

/// An entry that was read or generated, with the values its loops assumed.
pub(super) struct Expanded {
    pub(super) entry: Entry,
    pub(super) assumptions: Vec<Assumption>,
}

/// Expands the loops of a document.
pub(super) struct Expander<'a> {
    collections: &'a Collections<'a>,
    budget: usize,
    /// Loops and macros that stay as they are.
    pub(super) unexpanded: Vec<Unexpanded>,
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
            budget: MAX_LOOP_ENTRIES,
            unexpanded: Vec::new(),
        }
    }

    /// The entries of a section with its loops expanded, values included.
    pub(super) fn section(&mut self, entries: Vec<Entry>) -> Vec<Expanded> {
        let mut out = Vec::new();
        for entry in entries {
            self.entry(entry, &[], &mut out);
        }
        out
    }

    fn entry(&mut self, mut entry: Entry, assumed: &[Assumption], out: &mut Vec<Expanded>) {
        if !entry.key.starts_with("Fn::ForEach::") {
            self.values(&mut entry.value);
            out.push(Expanded {
                entry,
                assumptions: assumed.to_vec(),
            });
            return;
        }
        let items = read_loop(&entry.value).and_then(|parts| Some((self.items(parts.collection)?, parts)));
        let Some(((items, assumption), parts)) = items else {
            self.leave(&entry.key, entry.key_span);
            return;
        };
        let mut assumed = assumed.to_vec();
        assumed.extend(assumption);
        for item in items {
            for template in parts.body {
                if self.budget == 0 {
                    self.leave(&entry.key, entry.key_span);
                    return;
                }
                self.budget -= 1;
                let made = Entry {
                    key: replace(&template.key, parts.identifier, &item),
                    key_span: template.key_span,
                    value: substitute(&template.value, parts.identifier, &item),
                };
                self.entry(made, &assumed, out);
            }
        }
    }

    /// Expands loops among the properties inside a value.
    fn values(&mut self, node: &mut Node) {
        match &mut node.kind {
            Kind::Null | Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.values(item)),
            Kind::Function(call) => self.values(&mut call.argument),
            Kind::Mapping(entries) => {
                if entries.iter().any(|entry| entry.key.starts_with("Fn::ForEach::")) {
                    let expanded = self.section(std::mem::take(entries));
                    *entries = expanded.into_iter().map(|expanded| expanded.entry).collect();
                } else {
                    entries.iter_mut().for_each(|entry| self.values(&mut entry.value));
                }
            }
        }
    }

    fn items(&self, collection: &Node) -> Option<(Vec<Str>, Option<Assumption>)> {
        let (items, assumption) = match collection.as_sequence() {
            Some(items) => (items.iter().map(static_text).collect::<Option<Vec<_>>>()?, None),
            None => self.collections.items(collection)?,
        };
        (items.len() <= MAX_LOOP_ITEMS).then_some((items, assumption))
    }

    pub(super) fn leave(&mut self, name: &Str, span: Span) {
        self.unexpanded.push(Unexpanded {
            span,
            name: name.clone(),
        });
    }
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

/// `${Identifier}` and `&{Identifier}` replaced; the second form drops what a logical id may not hold.
fn replace(text: &Str, identifier: &str, item: &str) -> Str {
    if !text.contains('{') {
        return text.clone();
    }
    let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&format!("${{{identifier}}}"), item)
        .replace(&format!("&{{{identifier}}}"), &plain)
        .into()
}

/// A copy of the loop's body for one item.
fn substitute(node: &Node, identifier: &str, item: &str) -> Node {
    let text = |text: Str| {
        Kind::Scalar(Scalar {
            text,
            kind: ScalarKind::Text,
        })
    };
    let kind = match &node.kind {
        Kind::Null => Kind::Null,
        Kind::Scalar(scalar) => Kind::Scalar(Scalar {
            text: replace(&scalar.text, identifier, item),
            kind: scalar.kind,
        }),
        Kind::Sequence(items) => Kind::Sequence(
            items
                .iter()
                .map(|node| substitute(node, identifier, item))
                .collect(),
        ),
        Kind::Mapping(entries) => Kind::Mapping(
            entries
                .iter()
                .map(|entry| Entry {
                    key: replace(&entry.key, identifier, item),
                    key_span: entry.key_span,
                    value: substitute(&entry.value, identifier, item),
                })
                .collect(),
        ),
        Kind::Function(call) => {
            let names_item = call.function == Function::Ref
                && call.argument.as_text().is_some_and(|name| &**name == identifier);
            if names_item {
                text(item.into())
            } else {
                Kind::Function(Box::new(Call {
                    function: call.function.clone(),
                    form: call.form,
                    argument: substitute(&call.argument, identifier, item),
                }))
            }
        }
    };
    Node {
        span: node.span,
        kind,
    }
}
