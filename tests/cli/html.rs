//! The page for a browser, as the command writes it. `tools/test-pages.sh` opens it in one.

use super::*;

/// The page about the article's template.
fn page(arguments: &[&str]) -> String {
    let article = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/article");
    let folder = tempfile::tempdir().unwrap();
    let output = run(
        folder.path(),
        &[&["check", article, "--format", "html"], arguments].concat(),
    );
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_page_needs_no_other_and_says_how_the_run_ended() {
    let page = page(&[]);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    for loads in [" src=", "@import", "url(", "<link", "<iframe", "<img"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(page.contains("default-src &apos;none&apos;"));
    assert!(page.contains("<strong>failed</strong>"));
    assert!(page.contains("gives its tasks public IP addresses"));
}

#[test]
fn a_run_that_is_told_to_end_well_did_not_pass() {
    let article = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/article");
    let folder = tempfile::tempdir().unwrap();
    let gate = |arguments: &[&str]| {
        let output = run(
            folder.path(),
            &[&["check", article, "--format", "html"], arguments].concat(),
        );
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let page = stdout(&output);
        let (_, gate) = page.split_once("<p class=\"gate ").unwrap();
        gate.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(gate(&["--exit-zero"]), "excused");
    assert_eq!(gate(&["--fail-on", "never"]), "passed");
}

#[test]
fn two_runs_and_any_number_of_threads_write_the_same_page() {
    assert_eq!(page(&["-j", "1"]), page(&["-j", "8"]));
}

#[test]
fn a_rule_is_explained_once() {
    let page = page(&["--profile", "all"]);
    let findings = page.matches("href=\"#r-explicit-physical-name\"").count();
    assert_eq!(page.matches("id=\"r-explicit-physical-name\"").count(), 1);
    assert!(findings > 1, "{findings}");
}
