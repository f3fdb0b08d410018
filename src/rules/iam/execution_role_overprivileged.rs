//! Execution roles have what the agent needs and no more.

use crate::aws::ecs;
use crate::aws::iam::RoleClass;
use crate::aws::iam_actions::{Action, Expansion, expand};
use crate::diag::Severity;
use crate::eval::{Guard, Known, Part};
use crate::facts::iam::grant::{breadth, known, listed, literal, reads_secrets};
use crate::facts::iam::{Effect, Origin, Policy, Principal, Statement, covers};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "execution-role-overprivileged",
    summary: "execution roles have what the agent needs and no more",
    docs: Docs {
        why: "The execution role is for the agent: it pulls images, opens log streams and reads the secrets that are put \
              into containers. What an application needs stands in the wrong role there, and does not work for it.",
        decides: "Looks at policies of execution roles, AWS managed ones left out. Reported are actions other than \
                  those on images, log streams, secrets, parameters, keys and environment files; wildcards over a \
                  service are wildcard-action. A secret of the templates that the role may read and no container \
                  with the role uses is reported as well, unless the role's ARN leaves the templates. Never \
                  undetermined: actions that are not known pass.",
        fix: "Move the actions to the task role if the application calls them; take them away otherwise.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(6.8),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
    options: &[],
    check: Check::Native(check),
};

/// What the agent calls, and descriptions of the same things.
const EXPECTED: &[&str] = &[
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:CreateRepository",
    "ecr:Describe*",
    "ecr:List*",
    "ecr-public:GetAuthorizationToken",
    "sts:GetServiceBearerToken",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
    "logs:Describe*",
    "secretsmanager:GetSecretValue",
    "secretsmanager:DescribeSecret",
    "ssm:GetParameter*",
    "ssm:DescribeParameters",
    "kms:Decrypt",
    "kms:DescribeKey",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetBucketLocation",
    "s3:ListBucket",
];

fn check(cx: &mut Context<'_, '_>) {
    for policy in &cx.facts.iam.policies {
        let is_for_agent =
            |principal: &Principal| principal.is(RoleClass::Execution) && !principal.is(RoleClass::Task);
        if matches!(policy.origin, Origin::Aws(_))
            || !cx.facts.iam.holders(policy).any(|(_, principal)| is_for_agent(principal))
        {
            continue;
        }
        for statement in policy.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            if let Some(finding) = beyond(cx, policy, statement) {
                cx.report(finding);
            }
            for finding in unused(cx, policy, statement) {
                cx.report(finding);
            }
        }
    }
}

/// Actions that the agent does not call.
fn beyond(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let mut patterns: Vec<Str> = Vec::new();
    let mut guards = Vec::new();
    let mut place: Option<Span> = None;
    for case in &statement.actions.only {
        let Some(pattern) = literal(&case.value).filter(|pattern| breadth(pattern).is_none()) else {
            continue;
        };
        let Expansion::Known(actions) = expand(&pattern) else {
            continue;
        };
        let is_expected = |action: &Action| EXPECTED.iter().any(|known| covers(known, &action.name));
        if actions.iter().all(is_expected) {
            continue;
        }
        // `ecr:Get*` and the like are a loose way to say what is expected; wildcard-action draws the line.
        if pattern.contains('*') && actions.iter().any(is_expected) {
            continue;
        }
        place.get_or_insert(case.span);
        guards.push(case.guard.and(&iam.withheld(policy, &pattern).negated()));
        patterns.push(pattern);
    }
    let described = iam.described(cx.inventory(), policy);
    let message = format!("{described} allows {}, which the agent does not call", listed(&patterns));
    let all_of = |service: &str| patterns.iter().all(|pattern| pattern.starts_with(service));
    let help = if all_of("ssmmessages:") {
        "move it to the task role: ECS Exec opens its channel with that"
    } else if all_of("elasticfilesystem:") {
        "ECS mounts EFS with the task role, and only where `AuthorizationConfig.IAM` is on: remove them here"
    } else {
        "move what the application calls to the task role, and take the rest away"
    };
    Some(
        Finding::new(policy.id, place?, message)
            .when(&policy.guard.and(&statement.guard).and(&Guard::any(guards)))
            .label("not needed to start a task")
            .through(cx.inventory(), &statement.trail)
            .because(iam.evidence(cx.inventory(), policy))
            .help(help)
            .atom(patterns.join(" ")),
    )
}

/// Secrets of the templates that no container with the role uses.
fn unused(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Vec<Finding> {
    let iam = &cx.facts.iam;
    let reads = statement.actions.only.iter().filter(|case| literal(&case.value).is_some_and(|name| reads_secrets(&name)));
    let reads = Guard::any(reads.map(|case| case.guard.clone()));
    if reads.is_never() {
        return Vec::new();
    }
    let Some(used) = used(cx, policy) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for case in &statement.resources.only {
        let Some(Part::Attribute(secret, _)) = known(&case.value).and_then(|text| text.as_part()) else {
            continue;
        };
        if !ecs::SECRETS.contains(&cx.inventory().type_name(*secret)) || used.contains(secret) {
            continue;
        }
        let described = iam.described(cx.inventory(), policy);
        let name = cx.inventory().logical_id(*secret);
        let message = format!("{described} allows to read secret `{name}`, which no container with the role uses");
        findings.push(
            Finding::new(policy.id, case.span, message)
                .when(&policy.guard.and(&statement.guard).and(&reads).and(&case.guard))
                .label("used by no container")
                .because([cx.inventory().declared(*secret, "the secret")])
                .because(iam.evidence(cx.inventory(), policy))
                .help("take it away, or move it to the task role if the application reads the secret itself")
                .atom(&**name),
        );
    }
    findings
}

/// The secrets that containers use whose execution role has the policy; nothing when there may be other containers.
fn used(cx: &Context<'_, '_>, policy: &Policy) -> Option<Vec<ResourceId>> {
    let mut out = Vec::new();
    for (_, principal) in cx.facts.iam.holders(policy) {
        let is_agent = principal.uses.iter().all(|usage| usage.class == RoleClass::Execution);
        if !is_agent || cx.inventory().escapes(principal.id).is_some() {
            return None;
        }
        for usage in &principal.uses {
            let definition = cx.facts.task_definition(usage.by)?;
            if !definition.open.is_empty() {
                return None;
            }
            for container in &definition.containers {
                for read in container.secrets(cx.eval()) {
                    let Known::Value(text) = &read.source.value else {
                        return None;
                    };
                    text.unknown().map_or(Some(()), |_| None)?;
                    out.extend(text.parts().iter().filter_map(|part| match part {
                        Part::Attribute(id, _) => Some(*id),
                        _ => None,
                    }));
                }
            }
        }
    }
    Some(out)
}
