//! What templates say is text in every format, whatever it looks like.

use std::sync::Arc;

use super::sample::report;
use super::tests::{everything, written};
use super::*;
use crate::diag::When;
use crate::source::{Source, Span};

/// Text that would break out of some format.
const HOSTILE: &[&str] = &[
    "a%0A::error::x",
    "</script>",
    "a|b",
    "`` ` ```",
    "]]>",
    "a\r\n::error::b",
    "--><!-- \" '",
    "\u{85}\u{fffe}\0",
];

/// The sample with a hostile text wherever templates have a say.
fn hostile(text: &str) -> Report {
    let mut report = report();
    let accepted = report.suppressed.iter_mut().chain(&mut report.baselined);
    let others = report.findings.iter_mut().chain(&mut report.undetermined);
    for diagnostic in others.chain(accepted) {
        diagnostic.message = format!("service `{text}` {text}");
        diagnostic.help = Some(text.to_owned());
        diagnostic.primary.text = text.to_owned();
        diagnostic.when = When::Sometimes(vec![text.to_owned()]);
        diagnostic.stacks = vec![text.into(), "b".into()];
        for label in &mut diagnostic.related {
            label.text = text.to_owned();
        }
        for reason in &mut diagnostic.because {
            reason.text = text.to_owned();
            reason.settle = text.to_owned();
        }
        if let Some(subject) = &mut diagnostic.subject {
            Arc::make_mut(subject).logical_id = text.into();
        }
        if let Some(suppression) = &mut diagnostic.suppression {
            suppression.by = text.to_owned();
            suppression.reason = Some(text.to_owned());
        }
    }
    let file = report
        .sources
        .add(Source::new(format!("{text}.yaml"), format!("{text}: {text}\n")));
    report.templates.push(file);
    for finding in &mut report.findings {
        finding.primary.span = Span::new(file, 0, 1);
    }
    for error in &mut report.errors {
        error.path = format!("{text}.yaml").into();
        error.message = text.to_owned();
    }
    report
}

#[test]
fn no_text_of_a_template_ends_a_line_of_github_or_makes_a_command() {
    let breaks = |out: &str| -> Vec<usize> { out.lines().map(|line| line.matches("%0A").count()).collect() };
    let harmless = breaks(&written(Format::Github, &hostile("harmless"), &everything()));
    for text in HOSTILE {
        let report = hostile(text);
        let out = written(Format::Github, &report, &everything());
        assert_eq!(breaks(&out), harmless, "every line break is ours: {out}");
        let entries = report.findings.len()
            + report.undetermined.len()
            + report.suppressed.len()
            + report.baselined.len()
            + report.errors.len()
            + 1;
        assert_eq!(out.lines().count(), entries + 1, "{out}");
        for line in out.lines() {
            let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (command, properties) = head.split_once(' ').unwrap();
            assert!(matches!(command, "error" | "warning" | "notice"), "{line}");
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').unwrap();
                assert!(
                    ["file", "line", "endLine", "col", "endColumn", "title"].contains(&name),
                    "{line}"
                );
                assert!(!value.contains([':', '\r']), "{line}");
            }
            let escapes = data.split('%').skip(1);
            assert!(
                escapes
                    .map(|rest| &rest[..2])
                    .all(|escape| ["25", "0A"].contains(&escape)),
                "{line}"
            );
        }
    }
}

#[test]
fn no_text_of_a_template_breaks_json() {
    for text in HOSTILE {
        let report = hostile(text);
        for format in [Format::Json, Format::Gitlab, Format::Rdjson, Format::Sarif] {
            let out = written(format, &report, &everything());
            let value: serde_json::Value = serde_json::from_str(&out).unwrap();
            let message = serde_json::to_string(text).unwrap();
            let message = message.trim_matches('"');
            assert!(
                serde_json::to_string(&value).unwrap().contains(message),
                "{format}"
            );
        }
        let lines = written(Format::Jsonl, &report, &everything());
        let kinds: Vec<String> = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].to_string())
            .collect();
        assert_eq!(kinds.first().map(String::as_str), Some("\"header\""));
        assert_eq!(kinds.last().map(String::as_str), Some("\"summary\""));
    }
}

/// The elements of a document, each with the texts of its attributes and of itself as a reader gets them.
fn elements(xml: &str) -> Vec<(String, Vec<String>)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return out,
            Event::Start(start) | Event::Empty(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                let attributes = start
                    .attributes()
                    .map(|attribute| {
                        let value = attribute.unwrap().value.into_owned();
                        quick_xml::escape::unescape(std::str::from_utf8(&value).unwrap())
                            .unwrap()
                            .into_owned()
                    })
                    .collect();
                out.push((name, attributes));
            }
            Event::Comment(_) | Event::CData(_) | Event::PI(_) | Event::DocType(_) => {
                panic!("only text and elements are written")
            }
            _ => {}
        }
    }
}

#[test]
fn no_text_of_a_template_breaks_xml() {
    // The order of files depends on their names.
    let shape = |xml: &str| -> Vec<String> {
        let mut names: Vec<String> = elements(xml).into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    for format in [Format::Junit, Format::Checkstyle] {
        let harmless = shape(&written(format, &hostile("harmless"), &everything()));
        for text in HOSTILE {
            let out = written(format, &hostile(text), &everything());
            assert_eq!(shape(&out), harmless, "{format} {text:?}");
            let shown = crate::diag::xml::text(text);
            let attributes = elements(&out).into_iter().flat_map(|(_, attributes)| attributes);
            assert!(
                attributes.into_iter().any(|value| value.contains(&shown)),
                "{text:?}"
            );
        }
    }
}

#[test]
fn no_text_of_a_template_breaks_the_table_or_the_details_of_markdown() {
    let shape = |out: &str| {
        let count = |word: &str| out.matches(word).count();
        (
            out.lines().filter(|line| line.starts_with("| ")).count(),
            count("<details>"),
            count("</details>"),
            count("<summary>"),
        )
    };
    let harmless = shape(&written(Format::Markdown, &hostile("harmless"), &everything()));
    for text in HOSTILE {
        let out = written(Format::Markdown, &hostile(text), &everything());
        assert_eq!(shape(&out), harmless, "{text:?}");
        for row in out.lines().filter(|line| line.starts_with("| ")) {
            assert_eq!(row.matches('|').count(), 5, "{row}");
            assert!(!row.contains("<script") && !row.contains('`'), "{row}");
        }
    }
}

#[test]
fn no_text_of_a_template_breaks_html() {
    let style_and_script = regex::Regex::new("(?s)<(style|script)>.*?</(style|script)>").unwrap();
    let tag = regex::Regex::new(r#"<(!doctype html|/?[a-z][a-z0-9]*)((?: [a-z][a-z-]*(?:="[^"<>]*")?)*)>"#)
        .unwrap();
    let acts = regex::Regex::new(" (?:on[a-z]+|style|src)=").unwrap();
    let names = |out: &str| -> std::collections::BTreeSet<String> {
        let tags = tag.captures_iter(out).map(|tag| tag[1].to_owned());
        tags.collect()
    };
    let harmless = written(Format::Html, &hostile("harmless `name`"), &everything());
    for text in HOSTILE {
        let out = written(Format::Html, &hostile(text), &everything());
        assert_eq!(style_and_script.find_iter(&out).count(), 2, "{text:?}");
        let out = style_and_script.replace_all(&out, "");
        assert!(names(&out).is_subset(&names(&harmless)), "{text:?}");
        for tag in tag.captures_iter(&out) {
            assert!(!acts.is_match(&tag[2]), "{}", &tag[0]);
        }
        let rest = tag.replace_all(&out, "");
        assert!(
            !rest.contains(['<', '>', '"', '\'', '\u{202e}', '\0', '\r']),
            "{rest}"
        );
    }
}
