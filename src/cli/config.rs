//! The configuration of a run, and `ecslint config`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Global;
use super::check::current_dir;
use super::exit::{Exit, Failure};
use super::own_rules::{RuleArgs, Rules};
use super::stream::{Streams, environment};
use crate::config::{Config, Draft, Mistakes, NAMES, Origin, Request, schema};
use crate::files::Disk;
use crate::report::{json_text, visible};

/// Arguments of the command.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the resolved configuration as YAML
    Show(ShowArgs),
    /// Say which file is used and what is wrong with it
    Check,
    /// Print the JSON schema of configuration files
    Schema,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Say where each value comes from
    #[arg(long)]
    origin: bool,
}

/// Runs the command.
pub(super) fn run(args: &ConfigArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    let text = match &args.command {
        ConfigCommand::Schema => json_text(&schema()),
        ConfigCommand::Show(args) => load(global, streams)?.show(args.origin),
        ConfigCommand::Check => checked(&load(global, streams)?),
    };
    streams.print(&text)?;
    Ok(Exit::Clean)
}

fn load(global: &Global, streams: &Streams) -> Result<Config, Failure> {
    let configured = configured(global, &RuleArgs::default(), &current_dir()?, streams)?;
    Ok(configured.config)
}

/// What is said of a configuration without mistakes: a line for each layer.
fn checked(config: &Config) -> String {
    let mut out = match &config.file {
        Some(file) => format!("{}: no mistakes\n", visible(file)),
        None => format!("no configuration file; its name would be {}\n", NAMES.join(", ")),
    };
    for (origin, name, keys) in config.layers() {
        let what = match origin {
            Origin::Preset => "preset",
            Origin::File => "file",
            Origin::Variable => "variable",
            Origin::Set => "flag",
        };
        let keys = match keys {
            1 => "1 key".to_owned(),
            several => format!("{several} keys"),
        };
        out.push_str(&format!("  {what} {}: {keys}\n", visible(&name)));
    }
    out
}

/// The variable that names the configuration file.
const CONFIG: &str = "ECSLINT_CONFIG";

/// What a run is configured with.
pub(super) struct Configured {
    /// What holds unless a flag says otherwise.
    pub(super) config: Config,
    /// Every rule that there is.
    pub(super) rules: Rules,
}

/// Reads the configuration and the rules of a run.
///
/// # Errors
/// When something is wrong with either; it has then been shown.
pub(super) fn configured(
    global: &Global,
    own: &RuleArgs,
    cwd: &Path,
    streams: &Streams,
) -> Result<Configured, Failure> {
    let named = match &global.config {
        Some(path) => Some(path.clone()),
        None if global.isolated => None,
        None => environment(CONFIG).map(PathBuf::from),
    };
    let draft = Draft::read(&Request {
        files: &Disk,
        cwd,
        file: named.as_deref(),
        isolated: global.isolated,
        set: &global.set,
        variables: &environment,
    });
    let rules = match own.load(&draft.custom_rules(), cwd, streams) {
        Ok(rules) => rules,
        Err(failure) => {
            if draft.is_wrong() {
                let _ = show(draft.mistakes(), streams);
            }
            return Err(failure);
        }
    };
    match draft.finish(&rules.all) {
        Ok(config) => Ok(Configured { config, rules }),
        Err(mistakes) => Err(show(mistakes, streams)?),
    }
}

/// Shows what is wrong with a configuration, and says how the command ends.
fn show(mistakes: Mistakes, streams: &Streams) -> Result<Failure, Failure> {
    let failure = match mistakes.errors.as_slice() {
        [only] if only.problem.is_none() => {
            return Ok(Failure::usage(format!(
                "configuration file {}: {}",
                only.path, only.message
            )));
        }
        [_] => Failure::usage("the configuration has a mistake"),
        several => Failure::usage(format!("the configuration has {} mistakes", several.len())),
    };
    streams.mistakes(mistakes.sources, mistakes.errors)?;
    Ok(failure.help("`ecslint config schema` prints what a configuration can hold"))
}
