//! JUnit's report, which build servers draw: a suite for each template, a case for each rule that ran.
//!
//! A case fails when its rule reports something in the template, whatever the severity, which is the type of the failure. A
//! rule that could not decide something in a template, or crashed, has not passed it: its case is skipped. So is one whose
//! findings are accepted, where they are wanted. An input that could not be
//! read is a suite whose case has an error; crashes stand in a suite of their own. Times and hosts are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::entry::{Entry, Kind, failures, relative, said};
use super::{Options, summary};
use crate::diag::xml;
use crate::lint::Report;
use crate::source::Sources;

/// Writes the document, which ends with a line break.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut document = Document::new(env!("CARGO_PKG_NAME"));
    let mut answers = answers(report, options);
    for file in &report.templates {
        let path = relative(report.sources.get(*file).path());
        let of_path = answers.remove(path).unwrap_or_default();
        document.add_test_suite(template(report, path, &of_path));
    }
    let failures: Vec<Entry<'_>> = failures(report).collect();
    let paths: BTreeSet<&str> = failures.iter().filter_map(|entry| entry.path).collect();
    for path in paths {
        let here = failures.iter().filter(|entry| entry.path == Some(path));
        document.add_test_suite(broken(&report.sources, path, here));
    }
    if !report.crashes.is_empty() {
        let here = failures.iter().filter(|entry| entry.kind == Kind::Crash);
        document.add_test_suite(broken(&report.sources, env!("CARGO_PKG_NAME"), here));
    }
    let text = document.to_string().map_err(io::Error::other)?;
    out.write_all(without_total_of_skipped(&text, document.skipped).as_bytes())
}

/// The document without an attribute of its root for which quick-junit has no switch, and for which the xUnit plugin of Jenkins
/// refuses the file: its schema knows `skipped` on suites only.
/// <https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd>
fn without_total_of_skipped(text: &str, skipped: usize) -> String {
    // The root is the first element that has one, and what stands before it is not from templates.
    text.replacen(&format!(r#" skipped="{skipped}""#), "", 1)
}

/// What rules say of a template, by rule.
type Answers<'a> = BTreeMap<&'a str, Vec<Entry<'a>>>;

/// What rules say, by path.
fn answers<'a>(report: &'a Report, options: &Options) -> BTreeMap<&'a str, Answers<'a>> {
    let all = Options {
        show_undetermined: true,
        ..options.clone()
    };
    let mut out: BTreeMap<&str, Answers<'_>> = BTreeMap::new();
    for diagnostic in said(report, &all) {
        let entry = Entry::diagnostic(report, diagnostic);
        if let Some(path) = entry.path {
            let of_path = out.entry(path).or_default();
            of_path.entry(entry.check).or_default().push(entry);
        }
    }
    out
}

fn template(report: &Report, path: &str, answers: &Answers<'_>) -> TestSuite {
    let mut suite = TestSuite::new(xml::text(path));
    for rule in &report.rules {
        let entries = answers.get(rule.name).map_or(&[][..], Vec::as_slice);
        let status = status(report, rule.name, entries);
        suite.add_test_case(case(rule.name, path, status));
    }
    suite
}

fn case(name: &str, path: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml::text(name), status);
    case.set_classname(xml::text(path));
    case
}

fn status(report: &Report, rule: &str, entries: &[Entry<'_>]) -> TestCaseStatus {
    let findings: Vec<&Entry<'_>> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Finding)
        .collect();
    let description = || {
        let all: Vec<String> = entries.iter().map(|entry| text(&report.sources, entry)).collect();
        all.join("\n")
    };
    let worst = findings.iter().map(|entry| entry.severity).max();
    if let (Some(worst), Some(first)) = (worst, findings.first()) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let message = match findings.len() {
            1 => first.title(),
            count => format!(
                "{}, the first: {}",
                summary::counted(count, "finding"),
                first.title()
            ),
        };
        status.set_message(xml::text(&message));
        status.set_type(worst.as_str());
        status.set_description(description());
        return status;
    }
    let mut skipped = TestCaseStatus::skipped();
    if let Some(first) = entries.first() {
        skipped.set_message(xml::text(&first.title()));
        skipped.set_type(if first.kind == Kind::Undetermined {
            "undetermined"
        } else {
            "suppressed"
        });
        skipped.set_description(description());
        return skipped;
    }
    if has_no_answer(report, rule) {
        skipped.set_message("the rule crashed");
        return skipped;
    }
    TestCaseStatus::success()
}

/// True when the rule crashed, or what all rules rest on did.
fn has_no_answer(report: &Report, rule: &str) -> bool {
    let is_rule = |name: &str| report.rules.iter().any(|rule| rule.name == name);
    let mut crashed = report.crashes.iter().map(|crash| &*crash.rule);
    crashed.any(|name| name == rule || !is_rule(name))
}

/// The suite of what kept the analysis from being complete.
fn broken<'e>(sources: &Sources, name: &str, entries: impl Iterator<Item = &'e Entry<'e>>) -> TestSuite {
    let mut suite = TestSuite::new(xml::text(name));
    for entry in entries {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(xml::text(&entry.title()));
        status.set_type(entry.check);
        status.set_description(text(sources, entry));
        suite.add_test_case(case(entry.check, name, status));
    }
    suite
}

/// An entry in lines: the place and the message, then what else there is to know.
fn text(sources: &Sources, entry: &Entry<'_>) -> String {
    let place = entry.place(sources);
    let place = place.map_or_else(String::new, |place| format!("{place}: "));
    let mut out = xml::text(&format!("{place}{}: {}", entry.word(), entry.message));
    for detail in &entry.details {
        out.push_str(&format!(
            "\n  {}: {}",
            detail.key,
            xml::text(&detail.text(sources))
        ));
    }
    out
}
