//! Policies name the resources that their actions work on.

use super::unscoped_secret_access;
use crate::aws::escalations::escalates_alone;
use crate::diag::Severity;
use crate::facts::iam::grant::{Loose, listed, reads_secrets, runs_tasks, works_on_data};
use crate::facts::iam::{Policy, Reach, Statement, covers};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

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
                  `iam:PassRole`, wildcards over actions, data, starting tasks, ways to more permissions, and \
                  secrets where ECS roles read them. An info when the actions only read metadata, when the ARN names \
                  a region or account, or when AWS's own policy for this kind of role grants the same. Never \
                  undetermined: what is not known is not `*`.",
        fix: "Split the statement: keep `*` for the actions that need it, and name the resources of the others.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_355", "CKV_AWS_111", "CKV_AWS_290", "W11", "W12", "W13", "AVD-AWS-0057", "AwsSolutions-IAM5", "IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
    options: &[],
    check: Check::Native(check),
};

/// Formats that the help prints; three cover most statements, and more are not read.
const MAX_FORMATS: usize = 3;

fn check(cx: &mut Context<'_, '_>) {
    for (policy, statement) in cx.facts.iam.written() {
        if let Some(finding) = in_statement(cx, policy, statement) {
            cx.report(finding);
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let has_secrets = iam.held_by_any(policy, unscoped_secret_access::EXPOSED);
    let is_held = !policy.holders.is_empty();
    let documented = iam.documented(policy);
    let is_documented = |action: &str| documented.iter().any(|name| covers(name, action));
    let wanted = |action: &str| {
        let is_other_rule = works_on_data(action)
            || runs_tasks(action) && !is_documented(action)
            || has_secrets && reads_secrets(action)
            || is_held && escalates_alone(action);
        !is_other_rule
    };
    let beyond = iam.open(policy, statement, |action| wanted(action) && !is_documented(action));
    let is_documented = beyond.is_none();
    let open = beyond.or_else(|| iam.open(policy, statement, wanted))?;
    let is_wide = open.loose.iter().any(|item| item.reach == Reach::Every && !item.is_harmless());
    let patterns = open.patterns();
    let reach = match open.reach() {
        Reach::Every => "every resource",
        _ => "every resource of the type in an account or region",
    };
    let described = iam.described(cx.inventory(), policy);
    let mut message = format!("{described} allows {} on {reach}", listed(&patterns));
    if is_documented {
        message.push_str(", as the AWS managed policy for such roles does");
    }
    let finding = Finding::new(policy.id, open.resource.span, message)
        .when(&open.guard)
        .label(reach)
        .help(help(&open.loose))
        .through(cx.inventory(), &statement.trail)
        .through(cx.inventory(), &open.resource.trail)
        .because(iam.evidence(cx.inventory(), policy))
        .atom(patterns.join(" "));
    Some(match is_wide && !is_documented {
        true => finding,
        false => finding.severity(Severity::Info),
    })
}

fn help(shown: &[Loose]) -> String {
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
