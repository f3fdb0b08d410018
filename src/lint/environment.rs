//! The environments that templates are deployed to, and the stacks they become in each.

use std::path::PathBuf;

use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use crate::diagram::Surroundings;
use crate::link::{RootValues, Roots, Workspace, instantiate};
use crate::project::{Project, PseudoParameters, Stack};
use crate::source::{FileId, Str};

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

    /// What the entered one is among all of them; nothing where there are no environments.
    pub(super) fn surroundings(&self) -> Option<Surroundings> {
        let environment = self.environment().cloned();
        let others: Vec<Str> = self
            .names()
            .into_iter()
            .filter(|name| Some(name) != environment.as_ref())
            .collect();
        if environment.is_none() && others.is_empty() {
            return None;
        }
        Some(Surroundings {
            leaves_rest: environment.is_some()
                && self.all.iter().any(|deployment| deployment.environment.is_none()),
            environment,
            others,
        })
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
