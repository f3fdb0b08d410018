//! What things are called in a template means nothing: with other logical ids, parameters, conditions, mappings and outputs the
//! findings are the same, but for the names in them.

use std::collections::{BTreeMap, BTreeSet};

use ecslint::diag::Diagnostic;
use regex::{Captures, Regex};
use serde_json::{Map, Value};

use super::Comparison;
use super::case::{Case, checked, counted, everything, judgement, third};
use super::json::value;

/// The sections whose keys are names that a template chooses.
const SECTIONS: &[&str] = &["Parameters", "Mappings", "Conditions", "Resources", "Outputs"];

/// New names for old ones. One name stays one name in all templates of a case: what a parent passes is called as in the child.
struct Names {
    new: BTreeMap<String, String>,
}

impl Names {
    /// Names that say nothing, in the order of the old ones or against it.
    fn of(case: &Case, reversed: bool) -> Names {
        let mut old = BTreeSet::new();
        for text in case.files.values() {
            let template = value(text);
            for section in SECTIONS {
                let names = template.get(section).and_then(Value::as_object);
                old.extend(names.into_iter().flat_map(|names| names.keys().cloned()));
            }
        }
        let count = old.len();
        let number = |index| if reversed { count - 1 - index } else { index };
        let new = old
            .into_iter()
            .enumerate()
            .map(|(index, name)| (name, format!("Q{:04}z", number(index))));
        Names { new: new.collect() }
    }

    fn rename(&self, name: &str) -> String {
        self.new.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// A text of a report with the old names in it.
    fn restored(&self, text: &str) -> String {
        let old: BTreeMap<&str, &str> = self.new.iter().map(|(old, new)| (&**new, &**old)).collect();
        let name = Regex::new(r"Q\d{4}z").unwrap();
        name.replace_all(text, |found: &Captures<'_>| old[&found[0]].to_owned())
            .into_owned()
    }

    fn template(&self, template: &mut Value) {
        let Some(sections) = template.as_object_mut() else {
            return;
        };
        for (section, content) in sections {
            let in_logic = matches!(section.as_str(), "Conditions" | "Rules");
            self.value(content, in_logic);
            if SECTIONS.contains(&section.as_str()) {
                self.keys(content);
            }
            if !matches!(section.as_str(), "Resources" | "Outputs") {
                continue;
            }
            for (_, declaration) in content.as_object_mut().into_iter().flatten() {
                self.declaration(declaration);
            }
        }
    }

    /// What a resource or an output says beside its values: conditions, dependencies, arguments of nested stacks.
    fn declaration(&self, declaration: &mut Value) {
        self.text(declaration.get_mut("Condition"));
        match declaration.get_mut("DependsOn") {
            Some(Value::Array(names)) => names.iter_mut().for_each(|name| self.text(Some(name))),
            name => self.text(name),
        }
        let nests = matches!(
            declaration.get("Type").and_then(Value::as_str),
            Some("AWS::CloudFormation::Stack" | "AWS::Serverless::Application")
        );
        if let Some(arguments) = declaration
            .pointer_mut("/Properties/Parameters")
            .filter(|_| nests)
        {
            self.keys(arguments);
        }
    }

    fn keys(&self, mapping: &mut Value) {
        if let Value::Object(entries) = mapping {
            let old = std::mem::take(entries);
            *entries = old
                .into_iter()
                .map(|(key, value)| (self.rename(&key), value))
                .collect();
        }
    }

    fn text(&self, value: Option<&mut Value>) {
        if let Some(Value::String(name)) = value {
            *name = self.rename(name);
        }
    }

    /// `Name.Attribute`, or `Nested.Outputs.Name`.
    fn attribute(&self, text: &str) -> String {
        match text.split_once('.') {
            None => self.rename(text),
            Some((resource, attribute)) => format!("{}.{}", self.rename(resource), self.output(attribute)),
        }
    }

    fn output(&self, attribute: &str) -> String {
        match attribute.strip_prefix("Outputs.") {
            Some(name) => format!("Outputs.{}", self.rename(name)),
            None => attribute.to_owned(),
        }
    }

    /// The variables of `Fn::Sub`, but those that it defines itself.
    fn substitution(&self, text: &mut String, own: &BTreeSet<String>) {
        let variable = Regex::new(r"\$\{([^!}][^}]*)\}").unwrap();
        let renamed = variable.replace_all(text, |found: &Captures<'_>| {
            let name = found[1].trim();
            match own.contains(name) {
                true => found[0].to_owned(),
                false => format!("${{{}}}", self.attribute(name)),
            }
        });
        *text = renamed.into_owned();
    }

    fn value(&self, value: &mut Value, in_logic: bool) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, in_logic)),
            Value::Object(entries) => {
                if entries.len() == 1 {
                    self.call(entries, in_logic);
                }
                entries
                    .iter_mut()
                    .for_each(|(_, value)| self.value(value, in_logic));
            }
            _ => {}
        }
    }

    /// The names in a call of a function, where the mapping is one.
    fn call(&self, entries: &mut Map<String, Value>, in_logic: bool) {
        let (function, argument) = entries.iter_mut().next().unwrap();
        match (function.as_str(), argument) {
            ("Ref", name) => self.text(Some(name)),
            ("Condition", name) if in_logic => self.text(Some(name)),
            ("Fn::If" | "Fn::FindInMap", Value::Array(items)) => self.text(items.first_mut()),
            ("Fn::GetAtt", Value::String(text)) => *text = self.attribute(text),
            ("Fn::GetAtt", Value::Array(items)) => {
                self.text(items.first_mut());
                if let Some(Value::String(attribute)) = items.get_mut(1) {
                    *attribute = self.output(attribute);
                }
            }
            ("Fn::Sub", Value::String(text)) => self.substitution(text, &BTreeSet::new()),
            ("Fn::Sub", Value::Array(items)) => {
                let own = items.get(1).and_then(Value::as_object);
                let own = own.into_iter().flat_map(|own| own.keys().cloned()).collect();
                if let Some(Value::String(text)) = items.first_mut() {
                    self.substitution(text, &own);
                }
            }
            _ => {}
        }
    }
}

/// Rules that judge what things are called.
const ABOUT_NAMES: &[&str] = &[
    "hardcoded-credential",
    "secret-parameter-exposed",
    "subnet-role-mismatch",
];

/// Rules that report one of several resources that belong together, the first by name.
const BY_FIRST_NAME: &[&str] = &["circular-dependency", "subnet-ip-exhaustion"];

/// The case with its new names; `None` for one whose loops or macros make names from parts.
fn renamed(case: &Case, names: &Names) -> Option<Case> {
    let is_made = |text: &String| {
        ["Fn::ForEach", "AWS::Serverless-2016-10-31"]
            .iter()
            .any(|it| text.contains(it))
    };
    let has_made = case.files.values().any(is_made);
    let renamed = |case: &Case| {
        case.rewritten(|text| {
            let mut template = value(text);
            names.template(&mut template);
            template.to_string()
        })
    };
    (!has_made).then(|| renamed(case))
}

#[test]
fn names_that_say_nothing_have_the_same_findings() {
    let mut comparison = Comparison::default();
    for (case, before) in checked() {
        let names = Names::of(case, false);
        let Some(after) = renamed(case, &names) else {
            continue;
        };
        let said = |it: &Diagnostic| everything(it).filter(|_| !ABOUT_NAMES.contains(&&*it.rule));
        let restored = |it: &Diagnostic| said(it).map(|said| names.restored(&said));
        comparison.compare(case, &counted(before, said), &counted(&after.check(), restored));
    }
    comparison.end(800);
}

fn judged(diagnostic: &Diagnostic) -> Option<String> {
    let mut others = ABOUT_NAMES.iter().chain(BY_FIRST_NAME);
    let is_compared = !others.any(|rule| *diagnostic.rule == **rule);
    judgement(diagnostic).filter(|_| is_compared)
}

#[test]
fn names_in_another_order_have_the_same_findings() {
    let mut comparison = Comparison::default();
    for (case, before) in third(1) {
        let names = Names::of(case, true);
        let Some(after) = renamed(case, &names) else {
            continue;
        };
        let restored = |it: &Diagnostic| {
            let mut it = it.clone();
            let old = it.stacks.iter().map(|stack| names.restored(stack).into());
            it.stacks = old.collect();
            it.stacks.sort();
            judged(&it).map(|said| names.restored(&said))
        };
        comparison.compare(case, &counted(before, judged), &counted(&after.check(), restored));
    }
    comparison.end(250);
}
