//! Exports and imports: which stack an imported value comes from, decided by the shape of the name.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::exports::Exports;
use super::name::{Fit, Shape, fit};
use super::text::Text;
use super::value::{Case, Cases, Hop, HopKind, Part, Trail, Unknown, Value};
use super::{Active, Evaluator, Guard, Scope, Var, literal, read, write};
use crate::project::StackId;
use crate::source::{Span, Str};
use crate::yaml::{Function, Node};

/// An output that is exported.
#[derive(Debug)]
pub struct Export {
    /// The exporting stack.
    pub stack: StackId,
    /// Index of the output in its template.
    pub output: usize,
    /// The name.
    pub name: Text,
    pub(super) shape: Shape,
    /// When it is exported by this name, the presence of the stack left out.
    pub guard: Guard,
}

/// The export of a stack that fits an import best.
#[derive(Debug)]
pub(super) struct Origin<'e> {
    pub(super) export: &'e Export,
    pub(super) fit: Fit,
}

impl Export {
    /// True when the name begins with the name of the stack, so that no other stack exports it.
    pub fn by_stack_name(&self) -> bool {
        matches!(self.name.parts().first(), Some(Part::Variable(var)) if &*var.name == "AWS::StackName")
    }
}

/// The names that a stack's template imports, by what they [begin with](key), each once.
pub(super) type Imported = FxHashMap<String, Vec<Text>>;

/// A stack that exports some of the names that a template imports with the same beginning.
#[derive(Debug)]
pub(super) struct Rival {
    pub(super) exporter: StackId,
    /// How many of the names it exports, and how well the best one fits.
    served: usize,
    best: Fit,
    /// How many folders its path shares with the importing template's.
    near: usize,
    /// True when its names begin with its stack name.
    pub(super) by_stack_name: bool,
}

impl Rival {
    pub(super) fn rank(&self) -> (usize, Fit, usize) {
        (self.served, self.best, self.near)
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn import_value(
        &self,
        active: &mut Active,
        stack: StackId,
        name: &'a Node,
        span: Span,
    ) -> Cases<'a> {
        if active.naming {
            // A name that hangs on an import; CloudFormation would need a third stack to resolve it.
            active.cyclic = true;
            return vec![Case::new(
                Value::Unknown(Unknown::Import("a name that is imported itself".into())),
                span,
            )];
        }
        let mut out = Vec::new();
        for case in self.eval(active, stack, name) {
            let Value::Text(text) = &case.value else {
                let reason = match &case.value {
                    Value::Unknown(reason) => reason.clone(),
                    _ => Unknown::Malformed("Fn::ImportValue".into()),
                };
                out.push(Case {
                    span,
                    ..case.with(Value::Unknown(reason))
                });
                continue;
            };
            for named in self.spelled_out(&case.with(text.clone())) {
                out.extend(self.imported(active, stack, &named, span));
            }
        }
        out
    }

    /// The name with the parameters that have `AllowedValues` replaced by them; a name such as `${Vpc}-Subnets${Reach}`
    /// would fit too many exports otherwise.
    pub(super) fn spelled_out(&self, case: &Case<Text>) -> Vec<Case<Text>> {
        use super::Domains;
        let mut drafts = vec![case.with(Text::default())];
        for part in case.value.parts() {
            let var = match part {
                Part::Variable(var) => Some(var),
                _ => None,
            };
            let allowed = var.map_or_else(Vec::new, |var| self.allowed(var));
            let is_tried = (1..=super::MAX_ALLOWED_TRIED).contains(&allowed.len())
                && drafts.len() * allowed.len() <= super::MAX_CASES;
            let Some(var) = var.filter(|_| is_tried) else {
                drafts.iter_mut().for_each(|draft| draft.value.push(part.clone()));
                continue;
            };
            let mut next = Vec::with_capacity(drafts.len() * allowed.len());
            for draft in drafts {
                for value in &allowed {
                    let mut made = draft.clone().when(&Guard::is(var.clone(), value.clone()));
                    made.value.push(Part::Literal(value.clone()));
                    next.push(made);
                }
            }
            drafts = next;
        }
        drafts
    }

    fn imported(&self, active: &mut Active, stack: StackId, name: &Case<Text>, span: Span) -> Cases<'a> {
        let shown = self.render(&name.value);
        if let Some(value) = name
            .value
            .as_literal()
            .and_then(|name| self.project.imports.get(&name))
        {
            return vec![Case {
                span,
                ..name.with(Value::Text(literal(value)))
            }];
        }
        let origins = self.origins(stack, &name.value);
        if origins.is_empty() {
            return vec![Case {
                span,
                ..name.with(Value::Unknown(Unknown::Import(shown)))
            }];
        }
        let cases = origins.into_iter().flat_map(|(chosen, origin)| {
            self.exported(active, origin.export, origin.fit, name, chosen, span)
        });
        cases.collect()
    }

    /// The exports that an import of a name could read, each with when it is that one.
    pub(super) fn origins(&self, stack: StackId, name: &Text) -> Vec<(Guard, Origin<'_>)> {
        let exporters = self.exporters(stack, name);
        let shape = Shape::of(name);
        let mut found: Vec<Origin<'_>> = Vec::new();
        for exporter in exporters.iter() {
            let fits = self.exports_of(*exporter).iter().filter_map(|export| {
                let fit = fit(&shape, &export.shape)?;
                Some(Origin { export, fit })
            });
            found.extend(fits.max_by(|a, b| a.fit.cmp(&b.fit).then(b.export.output.cmp(&a.export.output))));
        }
        if found.len() < 2 {
            return found.into_iter().map(|origin| (Guard::True, origin)).collect();
        }
        let var = self.choice(stack, name, &exporters);
        let chosen = |stack| Guard::is(var.clone(), self.exporter_name(stack));
        found
            .into_iter()
            .map(|origin| (chosen(origin.export.stack), origin))
            .collect()
    }

    /// The variable that stands for the stack which all imports of a template that begin alike come from.
    fn choice(&self, stack: StackId, name: &Text, exporters: &[StackId]) -> Var {
        let beginning = match name.parts().first() {
            Some(Part::Literal(_)) | None => key(name).trim_matches('\'').to_owned(),
            Some(part) => self.render(&Text::part(part.clone())).to_string(),
        };
        let choice = Str::from(format!("{}/{}/{exporters:?}#{beginning}…", stack.0, key(name)));
        let candidates = || {
            exporters
                .iter()
                .map(|exporter| self.exporter_name(*exporter))
                .collect()
        };
        write(&self.memo.choices)
            .entry(choice.clone())
            .or_insert_with(candidates);
        Var {
            scope: Scope::Exporter,
            name: choice,
        }
    }

    fn exported(
        &self,
        active: &mut Active,
        export: &Export,
        fit: Fit,
        name: &Case<Text>,
        chosen: Guard,
        span: Span,
    ) -> Cases<'a> {
        let output = &self.project.template(export.stack).outputs[export.output];
        let Some(value) = &output.value else {
            return Vec::new();
        };
        let entry = format!("Outputs.{}", output.id.text);
        if let Err(reason) = active.enter(export.stack, &entry) {
            return vec![Case {
                span,
                ..name.with(Value::Unknown(reason))
            }];
        }
        let cases = self.eval(active, export.stack, value);
        active.leave();
        let shown = self.render(&export.name);
        let guard = Guard::all([name.guard.clone(), chosen, export.guard.clone()]);
        cases
            .into_iter()
            .map(|case| {
                let hop = Hop {
                    span: case.span,
                    kind: HopKind::Export,
                    name: shown.clone(),
                };
                let mut trail = name
                    .trail
                    .clone()
                    .then(&Trail::default().through(hop))
                    .then(&case.trail);
                trail.assume(fit != Fit::Exact);
                Case {
                    guard: guard.and(&case.guard),
                    value: case.value,
                    span,
                    trail,
                }
            })
            .collect()
    }

    /// The name by which a choice of exporter is shown: the template's path, and the stack path of a nested one.
    pub fn exporter_name(&self, stack: StackId) -> Str {
        let path = self.project.sources.get(self.project.file(stack)).path();
        let nested = &self.project.stack(stack).path;
        if nested.is_empty() {
            path.clone()
        } else {
            format!("{path} ({nested})").into()
        }
    }

    /// What the exporting stack is chosen for, in words.
    pub fn exporter_choice(&self, var: &Var) -> Str {
        var.name
            .rsplit_once('#')
            .map_or(&*var.name, |(_, key)| key)
            .into()
    }

    /// Every output of the project that is exported, stack by stack.
    pub fn exports(&self) -> &[Export] {
        self.arranged_exports().all()
    }

    /// The outputs of a stack that are exported.
    pub fn exports_of(&self, stack: StackId) -> &[Export] {
        self.arranged_exports().of(stack)
    }

    pub(super) fn arranged_exports(&self) -> &Exports {
        self.memo
            .exports
            .get_or_init(|| Exports::new(self.all_exports(), self))
    }

    fn all_exports(&self) -> Vec<Export> {
        let mut out = Vec::new();
        for stack in self.project.stack_ids() {
            for (index, output) in self.project.template(stack).outputs.values().enumerate() {
                let Some(node) = &output.export else { continue };
                let condition = output.condition.as_ref();
                let active = &mut Active {
                    naming: true,
                    ..Active::default()
                };
                let exists =
                    condition.map_or(Guard::True, |name| self.condition_in(active, stack, &name.text));
                out.extend(self.named_exports(stack, index, node, &exists));
            }
        }
        out
    }

    fn named_exports(&self, stack: StackId, output: usize, name: &'a Node, exists: &Guard) -> Vec<Export> {
        let active = &mut Active {
            naming: true,
            ..Active::default()
        };
        let cases = self.eval(active, stack, name).into_iter();
        cases
            .filter_map(|case| match case.value {
                Value::Text(name) => Some(Export {
                    stack,
                    output,
                    shape: Shape::of(&name),
                    name,
                    guard: exists.and(&case.guard),
                }),
                _ => None,
            })
            .collect()
    }

    /// The stacks that an import could come from.
    ///
    /// Imports of a template whose names begin alike mostly come from one stack, so of the stacks that export the name
    /// the one that serves more of them goes first; among equals the nearest folder. Where the beginning is the name of
    /// the exporting stack it is one stack for certain, and what that one does not export comes from nowhere else; a
    /// prefix such as an environment's name is shared by many.
    fn exporters(&self, stack: StackId, name: &Text) -> Vec<StackId> {
        let rivals = self.rivals(stack, name);
        let shape = Shape::of(name);
        let first_named = rivals
            .iter()
            .filter(|rival| rival.by_stack_name)
            .map(Rival::rank)
            .max();
        let mut scored: Vec<(bool, &Rival)> = Vec::new();
        for rival in rivals.iter() {
            if rival.by_stack_name && Some(rival.rank()) != first_named {
                continue;
            }
            let own = self.exports_of(rival.exporter).iter();
            if let Some(best) = own.filter_map(|export| fit(&shape, &export.shape)).max() {
                scored.push((best == Fit::Exact, rival));
            }
        }
        let best = scored.iter().map(|(exact, rival)| (*exact, rival.rank())).max();
        let chosen = scored
            .iter()
            .filter(|(exact, rival)| Some((*exact, rival.rank())) == best);
        let mut chosen: Vec<StackId> = chosen.map(|(_, rival)| rival.exporter).collect();
        self.one_per_template(&mut chosen);
        chosen
    }

    /// The stacks that export some of the names that a template imports with the same beginning. Of those that export the same
    /// shapes only the nearest are among them: the others rank below these.
    pub(super) fn rivals(&self, stack: StackId, name: &Text) -> Arc<Vec<Rival>> {
        let memo = (stack, Str::from(key(name)));
        if let Some(found) = read(&self.memo.rivals).get(&memo) {
            return Arc::clone(found);
        }
        let siblings: Vec<Shape> = self.imports_like(stack, name).iter().map(Shape::of).collect();
        let exports = self.arranged_exports();
        let rivals = exports
            .serving(&siblings, stack, self.boundary(stack), self.project)
            .into_iter()
            .map(|(exporter, near, service)| Rival {
                exporter,
                served: service.served,
                best: service.best,
                near,
                by_stack_name: service.by_stack_name,
            });
        let rivals = Arc::new(rivals.collect::<Vec<_>>());
        write(&self.memo.rivals).insert(memo, Arc::clone(&rivals));
        rivals
    }

    /// A deployment exports a name once; of several instances of one template in one deployment the first stands for all.
    fn one_per_template(&self, stacks: &mut Vec<StackId>) {
        let mut seen = Vec::new();
        stacks.retain(|stack| {
            let instance = self.project.stack(*stack);
            let identity = (instance.root, instance.template);
            let first = !seen.contains(&identity);
            seen.push(identity);
            first
        });
    }

    pub(super) fn boundary(&self, stack: StackId) -> Option<&Str> {
        self.project
            .boundaries
            .get(self.project.stack(stack).template.0 as usize)
    }

    /// The names that a stack's template imports, as they stand in it.
    pub(super) fn import_names(&self, stack: StackId) -> Vec<&'a Node> {
        let mut names = Vec::new();
        let values = self.project.template(stack).importing_values();
        values.for_each(|(_, node)| collect_imports(node, &mut names));
        names
    }

    /// The names of all imports of a stack's template that begin like this one.
    fn imports_like(&self, stack: StackId, name: &Text) -> Vec<Text> {
        let imported = self.imported_names(stack);
        let alike = imported.get(&key(name)).into_iter().flatten();
        let others = alike.filter(|other| *other != name).cloned();
        [name.clone()].into_iter().chain(others).collect()
    }

    fn imported_names(&self, stack: StackId) -> Arc<Imported> {
        if let Some(found) = read(&self.memo.imported).get(&stack) {
            return Arc::clone(found);
        }
        let mut seen = FxHashSet::default();
        let mut names = Imported::default();
        for node in self.import_names(stack) {
            // An import inside the name of an import would ask for the names again.
            let active = &mut Active {
                naming: true,
                ..Active::default()
            };
            for case in self.eval(active, stack, node) {
                let Value::Text(text) = &case.value else { continue };
                for spelled in self.spelled_out(&case.with(text.clone())) {
                    if seen.insert(spelled.value.clone()) {
                        names.entry(key(&spelled.value)).or_default().push(spelled.value);
                    }
                }
            }
        }
        let names = Arc::new(names);
        write(&self.memo.imported).insert(stack, Arc::clone(&names));
        names
    }
}

fn collect_imports<'a>(node: &'a Node, out: &mut Vec<&'a Node>) {
    if let Some(call) = node.as_call()
        && call.function == Function::ImportValue
    {
        out.push(&call.argument);
    }
    node.children().for_each(|child| collect_imports(child, out));
}

/// What the names of imports from one stack have in common: the variable they begin with, or the literal up to the
/// first separator.
fn key(name: &Text) -> String {
    match name.parts().first() {
        Some(Part::Literal(text)) => {
            let end = text.find([':', '-', '/', '.', '_']).unwrap_or(text.len());
            format!("'{}'", &text[..end])
        }
        Some(part) => format!("{part:?}"),
        None => String::new(),
    }
}
