//! The file of a declared rule: what it may hold, and how it becomes a rule.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::assertion::{ATTRIBUTES, Assertion, OnAbsent, ValueTest, is_type};
use super::words::Words;
use super::{Body, Declaration};
use crate::diag::{Problem, Severity};
use crate::eval::{Constant, Path, number_of};
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};
use crate::source::{FileId, Str};
use crate::yaml::shape::{Mapping, Shape, optional, required};
use crate::yaml::{self, Kind, Node, ScalarKind};

/// The identifier of the JSON schema of rule files.
pub const SCHEMA_ID: &str = "https://ecslint.dev/schemas/rule-v1.json";

/// Bytes of a compiled pattern; patterns of rules are short, and one that needs more is a mistake.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Assertions within assertions; nobody reads more, and they are judged by recursion.
const MAX_ASSERTION_DEPTH: usize = 32;

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
    [Severity::Error, Severity::Warning, Severity::Info]
        .map(Severity::as_str)
        .to_vec()
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

/// A rule that is built in; its file is known to be right, a test sees to it.
pub fn built_in(text: &str) -> Option<&'static Rule> {
    yaml::parse(FileId(0), text)
        .ok()
        .map(|document| rule(document.root))
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
    let references: Vec<&'static str> = texts(root.get("references"))
        .iter()
        .map(|text| keep(text))
        .collect();
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
        references: Vec::leak(references),
        aws_page: text("aws-page"),
        check: Check::Declared(Box::new(Declaration {
            types: texts(root.get("resource")),
            node: root,
            body: OnceLock::new(),
        })),
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

fn wrong_type(node: &Node) -> Option<Problem> {
    let name = node.as_text()?;
    (!is_type(name)).then(|| {
        Problem::new(node.span, format!("`{name}` is no resource type"))
            .with_help("write it like `AWS::ECS::TaskDefinition`")
    })
}

/// The texts of a value that is one or a list of them.
fn nodes(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|node| &node.kind) {
        Some(Kind::Sequence(items)) => items.iter().collect(),
        Some(Kind::Scalar(_)) => node.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn texts(node: Option<&Node>) -> Vec<Str> {
    nodes(node)
        .into_iter()
        .filter_map(Node::as_text)
        .cloned()
        .collect()
}

/// Compiles what a rule asserts and says; what is wrong is added to the problems, and something harmless put in its place.
pub(super) fn body(root: &Node, problems: &mut Vec<Problem>) -> Body {
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
    let about = |is_resource| Reader {
        is_resource,
        depth: 0,
    };
    Body {
        condition: root
            .get("where")
            .map(|node| about(true).assertion(node, problems)),
        for_each: root
            .get("for-each")
            .and_then(|node| about(true).path(node, problems)),
        require: root.get("require").map_or_else(
            || Assertion::All(Vec::new()),
            |node| about(is_resource).assertion(node, problems),
        ),
        message: root
            .get("message")
            .and_then(|node| words(node, problems))
            .unwrap_or_default(),
        label: root.get("label").and_then(|node| words(node, problems)),
        help: root.get("help").and_then(|node| words(node, problems)),
    }
}

/// Reads assertions about a resource, or about something in one.
#[derive(Clone, Copy)]
struct Reader {
    is_resource: bool,
    depth: usize,
}

/// The operators on values; one assertion has one of them, except that `min` and `max` go together.
const OPERATORS: &[&str] = &[
    "equals",
    "not-equals",
    "in",
    "not-in",
    "matches",
    "not-matches",
    "min",
    "max",
    "exists",
];

/// The keys that say what kind an assertion is, each with those that belong to it.
const KINDS: &[(&str, &[&str])] = &[
    ("path", &["absent"]),
    ("all", &[]),
    ("any", &[]),
    ("not", &[]),
    ("follow", &["to", "require", "absent"]),
    ("referenced-by", &["at", "require", "absent"]),
];

/// The key that belongs to every kind: what is wrong where the assertion fails.
const SAYS: &str = "says";

impl Reader {
    fn deeper(self) -> Reader {
        Reader {
            depth: self.depth + 1,
            ..self
        }
    }

    fn assertion(self, node: &Node, problems: &mut Vec<Problem>) -> Assertion {
        let nothing = Assertion::All(Vec::new());
        if self.depth > MAX_ASSERTION_DEPTH {
            let message = format!("more than {MAX_ASSERTION_DEPTH} assertions within each other");
            problems.push(Problem::new(first_byte(node), message).with_help("split the rule"));
            return nothing;
        }
        let kinds: Vec<&(&str, &[&str])> = KINDS
            .iter()
            .filter(|(kind, _)| node.get(kind).is_some())
            .collect();
        let [(kind, own)] = kinds.as_slice() else {
            let message = match kinds.as_slice() {
                [] => "an assertion says what it is about".to_owned(),
                several => {
                    let names: Vec<String> = several.iter().map(|(kind, _)| format!("`{kind}`")).collect();
                    format!("{} cannot stand in one assertion", names.join(" and "))
                }
            };
            problems.push(Problem::new(first_byte(node), message).with_help(
                "use one of `path`, `all`, `any`, `not`, `follow`, `referenced-by`, and combine with `all`",
            ));
            return nothing;
        };
        for entry in node.as_mapping().unwrap_or_default() {
            let belongs = &*entry.key == *kind
                || &*entry.key == SAYS
                || own.contains(&&*entry.key)
                || (*kind == "path" && OPERATORS.contains(&&*entry.key));
            if !belongs {
                problems.push(Problem::new(
                    entry.key_span,
                    format!("`{}` does not belong to `{kind}`", entry.key),
                ));
            }
        }
        let assertion = match *kind {
            "path" => self.value(node, problems).unwrap_or(nothing),
            "all" => Assertion::All(self.list(node.get("all"), problems)),
            "any" => Assertion::Any(self.list(node.get("any"), problems)),
            "not" => match node.get("not") {
                Some(inner) => Assertion::Not(Box::new(self.deeper().assertion(inner, problems))),
                None => nothing,
            },
            "follow" => self.follow(node, problems).unwrap_or(nothing),
            _ => self.referenced(node, problems).unwrap_or(nothing),
        };
        match node.get(SAYS).and_then(Node::as_text) {
            Some(says) => Assertion::Said(Box::new(assertion), says.clone()),
            None => assertion,
        }
    }

    fn list(self, node: Option<&Node>, problems: &mut Vec<Problem>) -> Vec<Assertion> {
        let items = node.and_then(Node::as_sequence).unwrap_or_default();
        if let (Some(node), true) = (node, items.is_empty()) {
            problems.push(Problem::new(node.span, "an empty list asserts nothing"));
        }
        items
            .iter()
            .map(|item| self.deeper().assertion(item, problems))
            .collect()
    }

    fn path(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Path> {
        let text = node.as_text()?;
        let path = match Path::parse(text) {
            Ok(path) => path,
            Err(error) => {
                let problem = Problem::new(node.span, error.message);
                problems.push(match error.help {
                    Some(help) => problem.with_help(help),
                    None => problem,
                });
                return None;
            }
        };
        let first = path.split_first_key().map(|(key, _)| key);
        if self.is_resource && !first.is_some_and(|key| ATTRIBUTES.contains(&&**key)) {
            let attributes = ATTRIBUTES.iter().map(|name| format!("`$.{name}`"));
            let attributes: Vec<String> = attributes.collect();
            problems.push(
                Problem::new(node.span, format!("`{text}` does not begin at a resource"))
                    .with_help(format!("begin with {}", attributes.join(", "))),
            );
            return None;
        }
        Some(path)
    }

    fn value(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Assertion> {
        let path = self.path(node.get("path")?, problems);
        let present: Vec<&str> = OPERATORS
            .iter()
            .copied()
            .filter(|key| node.get(key).is_some())
            .collect();
        let range = present.iter().all(|key| matches!(*key, "min" | "max"));
        if present.is_empty() || (present.len() > 1 && !range) {
            let message = if present.is_empty() {
                "a path needs an operator"
            } else {
                "a path takes one operator"
            };
            let names: Vec<String> = OPERATORS.iter().map(|key| format!("`{key}`")).collect();
            problems.push(
                Problem::new(first_byte(node), message).with_help(format!("use one of {}", names.join(", "))),
            );
            return None;
        }
        if let Some(wanted) = node.get("exists") {
            if let Some(absent) = node.entry("absent") {
                problems.push(Problem::new(
                    absent.key_span,
                    "`exists` says by itself what absence means",
                ));
            }
            return Some(Assertion::Exists {
                path: path?,
                wanted: wanted.as_bool()?,
            });
        }
        let absent = on_absent(node, problems);
        let test = test(node, problems);
        Some(Assertion::Value {
            path: path?,
            test: test?,
            absent: absent?,
        })
    }

    fn follow(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Assertion> {
        let path = self.path(node.get("follow")?, problems);
        let types = types(node, "to", problems);
        let absent = on_absent(node, problems);
        let require = self.other(node, problems);
        if require.is_none() {
            problems.push(
                Problem::new(first_byte(node), "`require` is missing")
                    .with_help("say what the resource that the reference leads to must satisfy"),
            );
        }
        Some(Assertion::Follow {
            path: path?,
            types: types?,
            require: Box::new(require?),
            absent: absent?,
        })
    }

    fn referenced(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Assertion> {
        if !self.is_resource {
            problems.push(
                Problem::new(first_byte(node), "`referenced-by` is about a resource")
                    .with_help("leave out `for-each`"),
            );
            return None;
        }
        let types = types(node, "referenced-by", problems);
        let at = Reader {
            is_resource: true,
            ..self
        };
        let path = match node.get("at") {
            Some(path) => at.path(path, problems),
            None => {
                problems.push(
                    Problem::new(first_byte(node), "`at` is missing")
                        .with_help("say where the other resource refers to this one"),
                );
                None
            }
        };
        let require = self.other(node, problems).map(Box::new);
        let outside = match node.entry("absent") {
            None => None,
            Some(entry) => match on_absent(node, problems)? {
                OnAbsent::Fail => Some(false),
                OnAbsent::Pass => Some(true),
                OnAbsent::Is(_) => {
                    problems.push(
                        Problem::new(entry.value.span, "nobody refers to it with a value")
                            .with_help("write `absent: fail` or `absent: pass`"),
                    );
                    None
                }
            },
        };
        Some(Assertion::ReferencedBy {
            types: types?,
            path: path?,
            require,
            outside,
        })
    }

    /// What is required of another resource.
    fn other(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Assertion> {
        let about = Reader {
            is_resource: true,
            depth: self.depth + 1,
        };
        node.get("require")
            .map(|require| about.assertion(require, problems))
    }
}

fn types(node: &Node, key: &str, problems: &mut Vec<Problem>) -> Option<Vec<Str>> {
    let Some(value) = node.get(key) else {
        problems.push(
            Problem::new(first_byte(node), format!("`{key}` is missing"))
                .with_help("name the resource types"),
        );
        return None;
    };
    problems.extend(nodes(Some(value)).into_iter().filter_map(wrong_type));
    Some(texts(Some(value)))
}

/// What absence means; it must be said, since rules that forget it pass what they never saw.
fn on_absent(node: &Node, problems: &mut Vec<Problem>) -> Option<OnAbsent> {
    let Some(value) = node.get("absent").and_then(Node::as_text) else {
        problems.push(
            Problem::new(first_byte(node), "`absent` is missing").with_help(
                "say what no value means: `absent: fail`, `absent: pass`, or the value that the service takes then",
            ),
        );
        return None;
    };
    Some(match &**value {
        "fail" => OnAbsent::Fail,
        "pass" => OnAbsent::Pass,
        _ => OnAbsent::Is(value.clone()),
    })
}

fn test(node: &Node, problems: &mut Vec<Problem>) -> Option<ValueTest> {
    let constants = |key: &str| -> Option<Vec<Constant>> {
        let node = node.get(key)?;
        Some(nodes(Some(node)).into_iter().filter_map(constant).collect())
    };
    let number = |key: &str| {
        node.get(key)
            .and_then(Node::as_text)
            .and_then(|text| number_of(text))
    };
    if let Some(constants) = constants("equals").or_else(|| constants("in")) {
        return Some(ValueTest::OneOf(constants));
    }
    if let Some(constants) = constants("not-equals").or_else(|| constants("not-in")) {
        return Some(ValueTest::NoneOf(constants));
    }
    if let Some(node) = node.get("matches") {
        return pattern(node, problems).map(ValueTest::Matches);
    }
    if let Some(node) = node.get("not-matches") {
        return pattern(node, problems).map(ValueTest::MatchesNot);
    }
    Some(ValueTest::Between(number("min"), number("max")))
}

fn constant(node: &Node) -> Option<Constant> {
    let Kind::Scalar(scalar) = &node.kind else {
        return None;
    };
    Some(match scalar.kind {
        ScalarKind::Bool(truth) => Constant::Bool(truth),
        ScalarKind::Number => match number_of(&scalar.text) {
            Some(number) => Constant::Number(number),
            None => Constant::Text(scalar.text.clone()),
        },
        ScalarKind::Text => Constant::Text(scalar.text.clone()),
    })
}

fn pattern(node: &Node, problems: &mut Vec<Problem>) -> Option<Regex> {
    let text = node.as_text()?;
    match RegexBuilder::new(text).size_limit(MAX_PATTERN_BYTES).build() {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            // The crate's message is a drawing of several lines; its last line says what is wrong.
            let shown = error.to_string();
            let reason = shown
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            problems.push(
                Problem::new(node.span, format!("`{text}` is no regular expression: {reason}"))
                    .with_help("the syntax is that of https://docs.rs/regex"),
            );
            None
        }
    }
}

/// The first byte of a node, for a problem with a mapping of many lines.
fn first_byte(node: &Node) -> crate::source::Span {
    crate::source::Span::new(node.span.file, node.span.start, node.span.start + 1)
}
