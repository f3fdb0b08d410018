//! Subnets that are treated as public whatever their routes: hosts of internet-facing load balancers and of public NAT
//! gateways, and subnets that give instances public addresses.

use rustc_hash::FxHashMap;

use super::Evidence;
use crate::aws::ec2::{NatGateway, Subnet};
use crate::aws::elbv2::{LoadBalancer, SubnetMapping};
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text};
use crate::facts::Inventory;
use crate::project::ResourceId;

/// Collects the designations by subnet.
pub(super) fn designations(inventory: &Inventory<'_>) -> FxHashMap<Text, Vec<Evidence>> {
    let mut out: FxHashMap<Text, Vec<Evidence>> = FxHashMap::default();
    let eval = &inventory.eval;
    for id in inventory.of_type(Subnet::TYPE) {
        for case in eval.booleans(Subnet(*id).map_public_ip(eval)) {
            if case.value == Known::Value(true) {
                let label = inventory.evidence(*id, case.span, "subnet gives public addresses");
                let identity = inventory.own_identity(*id);
                out.entry(identity)
                    .or_default()
                    .push(evidence(case.guard, label, case.trail.is_assumed()));
            }
        }
    }
    for id in inventory.of_type(LoadBalancer::TYPE) {
        let facing = internet_facing(inventory, *id);
        let view = LoadBalancer(*id);
        let mut subnets = inventory.identity_list(view.subnets(eval));
        for item in eval.elements(view.subnet_mappings(eval)) {
            let named = inventory.identities(SubnetMapping(&item).subnet(eval));
            subnets.extend(named.into_iter().map(|case| case.when(&item.guard)));
        }
        let text = format!(
            "also hosts internet-facing load balancer `{}`",
            inventory.logical_id(*id)
        );
        collect(inventory, *id, &facing, subnets, &text, &mut out);
    }
    for id in inventory.of_type(NatGateway::TYPE) {
        let public = Guard::any(
            eval.scalars(NatGateway(*id).connectivity(eval))
                .into_iter()
                .filter_map(|case| match &case.value {
                    Known::Absent => Some(case.guard),
                    Known::Value(text) if &**text == "public" => Some(case.guard),
                    Known::Value(_) | Known::Unknown(_) => None,
                }),
        );
        let subnets = inventory.identities(NatGateway(*id).subnet(eval));
        let text = format!("also hosts public NAT gateway `{}`", inventory.logical_id(*id));
        collect(inventory, *id, &public, subnets, &text, &mut out);
    }
    out
}

/// When a load balancer faces the internet.
fn internet_facing(inventory: &Inventory<'_>, id: ResourceId) -> Guard {
    let cases = inventory.eval.scalars(LoadBalancer(id).scheme(&inventory.eval));
    Guard::any(cases.into_iter().filter_map(|case| match &case.value {
        Known::Absent => Some(case.guard),
        Known::Value(text) if &**text == "internet-facing" => Some(case.guard),
        Known::Value(_) | Known::Unknown(_) => None,
    }))
}

fn collect(
    inventory: &Inventory<'_>,
    id: ResourceId,
    when: &Guard,
    subnets: Vec<Case<Known<Text>>>,
    text: &str,
    out: &mut FxHashMap<Text, Vec<Evidence>>,
) {
    let presence = inventory.presence(id);
    for case in subnets {
        let Known::Value(identity) = &case.value else {
            continue;
        };
        let guard = Guard::all([presence.clone(), when.clone(), case.guard.clone()]);
        if !guard.is_never() {
            let label = inventory.evidence(id, case.span, text);
            out.entry(identity.clone())
                .or_default()
                .push(evidence(guard, label, case.trail.is_assumed()));
        }
    }
}

fn evidence(guard: Guard, label: Label, assumed: bool) -> Evidence {
    Evidence {
        guard,
        labels: vec![label],
        assumed,
        via: None,
    }
}
