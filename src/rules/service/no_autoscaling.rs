//! Services that take requests are scaled.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Unknown};
use crate::facts::Workload;
use crate::facts::scaling::scaled;
use crate::facts::workload::{Deployment, WorkloadKind, unreached};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "no-autoscaling",
    summary: "services that take requests are scaled",
    docs: Docs {
        why: "A service with a fixed number of tasks is too small when the load rises, and too large the \
              rest of the time.",
        decides: "Reports services that no scalable target of Application Auto Scaling names, in any of the templates: \
                  those with a load balancer, and those that open ports, are bound to nothing, and have a load balancer \
                  in their VPC (see service-not-load-balanced). Daemons are not looked at. Undetermined when the name \
                  of the service leaves the templates, or when a scalable target whose name is not known may be its own.",
        fix: "Add an `AWS::ApplicationAutoScaling::ScalableTarget` and a target tracking policy, for example \
              on CPU or on requests for each target.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
    options: &[],
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
    let replica = Deployment::of(inventory, workload.id).may_be_daemon().negated();
    let scaled = scaled(inventory, &cx.facts.scalable_targets, workload.id);
    let unscaled = replica.and(&scaled.is_same().negated());
    let balanced = workload.is_load_balanced();
    let unreached = unreached(cx.facts, workload);
    let reaches = unreached.as_ref().map_or(Guard::False, |it| it.guard.clone());
    let relevant = unscaled.and(&balanced.or(&reaches));
    let shown = workload.shown(inventory);
    let place = inventory.project().resource(workload.id).id.span;
    let finding = |message: String| {
        Finding::new(workload.id, place, message)
            .when(&unscaled.and(&scaled.is_none()))
            .label("no scalable target names it")
            .help("add a scalable target and a target tracking policy")
    };
    let mut findings = vec![
        finding(format!("{shown} is behind a load balancer, and nothing scales it")).when(&balanced),
    ];
    findings.extend(unreached.map(|it| {
        finding(format!("{shown} opens ports beside a load balancer, and nothing scales it"))
            .when(&it.guard)
            .because(it.because)
    }));
    let mut open: Vec<Case<Unknown>> = scaled.open.into_iter().map(|case| case.when(&relevant)).collect();
    open.extend(workload.unbound.iter().map(|case| case.clone().when(&replica)));
    cx.conclude(
        findings,
        Question {
            subject: workload.id,
            place,
            message: format!("whether {shown} is scaled"),
            open,
        },
    );
}
