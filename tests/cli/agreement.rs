//! One run over many fixtures, in every format at once: all of them hold the same findings at the same places.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use tempfile::TempDir;

use super::formats::{attribute, elements};
use super::{code, fixtures, folder, run, stderr};

/// Folders of fixtures beside those of every third rule.
const MORE: &[&str] = &["article", "deployments", "platform", "syntax-error"];

/// The formats that name every finding with its place.
const FORMATS: &[&str] = &[
    "json",
    "jsonl",
    "sarif",
    "gitlab",
    "rdjson",
    "checkstyle",
    "junit",
    "github",
    "concise",
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_none_or(|end| end != "snap") {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A folder with many fixtures, below `t`, and a report in every format, called as it.
static REPORTS: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = folder(&[(".git/HEAD", "")]);
    let rules = ecslint::rules::RULES.iter().map(|rule| rule.name);
    for name in rules.step_by(3).chain(MORE.iter().copied()) {
        copy(&fixtures(name), &folder.path().join("t").join(name));
    }
    let mut arguments = vec!["check".to_owned(), "t".to_owned(), "--profile=all".to_owned()];
    arguments.extend(FORMATS.iter().map(|format| format!("--report={format}={format}")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(folder.path(), &arguments);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    folder
});

pub(super) fn text(format: &str) -> String {
    fs::read_to_string(REPORTS.path().join(format)).unwrap()
}

pub(super) fn document(format: &str) -> Value {
    serde_json::from_str(&text(format)).unwrap()
}

/// A finding: rule, path, line, and what else the format says of it.
type Findings = Vec<(String, String, u64, String)>;

fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The findings of the JSON report, in order, with something more of each.
fn expected(more: impl Fn(&Value) -> String) -> Findings {
    let report = document("json");
    let found = report["findings"].as_array().unwrap().iter().map(|it| {
        let location = &it["location"];
        let line = location["start"]["line"].as_u64().unwrap();
        (
            string(&it["rule"]["name"]),
            string(&location["path"]),
            line,
            more(it),
        )
    });
    let mut found: Findings = found.collect();
    assert!(found.len() > 1_500, "{}", found.len());
    found.sort();
    found
}

fn assert_holds(
    format: &str,
    found: impl IntoIterator<Item = (String, String, u64, String)>,
    more: impl Fn(&Value) -> String,
) {
    let mut found: Findings = found.into_iter().collect();
    found.sort();
    let expected = expected(more);
    let lost = expected.iter().find(|one| !found.contains(one));
    let added = found.iter().find(|one| !expected.contains(one));
    assert_eq!((lost, added), (None, None), "{format}");
    assert_eq!(found.len(), expected.len(), "{format}");
}

fn id(finding: &Value) -> String {
    string(&finding["id"])
}

fn column(finding: &Value) -> String {
    finding["location"]["start"]["column"].to_string()
}

#[test]
fn json_lines_hold_what_json_holds() {
    let text = text("jsonl");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_kind = |kind: &str| -> Vec<Value> {
        let lines = lines.clone().filter(|line| line["type"] == kind);
        let lines = lines.map(|mut line| {
            line.as_object_mut().unwrap().remove("type");
            line
        });
        lines.collect()
    };
    let report = document("json");
    for (kind, list) in [
        ("finding", "findings"),
        ("undetermined", "undetermined"),
        ("suppressed", "suppressed"),
    ] {
        assert!(of_kind(kind) == *report[list].as_array().unwrap(), "{kind}");
    }
}

#[test]
fn sarif_holds_what_json_holds() {
    let log = document("sarif");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |kind: &str| -> Findings {
        let chosen = results.iter().filter(|it| {
            let is_accepted = it.get("suppressions").is_some();
            it["kind"] == kind && !is_accepted
        });
        let found = chosen.map(|it| {
            let place = &it["locations"][0]["physicalLocation"];
            let uri = string(&place["artifactLocation"]["uri"]);
            (
                string(&it["ruleId"]),
                percent_decode_str(&uri).decode_utf8().unwrap().into_owned(),
                place["region"]["startLine"].as_u64().unwrap(),
                string(&it["partialFingerprints"]["ecslintFindingId/v1"]),
            )
        });
        found.collect()
    };
    assert_holds("sarif", of("fail"), id);
}

#[test]
fn gitlab_and_reviewdog_hold_what_json_holds() {
    let issues = document("gitlab");
    let issues = issues.as_array().unwrap().iter().map(|it| {
        let location = &it["location"];
        (
            string(&it["check_name"]),
            string(&location["path"]),
            location["lines"]["begin"].as_u64().unwrap(),
            string(&it["fingerprint"]),
        )
    });
    assert_holds("gitlab", issues, id);
    let report = document("rdjson");
    let diagnostics = report["diagnostics"].as_array().unwrap().iter().map(|it| {
        let start = &it["location"]["range"]["start"];
        (
            string(&it["code"]["value"]),
            string(&it["location"]["path"]),
            start["line"].as_u64().unwrap(),
            start["column"].to_string(),
        )
    });
    assert_holds("rdjson", diagnostics, column);
}

#[test]
fn xml_holds_what_json_holds() {
    let checkstyle = elements(&text("checkstyle"));
    let mut file = String::new();
    let mut found = Findings::new();
    for element in &checkstyle {
        match element.0.as_str() {
            "file" => file = attribute(element, "name").to_owned(),
            "error" => found.push((
                attribute(element, "source")
                    .trim_start_matches("ecslint.")
                    .to_owned(),
                file.clone(),
                attribute(element, "line").parse().unwrap(),
                attribute(element, "column").to_owned(),
            )),
            _ => {}
        }
    }
    assert_holds("checkstyle", found, column);
    // A case of JUnit is a rule in a file, whose failure lists the findings.
    let mut failed: BTreeSet<(String, String)> = BTreeSet::new();
    let mut case = (String::new(), String::new());
    for element in &elements(&text("junit")) {
        match element.0.as_str() {
            "testcase" => {
                let of = |name| attribute(element, name).to_owned();
                case = (of("name"), of("classname"));
            }
            "failure" => {
                failed.insert(case.clone());
            }
            _ => {}
        }
    }
    let expected = expected(|_| String::new()).into_iter();
    let expected: BTreeSet<(String, String)> = expected.map(|(rule, path, ..)| (rule, path)).collect();
    assert_eq!(failed, expected);
}

/// A value of a property of a GitHub command.
fn unescaped(text: &str) -> String {
    let out = text.replace("%3A", ":").replace("%2C", ",");
    out.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

#[test]
fn github_and_lines_hold_what_json_holds() {
    let text_of_github = text("github");
    let commands = text_of_github.lines().filter_map(|line| {
        let (head, _) = line.strip_prefix("::")?.split_once("::")?;
        let (_, properties) = head.split_once(' ')?;
        let of = |name: &str| {
            let mut all = properties.split(',').filter_map(|it| it.split_once('='));
            all.find(|(key, _)| *key == name)
                .map(|(_, value)| unescaped(value))
        };
        Some((
            of("title")?,
            of("file")?,
            of("line")?.parse().unwrap(),
            of("col")?,
        ))
    });
    assert_holds("github", commands, column);
    let line = regex::Regex::new(r"^(.+?):(\d+):(\d+): (?:error|warning|info)\[([a-z0-9-]+)\]").unwrap();
    let concise = text("concise");
    let lines = concise.lines().filter_map(|it| line.captures(it)).map(|it| {
        let of = |at: usize| it[at].to_owned();
        (of(4), of(1), it[2].parse().unwrap(), of(3))
    });
    assert_holds("concise", lines, column);
}
