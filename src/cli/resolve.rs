//! `ecslint resolve`: what the evaluator makes of a template, to see why a rule said what it said.

mod page;
mod walk;

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rustc_hash::FxHashSet;

use super::Global;
use super::check::current_dir;
use super::config::configured;
use super::exit::{Exit, Failure, written};
use super::own_rules::RuleArgs;
use super::stream::Streams;
use super::values::ValueArgs;
use crate::diag::nearest;
use crate::eval::Evaluator;
use crate::files::Disk;
use crate::lint::{Linter, Report};
use crate::project::discover;
use crate::project::{Project, StackId};
use crate::report::{Format, json_text, write_errors};
use crate::source::Str;
use page::StackPage;
use walk::{Pointer, Walk};

/// Arguments of the command.
#[derive(Debug, Args)]
pub(super) struct ResolveArgs {
    /// The template
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,
    /// Templates or folders it is deployed with, to find parents and exports in
    #[arg(value_name = "WITH")]
    with: Vec<PathBuf>,
    #[command(flatten)]
    values: ValueArgs,
    /// How to print
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    format: ResolveFormat,
    /// Only this place and what is below it: [STACK]/Resources/ID/Properties/…, [STACK]/Outputs/ID, /Conditions/ID, /Parameters/ID
    #[arg(long, value_name = "POINTER")]
    why: Option<String>,
}

/// The forms of the output.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResolveFormat {
    Yaml,
    Json,
}

/// Runs the command.
pub(super) fn run(args: &ResolveArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    let pointer = args.why.as_deref().map(Pointer::parse).transpose()?;
    let cwd = current_dir()?;
    let mut config = configured(global, &RuleArgs::default(), &cwd, streams)?.config;
    let values = args.values.read(&cwd, &mut config)?;
    let path = cwd.join(&args.template);
    if path.is_dir() {
        let failure = Failure::usage(format!("{} is a folder", args.template.display()));
        return Err(failure.help("name one template; folders it is deployed with may follow"));
    }
    let inputs = std::iter::once(&args.template).chain(&args.with);
    let linter = Linter {
        values: values.rest,
        environments: values.environments,
        nesting: values.nesting,
        on_missing: values.on_missing,
        sources: values.sources,
        ..Linter::new(&Disk, cwd.clone(), inputs.cloned().collect())
    };
    let mut loaded = linter.load().map_err(|error| Failure::usage(error.to_string()))?;
    values.claims.verify(&mut loaded)?;
    values.claims.hide_secrets(&mut loaded.project);
    let shown = discover::shown(&Disk, &cwd, &path);
    let mut texts = Vec::new();
    for deployment in 0..loaded.deployments() {
        loaded.enter(deployment);
        let stacks = stacks_of(&loaded.project, &shown);
        if stacks.is_empty() && (deployment + 1 < loaded.deployments() || !texts.is_empty()) {
            continue;
        }
        let text = resolve(&loaded.project, &stacks, pointer.as_ref(), args.format)?;
        texts.push((loaded.environment().cloned(), text));
    }
    streams.print(&joined(&texts, args.format)?)?;
    if loaded.errors.is_empty() {
        return Ok(Exit::Clean);
    }
    let report = Report {
        errors: loaded.errors,
        skipped: loaded.skipped,
        sources: loaded.project.sources,
        rules: loaded.rules,
        ..Report::default()
    };
    written(
        write_errors(Format::Full, &report, &streams.stderr(), &mut io::stderr().lock()),
        "stderr",
    )?;
    Ok(Exit::Incomplete)
}

/// What the environments make of a template, one below the other.
fn joined(texts: &[(Option<Str>, String)], format: ResolveFormat) -> Result<String, Failure> {
    if let [(_, text)] = texts {
        return Ok(text.clone());
    }
    if let ResolveFormat::Json = format {
        let names: Vec<&str> = texts.iter().filter_map(|(name, _)| name.as_deref()).collect();
        let failure = Failure::usage("the template is deployed to several environments, and JSON holds one");
        return Err(failure.help(format!("name one of them with `--env`: {}", names.join(", "))));
    }
    let parts = texts.iter().map(|(name, text)| match name {
        Some(name) => format!("# environment {name}\n{text}"),
        None => format!("# outside of environments\n{text}"),
    });
    Ok(parts.collect::<Vec<_>>().join("\n"))
}

/// The stacks made from a template, each followed by those it nests.
fn stacks_of(project: &Project, path: &str) -> Vec<StackId> {
    let mut chosen: FxHashSet<StackId> = FxHashSet::default();
    for id in project.stack_ids() {
        let stack = project.stack(id);
        let is_below = stack.parent.is_some_and(|parent| chosen.contains(&parent.stack));
        if is_below || &**project.sources.get(project.file(id)).path() == path {
            chosen.insert(id);
        }
    }
    let mut stacks: Vec<StackId> = project.stack_ids().filter(|id| chosen.contains(id)).collect();
    stacks.sort_by_key(|id| (project.stack(*id).root, project.stack(*id).path.clone()));
    stacks
}

fn resolve(
    project: &Project,
    stacks: &[StackId],
    pointer: Option<&Pointer>,
    format: ResolveFormat,
) -> Result<String, Failure> {
    let eval = Evaluator::new(project);
    let walk = Walk::new(&eval);
    let pages: Vec<StackPage> = match pointer {
        None => stacks.iter().map(|stack| walk.stack(*stack)).collect(),
        Some(pointer) => {
            let pages: Vec<StackPage> = stacks
                .iter()
                .filter(|stack| *project.stack(**stack).path == *pointer.stack)
                .filter_map(|stack| walk.place(*stack, pointer))
                .collect();
            if pages.is_empty() && !stacks.is_empty() {
                return Err(no_such_place(project, stacks, pointer));
            }
            pages
        }
    };
    Ok(match format {
        ResolveFormat::Yaml => page::yaml(&pages),
        ResolveFormat::Json => json_text(&pages),
    })
}

fn no_such_place(project: &Project, stacks: &[StackId], pointer: &Pointer) -> Failure {
    let paths: Vec<Str> = stacks
        .iter()
        .map(|stack| project.stack(*stack).path.clone())
        .collect();
    if !paths.contains(&pointer.stack) {
        let failure = Failure::usage(format!("no stack is called `{}`", pointer.stack));
        return match nearest(&pointer.stack, paths.iter().map(|path| &**path)) {
            Some(near) if !near.is_empty() => failure.help(format!("did you mean `{near}`?")),
            _ => failure.help("a pointer into the root stack starts with `/Resources`"),
        };
    }
    let names: Vec<Str> = stacks
        .iter()
        .filter(|stack| project.stack(**stack).path == pointer.stack)
        .flat_map(|stack| walk::names(project.template(*stack), &pointer.section))
        .collect();
    let failure = Failure::usage(format!(
        "the template has no /{}/{}",
        pointer.section, pointer.name
    ));
    match nearest(&pointer.name, names.iter().map(|name| &**name)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => failure,
        None => failure.help(format!("there are: {}", names.join(", "))),
    }
}
