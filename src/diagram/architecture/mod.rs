//! The architecture: internet, load balancers, workloads and data stores, in the VPCs and subnets that they are in.

mod front;
mod seating;
mod stores;
mod task;

pub(super) use seating::class_of;

use std::collections::BTreeMap;

use super::canvas::{Canvas, add, listed};
use super::picture::{Detail, DetailKind, NodeId, NodeKind};
use crate::aws::ec2::{GatewayAttachment, InternetGateway, NatGateway, Subnet, Vpc};
use crate::aws::ecs::{Cluster, TaskDefinition as TaskDefinitionView};
use crate::diagram::picture::EdgeKind;
use crate::eval::{Case, Guard, Known, Text, when_any};
use crate::facts::Facts;
use crate::facts::network::{Family, Via};
use crate::facts::workload::{Carrier, Workload};
use crate::project::ResourceId;
use seating::{Seat, Seating, Want};

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>) {
    let facts = canvas.facts;
    let mut seating = Seating::new(facts);
    let inventory = &facts.inventory;
    let balancers: Vec<usize> = facts
        .load_balancers
        .all
        .iter()
        .map(|balancer| seating.ask(want(facts, balancer.id, &balancer.subnets)))
        .collect();
    let started = by_resource(&facts.workloads);
    let workloads: Vec<usize> = started
        .iter()
        .map(|(id, workloads)| seating.ask(workloads_want(facts, *id, workloads)))
        .collect();
    let hosts: Vec<usize> = facts
        .hosts
        .iter()
        .map(|host| seating.ask(want(facts, host.id, &host.interface.subnets)))
        .collect();
    let stores = stores::all(facts);
    let stored: Vec<usize> = stores
        .iter()
        .map(|store| seating.ask(want(facts, store.id, &store.subnets)))
        .collect();
    let nats = inventory.of_type(NatGateway::TYPE);
    let nat_seats: Vec<usize> = nats
        .iter()
        .map(|id| {
            let subnets = inventory.identities(NatGateway(*id).subnet(&inventory.eval));
            seating.ask(want(facts, *id, &subnets))
        })
        .collect();
    let seats = seating.arrange(canvas);

    for (balancer, seat) in facts.load_balancers.all.iter().zip(&balancers) {
        let node = front::balancer(canvas, balancer);
        sit(canvas, node, seats.of(*seat));
    }
    let mut drawn: Vec<(NodeId, &Vec<&Workload>)> = Vec::new();
    for ((id, workloads), seat) in started.iter().zip(&workloads) {
        let node = task::workload(canvas, *id, workloads);
        sit(canvas, node, seats.of(*seat));
        drawn.push((node, workloads));
    }
    for (host, seat) in facts.hosts.iter().zip(&hosts) {
        let node = canvas.resource(host.id, NodeKind::Instances, "container instances");
        sit(canvas, node, seats.of(*seat));
    }
    for (store, seat) in stores.iter().zip(&stored) {
        let node = stores::node(canvas, store);
        sit(canvas, node, seats.of(*seat));
    }
    for (id, seat) in nats.iter().zip(&nat_seats) {
        let node = canvas.resource(*id, NodeKind::NatGateway, "NAT gateway");
        sit(canvas, node, seats.of(*seat));
        nat(canvas, node, *id);
    }
    for balancer in &facts.load_balancers.all {
        front::entrances(canvas, balancer);
    }
    for (node, workloads) in drawn {
        for workload in workloads {
            front::bindings(canvas, node, workload);
            front::direct(canvas, node, workload);
            runs_on(canvas, node, workload);
            stores::reached(canvas, node, workload, &stores);
        }
    }
    front::dangling(canvas);
    stores::prune(canvas, &stores);
    idle(canvas);
    others(canvas);
}

fn want(facts: &Facts<'_>, id: ResourceId, subnets: &[Case<Known<Text>>]) -> Want {
    Want {
        presence: facts.inventory.presence(id),
        root: facts.inventory.project().stack(id.stack).root,
        subnets: subnets.to_vec(),
        open: Vec::new(),
    }
}

/// The workloads of each resource, in the order of the facts.
fn by_resource(workloads: &[Workload]) -> Vec<(ResourceId, Vec<&Workload>)> {
    let mut out: Vec<(ResourceId, Vec<&Workload>)> = Vec::new();
    let mut places: BTreeMap<ResourceId, usize> = BTreeMap::new();
    for workload in workloads {
        let place = *places.entry(workload.id).or_insert_with(|| {
            out.push((workload.id, Vec::new()));
            out.len() - 1
        });
        if let Some((_, list)) = out.get_mut(place) {
            list.push(workload);
        }
    }
    out
}

fn workloads_want(facts: &Facts<'_>, id: ResourceId, workloads: &[&Workload]) -> Want {
    let mut subnets = Vec::new();
    let mut open = Vec::new();
    for workload in workloads {
        for interface in &workload.interfaces {
            let guard = workload.guard.and(&interface.guard);
            subnets.extend(interface.subnets.iter().map(|case| case.clone().when(&guard)));
        }
        open.extend(
            workload
                .unplaced
                .iter()
                .map(|case| case.clone().when(&workload.guard)),
        );
    }
    Want {
        presence: facts.inventory.presence(id),
        root: facts.inventory.project().stack(id.stack).root,
        subnets,
        open,
    }
}

fn sit(canvas: &mut Canvas<'_, '_>, node: NodeId, seat: Seat) {
    let drawn = &mut canvas.picture.nodes[node.0 as usize];
    drawn.group = seat.group;
    // Where something is goes first: it is why the box is not the one that one would look in.
    let others = std::mem::replace(&mut drawn.details, seat.details);
    others
        .into_iter()
        .for_each(|detail| add(&mut drawn.details, detail));
}

/// A NAT gateway: whose traffic it takes.
fn nat(canvas: &mut Canvas<'_, '_>, node: NodeId, id: ResourceId) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let own = inventory.own_identity(id);
    let mut users: Vec<String> = Vec::new();
    for subnet in inventory.of_type(Subnet::TYPE) {
        let class = facts
            .network
            .class(inventory, &inventory.own_identity(*subnet), Family::V4);
        let mut ways = class.egress.iter().filter_map(|evidence| evidence.via.as_ref());
        if ways.any(|via| matches!(via, Via::NatGateway(nat) if *nat == own)) {
            users.push(format!("`{}`", inventory.logical_id(*subnet)));
        }
    }
    // A line to the internet would draw the internet below everything else.
    let text = match users.is_empty() {
        true => "no subnet here is routed to it".to_owned(),
        false => format!("egress of {}", listed(&users)),
    };
    canvas.detail(node, DetailKind::Network, text);
}

/// Tasks on container instances.
fn runs_on(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload) {
    let facts = canvas.facts;
    for interface in &workload.interfaces {
        if let Carrier::Instance(group) = interface.carrier
            && let Some(instances) = canvas.find(group)
            && let Some(edge) = canvas.edge(
                node,
                instances,
                EdgeKind::RunsOn,
                &workload.guard.and(&interface.guard),
            )
        {
            edge.labelled("runs on");
        }
    }
    // Tasks with interfaces of their own run on instances, too.
    for host in facts.hosts.iter().filter(|host| host.may_run(workload)) {
        let on_instances = when_any(
            workload
                .launch
                .iter()
                .filter(|case| case.value == Known::Value(crate::facts::workload::Launch::Ec2)),
        );
        if let Some(instances) = canvas.find(host.id)
            && let Some(edge) = canvas.edge(
                node,
                instances,
                EdgeKind::RunsOn,
                &workload.guard.and(&on_instances),
            )
        {
            edge.labelled("runs on");
        }
    }
}

/// What is known of a VPC: its range, its gateways, its endpoints.
fn vpc_details(facts: &Facts<'_>, vpc: ResourceId) -> Vec<Detail> {
    let inventory = &facts.inventory;
    let eval = &inventory.eval;
    let own = inventory.own_identity(vpc);
    let mut out: Vec<String> = Vec::new();
    for case in eval.scalars(Vpc(vpc).cidr_block(eval)) {
        if let Known::Value(range) = &case.value {
            add(&mut out, range.to_string());
        }
    }
    for id in inventory.of_type(GatewayAttachment::TYPE) {
        let view = GatewayAttachment(*id);
        let is_its = inventory.identities(view.vpc(eval));
        if !is_its.iter().any(|case| case.value.is(&own)) {
            continue;
        }
        for case in inventory.identities(view.internet_gateway(eval)) {
            if let Known::Value(gateway) = &case.value {
                let noun = match inventory.resource_of(gateway, InternetGateway::TYPE) {
                    Some(id) => format!("internet gateway `{}`", inventory.logical_id(id)),
                    None => "an internet gateway that is not declared here".to_owned(),
                };
                add(&mut out, noun);
            }
        }
    }
    let mut endpoints: Vec<String> = Vec::new();
    for endpoint in facts.network.endpoints() {
        if endpoint.vpc.iter().any(|case| case.value.is(&own)) {
            for case in &endpoint.service {
                if let Known::Value(name) = &case.value {
                    add(&mut endpoints, service_name(&eval.render(name)));
                }
            }
        }
    }
    if !endpoints.is_empty() {
        out.push(format!("endpoints: {}", listed(&endpoints)));
    }
    let network = |text| Detail {
        kind: DetailKind::Network,
        text,
    };
    out.into_iter().map(network).collect()
}

/// The part of an endpoint service's name that says which service: what is behind `com.amazonaws.<region>.`.
fn service_name(name: &str) -> String {
    let rest = name.split_once("amazonaws.").map_or(name, |(_, rest)| rest);
    rest.split_once('.')
        .map_or(rest, |(_, service)| service)
        .to_owned()
}

/// Clusters without a workload here, and task definitions that nothing here starts.
fn idle(canvas: &mut Canvas<'_, '_>) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    for id in inventory.of_type(Cluster::TYPE) {
        let own = inventory.own_identity(*id);
        let mut clusters = facts.workloads.iter().flat_map(|workload| &workload.cluster);
        if !clusters.any(|case| case.value.is(&own)) {
            let node = canvas.resource(*id, NodeKind::Cluster, "cluster");
            canvas.detail(node, DetailKind::Other, "nothing here runs in it");
        }
    }
    for id in inventory.of_type(TaskDefinitionView::TYPE) {
        let own = inventory.own_identity(*id);
        let mut started = facts
            .workloads
            .iter()
            .flat_map(|workload| &workload.task_definitions);
        if !started.any(|case| case.value.is(&own)) {
            let node = canvas.resource(*id, NodeKind::TaskDefinition, "task definition");
            task::definition(canvas, node, *id);
            canvas.detail(node, DetailKind::Other, "nothing here starts it");
        }
    }
}

/// The beginnings of types that this view draws, or that say how what it draws is put together.
const SHOWN_TYPES: &[&str] = &[
    "AWS::ApplicationAutoScaling::",
    "AWS::AutoScaling::",
    "AWS::CertificateManager::",
    "AWS::CloudFormation::",
    "AWS::CloudFront::",
    "AWS::CloudWatch::",
    "AWS::EC2::",
    "AWS::ECR::",
    "AWS::ECS::",
    "AWS::ElasticLoadBalancing",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Logs::",
    "AWS::Route53::",
    "AWS::SSM::",
    "AWS::SecretsManager::",
    "AWS::Serverless::Application",
    "AWS::ServiceDiscovery::",
    "AWS::WAFv2::",
];

/// Says which resources of other kinds there are.
fn others(canvas: &mut Canvas<'_, '_>) {
    let inventory = canvas.inventory();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for id in inventory.project().resource_ids() {
        let name = inventory.type_name(id);
        let is_shown = SHOWN_TYPES.iter().any(|start| name.starts_with(start));
        if !is_shown && canvas.find(id).is_none() && inventory.possible(&inventory.presence(id)) {
            *counts.entry(name).or_default() += 1;
        }
    }
    let total: usize = counts.values().sum();
    if total > 0 {
        let mut kinds: Vec<(&str, usize)> = counts.into_iter().collect();
        kinds.sort_by(|(left, a), (right, b)| b.cmp(a).then(left.cmp(right)));
        let names: Vec<String> = kinds
            .into_iter()
            .map(|(name, count)| match count {
                1 => name.to_owned(),
                _ => format!("{count} × {name}"),
            })
            .collect();
        let noun = if total == 1 {
            "resource is"
        } else {
            "resources are"
        };
        canvas.picture.notes.push(format!(
            "{total} other {noun} not drawn ({}); `--view deps` shows every resource",
            listed(&names)
        ));
    }
}

/// When something is the case in the worlds of a workload.
fn here(canvas: &Canvas<'_, '_>, workload: &Workload, guard: &Guard) -> bool {
    let inventory = canvas.inventory();
    inventory.possible(&Guard::all([
        inventory.presence(workload.id),
        workload.guard.clone(),
        guard.clone(),
    ]))
}
