//! `.cfnlintrc`: <https://github.com/aws-cloudformation/cfn-lint#config-file>.

use super::{Proposal, words};
use crate::yaml::Node;

/// Characters of a whole id; a shorter word stands for every id that begins with it.
const ID_LENGTH: usize = 5;

/// From which of its levels on the tool fails, and the severity that is the same here.
const LEVELS: &[(&str, &str)] = &[
    ("informational", "info"),
    ("warning", "warning"),
    ("error", "error"),
    ("none", "never"),
];

pub(super) fn read(root: &Node, proposal: &mut Proposal) {
    for id in words(root.get("ignore_checks")) {
        if id.len() < ID_LENGTH {
            proposal.broadly(|known| known.starts_with(id.as_str()));
        } else {
            proposal.exactly(&id, |proposal| &mut proposal.disable);
        }
    }
    proposal.exclude.extend(words(root.get("ignore_templates")));
    for level in words(root.get("non_zero_exit_code")) {
        match LEVELS.iter().find(|(name, _)| *name == level) {
            Some((_, severity)) => proposal.fail_on = Some(severity),
            None => proposal.leave(
                format!("non_zero_exit_code: {level}"),
                "not a level that is known",
            ),
        }
    }
    let templates = words(root.get("templates"));
    if !templates.is_empty() {
        let patterns: Vec<String> = templates.iter().map(|path| format!("'{path}'")).collect();
        let command = format!("ecslint check {}", patterns.join(" "));
        proposal.leave("templates", format!("inputs are arguments: {command}"));
    }
    if !words(root.get("regions")).is_empty() {
        proposal.leave(
            "regions",
            "the region is a value of an environment; see `environments`",
        );
    }
    if root.get("append_rules").is_some() {
        proposal.leave(
            "append_rules",
            "rules of your own are YAML files here; see `ecslint rules schema`",
        );
    }
    if root.get("configure_rules").is_some() {
        proposal.leave("configure_rules", "options are named by `ecslint explain RULE`");
    }
    if root.get("mandatory_checks").is_some() {
        proposal.leave(
            "mandatory_checks",
            "rules that nobody may accept are named under `suppressions.protected`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::Peer;
    use super::super::tests::{left, proposal};
    use super::*;

    #[test]
    fn checks_are_ignored_by_name_and_proposed_by_prefix() {
        let whole = proposal(Peer::CfnLint, "ignore_checks: [E3012, W9999]\n", read);
        assert!(whole.perhaps.is_empty());
        assert!(left(&whole).contains(&"W9999"));
        let prefix = proposal(Peer::CfnLint, "ignore_checks:\n  - E\n", read);
        assert!(prefix.disable.is_empty());
        assert!(!prefix.perhaps.is_empty());
        let ids = prefix.perhaps.iter().flat_map(|found| &found.ids);
        assert!(ids.into_iter().all(|id| id.starts_with('E')));
    }

    #[test]
    fn templates_are_left_out_and_the_level_that_fails_is_kept() {
        let text = "ignore_templates: [codebuild.yaml]\nnon_zero_exit_code: error\n\
                    templates: ['cfn/**/*.yaml']\nregions: [eu-west-1]\n";
        let proposal = proposal(Peer::CfnLint, text, read);
        assert_eq!(proposal.exclude, ["codebuild.yaml"]);
        assert_eq!(proposal.fail_on, Some("error"));
        assert_eq!(left(&proposal), ["templates", "regions"]);
        assert!(proposal.left[0].why.ends_with("ecslint check 'cfn/**/*.yaml'"));
    }
}
