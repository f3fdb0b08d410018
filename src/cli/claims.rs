//! Whether the stacks know the parameters that values were given for.

use std::collections::BTreeSet;

use super::exit::Failure;
use crate::cfn::Template;
use crate::diag::nearest;
use crate::lint::Loaded;
use crate::project::{Project, StackId};
use crate::source::{FileId, Span, Str};

/// The parameters that values were given for.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<Claim>);

/// A value was given for a parameter.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) parameter: Str,
    /// Where it was given: `params.json:3:5`, `--param`.
    pub(super) place: String,
    /// The value in a parameter file.
    pub(super) span: Option<Span>,
    pub(super) owner: Owner,
    /// The environment that gives it; `None` for what holds in all.
    pub(super) environment: Option<Str>,
}

/// Whose parameter it is said to be.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// Of every root that has it; a file may serve many.
    Roots,
    /// Of whichever root has it: the file is for all that are deployed to an environment, of which a run may see a few.
    AnyRoot,
    /// Of some root; somebody typed it for this run.
    SomeRoot,
    /// Of the root made from this template.
    Template(Str),
    /// Of the nested stack with this path.
    Stack(Str),
}

/// What the comparison of one claim with the stacks came to.
enum Verdict {
    /// They know the parameter.
    Known,
    /// There is nothing to compare it with, or nobody said that these stacks must know it.
    Open,
    /// They do not.
    Wrong(Failure),
}

impl Claims {
    pub(super) fn push(&mut self, claim: Claim) {
        self.0.push(claim);
    }

    /// Hides the values that may be secret from everything that quotes a parameter file: those of `NoEcho` parameters, and
    /// those of parameters that no template declares.
    pub(super) fn hide_secrets(&self, project: &mut Project) {
        let is_public = |claim: &&Claim| {
            let declared =
                |template: &Template| template.parameters.get(&claim.parameter).map(|it| it.no_echo);
            let mut declared = project.templates.iter().filter_map(declared).peekable();
            declared.peek().is_some() && !declared.any(|no_echo| no_echo)
        };
        let hidden = self.0.iter().filter(|claim| !is_public(claim));
        let places = hidden.filter_map(|claim| claim.span).collect();
        project.sources.mask(places);
    }

    /// Compares with what the stacks declare. A file that serves several roots may speak of parameters that some, or none, of
    /// them have; what was typed for this run, or bound to one template, must exist.
    pub(super) fn verify(&self, loaded: &mut Loaded) -> Result<(), Failure> {
        let mut verdicts: Vec<Vec<Verdict>> = self.0.iter().map(|_| Vec::new()).collect();
        let roots = root_files(loaded);
        for deployment in 0..loaded.deployments() {
            loaded.enter(deployment);
            for (claim, verdicts) in self.0.iter().zip(&mut verdicts) {
                let is_meant =
                    claim.environment.is_none() || claim.environment.as_ref() == loaded.environment();
                if is_meant {
                    verdicts.push(claim.verdict(&loaded.project, roots.len() > 1));
                }
            }
        }
        loaded.enter(0);
        for verdicts in verdicts {
            let is_known = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Known));
            let wrong = verdicts.into_iter().find_map(|verdict| match verdict {
                Verdict::Wrong(failure) => Some(failure),
                Verdict::Known | Verdict::Open => None,
            });
            if let Some(failure) = wrong.filter(|_| !is_known) {
                return Err(failure);
            }
        }
        Ok(())
    }
}

/// The files of the root templates of all deployments.
fn root_files(loaded: &mut Loaded) -> BTreeSet<FileId> {
    let mut files = BTreeSet::new();
    for deployment in 0..loaded.deployments() {
        loaded.enter(deployment);
        files.extend(roots(&loaded.project).map(|root| loaded.project.file(root)));
    }
    files
}

fn roots(project: &Project) -> impl Iterator<Item = StackId> {
    project
        .stack_ids()
        .filter(|id| project.stack(*id).parent.is_none())
}

impl Claim {
    /// Compares with the stacks that the project holds; `serves_many` says that the run has several roots.
    fn verdict(&self, project: &Project, serves_many: bool) -> Verdict {
        let roots: Vec<StackId> = roots(project).collect();
        let stacks = match &self.owner {
            _ if roots.is_empty() => return Verdict::Open,
            Owner::AnyRoot => return Verdict::Open,
            Owner::Roots if serves_many => return Verdict::Open,
            Owner::Roots | Owner::SomeRoot => Ok(roots),
            Owner::Template(path) => match root_of(project, &roots, path, self) {
                // What the configuration says of a template matters when the run is about it.
                Err(_) if self.environment.is_some() => return Verdict::Open,
                root => root.map(|root| vec![root]),
            },
            Owner::Stack(path) => nested(project, path, self),
        };
        let stacks = match stacks {
            Ok(stacks) => stacks,
            Err(failure) => return Verdict::Wrong(failure),
        };
        let declares = |id: &StackId| project.template(*id).parameters.contains_key(&self.parameter);
        if stacks.iter().any(declares) {
            Verdict::Known
        } else {
            Verdict::Wrong(undeclared(project, &stacks, self))
        }
    }
}

/// The root made from a template.
fn root_of(project: &Project, roots: &[StackId], path: &str, claim: &Claim) -> Result<StackId, Failure> {
    let is_it = |id: &StackId| &**project.sources.get(project.file(*id)).path() == path;
    if let Some(root) = roots.iter().copied().find(is_it) {
        return Ok(root);
    }
    let failure = Failure::usage(format!("{}: no root template is `{path}`", claim.place));
    if project.stack_ids().any(|id| is_it(&id)) {
        return Err(failure.help(
            "it is the template of a nested stack: bind the file to its root, or pass `--param Stack/KEY=VALUE`",
        ));
    }
    let known: Vec<Str> = roots
        .iter()
        .map(|id| project.sources.get(project.file(*id)).path().clone())
        .collect();
    Err(match nearest(path, known.iter().map(|path| &**path)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("name one of the templates that are checked"),
    })
}

/// The nested stacks with a path.
fn nested(project: &Project, path: &str, claim: &Claim) -> Result<Vec<StackId>, Failure> {
    let all = || {
        project
            .stack_ids()
            .filter(|id| project.stack(*id).parent.is_some())
    };
    let found: Vec<StackId> = all().filter(|id| &*project.stack(*id).path == path).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::usage(format!("{}: no nested stack is called `{path}`", claim.place));
    let known: Vec<Str> = all().map(|id| project.stack(id).path.clone()).collect();
    Err(match nearest(path, known.iter().map(|path| &**path)) {
        Some(near) => failure.help(format!("did you mean `{near}/{}`?", claim.parameter)),
        None if known.is_empty() => failure.help("the templates have no nested stack that is loaded"),
        None => failure.help(format!("nested stacks are: {}", known.join(", "))),
    })
}

fn undeclared(project: &Project, stacks: &[StackId], claim: &Claim) -> Failure {
    let declared: Vec<Str> = stacks
        .iter()
        .flat_map(|id| project.template(*id).parameters.keys().cloned())
        .collect();
    let whose = match stacks {
        [one] => format!("`{}` declares no", project.sources.get(project.file(*one)).path()),
        _ => "no root template declares a".to_owned(),
    };
    let message = format!("{}: {whose} parameter `{}`", claim.place, claim.parameter);
    let failure = Failure::usage(message);
    match nearest(&claim.parameter, declared.iter().map(|name| &**name)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if declared.is_empty() => failure.help("it has no parameters"),
        None => failure.help(format!("its parameters are: {}", declared.join(", "))),
    }
}
