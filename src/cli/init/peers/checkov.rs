//! `.checkov.yaml`: <https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html>.

use super::{Proposal, words};
use crate::yaml::Node;

/// What the platform behind checkov calls the severities of its checks, which its ids do not tell.
const SEVERITIES: &[&str] = &["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

pub(super) fn read(root: &Node, proposal: &mut Proposal) {
    for id in words(root.get("skip-check")) {
        if is_severity(&id) {
            proposal.leave(
                format!("skip-check: {id}"),
                "severities are not the same; see `min-severity`",
            );
        } else if let Some(pattern) = pattern(&id) {
            proposal.broadly(|known| pattern.matches(known));
        } else {
            proposal.exactly(&id, |proposal| &mut proposal.disable);
        }
    }
    let only = words(root.get("check"));
    if !only.is_empty() {
        let patterns: Vec<glob::Pattern> = only.iter().filter_map(|id| glob::Pattern::new(id).ok()).collect();
        if only.iter().any(|id| is_severity(id)) {
            proposal.leave("check", "severities are not the same; see `min-severity`");
        } else {
            proposal.broadly(|known| !patterns.iter().any(|pattern| pattern.matches(known)));
        }
    }
    soft_fail(root, proposal);
    for path in words(root.get("skip-path")) {
        match folder(&path) {
            Some(folder) => proposal.exclude.push(folder),
            None => proposal.leave(
                format!("skip-path: {path}"),
                "a regular expression; write it as a pattern of .gitignore under `exclude`",
            ),
        }
    }
    if root.get("external-checks-dir").is_some() || root.get("external-checks-git").is_some() {
        proposal.leave(
            "external-checks-dir",
            "rules of your own are YAML files here; see `ecslint rules schema`",
        );
    }
    if root.get("baseline").is_some() {
        proposal.leave("baseline", "findings are recorded anew, by their id");
    }
}

/// `soft-fail` and its lists: what is reported and does not fail.
fn soft_fail(root: &Node, proposal: &mut Proposal) {
    for id in words(root.get("soft-fail-on")) {
        if is_severity(&id) {
            proposal.leave(
                format!("soft-fail-on: {id}"),
                "severities are not the same; see `fail-on`",
            );
        } else if pattern(&id).is_some() {
            proposal.leave(
                format!("soft-fail-on: {id}"),
                "name the rules, and give each the severity `info`",
            );
        } else {
            proposal.exactly(&id, |proposal| &mut proposal.lenient);
        }
    }
    if root.get("hard-fail-on").is_some() {
        proposal.leave(
            "hard-fail-on",
            "what fails is a matter of severity; see `fail-on` and `rules`",
        );
    } else if root.get("soft-fail").and_then(Node::as_bool) == Some(true) {
        proposal.fail_on = Some("never");
    }
}

fn is_severity(word: &str) -> bool {
    SEVERITIES
        .iter()
        .any(|severity| severity.eq_ignore_ascii_case(word))
}

/// The pattern that an id is, where it is one.
fn pattern(id: &str) -> Option<glob::Pattern> {
    let is_pattern = id.contains(['*', '?', '[']);
    is_pattern.then(|| glob::Pattern::new(id).ok()).flatten()
}

/// The folder or file that a regular expression means, where it is one that people write for a path.
fn folder(expression: &str) -> Option<String> {
    let path = expression.trim_start_matches('^').trim_start_matches("./");
    let path = path
        .trim_end_matches('$')
        .trim_end_matches(".*")
        .trim_matches('/');
    let path = path.replace("\\.", ".");
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let means_something = path.chars().any(char::is_alphanumeric);
    (means_something && path.chars().all(is_plain)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::super::Peer;
    use super::super::tests::{left, proposal, rules};
    use super::*;

    #[test]
    fn checks_that_are_skipped_by_name_are_switched_off_and_others_named() {
        let text = "skip-check:\n  - CKV_AWS_333\n  - CKV_AWS_65,CKV_K8S_1\n  - HIGH\n";
        let proposal = proposal(Peer::Checkov, text, read);
        assert_eq!(
            rules(&proposal.disable),
            ["container-insights-disabled", "task-public-ip"]
        );
        assert_eq!(left(&proposal), ["CKV_K8S_1", "skip-check: HIGH"]);
    }

    #[test]
    fn a_wildcard_and_a_list_of_the_only_checks_are_proposals() {
        let wide = proposal(Peer::Checkov, "skip-check: [CKV_AWS_*]\n", read);
        assert!(wide.disable.is_empty());
        assert!(rules(&wide.perhaps).contains(&"task-public-ip"));
        let only = proposal(Peer::Checkov, "check: [CKV_AWS_333]\n", read);
        assert!(!rules(&only.perhaps).contains(&"task-public-ip"));
        assert!(rules(&only.perhaps).contains(&"container-insights-disabled"));
    }

    #[test]
    fn what_fails_softly_is_reported_and_does_not_fail() {
        let all = proposal(Peer::Checkov, "soft-fail: true\n", read);
        assert_eq!(all.fail_on, Some("never"));
        let some = proposal(Peer::Checkov, "soft-fail-on: CKV_AWS_333\n", read);
        assert_eq!(
            (rules(&some.lenient), some.fail_on),
            (vec!["task-public-ip"], None)
        );
        let hard = proposal(Peer::Checkov, "soft-fail: true\nhard-fail-on: [HIGH]\n", read);
        assert_eq!((left(&hard), hard.fail_on), (vec!["hard-fail-on"], None));
    }

    #[test]
    fn a_path_is_a_folder_and_an_expression_is_named() {
        let text = "skip-path: [examples/.*, ./node_modules, 'a\\.b/', '(x|y)/z', '.*']\n";
        let proposal = proposal(Peer::Checkov, text, read);
        assert_eq!(proposal.exclude, ["a.b", "examples", "node_modules"]);
        assert_eq!(left(&proposal), ["skip-path: (x|y)/z", "skip-path: .*"]);
    }
}
