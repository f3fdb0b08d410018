use serde_json::Value;

use super::*;
use crate::report::sample;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report-v1.json");

fn schema() -> Value {
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'_>>();
    let mut out = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
    });
    let members = out.as_object_mut().unwrap();
    members.extend(schema.as_object().unwrap().clone());
    members.insert("title".to_owned(), "ecslint report".into());
    out
}

#[test]
fn the_schema_is_that_of_the_document() {
    let fresh = json_text::text(&schema());
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(PATH, &fresh).unwrap();
    }
    let text = std::fs::read_to_string(PATH).unwrap().replace("\r\n", "\n");
    assert!(
        text == fresh,
        "{PATH} is out of date; `UPDATE=1 cargo test --lib report::json` writes it anew"
    );
}

/// Checks what the schema says of objects: which members there are, and which there must be.
fn check(value: &Value, schema: &Value, root: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/$defs/").unwrap();
        return check(value, &root["$defs"][name], root, at);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let other = choices.iter().find(|choice| choice["type"] != "null").unwrap();
        if !value.is_null() {
            check(value, other, root, at);
        }
        return;
    }
    match value {
        Value::Object(members) => {
            for required in schema["required"].as_array().into_iter().flatten() {
                assert!(
                    members.contains_key(required.as_str().unwrap()),
                    "{at} lacks {required}"
                );
            }
            for (name, member) in members {
                let at = format!("{at}/{name}");
                let known = &schema["properties"][name];
                let known = if known.is_null() {
                    &schema["additionalProperties"]
                } else {
                    known
                };
                assert!(!known.is_null(), "the schema does not know {at}");
                check(member, known, root, &at);
            }
        }
        Value::Array(items) => {
            for item in items {
                check(item, &schema["items"], root, at);
            }
        }
        _ => {}
    }
}

#[test]
fn documents_keep_to_the_schema() {
    let schema = schema();
    for statistics in [false, true] {
        let options = Options {
            statistics,
            ..Options::default()
        };
        let mut out = Vec::new();
        write(&sample::report(), &options, &mut out).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(document["$schema"], schema["$id"]);
        check(&document, &schema, &schema, "");
    }
}
