//! What scales services: scalable targets of Application Auto Scaling, joined with the services they name.

use super::Inventory;
use super::comparison::{self, Comparison, Matches};
use crate::aws::application_autoscaling::ScalableTarget as View;
use crate::aws::ecs::Service;
use crate::cfn::{Owner, ReferenceKind};
use crate::eval::{Case, Cases, Guard, Known, Part, Scope, Text, Unknown, Value};
use crate::project::ResourceId;
use crate::source::Str;

/// The first part of the resource id of a service.
const SERVICE: &str = "service";

/// A scalable target of a service.
#[derive(Clone, Debug)]
pub struct ScalableTarget {
    /// The resource.
    pub id: ResourceId,
    /// The services it names, with when it does and when it may.
    pub services: Vec<(ResourceId, Matches)>,
    /// The least number of tasks.
    pub min_capacity: Vec<Case<Known<Str>>>,
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
    let other = eval.scalars(view.namespace(eval)).into_iter();
    let other = other.filter(|case| matches!(&case.value, Known::Value(name) if &**name != "ecs"));
    let of_services = Guard::any(other.map(|case| case.guard)).negated();
    let here = of_services.and(&inventory.presence(id));
    let names = eval.texts(view.resource_id(eval));
    let is_near = |service: ResourceId| project.stack(service.stack).root == project.stack(id.stack).root;
    let (near, far): (Vec<ResourceId>, Vec<ResourceId>) = inventory
        .of_type(Service::TYPE)
        .iter()
        .partition(|service| is_near(**service));
    let mut services = Vec::new();
    for service in near {
        let mut matches = Matches::default();
        if refers_to(inventory, id, service) {
            matches.same.push(here.clone());
        } else {
            compare_all(inventory, service, &names, &here, &mut matches);
        }
        services.push((service, matches));
    }
    let is_settled = services.iter().any(|(_, matches)| !matches.same.is_empty());
    let adrift = project.resource(id).id.span;
    for service in far {
        let mut matches = Matches::default();
        if is_settled || !project.are_related(id.stack, service.stack) {
            continue;
        }
        if names_parameter(&view.resource_id(eval)) {
            // Such a target is made for whichever service it is deployed with.
            let name = format!("service of scalable target {}", inventory.logical_id(id));
            let reason = Comparison::Unknown(Unknown::External(name.into()));
            matches.add(reason, Guard::True, &Case::new((), adrift));
        } else {
            compare_all(inventory, service, &names, &here, &mut matches);
        }
        // What another deployment chooses is no condition of this one: it scales the service, or it may.
        matches.same.iter_mut().for_each(|guard| *guard = Guard::True);
        matches.open.iter_mut().for_each(|case| case.guard = Guard::True);
        services.push((service, matches));
    }
    ScalableTarget {
        id,
        services,
        min_capacity: eval.scalars(view.min_capacity(eval)),
    }
}

/// True when the name in a resource id is a parameter of the deployment.
fn names_parameter(cases: &Cases<'_>) -> bool {
    let is_parameter = |part: &Part| match part {
        Part::Variable(var) => matches!(var.scope, Scope::Stack(_)) && !var.name.starts_with("AWS::"),
        _ => false,
    };
    cases.iter().any(|case| match &case.value {
        Value::Text(text) => {
            let parts = text.split("/");
            parts
                .last()
                .is_some_and(|name| name.parts().iter().any(is_parameter))
        }
        _ => false,
    })
}

fn compare_all(
    inventory: &Inventory<'_>,
    service: ResourceId,
    names: &[Case<Known<Text>>],
    here: &Guard,
    matches: &mut Matches,
) {
    for case in names {
        let guard = here.and(&case.guard);
        match &case.value {
            Known::Value(text) => compare(inventory, service, text, &guard, case, matches),
            Known::Unknown(reason) => matches.add(Comparison::Unknown(reason.clone()), guard, case),
            Known::Absent => {}
        }
    }
}

/// True when a scalable target names a service of its template anywhere, or waits for it: the name may be cut out of
/// the service's ARN, or spelled again.
fn refers_to(inventory: &Inventory<'_>, target: ResourceId, service: ResourceId) -> bool {
    let references = inventory.project().template(target.stack).references.iter();
    let mut own = references.filter(|it| it.owner == Owner::Resource(target.index as usize));
    target.stack == service.stack
        && own.any(|it| {
            it.name == *inventory.logical_id(service)
                && matches!(
                    it.kind,
                    ReferenceKind::Ref | ReferenceKind::GetAtt(_) | ReferenceKind::DependsOn
                )
        })
}

/// Compares `service/cluster/name` with a service. The cluster is not compared: two services of one name in two
/// clusters count as one, so that none is said to be without.
fn compare(
    inventory: &Inventory<'_>,
    service: ResourceId,
    resource_id: &Text,
    guard: &Guard,
    at: &Case<Known<Text>>,
    matches: &mut Matches,
) {
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
        matches.add(comparison, guard.and(&name.guard), at);
    }
}

/// When a service is certainly scaled, and when and why it may be: by a scalable target of the project, or by one
/// elsewhere when the service's name leaves the project.
pub fn scaled(inventory: &Inventory<'_>, targets: &[ScalableTarget], service: ResourceId) -> Matches {
    let mut out = Matches::default();
    for target in targets {
        if let Some(matches) = target.of(service) {
            out.same.extend(matches.same.iter().cloned());
            out.open.extend(matches.open.iter().cloned());
        }
    }
    let declared = inventory.project().resource(service).id.span;
    let template = inventory.project().template(service.stack);
    let elsewhere = [
        inventory.escapes(service).map(Unknown::OpenWorld),
        template.open_because().map(Unknown::Macro),
    ];
    out.open.extend(
        elsewhere
            .into_iter()
            .flatten()
            .map(|reason| Case::new(reason, declared)),
    );
    out
}
