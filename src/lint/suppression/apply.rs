//! Takes what is accepted out of the findings.

use rustc_hash::FxHashSet;

use super::index::Index;
use super::{Objection, Request, Requests, Terms, verdict};
use crate::diag::{Confidence, Diagnostic, Label, Occurrence, Outcome, Role, When};
use crate::rule::Rule;
use crate::source::{FileId, Str};

/// What happened in a run, as far as suppressions are judged by it.
pub(in crate::lint) struct Run<'r> {
    /// The rules that ran.
    pub(in crate::lint) rules: &'r [&'static Rule],
    /// The names of those that ran to their end on everything that was asked for.
    pub(in crate::lint) complete: FxHashSet<&'static str>,
    /// The templates that were asked about and are part of a stack.
    pub(in crate::lint) checked: FxHashSet<FileId>,
    /// The environments that were checked.
    pub(in crate::lint) environments: Vec<Str>,
    /// True when there is no other environment in which there may be something to say.
    pub(in crate::lint) is_everywhere: bool,
    /// The rules that could not decide something, with the files that has to do with.
    pub(in crate::lint) open: FxHashSet<(FileId, Str)>,
}

impl Run<'_> {
    /// True when the silence of a rule about a file means that there is nothing to say: it ran to its end, and had no question.
    pub(in crate::lint) fn is_decided(&self, file: FileId, rule: &str) -> bool {
        self.is_everywhere
            && self.complete.contains(rule)
            && self.checked.contains(&file)
            && !self.open.contains(&(file, rule.into()))
    }
}

/// What `diagnostics` leave open, for [`Run::open`].
pub(in crate::lint) fn open(diagnostics: &[Diagnostic]) -> FxHashSet<(FileId, Str)> {
    let undecided = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.outcome == Outcome::Undetermined);
    undecided
        .flat_map(|diagnostic| files(diagnostic).map(|file| (file, diagnostic.rule.clone())))
        .collect()
}

/// The diagnostics of a run, parted.
#[derive(Default)]
pub(in crate::lint) struct Parted {
    /// Those that stand.
    pub(in crate::lint) standing: Vec<Diagnostic>,
    /// Those that are accepted.
    pub(in crate::lint) suppressed: Vec<Diagnostic>,
    /// What is wrong with suppressions, without pointers and ids.
    pub(in crate::lint) objections: Vec<Diagnostic>,
}

/// Parts the diagnostics, whose pointers must be known. Order is kept.
pub(in crate::lint) fn apply(
    mut requests: Requests,
    diagnostics: Vec<Diagnostic>,
    terms: &Terms,
    run: &Run<'_>,
) -> Parted {
    let is_over = |request: &Request| request.until.is_some_and(|until| until < terms.today);
    let counts = |request: &Request| terms.allows(request.form()) && !is_over(request);
    let index = Index::new(&requests.requests, counts, |rule| !terms.is_protected(rule));
    let mut parted = Parted::default();
    let mut used: FxHashSet<usize> = FxHashSet::default();
    for diagnostic in diagnostics
        .into_iter()
        .flat_map(|diagnostic| split(diagnostic, &index))
    {
        let mut diagnostic = diagnostic;
        let accepting = index.accepting(&diagnostic);
        used.extend(&accepting);
        let first = accepting.first().and_then(|group| index.first(*group));
        match first.and_then(|at| requests.requests.get(at)) {
            Some(request) => {
                diagnostic.suppression = Some(request.suppression());
                parted.suppressed.push(diagnostic);
            }
            None => parted.standing.push(diagnostic),
        }
    }
    let used = index.used(&used);
    let verdicts = verdict::judge(&requests.requests, &used, terms, run);
    requests.objections.extend(verdicts);
    let objections = requests.objections.into_iter();
    parted.objections = objections
        .filter_map(|objection| diagnostic(objection, run.rules))
        .collect();
    parted
}

/// A diagnostic that is accepted in some of its environments only, parted into what is accepted and what stands.
fn split(diagnostic: Diagnostic, index: &Index<'_>) -> Vec<Diagnostic> {
    let is_accepted = |diagnostic: &Diagnostic| !index.accepting(diagnostic).is_empty();
    if !index.knows_environments || diagnostic.environments.len() < 2 || is_accepted(&diagnostic) {
        return vec![diagnostic];
    }
    let (accepted, standing): (Vec<Occurrence>, Vec<Occurrence>) =
        diagnostic.environments.iter().cloned().partition(|occurrence| {
            let alone = diagnostic.clone().within(vec![occurrence.clone()]);
            is_accepted(&alone)
        });
    let parts = [accepted, standing].into_iter().filter(|part| !part.is_empty());
    parts.map(|part| diagnostic.clone().within(part)).collect()
}

/// The files that a diagnostic speaks of.
fn files(diagnostic: &Diagnostic) -> impl Iterator<Item = FileId> {
    let related = diagnostic.related.iter().map(|label| label.span.file);
    let subject = diagnostic.subject.iter().map(|subject| subject.span.file);
    std::iter::once(diagnostic.primary.span.file)
        .chain(related)
        .chain(subject)
}

/// An objection as a finding, when its rule runs.
fn diagnostic(objection: Objection, rules: &[&'static Rule]) -> Option<Diagnostic> {
    let rule = rules.iter().find(|rule| rule.name == objection.rule)?;
    Some(Diagnostic {
        rule: rule.name.into(),
        outcome: Outcome::Violation,
        severity: objection.severity.unwrap_or(rule.severity),
        confidence: Confidence::High,
        message: objection.message,
        help: Some(objection.help),
        primary: Label {
            span: objection.place,
            text: objection.label.to_owned(),
            role: Role::Evidence,
            resource: None,
        },
        related: Vec::new(),
        when: When::Always,
        because: Vec::new(),
        secrets: Vec::new(),
        subject: None,
        stacks: Vec::new(),
        path: "".into(),
        pointer: String::new(),
        shape: String::new(),
        atom: objection.atom,
        id: String::new(),
        touched: true,
        suppression: None,
        environments: Vec::new(),
    })
}
