//! Resources to groups.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::peer::{join_halves, range};
use super::traffic::traffic;
use super::{Breadth, Direction, GroupRule, Peer, SecurityGroups, Traffic};
use crate::aws::Item;
use crate::aws::ec2::{
    GroupPermission, SecurityGroup, SecurityGroupEgress, SecurityGroupIngress, Vpc, holds_worn_groups,
};
use crate::eval::{Case, Cases, Known, Part, Text, Trail, Unknown, Value};
use crate::facts::Inventory;
use crate::facts::workload::{Carrier, Workload};
use crate::project::{ResourceId, StackId};
use crate::source::Str;
use crate::yaml::Node;

pub(super) fn build(inventory: &Inventory<'_>, workloads: &[Workload]) -> SecurityGroups {
    let mut building = Building {
        inventory,
        ranges: VpcRanges::new(inventory),
        groups: SecurityGroups::default(),
    };
    building.inline_rules();
    building.standing_rules();
    building.wearers(workloads);
    let mut groups = building.groups;
    for rules in groups.rules.values_mut() {
        join_halves(rules);
    }
    for (group, rules) in &groups.rules {
        let Some(id) = inventory.resource_of(group, SecurityGroup::TYPE) else {
            continue;
        };
        for rule in rules {
            if let (Direction::Ingress, Peer::Group(source)) = (rule.direction, &rule.peer) {
                groups.accepting.entry(source.clone()).or_default().insert(id);
            }
        }
    }
    groups
}

/// The VPCs by their ranges, in the order of stacks and declarations: as texts, and as networks where they are written out.
#[derive(Default)]
struct VpcRanges {
    by_text: FxHashMap<Text, Vec<ResourceId>>,
    by_network: FxHashMap<IpNet, Vec<ResourceId>>,
}

impl VpcRanges {
    fn new(inventory: &Inventory<'_>) -> Self {
        let mut out = Self::default();
        for id in inventory.of_type(Vpc::TYPE) {
            for case in inventory.eval.texts(Vpc(*id).cidr_block(&inventory.eval)) {
                let Known::Value(text) = case.value else { continue };
                if let Some(network) = text.as_literal().and_then(|text| range(&text)) {
                    out.by_network.entry(network.trunc()).or_default().push(*id);
                }
                out.by_text.entry(text).or_default().push(*id);
            }
        }
        out
    }
}

struct Building<'i, 'a> {
    inventory: &'i Inventory<'a>,
    ranges: VpcRanges,
    groups: SecurityGroups,
}

impl<'a> Building<'_, 'a> {
    fn inline_rules(&mut self) {
        let eval = &self.inventory.eval;
        for id in self.inventory.of_type(SecurityGroup::TYPE) {
            let own = self.inventory.own_identity(*id);
            let group = SecurityGroup(*id);
            self.groups.rules.entry(own.clone()).or_default();
            for (direction, list) in [
                (Direction::Ingress, group.ingress(eval)),
                (Direction::Egress, group.egress(eval)),
            ] {
                for item in eval.elements(list) {
                    let case = Case::new(own.clone(), item.span);
                    self.rule(&case, direction, *id, &item);
                }
            }
        }
    }

    fn standing_rules(&mut self) {
        let inventory = self.inventory;
        let eval = &inventory.eval;
        for id in inventory.of_type(SecurityGroupIngress::TYPE) {
            let view = SecurityGroupIngress(*id);
            let mut groups = inventory.identities(view.group(eval));
            groups.extend(self.named_groups(view.group_name(eval), *id));
            self.standing_rule(&groups, Direction::Ingress, *id);
        }
        for id in inventory.of_type(SecurityGroupEgress::TYPE) {
            let groups = inventory.identities(SecurityGroupEgress(*id).group(eval));
            self.standing_rule(&groups, Direction::Egress, *id);
        }
    }

    fn standing_rule(&mut self, groups: &[Case<Known<Text>>], direction: Direction, id: ResourceId) {
        let items = self.inventory.eval.property(id, &[]);
        for group in groups {
            match &group.value {
                Known::Absent => {}
                Known::Unknown(reason) => self.groups.strays.push(group.with(reason.clone())),
                Known::Value(identity) => {
                    for item in &items {
                        self.rule(&group.with(identity.clone()), direction, id, item);
                    }
                }
            }
        }
    }

    /// Adds a rule: one for every case of its peer and of its traffic.
    fn rule(&mut self, group: &Case<Text>, direction: Direction, owner: ResourceId, item: &Item<'a>) {
        let eval = &self.inventory.eval;
        let view = GroupPermission(item);
        let present = self.inventory.presence(owner).and(&group.guard).and(&item.guard);
        let (firsts, lasts) = (
            eval.scalars(view.from_port(eval)),
            eval.scalars(view.to_port(eval)),
        );
        let traffics = traffic(&eval.scalars(view.protocol(eval)), &firsts, &lasts);
        let is_port = |case: &Case<Known<Str>>| matches!(&case.value, Known::Value(text) if text.parse::<u16>().is_ok_and(|port| port > 0));
        let names_ports = firsts.iter().chain(&lasts).any(is_port);
        let peers = self.peers(direction, &group.value, owner, item);
        let mut made = Vec::with_capacity(peers.len() * traffics.len());
        for peer in peers {
            for (guard, traffic, traffic_span) in &traffics {
                let guard = present.and(&peer.guard).and(guard);
                if guard.is_never() {
                    continue;
                }
                made.push(GroupRule {
                    direction,
                    guard,
                    traffic: traffic.clone(),
                    void_ports: names_ports && *traffic == Traffic::All,
                    peer: peer.value.clone(),
                    span: peer.span,
                    traffic_span: *traffic_span,
                    owner,
                    trail: Trail::default().then(&group.trail).then(&peer.trail),
                });
            }
        }
        let rules = self.groups.rules.entry(group.value.clone()).or_default();
        // Most groups have one or two rules, and they are kept for the whole run.
        rules.reserve_exact(made.len());
        rules.append(&mut made);
    }

    fn peers(
        &self,
        direction: Direction,
        group: &Text,
        owner: ResourceId,
        item: &Item<'a>,
    ) -> Vec<Case<Peer>> {
        if let Value::Unknown(reason) = &item.value {
            return vec![item.with(Peer::Unknown(reason.clone()))];
        }
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let view = GroupPermission(item);
        let (lists, groups) = match direction {
            Direction::Ingress => {
                let mut groups = inventory.identities(view.source_group(eval));
                groups.extend(self.named_groups(view.source_group_name(eval), owner));
                (view.source_list(eval), groups)
            }
            Direction::Egress => (
                view.destination_list(eval),
                inventory.identities(view.destination_group(eval)),
            ),
        };
        let mut ranges = eval.texts(view.cidr(eval));
        ranges.extend(eval.texts(view.cidr_v6(eval)));
        let mut out: Vec<Case<Peer>> = Vec::new();
        let mut push = |case: Case<Peer>| {
            // A macro in the rule makes every one of its properties unknown for the same reason.
            let again = out
                .iter()
                .any(|other| other.value == case.value && other.guard == case.guard);
            if !again {
                out.push(case);
            }
        };
        for case in ranges {
            known(&case, |text| self.range_peer(text, owner))
                .into_iter()
                .for_each(&mut push);
        }
        for case in inventory.identities(lists) {
            known(&case, |list| Peer::PrefixList(list.clone()))
                .into_iter()
                .for_each(&mut push);
        }
        let named = |identity: &Text| {
            if identity == group {
                Peer::Own
            } else {
                Peer::Group(identity.clone())
            }
        };
        for case in groups {
            known(&case, named).into_iter().for_each(&mut push);
        }
        out
    }

    /// The groups that names stand for; a name that no group of the deployment has stays a name.
    fn named_groups(&self, names: Cases<'a>, owner: ResourceId) -> Vec<Case<Known<Text>>> {
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let has_name = |id: &ResourceId, name: &Text| {
            let own = eval.texts(SecurityGroup(*id).name(eval));
            let mut own = own.iter().map(|case| &case.value);
            inventory.project().are_related(id.stack, owner.stack)
                && own.any(|own| matches!(own, Known::Value(own) if own == name))
        };
        let group = |case: Case<Known<Text>>| match &case.value {
            Known::Value(name) => {
                let mut groups = inventory.of_type(SecurityGroup::TYPE).iter();
                match groups.find(|id| has_name(id, name)) {
                    Some(id) => case.with(Known::Value(inventory.own_identity(*id))),
                    None => case,
                }
            }
            _ => case,
        };
        inventory.identities(names).into_iter().map(group).collect()
    }

    fn range_peer(&self, text: &Text, owner: ResourceId) -> Peer {
        let vpc = self.near(owner, self.ranges.by_text.get(text));
        if let Some(Part::Attribute(id, attribute)) = text.as_part()
            && &**attribute == "CidrBlock"
            && self.inventory.type_name(*id) == Vpc::TYPE
        {
            return Peer::Vpc(self.inventory.own_identity(*id));
        }
        let Some(literal) = text.as_literal() else {
            return vpc.map_or_else(|| Peer::Unknown(self.inventory.unknown_identity(text)), Peer::Vpc);
        };
        let Some(net) = range(&literal) else {
            return Peer::Unknown(Unknown::Malformed(format!("range `{literal}`").into()));
        };
        let vpc = self.near(owner, self.ranges.by_network.get(&net.trunc()));
        match (Breadth::of(net), vpc) {
            (breadth, Some(vpc)) if breadth != Breadth::World => Peer::Vpc(vpc),
            (breadth, _) => Peer::Cidr(net, breadth),
        }
    }

    /// The first of some VPCs that a rule can be about: another project's VPC may have the same numbers.
    fn near(&self, owner: ResourceId, vpcs: Option<&Vec<ResourceId>>) -> Option<Text> {
        let project = self.inventory.project();
        let mut vpcs = vpcs.into_iter().flatten();
        let near = vpcs.find(|vpc| project.are_related(vpc.stack, owner.stack));
        near.map(|vpc| self.inventory.own_identity(*vpc))
    }

    /// Who wears which group: every resource that lists groups, and the workloads, whose groups may stand in a text
    /// such as a state machine's definition.
    fn wearers(&mut self, workloads: &[Workload]) {
        let mut found: BTreeMap<Text, IndexSet<ResourceId>> = BTreeMap::new();
        let mut wear = |group: Text, id: ResourceId| {
            found.entry(group).or_default().insert(id);
        };
        for id in self.inventory.project().resource_ids() {
            let resource = self.inventory.project().resource(id);
            let holds_rules = matches!(
                &*resource.type_name.text,
                SecurityGroup::TYPE | SecurityGroupIngress::TYPE | SecurityGroupEgress::TYPE
            );
            if holds_rules || resource.is_nested_stack() {
                continue;
            }
            for node in resource.properties.iter() {
                self.worn(id.stack, node, &mut |group| wear(group, id));
            }
        }
        for workload in workloads {
            for interface in workload
                .interfaces
                .iter()
                .filter(|it| it.carrier == Carrier::Task)
            {
                for case in &interface.groups {
                    if let Known::Value(group) = &case.value {
                        wear(group.clone(), workload.id);
                    }
                }
            }
        }
        let wearers = found
            .into_iter()
            .map(|(group, wearers)| (group, wearers.into_iter().collect()));
        self.groups.wearers = wearers.collect();
    }

    fn worn(&self, stack: StackId, node: &'a Node, visit: &mut dyn FnMut(Text)) {
        for entry in node.as_mapping().into_iter().flatten() {
            if holds_worn_groups(&entry.key) {
                for case in self
                    .inventory
                    .identity_list(self.inventory.eval.value(stack, &entry.value))
                {
                    if let Known::Value(group) = case.value {
                        visit(group);
                    }
                }
            }
        }
        for child in node.children() {
            self.worn(stack, child, visit);
        }
    }
}

/// The peer of a case; nothing when there is no value.
fn known(case: &Case<Known<Text>>, peer: impl FnOnce(&Text) -> Peer) -> Option<Case<Peer>> {
    match &case.value {
        Known::Absent => None,
        Known::Unknown(reason) => Some(case.with(Peer::Unknown(reason.clone()))),
        Known::Value(text) => Some(case.with(peer(text))),
    }
}
