//! SARIF 2.1.0, in the shape GitHub code scanning and editors make the most of.
//!
//! Facts about GitHub are from "SARIF support for code scanning" (docs.github.com): only the first location counts, an alert
//! shows in a pull request only when all its lines are in the diff, rules that no longer run close no alert.

mod model;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::entry::{FirstLine, said};
use super::line_hash::line_hashes;
use super::{Options, catalogue, json_text, summary};
use crate::diag::{Diagnostic, Label, Outcome, Role, Severity, Suppression, SuppressionKind, When};
use crate::lint::{Report, Repository};
use crate::rule::{Profile, Rule};
use crate::source::{FileId, Sources, Span};
use model::{
    Acceptance, AcceptanceProperties, ArtifactLocation, AutomationDetails, CodeFlow, Configuration,
    DescriptorReference, Driver, Finding, FindingProperties, Fingerprints, Invocation, Location, Log,
    LogicalLocation, Notification, PhysicalLocation, PlainText, Region, RuleDescriptor, RuleProperties, Run,
    Text, ThreadFlow, ThreadFlowLocation, Tool, UriBase,
};

/// Where the schema says it lives.
const SCHEMA: &str =
    "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json";
/// GitHub refuses a run with more results.
const RESULTS_MAX: usize = 25_000;
/// Related locations of one result; GitHub reads no more.
const RELATED_MAX: usize = 100;
/// Locations of one thread flow; GitHub reads no more.
const FLOW_LOCATIONS_MAX: usize = 1_000;
/// Characters of a rule's descriptions; GitHub's limit.
const DESCRIPTION_CHARS_MAX: usize = 1024;
/// From so many pieces on, evidence is a flow; a place that the value passed through makes one alone.
const FLOW_EVIDENCE_MIN: usize = 2;
/// The name of the project root in locations.
const ROOT: &str = "%SRCROOT%";
/// The first exit code that says that the analysis is not complete.
const INCOMPLETE_FROM: u8 = 2;

/// Writes the log and a line break.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [run(report, options)],
    };
    json_text::write(&log, out)
}

fn run<'a>(report: &'a Report, options: &Options) -> Run<'a> {
    let candidates: Vec<&Diagnostic> = said(report, options).collect();
    let total = candidates.len();
    let chosen = most_severe(candidates, RESULTS_MAX);
    let cut = Cut {
        results: total - chosen.len(),
        related: chosen
            .iter()
            .filter(|chosen| chosen.related.len() > RELATED_MAX)
            .count(),
    };
    let mut results = Results::new(report, options.show_suppressed);
    Run {
        tool: Tool {
            driver: Driver {
                name: env!("CARGO_PKG_NAME"),
                semantic_version: env!("CARGO_PKG_VERSION"),
                information_uri: Some(env!("CARGO_PKG_REPOSITORY")).filter(|uri| !uri.is_empty()),
                rules: report.rules.iter().map(|rule| descriptor(rule)).collect(),
            },
        },
        automation_details: AutomationDetails {
            id: format!("{}/", options.category),
        },
        column_kind: "utf16CodeUnits",
        original_uri_base_ids: BTreeMap::from([(
            ROOT,
            UriBase {
                description: Text::from("The root of the project that was checked.".to_owned()),
            },
        )]),
        invocations: [Invocation {
            execution_successful: options.exit_code < INCOMPLETE_FROM,
            exit_code: options.exit_code,
            tool_execution_notifications: notifications(report, options, &cut),
        }],
        results: chosen
            .into_iter()
            .map(|diagnostic| results.finding(diagnostic))
            .collect(),
    }
}

/// At most `limit` diagnostics in their order; undetermined and mild ones are left out first.
fn most_severe(mut diagnostics: Vec<&Diagnostic>, limit: usize) -> Vec<&Diagnostic> {
    if diagnostics.len() <= limit {
        return diagnostics;
    }
    let mut ranked: Vec<(usize, &Diagnostic)> = diagnostics.drain(..).enumerate().collect();
    ranked.sort_by_key(|(at, diagnostic)| {
        let is_open = diagnostic.outcome == Outcome::Undetermined;
        (is_open, Reverse(diagnostic.severity), *at)
    });
    ranked.truncate(limit);
    ranked.sort_by_key(|(at, _)| *at);
    ranked.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

/// What the limits left out.
struct Cut {
    /// Results.
    results: usize,
    /// Results with fewer related locations than they have.
    related: usize,
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(rule: &'static Rule) -> RuleDescriptor {
    let docs = &rule.docs;
    let mut tags = vec![rule.category.as_str()];
    if rule.security_severity.is_some() {
        // GitHub shows the severity band only for rules that carry this tag.
        tags.push("security");
    }
    RuleDescriptor {
        id: rule.name,
        short_description: Text::from(cut_description(rule.summary)),
        full_description: Text::from(cut_description(docs.why)),
        help: Text {
            text: catalogue::text_without_examples(rule),
            markdown: Some(catalogue::markdown_without_examples(rule)),
        },
        help_uri: Some(rule.aws_page).filter(|url| !url.is_empty()),
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: RuleProperties {
            tags,
            precision: precision(rule.profile),
            security_severity: rule.security_severity.map(|number| format!("{number:.1}")),
        },
    }
}

/// How seldom a rule is wrong, by the profile that asks for it: the recommended one admits few false positives.
fn precision(profile: Profile) -> &'static str {
    match profile {
        Profile::Recommended | Profile::Strict => "high",
        Profile::All => "medium",
    }
}

fn cut_description(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION_CHARS_MAX {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(DESCRIPTION_CHARS_MAX - 1).collect();
    cut.push('…');
    cut
}

/// Results with what they share: the places of rules, the hashes of lines.
struct Results<'a> {
    report: &'a Report,
    rules: BTreeMap<&'a str, usize>,
    hashes: BTreeMap<FileId, Vec<String>>,
    /// True when results say whether they are suppressed: all of a run do, or none (3.27.23).
    says_suppressed: bool,
}

impl<'a> Results<'a> {
    fn new(report: &'a Report, says_suppressed: bool) -> Self {
        Self {
            says_suppressed,
            report,
            rules: report
                .rules
                .iter()
                .enumerate()
                .map(|(at, rule)| (rule.name, at))
                .collect(),
            hashes: BTreeMap::new(),
        }
    }

    fn finding(&mut self, diagnostic: &'a Diagnostic) -> Finding<'a> {
        let (kind, level) = match diagnostic.outcome {
            Outcome::Violation => ("fail", level(diagnostic.severity)),
            Outcome::Undetermined => ("open", "none"),
        };
        let related: Vec<Location> = diagnostic
            .related
            .iter()
            .take(RELATED_MAX)
            .enumerate()
            .map(|(at, label)| labelled(self.report, label, Some(at + 1)))
            .collect();
        let primary = Location {
            logical_locations: logical(diagnostic),
            ..labelled(self.report, &diagnostic.primary, None)
        };
        Finding {
            rule_id: &diagnostic.rule,
            rule_index: self.rules.get(&*diagnostic.rule).copied(),
            kind,
            level,
            message: Text::from(message(diagnostic)),
            code_flows: code_flows(self.report, diagnostic, &primary),
            locations: [primary],
            related_locations: related,
            suppressions: self.says_suppressed.then(|| {
                let suppression = diagnostic.suppression.as_ref();
                suppression.map(acceptance).into_iter().collect()
            }),
            partial_fingerprints: Fingerprints {
                primary_location_line_hash: self.line_hash(diagnostic.primary.span),
                finding_id: &diagnostic.id,
            },
            properties: FindingProperties {
                confidence: diagnostic.confidence.as_str(),
                stacks: diagnostic.stacks.iter().map(|stack| &**stack).collect(),
                environments: diagnostic.environment_names(),
            },
        }
    }

    fn line_hash(&mut self, span: Span) -> Option<String> {
        let source = self.report.sources.get(span.file);
        let hashes = self
            .hashes
            .entry(span.file)
            .or_insert_with(|| line_hashes(source.text()));
        let line = source.position(span.start).line as usize;
        hashes.get(line.checked_sub(1)?).cloned()
    }
}

fn acceptance(suppression: &Suppression) -> Acceptance<'_> {
    Acceptance {
        kind: match suppression.kind {
            SuppressionKind::Comment | SuppressionKind::Metadata => "inSource",
            SuppressionKind::Config | SuppressionKind::Baseline => "external",
        },
        justification: suppression.reason.as_deref(),
        properties: AcceptanceProperties {
            by: &suppression.by,
            until: suppression.until.as_deref(),
            since: suppression.since.as_deref(),
        },
    }
}

/// The message as the title, then the evidence with links into the related locations, the condition, the reasons, the advice.
fn message(diagnostic: &Diagnostic) -> String {
    let mut text = unlinked(&diagnostic.message);
    text.push('.');
    let links: Vec<String> = diagnostic
        .related
        .iter()
        .take(RELATED_MAX)
        .enumerate()
        .filter(|(_, label)| !label.text.is_empty())
        .map(|(at, label)| format!("[{}]({})", link_text(&label.text), at + 1))
        .collect();
    if !links.is_empty() {
        push_sentence(&mut text, format_args!("Evidence: {}", links.join(", ")));
    }
    if diagnostic.when != When::Always {
        push_sentence(
            &mut text,
            format_args!("Holds {}", unlinked(&diagnostic.when.to_string())),
        );
    }
    let environments = diagnostic.environment_names();
    if !environments.is_empty() {
        let names = environments.join(", ");
        push_sentence(&mut text, format_args!("In environment {}", unlinked(&names)));
    }
    for reason in &diagnostic.because {
        push_sentence(
            &mut text,
            format_args!("Undecided because {}", unlinked(&reason.text)),
        );
        if !reason.settle.is_empty() {
            push_sentence(&mut text, format_args!("To settle: {}", unlinked(&reason.settle)));
        }
    }
    if let Some(help) = &diagnostic.help {
        push_sentence(&mut text, format_args!("Fix: {}", unlinked(help)));
    }
    text
}

fn push_sentence(text: &mut String, sentence: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = write!(text, " {sentence}.");
}

/// Text of a template in which a viewer finds no link of its own: `[text](target)` is one in SARIF messages (3.11.6).
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// Text between the brackets of a link, escaped as 3.11.6 asks.
fn link_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '[' | ']') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The way of a value through templates, or the chain of evidence, to the primary place.
fn code_flows(report: &Report, diagnostic: &Diagnostic, primary: &Location) -> Vec<CodeFlow> {
    let mut steps: Vec<ThreadFlowLocation> = diagnostic
        .related
        .iter()
        .filter(|label| matches!(label.role, Role::Evidence | Role::Parent))
        .take(RELATED_MAX)
        .map(|label| ThreadFlowLocation {
            location: labelled(report, label, None),
        })
        .collect();
    let passed_through = diagnostic.related.iter().any(|label| label.role == Role::Parent);
    if steps.len() < FLOW_EVIDENCE_MIN && !passed_through {
        return Vec::new();
    }
    let mut last = primary.clone();
    last.message.get_or_insert_with(|| PlainText {
        text: unlinked(&diagnostic.message),
    });
    steps.push(ThreadFlowLocation { location: last });
    vec![CodeFlow {
        thread_flows: [ThreadFlow { locations: steps }],
    }]
}

fn labelled(report: &Report, label: &Label, id: Option<usize>) -> Location {
    Location {
        id,
        physical_location: physical(report, label.span),
        logical_locations: Vec::new(),
        message: (!label.text.is_empty()).then(|| PlainText {
            text: unlinked(&label.text),
        }),
    }
}

fn logical(diagnostic: &Diagnostic) -> Vec<LogicalLocation> {
    let Some(declaration) = diagnostic.declaration() else {
        return Vec::new();
    };
    let name = declaration.split_once('/').map(|(_, name)| name.to_owned());
    vec![LogicalLocation {
        name,
        fully_qualified_name: diagnostic.pointer.trim_start_matches('/').to_owned(),
        kind: "resource",
    }]
}

fn physical(report: &Report, span: Span) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(&report.repository, report.sources.get(span.file).path()),
        region: Some(region(&report.sources, span)),
    }
}

// A flow holds the related locations and the primary one.
const _: () = assert!(RELATED_MAX < FLOW_LOCATIONS_MAX);

/// The span, or its part on its first line.
fn region(sources: &Sources, span: Span) -> Region {
    let FirstLine {
        line,
        column,
        end_column,
    } = FirstLine::of(sources, span);
    Region {
        start_line: line,
        start_column: column,
        end_line: line,
        end_column,
    }
}

/// A path as a URI: relative to the root of the repository, or absolute when it lies elsewhere.
fn artifact(repository: &Repository, path: &str) -> ArtifactLocation {
    let uri = percent_encoded(&repository.path(path));
    if uri.starts_with('/') {
        ArtifactLocation {
            uri: format!("file://{uri}"),
            uri_base_id: None,
        }
    } else {
        ArtifactLocation {
            uri,
            uri_base_id: Some(ROOT),
        }
    }
}

/// Everything but the unreserved characters of RFC 3986 and `/` as `%XX`.
fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Inputs that could not be read, rules that crashed, what limits left out, and what most often kept a check undecided.
fn notifications(report: &Report, options: &Options, cut: &Cut) -> Vec<Notification> {
    let notification = |id, level, text: String| Notification {
        descriptor: DescriptorReference { id },
        level,
        message: Text::from(text),
        locations: Vec::new(),
    };
    let mut all = Vec::new();
    for error in &report.errors {
        let physical_location = match &error.problem {
            Some(problem) => physical(report, problem.span),
            None => PhysicalLocation {
                artifact_location: artifact(&report.repository, &error.path),
                region: None,
            },
        };
        all.push(Notification {
            locations: vec![Location {
                id: None,
                physical_location,
                logical_locations: Vec::new(),
                message: None,
            }],
            ..notification("input-error", "error", format!("{}.", unlinked(&error.message)))
        });
    }
    for crash in &report.crashes {
        let text = format!("Rule {} crashed: {}.", crash.rule, unlinked(&crash.message));
        all.push(notification("rule-crash", "error", text));
    }
    if cut.results > 0 {
        let text = format!(
            "{} left out: a run holds at most {RESULTS_MAX}.",
            summary::counted(cut.results, "result")
        );
        all.push(notification("results-cut", "warning", text));
    }
    if cut.related > 0 {
        let results = summary::counted(cut.related, "result");
        let text = format!("{results} cut to the first {RELATED_MAX} related locations.");
        all.push(notification("related-cut", "warning", text));
    }
    if !report.undetermined.is_empty() {
        let checks = summary::counted(report.undetermined.len(), "check");
        let hint = if options.show_undetermined {
            ""
        } else {
            "; --show-undetermined makes them results"
        };
        all.push(notification(
            "undetermined",
            "note",
            format!("{checks} undetermined{hint}."),
        ));
    }
    for reason in summary::top_reasons(report) {
        all.push(notification(
            "undetermined",
            "note",
            format!("{}.", unlinked(&reason)),
        ));
    }
    all
}

#[cfg(test)]
mod tests;
