//! The closed world: whether somebody outside of the loaded templates can get hold of a resource's identifier.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// A value in a declaration of a stack's template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    stack: StackId,
    owner: Owner,
    span: Span,
}

/// The values of outputs that are imported somewhere in the project, and where each import stands.
pub(super) type Imports = BTreeMap<Span, Vec<Place>>;

/// Finds the imports of a project, and what they lead to.
pub(super) fn imports(eval: &Evaluator<'_>) -> Imports {
    let stacks: Vec<StackId> = eval.project().stack_ids().collect();
    let found = stacks.into_par_iter().flat_map_iter(|stack| {
        let mut found = Vec::new();
        for (owner, node) in eval.project().template(stack).importing_values() {
            collect(eval, stack, owner, node, &mut found);
        }
        found
    });
    let mut out = Imports::new();
    for (export, place) in found.collect::<Vec<(Span, Place)>>() {
        out.entry(export).or_default().push(place);
    }
    out
}

fn collect<'a>(
    eval: &Evaluator<'a>,
    stack: StackId,
    owner: Owner,
    node: &'a Node,
    out: &mut Vec<(Span, Place)>,
) {
    if node
        .as_call()
        .is_some_and(|call| call.function == Function::ImportValue)
    {
        let place = Place {
            stack,
            owner,
            span: node.span,
        };
        for case in eval.value(stack, node) {
            let elements: &[_] = match &case.value {
                Value::List(elements) => elements,
                _ => &[],
            };
            let inside = elements.iter().flat_map(|element| element.trail.hops());
            for hop in case.trail.hops().iter().chain(inside) {
                if hop.kind == HopKind::Export {
                    out.push((hop.span, place));
                }
            }
        }
    }
    node.children()
        .for_each(|child| collect(eval, stack, owner, child, out));
}

/// Where the imports stand that use a value. What is imported is in the order of its files and starts.
fn imported(imports: &Imports, span: Span) -> impl Iterator<Item = Place> {
    let first = Span::new(span.file, span.start, span.start);
    let behind = imports
        .range(first..)
        .take_while(move |(used, _)| used.file == span.file && used.start <= span.end);
    let inside = behind.filter(move |(used, _)| span.contains(**used));
    inside.flat_map(|(_, places)| places.iter().copied())
}

/// See [`Inventory::escapes`].
pub(super) fn escapes(inventory: &Inventory<'_>, id: ResourceId) -> Option<Arc<Exit>> {
    let type_name = inventory.type_name(id);
    let references = &inventory.project().template(id.stack).references;
    let mut walk = Walk {
        inventory,
        seen: BTreeSet::new(),
    };
    references
        .to(inventory.logical_id(id))
        .filter(|reference| match &reference.kind {
            ReferenceKind::Ref => true,
            // A DNS name or an address is no handle to add anything by.
            ReferenceKind::GetAtt(attribute) => aws::is_identifier(type_name, attribute),
            _ => false,
        })
        .find_map(|reference| walk.reference(id.stack, reference, 0))
        .map(|(kind, name)| {
            Arc::new(Exit {
                resource: id,
                kind,
                name,
            })
        })
}

/// What hands an identifier out, and its name.
type Door = (ExitKind, Str);

/// The search for a way out. An identifier can come to one place by many ways, and go round in a ring.
struct Walk<'w, 'a> {
    inventory: &'w Inventory<'a>,
    seen: BTreeSet<Place>,
}

impl Walk<'_, '_> {
    /// The way out of a name of a stack's template.
    fn follow(&mut self, stack: StackId, name: &str, depth: usize) -> Option<Door> {
        let references = &self.inventory.project().template(stack).references;
        references
            .to(name)
            .filter(|reference| matches!(reference.kind, ReferenceKind::Ref | ReferenceKind::GetAtt(_)))
            .find_map(|reference| self.reference(stack, reference, depth))
    }

    fn reference(&mut self, stack: StackId, reference: &Reference, depth: usize) -> Option<Door> {
        let place = Place {
            stack,
            owner: reference.owner,
            span: reference.span,
        };
        self.place(place, depth)
    }

    /// The way out of what a declaration gets.
    fn place(&mut self, place: Place, depth: usize) -> Option<Door> {
        if !self.seen.insert(place) {
            return None;
        }
        let template = self.inventory.project().template(place.stack);
        match place.owner {
            Owner::Condition(_) | Owner::Rule(_) => None,
            Owner::Output(index) => self.output(place.stack, index, depth),
            Owner::Resource(index) => {
                let (name, resource) = template.resource_at(index)?;
                if depth > MAX_FOLLOWED {
                    return Some((ExitKind::Resource, name.clone()));
                }
                if resource.is_nested_stack() {
                    let id = ResourceId {
                        stack: place.stack,
                        index,
                    };
                    return self.argument(id, place.span, depth);
                }
                let type_name = &*resource.type_name.text;
                let hands_out = aws::is_custom(type_name) || type_name == aws::ssm::Parameter::TYPE;
                hands_out.then(|| (ExitKind::Resource, name.clone()))
            }
        }
    }

    /// An output of a root stack may be read by anybody, unless it is an export that this project imports: without an export
    /// it is what people and scripts pass to the next stack as a parameter. What is imported goes on where it is imported, and
    /// an output of a nested stack to the parent.
    fn output(&mut self, stack: StackId, index: u32, depth: usize) -> Option<Door> {
        let inventory = self.inventory;
        let (name, output) = inventory.project().template(stack).output_at(index)?;
        let door = || Some((ExitKind::Output, name.clone()));
        if depth > MAX_FOLLOWED {
            return door();
        }
        let mut importers = Vec::new();
        if output.export.is_some() {
            let value = output.value.as_ref();
            importers.extend(
                value
                    .into_iter()
                    .flat_map(|value| imported(&inventory.imports, value.span)),
            );
            if importers.is_empty() {
                return door();
            }
        }
        let is_imported = !importers.is_empty();
        if let Some(found) = importers
            .into_iter()
            .find_map(|place| self.place(place, depth + 1))
        {
            return Some(found);
        }
        let Some(parent) = inventory.project().stack(stack).parent else {
            return if is_imported { None } else { door() };
        };
        let nested = inventory.logical_id(parent);
        let attribute = format!("Outputs.{name}");
        let references = &inventory.project().template(parent.stack).references;
        references
            .to(nested)
            .filter(
                |reference| matches!(&reference.kind, ReferenceKind::GetAtt(name) if **name == *attribute),
            )
            .find_map(|reference| self.reference(parent.stack, reference, depth + 1))
    }

    /// An argument of a nested stack goes on as the parameter of the child.
    fn argument(&mut self, nested: ResourceId, span: Span, depth: usize) -> Option<Door> {
        let inventory = self.inventory;
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
            .find_map(|entry| self.follow(child, &entry.key, depth + 1))
    }
}
