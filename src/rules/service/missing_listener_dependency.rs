//! A service is created after the listener that its target group needs.

use crate::aws::elbv2::TargetGroup;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text};
use crate::facts::dependency::created_before;
use crate::facts::load_balancer::Forward;
use crate::facts::workload::WorkloadKind;
use crate::facts::{Workload, workload};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "missing-listener-dependency",
    summary: "services are created after the listeners that forward to them",
    docs: Docs {
        why: "ECS refuses to create a service while no load balancer uses its target group. A service that only refers \
              to the target group may be created before the listener, and then creating the stack fails.",
        decides: "A listener or rule of the same deployment forwards to the service's target group, and the service \
                  depends on none of them: not by `DependsOn`, not by references through other resources, and not by \
                  the order of nested stacks. Listeners of stacks that are deployed by themselves do not count. \
                  Never undetermined: what lies elsewhere does not count.",
        fix: "Add the listener, or the rule that forwards to the target group, to `DependsOn` of the service; between \
              nested stacks, to `DependsOn` of the stack that holds the service.",
        safety: Safety::Safe,
    },
    category: Category::Service,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.kind != WorkloadKind::Service {
            continue;
        }
        for binding in &workload.bindings {
            for case in &binding.target_group {
                if let Known::Value(target_group) = &case.value {
                    check_binding(cx, workload, binding, case, target_group);
                }
            }
        }
    }
}

fn check_binding(
    cx: &mut Context<'_, '_>,
    workload: &Workload,
    binding: &workload::Binding,
    case: &Case<Known<Text>>,
    target_group: &Text,
) {
    let inventory = cx.inventory();
    let project = inventory.project();
    if inventory.resource_of(target_group, TargetGroup::TYPE).is_none() {
        return;
    }
    let root = |id: crate::project::ResourceId| project.stack(id.stack).root;
    let before = created_before(inventory, workload.id);
    let forwards = cx.facts.load_balancers.forwards_to(target_group);
    let (early, late): (Vec<&Forward>, Vec<&Forward>) =
        forwards.partition(|forward| root(forward.via) != root(workload.id) || before.contains(&forward.via));
    let early = Guard::any(early.iter().map(|forward| forward.guard.clone()));
    let some_late = Guard::any(late.iter().map(|forward| forward.guard.clone()));
    let Some(first) = late.first() else { return };
    let listener = inventory.logical_id(first.via);
    let name = inventory.shown(target_group);
    let who = workload.shown(inventory);
    let help = if first.via.stack == workload.id.stack {
        format!("add `DependsOn: {listener}`")
    } else {
        format!("make the nested stack of the service depend on the one that declares `{listener}`")
    };
    let place = project.resource(workload.id).id.span;
    let labels = late
        .iter()
        .map(|forward| inventory.evidence(forward.via, forward.span, "forwards to the target group"));
    let labels: Vec<_> = labels.collect();
    let mut finding = Finding::new(
        workload.id,
        place,
        format!(
            "{who} does not depend on `{listener}`, so it may be created before its target group `{name}` is in use"
        ),
    )
    .label("may be created too early")
    .help(help)
    .when(&Guard::all([binding.guard.clone(), case.guard.clone(), some_late, early.negated()]))
    .because([inventory.evidence(workload.id, case.span, "its target group")])
    .because(labels)
    .through(inventory, &case.trail);
    finding.assumed |= first.trail.is_assumed();
    finding.atom = name.to_string();
    cx.report(finding);
}
