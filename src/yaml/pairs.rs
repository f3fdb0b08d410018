//! The entries of a mapping while it is read: repeated keys and merge keys.

use std::collections::HashMap;

use super::{Call, Entry, Form, Kind, Node};
use crate::source::{Span, Str};

/// Mappings up to this many keys are searched one by one; larger ones through a table.
const SMALL_MAPPING: usize = 16;

/// The entries of an open mapping.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) entries: Vec<Entry>,
    /// Index of every key's entry; filled only in large mappings.
    table: HashMap<Str, usize>,
    pub(super) key: Option<Key>,
    /// Values of `<<` keys, in order.
    pub(super) merges: Vec<Node>,
}

/// A key whose value has not been seen.
pub(super) struct Key {
    pub(super) text: Str,
    pub(super) span: Span,
    pub(super) role: KeyRole,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyRole {
    /// An entry of its own.
    New,
    /// Equal to an earlier key, whose entry it replaces. CloudFormation takes such documents, YAML and JSON, and uses the
    /// last value: <https://github.com/aws-cloudformation/cfn-language-discussion/issues/96>.
    Repeated,
    /// `<<`: the value's entries belong to this mapping.
    Merge,
}

impl Pairs {
    /// The entry of a key.
    pub(super) fn find(&mut self, key: &str) -> Option<&Entry> {
        self.position(key).and_then(|index| self.entries.get(index))
    }

    fn position(&mut self, key: &str) -> Option<usize> {
        if self.entries.len() <= SMALL_MAPPING {
            return self.entries.iter().position(|entry| &*entry.key == key);
        }
        for index in self.table.len()..self.entries.len() {
            if let Some(entry) = self.entries.get(index) {
                self.table.insert(entry.key.clone(), index);
            }
        }
        self.table.get(key).copied()
    }

    /// Takes the value of the pending key.
    pub(super) fn value(&mut self, value: Node) {
        let Some(key) = self.key.take() else {
            return;
        };
        match key.role {
            KeyRole::New => self.entries.push(Entry {
                key: key.text,
                key_span: key.span,
                value,
            }),
            KeyRole::Repeated => {
                let index = self.position(&key.text);
                if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
                    entry.key_span = key.span;
                    entry.value = value;
                }
            }
            KeyRole::Merge => self.merges.push(value),
        }
    }

    /// Adds the entries of a `<<` value whose keys are not there yet; false when the value has none to give.
    pub(super) fn merge(&mut self, value: Node) -> bool {
        match value.kind {
            Kind::Mapping(entries) => {
                for entry in entries {
                    self.add(entry);
                }
                true
            }
            Kind::Function(call) if call.form == Form::Key => {
                let Call {
                    function, argument, ..
                } = *call;
                self.add(Entry {
                    key: function.key().into(),
                    key_span: value.span,
                    value: argument,
                });
                true
            }
            Kind::Sequence(items) => {
                let mut all = true;
                for item in items {
                    all &= !matches!(item.kind, Kind::Sequence(_)) && self.merge(item);
                }
                all
            }
            _ => false,
        }
    }

    fn add(&mut self, entry: Entry) {
        if self.find(&entry.key).is_none() {
            self.entries.push(entry);
        }
    }
}
