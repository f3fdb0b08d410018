//! Parameter values, imports and pseudo parameters from flags and files.

use std::path::{Path, PathBuf};

use clap::Args;
use indexmap::IndexMap;

use super::claims::{Claim, Claims, Owner};
use super::environments;
use super::exit::Failure;
use crate::config::Config;
use crate::diag::Problem;
use crate::files::{Disk, Files};
use crate::link::{Nesting, RootValues, UrlMap};
use crate::lint::{self, Environment};
use crate::project::parameters::{self, Assignment, parse_assignment};
use crate::project::{self, OnMissing, PseudoParameters, discover};
use crate::source::{FileId, Source, Sources, Span, Str};

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
    /// Environment of the configuration, `all` for every one (repeatable, or with commas)
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    env: Vec<String>,
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

/// What the flags and the configuration came to.
pub(super) struct Values {
    /// What holds outside of all environments.
    pub(super) rest: lint::Values,
    /// The environments that the run is about, with what the flags say in place of theirs.
    pub(super) environments: Vec<Environment>,
    /// True when no environment is left out.
    pub(super) is_everywhere: bool,
    /// How nested stacks are found.
    pub(super) nesting: Nesting,
    /// What is said of nested stacks whose template is not found.
    pub(super) on_missing: OnMissing,
    /// The configuration, and the parameter files.
    pub(super) sources: Sources,
    /// What was spoken of, to be compared with what the stacks declare.
    pub(super) claims: Claims,
}

impl ValueArgs {
    /// Reads the parameter files, adding them to the sources of the configuration. The command line wins over environments, and
    /// over files; a later file over an earlier one.
    pub(super) fn read(&self, cwd: &Path, config: &mut Config) -> Result<Values, Failure> {
        let mut given = Given::new(cwd, std::mem::take(&mut config.sources));
        let mut rest = lint::Values {
            parameters: RootValues::default(),
            pseudo: PseudoParameters {
                region: self.region.as_deref().map(Str::from),
                account: self.account.as_deref().map(Str::from),
                partition: self.partition.as_deref().map(Str::from),
                stack_name: self.stack_name.as_deref().map(Str::from),
            },
            imports: self.import.iter().cloned().collect(),
        };
        for argument in &self.params {
            given.file(&mut rest.parameters, cwd, argument, None)?;
        }
        for assignment in &self.param {
            given.assign(&mut rest.parameters, assignment);
        }
        let choice = environments::choose(&self.env, config)?;
        let mut chosen = Vec::new();
        for environment in choice.environments {
            let mut values = environments::laid_over(environment.declared, &rest);
            for file in &environment.declared.params {
                let source = Declared {
                    environment: environment.name.clone(),
                    place: file.span,
                    only: environment.entrypoints.as_slice(),
                };
                given.file(
                    &mut values.parameters,
                    &file.folder,
                    &file.argument,
                    Some(&source),
                )?;
            }
            lay_over(&mut values.parameters, &rest.parameters);
            chosen.push(Environment {
                name: environment.name,
                values,
                entrypoints: environment.entrypoints,
            });
        }
        Ok(Values {
            rest,
            environments: chosen,
            is_everywhere: choice.is_everywhere,
            nesting: Nesting {
                url_map: self.url_map(cwd, &config.nested.url_map)?,
                follow: true,
            },
            on_missing: OnMissing::named(&config.nested.on_missing).unwrap_or_default(),
            sources: given.sources,
            claims: given.claims,
        })
    }

    /// The entries of the flags, then those of the configuration: of equal prefixes the first counts.
    fn url_map(&self, cwd: &Path, configured: &[(Str, PathBuf)]) -> Result<UrlMap, Failure> {
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
        // A folder that is not there may be made before the stacks are deployed; its templates are then not found.
        for (prefix, folder) in configured {
            map.add(prefix, folder.clone())
                .map_err(|error| Failure::usage(format!("`nested.url-map` of `{prefix}`: {error}")))?;
        }
        Ok(map)
    }
}

/// Puts what the command line gives to stacks in place of what an environment gives them.
fn lay_over(own: &mut RootValues, flags: &RootValues) {
    let pairs = |values: &IndexMap<Str, project::Given>| -> Vec<(Str, project::Given)> {
        let pairs = values.iter();
        pairs.map(|(name, given)| (name.clone(), given.clone())).collect()
    };
    for (name, given) in pairs(&flags.values) {
        // What is bound to a template goes before what is for all roots, and the command line before both.
        for bound in own
            .by_template
            .values_mut()
            .filter(|bound| bound.contains_key(&name))
        {
            bound.insert(name.clone(), given.clone());
        }
        own.values.insert(name, given);
    }
    for (template, values) in &flags.by_template {
        own.by_template
            .entry(template.clone())
            .or_default()
            .extend(pairs(values));
    }
    for (stack, values) in &flags.by_stack {
        own.by_stack
            .entry(stack.clone())
            .or_default()
            .extend(pairs(values));
    }
}

/// An environment whose configuration names a parameter file.
struct Declared<'d> {
    environment: Str,
    /// Where the file is named.
    place: Span,
    /// The only templates that it is for; any where it is empty.
    only: &'d [PathBuf],
}

/// The parameter files that were read, and what they and the command line speak of.
struct Given<'a> {
    cwd: &'a Path,
    sources: Sources,
    claims: Claims,
    /// Files that several environments share are read once.
    read: IndexMap<PathBuf, FileId>,
}

impl<'a> Given<'a> {
    fn new(cwd: &'a Path, sources: Sources) -> Self {
        Self {
            cwd,
            sources,
            claims: Claims::default(),
            read: IndexMap::new(),
        }
    }

    /// Takes in one parameter file, whose paths start from a folder.
    fn file(
        &mut self,
        parameters: &mut RootValues,
        folder: &Path,
        argument: &str,
        declared: Option<&Declared<'_>>,
    ) -> Result<(), Failure> {
        let argument = FileArgument::parse(folder, argument);
        let path = folder.join(argument.file);
        let file = self.open(&path, declared)?;
        let source = self.sources.get(file);
        let (shown, text) = (source.path().clone(), source.text().clone());
        let parsed = parameters::parse(file, &shown, argument.section, &text)
            .map_err(|problems| bad_file(self.sources.get(file), &problems))?;
        let template = match (argument.template, &parsed.template) {
            (Some(template), _) => Some(folder.join(template)),
            (None, Some(template)) => Some(beside(&path, template)),
            (None, None) => None,
        };
        if let (Some(declared), Some(path)) = (declared, template.as_ref().filter(|path| !Disk.is_file(path)))
        {
            let shown = discover::shown(&Disk, self.cwd, path);
            let message = format!("no template is `{shown}`, to which a parameter file is bound");
            return Err(Failure::usage(message).help(self.named_by(declared)));
        }
        let template = template.map(|template| discover::shown(&Disk, self.cwd, &template));
        let owner = match (&template, declared) {
            (Some(template), _) => Owner::Template(template.clone()),
            (None, None) => Owner::Roots,
            (None, Some(declared)) => match declared.only {
                [only] => Owner::Template(discover::shown(&Disk, self.cwd, only)),
                _ => Owner::AnyRoot,
            },
        };
        let target = match &template {
            Some(template) => parameters.by_template.entry(template.clone()).or_default(),
            None => &mut parameters.values,
        };
        for (name, value) in parsed.values {
            let position = self.sources.get(file).position(value.span.start);
            self.claims.push(Claim {
                parameter: name.clone(),
                place: format!("{shown}:{}:{}", position.line, position.column),
                span: Some(value.span),
                owner: owner.clone(),
                environment: declared.map(|declared| declared.environment.clone()),
            });
            let given = project::Given {
                value: value.text,
                span: Some(value.span),
            };
            target.insert(name, given);
        }
        Ok(())
    }

    /// Where the configuration names a parameter file.
    fn named_by(&self, declared: &Declared<'_>) -> String {
        let source = self.sources.get(declared.place.file);
        let place = source.position(declared.place.start);
        format!(
            "environment `{}` names it: {}:{}:{}",
            declared.environment,
            source.path(),
            place.line,
            place.column
        )
    }

    /// Reads a parameter file, unless it was read before.
    fn open(&mut self, path: &Path, declared: Option<&Declared<'_>>) -> Result<FileId, Failure> {
        if let Some(known) = self.read.get(path) {
            return Ok(*known);
        }
        let shown = discover::shown(&Disk, self.cwd, path);
        let text = discover::read(&Disk, path, &shown).map_err(|error| {
            let failure = Failure::usage(format!("parameter file {}: {}", error.path, error.message));
            match declared {
                Some(declared) => failure.help(self.named_by(declared)),
                None => failure,
            }
        })?;
        let file = self.sources.add(Source::new(shown, text));
        self.read.insert(path.to_path_buf(), file);
        Ok(file)
    }

    /// Takes in one `--param`.
    fn assign(&mut self, parameters: &mut RootValues, assignment: &Assignment) {
        let given = project::Given {
            value: assignment.value.clone(),
            span: None,
        };
        let name = &assignment.key;
        let owner = if assignment.stack.is_empty() {
            for of_template in parameters.by_template.values_mut() {
                of_template.insert(name.clone(), given.clone());
            }
            parameters.values.insert(name.clone(), given);
            Owner::SomeRoot
        } else {
            let path: Str = assignment.stack.join("/").into();
            let of_stack = parameters.by_stack.entry(path.clone()).or_default();
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
