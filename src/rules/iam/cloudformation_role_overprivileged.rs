//! Roles that CloudFormation deploys with are made for the stacks they deploy.

use crate::aws::managed_policies::{Verdict, classify};
use crate::diag::{Label, Severity};
use crate::eval::Guard;
use crate::facts::iam::grant::{literal, place};
use crate::facts::iam::{Effect, Kind, Origin, Policy, Principal, Statement, covers};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

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
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
    check: Check::Native(check),
};

/// The policy for everything but IAM.
const POWER_USER: &str = "PowerUserAccess";

/// One policy that gives too much.
struct Cause {
    guard: Guard,
    label: Label,
    what: &'static str,
}

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
    let mut causes: Vec<Cause> = Vec::new();
    let mut open = principal.open.clone();
    for (attached, policy) in cx.facts.iam.policies_of(principal.id) {
        let found = match &policy.origin {
            Origin::Aws(path) => managed(cx, policy, path, attached.span).into_iter().collect(),
            _ => policy.statements.iter().filter_map(|statement| written(cx, policy, statement)).collect::<Vec<_>>(),
        };
        causes.extend(found.into_iter().map(|cause| Cause { guard: cause.guard.and(&attached.guard), ..cause }));
        open.extend(policy.open.iter().cloned());
    }
    let mut trust = principal.trust.iter().flat_map(|statement| &statement.principals);
    let trust = trust.find(|case| matches!(&case.value.name, crate::eval::Known::Value(text) if text.prefix().starts_with("cloudformation.")));
    let trust = trust.map(|case| inventory.evidence(principal.id, case.span, "CloudFormation deploys with it"));
    let what = causes.first().map_or("", |cause| cause.what);
    let finding = Finding::new(
        principal.id,
        declared,
        format!("role `{name}`, with which CloudFormation deploys, {what}"),
    )
    .when(&Guard::any(causes.iter().map(|cause| cause.guard.clone())))
    .label(what)
    .because(trust)
    .because(causes.into_iter().map(|cause| cause.label))
    .help("list the actions on the resources that the stacks declare, and bound `iam` by `iam:PermissionsBoundary`");
    cx.conclude(
        [finding],
        Question {
            subject: principal.id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("what role `{name}`, with which CloudFormation deploys, may do"),
            open,
        },
    );
}

fn managed(cx: &Context<'_, '_>, policy: &Policy, path: &str, span: Span) -> Option<Cause> {
    let what = match classify(path) {
        Verdict::Administrator => "has administrator access",
        _ if path == POWER_USER => "may do everything but manage users",
        _ if path == "IAMFullAccess" => "may do everything in IAM",
        _ => return None,
    };
    Some(Cause {
        guard: cx.facts.iam.withheld(policy, "*").negated(),
        label: cx.inventory().evidence(policy.id, span, what),
        what,
    })
}

fn written(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Cause> {
    if statement.effect != Effect::Allow {
        return None;
    }
    let iam = &cx.facts.iam;
    let all = statement.administrator().and(&iam.withheld(policy, "*").negated());
    if !all.is_never() {
        let span = place(&statement.actions.only).unwrap_or(statement.span);
        return Some(Cause {
            guard: policy.guard.and(&all),
            label: cx.inventory().evidence(policy.id, span, "everything on every resource"),
            what: "has administrator access",
        });
    }
    let is_iam = |pattern: &str| covers(pattern, "iam:*");
    let mut items = statement.actions.only.iter();
    let case = items.find(|case| literal(&case.value).is_some_and(|pattern| is_iam(&pattern)))?;
    let guard = Guard::all([
        policy.guard.clone(),
        statement.guard.clone(),
        case.guard.clone(),
        statement.on_everything(),
        statement.bounded().negated(),
        iam.withheld(policy, "iam:*").negated(),
    ]);
    let what = "may do everything in IAM";
    (!guard.is_never()).then(|| Cause {
        guard,
        label: cx.inventory().evidence(policy.id, case.span, "every action of IAM"),
        what,
    })
}
