//! SARIF logs fit the schema of OASIS where it lies beside the repository, and everywhere the conditions that readers rely on.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::json_schema::objection;
use super::{agreement, folder, run, terminal};

/// The official schema, which is not ours to hold.
fn schema() -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared", "../../shared"].map(|shared| {
        let path: PathBuf = root.join(shared);
        path.join("schemas/sarif-schema-2.1.0.json")
    });
    let text = places.iter().find_map(|path| std::fs::read_to_string(path).ok());
    if text.is_none() {
        terminal::skipped("the official schema of SARIF is not here");
    }
    text.map(|text| serde_json::from_str(&text).unwrap())
}

fn assert_valid(log: &Value) {
    assert_eq!(structural_objection(log), None);
    if let Some(schema) = schema() {
        assert_eq!(objection(&schema, log, &schema), None);
    }
}

/// What is wrong with a log beyond what the schema says, or where the schema is not here.
fn structural_objection(log: &Value) -> Option<String> {
    if log["version"] != "2.1.0" {
        return Some(format!("version {}", log["version"]));
    }
    let run = &log["runs"][0];
    let Some(rules) = run["tool"]["driver"]["rules"].as_array() else {
        return Some("no rules".to_owned());
    };
    let names: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    if names
        .iter()
        .enumerate()
        .any(|(at, name)| names[..at].contains(name))
        || names.len() != rules.len()
    {
        return Some("a rule has no id of its own".to_owned());
    }
    let Some(results) = run["results"].as_array() else {
        return Some("no results".to_owned());
    };
    results.iter().find_map(|result| {
        let is_named = result["ruleIndex"]
            .as_u64()
            .and_then(|index| names.get(index as usize))
            .is_some_and(|name| result["ruleId"] == *name);
        let is_level = ["none", "note", "warning", "error"]
            .iter()
            .any(|it| result["level"] == *it);
        let is_kind = ["fail", "open"].iter().any(|it| result["kind"] == *it);
        let is_said = result["message"]["text"]
            .as_str()
            .is_some_and(|text| !text.trim().is_empty());
        let is_placed = result["locations"].as_array().is_some_and(|it| !it.is_empty());
        if !(is_named && is_level && is_kind && is_said && is_placed) {
            return Some(format!("a result without rule, level, words or place: {result}"));
        }
        misplaced(result)
    })
}

/// A place in a value that no reader could find.
fn misplaced(value: &Value) -> Option<String> {
    if let Some(place) = value.get("physicalLocation") {
        let uri = place["artifactLocation"]["uri"].as_str().unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=:@".contains(&byte);
        let is_uri = !uri.is_empty()
            && !uri.starts_with('/')
            && uri.bytes().all(is_plain)
            && percent_decode_str(uri).decode_utf8().is_ok();
        let region = &place["region"];
        let number = |name: &str| region[name].as_u64().unwrap_or(0);
        let (start, end) = (
            (number("startLine"), number("startColumn")),
            (number("endLine"), number("endColumn")),
        );
        let is_region = region.is_null() || (start.0 > 0 && start.1 > 0 && end >= start);
        if !(is_uri && is_region) {
            return Some(place.to_string());
        }
    }
    match value {
        Value::Array(items) => items.iter().find_map(misplaced),
        Value::Object(entries) => entries.values().find_map(misplaced),
        _ => None,
    }
}

#[test]
fn the_fixtures_make_a_valid_log() {
    assert_valid(&agreement::document("sarif"));
}

#[test]
fn a_log_that_breaks_the_format_is_told() {
    let good = agreement::document("sarif");
    let schema = schema();
    for (pointer, wrong) in [
        ("/version", json!("2.1")),
        ("/runs/0/results/0/ruleIndex", json!(100_000)),
        ("/runs/0/results/0/level", json!("fatal")),
        ("/runs/0/results/0/kind", json!("maybe")),
        ("/runs/0/results/0/message", json!({})),
        (
            "/runs/0/results/0/locations/0/physicalLocation/region/startLine",
            json!(0),
        ),
        ("/runs/0/tool/driver/rules", json!({})),
    ] {
        let mut log = good.clone();
        *log.pointer_mut(pointer).unwrap() = wrong;
        assert!(structural_objection(&log).is_some(), "{pointer}");
        let Some(schema) = schema.as_ref().filter(|_| !pointer.ends_with("ruleIndex")) else {
            continue;
        };
        assert!(objection(schema, &log, schema).is_some(), "{pointer}");
    }
}

/// JSON in ASCII: what YAML has no place for can be written in JSON by its number.
fn ascii(value: &Value) -> String {
    let mut out = String::new();
    for character in value.to_string().chars() {
        if character.is_ascii_graphic() || character == ' ' {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// What a file can be called; the system has the last word on the rest.
fn file_name(name: &str) -> String {
    let fits = |character: &char| !matches!(character, '/' | '\\' | '\0');
    let name: String = name.chars().filter(fits).take(20).collect();
    format!("t{name}.json")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_of_any_characters_make_a_valid_log_and_come_back_from_json(
        names in prop::collection::btree_set(prop::collection::vec(any::<char>(), 1..12), 12),
    ) {
        let names: Vec<String> = names.into_iter().map(String::from_iter).collect();
        let services = names.iter().map(|name| {
            let service = json!({
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "LaunchType": "FARGATE",
                    "ServiceName": name,
                    "NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": [name]}},
                },
            });
            (name.clone(), service)
        });
        let template = json!({"Resources": Value::Object(services.collect())});
        let file = if cfg!(target_os = "linux") { file_name(&names[0]) } else { "t.json".to_owned() };
        let folder = folder(&[(&file, &ascii(&template))]);
        let report = |format: &str| -> Value {
            let output = run(folder.path(), &["check", ".", "--profile", "all", "-f", format]);
            serde_json::from_slice(&output.stdout).unwrap()
        };
        assert_valid(&report("sarif"));
        let json = report("json");
        let found = json["findings"].as_array().unwrap().iter();
        let public = found.filter(|it| it["rule"]["name"] == "task-public-ip");
        let mut subjects: Vec<&str> = public.filter_map(|it| it["resource"]["logical_id"].as_str()).collect();
        subjects.sort_unstable();
        prop_assert_eq!(subjects, names.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
