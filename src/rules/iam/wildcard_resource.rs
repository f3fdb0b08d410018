//! Policies name the resources that their actions work on.

use crate::aws::iam::RoleClass;
use crate::aws::managed_policies::{Selection, statements};
use crate::diag::Severity;
use crate::eval::Guard;
use super::unscoped_secret_access;
use crate::facts::iam::grant::{Loose, listed, reads_secrets, works_on_data};
use crate::facts::iam::{Origin, Policy, Reach, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "wildcard-resource",
    summary: "policies name the resources that their actions work on",
    docs: Docs {
        why: "With `Resource: \"*\"` a task that should update one service, read one queue or write one bucket can do \
              so with every one of the account, and so can whoever gets into it.",
        decides: "Looks at `Allow` statements on `*`, or on an ARN that covers every resource of an action's type. \
                  Actions that AWS cannot limit to a resource, or of which some calls concern none \
                  (`ecr:GetAuthorizationToken`, `cloudwatch:PutMetricData`, `ec2:Describe*`), are left out, as are \
                  unknown ones, statements with a condition that bounds them, and what other rules report: \
                  `iam:PassRole`, wildcards over actions, data, and secrets where ECS roles read them. An info when the actions only read metadata, when the ARN names a region or account, \
                  or when AWS's own policy for this kind of role grants the same.",
        fix: "Split the statement: keep `*` for the actions that need it, and name the resources of the others.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_355", "CKV_AWS_111", "W11", "W12", "W13", "AVD-AWS-0057", "AwsSolutions-IAM5"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
    check: Check::Native(check),
};

/// Formats that the help prints; three cover most statements, and more are not read.
const MAX_FORMATS: usize = 3;

/// The policies that AWS documents for a kind of role, whose grants on `*` are its own advice.
const DOCUMENTED: &[(RoleClass, &str, &[&str])] = &[
    (RoleClass::Instance, "ec2.", &[
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "AmazonSSMManagedInstanceCore",
        "CloudWatchAgentServerPolicy",
    ]),
    (RoleClass::Execution, "", &["service-role/AmazonECSTaskExecutionRolePolicy"]),
    (RoleClass::LegacyService, "ecs.amazonaws.com", &["service-role/AmazonEC2ContainerServiceRole"]),
    (RoleClass::Lambda, "lambda.", &[
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole",
    ]),
];

fn check(cx: &mut Context<'_, '_>) {
    for policy in &cx.facts.iam.policies {
        if matches!(policy.origin, Origin::Aws(_)) {
            continue;
        }
        for statement in &policy.statements {
            if let Some(finding) = in_statement(cx, policy, statement) {
                cx.report(finding);
            }
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let mut loose = statement.loose();
    let has_secrets = iam.held_by_any(policy, unscoped_secret_access::EXPOSED);
    loose.retain_mut(|item| item.keep(|action| !(works_on_data(action) || has_secrets && reads_secrets(action))));
    for item in &mut loose {
        item.guard = item.guard.and(&iam.withheld(policy, &item.pattern).negated());
    }
    let documented = documented(cx, policy);
    let beyond: Vec<&Loose> = loose.iter().filter(|item| !is_documented(item, &documented)).collect();
    let is_documented = beyond.is_empty();
    let shown: Vec<&Loose> = if is_documented { loose.iter().collect() } else { beyond };
    let open = statement.open_resources(&loose);
    let resource = open.first()?;
    let guard = Guard::any(shown.iter().map(|item| item.guard.clone()))
        .and(&Guard::any(open.iter().map(|case| case.guard.clone())));
    let guard = policy
        .guard
        .and(&statement.guard)
        .and(&guard)
        .and(&statement.bounded().negated());
    let is_wide = shown.iter().any(|item| item.reach == Reach::Every && !item.is_harmless());
    let patterns: Vec<Str> = shown.iter().map(|item| item.pattern.clone()).collect();
    let reach = match shown.iter().map(|item| item.reach).max() {
        Some(Reach::Every) => "every resource",
        _ => "every resource of the type in an account or region",
    };
    let described = iam.described(cx.inventory(), policy);
    let mut message = format!("{described} allows {} on {reach}", listed(&patterns));
    if is_documented {
        message.push_str(", as the AWS managed policy for such roles does");
    }
    let atom = patterns.join(" ");
    let finding = Finding::new(policy.id, resource.span, message)
        .when(&guard)
        .label(reach)
        .help(help(&shown))
        .through(cx.inventory(), &statement.trail)
        .through(cx.inventory(), &resource.trail)
        .because(iam.evidence(cx.inventory(), policy))
        .atom(atom);
    Some(match is_wide && !is_documented {
        true => finding,
        false => finding.severity(Severity::Info),
    })
}

/// The actions that AWS's own policies for the holders' kinds of roles allow on `*`.
fn documented(cx: &Context<'_, '_>, policy: &Policy) -> Vec<&'static str> {
    let iam = &cx.facts.iam;
    let applies = |class: RoleClass, service: &str| {
        iam.holders(policy).any(|(_, principal)| {
            principal.is(class) || (!service.is_empty() && principal.uses.is_empty() && principal.trusts(service))
        })
    };
    DOCUMENTED
        .iter()
        .filter(|(class, service, _)| applies(*class, service))
        .flat_map(|(_, _, paths)| paths.iter().filter_map(|path| statements(path)).flatten())
        .filter(|statement| matches!(statement.resources, Selection::Only(words) if words.contains(&"*")))
        .flat_map(|statement| match statement.actions {
            Selection::Only(words) => words,
            Selection::AllBut(_) => &[],
        })
        .copied()
        .collect()
}

fn is_documented(item: &Loose, documented: &[&str]) -> bool {
    item.actions
        .iter()
        .all(|action| documented.iter().any(|name| crate::facts::iam::covers(name, &action.name)))
}

fn help(shown: &[&Loose]) -> String {
    let mut formats: Vec<String> = Vec::new();
    for item in shown {
        if let (Some(format), Some(action)) = (item.format(), item.actions.first()) {
            let known = formats.iter().any(|text| text.ends_with(&format!("`{format}`")));
            if !known && formats.len() < MAX_FORMATS {
                formats.push(format!("`{}` to `{format}`", action.name));
            }
        }
    }
    format!("limit {}", formats.join(", "))
}
