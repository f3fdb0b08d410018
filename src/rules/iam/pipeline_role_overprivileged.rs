//! Roles of pipelines and builds are made for what they deploy.

use crate::aws::iam::RoleClass;
use crate::diag::Severity;
use crate::facts::iam::excess::{IAM, Whole, by_turn};
use crate::facts::iam::{Kind, Principal};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "pipeline-role-overprivileged",
    summary: "roles of pipelines, builds and deployments are no administrators",
    docs: Docs {
        why: "Whoever may push to the repository, or change a build script, runs commands with the role of the build. A role \
              that may do everything in a service makes every such change one to all of the account.",
        decides: "Looks at roles that CodePipeline, CodeBuild or CodeDeploy may assume. Reported, once for each role, are \
                  `PowerUserAccess`, all actions of IAM, ECS, CloudFormation or S3 on every \
                  resource, and `iam:PassRole` or `sts:AssumeRole` on every role, unless a condition, a `Deny` or a \
                  permissions boundary takes it back. Roles that CloudFormation may assume as well are \
                  cloudformation-role-overprivileged, and `*` on `*` and `AdministratorAccess` are administrator-access.",
        fix: "List the actions of the pipeline, on its own buckets, stacks, services and roles; let CloudFormation deploy \
              with a role of its own.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam.html",
    options: &[],
    check: Check::Native(check),
};

const fn whole(pattern: &'static str, seen: &'static str, what: &'static str) -> Whole {
    Whole { pattern, seen, what }
}

/// What no deployment needs on every resource, the worst first.
const WHOLES: &[Whole] = &[
    IAM,
    whole("iam:PassRole", "every role", "may pass every role"),
    whole("sts:AssumeRole", "every role", "may assume every role that trusts the account"),
    whole("cloudformation:*", "every stack", "may do everything in CloudFormation"),
    whole("ecs:*", "every action of ECS", "may do everything in ECS"),
    whole("s3:*", "every action of S3", "may do everything in S3"),
];

/// The services that deploy, as the beginnings of their principals, with what they do.
const SERVICES: &[(&str, &str)] = &[
    ("codepipeline.", "CodePipeline runs"),
    ("codebuild.", "CodeBuild builds"),
    ("codedeploy.", "CodeDeploy deploys"),
];

const HELP: &str = "list the actions of the pipeline, on its own buckets, stacks, services and roles";

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        if principal.kind == Kind::Role
            && !principal.trusts("cloudformation.")
            && let Some(deploys) = deploys(principal)
        {
            judge(cx, principal, deploys, WHOLES, HELP);
        }
    }
}

/// What deploys with a role, and where the role says so.
fn deploys(principal: &Principal) -> Option<(&'static str, Option<Span>)> {
    for (service, what) in SERVICES {
        let named = principal.trust_in(service);
        let is_used = principal
            .uses
            .iter()
            .any(|usage| usage.class == RoleClass::Deployment && usage.principal == Some(service));
        if named.is_some() || is_used {
            return Some((what, named));
        }
    }
    None
}

/// Reports what no deployment needs of a role: the worst at a time. `deploys` says what the role is for, `trust` is where it
/// says so itself.
pub(super) fn judge(
    cx: &mut Context<'_, '_>,
    principal: &Principal,
    (deploys, trust): (&str, Option<Span>),
    wholes: &[Whole],
    help: &str,
) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(principal.id);
    let declared = inventory.project().resource(principal.id).id.span;
    let excesses = cx.facts.iam.excesses(principal, wholes);
    let told = excesses.iter().filter(|excess| !excess.is_administrator());
    let trust = trust.map(|span| inventory.evidence(principal.id, span, format!("{deploys} with it")));
    let labels = || told.clone().map(|excess| inventory.evidence(excess.policy, excess.span, excess.seen));
    let turns = by_turn(&excesses).into_iter().filter(|(excess, _)| !excess.is_administrator());
    let findings = turns.map(|(excess, guard)| {
        let what = excess.what;
        Finding::new(principal.id, declared, format!("role `{name}`, with which {deploys}, {what}"))
            .when(&guard)
            .label(what)
            .because(trust.clone())
            .because(labels())
            .help(help)
            .atom(what)
    });
    let findings: Vec<Finding> = findings.collect();
    let policies = cx.facts.iam.policies_of(principal.id).flat_map(|(_, policy)| &policy.open);
    let limited = cx.facts.iam.is_administrator(principal).negated();
    let open = principal.open.iter().chain(policies).cloned();
    let open: Vec<_> = open.map(|case| case.when(&limited)).collect();
    cx.conclude(
        findings,
        Question {
            subject: principal.id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("what role `{name}`, with which {deploys}, may do"),
            open,
        },
    );
}
