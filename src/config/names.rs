//! The names in a configuration that only a run knows: rules with their options, categories, environments.

use std::collections::BTreeSet;

use super::form::{NAMED_ENVIRONMENT, NAMED_RULE, RULE, SELECTOR};
use super::keys::{self, ENVIRONMENTS, FILE, RULES};
use super::layers::{Layer, Layers, one_or_many};
use crate::diag::{Problem, nearest};
use crate::rule::setting::{OptionValue, RuleOption};
use crate::rule::{Rule, Selector};
use crate::source::Str;
use crate::yaml::shape::expected;
use crate::yaml::{Kind, Node, ScalarKind};

/// Adds what is wrong with the names in all layers.
pub(super) fn check(layers: &mut Layers, known: &[&'static Rule]) {
    let environments = environments(layers);
    let mut problems = Vec::new();
    for layer in &layers.layers {
        FILE.visit(&layer.root, &mut |form, node| {
            let Some(name) = node.as_text() else { return };
            let unknown = if std::ptr::eq(form, &SELECTOR) {
                Selector::parse(name, known).err()
            } else if std::ptr::eq(form, &RULE) {
                Selector::named(name, known).err()
            } else if std::ptr::eq(form, &NAMED_RULE) {
                let name = name.split_once('(').map_or(&**name, |(name, _)| name);
                Selector::named(name, known).err()
            } else {
                None
            };
            if let Some(unknown) = unknown {
                problems.push(Problem::new(node.span, unknown.message).with_help(unknown.help));
            }
            if std::ptr::eq(form, &NAMED_ENVIRONMENT) && !environments.contains(name) {
                problems.push(undeclared(node, name, &environments));
            }
        });
        options(layer, known, &mut problems);
    }
    for problem in problems {
        // What has the wrong kind is said once.
        let is_said = layers.errors.iter().any(|error| {
            error
                .problem
                .as_ref()
                .is_some_and(|known| known.span == problem.span)
        });
        if !is_said {
            layers.wrong(problem);
        }
    }
}

/// The environments of all layers.
fn environments(layers: &Layers) -> BTreeSet<Str> {
    let of_layer = |layer: &Layer| {
        let entries = layer.root.get(ENVIRONMENTS.key).and_then(Node::as_mapping);
        let names = entries.into_iter().flatten().map(|entry| entry.key.clone());
        names.collect::<Vec<_>>()
    };
    layers.layers.iter().flat_map(of_layer).collect()
}

fn undeclared(node: &Node, name: &str, declared: &BTreeSet<Str>) -> Problem {
    let problem = Problem::new(node.span, format!("no environment is called `{name}`"));
    let declared: Vec<&str> = declared.iter().map(|name| &**name).collect();
    match nearest(name, declared.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None if declared.is_empty() => problem.with_help("`environments` declares none"),
        None => problem.with_help(format!("`environments` declares {}", declared.join(", "))),
    }
}

/// What is wrong with the options of rules.
fn options(layer: &Layer, known: &[&'static Rule], problems: &mut Vec<Problem>) {
    let rules = layer.root.get(RULES.key).and_then(Node::as_mapping);
    for entry in rules.unwrap_or_default() {
        let Some(options) = entry.value.entry(keys::rule::OPTIONS.key) else {
            continue;
        };
        match Selector::named(&entry.key, known) {
            Ok(Selector::Rule(name)) => {
                let Some(rule) = known.iter().find(|rule| rule.name == name) else {
                    continue;
                };
                for option in options.value.as_mapping().unwrap_or_default() {
                    match find(rule, &option.key) {
                        Some(declared) => problems.extend(value(declared, &option.value).err()),
                        None => problems.push(no_option(rule, &option.name())),
                    }
                }
            }
            Ok(_) => problems.push(
                Problem::new(options.key_span, format!("`{}` is a category", entry.key))
                    .with_help("options belong to a rule"),
            ),
            Err(_) => {}
        }
    }
}

/// The option of a rule with a name.
pub(super) fn find(rule: &Rule, name: &str) -> Option<RuleOption> {
    rule.options.iter().copied().find(|option| option.name() == name)
}

fn no_option(rule: &Rule, node: &Node) -> Problem {
    let name = node.as_text().map_or("", |text| text);
    let problem = Problem::new(node.span, format!("`{}` has no option `{name}`", rule.name));
    let names: Vec<&str> = rule.options.iter().map(|option| option.name()).collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None if names.is_empty() => problem.with_help("it has none"),
        None => problem.with_help(format!("its options are {}", names.join(", "))),
    }
}

/// A value as that of an option.
pub(super) fn value(option: RuleOption, node: &Node) -> Result<OptionValue, Problem> {
    match option {
        RuleOption::Number(option) => {
            let number = match &node.kind {
                Kind::Scalar(scalar) if scalar.kind == ScalarKind::Number => scalar.text.parse().ok(),
                _ => return Err(expected(node, "a number")),
            };
            let bounds = option.least..=option.most;
            number
                .filter(|number| bounds.contains(number))
                .map(OptionValue::Number)
                .ok_or_else(|| {
                    let (least, most) = bounds.into_inner();
                    let message = format!("`{}` is a whole number from {least} to {most}", option.name);
                    Problem::new(node.span, message)
                })
        }
        RuleOption::Texts(_) => {
            let texts: Option<Vec<Str>> = one_or_many(Some(node))
                .iter()
                .map(|node| node.as_text().cloned())
                .collect();
            texts
                .map(OptionValue::Texts)
                .ok_or_else(|| expected(node, "a list of texts"))
        }
    }
}
