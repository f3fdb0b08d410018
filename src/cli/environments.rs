//! Which environments of the configuration a run is about, and what each of them gives to the templates.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::exit::Failure;
use crate::config::{self, Config};
use crate::diag::nearest;
use crate::lint::Values;
use crate::project::PseudoParameters;
use crate::source::Str;

/// The word that stands for every environment.
const ALL: &str = "all";

/// An environment that was chosen.
pub(super) struct Chosen<'c> {
    pub(super) name: Str,
    pub(super) declared: &'c config::Environment,
    /// The templates that are deployed to it, as absolute paths; every root where it is empty.
    pub(super) entrypoints: Vec<PathBuf>,
}

/// What was chosen.
pub(super) struct Choice<'c> {
    /// In the order in which the configuration declares them.
    pub(super) environments: Vec<Chosen<'c>>,
    /// True when none is left out.
    pub(super) is_everywhere: bool,
}

/// The environments that a run is about: those that `--env` names; without it those that entry points are deployed to.
pub(super) fn choose<'c>(names: &[String], config: &'c Config) -> Result<Choice<'c>, Failure> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for name in names {
        if name == ALL {
            wanted.extend(config.environments.keys().map(|name| &**name));
        } else if config.environments.contains_key(name.as_str()) {
            wanted.insert(name);
        } else {
            return Err(unknown(name, config));
        }
    }
    if names.iter().any(|name| name == ALL) && wanted.is_empty() {
        return Err(unknown(ALL, config));
    }
    if names.is_empty() {
        let deployed = |name: &&Str| config.entrypoints.iter().any(|it| it.is_deployed_to(name));
        wanted.extend(config.environments.keys().filter(deployed).map(|name| &**name));
    }
    let chosen = config
        .environments
        .iter()
        .filter(|(name, _)| wanted.contains(&***name));
    let environments: Vec<Chosen<'c>> = chosen
        .map(|(name, declared)| Chosen {
            name: name.clone(),
            declared,
            entrypoints: config
                .entrypoints
                .iter()
                .filter(|entrypoint| entrypoint.is_deployed_to(name))
                .map(|entrypoint| entrypoint.template.clone())
                .collect(),
        })
        .collect();
    Ok(Choice {
        is_everywhere: environments.is_empty() || environments.len() == config.environments.len(),
        environments,
    })
}

fn unknown(name: &str, config: &Config) -> Failure {
    let known: Vec<&str> = config.environments.keys().map(|name| &**name).collect();
    let failure = Failure::usage(format!("no environment is called `{name}`"));
    if known.is_empty() {
        return failure.help(match &config.file {
            Some(file) => format!("declare it under `environments` in {file}"),
            None => "there is no configuration; environments are declared in `.ecslint.yaml`".to_owned(),
        });
    }
    let list = known.join(", ");
    match nearest(name, known) {
        Some(near) => failure.help(format!("did you mean `{near}`? There are: {list}")),
        None => failure.help(format!("there are: {list}")),
    }
}

/// The values of an environment with those of the command line in their place; the parameters are those of the environment's
/// files and are left as they are.
pub(super) fn laid_over(declared: &config::Environment, flags: &Values) -> Values {
    let or = |flag: &Option<Str>, own: &Option<Str>| flag.clone().or_else(|| own.clone());
    let mut imports = declared.imports.clone();
    imports.extend(
        flags
            .imports
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Values {
        pseudo: PseudoParameters {
            region: or(&flags.pseudo.region, &declared.region),
            account: or(&flags.pseudo.account, &declared.account),
            partition: or(&flags.pseudo.partition, &declared.partition),
            stack_name: or(&flags.pseudo.stack_name, &declared.stack_name),
        },
        imports,
        ..Values::default()
    }
}
