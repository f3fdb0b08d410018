//! The configuration of a run, and `ecslint config`.

use std::path::{Path, PathBuf};

use super::Global;
use super::exit::Failure;
use super::own_rules::{RuleArgs, Rules};
use super::stream::{Streams, environment};
use crate::config::{Config, Draft, Mistakes, Request};
use crate::files::Disk;

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
