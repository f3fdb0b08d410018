//! Imports as links between stacks.

use super::Inventory;
use super::reference::imports;
use crate::cfn::Owner;
use crate::eval::{Guard, Scope, Text};
use crate::project::{ResourceId, StackId};
use crate::source::{Span, Str};

/// An import that reads an export of a loaded template.
#[derive(Clone, Debug)]
pub struct Link {
    /// The importing stack.
    pub importer: StackId,
    /// The declaration that imports.
    pub owner: Owner,
    /// The exporting stack.
    pub exporter: StackId,
    /// The name that is imported.
    pub import: Text,
    /// The name of the export in words.
    pub name: Str,
    /// When, the presence of both stacks left out.
    pub guard: Guard,
    /// Where it is imported.
    pub place: Span,
    /// True when the names are not known to be equal, but of one shape.
    pub assumed: bool,
    /// True when the names are equal, or spelled alike with parameters of the same names.
    pub names_are_equal: bool,
}

impl Link {
    /// The root stacks of the importer and the exporter.
    pub fn roots(&self, inventory: &Inventory<'_>) -> (StackId, StackId) {
        let root = |stack| inventory.project().stack(stack).root;
        (root(self.importer), root(self.exporter))
    }

    /// True when importer and exporter are deployed apart.
    pub fn is_across(&self, inventory: &Inventory<'_>) -> bool {
        let (importer, exporter) = self.roots(inventory);
        importer != exporter
    }
}

/// Every import of the project that reads an export of a loaded template, stack by stack.
pub fn links(inventory: &Inventory<'_>) -> Vec<Link> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for importer in inventory.project().stack_ids() {
        for (used, name) in imports(eval, importer) {
            for case in eval.imports(importer, name) {
                for source in &case.value.sources {
                    let export = source.export;
                    let shown = eval.render(&export.name);
                    let alike = !export.by_stack_name() && eval.render(&case.value.name) == shown;
                    out.push(Link {
                        importer,
                        owner: used.owner,
                        exporter: export.stack,
                        import: case.value.name.clone(),
                        names_are_equal: !source.assumed || case.value.name == export.name || alike,
                        name: shown,
                        guard: Guard::all([used.guard.clone(), case.guard.clone(), source.guard.clone()]),
                        place: used.place,
                        assumed: source.assumed,
                    });
                }
            }
        }
    }
    out
}

/// The two resources of a stack that a link ties to each other: itself the importing resource, or the nested stacks that
/// the importer and the exporter are in. Nothing when the link lies outside of the stack or inside one resource of it, and
/// when the stack itself exports, which it does after everything else.
pub fn siblings(inventory: &Inventory<'_>, link: &Link, stack: StackId) -> Option<(ResourceId, ResourceId)> {
    let to = member(inventory, link.exporter, stack)?;
    let from = match link.owner {
        Owner::Resource(index) if link.importer == stack => ResourceId { stack, index },
        _ => member(inventory, link.importer, stack)?,
    };
    (from != to).then_some((from, to))
}

/// The resource of a stack that another stack is nested in.
fn member(inventory: &Inventory<'_>, mut inner: StackId, stack: StackId) -> Option<ResourceId> {
    loop {
        let parent = inventory.project().stack(inner).parent?;
        if parent.stack == stack {
            return Some(parent);
        }
        inner = parent.stack;
    }
}

/// What a name begins with that stands for the exporting stack or environment: its first parameter.
pub fn leading_parameter(name: &Text) -> Option<&Str> {
    match name.parts().first() {
        Some(crate::eval::Part::Variable(var)) if matches!(var.scope, Scope::Stack(_)) => Some(&var.name),
        _ => None,
    }
}
