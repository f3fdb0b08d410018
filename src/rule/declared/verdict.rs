//! Three-valued answers to assertions, each with when it holds and where it is seen.

use crate::diag::Label;
use crate::eval::{Case, Guard, Unknown};
use crate::source::Str;

/// What was seen where an assertion was decided.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The value, where there is one.
    pub(super) value: Option<Str>,
    /// The references that led there.
    pub(super) related: Vec<Label>,
}

/// When an assertion holds, when it fails, and when and why it is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// Where it holds.
    pub(super) pass: Vec<Case<Seen>>,
    /// Where it fails.
    pub(super) fail: Vec<Case<Seen>>,
    /// Where it is not known.
    pub(super) open: Vec<Case<Unknown>>,
}

/// When any of the cases holds.
pub(super) fn when<T>(cases: &[Case<T>]) -> Guard {
    Guard::any(cases.iter().map(|case| case.guard.clone()))
}

fn narrowed<T>(cases: Vec<Case<T>>, guard: &Guard) -> Vec<Case<T>> {
    let narrowed = cases.into_iter().map(|case| case.when(guard));
    narrowed.filter(|case| !case.guard.is_never()).collect()
}

impl Verdict {
    /// The verdict in the worlds of a guard only.
    pub(super) fn within(self, guard: &Guard) -> Verdict {
        Verdict {
            pass: narrowed(self.pass, guard),
            fail: narrowed(self.fail, guard),
            open: narrowed(self.open, guard),
        }
    }

    /// Takes in what another verdict says of other worlds, or of another value.
    pub(super) fn extend(&mut self, other: Verdict) {
        self.pass.extend(other.pass);
        self.fail.extend(other.fail);
        self.open.extend(other.open);
    }

    /// The verdict on the assertion as a whole: one that several values decide holds where none of them fails it.
    fn settled(self) -> Verdict {
        let failed = when(&self.fail);
        let undecided = failed.or(&when(&self.open));
        Verdict {
            pass: narrowed(self.pass, &undecided.negated()),
            open: narrowed(self.open, &failed.negated()),
            fail: self.fail,
        }
    }

    /// The verdict on the opposite.
    pub(super) fn negated(self) -> Verdict {
        let settled = self.settled();
        Verdict {
            pass: settled.fail,
            fail: settled.pass,
            open: settled.open,
        }
    }

    /// The verdict on all of several assertions. Every failure keeps its place; that all hold is shown at the first.
    pub(super) fn all(verdicts: Vec<Verdict>) -> Verdict {
        let verdicts: Vec<Verdict> = verdicts.into_iter().map(Verdict::settled).collect();
        let fails = Guard::any(verdicts.iter().map(|verdict| when(&verdict.fail)));
        let passes = Guard::all(verdicts.iter().map(|verdict| when(&verdict.pass)));
        let mut out = Verdict::default();
        let mut held = None;
        for verdict in verdicts {
            out.fail.extend(verdict.fail);
            out.open.extend(narrowed(verdict.open, &fails.negated()));
            held = held.or(verdict.pass.into_iter().next());
        }
        let held = held.map(|case| Case {
            guard: passes,
            ..case
        });
        out.pass.extend(held.filter(|case| !case.guard.is_never()));
        out
    }

    /// The verdict on at least one of several assertions; that none holds is shown where the first fails.
    pub(super) fn any(verdicts: Vec<Verdict>) -> Verdict {
        Verdict::all(verdicts.into_iter().map(Verdict::negated).collect()).negated()
    }

    /// Joins cases that show the same place, so that one mistake is one finding.
    pub(super) fn joined(cases: Vec<Case<Seen>>) -> Vec<Case<Seen>> {
        let mut out: Vec<Case<Seen>> = Vec::with_capacity(cases.len());
        for case in cases {
            let same = out
                .iter_mut()
                .find(|other| other.span == case.span && other.value.value == case.value.value);
            match same {
                Some(other) => {
                    other.guard = other.guard.or(&case.guard);
                    for label in case.value.related {
                        if !other.value.related.contains(&label) {
                            other.value.related.push(label);
                        }
                    }
                }
                None => out.push(case),
            }
        }
        out
    }
}
