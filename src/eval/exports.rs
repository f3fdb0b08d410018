//! All exports of a project, arranged so that those which fit an import are found without trying every one.
//!
//! Names that are alike up to their parameters have one shape, and it is tried once for all of them. Of the shapes only those
//! are tried that begin and end as the import does. Stacks that export the same shapes, such as those made from one
//! template, differ only in how near they are, so that the nearest of them stand for all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, RwLock};

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxHashMap;

use super::export::Export;
use super::name::{Fit, Shape, fit};
use super::{Evaluator, read, write};
use crate::project::{Project, StackId};
use crate::source::Str;

/// The index of a distinct shape.
type ShapeId = usize;

/// The index of an [`Assortment`].
type AssortmentId = usize;

/// What several stacks export alike.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Assortment {
    /// What their links do not leave.
    boundary: Option<Str>,
    /// The shapes in the order of the exports, each with whether the name begins with that of the stack.
    shapes: Vec<(ShapeId, bool)>,
}

/// The exports of a project.
#[derive(Debug, Default)]
pub(super) struct Exports {
    /// Stack by stack.
    all: Vec<Export>,
    by_stack: FxHashMap<StackId, Range<usize>>,
    shapes: IndexMap<Shape, Vec<Use>>,
    heads: Literals,
    tails: Literals,
    assortments: IndexSet<Assortment>,
    folders: Folders,
    /// The stacks of an assortment in a folder and below it, in their order.
    members: FxHashMap<(AssortmentId, FolderId), Vec<StackId>>,
    /// What was found for shapes that were asked for.
    fitting: RwLock<FxHashMap<Shape, Fitting>>,
}

/// Where a shape stands in an assortment.
#[derive(Clone, Copy, Debug)]
struct Use {
    assortment: AssortmentId,
    /// Among the exports of a stack.
    position: usize,
    by_stack_name: bool,
}

/// Shapes that fit another one.
type Fitting = Arc<Vec<(ShapeId, Fit)>>;

/// How stacks that export the same shapes serve the imports of a template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// How many of the imports they serve, and how well the best one fits.
    pub(super) served: usize,
    pub(super) best: Fit,
    /// True when all names that serve begin with that of the stack.
    pub(super) by_stack_name: bool,
}

impl Exports {
    /// Arranges exports that stand in the order of their stacks.
    pub(super) fn new(all: Vec<Export>, eval: &Evaluator<'_>) -> Exports {
        let mut exports = Exports::default();
        let mut start = 0;
        for own in all.chunk_by(|left, right| left.stack == right.stack) {
            if let Some(first) = own.first() {
                exports.by_stack.insert(first.stack, start..start + own.len());
                exports.arrange(first.stack, own, eval);
            }
            start += own.len();
        }
        exports.order_shapes();
        exports.all = all;
        exports
    }

    /// Orders the shapes by what they begin and end with.
    fn order_shapes(&mut self) {
        let shapes = self.shapes.keys().enumerate();
        // What proves nothing fits nothing.
        let shapes = shapes.filter(|(_, shape)| shape.proves());
        let (heads, tails) = shapes
            .map(|(id, shape)| ((shape.head(), id), (shape.tail(), id)))
            .unzip();
        self.heads = Literals::new(heads);
        self.tails = Literals::new(tails);
    }

    /// Notes the exports of one stack.
    fn arrange(&mut self, stack: StackId, own: &[Export], eval: &Evaluator<'_>) {
        let mut shape = |export: &Export| {
            let entry = self.shapes.entry(export.shape.clone());
            let id = entry.index();
            entry.or_default();
            (id, export.by_stack_name())
        };
        let assortment = Assortment {
            shapes: own.iter().map(&mut shape).collect(),
            boundary: eval.boundary(stack).cloned(),
        };
        let (id, is_new) = self.assortments.insert_full(assortment);
        if is_new && let Some(assortment) = self.assortments.get_index(id) {
            for (position, (shape, by_stack_name)) in assortment.shapes.iter().enumerate() {
                self.shapes[*shape].push(Use {
                    assortment: id,
                    position,
                    by_stack_name: *by_stack_name,
                });
            }
        }
        let folder = self.folders.add(eval.project(), stack);
        for above in self.folders.upwards(folder) {
            self.members.entry((id, above)).or_default().push(stack);
        }
    }

    /// All of them, stack by stack.
    pub(super) fn all(&self) -> &[Export] {
        &self.all
    }

    /// Those of a stack.
    pub(super) fn of(&self, stack: StackId) -> &[Export] {
        let own = self.by_stack.get(&stack).cloned().unwrap_or_default();
        &self.all[own]
    }

    /// The shapes that fit one.
    fn fitting(&self, import: &Shape) -> Fitting {
        if let Some(known) = read(&self.fitting).get(import) {
            return Arc::clone(known);
        }
        let (head, tail) = (import.head(), import.tail());
        let (by_head, by_tail) = (self.heads.compatible(&head), self.tails.compatible(&tail));
        let count = |ranges: &[Range<usize>]| ranges.iter().map(ExactSizeIterator::len).sum::<usize>();
        let (literals, ranges) = match count(&by_head) < count(&by_tail) {
            true => (&self.heads, by_head),
            false => (&self.tails, by_tail),
        };
        let fits = |id| Some((id, fit(import, self.shapes.get_index(id)?.0)?));
        let mut found: Vec<(ShapeId, Fit)> = literals.shapes(ranges).filter_map(fits).collect();
        found.sort_unstable();
        let found = Arc::new(found);
        write(&self.fitting).insert(import.clone(), Arc::clone(&found));
        found
    }

    fn is_within(&self, assortment: AssortmentId, boundary: Option<&Str>) -> bool {
        let assortment = self.assortments.get_index(assortment);
        assortment.is_some_and(|assortment| assortment.boundary.as_ref() == boundary)
    }

    /// True when a stack within a boundary, other than this one, exports a name that fits.
    pub(super) fn fits_any(&self, import: &Shape, stack: StackId, boundary: Option<&Str>) -> bool {
        self.fitting(import).iter().any(|(shape, _)| {
            self.shapes[*shape].iter().any(|used| {
                let stacks = self.members.get(&(used.assortment, Folders::TOP));
                let is_other = |stacks: &Vec<StackId>| stacks.iter().any(|other| *other != stack);
                self.is_within(used.assortment, boundary) && stacks.is_some_and(is_other)
            })
        })
    }

    /// The stacks within a boundary that serve some of the imports of a stack, in their order, each with how many folders of
    /// its path it shares with that one. Of those that export the same shapes only the nearest are told.
    pub(super) fn serving(
        &self,
        imports: &[Shape],
        stack: StackId,
        boundary: Option<&Str>,
        project: &Project,
    ) -> Vec<(StackId, usize, Service)> {
        let mut services: BTreeMap<AssortmentId, Service> = BTreeMap::new();
        for import in imports {
            for (assortment, (fit, _, by_stack_name)) in self.offers(import) {
                let service = services.entry(assortment).or_insert(Service {
                    served: 0,
                    best: fit,
                    by_stack_name: true,
                });
                service.served += 1;
                service.best = service.best.max(fit);
                service.by_stack_name &= by_stack_name;
            }
        }
        services.retain(|assortment, _| self.is_within(*assortment, boundary));
        let folder = self.folders.nearest(project, stack);
        let mut found = Vec::new();
        for (assortment, service) in services {
            let (near, stacks) = self.nearest(assortment, folder, stack);
            found.extend(stacks.map(|exporter| (exporter, near, service)));
        }
        found.sort_unstable_by_key(|(exporter, ..)| *exporter);
        found
    }

    /// What fits an import best in each assortment: how well, which of equals (the last one), and whether its name begins with
    /// that of the stack.
    fn offers(&self, import: &Shape) -> BTreeMap<AssortmentId, (Fit, usize, bool)> {
        let mut best: BTreeMap<AssortmentId, (Fit, usize, bool)> = BTreeMap::new();
        for (shape, fit) in self.fitting(import).iter() {
            for used in &self.shapes[*shape] {
                let offer = (*fit, used.position, used.by_stack_name);
                let known = best.entry(used.assortment).or_insert(offer);
                *known = offer.max(*known);
            }
        }
        best
    }

    /// The stacks of an assortment, other than this one, that share most folders with it, and how many.
    fn nearest(
        &self,
        assortment: AssortmentId,
        folder: FolderId,
        stack: StackId,
    ) -> (usize, impl Iterator<Item = StackId>) {
        let others = |folder| {
            let stacks = self.members.get(&(assortment, folder)).into_iter().flatten();
            stacks.copied().filter(move |other| *other != stack)
        };
        let mut above = self.folders.upwards(folder);
        let found = above.find(|folder| others(*folder).next().is_some());
        let folder = found.unwrap_or(Folders::TOP);
        (self.folders.depth(folder), others(folder))
    }
}

/// Shapes by the literal that they begin with.
#[derive(Debug, Default)]
struct Literals {
    sorted: Vec<(String, ShapeId)>,
    /// The lengths of the literals in bytes.
    lengths: BTreeSet<usize>,
}

impl Literals {
    fn new(mut literals: Vec<(String, ShapeId)>) -> Literals {
        literals.sort_unstable();
        Literals {
            lengths: literals.iter().map(|(literal, _)| literal.len()).collect(),
            sorted: literals,
        }
    }

    /// Where those stand that begin with a literal, and those that it begins with: others differ before a hole is met.
    fn compatible(&self, literal: &str) -> Vec<Range<usize>> {
        let from = |literal: &str| self.sorted.partition_point(|(other, _)| **other < *literal);
        let begin_with = self
            .sorted
            .partition_point(|(other, _)| **other < *literal || other.starts_with(literal));
        let shorter = self.lengths.range(..literal.len()).filter_map(|length| {
            let start = literal.get(..*length)?;
            Some(from(start)..self.sorted.partition_point(|(other, _)| **other <= *start))
        });
        let all = shorter.chain(std::iter::once(from(literal)..begin_with));
        all.filter(|range| !range.is_empty()).collect()
    }

    fn shapes(&self, ranges: Vec<Range<usize>>) -> impl Iterator<Item = ShapeId> {
        let found = ranges.into_iter().flat_map(|range| &self.sorted[range]);
        found.map(|(_, shape)| *shape)
    }
}

/// The index of a folder.
type FolderId = usize;

/// The folders of templates, as their paths are reported.
#[derive(Debug)]
struct Folders {
    /// What each lies in, and how deep; the first is above all.
    all: Vec<(FolderId, usize)>,
    by_name: FxHashMap<(FolderId, Str), FolderId>,
}

impl Default for Folders {
    fn default() -> Self {
        Folders {
            all: vec![(Folders::TOP, 0)],
            by_name: FxHashMap::default(),
        }
    }
}

impl Folders {
    const TOP: FolderId = 0;

    /// The folder of a stack's template.
    fn add(&mut self, project: &Project, stack: StackId) -> FolderId {
        names(project, stack).fold(Folders::TOP, |folder, name| {
            let (new, depth) = (self.all.len(), self.depth(folder) + 1);
            let found = *self.by_name.entry((folder, name)).or_insert(new);
            if found == new {
                self.all.push((folder, depth));
            }
            found
        })
    }

    /// The deepest known folder that a stack's template lies in.
    fn nearest(&self, project: &Project, stack: StackId) -> FolderId {
        let mut folder = Folders::TOP;
        for name in names(project, stack) {
            match self.by_name.get(&(folder, name)) {
                Some(inner) => folder = *inner,
                None => break,
            }
        }
        folder
    }

    /// How many folders a folder lies in.
    fn depth(&self, folder: FolderId) -> usize {
        self.all[folder].1
    }

    /// A folder and all that it lies in.
    fn upwards(&self, folder: FolderId) -> impl Iterator<Item = FolderId> {
        std::iter::successors(Some(folder), |folder| {
            (*folder != Folders::TOP).then(|| self.all[*folder].0)
        })
    }
}

/// The folders of a stack's template, from the outermost.
fn names(project: &Project, stack: StackId) -> impl Iterator<Item = Str> {
    let path = project.sources.get(project.file(stack)).path();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.split('/').map(Str::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Part, Text};
    use crate::eval::{Scope, Var};

    /// A name with a parameter for every `*`, and the name of the stack for every `@`.
    fn shape(name: &str) -> Shape {
        let mut text = Text::default();
        for piece in name.split_inclusive(['*', '@']) {
            let literal = piece.trim_end_matches(['*', '@']);
            text.push(Part::Literal(literal.into()));
            let name = match piece.as_bytes().last() {
                Some(b'*') => "P",
                Some(b'@') => "AWS::StackName",
                _ => continue,
            };
            text.push(Part::Variable(Var {
                scope: Scope::Stack(StackId(0)),
                name: name.into(),
            }));
        }
        Shape::of(&text)
    }

    /// Names of few letters, so that many of them fit each other.
    const NAMES: &[&str] = &[
        "a", "ab", "aba", "abab", "b", "ba", "a-b", "\u{e9}b", "*", "@", "**", "*a", "*b", "*ab", "@a",
        "@-b", "a*", "ab*", "b*", "a@", "a*b", "ab*ab", "a*a*a", "*a*", "*ab*", "b*\u{e9}", "*\u{e9}b",
        "@:b", "a:*",
    ];

    #[test]
    fn the_order_finds_what_trying_all_finds() {
        let mut exports = Exports::default();
        exports
            .shapes
            .extend(NAMES.iter().map(|name| (shape(name), Vec::new())));
        exports.order_shapes();
        for import in NAMES {
            let import = shape(import);
            let all = exports.shapes.keys().enumerate();
            let tried: Vec<(ShapeId, Fit)> = all
                .filter_map(|(id, export)| Some((id, fit(&import, export)?)))
                .collect();
            assert_eq!(*exports.fitting(&import), tried, "{import:?}");
        }
    }
}
