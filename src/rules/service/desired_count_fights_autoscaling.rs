//! The number of tasks is set in one place.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Unknown, Value, when_any};
use crate::facts::Workload;
use crate::facts::naming::are_deployed_together;
use crate::facts::workload::{Deployment, WorkloadKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "desired-count-fights-autoscaling",
    summary: "services that are scaled leave `DesiredCount` out",
    docs: Docs {
        why: "CloudFormation sets `DesiredCount` on every update of the service. A service that was scaled out for its \
              load falls back to that number with the next deployment, and tasks in use are stopped.",
        decides: "Reports services with `DesiredCount` that a scalable target of Application Auto Scaling names, at the \
                  `DesiredCount`, whatever its value. Daemons are not looked at. Undetermined when it is not known \
                  which service a scalable target of the same deployment is for.",
        fix: "Remove `DesiredCount`: ECS then creates the service with one task, the scalable target raises it to its \
              `MinCapacity`, and updates leave the number alone.",
        safety: Safety::Unsafe,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html",
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
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let replica = Deployment::of(inventory, workload.id).may_be_daemon().negated();
    let (mut scaled, mut open): (Guard, Vec<Case<Unknown>>) = (Guard::False, Vec::new());
    let mut targets = Vec::new();
    for (target, matches) in cx.facts.scalable_targets.of(workload.id) {
        let same = matches.is_same();
        if !same.is_never() && inventory.possible(&same) {
            let name = inventory.logical_id(target.id);
            targets.push((name, inventory.declared(target.id, "scales the service")));
            scaled = scaled.or(&same);
        }
        // A target of another deployment that is made for any service says nothing about this one.
        if are_deployed_together(inventory, target.id, workload.id) {
            open.extend(matches.open.iter().cloned());
        }
    }
    let shown = workload.shown(inventory);
    let (mut present, mut unsure) = (Vec::new(), Vec::new());
    for case in Service(workload.id).desired_count(eval) {
        match &case.value {
            Value::Absent => {}
            // What a macro makes of it may be nothing.
            Value::Unknown(reason @ (Unknown::Macro(_) | Unknown::Function(_))) => {
                unsure.push(case.with(reason.clone()).when(&scaled));
            }
            Value::Unknown(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => present.push(case.with(())),
        }
    }
    let set = when_any(&present);
    let declared = inventory.project().resource(workload.id).id.span;
    let place = present.first().map_or(declared, |case| case.span);
    let finding = targets.first().map(|(target, _)| {
        let message = format!(
            "{shown} sets `DesiredCount`, and every update of it undoes what scalable target `{target}` has done"
        );
        let finding = Finding::new(workload.id, place, message)
            .when(&Guard::all([replica.clone(), set.clone(), scaled.clone()]))
            .label("undoes the scaling with every update")
            .help("remove `DesiredCount`; the scalable target keeps the service at its `MinCapacity` or above")
            .because(targets.iter().map(|(_, label)| label.clone()));
        present.iter().fold(finding, |finding, case| finding.through(inventory, &case.trail))
    });
    let may_fight = Guard::all([replica, set, scaled.negated()]);
    unsure.extend(open.into_iter().map(|case| case.when(&may_fight)));
    let message = format!("whether a scalable target changes the `DesiredCount` of {shown}");
    cx.conclude(finding, Question { subject: workload.id, place, message, open: unsure });
}
