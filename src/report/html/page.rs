//! What the page says, in the order of its template.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::filters::Filters;
use super::item::{File, files};
use crate::diag::Severity;
use crate::diagram::Picture;
use crate::lint::Report;
use crate::report::entry::{Entry, entries};
use crate::report::summary::{self, counts};
use crate::report::{Options, catalogue};
use crate::rule::Rule;

/// Up to this many entries are shown unfolded; a longer list is for finding one's way first.
const UNFOLDED_MAX: usize = 12;

/// The page.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    version: &'static str,
    /// `None` for a page that only draws.
    gate: Option<Gate>,
    /// "3 findings (1 error, 2 warnings) · 1 undetermined"
    total: String,
    counts: Vec<Count>,
    templates: Vec<&'a str>,
    resources: usize,
    stacks: usize,
    rules_run: Vec<&'static str>,
    skipped: Vec<Skipped<'a>>,
    reasons: Vec<Reason<'a>>,
    filters: Filters,
    files: Vec<File>,
    rules: Vec<RulePage>,
    /// How many entries there are.
    entries: usize,
    unfolded: bool,
    /// What the picture shows; its heading.
    view: Option<&'static str>,
    /// The environment in which things are as the picture shows them.
    environment: Option<String>,
    /// Why there is no picture, where one could be.
    undrawn: Option<String>,
}

/// How the run ends.
#[derive(Serialize)]
struct Gate {
    code: u8,
    word: &'static str,
    sentence: &'static str,
}

impl Gate {
    fn new(options: &Options) -> Self {
        let (word, sentence) = match options.exit_code {
            0 if options.is_excused => (
                "excused",
                "At least one finding is severe enough to fail the run, which was told to end well (--exit-zero).",
            ),
            0 => ("passed", "No finding is severe enough to fail the run."),
            1 => ("failed", "At least one finding is severe enough to fail the run."),
            3 => (
                "incomplete",
                "Not every input could be analysed; the findings below are those of the others.",
            ),
            _ => (
                "incomplete",
                "A rule crashed, which is a bug in ecslint; the other rules ran to their end.",
            ),
        };
        Self {
            code: options.exit_code,
            word,
            sentence,
        }
    }
}

/// A figure of the summary.
#[derive(Serialize)]
struct Count {
    word: &'static str,
    /// The class of what is counted, which has a shape of its own.
    class: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'static str,
}

/// Why checks could not be decided.
#[derive(Serialize)]
struct Reason<'a> {
    count: usize,
    text: &'a str,
    settle: &'a str,
}

/// The page of a rule, once for all its findings.
#[derive(Serialize)]
struct RulePage {
    name: &'static str,
    summary: &'static str,
    facts: String,
    sections: Vec<(&'static str, String)>,
    examples: Vec<(&'static str, String)>,
    references: &'static [&'static str],
    aws_page: &'static str,
    /// The page can be followed: a user's own rule may give any text for one.
    is_link: bool,
}

impl RulePage {
    fn new(rule: &'static Rule) -> Self {
        Self {
            name: rule.name,
            summary: rule.summary,
            facts: catalogue::facts(rule),
            sections: catalogue::sections(rule).collect(),
            examples: catalogue::examples(rule)
                .map(|(title, example)| (title, example.text))
                .collect(),
            references: rule.references,
            aws_page: rule.aws_page,
            is_link: ["https://", "http://"]
                .iter()
                .any(|scheme| rule.aws_page.starts_with(scheme)),
        }
    }
}

impl<'a> Page<'a> {
    /// The page about a run; without `gate` about a picture and what the rules say of it.
    pub(super) fn new(
        report: &'a Report,
        options: &Options,
        picture: Option<&Picture>,
        with_gate: bool,
    ) -> Self {
        // The words of a page, whatever the terminal of the run can show.
        let options = &Options {
            color: false,
            ascii: false,
            hyperlinks: false,
            ..options.clone()
        };
        let entries = entries(report, options);
        let filters = Filters::new(&entries);
        let rules = rules_of(report, &entries);
        let skipped = report.skipped.iter().map(|skipped| Skipped {
            path: &skipped.path,
            reason: skipped.reason,
        });
        let templates = report.templates.iter().map(|file| report.sources.get(*file));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            gate: with_gate.then(|| Gate::new(options)),
            total: counts(report, options),
            counts: figures(report),
            templates: templates.map(|source| &**source.path()).collect(),
            resources: report.stats.resources,
            stacks: report.stats.stacks,
            rules_run: report.rules.iter().map(|rule| rule.name).collect(),
            skipped: skipped.collect(),
            reasons: reasons(report),
            files: files(report, &entries, &filters, &rules, picture, options),
            rules: rules.iter().map(|rule| RulePage::new(rule)).collect(),
            entries: entries.len(),
            unfolded: entries.len() <= UNFOLDED_MAX,
            filters,
            view: picture.map(|picture| picture.view.as_str()),
            environment: picture.and_then(Picture::environment).map(str::to_owned),
            undrawn: report
                .picture
                .as_ref()
                .filter(|_| picture.is_none())
                .map(|picture| format!("{} things are too many for one page; `ecslint graph PATH -f svg` draws a part of them", picture.nodes.len())),
        }
    }
}

/// The figures that are not zero, and those a reader looks for when they are.
fn figures(report: &Report) -> Vec<Count> {
    let all = [
        ("errors", "error", report.count(Severity::Error), true),
        ("warnings", "warning", report.count(Severity::Warning), true),
        ("info", "info", report.count(Severity::Info), true),
        ("undetermined", "undetermined", report.undetermined.len(), true),
        ("suppressed", "accepted", report.suppressed.len(), false),
        ("in the baseline", "accepted", report.baselined.len(), false),
        ("inputs not analysed", "error", report.errors.len(), false),
        ("rules crashed", "error", report.crashes.len(), false),
    ];
    let shown = all
        .into_iter()
        .filter(|(.., count, always)| *always || *count > 0);
    shown
        .map(|(word, class, count, _)| Count { word, class, count })
        .collect()
}

/// All reasons for undecided checks, the most frequent first.
fn reasons(report: &Report) -> Vec<Reason<'_>> {
    let ranked = summary::ranked_reasons(report).into_iter();
    let shown = ranked.map(|(reason, count)| Reason {
        count,
        text: &reason.text,
        settle: &reason.settle,
    });
    shown.collect()
}

/// The rules that entries name, by name.
fn rules_of(report: &Report, entries: &[Entry<'_>]) -> Vec<&'static Rule> {
    let spoken = entries.iter().filter(|entry| entry.diagnostic.is_some());
    let named: BTreeSet<&str> = spoken.map(|entry| entry.check).collect();
    let rules = report.rules.iter().filter(|rule| named.contains(rule.name));
    let by_name: BTreeMap<&str, &'static Rule> = rules.map(|rule| (rule.name, *rule)).collect();
    by_name.into_values().collect()
}
