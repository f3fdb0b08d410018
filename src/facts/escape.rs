//! The closed world: whether somebody outside of the loaded templates can get hold of a resource's identifier.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::Inventory;
use crate::aws;
use crate::cfn::{Owner, Reference, ReferenceKind};
use crate::eval::{Evaluator, Exit, ExitKind, HopKind, Value};
use crate::project::{Child, ResourceId, StackId};
use crate::source::{Span, Str};
use crate::yaml::{Function, Node};

/// Stacks that an identifier is followed through, down and up again.
const MAX_FOLLOWED: usize = 32;

/// The values of outputs that are imported somewhere in the project.
pub(super) fn consumed_outputs(eval: &Evaluator<'_>) -> BTreeSet<Span> {
    let stacks: Vec<StackId> = eval.project().stack_ids().collect();
    let consumed = stacks.into_par_iter().flat_map_iter(|stack| {
        let template = eval.project().template(stack);
        let properties = template
            .resources
            .values()
            .filter_map(|resource| resource.properties.as_ref());
        let outputs = template
            .outputs
            .values()
            .filter_map(|output| output.value.as_ref());
        let mut consumed = Vec::new();
        for node in properties.chain(outputs) {
            imports(eval, stack, node, &mut consumed);
        }
        consumed
    });
    consumed.collect()
}

fn imports<'a>(eval: &Evaluator<'a>, stack: StackId, node: &'a Node, consumed: &mut Vec<Span>) {
    if node
        .as_call()
        .is_some_and(|call| call.function == Function::ImportValue)
    {
        for case in eval.value(stack, node) {
            let exports = case.trail.hops.iter().filter(|hop| hop.kind == HopKind::Export);
            consumed.extend(exports.map(|hop| hop.span));
            if let Value::List(elements) = &case.value {
                let hops = elements.iter().flat_map(|element| &element.trail.hops);
                consumed.extend(hops.filter(|hop| hop.kind == HopKind::Export).map(|hop| hop.span));
            }
        }
    }
    node.children()
        .for_each(|child| imports(eval, stack, child, consumed));
}

/// True when some of the places lie in a span. Places are in the order of their files and starts.
fn is_any_in(places: &BTreeSet<Span>, span: Span) -> bool {
    let first = Span::new(span.file, span.start, span.start);
    let mut behind = places
        .range(first..)
        .take_while(|place| place.file == span.file && place.start <= span.end);
    behind.any(|place| span.contains(*place))
}

/// See [`Inventory::escapes`].
pub(super) fn escapes(inventory: &Inventory<'_>, id: ResourceId) -> Option<Exit> {
    let type_name = inventory.type_name(id);
    let references = &inventory.project().template(id.stack).references;
    references
        .to(inventory.logical_id(id))
        .filter(|reference| match &reference.kind {
            ReferenceKind::Ref => true,
            // A DNS name or an address is no handle to add anything by.
            ReferenceKind::GetAtt(attribute) => aws::is_identifier(type_name, attribute),
            _ => false,
        })
        .find_map(|reference| owner(inventory, id.stack, reference, 0))
        .map(|(kind, name)| Exit {
            resource: id,
            kind,
            name,
        })
}

/// What hands an identifier out, and its name.
type Door = (ExitKind, Str);

/// The way out of a name of a stack's template.
fn follow(inventory: &Inventory<'_>, stack: StackId, name: &str, depth: usize) -> Option<Door> {
    if depth > MAX_FOLLOWED {
        return Some((ExitKind::Resource, name.into()));
    }
    let references = &inventory.project().template(stack).references;
    references
        .to(name)
        .filter(|reference| matches!(reference.kind, ReferenceKind::Ref | ReferenceKind::GetAtt(_)))
        .find_map(|reference| owner(inventory, stack, reference, depth))
}

fn owner(inventory: &Inventory<'_>, stack: StackId, reference: &Reference, depth: usize) -> Option<Door> {
    let template = inventory.project().template(stack);
    match reference.owner {
        Owner::Condition(_) | Owner::Rule(_) => None,
        Owner::Output(index) => output(inventory, stack, index, depth),
        Owner::Resource(index) => {
            let (id, resource) = template.resources.get_index(index)?;
            if resource.is_nested_stack() {
                return argument(
                    inventory,
                    ResourceId {
                        stack,
                        index: index as u32,
                    },
                    reference.span,
                    depth,
                );
            }
            let type_name = &*resource.type_name.text;
            let hands_out = aws::is_custom(type_name) || type_name == aws::ssm::Parameter::TYPE;
            hands_out.then(|| (ExitKind::Resource, id.clone()))
        }
    }
}

/// An output of a root stack may be read by anybody, unless it is an export that this project imports: without an export
/// it is what people and scripts pass to the next stack as a parameter. An output of a nested stack goes to the parent.
fn output(inventory: &Inventory<'_>, stack: StackId, index: usize, depth: usize) -> Option<Door> {
    let (name, output) = inventory.project().template(stack).outputs.get_index(index)?;
    let is_consumed = output.export.is_some()
        && output
            .value
            .as_ref()
            .is_some_and(|value| is_any_in(&inventory.consumed, value.span));
    if output.export.is_some() && !is_consumed {
        return Some((ExitKind::Output, name.clone()));
    }
    let Some(parent) = inventory.project().stack(stack).parent else {
        return (!is_consumed).then(|| (ExitKind::Output, name.clone()));
    };
    let nested = inventory.logical_id(parent);
    let attribute = format!("Outputs.{name}");
    let references = &inventory.project().template(parent.stack).references;
    references
        .to(nested)
        .filter(|reference| matches!(&reference.kind, ReferenceKind::GetAtt(name) if **name == *attribute))
        .find_map(|reference| owner(inventory, parent.stack, reference, depth + 1))
}

/// An argument of a nested stack goes on as the parameter of the child.
fn argument(inventory: &Inventory<'_>, nested: ResourceId, span: Span, depth: usize) -> Option<Door> {
    let child = match inventory.eval.child(nested) {
        Some(Child::Stack { id, .. }) => *id,
        _ => return Some((ExitKind::Resource, inventory.logical_id(nested).clone())),
    };
    let arguments = inventory
        .project()
        .resource(nested)
        .arguments()?
        .value
        .as_mapping()?;
    arguments
        .iter()
        .filter(|entry| entry.value.span.contains(span))
        .find_map(|entry| follow(inventory, child, &entry.key, depth + 1))
}
