//! Tasks run in private subnets.

use crate::aws::ec2::Subnet;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Scope, Text, Unknown};
use crate::facts::network::Family;
use crate::facts::workload::{Carrier, Interface};
use crate::facts::{Inventory, Workload};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-in-public-subnet",
    summary: "tasks run in private subnets",
    docs: Docs {
        why: "A task in a public subnet is one security group mistake away from the internet. The load balancer belongs \
              there; the tasks behind it belong in private subnets.",
        decides: "A subnet is public when its route table has a route to an internet gateway, whatever the subnet is \
                  called; the chain from the service over parameters, outputs and imports to that route is shown. \
                  Without such a route a subnet still counts as public when it also hosts an internet-facing load \
                  balancer or a public NAT gateway, or gives out public addresses, unless its traffic leaves through \
                  something else; of a subnet that is only a parameter or an id that is a hint and not an answer. Tasks in bridge and host mode are where their container instances are. A warning \
                  when tasks provably get no public address. Undetermined when the subnets come from outside.",
        fix: "Give the service subnets whose default route leads to a NAT gateway, or that reach what they need through \
              VPC endpoints. Public subnets without NAT save its cost; accept that with a reason if you mean it.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Error,
    security_severity: Some(8.2),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for carrier in [true, false] {
            let interfaces: Vec<&Interface> =
                workload.interfaces.iter().filter(|interface| (interface.carrier == Carrier::Task) == carrier).collect();
            let unplaced = if carrier { workload.unplaced.as_slice() } else { &[] };
            if !interfaces.is_empty() || !unplaced.is_empty() {
                check_workload(cx, workload, &interfaces, unplaced);
            }
        }
    }
}

/// What speaks for a subnet being public.
struct Exposure {
    guard: Guard,
    subnet: Str,
    place: crate::source::Span,
    labels: Vec<Label>,
    assumed: bool,
    by_route: bool,
}

fn check_workload(cx: &mut Context<'_, '_>, workload: &Workload, interfaces: &[&Interface], unplaced: &[Case<Unknown>]) {
    let mut exposures = Vec::new();
    let mut hints = Vec::new();
    let mut open: Vec<Case<Unknown>> =
        unplaced.iter().cloned().map(|case| case.when(&workload.guard)).collect();
    let mut addressable = Guard::False;
    let mut undecided = Guard::False;
    for interface in interfaces {
        let guard = workload.guard.and(&interface.guard);
        for subnet in &interface.subnets {
            match &subnet.value {
                Known::Value(identity) => judge_subnet(cx, &guard, subnet, identity, &mut exposures, &mut open, &mut hints),
                Known::Unknown(reason) => open.push(subnet.with(reason.clone()).when(&guard)),
                Known::Absent => {}
            }
        }
        addressable = addressable.or(&guard.and(&interface.is_addressable()));
        undecided = undecided.or(&guard.and(&interface.may_be_addressable()));
    }
    exposures.retain(|exposure| cx.inventory().possible(&cx.inventory().presence(workload.id).and(&exposure.guard)));
    let shown = workload.shown(cx.inventory());
    let finding = finding(cx.inventory(), workload, interfaces, &exposures, (&addressable, &undecided));
    let message = format!("whether the tasks of {shown} run in public subnets is not decided by the templates");
    let place = interfaces.first().map_or(workload.place, |interface| interface.subnets_span);
    let found = finding.is_some_and(|finding| cx.report(finding));
    if !found {
        cx.ask_because(Question { subject: workload.id, place, message, open }, hints);
    }
}

fn judge_subnet(
    cx: &Context<'_, '_>,
    guard: &Guard,
    subnet: &Case<Known<Text>>,
    identity: &Text,
    exposures: &mut Vec<Exposure>,
    open: &mut Vec<Case<Unknown>>,
    hints: &mut Vec<Label>,
) {
    let inventory = cx.inventory();
    let here = guard.and(&subnet.guard);
    let name = inventory.shown(identity);
    let v4 = cx.facts.network.class(inventory, identity, Family::V4);
    let v6 = cx.facts.network.class(inventory, identity, Family::V6);
    let mut expose = |when: &Guard, labels: &[Label], assumed: bool, by_route: bool| {
        let guard = here.and(when);
        if guard.is_never() {
            return;
        }
        let mut chain = inventory.hops(&subnet.trail);
        chain.extend(labels.iter().cloned());
        let assumed = assumed || subnet.trail.is_assumed();
        exposures.push(Exposure { guard, subnet: name.clone(), place: subnet.span, labels: chain, assumed, by_route });
    };
    for evidence in v4.public.iter().chain(&v6.public) {
        expose(&evidence.guard, &evidence.labels, evidence.assumed, true);
    }
    let elsewhere = v4.is_public().or(&v4.has_egress()).negated();
    let is_declared = inventory.resource_of(identity, Subnet::TYPE).is_some();
    for evidence in cx.facts.network.designations(identity) {
        if !is_declared {
            hints.extend(evidence.labels.iter().cloned());
            continue;
        }
        expose(&evidence.guard.and(&elsewhere), &evidence.labels, evidence.assumed, false);
    }
    open.extend(v4.unknown.into_iter().map(|mut case| {
        case.trail = subnet.trail.clone();
        case.when(&here)
    }));
}

fn finding(
    inventory: &Inventory<'_>,
    workload: &Workload,
    interfaces: &[&Interface],
    exposures: &[Exposure],
    (addressable, undecided): (&Guard, &Guard),
) -> Option<Finding> {
    let first = exposures.first()?;
    let mut names: Vec<String> = Vec::new();
    for exposure in exposures {
        let name = format!("`{}`", exposure.subnet);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let guard = Guard::any(exposures.iter().map(|exposure| exposure.guard.clone()));
    let on_instances = interfaces.iter().any(|interface| interface.carrier != Carrier::Task);
    let by_route = exposures.iter().any(|exposure| exposure.by_route);
    let shown = workload.shown(inventory);
    let subnets = if names.len() == 1 { "subnet" } else { "subnets" };
    let list = names.join(", ");
    let message = match (on_instances, by_route) {
        (false, true) => format!("{shown} runs its tasks in public {subnets} {list}"),
        (false, false) => format!("{shown} runs its tasks in {subnets} {list}, used as public"),
        (true, true) => format!("{shown} runs on container instances in public {subnets} {list}"),
        (true, false) => format!("{shown} runs on container instances in {subnets} {list}, used as public"),
    };
    let exposed = inventory.presence(workload.id).and(&guard);
    let reachable = inventory.possible(&exposed.and(addressable)) || inventory.possible_by_default(&exposed.and(undecided));
    let severity = if reachable { Severity::Error } else { Severity::Warning };
    let mut finding = Finding::new(workload.id, first.place, message)
        .when(&guard)
        .label(if by_route { "public by its routes" } else { "used as a public subnet" })
        .help(format!(
            "place the {} in subnets whose default route leads to a NAT gateway, which is paid by the hour and the gigabyte, or \
             that have the VPC endpoints they need",
            if on_instances { "container instances" } else { "tasks" },
        ))
        .severity(severity);
    // Stacks that could serve one import often have the same subnets: one of them shows how.
    let mut shown: Vec<&str> = Vec::new();
    let mut others = 0_usize;
    for exposure in exposures {
        finding.assumed |= exposure.assumed;
        let is_choice = exposure.guard.variables().iter().any(|var| var.scope == Scope::Exporter);
        if is_choice && shown.contains(&&*exposure.subnet) {
            others += 1;
            continue;
        }
        shown.push(&exposure.subnet);
        finding = finding.because(exposure.labels.iter().cloned());
    }
    if others > 0 {
        finding.label.push_str(&format!(", and so in {others} other subnets of stacks that could be meant"));
    }
    Some(finding)
}
