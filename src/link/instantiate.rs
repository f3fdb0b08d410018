//! Templates to stacks: roots first, then level by level what they nest.

use std::path::PathBuf;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxHashSet;

use super::location::{Found, Location, location};
use super::workspace::{Workspace, normal};
use crate::cfn::Template;
use crate::eval::{Evaluator, Known};
use crate::project::{Child, Given, MissingChild, ResourceId, Stack, StackId, TemplateId};
use crate::source::{FileId, Str};

/// Deepest nesting of stacks. CloudFormation documents no limit of its own; real deployments nest two to four deep.
pub const MAX_NESTING: usize = 16;

/// Most nested stacks of one run: 200 nested in each of 100 roots. Past it every further one is reported as not loaded.
pub const MAX_STACKS: usize = 20_000;

/// Parameter values that the user gave.
#[derive(Debug, Default)]
pub struct RootValues {
    /// Values for every root that declares the parameter.
    pub values: IndexMap<Str, Given>,
    /// Values for the root of one template, by the path under which it is reported; they win over `values`.
    pub by_template: IndexMap<Str, IndexMap<Str, Given>>,
    /// Values for nested stacks in place of what their parents pass, by the path of the stack.
    pub by_stack: IndexMap<Str, IndexMap<Str, Given>>,
}

/// Which templates of a workspace become root stacks. An entry point does whatever nests it; any other template only when
/// none of them does.
#[derive(Debug)]
pub enum Roots<'a> {
    /// Entry points, and every template that no other one nests.
    All {
        /// Absolute paths.
        entrypoints: &'a [PathBuf],
    },
    /// These entry points alone.
    Only(&'a [PathBuf]),
    /// All of them, but for the templates that stand in a stack already.
    Uncovered {
        /// Absolute paths.
        entrypoints: &'a [PathBuf],
        /// The files of the templates that do.
        covered: &'a FxHashSet<FileId>,
    },
}

impl Roots<'_> {
    /// Whether a template becomes a root; `is_nested` says that another one nests it.
    fn want(&self, workspace: &Workspace<'_>, template: TemplateId, is_nested: bool) -> bool {
        let path = &workspace.project.places[template.0 as usize];
        let is_entrypoint = |paths: &[PathBuf]| paths.iter().any(|entrypoint| normal(entrypoint) == *path);
        match self {
            Roots::All { entrypoints } => !is_nested || is_entrypoint(entrypoints),
            Roots::Only(entrypoints) => is_entrypoint(entrypoints),
            Roots::Uncovered { entrypoints, covered } => {
                let file = workspace.project.templates[template.0 as usize].file;
                !covered.contains(&file) && (!is_nested || is_entrypoint(entrypoints))
            }
        }
    }
}

/// Makes the stacks of a workspace's inputs, in place of those it has. A template that another one nests is only checked as
/// its child, unless it is an entry point.
pub fn instantiate(workspace: &mut Workspace<'_>, values: &RootValues, roots: &Roots<'_>) {
    let roots = find_roots(workspace, values, roots);
    workspace.project.stacks.clear();
    for template in roots {
        push_root(workspace, template, values);
    }
    let mut start = 0;
    while start < workspace.project.stacks.len() {
        let end = workspace.project.stacks.len();
        expand_level(workspace, start..end, values);
        start = end;
    }
}

/// The inputs that become roots; of templates that only nest each other the first.
fn find_roots(workspace: &mut Workspace<'_>, values: &RootValues, roots: &Roots<'_>) -> Vec<TemplateId> {
    let inputs = workspace.inputs as u32;
    // The inputs, then what they nest. Each is a stack for as long as the locations in it are read, so that the position of
    // the stack is that of its template here.
    let mut known: IndexSet<TemplateId> = (0..inputs).map(TemplateId).collect();
    let mut edges: IndexMap<TemplateId, Vec<TemplateId>> = IndexMap::new();
    let mut next = 0;
    while next < known.len() {
        let end = known.len();
        workspace.project.stacks.clear();
        for template in &known {
            push_root(workspace, *template, values);
        }
        for (stack, _, location) in locations(workspace, next..end) {
            let parent = known[stack.0 as usize];
            if let Ok(found) = workspace.resolve(parent, &location) {
                edges.entry(parent).or_default().push(found.template);
                known.insert(found.template);
            }
        }
        next = end;
    }
    let children: IndexSet<TemplateId> = edges.values().flatten().copied().collect();
    let mut chosen: Vec<TemplateId> = (0..inputs)
        .map(TemplateId)
        .filter(|id| roots.want(workspace, *id, children.contains(id)))
        .collect();
    let mut reached: IndexSet<TemplateId> = IndexSet::new();
    let mut open: Vec<TemplateId> = chosen.clone();
    let mut rest = (0..inputs)
        .map(TemplateId)
        .filter(|id| roots.want(workspace, *id, false));
    loop {
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(edges.get(&id).into_iter().flatten());
            }
        }
        let Some(unreached) = rest.find(|id| !reached.contains(id)) else {
            break;
        };
        chosen.push(unreached);
        open.push(unreached);
    }
    chosen.sort();
    chosen
}

/// The values for the parameters that a template declares; later sources win. Of a `NoEcho` value the place is dropped,
/// because whoever shows the place shows the value.
fn given<'v>(
    declared: &Template,
    sources: impl Iterator<Item = &'v IndexMap<Str, Given>>,
) -> IndexMap<Str, Given> {
    let mut out = IndexMap::new();
    for (name, given) in sources.flatten() {
        if let Some(parameter) = declared.parameters.get(name) {
            let span = given.span.filter(|_| !parameter.no_echo);
            let value = given.value.clone();
            out.insert(name.clone(), Given { value, span });
        }
    }
    out
}

fn push_root(workspace: &mut Workspace<'_>, template: TemplateId, values: &RootValues) {
    let declared = &workspace.project.templates[template.0 as usize];
    let path = workspace.project.sources.get(declared.file).path();
    let sources = [Some(&values.values), values.by_template.get(path)];
    let given = given(declared, sources.into_iter().flatten());
    let id = StackId(workspace.project.stacks.len() as u32);
    push_stack(
        workspace,
        Stack {
            template,
            parent: None,
            root: id,
            path: "".into(),
            given,
            children: IndexMap::new(),
        },
    );
}

/// Adds a stack; when its loops were expanded with other values than it has, with a template of its own.
fn push_stack(workspace: &mut Workspace<'_>, stack: Stack) {
    let id = StackId(workspace.project.stacks.len() as u32);
    let template = stack.template;
    workspace.project.stacks.push(stack);
    let differs = loop_values(workspace, id);
    if let Some(values) = differs {
        let variant = workspace.variant(template, &values);
        workspace.project.stacks[id.0 as usize].template = variant;
    }
}

/// The values of the parameters that loops were expanded with, when some are known to be others.
fn loop_values(workspace: &Workspace<'_>, stack: StackId) -> Option<IndexMap<Str, Str>> {
    let template = workspace.project.template(stack);
    let assumed = template.assumed.iter();
    let assumed: IndexMap<Str, Str> = assumed
        .map(|assumption| (assumption.parameter.clone(), assumption.value.clone()))
        .collect();
    let is_open = !template.unexpanded.is_empty();
    if assumed.is_empty() && !is_open {
        return None;
    }
    let eval = Evaluator::new(&workspace.project);
    let values = template.parameters.keys().filter_map(|name| {
        let value = eval.fixed_parameter(stack, name)?;
        Some((name.clone(), value))
    });
    let values: IndexMap<Str, Str> = values.collect();
    let differs = values
        .iter()
        .any(|(name, value)| assumed.get(name).map_or(is_open, |other| other != value));
    differs.then_some(values)
}

/// The nested stack resources of some stacks with their locations.
fn locations(workspace: &Workspace<'_>, stacks: std::ops::Range<usize>) -> Vec<(StackId, Str, Location)> {
    let eval = Evaluator::new(&workspace.project);
    let mut out = Vec::new();
    for stack in stacks.map(|index| StackId(index as u32)) {
        let resources = &workspace.project.template(stack).resources;
        for (index, resource) in resources.values().enumerate() {
            if resource.is_nested_stack() {
                let nested = ResourceId {
                    stack,
                    index: index as u32,
                };
                out.push((stack, resource.id.text.clone(), location(&eval, nested)));
            }
        }
    }
    out
}

fn expand_level(workspace: &mut Workspace<'_>, level: std::ops::Range<usize>, values: &RootValues) {
    for (parent, logical_id, location) in locations(workspace, level) {
        let template = workspace.project.stack(parent).template;
        let child = match workspace.resolve(template, &location) {
            Ok(found) => nest(workspace, parent, &logical_id, &found, values),
            Err(missing) => Child::Missing(missing),
        };
        workspace.project.stacks[parent.0 as usize]
            .children
            .insert(logical_id, child);
    }
}

fn nest(
    workspace: &mut Workspace<'_>,
    parent: StackId,
    logical_id: &Str,
    found: &Found,
    values: &RootValues,
) -> Child {
    let file = workspace.project.templates[found.template.0 as usize].file;
    let mut names = vec![logical_id.clone()];
    let mut above = Some(parent);
    while let Some(stack) = above {
        if workspace.project.file(stack) == file {
            names.reverse();
            return Child::Missing(MissingChild::Cycle(names.join("/").into()));
        }
        let resource = workspace.project.stack(stack).parent;
        names.extend(resource.map(|resource| workspace.project.resource(resource).id.text.clone()));
        above = resource.map(|resource| resource.stack);
    }
    if names.len() > MAX_NESTING {
        return Child::Missing(MissingChild::Limit("MAX_NESTING"));
    }
    if workspace.project.stacks.len() >= MAX_STACKS + workspace.project.templates.len() {
        return Child::Missing(MissingChild::Limit("MAX_STACKS"));
    }
    let Some(resource) = workspace.project.find(parent, logical_id) else {
        return Child::Missing(MissingChild::Unresolved("it is not declared".into()));
    };
    let above = workspace.project.stack(parent);
    let path = if above.path.is_empty() {
        logical_id.clone()
    } else {
        format!("{}/{logical_id}", above.path).into()
    };
    let root = above.root;
    let declared = &workspace.project.templates[found.template.0 as usize];
    let given = given(declared, values.by_stack.get(&path).into_iter());
    let id = StackId(workspace.project.stacks.len() as u32);
    // The child must be findable while its own parameters are evaluated for its loops.
    let child = Child::Stack {
        id,
        assumed: found.assumed,
    };
    workspace.project.stacks[parent.0 as usize]
        .children
        .insert(logical_id.clone(), child.clone());
    push_stack(
        workspace,
        Stack {
            template: found.template,
            parent: Some(resource),
            root,
            path,
            given,
            children: IndexMap::new(),
        },
    );
    child
}

impl Evaluator<'_> {
    /// The value of a parameter that is the same in every world, if there is one.
    pub(super) fn fixed_parameter(&self, stack: StackId, name: &Str) -> Option<Str> {
        let span = self.project().template(stack).parameters.get(name)?.name.span;
        let scalars = self.scalars(self.parameter_value(stack, name, span));
        match scalars.as_slice() {
            [case] if case.guard == crate::eval::Guard::True => match &case.value {
                Known::Value(text) => Some(text.clone()),
                Known::Absent | Known::Unknown(_) => None,
            },
            _ => None,
        }
    }
}
