//! What scales services: scalable targets of Application Auto Scaling, joined with the services they name.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::comparison::{self, Comparison, Matches};
use super::{Inventory, naming};
use crate::aws::application_autoscaling::{ScalableTarget as View, ScalingPolicy};
use crate::aws::ecs::Service;
use crate::cfn::{Owner, ReferenceKind};
use crate::eval::{Case, Guard, Known, Part, Text, Unknown, Var, when};
use crate::project::{ResourceId, StackId};
use crate::source::Str;

/// The namespace of services.
const NAMESPACE: &str = "ecs";

/// The first part of the resource id of a service.
pub const SERVICE: &str = "service";

/// What people call a scalable target.
const NOUN: &str = "scalable target";

/// A scalable target of a service.
#[derive(Clone, Debug)]
pub struct ScalableTarget {
    /// The resource.
    pub id: ResourceId,
    /// When it certainly is of a service, its own presence left out.
    pub of_services: Guard,
    /// What it names, `service/cluster/name` where it is right.
    pub resource_id: Vec<Case<Known<Text>>>,
    /// The services it names, with when it does and when it may.
    pub services: Vec<(ResourceId, Matches)>,
    /// The least number of tasks.
    pub min_capacity: Vec<Case<Known<Str>>>,
    /// The greatest number of tasks.
    pub max_capacity: Vec<Case<Known<Str>>>,
    /// When a policy or a schedule of the project moves it, and when and why one may.
    pub moved: Matches,
}

/// The scalable targets of a project that are of services, or may be.
#[derive(Debug, Default)]
pub struct ScalableTargets {
    all: Vec<ScalableTarget>,
    /// Positions among the targets, and among the services of each.
    by_service: FxHashMap<ResourceId, Vec<(usize, usize)>>,
}

impl ScalableTargets {
    /// Finds the scalable targets of a project.
    pub fn build(inventory: &Inventory<'_>) -> Self {
        let (services, movers) = (by_root(inventory), Movers::new(inventory));
        let ids = inventory.of_type(View::TYPE).par_iter();
        let all: Vec<ScalableTarget> = ids.map(|id| target(inventory, *id, &services, &movers)).collect();
        let mut by_service: FxHashMap<ResourceId, Vec<(usize, usize)>> = FxHashMap::default();
        for (at, target) in all.iter().enumerate() {
            for (position, (service, _)) in target.services.iter().enumerate() {
                by_service.entry(*service).or_default().push((at, position));
            }
        }
        Self { all, by_service }
    }

    /// All of them, in the order of stacks and declarations.
    pub fn iter(&self) -> impl Iterator<Item = &ScalableTarget> {
        self.all.iter()
    }

    /// Those that name a service, or may, with when and why, in their order.
    pub fn of(&self, service: ResourceId) -> impl Iterator<Item = (&ScalableTarget, &Matches)> {
        let positions = self.by_service.get(&service).into_iter().flatten();
        positions.map(|(at, position)| (&self.all[*at], &self.all[*at].services[*position].1))
    }
}

/// The services of each deployment, by its root.
fn by_root(inventory: &Inventory<'_>) -> FxHashMap<StackId, Vec<ResourceId>> {
    let mut out: FxHashMap<StackId, Vec<ResourceId>> = FxHashMap::default();
    for service in inventory.of_type(Service::TYPE) {
        let root = inventory.project().stack(service.stack).root;
        out.entry(root).or_default().push(*service);
    }
    out
}

fn target(
    inventory: &Inventory<'_>,
    id: ResourceId,
    by_root: &FxHashMap<StackId, Vec<ResourceId>>,
    movers: &Movers,
) -> ScalableTarget {
    let (eval, project) = (&inventory.eval, inventory.project());
    let view = View(id);
    let namespace = eval.scalars(view.namespace(eval));
    let with = |is_wanted: fn(&str) -> bool| {
        when(
            &namespace,
            |value| matches!(value, Known::Value(name) if is_wanted(name)),
        )
    };
    let here = with(|name| name != NAMESPACE)
        .negated()
        .and(&inventory.presence(id));
    let names = eval.texts(view.resource_id(eval));
    let naming = Naming {
        inventory,
        target: id,
        names: &names,
        parameter: naming::deciding_parameter(&view.resource_id(eval)),
    };
    let mut services = Vec::new();
    let mut add = |service: ResourceId, matches: Matches| {
        if !matches.same.is_empty() || !matches.open.is_empty() {
            services.push((service, matches));
        }
    };
    let mut is_settled = false;
    for service in by_root.get(&project.stack(id.stack).root).into_iter().flatten() {
        let mut matches = Matches::default();
        naming.compare_all(*service, &here, &mut matches);
        if !matches.open.is_empty() && refers_to(inventory, id, *service) {
            matches.open.clear();
            matches.same.push(here.clone());
        }
        is_settled |= !matches.same.is_empty();
        add(*service, matches);
    }
    // What is named in the deployment is not looked for outside of it.
    let far = inventory.of_type(Service::TYPE).iter().filter(|_| !is_settled);
    for service in far {
        let is_apart = !naming::are_deployed_together(inventory, *service, id);
        if is_apart && project.are_related(id.stack, service.stack) {
            add(*service, naming.judge_afar(*service, &here));
        }
    }
    ScalableTarget {
        id,
        of_services: with(|name| name == NAMESPACE),
        moved: moved(inventory, id, &names, movers),
        resource_id: names,
        services,
        min_capacity: eval.scalars(view.min_capacity(eval)),
        max_capacity: eval.scalars(view.max_capacity(eval)),
    }
}

/// The scaling policies of a project.
struct Movers {
    all: Vec<Mover>,
    /// Positions of those that can only be of one of these targets.
    by_target: FxHashMap<ResourceId, Vec<usize>>,
    /// Positions of those that may be of any.
    loose: Vec<usize>,
}

/// A scaling policy.
struct Mover {
    /// When it is there.
    here: Guard,
    /// The scalable target it names by its id.
    target: Vec<Case<Known<Text>>>,
    /// The service it names, which says the same.
    resource_id: Vec<Case<Known<Text>>>,
}

impl Movers {
    fn new(inventory: &Inventory<'_>) -> Self {
        let eval = &inventory.eval;
        let policies = inventory.of_type(ScalingPolicy::TYPE).iter();
        let all = policies.map(|id| {
            let view = ScalingPolicy(*id);
            Mover {
                here: inventory.presence(*id),
                target: eval.texts(view.target(eval)),
                resource_id: eval.texts(view.resource_id(eval)),
            }
        });
        let mut out = Movers {
            all: all.collect(),
            by_target: FxHashMap::default(),
            loose: Vec::new(),
        };
        for (at, mover) in out.all.iter().enumerate() {
            let named = mover.target.iter().map(|case| match &case.value {
                Known::Value(text) => target_of(inventory, text),
                Known::Absent | Known::Unknown(_) => None,
            });
            match named.collect::<Option<BTreeSet<ResourceId>>>() {
                Some(targets) => targets
                    .into_iter()
                    .for_each(|target| out.by_target.entry(target).or_default().push(at)),
                None => out.loose.push(at),
            }
        }
        out
    }

    /// The policies that may be of a target, in their order.
    fn of(&self, target: ResourceId) -> impl Iterator<Item = &Mover> {
        let own = self.by_target.get(&target).into_iter().flatten();
        let mut positions: Vec<usize> = own.chain(&self.loose).copied().collect();
        positions.sort_unstable();
        positions.into_iter().map(|at| &self.all[at])
    }
}

/// The scalable target that a text is the id of.
fn target_of(inventory: &Inventory<'_>, text: &Text) -> Option<ResourceId> {
    match text.as_part() {
        Some(Part::Attribute(target, _)) if inventory.type_name(*target) == View::TYPE => Some(*target),
        _ => None,
    }
}

/// When something of the project moves a scalable target: its own schedule, or a policy that names it.
fn moved(inventory: &Inventory<'_>, id: ResourceId, names: &[Case<Known<Text>>], movers: &Movers) -> Matches {
    let eval = &inventory.eval;
    let mut out = Matches::default();
    let actions = eval.elements(View(id).scheduled_actions(eval));
    out.same.extend(actions.into_iter().map(|case| case.guard));
    for mover in movers.of(id) {
        for case in &mover.target {
            let here = mover.here.and(&case.guard);
            let comparison = match &case.value {
                Known::Value(text) => match target_of(inventory, text) {
                    Some(target) if target == id => Comparison::Same,
                    Some(_) => Comparison::Different,
                    None => Comparison::Unknown(inventory.unknown_identity(text)),
                },
                Known::Unknown(reason) => Comparison::Unknown(reason.clone()),
                Known::Absent => {
                    for (own, other) in pairs(names, &mover.resource_id) {
                        let guard = Guard::all([here.clone(), own.guard.clone(), other.guard.clone()]);
                        out.add(comparison::texts(&own.value, &other.value), guard, other);
                    }
                    continue;
                }
            };
            out.add(comparison, here, case);
        }
    }
    out
}

/// Every case of one list with every case of another.
fn pairs<'l, T>(
    left: &'l [Case<T>],
    right: &'l [Case<T>],
) -> impl Iterator<Item = (&'l Case<T>, &'l Case<T>)> {
    left.iter()
        .flat_map(move |left| right.iter().map(move |right| (left, right)))
}

/// What a scalable target names, to be compared with services.
struct Naming<'n, 'a> {
    inventory: &'n Inventory<'a>,
    target: ResourceId,
    /// What it names, `service/cluster/name` where it is right.
    names: &'n [Case<Known<Text>>],
    /// The parameter that decides the service's name.
    parameter: Option<Var>,
}

impl Naming<'_, '_> {
    fn compare_all(&self, service: ResourceId, here: &Guard, matches: &mut Matches) {
        for case in self.names {
            let guard = here.and(&case.guard);
            match &case.value {
                Known::Value(text) => self.compare(service, text, &guard, case, matches),
                Known::Unknown(reason) => matches.add(Comparison::Unknown(reason.clone()), guard, case),
                Known::Absent => {}
            }
        }
    }

    /// The same for a service of another deployment. What this one chooses is no condition of that one: it scales the
    /// service, or it may.
    fn judge_afar(&self, service: ResourceId, here: &Guard) -> Matches {
        let mut matches = Matches::default();
        let Some(parameter) = &self.parameter else {
            self.compare_all(service, here, &mut matches);
            matches.same.iter_mut().for_each(|guard| *guard = Guard::True);
            matches.open.iter_mut().for_each(|case| case.guard = Guard::True);
            return matches;
        };
        for case in self.names {
            let Known::Value(text) = &case.value else { continue };
            let parts = text.split("/");
            let [_, cluster, name] = parts.as_slice() else {
                continue;
            };
            let inventory = self.inventory;
            if inventory.possible_by_default(&here.and(&case.guard))
                && naming::may_mean(inventory, self.target, Some(cluster), name, service)
            {
                let reason = Unknown::named_by(NOUN, self.target, parameter.clone());
                matches.add(Comparison::Unknown(reason), Guard::True, case);
            }
        }
        matches
    }

    /// Compares `service/cluster/name` with a service. The cluster is not compared: two services of one name in two
    /// clusters count as one, so that none is said to be without.
    fn compare(
        &self,
        service: ResourceId,
        resource_id: &Text,
        guard: &Guard,
        at: &Case<Known<Text>>,
        matches: &mut Matches,
    ) {
        let inventory = self.inventory;
        let parts = resource_id.split("/");
        let wanted = match parts.as_slice() {
            [first, _, name] if first.as_literal().as_deref() == Some(SERVICE) => {
                Known::Value(inventory.identity(name))
            }
            _ => match resource_id.unknown() {
                Some(reason) => Known::Unknown(reason),
                None => return,
            },
        };
        if wanted == Known::Value(inventory.own_identity(service)) {
            matches.same.push(guard.clone());
            return;
        }
        // The name of another service of the project.
        if matches!(&wanted, Known::Value(name) if inventory.resource_of(name, Service::TYPE).is_some()) {
            return;
        }
        for name in inventory.identities(Service(service).name(&inventory.eval)) {
            let comparison = match (&wanted, &name.value) {
                // A name that CloudFormation makes can only come from the service itself.
                (Known::Value(_), Known::Absent) => Comparison::Different,
                (wanted, name) => comparison::texts(wanted, name),
            };
            let comparison = match comparison {
                Comparison::Unknown(reason) => {
                    Comparison::Unknown(naming::reason(NOUN, self.target, self.parameter.as_ref(), reason))
                }
                comparison => comparison,
            };
            matches.add(comparison, guard.and(&name.guard), at);
        }
    }
}

/// True when a scalable target names a service of its template anywhere, or waits for it: a name that cannot be read is
/// then taken for the service's, as it may be cut out of the service's ARN or spelled again.
fn refers_to(inventory: &Inventory<'_>, target: ResourceId, service: ResourceId) -> bool {
    let references = &inventory.project().template(target.stack).references;
    let mut own = references.of(Owner::Resource(target.index));
    target.stack == service.stack
        && own.any(|it| {
            it.name == *inventory.logical_id(service)
                && matches!(
                    it.kind,
                    ReferenceKind::Ref | ReferenceKind::GetAtt(_) | ReferenceKind::DependsOn
                )
        })
}

/// When a service is certainly scaled, and when and why it may be: by a scalable target of the project, or, where none
/// certainly does, by one elsewhere when the service's name leaves the project. A service has one scalable target at
/// most.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>
pub fn scaled(inventory: &Inventory<'_>, targets: &ScalableTargets, service: ResourceId) -> Matches {
    let mut out = Matches::default();
    for (_, matches) in targets.of(service) {
        out.same.extend(matches.same.iter().cloned());
        out.open.extend(matches.open.iter().cloned());
    }
    let alone = out.is_same().negated();
    let elsewhere = elsewhere(inventory, service).into_iter();
    out.open.extend(elsewhere.map(|case| case.when(&alone)));
    out.open.retain(|case| !case.guard.is_never());
    out
}

/// When and why something outside of the project may name a resource: its identifier leaves the project, or a macro
/// may add to its template.
pub fn elsewhere(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Case<Unknown>> {
    let declared = inventory.project().resource(id).id.span;
    let template = inventory.project().template(id.stack);
    let reasons = [
        inventory.escapes(id).map(Unknown::OpenWorld),
        template.open_because().map(Unknown::Macro),
    ];
    let reasons = reasons.into_iter().flatten();
    reasons.map(|reason| Case::new(reason, declared)).collect()
}
