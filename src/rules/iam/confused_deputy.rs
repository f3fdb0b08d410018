//! Roles of tasks say for which account ECS may assume them.

use crate::diag::Severity;
use crate::eval::Known;
use crate::facts::iam::{Effect, PrincipalKind, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "confused-deputy",
    summary: "roles of tasks say for which account ECS may assume them",
    docs: Docs {
        why: "ECS assumes roles for every customer. A condition on the account makes sure that it does so for yours only, \
              whatever another customer talks it into.",
        decides: "Looks at trust policies that name `ecs-tasks.amazonaws.com`, for which AWS recommends the condition. \
                  Reported is a statement without `aws:SourceAccount`, `aws:SourceArn` or a condition on the \
                  organization. Roles of other services are not judged: many of them do not send these keys. Never \
                  undetermined: a condition that is not known passes.",
        fix: "Add `Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}` to the statement.",
        safety: Safety::Safe,
    },
    category: Category::Iam,
    severity: Severity::Info,
    security_severity: Some(4.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    options: &[],
    check: Check::Native(check),
};

/// The condition keys that say for whom the service acts.
const SOURCE_KEYS: &[&str] = &["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"];

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        for statement in principal.trust.iter().filter(|statement| statement.effect == Effect::Allow) {
            let tasks = statement.principals.iter().filter(|case| {
                let name = matches!(&case.value.name, Known::Value(text) if text.prefix().starts_with("ecs-tasks."));
                name && case.value.kind == PrincipalKind::Service && !case.value.inverted
            });
            for case in tasks.filter(|_| !is_tried(statement)) {
                let name = cx.inventory().logical_id(principal.id);
                let message = format!("role `{name}` does not say for which account ECS may assume it");
                let finding = Finding::new(principal.id, case.span, message)
                    .when(&statement.guard.and(&case.guard))
                    .when(&statement.bounded_by(SOURCE_KEYS).negated())
                    .label("for any account")
                    .through(cx.inventory(), &statement.trail)
                    .because(principal.used_by(cx.inventory()))
                    .help("add the condition `StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}`");
                cx.report(finding);
            }
        }
    }
}

/// True when a condition is there and does not work, which is broken-source-condition.
fn is_tried(statement: &Statement) -> bool {
    let mut conditions = statement.conditions.iter();
    conditions.any(|case| {
        SOURCE_KEYS.contains(&&*case.value.key) && case.value.operator.starts_with("forallvalues:")
    })
}
