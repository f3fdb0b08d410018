//! `ecslint baseline`: the findings of today on record, so that only new ones fail.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Global;
use super::check::current_dir;
use super::config::{Configured, configured};
use super::exit::{Exit, Failure};
use super::inputs::InputArgs;
use super::select::{LeastArgs, SelectArgs};
use super::stream::Streams;
use super::target::exchange;
use super::terms::{baseline_path, policy, read, without_baseline};
use super::values::ValueArgs;
use crate::diag::Diagnostic;
use crate::files::{Disk, Files};
use crate::link::Nesting;
use crate::lint::baseline::{Baseline, Entry, Renewal};
use crate::lint::suppression::Form;
use crate::lint::{Linter, Report};
use crate::project::discover::shown;
use crate::report::visible;
use crate::source::Str;

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Exit codes: 0 done, 2 usage or configuration, 3 unreadable input, 4 internal error. Findings do not change it.
Examples:
  ecslint baseline create templates/
  ecslint check --baseline .ecslint-baseline.json templates/
  ecslint baseline prune templates/";

#[derive(Debug, Subcommand)]
enum Action {
    /// Record all findings of today
    Create(CreateArgs),
    /// Record new findings, and drop entries whose findings are gone
    Update(RecordArgs),
    /// Drop entries whose findings are gone
    Prune(RunArgs),
    /// Print the entries
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    record: RecordArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    file: FileArgs,
}

#[derive(Debug, Args)]
struct FileArgs {
    /// The file [default: the one in the configuration, else .ecslint-baseline.json]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// The flags of what checks templates.
#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    values: ValueArgs,
    #[command(flatten, next_help_heading = "Rules")]
    select: SelectArgs,
}

/// The flags of what records findings.
#[derive(Debug, Args)]
struct RecordArgs {
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    least: LeastArgs,
}

/// Runs the command.
pub(super) fn run(args: &BaselineArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    let cwd = current_dir()?;
    match &args.action {
        Action::Create(args) => {
            let session = Session::start(&args.record.run, global, &cwd, streams)?;
            session.create(args.force, &args.record.least)
        }
        Action::Update(args) => Session::start(&args.run, global, &cwd, streams)?.update(&args.least),
        Action::Prune(args) => Session::start(args, global, &cwd, streams)?.prune(),
        Action::Show(args) => show(&args.file, global, &cwd, streams),
    }
}

/// A baseline and the templates it is for.
struct Session<'s> {
    args: &'s RunArgs,
    cwd: &'s Path,
    streams: &'s Streams,
    configured: Configured,
    path: PathBuf,
    shown: Str,
}

/// What checking the templates led to.
struct Checked {
    report: Report,
    /// The folder that the paths of entries start from.
    root: PathBuf,
}

impl<'s> Session<'s> {
    fn start(
        args: &'s RunArgs,
        global: &Global,
        cwd: &'s Path,
        streams: &'s Streams,
    ) -> Result<Self, Failure> {
        let configured = configured(global, args.select.own(), cwd, streams)?;
        let path = baseline_path(&configured.config, args.file.baseline.as_deref(), cwd);
        let shown = shown(&Disk, cwd, &path);
        Ok(Self {
            args,
            cwd,
            streams,
            configured,
            path,
            shown,
        })
    }

    fn create(self, force: bool, least: &LeastArgs) -> Result<Exit, Failure> {
        if !force && Disk.is_file(&self.path) {
            let failure = Failure::usage(format!("{} is there already", self.shown));
            return Err(failure.help("`ecslint baseline update` brings it up to date; --force replaces it"));
        }
        let empty = Baseline::new(self.shown.clone(), Vec::new());
        self.renewed(empty, None, least, &|renewal| {
            format!("{} recorded", counted(renewal.added, "finding"))
        })
    }

    fn update(self, least: &LeastArgs) -> Result<Exit, Failure> {
        let (before, text) = self.old()?;
        self.renewed(before, Some(text), least, &|renewal| {
            let moved = match renewal.moved {
                0 => String::new(),
                moved => format!(", {moved} moved"),
            };
            format!("{} added{moved}, {} removed", renewal.added, renewal.removed)
        })
    }

    fn prune(self) -> Result<Exit, Failure> {
        let (before, text) = self.old()?;
        let (path, shown, streams) = (self.path.clone(), self.shown.clone(), self.streams);
        let known = self.known();
        match self.checked(before)? {
            Err(exit) => Ok(exit),
            Ok(checked) => {
                let is_gone = |entry: &Entry| checked.is_gone(entry, &known);
                let renewal = Renewal::prune(&checked.report, &shown, &is_gone);
                write(&path, &shown, Some(&text), &renewal.baseline)?;
                let left = counted(renewal.baseline.entries.len(), "entry");
                streams.print(&format!(
                    "{}: {} removed · {left}\n",
                    visible(&shown),
                    renewal.removed
                ))?;
                Ok(Exit::Clean)
            }
        }
    }

    /// The baseline there is, and its text.
    fn old(&self) -> Result<(Baseline, String), Failure> {
        let before = read(&self.path, self.cwd)?;
        let text = std::fs::read_to_string(&self.path)
            .map_err(|error| Failure::usage(format!("cannot read the baseline {}: {error}", self.shown)))?;
        Ok((before, text))
    }

    /// The names of all rules.
    fn known(&self) -> Vec<&'static str> {
        self.configured.rules.all.iter().map(|rule| rule.name).collect()
    }

    /// Takes the findings of today into a baseline, and says what changed.
    fn renewed(
        self,
        before: Baseline,
        text: Option<String>,
        least: &LeastArgs,
        told: &dyn Fn(&Renewal) -> String,
    ) -> Result<Exit, Failure> {
        let (path, shown, streams) = (self.path.clone(), self.shown.clone(), self.streams);
        let known = self.known();
        let terms = without_baseline(&self.configured.config, &self.configured.rules, self.cwd)?;
        let (severity, confidence) = least.settled(&self.configured.config);
        let is_configured = self.configured.config.baseline.is_some();
        match self.checked(before)? {
            Err(exit) => Ok(exit),
            Ok(mut checked) => {
                // What is known stays known, whatever is left out today.
                let is_reported =
                    |finding: &Diagnostic| finding.severity >= severity && finding.confidence >= confidence;
                checked.report.findings.retain(is_reported);
                let is_gone = |entry: &Entry| checked.is_gone(entry, &known);
                let is_acceptable = |finding: &Diagnostic| !terms.is_protected(&finding.rule);
                let report = &checked.report;
                let renewal = Renewal::update(report, &shown, terms.today, &is_gone, &is_acceptable);
                write(&path, &shown, text.as_deref(), &renewal.baseline)?;
                let mut said = format!("{}: {}", visible(&shown), told(&renewal));
                let left = report
                    .findings
                    .iter()
                    .filter(|finding| !is_acceptable(finding))
                    .count();
                if left > 0 {
                    said.push_str(&format!(
                        " · {} of protected rules left out",
                        counted(left, "finding")
                    ));
                }
                said.push_str(&format!(
                    " · {}\n",
                    counted(renewal.baseline.entries.len(), "entry")
                ));
                streams.print(&said)?;
                if !is_configured {
                    streams.remark(&format!(
                        "help: `baseline: {shown}` in the configuration makes every check use it, `ecslint check --baseline {shown}` one"
                    ));
                }
                Ok(Exit::Clean)
            }
        }
    }

    /// Checks the templates with a baseline; an exit code where that came to no end, so that nothing may be recorded.
    fn checked(self, baseline: Baseline) -> Result<Result<Checked, Exit>, Failure> {
        let Configured { mut config, rules } = self.configured;
        let mut terms = without_baseline(&config, &rules, self.cwd)?;
        if !terms.allows(Form::Baseline) {
            let failure = Failure::usage("the configuration allows no baseline");
            return Err(failure.help("`suppressions.allow` does not have `baseline`"));
        }
        terms.baseline = Some(baseline);
        let inputs = self.args.inputs.read(self.cwd, &config)?;
        let chosen = self.args.select.chosen(&rules, &config.choice)?;
        let values = self.args.values.read(self.cwd, &mut config)?;
        let linter = Linter {
            suppressions: policy(terms, false),
            discovery: inputs.discovery,
            stdin: inputs.stdin,
            values: values.rest,
            environments: values.environments,
            nesting: Nesting {
                follow: inputs.follow,
                ..values.nesting
            },
            on_missing: values.on_missing,
            is_everywhere: values.is_everywhere,
            sources: values.sources,
            rules: chosen,
            settings: config.settings,
            ..Linter::new(&Disk, self.cwd, inputs.paths)
        };
        let mut loaded = linter.load().map_err(|error| Failure::usage(error.to_string()))?;
        values.claims.verify(&mut loaded)?;
        values.claims.hide_secrets(&mut loaded.project);
        let root = loaded.project.root.clone();
        let report = loaded.check();
        let exit = match (report.crashes.is_empty(), report.errors.is_empty()) {
            (false, _) => Exit::Internal,
            (true, false) => Exit::Incomplete,
            (true, true) => return Ok(Ok(Checked { report, root })),
        };
        self.streams.errors(&report)?;
        self.streams
            .remark("help: nothing was recorded; what cannot be read has no findings yet");
        Ok(Err(exit))
    }
}

impl Checked {
    /// True for an entry that the run did not look for and that can meet no finding any more: its file or its rule is gone.
    fn is_gone(&self, entry: &Entry, known: &[&str]) -> bool {
        !known.contains(&&*entry.rule) || !Disk.is_file(&self.root.join(&*entry.path))
    }
}

/// Writes a baseline; a file that was read before must not have changed since.
fn write(path: &Path, shown: &str, before: Option<&str>, baseline: &Baseline) -> Result<(), Failure> {
    exchange(path, before.map(str::as_bytes), baseline.text().as_bytes())
        .map_err(|error| Failure::usage(format!("cannot write {shown}: {error}")))
}

/// Prints the entries, and how many there are of each rule.
fn show(args: &FileArgs, global: &Global, cwd: &Path, streams: &Streams) -> Result<Exit, Failure> {
    let own = super::own_rules::RuleArgs::default();
    let Configured { config, rules } = configured(global, &own, cwd, streams)?;
    let path = baseline_path(&config, args.baseline.as_deref(), cwd);
    let baseline = read(&path, cwd)?;
    let mut text = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &baseline.entries {
        *counts.entry(&entry.rule).or_default() += 1;
        let place = match (entry.stack.is_empty(), entry.resource.is_empty()) {
            (_, true) => entry.pointer.to_string(),
            (true, false) => entry.resource.to_string(),
            (false, false) => format!("{}/{}", entry.stack, entry.resource),
        };
        text.push_str(&format!(
            "{} {} {}[{}] {}\n",
            entry.first_seen,
            visible(&entry.path),
            visible(&entry.rule),
            visible(&place),
            visible(&entry.message)
        ));
    }
    for (rule, count) in counts {
        let note = match rules.all.iter().any(|known| known.name == rule) {
            true => "",
            false => " (no rule is called so)",
        };
        text.push_str(&format!("{count:>5} {}{note}\n", visible(rule)));
    }
    text.push_str(&format!("{}\n", counted(baseline.entries.len(), "entry")));
    streams.print(&text)?;
    Ok(Exit::Clean)
}

/// "1 entry", "2 entries", "1 finding", "2 findings".
fn counted(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}
