//! What scales services: scalable targets of Application Auto Scaling, joined with the services they name.

use super::comparison::{self, Comparison, Matches};
use super::{Inventory, naming};
use crate::aws::application_autoscaling::{ScalableTarget as View, ScalingPolicy};
use crate::aws::ecs::Service;
use crate::cfn::{Owner, ReferenceKind};
use crate::eval::{Case, Guard, Known, Part, Text, Unknown, Var, when};
use crate::project::ResourceId;
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

impl ScalableTarget {
    /// What it says about a service; nothing when it names another one.
    pub fn of(&self, service: ResourceId) -> Option<&Matches> {
        let mut services = self.services.iter();
        services
            .find(|(id, _)| *id == service)
            .map(|(_, matches)| matches)
    }
}

/// Finds the scalable targets of a project that are of services, or may be.
pub fn build(inventory: &Inventory<'_>) -> Vec<ScalableTarget> {
    let ids = inventory.of_type(View::TYPE).iter();
    ids.map(|id| target(inventory, *id)).collect()
}

fn target(inventory: &Inventory<'_>, id: ResourceId) -> ScalableTarget {
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
    let parameter = naming::deciding_parameter(&view.resource_id(eval));
    let (near, far): (Vec<ResourceId>, Vec<ResourceId>) = inventory
        .of_type(Service::TYPE)
        .iter()
        .partition(|service| naming::are_deployed_together(inventory, **service, id));
    let naming = Naming {
        inventory,
        target: id,
        names: &names,
        parameter,
    };
    let mut services = Vec::new();
    for service in near {
        let mut matches = Matches::default();
        naming.compare_all(service, &here, &mut matches);
        if !matches.open.is_empty() && refers_to(inventory, id, service) {
            matches.open.clear();
            matches.same.push(here.clone());
        }
        services.push((service, matches));
    }
    let is_settled = services.iter().any(|(_, matches)| !matches.same.is_empty());
    for service in far {
        if is_settled || !project.are_related(id.stack, service.stack) {
            continue;
        }
        services.push((service, naming.judge_afar(service, &here)));
    }
    ScalableTarget {
        id,
        of_services: with(|name| name == NAMESPACE),
        moved: moved(inventory, id, &names),
        resource_id: names,
        services,
        min_capacity: eval.scalars(view.min_capacity(eval)),
        max_capacity: eval.scalars(view.max_capacity(eval)),
    }
}

/// When something of the project moves a scalable target: its own schedule, or a policy that names it.
fn moved(inventory: &Inventory<'_>, id: ResourceId, names: &[Case<Known<Text>>]) -> Matches {
    let eval = &inventory.eval;
    let mut out = Matches::default();
    let actions = eval.elements(View(id).scheduled_actions(eval));
    out.same.extend(actions.into_iter().map(|case| case.guard));
    for policy in inventory.of_type(ScalingPolicy::TYPE) {
        let (view, here) = (ScalingPolicy(*policy), inventory.presence(*policy));
        for case in eval.texts(view.target(eval)) {
            let here = here.and(&case.guard);
            let comparison = match &case.value {
                Known::Value(text) => match text.as_part() {
                    Some(Part::Attribute(target, _)) if *target == id => Comparison::Same,
                    Some(Part::Attribute(target, _)) if inventory.type_name(*target) == View::TYPE => {
                        Comparison::Different
                    }
                    _ => Comparison::Unknown(inventory.unknown_identity(text)),
                },
                Known::Unknown(reason) => Comparison::Unknown(reason.clone()),
                Known::Absent => {
                    for (own, other) in pairs(names, &eval.texts(view.resource_id(eval))) {
                        let guard = Guard::all([here.clone(), own.guard.clone(), other.guard.clone()]);
                        out.add(comparison::texts(&own.value, &other.value), guard, other);
                    }
                    continue;
                }
            };
            out.add(comparison, here, &case);
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
                let reason = Unknown::NamedBy(NOUN, self.target, parameter.clone());
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
    let mut own = references.of(Owner::Resource(target.index as usize));
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
pub fn scaled(inventory: &Inventory<'_>, targets: &[ScalableTarget], service: ResourceId) -> Matches {
    let mut out = Matches::default();
    for target in targets {
        if let Some(matches) = target.of(service) {
            out.same.extend(matches.same.iter().cloned());
            out.open.extend(matches.open.iter().cloned());
        }
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
