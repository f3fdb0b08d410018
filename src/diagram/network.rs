//! The network: subnets with the route tables that they use, where the routes lead, and what security groups let through.

use std::collections::BTreeMap;

use super::architecture::class_of;
use super::canvas::{Canvas, listed, unknown_words};
use super::picture::{DetailKind, EdgeKind, GroupId, GroupKind, NodeId, NodeKind};
use crate::aws::ec2::{
    EgressOnlyGateway, InternetGateway, NatGateway, RouteTable, SecurityGroup, Subnet, TransitGateway, Vpc,
};
use crate::eval::{Known, Text};
use crate::facts::network::Via;
use crate::facts::security_group::{Direction, Peer, default_group, shown};
use crate::project::{ResourceId, StackId};

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>) {
    let mut vpcs = Vpcs::default();
    let inventory = canvas.inventory();
    for id in inventory.of_type(Subnet::TYPE) {
        let (class, _) = class_of(canvas.facts, &inventory.own_identity(*id));
        let node = canvas.resource(*id, NodeKind::Subnet, class.of("subnet"));
        vpcs.put(canvas, node, *id, Subnet(*id).vpc(&inventory.eval));
    }
    for id in inventory.of_type(RouteTable::TYPE) {
        let node = canvas.resource(*id, NodeKind::RouteTable, "route table");
        vpcs.put(canvas, node, *id, RouteTable(*id).vpc(&inventory.eval));
    }
    for id in inventory.of_type(NatGateway::TYPE) {
        let node = canvas.resource(*id, NodeKind::NatGateway, "NAT gateway");
        let subnets = inventory.identities(NatGateway(*id).subnet(&inventory.eval));
        for case in &subnets {
            if let Known::Value(subnet) = &case.value
                && let Some(subnet) = inventory.resource_of(subnet, Subnet::TYPE)
            {
                canvas.detail(
                    node,
                    DetailKind::Network,
                    format!("in `{}`", inventory.logical_id(subnet)),
                );
                let group = canvas
                    .find(subnet)
                    .and_then(|subnet| canvas.picture.node(subnet).group);
                canvas.picture.nodes[node.0 as usize].group = group;
            }
        }
    }
    for id in inventory.of_type(Subnet::TYPE) {
        associations(canvas, *id);
    }
    for id in inventory.of_type(RouteTable::TYPE) {
        routes(canvas, *id);
    }
    endpoints(canvas, &mut vpcs);
    security_groups(canvas, &mut vpcs);
}

/// The boxes of the VPCs.
#[derive(Default)]
struct Vpcs(BTreeMap<Text, GroupId>);

impl Vpcs {
    /// Puts a node into the box of the VPC that it is in.
    fn put(
        &mut self,
        canvas: &mut Canvas<'_, '_>,
        node: NodeId,
        id: ResourceId,
        cases: crate::eval::Cases<'_>,
    ) {
        let inventory = canvas.inventory();
        let found = cases.into_iter().find_map(|case| match case.value {
            crate::eval::Value::Text(text) => Some(inventory.identity(&text)),
            _ => None,
        });
        if let Some(vpc) = found {
            let group = self.of(canvas, &vpc, canvas.root(id));
            canvas.picture.nodes[node.0 as usize].group = Some(group);
        }
    }

    fn of(&mut self, canvas: &mut Canvas<'_, '_>, vpc: &Text, root: StackId) -> GroupId {
        if let Some(group) = self.0.get(vpc) {
            return *group;
        }
        let inventory = canvas.inventory();
        let declared = inventory.resource_of(vpc, Vpc::TYPE);
        let label = match declared {
            Some(id) => inventory.logical_id(id).to_string(),
            None => unknown_words(inventory, "VPC", &inventory.unknown_network(vpc)),
        };
        let group = canvas.group(GroupKind::Vpc, label, None);
        if let Some(id) = declared {
            canvas.picture.groups[group.0 as usize].subjects = vec![inventory.subject(id)];
            canvas.belongs(group, canvas.root(id));
        } else {
            canvas.belongs(group, root);
        }
        self.0.insert(vpc.clone(), group);
        group
    }
}

fn associations(canvas: &mut Canvas<'_, '_>, subnet: ResourceId) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let Some(from) = canvas.find(subnet) else { return };
    let found = facts.network.associations_of(&inventory.own_identity(subnet));
    if found.is_empty() {
        canvas.detail(
            from,
            DetailKind::Network,
            "no association here: the main route table",
        );
    }
    for association in found {
        let words = match &association.table {
            Known::Value(table) => match inventory.resource_of(table, RouteTable::TYPE) {
                Some(id) => Ok(id),
                None => Err(unknown_words(
                    inventory,
                    "route table",
                    &inventory.unknown_identity(table),
                )),
            },
            Known::Unknown(reason) => Err(unknown_words(inventory, "route table", reason)),
            Known::Absent => continue,
        };
        let to = match words {
            Ok(id) => canvas.resource(id, NodeKind::RouteTable, "route table"),
            Err(words) => canvas.words(
                NodeKind::Unknown,
                words,
                "not in these templates",
                canvas.root(subnet),
            ),
        };
        let subject = inventory.subject(association.id);
        if let Some(edge) = canvas.edge(from, to, EdgeKind::Uses, &association.guard) {
            edge.made_by(subject).assumed_if(association.assumed);
        }
    }
}

fn routes(canvas: &mut Canvas<'_, '_>, table: ResourceId) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let Some(from) = canvas.find(table) else { return };
    for route in facts.network.routes_of(&inventory.own_identity(table)) {
        let Some(to) = way(canvas, &route.via, table) else {
            continue;
        };
        let subject = inventory.subject(route.id);
        let label = route.destination.shown().to_string();
        if let Some(edge) = canvas.edge(from, to, EdgeKind::Route, &route.guard) {
            edge.labelled(label).made_by(subject).assumed_if(route.assumed);
        }
    }
}

/// The node of where a route leads.
fn way(canvas: &mut Canvas<'_, '_>, via: &Via, table: ResourceId) -> Option<NodeId> {
    let inventory = canvas.inventory();
    let (identity, type_name, kind, noun) = match via {
        Via::InternetGateway(id) => (
            id,
            InternetGateway::TYPE,
            NodeKind::InternetGateway,
            "internet gateway",
        ),
        Via::NatGateway(id) => (id, NatGateway::TYPE, NodeKind::NatGateway, "NAT gateway"),
        Via::EgressOnlyGateway(id) => (
            id,
            EgressOnlyGateway::TYPE,
            NodeKind::Gateway,
            "egress-only internet gateway",
        ),
        Via::CarrierGateway(id) => (
            id,
            "AWS::EC2::CarrierGateway",
            NodeKind::Gateway,
            "carrier gateway",
        ),
        Via::Other(noun, id) => (id, TransitGateway::TYPE, NodeKind::Gateway, *noun),
        Via::Local => return None,
        Via::Unknown(reason) => {
            let words = unknown_words(inventory, "way", reason);
            return Some(canvas.words(
                NodeKind::Unknown,
                words,
                "not in these templates",
                canvas.root(table),
            ));
        }
    };
    if let Some(id) = inventory.resource_of(identity, type_name) {
        let node = canvas.resource(id, kind, noun);
        if kind == NodeKind::InternetGateway && canvas.picture.node(node).group.is_none() {
            let group = canvas
                .find(table)
                .and_then(|table| canvas.picture.node(table).group);
            canvas.picture.nodes[node.0 as usize].group = group;
        }
        return Some(node);
    }
    let words = format!("{noun} `{}`", inventory.shown(identity));
    Some(canvas.words(kind, words, noun, canvas.root(table)))
}

fn endpoints(canvas: &mut Canvas<'_, '_>, vpcs: &mut Vpcs) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    for endpoint in facts.network.endpoints() {
        let names = endpoint.service.iter().find_map(|case| match &case.value {
            Known::Value(name) => Some(inventory.eval.render(name).to_string()),
            Known::Absent | Known::Unknown(_) => None,
        });
        let node = canvas.resource(endpoint.id, NodeKind::Endpoint, "VPC endpoint");
        if let Some(name) = names {
            canvas.detail(node, DetailKind::Network, name);
        }
        let vpc = endpoint.vpc.iter().find_map(|case| match &case.value {
            Known::Value(vpc) => Some(vpc.clone()),
            Known::Absent | Known::Unknown(_) => None,
        });
        if let Some(vpc) = vpc {
            let group = vpcs.of(canvas, &vpc, canvas.root(endpoint.id));
            canvas.picture.nodes[node.0 as usize].group = Some(group);
        }
        for case in &endpoint.route_tables {
            if let Known::Value(table) = &case.value
                && let Some(table) = inventory.resource_of(table, RouteTable::TYPE)
                && let Some(table) = canvas.find(table)
                && let Some(edge) = canvas.edge(table, node, EdgeKind::Route, &case.guard)
            {
                edge.labelled("prefix list of the service");
            }
        }
    }
}

fn security_groups(canvas: &mut Canvas<'_, '_>, vpcs: &mut Vpcs) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    for id in inventory.of_type(SecurityGroup::TYPE) {
        let node = canvas.resource(*id, NodeKind::SecurityGroup, "security group");
        vpcs.put(canvas, node, *id, SecurityGroup(*id).vpc(&inventory.eval));
        worn(canvas, node, &inventory.own_identity(*id));
    }
    for id in inventory.of_type(SecurityGroup::TYPE) {
        rules(canvas, &inventory.own_identity(*id), *id);
    }
    for id in inventory.of_type(Vpc::TYPE) {
        let group = default_group(*id);
        if facts.security_groups.wearers(&group).is_empty() {
            continue;
        }
        if let Some(node) = group_node(canvas, &group, *id) {
            worn(canvas, node, &group);
            rules(canvas, &group, *id);
        }
    }
}

/// Who wears a group.
fn worn(canvas: &mut Canvas<'_, '_>, node: NodeId, group: &Text) {
    let facts = canvas.facts;
    let names: Vec<String> = facts
        .security_groups
        .wearers(group)
        .iter()
        .map(|id| format!("`{}`", facts.inventory.logical_id(*id)))
        .collect();
    let text = match names.is_empty() {
        true => "worn by nothing here".to_owned(),
        false => format!("worn by {}", listed(&names)),
    };
    canvas.detail(node, DetailKind::Other, text);
}

fn rules(canvas: &mut Canvas<'_, '_>, group: &Text, owner: ResourceId) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let Some(own) = group_node(canvas, group, owner) else {
        return;
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        for rule in facts.security_groups.rules(group, direction) {
            let Some(peer) = peer(canvas, &rule.peer, own, owner) else {
                continue;
            };
            let (from, to) = match direction {
                Direction::Ingress => (peer, own),
                Direction::Egress => (own, peer),
            };
            let label = match direction {
                Direction::Ingress => format!("in: {}", rule.traffic),
                Direction::Egress => format!("out: {}", rule.traffic),
            };
            let subject = inventory.subject(rule.owner);
            if let Some(edge) = canvas.edge(from, to, EdgeKind::Allows, &rule.guard) {
                edge.labelled(label)
                    .made_by(subject)
                    .assumed_if(rule.trail.is_assumed());
            }
        }
    }
}

/// The node of a group; that of the default group of a VPC is made here.
fn group_node(canvas: &mut Canvas<'_, '_>, group: &Text, near: ResourceId) -> Option<NodeId> {
    let inventory = canvas.inventory();
    if let Some(id) = inventory.resource_of(group, SecurityGroup::TYPE) {
        return canvas.find(id);
    }
    let words = format!("security group {}", shown(inventory, group));
    Some(canvas.words(
        NodeKind::SecurityGroup,
        words,
        "security group",
        canvas.root(near),
    ))
}

fn peer(canvas: &mut Canvas<'_, '_>, peer: &Peer, own: NodeId, near: ResourceId) -> Option<NodeId> {
    let inventory = canvas.inventory();
    let root = canvas.root(near);
    match peer {
        Peer::Own => Some(own),
        Peer::Group(group) => group_node(canvas, group, near),
        Peer::Cidr(..) | Peer::Vpc(_) | Peer::PrefixList(_) => {
            Some(canvas.words(NodeKind::Addresses, peer.shown(inventory), "addresses", root))
        }
        Peer::Unknown(reason) => {
            let words = unknown_words(inventory, "source", reason);
            Some(canvas.words(NodeKind::Unknown, words, "not in these templates", root))
        }
    }
}
