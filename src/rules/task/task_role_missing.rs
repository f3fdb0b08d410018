//! Task definitions have a task role.

use crate::aws::ecs::TaskDefinition as View;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::TaskDefinition;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-role-missing",
    summary: "task definitions have a task role",
    docs: Docs {
        why: "Without a role of its own an application gets its permissions from somewhere else: on container \
              instances from the role of the instance, which all tasks there share, or from keys in its configuration.",
        decides: "A task definition without `TaskRoleArn` is reported; as a warning where it runs on container \
                  instances, by its `RequiresCompatibilities`, a `NetworkMode` that Fargate does not have, or what starts it. \
                  Whether the application calls AWS \
                  at all is not known, so on Fargate it is only worth knowing.",
        fix: "Give the task definition a `TaskRoleArn` with the permissions of this application and no others; a role \
              without permissions if it needs none.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Info,
    security_severity: Some(4.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["7f384a5f"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    options: &[],
    check: Check::Native(check),
};

/// Network modes of Linux that Fargate does not have.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html>
const NOT_ON_FARGATE: &[&str] = &["bridge", "host"];

const HELP: &str = "give it a `TaskRoleArn` with the permissions of this application and no others";

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        judge(cx, definition);
    }
}

fn judge(cx: &mut Context<'_, '_>, definition: &TaskDefinition<'_>) {
    let id = definition.id;
    let name = cx.inventory().logical_id(id);
    let declared = cx.inventory().project().resource(id).id.span;
    let mut missing = Vec::new();
    let mut place = declared;
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let roles = cx.eval().texts(View(id).task_role(cx.eval()));
    for case in &roles {
        match &case.value {
            Known::Value(text) if !text.parts().is_empty() => {}
            Known::Absent | Known::Value(_) => {
                missing.push(case.guard.clone());
                // A role that is there at times is left out where it is written.
                if roles.len() > 1 && place == declared {
                    place = case.span;
                }
            }
            Known::Unknown(reason) => open.push(case.with(reason.clone())),
        }
    }
    let missing = Guard::any(missing);
    let placement = definition.placement(cx.inventory(), cx.facts.starters(definition.id));
    let held = definition.network_mode.iter().filter(|case| {
        matches!(&case.value, Known::Value(mode) if NOT_ON_FARGATE.contains(&&**mode))
    });
    let held = Guard::any(held.map(|case| case.guard.clone()));
    let may_be_apart = placement.held_to_fargate.or(&placement.external);
    let on_instances = placement.on_instances.or(&held.and(&may_be_apart.negated()));
    let finding = |message: String| {
        Finding::new(id, place, message)
            .when(&missing)
            .label("no `TaskRoleArn`")
            .help(HELP)
    };
    let findings = [
        finding(format!(
            "task definition `{name}` has no task role and runs on container instances, whose role its containers can take"
        ))
        .when(&on_instances)
        .severity(Severity::Warning)
        .because(placement.instances_because),
        finding(format!("task definition `{name}` has no task role")).when(&on_instances.negated()),
    ];
    cx.conclude(
        findings,
        Question {
            subject: id,
            place: declared,
            message: format!("whether task definition `{name}` has a task role"),
            open,
        },
    );
}
