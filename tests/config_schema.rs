//! The JSON schema of configuration files is the one that is committed, takes the documented example, and knows the same keys
//! as the reader.
//!
//! `UPDATE=1 cargo test --test config_schema` writes the committed copy anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod json_schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use json_schema::objection;
use serde_json::{Value, json};

/// What the documentation shows.
const EXAMPLE: &str = r#"
# yaml-language-server: $schema=./config-v1.json
version: 1
extends: [ecslint:recommended]
exclude: ["**/node_modules/**", "examples/**"]
entrypoints:
  - {template: templates/root.yaml, environments: [staging, prod]}
environments:
  staging: {params: params/staging.json, region: ap-northeast-2}
  prod:
    params: params/prod.json
    region: ap-northeast-2
    imports: {net-PrivateSubnets: "subnet-aaa,subnet-bbb"}
nested:
  url-map: [{prefix: "https://s3.amazonaws.com/my-bucket/templates/", dir: templates/}]
  on-missing: note
rules:
  log-retention-missing: {severity: info, options: {min-days: 30}}
  task-public-ip: error
fail-on: warning
ignore:
  - {rules: [plaintext-listener], paths: ["templates/edge/**"], resources: ["PublicAlb*"], reason: "internet-facing by design (SEC-123)", until: "2027-06-30"}
suppressions: {require-reason: true, max-days: 180, protected: [administrator-access], allow: [comment, metadata, config, baseline, compat]}
baseline: .ecslint-baseline.json
"#;

fn copy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/config-v1.json")
}

fn schema() -> Value {
    ecslint::config::schema()
}

#[test]
fn the_committed_copy_is_the_schema() {
    let wanted = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        fs::create_dir_all(copy().parent().unwrap()).unwrap();
        fs::write(copy(), &wanted).unwrap();
    }
    let present = fs::read_to_string(copy()).unwrap().replace("\r\n", "\n");
    assert!(
        present == wanted,
        "`UPDATE=1 cargo test --test config_schema` writes it anew"
    );
}

#[test]
fn the_documented_example_fits_and_mistakes_do_not() {
    let schema = schema();
    let example: Value = serde_yaml::from_str(EXAMPLE).unwrap();
    assert_eq!(objection(&schema, &example, &schema), None);
    for wrong in [
        json!({}),
        json!({"version": 2}),
        json!({"version": 1, "profil": "strict"}),
        json!({"version": 1, "profile": "stric"}),
        json!({"version": 1, "rules": {"task-public-ip": "eror"}}),
        json!({"version": 1, "rules": {"our-own-rule": "eror"}}),
        json!({"version": 1, "rules": {"log-retention-missing": {"options": {"min-days": 0}}}}),
        json!({"version": 1, "rules": {"log-retention-missing": {"options": {"min-day": 1}}}}),
        json!({"version": 1, "ignore": [{"rules": ["x"], "until": "soon"}]}),
        json!({"version": 1, "ignore": [{"reason": "x"}]}),
        json!({"version": 1, "exclude": "x"}),
        json!({"version": 1, "suppressions": {"max-days": 0}}),
        json!({"version": 1, "environments": {"prod": {"regio": "x"}}}),
    ] {
        assert!(objection(&schema, &wrong, &schema).is_some(), "{wrong}");
    }
    for right in [
        json!({"version": 1, "rules": {"our-own-rule": "off", "iam": false}}),
        json!({"version": 1, "extends": "ecslint:strict"}),
        json!({"version": 1, "environments": {"prod": {"params": ["a", "b"], "account": 12}}}),
    ] {
        assert_eq!(objection(&schema, &right, &schema), None);
    }
}

#[test]
fn every_rule_has_its_options_in_the_schema() {
    let schema = schema();
    let rules = &schema["properties"]["rules"]["properties"];
    for rule in ecslint::rules::RULES.iter() {
        let setting = &rules[rule.name]["anyOf"][1]["properties"]["options"]["properties"];
        let named: Vec<&String> = setting.as_object().unwrap().keys().collect();
        let wanted: Vec<&str> = rule.options.iter().map(|option| option.name()).collect();
        assert_eq!(named, wanted, "{}", rule.name);
    }
}

/// The keys of a mapping of the schema, with those of the mappings in it, joined by dots.
fn keys(mapping: &Value, top: &Value, before: &str, out: &mut Vec<String>) {
    let mapping = match mapping["$ref"].as_str() {
        Some(reference) => &top["$defs"][reference.strip_prefix("#/$defs/").unwrap()],
        None => mapping,
    };
    for (name, value) in mapping["properties"].as_object().into_iter().flatten() {
        let path = format!("{before}{name}");
        if value["$ref"].is_string() {
            keys(value, top, &format!("{path}."), out);
        }
        out.push(path);
    }
}

#[test]
fn the_reader_knows_the_keys_of_the_schema_and_no_others() {
    let schema = schema();
    let mut all = Vec::new();
    keys(&schema, &schema, "", &mut all);
    assert!(all.len() > 25, "{all:?}");
    let folder = tempfile::tempdir().unwrap();
    let said = |key: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_ecslint"))
            .args(["config", "check", "--set", &format!("{key}=")])
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    for key in &all {
        assert!(!said(key).contains("unknown key"), "{key}");
        assert!(said(&format!("{key}-x")).contains("unknown key"), "{key}-x");
    }
    let shown = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(["config", "show"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let shown: Value = serde_yaml::from_slice(&shown.stdout).unwrap();
    assert_eq!(objection(&schema, &shown, &schema), None, "{shown}");
}
