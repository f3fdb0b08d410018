//! Bringing a baseline up to date with a run.

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Baseline, Entry};
use crate::diag::Diagnostic;
use crate::lint::Report;
use crate::lint::suppression::date;
use crate::source::Str;

/// A baseline made from another one and a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// The new one.
    pub baseline: Baseline,
    /// Entries for findings that no entry was for.
    pub added: usize,
    /// Entries that follow a finding into a file that was renamed or moved.
    pub moved: usize,
    /// Entries that are gone.
    pub removed: usize,
}

impl Renewal {
    /// Drops the entries whose findings are gone; `is_gone` tells which of those that the run did not look for are gone all
    /// the same, such as entries for files that do not exist any more.
    pub fn prune(report: &Report, shown: &Str, is_gone: &dyn Fn(&Entry) -> bool) -> Self {
        let kept: Vec<Entry> = report
            .baselined
            .iter()
            .filter_map(Entry::known)
            .chain(report.unjudged.iter().filter(|entry| !is_gone(entry)).cloned())
            .collect();
        let gone = report.unjudged.iter().filter(|entry| is_gone(entry)).count();
        Self {
            baseline: Baseline::new(shown.clone(), kept),
            added: 0,
            moved: 0,
            removed: report.stale.len() + gone,
        }
    }

    /// Drops what [`Renewal::prune`] drops, and takes in the findings that stand and that may be accepted. One that differs
    /// from a single entry of a vanished file in its path only keeps the day of that entry.
    pub fn update(
        report: &Report,
        shown: &Str,
        today: Date,
        is_gone: &dyn Fn(&Entry) -> bool,
        is_acceptable: &dyn Fn(&Diagnostic) -> bool,
    ) -> Self {
        let mut renewal = Self::prune(report, shown, is_gone);
        let findings = report.findings.iter().filter(|finding| is_acceptable(finding));
        let mut new: Vec<Entry> = findings.map(|finding| Entry::new(finding, today)).collect();
        let gone: Vec<&Entry> = report.unjudged.iter().filter(|entry| is_gone(entry)).collect();
        let mut before: FxHashMap<Elsewhere<'_>, Vec<Date>> = FxHashMap::default();
        for entry in gone {
            before
                .entry(Elsewhere::of(entry))
                .or_default()
                .push(entry.first_seen);
        }
        let days: Vec<Option<Date>> = {
            let mut counts: FxHashMap<Elsewhere<'_>, usize> = FxHashMap::default();
            for entry in &new {
                *counts.entry(Elsewhere::of(entry)).or_default() += 1;
            }
            let day = |entry: &Entry| match before.get(&Elsewhere::of(entry)).map(Vec::as_slice) {
                Some([day]) if counts.get(&Elsewhere::of(entry)) == Some(&1) => Some(*day),
                _ => None,
            };
            new.iter().map(day).collect()
        };
        for (entry, day) in new.iter_mut().zip(&days) {
            entry.first_seen = day.unwrap_or(entry.first_seen);
        }
        renewal.moved = days.iter().flatten().count();
        renewal.removed -= renewal.moved;
        renewal.added = new.len() - renewal.moved;
        let taken: FxHashSet<Str> = new.iter().map(|entry| entry.id.clone()).collect();
        let mut entries = renewal.baseline.entries;
        entries.retain(|entry| !taken.contains(&entry.id));
        entries.extend(new);
        renewal.baseline = Baseline::new(shown.clone(), entries);
        renewal
    }
}

/// What an entry is, its file apart.
#[derive(PartialEq, Eq, Hash)]
struct Elsewhere<'e> {
    rule: &'e str,
    stack: &'e str,
    resource: &'e str,
    pointer: &'e str,
    matched: &'e str,
}

impl<'e> Elsewhere<'e> {
    fn of(entry: &'e Entry) -> Self {
        Self {
            rule: &entry.rule,
            stack: &entry.stack,
            resource: &entry.resource,
            pointer: &entry.pointer,
            matched: &entry.matched,
        }
    }
}

impl Entry {
    /// The entry of a finding that the baseline knows, with the words and the place of today.
    pub(in crate::lint) fn known(finding: &Diagnostic) -> Option<Entry> {
        let since = finding.suppression.as_ref()?.since.as_deref()?;
        Some(Entry::new(finding, date(since)?))
    }
}
