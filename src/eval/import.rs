//! Imports seen from the importing template: which export each one reads, and which it should have found.

use std::collections::BTreeSet;

use super::export::Export;
use super::name::{Fit, Shape};
use super::text::Text;
use super::value::{Case, Value};
use super::{Evaluator, Guard};
use crate::project::StackId;
use crate::yaml::Node;

/// An import of a name, with what it could read.
#[derive(Debug)]
pub struct Import<'e> {
    /// The name.
    pub name: Text,
    /// The exports, one of each stack that has one; empty when no loaded template exports the name.
    pub sources: Vec<Source<'e>>,
}

/// An export that an import could read.
#[derive(Debug)]
pub struct Source<'e> {
    /// When it is this one.
    pub guard: Guard,
    /// The export.
    pub export: &'e Export,
    /// True when the names are not known to be equal, but of one shape.
    pub assumed: bool,
}

impl<'a> Evaluator<'a> {
    /// The imports that `Fn::ImportValue` of `name` stands for in a stack. Names that are not known, and those whose value
    /// the user gave, are left out.
    pub fn imports(&self, stack: StackId, name: &'a Node) -> Vec<Case<Import<'_>>> {
        let mut out = Vec::new();
        for case in self.value(stack, name) {
            let Value::Text(text) = &case.value else { continue };
            for named in self.spelled_out(&case.with(text.clone())) {
                let is_given = |name| self.project.imports.contains_key(&name);
                if named.value.as_literal().is_some_and(is_given) {
                    continue;
                }
                let origins = self.origins(stack, &named.value).into_iter();
                let sources = origins.map(|(guard, origin)| Source {
                    guard: guard.and(&origin.export.guard),
                    export: origin.export,
                    assumed: origin.fit != Fit::Exact,
                });
                let import = Import {
                    name: named.value.clone(),
                    sources: sources.collect(),
                };
                out.push(named.with(import));
            }
        }
        out
    }

    /// The stacks that a stack's imports could come from, whatever its conditions.
    pub fn exporters_of(&self, stack: StackId) -> BTreeSet<StackId> {
        let names = self.import_names(stack).into_iter();
        let imports = names.flat_map(|name| self.imports(stack, name));
        let sources = imports.flat_map(|case| case.value.sources);
        sources.map(|source| source.export.stack).collect()
    }

    /// The stacks that export the most of what a stack imports under names that begin like this one; none when any stack
    /// could export the name itself.
    pub fn exporters_of_siblings(&self, stack: StackId, name: &Text) -> Vec<StackId> {
        let shape = Shape::of(name);
        if self
            .arranged_exports()
            .fits_any(&shape, stack, self.boundary(stack))
        {
            return Vec::new();
        }
        let rivals = self.rivals(stack, name);
        let best = rivals.iter().map(|rival| rival.rank()).max();
        let chosen = rivals.iter().filter(|rival| Some(rival.rank()) == best);
        chosen.map(|rival| rival.exporter).collect()
    }
}
