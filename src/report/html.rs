//! A page for a browser: one file that needs no other, whatever the templates hold.
//!
//! Nothing in the page is made from text of templates but text: the template engine escapes it for HTML after
//! [`visible`] has escaped what steers or hides, the script reads the document and holds no data, and the policy of the
//! page allows its own style and script by their hashes and nothing else
//! (<https://www.w3.org/TR/CSP3/#framework-directive-source-list>).

mod filters;
mod item;
mod page;

use std::borrow::Cow;
use std::io::{self, Write};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Output, State, UndefinedBehavior, Value};
use sha2::{Digest, Sha256};

use super::Options;
use super::terminal::{steers, visible};
use super::words::{Words, words};
use crate::diagram::{Picture, svg};
use crate::lint::Report;
use page::Page;

const TEMPLATES: &[(&str, &str)] = &[
    ("page.html", include_str!("html/page.html")),
    ("summary.html", include_str!("html/summary.html")),
    ("filters.html", include_str!("html/filters.html")),
    ("entry.html", include_str!("html/entry.html")),
    ("snippet.html", include_str!("html/snippet.html")),
    ("rule.html", include_str!("html/rule.html")),
];
/// How many things a report draws: a picture of more is a poster that hides the findings below it, and a browser takes seconds
/// for it.
const DRAWN_MAX: usize = 400;
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Writes the page about a run, with its picture where one was asked for.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let picture = report.flagged_picture();
    let drawn = picture.filter(|picture| picture.nodes.len() <= DRAWN_MAX);
    let page = Page::new(report, options, drawn.as_ref(), true);
    render(&page, drawn.as_ref(), out)
}

/// Writes the page about a picture, with what the rules said of it.
pub(super) fn write_picture(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let picture = report.flagged_picture().unwrap_or_default();
    let page = Page::new(report, options, Some(&picture), false);
    render(&page, Some(&picture), out)
}

fn render(page: &Page<'_>, picture: Option<&Picture>, out: &mut dyn Write) -> io::Result<()> {
    let environment = environment().map_err(io::Error::other)?;
    let template = environment.get_template("page.html").map_err(io::Error::other)?;
    let picture = match picture {
        Some(picture) => svg::write(picture, svg::Setting::Page)?,
        None => String::new(),
    };
    let style = style();
    let context = minijinja::context! {
        page => Value::from(Serde(page)),
        // Made here, out of elements; and the hashes of the policy are those of style and script as they are.
        picture => Value::from_safe_string(picture),
        policy => policy(&style),
        style => Value::from_safe_string(style),
        script => Value::from_safe_string(SCRIPT.to_owned()),
    };
    let text = template.render(context).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// The style of the page and that of the picture.
fn style() -> String {
    format!("{STYLE}{}", svg::STYLE)
}

/// What the browser may load and run for the page.
fn policy(style: &str) -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_formatter(format);
    environment.add_filter("prose", |text: &str| Value::from_safe_string(prose(text)));
    environment.add_filter("counted", |count: usize, noun: &str| {
        super::summary::counted(count, noun)
    });
    for (name, text) in TEMPLATES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// Writes a value of a template; a text that was not made here is escaped.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => out.write_str(&escaped(text)).map_err(Error::from),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// Text that is text for a browser, and shows everything it holds. Tabs and line breaks stay: they mean nothing to HTML.
fn escaped(text: &str) -> Cow<'_, str> {
    let hides = |character: char| steers(character) && !matches!(character, '\t' | '\n');
    if !text.chars().any(hides) {
        return quick_xml::escape::escape(text);
    }
    let pieces = text.split_inclusive(['\t', '\n']).map(|piece| {
        let kept = piece.trim_end_matches(['\t', '\n']);
        visible(kept) + &piece[kept.len()..]
    });
    let shown: String = pieces.collect();
    Cow::Owned(quick_xml::escape::escape(shown).into_owned())
}

/// A sentence as HTML.
fn prose(text: &str) -> String {
    let pieces = words(text).into_iter().map(|piece| match piece {
        Words::Plain(text) => escaped(text),
        Words::Code(name) => format!("<code>{}</code>", escaped(name)).into(),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::rule::{Check, Docs, Rule};

    #[test]
    fn text_is_escaped_and_shows_what_it_hides() {
        assert_eq!(
            escaped("</script>\u{202e}\"'\t\n\u{1b}"),
            "&lt;/script&gt;\\u{202e}&quot;&apos;\t\n\\u{1b}"
        );
        assert_eq!(escaped("한글 a/b"), "한글 a/b");
        assert_eq!(prose("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
    }

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &Options::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_policy_allows_what_the_page_holds() {
        let page = written(&sample::report());
        for (element, source) in [("style", "style-src"), ("script", "script-src")] {
            let start = page.find(&format!("<{element}>")).unwrap() + element.len() + 2;
            let end = page[start..].find(&format!("</{element}>")).unwrap() + start;
            let hash = BASE64_STANDARD.encode(Sha256::digest(&page[start..end]));
            assert!(
                page.contains(&format!("{source} &apos;sha256-{hash}&apos;;")),
                "{source}"
            );
        }
    }

    #[test]
    fn anchors_are_unique_and_every_link_within_the_page_has_its_own() {
        let page = written(&sample::report());
        let all = |pattern: &str| -> Vec<String> {
            let pattern = regex::Regex::new(pattern).unwrap();
            let found = pattern.captures_iter(&page).map(|found| found[1].to_owned());
            found.collect()
        };
        let ids = all(" id=\"([^\"]+)\"");
        let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        assert!(ids.contains(&"f-fedcba9876543210".to_owned()), "{ids:?}");
        let links = all("href=\"#([^\"]*)\"");
        assert!(links.len() > ids.len() / 2);
        assert!(links.iter().all(|link| unique.contains(link)), "{links:?}");
    }

    #[test]
    fn nothing_but_a_page_of_the_web_becomes_a_link() {
        let rule = |aws_page| -> &'static Rule {
            Box::leak(Box::new(Rule {
                docs: Docs {
                    ..sample::PUBLIC_IP.docs
                },
                references: sample::PUBLIC_IP.references,
                check: Check::Suppressions,
                aws_page,
                ..sample::PUBLIC_IP
            }))
        };
        for (page, is_link) in [
            ("https://example.com/a", true),
            ("javascript:alert(1)", false),
            (" data:,", false),
        ] {
            let mut report = sample::report();
            report.rules = vec![rule(page)];
            let out = written(&report);
            assert!(out.contains(page), "{page}");
            assert_eq!(out.contains(&format!("href=\"{page}\"")), is_link, "{page}");
        }
    }

    #[test]
    fn evidence_is_numbered_as_its_marks_are() {
        let page = written(&sample::report());
        let place = |text: &str| page.find(text).unwrap();
        let evidence = page.rfind("<ol class=\"evidence\">").unwrap();
        assert!(
            place("1. this subnet is public") < evidence,
            "the lines stand before the list"
        );
        assert!(place("3. as is this one") < evidence);
        assert!(
            place("</code> route 0.0.0.0/0") > evidence,
            "the second one is elsewhere"
        );
    }

    #[test]
    fn style_and_script_cannot_end_their_elements() {
        assert!(!style().contains("</"));
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
