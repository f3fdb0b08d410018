//! NAT gateways stand in public subnets.

use crate::aws::ec2::NatGateway;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::network::{Family, Via};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "nat-gateway-in-private-subnet",
    summary: "public NAT gateways stand in public subnets",
    docs: Docs {
        why: "A public NAT gateway sends traffic on through the routes of its own subnet. Without a route to an internet \
              gateway there, everything behind it is cut off.",
        decides: "Looks at the routes of the NAT gateway's subnet. Private NAT gateways and regional ones, which have no \
                  subnet, are left alone. A default route that leads back to the gateway itself is a loop. Undetermined \
                  when the subnet or its route table comes from outside.",
        fix: "Place the NAT gateway in a subnet whose route table has a route to an internet gateway.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(NatGateway::TYPE) {
        check_gateway(cx, *id);
    }
}

fn check_gateway(cx: &mut Context<'_, '_>, id: ResourceId) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(id);
    let zonal = cx.facts.network.zonal_public(inventory, id);
    let subnets = inventory.identities(NatGateway(id).subnet(&inventory.eval));
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut place = inventory.project().resource(id).id.span;
    for case in &subnets {
        let here = zonal.and(&case.guard);
        let subnet = match &case.value {
            Known::Value(subnet) => subnet,
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&here));
                continue;
            }
            Known::Absent => continue,
        };
        place = case.span;
        let class = cx.facts.network.class(inventory, subnet, Family::V4);
        let shown = inventory.shown(subnet);
        let own = |via: &Via| matches!(via, Via::NatGateway(nat) if inventory.resource_of(nat, NatGateway::TYPE) == Some(id));
        let loops = class.egress.iter().filter(|evidence| evidence.via.as_ref().is_some_and(own));
        let loops: Vec<_> = loops.collect();
        let looped = Guard::any(loops.iter().map(|evidence| evidence.guard.clone()));
        let firm = class.is_public().or(&class.is_unknown()).negated();
        let message = if looped.is_never() {
            format!("NAT gateway `{name}` stands in subnet `{shown}`, which has no route to an internet gateway")
        } else {
            format!("NAT gateway `{name}` stands in subnet `{shown}`, whose default route leads back to it")
        };
        let evidence = class.egress.iter().flat_map(|evidence| evidence.labels.iter().cloned());
        let finding = Finding::new(id, case.span, message)
            .when(&here.and(&firm))
            .label("not a public subnet")
            .help("place it in a subnet whose route table has a route to an internet gateway")
            .through(inventory, &case.trail)
            .because(evidence.collect::<Vec<_>>());
        findings.push(finding);
        open.extend(class.unknown.into_iter().map(|unknown| unknown.when(&here)));
    }
    let message = format!("whether NAT gateway `{name}` stands in a public subnet is not decided by the templates");
    cx.conclude(findings, Question { subject: id, place, message, open });
}
