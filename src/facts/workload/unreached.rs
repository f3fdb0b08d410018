//! Services that open ports to which nothing leads.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Workload, WorkloadKind};
use crate::aws::ecs::Service;
use crate::diag::Label;
use crate::eval::{Case, Cases, Guard, Known, Text, Value, when};
use crate::facts::load_balancer::LoadBalancer;
use crate::facts::{Facts, TaskDefinition, started};

/// A service that opens ports, with a load balancer near it and nothing that leads from there to it.
#[derive(Clone, Debug)]
pub struct Unreached {
    /// When, the service's own presence left out.
    pub guard: Guard,
    /// The ports that it opens and the load balancers in its VPC.
    pub because: Vec<Label>,
}

/// Load balancers by the subnets that they are in and by the VPCs of these: a deployment has as many services as load
/// balancers, and nearly all of them are in another VPC.
#[derive(Debug)]
pub(in crate::facts) struct Neighbours {
    /// Positions among the load balancers, in their order.
    by_place: FxHashMap<Text, BTreeSet<usize>>,
}

impl Neighbours {
    pub(in crate::facts) fn new(facts: &Facts<'_>) -> Neighbours {
        let mut by_place: FxHashMap<Text, BTreeSet<usize>> = FxHashMap::default();
        for (at, balancer) in facts.load_balancers.all.iter().enumerate() {
            for place in places(facts, &balancer.subnets) {
                by_place.entry(place).or_default().insert(at);
            }
        }
        Neighbours { by_place }
    }

    /// Those that may be in one VPC with the tasks of a workload, in their order.
    fn of<'f>(&self, facts: &'f Facts<'_>, workload: &Workload) -> Vec<&'f LoadBalancer> {
        let subnets = workload.interfaces.iter().map(|interface| &interface.subnets);
        let places = subnets.flat_map(|subnets| places(facts, subnets));
        let near: BTreeSet<usize> = places
            .filter_map(|place| self.by_place.get(&place))
            .flatten()
            .copied()
            .collect();
        let all = &facts.load_balancers.all;
        near.into_iter().filter_map(|at| all.get(at)).collect()
    }
}

/// Subnets and their VPCs, as far as they are known.
fn places(facts: &Facts<'_>, subnets: &[Case<Known<Text>>]) -> Vec<Text> {
    let mut out = Vec::new();
    for subnet in subnets {
        if let Known::Value(subnet) = &subnet.value {
            let vpcs = facts.network.vpcs_of(&facts.inventory, subnet).into_iter();
            out.extend(vpcs.filter_map(|vpc| match vpc.value {
                Known::Value(vpc) => Some(vpc),
                Known::Absent | Known::Unknown(_) => None,
            }));
            out.push(subnet.clone());
        }
    }
    out
}

/// When a service whose containers map TCP ports has no load balancer and no name (Service Connect, Cloud Map, VPC
/// Lattice), although a load balancer of the project certainly is in the VPC of its tasks. `None` when it may be
/// bound to a load balancer, or is no service.
pub fn unreached(facts: &Facts<'_>, workload: &Workload) -> Option<Unreached> {
    if workload.kind != WorkloadKind::Service || !workload.bindings.is_empty() || !workload.unbound.is_empty()
    {
        return None;
    }
    let (eval, inventory) = (&facts.inventory.eval, &facts.inventory);
    let service = Service(workload.id);
    let unregistered = Guard::all(
        [
            service.service_connect(eval),
            service.service_registries(eval),
            service.lattice(eval),
        ]
        .iter()
        .map(none),
    );
    let external = eval.scalars(service.deployment_controller(eval)).into_iter();
    let external = external.filter(|case| match &case.value {
        Known::Value(kind) => &**kind == "EXTERNAL",
        Known::Unknown(_) => true,
        Known::Absent => false,
    });
    let external = Guard::any(external.map(|case| case.guard));
    let mut opened = Vec::new();
    let mut labels = Vec::new();
    for definition in started(&facts.task_definitions, workload) {
        let starts = definition.started_by(inventory, workload);
        if starts.is_never() {
            continue;
        }
        for (guard, label) in ports(facts, definition) {
            opened.push(starts.and(&guard));
            labels.push(label);
        }
    }
    if opened.is_empty() {
        return None;
    }
    let mut near = Vec::new();
    for balancer in facts.neighbours().of(facts, workload) {
        let guard = in_one_vpc(facts, workload, balancer);
        if !guard.is_never() && inventory.possible(&guard) {
            near.push(guard);
            labels.push(inventory.declared(balancer.id, "a load balancer in the same VPC"));
        }
    }
    let guard = Guard::all([
        workload.guard.clone(),
        unregistered,
        external.negated(),
        Guard::any(opened),
        Guard::any(near),
    ]);
    (!guard.is_never()).then_some(Unreached {
        guard,
        because: labels,
    })
}

/// When a property is not there, or an empty list.
fn none(cases: &Cases<'_>) -> Guard {
    when(cases, |value| match value {
        Value::Absent => true,
        Value::List(elements) => elements.is_empty(),
        Value::Text(_) | Value::Object(_) | Value::Unknown(_) => false,
    })
}

/// When containers map ports that a load balancer could reach, with where they do.
fn ports(facts: &Facts<'_>, definition: &TaskDefinition<'_>) -> Vec<(Guard, Label)> {
    let mut out = Vec::new();
    for container in &definition.containers {
        let text = format!("{} opens ports", container.shown());
        let tcp = container.ports.iter().map(|port| {
            let udp = port.protocol.iter().filter(|case| match &case.value {
                Known::Value(protocol) => protocol.eq_ignore_ascii_case("udp"),
                Known::Unknown(_) => true,
                Known::Absent => false,
            });
            let udp = Guard::any(udp.map(|case| case.guard.clone()));
            port.guard.and(&udp.negated())
        });
        let guard = container.item.guard.and(&Guard::any(tcp));
        if !guard.is_never() {
            let label = facts.inventory.evidence(definition.id, container.place, text);
            out.push((guard, label));
        }
    }
    out
}

/// When a load balancer and the tasks of a workload are certainly in one VPC.
fn in_one_vpc(facts: &Facts<'_>, workload: &Workload, balancer: &LoadBalancer) -> Guard {
    let inventory = &facts.inventory;
    let mut guards = Vec::new();
    for interface in &workload.interfaces {
        for own in &interface.subnets {
            for other in &balancer.subnets {
                if let (Known::Value(left), Known::Value(right)) = (&own.value, &other.value) {
                    let same = facts.network.share_vpc(inventory, left, right);
                    guards.push(Guard::all([
                        interface.guard.clone(),
                        own.guard.clone(),
                        other.guard.clone(),
                        same,
                    ]));
                }
            }
        }
    }
    Guard::any(guards).and(&inventory.presence(balancer.id))
}
