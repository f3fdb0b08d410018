//! What `resolve` prints, as data and as YAML.

use std::fmt::Write as _;

use serde::Serialize;

use crate::report::visible;

/// The resolved values of a stack.
#[derive(Debug, Serialize)]
pub(super) struct StackPage {
    /// `root`, or the logical ids of nested stacks joined by `/`.
    pub(super) stack: String,
    /// The path of its template.
    pub(super) template: String,
    /// When it is deployed.
    pub(super) when: String,
    /// What it declares.
    pub(super) declarations: Vec<Declaration>,
}

/// A resource, output, parameter or condition.
#[derive(Debug, Serialize)]
pub(super) struct Declaration {
    /// Its place in the template: `/Resources/Service`.
    pub(super) pointer: String,
    /// The type of a resource or parameter.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) type_name: Option<String>,
    /// When it exists.
    pub(super) when: String,
    /// Its values.
    pub(super) values: Vec<Place>,
}

/// A place that has a value.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    /// JSON pointer below the declaration; the items of a list count in the order in which they are resolved.
    pub(super) pointer: String,
    /// Its cases; one of them holds.
    pub(super) cases: Vec<Entry>,
}

/// One case of a value.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    /// The value as a template would spell it; `None` where there is none.
    pub(super) value: Option<String>,
    /// Why it, or a part of it, is not known, and what would settle it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unknown: Option<Unsettled>,
    /// When it holds.
    pub(super) when: String,
    /// Where it is written: `path:line:column`.
    pub(super) at: String,
    /// The places it passed through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) through: Vec<String>,
}

/// Why a value is not known.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Unsettled {
    /// What is not known.
    pub(super) reason: String,
    /// What would settle it.
    pub(super) settle: String,
}

/// The pages as one YAML document.
pub(super) fn yaml(pages: &[StackPage]) -> String {
    let mut out = String::new();
    for page in pages {
        // Writing to a text cannot fail, here and below.
        let _ = writeln!(out, "- stack: {}", scalar(&page.stack));
        let _ = writeln!(out, "  template: {}", scalar(&page.template));
        let _ = writeln!(out, "  when: {}", scalar(&page.when));
        let nothing = if page.declarations.is_empty() { " {}" } else { "" };
        let _ = writeln!(out, "  declarations:{nothing}");
        for declaration in &page.declarations {
            declare(&mut out, declaration);
        }
    }
    if pages.is_empty() {
        out.push_str("[]\n");
    }
    out
}

fn declare(out: &mut String, declaration: &Declaration) {
    let _ = writeln!(out, "    {}:", scalar(&declaration.pointer));
    if let Some(type_name) = &declaration.type_name {
        let _ = writeln!(out, "      type: {}", scalar(type_name));
    }
    let _ = writeln!(out, "      when: {}", scalar(&declaration.when));
    let nothing = if declaration.values.is_empty() { " {}" } else { "" };
    let _ = writeln!(out, "      values:{nothing}");
    for place in &declaration.values {
        let pointer = scalar(&place.pointer);
        match place.cases.as_slice() {
            [only] if only.unknown.is_none() && only.through.is_empty() && only.when == "always" => {
                let at = visible(&only.at);
                let _ = writeln!(out, "        {pointer}: {}  # {at}", value(only));
            }
            cases => {
                let _ = writeln!(out, "        {pointer}:");
                cases.iter().for_each(|entry| case(out, entry));
            }
        }
    }
}

fn case(out: &mut String, entry: &Entry) {
    let _ = writeln!(out, "          - value: {}", value(entry));
    let _ = writeln!(out, "            when: {}", scalar(&entry.when));
    if let Some(unknown) = &entry.unknown {
        let _ = writeln!(out, "            unknown: {}", scalar(&unknown.reason));
        let _ = writeln!(out, "            settle: {}", scalar(&unknown.settle));
    }
    let _ = writeln!(out, "            at: {}", scalar(&entry.at));
    if !entry.through.is_empty() {
        let _ = writeln!(out, "            through:");
        for place in &entry.through {
            let _ = writeln!(out, "              - {}", scalar(place));
        }
    }
}

fn value(entry: &Entry) -> String {
    entry
        .value
        .as_ref()
        .map_or_else(|| "null".to_owned(), |value| quoted(value))
}

/// A text as a plain scalar where no reader could take it for anything else.
fn scalar(text: &str) -> String {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_.-=() :".contains(c);
    let is_word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    let is_key = text.contains(": ") || text.ends_with(':');
    if starts && text.chars().all(is_plain) && !is_word && !is_key && !text.ends_with(' ') {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in double quotes; JSON's escapes are YAML's.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if visible(character.encode_utf8(&mut [0; 4])).len() != character.len_utf8() => {
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::yaml::parse;

    fn entry(value: &str, when: &str) -> Entry {
        Entry {
            value: Some(value.to_owned()),
            unknown: None,
            when: when.to_owned(),
            at: "a b.yaml:1:2".to_owned(),
            through: Vec::new(),
        }
    }

    #[test]
    fn texts_that_a_reader_could_take_for_something_else_are_quoted() {
        for plain in ["always", "AWS::ECS::Service", "a/b.yaml:3:14", "Stage = prod"] {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in ["true", "12", "a: b", "x #y", "${A}", "", "a\u{1b}", "* x", "y"] {
            assert!(scalar(quoted).starts_with('"'), "{quoted}");
        }
    }

    #[test]
    fn what_is_written_is_yaml_with_the_same_texts() {
        let value = "a\"\\\n\t\u{1b}\u{202e}한";
        let place = |cases| Place {
            pointer: "/Properties/A: b".to_owned(),
            cases,
        };
        let page = StackPage {
            stack: "root".to_owned(),
            template: "t.yaml".to_owned(),
            when: "always".to_owned(),
            declarations: vec![Declaration {
                pointer: "/Resources/A".to_owned(),
                type_name: Some("AWS::ECS::Service".to_owned()),
                when: "Stage = #1".to_owned(),
                values: vec![
                    place(vec![entry(value, "always")]),
                    place(vec![entry(value, "x"), entry("", "y")]),
                ],
            }],
        };
        let text = yaml(&[page]);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        let document = parse(
            FileId(0),
            &text.replacen("/Properties/A: b", "/Properties/Other", 1),
        )
        .unwrap();
        let page = &document.root.as_sequence().unwrap()[0];
        let declaration = page.get("declarations").unwrap().get("/Resources/A").unwrap();
        assert_eq!(
            &**declaration.get("when").unwrap().as_text().unwrap(),
            "Stage = #1"
        );
        let values = declaration.get("values").unwrap();
        let single = values.get("/Properties/Other").unwrap().as_text().unwrap();
        assert_eq!(&**single, value);
        let several = values.get("/Properties/A: b").unwrap().as_sequence().unwrap();
        assert_eq!(&**several[0].get("value").unwrap().as_text().unwrap(), value);
        assert_eq!(&**several[1].get("when").unwrap().as_text().unwrap(), "y");
    }
}
