//! Data stores, and by what it is known that tasks use them: references from their task definitions, permissions of their
//! roles, security groups that let them in.

use std::collections::BTreeMap;

use super::super::canvas::{Canvas, add};
use super::super::picture::{EdgeKind, NodeId, NodeKind};
use super::here;
use crate::aws::data_stores::{ENGINE, STORE_PARTS, STORE_TYPES, StoreKind, StoreType, Subnets, store_type};
use crate::aws::ecs::{EnvironmentVariable, TaskDefinition as View};
use crate::aws::iam::Role;
use crate::eval::{Case, Guard, Known, Part, Text};
use crate::facts::iam::Effect;
use crate::facts::security_group::{Direction, Peer, shown};
use crate::facts::task_definition::TaskDefinition;
use crate::facts::workload::Workload;
use crate::facts::{Facts, need};
use crate::project::ResourceId;

/// A store of the templates.
#[derive(Clone, Debug)]
pub(super) struct Store {
    /// The resource.
    pub(super) id: ResourceId,
    /// Its type.
    kind: &'static StoreType,
    /// The subnets that it is in.
    pub(super) subnets: Vec<Case<Known<Text>>>,
    /// Resources that are part of it.
    parts: Vec<ResourceId>,
}

/// The stores of the templates, in the order of their types' table and of declarations.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Store> {
    let inventory = &facts.inventory;
    let parts = parts(facts);
    let mut out = Vec::new();
    for kind in STORE_TYPES {
        for id in inventory.of_type(kind.type_name) {
            if parts.values().any(|list| list.contains(id)) {
                continue;
            }
            out.push(Store {
                id: *id,
                kind,
                subnets: subnets(facts, *id, kind.subnets),
                parts: parts.get(id).cloned().unwrap_or_default(),
            });
        }
    }
    out
}

/// The parts of each store.
fn parts(facts: &Facts<'_>) -> BTreeMap<ResourceId, Vec<ResourceId>> {
    let inventory = &facts.inventory;
    let mut out: BTreeMap<ResourceId, Vec<ResourceId>> = BTreeMap::new();
    for (type_name, path) in STORE_PARTS {
        for id in inventory.of_type(type_name) {
            for case in inventory.identities(inventory.eval.walk(*id, path)) {
                let Known::Value(text) = &case.value else { continue };
                if let Some(store) = named(facts, text).filter(|store| store != id) {
                    out.entry(store).or_default().push(*id);
                }
            }
        }
    }
    out
}

/// The store that a text names, or that some part of it does.
fn named(facts: &Facts<'_>, text: &Text) -> Option<ResourceId> {
    text.parts().iter().find_map(|part| match part {
        Part::Attribute(id, _) if store_type(facts.inventory.type_name(*id)).is_some() => Some(*id),
        _ => None,
    })
}

fn subnets(facts: &Facts<'_>, id: ResourceId, how: Subnets) -> Vec<Case<Known<Text>>> {
    let inventory = &facts.inventory;
    let eval = &inventory.eval;
    let mut found = match how {
        Subnets::None => Vec::new(),
        Subnets::Listed(path) => inventory.identity_list(eval.walk(id, path)),
        Subnets::Grouped(path, type_name, inner) => {
            let groups = inventory.identities(eval.walk(id, path)).into_iter();
            let subnets = groups.flat_map(|group| match &group.value {
                Known::Value(text) => match inventory.resource_of(text, type_name) {
                    Some(group_id) => inventory
                        .identity_list(eval.walk(group_id, inner))
                        .into_iter()
                        .map(|case| case.when(&group.guard))
                        .collect(),
                    None => Vec::new(),
                },
                Known::Absent | Known::Unknown(_) => Vec::new(),
            });
            subnets.collect()
        }
        Subnets::Mounted(type_name, system, subnet) => {
            let mut out = Vec::new();
            for mount in inventory.of_type(type_name) {
                let systems = inventory.identities(eval.walk(*mount, system));
                let own = systems.iter().filter(
                    |case| matches!(&case.value, Known::Value(text) if named(facts, text) == Some(id)),
                );
                for case in own {
                    let guard = case.guard.and(&inventory.presence(*mount));
                    let subnets = inventory.identities(eval.walk(*mount, subnet)).into_iter();
                    out.extend(subnets.map(|subnet| subnet.when(&guard)));
                }
            }
            out
        }
    };
    found.retain(|case| case.value != Known::Absent);
    found
}

/// The node of a store.
pub(super) fn node(canvas: &mut Canvas<'_, '_>, store: &Store) -> NodeId {
    let kind = match store.kind.kind {
        StoreKind::Database => NodeKind::Database,
        StoreKind::Table => NodeKind::Table,
        StoreKind::Cache => NodeKind::Cache,
        StoreKind::Bucket => NodeKind::Bucket,
        StoreKind::FileSystem => NodeKind::FileSystem,
        StoreKind::Queue => NodeKind::Queue,
        StoreKind::Topic => NodeKind::Topic,
        StoreKind::Stream => NodeKind::Stream,
        StoreKind::Search => NodeKind::Search,
        StoreKind::Secret => NodeKind::Secret,
    };
    let eval = canvas.eval();
    let noun = match store.kind.kind {
        StoreKind::Database | StoreKind::Cache => {
            match eval.scalars(eval.property(store.id, ENGINE)).as_slice() {
                [
                    Case {
                        value: Known::Value(engine),
                        ..
                    },
                ] => format!("{engine} {}", store.kind.noun),
                _ => store.kind.noun.to_owned(),
            }
        }
        _ => store.kind.noun.to_owned(),
    };
    let node = canvas.resource(store.id, kind, noun);
    for part in &store.parts {
        canvas.is_part_of(*part, node);
    }
    node
}

/// Secrets and parameters that nothing drawn uses are left out: templates make many for other things.
pub(super) fn prune(canvas: &mut Canvas<'_, '_>, stores: &[Store]) {
    let unused: Vec<NodeId> = stores
        .iter()
        .filter(|store| store.kind.kind == StoreKind::Secret)
        .filter_map(|store| canvas.find(store.id))
        .filter(|node| !canvas.picture.edges.iter().any(|edge| edge.to == *node))
        .collect();
    unused.into_iter().for_each(|node| canvas.leave_out(node));
}

/// Draws what a workload uses.
pub(super) fn reached(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload, stores: &[Store]) {
    let facts = canvas.facts;
    for definition in &facts.task_definitions {
        let starts = definition.started_by(&facts.inventory, workload);
        if starts.is_never() || !facts.inventory.possible(&starts) {
            continue;
        }
        references(canvas, node, definition, &starts);
        permissions(canvas, node, definition.id, &starts);
    }
    neighbours(canvas, node, workload, stores);
}

/// Environment variables, secrets, files and volumes.
fn references<'a>(
    canvas: &mut Canvas<'_, 'a>,
    node: NodeId,
    definition: &TaskDefinition<'a>,
    starts: &Guard,
) {
    let facts = canvas.facts;
    let eval = &facts.inventory.eval;
    for container in &definition.containers {
        for item in eval.elements(container.view().environment(eval)) {
            let variable = EnvironmentVariable(&item);
            let names = eval.texts(variable.name(eval));
            let name = names.iter().find_map(|case| match &case.value {
                Known::Value(text) => Some(eval.render(text)),
                Known::Absent | Known::Unknown(_) => None,
            });
            let name = name.unwrap_or_else(|| "?".into());
            for case in eval.texts(variable.value(eval)) {
                let evidence = format!("environment variable `{name}` of {}", container.shown());
                let guard = Guard::all([starts.clone(), item.guard.clone(), case.guard.clone()]);
                access(canvas, node, &case, &guard, "environment", evidence);
            }
        }
    }
    for need in need::of_definition(&facts.inventory, definition) {
        let label = match need.purpose {
            need::Purpose::Secret | need::Purpose::RegistryLogin => "secret",
            need::Purpose::EnvironmentFile => "environment file",
            need::Purpose::FileSystem => "volume",
            need::Purpose::Log | need::Purpose::Image | need::Purpose::Exec => continue,
        };
        for source in &need.sources {
            let guard = Guard::all([starts.clone(), need.guard.clone(), source.guard.clone()]);
            access(canvas, node, source, &guard, label, need.what.clone());
        }
    }
}

/// A line to the store that a value names.
fn access(
    canvas: &mut Canvas<'_, '_>,
    node: NodeId,
    case: &Case<Known<Text>>,
    guard: &Guard,
    label: &str,
    evidence: String,
) {
    let Known::Value(text) = &case.value else { return };
    let stores: Vec<ResourceId> = text
        .parts()
        .iter()
        .filter_map(|part| match part {
            Part::Attribute(id, _) => Some(*id),
            _ => None,
        })
        .collect();
    for id in stores {
        let is_store = |node: &NodeId| canvas.picture.node(*node).kind.is_store();
        if let Some(store) = canvas.find(id).filter(is_store)
            && let Some(edge) = canvas.edge(node, store, EdgeKind::Access, guard)
        {
            edge.labelled(label)
                .because(evidence.clone())
                .assumed_if(case.trail.is_assumed());
        }
    }
}

/// What the roles of a task definition may do on stores.
fn permissions(canvas: &mut Canvas<'_, '_>, node: NodeId, definition: ResourceId, starts: &Guard) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    // The execution role reads secrets for the agent, which references tell already.
    for case in inventory.identities(View(definition).task_role(&inventory.eval)) {
        let Known::Value(text) = &case.value else { continue };
        let Some(role) = inventory.resource_of(text, Role::TYPE) else {
            continue;
        };
        for (attached, policy) in facts.iam.policies_of(role) {
            let held = Guard::all([
                starts.clone(),
                case.guard.clone(),
                attached.guard.clone(),
                policy.guard.clone(),
            ]);
            for statement in policy.statements.iter().filter(|it| it.effect == Effect::Allow) {
                let actions: Vec<String> = statement
                    .actions
                    .only
                    .iter()
                    .filter_map(|action| match &action.value {
                        Known::Value(text) => Some(inventory.eval.render(text).to_string()),
                        Known::Absent | Known::Unknown(_) => None,
                    })
                    .collect();
                let what = super::listed(&actions);
                for resource in &statement.resources.only {
                    let guard = Guard::all([held.clone(), statement.guard.clone(), resource.guard.clone()]);
                    let evidence = format!("task role `{}` may {what}", inventory.logical_id(role));
                    access(canvas, node, resource, &guard, "IAM", evidence);
                }
            }
        }
    }
}

/// Stores whose security groups let in who wears a group of the workload.
fn neighbours(canvas: &mut Canvas<'_, '_>, node: NodeId, workload: &Workload, stores: &[Store]) {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    let mut worn: BTreeMap<Text, Vec<ResourceId>> = BTreeMap::new();
    for store in stores {
        for id in std::iter::once(store.id).chain(store.parts.iter().copied()) {
            for group in facts.security_groups.groups_of(id) {
                add(worn.entry(group.clone()).or_default(), store.id);
            }
        }
    }
    for interface in &workload.interfaces {
        for own in &interface.groups {
            let Known::Value(group) = &own.value else { continue };
            for (theirs, wearers) in &worn {
                for rule in facts.security_groups.rules(theirs, Direction::Ingress) {
                    let lets_in = match &rule.peer {
                        Peer::Group(peer) => peer == group,
                        Peer::Own => theirs == group,
                        _ => false,
                    };
                    let guard = Guard::all([
                        workload.guard.clone(),
                        interface.guard.clone(),
                        own.guard.clone(),
                        rule.guard.clone(),
                    ]);
                    if !lets_in || !here(canvas, workload, &guard) {
                        continue;
                    }
                    let evidence = format!(
                        "security group {} lets {} in from {}",
                        shown(inventory, theirs),
                        rule.traffic,
                        shown(inventory, group)
                    );
                    for store in wearers
                        .iter()
                        .filter_map(|id| canvas.find(*id))
                        .collect::<Vec<_>>()
                    {
                        if let Some(edge) = canvas.edge(node, store, EdgeKind::Access, &guard) {
                            edge.labelled(rule.traffic.to_string())
                                .because(evidence.clone())
                                .made_by(inventory.subject(rule.owner))
                                .assumed_if(rule.trail.is_assumed());
                        }
                    }
                }
            }
        }
    }
}
