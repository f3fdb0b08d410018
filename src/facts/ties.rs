//! What workloads and container instances name, so that nobody asks every one of them for it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::task_definition::TaskDefinition;
use super::{Facts, Host, Workload};
use crate::eval::{Case, Known, Part, Text};
use crate::project::ResourceId;

/// The workloads by what they name, as positions among the workloads and in their order.
#[derive(Debug, Default)]
pub(super) struct Ties {
    by_task_definition: FxHashMap<ResourceId, Vec<usize>>,
    by_target_group: FxHashMap<ResourceId, Vec<usize>>,
    /// The groups of the interfaces that carry their traffic.
    pub(super) worn_by_tasks: FxHashSet<Text>,
    pub(super) worn_by_instances: FxHashSet<Text>,
}

/// The resource whose identity a value is.
pub(super) fn named(value: &Known<Text>) -> Option<ResourceId> {
    match value {
        Known::Value(identity) => resource(identity),
        Known::Absent | Known::Unknown(_) => None,
    }
}

fn resource(identity: &Text) -> Option<ResourceId> {
    match identity.as_part() {
        Some(Part::Attribute(id, attribute)) if &**attribute == "Ref" => Some(*id),
        _ => None,
    }
}

impl Ties {
    pub(super) fn new(workloads: &[Workload], hosts: &[Host]) -> Ties {
        let interfaces = workloads.iter().flat_map(|workload| &workload.interfaces);
        let mut ties = Ties {
            worn_by_tasks: interfaces
                .flat_map(|interface| groups(&interface.groups))
                .collect(),
            worn_by_instances: hosts
                .iter()
                .flat_map(|host| groups(&host.interface.groups))
                .collect(),
            ..Ties::default()
        };
        for (at, workload) in workloads.iter().enumerate() {
            note(&mut ties.by_task_definition, at, &workload.task_definitions);
            for binding in &workload.bindings {
                note(&mut ties.by_target_group, at, &binding.target_group);
            }
        }
        ties
    }
}

fn groups(cases: &[Case<Known<Text>>]) -> impl Iterator<Item = Text> {
    cases.iter().filter_map(|case| match &case.value {
        Known::Value(group) => Some(group.clone()),
        Known::Absent | Known::Unknown(_) => None,
    })
}

fn note(ties: &mut FxHashMap<ResourceId, Vec<usize>>, at: usize, cases: &[Case<Known<Text>>]) {
    for id in cases.iter().filter_map(|case| named(&case.value)) {
        let workloads = ties.entry(id).or_default();
        if workloads.last() != Some(&at) {
            workloads.push(at);
        }
    }
}

impl<'a> Facts<'a> {
    /// The workloads that start a task definition in some world, in their order.
    pub fn starters(&self, definition: ResourceId) -> impl Iterator<Item = &Workload> {
        self.tied(&self.ties.by_task_definition, definition)
    }

    /// The workloads behind a target group in some world, in their order.
    pub fn behind(&self, target_group: ResourceId) -> impl Iterator<Item = &Workload> {
        self.tied(&self.ties.by_target_group, target_group)
    }

    fn tied<'f>(
        &'f self,
        ties: &'f FxHashMap<ResourceId, Vec<usize>>,
        id: ResourceId,
    ) -> impl Iterator<Item = &'f Workload> {
        let positions = ties.get(&id).into_iter().flatten();
        positions.map(|at| &self.workloads[*at])
    }

    /// The task definition that a resource is.
    pub fn task_definition(&self, id: ResourceId) -> Option<&TaskDefinition<'a>> {
        find(&self.task_definitions, id)
    }
}

/// The task definition that a resource is, of all in the order of stacks and declarations.
fn find<'d, 'a>(all: &'d [TaskDefinition<'a>], id: ResourceId) -> Option<&'d TaskDefinition<'a>> {
    let at = all.binary_search_by_key(&id, |definition| definition.id).ok()?;
    all.get(at)
}

/// The task definition that an identity names, of all in the order of stacks and declarations.
pub fn definition<'d, 'a>(all: &'d [TaskDefinition<'a>], identity: &Text) -> Option<&'d TaskDefinition<'a>> {
    find(all, resource(identity)?)
}

/// The task definitions that a workload starts in some world, of all in the order of stacks and declarations.
pub fn started<'d, 'a>(
    all: &'d [TaskDefinition<'a>],
    workload: &Workload,
) -> impl Iterator<Item = &'d TaskDefinition<'a>> {
    let named = workload
        .task_definitions
        .iter()
        .filter_map(|case| named(&case.value));
    let mut ids: Vec<ResourceId> = named.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().filter_map(|id| find(all, id))
}
