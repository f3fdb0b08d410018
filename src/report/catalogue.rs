//! Pages about rules and tables of them, made from the same values that decide: nothing is written twice.

use std::fmt::Write as _;

use serde::Serialize;

use super::json_text;
use crate::rule::{Category, Rule, RuleOption, declared};

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// Columns of running text on a page.
const TEXT_WIDTH: usize = 96;

/// A template that shows a rule at work: the first of its fixtures, without the marks of the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The template.
    pub text: String,
}

/// What a template looks like that the rule reports.
pub fn bad_example(rule: &Rule) -> Option<Example> {
    example(rule, "fail")
}

/// What a template looks like that the rule passes.
pub fn good_example(rule: &Rule) -> Option<Example> {
    example(rule, "pass")
}

fn example(rule: &Rule, outcome: &str) -> Option<Example> {
    let (_, _, text) = EXAMPLES
        .iter()
        .find(|(name, of, _)| *name == rule.name && *of == outcome)?;
    Some(Example {
        text: without_expectations(text),
    })
}

/// The text without its `# expect: <rule>` comments, which are there for the test.
fn without_expectations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        match line.split_once("# expect:") {
            Some((before, _)) if before.trim().is_empty() => continue,
            Some((before, _)) => out.push_str(before.trim_end()),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// The page of a rule for a terminal.
pub fn text(rule: &Rule) -> String {
    text_page(rule, examples(rule))
}

/// The same without templates: some of those show credentials, which a secret scanner would find in a report.
pub(super) fn text_without_examples(rule: &Rule) -> String {
    text_page(rule, std::iter::empty())
}

fn text_page(rule: &Rule, examples: impl Iterator<Item = (&'static str, Example)>) -> String {
    let mut out = format!("{}: {}\n{}\n", rule.name, rule.summary, facts(rule));
    for (title, words) in sections(rule) {
        out.push_str(&format!("\n{title}\n"));
        wrap(&mut out, &words);
    }
    for (title, example) in examples {
        out.push_str(&format!("\n{title}\n"));
        for line in example.text.lines() {
            let indent = if line.is_empty() { "" } else { "    " };
            out.push_str(&format!("{indent}{line}\n"));
        }
    }
    if !rule.options.is_empty() {
        out.push_str("\nOptions\n");
        for option in rule.options {
            wrap(&mut out, &option_words(*option));
        }
    }
    if !rule.references.is_empty() {
        out.push_str(&format!(
            "\nOther tools call it\n  {}\n",
            rule.references.join(", ")
        ));
    }
    if !rule.aws_page.is_empty() {
        out.push_str(&format!("\nAWS documentation\n  {}\n", rule.aws_page));
    }
    out
}

/// The page of a rule in Markdown.
pub fn markdown(rule: &Rule) -> String {
    markdown_page(rule, examples(rule))
}

/// The same without templates, as for [`text_without_examples`].
pub(super) fn markdown_without_examples(rule: &Rule) -> String {
    markdown_page(rule, std::iter::empty())
}

fn markdown_page(rule: &Rule, examples: impl Iterator<Item = (&'static str, Example)>) -> String {
    let mut out = format!(
        "# {}\n\n{}.\n\n{}\n",
        rule.name,
        sentence(rule.summary),
        facts(rule)
    );
    for (title, words) in sections(rule) {
        out.push_str(&format!("\n## {title}\n\n{words}\n"));
    }
    for (title, example) in examples {
        out.push_str(&format!("\n## {title}\n\n```yaml\n{}```\n", example.text));
    }
    if !rule.options.is_empty() {
        out.push_str("\n## Options\n\n");
        for option in rule.options {
            out.push_str(&format!("- {}\n", option_words(*option)));
        }
    }
    if !rule.references.is_empty() {
        out.push_str(&format!(
            "\n## Other tools call it\n\n{}\n",
            rule.references.join(", ")
        ));
    }
    if !rule.aws_page.is_empty() {
        out.push_str(&format!("\n## AWS documentation\n\n<{}>\n", rule.aws_page));
    }
    out
}

/// The page of a rule for programs.
pub fn json(rule: &Rule) -> String {
    json_text::text(&Page::new(rule, true))
}

/// The pages of several rules for programs.
pub fn json_pages(rules: &[&Rule]) -> String {
    let pages: Vec<Page> = rules.iter().map(|rule| Page::new(rule, true)).collect();
    json_text::text(&pages)
}

/// All rules as a Markdown table.
pub fn markdown_table(rules: &[&Rule]) -> String {
    let mut out = "| rule | category | severity | profile | asks that |\n|---|---|---|---|---|\n".to_owned();
    for rule in rules {
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            rule.name,
            rule.category.as_str(),
            rule.severity,
            rule.profile.as_str(),
            rule.summary.replace('|', "\\|")
        ));
    }
    out
}

/// The pages of all rules as one index, a table for each category.
pub fn markdown_index(rules: &[&Rule]) -> String {
    let mut out = "# Rules\n\nWritten from the rules themselves by `UPDATE=1 cargo test --test catalogue`. The rules that are YAML \
                   files lie here too: copy one to write your own, and see `ecslint rules schema`.\n"
        .to_owned();
    for category in Category::ALL {
        let own: Vec<&&Rule> = rules.iter().filter(|rule| rule.category == *category).collect();
        if own.is_empty() {
            continue;
        }
        out.push_str(&format!(
            "\n## {}\n\n| rule | severity | profile | asks that |\n|---|---|---|---|\n",
            category.as_str()
        ));
        for rule in own {
            out.push_str(&format!(
                "| [`{0}`]({0}.md) | {1} | {2} | {3} |\n",
                rule.name,
                rule.severity,
                rule.profile.as_str(),
                rule.summary.replace('|', "\\|")
            ));
        }
    }
    out
}

/// All rules as lines with columns.
pub fn text_table(rules: &[&Rule]) -> String {
    let width = |text: fn(&Rule) -> &str| {
        let widths = rules.iter().map(|rule| text(rule).len());
        widths.max().unwrap_or(0)
    };
    let (name, category) = (width(|rule| rule.name), width(|rule| rule.category.as_str()));
    let (severity, profile) = (
        width(|rule| rule.severity.as_str()),
        width(|rule| rule.profile.as_str()),
    );
    let mut out = String::new();
    for rule in rules {
        // Writing to a text cannot fail.
        let _ = writeln!(
            out,
            "{:name$}  {:category$}  {:severity$}  {:profile$}  {}",
            rule.name,
            rule.category.as_str(),
            rule.severity.as_str(),
            rule.profile.as_str(),
            rule.summary
        );
    }
    out
}

/// All rules for programs.
pub fn json_table(rules: &[&Rule]) -> String {
    let pages: Vec<Page> = rules.iter().map(|rule| Page::new(rule, false)).collect();
    json_text::text(&pages)
}

/// The JSON schema of rule files.
pub fn rule_schema() -> String {
    json_text::text(&declared::schema())
}

/// "`min-days`: the fewest days for which events are kept; 1 where nothing is said"
fn option_words(option: RuleOption) -> String {
    let default = match option.default_text() {
        text if text == "[]" => "none".to_owned(),
        text => text,
    };
    format!(
        "`{}`: {}; {default} where nothing is said",
        option.name(),
        option.doc()
    )
}

/// "network · error · security severity 8.6 · profile recommended · since 0.1.0"
pub(super) fn facts(rule: &Rule) -> String {
    let mut facts = vec![rule.category.as_str().to_owned(), rule.severity.to_string()];
    if let Some(number) = rule.security_severity {
        facts.push(format!("security severity {number:.1}"));
    }
    facts.push(format!("profile {}", rule.profile.as_str()));
    if !rule.since.is_empty() {
        facts.push(format!("since {}", rule.since));
    }
    facts.join(" · ")
}

/// The running text of a page; what a user's own rule does not say is left out.
pub(super) fn sections(rule: &Rule) -> impl Iterator<Item = (&'static str, String)> {
    let fix = match rule.docs.fix {
        "" => String::new(),
        fix => format!("{fix} {}", rule.docs.safety.sentence()),
    };
    let sections = [
        ("Why", rule.docs.why.to_owned()),
        ("How it decides", rule.docs.decides.to_owned()),
        ("How to fix", fix),
    ];
    sections.into_iter().filter(|(_, words)| !words.is_empty())
}

/// The examples with their titles.
pub(super) fn examples(rule: &Rule) -> impl Iterator<Item = (&'static str, Example)> {
    let pair = [
        ("Reported", bad_example(rule)),
        ("Not reported", good_example(rule)),
    ];
    pair.into_iter()
        .filter_map(|(title, example)| Some((title, example?)))
}

/// A summary as the beginning of a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Appends a text in lines of at most [`TEXT_WIDTH`] characters, indented by two.
fn wrap(out: &mut String, text: &str) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width == 0 {
            out.push_str("  ");
            width = 2;
        } else if width + 1 + length > TEXT_WIDTH {
            out.push_str("\n  ");
            width = 2;
        } else {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
}

/// A rule in JSON.
#[derive(Serialize)]
struct Page {
    name: &'static str,
    summary: &'static str,
    category: &'static str,
    severity: &'static str,
    security_severity: Option<f32>,
    profile: &'static str,
    since: &'static str,
    references: &'static [&'static str],
    aws_page: &'static str,
    why: &'static str,
    decides: &'static str,
    fix: &'static str,
    fix_safety: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<PageOption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    examples: Option<Examples>,
}

#[derive(Serialize)]
struct PageOption {
    name: &'static str,
    about: &'static str,
    default: serde_json::Value,
}

impl PageOption {
    fn new(option: RuleOption) -> Self {
        Self {
            name: option.name(),
            about: option.doc(),
            default: match option {
                RuleOption::Number(option) => option.default.into(),
                RuleOption::Texts(option) => option.default.into(),
            },
        }
    }
}

#[derive(Serialize)]
struct Examples {
    bad: Option<String>,
    good: Option<String>,
}

impl Page {
    fn new(rule: &Rule, with_examples: bool) -> Self {
        Self {
            name: rule.name,
            summary: rule.summary,
            category: rule.category.as_str(),
            severity: rule.severity.as_str(),
            security_severity: rule.security_severity,
            profile: rule.profile.as_str(),
            since: rule.since,
            references: rule.references,
            aws_page: rule.aws_page,
            why: rule.docs.why,
            decides: rule.docs.decides,
            fix: rule.docs.fix,
            fix_safety: rule.docs.safety.as_str(),
            options: rule.options.iter().copied().map(PageOption::new).collect(),
            examples: with_examples.then(|| Examples {
                bad: bad_example(rule).map(|example| example.text),
                good: good_example(rule).map(|example| example.text),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn expectations_are_for_the_test_and_not_for_the_reader() {
        let text = "# what it shows\na: 1 # expect: x\n  # expect: x\nb: 2 # kept\n";
        assert_eq!(without_expectations(text), "# what it shows\na: 1\nb: 2 # kept\n");
    }

    #[test]
    fn no_page_has_an_expectation_and_fixtures_become_examples() {
        for rule in crate::rules::RULES.iter() {
            let page = markdown(rule);
            assert!(!page.contains("# expect:"), "{page}");
        }
        let rule = crate::rules::find("task-public-ip").unwrap();
        assert!(bad_example(rule).unwrap().text.contains("ENABLED"));
        assert!(good_example(rule).is_some());
    }

    #[test]
    fn running_text_is_wrapped_and_indented() {
        let mut out = String::new();
        wrap(&mut out, &"word ".repeat(40));
        assert!(
            out.lines()
                .all(|line| line.starts_with("  word") && line.chars().count() <= TEXT_WIDTH)
        );
        assert_eq!(out.split_whitespace().count(), 40);
    }

    #[test]
    fn columns_line_up() {
        let table = text_table(&[&sample::PUBLIC_IP, &sample::LOG_RETENTION]);
        assert_eq!(
            table,
            "task-public-ip         network        error  recommended  tasks have no public IP address\n\
             log-retention-missing  observability  info   all          log groups say how long they keep events\n"
        );
    }

    #[test]
    fn the_page_for_programs_holds_every_word() {
        let page: serde_json::Value = serde_json::from_str(&json(&sample::PUBLIC_IP)).unwrap();
        assert_eq!(page["name"], "task-public-ip");
        assert_eq!(page["references"][0], "CKV_AWS_333");
        assert!((page["security_severity"].as_f64().unwrap() - 8.6).abs() < 1e-5);
    }
}
