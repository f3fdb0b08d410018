//! The merged tree as values. The tree has been checked: what does not fit cannot be there.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustc_hash::FxHashSet;

use super::form::words;
use super::keys::{self, FILE};
use super::layers::{Layers, one_or_many};
use super::merge::laid_over;
use super::{
    Accepted, Config, Entrypoint, Environment, Nested, ParameterFile, RuleChoice, SuppressionPolicy, names,
};
use crate::diag::{Confidence, Severity};
use crate::lint::suppression::date;
use crate::project::discover::Globs;
use crate::report::Format;
use crate::rule::{Profile, Rule, RuleSettings, Selector};
use crate::source::{Span, Str};
use crate::yaml::shape::Field;
use crate::yaml::{Kind, Node, ScalarKind};

/// The layers laid over each other.
fn merged(layers: &Layers) -> Node {
    let empty = Node {
        span: Span::new(crate::source::FileId(0), 0, 0),
        kind: Kind::Mapping(Box::default()),
    };
    layers
        .layers
        .iter()
        .fold(empty, |below, layer| laid_over(&FILE, &below, &layer.root))
}

/// The user's own rules, in a configuration that may have mistakes.
pub(super) fn custom_rules(layers: &Layers) -> Vec<PathBuf> {
    let root = merged(layers);
    let paths = Reader { layers, known: &[] }.paths(get(&root, &keys::CUSTOM_RULES));
    paths.into_iter().map(|(path, _)| path).collect()
}

/// Places of values that may be secret: imports can be passed to `NoEcho` parameters.
pub(super) fn secrets(layers: &Layers) -> Vec<Span> {
    let environments = layers
        .layers
        .iter()
        .filter_map(|layer| layer.root.get(keys::ENVIRONMENTS.key)?.as_mapping());
    let imports = environments
        .flatten()
        .filter_map(|entry| get(&entry.value, &keys::environment::IMPORTS));
    let values = imports.flat_map(|imports| match imports.as_mapping() {
        Some(entries) => entries.iter().map(|entry| entry.value.span).collect(),
        None => vec![imports.span],
    });
    let hidden = layers.hidden.iter().copied();
    values.chain(hidden).filter(|span| !span.is_empty()).collect()
}

/// The configuration that the layers come to.
pub(super) fn config(layers: Layers, known: &[&'static Rule]) -> Config {
    let root = merged(&layers);
    let reader = Reader {
        layers: &layers,
        known,
    };
    let output = get(&root, &keys::OUTPUT);
    let of_output = |field: &Field| output.and_then(|node| get(node, field));
    let (choice, settings) = reader.rules(&root);
    let fail_on = text(get(&root, &keys::FAIL_ON));
    Config {
        file: layers.file.map(|file| layers.sources.get(file).path().clone()),
        include: reader.patterns(get(&root, &keys::INCLUDE)),
        exclude: reader.patterns(get(&root, &keys::EXCLUDE)),
        respect_gitignore: truth(get(&root, &keys::RESPECT_GITIGNORE)).unwrap_or(true),
        entrypoints: reader.entrypoints(&root),
        environments: one_by_one(get(&root, &keys::ENVIRONMENTS))
            .map(|(name, node)| (name.clone(), reader.environment(node)))
            .collect(),
        nested: reader.nested(get(&root, &keys::NESTED)),
        choice,
        settings,
        min_severity: word(get(&root, &keys::MIN_SEVERITY), Severity::ALL, Severity::as_str)
            .unwrap_or(Severity::Info),
        min_confidence: word(
            get(&root, &keys::MIN_CONFIDENCE),
            Confidence::ALL,
            Confidence::as_str,
        )
        .unwrap_or(Confidence::Low),
        strict_unknown: truth(get(&root, &keys::STRICT_UNKNOWN)).unwrap_or(false),
        fail_on: match fail_on.as_deref() {
            Some(words::NEVER) => None,
            _ => word(get(&root, &keys::FAIL_ON), Severity::ALL, Severity::as_str),
        },
        ignore: one_or_many(get(&root, &keys::IGNORE))
            .iter()
            .map(|node| reader.accepted(node))
            .collect(),
        suppressions: reader.suppressions(get(&root, &keys::SUPPRESSIONS)),
        baseline: reader
            .paths(get(&root, &keys::BASELINE))
            .pop()
            .map(|(path, _)| path),
        format: text(of_output(&keys::output::FORMAT))
            .and_then(|name| Format::from_str(&name).ok())
            .unwrap_or(Format::Full),
        docs_url: text(of_output(&keys::output::DOCS_URL)),
        root,
        sources: layers.sources,
        layers: layers.layers,
    }
}

/// Reads values, with the layers they come from and the rules that there are.
struct Reader<'r> {
    layers: &'r Layers,
    known: &'r [&'static Rule],
}

impl Reader<'_> {
    /// The folder that a path at a place starts from.
    fn base(&self, span: Span) -> &Path {
        let layer = self.layers.layer(span.file);
        layer.map_or(Path::new(""), |layer| &layer.base)
    }

    /// Paths, absolute, with their places.
    fn paths(&self, node: Option<&Node>) -> Vec<(PathBuf, Span)> {
        let path = |node: &Node| Some((self.base(node.span).join(&**node.as_text()?), node.span));
        one_or_many(node).iter().filter_map(path).collect()
    }

    fn parameter_files(&self, node: Option<&Node>) -> Vec<ParameterFile> {
        let file = |node: &Node| {
            Some(ParameterFile {
                argument: node.as_text()?.clone(),
                folder: self.base(node.span).to_path_buf(),
                span: node.span,
            })
        };
        one_or_many(node).iter().filter_map(file).collect()
    }

    fn patterns(&self, node: Option<&Node>) -> Globs {
        Globs {
            base: node.map(|node| self.base(node.span).to_path_buf()),
            lines: texts(node).iter().map(|text| text.to_string()).collect(),
        }
    }

    fn selectors(&self, node: Option<&Node>) -> Vec<Selector> {
        let parse = |word: &Str| Selector::parse(word, self.known).ok();
        texts(node).iter().filter_map(parse).collect()
    }

    fn entrypoints(&self, root: &Node) -> Vec<Entrypoint> {
        let entrypoint = |node: &Node| {
            let (template, span) = self.paths(get(node, &keys::entrypoint::TEMPLATE)).pop()?;
            Some(Entrypoint {
                template,
                span,
                environments: texts(get(node, &keys::entrypoint::ENVIRONMENTS)),
            })
        };
        let nodes = one_or_many(get(root, &keys::ENTRYPOINTS)).iter();
        nodes.filter_map(entrypoint).collect()
    }

    fn environment(&self, node: &Node) -> Environment {
        let get = |field: &Field| get(node, field);
        Environment {
            params: self.parameter_files(get(&keys::environment::PARAMS)),
            region: text(get(&keys::environment::REGION)),
            account: text(get(&keys::environment::ACCOUNT)),
            partition: text(get(&keys::environment::PARTITION)),
            stack_name: text(get(&keys::environment::STACK_NAME)),
            imports: one_by_one(get(&keys::environment::IMPORTS))
                .filter_map(|(name, node)| Some((name.clone(), node.as_text()?.clone())))
                .collect(),
        }
    }

    fn nested(&self, node: Option<&Node>) -> Nested {
        let of = |field: &Field| node.and_then(|node| get(node, field));
        let mapping = |node: &Node| {
            let prefix = text(get(node, &keys::nested::PREFIX))?;
            let (dir, _) = self.paths(get(node, &keys::nested::DIR)).pop()?;
            Some((prefix, dir))
        };
        let mappings = one_or_many(of(&keys::nested::URL_MAP)).iter();
        Nested {
            url_map: mappings.filter_map(mapping).collect(),
            on_missing: text(of(&keys::nested::ON_MISSING)).unwrap_or_default(),
        }
    }

    /// Which rules run, and how they differ from how they come: what is said of a rule goes before what is said of its
    /// category.
    fn rules(&self, root: &Node) -> (RuleChoice, RuleSettings) {
        let said = get(root, &keys::RULES);
        let mut choice = RuleChoice {
            select: self.selectors(get(root, &keys::SELECT)),
            extend_select: self.selectors(get(root, &keys::EXTEND_SELECT)),
            disable: self.selectors(get(root, &keys::DISABLE)),
            profile: word(get(root, &keys::PROFILE), Profile::EVERY, Profile::as_str)
                .unwrap_or(Profile::Recommended),
            on: FxHashSet::default(),
            off: FxHashSet::default(),
        };
        let mut settings = RuleSettings::default();
        for rule in self.known.iter().copied() {
            let level = |name: &str| level(get(said?.get(name)?, &keys::rule::SEVERITY)?);
            let own = level(rule.name);
            match own.or_else(|| level(rule.category.as_str())) {
                Some(Level::Off) => {
                    choice.off.insert(rule.name);
                }
                Some(Level::On(severity)) => settings.set_severity(rule.name, severity),
                None => {}
            }
            if let Some(Level::On(_)) = own {
                choice.on.insert(rule.name);
            }
            let options = said.and_then(|said| get(said.get(rule.name)?, &keys::rule::OPTIONS));
            for (name, node) in one_by_one(options) {
                let option = names::find(rule, name);
                let value = option.and_then(|option| Some((option.name(), names::value(option, node).ok()?)));
                if let Some((name, value)) = value {
                    settings.set_option(rule.name, name, value);
                }
            }
        }
        (choice, settings)
    }

    fn accepted(&self, node: &Node) -> Accepted {
        let get = |field: &Field| get(node, field);
        Accepted {
            span: get(&keys::ignore::RULES).map_or(node.span, |node| node.span),
            rules: texts(get(&keys::ignore::RULES)),
            paths: self.patterns(get(&keys::ignore::PATHS)),
            resources: texts(get(&keys::ignore::RESOURCES)),
            environments: texts(get(&keys::ignore::ENVIRONMENTS)),
            reason: text(get(&keys::ignore::REASON)),
            until: text(get(&keys::ignore::UNTIL)).and_then(|text| date(&text)),
        }
    }

    fn suppressions(&self, node: Option<&Node>) -> SuppressionPolicy {
        let of = |field: &Field| node.and_then(|node| get(node, field));
        SuppressionPolicy {
            require_reason: truth(of(&keys::suppressions::REQUIRE_REASON)).unwrap_or(false),
            max_days: text(of(&keys::suppressions::MAX_DAYS)).and_then(|text| text.parse().ok()),
            protected: self.selectors(of(&keys::suppressions::PROTECTED)),
            allow: texts(of(&keys::suppressions::ALLOW)),
        }
    }
}

/// What is said of a rule.
#[derive(Clone, Copy)]
enum Level {
    Off,
    On(Severity),
}

fn level(node: &Node) -> Option<Level> {
    match &node.kind {
        // YAML takes `off` for a truth value.
        Kind::Scalar(scalar) if scalar.kind == ScalarKind::Bool(false) => Some(Level::Off),
        Kind::Scalar(scalar) if &*scalar.text == words::OFF => Some(Level::Off),
        _ => word(Some(node), Severity::ALL, Severity::as_str).map(Level::On),
    }
}

fn get<'n>(node: &'n Node, field: &Field) -> Option<&'n Node> {
    node.get(field.key).filter(|node| !node.is_null())
}

fn text(node: Option<&Node>) -> Option<Str> {
    node.and_then(Node::as_text).cloned()
}

fn texts(node: Option<&Node>) -> Vec<Str> {
    let nodes = one_or_many(node).iter();
    nodes.filter_map(Node::as_text).cloned().collect()
}

fn truth(node: Option<&Node>) -> Option<bool> {
    node.and_then(Node::as_bool)
}

/// The value that a word stands for.
fn word<T: Copy>(node: Option<&Node>, all: &[T], as_str: fn(T) -> &'static str) -> Option<T> {
    let text = node.and_then(Node::as_text)?;
    all.iter().copied().find(|value| as_str(*value) == &**text)
}

/// The entries of a mapping.
fn one_by_one(node: Option<&Node>) -> impl Iterator<Item = (&Str, &Node)> {
    let entries = node.and_then(Node::as_mapping).unwrap_or_default();
    entries.iter().map(|entry| (&entry.key, &entry.value))
}
