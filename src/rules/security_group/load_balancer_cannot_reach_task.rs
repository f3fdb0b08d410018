//! Security groups let a load balancer reach the tasks behind it.

use crate::aws::ec2::SecurityGroup;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::Workload;
use crate::facts::load_balancer::{LoadBalancer, Passage, Path};
use crate::facts::security_group::{port, shown, wears};
use crate::facts::workload::{Binding, Carrier, Interface};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "load-balancer-cannot-reach-task",
    summary: "security groups let a load balancer reach the tasks behind it",
    docs: Docs {
        why: "Without a way through, every health check fails: ECS replaces the tasks again and again, and the deployment \
              hangs until it times out.",
        decides: "For every load balancer that forwards to a service, some group of the tasks must accept a group of the \
                  load balancer, or a range that can hold its addresses, on the container's port; and the load balancer's \
                  groups, where they limit egress, must let it out. In bridge and host mode, where ports are chosen when \
                  tasks start, any port will do. Undetermined when a group is declared elsewhere, or its id leaves the \
                  templates, so that others may add the rule.",
        fix: "Add an ingress rule to the tasks' group with the load balancer's group as source and the container's port as \
              `FromPort` and `ToPort`.",
        safety: Safety::Unsafe,
    },
    category: Category::SecurityGroup,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for binding in &workload.bindings {
            check_binding(cx, workload, binding);
        }
    }
}

fn check_binding(cx: &mut Context<'_, '_>, workload: &Workload, binding: &Binding) {
    let serving = cx.facts.load_balancers.serving(cx.inventory(), binding);
    for interface in &workload.interfaces {
        let ports: Vec<(Guard, Option<u16>)> = match interface.carrier {
            Carrier::Instance(_) => vec![(Guard::True, None)],
            Carrier::Task => {
                let ports = binding.container_port.iter().map(|case| match &case.value {
                    Known::Value(text) => (case.guard.clone(), port(text)),
                    Known::Absent | Known::Unknown(_) => (case.guard.clone(), None),
                });
                ports.collect()
            }
        };
        let present = Guard::all([
            workload.guard.clone(),
            interface.guard.clone(),
            binding.guard.clone(),
            interface.no_groups.negated(),
        ]);
        for case in &serving.known {
            for (guard, port) in &ports {
                let path = Path {
                    balancer: case.value,
                    interface,
                    port: *port,
                };
                let assumed = case.trail.is_assumed();
                check_path(cx, workload, &path, &Guard::all([present.clone(), case.guard.clone(), guard.clone()]), assumed);
            }
        }
    }
}

fn check_path(cx: &mut Context<'_, '_>, workload: &Workload, path: &Path<'_>, guard: &Guard, assumed: bool) {
    let inventory = cx.inventory();
    let groups = &cx.facts.security_groups;
    let (inbound, outbound) = (path.inbound(inventory, groups), path.outbound(inventory, groups));
    let who = match path.interface.carrier {
        Carrier::Task => workload.shown(inventory),
        Carrier::Instance(_) => format!("the container instances of {}", workload.shown(inventory)),
    };
    let on = path.port.map_or_else(String::new, |port| format!(" on port {port}"));
    let name = inventory.logical_id(path.balancer.id);
    let cannot = format!("load balancer `{name}` cannot reach {who}{on}");
    let ends = [ends(cx, workload, path.interface), starts(cx, path.balancer)].concat();

    let (place, why) = shut_in(cx, path.interface, &inbound);
    let mut entry = Finding::new(workload.id, place, format!("{cannot}: {why}"))
        .help("add an ingress rule with the load balancer's security group as source and the container's port")
        .because(ends.clone());
    entry.assumed |= assumed;
    if cx.report(entry.when(&guard.and(&inbound.is_shut()))) {
        return;
    }
    let (place, why) = shut_out(cx, path.balancer, &outbound);
    let mut exit = Finding::new(workload.id, place, format!("{cannot}: {why}"))
        .help("let the load balancer's security group send to the tasks' security group on the container's port")
        .because(ends);
    exit.assumed |= assumed;
    if cx.report(exit.when(&guard.and(&outbound.is_shut()))) {
        return;
    }
    let message = format!("whether load balancer `{name}` can reach {who}{on} is not decided by the templates");
    let unknown = |passage: Passage<'_>| {
        let still_shut = guard.and(&passage.open.negated());
        passage.unknown.into_iter().map(move |case| case.when(&still_shut)).collect::<Vec<_>>()
    };
    let open: Vec<Case<Unknown>> = unknown(inbound).into_iter().chain(unknown(outbound)).collect();
    cx.ask(Question {
        subject: workload.id,
        place: path.interface.groups_span,
        message,
        open,
    });
}

/// The place to open the way in, and why it is shut.
fn shut_in(cx: &Context<'_, '_>, interface: &Interface, inbound: &Passage<'_>) -> (Span, String) {
    let inventory = cx.inventory();
    let groups: Vec<_> = interface
        .groups
        .iter()
        .filter_map(|case| match &case.value {
            Known::Value(group) => Some(group),
            Known::Absent | Known::Unknown(_) => None,
        })
        .collect();
    let names: Vec<String> = groups.iter().map(|group| shown(inventory, group)).collect();
    let names = names.join(" and ");
    match inbound.near {
        Some(rule) => {
            let from = rule.peer.shown(inventory);
            (rule.traffic_span, format!("{names} accepts only {} from {from}", rule.traffic))
        }
        None => {
            let declared = groups.iter().find_map(|group| inventory.resource_of(group, SecurityGroup::TYPE));
            let place = declared.map_or(interface.groups_span, |id| inventory.project().resource(id).id.span);
            (place, format!("{names} accepts nothing from it"))
        }
    }
}

/// The place to open the way out, and why it is shut.
fn shut_out(cx: &Context<'_, '_>, balancer: &LoadBalancer, outbound: &Passage<'_>) -> (Span, String) {
    let inventory = cx.inventory();
    match outbound.near {
        Some(rule) => {
            let to = rule.peer.shown(inventory);
            (rule.traffic_span, format!("its security group sends only {} to {to}", rule.traffic))
        }
        None => (balancer.groups_span, "its security group sends nothing there".to_owned()),
    }
}

fn ends(cx: &Context<'_, '_>, workload: &Workload, interface: &Interface) -> Vec<Label> {
    let (wearer, uses) = match interface.carrier {
        Carrier::Task => (workload.id, "tasks use"),
        Carrier::Instance(id) => (id, "container instances use"),
    };
    wears(cx.inventory(), wearer, uses, &interface.groups)
}

fn starts(cx: &Context<'_, '_>, balancer: &LoadBalancer) -> Vec<Label> {
    wears(cx.inventory(), balancer.id, "the load balancer uses", &balancer.groups)
}
