//! Tasks have network interfaces of their own.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, when_any};
use crate::facts::workload::WorkloadKind;
use crate::facts::{TaskDefinition, Workload};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "insecure-network-mode",
    summary: "tasks have network interfaces of their own",
    docs: Docs {
        why: "In host mode a container reaches and opens every port of its container instance. In bridge \
              mode all tasks of an instance share its addresses and security groups, and reach its metadata \
              and thereby the credentials of the instance role.",
        decides: "Reports the network mode `host` as an error, `bridge` and none at all, which means `bridge`, as a \
              warning; on Fargate, which refuses everything but `awsvpc`, as an error. `none` passes, and so do \
              tasks on machines outside of AWS, which have no awsvpc mode. An absent mode is only reported where the \
              templates say that the tasks run in AWS, and not for Windows.",
        fix: "Set `NetworkMode: awsvpc`, and give the service an `AwsvpcConfiguration` with a security group \
              of its own.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["027a4b7a", "CT.ECS.PR.4", "ECS.17"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html",
    options: &[],
    check: Check::Native(check),
};

/// What to change, with whatever starts the tasks by its name: awsvpc tasks are targets by their addresses, and need no role
/// by which ECS registers instances.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html>
fn help(cx: &Context<'_, '_>, definition: &TaskDefinition<'_>) -> String {
    let inventory = cx.inventory();
    let starts = |workload: &&Workload| !definition.started_by(inventory, workload).is_never();
    let workloads: Vec<&Workload> = cx.facts.starters(definition.id).filter(starts).collect();
    let mut names: Vec<String> = Vec::new();
    for workload in &workloads {
        let name = workload.shown(inventory);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort();
    let mut who = names.join(" and ");
    if who.is_empty() {
        who.push_str("what starts it");
    }
    let key = match workloads.iter().all(|workload| workload.kind == WorkloadKind::EventRule) && !workloads.is_empty() {
        true => "AwsVpcConfiguration",
        false => "AwsvpcConfiguration",
    };
    let help = format!("set `NetworkMode: awsvpc`, and give {who} an `{key}`");
    match workloads.iter().any(|workload| !workload.bindings.is_empty()) {
        true => format!("{help}; its target groups need `TargetType: ip`, and the service no `Role`"),
        false => help,
    }
}

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        judge(cx, definition);
    }
}

fn judge(cx: &mut Context<'_, '_>, definition: &TaskDefinition<'_>) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(definition.id);
    let declared = inventory.project().resource(definition.id).id.span;
    let placement = definition.placement(inventory, cx.facts.starters(definition.id));
    let (windows, windows_open) = definition.is_windows();
    let unsure = when_any(&windows_open);
    let inside = placement.external.negated();
    let help = help(cx, definition);
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in &definition.network_mode {
        let (place, shown, guard, elsewhere) = match &case.value {
            Known::Value(mode) if matches!(&**mode, "host" | "bridge" | "default") => {
                let severity = if &**mode == "host" {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                (
                    case.span,
                    format!("network mode `{mode}`"),
                    case.guard.clone(),
                    severity,
                )
            }
            Known::Absent => {
                let known = placement.on_instances.or(&placement.held_to_fargate);
                let guard = Guard::all([case.guard.clone(), windows.or(&unsure).negated(), known]);
                let text = "no network mode, which means `bridge`".to_owned();
                (declared, text, guard, Severity::Warning)
            }
            Known::Value(_) => continue,
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()));
                continue;
            }
        };
        let finding = |message: String, on: &Guard| {
            Finding::new(definition.id, place, message)
                .when(&Guard::all([guard.clone(), inside.clone(), on.clone()]))
                .help(help.clone())
                .through(inventory, &case.trail)
        };
        let refused = format!("task definition `{name}` has {shown}, which Fargate refuses");
        findings.push(finding(refused, &placement.held_to_fargate).severity(Severity::Error));
        let message =
            format!("task definition `{name}` has {shown}: its containers use the network of their instance");
        findings.push(
            finding(message, &placement.held_to_fargate.negated())
                .severity(elsewhere)
                .because(placement.instances_because.clone()),
        );
    }
    let place = definition.network_mode.first().map_or(declared, |case| case.span);
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place,
            message: format!(
                "whether the containers of task definition `{name}` have a network of their own"
            ),
            open,
        },
    );
}
