//! Changes of form that must not change what is found: every fixture is rewritten as JSON, which turns short tags into
//! long forms, and as JSON with its keys in reverse order.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod rewrite;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ecslint::diag::Diagnostic;
use ecslint::files::Disk;
use ecslint::lint::{Linter, Report};
use ecslint::rules;
use rewrite::{as_json, copy};
use serde_json::{Map, Value};

/// What is compared: rule, outcome, subject, message, when, and how often.
type Findings = BTreeMap<String, usize>;

fn findings(report: &Report) -> Findings {
    counted(report, true)
}

/// The same, with or without when each holds.
fn counted(report: &Report, with_when: bool) -> Findings {
    let mut out = Findings::new();
    let describe = |diagnostic: &Diagnostic| {
        let subject = diagnostic
            .subject
            .as_ref()
            .map(|subject| subject.logical_id.to_string());
        let reasons: Vec<&str> = diagnostic
            .because
            .iter()
            .map(|reason| reason.text.as_str())
            .collect();
        format!(
            "{}|{:?}|{}|{:?}|{}|{}|{:?}|{reasons:?}",
            diagnostic.rule,
            diagnostic.outcome,
            diagnostic.severity,
            subject,
            diagnostic.message,
            if with_when {
                diagnostic.when.to_string()
            } else {
                String::new()
            },
            diagnostic.stacks,
        )
    };
    for diagnostic in report.findings.iter().chain(&report.undetermined) {
        *out.entry(describe(diagnostic)).or_default() += 1;
    }
    out
}

fn check(folder: &Path) -> Report {
    let linter = Linter {
        rules: rules::RULES.to_vec(),
        ..Linter::new(&Disk, folder.to_path_buf(), vec![folder.to_path_buf()])
    };
    linter.run().expect("no patterns here")
}

fn cases(outcomes: &[&str]) -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut out = Vec::new();
    for rule in rules::RULES.iter() {
        // What is wrong with a document as YAML is gone, or another error, in JSON.
        if matches!(rule.name, "syntax-error" | "missing-template") {
            continue;
        }
        for outcome in outcomes {
            let Ok(entries) = fs::read_dir(fixtures.join(rule.name).join(outcome)) else {
                continue;
            };
            let paths = entries.map(|entry| entry.unwrap().path());
            out.extend(paths.filter(|path| {
                path.is_dir() || path.extension().is_some_and(|end| end != "snap" && end != "new")
            }));
        }
    }
    out.sort();
    out
}

fn assert_unchanged_by(name: &str, rewrite: impl Fn(&str) -> String) {
    let mut compared = 0;
    for case in cases(&["fail", "unknown"]) {
        let scratch = tempfile::tempdir().unwrap();
        let (before, after) = (scratch.path().join("before"), scratch.path().join("after"));
        fs::create_dir_all(&before).unwrap();
        fs::create_dir_all(&after).unwrap();
        let target = case.file_name().unwrap();
        copy(&case, &before.join(target), &|text| text.to_owned());
        copy(&case, &after.join(target), &rewrite);
        let (before, after) = (findings(&check(&before)), findings(&check(&after)));
        assert!(!before.is_empty(), "{}: nothing found", case.display());
        assert_eq!(before, after, "{name}: {}", case.display());
        compared += 1;
    }
    assert!(compared > 0);
}

/// Keys whose value may as well come from a parameter.
const MOVABLE: &[&str] = &[
    "AssignPublicIp",
    "CidrIp",
    "CidrIpv6",
    "DestinationCidrBlock",
    "Image",
    "MapPublicIpOnLaunch",
    "Protocol",
    "Scheme",
];

/// Replaces the literals of [`MOVABLE`] keys below a JSON value by parameters, and collects those, with the literal as
/// default or with none.
fn parametrize(value: &mut Value, parameters: &mut Map<String, Value>, with_default: bool) {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| parametrize(item, parameters, with_default)),
        Value::Object(entries) => {
            for (key, value) in entries.iter_mut() {
                let literal = match &*value {
                    Value::String(text) => Some(text.clone()),
                    Value::Bool(flag) => Some(flag.to_string()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                };
                // Ranges that are the whole internet only together are seen as that only while they are fixed.
                let is_half = |literal: &String| literal.ends_with("/1");
                match literal.filter(|literal| MOVABLE.contains(&key.as_str()) && !is_half(literal)) {
                    Some(literal) => {
                        let name = format!("Moved{}", parameters.len());
                        let mut declaration = serde_json::json!({"Type": "String"});
                        if with_default {
                            declaration["Default"] = Value::String(literal);
                        }
                        parameters.insert(name.clone(), declaration);
                        *value = serde_json::json!({"Ref": name});
                    }
                    None => parametrize(value, parameters, with_default),
                }
            }
        }
        _ => {}
    }
}

/// A template as JSON whose movable literals come from parameters, and how many there are.
fn moved(text: &str, with_default: bool) -> (String, usize) {
    let mut template: Value = serde_json::from_str(&as_json(text, false)).unwrap();
    let mut parameters = Map::new();
    if let Some(resources) = template.get_mut("Resources") {
        parametrize(resources, &mut parameters, with_default);
    }
    let count = parameters.len();
    if count > 0 {
        let sections = template.as_object_mut().unwrap();
        let section = sections
            .entry("Parameters")
            .or_insert_with(|| Value::Object(Map::new()));
        section.as_object_mut().unwrap().extend(parameters);
    }
    (template.to_string(), count)
}

/// The reports of a case as JSON before and after its literals moved; `None` when there were none.
fn before_and_after(case: &Path, with_default: bool) -> Option<(Report, Report)> {
    let scratch = tempfile::tempdir().unwrap();
    let (before, after) = (scratch.path().join("before"), scratch.path().join("after"));
    fs::create_dir_all(&before).unwrap();
    fs::create_dir_all(&after).unwrap();
    let target = case.file_name().unwrap();
    let count = std::cell::Cell::new(0);
    copy(case, &before.join(target), &|text| as_json(text, false));
    copy(case, &after.join(target), &|text| {
        let (text, moved) = moved(text, with_default);
        count.set(count.get() + moved);
        text
    });
    (count.get() > 0).then(|| (check(&before), check(&after)))
}

#[test]
fn a_literal_and_a_parameter_with_that_default_are_judged_alike() {
    let mut compared = 0;
    for case in cases(&["fail"]) {
        let Some((before, after)) = before_and_after(&case, true) else {
            continue;
        };
        assert_eq!(
            counted(&before, false),
            counted(&after, false),
            "{}",
            case.display()
        );
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn knowing_less_never_makes_a_violation() {
    let mut compared = 0;
    for case in cases(&["pass", "unknown"]) {
        let Some((before, after)) = before_and_after(&case, false) else {
            continue;
        };
        let violations = |report: &Report| -> Findings {
            let mut out = Findings::new();
            // A parameter of a nested stack without default and argument is a mistake of its own.
            for finding in report
                .findings
                .iter()
                .filter(|finding| &*finding.rule != "nested-parameter-mismatch")
            {
                let subject = finding
                    .subject
                    .as_ref()
                    .map(|subject| subject.logical_id.to_string());
                *out.entry(format!("{}|{subject:?}", finding.rule)).or_default() += 1;
            }
            out
        };
        let (before, after) = (violations(&before), violations(&after));
        let new: Vec<&String> = after.keys().filter(|key| !before.contains_key(*key)).collect();
        assert!(new.is_empty(), "{}: {new:?}", case.display());
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn json_with_long_forms_has_the_same_findings() {
    assert_unchanged_by("as JSON", |text| as_json(text, false));
}

#[test]
fn the_order_of_keys_does_not_matter() {
    assert_unchanged_by("reversed keys", |text| as_json(text, true));
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    assert_unchanged_by("CRLF and BOM", |text| {
        format!("\u{feff}{}", text.replace('\n', "\r\n"))
    });
}
