//! Every rule against its fixtures: `fixtures/<rule>/{pass,fail,unknown}/<case>`.
//!
//! A case is a template, or a folder of templates that are checked together (with `parameters.json` for the roots).
//! `# expect: <rule>` stands on every line that must be reported and on no other. The rendered text is kept in
//! `<case>.snap` beside the case.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod rewrite;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ecslint::files::Disk;
use ecslint::link::RootValues;
use ecslint::lint::suppression::Form;
use ecslint::lint::{Linter, Policy, Report, Terms, Values};
use ecslint::project::{Given, parameters};
use ecslint::report::{Format, Options, write};
use ecslint::rule::{Check, Rule};
use ecslint::rules;
use ecslint::source::{Source, Sources};
use jiff::civil::Date;
use rewrite::{as_json, copy};
use serde_json::{Map, Value, json};

/// The day on which all fixtures are judged.
const TODAY: Date = Date::constant(2027, 1, 15);

/// The rule that fixtures about suppressions suppress.
const HELPER: &str = "task-public-ip";

/// A line that is reported or expected: path and line.
type Line = (String, u32);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The cases of one outcome of a rule.
fn cases(rule: &Rule, outcome: &str) -> Vec<PathBuf> {
    let folder = fixtures().join(rule.name).join(outcome);
    let is_case = |path: &PathBuf| {
        path.is_dir()
            || path
                .extension()
                .is_some_and(|extension| extension != "snap" && extension != "new")
    };
    entries(&folder).into_iter().filter(is_case).collect()
}

fn templates(case: &Path) -> Vec<PathBuf> {
    if case.is_file() {
        return vec![case.to_path_buf()];
    }
    let mut out = Vec::new();
    for path in entries(case) {
        if path.is_dir() {
            out.extend(templates(&path));
        } else if path.file_name().is_some_and(|name| name != "parameters.json") {
            out.push(path);
        }
    }
    out
}

/// The rules that run for a fixture: the one that is tested, and with one about suppressions a rule to suppress. Both
/// report, and the other's findings are dropped.
fn ran(rule: &'static Rule) -> Vec<&'static Rule> {
    let helper = match rule.check {
        Check::Suppressions => rules::find(HELPER),
        Check::Native(_) | Check::Declared(_) => None,
    };
    std::iter::once(rule).chain(helper).collect()
}

/// What the tested rule says of a case.
fn check(rule: &'static Rule, case: &Path) -> Report {
    let mut report = run(rule, case);
    for diagnostics in [&mut report.findings, &mut report.undetermined] {
        diagnostics.retain(|diagnostic| &*diagnostic.rule == rule.name);
    }
    report
}

/// What the configuration says about suppressions in the fixtures of a rule.
fn terms(rule: &Rule) -> Terms {
    let terms = Terms::new(TODAY, rules::RULES.clone());
    match rule.name {
        "forbidden-suppression" => Terms {
            protected: vec![HELPER],
            allow: vec![Form::Comment, Form::Config],
            ..terms
        },
        "overlong-suppression" => Terms {
            max_days: Some(30),
            ..terms
        },
        _ => terms,
    }
}

fn run(rule: &'static Rule, case: &Path) -> Report {
    let mut sources = Sources::default();
    let mut values = RootValues::default();
    if let Ok(text) = fs::read_to_string(case.join("parameters.json")) {
        let file = sources.add(Source::new("parameters.json", text.as_str()));
        let parsed = parameters::parse(file, "parameters.json", None, &text).expect("a parameter file");
        for (name, value) in parsed.values {
            values.values.insert(
                name,
                Given {
                    value: value.text,
                    span: Some(value.span),
                },
            );
        }
    }
    let linter = Linter {
        suppressions: Policy::Honoured(Box::new(terms(rule))),
        values: Values {
            parameters: values,
            ..Values::default()
        },
        sources,
        rules: ran(rule),
        ..Linter::new(&Disk, fixtures(), templates(case))
    };
    linter.run().expect("no patterns here")
}

/// The lines that carry `# expect: <rule>`.
fn expected(rule: &Rule, case: &Path) -> BTreeSet<Line> {
    let mark = format!("# expect: {}", rule.name);
    let mut out = BTreeSet::new();
    for path in templates(case) {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path
            .strip_prefix(fixtures())
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        for (index, line) in text.lines().enumerate() {
            let marks = line.match_indices(&mark);
            let exact = marks.filter(|(at, _)| {
                let rest = &line[at + mark.len()..];
                !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
            });
            if exact.count() > 0 {
                out.insert((shown.clone(), index as u32 + 1));
            }
        }
    }
    out
}

fn lines(report: &Report, diagnostics: &[ecslint::diag::Diagnostic]) -> BTreeSet<Line> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let source = report.sources.get(diagnostic.primary.span.file);
            (
                source.path().to_string(),
                source.position(diagnostic.primary.span.start).line,
            )
        })
        .collect()
}

fn snapshot(report: &Report, case: &Path) {
    let mut out = Vec::new();
    let options = Options {
        show_undetermined: true,
        ..Options::default()
    };
    write(Format::Full, report, &options, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let name = case.file_stem().unwrap().to_string_lossy().into_owned();
    insta::with_settings!({
        snapshot_path => case.parent().unwrap(),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn every_rule_decides_its_fixtures_as_they_say() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for rule in rules::RULES.iter().copied() {
        for outcome in ["pass", "fail", "unknown"] {
            for case in cases(rule, outcome) {
                count += 1;
                let report = check(rule, &case);
                let shown = case.strip_prefix(fixtures()).unwrap().display().to_string();
                for error in &report.errors {
                    wrong.push(format!("{shown}: {}: {}", error.path, error.message));
                }
                let crashes = report
                    .crashes
                    .iter()
                    .map(|crash| format!("{shown}: panic: {}", crash.message));
                wrong.extend(crashes);
                let (found, open) = (
                    lines(&report, &report.findings),
                    lines(&report, &report.undetermined),
                );
                let expected = expected(rule, &case);
                match outcome {
                    "pass" if !(found.is_empty() && open.is_empty()) => {
                        wrong.push(format!(
                            "{shown}: must pass, but has findings {found:?}, undetermined {open:?}"
                        ));
                    }
                    "fail" if found != expected || expected.is_empty() => {
                        wrong.push(format!(
                            "{shown}: expected {expected:?}, found {found:?}, undetermined {open:?}"
                        ));
                    }
                    "unknown" if open != expected || expected.is_empty() || !found.is_empty() => {
                        wrong.push(format!("{shown}: expected undetermined {expected:?}, found {found:?}, undetermined {open:?}"));
                    }
                    "pass" => {}
                    _ => snapshot(&report, &case),
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} cases are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count > 0);
}

/// Rules that ask nothing: what they do not know passes, as their words say. (Limits of the analysis, and imports that
/// several stacks could serve, are undetermined for every rule and not counted.)
const NEVER_UNDETERMINED: &[&str] = &[
    "broken-source-condition",
    "codedeploy-target-mismatch",
    "confused-deputy",
    "execution-role-overprivileged",
    "expired-suppression",
    "explicit-physical-name",
    "forbidden-suppression",
    "hardcoded-credential",
    "hardcoded-environment-value",
    "instance-role-overprivileged",
    "inverted-policy-element",
    "launch-settings-conflict",
    "literal-secret-value",
    "long-lived-credential",
    "misplaced-suppression",
    "missing-listener-dependency",
    "monolithic-template",
    "oidc-trust-unscoped",
    "overlong-suppression",
    "passrole-unscoped",
    "role-shared-across-services",
    "run-task-unscoped",
    "secret-parameter-exposed",
    "secret-resolved-into-environment",
    "service-not-load-balanced",
    "shared-nat-across-zones",
    "single-az-tasks",
    "subnet-ip-exhaustion",
    "subnet-role-mismatch",
    "syntax-error",
    "unauthenticated-public-image",
    "unexplained-suppression",
    "unknown-suppression",
    "unscoped-data-access",
    "unscoped-secret-access",
    "untyped-resource-parameter",
    "unused-suppression",
    "wildcard-action",
    "wildcard-resource",
];

/// Rules that have no case in [`every_rule_has_a_case_that_a_stack_import_or_condition_decides`], and why.
const NOTHING_PASSES_THROUGH: &[(&str, &str)] = &[
    (
        "explicit-physical-name",
        "a name that passes through anything is not fixed, and passes",
    ),
    (
        "monolithic-template",
        "it counts what is written, in one template by itself",
    ),
    ("syntax-error", "it looks at the text, before there are values"),
    (
        "expired-suppression",
        "suppressions are text, before there are values",
    ),
    (
        "forbidden-suppression",
        "suppressions are text, before there are values",
    ),
    (
        "misplaced-suppression",
        "suppressions are text, before there are values",
    ),
    (
        "overlong-suppression",
        "suppressions are text, before there are values",
    ),
    (
        "unexplained-suppression",
        "suppressions are text, before there are values",
    ),
    (
        "unknown-suppression",
        "suppressions are text, before there are values",
    ),
    (
        "unused-suppression",
        "suppressions are text, before there are values",
    ),
];

#[test]
fn every_rule_has_fixtures_that_pass_and_fail() {
    let missing: Vec<String> = rules::RULES
        .iter()
        .flat_map(|rule| ["pass", "fail"].map(|outcome| (rule, outcome)))
        .filter(|(rule, outcome)| cases(rule, outcome).is_empty())
        .map(|(rule, outcome)| format!("fixtures/{}/{outcome}", rule.name))
        .collect();
    assert!(missing.is_empty(), "no cases in {missing:?}");
}

#[test]
fn every_rule_has_undetermined_fixtures_or_says_that_it_is_never_undetermined() {
    let mut wrong = Vec::new();
    for rule in rules::RULES.iter() {
        let listed = NEVER_UNDETERMINED.contains(&rule.name);
        let says_so = rule.docs.decides.to_lowercase().contains("never undetermined");
        let has_cases = !cases(rule, "unknown").is_empty();
        match (listed, says_so, has_cases) {
            (true, true, false) | (false, false, true) => {}
            (false, false, false) => wrong.push(format!("fixtures/{}/unknown has no cases", rule.name)),
            _ => wrong.push(format!(
                "{}: listed: {listed}, its words say never undetermined: {says_so}, has undetermined cases: {has_cases}",
                rule.name
            )),
        }
    }
    wrong.extend(
        NEVER_UNDETERMINED
            .iter()
            .filter(|name| rules::find(name).is_none())
            .map(|name| format!("{name} is no rule")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Something a value can pass through on its way to a rule, and what takes it away.
struct Passage {
    name: &'static str,
    remove: fn(&mut Map<String, Value>),
}

/// An import that nobody serves.
fn nowhere() -> Value {
    json!("exported-by-nobody")
}

const PASSAGES: &[Passage] = &[
    Passage {
        name: "a condition on a value",
        remove: |object| {
            if object.contains_key("Fn::If") {
                *object = Map::from_iter([("Fn::ImportValue".to_owned(), nowhere())]);
            }
        },
    },
    Passage {
        name: "a condition on a resource",
        remove: |object| {
            let is_resource = object.get("Type").is_some_and(Value::is_string);
            if is_resource && object.get("Condition").is_some_and(Value::is_string) {
                object.remove("Condition");
            }
        },
    },
    Passage {
        name: "a nested stack",
        remove: |object| {
            if object.get("Type").and_then(Value::as_str) == Some("AWS::CloudFormation::Stack") {
                object.insert("Type".to_owned(), json!("Custom::Elsewhere"));
                object.remove("Properties");
            }
        },
    },
    Passage {
        name: "an import",
        remove: |object| {
            if let Some(name) = object.get_mut("Fn::ImportValue") {
                *name = nowhere();
            }
        },
    },
];

fn remove(passage: &Passage, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| remove(passage, item)),
        Value::Object(object) => {
            (passage.remove)(object);
            object.values_mut().for_each(|value| remove(passage, value));
        }
        _ => {}
    }
}

/// What a rule says about a case that is rewritten, places left out.
fn verdicts(rule: &'static Rule, case: &Path, rewrite: &dyn Fn(&str) -> String) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let target = scratch.path().join(case.file_name().unwrap());
    copy(case, &target, rewrite);
    let report = check(rule, &target);
    let mut verdicts: Vec<String> = report
        .findings
        .iter()
        .chain(&report.undetermined)
        .map(|diagnostic| {
            let reasons: Vec<&str> = diagnostic
                .because
                .iter()
                .map(|reason| reason.text.as_str())
                .collect();
            format!(
                "{:?} {} {} {} {reasons:?}",
                diagnostic.outcome, diagnostic.severity, diagnostic.message, diagnostic.when
            )
        })
        .collect();
    verdicts.sort();
    verdicts
}

/// What a case's verdict depends on: the passages without which the rule says something else.
fn deciding_passages(rule: &'static Rule, case: &Path) -> Vec<&'static str> {
    let before = verdicts(rule, case, &|text| as_json(text, false));
    let decides = |passage: &&Passage| {
        let after = verdicts(rule, case, &|text| {
            let mut template: Value = serde_json::from_str(&as_json(text, false)).unwrap();
            remove(passage, &mut template);
            template.to_string()
        });
        before != after
    };
    PASSAGES
        .iter()
        .filter(decides)
        .map(|passage| passage.name)
        .collect()
}

/// Takes stacks, imports and conditions out of the cases in turn: one of them must have mattered.
#[test]
fn every_rule_has_a_case_that_a_stack_import_or_condition_decides() {
    let is_listed = |rule: &Rule| NOTHING_PASSES_THROUGH.iter().any(|(name, _)| *name == rule.name);
    let missing: Vec<&str> = rules::RULES
        .iter()
        .filter(|rule| !is_listed(rule))
        .filter(|rule| {
            let mut cases = ["fail", "unknown"]
                .iter()
                .flat_map(|outcome| cases(rule, outcome));
            !cases.any(|case| !deciding_passages(rule, &case).is_empty())
        })
        .map(|rule| rule.name)
        .collect();
    assert!(
        missing.is_empty(),
        "in no case does the verdict of these rules depend on a nested stack, an import or a condition: {missing:#?}"
    );
    for (name, _) in NOTHING_PASSES_THROUGH {
        assert!(rules::find(name).is_some(), "{name} is no rule");
    }
}

#[test]
fn every_fixture_folder_names_a_rule() {
    /// Folders of inputs that belong to no rule.
    const OTHERS: &[&str] = &[
        "article",
        "projects",
        "deployments",
        "own-rules",
        "platform",
        "readme",
        "yaml",
    ];
    let stray: Vec<String> = entries(&fixtures())
        .iter()
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| rules::find(name).is_none() && !OTHERS.contains(&name.as_str()))
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}
