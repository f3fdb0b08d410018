//! Tasks do not share the namespaces of their host.

use crate::aws::ecs::TaskDefinition as View;
use crate::diag::Severity;
use crate::eval::{Case, Known, Unknown};
use crate::facts::TaskDefinition;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "host-namespace-shared",
    summary: "tasks do not share the namespaces of their host",
    docs: Docs {
        why: "In the process or IPC namespace of the host a container sees and signals the processes of the \
              instance and of all other tasks, and reads their shared memory.",
        decides: "Reports `PidMode: host` and `IpcMode: host`. `PidMode: task`, by which the containers of one \
              task see one another, is only worth knowing.",
        fix: "Remove `PidMode` and `IpcMode`, or share within the task only.",
        safety: Safety::Unsafe,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: Some(7.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_335", "CT.ECS.PR.10", "ECS.3"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters_ec2.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        let eval = cx.eval();
        let view = View(definition.id);
        judge(
            cx,
            definition,
            "PidMode",
            "process",
            &eval.scalars(view.pid_mode(eval)),
        );
        judge(
            cx,
            definition,
            "IpcMode",
            "IPC",
            &eval.scalars(view.ipc_mode(eval)),
        );
    }
}

fn judge(
    cx: &mut Context<'_, '_>,
    definition: &TaskDefinition<'_>,
    key: &str,
    namespace: &str,
    cases: &[Case<Known<Str>>],
) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(definition.id);
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in cases {
        let (message, severity) = match &case.value {
            Known::Value(mode) if &**mode == "host" => {
                let text = format!("task definition `{name}` shares the {namespace} namespace of its host");
                (text, Severity::Error)
            }
            Known::Value(mode) if key == "PidMode" && &**mode == "task" => {
                let text = format!("the containers of task definition `{name}` share one process namespace");
                (text, Severity::Info)
            }
            Known::Value(_) | Known::Absent => continue,
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()));
                continue;
            }
        };
        findings.push(
            Finding::new(definition.id, case.span, message)
                .when(&case.guard)
                .severity(severity)
                .help(format!("remove `{key}`"))
                .through(inventory, &case.trail),
        );
    }
    let place = cases.first().map_or(definition.place, |case| case.span);
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place,
            message: format!("whether task definition `{name}` shares the {namespace} namespace of its host"),
            open,
        },
    );
}
