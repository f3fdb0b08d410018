//! Templates in other forms: as JSON, with long and short forms of functions, as YAML of other layouts, with their keys in another
//! order. All of it says the same, and so do the findings.

use ecslint::diag::Diagnostic;
use ecslint::lint::Report;
use serde_json::Value;

use super::Comparison;
use super::case::{Case, checked, counted, everything, judgement, third};
use super::json::{as_json, value};

fn assert_unchanged_by<'c>(
    rewrite: impl Fn(&str) -> String,
    cases: impl Iterator<Item = &'c (Case, Report)>,
    say: fn(&Diagnostic) -> Option<String>,
) {
    let mut comparison = Comparison::default();
    for (case, before) in cases {
        let after = case.rewritten(&rewrite).check();
        comparison.compare(case, &counted(before, say), &counted(&after, say));
    }
    comparison.end(250);
}

/// A value as YAML on one line, functions in their short form where YAML can write it.
fn short(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(short).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            if let Some((key, argument)) = entries.iter().next().filter(|_| entries.len() == 1) {
                let name = match key.as_str() {
                    "Ref" => Some("Ref"),
                    key => key.strip_prefix("Fn::").filter(|name| !name.contains("::")),
                };
                // A tag stands in front of a text, a list or a mapping, and not in front of another tag.
                let written = short(argument);
                if let Some(name) = name.filter(|_| !written.starts_with('!')) {
                    return format!("!{name} {written}");
                }
            }
            let entries = entries.iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), short(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// A value with the keys of each mapping in the order of a hash of them.
fn shuffled(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(shuffled).collect(),
        Value::Object(entries) => {
            let mut entries: Vec<(String, Value)> = entries.into_iter().collect();
            entries.sort_by_key(|(key, _)| super::literals::hash(key, 0));
            let entries = entries.into_iter();
            Value::Object(entries.map(|(key, value)| (key, shuffled(value))).collect())
        }
        scalar => scalar,
    }
}

/// A value as YAML of many lines, functions in their long form.
fn indented(value: &Value, depth: usize) -> String {
    let margin = "  ".repeat(depth);
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter();
            let items = items.map(|item| format!("\n{margin}-{}", indented(item, depth + 1)));
            items.collect()
        }
        Value::Object(entries) if !entries.is_empty() => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| {
                format!(
                    "\n{margin}{}:{}",
                    Value::from(key.as_str()),
                    indented(value, depth + 1)
                )
            });
            entries.collect()
        }
        other => format!(" {other}"),
    }
}

/// Rule, subject, message and when: with the keys in another order another one of several reasons may come first.
fn without_reasons(diagnostic: &Diagnostic) -> Option<String> {
    let judged = judgement(diagnostic)?;
    Some(format!("{judged}|{}|{}", diagnostic.message, diagnostic.when))
}

#[test]
fn json_with_long_forms_has_the_same_findings() {
    assert_unchanged_by(|text| as_json(text, false), checked().iter(), everything);
}

#[test]
fn short_forms_on_one_line_have_the_same_findings() {
    assert_unchanged_by(|text| short(&value(text)), third(0), everything);
}

#[test]
fn long_forms_in_indented_yaml_have_the_same_findings() {
    assert_unchanged_by(|text| indented(&value(text), 0), third(1), everything);
}

#[test]
fn the_order_of_keys_does_not_matter() {
    assert_unchanged_by(|text| as_json(text, true), third(1), without_reasons);
    let shuffle = |text: &str| shuffled(value(text)).to_string();
    assert_unchanged_by(shuffle, third(2), without_reasons);
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_unchanged_by(windows, third(0), everything);
}
