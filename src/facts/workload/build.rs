//! Resources to workloads.

use super::host::Host;
use super::{
    Binding, Carrier, Deployment, Interface, Launch, Workload, WorkloadKind, capacity, custom, state,
};
use crate::aws::ecs::{AwsvpcConfiguration, Service, ServiceLoadBalancer, TaskSet};
use crate::aws::triggers::{EcsTarget, EventRule, Pipe, Schedule};
use crate::eval::{Case, Cases, Guard, Known, Text, Unknown, Value, when};
use crate::facts::Inventory;
use crate::project::{ResourceId, StackId};
use crate::source::{Span, Str};

/// What every way of starting tasks says, still as values.
struct Declaration<'a> {
    id: ResourceId,
    kind: WorkloadKind,
    guard: Guard,
    place: Span,
    cluster: Cases<'a>,
    task_definition: Cases<'a>,
    launch_type: Cases<'a>,
    strategy: Cases<'a>,
    network: Cases<'a>,
    load_balancers: Cases<'a>,
}

/// Finds the workloads of a project.
pub fn build(inventory: &Inventory<'_>, hosts: &[Host]) -> Vec<Workload> {
    let mut out: Vec<Workload> = declarations(inventory)
        .into_iter()
        .map(|declaration| workload(inventory, hosts, declaration))
        .collect();
    out.extend(state::workloads(inventory));
    out.extend(custom::workloads(inventory));
    out
}

fn declarations<'a>(inventory: &Inventory<'a>) -> Vec<Declaration<'a>> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for id in inventory.of_type(Service::TYPE) {
        let service = Service(*id);
        out.push(Declaration {
            id: *id,
            kind: WorkloadKind::Service,
            guard: Guard::True,
            place: inventory.project().resource(*id).id.span,
            cluster: service.cluster(eval),
            task_definition: service.task_definition(eval),
            launch_type: service.launch_type(eval),
            strategy: service.capacity_provider_strategy(eval),
            network: service.network(eval),
            load_balancers: service.load_balancers(eval),
        });
    }
    for id in inventory.of_type(TaskSet::TYPE) {
        let set = TaskSet(*id);
        out.push(Declaration {
            id: *id,
            kind: WorkloadKind::TaskSet,
            guard: Guard::True,
            place: inventory.project().resource(*id).id.span,
            cluster: set.cluster(eval),
            task_definition: set.task_definition(eval),
            launch_type: set.launch_type(eval),
            strategy: set.capacity_provider_strategy(eval),
            network: set.network(eval),
            load_balancers: set.load_balancers(eval),
        });
    }
    let mut targets = Vec::new();
    for id in inventory.of_type(EventRule::TYPE) {
        let items = eval.elements(EventRule(*id).targets(eval)).into_iter();
        targets.extend(items.map(|item| (*id, WorkloadKind::EventRule, item)));
    }
    for id in inventory.of_type(Schedule::TYPE) {
        let items = Schedule(*id).target(eval).into_iter();
        targets.extend(items.map(|item| (*id, WorkloadKind::Schedule, item)));
    }
    for (id, kind, item) in targets {
        let target = EcsTarget(&item);
        let network = match kind {
            WorkloadKind::EventRule => target.rule_network(eval),
            _ => target.schedule_network(eval),
        };
        for (guard, place) in objects(target.ecs(eval)) {
            out.push(Declaration {
                id,
                kind,
                guard: item.guard.and(&guard),
                place,
                cluster: target.arn(eval),
                task_definition: target.task_definition(eval),
                launch_type: target.launch_type(eval),
                strategy: target.capacity_provider_strategy(eval),
                network: network.clone(),
                load_balancers: Vec::new(),
            });
        }
    }
    for id in inventory.of_type(Pipe::TYPE) {
        let pipe = Pipe(*id);
        for (guard, place) in objects(pipe.ecs(eval)) {
            out.push(Declaration {
                id: *id,
                kind: WorkloadKind::Pipe,
                guard,
                place,
                cluster: pipe.target(eval),
                task_definition: pipe.task_definition(eval),
                launch_type: pipe.launch_type(eval),
                strategy: pipe.capacity_provider_strategy(eval),
                network: pipe.network(eval),
                load_balancers: Vec::new(),
            });
        }
    }
    out
}

/// When and where a mapping is there.
fn objects(cases: Cases<'_>) -> Vec<(Guard, Span)> {
    let objects = cases
        .into_iter()
        .filter(|case| matches!(case.value, Value::Object(_)));
    objects.map(|case| (case.guard, case.span)).collect()
}

fn workload<'a>(inventory: &Inventory<'a>, hosts: &[Host], declaration: Declaration<'a>) -> Workload {
    let Declaration {
        id,
        kind,
        guard,
        place,
        ..
    } = declaration;
    let cluster = inventory.identities(declaration.cluster);
    let strategy = inventory.eval.elements(declaration.strategy);
    let launch_type = inventory.eval.scalars(declaration.launch_type);
    let capacity = capacity::of(inventory, &launch_type, &strategy, &cluster);
    let launch = capacity::launch(&launch_type, &capacity);
    let elsewhere = elsewhere(inventory, id, kind, &launch);
    let cases = declaration.network.len();
    let mut interfaces = Vec::with_capacity(cases);
    let mut unplaced = Vec::new();
    let mut network = Vec::with_capacity(cases);
    for case in declaration.network {
        match &case.value {
            Value::Object(_) => {
                network.push(case.with(Known::Value(())));
                interfaces.push(task_interface(inventory, &case));
            }
            Value::Unknown(reason) => {
                network.push(case.with(Known::Unknown(reason.clone())));
                unplaced.push(case.with(reason.clone()));
            }
            // Without a network of their own, tasks can only run on container instances: Fargate demands awsvpc.
            _ => {
                network.push(case.with(Known::Absent));
                let without = case.with(()).when(&elsewhere.negated());
                let hosted = hosted(inventory, hosts, &cluster, &strategy, &without, (id.stack, place));
                interfaces.extend(hosted.0);
                unplaced.extend(hosted.1);
            }
        }
    }
    let (bindings, unbound) = bindings(inventory, declaration.load_balancers);
    Workload {
        id,
        kind,
        guard,
        place,
        cluster,
        task_definitions: inventory.identities(declaration.task_definition),
        launch,
        launch_type,
        capacity,
        network,
        interfaces,
        unplaced,
        bindings,
        unbound,
    }
}

/// When a workload without a network of its own runs nothing on container instances: its tasks run on machines outside of
/// AWS, or it is a service whose external controller gives every task set its network.
fn elsewhere(
    inventory: &Inventory<'_>,
    id: ResourceId,
    kind: WorkloadKind,
    launch: &[Case<Known<Launch>>],
) -> Guard {
    let anywhere = launch
        .iter()
        .filter(|case| case.value == Known::Value(Launch::External));
    let anywhere = Guard::any(anywhere.map(|case| case.guard.clone()));
    if kind != WorkloadKind::Service {
        return anywhere;
    }
    let controller = Deployment::of(inventory, id).controller;
    let external = controller
        .iter()
        .filter(|case| matches!(&case.value, Known::Value(kind) if &**kind == "EXTERNAL"));
    anywhere.or(&Guard::any(external.map(|case| case.guard.clone())))
}

/// The interface of awsvpc tasks.
fn task_interface<'a>(inventory: &Inventory<'a>, network: &Case<Value<'a>>) -> Interface {
    let eval = &inventory.eval;
    let view = AwsvpcConfiguration(network);
    let (subnets, groups) = (view.subnets(eval), view.security_groups(eval));
    let subnets_span = place_of(&subnets, network.span);
    let groups_span = place_of(&groups, network.span);
    let no_groups = when(&groups, is_empty);
    Interface {
        guard: network.guard.clone(),
        carrier: Carrier::Task,
        subnets: inventory.identity_list(subnets),
        groups: inventory.identity_list(groups),
        no_groups,
        public_ip: enabled(inventory, view.assign_public_ip(eval)),
        subnets_span,
        groups_span,
    }
}

fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Absent => true,
        Value::List(elements) => elements.is_empty(),
        Value::Text(_) | Value::Object(_) | Value::Unknown(_) => false,
    }
}

fn place_of(cases: &Cases<'_>, otherwise: Span) -> Span {
    cases
        .iter()
        .find(|case| !matches!(case.value, Value::Absent))
        .map_or(otherwise, |case| case.span)
}

fn enabled<'a>(inventory: &Inventory<'a>, cases: Cases<'a>) -> Vec<Case<Known<bool>>> {
    let scalars = inventory.eval.scalars(cases).into_iter().map(|case| {
        let value = match &case.value {
            Known::Value(text) if &**text == "ENABLED" => Known::Value(true),
            Known::Value(text) if &**text == "DISABLED" => Known::Value(false),
            Known::Value(text) => Known::Unknown(Unknown::Malformed(format!("`{text}`").into())),
            Known::Absent => Known::Absent,
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        };
        case.with(value)
    });
    scalars.collect()
}

/// The container instances that tasks without a network of their own run on, and why some are not known.
fn hosted<'a>(
    inventory: &Inventory<'a>,
    hosts: &[Host],
    cluster: &[Case<Known<Text>>],
    strategy: &Cases<'a>,
    without: &Case<()>,
    (stack, place): (StackId, Span),
) -> (Vec<Interface>, Vec<Case<Unknown>>) {
    let mut interfaces = Vec::new();
    let mut unplaced = Vec::new();
    let providers = capacity::named(inventory, strategy);
    for case in cluster {
        let guard = without.guard.and(&case.guard);
        let identity = match &case.value {
            Known::Value(identity) => identity.clone(),
            Known::Absent => Text::literal("default"),
            Known::Unknown(reason) => {
                unplaced.push(case.with(reason.clone()).when(&without.guard));
                continue;
            }
        };
        let serving: Vec<&Host> = hosts
            .iter()
            .filter(|host| host.serves(&identity) && (providers.is_empty() || host.provided_by(&providers)))
            .filter(|host| inventory.project().are_related(host.id.stack, stack))
            .collect();
        if serving.is_empty() {
            let name = format!("container instances of cluster {}", inventory.shown(&identity));
            let mut unknown = Case::new(Unknown::External(name.into()), place);
            unknown.guard = guard;
            unplaced.push(unknown);
            continue;
        }
        for host in serving {
            let mut interface = host.interface.clone();
            interface.guard = Guard::all([guard.clone(), inventory.presence(host.id), interface.guard]);
            interfaces.push(interface);
        }
    }
    (interfaces, unplaced)
}

fn bindings<'a>(inventory: &Inventory<'a>, load_balancers: Cases<'a>) -> (Vec<Binding>, Vec<Case<Unknown>>) {
    let eval = &inventory.eval;
    let items = eval.elements(load_balancers);
    let mut bindings = Vec::with_capacity(items.len());
    let mut unbound = Vec::new();
    for item in items {
        match &item.value {
            Value::Object(_) => {
                let view = ServiceLoadBalancer(&item);
                let port: Vec<Case<Known<Str>>> = eval.scalars(view.container_port(eval));
                bindings.push(Binding {
                    guard: item.guard.clone(),
                    target_group: inventory.identities(view.target_group(eval)),
                    classic: inventory.identities(view.classic(eval)),
                    container_name: inventory.identities(view.container_name(eval)),
                    container_port: port,
                    span: item.span,
                });
            }
            Value::Unknown(reason) => unbound.push(item.with(reason.clone())),
            Value::Text(text) => {
                let reason = inventory.unknown_identity(text);
                unbound.push(item.with(reason));
            }
            Value::Absent | Value::List(_) => {}
        }
    }
    (bindings, unbound)
}
