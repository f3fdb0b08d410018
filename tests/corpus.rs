//! Everything over real templates, where they are: whatever people write, nothing crashes, and the threads do not matter.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Where the templates are: beside the repository, because they are not ours.
const CORPUS: &str = "../shared/corpus/open";

/// Fewer templates than this mean that the corpus is not what it was.
const TEMPLATES_MIN: u64 = 100;

fn check(folder: &Path, jobs: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args([
            "check",
            ".",
            "--profile",
            "all",
            "--format",
            "json",
            "--jobs",
            jobs,
        ])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

#[test]
fn real_templates_crash_nothing_and_threads_change_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(CORPUS);
    // Through a link the corpus may also lie beside the folder that holds this working copy.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(CORPUS);
    let Some(folder) = [folder, above].into_iter().find(|folder| folder.is_dir()) else {
        // Past the test harness, which shows what a passing test prints to nobody.
        let _ = writeln!(std::io::stderr(), "skipped: {CORPUS} is not here");
        return;
    };
    let one = check(&folder, "1");
    let report: Value = serde_json::from_slice(&one.stdout).unwrap();
    let crashes: Vec<&Value> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|error| error["kind"] != "input")
        .collect();
    assert!(crashes.is_empty(), "{crashes:#?}");
    assert!(
        matches!(one.status.code(), Some(0 | 1 | 3)),
        "exit {:?}: {}",
        one.status.code(),
        String::from_utf8_lossy(&one.stderr)
    );
    let templates = report["summary"]["templates"].as_u64().unwrap();
    assert!(templates >= TEMPLATES_MIN, "only {templates} templates");
    let four = check(&folder, "4");
    assert!(one.stdout == four.stdout, "-j1 and -j4 differ");
}
