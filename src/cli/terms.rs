//! On what terms findings are accepted: what the configuration says, and the baseline.

use std::io;
use std::path::{Path, PathBuf};

use super::clock::today;
use super::exit::Failure;
use super::own_rules::Rules;
use crate::config::{Accepted, Config};
use crate::files::{Disk, Files};
use crate::lint::baseline::{Baseline, MAX_BYTES};
use crate::lint::suppression::{Form, Ignore, RuleName};
use crate::lint::{Policy, Terms};
use crate::project::discover::{Patterns, shown};
use crate::rule::Check;

/// The terms of a run; the baseline is the one of a flag, or else that of the configuration.
///
/// # Errors
/// When the baseline cannot be used, or a pattern is none.
pub(super) fn terms(
    config: &Config,
    rules: &Rules,
    baseline: Option<&Path>,
    cwd: &Path,
) -> Result<Terms, Failure> {
    let mut terms = without_baseline(config, rules, cwd)?;
    let named = baseline.map(|path| cwd.join(path));
    if let Some(path) = named.as_ref().or(config.baseline.as_ref()) {
        if !terms.allows(Form::Baseline) {
            let failure = Failure::usage("the configuration allows no baseline");
            return Err(failure.help("`suppressions.allow` does not have `baseline`"));
        }
        terms.baseline = Some(read(path, cwd)?);
    }
    Ok(terms)
}

/// The policy of a run: nothing is accepted in an audit.
pub(super) fn policy(terms: Terms, is_audit: bool) -> Policy {
    if is_audit {
        Policy::Ignored
    } else {
        Policy::Honoured(Box::new(terms))
    }
}

/// The terms of a run that no baseline has a part in.
///
/// # Errors
/// When a pattern is none, or the day of the environment is none.
pub(super) fn without_baseline(config: &Config, rules: &Rules, cwd: &Path) -> Result<Terms, Failure> {
    let policy = &config.suppressions;
    let is_protected =
        |rule: &crate::rule::Rule| policy.protected.iter().any(|selector| selector.names(rule));
    let protected = rules.all.iter().filter(|rule| is_protected(rule));
    let ignores: Result<Vec<Ignore>, Failure> = config
        .ignore
        .iter()
        .map(|accepted| ignore(accepted, cwd))
        .collect();
    Ok(Terms {
        require_reason: policy.require_reason,
        max_days: policy.max_days,
        // Those about suppressions cannot be suppressed anyhow.
        protected: protected
            .filter(|rule| !matches!(rule.check, Check::Suppressions))
            .map(|rule| rule.name)
            .collect(),
        allow: Form::ALL
            .iter()
            .copied()
            .filter(|form| policy.allow.iter().any(|word| **word == *form.as_str()))
            .collect(),
        ignores: ignores?,
        ..Terms::new(today()?, rules.all.clone())
    })
}

/// An entry of `ignore`.
fn ignore(accepted: &Accepted, cwd: &Path) -> Result<Ignore, Failure> {
    let wrong = |message: String| Failure::usage(format!("ignore: {message}"));
    let rules = accepted.rules.iter().map(|rule| RuleName::parse(rule));
    let resources = accepted.resources.iter().map(|name| glob::Pattern::new(name));
    let paths = match accepted.paths.lines.as_slice() {
        [] => None,
        lines => Some(Patterns::new(lines).map_err(|error| wrong(error.to_string()))?),
    };
    Ok(Ignore {
        place: Some(accepted.span),
        rules: rules
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?,
        folder: accepted.paths.base.clone().unwrap_or_else(|| cwd.to_path_buf()),
        paths,
        resources: resources
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?,
        environments: accepted
            .environments
            .iter()
            .map(|name| name.to_string())
            .collect(),
        reason: accepted
            .reason
            .as_ref()
            .map(|reason| reason.trim().to_owned())
            .filter(|reason| !reason.is_empty()),
        until: accepted.until,
    })
}

/// Reads a baseline.
///
/// # Errors
/// When it is not there or is none.
pub(super) fn read(path: &Path, cwd: &Path) -> Result<Baseline, Failure> {
    let shown = shown(&Disk, cwd, path);
    let bytes = Disk.read(path, MAX_BYTES).map_err(|error| {
        let failure = Failure::usage(format!("cannot read the baseline {shown}: {error}"));
        match error.kind() {
            io::ErrorKind::NotFound => {
                failure.help(format!("`ecslint baseline create --baseline {shown}` makes it"))
            }
            _ => failure,
        }
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("the baseline {shown} is larger than {} MiB", MAX_BYTES >> 20);
        return Err(Failure::usage(message)
            .help("so many findings cannot be meant to stay; mend some, or select fewer rules"));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::usage(format!("the baseline {shown} is not UTF-8")))?;
    Baseline::parse(shown.clone(), &text).map_err(|unusable| {
        let failure = Failure::usage(format!("the baseline {shown} cannot be used: {unusable}"));
        failure.help(unusable.help())
    })
}

/// The baseline of a command: that of a flag, else that of the configuration, else the usual name.
pub(super) fn baseline_path(config: &Config, named: Option<&Path>, cwd: &Path) -> PathBuf {
    /// The usual name.
    const USUAL: &str = ".ecslint-baseline.json";
    match (named, &config.baseline) {
        (Some(named), _) => cwd.join(named),
        (None, Some(configured)) => configured.clone(),
        (None, None) => cwd.join(USUAL),
    }
}
