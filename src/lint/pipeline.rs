//! One run: discover, load, link, derive facts, check in parallel, merge, sort.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::environment::{Deployments, Environment, Values};
use super::merge::{joined, merge, sorted};
use super::suppression::{self, Form, Policy, Requests};
use super::surroundings::{Place, Surroundings, parted};
use super::{Clock, Crash, InputError, Report, Repository, Skipped, Stats, Timings};
use super::{baseline, identity, redact};
use crate::diag::{Diagnostic, Outcome};
use crate::diagram::{self, Picture, View};
use crate::facts::Facts;
use crate::files::Files;
use crate::link::{NOT_CONTEXT, Nesting, Workspace, bereft, normal};
use crate::project::discover::{self, BadPattern, Discovered};
use crate::project::{Child, Focus, MissingChild, OnMissing, Project, PseudoParameters, StackId};
use crate::rule::{Context, Rule, RuleSettings};
use crate::source::{FileId, Sources, Str};

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

/// The loaded and linked inputs of a run.
#[derive(Debug)]
pub struct Loaded {
    /// The templates, and the stacks they make in one environment: the first, until [`Loaded::enter`] says otherwise.
    pub project: Project,
    /// The repository around the inputs.
    pub repository: Repository,
    /// What the templates become in each environment; at least one.
    deployments: Deployments,
    /// Inputs that could not be analysed, sorted by path.
    pub errors: Vec<InputError>,
    /// Files that are no templates, sorted by path.
    pub skipped: Vec<Skipped>,
    /// The rules to run, in the order of the table.
    pub rules: Vec<&'static Rule>,
    /// How they differ from how they come.
    pub settings: RuleSettings,
    /// Whether what is accepted is kept apart.
    pub suppressions: Policy,
    /// The view that is drawn beside the findings.
    pub picture: Option<View>,
    /// The folders that were asked for as a whole.
    folders: Vec<PathBuf>,
    /// True when a limit ended the search for context.
    is_cut: bool,
    /// True when what uses the templates that were asked about is loaded, as far as it can be found.
    knows_users: bool,
    /// True when no environment was left out.
    is_everywhere: bool,
    timings: Timings,
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

/// The stacks of what was asked about, and those that they nest.
fn touched(project: &Project) -> impl Iterator<Item = StackId> + '_ {
    project.stack_ids().filter(|stack| project.is_touched(*stack))
}

impl Loaded {
    /// How many deployments there are to look at: one for each environment, and one for what no environment covers.
    pub fn deployments(&self) -> usize {
        self.deployments.count()
    }

    /// True when no template was asked about, because none changed.
    pub fn is_about_nothing(&self) -> bool {
        self.project.focus.is_empty() && self.errors.is_empty()
    }

    /// Puts the stacks of a deployment into the project, by its position.
    pub fn enter(&mut self, deployment: usize) {
        self.deployments.enter(deployment, &mut self.project);
    }

    /// The environment whose stacks the project holds; `None` outside of all.
    pub fn environment(&self) -> Option<&Str> {
        self.deployments.environment()
    }

    /// Runs the rules.
    pub fn check(mut self) -> Report {
        let Answers {
            found: mut diagnostics,
            crashes,
            touched,
            mut stats,
            picture,
        } = self.answers();
        stats.is_cut = self.is_cut;
        // Before the sources are masked: what hides a secret may no longer be YAML.
        let requests = Requests::collect(&self.project, &self.suppressions, &self.folders);
        redact::secrets(&mut diagnostics, &mut self.project);
        let merged = diagnostics
            .into_iter()
            .map(|(name, found)| (name, merge(found, &self.project.sources)))
            .collect();
        let mut diagnostics = sorted(joined(merged), &self.project.sources);
        identity::assign(&mut diagnostics, &self.project, &self.repository);
        let run = suppression::Run {
            rules: &self.rules,
            complete: complete(&self.rules, &self.errors, &crashes),
            checked: touched.iter().copied().filter(|_| self.knows_users).collect(),
            environments: self.deployments.names(),
            is_everywhere: self.is_everywhere,
            open: suppression::open(&diagnostics),
        };
        let mut accepted = self.accept(requests, diagnostics, &run, &touched);
        accepted.retain(|diagnostic| diagnostic.touched);
        self.timings.end("sorting findings");
        let templates = touched
            .into_iter()
            .chain(accepted.places(&self.project))
            .collect();
        Report {
            findings: accepted.findings,
            undetermined: accepted.undetermined,
            suppressed: accepted.suppressed,
            baselined: accepted.baselined,
            stale: accepted.stale,
            unjudged: accepted.unjudged,
            errors: self.errors,
            crashes,
            skipped: self.skipped,
            templates: by_path(templates, &self.project.sources),
            environments: self.deployments.names(),
            sources: self.project.sources,
            repository: self.repository,
            rules: self.rules,
            stats,
            timings: self.timings,
            picture,
        }
    }
}

/// The diagnostics of a run by what becomes of them.
#[derive(Default)]
struct Accepted {
    findings: Vec<Diagnostic>,
    undetermined: Vec<Diagnostic>,
    suppressed: Vec<Diagnostic>,
    baselined: Vec<Diagnostic>,
    /// Entries of the baseline whose findings are gone.
    stale: Vec<baseline::Entry>,
    /// Entries of the baseline that the run did not look for.
    unjudged: Vec<baseline::Entry>,
}

impl Accepted {
    fn retain(&mut self, is_wanted: impl Fn(&Diagnostic) -> bool) {
        let all = [
            &mut self.findings,
            &mut self.undetermined,
            &mut self.suppressed,
            &mut self.baselined,
        ];
        all.into_iter()
            .for_each(|diagnostics| diagnostics.retain(&is_wanted));
    }

    /// The templates in which something is reported.
    fn places(&self, project: &Project) -> BTreeSet<FileId> {
        let templates: BTreeSet<FileId> = project.templates.iter().map(|template| template.file).collect();
        let all = [
            &self.findings,
            &self.undetermined,
            &self.suppressed,
            &self.baselined,
        ];
        let files = all
            .into_iter()
            .flatten()
            .map(|diagnostic| diagnostic.primary.span.file);
        files.filter(|file| templates.contains(file)).collect()
    }
}

impl Loaded {
    /// Takes out what templates, the configuration and the baseline accept, and adds what is wrong with that.
    fn accept(
        &self,
        requests: Requests,
        diagnostics: Vec<Diagnostic>,
        run: &suppression::Run<'_>,
        touched: &BTreeSet<FileId>,
    ) -> Accepted {
        let is_violation = |diagnostic: &Diagnostic| diagnostic.outcome == Outcome::Violation;
        let Policy::Honoured(terms) = &self.suppressions else {
            let (findings, undetermined) = diagnostics.into_iter().partition(is_violation);
            return Accepted {
                findings,
                undetermined,
                ..Accepted::default()
            };
        };
        let mut parted = suppression::apply(requests, diagnostics, terms, run);
        judge(&mut parted.objections, &self.rules, &self.settings);
        let added = parted.objections.iter_mut().chain(&mut parted.suppressed);
        added.for_each(redact::credentials);
        let mut objections = merge(parted.objections, &self.project.sources);
        identity::assign(&mut objections, &self.project, &self.repository);
        for objection in &mut objections {
            objection.touched = self.reports_on(objection.primary.span.file, touched);
        }
        let standing = parted.standing.into_iter().chain(objections).collect();
        let (findings, undetermined) = sorted(standing, &self.project.sources)
            .into_iter()
            .partition(is_violation);
        let mut accepted = Accepted {
            findings,
            undetermined,
            suppressed: parted.suppressed,
            ..Accepted::default()
        };
        let baseline = terms.baseline.as_ref();
        if let Some(baseline) = baseline.filter(|_| terms.allows(Form::Baseline)) {
            let is_protected = |rule: &str| terms.is_protected(rule);
            let parted = baseline::part(baseline, accepted.findings, &is_protected);
            let files = self.files_by_path();
            let is_gone = |entry: &baseline::Entry| {
                let file = files.get(&entry.path);
                file.is_some_and(|file| run.is_decided(*file, &entry.rule))
            };
            accepted.findings = parted.standing;
            (accepted.stale, accepted.unjudged) = parted.unmatched.into_iter().partition(is_gone);
            // What is known of templates that were not asked about is not reported, and stays on record.
            let beside = parted.baselined.iter().filter(|finding| !finding.touched);
            accepted
                .unjudged
                .extend(beside.filter_map(baseline::Entry::known));
            accepted.baselined = parted.baselined;
        }
        accepted
    }

    /// True when what is said of a suppression in a file is reported. One outside of the templates belongs to the run.
    fn reports_on(&self, file: FileId, touched: &BTreeSet<FileId>) -> bool {
        let is_template = self
            .project
            .templates
            .iter()
            .any(|template| template.file == file);
        !is_template || self.project.focus.holds(file) || touched.contains(&file)
    }

    /// The templates by their paths from the root of the repository.
    fn files_by_path(&self) -> FxHashMap<Str, FileId> {
        let files = self.project.templates.iter().map(|template| template.file);
        let path = |file: FileId| self.repository.path(self.project.sources.get(file).path());
        files.map(|file| (path(file).into(), file)).collect()
    }
}

/// What the rules say in all deployments of a run.
#[derive(Default)]
struct Answers {
    /// By deployment, with the name of its environment.
    found: Vec<(Option<Str>, Vec<Diagnostic>)>,
    /// Each once, in however many environments the rule crashed.
    crashes: Vec<Crash>,
    /// The files of the templates that were asked about and those that they nest, as far as stacks are made from them.
    touched: BTreeSet<FileId>,
    stats: Stats,
    /// The picture of the first deployment in which there is anything to draw.
    picture: Option<Picture>,
}

impl Loaded {
    /// Runs the rules in one deployment after the other, so that the facts of one only are in memory.
    fn answers(&mut self) -> Answers {
        let mut answers = Answers::default();
        let mut templates: BTreeSet<FileId> = BTreeSet::new();
        for deployment in 0..self.deployments() {
            self.enter(deployment);
            // That of the first environment in which anything of it is there.
            let is_drawn = answers
                .picture
                .as_ref()
                .is_some_and(|picture| !picture.nodes.is_empty());
            let view = self.picture.filter(|_| !is_drawn);
            let mut checked = check(
                &self.project,
                &self.rules,
                &self.settings,
                view,
                &mut self.timings,
            );
            judge(&mut checked.diagnostics, &self.rules, &self.settings);
            if let Some(mut picture) = checked.picture {
                if let Some(surroundings) = self.deployments.surroundings() {
                    picture.shows(surroundings);
                }
                answers.picture = Some(picture);
            }
            answers
                .found
                .push((self.environment().cloned(), checked.diagnostics));
            for crash in checked.crashes {
                if !answers.crashes.contains(&crash) {
                    answers.crashes.push(crash);
                }
            }
            let stacks = self.project.stack_ids();
            templates.extend(stacks.map(|id| self.project.file(id)));
            let touched = touched(&self.project).map(|id| self.project.file(id));
            answers.touched.extend(touched);
            answers.stats.stacks += self.project.stacks.len();
        }
        answers.stats.templates = templates.len();
        answers.stats.context = templates.len() - answers.touched.len();
        answers.stats.resources = resources(&self.project);
        answers
    }
}

fn by_path(templates: BTreeSet<FileId>, sources: &Sources) -> Vec<FileId> {
    let mut files: Vec<FileId> = templates.into_iter().collect();
    files.sort_by_key(|file| Str::clone(sources.get(*file).path()));
    files
}

/// The number of resources that the templates declare; one that was read again for other loops counts as it was first.
fn resources(project: &Project) -> usize {
    let mut seen = BTreeSet::new();
    let templates = project
        .templates
        .iter()
        .filter(|template| seen.insert(template.file));
    templates.map(|template| template.resources.len()).sum()
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

/// The nearest folder that holds all inputs.
fn common_folder<'p>(inputs: impl Iterator<Item = &'p Path>) -> Option<PathBuf> {
    let mut common: Option<PathBuf> = None;
    for input in inputs {
        let input = normal(input);
        let folder = input.parent().unwrap_or(&input);
        common = Some(match common {
            None => folder.to_path_buf(),
            Some(common) => common
                .ancestors()
                .find(|above| folder.starts_with(above))
                .unwrap_or(Path::new("/"))
                .to_path_buf(),
        });
    }
    common
}

/// The root of the git repository around a folder.
fn repository_around(files: &dyn Files, folder: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|folder| {
        let git = folder.join(".git");
        files.is_dir(&git) || files.is_file(&git)
    });
    root.map(Path::to_path_buf)
}

/// The folder that links may not leave: the repository around the inputs; without one the current folder where all
/// inputs lie in it, else the nearest folder that holds them all.
fn project_root(cwd: &Path, repository: Option<&Path>, common: Option<PathBuf>) -> PathBuf {
    match (repository, common) {
        (Some(root), _) => root.to_path_buf(),
        (None, Some(common)) if !common.starts_with(cwd) => common,
        (None, _) => cwd.to_path_buf(),
    }
}

/// The name under which a crash before all rules is told.
const FACTS: &str = "facts";

/// The name under which a crash of a picture is told.
const PICTURE: &str = "picture";

/// What the rules said, and the picture that was asked for.
#[derive(Default)]
struct Checked {
    diagnostics: Vec<Diagnostic>,
    crashes: Vec<Crash>,
    picture: Option<Picture>,
}

/// Runs every rule; one that panics costs its own answers only.
fn check(
    project: &Project,
    rules: &[&'static Rule],
    settings: &RuleSettings,
    view: Option<View>,
    timings: &mut Timings,
) -> Checked {
    let facts = match catch_unwind(AssertUnwindSafe(|| Facts::build(project))) {
        Ok(facts) => facts,
        Err(panic) => {
            return Checked {
                crashes: vec![crash(FACTS, &*panic)],
                ..Checked::default()
            };
        }
    };
    timings.end("deriving facts");
    let now = timings.clock().unwrap_or(Duration::default);
    let answers: Vec<(Result<Vec<Diagnostic>, Crash>, Duration)> = rules
        .par_iter()
        .map(|rule| {
            let start = now();
            let answer = catch_unwind(AssertUnwindSafe(|| {
                let mut context = Context::new(&facts, rule, settings);
                rule.check.run(&mut context);
                context.finish()
            }));
            let answer = answer.map_err(|panic| crash(rule.name, &*panic));
            (answer, now().saturating_sub(start))
        })
        .collect();
    timings.end("rules");
    let mut checked = Checked::default();
    for (rule, (answer, took)) in rules.iter().zip(answers) {
        timings.rule(rule.name, took);
        match answer {
            Ok(found) => checked.diagnostics.extend(found),
            Err(crash) => checked.crashes.push(crash),
        }
    }
    let picture = view.map(|view| catch_unwind(AssertUnwindSafe(|| diagram::draw(&facts, view))));
    match picture {
        Some(Ok(picture)) => checked.picture = Some(picture),
        Some(Err(panic)) => checked.crashes.push(crash(PICTURE, &*panic)),
        None => {}
    }
    timings.end("drawing");
    checked
}

fn crash(what: &str, panic: &(dyn std::any::Any + Send)) -> Crash {
    Crash {
        rule: what.into(),
        message: panic_message(panic),
    }
}

/// Gives diagnostics the severities that are set for their rules.
fn judge(diagnostics: &mut [Diagnostic], rules: &[&'static Rule], settings: &RuleSettings) {
    for diagnostic in diagnostics {
        if let Some(rule) = rules.iter().find(|rule| *rule.name == *diagnostic.rule) {
            diagnostic.severity = settings.judged(rule, diagnostic.severity);
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// The names of the rules whose silence means something: they ran to their end, on everything that was asked for.
fn complete(rules: &[&'static Rule], errors: &[InputError], crashes: &[Crash]) -> FxHashSet<&'static str> {
    if !errors.is_empty() || crashes.iter().any(|crash| &*crash.rule == FACTS) {
        return FxHashSet::default();
    }
    let has_crashed = |rule: &Rule| crashes.iter().any(|crash| &*crash.rule == rule.name);
    let rules = rules.iter().filter(|rule| !has_crashed(rule));
    rules.map(|rule| rule.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;
    use crate::files::Disk;
    use crate::rule::{Category, Check, Docs, Finding, Profile, Safety};

    const fn rule(name: &'static str, check: fn(&mut Context<'_, '_>)) -> Rule {
        Rule {
            name,
            summary: "",
            docs: Docs {
                why: "",
                decides: "",
                fix: "",
                safety: Safety::Advice,
            },
            category: Category::Template,
            severity: Severity::Error,
            security_severity: None,
            profile: Profile::Recommended,
            since: "0.1.0",
            references: &[],
            aws_page: "",
            options: &[],
            check: Check::Native(check),
        }
    }

    static CRASHES: Rule = rule("crashes", |_| panic!("of no use"));
    static FINDS: Rule = rule("finds", |cx| {
        for id in cx.inventory().project().resource_ids() {
            let place = cx.inventory().project().resource(id).id.span;
            cx.report(Finding::new(id, place, "found"));
        }
    });

    #[test]
    fn a_rule_that_crashes_costs_its_own_answers_only() {
        let stdin = Stdin {
            bytes: b"Resources: {Topic: {Type: AWS::SNS::Topic}}".to_vec(),
        };
        let linter = Linter {
            stdin: Some(stdin),
            rules: vec![&CRASHES, &FINDS],
            ..Linter::new(&Disk, std::env::temp_dir(), vec![PathBuf::from("-")])
        };
        let report = linter.run().unwrap();
        assert_eq!(report.crashes.len(), 1);
        assert_eq!(
            (&*report.crashes[0].rule, report.crashes[0].message.as_str()),
            ("crashes", "of no use")
        );
        assert_eq!(report.findings.len(), 1);
        assert_eq!(&*report.findings[0].rule, "finds");
    }
}
