//! Fargate tasks have a way to what they need.

use crate::aws::ec2::{InternetGateway, NatGateway, Subnet};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::network::{Evidence, Family, Via};
use crate::facts::workload::{Carrier, Interface};
use crate::facts::{Inventory, Workload};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-without-egress-path",
    summary: "Fargate tasks can reach their registry, their logs and their secrets",
    docs: Docs {
        why: "A Fargate task that cannot reach its image registry or its log group never starts: it stops with \
              CannotPullContainerError or ResourceInitializationError.",
        decides: "For every subnet of a Fargate workload: no route out and no VPC endpoint; a route to an internet \
                  gateway but no public address and no IPv6; a default route to a NAT gateway that itself stands in a \
                  subnet without a route to the internet; a route to an internet gateway that is attached to no VPC. \
                  Routes to transit gateways, peerings and appliances count as a way out, since the far side is out \
                  of sight. \"No route\" is only said when nobody outside of the checked templates can add one.",
        fix: "Route the subnets to a NAT gateway in a public subnet, or add the VPC endpoints that the tasks need (ECR \
              api and dkr, S3, CloudWatch Logs, Secrets Manager).",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    check: Check::Native(check),
};

/// One way in which a subnet leads nowhere.
struct Gap {
    guard: Guard,
    place: crate::source::Span,
    what: String,
    labels: Vec<Label>,
    assumed: bool,
}

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for interface in workload.interfaces.iter().filter(|interface| interface.carrier == Carrier::Task) {
            check_interface(cx, workload, interface);
        }
    }
}

fn check_interface(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface) {
    let inventory = cx.inventory();
    let base = Guard::all([workload.guard.clone(), interface.guard.clone(), workload.is_fargate()]);
    let mut gaps: Vec<Gap> = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for subnet in &interface.subnets {
        let here = base.and(&subnet.guard);
        match &subnet.value {
            Known::Value(identity) => gaps_of(cx, interface, subnet, identity, &here, &mut gaps, &mut open),
            Known::Unknown(reason) => open.push(subnet.with(reason.clone()).when(&here)),
            Known::Absent => {}
        }
    }
    let presence = inventory.presence(workload.id);
    gaps.retain(|gap| inventory.possible(&presence.and(&gap.guard)));
    let shown = workload.shown(inventory);
    let finding = gaps.first().map(|first| {
        let mut finding = Finding::new(workload.id, first.place, format!("tasks of {shown} have no way out: {}", first.what))
            .when(&Guard::any(gaps.iter().map(|gap| gap.guard.clone())))
            .label("no way to the registry, the logs or anything else from here")
            .help("use subnets with a default route to a NAT gateway in a public subnet, or add the VPC endpoints the tasks need");
        for gap in &gaps {
            finding.assumed |= gap.assumed;
            finding = finding.because(gap.labels.iter().cloned());
        }
        finding
    });
    let message = format!("whether tasks of {shown} have a way out is not decided by the templates");
    cx.conclude(finding, Question { subject: workload.id, place: interface.subnets_span, message, open });
}

fn gaps_of(
    cx: &Context<'_, '_>,
    interface: &Interface,
    subnet: &Case<Known<Text>>,
    identity: &Text,
    here: &Guard,
    gaps: &mut Vec<Gap>,
    open: &mut Vec<Case<Unknown>>,
) {
    let inventory = cx.inventory();
    let name = inventory.shown(identity);
    let v4 = cx.facts.network.class(inventory, identity, Family::V4);
    let v6 = cx.facts.network.class(inventory, identity, Family::V6);
    let known_v6 = v6.is_public().or(&v6.has_egress());
    let over_v6 = known_v6.or(&v6.is_unknown());
    let no_address = interface.may_be_addressable().negated();
    let mut gap = |guard: Guard, what: String, labels: Vec<Label>, assumed: bool| {
        let mut chain = inventory.hops(&subnet.trail);
        chain.extend(labels);
        gaps.push(Gap { guard, place: subnet.span, what, labels: chain, assumed: assumed || subnet.trail.assumed });
    };
    if let Some(id) = inventory.resource_of(identity, Subnet::TYPE) {
        let without = without_endpoints(cx, id);
        let guard = Guard::all([here.clone(), v4.is_isolated(), over_v6.negated(), without]);
        let label = inventory.declared(id, "subnet has no route out, and its VPC has no endpoint");
        gap(guard, format!("subnet `{name}` has no route out and its VPC no endpoint"), vec![label], false);
    }
    for evidence in &v4.public {
        let guard = [here.clone(), evidence.guard.clone(), v4.has_egress().negated(), over_v6.negated(), no_address.clone()];
        let what = format!("subnet `{name}` leads to an internet gateway, but tasks get no public address");
        gap(Guard::all(guard), what, evidence.labels.clone(), evidence.assumed);
    }
    for evidence in v4.public.iter().chain(&v4.egress) {
        if let Some((guard, what, label)) = dead_end(cx, inventory, evidence) {
            let guard = Guard::all([here.clone(), evidence.guard.clone(), guard, over_v6.negated()]);
            let labels = evidence.labels.iter().cloned().chain([label]).collect();
            gap(guard, format!("subnet `{name}` {what}"), labels, evidence.assumed);
        }
    }
    open.extend(v4.unknown.into_iter().map(|mut case| {
        case.trail = subnet.trail.clone();
        Case { guard: Guard::all([case.guard.clone(), here.clone(), known_v6.negated()]), ..case }
    }));
}

/// When the subnet's VPC firmly has no endpoint.
fn without_endpoints(cx: &Context<'_, '_>, subnet: crate::project::ResourceId) -> Guard {
    let inventory = cx.inventory();
    let vpcs = inventory.identities(Subnet(subnet).vpc(&inventory.eval));
    Guard::any(vpcs.iter().filter_map(|case| {
        let Known::Value(vpc) = &case.value else { return None };
        let id = inventory.resource_of(vpc, crate::aws::ec2::Vpc::TYPE)?;
        if inventory.escapes(id).is_some() {
            return None;
        }
        Some(case.guard.and(&cx.facts.network.has_endpoints(inventory, vpc).negated()))
    }))
}

/// When a route leads to a gateway that leads nowhere.
fn dead_end(cx: &Context<'_, '_>, inventory: &Inventory<'_>, evidence: &Evidence) -> Option<(Guard, String, Label)> {
    match evidence.via.as_ref()? {
        Via::InternetGateway(gateway) => {
            let id = inventory.resource_of(gateway, InternetGateway::TYPE)?;
            let guard = cx.facts.network.is_detached(inventory, id);
            let name = inventory.logical_id(id);
            let label = inventory.declared(id, "attached to no VPC");
            Some((guard, format!("leads to internet gateway `{name}`, which is attached to no VPC"), label))
        }
        Via::NatGateway(nat) => {
            let id = inventory.resource_of(nat, NatGateway::TYPE)?;
            let guard = stranded(cx, inventory, id);
            let name = inventory.logical_id(id);
            let label = inventory.declared(id, "stands in a subnet without a route to the internet");
            let what = format!("leads to NAT gateway `{name}`, which stands in a subnet without a route to the internet");
            Some((guard, what, label))
        }
        _ => None,
    }
}

/// When a zonal public NAT gateway firmly stands in a subnet that is not public.
fn stranded(cx: &Context<'_, '_>, inventory: &Inventory<'_>, nat: crate::project::ResourceId) -> Guard {
    let zonal = cx.facts.network.zonal_public(inventory, nat);
    let subnets = inventory.identities(NatGateway(nat).subnet(&inventory.eval));
    Guard::any(subnets.iter().filter_map(|case| {
        let Known::Value(subnet) = &case.value else { return None };
        let class = cx.facts.network.class(inventory, subnet, Family::V4);
        let firm = class.is_public().or(&class.is_unknown()).negated();
        Some(Guard::all([zonal.clone(), case.guard.clone(), firm]))
    }))
}
