//! Routes and the association of subnets with route tables.

use rustc_hash::FxHashMap;

use crate::aws::ec2::{
    EgressOnlyGateway, InternetGateway, NatGateway, Route, RouteTableAssociation, TransitGateway, VpnGateway,
};
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

/// A subnet's association with a route table.
#[derive(Clone, Debug)]
pub struct Association {
    /// When it exists and concerns the subnet.
    pub guard: Guard,
    /// The table, by identity.
    pub table: Known<Text>,
    /// The association.
    pub id: ResourceId,
    /// Where the table is named.
    pub span: Span,
    /// The association as evidence.
    pub labels: Vec<Label>,
    /// True when a link on the way was assumed.
    pub assumed: bool,
}

/// Where a route leads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Everything of a family: `0.0.0.0/0` or `::/0`.
    Default(Family),
    /// A part of a family.
    Part(Family, Str),
    /// A prefix list; it may hold addresses of either family.
    PrefixList(Str),
    /// A part of a family, or all of it, that is not known.
    Unresolved(Family, Unknown),
    /// None is given.
    Missing,
}

impl Destination {
    /// True when the route may carry traffic of the family.
    pub fn concerns(&self, family: Family) -> bool {
        match self {
            Destination::Default(own) | Destination::Part(own, _) | Destination::Unresolved(own, _) => {
                *own == family
            }
            Destination::PrefixList(_) | Destination::Missing => true,
        }
    }

    /// The destination in words.
    pub fn shown(&self) -> Str {
        match self {
            Destination::Default(Family::V4) => "0.0.0.0/0".into(),
            Destination::Default(Family::V6) => "::/0".into(),
            Destination::Part(_, text) | Destination::PrefixList(text) => text.clone(),
            Destination::Unresolved(..) | Destination::Missing => "an unknown destination".into(),
        }
    }
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// An internet gateway, by identity.
    InternetGateway(Text),
    /// A carrier gateway of a Wavelength zone.
    CarrierGateway(Text),
    /// A NAT gateway, by identity.
    NatGateway(Text),
    /// An egress-only internet gateway.
    EgressOnlyGateway(Text),
    /// Something else that takes traffic out of the VPC without making the subnet public; in words.
    Other(&'static str, Text),
    /// The VPC itself.
    Local,
    /// Not known.
    Unknown(Unknown),
}

impl Via {
    /// Where it leads, in words.
    pub fn shown(&self, inventory: &Inventory<'_>) -> String {
        match self {
            Via::InternetGateway(id) => format!("internet gateway `{}`", inventory.shown(id)),
            Via::CarrierGateway(id) => format!("carrier gateway `{}`", inventory.shown(id)),
            Via::NatGateway(id) => format!("NAT gateway `{}`", inventory.shown(id)),
            Via::EgressOnlyGateway(id) => format!("egress-only internet gateway `{}`", inventory.shown(id)),
            Via::Other(kind, id) => format!("{kind} `{}`", inventory.shown(id)),
            Via::Local => "the VPC itself".to_owned(),
            Via::Unknown(_) => "something that is not known".to_owned(),
        }
    }
}

/// A route of a table.
#[derive(Clone, Debug)]
pub struct RouteEntry {
    /// The route.
    pub id: ResourceId,
    /// When it exists, concerns the table and leads there.
    pub guard: Guard,
    /// From where.
    pub destination: Destination,
    /// Where to.
    pub via: Via,
    /// Where that is written.
    pub span: Span,
    /// The route as evidence.
    pub labels: Vec<Label>,
    /// True when a link on the way was assumed.
    pub assumed: bool,
}

/// Collects associations by subnet.
pub(super) fn associations(
    inventory: &Inventory<'_>,
    out: &mut FxHashMap<Text, Vec<Association>>,
    unplaced: &mut Vec<Case<Unknown>>,
) {
    let eval = &inventory.eval;
    for id in inventory.of_type(RouteTableAssociation::TYPE) {
        let view = RouteTableAssociation(*id);
        let presence = inventory.presence(*id);
        let tables = inventory.identities(view.route_table(eval));
        for subnet in inventory.identities(view.subnet(eval)) {
            let identity = match &subnet.value {
                Known::Value(identity) => identity,
                Known::Unknown(reason) => {
                    unplaced.push(subnet.with(reason.clone()).when(&presence));
                    continue;
                }
                Known::Absent => continue,
            };
            for table in &tables {
                let guard = Guard::all([presence.clone(), subnet.guard.clone(), table.guard.clone()]);
                if guard.is_never() {
                    continue;
                }
                let shown = match &table.value {
                    Known::Value(table) => format!("subnet uses route table `{}`", inventory.shown(table)),
                    Known::Absent | Known::Unknown(_) => "subnet's route table".to_owned(),
                };
                out.entry(identity.clone()).or_default().push(Association {
                    guard,
                    table: table.value.clone(),
                    id: *id,
                    span: table.span,
                    labels: vec![inventory.evidence(*id, table.span, shown)],
                    assumed: subnet.trail.is_assumed() || table.trail.is_assumed(),
                });
            }
        }
    }
}

/// Collects routes by table.
pub(super) fn routes(inventory: &Inventory<'_>, out: &mut FxHashMap<Text, Vec<RouteEntry>>) {
    let eval = &inventory.eval;
    for id in inventory.of_type(Route::TYPE) {
        let presence = inventory.presence(*id);
        let vias = vias(inventory, *id);
        let destinations = destinations(inventory, *id);
        for table in inventory.identities(Route(*id).route_table(eval)) {
            let Known::Value(identity) = &table.value else {
                continue;
            };
            for destination in &destinations {
                for via in &vias {
                    let parts = [&presence, &table.guard, &destination.guard, &via.guard];
                    let guard = Guard::all(parts.map(Guard::clone));
                    if guard.is_never() {
                        continue;
                    }
                    let text = format!(
                        "route {} to {}",
                        destination.value.shown(),
                        via.value.shown(inventory)
                    );
                    out.entry(identity.clone()).or_default().push(RouteEntry {
                        id: *id,
                        guard,
                        destination: destination.value.clone(),
                        via: via.value.clone(),
                        span: via.span,
                        labels: vec![inventory.evidence(*id, via.span, text)],
                        assumed: table.trail.is_assumed() || via.trail.is_assumed(),
                    });
                }
            }
        }
    }
}

fn destinations(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Case<Destination>> {
    let eval = &inventory.eval;
    let route = Route(id);
    let mut out = Vec::new();
    for (family, cases) in [
        (Family::V4, route.destination(eval)),
        (Family::V6, route.destination_v6(eval)),
    ] {
        for case in eval.scalars(cases) {
            let destination = match &case.value {
                Known::Absent => continue,
                Known::Value(text) if is_everything(text) => Destination::Default(family),
                Known::Value(text) => Destination::Part(family, text.clone()),
                Known::Unknown(reason) => Destination::Unresolved(family, reason.clone()),
            };
            out.push(case.with(destination));
        }
    }
    for case in inventory.identities(route.destination_list(eval)) {
        if let Known::Value(list) = &case.value {
            out.push(case.with(Destination::PrefixList(inventory.shown(list))));
        }
    }
    if out.is_empty() {
        out.push(Case::new(
            Destination::Missing,
            inventory.project().resource(id).id.span,
        ));
    }
    out
}

/// True for a block of prefix length 0.
fn is_everything(block: &str) -> bool {
    block
        .parse::<ipnet::IpNet>()
        .is_ok_and(|net| net.prefix_len() == 0)
}

/// Makes a [`Via`] of the identity of where the route leads.
type Make = fn(Text) -> Via;

fn vias(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Case<Via>> {
    let eval = &inventory.eval;
    let route = Route(id);
    let mut out = Vec::new();
    for case in inventory.identities(route.gateway(eval)) {
        out.extend(via(&case, |identity| gateway(inventory, identity)));
    }
    let plain: [(_, Make); 10] = [
        (route.nat_gateway(eval), Via::NatGateway),
        (route.egress_only_gateway(eval), Via::EgressOnlyGateway),
        (route.carrier_gateway(eval), Via::CarrierGateway),
        (route.instance(eval), |id| Via::Other("instance", id)),
        (route.network_interface(eval), |id| {
            Via::Other("network interface", id)
        }),
        (route.transit_gateway(eval), |id| {
            Via::Other("transit gateway", id)
        }),
        (route.peering(eval), |id| Via::Other("peering connection", id)),
        (route.endpoint(eval), |id| {
            Via::Other("gateway load balancer endpoint", id)
        }),
        (route.local_gateway(eval), |id| Via::Other("local gateway", id)),
        (route.core_network(eval), |id| Via::Other("core network", id)),
    ];
    for (cases, make) in plain {
        for case in inventory.identities(cases) {
            out.extend(via(&case, |identity| make(identity.clone())));
        }
    }
    out
}

fn via(case: &Case<Known<Text>>, make: impl Fn(&Text) -> Via) -> Option<Case<Via>> {
    match &case.value {
        Known::Value(identity) => Some(case.with(make(identity))),
        Known::Unknown(reason) => Some(case.with(Via::Unknown(reason.clone()))),
        Known::Absent => None,
    }
}

/// `GatewayId` takes internet gateways, virtual private gateways and the word `local`.
fn gateway(inventory: &Inventory<'_>, identity: &Text) -> Via {
    if inventory.resource_of(identity, InternetGateway::TYPE).is_some() {
        return Via::InternetGateway(identity.clone());
    }
    if inventory.resource_of(identity, VpnGateway::TYPE).is_some() {
        return Via::Other("virtual private gateway", identity.clone());
    }
    for (type_name, make) in [
        (NatGateway::TYPE, Via::NatGateway as Make),
        (EgressOnlyGateway::TYPE, Via::EgressOnlyGateway),
        (TransitGateway::TYPE, |id| Via::Other("transit gateway", id)),
    ] {
        if inventory.resource_of(identity, type_name).is_some() {
            return make(identity.clone());
        }
    }
    match identity.as_literal().as_deref() {
        Some("local") => Via::Local,
        Some(text) if text.starts_with("igw-") => Via::InternetGateway(identity.clone()),
        Some(text) if text.starts_with("vgw-") => Via::Other("virtual private gateway", identity.clone()),
        Some(text) if text.starts_with("cagw-") => Via::CarrierGateway(identity.clone()),
        _ => Via::Unknown(inventory.unknown_identity(identity)),
    }
}
