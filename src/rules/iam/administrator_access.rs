//! Nothing is given administrator access.

use crate::aws::managed_policies::{Verdict, classify};
use crate::diag::Severity;
use crate::facts::iam::grant::place;
use crate::facts::iam::{Origin, Policy, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "administrator-access",
    summary: "no role has administrator access",
    docs: Docs {
        why: "Whoever gets into one container, build or instance with such a role owns the account: every bucket, \
              every secret, every other role.",
        decides: "Looks at every policy of roles, users and groups, inline, apart or managed, JSON text included, and \
                  at attached AWS managed policies in any spelling of the ARN. Reported are an `Allow` of `*` on `*`, \
                  an `Allow` with `NotAction` on `*` that leaves IAM in, and `AdministratorAccess`. Conditions that \
                  bound the statement, a `Deny` of everything and a narrower permissions boundary take it back. Such \
                  a statement is reported here only, not by the other rules on wildcards.",
        fix: "List the actions that the role's code calls and the resources it calls them on; CloudTrail and IAM \
              Access Analyzer show what has been used.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(9.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_62", "CKV_AWS_274", "W43", "953b3cdb", "f62aa827", "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "IAM_ROLE_ADMINISTRATOR_ACCESS_POLICY_RULE", "IAM.1"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for policy in &cx.facts.iam.policies {
        let findings: Vec<Finding> = match &policy.origin {
            Origin::Aws(path) => attachments(cx, policy, path),
            _ => policy
                .statements
                .iter()
                .filter_map(|statement| in_statement(cx, policy, statement))
                .collect(),
        };
        let described = cx.facts.iam.described(cx.inventory(), policy);
        cx.conclude(findings, Question {
            subject: policy.id,
            place: policy.span,
            message: format!("whether {described} gives administrator access is not decided by the templates"),
            open: policy.open.clone(),
        });
    }
    for principal in &cx.facts.iam.principals {
        let noun = principal.kind.noun();
        let name = cx.inventory().logical_id(principal.id);
        let place = principal.open.first().map(|case| case.span);
        cx.ask(Question {
            subject: principal.id,
            place: place.unwrap_or(cx.inventory().project().resource(principal.id).id.span),
            message: format!("whether {noun} `{name}` has administrator access is not decided by the templates"),
            open: principal.open.clone(),
        });
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let guard = statement.administrator();
    if guard.is_never() {
        return None;
    }
    let guard = policy.guard.and(&guard).and(&iam.withheld(policy, "*").negated());
    let described = iam.described(cx.inventory(), policy);
    let (at, what) = match place(&statement.actions.only) {
        Some(at) => (at, "every action"),
        None => (
            place(&statement.actions.all_but).unwrap_or(statement.span),
            "every action but a few",
        ),
    };
    let (resource, reach) = match place(&statement.resources.only) {
        Some(span) => (Some(span), "on every resource"),
        None => (place(&statement.resources.all_but), "on every resource but a few"),
    };
    let everywhere = resource.map(|span| cx.inventory().evidence(policy.id, span, reach));
    Some(
        Finding::new(policy.id, at, format!("{described} allows {what} {reach}"))
            .when(&guard)
            .label(what)
            .because(everywhere)
            .through(cx.inventory(), &statement.trail)
            .because(iam.evidence(cx.inventory(), policy))
            .help("allow the actions that are needed, on the resources they are needed on"),
    )
}

fn attachments(cx: &Context<'_, '_>, policy: &Policy, path: &str) -> Vec<Finding> {
    if classify(path) != Verdict::Administrator {
        return Vec::new();
    }
    let guard = cx.facts.iam.withheld(policy, "*").negated();
    let found = cx.facts.iam.holders(policy).map(|(case, principal)| {
        let name = cx.inventory().logical_id(principal.id);
        let message = format!("{} `{name}` has the AWS managed policy `{path}`", principal.kind.noun());
        Finding::new(principal.id, case.span, message)
            .when(&case.guard.and(&guard))
            .label("every action on every resource")
            .through(cx.inventory(), &case.trail)
            .because(principal.used_by(cx.inventory()))
            .help("attach a policy with the actions that are needed, on the resources they are needed on")
    });
    found.collect()
}
