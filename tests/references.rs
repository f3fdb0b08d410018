//! What rules say of the world outside: other tools' rules, and pages of the AWS documentation.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ecslint::rules::RULES;

/// The tools that have a rule of the id, by id.
fn peers() -> BTreeMap<String, BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/peer-rules.txt");
    let text = fs::read_to_string(path).unwrap();
    let mut peers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (tool, id) = line.split_once(' ').unwrap();
        peers.entry(id.to_owned()).or_default().insert(tool.to_owned());
    }
    peers
}

#[test]
fn every_reference_is_the_id_of_another_tools_rule() {
    let peers = peers();
    let unknown: Vec<String> = RULES
        .iter()
        .flat_map(|rule| rule.references.iter().map(move |id| (rule.name, *id)))
        .filter(|(_, id)| !peers.contains_key(*id))
        .map(|(rule, id)| format!("{rule}: {id}"))
        .collect();
    assert!(
        unknown.is_empty(),
        "not in data/peer-rules.txt, which tools/generate-peer-rules.py makes: {unknown:#?}"
    );
}

#[test]
fn an_id_means_one_tool() {
    let shared: Vec<_> = peers().into_iter().filter(|(_, tools)| tools.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}

#[test]
fn no_rule_refers_to_a_rule_twice() {
    for rule in RULES.iter() {
        let distinct: BTreeSet<_> = rule.references.iter().collect();
        assert_eq!(distinct.len(), rule.references.len(), "{}", rule.name);
    }
}

#[test]
fn pages_of_aws_are_whole_pages_in_english() {
    for rule in RULES.iter() {
        let page = rule.aws_page.strip_prefix("https://docs.aws.amazon.com/");
        let path = page
            .and_then(|page| page.strip_suffix(".html"))
            .unwrap_or_default();
        let plain = |char: char| char.is_ascii_alphanumeric() || "/-_".contains(char);
        assert!(
            !path.is_empty() && !path.contains("//") && path.chars().all(plain),
            "{}: {}",
            rule.name,
            rule.aws_page
        );
    }
}
