//! Suppressions written for other tools, honoured where those tools honour them and for the rules that mean the same.
//!
//! They are never judged: what is of no use here may be of use there.

use std::sync::LazyLock;

use regex::Regex;

use super::names::Names;
use super::scope::Scope;
use super::{Request, Requests, Wanted};
use crate::cfn::Template;
use crate::diag::SuppressionKind;
use crate::source::Span;
use crate::yaml::Node;

/// A tool whose suppressions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// <https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html>
    Checkov,
    /// <https://github.com/stelligent/cfn_nag#per-resource-rule-suppression>
    CfnNag,
    /// <https://github.com/aws-cloudformation/cfn-lint#metadata>
    CfnLint,
    /// `SuppressedRules`, as the rules of AWS Guard Rules Registry read it.
    Guard,
    /// <https://github.com/cdklabs/cdk-nag#suppressing-a-rule>
    CdkNag,
}

impl Tool {
    /// True for ids in the tool's form. Ids of one tool may be the beginning or the whole of another's: `W2` is cfn_nag's,
    /// `W2001` is cfn-lint's.
    pub fn owns(self, id: &str) -> bool {
        let numbered = |letters: &[char]| {
            let number = id.strip_prefix(letters).unwrap_or("");
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then_some(number.len())
        };
        /// Every id of cfn-lint has as many digits.
        const CFN_LINT_DIGITS: usize = 4;
        match self {
            Tool::Checkov => id.starts_with("CKV"),
            Tool::CfnNag => {
                numbered(&['F']).is_some() || numbered(&['W']).is_some_and(|digits| digits < CFN_LINT_DIGITS)
            }
            Tool::CfnLint => numbered(&['E', 'W', 'I']) == Some(CFN_LINT_DIGITS),
            Tool::Guard => {
                let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                id.contains('_') && !id.starts_with("CKV") && id.chars().all(is_upper)
            }
            Tool::CdkNag => id.starts_with("AwsSolutions-"),
        }
    }

    /// The rules that mean the same as a rule of the tool.
    pub(super) fn rules(self, id: &str, names: Names<'_>) -> Vec<&'static str> {
        names.by_reference(|reference| reference == id && self.owns(reference))
    }
}

/// A request of another tool.
pub(super) fn request(
    place: Span,
    scope: Scope,
    by: String,
    rules: Vec<&'static str>,
    reason: Option<String>,
) -> Request {
    let wanted = Wanted {
        shown: by.clone(),
        rules,
        matching: None,
    };
    Request {
        place: Some(place),
        scope,
        kind: SuppressionKind::Metadata,
        by,
        is_foreign: true,
        wanted: vec![wanted],
        reason,
        until: None,
    }
}

/// A skip in a comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CheckovSkip {
    /// The id of the check.
    pub(super) id: String,
    /// What stands behind the second colon.
    pub(super) reason: Option<String>,
}

/// The form that checkov looks for, anywhere in a line.
static SKIP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:checkov|bridgecrew):skip= *([A-Za-z_0-9]+)(?::([^\n]*))?").ok());

impl CheckovSkip {
    /// Reads a comment.
    pub(super) fn parse(comment: &str) -> Option<CheckovSkip> {
        let found = SKIP.as_ref()?.captures(comment)?;
        let reason = found.get(2).map(|reason| reason.as_str().trim().to_owned());
        Some(CheckovSkip {
            id: found.get(1)?.as_str().to_owned(),
            reason: reason.filter(|reason| !reason.is_empty()),
        })
    }
}

/// Reads the metadata of a template and its resources.
pub(super) fn collect(template: &Template, names: Names<'_>, requests: &mut Requests) {
    if let Some(metadata) = &template.metadata {
        // Of all these tools only two read the metadata of a template.
        let scope = Scope::Template(template.file);
        cfn_lint(metadata, &scope, names, requests);
        listed(Tool::CdkNag, metadata, &scope, names, requests);
        checkov_of_template(metadata, names, requests);
    }
    for resource in template.resources.values() {
        let Some(metadata) = &resource.metadata else {
            continue;
        };
        let scope = Scope::Resource {
            declaration: resource.span,
            id: resource.id.text.clone(),
        };
        for tool in [Tool::Checkov, Tool::CfnNag, Tool::CdkNag] {
            listed(tool, metadata, &scope, names, requests);
        }
        cfn_lint(metadata, &scope, names, requests);
        guard(metadata, &scope, names, requests);
    }
}

/// `checkov.skip` in the metadata of a template, where checkov does not look.
fn checkov_of_template(metadata: &Node, names: Names<'_>, requests: &mut Requests) {
    let skips = metadata.get("checkov").and_then(|section| section.get("skip"));
    for item in skips.and_then(Node::as_sequence).unwrap_or_default() {
        let id = item.get("id").and_then(Node::as_text);
        if let Some(id) = id.filter(|id| !Tool::Checkov.rules(id, names).is_empty()) {
            requests.of_template(item.span, &format!("checkov:skip={id}"));
        }
    }
}

/// A list of ids with reasons: `checkov.skip`, `cfn_nag.rules_to_suppress`, `cdk_nag.rules_to_suppress`.
fn listed(tool: Tool, metadata: &Node, scope: &Scope, names: Names<'_>, requests: &mut Requests) {
    let (section, list, reason_key, shown) = match tool {
        Tool::Checkov => ("checkov", "skip", "comment", "checkov:skip="),
        Tool::CdkNag => ("cdk_nag", "rules_to_suppress", "reason", "cdk_nag "),
        _ => ("cfn_nag", "rules_to_suppress", "reason", "cfn_nag "),
    };
    let Some(section) = metadata.get(section) else {
        return;
    };
    if let Some(slip) = section.entry("rules_to_supress") {
        requests.unknown(
            slip.key_span,
            "no tool reads `rules_to_supress`".to_owned(),
            "did you mean `rules_to_suppress`?",
            &slip.key,
        );
    }
    for item in section.get(list).and_then(Node::as_sequence).unwrap_or_default() {
        let Some(id) = item.get("id").and_then(Node::as_text) else {
            continue;
        };
        // Narrowed to particular findings of cdk-nag, which cannot be told apart here.
        if item.get("applies_to").is_some() {
            continue;
        }
        let rules = tool.rules(id, names);
        if rules.is_empty() {
            continue;
        }
        let is_encoded = item.get("is_reason_encoded").and_then(Node::as_bool) == Some(true);
        let reason = item
            .get(reason_key)
            .and_then(Node::as_text)
            .filter(|_| !is_encoded);
        let reason = reason.map(ToString::to_string);
        requests.requests.push(request(
            item.span,
            scope.clone(),
            format!("{shown}{id}"),
            rules,
            reason,
        ));
    }
}

/// `cfn-lint.config.ignore_checks`: ids, in the metadata of a template also beginnings of ids. Names of rules of ecslint
/// count as well, since cfn-lint passes over what it does not know.
fn cfn_lint(metadata: &Node, scope: &Scope, names: Names<'_>, requests: &mut Requests) {
    let config = metadata.get("cfn-lint").and_then(|section| section.get("config"));
    let ids = config
        .and_then(|config| config.get("ignore_checks"))
        .and_then(Node::as_sequence);
    for node in ids.unwrap_or_default() {
        let Some(id) = node.as_text().filter(|id| !id.is_empty()) else {
            continue;
        };
        let rules = match (names.selector(id), scope) {
            (Ok(selector @ super::names::Selector::Rule(_)), _) => names.rules(selector),
            (_, Scope::Template(_)) => {
                names.by_reference(|reference| reference.starts_with(&**id) && Tool::CfnLint.owns(reference))
            }
            _ => Tool::CfnLint.rules(id, names),
        };
        if !rules.is_empty() {
            let by = format!("cfn-lint {id}");
            requests
                .requests
                .push(request(node.span, scope.clone(), by, rules, None));
        }
    }
}

/// `guard.SuppressedRules`: names.
fn guard(metadata: &Node, scope: &Scope, names: Names<'_>, requests: &mut Requests) {
    let section = metadata
        .get("guard")
        .and_then(|section| section.get("SuppressedRules"));
    for node in section.and_then(Node::as_sequence).unwrap_or_default() {
        let Some(id) = node.as_text() else {
            continue;
        };
        let rules = Tool::Guard.rules(id, names);
        if !rules.is_empty() {
            let by = format!("guard {id}");
            requests
                .requests
                .push(request(node.span, scope.clone(), by, rules, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn every_id_belongs_to_one_tool() {
        const TOOLS: [Tool; 5] = [
            Tool::Checkov,
            Tool::CfnNag,
            Tool::CfnLint,
            Tool::Guard,
            Tool::CdkNag,
        ];
        for (id, tool) in [
            ("CKV_AWS_65", Tool::Checkov),
            ("CKV2_AWS_28", Tool::Checkov),
            ("W2", Tool::CfnNag),
            ("F1000", Tool::CfnNag),
            ("W1011", Tool::CfnLint),
            ("E3047", Tool::CfnLint),
            ("CFN_NO_EXPLICIT_RESOURCE_NAMES", Tool::Guard),
            ("AwsSolutions-ECS2", Tool::CdkNag),
        ] {
            let owners: Vec<Tool> = TOOLS.into_iter().filter(|tool| tool.owns(id)).collect();
            assert_eq!(owners, [tool], "{id}");
            assert!(!tool.rules(id, Names::new(&RULES)).is_empty(), "{id}");
        }
        assert!(
            !TOOLS
                .into_iter()
                .any(|tool| tool.owns("ECS.2") || tool.owns("AVD-AWS-0035"))
        );
    }

    #[test]
    fn a_skip_is_found_anywhere_in_a_comment() {
        let skip = CheckovSkip::parse("# see #checkov:skip=CKV_AWS_65: dev cluster ").unwrap();
        assert_eq!(
            (skip.id.as_str(), skip.reason.as_deref()),
            ("CKV_AWS_65", Some("dev cluster"))
        );
        assert_eq!(
            CheckovSkip::parse("# checkov:skip=CKV_AWS_65").unwrap().reason,
            None
        );
        assert_eq!(CheckovSkip::parse("# skip=CKV_AWS_65"), None);
    }
}
