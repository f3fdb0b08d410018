//! What to check and how, and how that becomes a project: discover, load, link.

use std::path::{Path, PathBuf};

use super::environment::{Deployments, Environment, Values};
use super::pipeline::{Loaded, touched};
use super::project_root::{common_folder, project_root, repository_around};
use super::suppression::Policy;
use super::surroundings::{Place, Surroundings, parted};
use super::{Clock, InputError, Report, Repository, Skipped, Timings};
use crate::diagram::View;
use crate::files::Files;
use crate::link::{NOT_CONTEXT, Nesting, Workspace, bereft};
use crate::project::discover::{self, BadPattern, Discovered};
use crate::project::{Child, Focus, MissingChild, OnMissing, Project, PseudoParameters};
use crate::rule::{Rule, RuleSettings};
use crate::source::Sources;

/// A template on standard input.
#[derive(Clone, Debug)]
pub struct Stdin {
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What to check, and how.
pub struct Linter<'f> {
    /// Access to files.
    pub files: &'f dyn Files,
    /// The folder that relative inputs start from; absolute.
    pub cwd: PathBuf,
    /// Files, folders, patterns; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// How inputs become files.
    pub discovery: discover::Options,
    /// The template of the input `-`.
    pub stdin: Option<Stdin>,
    /// What every deployment outside of the environments below is given.
    pub values: Values,
    /// Files that were read before, such as parameter files, so that their spans stay valid.
    pub sources: Sources,
    /// The rules to run, in the order of the table.
    pub rules: Vec<&'static Rule>,
    /// How they differ from how they come.
    pub settings: RuleSettings,
    /// The environments to check the templates in, in the order in which they are named. Roots that none of them covers are
    /// checked all the same, with the values above.
    pub environments: Vec<Environment>,
    /// How the templates of nested stacks are found.
    pub nesting: Nesting,
    /// What is said of nested stacks whose template is not found.
    pub on_missing: OnMissing,
    /// True when there are no environments beside those: what accepts nothing in them accepts nothing at all.
    pub is_everywhere: bool,
    /// Whether what is accepted is kept apart.
    pub suppressions: Policy,
    /// The view that is drawn beside the findings; none is drawn unless a format shows it.
    pub picture: Option<View>,
    /// What the time is taken by, where it is taken.
    pub clock: Option<Clock>,
}

impl<'f> Linter<'f> {
    /// A run over inputs with no rules, no values, and nothing accepted.
    pub fn new(files: &'f dyn Files, cwd: impl Into<PathBuf>, inputs: Vec<PathBuf>) -> Self {
        Self {
            files,
            cwd: cwd.into(),
            inputs,
            discovery: discover::Options::default(),
            stdin: None,
            values: Values::default(),
            environments: Vec::new(),
            nesting: Nesting::default(),
            on_missing: OnMissing::default(),
            is_everywhere: true,
            sources: Sources::default(),
            rules: Vec::new(),
            settings: RuleSettings::default(),
            suppressions: Policy::Ignored,
            picture: None,
            clock: None,
        }
    }
}

impl Linter<'_> {
    /// Runs the rules over the inputs.
    ///
    /// # Errors
    /// When an input pattern is malformed. Files that cannot be read are part of the report.
    pub fn run(self) -> Result<Report, BadPattern> {
        self.load().map(Loaded::check)
    }

    /// Loads and links the inputs.
    ///
    /// # Errors
    /// When an input pattern is malformed. Files that cannot be read are part of the result.
    pub fn load(self) -> Result<Loaded, BadPattern> {
        let mut timings = Timings::start(self.clock);
        let discovered = discover::discover(self.files, &self.cwd, &self.inputs, &self.discovery)?;
        timings.end("finding files");
        self.link(&discovered, timings)
    }

    fn link(self, discovered: &Discovered, mut timings: Timings) -> Result<Loaded, BadPattern> {
        let mut errors: Vec<InputError> = discovered
            .errors
            .iter()
            .map(|error| InputError {
                path: error.path.clone(),
                message: error.message.clone(),
                problem: None,
            })
            .collect();
        let mut inputs = discovered.files.clone();
        let mut stdin_text = None;
        if let Some(index) = inputs
            .iter()
            .position(|input| input.origin == discover::Origin::Stdin)
        {
            let bytes = self.stdin.map(|stdin| stdin.bytes).unwrap_or_default();
            match discover::decode(bytes, &inputs[index].shown) {
                Ok(text) => stdin_text = Some((inputs[index].path.clone(), text)),
                Err(error) => {
                    errors.push(InputError {
                        path: error.path,
                        message: error.message,
                        problem: None,
                    });
                    inputs.remove(index);
                }
            }
        }
        let common = common_folder(inputs.iter().map(|input| input.path.as_path()));
        let repository = repository_around(self.files, common.as_deref().unwrap_or(&self.cwd));
        let root = project_root(&self.cwd, repository.as_deref(), common);
        let stdin = stdin_text
            .as_ref()
            .map(|(path, text)| (path.as_path(), text.as_str()));
        let entrypoints = self
            .environments
            .iter()
            .flat_map(|it| it.entrypoints.iter().cloned());
        let place = Place {
            files: self.files,
            cwd: &self.cwd,
            root: &root,
            is_repository: repository.is_some(),
            stdin,
            values: &self.values.parameters,
            nesting: &self.nesting,
            entrypoints: &entrypoints.collect::<Vec<_>>(),
        };
        let (asked, others) = parted(self.files, inputs, self.discovery.changed.as_ref());
        let mut around = place.search(asked, others, discovered, &self.discovery)?;
        timings.end("finding context");
        let project = Project {
            root,
            sources: self.sources,
            on_missing: self.on_missing,
            ..Project::default()
        };
        let mut workspace = Workspace::new(self.files, project);
        workspace.nesting = self.nesting;
        workspace.opens = self.discovery.context != discover::Context::Nothing;
        load(&mut workspace, &around, stdin);
        timings.end("reading and parsing");
        for artifact in discovered.stacks.iter().chain(&around.stacks) {
            let pseudo = PseudoParameters {
                region: artifact.environment.region.clone(),
                account: artifact.environment.account.clone(),
                partition: None,
                stack_name: Some(artifact.stack_name.clone()),
            };
            workspace.note_pseudo(&artifact.template, pseudo);
        }
        let mut deployments = Deployments::make(&mut workspace, self.environments, self.values);
        let failures = std::mem::take(&mut workspace.failures);
        match &self.discovery.changed {
            Some(changed) => {
                let project = &mut workspace.project;
                let parents = deployments.each(project, |project| bereft(project, &changed.deleted));
                project.focus.extend(parents.into_iter().flatten());
            }
            None if failures.is_empty() => errors.extend(empty_folders(discovered, &workspace)),
            None => {}
        }
        let is_asked = deployments.each(&mut workspace.project, |project| {
            let asked = failures
                .iter()
                .map(|failure| is_asked(project, &around, &failure.path));
            asked.collect::<Vec<bool>>()
        });
        for (at, failure) in failures.into_iter().enumerate() {
            if is_asked.iter().any(|of_deployment| of_deployment[at]) {
                errors.push(InputError {
                    path: failure.path,
                    message: failure.message,
                    problem: failure.problem,
                });
            } else {
                around.unread.push(discover::Skipped {
                    path: failure.path,
                    reason: NOT_CONTEXT,
                });
            }
        }
        let is_asked = |skipped: &&discover::Skipped| {
            let changed = self.discovery.changed.as_ref();
            let place = self.cwd.join(&*skipped.path);
            changed.is_none_or(|changed| changed.cover(&place))
        };
        let skipped = discovered
            .skipped
            .iter()
            .filter(is_asked)
            .chain(&workspace.skipped)
            .chain(&around.unread);
        let mut skipped: Vec<Skipped> = skipped
            .map(|skipped| Skipped {
                path: skipped.path.clone(),
                reason: skipped.reason,
            })
            .collect();
        skipped.sort();
        skipped.dedup();
        errors.sort_by(|left, right| left.path.cmp(&right.path));
        timings.end("linking");
        let knows_users = self.discovery.context != discover::Context::Nothing
            && !around.is_cut
            && around.unread.is_empty();
        Ok(Loaded {
            project: workspace.project,
            repository: Repository::new(self.cwd, repository),
            deployments,
            errors,
            skipped,
            rules: self.rules,
            settings: self.settings,
            is_everywhere: self.is_everywhere,
            folders: discovered
                .folders
                .iter()
                .map(|folder| folder.path.clone())
                .collect(),
            suppressions: self.suppressions,
            picture: self.picture,
            is_cut: around.is_cut,
            knows_users,
            timings,
        })
    }
}

/// Loads what a run was asked about and its context, and notes which is which.
fn load(workspace: &mut Workspace<'_>, around: &Surroundings, stdin: Option<(&Path, &str)>) {
    let mut inputs: Vec<discover::Input> = around.asked.iter().chain(&around.context).cloned().collect();
    inputs.sort_by(|a, b| (&a.shown, &a.path).cmp(&(&b.shown, &b.path)));
    workspace.load(&inputs, stdin);
    workspace.offer(&around.offered);
    for (name, input) in &around.aliases {
        workspace.alias(name, input);
    }
    let asked = around
        .asked
        .iter()
        .filter_map(|input| workspace.file(&input.path));
    workspace.project.focus = Focus::Files(asked.collect());
}

/// True when a file that could not be analysed was asked about, or is nested by a template that was.
fn is_asked(project: &Project, around: &Surroundings, path: &str) -> bool {
    let is_it = |child: &Child| matches!(child, Child::Missing(MissingChild::Unreadable { path: other, .. }) if **other == *path);
    let mut children = touched(project).flat_map(|stack| project.stack(stack).children.values());
    around.asked.iter().any(|input| *input.shown == *path) || children.any(is_it)
}

/// A folder that was asked for and holds no template is an error: the user checks nothing and believes otherwise.
fn empty_folders(discovered: &Discovered, workspace: &Workspace<'_>) -> Vec<InputError> {
    let is_empty = |folder: &&discover::Folder| !workspace.holds_template(&folder.path);
    let message = "no CloudFormation template in this folder";
    let error = |folder: &discover::Folder| InputError {
        path: folder.shown.clone(),
        message: message.to_owned(),
        problem: None,
    };
    discovered.folders.iter().filter(is_empty).map(error).collect()
}
