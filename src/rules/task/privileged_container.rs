//! Containers are not privileged.

use crate::diag::Severity;
use crate::eval::{Case, Known, Unknown};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "privileged-container",
    summary: "containers are not privileged",
    docs: Docs {
        why: "A privileged container has all rights of root on its container instance: whoever breaks into \
              it owns the instance, the other tasks there and the credentials of the instance role.",
        decides: "Reports `Privileged: true`. Fargate refuses such a task definition. A task definition that \
              nothing uses is checked as well.",
        fix: "Remove `Privileged`, and add the one capability that the container needs under \
              `LinuxParameters`.",
        safety: Safety::Unsafe,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: Some(8.8),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_334", "CT.ECS.PR.11", "ECS.4"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    cx.for_each_container(judge, |name| format!("whether a container of task definition `{name}` is privileged"));
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in cx.eval().booleans(container.view().privileged(cx.eval())) {
        match &case.value {
            Known::Value(true) => findings.push(
                Finding::new(definition.id, case.span, format!("{shown} is privileged"))
                    .when(&case.guard)
                    .label("all rights of root on the container instance")
                    .help("remove `Privileged`; add single capabilities under `LinuxParameters` where they are needed")
                    .through(inventory, &case.trail),
            ),
            Known::Unknown(reason) => open.push(case.with(reason.clone())),
            Known::Value(false) | Known::Absent => {}
        }
    }
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: container.place,
            message: format!("whether {shown} is privileged"),
            open,
        },
    );
}
