//! `ecslint rules test`: the user's rules against templates that they must report, pass, or find undetermined.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::check::current_dir;
use super::exit::{Exit, Failure};
use super::own_rules::{self, TESTS};
use super::stream::Streams;
use crate::diag::Diagnostic;
use crate::files::{Disk, Files};
use crate::lint::{Linter, Report};
use crate::project::discover;
use crate::report::visible;
use crate::rule::Rule;

/// What a comment on a line that must be reported begins with; the rule's name follows.
const MARK: &str = "# expect: ";

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TestArgs {
    /// The folder with the rules and their templates
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Beside `my-rule.yaml` lie templates, or folders of templates that are checked together:
  my-rule.bad.yaml        must be reported: on the lines that say `# expect: my-rule`, or somewhere
  my-rule.good.yaml       must pass
  my-rule.unknown.yaml    must be undetermined
  my-rule.nested.bad/     another case
Exit codes: 0 all as expected, 1 some not, 2 a rule that cannot be used, 3 no test.";

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Finding,
    Pass,
    Undetermined,
}

impl Wanted {
    /// What the name of a file or folder says.
    fn of(path: &Path) -> Option<(Wanted, &str)> {
        let name = path.file_name()?.to_str()?;
        let stem = if path.is_dir() {
            name
        } else {
            path.file_stem()?.to_str()?
        };
        let kinds = [Wanted::Finding, Wanted::Pass, Wanted::Undetermined];
        TESTS
            .iter()
            .zip(kinds)
            .find_map(|(ending, wanted)| Some((wanted, stem.strip_suffix(ending)?)))
    }
}

/// A template, or a folder of them, with the rule that it tests.
struct Case {
    rule: &'static Rule,
    wanted: Wanted,
    path: PathBuf,
}

pub(super) fn run(args: &TestArgs, streams: &Streams) -> Result<Exit, Failure> {
    let cwd = current_dir()?;
    let folder = cwd.join(&args.folder);
    if !Disk.is_dir(&folder) {
        return Err(Failure::input(format!(
            "{}: no such folder",
            args.folder.display()
        )));
    }
    let rules = own_rules::read(std::slice::from_ref(&args.folder), &cwd, streams)?;
    let rules: Vec<&Rule> = rules.into_iter().map(|(_, rule)| rule).collect();
    let cases = cases(&folder, &rules)?;
    if cases.is_empty() {
        let name = rules.first().map_or("my-rule", |rule| rule.name);
        return Err(
            Failure::input(format!("no test in {}", args.folder.display())).help(format!(
                "write `{name}.bad.yaml`, which the rule must report, and `{name}.good.yaml`"
            )),
        );
    }
    let mut out = String::new();
    let mut failed = 0;
    for case in &cases {
        let shown = discover::shown(&Disk, &cwd, &case.path);
        let complaints = judge(case, &cwd)?;
        let word = if complaints.is_empty() { "ok  " } else { "FAIL" };
        out.push_str(&format!("{word}  {}  {}\n", case.rule.name, visible(&shown)));
        for complaint in &complaints {
            out.push_str(&format!("      {}\n", visible(complaint)));
        }
        failed += usize::from(!complaints.is_empty());
    }
    for rule in &rules {
        for (wanted, ending) in [(Wanted::Finding, "bad"), (Wanted::Pass, "good")] {
            let is_tested = cases
                .iter()
                .any(|case| case.rule.name == rule.name && case.wanted == wanted);
            if !is_tested {
                out.push_str(&format!("note  {0}  has no `{0}.{ending}.yaml`\n", rule.name));
            }
        }
    }
    out.push_str(&format!(
        "\n{} and {}: {} as expected, {failed} not\n",
        counted(rules.len(), "rule"),
        counted(cases.len(), "test"),
        cases.len() - failed,
    ));
    streams.print(&out)?;
    Ok(if failed == 0 { Exit::Clean } else { Exit::Findings })
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The tests of a folder, sorted by name.
fn cases(folder: &Path, rules: &[&'static Rule]) -> Result<Vec<Case>, Failure> {
    let failed = |error: std::io::Error| Failure::input(format!("cannot read {}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let Some((wanted, name)) = Wanted::of(&path) else {
            continue;
        };
        // `my-rule.nested` is a case of `my-rule`; names of rules have no dot.
        let name = name.split('.').next().unwrap_or(name).to_owned();
        let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
            let failure = Failure::usage(format!("{} tests no rule of its folder", path.display()));
            return Err(failure.help(format!("is `{name}.yaml` missing?")));
        };
        cases.push(Case { rule, wanted, path });
    }
    Ok(cases)
}

/// What is not as a test wants it.
fn judge(case: &Case, cwd: &Path) -> Result<Vec<String>, Failure> {
    let linter = Linter {
        rules: vec![case.rule],
        ..Linter::new(&Disk, cwd.to_path_buf(), vec![case.path.clone()])
    };
    let report = linter.run().map_err(|error| Failure::usage(error.to_string()))?;
    let mut complaints: Vec<String> = report
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.path, error.message))
        .chain(
            report
                .crashes
                .iter()
                .map(|crash| format!("the rule crashed: {}", crash.message)),
        )
        .collect();
    if !complaints.is_empty() {
        return Ok(complaints);
    }
    let nothing: &[Diagnostic] = &[];
    let (wanted, unwanted) = match case.wanted {
        Wanted::Finding => (report.findings.as_slice(), nothing),
        Wanted::Pass => (nothing, report.findings.as_slice()),
        Wanted::Undetermined => (report.undetermined.as_slice(), report.findings.as_slice()),
    };
    complaints.extend(unwanted.iter().map(|found| {
        format!(
            "{}: reported, and must not be: {}",
            place(&report, found),
            found.message
        )
    }));
    if case.wanted == Wanted::Pass {
        complaints.extend(report.undetermined.iter().map(|found| {
            format!(
                "{}: undetermined, and must pass: {}",
                place(&report, found),
                found.message
            )
        }));
        return Ok(complaints);
    }
    let marked = marked(&report, case.rule);
    let found: BTreeSet<(&str, u32)> = wanted.iter().map(|found| line(&report, found)).collect();
    if marked.is_empty() && found.is_empty() {
        complaints.push(match case.wanted {
            Wanted::Undetermined => "undetermined nowhere".to_owned(),
            _ => "reported nowhere".to_owned(),
        });
    }
    for (path, number) in marked.difference(&found) {
        complaints.push(format!("{path}:{number}: expected and not found"));
    }
    if !marked.is_empty() {
        for (path, number) in found.difference(&marked) {
            complaints.push(format!("{path}:{number}: found and not expected"));
        }
    }
    Ok(complaints)
}

/// The lines that carry the rule's mark.
fn marked<'r>(report: &'r Report, rule: &Rule) -> BTreeSet<(&'r str, u32)> {
    let mut out = BTreeSet::new();
    for (_, source) in report.sources.iter() {
        for number in 1..=source.line_count() {
            let names = source.line(number).split(MARK).skip(1);
            if names
                .map(str::trim_end)
                .any(|name| name.split_whitespace().next() == Some(rule.name))
            {
                out.insert((&**source.path(), number));
            }
        }
    }
    out
}

fn line<'r>(report: &'r Report, found: &Diagnostic) -> (&'r str, u32) {
    let source = report.sources.get(found.primary.span.file);
    (source.path(), source.position(found.primary.span.start).line)
}

fn place(report: &Report, found: &Diagnostic) -> String {
    let (path, number) = line(report, found);
    format!("{path}:{number}")
}
