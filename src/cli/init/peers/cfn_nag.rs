//! Deny lists and profiles of cfn_nag, which it takes by flag: <https://github.com/stelligent/cfn_nag>.

use std::path::Path;

use super::{Proposal, words};
use crate::lint::suppression::Tool;
use crate::source::Str;
use crate::yaml::Node;

/// The key of a deny list.
const KEY: &str = "RulesToSuppress";

/// The files that may be deny lists: hidden ones whose name has the tool in it, and the others of the folder.
pub(super) fn candidates(cwd: &Path, others: &[Str]) -> Vec<String> {
    let entries = std::fs::read_dir(cwd).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut hidden: Vec<String> = names
        .filter(|name| name.starts_with('.') && name.replace('-', "_").contains("cfn_nag"))
        .filter(|name| cwd.join(name).is_file())
        .collect();
    hidden.sort();
    let others = others.iter().map(|path| path.to_string());
    hidden.into_iter().chain(others).collect()
}

/// True for the text of a deny list; a profile is lines.
pub(super) fn is_deny_list(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_start().trim_start_matches('"').starts_with(KEY))
}

/// A deny list: rules that never apply.
pub(super) fn deny_list(root: &Node, proposal: &mut Proposal) {
    let entries = root.get(KEY).and_then(Node::as_sequence).unwrap_or_default();
    for entry in entries {
        for id in words(entry.get("id")) {
            proposal.exactly(&id, |proposal| &mut proposal.disable);
        }
    }
}

/// A profile: the only rules that apply, one a line, with words behind them.
pub(super) fn profile(text: &str, proposal: &mut Proposal) {
    let first = text.lines().filter_map(|line| line.split_whitespace().next());
    let only: Vec<&str> = first.filter(|id| Tool::CfnNag.owns(id)).collect();
    if only.is_empty() {
        proposal.leave("the file", "neither a deny list nor a profile: it names no rule");
        return;
    }
    proposal.broadly(|known| !only.contains(&known));
}

#[cfg(test)]
mod tests {
    use super::super::Peer;
    use super::super::tests::{left, proposal, rules};
    use super::*;

    #[test]
    fn rules_of_a_deny_list_are_switched_off() {
        let text = "---\nRulesToSuppress:\n- id: W2\n  reason: public on purpose\n- id: W89\n";
        assert!(is_deny_list(text));
        let proposal = proposal(Peer::CfnNag, text, deny_list);
        assert!(!proposal.disable.is_empty());
        assert!(proposal.disable.iter().all(|found| found.ids == ["W2"]));
        assert_eq!(left(&proposal), ["W89"]);
    }

    #[test]
    fn rules_that_a_profile_does_not_name_are_proposed() {
        let text = "F3 no wildcard actions\nW9\n# words\n";
        assert!(!is_deny_list(text));
        let mut proposal = Proposal::new(Peer::CfnNag);
        profile(text, &mut proposal);
        let ids: Vec<&String> = proposal.perhaps.iter().flat_map(|found| &found.ids).collect();
        assert!(ids.iter().any(|id| *id == "W2"), "{ids:?}");
        assert!(!ids.iter().any(|id| *id == "F3" || *id == "W9"), "{ids:?}");
        assert!(rules(&proposal.disable).is_empty());
    }
}
