//! One template or several make the same deployment: what is found in a flat template is found when it stands in a nested stack, when
//! it is split over two nested stacks that hand on values by outputs and parameters, and when it is split over two stacks that
//! share them by exports and imports.

use std::collections::{BTreeMap, BTreeSet};

use ecslint::diag::Diagnostic;
use ecslint::lint::Report;
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};

use super::Comparison;
use super::case::{Case, Findings, checked, counted, subject};

/// A part of a template by name; an empty mapping where it has none.
fn section(template: &Value, name: &str) -> Map<String, Value> {
    let section = template.get(name).and_then(Value::as_object);
    section.cloned().unwrap_or_default()
}

/// The parameters of a template as its parent declares them: an argument of a list is one text, and what the Parameter Store holds
/// is looked up by the child.
fn passed_on(parameters: &Map<String, Value>) -> Map<String, Value> {
    let declared = parameters.iter().map(|(name, declaration)| {
        let mut declaration = declaration.clone();
        let is_plain = |name: &str| !name.contains("List") && !name.starts_with("AWS::SSM::");
        if !declaration["Type"].as_str().is_some_and(is_plain) {
            declaration["Type"] = "String".into();
        }
        (name.clone(), declaration)
    });
    declared.collect()
}

/// References to the parameters, as the arguments of a nested stack.
fn arguments(parameters: &Map<String, Value>) -> Map<String, Value> {
    let arguments = parameters.keys();
    arguments
        .map(|name| (name.clone(), json!({"Ref": name})))
        .collect()
}

/// The outputs of a nested stack, handed on by its parent.
fn handed_up(nested: &str, outputs: &Map<String, Value>) -> Map<String, Value> {
    let handed = outputs.iter().map(|(name, output)| {
        let mut handed = json!({"Value": {"Fn::GetAtt": [nested, format!("Outputs.{name}")]}});
        if let Some(condition) = output.get("Condition") {
            handed["Condition"] = condition.clone();
        }
        (name.clone(), handed)
    });
    handed.collect()
}

fn nested(url: &str, arguments: Map<String, Value>) -> Value {
    json!({
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": arguments},
    })
}

/// What is right to be said of one template and not of several.
fn is_about_one_template(diagnostic: &Diagnostic) -> bool {
    match &*diagnostic.rule {
        // What is in one stack is made before what waits for the whole stack.
        "missing-listener-dependency" => true,
        "task-without-egress-path" => diagnostic.message.contains("may be made before"),
        // A reference to nothing stands where the value is handed out, and there once for all.
        "unresolved-reference" => true,
        // What is spelled alike is compared within a template.
        "log-configuration-broken" => diagnostic.message.contains("which no template declares"),
        _ => false,
    }
}

/// What is said of the resources of a case, wherever they stand: what the nested stacks of a parent are blamed for is left out.
fn about_resources(report: &Report, resources: &Map<String, Value>) -> Findings {
    counted(report, |it| {
        let said = (&it.rule, it.outcome, it.severity, subject(it));
        let is_compared = resources.contains_key(subject(it)) && !is_about_one_template(it);
        is_compared.then(|| format!("{said:?}"))
    })
}

/// The names of the resources that a value refers to, each with the attribute; none for `Ref` and `DependsOn`.
type Uses = BTreeSet<(String, Option<String>)>;

/// Rewrites references to resources: `replace` gives what stands for a reference, or nothing where it stays.
fn refer(value: &mut Value, replace: &mut dyn FnMut(&str, Option<&str>) -> Option<Value>) {
    if let Some(new) = called(value, replace) {
        *value = new;
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, replace)),
        Value::Object(entries) => entries.values_mut().for_each(|value| refer(value, replace)),
        _ => {}
    }
}

/// What stands for a call of a function that is a reference.
fn called(value: &Value, replace: &mut dyn FnMut(&str, Option<&str>) -> Option<Value>) -> Option<Value> {
    let entries = value.as_object().filter(|entries| entries.len() == 1)?;
    let (function, argument) = entries.iter().next()?;
    match (function.as_str(), argument) {
        ("Ref", Value::String(name)) => replace(name, None),
        ("Fn::GetAtt", Value::String(text)) => {
            let (name, attribute) = text.split_once('.')?;
            replace(name, Some(attribute))
        }
        ("Fn::GetAtt", Value::Array(items)) => replace(items.first()?.as_str()?, items.get(1)?.as_str()),
        ("Fn::Sub", argument) => {
            let (text, mut own) = match argument {
                Value::Array(items) => (items.first()?.as_str()?, items.get(1)?.as_object()?.clone()),
                text => (text.as_str()?, Map::new()),
            };
            own.values_mut().for_each(|value| refer(value, replace));
            let variable = Regex::new(r"\$\{([^!}][^}]*)\}").unwrap();
            let mut added = Map::new();
            let text = variable.replace_all(text, |found: &Captures<'_>| {
                let name = found[1].trim();
                let (resource, attribute) = match name.split_once('.') {
                    Some((resource, attribute)) => (resource, Some(attribute)),
                    None => (name, None),
                };
                let new = Some(()).filter(|()| !own.contains_key(name));
                match new.and_then(|()| replace(resource, attribute)) {
                    Some(new) => {
                        let variable = format!("Linked{}", added.len());
                        let shown = format!("${{{variable}}}");
                        added.insert(variable, new);
                        shown
                    }
                    None => found[0].to_owned(),
                }
            });
            own.extend(added);
            match own.is_empty() {
                true => Some(json!({"Fn::Sub": text})),
                false => Some(json!({"Fn::Sub": [text, own]})),
            }
        }
        _ => None,
    }
}

fn depends_on(resource: &Value) -> Vec<String> {
    match resource.get("DependsOn") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

fn uses(value: &Value, resources: &Map<String, Value>) -> Uses {
    let mut found = Uses::new();
    refer(&mut value.clone(), &mut |name, attribute| {
        if resources.contains_key(name) {
            found.insert((name.to_owned(), attribute.map(str::to_owned)));
        }
        None
    });
    found
}

/// A resource and all that it is made from.
fn closure(resources: &Map<String, Value>, root: &str) -> BTreeSet<String> {
    let mut inside = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(name) = open.pop() {
        if let Some(resource) = resources.get(&name)
            && inside.insert(name)
        {
            open.extend(uses(resource, resources).into_iter().map(|(name, _)| name));
            open.extend(depends_on(resource));
        }
    }
    inside
}

/// How the two halves of a template hand on values.
#[derive(Clone, Copy)]
enum Tie {
    Nested,
    Exported,
}

/// A template split in two: the largest of its parts that is made from nothing else, and the rest. `None` when there is no such part,
/// or nothing of it is used.
fn split(template: &Value, tie: Tie) -> Option<BTreeMap<String, String>> {
    let resources = section(template, "Resources");
    let parts = resources.keys().map(|name| closure(&resources, name));
    let base = parts
        .filter(|part| part.len() < resources.len())
        .max_by_key(BTreeSet::len)?;
    let mut parts = [template.clone(), template.clone()];
    for (part, is_base) in parts.iter_mut().zip([true, false]) {
        let resources = part["Resources"].as_object_mut()?;
        resources.retain(|name, _| base.contains(name) == is_base);
    }
    let [mut first, mut rest] = parts;
    first.as_object_mut()?.remove("Outputs");
    let (mut outputs, mut parameters, mut handed) = (Map::new(), Map::new(), Map::new());
    let mut names: BTreeMap<(String, Option<String>), String> = BTreeMap::new();
    refer(&mut rest, &mut |name, attribute| {
        if !base.contains(name) {
            return None;
        }
        let count = names.len();
        let key = (name.to_owned(), attribute.map(str::to_owned));
        let link = names.entry(key).or_insert_with(|| format!("Link{count}")).clone();
        let value = match attribute {
            Some(attribute) => json!({"Fn::GetAtt": [name, attribute]}),
            None => json!({"Ref": name}),
        };
        let mut output = json!({"Value": value});
        let mut argument = json!({"Fn::GetAtt": ["First", format!("Outputs.{link}")]});
        if let Some(condition) = resources[name].get("Condition") {
            output["Condition"] = condition.clone();
            argument = json!({"Fn::If": [condition, argument, ""]});
        }
        let export = format!("shared-{link}");
        let new = match tie {
            Tie::Nested => json!({"Ref": link}),
            Tie::Exported => {
                output["Export"] = json!({"Name": export});
                json!({"Fn::ImportValue": export})
            }
        };
        outputs.insert(link.clone(), output);
        parameters.insert(link.clone(), json!({"Type": "String"}));
        handed.insert(link, argument);
        Some(new)
    });
    if names.is_empty() {
        return None;
    }
    first["Outputs"] = outputs.into();
    for (_, resource) in rest["Resources"].as_object_mut()? {
        let kept: Vec<String> = depends_on(resource);
        let kept: Vec<String> = kept.into_iter().filter(|name| !base.contains(name)).collect();
        let resource = resource.as_object_mut()?;
        match kept.is_empty() {
            true => resource.remove("DependsOn"),
            false => resource.insert("DependsOn".into(), kept.into()),
        };
    }
    let mut files = BTreeMap::new();
    if let Tie::Nested = tie {
        let own = section(template, "Parameters");
        let mut all = own.clone();
        all.extend(parameters);
        rest["Parameters"] = all.into();
        let mut second = arguments(&own);
        second.extend(handed);
        let parent = json!({
            "Parameters": passed_on(&own),
            "Mappings": section(template, "Mappings"),
            "Conditions": section(template, "Conditions"),
            "Resources": {
                "First": nested("first.json", arguments(&own)),
                "Second": nested("second.json", second),
            },
            "Outputs": handed_up("Second", &section(&rest, "Outputs")),
        });
        files.insert("parent.json".into(), parent.to_string());
    }
    files.insert("first.json".into(), first.to_string());
    files.insert("second.json".into(), rest.to_string());
    Some(files)
}

/// The cases of a single template that declares its resources itself, and does not ask which stack it is in.
fn flat() -> impl Iterator<Item = (&'static Case, &'static Report, Value)> {
    checked().iter().filter_map(|(case, report)| {
        let (text, template) = case.only()?;
        let is_plain = template.get("Transform").is_none() && template.get("Resources").is_some();
        // What a macro writes is searched for in its own template only.
        let is_alone = ["AWS::Stack", "Fn::Transform"]
            .iter()
            .any(|word| text.contains(word));
        (is_plain && !is_alone).then_some((case, report, template))
    })
}

fn assert_same(least: usize, rewrite: impl Fn(&Value) -> Option<BTreeMap<String, String>>) {
    let mut comparison = Comparison::default();
    for (case, before, template) in flat() {
        let resources = section(&template, "Resources");
        let Some(files) = rewrite(&template) else {
            continue;
        };
        let after = Case {
            name: case.name.clone(),
            files,
        };
        comparison.compare(
            case,
            &about_resources(before, &resources),
            &about_resources(&after.check(), &resources),
        );
    }
    comparison.end(least);
}

#[test]
fn a_template_in_a_nested_stack_has_the_same_findings() {
    assert_same(500, |template| {
        let parameters = section(template, "Parameters");
        let parent = json!({
            "Parameters": passed_on(&parameters),
            "Conditions": section(template, "Conditions"),
            "Mappings": section(template, "Mappings"),
            "Resources": {"Only": nested("child.json", arguments(&parameters))},
            "Outputs": handed_up("Only", &section(template, "Outputs")),
        });
        let files = [
            ("child.json", template.to_string()),
            ("parent.json", parent.to_string()),
        ];
        Some(files.map(|(name, text)| (name.to_owned(), text)).into())
    });
}

#[test]
fn two_nested_stacks_that_hand_on_values_have_the_same_findings() {
    assert_same(300, |template| split(template, Tie::Nested));
}

#[test]
fn two_stacks_that_export_and_import_values_have_the_same_findings() {
    assert_same(200, |template| {
        // Two root stacks have their parameters each for itself.
        let has_own = section(template, "Parameters").is_empty();
        has_own.then(|| split(template, Tie::Exported)).flatten()
    });
}
