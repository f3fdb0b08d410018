//! There and back: what is accepted is gone and nothing else, what is recorded does not fail, and what is mended leaves the record.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::add_ignore::all_fixtures;
use super::{code, command, folder, stderr, stdout};

/// The day on which the tests take place.
const TODAY: &str = "2027-01-15";

fn run(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = command(folder, arguments);
    command.env("ECSLINT_TODAY", TODAY).output().unwrap()
}

/// Half of the fixtures about accepting findings.
fn texts() -> Vec<(String, String)> {
    all_fixtures().into_iter().step_by(2).collect()
}

/// Fixtures in a folder, each file a template by itself.
fn fixtures() -> tempfile::TempDir {
    let texts = texts();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (&**name, &**text)).collect();
    folder(&files)
}

/// The ids of what a report lists, each with its rule.
fn ids(report: &Value, list: &str) -> BTreeSet<(String, String)> {
    let items = report[list].as_array().unwrap().iter();
    let of = |value: &Value| value.as_str().unwrap().to_owned();
    items.map(|it| (of(&it["id"]), of(&it["rule"]["name"]))).collect()
}

/// The report of a folder, with the exit code.
fn check(folder: &Path, more: &[&str]) -> (i32, Value) {
    let mut all = vec!["check", ".", "--profile=all", "--fail-on=info", "-f", "json"];
    all.extend(more);
    let output = run(folder, &all);
    (code(&output), serde_json::from_slice(&output.stdout).unwrap())
}

/// Every third of some rules, another third for each number.
fn third<'r>(rules: &BTreeSet<&'r String>, start: usize) -> BTreeSet<&'r String> {
    rules.iter().skip(start).step_by(3).copied().collect()
}

#[test]
fn accepting_some_findings_takes_away_those_and_no_others() {
    let folder = fixtures();
    let (_, report) = check(folder.path(), &[]);
    let (mut standing, open) = (ids(&report, "findings"), ids(&report, "undetermined"));
    let all = standing.clone();
    let rules: BTreeSet<&String> = all.iter().map(|(_, rule)| rule).collect();
    assert!(rules.len() > 60, "{}", rules.len());
    let mut accepted = ids(&report, "suppressed");
    for start in 0..2 {
        let chosen = third(&rules, start);
        let names: Vec<&str> = chosen.iter().map(|rule| rule.as_str()).collect();
        let select = names.join(",");
        let add = [
            "check",
            ".",
            "--fail-on=info",
            "--add-ignore=x",
            "--select",
            &select,
        ];
        let output = run(folder.path(), &add);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let (gone, left) = standing.into_iter().partition(|(_, rule)| chosen.contains(rule));
        standing = left;
        accepted.extend::<BTreeSet<_>>(gone);
        let (_, report) = check(folder.path(), &[]);
        assert_eq!(ids(&report, "findings"), standing);
        assert_eq!(ids(&report, "suppressed"), accepted);
        assert_eq!(ids(&report, "undetermined"), open);
        let again = run(folder.path(), &add);
        assert_eq!((code(&again), stdout(&again).as_str()), (0, "nothing written\n"));
    }
    assert!(!standing.is_empty());
}

#[test]
fn a_baseline_knows_what_it_recorded_and_forgets_what_is_pruned() {
    let folder = fixtures();
    let (exit, report) = check(folder.path(), &[]);
    assert_eq!(exit, 1);
    let recorded = ids(&report, "findings");
    let baseline = |action: &str| {
        let output = run(folder.path(), &["baseline", action, ".", "--profile=all"]);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        stdout(&output)
    };
    baseline("create");
    const KNOWN: &[&str] = &["--baseline", ".ecslint-baseline.json"];
    let (exit, report) = check(folder.path(), KNOWN);
    assert_eq!((exit, ids(&report, "baselined")), (0, recorded.clone()));
    assert_eq!(ids(&report, "findings"), BTreeSet::new());
    // Some templates go, one comes.
    let names: Vec<String> = texts().into_iter().map(|(name, _)| name).collect();
    for name in names.iter().step_by(4) {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let copy = folder.path().join("yaml/copy.yaml");
    fs::copy(
        folder
            .path()
            .join(names.iter().rfind(|it| it.ends_with(".yaml")).unwrap()),
        copy,
    )
    .unwrap();
    let (_, plain) = check(folder.path(), &[]);
    let left = ids(&plain, "findings");
    let (exit, report) = check(folder.path(), KNOWN);
    let new: BTreeSet<_> = left.difference(&recorded).cloned().collect();
    let known: BTreeSet<_> = left.intersection(&recorded).cloned().collect();
    assert_eq!((exit, ids(&report, "findings")), (1, new.clone()));
    assert_eq!(ids(&report, "baselined"), known);
    assert!(!new.is_empty() && known.len() > 300 && known.len() < recorded.len());
    let said = baseline("prune");
    let gone = recorded.len() - known.len();
    assert!(
        said.contains(&format!("{gone} removed · {} entries", known.len())),
        "{said}"
    );
    let (exit, report) = check(folder.path(), KNOWN);
    assert_eq!((exit, ids(&report, "findings")), (1, new));
    assert_eq!(ids(&report, "baselined"), known);
    assert_eq!(report["stale"].as_array().unwrap().len(), 0);
    baseline("update");
    let (exit, report) = check(folder.path(), KNOWN);
    assert_eq!((exit, ids(&report, "baselined")), (0, left));
}
