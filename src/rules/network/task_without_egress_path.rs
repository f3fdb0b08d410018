//! Fargate tasks have a way to what they need.

use crate::aws::ec2::{GatewayAttachment, InternetGateway, NatGateway, Route, Subnet};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown, when};
use crate::facts::dependency::created_before;
use crate::facts::need::{self, Need};
use crate::facts::network::{Evidence, Family, Via};
use crate::facts::workload::{Carrier, Interface};
use crate::facts::{Inventory, Workload};
use crate::project::ResourceId;
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
                  subnet without a route to the internet; a route to an internet gateway that is attached to no VPC; an \
                  image of a public registry where only VPC endpoints lead out. A route that may be made before its \
                  internet gateway is attached is a warning. Routes to transit gateways, peerings and appliances count as a way out, since the far side is out \
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
    options: &[],
    check: Check::Native(check),
};

/// What tasks have no way to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    Everything,
    Image,
}

impl Lack {
    /// What tasks of this cannot do, the label of the place, and what to do.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Lack::Everything => (
                "have no way out",
                "no way to the registry, the logs or anything else from here",
                "use subnets with a default route to a NAT gateway in a public subnet, or add the VPC endpoints the tasks need",
            ),
            Lack::Image => (
                "cannot pull an image",
                "no way to the registry from here",
                "copy the image to a private ECR repository, or use subnets with a default route to a NAT gateway",
            ),
        }
    }
}

/// One way in which a subnet leads nowhere.
struct Gap {
    lack: Lack,
    guard: Guard,
    place: crate::source::Span,
    what: String,
    labels: Vec<Label>,
    assumed: bool,
}

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        let needs = need::of_workload(cx.inventory(), &cx.facts.task_definitions, workload);
        for interface in workload.interfaces.iter().filter(|interface| interface.carrier == Carrier::Task) {
            check_interface(cx, workload, interface, &needs);
        }
    }
    for id in cx.inventory().of_type(Route::TYPE) {
        check_order(cx, *id);
    }
}

/// A route cannot use an internet gateway before it is attached, and nothing but `DependsOn` says so.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html>
fn check_order(cx: &mut Context<'_, '_>, route: ResourceId) {
    let inventory = cx.inventory();
    let gateways = inventory.identities(Route(route).gateway(cx.eval()));
    let attachments = inventory.of_type(GatewayAttachment::TYPE).iter().filter(|id| id.stack == route.stack);
    let attachments: Vec<ResourceId> = attachments.copied().collect();
    if gateways.is_empty() || attachments.is_empty() {
        return;
    }
    let before = created_before(inventory, route);
    for case in gateways {
        let Known::Value(gateway) = &case.value else { continue };
        if inventory.resource_of(gateway, InternetGateway::TYPE).is_none_or(|id| id.stack != route.stack) {
            continue;
        }
        let waits = |id: &ResourceId| before.contains(id);
        let its = attachments.iter().filter_map(|id| {
            let attached = inventory.identities(GatewayAttachment(*id).internet_gateway(cx.eval()));
            let guard = when(&attached, |other| other.is(gateway)).and(&inventory.presence(*id));
            (!guard.is_never()).then_some((*id, guard))
        });
        let its: Vec<(ResourceId, Guard)> = its.collect();
        if its.iter().any(|(id, _)| waits(id)) {
            continue;
        }
        let Some((attachment, _)) = its.first() else { continue };
        let name = inventory.logical_id(*attachment);
        let message = format!(
            "route `{}` may be made before `{name}` attaches internet gateway `{}`, and then fails",
            inventory.logical_id(route),
            inventory.shown(gateway)
        );
        let finding = Finding::new(route, case.span, message)
            .when(&case.guard.and(&Guard::any(its.iter().map(|(_, guard)| guard.clone()))))
            .label("nothing waits for the attachment")
            .severity(Severity::Warning)
            .help(format!("add `DependsOn: {name}` to the route"))
            .because([inventory.declared(*attachment, "attaches the gateway")]);
        cx.report(finding);
    }
}

fn check_interface(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface, needs: &[Need]) {
    let inventory = cx.inventory();
    let base = Guard::all([workload.guard.clone(), interface.guard.clone(), workload.is_fargate()]);
    let mut gaps: Vec<Gap> = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for subnet in &interface.subnets {
        let here = base.and(&subnet.guard);
        match &subnet.value {
            Known::Value(identity) => gaps_of(cx, User { interface, needs }, subnet, identity, &here, &mut gaps, &mut open),
            Known::Unknown(reason) => open.push(subnet.with(reason.clone()).when(&here)),
            Known::Absent => {}
        }
    }
    let presence = inventory.presence(workload.id);
    gaps.retain(|gap| inventory.possible(&presence.and(&gap.guard)));
    let shown = workload.shown(inventory);
    let findings = [Lack::Everything, Lack::Image].into_iter().filter_map(|lack| {
        let gaps: Vec<&Gap> = gaps.iter().filter(|gap| gap.lack == lack).collect();
        let first = gaps.first()?;
        let (cannot, label, help) = lack.words();
        let mut finding = Finding::new(workload.id, first.place, format!("tasks of {shown} {cannot}: {}", first.what))
            .when(&Guard::any(gaps.iter().map(|gap| gap.guard.clone())))
            .label(label)
            .help(help);
        if lack == Lack::Image {
            finding = finding.atom(cannot);
        }
        for gap in &gaps {
            finding.assumed |= gap.assumed;
            finding = finding.because(gap.labels.iter().cloned());
        }
        Some(finding)
    });
    let message = format!("whether tasks of {shown} have a way out is not decided by the templates");
    cx.conclude(findings, Question { subject: workload.id, place: interface.subnets_span, message, open });
}

/// Who wants out, and what for.
#[derive(Clone, Copy)]
struct User<'u> {
    interface: &'u Interface,
    needs: &'u [Need],
}

fn gaps_of(
    cx: &Context<'_, '_>,
    user: User<'_>,
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
    let no_address = user.interface.may_be_addressable().negated();
    let mut gap = |lack: Lack, guard: Guard, what: String, labels: Vec<Label>, assumed: bool| {
        let mut chain = inventory.hops(&subnet.trail);
        chain.extend(labels);
        gaps.push(Gap { lack, guard, place: subnet.span, what, labels: chain, assumed: assumed || subnet.trail.is_assumed() });
    };
    if let Some(id) = inventory.resource_of(identity, Subnet::TYPE) {
        let without = without_endpoints(cx, id);
        let alone = Guard::all([here.clone(), v4.is_isolated(), over_v6.negated()]);
        let guard = alone.and(&without);
        let label = inventory.declared(id, "subnet has no route out, and its VPC has no endpoint");
        gap(Lack::Everything, guard, format!("subnet `{name}` has no route out and its VPC no endpoint"), vec![label], false);
        for need in user.needs {
            if let Some(remote) = need.remote.as_ref().ok().filter(|remote| remote.is_public_registry()) {
                let guard = Guard::all([alone.clone(), without.negated(), need.guard.clone()]);
                let what = format!("subnet `{name}` has no route out, and no endpoint leads to {}", remote.shown());
                gap(Lack::Image, guard, what, vec![need.label(inventory)], false);
            }
        }
    }
    for evidence in &v4.public {
        let guard = [here.clone(), evidence.guard.clone(), v4.has_egress().negated(), over_v6.negated(), no_address.clone()];
        let what = format!("subnet `{name}` leads to an internet gateway, but tasks get no public address");
        gap(Lack::Everything, Guard::all(guard), what, evidence.labels.clone(), evidence.assumed);
    }
    for evidence in v4.public.iter().chain(&v4.egress) {
        if let Some((guard, what, label)) = dead_end(cx, inventory, evidence) {
            let guard = Guard::all([here.clone(), evidence.guard.clone(), guard, over_v6.negated()]);
            let labels = evidence.labels.iter().cloned().chain([label]).collect();
            gap(Lack::Everything, guard, format!("subnet `{name}` {what}"), labels, evidence.assumed);
        }
    }
    open.extend(v4.unknown.into_iter().map(|mut case| {
        case.trail = subnet.trail.clone();
        Case { guard: Guard::all([case.guard.clone(), here.clone(), known_v6.negated()]), ..case }
    }));
}

/// When the subnet's VPC firmly has no endpoint.
fn without_endpoints(cx: &Context<'_, '_>, subnet: ResourceId) -> Guard {
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
fn stranded(cx: &Context<'_, '_>, inventory: &Inventory<'_>, nat: ResourceId) -> Guard {
    let zonal = cx.facts.network.zonal_public(inventory, nat);
    let subnets = inventory.identities(NatGateway(nat).subnet(&inventory.eval));
    Guard::any(subnets.iter().filter_map(|case| {
        let Known::Value(subnet) = &case.value else { return None };
        let class = cx.facts.network.class(inventory, subnet, Family::V4);
        let firm = class.is_public().or(&class.is_unknown()).negated();
        Some(Guard::all([zonal.clone(), case.guard.clone(), firm]))
    }))
}
