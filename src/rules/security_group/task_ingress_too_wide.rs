//! Tasks open the ports that their containers have, and no others.

use crate::aws::ec2::SecurityGroup;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard};
use crate::facts::Workload;
use crate::facts::load_balancer::Sources;
use crate::facts::security_group::{Accepted, Listened, Peer, PortRange, Traffic, accepted, listened};
use crate::facts::workload::Carrier;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// The first of the ports that container instances give to tasks in bridge mode, as far as they are known: the range
/// of the kernel, or 49153-65535.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>
const FIRST_DYNAMIC: u16 = 32_768;

/// More ports than a task maps one by one: a container has at most 100 mappings. A rule that opens more is too wide even
/// when not all mappings are known.
const MORE_THAN_MAPPED: u32 = 1_000;

const VOID_PORTS: &str = "`IpProtocol: -1` makes `FromPort` and `ToPort` void: set `tcp`";

const DYNAMIC_PORTS: &str =
    "open only the ports that tasks get, 32768-65535, and the host ports that their port mappings name";

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-ingress-too-wide",
    summary: "tasks open the ports that their containers have, and no others",
    docs: Docs {
        why: "Debug endpoints, metrics and sidecars listen inside the task too. A rule for every port hands them to \
              whoever may call the task, the load balancer included.",
        decides: "Compares the ingress rules of the groups that tasks use with the port mappings of their containers, \
                  the ports of their target groups and of the health checks. Reports rules for all traffic and ranges \
                  that hold other ports. On container instances, where tasks get dynamic ports, ranges from 32768 on \
                  pass. A single port passes, and so does what a group accepts from itself. Ranges of addresses that \
                  should not be let in at all are left to `task-open-to-world` and \
                  `task-ingress-not-from-load-balancer`. Undetermined when some ports are open and not all mappings are \
                  known.",
        fix: "Set `IpProtocol: tcp`, and `FromPort` and `ToPort` to the container's port; one rule for each port.",
        safety: Safety::Unsafe,
    },
    category: Category::SecurityGroup,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W42", "W27", "1a427b25", "87482183", "SECURITY_GROUP_INGRESS_ALL_PROTOCOLS_RULE", "SECURITY_GROUP_INGRESS_PORT_RANGE_RULE"],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    options: &[],
    check: Check::Native(check),
};

/// What a rule opens on container instances, for one or several workloads.
struct OnInstances {
    id: ResourceId,
    place: Span,
    finding: Finding,
    /// True when the instances, their group and its rule are of one stack.
    is_of_one_stack: bool,
    guards: Vec<Guard>,
}

fn check(cx: &mut Context<'_, '_>) {
    let mut on_instances: Vec<OnInstances> = Vec::new();
    for workload in &cx.facts.workloads {
        check_workload(cx, workload, &mut on_instances);
    }
    for found in on_instances {
        // What one stack holds is what it is, whichever stack's tasks are placed on the instances.
        let guard = Guard::any(found.guards);
        let guard = if found.is_of_one_stack { cx.for_some_exporter(&guard) } else { guard };
        cx.report(found.finding.when(&guard));
    }
}

fn check_workload(cx: &mut Context<'_, '_>, workload: &Workload, on_instances: &mut Vec<OnInstances>) {
    let inventory = cx.inventory();
    let groups = &cx.facts.security_groups;
    let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
    let sources = Sources { inventory, groups, workload, serving: &serving };
    let listened = listened(inventory, &cx.facts.task_definitions, workload);
    for line in accepted(groups, workload) {
        let range = match &line.rule.traffic {
            Traffic::All => None,
            Traffic::Ports(_, range) if range.count() > 1 => Some(*range),
            Traffic::Ports(..) | Traffic::Icmp | Traffic::Other(_) | Traffic::Unknown(_) => continue,
        };
        let guard = match &line.rule.peer {
            Peer::Group(_) | Peer::PrefixList(_) => line.guard.clone(),
            // A range that should not be there at all is not to be narrowed.
            peer @ (Peer::Cidr(..) | Peer::Vpc(_)) if !peer.is_public() => {
                line.guard.and(&sources.may_be_foreign(&line).negated())
            }
            Peer::Cidr(..) | Peer::Vpc(_) | Peer::Own | Peer::Unknown(_) => continue,
        };
        if guard.is_never() {
            continue;
        }
        match line.interface.carrier {
            Carrier::Task => check_tasks(cx, workload, &line, range, &listened, &guard),
            Carrier::Instance(id) => {
                let is_dynamic = range.is_some_and(|range| {
                    range.count() <= MORE_THAN_MAPPED || !range.contains_below(FIRST_DYNAMIC)
                });
                if !is_dynamic {
                    note_instances(cx, workload, &line, id, guard, on_instances);
                }
            }
        }
    }
}

fn check_tasks(
    cx: &mut Context<'_, '_>,
    workload: &Workload,
    line: &Accepted<'_>,
    range: Option<PortRange>,
    listened: &Listened,
    guard: &Guard,
) {
    let inventory = cx.inventory();
    let unneeded = range.map_or(Guard::True, |range| unneeded(listened, range));
    let guard = guard.and(&unneeded);
    let is_certain = range.is_none_or(|range| range.count() > MORE_THAN_MAPPED);
    let open: Vec<Case<_>> = listened.open.iter().map(|case| case.clone().when(&guard)).collect();
    if !is_certain && !open.is_empty() {
        let message = format!("whether the containers of {} need all of {}", workload.shown(inventory), line.rule.traffic);
        cx.ask(Question {
            subject: workload.id,
            place: line.rule.traffic_span,
            message,
            open,
        });
        return;
    }
    let ports = listened.shown();
    let only = ports.as_ref().map_or_else(String::new, |ports| format!(", but its containers have only {ports}"));
    let message = format!(
        "{} {} from {}{only}",
        line.who(inventory, workload),
        line.rule.traffic,
        line.rule.peer.shown(inventory),
    );
    let help = match ports {
        _ if line.rule.void_ports => VOID_PORTS.to_owned(),
        Some(ports) => format!("open only {ports}"),
        None => "open only the ports that the containers have".to_owned(),
    };
    let mut finding = Finding::new(workload.id, line.rule.traffic_span, message)
        .label("opens more than the containers need")
        .because(line.evidence(inventory, workload))
        .because(needed(cx, listened));
    finding.assumed |= line.assumed();
    cx.report(finding.when(&guard).help(help));
}

/// Where each of the ports is named first.
fn needed(cx: &Context<'_, '_>, listened: &Listened) -> Vec<Label> {
    let mut known: Vec<PortRange> = Vec::new();
    let mut labels = Vec::new();
    for case in &listened.ports {
        let range = case.value.range;
        if !known.contains(&range) {
            known.push(range);
            let text = format!("port {range} is needed");
            labels.push(cx.inventory().evidence(case.value.owner, case.span, text));
        }
    }
    labels
}

/// When a range holds a port that is not among those of the tasks.
fn unneeded(listened: &Listened, range: PortRange) -> Guard {
    let mut guards: Vec<Guard> = Vec::new();
    for port in range.ports() {
        let guard = listened.contains(port).negated();
        if guard == Guard::True {
            return guard;
        }
        if !guards.contains(&guard) {
            guards.push(guard);
        }
    }
    Guard::any(guards)
}

/// Container instances run tasks of several workloads: a rule of theirs is one finding.
fn note_instances(
    cx: &Context<'_, '_>,
    workload: &Workload,
    line: &Accepted<'_>,
    id: ResourceId,
    guard: Guard,
    found: &mut Vec<OnInstances>,
) {
    let inventory = cx.inventory();
    let guard = guard.and(&inventory.presence(workload.id));
    let place = line.rule.traffic_span;
    let evidence = line.evidence(inventory, workload);
    if let Some(known) = found.iter_mut().find(|known| known.id == id && known.place == place) {
        known.guards.push(guard);
        return;
    }
    let name = inventory.logical_id(id);
    let message = format!(
        "the container instances of `{name}` accept {} from {}",
        line.rule.traffic,
        line.rule.peer.shown(inventory)
    );
    let mut finding = Finding::new(id, place, message)
        .label("opens more than tasks need")
        .because(evidence)
        .help(if line.rule.void_ports { VOID_PORTS } else { DYNAMIC_PORTS });
    finding.assumed |= line.assumed();
    found.push(OnInstances {
        id,
        place,
        finding,
        is_of_one_stack: line.rule.owner.stack == id.stack
            && inventory.resource_of(line.group, SecurityGroup::TYPE).is_some_and(|group| group.stack == id.stack),
        guards: vec![guard],
    });
}
