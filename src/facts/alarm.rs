//! Alarms, and which services they watch: by a service's own name, or by its target groups and load balancers.

use rustc_hash::FxHashMap;

use super::comparison::{self, Comparison, Matches};
use super::load_balancer::Serving;
use super::{Inventory, Workload, naming};
use crate::aws::cloudwatch::{Alarm, BALANCING, Dimension, MetricQuery, SEARCHES, SERVICE};
use crate::aws::ecs::Service;
use crate::eval::{Case, Guard, Known, Part, Text, Unknown, Value, Var};
use crate::project::ResourceId;

/// One dimension of a metric that an alarm watches.
#[derive(Clone, Debug)]
struct Watched {
    alarm: ResourceId,
    /// True for the name of a service, false for that of a load balancer or target group, nothing for others.
    is_service: Option<bool>,
    value: Case<Known<Text>>,
    /// The parameter that decides it.
    parameter: Option<Var>,
}

/// What people call an alarm.
const NOUN: &str = "alarm";

/// The alarms of a project.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    watched: Vec<Watched>,
    /// Positions of what watches a resource and nothing else, by that one.
    by_resource: FxHashMap<ResourceId, Vec<usize>>,
    /// Positions of the rest.
    loose: Vec<usize>,
    /// Alarms on expressions that find their metrics by themselves, or on metrics that are not known.
    hidden: Vec<(ResourceId, Guard)>,
}

/// Finds the alarms of a project.
pub fn build(inventory: &Inventory<'_>) -> Alarms {
    let eval = &inventory.eval;
    let mut out = Alarms::default();
    for id in inventory.of_type(Alarm::TYPE) {
        let here = inventory.presence(*id);
        let view = Alarm(*id);
        let mut dimensions = eval.elements(view.dimensions(eval));
        for query in eval.elements(view.metrics(eval)) {
            let metric = MetricQuery(&query);
            dimensions.extend(eval.elements(metric.dimensions(eval)));
            let searches = eval
                .texts(metric.expression(eval))
                .into_iter()
                .filter(|case| match &case.value {
                    Known::Value(text) => SEARCHES
                        .iter()
                        .any(|start| text.prefix().trim_start().starts_with(start)),
                    Known::Unknown(_) => true,
                    Known::Absent => false,
                });
            out.hidden
                .extend(searches.map(|case| (*id, here.and(&case.guard))));
        }
        for item in dimensions {
            if !matches!(item.value, Value::Object(_)) {
                out.hidden.push((*id, here.and(&item.guard)));
                continue;
            }
            let dimension = Dimension(&item);
            for name in eval.scalars(dimension.name(eval)) {
                let is_service = match &name.value {
                    Known::Value(name) if &**name == SERVICE => Some(true),
                    Known::Value(name) if BALANCING.contains(&&**name) => Some(false),
                    _ => None,
                };
                let values = dimension.value(eval);
                let parameter = naming::deciding_parameter(&values);
                for value in inventory.identities(values) {
                    let value = value.when(&name.guard).when(&here);
                    out.watched.push(Watched {
                        alarm: *id,
                        is_service,
                        value,
                        parameter: parameter.clone(),
                    });
                }
            }
        }
    }
    for (at, watched) in out.watched.iter().enumerate() {
        match watched.only() {
            Some(id) => out.by_resource.entry(id).or_default().push(at),
            None => out.loose.push(at),
        }
    }
    out
}

impl Watched {
    /// The resource of the project without which it says nothing about a service.
    fn only(&self) -> Option<ResourceId> {
        match &self.value.value {
            Known::Value(text) if self.parameter.is_none() => match text.as_part() {
                Some(Part::Attribute(id, _)) => Some(*id),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Alarms {
    /// What may be about one of these resources, in its order.
    fn about(&self, resources: &[ResourceId]) -> impl Iterator<Item = &Watched> {
        let own = resources.iter().filter_map(|id| self.by_resource.get(id));
        let mut positions: Vec<usize> = own.flatten().chain(&self.loose).copied().collect();
        positions.sort_unstable();
        positions.dedup();
        positions.into_iter().map(|at| &self.watched[at])
    }

    /// When an alarm watches a service, and when and why one may. `serving`: the load balancers in front of it.
    pub fn watching(&self, inventory: &Inventory<'_>, workload: &Workload, serving: &Serving<'_>) -> Matches {
        let mut out = Matches::default();
        let project = inventory.project();
        let mut own = vec![workload.id];
        own.extend(serving.known.iter().map(|case| case.value.id));
        for binding in &workload.bindings {
            let groups = binding.target_group.iter().filter_map(|case| match &case.value {
                Known::Value(group) => match group.as_part() {
                    Some(Part::Attribute(id, _)) => Some(*id),
                    _ => None,
                },
                _ => None,
            });
            own.extend(groups);
        }
        let is_same_deployment =
            |alarm: ResourceId| naming::are_deployed_together(inventory, alarm, workload.id);
        let is_near = |alarm: ResourceId| {
            is_same_deployment(alarm) || project.are_related(alarm.stack, workload.id.stack)
        };
        for watched in self.about(&own).filter(|watched| is_near(watched.alarm)) {
            // What another deployment chooses is no condition of this one: its alarm is about the service, or it may be.
            let mut watched = watched.clone();
            if !is_same_deployment(watched.alarm) {
                if watched.parameter.is_some() {
                    chosen_afar(inventory, workload, &watched, &mut out);
                    continue;
                }
                watched.value.guard = Guard::True;
            }
            let Known::Value(text) = &watched.value.value else {
                if watched.is_service.is_some() && watched.value.value != Known::Absent {
                    let comparison = comparison::texts(&watched.value.value, &Known::Absent);
                    out.add(comparison, watched.value.guard.clone(), &watched.value);
                }
                continue;
            };
            if text
                .parts()
                .iter()
                .any(|part| matches!(part, Part::Attribute(id, _) if own.contains(id)))
            {
                out.same.push(watched.value.guard.clone());
                continue;
            }
            match (watched.is_service, text.as_part()) {
                // The name of something else of the project.
                (_, Some(Part::Attribute(..))) | (None, _) => {}
                (Some(true), _) => compare(inventory, workload, &watched, &mut out),
                (Some(false), _) => {
                    let reason = text.unknown().map(Comparison::Unknown);
                    if let Some(reason) = reason {
                        out.add(reason, watched.value.guard.clone(), &watched.value);
                    }
                }
            }
        }
        let hidden = self.hidden.iter().filter(|(alarm, _)| is_near(*alarm));
        out.same.extend(hidden.map(|(_, guard)| guard.clone()));
        out
    }
}

/// What another deployment's alarm, whose dimension a parameter decides, says of a service.
fn chosen_afar(inventory: &Inventory<'_>, workload: &Workload, watched: &Watched, out: &mut Matches) {
    let (Known::Value(name), Some(parameter)) = (&watched.value.value, &watched.parameter) else {
        return;
    };
    if watched.is_service == Some(true)
        && inventory.possible_by_default(&watched.value.guard)
        && naming::may_mean(inventory, watched.alarm, None, name, workload.id)
    {
        let reason = Unknown::named_by(NOUN, watched.alarm, parameter.clone());
        out.add(Comparison::Unknown(reason), Guard::True, &watched.value);
    }
}

/// Compares a name in a dimension with the name of a service.
fn compare(inventory: &Inventory<'_>, workload: &Workload, watched: &Watched, out: &mut Matches) {
    for name in inventory.identities(Service(workload.id).name(&inventory.eval)) {
        let comparison = match (&watched.value.value, &name.value) {
            // A name that CloudFormation makes can only come from the service itself.
            (Known::Value(text), Known::Absent) if text.unknown().is_none() => Comparison::Different,
            (Known::Value(text), Known::Absent) => {
                text.unknown().map_or(Comparison::Different, Comparison::Unknown)
            }
            (given, name) => comparison::texts(given, name),
        };
        let comparison = match comparison {
            Comparison::Unknown(reason) => Comparison::Unknown(naming::reason(
                NOUN,
                watched.alarm,
                watched.parameter.as_ref(),
                reason,
            )),
            comparison => comparison,
        };
        out.add(comparison, watched.value.guard.and(&name.guard), &watched.value);
    }
}
