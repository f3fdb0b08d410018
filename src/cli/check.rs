//! `ecslint check`: templates against rules.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::Global;
use super::accept::{self, AcceptArgs, Originals};
use super::changed::{self, Compared};
use super::clock;
use super::config::{Configured, configured};
use super::exit::{Exit, Failure, written};
use super::inputs::{InputArgs, Inputs};
use super::select::{LeastArgs, SelectArgs};
use super::stream::{Streams, When};
use super::target::{Target, refuse_twice};
use super::terms::{policy, terms};
use super::timings;
use super::values::ValueArgs;
use crate::config::Config;
use crate::diag::{Confidence, Diagnostic, Severity};
use crate::diagram::View;
use crate::files::Disk;
use crate::link::{MAX_AROUND_BYTES, Nesting};
use crate::lint::suppression::accept::Acceptance;
use crate::lint::{Linter, Loaded, Report, Terms};
use crate::project::discover::{self, Context};
use crate::report::{Format, Options, visible, write, write_errors};
use crate::source::{FileId, Str};

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// Report only what the files touch that changed since REF [default REF: merge base with the upstream branch]
    ///
    /// Files count that differ from where the work left REF: committed, staged, neither, untracked or deleted. A template whose
    /// nested template was deleted counts as well, and everything does when a parameter file or the configuration changed.
    /// With PATHs, only files there count.
    #[arg(long, value_name = "REF", num_args = 0..=1, require_equals = true, default_missing_value = changed::UPSTREAM,
          value_parser = changed::parse_since, help_heading = "Input")]
    changed: Option<changed::Since>,
    /// Other templates loaded to resolve references
    ///
    /// What is loaded as context is not reported on, unless a template that was named has a part in the finding: it holds in a
    /// stack that such a template makes or nests, or a place of its evidence lies in one.
    #[arg(long, value_name = "WHICH", default_value = "nested", help_heading = "Input")]
    context: ContextArg,
    /// Print what would be checked, and why the rest would not, then stop
    #[arg(long, help_heading = "Input")]
    list_files: bool,
    #[command(flatten)]
    values: ValueArgs,
    #[command(flatten, next_help_heading = "Rules")]
    select: SelectArgs,
    #[command(flatten)]
    least: LeastArgs,
    #[command(flatten, next_help_heading = "Gate")]
    gate: GateArgs,
    #[command(flatten, next_help_heading = "Output")]
    output: OutputArgs,
    #[command(flatten, next_help_heading = "Fix")]
    accept: AcceptArgs,
}

const EXAMPLES: &str = "\
Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 unreadable input, 4 internal error.
Examples:
  ecslint check templates/
  ecslint check templates/root.yaml -P params/prod.json --fail-on error
  ecslint check --report sarif=ecslint.sarif --report junit=ecslint.xml
  ecslint check templates/ --select network,iam --show-undetermined";

/// What `--context` can be.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ContextArg {
    /// Only what is named
    None,
    /// What they nest; for files in a git repository also what nests them, exports to them or imports from them, however far
    Nested,
    /// Every template of the repository
    Repo,
}

impl From<ContextArg> for Context {
    fn from(arg: ContextArg) -> Context {
        match arg {
            ContextArg::None => Context::Nothing,
            ContextArg::Nested => Context::Connected,
            ContextArg::Repo => Context::Project,
        }
    }
}

/// The flags that decide between exit 0 and 1.
#[derive(Debug, Args)]
struct GateArgs {
    /// Exit 1 from this severity up; `never` to report only [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Print the checks that could not be decided, each with what would settle it
    #[arg(long)]
    show_undetermined: bool,
    /// Count undetermined checks as findings (and print them)
    #[arg(long)]
    fail_on_undetermined: bool,
    /// Exit 0 whatever is found (errors still exit 2, 3 or 4)
    #[arg(long)]
    exit_zero: bool,
    /// Findings listed there do not fail [default: the one in the configuration]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Audit mode: report everything, suppressed, baselined or not
    #[arg(long)]
    no_suppressions: bool,
    /// Print suppressed findings too, marked
    #[arg(long)]
    show_suppressed: bool,
}

/// From which severity on a finding fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` when none does.
    fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

/// What the flags and the configuration come to, a flag going before the configuration.
struct Settled {
    min_severity: Severity,
    min_confidence: Confidence,
    /// The least severity that fails; `None` when none does.
    fail_on: Option<Severity>,
    /// Undetermined checks count as findings.
    strict_unknown: bool,
    exit_zero: bool,
    format: Format,
}

impl Settled {
    fn new(args: &CheckArgs, config: &Config) -> Self {
        let (min_severity, min_confidence) = args.least.settled(config);
        Self {
            min_severity,
            min_confidence,
            fail_on: args.gate.fail_on.map_or(config.fail_on, FailOn::severity),
            strict_unknown: args.gate.fail_on_undetermined || config.strict_unknown,
            exit_zero: args.gate.exit_zero,
            format: args.output.format.unwrap_or(config.format),
        }
    }
}

impl Settled {
    /// What makes a run fail.
    fn failing<'r>(&self, report: &'r Report) -> impl Iterator<Item = &'r Diagnostic> {
        let (threshold, strict) = (self.fail_on, self.strict_unknown);
        let undetermined = report.undetermined.iter().filter(move |_| strict);
        let all = report.findings.iter().chain(undetermined);
        all.filter(move |diagnostic| threshold.is_some_and(|threshold| diagnostic.severity >= threshold))
    }
}

/// The flags that say what is written where.
#[derive(Debug, Args)]
struct OutputArgs {
    /// full, concise or narrated for people; json, jsonl, sarif, github, gitlab, junit, checkstyle, rdjson, markdown or html [env: ECSLINT_FORMAT] [default: full]
    #[arg(short, long, value_name = "FORMAT", value_parser = Format::from_str)]
    format: Option<Format>,
    /// Also write FORMAT to PATH (repeatable), e.g. --report sarif=ecslint.sarif
    #[arg(long, value_name = "FORMAT=PATH", value_parser = Target::from_str)]
    report: Vec<Target>,
    /// Counts per rule instead of findings
    #[arg(long)]
    statistics: bool,
    /// Write the --format output to PATH instead of stdout, which is `-`
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// SARIF category (automationDetails)
    #[arg(long, value_name = "NAME", default_value = "ecslint")]
    category: String,
    /// Make rule names links to the AWS documentation
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    hyperlinks: When,
}

impl OutputArgs {
    /// True when some output has a picture in it.
    fn draws(&self, format: Format) -> bool {
        let formats = self.report.iter().map(|target| target.format);
        formats.chain([format]).any(Format::has_picture)
    }

    /// The file that takes the place of stdout.
    fn file(&self, format: Format) -> Option<Target> {
        let path = self.output.as_ref().filter(|path| *path != Path::new("-"))?;
        Some(Target {
            format,
            path: path.clone(),
        })
    }

    /// Says what cannot be written before the work is done for it.
    fn verify(&self, format: Format, cwd: &Path) -> Result<(), Failure> {
        if self.statistics && !format.has_statistics() {
            let message = format!("`--statistics` has no place in the format `{format}`");
            let formats = Format::ALL.iter().filter(|format| format.has_statistics());
            let formats: Vec<_> = formats.map(|format| format.as_str()).collect();
            return Err(Failure::usage(message).help(format!("use one of: {}", formats.join(", "))));
        }
        let targets: Vec<Target> = self.report.iter().cloned().chain(self.file(format)).collect();
        refuse_twice(&targets, cwd)
    }
}

impl CheckArgs {
    /// What changed, when that is asked for; `None` as well where everything counts as changed.
    fn changed(
        &self,
        inputs: &Inputs,
        steering: impl Iterator<Item = Str>,
        cwd: &Path,
        streams: &Streams,
    ) -> Result<Option<Compared>, Failure> {
        let Some(since) = &self.changed else {
            return Ok(None);
        };
        if inputs.stdin.is_some() {
            let message = "`--changed` compares files, and stdin is none";
            return Err(Failure::usage(message).help("drop `-` or `--changed`"));
        }
        let compared = changed::compare(since, cwd, streams)?;
        if let Some(file) = changed::steering(&compared.changes, cwd, steering) {
            streams.remark(&format!(
                "note: `{}` changed: everything is reported",
                visible(&file)
            ));
            return Ok(None);
        }
        Ok(Some(compared))
    }
}

/// Runs the command.
pub(super) fn run(args: &CheckArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    let start = clock::running();
    let cwd = current_dir()?;
    let Configured { mut config, rules } = configured(global, args.select.own(), &cwd, streams)?;
    let settled = Settled::new(args, &config);
    args.output.verify(settled.format, &cwd)?;
    let inputs = args.inputs.read(&cwd, &config)?;
    let chosen = args.select.chosen(&rules, &config.choice)?;
    let baseline = args.gate.baseline.as_deref();
    let terms = terms(&config, &rules, baseline, &cwd)?;
    let acceptance = args.accept.acceptance(&terms)?;
    let values = args.values.read(&cwd, &mut config)?;
    let files = values.sources.iter().map(|(_, source)| source.path().clone());
    let compared = args.changed(&inputs, files.chain(rules.files.clone()), &cwd, streams)?;
    let linter = Linter {
        suppressions: policy(terms.clone(), args.gate.no_suppressions),
        discovery: discover::Options {
            context: args.context.into(),
            changed: compared.as_ref().map(|compared| compared.changes.clone()),
            ..inputs.discovery
        },
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
        picture: args.output.draws(settled.format).then_some(View::Architecture),
        clock: (global.verbose > 1).then_some(clock::running),
        ..Linter::new(&Disk, cwd.clone(), inputs.paths)
    };
    let progress = streams.progress();
    progress.say("reading templates");
    let mut loaded = linter.load().map_err(|error| Failure::usage(error.to_string()))?;
    if let Some(compared) = compared.filter(|_| loaded.is_about_nothing()) {
        streams.remark(&format!(
            "no template here changed since {}: nothing to check",
            compared.since
        ));
    }
    if args.list_files {
        drop(progress);
        return list_files(loaded, streams);
    }
    if args.changed.is_none() {
        // Of what changed, nothing need declare what the whole is given.
        values.claims.verify(&mut loaded)?;
    }
    values.claims.hide_secrets(&mut loaded.project);
    let originals = Originals::new(&loaded);
    progress.say(format!("checking {} stacks", loaded.project.stacks.len()));
    let mut report = loaded.check();
    drop(progress);
    report.keep(settled.min_severity, settled.min_confidence);
    report.stats.elapsed = clock::running().saturating_sub(start);
    if report.stats.is_cut {
        let files = discover::MAX_SURROUNDING_ENTRIES;
        let mebibytes = MAX_AROUND_BYTES >> 20;
        streams.remark(&format!(
            "warning: the search for context ended at {files} files and folders or {mebibytes} MiB: templates that belong to \
             these may be missing; name the folder of the deployment, or use `--context none`"
        ));
    }
    if let Some(acceptance) = acceptance {
        return accept_findings(&report, &settled, &originals, &acceptance, &terms, streams);
    }
    let exit = exit(&report, &settled);
    publish(args, &settled, global, streams, &cwd, &report, exit)?;
    report.timings.end("writing");
    for line in timings::lines(&report.timings) {
        streams.remark(&line);
    }
    // The process ends here, and takes all memory with it at once.
    std::mem::forget(report);
    Ok(exit)
}

/// Writes suppressions for what fails, and ends as a check would that nothing but the rest is left for.
fn accept_findings(
    report: &Report,
    settled: &Settled,
    originals: &Originals,
    acceptance: &Acceptance,
    terms: &Terms,
    streams: &Streams,
) -> Result<Exit, Failure> {
    let failing: Vec<&Diagnostic> = settled.failing(report).collect();
    let left = accept::run(report, &failing, originals, acceptance, terms, streams)?;
    streams.errors(report)?;
    let complete = match (report.crashes.is_empty(), report.errors.is_empty()) {
        (false, _) => Exit::Internal,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Clean,
    };
    Ok(left.max(complete))
}

/// The folder that relative paths start from.
pub(super) fn current_dir() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::input(format!("cannot read the current folder: {error}")))
}

/// How a run ends.
fn exit(report: &Report, settled: &Settled) -> Exit {
    if !report.crashes.is_empty() {
        return Exit::Internal;
    }
    if !report.errors.is_empty() {
        return Exit::Incomplete;
    }
    if settled.failing(report).next().is_some() && !settled.exit_zero {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// Writes the reports: the files, then stdout, then what stderr is for.
fn publish(
    args: &CheckArgs,
    settled: &Settled,
    global: &Global,
    streams: &Streams,
    cwd: &Path,
    report: &Report,
    exit: Exit,
) -> Result<(), Failure> {
    let output = &args.output;
    let options = |painted: Options| Options {
        quiet: global.quiet > 0,
        timing: global.verbose > 1,
        list_skipped: global.verbose > 0,
        show_undetermined: args.gate.show_undetermined || settled.strict_unknown || global.verbose > 0,
        show_suppressed: args.gate.show_suppressed,
        exit_code: exit.code(),
        is_excused: exit == Exit::Clean && settled.failing(report).next().is_some(),
        category: output.category.clone(),
        ..painted
    };
    let counted = |painted: Options| Options {
        statistics: output.statistics,
        ..options(painted)
    };
    for target in &output.report {
        target.write(cwd, report, &options(streams.file(output.hyperlinks)))?;
    }
    let silent = global.quiet > 1;
    if let Some(target) = output.file(settled.format) {
        target.write(cwd, report, &counted(streams.file(output.hyperlinks)))?;
    } else if !silent {
        let painted = counted(streams.stdout(output.hyperlinks));
        written(
            write(settled.format, report, &painted, &mut io::stdout().lock()),
            "stdout",
        )?;
    }
    if !silent {
        let painted = options(streams.stderr());
        written(
            write_errors(settled.format, report, &painted, &mut io::stderr().lock()),
            "stderr",
        )?;
    }
    Ok(())
}

/// Prints the templates on stdout, and on stderr why other files are none.
fn list_files(loaded: Loaded, streams: &Streams) -> Result<Exit, Failure> {
    let project = &loaded.project;
    let files: BTreeSet<FileId> = project.templates.iter().map(|template| template.file).collect();
    let (asked, context): (BTreeSet<FileId>, BTreeSet<FileId>) =
        files.into_iter().partition(|file| project.is_touched_file(*file));
    let paths = |files: BTreeSet<FileId>| -> BTreeSet<String> {
        let paths = files.into_iter().map(|file| project.sources.get(file).path());
        paths.map(|path| visible(path)).collect()
    };
    let lines: Vec<String> = paths(asked).into_iter().map(|path| path + "\n").collect();
    streams.print(&lines.concat())?;
    for path in paths(context) {
        streams.remark(&format!("context {path}"));
    }
    for skipped in &loaded.skipped {
        streams.remark(&format!("skipped {}: {}", visible(&skipped.path), skipped.reason));
    }
    for error in &loaded.errors {
        streams.remark(&format!(
            "error: {}: {}",
            visible(&error.path),
            visible(&error.message)
        ));
    }
    Ok(if loaded.errors.is_empty() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Crash, InputError};

    const SETTLED: Settled = Settled {
        min_severity: Severity::Info,
        min_confidence: Confidence::Low,
        fail_on: Some(Severity::Warning),
        strict_unknown: false,
        exit_zero: true,
        format: Format::Full,
    };

    #[test]
    fn a_crash_exits_4_and_beats_what_could_not_be_read() {
        let mut report = Report::default();
        assert_eq!(exit(&report, &SETTLED), Exit::Clean);
        report.errors.push(InputError {
            path: "a.yaml".into(),
            message: "no such file or folder".to_owned(),
            problem: None,
        });
        assert_eq!(exit(&report, &SETTLED), Exit::Incomplete);
        report.crashes.push(Crash {
            rule: "task-public-ip".into(),
            message: "of no use".to_owned(),
        });
        assert_eq!(exit(&report, &SETTLED).code(), 4);
    }
}
