//! Baselines: the findings of an earlier day, which do not fail a run.
//!
//! An entry says what a finding is and never on which line it stood. What is worse than on that day is new: another file,
//! another resource, another action in a policy, or the same violation once more at the same place.

mod file;
mod matching;
mod renewal;

pub use file::{MAX_BYTES, Unusable};
pub use renewal::Renewal;

use jiff::civil::Date;

use crate::diag::Diagnostic;
use crate::source::Str;

pub(super) use matching::part;

/// The findings of an earlier day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Its file, as it is shown.
    pub shown: Str,
    /// Sorted, ids unique.
    pub entries: Vec<Entry>,
}

/// A finding of an earlier day. Ordered as it stands in the file: by path, rule, stack, resource, pointer, match, id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The template, from the root of the repository.
    pub path: Str,
    /// The rule's name; it need not exist any more.
    pub rule: Str,
    /// The first stack in which it was found; empty for a root stack.
    pub stack: Str,
    /// The logical id of the resource it was about, empty where there was none.
    pub resource: Str,
    /// JSON pointer with positions in lists replaced by what tells the items apart.
    pub pointer: Str,
    /// What the rule objected to at the place, such as IAM actions.
    pub matched: Str,
    /// `ecslintFindingId/v1`
    pub id: Str,
    /// What it said, for people who read the file.
    pub message: Str,
    /// The day on which it was recorded.
    pub first_seen: Date,
}

impl Baseline {
    /// A baseline of entries in any order.
    pub fn new(shown: impl Into<Str>, mut entries: Vec<Entry>) -> Self {
        entries.sort();
        // Two branches may have recorded the same finding.
        entries.sort_by(|left, right| (&left.id, left.first_seen).cmp(&(&right.id, right.first_seen)));
        entries.dedup_by(|later, kept| later.id == kept.id);
        entries.sort();
        Self {
            shown: shown.into(),
            entries,
        }
    }
}

impl Entry {
    /// The entry of a finding whose place and id are known.
    pub fn new(finding: &Diagnostic, first_seen: Date) -> Self {
        let subject = finding.subject.as_ref();
        Self {
            path: finding.path.clone(),
            rule: finding.rule.clone(),
            stack: finding.stacks.first().cloned().unwrap_or_else(|| "".into()),
            resource: subject.map_or_else(|| "".into(), |subject| subject.logical_id.clone()),
            pointer: finding.shape.as_str().into(),
            matched: finding.atom.as_str().into(),
            id: finding.id.as_str().into(),
            message: finding.message.as_str().into(),
            first_seen,
        }
    }
}
