//! Security groups let tasks out to what they need.

use std::collections::BTreeSet;

use crate::aws::ec2::{Endpoint, SecurityGroup, Subnet, Vpc};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Workload;
use crate::facts::need::{self, Need, Remote};
use crate::facts::security_group::{
    Breadth, Direction, GroupRule, Passage, Peer, Traffic, Transport, passage, shown, wears,
};
use crate::facts::workload::{Carrier, Interface};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-egress-blocks-dependency",
    summary: "security groups let tasks out to what they need",
    docs: Docs {
        why: "A group with egress rules of its own lets nothing else out. A Fargate task that cannot open a connection to its \
              registry, its log group or its secrets stops before the application starts.",
        decides: "Looks at Fargate tasks whose groups limit egress. Some rule must let TCP 443 out for images, logs, secrets, \
                  environment files and ECS Exec, and TCP 2049 for EFS; private ranges and groups count where a VPC endpoint may \
                  be behind them. A warning is given when another group accepts the tasks' group on a port to which the tasks \
                  may not send. Undetermined when rules may be added elsewhere. DNS is not looked at, since security groups do \
                  not filter it.",
        fix: "Add an egress rule for TCP 443 to `0.0.0.0/0`, to the prefix list of a gateway endpoint or to the security group of \
              the VPC endpoints; and one for each port of a database or file system that the tasks use.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    options: &[],
    check: Check::Native(check),
};

/// What nothing lets out, for one place to mend.
struct Blocked {
    /// When nothing lets it out, and when it is needed where that is not so by default.
    key: (Guard, Option<Guard>),
    guard: Guard,
    place: Span,
    why: String,
    port: u16,
    needs: Vec<Need>,
}

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        let needs = need::of_workload(cx.inventory(), &cx.facts.task_definitions, workload);
        for interface in workload.interfaces.iter().filter(|interface| interface.carrier == Carrier::Task) {
            let base = Guard::all([
                workload.guard.clone(),
                interface.guard.clone(),
                interface.no_groups.negated(),
            ]);
            check_needs(cx, workload, interface, &needs, &base.and(&workload.is_fargate()));
            check_acceptors(cx, workload, interface, &base);
        }
    }
}

fn check_needs(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface, needs: &[Need], base: &Guard) {
    let inventory = cx.inventory();
    let mut all: Vec<Blocked> = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for need in needs {
        let Ok(remote) = &need.remote else { continue };
        let exit = exit(cx, interface, remote);
        let here = base.and(&need.guard);
        let guard = here.and(&exit.is_shut());
        if !guard.is_never() {
            let (place, why) = wall(cx, interface, &exit);
            let port = port(remote);
            let key = (base.and(&exit.is_shut()), need.unusual(inventory));
            match all.iter_mut().find(|other| other.key == key && other.place == place && other.port == port) {
                Some(same) => {
                    same.guard = same.guard.or(&guard);
                    same.needs.push(need.clone());
                }
                None => all.push(Blocked { key, guard, place, why, port, needs: vec![need.clone()] }),
            }
        }
        let still = here.and(&exit.open.negated());
        // A name that the template does not declare is reported by itself, and a group with no rules lets everything out.
        let unknown = exit.unknown.into_iter().filter(|case| !matches!(case.value, Unknown::Undeclared(_)));
        open.extend(unknown.map(|case| case.when(&still)));
    }
    let shown = workload.shown(inventory);
    let mut findings = Vec::new();
    for blocked in all {
        let mut names: Vec<&str> = Vec::new();
        for need in &blocked.needs {
            if let Some(name) = need.remote.as_ref().ok().map(Remote::shown).filter(|name| !names.contains(name)) {
                names.push(name);
            }
        }
        let (port, why) = (blocked.port, blocked.why);
        let message = format!("tasks of {shown} cannot reach {} on port {port}: {why}", names.join(" and "));
        let mut finding = Finding::new(workload.id, blocked.place, message)
            .when(&blocked.guard)
            .help(format!("add an egress rule for TCP {port}"))
            .atom(names.join(" "));
        for need in &blocked.needs {
            finding = finding.because([need.label(inventory)]).through(inventory, &need.trail);
        }
        findings.push(finding.because(worn_here(cx, workload, interface)));
    }
    let message = format!("whether security groups let tasks of {shown} out to what they need is not decided by the templates");
    cx.conclude(findings, Question { subject: workload.id, place: interface.groups_span, message, open });
}

/// The port on which something answers: a registry may say one.
fn port(remote: &Remote) -> u16 {
    let written = match remote {
        Remote::Registry(host) => host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()),
        _ => None,
    };
    written.unwrap_or(remote.port())
}

/// What the groups of the tasks let out to something that they need.
fn exit<'c>(cx: &Context<'c, '_>, interface: &Interface, remote: &Remote) -> Passage<'c> {
    let inventory = cx.inventory();
    let port = port(remote);
    let nearby = nearby(cx, interface, remote);
    passage(inventory, &cx.facts.security_groups, &interface.groups, Direction::Egress, |rule, group| {
        let peer = match &rule.peer {
            Peer::Cidr(net, _) if net.addr().is_loopback() => Ok(Guard::False),
            Peer::Cidr(_, Breadth::Private) | Peer::Vpc(_) => Ok(nearby.clone()),
            Peer::Cidr(..) | Peer::PrefixList(_) => Ok(Guard::True),
            Peer::Group(target) => behind(cx, target, remote),
            Peer::Own => behind(cx, group, remote),
            Peer::Unknown(reason) => Err(reason.clone()),
        };
        (peer, rule.traffic.carries(Transport::Tcp, port))
    })
}

/// When what is needed may answer inside of the VPC: through an endpoint, or because it is there.
fn nearby(cx: &Context<'_, '_>, interface: &Interface, remote: &Remote) -> Guard {
    let inventory = cx.inventory();
    let services = remote.endpoint_services();
    let mut absent = Vec::new();
    for subnet in &interface.subnets {
        let Known::Value(identity) = &subnet.value else { return Guard::True };
        let Some(id) = inventory.resource_of(identity, Subnet::TYPE) else { return Guard::True };
        for vpc in inventory.identities(Subnet(id).vpc(cx.eval())) {
            let Known::Value(vpc) = &vpc.value else { return Guard::True };
            let Some(vpc) = inventory.resource_of(vpc, Vpc::TYPE) else { return Guard::True };
            let missing = services.iter().map(|name| cx.facts.network.served(inventory, vpc, name).is_missing());
            absent.push(Guard::any(missing));
        }
    }
    // Registries of one's own and file systems are not reached through endpoints; they may be anywhere.
    if services.is_empty() || absent.is_empty() { Guard::True } else { Guard::all(absent).negated() }
}

/// Whether what is needed may be behind a group: nothing but an endpoint answers for a service of AWS.
fn behind(cx: &Context<'_, '_>, group: &Text, remote: &Remote) -> Result<Guard, Unknown> {
    let inventory = cx.inventory();
    if remote.endpoint_services().is_empty() {
        return Ok(Guard::True);
    }
    let Some(id) = inventory.resource_of(group, SecurityGroup::TYPE) else {
        return Err(inventory.unknown_identity(group));
    };
    let mut wearers = cx.facts.security_groups.wearers(group).iter();
    if wearers.any(|wearer| inventory.type_name(*wearer) == Endpoint::TYPE) {
        return Ok(Guard::True);
    }
    match inventory.escapes(id) {
        Some(name) => Err(Unknown::OpenWorld(name)),
        None => Ok(Guard::False),
    }
}

/// The place to open the way out, and what is let out now.
fn wall(cx: &Context<'_, '_>, interface: &Interface, exit: &Passage<'_>) -> (Span, String) {
    let inventory = cx.inventory();
    let groups = interface.groups.iter().filter_map(|case| match &case.value {
        Known::Value(group) => Some(group),
        Known::Absent | Known::Unknown(_) => None,
    });
    let groups: Vec<&Text> = groups.collect();
    let names: Vec<String> = groups.iter().map(|group| shown(inventory, group)).collect();
    let names = names.join(" and ");
    let first = groups.iter().find_map(|group| cx.facts.security_groups.rules(group, Direction::Egress).next());
    match exit.near.or(first) {
        Some(rule) => {
            // A rule whose port or range differs by parameter is one line that is there once.
            let others = groups
                .iter()
                .flat_map(|group| cx.facts.security_groups.rules(group, Direction::Egress));
            let is_only = others
                .into_iter()
                .all(|other| (other.traffic_span, other.span) == (rule.traffic_span, rule.span));
            let lets = if is_only {
                let only = first.unwrap_or(rule);
                format!("{names} lets out only {} to {}", only.traffic, only.peer.shown(inventory))
            } else {
                format!("no egress rule of {names} covers it")
            };
            (rule.traffic_span, lets)
        }
        None => (interface.groups_span, format!("{names} lets out nothing there")),
    }
}

fn worn_here(cx: &Context<'_, '_>, workload: &Workload, interface: &Interface) -> Vec<Label> {
    wears(cx.inventory(), workload.id, "tasks use", &interface.groups)
}

/// Groups that accept the tasks' group on a port to which the tasks may not send.
fn check_acceptors(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface, base: &Guard) {
    let inventory = cx.inventory();
    let worn = interface.groups.iter().filter_map(|case| match &case.value {
        Known::Value(group) => Some(group),
        Known::Absent | Known::Unknown(_) => None,
    });
    let acceptors: BTreeSet<ResourceId> =
        worn.flat_map(|group| cx.facts.security_groups.accepting(group)).collect();
    for id in acceptors {
        let target = inventory.own_identity(id);
        for rule in cx.facts.security_groups.rules(&target, Direction::Ingress) {
            let (Peer::Group(source), Traffic::Ports(Transport::Tcp, range)) = (&rule.peer, &rule.traffic) else { continue };
            let worn = interface.groups.iter().filter(|case| matches!(&case.value, Known::Value(group) if group == source));
            let worn = Guard::any(worn.map(|case| case.guard.clone()));
            let Some(first) = range.ports().next().filter(|_| range.count() == 1 && !worn.is_never()) else { continue };
            let exit = exit_to(cx, interface, &target, first);
            let guard = Guard::all([base.clone(), worn, rule.guard.clone(), exit.is_shut()]);
            if !guard.is_never() {
                report_acceptor(cx, workload, interface, rule, &target, &exit, &guard);
            }
        }
    }
}

fn exit_to<'c>(cx: &Context<'c, '_>, interface: &Interface, target: &Text, port: u16) -> Passage<'c> {
    passage(cx.inventory(), &cx.facts.security_groups, &interface.groups, Direction::Egress, |rule, group| {
        let peer = match &rule.peer {
            Peer::Cidr(net, _) if net.addr().is_loopback() => Ok(Guard::False),
            Peer::Group(other) if other == target => Ok(Guard::True),
            Peer::Group(other) if cx.inventory().resource_of(other, SecurityGroup::TYPE).is_some() => Ok(Guard::False),
            Peer::Group(other) => Err(cx.inventory().unknown_identity(other)),
            Peer::Own if group == target => Ok(Guard::True),
            Peer::Own => Ok(Guard::False),
            Peer::Unknown(reason) => Err(reason.clone()),
            // A range counts as long as it may hold the address of what wears the group.
            Peer::Cidr(..) | Peer::Vpc(_) | Peer::PrefixList(_) => Ok(Guard::True),
        };
        (peer, rule.traffic.carries(Transport::Tcp, port))
    })
}

fn report_acceptor(
    cx: &mut Context<'_, '_>,
    workload: &Workload,
    interface: &Interface,
    rule: &GroupRule,
    target: &Text,
    exit: &Passage<'_>,
    guard: &Guard,
) {
    let inventory = cx.inventory();
    let (place, why) = wall(cx, interface, exit);
    let (target, traffic) = (shown(inventory, target), &rule.traffic);
    let message = format!("{target} accepts {traffic} from tasks of {}, but they cannot send it: {why}", workload.shown(inventory));
    let accepts = inventory.evidence(rule.owner, rule.traffic_span, format!("{target} accepts {traffic} from them"));
    let finding = Finding::new(workload.id, place, message)
        .when(guard)
        .severity(Severity::Warning)
        .help(format!("add an egress rule for {traffic} with {target} as destination, or remove the ingress rule"))
        .atom(format!("{target} {traffic}"))
        .because([accepts])
        .because(worn_here(cx, workload, interface));
    cx.report(finding);
}
