//! Roles that CloudFormation deploys with are made for the stacks they deploy.

use crate::diag::Severity;
use crate::eval::Known;
use crate::facts::iam::excess::{IAM, by_turn};
use crate::facts::iam::{Kind, Principal};
use crate::rule::{Category, Context, Docs, Finding, Profile, Question, Rule};

/// See the module.
pub static RULE: Rule = Rule {
    name: "cloudformation-role-overprivileged",
    summary: "roles that CloudFormation deploys with are no administrators",
    docs: Docs {
        why: "Whoever may change a template, or run the pipeline, acts with the role of CloudFormation. With an \
              administrator's role a pull request to one service owns the account.",
        decides: "Looks at roles that `cloudformation.amazonaws.com` may assume. Reported, once for each role, are \
                  administrator access in any form, `PowerUserAccess`, and all actions of IAM, unless a condition such \
                  as `iam:PermissionsBoundary`, a `Deny` or a permissions boundary takes it back. Which services the \
                  stacks need is not compared.",
        fix: "List the actions on the types of resources that the stacks declare, and allow `iam` only with the condition \
              `iam:PermissionsBoundary`.",
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
    check,
};

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        if principal.kind == Kind::Role && principal.trusts("cloudformation.") {
            role(cx, principal);
        }
    }
}

fn role(cx: &mut Context<'_, '_>, principal: &Principal) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(principal.id);
    let declared = inventory.project().resource(principal.id).id.span;
    let excesses = cx.facts.iam.excesses(principal, &[IAM]);
    let mut trust = principal.trust.iter().flat_map(|statement| &statement.principals);
    let trust = trust.find(|case| matches!(&case.value.name, Known::Value(text) if text.prefix().starts_with("cloudformation.")));
    let trust = trust.map(|case| inventory.evidence(principal.id, case.span, "CloudFormation deploys with it"));
    let labels = || excesses.iter().map(|excess| inventory.evidence(excess.policy, excess.span, excess.seen));
    let findings = by_turn(&excesses).into_iter().map(|(excess, guard)| {
        let what = excess.what;
        Finding::new(principal.id, declared, format!("role `{name}`, with which CloudFormation deploys, {what}"))
            .when(&guard)
            .label(what)
            .because(trust.clone())
            .because(labels())
            .help("list the actions on the resources that the stacks declare, and bound `iam` by `iam:PermissionsBoundary`")
            .atom(what)
    });
    let findings: Vec<Finding> = findings.collect();
    let policies = cx.facts.iam.policies_of(principal.id).flat_map(|(_, policy)| &policy.open);
    let open: Vec<_> = principal.open.iter().chain(policies).cloned().collect();
    cx.conclude(
        findings,
        Question {
            subject: principal.id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("what role `{name}`, with which CloudFormation deploys, may do"),
            open,
        },
    );
}
