//! Document to template.

use indexmap::IndexMap;

use super::reference::{Collector, References};
use super::transform::{Collections, Expanded, Expander};
use super::{
    Condition, Name, Output, Owner, Parameter, ParameterKind, ReferenceKind, Resource, Rule, Template,
    Unexpanded, static_text,
};
use crate::diag::Problem;
use crate::source::{Span, Str};
use crate::yaml::{Document, Entry, Kind, Node, Scalar, ScalarKind};

/// Top-level sections of a template.
const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// Takes a document apart into a template. `given` holds the parameter values of the stack that the template is
/// read for; loops over parameters expand with them, and with the defaults where nothing is given.
/// What is malformed is left out and told in [`Template::problems`].
pub fn lower(document: Document, given: &IndexMap<Str, Str>) -> Template {
    let span = document.root.span;
    let mut lowering = Lowering {
        problems: document.problems,
    };
    let mut sections: IndexMap<Str, Node> = IndexMap::new();
    let mut unexpanded = Vec::new();
    if let Kind::Mapping(entries) = document.root.kind {
        for entry in entries {
            if &*entry.key == "Fn::Transform" {
                unexpanded.push(Unexpanded {
                    span: entry.key_span,
                    name: macro_name(&entry.value),
                });
            } else {
                lowering.section_name(&entry);
                sections.insert(entry.key, entry.value);
            }
        }
    }
    let mut take = |name: &str| lowering_entries(sections.swap_remove(name));
    let (parameters, mappings, conditions) = (take("Parameters"), take("Mappings"), take("Conditions"));
    let (rules, resources, outputs) = (take("Rules"), take("Resources"), take("Outputs"));
    let transforms = sections
        .swap_remove("Transform")
        .map_or_else(Vec::new, |node| transforms(&node));
    let parameters = lowering.parameters(parameters);
    let mappings = mappings
        .into_iter()
        .map(|entry| (entry.key, entry.value))
        .collect();
    let collections = Collections {
        parameters: &parameters,
        mappings: &mappings,
        given,
    };
    let mut expander = Expander::new(&collections);
    let conditions = lowering.conditions(expander.section(conditions));
    let resources = lowering.resources(expander.section(resources), &mut unexpanded);
    let outputs = lowering.outputs(expander.section(outputs));
    unexpanded.append(&mut expander.unexpanded);
    let assumed = expander.assumed;
    let mut template = Template {
        file: document.file,
        span,
        transforms,
        parameters,
        mappings,
        conditions,
        rules: rules.iter().map(|entry| rule(&entry.value)).collect(),
        resources,
        outputs,
        metadata: sections.swap_remove("Metadata"),
        references: References::default(),
        importing: Box::default(),
        unexpanded,
        assumed,
        comments: document.comments,
        problems: lowering.problems,
    };
    let collected = references(&template);
    template.references = References::new(collected.found);
    template.importing = collected.importing.into();
    template
}

/// The entries of a section; a section that is no mapping has none, and [`Lowering::section_name`] told why.
fn lowering_entries(section: Option<Node>) -> Vec<Entry> {
    match section.map(|node| node.kind) {
        Some(Kind::Mapping(entries)) => entries.into_vec(),
        _ => Vec::new(),
    }
}

struct Lowering {
    problems: Vec<Problem>,
}

impl Lowering {
    fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span, message));
    }

    fn section_name(&mut self, entry: &Entry) {
        if !SECTIONS.contains(&&*entry.key) {
            let mut problem = Problem::new(
                entry.key_span,
                format!("`{}` is not a section of a template", entry.key),
            );
            if let Some(near) = crate::diag::nearest(&entry.key, SECTIONS.iter().copied()) {
                problem = problem.with_help(format!("did you mean `{near}`?"));
            }
            self.problems.push(problem);
        }
        const MAPPINGS: &[&str] = &[
            "Conditions",
            "Mappings",
            "Outputs",
            "Parameters",
            "Resources",
            "Rules",
        ];
        let is_mapping = matches!(entry.value.kind, Kind::Mapping(_) | Kind::Null);
        if MAPPINGS.contains(&&*entry.key) && !is_mapping {
            self.problem(
                entry.value.span,
                format!(
                    "`{}` is a mapping of names to declarations, but this is {}",
                    entry.key,
                    entry.value.describe()
                ),
            );
        }
    }

    fn parameters(&mut self, entries: Vec<Entry>) -> IndexMap<Str, Parameter> {
        let mut out = IndexMap::new();
        for entry in entries {
            let name = name_of(&entry);
            if entry.value.as_mapping().is_none() {
                self.problem(
                    entry.value.span,
                    format!("parameter `{}` is {}", name.text, entry.value.describe()),
                );
                continue;
            }
            let type_name: Str = entry
                .value
                .get("Type")
                .and_then(Node::as_text)
                .cloned()
                .unwrap_or_else(|| {
                    self.problems.push(Problem::new(
                        name.span,
                        format!("parameter `{}` has no `Type`", name.text),
                    ));
                    "String".into()
                });
            let allowed = entry
                .value
                .get("AllowedValues")
                .and_then(Node::as_sequence)
                .unwrap_or(&[]);
            let parameter = Parameter {
                kind: parameter_kind(&type_name),
                type_name,
                default: entry.value.get("Default").and_then(default_text),
                allowed: allowed
                    .iter()
                    .filter_map(|node| node.as_text().cloned())
                    .collect(),
                allowed_pattern: entry.value.get("AllowedPattern").and_then(Node::as_text).cloned(),
                no_echo: entry.value.get("NoEcho").and_then(Node::as_bool).unwrap_or(false),
                name: name.clone(),
            };
            out.insert(name.text, parameter);
        }
        out.shrink_to_fit();
        out
    }

    fn conditions(&mut self, entries: Vec<Expanded>) -> IndexMap<Str, Condition> {
        let condition = |Expanded { entry, assumptions }: Expanded| {
            let name = name_of(&entry);
            (
                name.text.clone(),
                Condition {
                    name,
                    body: entry.value,
                    assumptions,
                },
            )
        };
        entries.into_iter().map(condition).collect()
    }

    fn resources(&mut self, entries: Vec<Expanded>, open: &mut Vec<Unexpanded>) -> IndexMap<Str, Resource> {
        let mut out = IndexMap::new();
        for Expanded { entry, assumptions } in entries {
            let id = name_of(&entry);
            if &*entry.key == "Fn::Transform" {
                open.push(Unexpanded {
                    span: entry.key_span,
                    name: macro_name(&entry.value),
                });
                continue;
            }
            let Kind::Mapping(attributes) = entry.value.kind else {
                let message = format!(
                    "resource `{}` is {}, not a declaration",
                    id.text,
                    entry.value.describe()
                );
                self.problem(entry.value.span, message);
                continue;
            };
            let mut attributes = attributes.into_vec();
            let mut take = |name: &str| {
                let at = attributes.iter().position(|entry| &*entry.key == name)?;
                Some(attributes.remove(at).value)
            };
            let Some(type_name) = take("Type").as_ref().and_then(name_at) else {
                if take("Fn::Transform").is_none() {
                    self.problem(id.span, format!("resource `{}` has no `Type`", id.text));
                }
                continue;
            };
            let depends_on = match take("DependsOn") {
                Some(Node {
                    kind: Kind::Sequence(items),
                    ..
                }) => items.iter().filter_map(name_at).collect(),
                Some(node) => name_at(&node).into_iter().collect(),
                None => Box::default(),
            };
            let resource = Resource {
                span: id.span.to(entry.value.span),
                properties: take("Properties"),
                condition: take("Condition").as_ref().and_then(name_at).map(Box::new),
                metadata: take("Metadata").map(Box::new),
                id: id.clone(),
                type_name,
                depends_on,
                attributes: attributes.into(),
                assumptions: assumptions.into(),
            };
            out.insert(id.text, resource);
        }
        out.shrink_to_fit();
        out
    }

    fn outputs(&mut self, entries: Vec<Expanded>) -> IndexMap<Str, Output> {
        let mut out = IndexMap::new();
        for Expanded { entry, assumptions } in entries {
            let id = name_of(&entry);
            if entry.value.get("Value").is_none() && &*id.text != "Fn::Transform" {
                self.problem(id.span, format!("output `{}` has no `Value`", id.text));
            }
            let output = Output {
                value: entry.value.get("Value").cloned(),
                export: entry
                    .value
                    .get("Export")
                    .and_then(|export| export.get("Name"))
                    .cloned(),
                condition: entry.value.get("Condition").and_then(name_at),
                id: id.clone(),
                assumptions,
            };
            out.insert(id.text, output);
        }
        out.shrink_to_fit();
        out
    }
}

fn name_of(entry: &Entry) -> Name {
    Name {
        text: entry.key.clone(),
        span: entry.key_span,
    }
}

/// The name that a node spells; a tagged `!Condition X` as a resource's `Condition` counts as well.
fn name_at(node: &Node) -> Option<Name> {
    let text = match &node.kind {
        Kind::Function(call) => static_text(&call.argument),
        _ => node.as_text().cloned(),
    };
    text.map(|text| Name {
        text,
        span: node.span,
    })
}

fn macro_name(node: &Node) -> Str {
    node.get("Name")
        .or(Some(node))
        .and_then(Node::as_text)
        .cloned()
        .unwrap_or_else(|| "Fn::Transform".into())
}

fn transforms(node: &Node) -> Vec<Name> {
    match node.as_sequence() {
        Some(items) => items.iter().map(transform).collect(),
        None => vec![transform(node)],
    }
}

fn transform(node: &Node) -> Name {
    Name {
        text: macro_name(node),
        span: node.span,
    }
}

fn parameter_kind(type_name: &str) -> ParameterKind {
    if let Some(inner) = type_name.strip_prefix("AWS::SSM::Parameter::Value<") {
        return ParameterKind::Ssm {
            list: inner.starts_with("List<") || inner.starts_with("CommaDelimitedList"),
        };
    }
    match type_name {
        "Number" => ParameterKind::Number,
        "CommaDelimitedList" => ParameterKind::List,
        _ if type_name.starts_with("List<") => ParameterKind::List,
        _ => ParameterKind::Text,
    }
}

/// A default as text; a list, which CloudFormation rejects but people write, joins with commas.
fn default_text(node: &Node) -> Option<Name> {
    let text = match &node.kind {
        Kind::Scalar(Scalar {
            text,
            kind: ScalarKind::Text | ScalarKind::Bool(_) | ScalarKind::Number,
        }) => text.clone(),
        Kind::Sequence(items) => items
            .iter()
            .filter_map(|item| item.as_text().map(|text| &**text))
            .collect::<Vec<_>>()
            .join(",")
            .into(),
        _ => return None,
    };
    Some(Name {
        text,
        span: node.span,
    })
}

fn rule(node: &Node) -> Rule {
    let assertions = node.get("Assertions").and_then(Node::as_sequence).unwrap_or(&[]);
    Rule {
        condition: node.get("RuleCondition").cloned(),
        assertions: assertions
            .iter()
            .filter_map(|item| item.get("Assert").cloned())
            .collect(),
    }
}

fn references(template: &Template) -> Collector {
    let mut collector = Collector::default();
    for (index, condition) in (0..).zip(template.conditions.values()) {
        collector.walk(Owner::Condition(index), &condition.body);
    }
    for (index, rule) in (0..).zip(&template.rules) {
        for node in rule.condition.iter().chain(&rule.assertions) {
            collector.walk(Owner::Rule(index), node);
        }
    }
    for (index, resource) in (0..).zip(template.resources.values()) {
        let owner = Owner::Resource(index);
        for name in &resource.depends_on {
            collector.name(owner, ReferenceKind::DependsOn, name);
        }
        if let Some(name) = &resource.condition {
            collector.name(owner, ReferenceKind::Condition, name);
        }
        for node in resource
            .properties
            .iter()
            .chain(resource.metadata.as_deref())
            .chain(resource.attributes.iter().map(|entry| &entry.value))
        {
            collector.walk(owner, node);
        }
    }
    for (index, output) in (0..).zip(template.outputs.values()) {
        let owner = Owner::Output(index);
        if let Some(name) = &output.condition {
            collector.name(owner, ReferenceKind::Condition, name);
        }
        for node in output.value.iter().chain(&output.export) {
            collector.walk(owner, node);
        }
    }
    collector
}
