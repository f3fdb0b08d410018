//! Roles that CloudFormation deploys with are made for the stacks they deploy.

use super::pipeline_role_overprivileged::judge;
use crate::diag::{Label, Severity};
use crate::eval::Guard;
use crate::facts::iam::deployment::deployed;
use crate::facts::iam::grant::listed;
use crate::facts::iam::excess::IAM;
use crate::facts::iam::{Kind, Principal};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "cloudformation-role-overprivileged",
    summary: "roles that CloudFormation deploys with are no administrators",
    docs: Docs {
        why: "Whoever may change a template, or run the pipeline, acts with the role of CloudFormation. With an \
              administrator's role a pull request to one service owns the account.",
        decides: "Looks at roles that `cloudformation.amazonaws.com` may assume. Reported, once for each role, are \
                  `PowerUserAccess` and all actions of IAM, unless a condition such \
                  as `iam:PermissionsBoundary`, a `Deny` or a permissions boundary takes it back. Where \
                  pipelines of the templates show all that the role deploys, services that it may change and \
                  of which those templates declare nothing are a warning; services that deployments need for other \
                  things, such as S3 and KMS, are left out. `*` on `*` and `AdministratorAccess` are administrator-access.",
        fix: "List the actions on the types of resources that the stacks declare, and allow `iam` only with the condition \
              `iam:PermissionsBoundary`.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
    options: &[],
    check: Check::Native(check),
};

/// Further patterns, and templates, that are pointed at.
const MAX_SHOWN: usize = 4;

const HELP: &str = "allow the actions that the stacks' resource types need, and `iam` only under the condition \
                    `iam:PermissionsBoundary`";

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        if principal.kind != Kind::Role || !principal.trusts("cloudformation.") {
            continue;
        }
        if let Some(finding) = surplus(cx, principal) {
            cx.report(finding);
        }
        let deploys = ("CloudFormation deploys", principal.trust_in("cloudformation."));
        judge(cx, principal, deploys, &[IAM], HELP);
    }
}

/// Services that the role may change and that the templates it deploys declare nothing of.
fn surplus(cx: &Context<'_, '_>, principal: &Principal) -> Option<Finding> {
    let inventory = cx.inventory();
    let deployed = deployed(inventory, &cx.facts.pipelines, principal)?;
    let mut surplus = cx.facts.iam.surplus(inventory, principal, &deployed);
    // One sentence is about one time.
    let always = surplus.iter().position(|surplus| surplus.guard == Guard::True);
    let guard = surplus.get(always.unwrap_or(0))?.guard.clone();
    surplus.retain(|surplus| surplus.guard == guard);
    let first = surplus.first()?;
    let name = inventory.logical_id(principal.id);
    let services: Vec<Str> = surplus.iter().map(|surplus| surplus.service.clone()).collect();
    let others = surplus.iter().skip(1).take(MAX_SHOWN).map(|surplus| {
        let text = format!("`{}`", surplus.given.pattern);
        inventory.evidence(surplus.given.policy.id, surplus.given.place, text)
    });
    let mut templates: Vec<Label> = Vec::new();
    for template in &deployed {
        let label = inventory.evidence(template.pipeline, template.place, "a template that is deployed with the role");
        if !templates.contains(&label) {
            templates.push(label);
        }
    }
    let message = format!(
        "role `{name}` may change {}, of which the templates that CloudFormation deploys with it declare nothing",
        listed(&services)
    );
    Some(
        Finding::new(principal.id, first.given.place, message)
            .when(&guard)
            .label(format!("`{}`", first.given.pattern))
            .severity(Severity::Warning)
            .through(inventory, &first.given.statement.trail)
            .because(others)
            .because(templates.into_iter().take(MAX_SHOWN))
            .help("take away what no stack needs")
            .atom("services"),
    )
}
