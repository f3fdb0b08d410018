//! The environments that templates are deployed to, and the stacks they become in each.

use std::path::PathBuf;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Diagnostic, Outcome};
use crate::link::{RootValues, Roots, Workspace, instantiate};
use crate::project::{Project, PseudoParameters, Stack};
use crate::source::{FileId, Span, Str};

/// What a deployment gives to its templates.
#[derive(Debug, Default)]
pub struct Values {
    /// Parameter values.
    pub parameters: RootValues,
    /// Values of pseudo parameters.
    pub pseudo: PseudoParameters,
    /// Values of `Fn::ImportValue` by export name.
    pub imports: IndexMap<Str, Str>,
}

/// An environment to check the templates in.
#[derive(Debug)]
pub struct Environment {
    /// Its name, unique among those of a run.
    pub name: Str,
    /// What it gives to the templates.
    pub values: Values,
    /// The templates that are deployed to it as roots, as absolute paths; when there is none, every root is.
    pub entrypoints: Vec<PathBuf>,
}

/// What the templates become in one environment.
#[derive(Debug)]
struct Deployment {
    /// Its name; `None` for what no environment covers.
    environment: Option<Str>,
    /// What a [`Project`] holds of it; of the entered one the project has it.
    stacks: Vec<Stack>,
    pseudo: PseudoParameters,
    imports: IndexMap<Str, Str>,
}

impl Deployment {
    /// Exchanges what a project holds of a deployment.
    fn exchange(&mut self, project: &mut Project) {
        std::mem::swap(&mut self.stacks, &mut project.stacks);
        std::mem::swap(&mut self.pseudo, &mut project.pseudo);
        std::mem::swap(&mut self.imports, &mut project.imports);
    }
}

/// What the templates of a run become, environment by environment; at least one.
#[derive(Debug)]
pub(super) struct Deployments {
    all: Vec<Deployment>,
    /// Which one the project holds.
    entered: usize,
}

impl Deployments {
    /// Makes the stacks of every environment, and those of the roots that none of them covers. The project holds the first
    /// afterwards.
    pub(super) fn make(
        workspace: &mut Workspace<'_>,
        environments: Vec<Environment>,
        rest: Values,
    ) -> Deployments {
        let entrypoints: Vec<PathBuf> = environments
            .iter()
            .flat_map(|environment| environment.entrypoints.iter().cloned())
            .collect();
        let mut all = Vec::new();
        let mut covered: FxHashSet<FileId> = FxHashSet::default();
        for environment in environments {
            let roots = if environment.entrypoints.is_empty() {
                Roots::All {
                    entrypoints: &entrypoints,
                }
            } else {
                Roots::Only(&environment.entrypoints)
            };
            let deployment = deploy(workspace, Some(environment.name), environment.values, &roots);
            covered.extend(files(workspace, &deployment));
            all.push(deployment);
        }
        let roots = Roots::Uncovered {
            entrypoints: &entrypoints,
            covered: &covered,
        };
        let rest = deploy(workspace, None, rest, &roots);
        if all.is_empty() || !rest.stacks.is_empty() {
            all.push(rest);
        }
        let mut deployments = Deployments { all, entered: 0 };
        deployments.exchange(&mut workspace.project);
        deployments
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The names of the environments, in their order.
    pub(super) fn names(&self) -> Vec<Str> {
        let names = self.all.iter().map(|deployment| deployment.environment.clone());
        names.flatten().collect()
    }

    /// The environment that the project holds; `None` outside of all.
    pub(super) fn environment(&self) -> Option<&Str> {
        self.all.get(self.entered)?.environment.as_ref()
    }

    /// Gives the project the stacks of the deployment at a position below [`Deployments::count`].
    pub(super) fn enter(&mut self, position: usize, project: &mut Project) {
        self.exchange(project);
        self.entered = position;
        self.exchange(project);
    }

    /// Looks at the stacks of one deployment after the other; the project holds the first afterwards.
    pub(super) fn each<T>(&mut self, project: &mut Project, look: impl Fn(&Project) -> T) -> Vec<T> {
        let mut seen = Vec::new();
        for position in 0..self.count() {
            self.enter(position, project);
            seen.push(look(project));
        }
        self.enter(0, project);
        seen
    }

    fn exchange(&mut self, project: &mut Project) {
        if let Some(deployment) = self.all.get_mut(self.entered) {
            deployment.exchange(project);
        }
    }
}

/// Makes the stacks of one environment.
fn deploy(
    workspace: &mut Workspace<'_>,
    environment: Option<Str>,
    values: Values,
    roots: &Roots<'_>,
) -> Deployment {
    let mut deployment = Deployment {
        environment,
        stacks: Vec::new(),
        pseudo: values.pseudo,
        imports: values.imports,
    };
    deployment.exchange(&mut workspace.project);
    instantiate(workspace, &values.parameters, roots);
    deployment.exchange(&mut workspace.project);
    deployment
}

/// The files of the templates that a deployment's stacks are made from.
fn files(workspace: &Workspace<'_>, deployment: &Deployment) -> Vec<FileId> {
    let templates = deployment.stacks.iter().map(|stack| stack.template);
    let templates = templates.filter_map(|id| workspace.project.templates.get(id.0 as usize));
    templates.map(|template| template.file).collect()
}

/// What tells the diagnostics of a rule apart, whatever the environment.
type Key = (Str, Outcome, Span, Option<Str>, String);

fn key(diagnostic: &Diagnostic) -> Key {
    (
        diagnostic.rule.clone(),
        diagnostic.outcome,
        diagnostic.primary.span,
        diagnostic
            .subject
            .as_ref()
            .map(|subject| subject.logical_id.clone()),
        diagnostic.atom.clone(),
    )
}

/// Merges what the environments have in common: one diagnostic for each violation or open question at a place, with the
/// environments in which it holds. Where they differ in words, in when it holds or in how bad it is, the diagnostic says
/// what the worst of them does, and keeps what the others do.
pub(super) fn joined(found: Vec<(Option<Str>, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    if found.iter().all(|(environment, _)| environment.is_none()) {
        return found
            .into_iter()
            .flat_map(|(_, diagnostics)| diagnostics)
            .collect();
    }
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut known: FxHashMap<Key, Vec<usize>> = FxHashMap::default();
    for (environment, diagnostics) in found {
        let mut new: IndexMap<Key, Vec<Diagnostic>> = IndexMap::new();
        for diagnostic in diagnostics {
            new.entry(key(&diagnostic)).or_default().push(diagnostic);
        }
        for (key, diagnostics) in new {
            let known = known.entry(key).or_default();
            let mut open = known.clone();
            let mut rest = Vec::new();
            for diagnostic in diagnostics {
                let same = open.iter().position(|at| out[*at].message == diagnostic.message);
                match same {
                    Some(at) => join(&mut out[open.remove(at)], diagnostic, &environment),
                    None => rest.push(diagnostic),
                }
            }
            // One is left on each side: the same thing with other names or values in its words.
            let is_pair = open.len() == 1 && rest.len() == 1;
            for mut diagnostic in rest {
                match open.first().filter(|_| is_pair) {
                    Some(at) => join(&mut out[*at], diagnostic, &environment),
                    None => {
                        diagnostic.environments = vec![diagnostic.occurrence(environment.clone())];
                        known.push(out.len());
                        out.push(diagnostic);
                    }
                }
            }
        }
    }
    out
}

/// Takes in what another environment makes of a diagnostic.
fn join(merged: &mut Diagnostic, mut other: Diagnostic, environment: &Option<Str>) {
    let mut environments = std::mem::take(&mut merged.environments);
    environments.push(other.occurrence(environment.clone()));
    if other.occurrence(None).badness() > merged.occurrence(None).badness() {
        std::mem::swap(merged, &mut other);
    }
    merged.environments = environments;
    merged.touched |= other.touched;
    for stack in other.stacks {
        if !merged.stacks.contains(&stack) {
            merged.stacks.push(stack);
        }
    }
    merged.stacks.sort();
    for reason in other.because {
        if !merged.because.contains(&reason) {
            merged.because.push(reason);
        }
    }
}
