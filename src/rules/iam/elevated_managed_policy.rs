//! Roles have no AWS managed policy that gives more than they can need.

use crate::aws::iam::RoleClass;
use crate::aws::managed_policies::{Verdict, allowance, classify};
use crate::diag::Severity;
use crate::eval::Guard;
use crate::facts::iam::{Origin, Policy, Principal};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "elevated-managed-policy",
    summary: "roles have no AWS managed policy that gives more than they need",
    docs: Docs {
        why: "AWS's `FullAccess` and administrative policies are written for people in a console: on all resources, \
              often with `iam:PassRole` or with every secret of the account. A task has no use for that.",
        decides: "Looks at `ManagedPolicyArns` in any spelling of the ARN. Policies by which a role can take over more \
                  than it was made for (`PowerUserAccess`, `AmazonECS_FullAccess`, `SecretsManagerReadWrite` …) are an \
                  error on task, execution, instance and launcher roles and a warning elsewhere. Policies over a whole \
                  service, or over all data, are a warning. Policies made for one kind of role pass, as do policies \
                  that ecslint does not know. A role with administrator access is administrator-access. Undetermined while \
                  parameters or policies of other stacks decide what is attached.",
        fix: "Replace the policy by one that lists the actions the role's code calls and the resources it needs.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV2_AWS_56", "W44", "AwsSolutions-IAM4", "IAM_ROLE_ELEVATED_MANAGED_POLICY_RULE"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    options: &[],
    check: Check::Native(check),
};

/// Roles that run or start workloads, which outsiders get to first.
const EXPOSED: &[RoleClass] = &[
    RoleClass::Task,
    RoleClass::Execution,
    RoleClass::Instance,
    RoleClass::Launcher,
];

fn check(cx: &mut Context<'_, '_>) {
    for policy in &cx.facts.iam.policies {
        let Origin::Aws(path) = &policy.origin else {
            continue;
        };
        let iam = &cx.facts.iam;
        for (case, principal) in iam.holders(policy) {
            let Some((severity, what)) = judged(path, principal) else {
                continue;
            };
            let name = cx.inventory().logical_id(principal.id);
            let allowance = allowance(path).map_or_else(String::new, |allowance| format!(", which {allowance}"));
            let noun = principal.kind.noun();
            let message = format!("{noun} `{name}` has the AWS managed policy `{path}`{allowance}");
            let limited = iam.is_administrator(principal).negated();
            let finding = Finding::new(principal.id, case.span, message)
                .when(&Guard::all([case.guard.clone(), unbounded(cx, policy), limited]))
                .label(what)
                .severity(severity)
                .through(cx.inventory(), &case.trail)
                .because(principal.used_by(cx.inventory()))
                .help("attach a policy that lists the actions the role needs and the resources it needs them on")
                .atom(path.as_ref());
            cx.report(finding);
        }
    }
    for principal in &cx.facts.iam.principals {
        let noun = principal.kind.noun();
        let name = cx.inventory().logical_id(principal.id);
        let Some(first) = principal.open.first() else {
            continue;
        };
        cx.ask(Question {
            subject: principal.id,
            place: first.span,
            message: format!("which policies {noun} `{name}` has is not decided by the templates"),
            open: principal.open.clone(),
        });
    }
}

/// When nothing takes back all that the policy gives.
fn unbounded(cx: &Context<'_, '_>, policy: &Policy) -> Guard {
    cx.facts.iam.withheld(policy, "*").negated()
}

fn judged(path: &str, principal: &Principal) -> Option<(Severity, &'static str)> {
    match classify(path) {
        Verdict::Elevated if EXPOSED.iter().any(|class| principal.is(*class)) => {
            Some((Severity::Error, "enough to take over other parts of the account"))
        }
        Verdict::Elevated => Some((Severity::Warning, "enough to take over other parts of the account")),
        Verdict::Broad if path.contains("ReadOnly") => Some((Severity::Warning, "reads the data of every resource")),
        Verdict::Broad => Some((Severity::Warning, "all of a service, on every resource")),
        Verdict::Administrator | Verdict::Narrow | Verdict::Unknown => None,
    }
}
