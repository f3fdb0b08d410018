//! Large templates are divided.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::layers::{Layer, of_type};
use crate::cfn::Template;
use crate::diag::Severity;
use crate::rule::setting::NumberOption;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, RuleOption, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "monolithic-template",
    summary: "large templates are divided by layers",
    docs: Docs {
        why: "A change to any part of a large template updates one stack with everything in it: people wait for each \
              other, a failure rolls all of it back, and the limits of CloudFormation come near.",
        decides: "Reports templates with more than 60 resources (the option `max-resources`) of at least three layers (network, security, load \
                  balancer, application, data, pipeline), and templates with 30 resources or more that have used up nine \
                  tenths of a limit: 500 resources, 200 parameters, 200 outputs. Smaller ones are never reported. The \
                  rule is never undetermined.",
        fix: "Move a layer, best the network, into a stack of its own: a nested one, or one that exports its values.",
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &["I2010", "I3010", "I6010"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/best-practices.html",
    options: &[RuleOption::Number(&MAX_RESOURCES_OF_LAYERS)],
    check: Check::Native(check),
};

static MAX_RESOURCES_OF_LAYERS: NumberOption = NumberOption {
    name: "max-resources",
    doc: "the most resources that a template of several layers has",
    // Up to so many resources are read in one go.
    default: 60,
    least: MIN_RESOURCES as u32,
    most: MAX_RESOURCES as u32,
};

/// A service with its load balancer and roles has as many layers as a large template, but one purpose.
const MIN_LAYERS: usize = 3;

/// Below this a single template is the simpler thing, whatever else is large.
const MIN_RESOURCES: usize = 30;

/// What CloudFormation takes in one template.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MAX_RESOURCES: usize = 500;
const MAX_PARAMETERS: usize = 200;
const MAX_OUTPUTS: usize = 200;

fn check(cx: &mut Context<'_, '_>) {
    let project = cx.inventory().project();
    let many = cx.number(&MAX_RESOURCES_OF_LAYERS) as usize;
    let mut seen = BTreeSet::new();
    for stack in project.stack_ids() {
        if seen.insert(project.stack(stack).template) {
            let template = project.template(stack);
            if let Some(finding) = judge(template, many) {
                cx.report(finding);
            }
        }
    }
}

fn judge(template: &Template, many: usize) -> Option<Finding> {
    let count = template.resources.len();
    let first = template.resources.values().next().filter(|_| count >= MIN_RESOURCES)?;
    let mut layers: BTreeMap<Layer, usize> = BTreeMap::new();
    for resource in template.resources.values() {
        if let Some(layer) = of_type(&resource.type_name.text) {
            *layers.entry(layer).or_default() += 1;
        }
    }
    let message = match near_limit(template) {
        Some(message) => message,
        None if count > many && layers.len() >= MIN_LAYERS => {
            let shown: Vec<String> =
                layers.iter().map(|(layer, count)| format!("{} ({count})", layer.noun())).collect();
            let others = match count - layers.values().sum::<usize>() {
                0 => String::new(),
                1 => ", and another".to_owned(),
                others => format!(", and {others} others"),
            };
            format!("the template has {count} resources of {} layers: {}{others}", layers.len(), shown.join(", "))
        }
        None => return None,
    };
    let finding = Finding::at(first.id.span, message)
        .label(format!("the first of {count} resources"))
        .help("move a layer, best the network, into a template of its own");
    Some(finding)
}

/// What is nearly used up.
fn near_limit(template: &Template) -> Option<String> {
    let counts = [
        (template.resources.len(), MAX_RESOURCES, "resources"),
        (template.parameters.len(), MAX_PARAMETERS, "parameters"),
        (template.outputs.len(), MAX_OUTPUTS, "outputs"),
    ];
    let near = counts.into_iter().find(|(count, limit, _)| count * 10 >= limit * 9)?;
    let (count, limit, noun) = near;
    Some(format!("the template has {count} of at most {limit} {noun}"))
}
