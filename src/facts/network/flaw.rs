//! VPC endpoints that are there and of no use to the tasks of a subnet.

use super::{Network, VpcEndpoint};
use crate::aws::ec2::{SecurityGroup, Vpc, endpoint_service};
use crate::aws::route53::HostedZone;
use crate::eval::{Case, Guard, Known, Text, Unknown, when_any};
use crate::facts::Inventory;
use crate::facts::security_group::{
    Direction, Passage, Peer, SecurityGroups, Transport, passage, shown, worn,
};
use crate::facts::workload::Interface;
use crate::project::ResourceId;
use crate::source::Span;

/// The port of every interface endpoint of AWS's own services.
const HTTPS: u16 = 443;

/// Why an endpoint is of no use.
#[derive(Clone, Debug)]
pub struct Flaw {
    /// When.
    pub guard: Guard,
    /// The place to mend it.
    pub place: Span,
    /// Why, in words that follow the endpoint's name and a colon.
    pub why: String,
    /// What to do.
    pub help: &'static str,
}

/// The flaws of an endpoint, and when and why it is not known whether it has one.
#[derive(Clone, Debug, Default)]
pub struct Flaws {
    /// The known ones.
    pub known: Vec<Flaw>,
    /// When and why there may be others.
    pub open: Vec<Case<Unknown>>,
}

/// Who uses an endpoint, and from where.
#[derive(Clone, Copy)]
pub struct User<'f> {
    /// The interface of the tasks.
    pub interface: &'f Interface,
    /// The subnet it is in, by identity.
    pub subnet: &'f Text,
    /// The VPC.
    pub vpc: ResourceId,
}

impl Network {
    /// What makes an endpoint useless for a service whose name ends so. S3 has both kinds of endpoints, and rules of its
    /// own for the names of the second; only its gateway endpoints are judged.
    pub fn flaws(
        &self,
        inventory: &Inventory<'_>,
        groups: &SecurityGroups,
        endpoint: &VpcEndpoint,
        service: &str,
        user: User<'_>,
    ) -> Flaws {
        let mut out = Flaws::default();
        self.unrouted(inventory, endpoint, user.subnet, &mut out);
        if service != endpoint_service::S3 {
            unnamed(inventory, endpoint, user.vpc, &mut out);
            shut(inventory, groups, endpoint, user.interface, &mut out);
        }
        out.known.retain(|flaw| !flaw.guard.is_never());
        out
    }

    /// A gateway endpoint serves the subnets of the route tables it is given.
    fn unrouted(&self, inventory: &Inventory<'_>, endpoint: &VpcEndpoint, subnet: &Text, out: &mut Flaws) {
        let declared = inventory.project().resource(endpoint.id).id.span;
        let given = endpoint.route_tables.first().map_or(declared, |case| case.span);
        for association in self.associations_of(subnet) {
            let guard = endpoint.is_gateway.and(&association.guard);
            let Known::Value(table) = &association.table else {
                continue;
            };
            let mut has = Vec::new();
            let mut may = Vec::new();
            for case in &endpoint.route_tables {
                match &case.value {
                    Known::Value(other) if other == table => has.push(case.guard.clone()),
                    Known::Value(other) if is_table(inventory, other) && is_table(inventory, table) => {}
                    Known::Value(other) => may.push(case.with(inventory.unknown_identity(other))),
                    Known::Unknown(reason) => may.push(case.with(reason.clone())),
                    Known::Absent => {}
                }
            }
            let without = guard.and(&Guard::any(has).negated());
            let unsure = when_any(&may);
            let why = format!(
                "it is not given route table `{}` of subnet `{}`",
                inventory.shown(table),
                inventory.shown(subnet)
            );
            out.known.push(Flaw {
                guard: without.and(&unsure.negated()),
                place: given,
                why,
                help: "add the subnet's route table to `RouteTableIds`",
            });
            out.open.extend(may.into_iter().map(|case| case.when(&without)));
        }
    }
}

fn is_table(inventory: &Inventory<'_>, identity: &Text) -> bool {
    inventory
        .resource_of(identity, crate::aws::ec2::RouteTable::TYPE)
        .is_some()
}

/// The agent asks for the usual name of a service, which must lead to the endpoint: by private DNS, which needs both DNS
/// attributes of the VPC, or by a zone of one's own. Whether a name is private where nothing is said is not certain.
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html>
fn unnamed(inventory: &Inventory<'_>, endpoint: &VpcEndpoint, vpc: ResourceId, out: &mut Flaws) {
    if !inventory.of_type(HostedZone::TYPE).is_empty() {
        return;
    }
    let eval = &inventory.eval;
    let name = inventory.logical_id(vpc);
    let hostnames = Vpc(vpc).dns_hostnames(eval);
    let support = Vpc(vpc).dns_support(eval);
    for case in &endpoint.private_dns {
        let guard = endpoint.is_interface.and(&case.guard);
        match case.value {
            Known::Value(false) => out.known.push(Flaw {
                guard,
                place: case.span,
                why: "its private DNS is off, so that the service's name leads past it".to_owned(),
                help: "set `PrivateDnsEnabled: true`",
            }),
            Known::Value(true) => {
                for (attribute, cases, is_on_by_default) in [
                    ("EnableDnsHostnames", hostnames.clone(), false),
                    ("EnableDnsSupport", support.clone(), true),
                ] {
                    for dns in eval.booleans(cases) {
                        let is_off = match dns.value {
                            Known::Value(on) => !on,
                            Known::Absent => !is_on_by_default,
                            Known::Unknown(_) => false,
                        };
                        if is_off {
                            out.known.push(Flaw {
                                guard: guard.and(&dns.guard),
                                place: dns.span,
                                why: format!(
                                    "private DNS needs `{attribute}: true`, which VPC `{name}` does not have"
                                ),
                                help: "set `EnableDnsHostnames` and `EnableDnsSupport` of the VPC to true",
                            });
                        }
                    }
                }
            }
            Known::Absent | Known::Unknown(_) => {}
        }
    }
}

/// The groups of an interface endpoint must accept the tasks.
fn shut(
    inventory: &Inventory<'_>,
    groups: &SecurityGroups,
    endpoint: &VpcEndpoint,
    interface: &Interface,
    out: &mut Flaws,
) {
    let entry = entry(inventory, groups, endpoint, interface);
    let given = when_any(&endpoint.groups);
    let names = endpoint.groups.iter().filter_map(|case| match &case.value {
        Known::Value(group) => Some(shown(inventory, group)),
        Known::Absent | Known::Unknown(_) => None,
    });
    let names: Vec<String> = names.collect();
    let declared = endpoint.groups.iter().find_map(|case| match &case.value {
        Known::Value(group) => inventory.resource_of(group, SecurityGroup::TYPE),
        Known::Absent | Known::Unknown(_) => None,
    });
    let place = declared.unwrap_or(endpoint.id);
    out.known.push(Flaw {
        guard: Guard::all([endpoint.is_interface.clone(), given, entry.is_shut()]),
        place: inventory.project().resource(place).id.span,
        why: format!("{} does not accept them on port {HTTPS}", names.join(" and ")),
        help: "add an ingress rule for port 443 with the tasks' security group as source",
    });
    let still = endpoint.is_interface.and(&entry.open.negated());
    out.open
        .extend(entry.unknown.into_iter().map(|case| case.when(&still)));
}

fn entry<'f>(
    inventory: &Inventory<'_>,
    groups: &'f SecurityGroups,
    endpoint: &VpcEndpoint,
    interface: &Interface,
) -> Passage<'f> {
    passage(
        inventory,
        groups,
        &endpoint.groups,
        Direction::Ingress,
        |rule, group| {
            let peer = match &rule.peer {
                Peer::Group(source) => worn(inventory, &interface.groups, source),
                Peer::Own => worn(inventory, &interface.groups, group),
                Peer::Unknown(reason) => Err(reason.clone()),
                Peer::Cidr(net, _) if net.addr().is_loopback() => Ok(Guard::False),
                // A range counts as long as it may hold the address of a task.
                Peer::Cidr(..) | Peer::Vpc(_) | Peer::PrefixList(_) => Ok(Guard::True),
            };
            (peer, rule.traffic.carries(Transport::Tcp, HTTPS))
        },
    )
}
