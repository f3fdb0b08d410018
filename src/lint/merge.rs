//! What several stacks or environments have in common, said once.

use indexmap::IndexMap;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Outcome};
use crate::source::{Sources, Span, Str};

/// Sorts, and merges what several stacks made from one template have in common.
pub(super) fn merge(diagnostics: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for diagnostic in sorted(diagnostics, sources) {
        match out.last_mut() {
            Some(last) if is_same(last, &diagnostic) => {
                for stack in diagnostic.stacks {
                    if !last.stacks.contains(&stack) {
                        last.stacks.push(stack);
                    }
                }
                for reason in diagnostic.because {
                    if !last.because.contains(&reason) {
                        last.because.push(reason);
                    }
                }
                last.confidence = last.confidence.max(diagnostic.confidence);
                last.touched |= diagnostic.touched;
            }
            _ => out.push(diagnostic),
        }
    }
    out.iter_mut().for_each(|diagnostic| diagnostic.stacks.sort());
    out
}

/// The diagnostics by path, place, rule and words.
pub(super) fn sorted(mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    diagnostics.par_sort_by(|left, right| {
        let key = |diagnostic: &Diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end);
        let path = |diagnostic: &Diagnostic| sources.get(diagnostic.primary.span.file).path();
        path(left)
            .cmp(path(right))
            .then_with(|| key(left).cmp(&key(right)))
            .then_with(|| left.rule.cmp(&right.rule))
            .then_with(|| left.outcome.cmp(&right.outcome))
            .then_with(|| left.message.cmp(&right.message))
            .then_with(|| right.severity.cmp(&left.severity))
            .then_with(|| left.when.cmp(&right.when))
            .then_with(|| left.atom.cmp(&right.atom))
            .then_with(|| left.stacks.cmp(&right.stacks))
            .then_with(|| left.related.cmp(&right.related))
    });
    diagnostics
}

fn is_same(left: &Diagnostic, right: &Diagnostic) -> bool {
    left.rule == right.rule
        && left.outcome == right.outcome
        && left.severity == right.severity
        && left.primary.span == right.primary.span
        && left.message == right.message
        && left.when == right.when
        && left.atom == right.atom
}

/// What tells the diagnostics of a rule apart, whatever the environment.
type Key = (Str, Outcome, Span, Option<Str>, String);

fn key(diagnostic: &Diagnostic) -> Key {
    (
        diagnostic.rule.clone(),
        diagnostic.outcome,
        diagnostic.primary.span,
        diagnostic
            .subject
            .as_ref()
            .map(|subject| subject.logical_id.clone()),
        diagnostic.atom.clone(),
    )
}

/// Merges what the environments have in common: one diagnostic for each violation or open question at a place, with the
/// environments in which it holds. Where they differ in words, in when it holds or in how bad it is, the diagnostic says
/// what the worst of them does, and keeps what the others do.
pub(super) fn joined(found: Vec<(Option<Str>, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    if found.iter().all(|(environment, _)| environment.is_none()) {
        return found
            .into_iter()
            .flat_map(|(_, diagnostics)| diagnostics)
            .collect();
    }
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut known: FxHashMap<Key, Vec<usize>> = FxHashMap::default();
    for (environment, diagnostics) in found {
        let mut new: IndexMap<Key, Vec<Diagnostic>> = IndexMap::new();
        for mut diagnostic in diagnostics {
            diagnostic.environments = vec![diagnostic.occurrence(environment.clone())];
            new.entry(key(&diagnostic)).or_default().push(diagnostic);
        }
        for (key, diagnostics) in new {
            let known = known.entry(key).or_default();
            let mut open = known.clone();
            let mut rest = Vec::new();
            for diagnostic in diagnostics {
                let same = open.iter().position(|at| out[*at].message == diagnostic.message);
                match same {
                    Some(at) => join(&mut out[open.remove(at)], diagnostic),
                    None => rest.push(diagnostic),
                }
            }
            // One is left on each side: the same thing with other names or values in its words.
            let is_pair = open.len() == 1 && rest.len() == 1;
            for diagnostic in rest {
                match open.first().filter(|_| is_pair) {
                    Some(at) => join(&mut out[*at], diagnostic),
                    None => {
                        known.push(out.len());
                        out.push(diagnostic);
                    }
                }
            }
        }
    }
    out
}

/// Takes in what other environments make of a diagnostic.
fn join(merged: &mut Diagnostic, mut other: Diagnostic) {
    let mut environments = std::mem::take(&mut merged.environments);
    environments.append(&mut other.environments);
    if other.occurrence(None).badness() > merged.occurrence(None).badness() {
        std::mem::swap(merged, &mut other);
    }
    merged.environments = environments;
    merged.touched |= other.touched;
    for stack in other.stacks {
        if !merged.stacks.contains(&stack) {
            merged.stacks.push(stack);
        }
    }
    merged.stacks.sort();
    for reason in other.because {
        if !merged.because.contains(&reason) {
            merged.because.push(reason);
        }
    }
}
