//! Parameter values, imports and pseudo parameters from flags and files.

use std::path::{Path, PathBuf};

use clap::Args;

use super::claims::{Claim, Claims, Owner};
use super::exit::Failure;
use crate::diag::Problem;
use crate::files::{Disk, Files};
use crate::link::{RootValues, UrlMap};
use crate::lint::{self, Environment};
use crate::project::discover;
use crate::project::parameters::{self, Assignment, parse_assignment};
use crate::project::{Given, PseudoParameters};
use crate::source::{Source, Sources, Str};

/// How many mistakes of one parameter file are listed.
const PROBLEMS_SHOWN: usize = 10;

/// The flags that give values.
#[derive(Debug, Args)]
#[command(next_help_heading = "Values")]
pub(super) struct ValueArgs {
    /// Parameter value; KEY may be Stack/KEY for one nested stack (repeatable)
    #[arg(short, long = "param", value_name = "KEY=VALUE", value_parser = parse_assignment)]
    param: Vec<Assignment>,
    /// Parameter file, format detected (repeatable) [TEMPLATE=FILE to bind it to one root]
    #[arg(short = 'P', long, value_name = "FILE")]
    params: Vec<String>,
    /// Value of an Fn::ImportValue (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_import)]
    import: Vec<(Str, Str)>,
    /// Value of AWS::Region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Value of AWS::AccountId
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Value of AWS::Partition
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// Value of AWS::StackName of the root stacks
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,
    /// Where TemplateURLs that start with PREFIX live locally, `*` standing for what is not known (repeatable)
    #[arg(long, value_name = "PREFIX=DIR", value_parser = parse_url_map)]
    url_map: Vec<(String, PathBuf)>,
}

/// `NAME=VALUE` at the first `=`.
fn parse_import(text: &str) -> Result<(Str, Str), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// `PREFIX=DIR` at the last `=`: a URL may hold one.
fn parse_url_map(text: &str) -> Result<(String, PathBuf), String> {
    match text.rsplit_once('=') {
        Some((prefix, folder)) if !prefix.is_empty() && !folder.is_empty() => {
            Ok((prefix.to_owned(), PathBuf::from(folder)))
        }
        _ => Err(
            "expected PREFIX=DIR, such as https://bucket.s3.amazonaws.com/templates/=templates".to_owned(),
        ),
    }
}

/// What the flags came to.
pub(super) struct Values {
    /// What holds outside of all environments.
    pub(super) rest: lint::Values,
    /// The environments that were asked for, with what the flags say in place of theirs.
    pub(super) environments: Vec<Environment>,
    /// Where templates behind URLs live.
    pub(super) url_map: UrlMap,
    /// The parameter files.
    pub(super) sources: Sources,
    /// What was spoken of, to be compared with what the stacks declare.
    pub(super) claims: Claims,
}

impl ValueArgs {
    /// Reads the parameter files, adding them to the sources; the command line wins over files, a later one over an earlier one.
    pub(super) fn read(&self, cwd: &Path, sources: Sources) -> Result<Values, Failure> {
        let mut values = Values {
            rest: lint::Values {
                parameters: RootValues::default(),
                pseudo: PseudoParameters {
                    region: self.region.as_deref().map(Str::from),
                    account: self.account.as_deref().map(Str::from),
                    partition: self.partition.as_deref().map(Str::from),
                    stack_name: self.stack_name.as_deref().map(Str::from),
                },
                imports: self.import.iter().cloned().collect(),
            },
            environments: Vec::new(),
            url_map: self.url_map(cwd)?,
            sources,
            claims: Claims::default(),
        };
        for argument in &self.params {
            values.file(cwd, argument)?;
        }
        for assignment in &self.param {
            values.assign(assignment);
        }
        Ok(values)
    }

    fn url_map(&self, cwd: &Path) -> Result<UrlMap, Failure> {
        let mut map = UrlMap::default();
        for (prefix, folder) in &self.url_map {
            let path = cwd.join(folder);
            let said = || format!("--url-map {prefix}={}", folder.display());
            if !Disk.is_dir(&path) {
                let failure = Failure::usage(format!("{}: no such folder", said()));
                return Err(failure.help("name the folder that holds the templates, from where you are"));
            }
            map.add(prefix, path)
                .map_err(|error| Failure::usage(format!("{}: {error}", said())))?;
        }
        Ok(map)
    }
}

impl Values {
    /// Takes in one `--params`.
    fn file(&mut self, cwd: &Path, argument: &str) -> Result<(), Failure> {
        let argument = FileArgument::parse(cwd, argument);
        let path = cwd.join(argument.file);
        let shown = discover::shown(&Disk, cwd, &path);
        let text = discover::read(&Disk, &path, &shown)
            .map_err(|error| Failure::usage(format!("parameter file {}: {}", error.path, error.message)))?;
        let file = self.sources.add(Source::new(shown.clone(), text.as_str()));
        let parsed = parameters::parse(file, &shown, argument.section, &text)
            .map_err(|problems| bad_file(self.sources.get(file), &problems))?;
        let template = match (argument.template, &parsed.template) {
            (Some(template), _) => Some(cwd.join(template)),
            (None, Some(template)) => Some(beside(&path, template)),
            (None, None) => None,
        };
        let template = template.map(|template| discover::shown(&Disk, cwd, &template));
        let target = match &template {
            Some(template) => self
                .rest
                .parameters
                .by_template
                .entry(template.clone())
                .or_default(),
            None => &mut self.rest.parameters.values,
        };
        for (name, value) in parsed.values {
            let position = self.sources.get(file).position(value.span.start);
            self.claims.push(Claim {
                parameter: name.clone(),
                place: format!("{shown}:{}:{}", position.line, position.column),
                span: Some(value.span),
                owner: template.clone().map_or(Owner::Roots, Owner::Template),
                environment: None,
            });
            let given = Given {
                value: value.text,
                span: Some(value.span),
            };
            target.insert(name, given);
        }
        Ok(())
    }

    /// Takes in one `--param`.
    fn assign(&mut self, assignment: &Assignment) {
        let given = Given {
            value: assignment.value.clone(),
            span: None,
        };
        let name = &assignment.key;
        let owner = if assignment.stack.is_empty() {
            for of_template in self.rest.parameters.by_template.values_mut() {
                of_template.insert(name.clone(), given.clone());
            }
            self.rest.parameters.values.insert(name.clone(), given);
            Owner::SomeRoot
        } else {
            let path: Str = assignment.stack.join("/").into();
            let of_stack = self.rest.parameters.by_stack.entry(path.clone()).or_default();
            of_stack.insert(name.clone(), given);
            Owner::Stack(path)
        };
        self.claims.push(Claim {
            parameter: name.clone(),
            place: "--param".to_owned(),
            span: None,
            owner,
            environment: None,
        });
    }
}

/// `[TEMPLATE=]FILE[#NAME]`, the form in which a parameter file is named.
#[derive(Debug, PartialEq, Eq)]
struct FileArgument<'t> {
    /// The root template that the file is bound to.
    template: Option<&'t str>,
    file: &'t str,
    /// The configuration environment of a `samconfig.toml`.
    section: Option<&'t str>,
}

impl<'t> FileArgument<'t> {
    /// Takes the argument apart; a file that has the whole name, `=` or `#` included, comes first.
    fn parse(folder: &Path, text: &'t str) -> Self {
        let is_file = |name: &str| Disk.is_file(&folder.join(name));
        let parted = |template: Option<&'t str>, name: &'t str| {
            let section = name.rsplit_once('#').filter(|_| !is_file(name));
            let (file, section) = match section {
                Some((file, section)) if !file.is_empty() && !section.is_empty() => (file, Some(section)),
                _ => (name, None),
            };
            Self {
                template,
                file,
                section,
            }
        };
        let whole = parted(None, text);
        match text.split_once('=') {
            Some((template, file)) if !template.is_empty() && !file.is_empty() && !is_file(whole.file) => {
                parted(Some(template), file)
            }
            _ => whole,
        }
    }
}

/// The template that a Git sync deployment file names: its path starts at the repository's root, which is the nearest folder
/// above the file from which it leads somewhere.
fn beside(file: &Path, template: &str) -> PathBuf {
    let relative = template.trim_start_matches('/');
    let mut folders = file.ancestors().skip(1);
    folders
        .find(|folder| Disk.is_file(&folder.join(relative)))
        .or(file.parent())
        .unwrap_or(file)
        .join(relative)
}

/// What is wrong with a parameter file. Its lines are not shown, because they may hold secrets.
fn bad_file(source: &Source, problems: &[Problem]) -> Failure {
    let mut lines: Vec<String> = Vec::new();
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        let place = source.position(problem.span.start);
        lines.push(format!(
            "{}:{}:{}: {}",
            source.path(),
            place.line,
            place.column,
            problem.message
        ));
    }
    let more = problems.len().saturating_sub(PROBLEMS_SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    let failure = Failure::usage(lines.join("\n"));
    match problems.iter().find_map(|problem| problem.help.as_ref()) {
        Some(help) => failure.help(help.clone()),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_bound_to_a_template_and_have_sections() {
        let argument = |template, file, section| FileArgument {
            template,
            file,
            section,
        };
        let parse = |text| FileArgument::parse(Path::new("/nowhere"), text);
        assert_eq!(parse("p.json"), argument(None, "p.json", None));
        assert_eq!(
            parse("a/t.yaml=p.json"),
            argument(Some("a/t.yaml"), "p.json", None)
        );
        assert_eq!(parse("s.toml#prod"), argument(None, "s.toml", Some("prod")));
        assert_eq!(
            parse("t=s.toml#prod"),
            argument(Some("t"), "s.toml", Some("prod"))
        );
        assert_eq!(parse("t.yaml="), argument(None, "t.yaml=", None));
        assert_eq!(parse("p.json#"), argument(None, "p.json#", None));
    }

    #[test]
    fn an_import_has_a_name_and_perhaps_an_empty_value() {
        assert_eq!(
            parse_import("net-Vpc=vpc=1"),
            Ok(("net-Vpc".into(), "vpc=1".into()))
        );
        assert_eq!(parse_import("A="), Ok(("A".into(), "".into())));
        assert!(parse_import("=secret").is_err_and(|message| !message.contains("secret")));
    }
}
