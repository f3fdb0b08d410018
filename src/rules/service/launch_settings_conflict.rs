//! What a workload says about where its tasks run fits together, and fits its task definition.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, Known, Unknown, Value, when_any};
use crate::facts::workload::{Deployment, Launch, WorkloadKind};
use crate::facts::{TaskDefinition, Workload, started};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "launch-settings-conflict",
    summary: "launch settings fit together, and fit the task definition",
    docs: Docs {
        why: "ECS refuses a service, and does not start the tasks of a schedule, whose launch settings contradict each \
              other or the task definition.",
        decides: "Reports a launch type beside a capacity provider strategy; Fargate for a task definition whose \
                  `RequiresCompatibilities` leave it out; no network configuration for network mode `awsvpc`, and one \
                  for another mode; daemons and placement on Fargate; a platform version on container instances; a \
                  service role with `awsvpc`. Only what the templates say for certain counts: task definitions and \
                  values that are known at deployment only are taken for right, so it is never undetermined.",
        fix: "Take one of the two that contradict each other away; the message says which they are.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3044", "E3052", "E3054"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        let mut findings: Vec<Finding> = both(cx, workload).into_iter().collect();
        for definition in started(&cx.facts.task_definitions, workload) {
            let starts = definition.started_by(cx.inventory(), workload);
            if !starts.is_never() {
                findings.extend(with_definition(cx, workload, definition, &starts));
            }
        }
        if workload.kind == WorkloadKind::Service {
            findings.extend(of_service(cx, workload));
        }
        for finding in findings {
            cx.report(finding);
        }
    }
}

/// A launch type and a strategy.
fn both(cx: &Context<'_, '_>, workload: &Workload) -> Option<Finding> {
    let inventory = cx.inventory();
    let set = workload.launch_type.iter().filter(|case| match &case.value {
        Known::Value(_) | Known::Unknown(Unknown::Parameter(_)) => true,
        Known::Absent | Known::Unknown(_) => false,
    });
    let set: Vec<_> = set.collect();
    let own = || workload.capacity.iter().filter(|capacity| capacity.is_own);
    let (first, strategy) = (set.first()?, own().next()?);
    let shown = workload.shown(inventory);
    let message = format!("{shown} has a `LaunchType` and a `CapacityProviderStrategy`, of which ECS takes one");
    let finding = Finding::new(workload.id, first.span, message)
        .when(&Guard::all([
            workload.guard.clone(),
            when_any(set.iter().copied()),
            Guard::any(own().map(|capacity| capacity.guard.clone())),
        ]))
        .help("remove `LaunchType`: the strategy says where the tasks run")
        .because([inventory.evidence(workload.id, strategy.place, "the strategy")])
        .through(inventory, &first.trail);
    Some(finding.atom("both"))
}

/// What contradicts a task definition that the workload starts.
fn with_definition(
    cx: &Context<'_, '_>,
    workload: &Workload,
    definition: &TaskDefinition<'_>,
    starts: &Guard,
) -> Vec<Finding> {
    let inventory = cx.inventory();
    let mut out: Vec<Finding> = incompatible(cx, workload, definition, starts).into_iter().collect();
    for mode in &definition.network_mode {
        let here = starts.and(&mode.guard);
        let label = match &mode.value {
            Known::Absent => inventory.declared(definition.id, "no network mode"),
            _ => inventory.evidence(definition.id, mode.span, "its network mode"),
        };
        let findings = match &mode.value {
            Known::Value(text) if &**text == "awsvpc" => {
                let no_network = no_network(cx, workload, definition, &here);
                no_network.into_iter().chain(role(cx, workload, &here)).collect()
            }
            Known::Value(text) => {
                let mode = format!("it has network mode `{text}`");
                needless_network(cx, workload, definition, &here, &mode)
            }
            Known::Absent => {
                let mode = "it has no network mode, which means `bridge`";
                needless_network(cx, workload, definition, &here, mode)
            }
            Known::Unknown(_) => Vec::new(),
        };
        let findings = findings.into_iter();
        out.extend(findings.map(|finding| finding.because([label.clone()]).through(inventory, &mode.trail)));
    }
    out
}

/// No network for tasks that need one of their own.
fn no_network(
    cx: &Context<'_, '_>,
    workload: &Workload,
    definition: &TaskDefinition<'_>,
    here: &Guard,
) -> Option<Finding> {
    let inventory = cx.inventory();
    let absent = workload.network.iter().filter(|case| case.value == Known::Absent);
    let absent = Guard::any(absent.map(|case| case.guard.clone()));
    // Task sets bring the network where an external controller deploys.
    let external = match workload.kind {
        WorkloadKind::Service => Deployment::of(inventory, workload.id).may_be("EXTERNAL"),
        _ => Guard::False,
    };
    let (who, name) = (workload.shown(inventory), inventory.logical_id(definition.id));
    let message = format!(
        "{who} has no network configuration, and task definition `{name}` has network mode `awsvpc`, which demands one"
    );
    let guard = Guard::all([here.clone(), absent, external.negated()]);
    let finding = Finding::new(workload.id, workload.place, message)
        .when(&guard)
        .label("no network configuration")
        .help("add `NetworkConfiguration` with subnets and security groups")
        .atom("no network");
    (!guard.is_never()).then_some(finding)
}

/// A network for tasks that use that of their instance.
fn needless_network(
    cx: &Context<'_, '_>,
    workload: &Workload,
    definition: &TaskDefinition<'_>,
    here: &Guard,
    mode: &str,
) -> Vec<Finding> {
    let inventory = cx.inventory();
    let (who, name) = (workload.shown(inventory), inventory.logical_id(definition.id));
    let present = workload.network.iter().filter(|case| case.value == Known::Value(()));
    let findings = present.map(|network| {
        let message = format!(
            "{who} has a network configuration, which ECS refuses for its task definition `{name}`: {mode}"
        );
        // On Fargate the mode itself is refused: see insecure-network-mode.
        let on_instances = workload.is_fargate().negated();
        Finding::new(workload.id, network.span, message)
            .when(&Guard::all([here.clone(), network.guard.clone(), on_instances]))
            .label("only for network mode `awsvpc`")
            .help("set `NetworkMode: awsvpc` in the task definition, or remove `NetworkConfiguration`")
            .atom("network")
    });
    findings.collect()
}

/// A workload on Fargate whose task definition is for something else.
fn incompatible(
    cx: &Context<'_, '_>,
    workload: &Workload,
    definition: &TaskDefinition<'_>,
    starts: &Guard,
) -> Option<Finding> {
    let inventory = cx.inventory();
    let on = workload.launch.iter().find(|case| case.value == Known::Value(Launch::Fargate))?;
    let (mut fits, mut other, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for case in &definition.compatibilities {
        match &case.value {
            Known::Value(name) if &**name != "FARGATE" => {
                other.push(case.guard.clone());
                names.push(format!("`{name}`"));
            }
            Known::Value(_) | Known::Unknown(_) => fits.push(case.guard.clone()),
            Known::Absent => {}
        }
    }
    let place = definition.compatibilities.first()?.span;
    let (who, name) = (workload.shown(inventory), inventory.logical_id(definition.id));
    let message = format!("{who} runs on Fargate, but its task definition `{name}` is for {}", names.join(" and "));
    let finding = Finding::new(workload.id, on.span, message)
        .when(&Guard::all([
            starts.clone(),
            workload.is_fargate(),
            Guard::any(other),
            Guard::any(fits).negated(),
        ]))
        .help("add `FARGATE` to `RequiresCompatibilities` of the task definition, or use another launch type")
        .because([inventory.evidence(definition.id, place, "what the task definition is for")])
        .through(inventory, &on.trail);
    Some(finding.atom("compatibilities"))
}

/// A service role for tasks with a network of their own.
fn role(cx: &Context<'_, '_>, workload: &Workload, awsvpc: &Guard) -> Option<Finding> {
    if workload.kind != WorkloadKind::Service {
        return None;
    }
    let message = format!(
        "{} has a `Role`, which ECS refuses for tasks with network mode `awsvpc`",
        workload.shown(cx.inventory())
    );
    let help = "remove `Role`: ECS uses its service-linked role";
    let finding = present(workload, Service(workload.id).role(cx.eval()), message, help)?;
    Some(finding.when(awsvpc).atom("role"))
}

/// Settings of a service that its launch type does not have.
fn of_service(cx: &Context<'_, '_>, workload: &Workload) -> Vec<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let (service, who) = (Service(workload.id), workload.shown(inventory));
    let deployment = Deployment::of(inventory, workload.id);
    let on_fargate = workload.is_fargate();
    let mut out = Vec::new();
    let daemon = deployment.scheduling.iter();
    let daemon = daemon.filter(|case| matches!(&case.value, Known::Value(kind) if &**kind == "DAEMON"));
    out.extend(daemon.map(|case| {
        let message = format!("{who} is a daemon, and runs on Fargate, which has no daemons");
        Finding::new(workload.id, case.span, message)
            .when(&case.guard.and(&on_fargate))
            .help("remove `SchedulingStrategy`, or run the daemon on container instances")
            .through(inventory, &case.trail)
    }));
    let placement = [
        ("PlacementStrategies", service.placement_strategies(eval)),
        ("PlacementConstraints", service.placement_constraints(eval)),
    ];
    for (property, cases) in placement {
        let message = format!("{who} has `{property}`, and runs on Fargate, which refuses them");
        let help = format!("remove `{property}`: Fargate spreads tasks over the subnets' zones");
        let finding = present(workload, cases, message, &help);
        out.extend(finding.map(|finding| finding.when(&on_fargate)));
    }
    let instances = workload.launch_type.iter();
    let instances =
        instances.filter(|case| matches!(&case.value, Known::Value(launch) if &**launch == "EC2"));
    let instances = Guard::any(instances.map(|case| case.guard.clone()));
    let message = format!("{who} has a `PlatformVersion`, and runs on container instances, which have none");
    let help = "remove `PlatformVersion`, which is for Fargate";
    let finding = present(workload, service.platform_version(eval), message, help);
    out.extend(finding.map(|finding| finding.when(&instances)));
    out
}

/// A finding where a property is there.
fn present(workload: &Workload, cases: Cases<'_>, message: String, help: &str) -> Option<Finding> {
    let there = cases.iter().filter(|case| match &case.value {
        Value::Absent => false,
        Value::Unknown(reason) => matches!(reason, Unknown::Parameter(_) | Unknown::Import(_)),
        Value::List(elements) => !elements.is_empty(),
        Value::Text(_) | Value::Object(_) => true,
    });
    let there: Vec<&Case<Value<'_>>> = there.collect();
    let place = there.first()?.span;
    let guard = when_any(there.iter().copied());
    Some(Finding::new(workload.id, place, message).when(&guard).help(help))
}
