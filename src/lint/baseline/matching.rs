//! Which findings a baseline knows.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Baseline, Entry};
use crate::diag::{Diagnostic, Suppression, SuppressionKind};
use crate::source::Str;

/// The findings of a run, parted.
#[derive(Default)]
pub(in crate::lint) struct Parted {
    /// Those that are new.
    pub(in crate::lint) standing: Vec<Diagnostic>,
    /// Those that the baseline knows.
    pub(in crate::lint) baselined: Vec<Diagnostic>,
    /// The entries that met none.
    pub(in crate::lint) unmatched: Vec<Entry>,
}

/// What tells one kind of finding from others beside its atom.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    rule: Str,
    path: Str,
    /// `None` where any stack will do.
    stack: Option<Str>,
    resource: Str,
    pointer: Str,
}

impl Key {
    fn of(entry: &Entry, with_stack: bool) -> Key {
        Key {
            rule: entry.rule.clone(),
            path: entry.path.clone(),
            stack: with_stack.then(|| entry.stack.clone()),
            resource: entry.resource.clone(),
            pointer: entry.pointer.clone(),
        }
    }
}

/// Parts findings, order kept. An entry accepts one finding: first the one with its id; then one at the same place that
/// objects to no more than it did, since who removes one of two bad actions from a statement has made nothing new; then
/// such a one in another stack, since a template's line is the same whoever nests it. Entries of rules for which
/// `is_protected` holds accept nothing.
pub(in crate::lint) fn part(
    baseline: &Baseline,
    findings: Vec<Diagnostic>,
    is_protected: &dyn Fn(&str) -> bool,
) -> Parted {
    let entries: Vec<&Entry> = baseline
        .entries
        .iter()
        .filter(|entry| !is_protected(&entry.rule))
        .collect();
    let mut met: Vec<Option<usize>> = vec![None; findings.len()];
    let mut used: FxHashSet<usize> = FxHashSet::default();
    let by_id: FxHashMap<&str, usize> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| (&*entry.id, at))
        .collect();
    for (finding, met) in findings.iter().zip(&mut met) {
        *met = by_id
            .get(finding.id.as_str())
            .copied()
            .filter(|at| used.insert(*at));
    }
    for with_stack in [true, false] {
        let mut by_key: FxHashMap<Key, Vec<usize>> = FxHashMap::default();
        for (at, entry) in entries.iter().enumerate().filter(|(at, _)| !used.contains(at)) {
            by_key.entry(Key::of(entry, with_stack)).or_default().push(at);
        }
        for (finding, met) in findings.iter().zip(&mut met).filter(|(_, met)| met.is_none()) {
            let wanted = Entry::new(finding, jiff::civil::Date::ZERO);
            let Some(candidates) = by_key.get_mut(&Key::of(&wanted, with_stack)) else {
                continue;
            };
            let covers = |at: &usize| entries.get(*at).is_some_and(|entry| covers(entry, &wanted));
            if let Some(found) = candidates.iter().position(covers) {
                let at = candidates.remove(found);
                used.insert(at);
                *met = Some(at);
            }
        }
    }
    let mut parted = Parted::default();
    for (mut finding, met) in findings.into_iter().zip(met) {
        match met.and_then(|at| entries.get(at)) {
            Some(entry) => {
                finding.suppression = Some(Suppression {
                    kind: SuppressionKind::Baseline,
                    by: baseline.shown.to_string(),
                    reason: None,
                    until: None,
                    since: Some(entry.first_seen.to_string()),
                });
                parted.baselined.push(finding);
            }
            None => parted.standing.push(finding),
        }
    }
    let unmatched = entries.iter().enumerate().filter(|(at, _)| !used.contains(at));
    parted.unmatched = unmatched.map(|(_, entry)| (*entry).clone()).collect();
    parted
}

/// True when a finding objects to no more than an entry did. An atom may list several things with spaces between them.
fn covers(entry: &Entry, finding: &Entry) -> bool {
    let known: FxHashSet<&str> = entry.matched.split(' ').collect();
    finding.matched.split(' ').all(|word| known.contains(word))
}
