//! Subnets, routes and gateways: where a subnet's traffic goes, per address family.

mod designation;
mod endpoint;
mod flaw;
mod route;
mod spread;

use rustc_hash::FxHashMap;

pub use endpoint::{Served, VpcEndpoint};
pub use flaw::{Flaw, Flaws, User};
pub use route::{Association, Destination, Family, RouteEntry, Via};
pub use spread::Spread;

use super::Inventory;
use crate::aws::ec2::{GatewayAttachment, NatGateway, RouteTable, Subnet};
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text, Unknown, when, when_any};
use crate::project::ResourceId;
use crate::source::{FileId, Span, Str};

/// The network facts of a project. Everything is keyed by identity, so that a subnet or route table which is only a
/// parameter here is known by what the templates attach to it.
#[derive(Debug, Default)]
pub struct Network {
    associations: FxHashMap<Text, Vec<Association>>,
    /// Associations of which it is not known whose they are.
    unplaced: Vec<Case<Unknown>>,
    routes: FxHashMap<Text, Vec<RouteEntry>>,
    designations: FxHashMap<Text, Vec<Evidence>>,
    attachments: Vec<Attachment>,
    endpoints: Vec<VpcEndpoint>,
}

/// An internet gateway attached to a VPC.
#[derive(Clone, Debug)]
struct Attachment {
    guard: Guard,
    gateway: Known<Text>,
}

/// Why something about a subnet is so, and when.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// When.
    pub guard: Guard,
    /// The chain, such as the association and the route.
    pub labels: Vec<Label>,
    /// True when a link on the way was assumed.
    pub assumed: bool,
    /// Where the traffic goes, for evidence that is a route.
    pub via: Option<Via>,
}

/// Where the traffic of a subnet goes for one address family.
#[derive(Clone, Debug, Default)]
pub struct Class {
    /// Routes to an internet gateway: the subnet is public.
    pub public: Vec<Evidence>,
    /// Default routes to something else: private with egress.
    pub egress: Vec<Evidence>,
    /// When and why it is not known.
    pub unknown: Vec<Case<Unknown>>,
}

impl Class {
    /// When the subnet is public.
    pub fn is_public(&self) -> Guard {
        Guard::any(self.public.iter().map(|evidence| evidence.guard.clone()))
    }

    /// When there is a default route to something that is no internet gateway.
    pub fn has_egress(&self) -> Guard {
        Guard::any(self.egress.iter().map(|evidence| evidence.guard.clone()))
    }

    /// When it is not known where the traffic goes.
    pub fn is_unknown(&self) -> Guard {
        when_any(&self.unknown)
    }

    /// When it is firm that there is no route out at all.
    pub fn is_isolated(&self) -> Guard {
        Guard::any([self.is_public(), self.has_egress(), self.is_unknown()]).negated()
    }
}

impl Network {
    /// Derives the network facts.
    pub fn build(inventory: &Inventory<'_>) -> Self {
        let mut network = Self {
            designations: designation::designations(inventory),
            endpoints: endpoint::endpoints(inventory),
            ..Self::default()
        };
        route::associations(inventory, &mut network.associations, &mut network.unplaced);
        route::routes(inventory, &mut network.routes);
        for id in inventory.of_type(GatewayAttachment::TYPE) {
            let gateways = inventory.identities(GatewayAttachment(*id).internet_gateway(&inventory.eval));
            network
                .attachments
                .extend(gateways.into_iter().map(|case| Attachment {
                    guard: inventory.presence(*id).and(&case.guard),
                    gateway: case.value,
                }));
        }
        network
    }

    /// Where the traffic of a subnet goes.
    pub fn class(&self, inventory: &Inventory<'_>, subnet: &Text, family: Family) -> Class {
        let mut class = Class::default();
        let own = inventory.resource_of(subnet, Subnet::TYPE);
        let nowhere = Span::new(FileId(0), 0, 0);
        let span = own.map_or(nowhere, |id| inventory.project().resource(id).id.span);
        let mut associated = Vec::new();
        for association in self.associations.get(subnet).into_iter().flatten() {
            associated.push(association.guard.clone());
            match &association.table {
                Known::Value(table) => self.through_table(inventory, association, table, family, &mut class),
                Known::Unknown(reason) => {
                    class
                        .unknown
                        .push(open(&association.guard, reason.clone(), association))
                }
                Known::Absent => {}
            }
        }
        let main = Guard::any(associated).negated();
        match own {
            None => {
                let reason = inventory.unknown_network(subnet);
                class.unknown.push(Case {
                    guard: main,
                    ..Case::new(reason, span)
                });
            }
            Some(id) => self.through_main_table(inventory, id, &main, &mut class),
        }
        class.unknown.retain(|case| !case.guard.is_never());
        class
    }

    /// A subnet without association uses the main route table of its VPC. CloudFormation gives no handle on the main
    /// table of a VPC it makes, so a template can put no route there: it holds the local routes only.
    fn through_main_table(
        &self,
        inventory: &Inventory<'_>,
        subnet: ResourceId,
        main: &Guard,
        class: &mut Class,
    ) {
        if main.is_never() {
            return;
        }
        let declared = inventory.project().resource(subnet).id.span;
        for case in &self.unplaced {
            class.unknown.push(case.clone().when(main));
        }
        for vpc in inventory.identities(Subnet(subnet).vpc(&inventory.eval)) {
            let guard = main.and(&vpc.guard);
            let reason = match &vpc.value {
                Known::Value(vpc) => match inventory.resource_of(vpc, crate::aws::ec2::Vpc::TYPE) {
                    Some(_) => inventory.escapes(subnet).map(Unknown::OpenWorld),
                    None => Some(inventory.unknown_network(vpc)),
                },
                Known::Unknown(reason) => Some(reason.clone()),
                Known::Absent => Some(Unknown::Malformed("a subnet without `VpcId`".into())),
            };
            class.unknown.extend(reason.map(|reason| Case {
                guard,
                ..Case::new(reason, declared)
            }));
        }
    }

    fn through_table(
        &self,
        inventory: &Inventory<'_>,
        association: &Association,
        table: &Text,
        family: Family,
        class: &mut Class,
    ) {
        let mut decided = Vec::new();
        for route in self.routes.get(table).into_iter().flatten() {
            if !route.destination.concerns(family) {
                continue;
            }
            let guard = association.guard.and(&route.guard);
            let evidence = || Evidence {
                guard: guard.clone(),
                labels: association.labels.iter().chain(&route.labels).cloned().collect(),
                assumed: association.assumed || route.assumed,
                via: Some(route.via.clone()),
            };
            match (&route.via, &route.destination) {
                (Via::InternetGateway(_) | Via::CarrierGateway(_), _) => {
                    class.public.push(evidence());
                    decided.push(guard);
                }
                (Via::Local, _) => {}
                (Via::Unknown(reason), _) | (_, Destination::Unresolved(_, reason)) => {
                    class.unknown.push(open(&guard, reason.clone(), association));
                }
                (_, Destination::Default(_)) => {
                    class.egress.push(evidence());
                    decided.push(guard);
                }
                _ => {}
            }
        }
        let rest = association.guard.and(&Guard::any(decided).negated());
        let reason = match inventory.resource_of(table, RouteTable::TYPE) {
            Some(id) => inventory.escapes(id).map(Unknown::OpenWorld),
            None => Some(inventory.unknown_identity(table)),
        };
        class
            .unknown
            .extend(reason.map(|reason| open(&rest, reason, association)));
    }

    /// When two subnets are certainly in one VPC.
    pub fn share_vpc(&self, inventory: &Inventory<'_>, left: &Text, right: &Text) -> Guard {
        if left == right {
            return Guard::True;
        }
        some_equal(&self.vpcs_of(inventory, left), &self.vpcs_of(inventory, right))
    }

    /// The VPCs of a subnet, by identity; none for a subnet that is not in the project.
    pub fn vpcs_of(&self, inventory: &Inventory<'_>, subnet: &Text) -> Vec<Case<Known<Text>>> {
        let own = inventory.resource_of(subnet, Subnet::TYPE);
        own.map_or_else(Vec::new, |id| {
            inventory.identities(Subnet(id).vpc(&inventory.eval))
        })
    }

    /// When two subnets are certainly in one availability zone.
    pub fn share_zone(&self, inventory: &Inventory<'_>, left: &Text, right: &Text) -> Guard {
        if left == right {
            return Guard::True;
        }
        some_equal(&spread::zones(inventory, left), &spread::zones(inventory, right))
    }

    /// What marks a subnet as meant to be public although its routes do not say so.
    pub fn designations(&self, subnet: &Text) -> &[Evidence] {
        self.designations.get(subnet).map_or(&[], Vec::as_slice)
    }

    /// The routes of a table.
    pub fn routes_of(&self, table: &Text) -> &[RouteEntry] {
        self.routes.get(table).map_or(&[], Vec::as_slice)
    }

    /// The associations of a subnet.
    pub fn associations_of(&self, subnet: &Text) -> &[Association] {
        self.associations.get(subnet).map_or(&[], Vec::as_slice)
    }

    /// When an internet gateway of the project is firmly attached to no VPC.
    pub fn is_detached(&self, inventory: &Inventory<'_>, gateway: ResourceId) -> Guard {
        let identity = inventory.own_identity(gateway);
        let attached = self
            .attachments
            .iter()
            .filter(|attachment| match &attachment.gateway {
                Known::Value(other) => *other == identity,
                Known::Unknown(_) => true,
                Known::Absent => false,
            });
        let attached = Guard::any(attached.map(|attachment| attachment.guard.clone()));
        if inventory.escapes(gateway).is_some() {
            Guard::False
        } else {
            attached.negated()
        }
    }

    /// When a NAT gateway of the project is a zonal one for the internet.
    pub fn zonal_public(&self, inventory: &Inventory<'_>, nat: ResourceId) -> Guard {
        let connectivity = NatGateway(nat).connectivity(&inventory.eval);
        let private = may_be(&inventory.eval.scalars(connectivity), "private");
        self.is_zonal(inventory, nat).and(&private.negated())
    }

    /// When a NAT gateway of the project is in one availability zone.
    pub fn is_zonal(&self, inventory: &Inventory<'_>, nat: ResourceId) -> Guard {
        let availability = NatGateway(nat).availability(&inventory.eval);
        may_be(&inventory.eval.scalars(availability), "regional").negated()
    }

    /// When a VPC has endpoints, or may have.
    pub fn has_endpoints(&self, inventory: &Inventory<'_>, vpc: &Text) -> Guard {
        let guards = self.endpoints.iter().flat_map(|endpoint| {
            let presence = inventory.presence(endpoint.id);
            let matching = endpoint.vpc.iter().filter(|case| match &case.value {
                Known::Value(other) => other == vpc,
                Known::Unknown(_) => true,
                Known::Absent => false,
            });
            matching.map(move |case| presence.and(&case.guard))
        });
        Guard::any(guards)
    }
}

/// When a value is this word, or not known.
fn may_be(cases: &[Case<Known<Str>>], word: &str) -> Guard {
    when(cases, |value| match value {
        Known::Value(text) => &**text == word,
        Known::Unknown(_) => true,
        Known::Absent => false,
    })
}

/// When a value on one side equals one on the other.
fn some_equal(left: &[Case<Known<Text>>], right: &[Case<Known<Text>>]) -> Guard {
    let pairs = left
        .iter()
        .flat_map(|left| right.iter().map(move |right| (left, right)));
    let same =
        pairs.filter(|(left, right)| matches!(left.value, Known::Value(_)) && left.value == right.value);
    Guard::any(same.map(|(left, right)| left.guard.and(&right.guard)))
}

fn open(guard: &Guard, reason: Unknown, association: &Association) -> Case<Unknown> {
    Case {
        guard: guard.clone(),
        ..Case::new(reason, association.span)
    }
}
