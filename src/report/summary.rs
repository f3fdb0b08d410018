//! The figures at the end of the human formats, and the reasons that most often keep a check undecided.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::Options;
use super::terminal::{Terminal, visible};
use crate::diag::{Diagnostic, Outcome, Reason, Severity, Suppression, SuppressionKind};
use crate::lint::Report;

/// How many reasons are named; the first few settle most checks.
const REASONS_MAX: usize = 3;

/// Runs shorter than this are timed in milliseconds.
const SECONDS_FROM: Duration = Duration::from_secs(10);

/// "1 finding", "2 findings".
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// "3 findings (1 error, 2 warnings) · 1 undetermined (--show-undetermined)".
pub(super) fn counts(report: &Report, options: &Options) -> String {
    let mut parts = vec![findings(report)];
    if !report.suppressed.is_empty() {
        parts.push(format!("{} suppressed", report.suppressed.len()));
    }
    if !report.baselined.is_empty() {
        parts.push(format!("{} in the baseline", report.baselined.len()));
    }
    if !report.undetermined.is_empty() {
        let hint = if options.show_undetermined {
            ""
        } else {
            " (--show-undetermined)"
        };
        parts.push(format!("{} undetermined{hint}", report.undetermined.len()));
    }
    if !report.errors.is_empty() {
        parts.push(format!("{} not analysed", counted(report.errors.len(), "input")));
    }
    if !report.crashes.is_empty() {
        parts.push(format!("{} crashed", counted(report.crashes.len(), "rule")));
    }
    parts.join(Terminal::new(options).dot())
}

/// The word that a finding or check begins with: "error", "undetermined", "suppressed error", "baselined error".
pub(super) fn word(diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.outcome {
        Outcome::Violation => diagnostic.severity.as_str(),
        Outcome::Undetermined => "undetermined",
    };
    let mark = match diagnostic
        .suppression
        .as_ref()
        .map(|suppression| suppression.kind)
    {
        None => "",
        Some(SuppressionKind::Baseline) => "baselined ",
        Some(_) => "suppressed ",
    };
    format!("{mark}{word}")
}

/// "ecslint: ignore[task-public-ip]: ignore[task-public-ip] until 2027-06-30: no NAT in the lab".
pub(super) fn accepted(suppression: &Suppression) -> String {
    let mut text = suppression.by.clone();
    if let Some(since) = &suppression.since {
        text.push_str(&format!(" since {since}"));
    }
    if let Some(until) = &suppression.until {
        text.push_str(&format!(" until {until}"));
    }
    if let Some(reason) = &suppression.reason {
        text.push_str(&format!(": {reason}"));
    }
    text
}

/// "3 findings (1 error, 2 warnings)", or "no findings".
fn findings(report: &Report) -> String {
    if report.findings.is_empty() {
        return "no findings".to_owned();
    }
    let error = report.count(Severity::Error);
    let warning = report.count(Severity::Warning);
    let mut kinds = Vec::new();
    if error > 0 {
        kinds.push(counted(error, "error"));
    }
    if warning > 0 {
        kinds.push(counted(warning, "warning"));
    }
    let info = report.count(Severity::Info);
    if info > 0 {
        kinds.push(format!("{info} info"));
    }
    format!(
        "{} ({})",
        counted(report.findings.len(), "finding"),
        kinds.join(", ")
    )
}

/// The reasons for undecided checks with the number of their checks, the most frequent first.
pub(super) fn ranked_reasons(report: &Report) -> Vec<(&Reason, usize)> {
    let mut counts: BTreeMap<&Reason, usize> = BTreeMap::new();
    for reason in report.undetermined.iter().flat_map(|check| &check.because) {
        *counts.entry(reason).or_insert(0) += 1;
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by_key(|(reason, count)| (Reverse(*count), *reason));
    ranked
}

/// The most frequent reasons for undecided checks: "12 checks undecided because … : pass …", most frequent first.
pub(super) fn top_reasons(report: &Report) -> Vec<String> {
    ranked_reasons(report)
        .into_iter()
        .take(REASONS_MAX)
        .map(|(reason, count)| {
            let mut line = format!("{} undecided because {}", counted(count, "check"), reason.text);
            if !reason.settle.is_empty() {
                line.push_str(": ");
                line.push_str(&reason.settle);
            }
            line
        })
        .collect()
}

/// "2 entries of the baseline match nothing any more, ecslint baseline prune removes them".
pub(super) fn stale(report: &Report) -> Option<String> {
    let matches = match report.stale.len() {
        0 => return None,
        1 => "1 entry of the baseline matches nothing any more, ecslint baseline prune removes it".to_owned(),
        count => format!(
            "{count} entries of the baseline match nothing any more, ecslint baseline prune removes them"
        ),
    };
    Some(matches)
}

/// Everything below the findings of the full format.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", counts(report, options))?;
    for reason in top_reasons(report) {
        writeln!(out, "  {}", visible(&reason))?;
    }
    if let Some(stale) = stale(report) {
        writeln!(out, "{stale}")?;
    }
    if options.list_skipped {
        for skipped in &report.skipped {
            writeln!(out, "skipped {}: {}", visible(&skipped.path), skipped.reason)?;
        }
    } else if !report.skipped.is_empty() {
        writeln!(
            out,
            "{} skipped (-v lists them)",
            counted(report.skipped.len(), "file")
        )?;
    }
    write!(
        out,
        "{}, {}, {}",
        templates(report),
        counted(report.stats.resources, "resource"),
        counted(report.rules.len(), "rule"),
    )?;
    if !report.environments.is_empty() {
        let environments = counted(report.environments.len(), "environment");
        write!(out, ", {environments}")?;
    }
    if options.timing {
        write!(out, " in {}", duration(report.stats.elapsed))?;
    }
    writeln!(out)
}

/// "1 template", "1 template and 5 more as context".
pub(super) fn templates(report: &Report) -> String {
    let context = report.stats.context;
    let asked = counted(report.stats.templates - context, "template");
    match context {
        0 => asked,
        _ => format!("{asked} and {context} more as context"),
    }
}

/// A wall time in the unit people read.
pub(super) fn duration(elapsed: Duration) -> String {
    if elapsed < SECONDS_FROM {
        format!("{} ms", elapsed.as_millis().max(1))
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}
