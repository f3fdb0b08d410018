//! Services that take requests are watched by an alarm.

use crate::aws::cloudwatch::MONITORS;
use crate::aws::ecs::Service;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::alarm::{self, Alarms};
use crate::facts::{TaskDefinition, telemetry};
use crate::facts::workload::{Workload, WorkloadKind, unreached};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "service-alarms-missing",
    summary: "services that take requests are watched by an alarm",
    docs: Docs {
        why: "A service that has run out of memory, or answers with errors, is started again and again by ECS, and nobody \
              is told. An alarm on the load balancer's errors or on the service's CPU and memory is how one hears of it \
              before the users say so; it can also stop a deployment that goes wrong.",
        decides: "Reports services behind a load balancer, and services that open ports beside one without being bound to \
                  it (see service-not-load-balanced), when no alarm of the templates is about the service, one of its \
                  target groups or a load balancer in front of it, by whichever metric, and no deployment alarms are set. \
                  Scaling alarms count as alarms, and so does an alarm on a metric search. Silent where a container belongs, \
                  or may belong, to a monitoring product, or an Application Insights application or a service level objective is \
                  declared. Undetermined when the name of the service leaves the templates, or an alarm may be its own.",
        fix: "Add an `AWS::CloudWatch::Alarm` with an action: on `HTTPCode_Target_5XX_Count` or `UnHealthyHostCount` of the \
              target group, or on `CPUUtilization` or `MemoryUtilization` of the service.",
        safety: Safety::Advice,
    },
    category: Category::Observability,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str = "add an `AWS::CloudWatch::Alarm` on `HTTPCode_Target_5XX_Count` of the target group, or on \
                    `CPUUtilization` and `MemoryUtilization` of the service, that notifies somebody";

fn check(cx: &mut Context<'_, '_>) {
    let alarms = alarm::build(cx.inventory());
    if MONITORS.iter().any(|type_name| !cx.inventory().of_type(type_name).is_empty()) {
        return;
    }
    // Read once: every service asks for all of them.
    let definitions = cx.facts.task_definitions.iter();
    let watched = definitions.filter_map(|definition| {
        let found = telemetry::of_definition(cx.inventory(), definition);
        let watched = found.product.or(&found.open);
        (!watched.is_never()).then_some((definition, watched))
    });
    let watched: Vec<(&TaskDefinition<'_>, Guard)> = watched.collect();
    for workload in &cx.facts.workloads {
        if workload.kind == WorkloadKind::Service {
            judge(cx, workload, &alarms, &watched);
        }
    }
}

fn judge(
    cx: &mut Context<'_, '_>,
    workload: &Workload,
    alarms: &Alarms,
    watched: &[(&TaskDefinition<'_>, Guard)],
) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let place = inventory.project().resource(workload.id).id.span;
    let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
    let mut watching = alarms.watching(inventory, workload, &serving);
    let on_deployment = eval.booleans(Service(workload.id).deployment_alarms(eval)).into_iter();
    let on_deployment = on_deployment.filter(|case| !matches!(case.value, Known::Absent | Known::Value(false)));
    watching.same.extend(on_deployment.map(|case| case.guard));
    for (definition, watched) in watched {
        watching
            .same
            .push(definition.started_by(inventory, workload).and(watched));
    }
    let template = inventory.project().template(workload.id.stack);
    let elsewhere = [
        inventory.escapes(workload.id).map(Unknown::OpenWorld),
        template.open_because().map(Unknown::Macro),
    ];
    watching.open.extend(elsewhere.into_iter().flatten().map(|reason| Case::new(reason, place)));
    let balanced = workload.is_load_balanced();
    let unreached = unreached(cx.facts, workload);
    let reaches = unreached.as_ref().map_or(Guard::False, |it| it.guard.clone());
    let relevant = balanced.or(&reaches).and(&watching.is_same().negated());
    let shown = workload.shown(inventory);
    let balancers: Vec<Label> = serving
        .known
        .iter()
        .filter(|case| inventory.possible(&case.guard))
        .map(|case| inventory.declared(case.value.id, "the load balancer in front of it"))
        .collect();
    let unwatched = watching.is_same().negated().and(&watching.is_none());
    let finding = |message: String, label: &str| {
        Finding::new(workload.id, place, message)
            .when(&unwatched)
            .label(label)
            .help(HELP)
    };
    let mut findings = vec![
        finding(
            format!("{shown} is behind a load balancer, and no alarm of the templates watches either"),
            "no alarm is about it, its target groups or its load balancers",
        )
        .when(&balanced)
        .because(balancers),
    ];
    findings.extend(unreached.map(|it| {
        finding(
            format!("{shown} opens ports beside a load balancer, and no alarm of the templates watches it"),
            "no alarm is about it",
        )
        .when(&it.guard)
        .because(it.because)
    }));
    let mut open: Vec<Case<Unknown>> =
        watching.open.into_iter().map(|case| case.when(&relevant)).collect();
    open.retain(|case| case.guard != Guard::False);
    let message = if balanced.is_never() {
        format!("whether an alarm watches {shown}")
    } else {
        format!("whether an alarm watches {shown} or the load balancer in front of it")
    };
    cx.conclude(findings, Question { subject: workload.id, place, message, open });
}
