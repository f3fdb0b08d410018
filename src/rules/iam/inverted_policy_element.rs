//! `Allow` statements name what they allow.

use crate::diag::Severity;
use crate::eval::{Guard, when_any};
use crate::facts::iam::{Effect, Origin, Policy, Statement};
use crate::facts::iam::grant::place;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "inverted-policy-element",
    summary: "`Allow` statements name what they allow, not what they leave out",
    docs: Docs {
        why: "`Allow` with `NotAction` or `NotResource` gives everything that is not in the list, everything that AWS \
              adds next year included.",
        decides: "Looks at `Allow` statements of policies of roles, users and groups. With `Deny` the elements are \
                  right. Statements with a condition that bounds them pass, `NotAction` on `*` that leaves IAM in is \
                  administrator-access, and `NotPrincipal` in a trust policy is public-trust-policy. Never \
                  undetermined: conditions that cannot be read are taken to bound the statement.",
        fix: "List the actions and resources that are needed, or write a `Deny` beside a narrow `Allow`.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(7.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W15", "W16", "W17", "W21", "W22", "W23", "IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_ACTION", "IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_RESOURCE"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for policy in &cx.facts.iam.policies {
        if matches!(policy.origin, Origin::Aws(_)) {
            continue;
        }
        for statement in policy.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            let elements = [
                ("NotAction", "every action", &statement.actions.all_but),
                ("NotResource", "every resource", &statement.resources.all_but),
            ];
            for (element, what, items) in elements {
                let guard = when_any(items);
                if let Some(span) = place(items) {
                    let finding = inverted(cx, policy, statement, element, what).when(&guard);
                    cx.report(Finding { place: span, ..finding });
                }
            }
        }
    }
}

fn inverted(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement, element: &str, what: &str) -> Finding {
    let iam = &cx.facts.iam;
    let described = iam.described(cx.inventory(), policy);
    let guard = Guard::all([
        policy.guard.clone(),
        statement.guard.clone(),
        statement.bounded().negated(),
        statement.administrator().negated(),
    ]);
    let message = format!("{described} allows {what} but a few, with `{element}`");
    Finding::new(policy.id, statement.span, message)
        .when(&guard)
        .label(format!("{what} but this"))
        .through(cx.inventory(), &statement.trail)
        .because(iam.evidence(cx.inventory(), policy))
        .help("list what is needed, or write a `Deny` beside a narrow `Allow`")
        .atom(element)
}
