//! Parameter values, imports and pseudo parameters from flags and files, and whether the stacks know them.

use std::path::{Path, PathBuf};

use clap::Args;
use indexmap::IndexMap;

use super::exit::Failure;
use crate::cfn::Template;
use crate::diag::{Problem, nearest};
use crate::files::{Disk, Files};
use crate::link::RootValues;
use crate::project::discover;
use crate::project::parameters::{self, Assignment, parse_assignment};
use crate::project::{Environment, Given, Project, StackId};
use crate::source::{Source, Sources, Span, Str};

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
}

/// `NAME=VALUE` at the first `=`.
fn parse_import(text: &str) -> Result<(Str, Str), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// What the flags came to.
pub(super) struct Values {
    /// Values for stacks.
    pub(super) root: RootValues,
    /// Values of pseudo parameters.
    pub(super) environment: Environment,
    /// Values of imports by export name.
    pub(super) imports: IndexMap<Str, Str>,
    /// The parameter files.
    pub(super) sources: Sources,
    /// What was spoken of, to be compared with what the stacks declare.
    pub(super) claims: Claims,
}

/// The parameters that values were given for.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<Claim>);

/// A value was given for a parameter.
#[derive(Debug)]
struct Claim {
    parameter: Str,
    /// Where it was given: `params.json:3:5`, `--param`.
    place: String,
    /// The value in a parameter file.
    span: Option<Span>,
    owner: Owner,
}

/// Whose parameter it is said to be.
#[derive(Debug)]
enum Owner {
    /// Of every root that has it; a file may serve many.
    Roots,
    /// Of some root; somebody typed it for this run.
    SomeRoot,
    /// Of the root made from this template.
    Template(Str),
    /// Of the nested stack with this path.
    Stack(Str),
}

impl ValueArgs {
    /// Reads the parameter files; the command line wins over files, a later one over an earlier one.
    pub(super) fn read(&self, cwd: &Path) -> Result<Values, Failure> {
        let mut values = Values {
            root: RootValues::default(),
            environment: Environment {
                region: self.region.as_deref().map(Str::from),
                account: self.account.as_deref().map(Str::from),
                partition: self.partition.as_deref().map(Str::from),
                stack_name: self.stack_name.as_deref().map(Str::from),
            },
            imports: self.import.iter().cloned().collect(),
            sources: Sources::default(),
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
}

impl Values {
    /// Takes in one `--params`.
    fn file(&mut self, cwd: &Path, argument: &str) -> Result<(), Failure> {
        let (bound, path) = split_binding(cwd, argument);
        let path = cwd.join(path);
        let shown = discover::shown(&Disk, cwd, &path);
        let text = discover::read(&Disk, &path, &shown)
            .map_err(|error| Failure::usage(format!("parameter file {}: {}", error.path, error.message)))?;
        let file = self.sources.add(Source::new(shown.clone(), text.as_str()));
        let parsed = parameters::parse(file, &shown, &text)
            .map_err(|problems| bad_file(self.sources.get(file), &problems))?;
        let template = match (bound, &parsed.template) {
            (Some(template), _) => Some(cwd.join(template)),
            (None, Some(template)) => Some(beside(&path, template)),
            (None, None) => None,
        };
        let template = template.map(|template| discover::shown(&Disk, cwd, &template));
        let target = match &template {
            Some(template) => self.root.by_template.entry(template.clone()).or_default(),
            None => &mut self.root.values,
        };
        for (name, value) in parsed.values {
            let position = self.sources.get(file).position(value.span.start);
            self.claims.0.push(Claim {
                parameter: name.clone(),
                place: format!("{shown}:{}:{}", position.line, position.column),
                span: Some(value.span),
                owner: template.clone().map_or(Owner::Roots, Owner::Template),
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
            for of_template in self.root.by_template.values_mut() {
                of_template.insert(name.clone(), given.clone());
            }
            self.root.values.insert(name.clone(), given);
            Owner::SomeRoot
        } else {
            let path: Str = assignment.stack.join("/").into();
            let of_stack = self.root.by_stack.entry(path.clone()).or_default();
            of_stack.insert(name.clone(), given);
            Owner::Stack(path)
        };
        self.claims.0.push(Claim {
            parameter: name.clone(),
            place: "--param".to_owned(),
            span: None,
            owner,
        });
    }
}

/// `TEMPLATE=FILE`, unless a file has that whole name.
fn split_binding<'t>(cwd: &Path, argument: &'t str) -> (Option<&'t str>, &'t str) {
    if Disk.is_file(&cwd.join(argument)) {
        return (None, argument);
    }
    match argument.split_once('=') {
        Some((template, file)) if !template.is_empty() && !file.is_empty() => (Some(template), file),
        _ => (None, argument),
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

impl Claims {
    /// Hides the values that may be secret from everything that quotes a parameter file: those of `NoEcho` parameters, and
    /// those of parameters that no template declares.
    pub(super) fn hide_secrets(&self, project: &mut Project) {
        for claim in &self.0 {
            let declared =
                |template: &Template| template.parameters.get(&claim.parameter).map(|it| it.no_echo);
            let mut declared = project.templates.iter().filter_map(declared).peekable();
            let is_public = declared.peek().is_some() && !declared.any(|no_echo| no_echo);
            if let Some(span) = claim.span.filter(|_| !is_public) {
                project.sources.mask(vec![span]);
            }
        }
    }

    /// Compares with what the stacks declare. A file that serves several roots may speak of parameters that some, or none, of
    /// them have; what was typed for this run, or bound to one template, must exist.
    pub(super) fn verify(&self, project: &Project) -> Result<(), Failure> {
        let roots: Vec<StackId> = project
            .stack_ids()
            .filter(|id| project.stack(*id).parent.is_none())
            .collect();
        if roots.is_empty() {
            return Ok(());
        }
        for claim in &self.0 {
            let stacks = match &claim.owner {
                Owner::Roots if roots.len() > 1 => continue,
                Owner::Roots | Owner::SomeRoot => roots.clone(),
                Owner::Template(path) => vec![root_of(project, &roots, path, claim)?],
                Owner::Stack(path) => nested(project, path, claim)?,
            };
            let declares = |id: &StackId| project.template(*id).parameters.contains_key(&claim.parameter);
            if !stacks.iter().any(declares) {
                return Err(undeclared(project, &stacks, claim));
            }
        }
        Ok(())
    }
}

/// The root made from a template.
fn root_of(project: &Project, roots: &[StackId], path: &str, claim: &Claim) -> Result<StackId, Failure> {
    let is_it = |id: &StackId| &**project.sources.get(project.file(*id)).path() == path;
    if let Some(root) = roots.iter().copied().find(is_it) {
        return Ok(root);
    }
    let failure = Failure::usage(format!("{}: no root template is `{path}`", claim.place));
    if project.stack_ids().any(|id| is_it(&id)) {
        return Err(failure.help(
            "it is the template of a nested stack: bind the file to its root, or pass `--param Stack/KEY=VALUE`",
        ));
    }
    let known: Vec<Str> = roots
        .iter()
        .map(|id| project.sources.get(project.file(*id)).path().clone())
        .collect();
    Err(match nearest(path, known.iter().map(|path| &**path)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("name one of the templates that are checked"),
    })
}

/// The nested stacks with a path.
fn nested(project: &Project, path: &str, claim: &Claim) -> Result<Vec<StackId>, Failure> {
    let all = || {
        project
            .stack_ids()
            .filter(|id| project.stack(*id).parent.is_some())
    };
    let found: Vec<StackId> = all().filter(|id| &*project.stack(*id).path == path).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::usage(format!("{}: no nested stack is called `{path}`", claim.place));
    let known: Vec<Str> = all().map(|id| project.stack(id).path.clone()).collect();
    Err(match nearest(path, known.iter().map(|path| &**path)) {
        Some(near) => failure.help(format!("did you mean `{near}/{}`?", claim.parameter)),
        None if known.is_empty() => failure.help("the templates have no nested stack that is loaded"),
        None => failure.help(format!("nested stacks are: {}", known.join(", "))),
    })
}

fn undeclared(project: &Project, stacks: &[StackId], claim: &Claim) -> Failure {
    let declared: Vec<Str> = stacks
        .iter()
        .flat_map(|id| project.template(*id).parameters.keys().cloned())
        .collect();
    let whose = match stacks {
        [one] => format!("`{}` declares no", project.sources.get(project.file(*one)).path()),
        _ => "no root template declares a".to_owned(),
    };
    let message = format!("{}: {whose} parameter `{}`", claim.place, claim.parameter);
    let failure = Failure::usage(message);
    match nearest(&claim.parameter, declared.iter().map(|name| &**name)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if declared.is_empty() => failure.help("it has no parameters"),
        None => failure.help(format!("its parameters are: {}", declared.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_has_a_template_and_a_file() {
        let cwd = Path::new("/nowhere");
        assert_eq!(split_binding(cwd, "p.json"), (None, "p.json"));
        assert_eq!(
            split_binding(cwd, "a/t.yaml=p.json"),
            (Some("a/t.yaml"), "p.json")
        );
        assert_eq!(split_binding(cwd, "t.yaml="), (None, "t.yaml="));
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
