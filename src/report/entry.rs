//! What a report says, one entry each, in the shape that lists of problems share: a severity, a place, a sentence, and the
//! facts behind it. Text is as templates have it; every format escapes it for itself.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Options, summary};
use crate::diag::{Confidence, Diagnostic, Label, Occurrence, Outcome, Severity, When};
use crate::lint::{Crash, InputError, Report};
use crate::source::{Sources, Span};

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A violation.
    Finding,
    /// A check that could not be decided.
    Undetermined,
    /// A violation or an undetermined check that is accepted.
    Accepted,
    /// An input that could not be read or parsed.
    Input,
    /// A rule that crashed.
    Crash,
}

/// One more fact of an entry: `help` and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// A word or two, lower case.
    pub(super) key: &'static str,
    /// Where it is to be seen, when that is not the place of the entry.
    pub(super) span: Option<Span>,
    /// As templates have it.
    pub(super) text: String,
}

impl Detail {
    fn new(key: &'static str, text: impl Into<String>) -> Self {
        Self {
            key,
            span: None,
            text: text.into(),
        }
    }

    /// The place, where there is one, and the text.
    pub(super) fn text(&self, sources: &Sources) -> String {
        match self.span {
            Some(span) => format!("{} {}", place(sources, span), self.text)
                .trim_end()
                .to_owned(),
            None => self.text.clone(),
        }
    }
}

/// One thing that a report says.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) kind: Kind,
    /// The rule's name; `input-error` and `rule-crash`, as in SARIF, where no rule speaks.
    pub(super) check: &'a str,
    /// Info for a check that could not be decided and for what is accepted, however bad its violation would be; error for what
    /// kept the analysis from being complete.
    pub(super) severity: Severity,
    /// Without a leading `./`; a crash has no place.
    pub(super) path: Option<&'a str>,
    /// A file that could not be read has a path and no span.
    pub(super) span: Option<Span>,
    /// One sentence, lower case, no full stop.
    pub(super) message: Cow<'a, str>,
    /// The finding's id; for other entries a hash of what they say.
    pub(super) id: Cow<'a, str>,
    /// Other places that matter.
    pub(super) related: &'a [Label],
    /// In the order in which they are to be read.
    pub(super) details: Vec<Detail>,
    /// What the entry is made from, unless it is an error.
    pub(super) diagnostic: Option<&'a Diagnostic>,
}

/// Everything a report says: findings, undetermined checks and what is accepted where they are wanted, errors, crashes.
pub(super) fn entries<'a>(report: &'a Report, options: &Options) -> Vec<Entry<'a>> {
    said(report, options)
        .map(|diagnostic| Entry::diagnostic(report, diagnostic))
        .chain(failures(report))
        .collect()
}

/// The findings, then the undetermined checks and what is accepted, where they are wanted.
pub(super) fn said<'a>(report: &'a Report, options: &Options) -> impl Iterator<Item = &'a Diagnostic> {
    let undetermined = report.undetermined.iter().filter(|_| options.show_undetermined);
    let accepted = accepted(report).filter(|_| options.show_suppressed);
    report.findings.iter().chain(undetermined).chain(accepted)
}

/// What is suppressed, and what the baseline knows.
pub(super) fn accepted(report: &Report) -> impl Iterator<Item = &Diagnostic> {
    report.suppressed.iter().chain(&report.baselined)
}

/// What kept the analysis from being complete.
pub(super) fn failures(report: &Report) -> impl Iterator<Item = Entry<'_>> {
    let errors = report.errors.iter().map(Entry::input);
    errors.chain(report.crashes.iter().map(Entry::crash))
}

/// The same entries, errors first; the order within a severity stays.
pub(super) fn most_severe_first(mut entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    entries.sort_by_key(|entry| Reverse(entry.severity));
    entries
}

/// Entries by path, sorted; those without a path are left out.
pub(super) fn by_path<'e, 'a>(entries: &'e [Entry<'a>]) -> BTreeMap<&'a str, Vec<&'e Entry<'a>>> {
    let mut files: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in entries {
        if let Some(path) = entry.path {
            files.entry(path).or_default().push(entry);
        }
    }
    files
}

impl<'a> Entry<'a> {
    pub(super) fn diagnostic(report: &'a Report, diagnostic: &'a Diagnostic) -> Self {
        let span = diagnostic.primary.span;
        let (kind, severity) = match (&diagnostic.suppression, diagnostic.outcome) {
            (Some(_), _) => (Kind::Accepted, Severity::Info),
            (None, Outcome::Violation) => (Kind::Finding, diagnostic.severity),
            (None, Outcome::Undetermined) => (Kind::Undetermined, Severity::Info),
        };
        Self {
            kind,
            check: &diagnostic.rule,
            severity,
            path: Some(relative(report.sources.get(span.file).path())),
            span: Some(span),
            message: Cow::Borrowed(&diagnostic.message),
            id: Cow::Borrowed(&diagnostic.id),
            related: &diagnostic.related,
            details: details(diagnostic),
            diagnostic: Some(diagnostic),
        }
    }

    fn input(error: &'a InputError) -> Self {
        let problem = error.problem.as_ref();
        let related = problem.map_or(&[][..], |problem| &problem.labels);
        let mut details = Vec::new();
        if let Some(problem) = problem.filter(|problem| problem.message != error.message) {
            details.push(Detail::new("here", &problem.message));
        }
        details.extend(places("see", related));
        let help = problem.and_then(|problem| problem.help.as_ref());
        details.extend(help.map(|help| Detail::new("help", help)));
        let path = relative(&error.path);
        let detail = problem.map_or("", |problem| &problem.message);
        Self {
            kind: Kind::Input,
            check: "input-error",
            severity: Severity::Error,
            path: Some(path),
            span: problem.map(|problem| problem.span),
            message: Cow::Borrowed(&error.message),
            id: Cow::Owned(digest(&["input-error", path, &error.message, detail])),
            related,
            details,
            diagnostic: None,
        }
    }

    fn crash(crash: &'a Crash) -> Self {
        Self {
            kind: Kind::Crash,
            check: "rule-crash",
            severity: Severity::Error,
            path: None,
            span: None,
            message: Cow::Owned(format!("rule `{}` crashed: {}", crash.rule, crash.message)),
            id: Cow::Owned(digest(&["rule-crash", &crash.rule])),
            related: &[],
            details: vec![Detail::new(
                "help",
                "this is a bug in ecslint; the other rules ran to their end",
            )],
            diagnostic: None,
        }
    }

    /// The path from the root of the repository, by which code hosts know the file.
    pub(super) fn repository_path(&self, report: &Report) -> Option<String> {
        self.path.map(|path| report.repository.path(path))
    }

    /// `error`, `warning`, `info`, `undetermined`, or one of them behind `suppressed` or `baselined`.
    pub(super) fn word(&self) -> String {
        match self.diagnostic {
            Some(diagnostic) => summary::word(diagnostic),
            None => self.severity.to_string(),
        }
    }

    /// The message, with the word in front where no severity can say that nothing was decided or that it is accepted.
    pub(super) fn title(&self) -> String {
        match self.kind {
            Kind::Undetermined | Kind::Accepted => format!("{}: {}", self.word(), self.message),
            Kind::Finding | Kind::Input | Kind::Crash => self.message.to_string(),
        }
    }

    /// `path:line:col`, as much of it as there is.
    pub(super) fn place(&self, sources: &Sources) -> Option<String> {
        match self.span {
            Some(span) => Some(place(sources, span)),
            None => self.path.map(str::to_owned),
        }
    }

    /// The title and every detail.
    pub(super) fn lines(&self, sources: &Sources) -> Vec<String> {
        let details = self.details.iter();
        let details = details.map(|detail| format!("{}: {}", detail.key, detail.text(sources)));
        std::iter::once(self.title()).chain(details).collect()
    }
}

/// What there is to know of a diagnostic beside its message.
fn details(diagnostic: &Diagnostic) -> Vec<Detail> {
    let mut out = Vec::new();
    if !diagnostic.primary.text.is_empty() {
        out.push(Detail::new("here", &diagnostic.primary.text));
    }
    out.extend(places("because", &diagnostic.related));
    for reason in &diagnostic.because {
        out.push(Detail::new("because", &reason.text));
        if !reason.settle.is_empty() {
            out.push(Detail::new("to settle", &reason.settle));
        }
    }
    if let [only] = diagnostic.stacks.as_slice()
        && !only.is_empty()
    {
        out.push(Detail::new("stack", stack_name(only)));
    }
    let environments = diagnostic.environment_names();
    if !environments.is_empty() {
        out.push(Detail::new("env", environments.join(", ")));
    }
    out.extend(validity(diagnostic));
    if let Some(suppression) = &diagnostic.suppression {
        out.push(Detail::new("accepted by", summary::accepted(suppression)));
    }
    out.extend(diagnostic.help.as_ref().map(|help| Detail::new("help", help)));
    out
}

/// Related places with what is to be seen there, each said once: a loop makes several resources of one place.
fn places(key: &'static str, labels: &[Label]) -> Vec<Detail> {
    let mut out: Vec<Detail> = Vec::new();
    for label in labels {
        let detail = Detail {
            span: Some(label.span),
            ..Detail::new(key, &label.text)
        };
        if !out.contains(&detail) {
            out.push(detail);
        }
    }
    out
}

/// When and where a diagnostic holds, and how sure that is.
pub(super) fn validity(diagnostic: &Diagnostic) -> Vec<Detail> {
    let mut out = Vec::new();
    match &diagnostic.when {
        When::Always => {}
        When::ByDefault(values) if values.is_empty() => out.push(Detail::new("when", "by default")),
        When::ByDefault(values) => out.push(Detail::new("by default", values.join(", "))),
        When::Sometimes(values) if values.is_empty() => {
            out.push(Detail::new("when", "in some deployments"));
        }
        When::Sometimes(values) => out.push(Detail::new("when", values.join(" and "))),
    }
    if diagnostic.stacks.len() > 1 {
        let stacks: Vec<_> = diagnostic.stacks.iter().map(|path| stack_name(path)).collect();
        out.push(Detail::new("stacks", stacks.join(", ")));
    }
    if diagnostic.outcome == Outcome::Violation && diagnostic.confidence < Confidence::High {
        out.push(Detail::new("confidence", diagnostic.confidence.as_str()));
    }
    out.extend(diagnostic.exceptions().map(|it| exception(diagnostic, it)));
    out
}

/// What an environment makes of a diagnostic that says what another one does.
fn exception(diagnostic: &Diagnostic, other: &Occurrence) -> Detail {
    let mut said: Vec<String> = Vec::new();
    if other.severity != diagnostic.severity {
        said.push(other.severity.to_string());
    }
    if other.message != diagnostic.message {
        said.push(other.message.clone());
    }
    if other.when != diagnostic.when {
        said.push(other.when.to_string());
    }
    if diagnostic.outcome == Outcome::Violation && other.confidence != diagnostic.confidence {
        said.push(format!("{} confidence", other.confidence.as_str()));
    }
    let name = other.environment.as_deref().unwrap_or("outside of environments");
    Detail::new("but in", format!("{name}: {}", said.join(", ")))
}

/// A stack path as people write it: `root`, `root/Service`.
pub(super) fn stack_name(path: &str) -> String {
    if path.is_empty() {
        "root".to_owned()
    } else {
        format!("root/{path}")
    }
}

/// `path:line:col` of a span's start.
pub(super) fn place(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.file);
    let position = source.position(span.start);
    format!("{}:{}:{}", source.path(), position.line, position.column)
}

/// A path without the `./` that means nothing.
pub(super) fn relative(path: &str) -> &str {
    path.trim_start_matches("./")
}

/// The part of a span on its first line: GitHub shows what spans lines in a pull request only when all of them changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FirstLine {
    /// 1-based.
    pub(super) line: u32,
    /// 1-based, in UTF-16 code units.
    pub(super) column: u32,
    /// Exclusive, at least `column`.
    pub(super) end_column: u32,
}

impl FirstLine {
    pub(super) fn of(sources: &Sources, span: Span) -> Self {
        let source = sources.get(span.file);
        let (start, end) = sources.positions(span);
        let end_column = if end.line == start.line {
            end.column
        } else {
            source.line(start.line).encode_utf16().count() as u32 + 1
        };
        Self {
            line: start.line,
            column: start.column,
            end_column: end_column.max(start.column),
        }
    }
}

/// 16 hexadecimal digits that stand for what an entry says.
fn digest(pieces: &[&str]) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update(piece.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn shown() -> Options {
        Options {
            show_undetermined: true,
            ..Options::default()
        }
    }

    #[test]
    fn everything_a_report_says_is_an_entry() {
        let report = sample::report();
        let kinds = |options: &Options| -> Vec<Kind> {
            entries(&report, options).iter().map(|entry| entry.kind).collect()
        };
        let (finding, error) = (Kind::Finding, Kind::Input);
        let all = [
            finding,
            finding,
            finding,
            finding,
            Kind::Undetermined,
            error,
            error,
            Kind::Crash,
        ];
        assert_eq!(kinds(&shown()), all);
        assert!(!kinds(&Options::default()).contains(&Kind::Undetermined));
    }

    #[test]
    fn ids_differ() {
        let report = sample::report();
        let entries: Vec<_> = failures(&report).collect();
        let ids: std::collections::BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
        assert_eq!(ids.len(), entries.len());
        assert!(ids.iter().all(|id| id.len() == 16));
    }

    #[test]
    fn the_most_severe_come_first_and_the_rest_keeps_its_order() {
        let report = sample::report();
        let order: Vec<_> = most_severe_first(entries(&report, &shown()))
            .iter()
            .map(|entry| (entry.severity, entry.kind))
            .collect();
        assert!(order.is_sorted_by_key(|(severity, _)| Reverse(*severity)));
        assert_eq!(order[0], (Severity::Error, Kind::Finding));
        assert_eq!(order.last(), Some(&(Severity::Info, Kind::Undetermined)));
    }

    #[test]
    fn a_place_is_said_once() {
        let report = sample::report();
        let mut finding = report.findings[2].clone();
        let before = details(&finding).len();
        let again = finding.related.clone();
        finding.related.extend(again);
        assert_eq!(details(&finding).len(), before);
    }

    #[test]
    fn paths_lose_what_means_nothing() {
        assert_eq!(relative("./a/./b.yaml"), "a/./b.yaml");
        assert_eq!(relative("../a.yaml"), "../a.yaml");
    }
}
