//! Two examples whose findings are all named here, so that none is lost and none is added unseen: the template that the
//! linter started from, the snippets of an architecture article, which break much of what its text advises; and a platform
//! in three stacks where no single file looks wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What is reported of the article: line, severity, rule; in the order of the report.
const ARTICLE: &[(u64, &str, &str)] = &[
    (2, "warning", "container-insights-disabled"),
    (5, "info", "explicit-physical-name"),
    (7, "warning", "vpc-flow-logs-missing"),
    (14, "warning", "subnet-role-mismatch"),
    (19, "info", "subnet-auto-assign-public-ip"),
    (21, "info", "task-role-missing"),
    (21, "info", "tracing-missing"),
    (31, "info", "container-health-check-missing"),
    (31, "warning", "container-logging-missing"),
    (31, "warning", "container-runs-as-root"),
    (31, "warning", "writable-root-filesystem"),
    (32, "warning", "mutable-image-tag"),
    (32, "info", "unauthenticated-public-image"),
    (38, "warning", "circuit-breaker-disabled"),
    (38, "info", "no-autoscaling"),
    (38, "warning", "service-alarms-missing"),
    (38, "warning", "service-not-load-balanced"),
    (47, "error", "task-public-ip"),
    (49, "warning", "single-az-tasks"),
    (49, "error", "task-in-public-subnet"),
    (49, "error", "task-without-egress-path"),
    (51, "error", "unresolved-reference"),
    (53, "warning", "access-logs-disabled"),
    (53, "warning", "default-security-group-used"),
    (53, "warning", "unsafe-http-handling"),
    (53, "info", "waf-not-associated"),
    (56, "info", "explicit-physical-name"),
    (59, "error", "load-balancer-scheme-subnet-mismatch"),
    (59, "error", "load-balancer-single-zone"),
    (66, "error", "unresolved-reference"),
    (69, "error", "plaintext-listener"),
];

/// What cannot be decided there: the group of the tasks is not declared.
const UNDETERMINED: &[(u64, &str)] = &[(51, "task-open-to-world")];

/// What is reported of the platform, with the file.
const PLATFORM: &[(&str, u64, &str, &str)] = &[
    ("security.yaml", 36, "error", "task-open-to-world"),
    ("service.yaml", 158, "warning", "task-in-public-subnet"),
    ("service.yaml", 158, "error", "task-without-egress-path"),
    ("vpc.yaml", 35, "warning", "subnet-role-mismatch"),
];

const TEMPLATE: &str = "fixtures/article/template.yaml";

fn report(path: &str, profile: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(["check", path, "--format", "json", "--profile", profile])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn found(list: &Value) -> Vec<(u64, &str, &str)> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding["location"]["start"]["line"].as_u64().unwrap(),
                finding["severity"].as_str().unwrap_or_default(),
                finding["rule"]["name"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_article_is_told_all_that_it_breaks_and_nothing_else() {
    let report = report(TEMPLATE, "strict");
    assert_eq!(found(&report["findings"]), ARTICLE);
    let open: Vec<(u64, &str)> = found(&report["undetermined"])
        .into_iter()
        .map(|(line, _, rule)| (line, rule))
        .collect();
    assert_eq!(open, UNDETERMINED);
}

#[test]
fn by_default_it_is_told_what_is_not_left_to_the_strict_profile() {
    let strict = [
        "container-health-check-missing",
        "unauthenticated-public-image",
        "waf-not-associated",
    ];
    let report = report(TEMPLATE, "recommended");
    let wanted: Vec<(u64, &str, &str)> = ARTICLE
        .iter()
        .copied()
        .filter(|(_, _, rule)| !strict.contains(rule))
        .collect();
    assert_eq!(found(&report["findings"]), wanted);
}

#[test]
fn what_is_wrong_between_three_stacks_is_found_with_the_places_it_comes_from() {
    let report = report("fixtures/platform", "recommended");
    let file = |place: &Value| -> String {
        let path = place["location"]["path"].as_str().unwrap();
        path.rsplit('/').next().unwrap().to_owned()
    };
    let findings = report["findings"].as_array().unwrap();
    let found: Vec<(String, u64, &str, &str)> = findings
        .iter()
        .zip(found(&report["findings"]))
        .map(|(finding, (line, severity, rule))| (file(finding), line, severity, rule))
        .collect();
    let wanted: Vec<(String, u64, &str, &str)> = PLATFORM
        .iter()
        .map(|(file, line, severity, rule)| ((*file).to_owned(), *line, *severity, *rule))
        .collect();
    assert_eq!(found, wanted);
    let evidence: Vec<String> = findings[1]["related"]
        .as_array()
        .unwrap()
        .iter()
        .map(file)
        .collect();
    assert_eq!(
        evidence, ["vpc.yaml"; 3],
        "the export, the association, the route"
    );
    assert_eq!(report["undetermined"].as_array().unwrap().len(), 0);
}
