//! The capacity that tasks are placed on: launch types and capacity provider strategies.

use super::{Capacity, Launch};
use crate::aws::ecs::{CapacityProviderAssociations, CapacityProviderStrategyItem, Cluster};
use crate::aws::ecs::{FARGATE, FARGATE_SPOT};
use crate::eval::{Case, Cases, Guard, Known, Text, Unknown, when};
use crate::facts::Inventory;
use crate::source::Str;

/// The capacity providers that a strategy names.
pub(super) fn named<'a>(inventory: &Inventory<'a>, strategy: &Cases<'a>) -> Vec<Text> {
    let names = strategy.iter().flat_map(|item| {
        inventory.identities(CapacityProviderStrategyItem(item).capacity_provider(&inventory.eval))
    });
    let names = names.filter_map(|case| match case.value {
        Known::Value(name) => Some(name),
        Known::Absent | Known::Unknown(_) => None,
    });
    names.collect()
}

/// The capacity providers of a workload: those of its own strategy, or of the cluster's default one where it has
/// neither a strategy nor a launch type.
pub(super) fn of<'a>(
    inventory: &Inventory<'a>,
    launch_type: &[Case<Known<Str>>],
    strategy: &Cases<'a>,
    cluster: &[Case<Known<Text>>],
) -> Vec<Capacity> {
    let own = shares(inventory, strategy, true);
    if !own.is_empty() {
        return own;
    }
    let unset = launch_type.iter().filter(|case| case.value == Known::Absent);
    let unset = Guard::any(unset.map(|case| case.guard.clone()));
    let mut out = shares(inventory, &default_strategy(inventory, cluster), false);
    out.iter_mut().for_each(|it| it.guard = it.guard.and(&unset));
    out
}

/// Where the tasks run. A world in none of the cases is one in which the account's default decides.
pub(super) fn launch(launch_type: &[Case<Known<Str>>], capacity: &[Capacity]) -> Vec<Case<Known<Launch>>> {
    let mut out = Vec::with_capacity(launch_type.len());
    for case in launch_type {
        match &case.value {
            Known::Value(text) => out.push(case.with(match &**text {
                "FARGATE" => Known::Value(Launch::Fargate),
                "EC2" | "MANAGED_INSTANCES" => Known::Value(Launch::Ec2),
                "EXTERNAL" => Known::Value(Launch::External),
                other => Known::Unknown(Unknown::Malformed(format!("launch type `{other}`").into())),
            })),
            Known::Unknown(reason) => out.push(case.with(Known::Unknown(reason.clone()))),
            Known::Absent if capacity.is_empty() => out.push(case.with(Known::Value(Launch::Ec2))),
            Known::Absent => out.extend(capacity.iter().flat_map(|it| by_provider(it, &case.guard))),
        }
    }
    out
}

fn by_provider(capacity: &Capacity, guard: &Guard) -> Vec<Case<Known<Launch>>> {
    let cases = capacity.provider.iter().map(|case| {
        let launch = match &case.value {
            Known::Value(provider) if is_fargate(provider) => Known::Value(Launch::Fargate),
            Known::Value(_) => Known::Value(Launch::Ec2),
            Known::Absent => Known::Absent,
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        };
        case.with(launch).when(&capacity.guard).when(guard)
    });
    cases.collect()
}

/// True for the capacity providers that every cluster can have without declaring them.
fn is_fargate(provider: &Text) -> bool {
    provider
        .as_literal()
        .is_some_and(|name| [FARGATE, FARGATE_SPOT].contains(&&*name))
}

/// What the items of a strategy say.
fn shares<'a>(inventory: &Inventory<'a>, strategy: &Cases<'a>, is_own: bool) -> Vec<Capacity> {
    let eval = &inventory.eval;
    let shares = strategy.iter().map(|item| {
        // The item's own guard is kept apart.
        let mut bare = item.clone();
        bare.guard = Guard::True;
        let view = CapacityProviderStrategyItem(&bare);
        let zero = |cases: Vec<Case<Known<Str>>>, when_absent: bool| {
            when(&cases, |value| match value {
                Known::Value(text) => &**text == "0",
                Known::Absent => when_absent,
                Known::Unknown(_) => false,
            })
        };
        // The weight of an only provider is not needed, so that none is not taken for 0.
        let unused =
            zero(eval.scalars(view.weight(eval)), false).and(&zero(eval.scalars(view.base(eval)), true));
        Capacity {
            guard: item.guard.clone(),
            provider: inventory.identities(view.capacity_provider(eval)),
            unused,
            place: item.span,
            is_own,
        }
    });
    shares.collect()
}

/// The default capacity provider strategy of the clusters that are in the project.
fn default_strategy<'a>(inventory: &Inventory<'a>, cluster: &[Case<Known<Text>>]) -> Cases<'a> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for case in cluster {
        let Known::Value(identity) = &case.value else {
            continue;
        };
        if let Some(id) = inventory.resource_of(identity, Cluster::TYPE) {
            out.extend(eval.elements(Cluster(id).default_strategy(eval)));
        }
        for id in inventory.of_type(CapacityProviderAssociations::TYPE) {
            let association = CapacityProviderAssociations(*id);
            let is_its = inventory
                .identities(association.cluster(eval))
                .iter()
                .any(|other| matches!(&other.value, Known::Value(other) if other == identity));
            if is_its {
                out.extend(eval.elements(association.default_strategy(eval)));
            }
        }
    }
    out
}
