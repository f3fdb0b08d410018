//! What one can choose between to see fewer entries.

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::{class, environments, path_of, stacks};
use crate::report::entry::Entry;

/// The classes of entries, in the order in which they are listed.
const CLASSES: &[&str] = &["error", "warning", "info", "undetermined", "accepted"];

/// The choices, each with the number of its entries.
#[derive(Serialize)]
pub(super) struct Filters {
    classes: Vec<Choice>,
    rules: Choices,
    stacks: Choices,
    environments: Choices,
    files: Choices,
}

/// Names in their order, so that an entry can tell its own by their places.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Choices(Vec<Choice>);

#[derive(Serialize)]
struct Choice {
    name: String,
    count: usize,
}

impl Filters {
    pub(super) fn new(entries: &[Entry<'_>]) -> Self {
        let classes = CLASSES.iter().map(|name| Choice {
            name: (*name).to_owned(),
            count: entries.iter().filter(|entry| class(entry) == *name).count(),
        });
        Self {
            classes: classes.filter(|choice| choice.count > 0).collect(),
            rules: Choices::new(entries.iter().map(|entry| entry.check.to_owned())),
            stacks: Choices::new(entries.iter().flat_map(stacks)),
            environments: Choices::new(entries.iter().flat_map(environments)),
            files: Choices::new(entries.iter().map(|entry| path_of(entry).to_owned())),
        }
    }

    /// The place of the entry's rule among the rules.
    pub(super) fn rule(&self, entry: &Entry<'_>) -> usize {
        self.rules.place(entry.check)
    }

    /// The places of the entry's stacks among the stacks.
    pub(super) fn stacks(&self, entry: &Entry<'_>) -> Vec<usize> {
        stacks(entry).map(|stack| self.stacks.place(&stack)).collect()
    }

    /// The places of the entry's environments among the environments.
    pub(super) fn environments(&self, entry: &Entry<'_>) -> Vec<usize> {
        environments(entry)
            .map(|name| self.environments.place(&name))
            .collect()
    }
}

impl Choices {
    fn new(names: impl Iterator<Item = String>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in names {
            *counts.entry(name).or_insert(0) += 1;
        }
        let choices = counts.into_iter().map(|(name, count)| Choice { name, count });
        Self(choices.collect())
    }

    fn place(&self, name: &str) -> usize {
        self.0.partition_point(|choice| *choice.name < *name)
    }
}
