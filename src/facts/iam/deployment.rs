//! What the stacks consist of that CloudFormation deploys with a role.

use super::{Iam, Origin, Principal};
use crate::aws::codepipeline::Action;
use crate::aws::iam_actions::{Expansion, expand};
use crate::aws::service_prefixes::{is_always_needed, services_for};
use crate::eval::{Case, Guard, Known};
use crate::facts::iam::Given;
use crate::facts::{Inventory, Pipeline};
use crate::project::{Child, ResourceId, StackId};
use crate::source::{Span, Str};

/// What stands between the artifact and the path in the `TemplatePath` of an action.
const IN_ARTIFACT: &str = "::";

/// A template that a pipeline deploys with a role.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// The pipeline.
    pub pipeline: ResourceId,
    /// Where it names the template.
    pub place: Span,
    /// The stack that the template makes.
    pub stack: StackId,
}

/// A service that a role may change and that its stacks declare nothing of.
#[derive(Clone, Debug)]
pub struct Surplus<'s> {
    /// The prefix of its actions, in lower case.
    pub service: Str,
    /// What gives it, first come first.
    pub given: Given<'s>,
    /// When.
    pub guard: Guard,
}

impl Iam {
    /// The services that a role may change and that none of its stacks needs.
    pub fn surplus<'s>(
        &'s self,
        inventory: &Inventory<'_>,
        principal: &Principal,
        deployed: &[Deployed],
    ) -> Vec<Surplus<'s>> {
        let mut needed: Vec<String> = Vec::new();
        for template in deployed {
            match services_of(inventory, template.stack) {
                Some(services) => needed.extend(services),
                None => return Vec::new(),
            }
        }
        let mut out: Vec<Surplus<'s>> = Vec::new();
        for given in self.given(principal) {
            // AWS's policies give what belongs to a service together with what it is used with.
            if matches!(given.policy.origin, Origin::Aws(_)) || !changes(&given.pattern) {
                continue;
            }
            let Some((service, _)) = given.pattern.split_once(':') else {
                continue;
            };
            let service: Str = service.to_ascii_lowercase().into();
            let is_needed = is_always_needed(&service) || needed.iter().any(|needed| **needed == *service);
            if is_needed || service.contains(['*', '?']) {
                continue;
            }
            let guard = given
                .guard
                .and(&self.withheld_from(principal, &given.pattern).negated());
            match out.iter_mut().find(|surplus| surplus.service == service) {
                Some(surplus) => surplus.guard = surplus.guard.or(&guard),
                None => out.push(Surplus {
                    service,
                    given,
                    guard,
                }),
            }
        }
        out.retain(|surplus| !surplus.guard.is_never());
        out
    }
}

/// The templates that CloudFormation deploys with a role; `None` when there may be others: the role has another use, goes
/// to somebody outside, or deploys a template that is not in the project.
pub fn deployed<'a>(
    inventory: &Inventory<'a>,
    pipelines: &[Pipeline<'a>],
    principal: &Principal,
) -> Option<Vec<Deployed>> {
    if principal.uses.is_empty() || inventory.escapes(principal.id).is_some() {
        return None;
    }
    let own = inventory.own_identity(principal.id);
    let mut out = Vec::new();
    for usage in &principal.uses {
        let pipeline = pipelines.iter().find(|pipeline| pipeline.id == usage.by)?;
        let mut is_found = false;
        for action in pipeline.actions() {
            let view = Action(&action.item);
            let roles = inventory.identities(view.stack_role(&inventory.eval)).into_iter();
            let roles: Vec<_> = roles.filter(|case| case.value.is(&own)).collect();
            if !roles.is_empty() {
                is_found |= roles.iter().any(|case| case.span == usage.place);
                template(inventory, usage.by, view, &mut out)?;
            }
        }
        if !is_found {
            return None;
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Adds the template of an action, if it has one.
fn template<'a>(
    inventory: &Inventory<'a>,
    pipeline: ResourceId,
    action: Action<'_, 'a>,
    out: &mut Vec<Deployed>,
) -> Option<()> {
    let eval = &inventory.eval;
    let is_without = |case: &Case<Known<Str>>| matches!(&case.value, Known::Value(mode) if Action::MODES_WITHOUT_TEMPLATE.contains(&&**mode));
    if eval.scalars(action.mode(eval)).iter().any(is_without) {
        return Some(());
    }
    for case in eval.scalars(action.template(eval)) {
        let Known::Value(path) = &case.value else {
            return None;
        };
        let (_, path) = path.split_once(IN_ARTIFACT)?;
        let stack = stack_of(inventory, pipeline.stack, path)?;
        out.push(Deployed {
            pipeline,
            place: case.span,
            stack,
        });
    }
    Some(())
}

/// The only root stack of the same project folder whose template has a path.
fn stack_of(inventory: &Inventory<'_>, from: StackId, path: &str) -> Option<StackId> {
    let project = inventory.project();
    let has_path = |stack: &StackId| {
        let own = project.sources.get(project.file(*stack)).path();
        let rest = own.strip_suffix(path.trim_start_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    let is_root = |stack: &StackId| project.stack(*stack).parent.is_none();
    let stacks = project
        .stack_ids()
        .filter(|stack| is_root(stack) && project.are_related(*stack, from));
    let mut found = stacks.filter(has_path);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The services that a stack and those nested in it need.
fn services_of(inventory: &Inventory<'_>, stack: StackId) -> Option<Vec<String>> {
    let project = inventory.project();
    let template = project.template(stack);
    if !template.transforms.is_empty() || !template.unexpanded.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    for resource in template.resources.values() {
        out.extend(services_for(&resource.type_name.text)?);
        if resource.is_nested_stack() {
            match project.stack(stack).children.get(&resource.id.text) {
                Some(Child::Stack { id, .. }) => out.extend(services_of(inventory, *id)?),
                _ => return None,
            }
        }
    }
    Some(out)
}

/// True when a pattern stands for an action that changes something.
fn changes(pattern: &str) -> bool {
    // Nothing is expanded for `*`, which is every service.
    pattern.contains(':')
        && matches!(expand(pattern), Expansion::Known(actions)
            if actions.iter().any(|action| !action.access.is_read_only()))
}
