//! Three-valued answers to assertions, each with when it holds and where it is seen.

use crate::diag::Label;
use crate::eval::{Case, Guard, Unknown, when_any};
use crate::source::Str;

/// What was seen where an assertion was decided.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The value, where there is one.
    pub(super) value: Option<Str>,
    /// What is wrong, in the words of the assertion that failed.
    pub(super) says: Option<Str>,
    /// The references that led there.
    pub(super) related: Vec<Label>,
}

/// Why an assertion could not be decided.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    /// What is not known.
    pub(super) reason: Unknown,
    /// What would be wrong, in the words of the assertion.
    pub(super) says: Option<Str>,
}

impl From<Unknown> for Doubt {
    fn from(reason: Unknown) -> Self {
        Doubt { reason, says: None }
    }
}

/// When an assertion holds, when it fails, and when and why it is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// Where it holds.
    pub(super) pass: Vec<Case<Seen>>,
    /// Where it fails.
    pub(super) fail: Vec<Case<Seen>>,
    /// Where it is not known.
    pub(super) open: Vec<Case<Doubt>>,
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
        let failed = when_any(&self.fail);
        let undecided = failed.or(&when_any(&self.open));
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
        let fails = Guard::any(verdicts.iter().map(|verdict| when_any(&verdict.fail)));
        let passes = Guard::all(verdicts.iter().map(|verdict| when_any(&verdict.pass)));
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

    /// Joins cases that show the same place, so that one mistake is one finding, and several at one place are one finding
    /// that lists them, unless they hold at different times.
    pub(super) fn joined(cases: Vec<Case<Seen>>) -> Vec<Case<Seen>> {
        let mut out: Vec<Case<Seen>> = Vec::with_capacity(cases.len());
        for case in cases {
            let same = out.iter_mut().find(|other| {
                other.span == case.span
                    && other.value.value == case.value.value
                    && other.value.says == case.value.says
            });
            match same {
                Some(other) => {
                    other.guard = other.guard.or(&case.guard);
                    other.value.add_related(case.value.related);
                }
                None => out.push(case),
            }
        }
        listed(out)
    }
}

impl Seen {
    fn add_related(&mut self, labels: Vec<Label>) {
        for label in labels {
            if !self.related.contains(&label) {
                self.related.push(label);
            }
        }
    }
}

/// Joins the words of cases that show the same place and hold at the same time.
fn listed(cases: Vec<Case<Seen>>) -> Vec<Case<Seen>> {
    let mut out: Vec<(Case<Seen>, Vec<Str>)> = Vec::with_capacity(cases.len());
    for case in cases {
        let same = out.iter_mut().find(|(other, says)| {
            !says.is_empty()
                && case.value.says.is_some()
                && other.span == case.span
                && other.guard == case.guard
        });
        match same {
            Some((other, says)) => {
                says.extend(case.value.says);
                other.value.add_related(case.value.related);
            }
            None => {
                let says = case.value.says.iter().cloned().collect();
                out.push((case, says));
            }
        }
    }
    let written = |(mut case, says): (Case<Seen>, Vec<Str>)| {
        case.value.says = enumerated(&says, "and");
        case
    };
    out.into_iter().map(written).collect()
}

/// "a", "a and b", "a, b and c".
pub(super) fn enumerated(words: &[Str], conjunction: &str) -> Option<Str> {
    match words {
        [] => None,
        [only] => Some(only.clone()),
        [first @ .., last] => Some(format!("{} {conjunction} {last}", first.join(", ")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn failed(start: u32, says: Option<&str>) -> Case<Seen> {
        let seen = Seen {
            says: says.map(Str::from),
            ..Seen::default()
        };
        Case::new(seen, Span::new(FileId(0), start, start + 1))
    }

    fn said(cases: Vec<Case<Seen>>) -> Vec<Option<String>> {
        let joined = Verdict::joined(cases).into_iter();
        joined
            .map(|case| case.value.says.map(|says| says.to_string()))
            .collect()
    }

    #[test]
    fn mistakes_at_one_place_are_one_finding_that_lists_them() {
        let cases = vec![
            failed(0, Some("a")),
            failed(4, Some("x")),
            failed(0, Some("b")),
            failed(0, Some("c")),
            failed(0, Some("b")),
        ];
        assert_eq!(said(cases), [Some("a, b and c".to_owned()), Some("x".to_owned())]);
    }

    #[test]
    fn mistakes_that_hold_at_different_times_are_not_listed_together() {
        let never = failed(0, Some("b")).when(&Guard::False);
        assert_eq!(said(vec![failed(0, Some("a")), never]).len(), 2);
        assert_eq!(said(vec![failed(0, None), failed(0, Some("a"))]).len(), 2);
    }
}
