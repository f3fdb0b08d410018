//! What is written on services and tasks: their containers, their number, their cluster, roles and logs.

use super::super::canvas::{Canvas, add, listed, unknown_words};
use super::super::picture::{DetailKind, NodeId, NodeKind};
use super::front;
use crate::aws::ecs::{Cluster, Service, TaskDefinition as View};
use crate::aws::iam::Role;
use crate::aws::logs::LogGroup;
use crate::eval::{Case, Known, Part, Text};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::facts::workload::{Launch, Workload, WorkloadKind};
use crate::project::ResourceId;

/// Containers that are listed one by one.
const MAX_CONTAINERS: usize = 4;

/// The node of what starts tasks.
pub(super) fn workload(canvas: &mut Canvas<'_, '_>, id: ResourceId, workloads: &[&Workload]) -> NodeId {
    let facts = canvas.facts;
    let kind = match workloads.first().map(|workload| workload.kind) {
        Some(WorkloadKind::Service | WorkloadKind::TaskSet) | None => NodeKind::Service,
        Some(_) => NodeKind::ScheduledTask,
    };
    let noun = match workloads.first().map(|workload| workload.kind) {
        Some(WorkloadKind::Service) | None => "service".to_owned(),
        Some(kind @ WorkloadKind::TaskSet) => kind.noun().to_owned(),
        Some(kind) => format!("tasks of {} {}", article(kind.noun()), kind.noun()),
    };
    let node = canvas.resource(id, kind, noun);
    for workload in workloads {
        capacity(canvas, node, workload);
        let definitions: Vec<ResourceId> = workload
            .task_definitions
            .iter()
            .filter_map(|case| match &case.value {
                Known::Value(text) => facts.inventory.resource_of(text, View::TYPE),
                Known::Absent | Known::Unknown(_) => None,
            })
            .collect();
        for definition in definitions {
            canvas.stands_for(node, definition);
            self::definition(canvas, node, definition);
        }
        for case in &workload.task_definitions {
            let words = match &case.value {
                Known::Unknown(reason) => unknown_words(&facts.inventory, "task definition", reason),
                Known::Value(text) if facts.inventory.resource_of(text, View::TYPE).is_none() => {
                    let reason = facts.inventory.unknown_identity(text);
                    unknown_words(&facts.inventory, "task definition", &reason)
                }
                Known::Value(_) | Known::Absent => continue,
            };
            canvas.detail(node, DetailKind::Unknown, words);
        }
        cluster(canvas, node, workload);
        for interface in &workload.interfaces {
            front::groups(canvas, node, &interface.groups);
        }
    }
    node
}

fn article(noun: &str) -> &'static str {
    match noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => "an",
        false => "a",
    }
}

/// How many tasks, and on what.
fn capacity(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload) {
    let facts = canvas.facts;
    let eval = &facts.inventory.eval;
    let mut launches: Vec<&str> = Vec::new();
    for case in &workload.launch {
        if let Known::Value(launch) = &case.value {
            let word = match launch {
                Launch::Fargate => "Fargate",
                Launch::Ec2 => "container instances",
                Launch::External => "machines outside of AWS",
            };
            add(&mut launches, word);
        }
    }
    let on = match launches.is_empty() {
        true => String::new(),
        false => format!(" on {}", launches.join(" or ")),
    };
    let tasks = match workload.kind {
        WorkloadKind::Service => {
            let counts = eval.scalars(Service(workload.id).desired_count(eval));
            match counts.as_slice() {
                [
                    Case {
                        value: Known::Value(count),
                        ..
                    },
                ] if &**count == "1" => "1 task".to_owned(),
                [
                    Case {
                        value: Known::Value(count),
                        ..
                    },
                ] => format!("{count} tasks"),
                _ => "tasks".to_owned(),
            }
        }
        _ => "tasks".to_owned(),
    };
    canvas.detail(node, DetailKind::Capacity, format!("{tasks}{on}"));
    for (target, matches) in facts.scalable_targets.of(workload.id) {
        let mut when = matches.same.iter();
        if !when.any(|guard| facts.inventory.possible(guard)) {
            continue;
        }
        let bound = |cases: &[Case<Known<crate::source::Str>>]| match cases {
            [
                Case {
                    value: Known::Value(count),
                    ..
                },
            ] => count.to_string(),
            _ => "?".to_owned(),
        };
        let text = format!(
            "scales from {} to {} tasks",
            bound(&target.min_capacity),
            bound(&target.max_capacity)
        );
        canvas.detail(node, DetailKind::Capacity, text);
        canvas.stands_for(node, target.id);
    }
}

fn cluster(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload) {
    let inventory = canvas.inventory();
    for case in &workload.cluster {
        let (kind, text) = match &case.value {
            Known::Absent => (DetailKind::Cluster, "the default cluster".to_owned()),
            Known::Unknown(reason) => (DetailKind::Unknown, unknown_words(inventory, "cluster", reason)),
            Known::Value(text) => match inventory.resource_of(text, Cluster::TYPE) {
                Some(id) => {
                    canvas.stands_for(node, id);
                    (
                        DetailKind::Cluster,
                        format!("cluster `{}`", inventory.logical_id(id)),
                    )
                }
                None => {
                    let reason = inventory.unknown_identity(text);
                    (DetailKind::Cluster, unknown_words(inventory, "cluster", &reason))
                }
            },
        };
        canvas.detail(node, kind, text);
    }
}

/// What a task definition says: containers, roles, logs.
pub(super) fn definition(canvas: &mut Canvas<'_, '_>, node: NodeId, id: ResourceId) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let Some(definition) = facts.task_definitions.iter().find(|it| it.id == id) else {
        return;
    };
    if canvas.find(id) != Some(node) {
        let name = inventory.logical_id(id);
        canvas.detail(node, DetailKind::Task, format!("task definition `{name}`"));
    }
    containers(canvas, node, definition);
    for case in &definition.open {
        let words = unknown_words(inventory, "containers", &case.value);
        canvas.detail(node, DetailKind::Unknown, words);
    }
    let eval = &inventory.eval;
    for (noun, cases) in [
        ("task role", View(id).task_role(eval)),
        ("execution role", View(id).execution_role(eval)),
    ] {
        for case in inventory.identities(cases) {
            let text = match &case.value {
                Known::Absent => continue,
                Known::Unknown(reason) => unknown_words(inventory, noun, reason),
                Known::Value(text) => match inventory.resource_of(text, Role::TYPE) {
                    Some(role) => {
                        canvas.stands_for(node, role);
                        format!("{noun} `{}`", inventory.logical_id(role))
                    }
                    None => unknown_words(inventory, noun, &inventory.unknown_identity(text)),
                },
            };
            canvas.detail(node, DetailKind::Role, text);
        }
    }
    logs(canvas, node, definition);
}

fn containers<'a>(canvas: &mut Canvas<'_, 'a>, node: NodeId, definition: &TaskDefinition<'a>) {
    for container in definition.containers.iter().take(MAX_CONTAINERS) {
        let text = container_line(canvas, container);
        canvas.detail(node, DetailKind::Task, text);
    }
    if let Some(more) = definition
        .containers
        .len()
        .checked_sub(MAX_CONTAINERS)
        .filter(|more| *more > 0)
    {
        canvas.detail(node, DetailKind::Task, format!("and {more} more containers"));
    }
}

/// "container `app`: nginx, port 80".
fn container_line<'a>(canvas: &Canvas<'_, 'a>, container: &Container<'a>) -> String {
    let eval = canvas.eval();
    let mut text = container.shown();
    let images = eval.texts(container.view().image(eval));
    if let [
        Case {
            value: Known::Value(image),
            ..
        },
    ] = images.as_slice()
    {
        text.push_str(&format!(": {}", image_name(&eval.render(image))));
    }
    let mut ports: Vec<String> = Vec::new();
    for port in &container.ports {
        for number in port.number.iter().chain(&port.range) {
            if let Known::Value(number) = &number.value {
                add(&mut ports, number.to_string());
            }
        }
    }
    if !ports.is_empty() {
        let noun = if ports.len() == 1 { "port" } else { "ports" };
        text.push_str(&format!(", {noun} {}", listed(&ports)));
    }
    text
}

/// The part of an image's name that tells images apart: what is behind the last slash, without a digest.
fn image_name(image: &str) -> &str {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    name.rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(name)
}

fn logs<'a>(canvas: &mut Canvas<'_, 'a>, node: NodeId, definition: &TaskDefinition<'a>) {
    let inventory = canvas.inventory();
    let eval = &inventory.eval;
    for container in &definition.containers {
        for case in eval.texts(container.view().log_group(eval)) {
            let Known::Value(text) = &case.value else { continue };
            let declared = log_group(canvas, text);
            let name = match declared {
                Some(id) => inventory.logical_id(id).to_string(),
                None => eval.render(text).to_string(),
            };
            if let Some(id) = declared {
                canvas.stands_for(node, id);
            }
            canvas.detail(node, DetailKind::Log, format!("logs to `{name}`"));
        }
    }
}

/// The log group that a text names: by reference, or by the name that its template gives it.
fn log_group(canvas: &Canvas<'_, '_>, text: &Text) -> Option<ResourceId> {
    let inventory = canvas.inventory();
    if let Some(Part::Attribute(id, _)) = text.as_part() {
        return (inventory.type_name(*id) == LogGroup::TYPE).then_some(*id);
    }
    let mut groups = inventory.of_type(LogGroup::TYPE).iter().copied();
    groups.find(|id| {
        let names = inventory.eval.texts(LogGroup(*id).name(&inventory.eval));
        names.iter().any(|case| case.value.is(text))
    })
}
