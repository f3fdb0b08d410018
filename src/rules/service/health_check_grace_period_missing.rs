//! Services behind a load balancer have a health check grace period.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Unknown, Value};
use crate::facts::Workload;
use crate::facts::workload::WorkloadKind;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "health-check-grace-period-missing",
    summary: "services behind a load balancer have a health check grace period",
    docs: Docs {
        why: "Without a grace period failed health checks count from the start of a task: an application \
              that starts slowly is stopped before it is ready, again and again.",
        decides: "Reports services with a load balancer and without `HealthCheckGracePeriodSeconds`; how long \
              the application takes to start is not known, so it is only worth knowing.",
        fix: "Set `HealthCheckGracePeriodSeconds` to somewhat more than the application takes to start.",
        safety: Safety::Safe,
    },
    category: Category::Service,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html",
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.kind == WorkloadKind::Service {
            judge(cx, workload);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let cases = Service(workload.id).health_check_grace_period(cx.eval());
    let missing = cases.iter().filter(|case| matches!(case.value, Value::Absent));
    let missing = Guard::any(missing.map(|case| case.guard.clone()));
    let balanced = workload.is_load_balanced();
    let shown = workload.shown(inventory);
    let mut open: Vec<Case<Unknown>> = workload
        .unbound
        .iter()
        .map(|case| case.clone().when(&missing))
        .collect();
    open.extend(cases.iter().filter_map(|case| match &case.value {
        Value::Unknown(reason) => Some(case.with(reason.clone()).when(&balanced)),
        _ => None,
    }));
    let place = inventory.project().resource(workload.id).id.span;
    let message = format!("{shown} is behind a load balancer and has no health check grace period");
    let finding = Finding::new(workload.id, place, message)
        .when(&balanced.and(&missing))
        .label("no `HealthCheckGracePeriodSeconds`")
        .help("set `HealthCheckGracePeriodSeconds` to somewhat more than the application takes to start");
    cx.conclude(
        [finding],
        Question {
            subject: workload.id,
            place,
            message: format!("whether {shown} has a health check grace period"),
            open,
        },
    );
}
