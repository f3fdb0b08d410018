//! What stands in the properties of resources and could as well come from elsewhere; and that a literal is judged as a parameter
//! with that default.

use ecslint::diag::Diagnostic;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::Comparison;
use super::case::{Case, checked, counted, subject};
use super::json::value;

/// A number for a text that is the same on every machine and in every run (FNV-1a).
pub(crate) fn hash(text: &str, seed: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let sum = text.bytes().fold(start, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits of FNV-1a depend on the low bits of the bytes only.
    sum ^ (sum >> 29)
}

/// The literal of a scalar, as a parameter would have it.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Where a value stands that can be replaced: the key it stands under, and what it is.
pub(crate) struct Place<'p> {
    pub(crate) key: &'p str,
    pub(crate) literal: Option<String>,
}

/// Calls `replace` with every value in the properties of the resources of a template that CloudFormation would take from elsewhere:
/// literals, and calls of functions. What it returns takes the place of the value, and is not looked into.
pub(crate) fn replace(template: &mut Value, replace: &mut dyn FnMut(Place<'_>) -> Option<Value>) {
    let resources = template.get_mut("Resources").and_then(Value::as_object_mut);
    for (_, resource) in resources.into_iter().flatten() {
        if let Some(properties) = resource.get_mut("Properties") {
            descend("Properties", properties, replace);
        }
    }
}

fn descend(key: &str, value: &mut Value, replace: &mut dyn FnMut(Place<'_>) -> Option<Value>) {
    let is_call = |entries: &Map<String, Value>| {
        let only = entries.keys().next().filter(|_| entries.len() == 1);
        only.is_some_and(|key| key == "Ref" || key.starts_with("Fn::"))
    };
    let nothing = json!({"Ref": "AWS::NoValue"});
    let literal = literal(value);
    let is_replaceable = match &*value {
        Value::Object(entries) => is_call(entries) && *value != nothing,
        _ => literal.is_some(),
    };
    if is_replaceable && let Some(new) = replace(Place { key, literal }) {
        *value = new;
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| descend(key, item, replace)),
        Value::Object(entries) if is_call(entries) => {
            let (function, argument) = entries.iter_mut().next().unwrap();
            // Not the names of conditions, maps and exports, nor texts that CloudFormation wants as they are.
            let values: &mut [Value] = match (function.as_str(), argument) {
                ("Fn::If", Value::Array(items)) if items.len() == 3 => &mut items[1..],
                ("Fn::Join" | "Fn::Select" | "Fn::Split", Value::Array(items)) if items.len() == 2 => {
                    &mut items[1..]
                }
                ("Fn::Base64", argument) => std::slice::from_mut(argument),
                _ => &mut [],
            };
            values.iter_mut().for_each(|item| descend(key, item, replace));
        }
        Value::Object(entries) => entries
            .iter_mut()
            .for_each(|(key, value)| descend(key, value, replace)),
        _ => {}
    }
}

/// Adds declarations to the parameters of a template.
pub(crate) fn declare(template: &mut Value, parameters: Map<String, Value>) {
    if parameters.is_empty() {
        return;
    }
    let sections = template.as_object_mut().unwrap();
    let section = sections.entry("Parameters").or_insert_with(|| json!({}));
    section.as_object_mut().unwrap().extend(parameters);
}

/// Keys whose value may as well come from a parameter.
const MOVABLE: &[&str] = &[
    "AssignPublicIp",
    "CidrIp",
    "CidrIpv6",
    "DestinationCidrBlock",
    "Image",
    "MapPublicIpOnLaunch",
    "Protocol",
    "Scheme",
];

/// A case whose movable literals are the defaults of parameters; `None` when there are none.
fn moved(case: &Case) -> Option<Case> {
    let mut count = 0;
    let moved = case.rewritten(|text| {
        let mut template = value(text);
        let mut parameters = Map::new();
        replace(&mut template, &mut |place| {
            // Ranges that are the whole internet only together are seen as that only while they are fixed.
            let literal = place.literal.filter(|literal| !literal.ends_with("/1"))?;
            MOVABLE.contains(&place.key).then(|| {
                let name = format!("Moved{}", parameters.len());
                parameters.insert(name.clone(), json!({"Type": "String", "Default": literal}));
                json!({"Ref": name})
            })
        });
        count += parameters.len();
        declare(&mut template, parameters);
        template.to_string()
    });
    (count > 0).then_some(moved)
}

/// What is compared: not what is found for other values than the default, which is news, and not ranges that are too wide only
/// together.
fn by_default(diagnostic: &Diagnostic) -> Option<String> {
    let other_value = Regex::new(r"Moved\d+ is not").unwrap();
    let is_compared = !other_value.is_match(&diagnostic.when.to_string())
        && !diagnostic.message.contains("together with other rules");
    let said = (
        &diagnostic.rule,
        diagnostic.outcome,
        diagnostic.severity,
        subject(diagnostic),
        &diagnostic.message,
        &diagnostic.stacks,
    );
    is_compared.then(|| format!("{said:?}"))
}

#[test]
fn a_literal_and_a_parameter_with_that_default_are_judged_alike() {
    let mut comparison = Comparison::default();
    for (case, before) in checked() {
        if let Some(moved) = moved(case) {
            let after = moved.check();
            comparison.compare(case, &counted(before, by_default), &counted(&after, by_default));
        }
    }
    comparison.end(400);
}
