//! Each availability zone has a NAT gateway of its own.

use rustc_hash::FxHashMap;

use crate::aws::ec2::{NatGateway, Subnet};
use crate::diag::{Label, Severity};
use crate::eval::{Guard, Text};
use crate::facts::network::{Evidence, Family, Via};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "shared-nat-across-zones",
    summary: "each availability zone has a NAT gateway of its own",
    docs: Docs {
        why: "A NAT gateway is in one availability zone. When that zone fails, the subnets of the other zones that are routed to it \
              lose their way out too; and traffic between zones costs money.",
        decides: "Reports zonal NAT gateways to which the default routes of subnets in two zones lead. The zones must be known to \
                  differ: written out, or different entries of `Fn::GetAZs`; otherwise nothing is said, so that the rule is \
                  never undetermined. Regional NAT gateways and NAT instances are left alone.",
        fix: "Make a NAT gateway for each zone and route the subnets of a zone to its own, or use a regional NAT gateway. One \
              gateway may be the right choice where costs count more, as in development.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    options: &[],
    check: Check::Native(check),
};

/// A subnet whose default route leads to the gateway.
struct Client {
    identity: Text,
    name: Str,
    guard: Guard,
    labels: Vec<Label>,
    assumed: bool,
}

fn check(cx: &mut Context<'_, '_>) {
    let routed = routed(cx);
    for id in cx.inventory().of_type(NatGateway::TYPE) {
        check_gateway(cx, *id, &routed);
    }
}

/// The subnets with a default route to a gateway, by gateway and in the order of stacks and declarations, each with its routes.
type Routed = FxHashMap<ResourceId, Vec<(ResourceId, Vec<Evidence>)>>;

fn routed(cx: &Context<'_, '_>) -> Routed {
    let inventory = cx.inventory();
    let mut routed = Routed::default();
    for id in inventory.of_type(Subnet::TYPE) {
        let class = cx.facts.network.class(inventory, &inventory.own_identity(*id), Family::V4);
        for route in class.egress {
            let Some(Via::NatGateway(nat)) = &route.via else { continue };
            let Some(gateway) = inventory.resource_of(nat, NatGateway::TYPE) else { continue };
            let subnets = routed.entry(gateway).or_default();
            match subnets.last_mut() {
                Some((last, routes)) if last == id => routes.push(route),
                _ => subnets.push((*id, vec![route])),
            }
        }
    }
    routed
}

fn check_gateway(cx: &mut Context<'_, '_>, id: ResourceId, routed: &Routed) {
    let inventory = cx.inventory();
    let clients = clients(cx, routed.get(&id).map_or(&[], Vec::as_slice));
    let mut guards = Vec::new();
    let mut shown: Vec<&Client> = Vec::new();
    for (index, left) in clients.iter().enumerate() {
        for right in clients.iter().skip(index + 1) {
            let apart = cx.facts.network.differ_in_zone(inventory, &left.identity, &right.identity);
            let guard = Guard::all([left.guard.clone(), right.guard.clone(), apart]);
            if guard.is_never() {
                continue;
            }
            guards.push(guard);
            for client in [left, right] {
                if !shown.iter().any(|other| other.identity == client.identity) {
                    shown.push(client);
                }
            }
        }
    }
    if shown.is_empty() {
        return;
    }
    shown.sort_by(|left, right| left.name.cmp(&right.name));
    let guard = cx.facts.network.is_zonal(inventory, id).and(&Guard::any(guards));
    let names: Vec<String> = shown.iter().map(|client| format!("`{}`", client.name)).collect();
    let name = inventory.logical_id(id);
    let message = format!("NAT gateway `{name}` serves subnets of different availability zones: {}", names.join(", "));
    let place = inventory.project().resource(id).id.span;
    let mut finding = Finding::new(id, place, message)
        .when(&guard)
        .label("in one zone itself")
        .help("make a NAT gateway for each zone, and route the subnets of a zone to its own")
        .because(shown.iter().flat_map(|client| client.labels.iter().cloned()));
    finding.assumed = shown.iter().any(|client| client.assumed);
    cx.report(finding);
}

fn clients(cx: &Context<'_, '_>, routed: &[(ResourceId, Vec<Evidence>)]) -> Vec<Client> {
    let inventory = cx.inventory();
    let clients = routed.iter().filter_map(|(id, routes)| {
        let identity = inventory.own_identity(*id);
        let guard = Guard::any(routes.iter().map(|route| route.guard.clone())).and(&inventory.presence(*id));
        let name = inventory.logical_id(*id);
        let zones = inventory.identities(Subnet(*id).zone(cx.eval()));
        let zone = zones.first().map(|case| inventory.evidence(*id, case.span, format!("zone of subnet `{name}`")));
        (!guard.is_never()).then(|| Client {
            identity,
            name: name.clone(),
            guard,
            labels: zone.into_iter().chain(routes.iter().flat_map(|route| route.labels.last().cloned())).collect(),
            assumed: routes.iter().any(|route| route.assumed),
        })
    });
    clients.collect()
}
