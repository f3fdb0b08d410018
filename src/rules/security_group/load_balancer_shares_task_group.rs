//! Load balancers and tasks use different security groups.

use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Workload;
use crate::facts::load_balancer::LoadBalancer;
use crate::facts::security_group::{default_group_of, shown};
use crate::facts::workload::{Carrier, Interface};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "load-balancer-shares-task-group",
    summary: "load balancers and tasks use different security groups",
    docs: Docs {
        why: "A group that the load balancer and the tasks share accepts the same callers for both: whoever may call the \
              load balancer may call the tasks, and \"only from the load balancer\" cannot be said.",
        decides: "Reports a group that some load balancer of the templates uses together with the tasks of a workload, or \
                  with the container instances that run them. The default group of a VPC is \
                  `default-security-group-used`. Services that share a group with each other are not looked at. \
                  Undetermined when the groups of a service and of the load balancer in front of it come from the same \
                  unknown source.",
        fix: "Give the tasks a group of their own, which accepts the group of the load balancer on the container's port.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
    options: &[],
    check: Check::Native(check),
};

/// A group that carries tasks and load balancers.
struct Shared {
    subject: ResourceId,
    place: Span,
    finding: Finding,
    guards: Vec<Guard>,
}

fn check(cx: &mut Context<'_, '_>) {
    let mut found: Vec<Shared> = Vec::new();
    for workload in &cx.facts.workloads {
        for interface in &workload.interfaces {
            for worn in &interface.groups {
                if let Known::Value(group) = &worn.value {
                    compare(cx, workload, interface, worn, group, &mut found);
                }
            }
        }
        ask(cx, workload);
    }
    for shared in found {
        cx.report(shared.finding.when(&Guard::any(shared.guards)));
    }
}

/// Notes the load balancers that wear a group of a workload. Container instances carry the tasks of several workloads
/// and are noted once.
fn compare(
    cx: &Context<'_, '_>,
    workload: &Workload,
    interface: &Interface,
    worn: &Case<Known<Text>>,
    group: &Text,
    found: &mut Vec<Shared>,
) {
    let inventory = cx.inventory();
    let balancers: Vec<(Guard, &LoadBalancer)> = cx
        .facts
        .load_balancers
        .wearing(group)
        .map(|balancer| (inventory.presence(balancer.id).and(&balancer.wears(group)), balancer))
        .filter(|(guard, _)| !guard.is_never())
        .collect();
    if balancers.is_empty() || default_group_of(inventory, group).is_some() {
        return;
    }
    let worn_too = Guard::any(balancers.iter().map(|(guard, _)| guard.clone()));
    let (subject, who, wearers) = match interface.carrier {
        Carrier::Task => (workload.id, format!("the tasks of {}", workload.shown(inventory)), "tasks"),
        Carrier::Instance(id) => {
            (id, format!("the container instances of `{}`", inventory.logical_id(id)), "container instances")
        }
    };
    let guard = Guard::all([
        inventory.presence(workload.id),
        workload.guard.clone(),
        interface.guard.clone(),
        worn.guard.clone(),
        worn_too,
    ]);
    if let Some(known) = found.iter_mut().find(|known| known.subject == subject && known.place == worn.span) {
        known.guards.push(guard);
        return;
    }
    let names: Vec<String> = balancers.iter().map(|(_, it)| format!("`{}`", inventory.logical_id(it.id))).collect();
    let names = names.join(" and ");
    let group = shown(inventory, group);
    let message = format!("{who} use {group}, which is the security group of load balancer {names} too");
    let mut finding = Finding::new(subject, worn.span, message)
        .label("shared with the load balancer")
        .because(labels(cx, &balancers, &group))
        .through(inventory, &worn.trail)
        .help(format!("give the {wearers} a group of their own that accepts {group}"));
    finding.assumed |= worn.trail.is_assumed();
    found.push(Shared {
        subject,
        place: worn.span,
        finding,
        guards: vec![guard],
    });
}

fn labels(cx: &Context<'_, '_>, balancers: &[(Guard, &LoadBalancer)], group: &str) -> Vec<Label> {
    let inventory = cx.inventory();
    let label = |balancer: &LoadBalancer| {
        let name = inventory.logical_id(balancer.id);
        inventory.evidence(balancer.id, balancer.groups_span, format!("load balancer `{name}` uses {group}"))
    };
    balancers.iter().map(|(_, balancer)| label(balancer)).collect()
}

/// Asks where what is not known is the same on both sides.
fn ask(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for interface in &workload.interfaces {
        for worn in &interface.groups {
            let Known::Unknown(reason) = &worn.value else { continue };
            let guard = workload.guard.and(&interface.guard);
            for case in &serving.known {
                let same = case.value.groups.iter().filter(|own| own.value == worn.value);
                let same = Guard::any(same.map(|own| own.guard.clone()));
                open.push(worn.with(reason.clone()).when(&Guard::all([guard.clone(), case.guard.clone(), same])));
            }
        }
    }
    let Some(first) = open.first() else { return };
    let shown = workload.shown(inventory);
    cx.ask(Question {
        subject: workload.id,
        place: first.span,
        message: format!("whether the tasks of {shown} share a security group with {}", serving.shown(inventory)),
        open,
    });
}
