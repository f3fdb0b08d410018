//! The user's own rules: found in folders, read, and joined to the built-in ones.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use super::stream::Streams;
use crate::files::{Disk, Files};
use crate::lint::InputError;
use crate::project::discover;
use crate::rule::{Rule, declared};
use crate::rules::{self, RULES};
use crate::source::{Source, Sources, Str};

/// Endings of names that tell a test of a rule from a rule, before the extension.
pub(super) const TESTS: &[&str] = &[".bad", ".good", ".unknown"];

/// Extensions of rule files.
const EXTENSIONS: &[&str] = &["yaml", "yml"];

/// Where the user's own rules are.
#[derive(Debug, Default, Args)]
pub(super) struct RuleArgs {
    /// Rules of your own: a file, or a folder of them (repeatable)
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
}

/// Every rule of a run.
pub(super) struct Rules {
    /// The built-in ones in the order of the table, then the user's in the order of their files.
    pub(super) all: Vec<&'static Rule>,
    /// The files of the user's.
    pub(super) files: Vec<Str>,
}

impl RuleArgs {
    /// The built-in rules and the user's, those that the configuration names before those of `--rules`.
    pub(super) fn load(
        &self,
        configured: &[PathBuf],
        cwd: &Path,
        streams: &Streams,
    ) -> Result<Rules, Failure> {
        let paths = [configured, &self.rules].concat();
        let own = read(&paths, cwd, streams)?;
        let (files, own): (Vec<Str>, Vec<&Rule>) = own.into_iter().unzip();
        Ok(Rules {
            all: [RULES.clone(), own].concat(),
            files,
        })
    }
}

impl Rules {
    /// The rule with this name.
    pub(super) fn find(&self, name: &str) -> Option<&'static Rule> {
        self.all.iter().find(|rule| rule.name == name).copied()
    }
}

/// Reads the rules in files and folders, each with its file.
///
/// # Errors
/// When a file is wrong; what is wrong with each has then been shown.
pub(super) fn read(
    paths: &[PathBuf],
    cwd: &Path,
    streams: &Streams,
) -> Result<Vec<(Str, &'static Rule)>, Failure> {
    let mut reader = Reader::default();
    for path in paths {
        let full = cwd.join(path);
        if !Disk.is_dir(&full) {
            reader.file(cwd, &full)?;
            continue;
        }
        let files = rule_files(&full)?;
        if files.is_empty() {
            return Err(Failure::usage(format!("no rule in {}", path.display()))
                .help("a rule is a file such as `image-from-our-registry.yaml`; `ecslint rules schema` says what it holds"));
        }
        for file in files {
            reader.file(cwd, &file)?;
        }
    }
    reader.finish(streams)
}

/// The rule files of a folder, sorted; templates that test them are left out.
fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_rule = extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) && !is_test(&path);
        if is_rule && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// True for the name of a test: `rule.bad.yaml`, `rule.case.good.yaml`.
fn is_test(path: &Path) -> bool {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    TESTS.iter().any(|ending| stem.ends_with(ending))
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    sources: Sources,
    rules: Vec<(Str, &'static Rule)>,
    errors: Vec<InputError>,
}

impl Reader {
    fn file(&mut self, cwd: &Path, path: &Path) -> Result<(), Failure> {
        let shown = discover::shown(&Disk, cwd, path);
        let text = discover::read(&Disk, path, &shown)
            .map_err(|error| Failure::usage(format!("rule file {}: {}", error.path, error.message)))?;
        let file = self.sources.add(Source::new(shown.clone(), text.as_str()));
        match declared::read(file, &text) {
            Ok(rule) => self.take(shown, rule),
            Err(problems) => self.errors.extend(problems.into_iter().map(|problem| InputError {
                path: shown.clone(),
                message: problem.message.clone(),
                problem: Some(problem),
            })),
        }
        Ok(())
    }

    fn take(&mut self, path: Str, rule: &'static Rule) {
        let taken = self.rules.iter().find(|(_, other)| other.name == rule.name);
        let by = match taken {
            Some((other, _)) => format!("the rule in {other}"),
            None if rules::find(rule.name).is_some() => "a built-in rule".to_owned(),
            None => {
                self.rules.push((path, rule));
                return;
            }
        };
        self.errors.push(InputError {
            path,
            message: format!("`{}` is the name of {by}; give this one another", rule.name),
            problem: None,
        });
    }

    fn finish(self, streams: &Streams) -> Result<Vec<(Str, &'static Rule)>, Failure> {
        if self.errors.is_empty() {
            return Ok(self.rules);
        }
        let mut wrong: Vec<&Str> = self.errors.iter().map(|error| &error.path).collect();
        wrong.dedup();
        let failure = Failure::usage(match wrong.as_slice() {
            [only] => format!("the rule in {only} cannot be used"),
            several => format!("{} rule files cannot be used", several.len()),
        });
        let failure = failure.help("`ecslint rules schema` prints what a rule file can hold");
        streams.mistakes(self.sources, self.errors)?;
        Err(failure)
    }
}
