//! The pages in `rules/` are those that the rules themselves make.
//!
//! `UPDATE=1 cargo test --test catalogue` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ecslint::report::catalogue;
use ecslint::rules::RULES;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// What the pages should be, by file name.
fn wanted() -> BTreeMap<String, String> {
    let pages = RULES
        .iter()
        .map(|rule| (format!("{}.md", rule.name), catalogue::markdown(rule)));
    let index = ("README.md".to_owned(), catalogue::markdown_index(&RULES));
    pages.chain([index]).collect()
}

/// What they are.
fn present() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            pages.insert(name, text);
        }
    }
    pages
}

#[test]
fn every_rule_has_the_page_that_it_makes() {
    let (wanted, mut present) = (wanted(), present());
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        for name in present.keys().filter(|name| !wanted.contains_key(*name)) {
            fs::remove_file(folder().join(name)).unwrap();
        }
        for (name, text) in &wanted {
            fs::write(folder().join(name), text).unwrap();
        }
        present = self::present();
    }
    let advice = "`UPDATE=1 cargo test --test catalogue` writes the pages anew";
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&present), names(&wanted), "{advice}");
    for (name, text) in &wanted {
        assert_eq!(present.get(name), Some(text), "rules/{name}: {advice}");
    }
}

#[test]
fn every_page_says_why_how_it_decides_and_what_to_do_and_shows_both_sides() {
    for rule in RULES.iter() {
        let page = catalogue::markdown(rule);
        for section in [
            "## Why",
            "## How it decides",
            "## How to fix",
            "## Reported",
            "## Not reported",
            "## AWS documentation",
        ] {
            assert!(page.contains(section), "{}: no {section}", rule.name);
        }
        assert!(
            rule.aws_page.starts_with("https://docs.aws.amazon.com/"),
            "{}: {}",
            rule.name,
            rule.aws_page
        );
        assert!(
            !rule.summary.ends_with('.') && !rule.summary.is_empty(),
            "{}",
            rule.name
        );
    }
}
