//! The configuration of a run: found, read with its places, checked against one table of keys, laid together, and handed to
//! the layers below as their own plain types.

mod assignment;
mod form;
pub mod keys;
mod layers;
mod locate;
mod merge;
mod names;
mod preset;
mod read;
mod schema;
mod show;

use std::path::PathBuf;

use indexmap::IndexMap;
use jiff::civil::Date;
use rustc_hash::FxHashSet;

pub use keys::SCHEMA_ID;
pub use layers::{Origin, Request};
pub use locate::NAMES;
pub use schema::schema;

use crate::diag::{Confidence, Severity};
use crate::lint::InputError;
use crate::project::discover::Globs;
use crate::report::Format;
use crate::rule::{Profile, Rule, RuleSettings, Selector};
use crate::source::{Sources, Span, Str};
use crate::yaml::Node;
use layers::Layers;

/// What the layers say, not yet held against the rules that there are: rules of the user's own are among what it says.
pub struct Draft {
    layers: Layers,
}

/// What is wrong with a configuration.
#[derive(Debug)]
pub struct Mistakes {
    /// The files, variables and arguments that it is made from.
    pub sources: Sources,
    /// Every mistake.
    pub errors: Vec<InputError>,
}

/// What holds for a run, unless a flag says otherwise.
pub struct Config {
    /// The files, variables and arguments that it is made from; spans point into them.
    pub sources: Sources,
    /// The path of the file as it is reported, if there is one.
    pub file: Option<Str>,
    /// Files that are looked into beside those with a usual extension.
    pub include: Globs,
    /// Files and folders that are left out.
    pub exclude: Globs,
    /// Whether what `.gitignore` names is left out.
    pub respect_gitignore: bool,
    /// Root templates.
    pub entrypoints: Vec<Entrypoint>,
    /// Where stacks are deployed, by name.
    pub environments: IndexMap<Str, Environment>,
    /// How templates of nested stacks are found.
    pub nested: Nested,
    /// Which rules run.
    pub choice: RuleChoice,
    /// How they differ from how they come.
    pub settings: RuleSettings,
    /// Findings below are left out.
    pub min_severity: Severity,
    /// Findings that are less certain are left out.
    pub min_confidence: Confidence,
    /// Whether undetermined checks count as findings.
    pub strict_unknown: bool,
    /// The least severity that fails; `None` when none does.
    pub fail_on: Option<Severity>,
    /// Findings that are accepted.
    pub ignore: Vec<Accepted>,
    /// What accepting a finding takes.
    pub suppressions: SuppressionPolicy,
    /// The file of findings that do not fail.
    pub baseline: Option<PathBuf>,
    /// The format on stdout.
    pub format: Format,
    /// Where pages of rules are published.
    pub docs_url: Option<Str>,
    /// The layers laid over each other.
    root: Node,
    layers: Vec<layers::Layer>,
}

impl Config {
    /// The configuration as YAML that can be read again, on request with where each value comes from. Values of imports are
    /// not in it, because they may be secret.
    pub fn show(&self, origins: bool) -> String {
        let page = show::Page {
            sources: &self.sources,
            layers: &self.layers,
            origins,
        };
        page.write(&self.root)
    }

    /// The layers from the lowest to the highest, each with how many keys it sets.
    pub fn layers(&self) -> Vec<(Origin, Str, usize)> {
        let layer = |layer: &layers::Layer| {
            let keys = layer.root.as_mapping().map_or(0, <[_]>::len);
            (layer.origin, self.sources.get(layer.file).path().clone(), keys)
        };
        self.layers.iter().map(layer).collect()
    }
}

/// A root template with the environments it is deployed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrypoint {
    /// The template.
    pub template: PathBuf,
    /// Where it is named.
    pub span: Span,
    /// The environments by name, each of which is declared; all of them where none is named.
    pub environments: Vec<Str>,
}

impl Entrypoint {
    /// True for an environment that it is deployed to.
    pub fn is_deployed_to(&self, environment: &Str) -> bool {
        self.environments.is_empty() || self.environments.contains(environment)
    }
}

/// A parameter file as `--params` takes it: `[TEMPLATE=]FILE[#NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterFile {
    /// The argument.
    pub argument: Str,
    /// The folder that its paths start from; absolute.
    pub folder: PathBuf,
    /// Where it is named.
    pub span: Span,
}

/// The values that stacks get in an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Parameter files, a later one over an earlier one.
    pub params: Vec<ParameterFile>,
    /// `AWS::Region`.
    pub region: Option<Str>,
    /// `AWS::AccountId`.
    pub account: Option<Str>,
    /// `AWS::Partition`.
    pub partition: Option<Str>,
    /// `AWS::StackName` of the root stacks.
    pub stack_name: Option<Str>,
    /// Values of `Fn::ImportValue` by export name. They may be secret.
    pub imports: IndexMap<Str, Str>,
}

/// How templates of nested stacks are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nested {
    /// How TemplateURLs begin, and the folders that what follows is relative to.
    pub url_map: Vec<(Str, PathBuf)>,
    /// What is said of a template that is not found: `ignore`, `note` or `error`.
    pub on_missing: Str,
}

/// Which rules run.
#[derive(Clone, Debug)]
pub struct RuleChoice {
    /// Only these, whatever the profile; no limit where it is empty.
    pub select: Vec<Selector>,
    /// These as well.
    pub extend_select: Vec<Selector>,
    /// Not these.
    pub disable: Vec<Selector>,
    /// The rules of this profile.
    pub profile: Profile,
    /// Rules for which a severity is set run, whatever the profile.
    pub on: FxHashSet<&'static str>,
    /// Rules that are switched off.
    pub off: FxHashSet<&'static str>,
}

/// Findings that are accepted: those for which all of this is true.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Where it stands.
    pub span: Span,
    /// Names of rules and categories, perhaps with what must match: `wildcard-action(s3:*)`.
    pub rules: Vec<Str>,
    /// In templates that match; in all where it is empty.
    pub paths: Globs,
    /// About resources whose logical ids match; about all where it is empty.
    pub resources: Vec<Str>,
    /// In these environments, each of which is declared; in all where it is empty.
    pub environments: Vec<Str>,
    /// Why.
    pub reason: Option<Str>,
    /// The last day.
    pub until: Option<Date>,
}

/// What accepting a finding takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionPolicy {
    /// Whether each must say why.
    pub require_reason: bool,
    /// The most days from today that `until` may lie ahead.
    pub max_days: Option<u32>,
    /// Rules and categories whose findings cannot be accepted.
    pub protected: Vec<Selector>,
    /// Where findings may be accepted: `comment`, `metadata`, `config`, `baseline`, `compat`.
    pub allow: Vec<Str>,
}

impl Draft {
    /// Reads what a configuration is made from.
    pub fn read(request: &Request<'_>) -> Draft {
        Draft {
            layers: Layers::read(request),
        }
    }

    /// The user's own rules: files, or folders of them.
    pub fn custom_rules(&self) -> Vec<PathBuf> {
        read::custom_rules(&self.layers)
    }

    /// The configuration, held against the rules that there are.
    ///
    /// # Errors
    /// Every mistake in it, by file and place.
    pub fn finish(mut self, known: &[&'static Rule]) -> Result<Config, Mistakes> {
        names::check(&mut self.layers, known);
        if self.layers.errors.is_empty() {
            return Ok(read::config(self.layers, known));
        }
        Err(self.mistakes())
    }

    /// What is wrong with it whatever rules there are.
    pub fn mistakes(mut self) -> Mistakes {
        let secrets = read::secrets(&self.layers);
        self.layers.sources.mask(secrets);
        let mut errors = self.layers.errors;
        let place = |error: &InputError| error.problem.as_ref().map(|problem| problem.span);
        errors.sort_by_key(place);
        Mistakes {
            sources: self.layers.sources,
            errors,
        }
    }

    /// True when something is wrong with it whatever rules there are.
    pub fn is_wrong(&self) -> bool {
        !self.layers.errors.is_empty()
    }
}
