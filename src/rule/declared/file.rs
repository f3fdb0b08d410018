//! The file of a declared rule: what it may hold, and how it becomes a rule.

use std::sync::OnceLock;

use super::assertion::Assertion;
use super::reader::{Reader, nodes, texts, wrong_type};
use super::words::Words;
use super::{Body, Declaration, File};
use crate::diag::{Problem, Severity};
use crate::eval::number_of;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};
use crate::source::{FileId, Span};
use crate::yaml::shape::{Mapping, Shape, optional, required};
use crate::yaml::{self, Kind, Node};

/// The identifier of the JSON schema of rule files.
pub const SCHEMA_ID: &str = "https://ecslint.dev/schemas/rule-v1.json";

static ASSERTION: Mapping = Mapping {
    name: "assertion",
    doc: "One operator on the values at a path, one combination of assertions, or one step along a reference.",
    fields: &[
        optional(
            "path",
            Shape::Text,
            "JSONPath to the values, from the element of `for-each`, else from the resource: `$.Properties.…`",
        ),
        optional("equals", Shape::Scalar, "every value is this one"),
        optional("not-equals", Shape::Scalar, "no value is this one"),
        optional("in", Shape::List(&Shape::Scalar), "every value is one of these"),
        optional("not-in", Shape::List(&Shape::Scalar), "no value is one of these"),
        optional(
            "matches",
            Shape::Text,
            "every value matches this regular expression",
        ),
        optional(
            "not-matches",
            Shape::Text,
            "no value matches this regular expression",
        ),
        optional(
            "min",
            Shape::Number,
            "every value is a number of at least this much",
        ),
        optional(
            "max",
            Shape::Number,
            "every value is a number of at most this much",
        ),
        optional(
            "exists",
            Shape::Bool,
            "there is a value, or with `false` there is none",
        ),
        optional(
            "absent",
            Shape::Scalar,
            "what no value means: `fail`, `pass`, or the value that the service takes then; with `referenced-by`, `fail` or \
             `pass` where only somebody outside of these templates may refer to the resource",
        ),
        optional(
            "all",
            Shape::List(&Shape::Mapping(&ASSERTION)),
            "all of these hold",
        ),
        optional(
            "any",
            Shape::List(&Shape::Mapping(&ASSERTION)),
            "at least one of these holds",
        ),
        optional("not", Shape::Mapping(&ASSERTION), "this does not hold"),
        optional(
            "follow",
            Shape::Text,
            "JSONPath to the reference to another resource, which `require` is about",
        ),
        optional(
            "to",
            Shape::OneOrMany(&Shape::Text),
            "with `follow`: the types of that resource",
        ),
        optional(
            "referenced-by",
            Shape::OneOrMany(&Shape::Text),
            "a resource of one of these types refers to this one",
        ),
        optional(
            "at",
            Shape::Text,
            "with `referenced-by`: JSONPath to the reference in that resource",
        ),
        optional(
            "require",
            Shape::Mapping(&ASSERTION),
            "with `follow` or `referenced-by`: what the other resource satisfies",
        ),
        optional(
            "says",
            Shape::Text,
            "what is wrong where it fails, a few words: `{says}` in the message",
        ),
    ],
};

static RULE: Mapping = Mapping {
    name: "rule",
    doc: "A rule of ecslint: the resources it is about, what they must satisfy, and what is said where they do not.",
    fields: &[
        required("name", Shape::Text, "the name: small letters, digits and hyphens"),
        required(
            "summary",
            Shape::Text,
            "what the rule asks for, one line in lower case",
        ),
        optional("why", Shape::Text, "why it matters"),
        optional("decides", Shape::Text, "how it decides, and when it cannot"),
        optional(
            "fix",
            Shape::Text,
            "how to mend what it reports; `help` where it is left out",
        ),
        optional(
            "fix-safety",
            Shape::OneOf(safeties),
            "what mending it can do to what runs; `advice` where it is left out",
        ),
        optional(
            "category",
            Shape::OneOf(categories),
            "the family; `custom` where it is left out",
        ),
        optional(
            "severity",
            Shape::OneOf(severities),
            "how bad a violation is; `warning` where it is left out",
        ),
        optional(
            "security-severity",
            Shape::Number,
            "SARIF's number, 0.1 to 10.0, for a security rule",
        ),
        optional(
            "profile",
            Shape::OneOf(profiles),
            "from which profile on it runs; `recommended` where it is left out",
        ),
        optional("since", Shape::Text, "the version that brought it"),
        optional(
            "references",
            Shape::List(&Shape::Text),
            "ids of other tools' rules that mean exactly the same",
        ),
        optional(
            "aws-page",
            Shape::Text,
            "the page of the AWS documentation that it follows",
        ),
        required(
            "resource",
            Shape::OneOrMany(&Shape::Text),
            "the types of the resources it is about",
        ),
        optional(
            "where",
            Shape::Mapping(&ASSERTION),
            "which of the resources it is about",
        ),
        optional(
            "for-each",
            Shape::Text,
            "JSONPath to what in a resource it is about, one after the other",
        ),
        required("require", Shape::Mapping(&ASSERTION), "what must hold"),
        required(
            "message",
            Shape::Text,
            "what is wrong, one sentence in lower case; `{id}`, `{value}`, `{says}` and `{$.Path}` are filled in",
        ),
        optional(
            "label",
            Shape::Text,
            "what is to be seen at the place, a few words",
        ),
        optional("help", Shape::Text, "what to do about it"),
    ],
};

fn categories() -> Vec<&'static str> {
    Category::ALL.iter().map(|category| category.as_str()).collect()
}

fn severities() -> Vec<&'static str> {
    Severity::ALL.iter().map(|severity| severity.as_str()).collect()
}

fn safeties() -> Vec<&'static str> {
    Safety::ALL.iter().map(|safety| safety.as_str()).collect()
}

fn profiles() -> Vec<&'static str> {
    Profile::EVERY.iter().map(|profile| profile.as_str()).collect()
}

/// The JSON schema of rule files.
pub fn schema() -> serde_json::Value {
    RULE.schema(SCHEMA_ID, "ecslint rule")
}

/// What is wrong with a document as a rule file, in its order.
pub fn problems(root: &Node) -> Vec<Problem> {
    let mut problems = RULE.check(root);
    if problems.is_empty() {
        problems = named(root);
        body(root, &mut problems);
        problems.sort_by_key(|problem| problem.span);
    }
    problems
}

/// Reads a user's rule file.
///
/// # Errors
/// Everything that is wrong with it, in its order.
pub fn read(file: FileId, text: &str) -> Result<&'static Rule, Vec<Problem>> {
    let document = yaml::parse(file, text).map_err(|problem| vec![problem])?;
    let mut found = document.problems;
    found.extend(problems(&document.root));
    if !found.is_empty() {
        return Err(found);
    }
    Ok(rule(document.root))
}

/// Text that lives as long as the process, as the words of the rules written in Rust do: a process loads its rules once.
fn keep(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// The rule in a file that is known to be right; it lives as long as the process.
fn rule(root: Node) -> &'static Rule {
    let text = |key: &str| {
        root.get(key)
            .and_then(Node::as_text)
            .map_or("", |text| keep(text))
    };
    let one = |key: &str| root.get(key).and_then(Node::as_text);
    let list = |key: &str| -> &'static [&'static str] {
        let kept = texts(root.get(key)).iter().map(|text| keep(text)).collect();
        Vec::leak(kept)
    };
    let fix = if one("fix").is_some() {
        text("fix")
    } else {
        text("help")
    };
    let rule = Rule {
        name: text("name"),
        summary: text("summary"),
        docs: Docs {
            why: text("why"),
            decides: text("decides"),
            fix,
            safety: one("fix-safety")
                .and_then(|word| Safety::ALL.iter().find(|safety| safety.as_str() == &**word))
                .copied()
                .unwrap_or(Safety::Advice),
        },
        category: one("category")
            .and_then(|word| Category::ALL.iter().find(|category| category.as_str() == &**word))
            .copied()
            .unwrap_or(Category::Custom),
        severity: match one("severity").map(|word| &**word) {
            Some("error") => Severity::Error,
            Some("info") => Severity::Info,
            _ => Severity::Warning,
        },
        security_severity: one("security-severity")
            .and_then(|number| number_of(number))
            .map(|number| number as f32),
        profile: one("profile")
            .and_then(|word| Profile::EVERY.iter().find(|profile| profile.as_str() == &**word))
            .copied()
            .unwrap_or(Profile::Recommended),
        since: text("since"),
        references: list("references"),
        aws_page: text("aws-page"),
        options: &[],
        check: Check::Declared(Box::leak(Box::new(Declaration {
            types: list("resource"),
            file: File::Mapping(root),
            body: OnceLock::new(),
        }))),
    };
    Box::leak(Box::new(rule))
}

/// What is wrong with the names in a file.
fn named(root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_kebab = |name: &str| {
        name.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
    };
    if let Some((node, name)) = root.get("name").and_then(|node| Some((node, node.as_text()?)))
        && !is_kebab(name)
    {
        problems.push(
            Problem::new(node.span, format!("`{name}` is no name of a rule"))
                .with_help("use small letters, digits and hyphens, such as `image-from-our-registry`"),
        );
    }
    for node in nodes(root.get("resource")) {
        problems.extend(wrong_type(node));
    }
    problems
}

/// Compiles what a rule asserts and says.
pub(super) fn compiled(file: &File) -> Body {
    // What is wrong was told when a user's file was read, and nothing is in ours.
    let mut problems = Vec::new();
    match file {
        File::Mapping(root) => body(root, &mut problems),
        File::Text(text) => {
            let nothing = Node {
                span: Span::new(FileId(0), 0, 0),
                kind: Kind::Null,
            };
            let root = yaml::parse(FileId(0), text).map_or(nothing, |document| document.root);
            body(&root, &mut problems)
        }
    }
}

/// Compiles what a rule asserts and says; what is wrong is added to the problems, and something harmless put in its place.
fn body(root: &Node, problems: &mut Vec<Problem>) -> Body {
    let is_resource = root.get("for-each").is_none();
    let words =
        |node: &Node, problems: &mut Vec<Problem>| match Words::parse(node.as_text().map_or("", |text| text))
        {
            Ok(words) => Some(words),
            Err((message, help)) => {
                problems.push(Problem::new(node.span, message).with_help(help));
                None
            }
        };
    Body {
        condition: root
            .get("where")
            .map(|node| Reader::new(true).assertion(node, problems)),
        for_each: root
            .get("for-each")
            .and_then(|node| Reader::new(true).path(node, problems)),
        require: root.get("require").map_or_else(
            || Assertion::All(Vec::new()),
            |node| Reader::new(is_resource).assertion(node, problems),
        ),
        message: root
            .get("message")
            .and_then(|node| words(node, problems))
            .unwrap_or_default(),
        label: root.get("label").and_then(|node| words(node, problems)),
        help: root.get("help").and_then(|node| words(node, problems)),
    }
}
