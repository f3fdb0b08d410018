//! `ecslint check --add-ignore`: accepts what is found, and writes that into the templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

use super::exit::{Exit, Failure};
use super::stream::Streams;
use super::target::exchange;
use crate::diag::{Diagnostic, SuppressionKind};
use crate::lint::suppression::accept::{ABOUT_SUPPRESSIONS, Acceptance, Accepted, accept, may_be_renewed};
use crate::lint::suppression::{Form, date};
use crate::lint::{Loaded, Report, Terms};
use crate::report::visible;
use crate::rule::Check;
use crate::source::{FileId, Source, Span, Str};

/// The flags that write suppressions.
#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    /// Accept all findings that would fail: write suppressions (comments in YAML, Metadata in JSON) with this reason
    #[arg(long, value_name = "REASON", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = parse_reason, conflicts_with_all = ["no_suppressions", "report", "output", "format", "list_files"])]
    add_ignore: Option<Decision>,
    /// The last day on which the suppressions of --add-ignore count
    #[arg(long, value_name = "DATE", requires = "add_ignore", value_parser = parse_day)]
    until: Option<Date>,
}

/// What `--add-ignore` says.
#[derive(Clone, Debug)]
struct Decision {
    reason: Option<String>,
}

fn parse_reason(text: &str) -> Result<Decision, String> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return Err("a reason is one line of text".to_owned());
    }
    Ok(Decision {
        reason: (!text.is_empty()).then(|| text.to_owned()),
    })
}

fn parse_day(text: &str) -> Result<Date, String> {
    date(text).ok_or_else(|| "write a day as YYYY-MM-DD".to_owned())
}

impl AcceptArgs {
    /// The decision to write down; `None` where nothing is to be written.
    ///
    /// # Errors
    /// When it would be reported itself: without a reason that is required, over before it begins, or too long.
    pub(super) fn acceptance(&self, terms: &Terms) -> Result<Option<Acceptance>, Failure> {
        let Some(decision) = &self.add_ignore else {
            return Ok(None);
        };
        if decision.reason.is_none() && terms.require_reason {
            let failure = Failure::usage("`--add-ignore` needs a reason");
            return Err(failure.help("write `--add-ignore='why these are acceptable'`; whoever meets the suppressions later has to know"));
        }
        if let Some(until) = self.until.filter(|until| *until < terms.today) {
            let failure = Failure::usage(format!("--until: {until} is over"));
            return Err(failure.help(format!("today is {}; give that day or a later one", terms.today)));
        }
        if let Some(latest) = terms.latest()
            && self.until.is_none_or(|until| until > latest)
        {
            let failure = Failure::usage(match self.until {
                Some(until) => format!("--until: {until} is later than `suppressions.max-days` allows"),
                None => "`suppressions.max-days` asks for an end".to_owned(),
            });
            return Err(failure.help(format!("write `--until {latest}` or an earlier day")));
        }
        let forms: Vec<Form> = [Form::Comment, Form::Metadata]
            .into_iter()
            .filter(|form| terms.allows(*form))
            .collect();
        if forms.is_empty() {
            let failure = Failure::usage("the configuration allows no suppressions in templates");
            return Err(failure.help("`suppressions.allow` has neither `comment` nor `metadata`"));
        }
        Ok(Some(Acceptance {
            reason: decision.reason.clone(),
            until: self.until,
            today: terms.today,
            forms,
        }))
    }
}

/// The templates as they were read, before secrets are masked for the report.
pub(super) struct Originals {
    templates: BTreeMap<FileId, Original>,
    root: PathBuf,
}

struct Original {
    place: PathBuf,
    text: Str,
    /// How many stacks are made from it.
    stacks: usize,
}

impl Originals {
    /// Keeps what is needed to edit the templates of a run.
    pub(super) fn new(loaded: &Loaded) -> Self {
        let project = &loaded.project;
        let templates = project.templates.iter().zip(&project.places);
        let original = |(template, place): (&crate::cfn::Template, &PathBuf)| {
            let stacks = project
                .stack_ids()
                .filter(|id| project.file(*id) == template.file);
            let original = Original {
                place: place.clone(),
                text: project.sources.get(template.file).text().clone(),
                stacks: stacks.count(),
            };
            (template.file, original)
        };
        Self {
            templates: templates.map(original).collect(),
            root: project.root.clone(),
        }
    }
}

/// A finding that stays, and why.
struct Left {
    path: Str,
    line: u32,
    column: u32,
    rule: Str,
    why: String,
    help: String,
}

/// Writes suppressions for the findings that fail a run, and prints what was written and what was not.
pub(super) fn run(
    report: &Report,
    failing: &[&Diagnostic],
    originals: &Originals,
    acceptance: &Acceptance,
    terms: &Terms,
    streams: &Streams,
) -> Result<Exit, Failure> {
    let mut session = Session {
        report,
        originals,
        acceptance,
        lines: Vec::new(),
        left: Vec::new(),
        written: 0,
        accepted: 0,
        files: 0,
    };
    let mut by_file: BTreeMap<(Str, FileId), Vec<&Diagnostic>> = BTreeMap::new();
    for finding in failing {
        match refusal(finding, report, terms) {
            Some((why, help)) => session.leave(finding, &why, &help),
            None => {
                let file = finding.primary.span.file;
                let path = report.sources.get(file).path().clone();
                by_file.entry((path, file)).or_default().push(finding);
            }
        }
    }
    let mut broken = false;
    for ((_, file), findings) in by_file {
        broken |= session.file(file, &findings)?;
    }
    session.print(streams)?;
    Ok(match (broken, session.left.is_empty()) {
        (true, _) => Exit::Incomplete,
        (false, false) => Exit::Findings,
        (false, true) => Exit::Clean,
    })
}

/// Why nothing may accept a finding, whatever its template looks like.
fn refusal(finding: &Diagnostic, report: &Report, terms: &Terms) -> Option<(String, String)> {
    let rule = report.rules.iter().find(|rule| *rule.name == *finding.rule)?;
    if matches!(rule.check, Check::Suppressions) && !may_be_renewed(rule.name) {
        let help = finding.help.clone().unwrap_or_default();
        return Some((ABOUT_SUPPRESSIONS.to_owned(), help));
    }
    terms.is_protected(rule.name).then(|| {
        let why = "the configuration protects the rule: nothing may suppress it".to_owned();
        (why, "mend what it reports".to_owned())
    })
}

struct Session<'s> {
    report: &'s Report,
    originals: &'s Originals,
    acceptance: &'s Acceptance,
    lines: Vec<String>,
    left: Vec<Left>,
    written: usize,
    accepted: usize,
    files: usize,
}

impl Session<'_> {
    fn leave(&mut self, finding: &Diagnostic, why: &str, help: &str) {
        self.leave_at(finding.primary.span, finding.rule.clone(), why, help);
    }

    fn leave_at(&mut self, place: Span, rule: Str, why: &str, help: &str) {
        let source = self.report.sources.get(place.file);
        let position = source.position(place.start);
        self.left.push(Left {
            path: source.path().clone(),
            line: position.line,
            column: position.column,
            rule,
            why: why.to_owned(),
            help: help.to_owned(),
        });
    }

    /// Accepts the findings of one file; true when writing it failed.
    fn file(&mut self, file: FileId, findings: &[&Diagnostic]) -> Result<bool, Failure> {
        let shown = self.report.sources.get(file).path().clone();
        let original = self.originals.templates.get(&file);
        let target = match original {
            Some(original) => writable(original, &self.originals.root),
            None => Err(Refusal::new("it is not in a template", "mend it where it stands")),
        };
        let (original, target) = match (original, target) {
            (Some(original), Ok(target)) => (original, target),
            (_, Err(refusal)) => {
                for finding in findings {
                    self.leave(finding, &refusal.why, &refusal.help);
                }
                return Ok(false);
            }
            (None, Ok(_)) => return Ok(false),
        };
        let accepted = accept(&shown, &original.text, findings, self.acceptance);
        for refused in &accepted.refused {
            self.leave_at(refused.place, refused.rule.clone(), &refused.why, &refused.help);
        }
        if accepted.written.is_empty() {
            return Ok(false);
        }
        if let Err(error) = exchange(&target, Some(original.text.as_bytes()), accepted.text.as_bytes()) {
            for finding in findings {
                let help = "see that the file can be written, and run the command again";
                self.leave(finding, &format!("the file cannot be written: {error}"), help);
            }
            return Ok(true);
        }
        self.tell(&shown, &accepted, original.stacks);
        Ok(false)
    }

    /// Notes what was written into a file.
    fn tell(&mut self, shown: &Str, accepted: &Accepted, stacks: usize) {
        let source = Source::new(shown.clone(), accepted.text.as_str());
        for written in &accepted.written {
            let line = source.position(written.place.start).line;
            let mark = match written.kind {
                SuppressionKind::Comment => "# ",
                _ => "",
            };
            let text = visible(&written.shown);
            self.lines
                .push(format!("{}:{line}: {mark}{text}", visible(shown)));
            self.accepted += written.findings;
        }
        if stacks > 1 {
            self.lines.push(format!(
                "{}: is the template of {stacks} stacks: what it accepts holds for all of them",
                visible(shown)
            ));
        }
        self.written += accepted.written.len();
        self.files += 1;
    }

    fn print(&self, streams: &Streams) -> Result<(), Failure> {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        for left in &self.left {
            text.push_str(&format!(
                "{}:{}:{}: not accepted: {}: {}\n",
                visible(&left.path),
                left.line,
                left.column,
                visible(&left.rule),
                visible(&left.why)
            ));
            if !left.help.is_empty() {
                text.push_str(&format!("  help: {}\n", visible(&left.help)));
            }
        }
        let counted = |count: usize, one: &str, several: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {several}"),
        };
        text.push_str(&match self.accepted {
            0 => "nothing written".to_owned(),
            _ => format!(
                "{} for {} written in {}",
                counted(self.written, "suppression", "suppressions"),
                counted(self.accepted, "finding", "findings"),
                counted(self.files, "file", "files"),
            ),
        });
        if !self.left.is_empty() {
            text.push_str(&format!(
                " · {} left",
                counted(self.left.len(), "finding", "findings")
            ));
        }
        text.push('\n');
        streams.print(&text)
    }
}

/// Why a file is not written, and what to do instead.
struct Refusal {
    why: String,
    help: String,
}

impl Refusal {
    fn new(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            help: help.into(),
        }
    }
}

/// Folders whose templates are made by a tool, with what to do instead.
const GENERATED: &[(&str, &str)] = &[
    (
        "cdk.out",
        "the CDK app makes the template: put the entry into `cfnOptions.metadata` of the resource there",
    ),
    (
        ".aws-sam",
        "SAM makes the template: accept the finding in the template it is built from",
    ),
];

/// The file to write, links followed.
fn writable(original: &Original, root: &Path) -> Result<PathBuf, Refusal> {
    let refuse = |why: String, help: &str| Err(Refusal::new(why, help));
    let folders: BTreeSet<&std::ffi::OsStr> = original
        .place
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    if let Some((folder, help)) = GENERATED
        .iter()
        .find(|(folder, _)| folders.contains(std::ffi::OsStr::new(folder)))
    {
        return refuse(format!("the file in `{folder}` is generated"), help);
    }
    let target = match original.place.canonicalize() {
        Ok(target) if target.is_file() => target,
        _ => {
            return refuse(
                "there is no file to write".to_owned(),
                "name a file instead of stdin",
            );
        }
    };
    let is_inside = root.canonicalize().is_ok_and(|root| target.starts_with(root));
    if !is_inside {
        return refuse(
            "the file lies outside of the project".to_owned(),
            "run the command in the project that the file belongs to",
        );
    }
    match fs::metadata(&target) {
        Ok(metadata) if metadata.permissions().readonly() => refuse(
            "the file is read-only".to_owned(),
            "make it writable, and run the command again",
        ),
        Ok(_) => Ok(target),
        Err(error) => refuse(
            format!("the file cannot be read: {error}"),
            "see that it can be read",
        ),
    }
}
