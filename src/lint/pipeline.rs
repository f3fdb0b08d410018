//! What is loaded becomes a report: check every deployment, merge, accept, sort.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rustc_hash::{FxHashMap, FxHashSet};

use super::environment::Deployments;
use super::merge::{joined, merge, sorted};
use super::rule_run::{FACTS, check};
use super::suppression::{self, Form, Policy, Requests};
use super::{Crash, InputError, Report, Repository, Skipped, Stats, Timings};
use super::{baseline, identity, redact};
use crate::diag::{Diagnostic, Outcome};
use crate::diagram::{Picture, View};
use crate::project::{Project, StackId};
use crate::rule::{Rule, RuleSettings};
use crate::source::{FileId, Sources, Str};

/// The loaded and linked inputs of a run.
#[derive(Debug)]
pub struct Loaded {
    /// The templates, and the stacks they make in one environment: the first, until [`Loaded::enter`] says otherwise.
    pub project: Project,
    /// The repository around the inputs.
    pub repository: Repository,
    /// What the templates become in each environment; at least one.
    pub(super) deployments: Deployments,
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
    pub(super) folders: Vec<PathBuf>,
    /// True when a limit ended the search for context.
    pub(super) is_cut: bool,
    /// True when what uses the templates that were asked about is loaded, as far as it can be found.
    pub(super) knows_users: bool,
    /// True when no environment was left out.
    pub(super) is_everywhere: bool,
    pub(super) timings: Timings,
}

/// The stacks of what was asked about, and those that they nest.
pub(super) fn touched(project: &Project) -> impl Iterator<Item = StackId> + '_ {
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
        // Many small pieces of memory, which nobody who writes a report waits for.
        let parsed = std::mem::take(&mut self.project.templates);
        rayon::spawn(move || drop(parsed));
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

/// The names of the rules whose silence means something: they ran to their end, on everything that was asked for.
fn complete(rules: &[&'static Rule], errors: &[InputError], crashes: &[Crash]) -> FxHashSet<&'static str> {
    if !errors.is_empty() || crashes.iter().any(|crash| &*crash.rule == FACTS) {
        return FxHashSet::default();
    }
    let has_crashed = |rule: &Rule| crashes.iter().any(|crash| &*crash.rule == rule.name);
    let rules = rules.iter().filter(|rule| !has_crashed(rule));
    rules.map(|rule| rule.name).collect()
}

/// Gives diagnostics the severities that are set for their rules.
fn judge(diagnostics: &mut [Diagnostic], rules: &[&'static Rule], settings: &RuleSettings) {
    for diagnostic in diagnostics {
        if let Some(rule) = rules.iter().find(|rule| *rule.name == *diagnostic.rule) {
            diagnostic.severity = settings.judged(rule, diagnostic.severity);
        }
    }
}
