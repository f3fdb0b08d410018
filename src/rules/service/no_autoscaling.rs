//! Services behind a load balancer are scaled.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::Workload;
use crate::facts::scaling::scaled;
use crate::facts::workload::WorkloadKind;
use crate::rule::{Check, Category, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "no-autoscaling",
    summary: "services behind a load balancer are scaled",
    docs: Docs {
        why: "A service with a fixed number of tasks is too small when the load rises, and too large the \
              rest of the time.",
        decides: "Reports services with a load balancer that no scalable target of Application Auto Scaling \
              names, in any of the templates. Daemons are not looked at. Undetermined when the name of the \
              service leaves the templates, or when a scalable target whose name is not known may be its \
              own.",
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
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let daemon = eval.scalars(Service(workload.id).scheduling(eval)).into_iter();
    let daemon = daemon.filter(|case| matches!(&case.value, Known::Value(kind) if &**kind == "DAEMON"));
    let replica = Guard::any(daemon.map(|case| case.guard)).negated();
    let scaled = scaled(inventory, &cx.facts.scalable_targets, workload.id);
    let balanced = workload.is_load_balanced();
    let relevant = Guard::all([replica.clone(), balanced, scaled.is_same().negated()]);
    let shown = workload.shown(inventory);
    let place = inventory.project().resource(workload.id).id.span;
    let finding = Finding::new(
        workload.id,
        place,
        format!("{shown} is behind a load balancer, and nothing scales it"),
    )
    .when(&relevant.and(&scaled.is_none()))
    .label("no scalable target names it")
    .help("add a scalable target and a target tracking policy");
    let mut open: Vec<Case<Unknown>> = scaled.open.into_iter().map(|case| case.when(&relevant)).collect();
    open.extend(workload.unbound.iter().map(|case| case.clone().when(&replica)));
    cx.conclude(
        [finding],
        Question {
            subject: workload.id,
            place,
            message: format!("whether {shown} is scaled"),
            open,
        },
    );
}
