//! Settings of a deployment are those of the controller that makes it.

use crate::aws::ecs::{Service, ServiceLoadBalancer};
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, Known, Unknown, Value, when_any};
use crate::facts::Workload;
use crate::facts::workload::{Deployment, WorkloadKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "deployment-controller-mismatch",
    summary: "settings of a deployment are those of its controller",
    docs: Docs {
        why: "ECS refuses settings that are of another deployment controller, or leaves them without effect: nobody \
              notices before a deployment fails that nothing rolls it back.",
        decides: "Reports deployment alarms, circuit breakers (a warning: they have no effect), deployment strategies \
                  and daemons where `CODE_DEPLOY` or `EXTERNAL` deploys; what belongs to task sets where `EXTERNAL` \
                  does; and load balancers without `AdvancedConfiguration` where ECS shifts traffic (`BLUE_GREEN`, \
                  `LINEAR`, `CANARY`). An external controller may create its task sets by itself, so that none is \
                  asked for. Undetermined when a service has such settings and a controller that is only known at \
                  deployment.",
        fix: "Remove the settings that are not the controller's, or use the controller `ECS`.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-external.html",
    options: &[],
    check: Check::Native(check),
};

/// Strategies with which ECS itself shifts the traffic of a load balancer.
const SHIFTING: &[&str] = &["BLUE_GREEN", "LINEAR", "CANARY"];

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.kind == WorkloadKind::Service {
            judge(cx, workload);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let deployment = Deployment::of(inventory, workload.id);
    let foreign = foreign(cx, workload, &deployment);
    let (mut findings, mut open): (Vec<Finding>, Vec<Case<Unknown>>) = (shifting(cx, workload, &deployment), Vec::new());
    for case in &deployment.controller {
        match &case.value {
            Known::Value(controller) if ["CODE_DEPLOY", "EXTERNAL"].contains(&&**controller) => {
                findings.extend(foreign.iter().map(|setting| setting.finding(cx, workload, case, controller)));
                if &**controller == "EXTERNAL" {
                    findings.extend(task_set_settings(cx, workload, case));
                }
            }
            Known::Unknown(reason) => {
                let set = Guard::any(foreign.iter().map(|setting| setting.guard.clone()));
                open.push(case.with(reason.clone()).when(&set));
            }
            Known::Value(_) | Known::Absent => {}
        }
    }
    let place = deployment.controller.first().map_or(workload.place, |case| case.span);
    let message = format!(
        "whether the deployment settings of {} are those of its controller",
        workload.shown(inventory)
    );
    cx.conclude(findings, Question { subject: workload.id, place, message, open });
}

/// A setting that only the controller `ECS` has.
struct Setting {
    guard: Guard,
    place: Span,
    what: String,
    severity: Severity,
}

impl Setting {
    fn finding(&self, cx: &Context<'_, '_>, workload: &Workload, by: &Case<Known<Str>>, controller: &str) -> Finding {
        let inventory = cx.inventory();
        let (who, what) = (workload.shown(inventory), &self.what);
        Finding::new(workload.id, self.place, format!("{who} is deployed by `{controller}`, and {what}"))
            .when(&self.guard.and(&by.guard))
            .severity(self.severity)
            .help("remove it, or deploy with the controller `ECS`")
            .because([inventory.evidence(workload.id, by.span, "the controller")])
            .through(inventory, &by.trail)
    }
}

fn foreign(cx: &Context<'_, '_>, workload: &Workload, deployment: &Deployment) -> Vec<Setting> {
    let eval = cx.eval();
    let service = Service(workload.id);
    let mut out = Vec::new();
    for case in service.alarms(eval) {
        if matches!(case.value, Value::Object(_)) {
            let what = "has deployment alarms, which ECS refuses for it".to_owned();
            out.push(Setting { guard: case.guard, place: case.span, what, severity: Severity::Error });
        }
    }
    for case in eval.booleans(service.circuit_breaker_enabled(eval)) {
        if case.value == Known::Value(true) {
            let what = "has a circuit breaker, which has no effect there".to_owned();
            out.push(Setting { guard: case.guard, place: case.span, what, severity: Severity::Warning });
        }
    }
    for case in &deployment.strategy {
        if let Known::Value(strategy) = &case.value
            && SHIFTING.contains(&&**strategy)
        {
            let what = format!("has the deployment strategy `{strategy}`, which is one of the controller `ECS`");
            out.push(Setting { guard: case.guard.clone(), place: case.span, what, severity: Severity::Error });
        }
    }
    for case in &deployment.scheduling {
        if matches!(&case.value, Known::Value(kind) if &**kind == "DAEMON") {
            let what = "is a daemon, which only the controller `ECS` deploys".to_owned();
            out.push(Setting { guard: case.guard.clone(), place: case.span, what, severity: Severity::Error });
        }
    }
    out
}

/// Settings that belong to the task sets of an external controller.
fn task_set_settings(cx: &Context<'_, '_>, workload: &Workload, by: &Case<Known<Str>>) -> Option<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let service = Service(workload.id);
    let settings = [
        ("TaskDefinition", service.task_definition(eval)),
        ("NetworkConfiguration", service.network(eval)),
        ("LoadBalancers", service.load_balancers(eval)),
        ("ServiceRegistries", service.service_registries(eval)),
        ("LaunchType", service.launch_type(eval)),
        ("CapacityProviderStrategy", service.capacity_provider_strategy(eval)),
        ("PlatformVersion", service.platform_version(eval)),
    ];
    let there = settings.iter().filter_map(|(name, cases)| Some((*name, there(cases)?)));
    let there: Vec<(&str, Case<()>)> = there.collect();
    let (_, first) = there.first()?;
    let names: Vec<String> = there.iter().map(|(name, _)| format!("`{name}`")).collect();
    let who = workload.shown(inventory);
    let message = format!(
        "{who} has {}, which belong to the task sets of its controller `EXTERNAL`",
        names.join(" and ")
    );
    let guard = Guard::any(there.iter().map(|(_, case)| case.guard.clone()));
    let finding = Finding::new(workload.id, first.span, message)
        .when(&guard.and(&by.guard))
        .label("is a matter of the task sets")
        .help("move it to an `AWS::ECS::TaskSet`, or to the controller's own task sets")
        .because([inventory.evidence(workload.id, by.span, "the controller")])
        .through(inventory, &by.trail);
    Some(finding.atom("task set"))
}

/// When and where a property is there.
fn there(cases: &Cases<'_>) -> Option<Case<()>> {
    let some = cases.iter().filter(|case| match &case.value {
        Value::Absent | Value::Unknown(_) => false,
        Value::List(elements) => !elements.is_empty(),
        Value::Text(_) | Value::Object(_) => true,
    });
    let some: Vec<_> = some.collect();
    let mut first = some.first()?.with(());
    first.guard = when_any(some.iter().copied());
    Some(first)
}

/// Load balancers that ECS cannot shift the traffic of.
fn shifting(cx: &Context<'_, '_>, workload: &Workload, deployment: &Deployment) -> Vec<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let elsewhere = deployment.may_be("CODE_DEPLOY").or(&deployment.may_be("EXTERNAL"));
    let mut out = Vec::new();
    for strategy in &deployment.strategy {
        let Known::Value(name) = &strategy.value else { continue };
        if !SHIFTING.contains(&&**name) {
            continue;
        }
        for item in eval.elements(Service(workload.id).load_balancers(eval)) {
            let missing = ServiceLoadBalancer(&item).advanced(eval);
            let missing = missing.into_iter().filter(|case| matches!(case.value, Value::Absent));
            let missing = Guard::any(missing.map(|case| case.guard));
            let who = workload.shown(inventory);
            let message = format!(
                "{who} has the deployment strategy `{name}`, and a load balancer without `AdvancedConfiguration`, by \
                 which ECS shifts its traffic"
            );
            let guard = [strategy.guard.clone(), item.guard.clone(), missing, elsewhere.negated()];
            let finding = Finding::new(workload.id, item.span, message)
                .when(&Guard::all(guard))
                .label("no `AdvancedConfiguration`")
                .help("add `AdvancedConfiguration` with `AlternateTargetGroupArn`, `ProductionListenerRule` and `RoleArn`")
                .because([inventory.evidence(workload.id, strategy.span, "the strategy")])
                .through(inventory, &strategy.trail);
            out.push(finding.atom("shifting"));
        }
    }
    out
}
