//! Reads the assertions of a rule file; what is wrong with them is added to the problems.

use regex::{Regex, RegexBuilder};

use super::assertion::{ATTRIBUTES, Assertion, OnAbsent, ValueTest, is_type};
use crate::diag::{Problem, excerpt};
use crate::eval::{Constant, Path, number_of};
use crate::source::{Span, Str};
use crate::yaml::{Kind, Node, ScalarKind};

/// Bytes of a compiled pattern; patterns of rules are short, and one that needs more is a mistake.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Assertions within assertions; nobody reads more, and they are judged by recursion.
const MAX_ASSERTION_DEPTH: usize = 32;

/// Reads assertions about a resource, or about something in one.
#[derive(Clone, Copy)]
pub(super) struct Reader {
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
    /// For assertions about a resource, or about something in one.
    pub(super) fn new(is_resource: bool) -> Reader {
        Reader {
            is_resource,
            depth: 0,
        }
    }

    fn deeper(self) -> Reader {
        Reader {
            depth: self.depth + 1,
            ..self
        }
    }

    pub(super) fn assertion(self, node: &Node, problems: &mut Vec<Problem>) -> Assertion {
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

    pub(super) fn path(self, node: &Node, problems: &mut Vec<Problem>) -> Option<Path> {
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
                Problem::new(
                    node.span,
                    format!("`{}` does not begin at a resource", excerpt(text)),
                )
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
            let message = format!("`{}` is no regular expression: {reason}", excerpt(text));
            problems.push(
                Problem::new(node.span, message).with_help("the syntax is that of https://docs.rs/regex"),
            );
            None
        }
    }
}

/// The first byte of a node, for a problem with a mapping of many lines.
fn first_byte(node: &Node) -> Span {
    Span::new(node.span.file, node.span.start, node.span.start + 1)
}

/// What is wrong with the name of a resource type.
pub(super) fn wrong_type(node: &Node) -> Option<Problem> {
    let name = node.as_text()?;
    (!is_type(name)).then(|| {
        Problem::new(node.span, format!("`{name}` is no resource type"))
            .with_help("write it like `AWS::ECS::TaskDefinition`")
    })
}

/// The nodes of a value that is one scalar or a list.
pub(super) fn nodes(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|node| &node.kind) {
        Some(Kind::Sequence(items)) => items.iter().collect(),
        Some(Kind::Scalar(_)) => node.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The texts of a value that is one text or a list of them.
pub(super) fn texts(node: Option<&Node>) -> Vec<Str> {
    nodes(node)
        .into_iter()
        .filter_map(Node::as_text)
        .cloned()
        .collect()
}
