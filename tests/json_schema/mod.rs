//! Whether a value fits a JSON schema, by the words that our schemas and that of SARIF use; a word that is not known is an objection,
//! so that no part of a schema is passed over.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use serde_json::{Map, Value};

/// A pattern of the SARIF schema misses the bracket that it closes.
const BROKEN: &str = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
const MENDED: &str = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$";

/// Compiled patterns: a report asks for the same ones thousands of times.
static PATTERNS: LazyLock<Mutex<BTreeMap<String, Regex>>> = LazyLock::new(Mutex::default);

fn matches(pattern: &str, text: &str) -> bool {
    let pattern = if pattern == BROKEN { MENDED } else { pattern };
    let mut patterns = PATTERNS.lock().unwrap();
    patterns
        .entry(pattern.to_owned())
        .or_insert_with(|| Regex::new(pattern).unwrap())
        .is_match(text)
}

/// Why a value does not fit a schema; `top` is the whole schema, which holds the definitions.
pub(crate) fn objection(schema: &Value, value: &Value, top: &Value) -> Option<String> {
    let keywords = schema.as_object().unwrap();
    keywords.iter().find_map(|(keyword, said)| {
        let fits = |schema: &Value| objection(schema, value, top).is_none();
        let is_right = match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" | "$defs" | "definitions" => true,
            // An annotation unless a validator is told to check it.
            "format" => true,
            "$ref" => {
                let pointer = said.as_str().unwrap().strip_prefix('#').unwrap();
                return objection(top.pointer(pointer).unwrap(), value, top);
            }
            "type" => {
                let names = said.as_array().map_or(std::slice::from_ref(said), Vec::as_slice);
                names.iter().any(|name| has_type(name.as_str().unwrap(), value))
            }
            "enum" => said.as_array().unwrap().contains(value),
            "const" => said == value,
            "anyOf" => said.as_array().unwrap().iter().any(fits),
            "oneOf" => {
                said.as_array()
                    .unwrap()
                    .iter()
                    .filter(|schema| fits(schema))
                    .count()
                    == 1
            }
            "minimum" => value.as_f64().is_none_or(|it| it >= said.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|it| it <= said.as_f64().unwrap()),
            "minLength" => value
                .as_str()
                .is_none_or(|it| it.chars().count() as u64 >= said.as_u64().unwrap()),
            "minItems" => value
                .as_array()
                .is_none_or(|it| it.len() as u64 >= said.as_u64().unwrap()),
            "uniqueItems" => {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                let is_new = |(at, item): (usize, &Value)| !items[..at].contains(item);
                said == false || items.iter().enumerate().all(is_new)
            }
            "pattern" => value
                .as_str()
                .is_none_or(|text| matches(said.as_str().unwrap(), text)),
            "items" => {
                let mut items = value.as_array().into_iter().flatten();
                return items.find_map(|item| objection(said, item, top));
            }
            "required" => value.as_object().is_none_or(|object| {
                let mut names = said.as_array().unwrap().iter();
                names.all(|name| object.contains_key(name.as_str().unwrap()))
            }),
            "properties" => {
                let known = said.as_object().unwrap().iter();
                let mut present = known.filter_map(|(name, schema)| Some((schema, value.get(name)?)));
                return present.find_map(|(schema, value)| objection(schema, value, top));
            }
            "additionalProperties" => {
                let none = Map::new();
                let known = schema["properties"].as_object().unwrap_or(&none);
                let entries = value.as_object().into_iter().flatten();
                let mut others = entries.filter(|(name, _)| !known.contains_key(*name));
                match said {
                    Value::Bool(allowed) => *allowed || others.next().is_none(),
                    schema => return others.find_map(|(_, value)| objection(schema, value, top)),
                }
            }
            other => return Some(format!("the test does not know the keyword {other}")),
        };
        (!is_right).then(|| format!("{keyword} {said}: {value}"))
    })
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
