//! Target groups take the kind of target that the tasks of a service are.

use crate::aws::elbv2::TargetGroup;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::workload::{Binding, Carrier};
use crate::facts::{Workload, definition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "target-type-mismatch",
    summary: "target groups take the kind of target that tasks are",
    docs: Docs {
        why: "ECS refuses a service whose target group takes another kind of target than its tasks are: tasks with a \
              network interface of their own (awsvpc, always on Fargate) are addresses, tasks in bridge or host mode \
              are ports of instances.",
        decides: "Joins the `TargetType` of a target group, `instance` where it is absent, with the network mode of the \
                  task definition of every service that uses it. Where the task definition is declared elsewhere, a \
                  service with an `AwsvpcConfiguration` or on Fargate is awsvpc. Target groups that no service uses \
                  are not looked at.",
        fix: "Set `TargetType: ip` for awsvpc tasks and `instance` for the others. The target group is replaced by \
              that: one with a `Name` of its own must be given another name at the same time.",
        safety: Safety::Safe,
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html",
    options: &[],
    check: Check::Native(check),
};

/// What the tasks of a workload are to a target group.
struct Tasks {
    /// When they have interfaces of their own.
    awsvpc: Guard,
    /// When they use the ports of their instance.
    shared: Guard,
    open: Vec<Case<Unknown>>,
}

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.bindings.is_empty() {
            continue;
        }
        let tasks = tasks(cx, workload);
        for binding in &workload.bindings {
            for case in &binding.target_group {
                match &case.value {
                    Known::Value(identity) => check_group(cx, workload, binding, case, identity, &tasks),
                    Known::Unknown(reason) => ask(cx, workload, binding, vec![case.with(reason.clone())]),
                    Known::Absent => {}
                }
            }
        }
    }
}

fn ask(cx: &mut Context<'_, '_>, workload: &Workload, binding: &Binding, open: Vec<Case<Unknown>>) {
    let shown = workload.shown(cx.inventory());
    let open = open.into_iter().map(|case| case.when(&binding.guard));
    cx.ask(Question {
        subject: workload.id,
        place: binding
            .target_group
            .first()
            .map_or(binding.span, |case| case.span),
        message: format!("whether the target group of {shown} takes the kind of target that its tasks are"),
        open: open.collect(),
    });
}

fn check_group(
    cx: &mut Context<'_, '_>,
    workload: &Workload,
    binding: &Binding,
    case: &Case<Known<Text>>,
    identity: &Text,
    tasks: &Tasks,
) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let Some(id) = inventory.resource_of(identity, TargetGroup::TYPE) else {
        let reason = inventory.unknown_identity(identity);
        return ask(cx, workload, binding, vec![case.with(reason)]);
    };
    let here = Guard::all([
        workload.guard.clone(),
        binding.guard.clone(),
        case.guard.clone(),
        inventory.presence(id),
    ]);
    let declared = inventory.project().resource(id).id.span;
    let (name, shown) = (inventory.logical_id(id), workload.shown(inventory));
    let mut found = false;
    let mut open: Vec<Case<Unknown>> = tasks.open.clone();
    for target_type in eval.scalars(TargetGroup(id).target_type(eval)) {
        let (kind, place) = match &target_type.value {
            Known::Absent => ("instance", declared),
            Known::Value(text) => (&**text, target_type.span),
            Known::Unknown(reason) => {
                open.push(target_type.with(reason.clone()));
                continue;
            }
        };
        let (wrong, mode, wanted) = match kind {
            "ip" => (
                &tasks.shared,
                "in bridge or host mode, which share the ports of their instance",
                "instance",
            ),
            _ => (&tasks.awsvpc, "with network interfaces of their own", "ip"),
        };
        let guard = Guard::all([here.clone(), target_type.guard.clone(), wrong.clone()]);
        let message =
            format!("target group `{name}` takes targets of type `{kind}`, but {shown} runs tasks {mode}");
        let finding = Finding::new(workload.id, place, message)
            .when(&guard)
            .label(if target_type.value == Known::Absent {
                "no `TargetType`, which means `instance`"
            } else {
                ""
            })
            .help(format!(
                "set `TargetType: {wanted}`; this replaces the target group"
            ))
            .because([inventory.evidence(workload.id, case.span, "used by the service here")])
            .through(inventory, &case.trail)
            .through(inventory, &target_type.trail);
        found |= cx.report(finding);
    }
    if !found {
        ask(
            cx,
            workload,
            binding,
            open.into_iter().map(|open| open.when(&here)).collect(),
        );
    }
}

fn tasks(cx: &Context<'_, '_>, workload: &Workload) -> Tasks {
    let inventory = cx.inventory();
    let own = workload
        .interfaces
        .iter()
        .filter(|it| it.carrier == Carrier::Task);
    let own = Guard::any(own.map(|it| it.guard.clone())).or(&workload.is_fargate());
    let (mut awsvpc, mut shared, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for case in &workload.task_definitions {
        let elsewhere = |reason: Unknown| case.with(reason).when(&own.negated());
        let identity = match &case.value {
            Known::Value(identity) => identity,
            Known::Unknown(reason) => {
                awsvpc.push(case.guard.and(&own));
                open.push(elsewhere(reason.clone()));
                continue;
            }
            Known::Absent => continue,
        };
        let Some(definition) = definition(&cx.facts.task_definitions, identity) else {
            awsvpc.push(case.guard.and(&own));
            open.push(elsewhere(inventory.unknown_identity(identity)));
            continue;
        };
        for mode in &definition.network_mode {
            let guard = case.guard.and(&mode.guard);
            match &mode.value {
                Known::Value(text) if &**text == "awsvpc" => awsvpc.push(guard),
                Known::Value(text) if matches!(&**text, "bridge" | "host") => {
                    shared.push(guard.and(&own.negated()))
                }
                Known::Absent => shared.push(guard.and(&own.negated())),
                Known::Value(_) => {}
                Known::Unknown(reason) => {
                    open.push(mode.with(reason.clone()).when(&guard.and(&own.negated())))
                }
            }
        }
    }
    Tasks {
        awsvpc: Guard::any(awsvpc),
        shared: Guard::any(shared),
        open,
    }
}
