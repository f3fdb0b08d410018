//! Takes what templates accept out of the findings.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Objection, Policy, Request, Requests, verdict};
use crate::diag::{Confidence, Diagnostic, Label, Outcome, Role, When};
use crate::rule::Rule;
use crate::source::FileId;

/// Atoms are IAM actions and the like, which have no case.
const ATOM: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: false,
    require_literal_separator: false,
    require_literal_leading_dot: false,
};

/// What happened in a run, as far as suppressions are judged by it.
pub(in crate::lint) struct Run<'r> {
    /// The rules that ran.
    pub(in crate::lint) rules: &'r [&'static Rule],
    /// The names of those that ran to their end on everything that was asked for.
    pub(in crate::lint) complete: FxHashSet<&'static str>,
    /// The templates that are part of a stack.
    pub(in crate::lint) checked: FxHashSet<FileId>,
}

/// The diagnostics of a run, parted.
#[derive(Default)]
pub(in crate::lint) struct Parted {
    /// Those that stand.
    pub(in crate::lint) standing: Vec<Diagnostic>,
    /// Those that a template accepts.
    pub(in crate::lint) suppressed: Vec<Diagnostic>,
    /// What is wrong with suppressions, without pointers and ids.
    pub(in crate::lint) objections: Vec<Diagnostic>,
}

/// The names of a request that have accepted something, by the positions of request and name.
pub(super) type Used = FxHashSet<(usize, usize)>;

/// Parts the diagnostics, whose pointers must be known. Order is kept.
pub(in crate::lint) fn apply(
    mut requests: Requests,
    diagnostics: Vec<Diagnostic>,
    policy: &Policy,
    run: &Run<'_>,
) -> Parted {
    let Policy::Honoured { today, .. } = policy else {
        return Parted {
            standing: diagnostics,
            ..Parted::default()
        };
    };
    let is_over = |request: &Request| request.until.is_some_and(|until| until < *today);
    let mut index: FxHashMap<(FileId, &str), Vec<(usize, usize)>> = FxHashMap::default();
    for (at, request) in requests
        .requests
        .iter()
        .enumerate()
        .filter(|(_, request)| !is_over(request))
    {
        for (name, wanted) in request.wanted.iter().enumerate() {
            for rule in &wanted.rules {
                let key = (request.scope.file(), *rule);
                index.entry(key).or_default().push((at, name));
            }
        }
    }
    let mut parted = Parted::default();
    let mut used = Used::default();
    let mut open: FxHashSet<(FileId, String)> = FxHashSet::default();
    for mut diagnostic in diagnostics {
        if diagnostic.outcome == Outcome::Undetermined {
            open.extend(files(&diagnostic).map(|file| (file, diagnostic.rule.to_string())));
        }
        let accepting = accepting(&diagnostic, &requests.requests, &index);
        used.extend(&accepting);
        match accepting.first().and_then(|(at, _)| requests.requests.get(*at)) {
            Some(request) => {
                diagnostic.suppression = Some(request.suppression());
                parted.suppressed.push(diagnostic);
            }
            None => parted.standing.push(diagnostic),
        }
    }
    let is_open = |file: FileId, rule: &str| open.contains(&(file, rule.to_owned()));
    let verdicts = verdict::judge(&requests.requests, &used, *today, run, &is_open);
    requests.objections.extend(verdicts);
    let objections = requests.objections.into_iter();
    parted.objections = objections
        .filter_map(|objection| diagnostic(objection, run.rules))
        .collect();
    parted
}

/// The requests that accept a diagnostic, in their order.
fn accepting(
    diagnostic: &Diagnostic,
    requests: &[Request],
    index: &FxHashMap<(FileId, &str), Vec<(usize, usize)>>,
) -> Vec<(usize, usize)> {
    let place = diagnostic.primary.span.file;
    let subject = diagnostic.subject.as_ref().map(|subject| subject.span.file);
    let files = std::iter::once(place).chain(subject.filter(|subject| *subject != place));
    let candidates = files.flat_map(|file| index.get(&(file, &*diagnostic.rule)).into_iter().flatten());
    let mut found: Vec<(usize, usize)> = candidates
        .copied()
        .filter(|(at, name)| {
            let request = requests.get(*at);
            request.is_some_and(|request| {
                let wanted = request.wanted.get(*name);
                let matching = wanted.and_then(|wanted| wanted.matching.as_ref());
                request.scope.covers(diagnostic)
                    && matching.is_none_or(|glob| is_match(glob, &diagnostic.atom))
            })
        })
        .collect();
    found.sort_unstable();
    found
}

/// True when a pattern matches an atom. An atom may list several things, such as the actions of a statement, with spaces
/// between them; a pattern without a space accepts it only when it accepts each.
fn is_match(glob: &glob::Pattern, atom: &str) -> bool {
    if glob.as_str().contains(' ') {
        return glob.matches_with(atom, ATOM);
    }
    atom.split(' ').all(|word| glob.matches_with(word, ATOM))
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
        pointer: String::new(),
        atom: objection.atom,
        id: String::new(),
        suppression: None,
    })
}
