//! The JSON schema of configuration files, for editors.

use serde_json::{Map, Value, json};

use super::form::words;
use super::keys::{self, FILE, SCHEMA_ID};
use crate::rule::setting::RuleOption;
use crate::rule::{Category, Rule};
use crate::rules::RULES;

/// The JSON schema (draft 2020-12).
pub fn schema() -> Value {
    FILE.schema(SCHEMA_ID, "ecslint configuration")
}

/// What can be said of each built-in rule and category, by name; rules of the user's own come beside them.
pub(super) fn rules() -> Map<String, Value> {
    let categories = Category::ALL.iter().map(|category| {
        let about = format!("rules about {}", category.about());
        (category.as_str().to_owned(), setting(&about, &[]))
    });
    let rules = RULES.iter().map(|rule| rule_setting(rule));
    categories.chain(rules).collect()
}

fn rule_setting(rule: &Rule) -> (String, Value) {
    (rule.name.to_owned(), setting(rule.summary, rule.options))
}

fn setting(doc: &str, options: &[RuleOption]) -> Value {
    let levels: Vec<Value> = words::levels()
        .into_iter()
        .map(Value::from)
        .chain([json!(false)])
        .collect();
    let options: Map<String, Value> = options
        .iter()
        .map(|option| (option.name().to_owned(), option_schema(*option)))
        .collect();
    let properties = json!({
        keys::rule::SEVERITY.key: {"enum": levels},
        keys::rule::OPTIONS.key: {"type": "object", "properties": options, "additionalProperties": false},
    });
    json!({
        "description": doc,
        "anyOf": [
            {"enum": levels},
            {"type": "object", "properties": properties, "additionalProperties": false},
        ],
    })
}

fn option_schema(option: RuleOption) -> Value {
    match option {
        RuleOption::Number(option) => json!({
            "description": option.doc,
            "type": "integer",
            "minimum": option.least,
            "maximum": option.most,
            "default": option.default,
        }),
        RuleOption::Texts(option) => {
            let text = json!({"type": ["string", "number", "boolean"]});
            json!({
                "description": option.doc,
                "anyOf": [text, {"type": "array", "items": text}],
                "default": option.default,
            })
        }
    }
}
