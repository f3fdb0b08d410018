//! What stands in front of tasks: load balancers, distributions, the internet itself.

use super::super::canvas::{Canvas, add, unknown_words};
use super::super::picture::{DetailKind, EdgeKind, NodeId, NodeKind};
use super::here;
use crate::aws::elbv2::{
    Action as ActionView, Listener as ListenerView, ListenerRule, TargetGroup, WeightedTargetGroup,
};
use crate::eval::{Case, Guard, Known, Text, Unknown, when, when_any};
use crate::facts::load_balancer::{Action, Forward, Listener, LoadBalancer, LoadBalancerKind, fetches};
use crate::facts::security_group::{Direction, shown};
use crate::facts::workload::{Binding, Workload};
use crate::project::ResourceId;
use crate::source::Str;

/// The node of a load balancer.
pub(super) fn balancer(canvas: &mut Canvas<'_, '_>, balancer: &LoadBalancer) -> NodeId {
    let facts = canvas.facts;
    let kinds: Vec<&str> = balancer
        .kind
        .iter()
        .filter_map(|case| match case.value {
            Known::Value(LoadBalancerKind::Application) => Some("application load balancer"),
            Known::Value(LoadBalancerKind::Network) => Some("network load balancer"),
            Known::Value(LoadBalancerKind::Gateway) => Some("gateway load balancer"),
            Known::Value(LoadBalancerKind::Classic) => Some("classic load balancer"),
            Known::Absent | Known::Unknown(_) => None,
        })
        .collect();
    let noun = match kinds.as_slice() {
        [one] => one,
        _ => "load balancer",
    };
    let node = canvas.resource(balancer.id, NodeKind::LoadBalancer, noun);
    let presence = facts.inventory.presence(balancer.id);
    let (internal, public) = (balancer.is_internal(), balancer.is_public());
    let may = |guard: &Guard| facts.inventory.possible(&presence.and(guard));
    match (may(&internal), may(&public)) {
        (true, false) => canvas.detail(node, DetailKind::Network, "internal"),
        (true, true) => {
            let when = facts.inventory.eval.guard(&internal);
            canvas.detail(node, DetailKind::Network, format!("internal when {when}"));
        }
        (false, true) => canvas.detail(node, DetailKind::Network, "internet-facing"),
        (false, false) => canvas.detail(node, DetailKind::Unknown, "scheme not known"),
    }
    groups(canvas, node, &balancer.groups);
    for (_, listener) in facts.load_balancers.listeners_of(&facts.inventory, balancer.id) {
        canvas.is_part_of(listener.id, node);
    }
    node
}

/// Names the security groups of something.
pub(super) fn groups(canvas: &mut Canvas<'_, '_>, node: NodeId, groups: &[Case<Known<Text>>]) {
    let inventory = canvas.inventory();
    let mut names: Vec<String> = Vec::new();
    for case in groups {
        match &case.value {
            Known::Value(group) => {
                add(&mut names, shown(inventory, group));
                if let Some(id) = inventory.resource_of(group, crate::aws::ec2::SecurityGroup::TYPE) {
                    canvas.stands_for(node, id);
                }
            }
            Known::Unknown(reason) => {
                let words = unknown_words(inventory, "security group", reason);
                canvas.detail(node, DetailKind::Unknown, words);
            }
            Known::Absent => {}
        }
    }
    if !names.is_empty() {
        let noun = if names.len() == 1 {
            "security group"
        } else {
            "security groups"
        };
        canvas.detail(
            node,
            DetailKind::Network,
            format!("{noun} {}", super::listed(&names)),
        );
    }
}

/// The ways from the internet to a load balancer, with the ports of its listeners.
pub(super) fn entrances(canvas: &mut Canvas<'_, '_>, balancer: &LoadBalancer) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let Some(node) = canvas.find(balancer.id) else {
        return;
    };
    let listeners = facts.load_balancers.listeners_of(inventory, balancer.id);
    let mut ports: Vec<String> = Vec::new();
    for (guard, listener) in &listeners {
        if inventory.possible(guard) {
            add(&mut ports, entrance(listener));
        }
    }
    let internet = canvas.root(balancer.id);
    for fetch in fetches(inventory, balancer) {
        let cdn = canvas.resource(fetch.distribution, NodeKind::Cdn, "CloudFront distribution");
        let outside = canvas.internet(internet);
        canvas.edge(outside, cdn, EdgeKind::Traffic, &Guard::True);
        if let Some(edge) = canvas.edge(cdn, node, EdgeKind::Traffic, &fetch.origin.guard) {
            edge.labelled("origin");
        }
    }
    let public = balancer.is_public();
    if !inventory.possible(&inventory.presence(balancer.id).and(&public)) {
        return;
    }
    let outside = canvas.internet(internet);
    let subjects: Vec<_> = listeners.iter().map(|(_, it)| inventory.subject(it.id)).collect();
    if let Some(edge) = canvas.edge(outside, node, EdgeKind::Traffic, &public) {
        subjects.into_iter().for_each(|subject| {
            edge.made_by(subject);
        });
        match ports.is_empty() {
            true => {
                edge.labelled("no listener here");
            }
            false => ports.into_iter().for_each(|port| {
                edge.labelled(port);
            }),
        }
    }
}

/// A listener as a label: `HTTPS 443`, `HTTP 80 (redirect or fixed answer)`.
fn entrance(listener: &Listener) -> String {
    let protocol = one(&listener.protocol).map_or_else(String::new, |name| format!("{name} "));
    let port = one(&listener.port).map_or_else(|| "?".to_owned(), |port| port.to_string());
    let forwards = listener.actions.iter().any(|case| case.value != Action::Answer);
    match forwards || listener.actions.is_empty() {
        true => format!("{protocol}{port}"),
        false => format!("{protocol}{port} (answered itself)"),
    }
}

/// The only value of a property; nothing where it differs or is not known.
fn one(cases: &[Case<Known<Str>>]) -> Option<&Str> {
    let mut values = cases.iter().filter_map(|case| match &case.value {
        Known::Value(text) => Some(text),
        Known::Absent | Known::Unknown(_) => None,
    });
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// The load balancers that send requests to a workload.
pub(super) fn bindings(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload) {
    for case in &workload.unbound {
        if here(canvas, workload, &case.guard) {
            unknown_front(canvas, node, workload, &case.value, &case.guard, &[]);
        }
    }
    for binding in &workload.bindings {
        if here(canvas, workload, &binding.guard) {
            bound(canvas, node, workload, binding);
        }
    }
}

fn bound(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload, binding: &Binding) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let port = one(&binding.container_port).map_or_else(|| "?".to_owned(), |port| port.to_string());
    let mut known = false;
    for target in &binding.target_group {
        let Known::Value(target_group) = &target.value else {
            continue;
        };
        let bound = Guard::all([
            workload.guard.clone(),
            binding.guard.clone(),
            target.guard.clone(),
        ]);
        let own = inventory.resource_of(target_group, TargetGroup::TYPE);
        for forward in facts.load_balancers.forwards.iter() {
            if forward.target_group != *target_group {
                continue;
            }
            let Known::Value(identity) = &forward.load_balancer else {
                continue;
            };
            let Some(balancer) = facts.load_balancers.find(inventory, identity) else {
                continue;
            };
            let Some(from) = canvas.find(balancer.id) else {
                continue;
            };
            known = true;
            let label = format!("{} → {port}", listener_port(canvas, forward));
            let assumed = target.trail.is_assumed() || forward.trail.is_assumed();
            if let Some(edge) = canvas.edge(from, node, EdgeKind::Traffic, &bound.and(&forward.guard)) {
                edge.labelled(label).assumed_if(assumed);
                edge.made_by(inventory.subject(forward.via));
                if let Some(id) = own {
                    edge.made_by(inventory.subject(id));
                }
            }
        }
    }
    for classic in &binding.classic {
        let Known::Value(name) = &classic.value else {
            continue;
        };
        if let Some(balancer) = facts.load_balancers.find(inventory, name)
            && let Some(from) = canvas.find(balancer.id)
        {
            known = true;
            let guard = Guard::all([
                workload.guard.clone(),
                binding.guard.clone(),
                classic.guard.clone(),
            ]);
            let ports: Vec<String> = facts
                .load_balancers
                .listeners_of(inventory, balancer.id)
                .iter()
                .filter_map(|(_, listener)| one(&listener.port).map(ToString::to_string))
                .collect();
            if let Some(edge) = canvas.edge(from, node, EdgeKind::Traffic, &guard) {
                edge.labelled(format!("{} → {port}", ports.join(", ")));
            }
        }
    }
    let serving = facts.load_balancers.serving(inventory, binding);
    let label = [format!("→ {port}")];
    for case in &serving.open {
        let guard = binding.guard.and(&case.guard);
        if here(canvas, workload, &guard) {
            unknown_front(canvas, node, workload, &case.value, &guard, &label);
        }
    }
    if !known && serving.open.is_empty() {
        for target in &binding.target_group {
            if let Known::Value(target_group) = &target.value {
                let name = inventory.shown(target_group);
                let text = format!("target group `{name}`: no load balancer here forwards to it");
                canvas.detail(node, DetailKind::Network, text);
                if let Some(id) = inventory.resource_of(target_group, TargetGroup::TYPE) {
                    canvas.stands_for(node, id);
                }
            }
        }
    }
}

/// A load balancer of which the templates do not say which one it is.
fn unknown_front(
    canvas: &mut Canvas<'_, '_>,
    node: NodeId,
    workload: &Workload,
    reason: &Unknown,
    guard: &Guard,
    labels: &[String],
) {
    let words = unknown_words(canvas.inventory(), "load balancer", reason);
    let root = canvas.root(workload.id);
    let from = canvas.words(NodeKind::Unknown, words, "not in these templates", root);
    if let Some(edge) = canvas.edge(from, node, EdgeKind::Traffic, &workload.guard.and(guard)) {
        for label in labels {
            edge.labelled(label.clone());
        }
        edge.assumed = true;
    }
}

/// Where load balancers forward to without a workload of these templates behind it.
pub(super) fn dangling(canvas: &mut Canvas<'_, '_>) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let eval = &inventory.eval;
    let bindings = facts.workloads.iter().flat_map(|workload| &workload.bindings);
    let bound: Vec<&Known<Text>> = bindings
        .flat_map(|binding| &binding.target_group)
        .map(|case| &case.value)
        .collect();
    for listener in &facts.load_balancers.listeners {
        if inventory.type_name(listener.id) != ListenerView::TYPE {
            continue;
        }
        let balancers = listener
            .load_balancer
            .iter()
            .filter_map(|case| match &case.value {
                Known::Value(identity) => facts.load_balancers.find(inventory, identity),
                Known::Absent | Known::Unknown(_) => None,
            });
        let balancers: Vec<NodeId> = balancers.filter_map(|it| canvas.find(it.id)).collect();
        let label = one(&listener.port).map_or_else(|| "?".to_owned(), |port| port.to_string());
        for item in eval.elements(ListenerView(listener.id).actions(eval)) {
            let action = ActionView(&item);
            let mut targets = inventory.identities(action.target_group(eval));
            for weighted in eval.elements(action.target_groups(eval)) {
                targets.extend(inventory.identities(WeightedTargetGroup(&weighted).target_group(eval)));
            }
            targets.retain(|case| case.value != Known::Absent && !bound.contains(&&case.value));
            for target in targets {
                let to = target_node(canvas, &target.value, listener.id);
                let guard = Guard::all([listener.guard.clone(), item.guard.clone(), target.guard.clone()]);
                for from in &balancers {
                    if let Some(edge) = canvas.edge(*from, to, EdgeKind::Traffic, &guard) {
                        edge.labelled(format!("{label} →"))
                            .made_by(inventory.subject(listener.id));
                    }
                }
            }
        }
    }
}

/// The node of a target group with which no workload here registers its tasks.
fn target_node(canvas: &mut Canvas<'_, '_>, target: &Known<Text>, near: ResourceId) -> NodeId {
    let inventory = canvas.inventory();
    let reason = match target {
        Known::Value(text) => match inventory.resource_of(text, TargetGroup::TYPE) {
            Some(id) => {
                let node = canvas.resource(id, NodeKind::Resource, "target group");
                canvas.detail(node, DetailKind::Other, "no service here registers with it");
                return node;
            }
            None => inventory.unknown_identity(text),
        },
        Known::Unknown(reason) => reason.clone(),
        Known::Absent => Unknown::Undeclared("".into()),
    };
    let words = unknown_words(inventory, "target group", &reason);
    canvas.words(
        NodeKind::Unknown,
        words,
        "not in these templates",
        canvas.root(near),
    )
}

/// The port of the listener by which a load balancer forwards, with the path where a rule asks for one.
fn listener_port(canvas: &Canvas<'_, '_>, forward: &Forward) -> String {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let port = |id: ResourceId| {
        let listener = facts.load_balancers.listeners.iter().find(|it| it.id == id)?;
        one(&listener.port).map(ToString::to_string)
    };
    if inventory.type_name(forward.via) != ListenerRule::TYPE {
        return port(forward.via).unwrap_or_else(|| "?".to_owned());
    }
    let rule = facts
        .load_balancers
        .rules
        .iter()
        .find(|rule| rule.id == forward.via);
    let ports = rule
        .into_iter()
        .flat_map(|rule| &rule.listener)
        .filter_map(|case| {
            let Known::Value(identity) = &case.value else {
                return None;
            };
            let listener = inventory.resource_of(identity, crate::aws::elbv2::Listener::TYPE)?;
            port(listener)
        });
    let mut distinct: Vec<String> = Vec::new();
    ports.for_each(|port| add(&mut distinct, port));
    let port = match distinct.is_empty() {
        true => "?".to_owned(),
        false => distinct.join(" or "),
    };
    format!("{port} by rule")
}

/// The internet straight to tasks with public addresses, where a security group lets everybody in.
pub(super) fn direct(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    for interface in &workload.interfaces {
        let addressed = Guard::all([
            workload.guard.clone(),
            interface.guard.clone(),
            when(&interface.public_ip, |value| value.is(&true)),
        ]);
        if !here(canvas, workload, &addressed) {
            continue;
        }
        for group in &interface.groups {
            let Known::Value(identity) = &group.value else {
                continue;
            };
            for rule in facts.security_groups.rules(identity, Direction::Ingress) {
                if !rule.peer.is_public() {
                    continue;
                }
                let guard = Guard::all([addressed.clone(), group.guard.clone(), rule.guard.clone()]);
                if !here(canvas, workload, &guard) {
                    continue;
                }
                let outside = canvas.internet(canvas.root(workload.id));
                let evidence = format!(
                    "tasks have public addresses and security group {} lets {} in from {}",
                    shown(inventory, identity),
                    rule.traffic,
                    rule.peer.shown(inventory)
                );
                let subject = inventory.subject(rule.owner);
                if let Some(edge) = canvas.edge(outside, node, EdgeKind::Traffic, &guard) {
                    edge.labelled(rule.traffic.to_string())
                        .because(evidence)
                        .made_by(subject)
                        .assumed_if(rule.trail.is_assumed());
                }
            }
        }
        let is_addressed = when_any(interface.public_ip.iter().filter(|case| case.value.is(&true)));
        if inventory.possible(&is_addressed) {
            canvas.detail(node, DetailKind::Network, "public IP address");
        }
    }
}
