//! Subnets have an address for every task.

use crate::aws::application_autoscaling::ScalableTarget;
use crate::aws::ec2::Subnet;
use crate::aws::ecs::Service;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text};
use crate::facts::Workload;
use crate::facts::workload::{Carrier, Interface, WorkloadKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "subnet-ip-exhaustion",
    summary: "subnets have an address for every task",
    docs: Docs {
        why: "Each task with a network interface of its own takes an address of its subnet. When none is left, deployments and \
              scaling stop just when they are needed.",
        decides: "Adds up, for services that share subnets, the tasks that there may be during a deployment: the larger of \
                  `DesiredCount` and the `MaxCapacity` of a scalable target, times `MaximumPercent` (200 if absent). Compares that \
                  with the addresses of their subnets, without the five of each that AWS keeps and eight for each load balancer. \
                  Only numbers and ranges that are known count, so that the rule is never undetermined.",
        fix: "Give the tasks more or larger subnets, for example from a secondary range of the VPC, or lower `MaxCapacity` or \
              `MaximumPercent`.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    options: &[],
    check: Check::Native(check),
};

/// Addresses of a subnet that AWS keeps.
const RESERVED: u64 = 5;

/// Addresses that a load balancer needs in each of its subnets to scale.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>
const FOR_LOAD_BALANCER: u64 = 8;

/// `MaximumPercent` of a service that says nothing.
const MAXIMUM_PERCENT: u64 = 200;

/// Bits of an IPv4 address.
const ADDRESS_BITS: u8 = 32;

/// How many tasks a service may have at once, in which subnets.
struct Demand<'c> {
    workload: &'c Workload,
    subnets: Vec<&'c Text>,
    place: &'c Interface,
    tasks: u64,
    guard: Guard,
    labels: Vec<Label>,
}

fn check(cx: &mut Context<'_, '_>) {
    let facts = cx.facts;
    let services = facts.workloads.iter().filter(|workload| workload.kind == WorkloadKind::Service);
    let demands = services.flat_map(|workload| workload.interfaces.iter().map(move |interface| (workload, interface)));
    let demands = demands.filter(|(_, interface)| interface.carrier == Carrier::Task);
    let demands = demands.filter_map(|(workload, interface)| demand(cx, workload, interface));
    let mut demands: Vec<Demand<'_>> = demands.collect();
    demands.sort_by_key(|demand| cx.inventory().logical_id(demand.workload.id));
    for (index, demand) in demands.iter().enumerate() {
        let is_first = !demands.iter().take(index).any(|other| is_same(&other.subnets, &demand.subnets));
        if is_first {
            check_subnets(cx, demand, &demands);
        }
    }
}

fn is_same(left: &[&Text], right: &[&Text]) -> bool {
    is_within(left, right) && is_within(right, left)
}

fn is_within(inner: &[&Text], outer: &[&Text]) -> bool {
    inner.iter().all(|subnet| outer.contains(subnet))
}

fn check_subnets(cx: &mut Context<'_, '_>, first: &Demand<'_>, demands: &[Demand<'_>]) {
    let inventory = cx.inventory();
    let Some((addresses, sizes)) = addresses(cx, &first.subnets) else { return };
    let here: Vec<&Demand<'_>> = demands.iter().filter(|other| is_within(&other.subnets, &first.subnets)).collect();
    let tasks: u64 = here.iter().fold(0, |sum, demand| sum.saturating_add(demand.tasks));
    if tasks <= addresses {
        return;
    }
    let names: Vec<String> = first.subnets.iter().map(|subnet| format!("`{}`", inventory.shown(subnet))).collect();
    let mut who: Vec<String> = here.iter().map(|demand| demand.workload.shown(inventory)).collect();
    who.sort();
    who.dedup();
    let message = format!(
        "{} may have {tasks} tasks at once during a deployment, but subnets {} have {addresses} addresses for them",
        who.join(" and "),
        names.join(" and ")
    );
    let present = here.iter().map(|demand| demand.guard.and(&inventory.presence(demand.workload.id)));
    let finding = Finding::new(first.workload.id, first.place.subnets_span, message)
        .when(&Guard::all(present))
        .help("give the tasks larger subnets, or lower `MaxCapacity` or `MaximumPercent`")
        .because(here.iter().flat_map(|demand| demand.labels.iter().cloned()))
        .because(sizes);
    cx.report(finding);
}

fn demand<'c>(cx: &Context<'_, '_>, workload: &'c Workload, interface: &'c Interface) -> Option<Demand<'c>> {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let mut subnets: Vec<&Text> = Vec::new();
    for case in &interface.subnets {
        match &case.value {
            Known::Value(subnet) if case.guard == Guard::True && !subnets.contains(&subnet) => subnets.push(subnet),
            Known::Value(_) if case.guard == Guard::True => {}
            _ => return None,
        }
    }
    let service = Service(workload.id);
    let wanted = number(cx, eval.scalars(service.desired_count(eval)));
    let mut labels = Vec::new();
    let mut most = (0, Guard::True);
    if let Some((count, case)) = wanted {
        labels.push(inventory.evidence(workload.id, case.span, format!("{count} tasks wanted")));
        most = (count, case.guard);
    }
    for (target, matches) in cx.facts.scalable_targets.of(workload.id) {
        let same = matches.is_same();
        let capacity = number(cx, eval.scalars(ScalableTarget(target.id).max_capacity(eval)));
        if let Some((count, case)) = capacity.filter(|(count, _)| *count > most.0 && !same.is_never()) {
            labels.push(inventory.evidence(target.id, case.span, format!("scaled to {count} tasks")));
            most = (count, case.guard.and(&same));
        }
    }
    let percent = eval.scalars(service.maximum_percent(eval));
    let is_absent = percent.iter().any(|case| case.value == Known::Absent);
    let (percent, when) = match number(cx, percent) {
        Some((percent, case)) => {
            labels.push(inventory.evidence(workload.id, case.span, format!("{percent} percent of them during a deployment")));
            (percent, case.guard)
        }
        None if is_absent => (MAXIMUM_PERCENT, Guard::True),
        None => return None,
    };
    let guard = Guard::all([workload.guard.clone(), interface.guard.clone(), most.1, when]);
    let tasks = most.0.checked_mul(percent)? / 100;
    (tasks > 0 && !subnets.is_empty()).then_some(Demand { workload, subnets, place: interface, tasks, guard, labels })
}

/// The number that a property has, by default where it differs.
fn number(cx: &Context<'_, '_>, cases: Vec<Case<Known<Str>>>) -> Option<(u64, Case<()>)> {
    let mut cases = cases.into_iter().filter(|case| cx.inventory().possible_by_default(&case.guard));
    cases.find_map(|case| match &case.value {
        Known::Value(text) => text.parse().ok().map(|number| (number, case.with(()))),
        Known::Absent | Known::Unknown(_) => None,
    })
}

/// The addresses that subnets have for tasks, and their ranges; `None` when one is not known.
fn addresses(cx: &Context<'_, '_>, subnets: &[&Text]) -> Option<(u64, Vec<Label>)> {
    let inventory = cx.inventory();
    let mut sum: u64 = 0;
    let mut labels = Vec::new();
    for subnet in subnets {
        let id = inventory.resource_of(subnet, Subnet::TYPE)?;
        let blocks = cx.eval().scalars(Subnet(id).cidr_block(cx.eval()));
        let [case] = blocks.as_slice() else { return None };
        let Known::Value(block) = &case.value else { return None };
        let length = block.trim().parse::<ipnet::Ipv4Net>().ok()?.prefix_len();
        let balancers = cx.facts.load_balancers.all.iter().filter(|balancer| {
            balancer.subnets.iter().any(|case| matches!(&case.value, Known::Value(other) if other == *subnet))
        });
        let size = 1_u64 << ADDRESS_BITS.saturating_sub(length);
        let kept = RESERVED + FOR_LOAD_BALANCER * balancers.count() as u64;
        sum = sum.saturating_add(size.saturating_sub(kept));
        labels.push(inventory.evidence(id, case.span, format!("{size} addresses, {kept} of them for others")));
    }
    Some((sum, labels))
}
