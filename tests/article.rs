//! The template that the linter started from: the snippets of an architecture article, which break much of what its text
//! advises. Every finding is named here, so that none is lost and none is added unseen.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What is reported: line, severity, rule; in the order of the report.
const FINDINGS: &[(u64, &str, &str)] = &[
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

/// What cannot be decided: the group of the tasks is not declared.
const UNDETERMINED: &[(u64, &str)] = &[(51, "task-open-to-world")];

fn report(profile: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args([
            "check",
            "fixtures/article/template.yaml",
            "--format",
            "json",
            "--profile",
            profile,
        ])
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
    let report = report("strict");
    assert_eq!(found(&report["findings"]), FINDINGS);
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
    let report = report("recommended");
    let wanted: Vec<(u64, &str, &str)> = FINDINGS
        .iter()
        .copied()
        .filter(|(_, _, rule)| !strict.contains(rule))
        .collect();
    assert_eq!(found(&report["findings"]), wanted);
}
