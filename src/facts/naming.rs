//! Names of services that a parameter decides: whose they may be, and why that is not known.

use super::Inventory;
use super::comparison::{self, Comparison};
use crate::aws::ecs::{Cluster, Service};
use crate::eval::{Case, Cases, Known, Part, Scope, Text, Unknown, Value, Var};
use crate::project::ResourceId;
use crate::source::Str;

/// The cluster of services that name none.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html>
const DEFAULT_CLUSTER: &str = "default";

/// True when two resources are deployed together: their stacks have one root.
pub fn are_deployed_together(inventory: &Inventory<'_>, left: ResourceId, right: ResourceId) -> bool {
    let root = |id: ResourceId| inventory.project().stack(id.stack).root;
    root(left) == root(right)
}

/// The parameter that decides the last part of a name, the parts being divided by `/`; pseudo parameters left out.
pub fn deciding_parameter(cases: &Cases<'_>) -> Option<Var> {
    cases.iter().find_map(|case| match &case.value {
        Value::Text(text) => text.split("/").last().and_then(|name| parameter(name).cloned()),
        _ => None,
    })
}

fn parameter(text: &Text) -> Option<&Var> {
    text.parts().iter().find_map(|part| match part {
        Part::Variable(var) if matches!(var.scope, Scope::Stack(_)) && !var.name.starts_with("AWS::") => {
            Some(var)
        }
        _ => None,
    })
}

/// The reason for not knowing a name, put in terms of the resource that it stands in when a parameter decides it.
/// `noun` is what people call that resource.
pub fn reason(noun: &'static str, id: ResourceId, parameter: Option<&Var>, reason: Unknown) -> Unknown {
    match (reason, parameter) {
        (Unknown::Parameter(var), Some(own)) if var == *own => Unknown::named_by(noun, id, var),
        (reason, _) => reason,
    }
}

/// True when a name in a template of another deployment, which a parameter decides there, may be meant for a service: its
/// default is the name that the service has, in a cluster that can be the service's; or it has no default, and there is
/// no other service that it could be made for. A template that scales or watches whichever service it is deployed with
/// says nothing about each of many.
pub fn may_mean(
    inventory: &Inventory<'_>,
    from: ResourceId,
    cluster: Option<&Text>,
    name: &Text,
    service: ResourceId,
) -> bool {
    if name.as_literal().is_none() {
        return is_only_service(inventory, from);
    }
    let name = Known::Value(name.clone());
    let own = inventory.identities(Service(service).name(&inventory.eval));
    let is_named = own.iter().any(|case| {
        inventory.possible_by_default(&case.guard)
            && comparison::texts(&name, &case.value) == Comparison::Same
    });
    is_named && cluster.is_none_or(|cluster| may_be_in(inventory, service, cluster))
}

/// True when at most one service is deployed apart from a resource of its project folder.
fn is_only_service(inventory: &Inventory<'_>, from: ResourceId) -> bool {
    let mut services = inventory.of_type(Service::TYPE).iter().filter(|service| {
        !are_deployed_together(inventory, from, **service)
            && inventory.project().are_related(from.stack, service.stack)
    });
    services.next().is_none() || services.next().is_none()
}

/// True unless the cluster of a service certainly has another name.
fn may_be_in(inventory: &Inventory<'_>, service: ResourceId, cluster: &Text) -> bool {
    let Some(wanted) = cluster.as_literal() else {
        return true;
    };
    let is_possible = |case: &Case<Known<Text>>| inventory.possible_by_default(&case.guard);
    let own = inventory.identities(Service(service).cluster(&inventory.eval));
    own.iter().filter(|case| is_possible(case)).any(|case| {
        let Known::Value(own) = &case.value else {
            return case.value != Known::Absent || *wanted == *DEFAULT_CLUSTER;
        };
        let Some(id) = inventory.resource_of(own, Cluster::TYPE) else {
            return own.as_literal().is_none_or(|own| own == wanted);
        };
        let names = inventory.identities(Cluster(id).name(&inventory.eval));
        names
            .iter()
            .filter(|case| is_possible(case))
            .any(|case| match &case.value {
                Known::Value(name) => name.as_literal().is_none_or(|name: Str| name == wanted),
                // CloudFormation makes the name.
                Known::Absent => false,
                Known::Unknown(_) => true,
            })
    })
}
