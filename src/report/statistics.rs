//! How often each rule speaks, in place of what it says.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::entry::accepted;
use super::terminal::{MESSAGE, Terminal, visible};
use crate::diag::{Diagnostic, Outcome, Severity, SuppressionKind};
use crate::lint::Report;

/// How often a rule speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Count {
    /// Findings of each severity.
    pub(super) error: usize,
    pub(super) warning: usize,
    pub(super) info: usize,
    /// Checks that could not be decided.
    pub(super) undetermined: usize,
    /// Findings and undetermined checks that are suppressed.
    pub(super) suppressed: usize,
    /// Findings that the baseline knows.
    pub(super) baselined: usize,
}

impl Count {
    /// The names of the members, in their order.
    pub(super) const NAMES: [&'static str; 6] = [
        "error",
        "warning",
        "info",
        "undetermined",
        "suppressed",
        "baselined",
    ];

    /// The members, in their order.
    pub(super) fn values(self) -> [usize; 6] {
        [
            self.error,
            self.warning,
            self.info,
            self.undetermined,
            self.suppressed,
            self.baselined,
        ]
    }

    fn take(&mut self, diagnostic: &Diagnostic) {
        let by = diagnostic
            .suppression
            .as_ref()
            .map(|suppression| suppression.kind);
        let member = match (by, diagnostic.outcome, diagnostic.severity) {
            (Some(SuppressionKind::Baseline), ..) => &mut self.baselined,
            (Some(_), ..) => &mut self.suppressed,
            (None, Outcome::Undetermined, _) => &mut self.undetermined,
            (None, Outcome::Violation, Severity::Error) => &mut self.error,
            (None, Outcome::Violation, Severity::Warning) => &mut self.warning,
            (None, Outcome::Violation, Severity::Info) => &mut self.info,
        };
        *member += 1;
    }
}

/// The counts of the rules that speak at all, by name.
pub(super) fn counts(report: &Report) -> BTreeMap<&str, Count> {
    let mut out: BTreeMap<&str, Count> = BTreeMap::new();
    let standing = report.findings.iter().chain(&report.undetermined);
    for diagnostic in standing.chain(accepted(report)) {
        out.entry(&diagnostic.rule).or_default().take(diagnostic);
    }
    out
}

/// The same with the rules first that find most, and what is bad before what is not.
pub(super) fn ranked(report: &Report) -> Vec<(&str, Count)> {
    let mut rows: Vec<_> = counts(report).into_iter().collect();
    rows.sort_by_key(|(rule, count)| {
        let findings = count.error + count.warning + count.info;
        (Reverse((findings, count.values())), *rule)
    });
    rows
}

/// Writes the counts as a table for people, and nothing when no rule speaks.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let rows = ranked(report);
    if rows.is_empty() {
        return Ok(());
    }
    let head = Count::NAMES.map(str::to_owned);
    let head = line(&head, "rule");
    writeln!(out, "{}", Terminal::new(options).paint(MESSAGE, &head))?;
    for (rule, count) in rows {
        let cells = count.values().map(|value| value.to_string());
        writeln!(out, "{}", line(&cells, &visible(rule)))?;
    }
    Ok(())
}

/// A line of the table, every number under its name.
fn line(cells: &[String; 6], rule: &str) -> String {
    let mut out = String::new();
    for (cell, name) in cells.iter().zip(Count::NAMES) {
        out.push_str(&format!("{cell:>width$}  ", width = name.len()));
    }
    out + rule
}
