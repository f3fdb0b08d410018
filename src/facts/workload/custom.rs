//! Tasks that custom resources run: a Lambda function is given the network of a `RunTask` call as properties. There is no
//! schema for those, so the call is recognised by its one unmistakable key.

use super::{Carrier, Interface, Workload, WorkloadKind};
use crate::aws;
use crate::aws::triggers::run_task;
use crate::eval::{Case, Cases, Guard, Known, Value};
use crate::facts::Inventory;
use crate::project::{ResourceId, StackId};
use crate::source::Span;
use crate::yaml::Node;

/// The workloads of custom resources.
pub(super) fn workloads(inventory: &Inventory<'_>) -> Vec<Workload> {
    let mut out = Vec::new();
    for id in inventory.project().resource_ids() {
        let resource = inventory.project().resource(id);
        if !aws::is_custom(&resource.type_name.text) || !inventory.possible(&inventory.eval.presence(id)) {
            continue;
        }
        let network = resource.properties.as_ref().and_then(network);
        out.extend(network.map(|network| workload(inventory, id, network)));
    }
    out
}

/// The network configuration somewhere below a node.
fn network(node: &Node) -> Option<&Node> {
    let wanted = run_task::NETWORK.last()?;
    let own = node
        .as_mapping()
        .into_iter()
        .flatten()
        .find(|entry| entry.key.eq_ignore_ascii_case(wanted));
    own.map(|entry| &entry.value)
        .or_else(|| node.children().find_map(network))
}

fn workload<'a>(inventory: &Inventory<'a>, id: ResourceId, network: &'a Node) -> Workload {
    let eval = &inventory.eval;
    let get = |key: &str| -> (Cases<'a>, Span) { lenient(inventory, id.stack, network, key) };
    let (subnets, subnets_span) = get(run_task::SUBNETS);
    let (groups, groups_span) = get(run_task::SECURITY_GROUPS);
    let (public_ip, place) = get(run_task::ASSIGN_PUBLIC_IP);
    let public_ip = eval.scalars(public_ip).into_iter().map(|case| {
        let value = match &case.value {
            Known::Value(text) => Known::Value(&**text == "ENABLED"),
            Known::Absent => Known::Absent,
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        };
        case.with(value)
    });
    let mut public_ip: Vec<Case<Known<bool>>> = public_ip.collect();
    if public_ip.is_empty() {
        public_ip.push(Case::new(Known::Absent, place));
    }
    let interface = Interface {
        guard: Guard::True,
        carrier: Carrier::Task,
        no_groups: if groups.is_empty() {
            Guard::True
        } else {
            Guard::False
        },
        subnets: inventory.identity_list(subnets),
        groups: inventory.identity_list(groups),
        public_ip,
        subnets_span,
        groups_span,
    };
    Workload {
        id,
        kind: WorkloadKind::CustomResource,
        guard: Guard::True,
        place: network.span,
        cluster: Vec::new(),
        task_definitions: Vec::new(),
        launch: Vec::new(),
        launch_type: Vec::new(),
        capacity: Vec::new(),
        network: vec![Case::new(Known::Value(()), network.span)],
        interfaces: vec![interface],
        unplaced: Vec::new(),
        bindings: Vec::new(),
        unbound: Vec::new(),
    }
}

/// A key in whatever case the function's author chose.
fn lenient<'a>(inventory: &Inventory<'a>, stack: StackId, node: &'a Node, key: &str) -> (Cases<'a>, Span) {
    let entry = node
        .as_mapping()
        .into_iter()
        .flatten()
        .find(|entry| entry.key.eq_ignore_ascii_case(key));
    match entry {
        Some(entry) => {
            let mut cases = inventory.eval.value(stack, &entry.value);
            cases.retain(|case| !matches!(case.value, Value::Absent));
            (cases, entry.value.span)
        }
        None => (Vec::new(), node.span),
    }
}
