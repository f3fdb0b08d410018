//! JSON v1: everything a run has to say, for programs.
//!
//! Lines and columns are 1-based, columns count UTF-16 code units, offsets count bytes, ends are exclusive. Within a schema
//! version members are only added. Times, hosts and absolute paths never appear.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::statistics::{self, Count};
use super::{Options, json_text};
use crate::diag::{Diagnostic, Label, Severity, Subject, SuppressionKind, When};
use crate::lint::Report;
use crate::lint::baseline::Entry;
use crate::rule::Rule;
use crate::source::{Position, Sources, Span};

/// The version of the document's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// Where the document's schema says it lives; `schemas/report-v1.json` is it.
const SCHEMA_ID: &str = "https://ecslint.dev/schemas/report-v1.json";

/// How many characters of source a location carries.
const SNIPPET_CHARS: usize = 200;
/// How many of them stand before the span when its line is cut.
const SNIPPET_LEAD_CHARS: usize = 40;

/// Writes the document and a line break.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(&Document::new(report, options), out)
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// Where the schema of the document says it lives.
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) schema_version: u32,
    pub(super) tool: Tool,
    pub(super) run: Run<'a>,
    pub(super) summary: Summary,
    /// In place of the findings, the undetermined checks and what is accepted, where `--statistics` asks for it: how often each
    /// rule speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statistics: Option<BTreeMap<&'a str, Count>>,
    /// Violations that stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) findings: Option<Vec<Finding<'a>>>,
    /// Checks that could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undetermined: Option<Vec<Finding<'a>>>,
    /// What kept the analysis from being complete.
    pub(super) errors: Vec<Failure<'a>>,
    /// Files that are no templates.
    pub(super) skipped: Vec<SkippedFile<'a>>,
    /// What is accepted: findings, and undetermined checks, which say `because`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suppressed: Option<Vec<Finding<'a>>>,
    /// Findings that the baseline knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baselined: Option<Vec<Finding<'a>>>,
    /// Entries of the baseline whose findings are gone.
    pub(super) stale: Vec<StaleEntry<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Run<'a> {
    /// False when an input could not be read or a rule crashed.
    complete: bool,
    exit_code: u8,
    /// The environments that the templates were checked in.
    environments: Vec<&'a str>,
    /// The rules that ran.
    rules: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Summary {
    findings: usize,
    error: usize,
    warning: usize,
    info: usize,
    undetermined: usize,
    suppressed: usize,
    baselined: usize,
    stale: usize,
    errors: usize,
    skipped: usize,
    templates: usize,
    /// How many of the templates are context: loaded so that references resolve, and reported on only where what was asked
    /// about has a part in it.
    context: usize,
    resources: usize,
    stacks: usize,
    rules: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Finding<'a> {
    id: &'a str,
    rule: RuleReference<'a>,
    severity: &'static str,
    confidence: &'static str,
    /// `baseline` for what the baseline knows, else `new`.
    origin: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    when: Condition<'a>,
    /// Stack paths; the empty one is a root stack.
    stacks: Vec<&'a str>,
    /// Names of environments; none in a run without, and for stacks outside of all.
    environments: Vec<&'a str>,
    /// What each environment makes of it, where they differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    occurrences: Vec<InEnvironment<'a>>,
    resource: Option<Resource<'a>>,
    location: Location<'a>,
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    because: Vec<Because<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<Acceptance<'a>>,
}

/// What one environment makes of a finding.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InEnvironment<'a> {
    /// None outside of all.
    environment: Option<&'a str>,
    severity: &'static str,
    confidence: &'static str,
    when: Condition<'a>,
    message: &'a str,
}

/// By what a finding is accepted.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Acceptance<'a> {
    kind: &'static str,
    by: &'a str,
    reason: Option<&'a str>,
    until: Option<&'a str>,
    /// The day on which a baseline took it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'a str>,
}

/// An entry of the baseline.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct StaleEntry<'a> {
    id: &'a str,
    rule: &'a str,
    path: &'a str,
    stack: &'a str,
    resource: &'a str,
    pointer: &'a str,
    message: &'a str,
    first_seen: String,
}

impl<'a> StaleEntry<'a> {
    fn new(entry: &'a Entry) -> Self {
        Self {
            id: &entry.id,
            rule: &entry.rule,
            path: &entry.path,
            stack: &entry.stack,
            resource: &entry.resource,
            pointer: &entry.pointer,
            message: &entry.message,
            first_seen: entry.first_seen.to_string(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RuleReference<'a> {
    name: &'a str,
    category: Option<&'static str>,
    url: Option<&'static str>,
    references: &'static [&'static str],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Condition<'a> {
    kind: &'static str,
    values: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Resource<'a> {
    logical_id: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    path: &'a str,
    stack_path: &'a str,
    cdk_path: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    start: Point,
    end: Point,
    snippet: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Related<'a> {
    role: &'static str,
    message: &'a str,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Because<'a> {
    reason: &'a str,
    settle: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Failure<'a> {
    /// `input` or `crash`.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    help: Option<&'a str>,
    location: Option<Location<'a>>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SkippedFile<'a> {
    path: &'a str,
    reason: &'static str,
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report, options: &Options) -> Self {
        let rules: BTreeMap<&str, &'static Rule> =
            report.rules.iter().map(|rule| (rule.name, *rule)).collect();
        let findings = |diagnostics: &'a [Diagnostic]| {
            let all = diagnostics.iter();
            let all = all.map(|diagnostic| finding(&report.sources, &rules, diagnostic));
            (!options.statistics).then(|| all.collect())
        };
        Self {
            schema: SCHEMA_ID,
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            run: Run {
                complete: report.errors.is_empty() && report.crashes.is_empty(),
                exit_code: options.exit_code,
                environments: report.environments.iter().map(|name| &**name).collect(),
                rules: report.rules.iter().map(|rule| rule.name).collect(),
            },
            summary: summary(report),
            statistics: options.statistics.then(|| statistics::counts(report)),
            findings: findings(&report.findings),
            undetermined: findings(&report.undetermined),
            errors: failures(report),
            skipped: report
                .skipped
                .iter()
                .map(|skipped| SkippedFile {
                    path: &skipped.path,
                    reason: skipped.reason,
                })
                .collect(),
            suppressed: findings(&report.suppressed),
            baselined: findings(&report.baselined),
            stale: report.stale.iter().map(StaleEntry::new).collect(),
        }
    }
}

fn summary(report: &Report) -> Summary {
    Summary {
        findings: report.findings.len(),
        error: report.count(Severity::Error),
        warning: report.count(Severity::Warning),
        info: report.count(Severity::Info),
        undetermined: report.undetermined.len(),
        suppressed: report.suppressed.len(),
        baselined: report.baselined.len(),
        stale: report.stale.len(),
        errors: report.errors.len() + report.crashes.len(),
        skipped: report.skipped.len(),
        templates: report.stats.templates,
        context: report.stats.context,
        resources: report.stats.resources,
        stacks: report.stats.stacks,
        rules: report.rules.len(),
    }
}

fn finding<'a>(
    sources: &'a Sources,
    rules: &BTreeMap<&str, &'static Rule>,
    diagnostic: &'a Diagnostic,
) -> Finding<'a> {
    let rule = rules.get(&*diagnostic.rule);
    Finding {
        id: &diagnostic.id,
        rule: RuleReference {
            name: &diagnostic.rule,
            category: rule.map(|rule| rule.category.as_str()),
            url: rule.map(|rule| rule.aws_page).filter(|url| !url.is_empty()),
            references: rule.map_or(&[], |rule| rule.references),
        },
        severity: diagnostic.severity.as_str(),
        confidence: diagnostic.confidence.as_str(),
        origin: match diagnostic
            .suppression
            .as_ref()
            .map(|suppression| suppression.kind)
        {
            Some(SuppressionKind::Baseline) => "baseline",
            _ => "new",
        },
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        when: condition(&diagnostic.when),
        stacks: diagnostic.stacks.iter().map(|stack| &**stack).collect(),
        environments: diagnostic.environment_names(),
        occurrences: occurrences(diagnostic),
        resource: diagnostic
            .subject
            .as_ref()
            .map(|subject| resource(sources, subject)),
        location: location(
            sources,
            diagnostic.primary.span,
            Some(diagnostic.pointer.as_str()).filter(|pointer| !pointer.is_empty()),
        ),
        related: related(sources, &diagnostic.related),
        because: diagnostic
            .because
            .iter()
            .map(|reason| Because {
                reason: &reason.text,
                settle: &reason.settle,
            })
            .collect(),
        suppression: diagnostic.suppression.as_ref().map(|suppression| Acceptance {
            kind: suppression.kind.as_str(),
            by: &suppression.by,
            reason: suppression.reason.as_deref(),
            until: suppression.until.as_deref(),
            since: suppression.since.as_deref(),
        }),
    }
}

/// What each environment makes of a finding, unless all of them make the same.
fn occurrences(diagnostic: &Diagnostic) -> Vec<InEnvironment<'_>> {
    if diagnostic.exceptions().next().is_none() {
        return Vec::new();
    }
    let environments = diagnostic.environments.iter();
    environments
        .map(|occurrence| InEnvironment {
            environment: occurrence.environment.as_deref(),
            severity: occurrence.severity.as_str(),
            confidence: occurrence.confidence.as_str(),
            when: condition(&occurrence.when),
            message: &occurrence.message,
        })
        .collect()
}

fn condition(when: &When) -> Condition<'_> {
    match when {
        When::Always => Condition {
            kind: "always",
            values: &[],
        },
        When::ByDefault(values) => Condition {
            kind: "by-default",
            values,
        },
        When::Sometimes(values) => Condition {
            kind: "sometimes",
            values,
        },
    }
}

fn resource<'a>(sources: &'a Sources, subject: &'a Subject) -> Resource<'a> {
    Resource {
        logical_id: &subject.logical_id,
        type_name: &subject.type_name,
        path: sources.get(subject.span.file).path(),
        stack_path: &subject.stack,
        cdk_path: subject.cdk_path.as_deref(),
    }
}

fn related<'a>(sources: &'a Sources, labels: &'a [Label]) -> Vec<Related<'a>> {
    labels
        .iter()
        .map(|label| Related {
            role: label.role.as_str(),
            message: &label.text,
            location: location(sources, label.span, None),
            resource: label.resource.as_ref().map(|subject| resource(sources, subject)),
        })
        .collect()
}

fn failures(report: &Report) -> Vec<Failure<'_>> {
    let inputs = report.errors.iter().map(|error| {
        let problem = error.problem.as_ref();
        Failure {
            kind: "input",
            path: Some(&error.path),
            rule: None,
            message: &error.message,
            detail: problem
                .map(|problem| problem.message.as_str())
                .filter(|message| *message != error.message),
            help: problem.and_then(|problem| problem.help.as_deref()),
            location: problem.map(|problem| location(&report.sources, problem.span, None)),
            related: problem.map_or_else(Vec::new, |problem| related(&report.sources, &problem.labels)),
        }
    });
    let crashes = report.crashes.iter().map(|crash| Failure {
        kind: "crash",
        path: None,
        rule: Some(&crash.rule),
        message: &crash.message,
        detail: None,
        help: None,
        location: None,
        related: Vec::new(),
    });
    inputs.chain(crashes).collect()
}

fn location<'a>(sources: &'a Sources, span: Span, pointer: Option<&'a str>) -> Location<'a> {
    let (start, end) = sources.positions(span);
    Location {
        path: sources.get(span.file).path(),
        pointer,
        start: point(start),
        end: point(end),
        snippet: snippet(sources, span, start, end),
    }
}

fn point(position: Position) -> Point {
    Point {
        line: position.line,
        column: position.column,
        offset: position.offset,
    }
}

/// The lines of a span, at most [`SNIPPET_CHARS`] characters; of a line too long for that, the part around the span's start.
fn snippet(sources: &Sources, span: Span, start: Position, end: Position) -> String {
    let source = sources.get(span.file);
    let (line_start, _) = source.line_range(start.line);
    let lead = source
        .text()
        .get(line_start as usize..start.offset as usize)
        .unwrap_or("");
    let cut = lead.char_indices().rev().nth(SNIPPET_LEAD_CHARS - 1);
    let span_chars = sources.text(span).chars().take(SNIPPET_CHARS).count();
    let lead_chars = lead.chars().take(SNIPPET_CHARS).count();
    let begin = match cut {
        Some((at, _)) if lead_chars + span_chars > SNIPPET_CHARS => line_start as usize + at,
        _ => line_start as usize,
    };
    let (_, line_end) = source.line_range(end.line);
    let text = source.text().get(begin..line_end as usize).unwrap_or("");
    let text = text.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}');
    text.chars().take(SNIPPET_CHARS).collect()
}

#[cfg(test)]
mod tests;
