//! What a declared rule asserts: a path and an operator, a combination of assertions, or a step along a reference.

use regex::Regex;

use super::place;
use super::verdict::{Seen, Verdict, when};
use crate::aws;
use crate::eval::{Case, Cases, Constant, Evaluator, Guard, Known, Path, Text, Unknown, Value, number_of};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Str;

/// An assertion about a resource, or about something in one.
#[derive(Debug)]
pub(super) enum Assertion {
    /// Every value at the path passes the test.
    Value {
        /// The path.
        path: Path,
        /// The test.
        test: ValueTest,
        /// What it means that there is no value.
        absent: OnAbsent,
    },
    /// There is, or is not, a value at the path.
    Exists {
        /// The path.
        path: Path,
        /// True when there must be one.
        wanted: bool,
    },
    /// All of them hold.
    All(Vec<Assertion>),
    /// At least one of them holds.
    Any(Vec<Assertion>),
    /// It does not hold.
    Not(Box<Assertion>),
    /// The resource that the path names satisfies another assertion.
    Follow {
        /// The path.
        path: Path,
        /// The types to follow to; what is of another type is not judged.
        types: Vec<Str>,
        /// What that resource must satisfy.
        require: Box<Assertion>,
        /// What it means that there is no value.
        absent: OnAbsent,
    },
    /// Some resource of these types names this one, and satisfies another assertion.
    ReferencedBy {
        /// The types.
        types: Vec<Str>,
        /// Where they name it.
        path: Path,
        /// What such a resource must satisfy.
        require: Option<Box<Assertion>>,
    },
}

/// A test of one value.
#[derive(Debug)]
pub(super) enum ValueTest {
    /// It is one of these.
    OneOf(Vec<Constant>),
    /// It is none of these.
    NoneOf(Vec<Constant>),
    /// Some part of it matches.
    Matches(Regex),
    /// No part of it matches.
    MatchesNot(Regex),
    /// It is a number between these, both included.
    Between(Option<f64>, Option<f64>),
}

/// What it means that there is no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum OnAbsent {
    /// The assertion fails.
    Fail,
    /// The assertion holds.
    Pass,
    /// The service takes this value.
    Is(Str),
}

impl ValueTest {
    fn passes(&self, scalar: &str) -> bool {
        match self {
            ValueTest::OneOf(constants) => constants.iter().any(|constant| constant.is(scalar)),
            ValueTest::NoneOf(constants) => !constants.iter().any(|constant| constant.is(scalar)),
            ValueTest::Matches(pattern) => pattern.is_match(scalar),
            ValueTest::MatchesNot(pattern) => !pattern.is_match(scalar),
            ValueTest::Between(least, most) => number_of(scalar).is_some_and(|number| {
                least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
            }),
        }
    }
}

/// Something that assertions are about.
#[derive(Clone, Debug)]
pub(super) enum Root<'a> {
    /// A resource: its paths begin with `$.Properties` or an attribute such as `$.DeletionPolicy`.
    Resource(ResourceId),
    /// Something in a resource.
    Item(Case<Value<'a>>),
}

impl<'a> Root<'a> {
    /// What a path leads to.
    pub(super) fn select(&self, inventory: &Inventory<'a>, path: &Path) -> Cases<'a> {
        let eval = &inventory.eval;
        match self {
            Root::Item(item) => {
                let item = Case {
                    guard: Guard::True,
                    ..item.clone()
                };
                eval.at_path(vec![item], path)
            }
            Root::Resource(id) => match path.split_first_key() {
                Some((key, rest)) => eval.at_path(attribute(eval, *id, key), &rest),
                None => Vec::new(),
            },
        }
    }
}

/// The attributes of a resource that paths can begin with.
pub(super) const ATTRIBUTES: &[&str] = &[
    "Properties",
    "Type",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
    "Metadata",
];

fn attribute<'a>(eval: &Evaluator<'a>, id: ResourceId, key: &str) -> Cases<'a> {
    let declared = eval.project().resource(id);
    let node = match key {
        "Properties" => return eval.property(id, &[]),
        "Type" => {
            let text = Text::literal(declared.type_name.text.clone());
            return vec![Case::new(Value::Text(text), declared.type_name.span)];
        }
        "Metadata" => declared.metadata.as_ref(),
        _ => declared.attributes.get(key),
    };
    match node {
        Some(node) => eval.value(id.stack, node),
        None => vec![Case::new(Value::Absent, declared.id.span)],
    }
}

impl Assertion {
    /// Decides the assertion.
    pub(super) fn judge<'a>(&self, inventory: &Inventory<'a>, root: &Root<'a>) -> Verdict {
        let each = |assertions: &[Assertion]| {
            let verdicts = assertions
                .iter()
                .map(|assertion| assertion.judge(inventory, root));
            verdicts.collect::<Vec<Verdict>>()
        };
        match self {
            Assertion::Value { path, test, absent } => value(inventory, root, path, test, absent),
            Assertion::Exists { path, wanted } => exists(inventory, root, path, *wanted),
            Assertion::All(assertions) => Verdict::all(each(assertions)),
            Assertion::Any(assertions) => Verdict::any(each(assertions)),
            Assertion::Not(inner) => inner.judge(inventory, root).negated(),
            Assertion::Follow {
                path,
                types,
                require,
                absent,
            } => follow(inventory, root, path, types, require, absent),
            Assertion::ReferencedBy { types, path, require } => match root {
                Root::Resource(id) => referenced(inventory, *id, types, path, require.as_deref()),
                Root::Item(_) => Verdict::default(),
            },
        }
    }
}

fn value<'a>(
    inventory: &Inventory<'a>,
    root: &Root<'a>,
    path: &Path,
    test: &ValueTest,
    absent: &OnAbsent,
) -> Verdict {
    let mut verdict = Verdict::default();
    for case in inventory.eval.scalars(root.select(inventory, path)) {
        let (passes, value) = match &case.value {
            Known::Unknown(reason) => {
                verdict.open.push(case.with(reason.clone()));
                continue;
            }
            Known::Value(value) => (test.passes(value), Some(value.clone())),
            Known::Absent => match absent {
                OnAbsent::Fail => (false, None),
                OnAbsent::Pass => (true, None),
                OnAbsent::Is(value) => (test.passes(value), Some(value.clone())),
            },
        };
        let span = match case.value {
            Known::Absent => place::of_absence(inventory, root, case.span),
            _ => case.span,
        };
        let seen = Case {
            span,
            ..case.with(Seen {
                value: place::shown_value(inventory, &case.trail, value),
                related: Vec::new(),
            })
        };
        if passes {
            verdict.pass.push(seen);
        } else {
            verdict.fail.push(seen);
        }
    }
    verdict
}

fn exists<'a>(inventory: &Inventory<'a>, root: &Root<'a>, path: &Path, wanted: bool) -> Verdict {
    let mut verdict = Verdict::default();
    for case in root.select(inventory, path) {
        let is_there = match &case.value {
            Value::Unknown(reason) => {
                verdict.open.push(case.with(reason.clone()));
                continue;
            }
            Value::Absent => false,
            Value::Text(_) | Value::Object(_) => true,
            Value::List(elements) if elements.is_empty() => false,
            Value::List(_) => true,
        };
        let span = match case.value {
            Value::Absent => place::of_absence(inventory, root, case.span),
            _ => place::first_line(inventory, case.span),
        };
        let seen = Case {
            span,
            ..case.with(Seen::default())
        };
        if is_there == wanted {
            verdict.pass.push(seen);
        } else {
            verdict.fail.push(seen);
        }
    }
    verdict
}

fn follow<'a>(
    inventory: &Inventory<'a>,
    root: &Root<'a>,
    path: &Path,
    types: &[Str],
    require: &Assertion,
    absent: &OnAbsent,
) -> Verdict {
    let mut verdict = Verdict::default();
    for case in inventory.identities(root.select(inventory, path)) {
        let identity = match &case.value {
            Known::Unknown(reason) => {
                verdict.open.push(case.with(reason.clone()));
                continue;
            }
            Known::Absent => {
                let span = place::of_absence(inventory, root, case.span);
                let seen = Case {
                    span,
                    ..case.with(Seen::default())
                };
                match absent {
                    OnAbsent::Fail => verdict.fail.push(seen),
                    OnAbsent::Pass | OnAbsent::Is(_) => verdict.pass.push(seen),
                }
                continue;
            }
            Known::Value(identity) => identity,
        };
        let target = types
            .iter()
            .find_map(|type_name| inventory.resource_of(identity, type_name));
        let Some(target) = target else {
            verdict.open.push(case.with(inventory.unknown_identity(identity)));
            continue;
        };
        let text = format!("refers to `{}`", inventory.logical_id(target));
        let label = inventory.evidence(target, case.span, text);
        let mut judged = require
            .judge(inventory, &Root::Resource(target))
            .within(&case.guard.and(&inventory.presence(target)));
        for seen in judged.fail.iter_mut().chain(&mut judged.pass) {
            seen.value.related.push(label.clone());
            seen.trail = case.trail.clone().then(&seen.trail);
        }
        verdict.extend(judged);
    }
    verdict
}

fn referenced<'a>(
    inventory: &Inventory<'a>,
    id: ResourceId,
    types: &[Str],
    path: &Path,
    require: Option<&Assertion>,
) -> Verdict {
    let own = inventory.own_identity(id);
    let mut verdict = Verdict::default();
    let others = types.iter().flat_map(|type_name| inventory.of_type(type_name));
    for other in others.copied() {
        let presence = inventory.presence(other);
        for case in inventory.identities(Root::Resource(other).select(inventory, path)) {
            match &case.value {
                Known::Value(identity) if *identity == own => {
                    let guard = case.guard.and(&presence);
                    let judged = match require {
                        Some(require) => require
                            .judge(inventory, &Root::Resource(other))
                            .negated()
                            .negated(),
                        None => Verdict {
                            pass: vec![Case::new(Seen::default(), case.span)],
                            ..Verdict::default()
                        },
                    };
                    let judged = judged.within(&guard);
                    verdict.pass.extend(judged.pass);
                    verdict.open.extend(judged.open);
                }
                Known::Value(identity) => {
                    let reason = identity.unknown().map(|reason| case.with(reason).when(&presence));
                    verdict.open.extend(reason);
                }
                Known::Unknown(reason) => verdict.open.push(case.with(reason.clone()).when(&presence)),
                Known::Absent => {}
            }
        }
    }
    let named = when(&verdict.pass);
    verdict
        .open
        .iter_mut()
        .for_each(|case| case.guard = case.guard.and(&named.negated()));
    let place = inventory.project().resource(id).id.span;
    let nobody = Guard::any([named, when(&verdict.open)]).negated();
    match inventory.escapes(id) {
        Some(name) => verdict
            .open
            .push(Case::new(Unknown::OpenWorld(name), place).when(&nobody)),
        None => verdict.fail.push(Case::new(Seen::default(), place).when(&nobody)),
    }
    verdict
}

/// True when ecslint can follow references to resources of this type: a `GetAtt` of it that is its identifier is known.
pub(super) fn is_type(name: &str) -> bool {
    let mut parts = name.split("::");
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    parts.clone().count() >= 2 && parts.all(is_word) && !name.starts_with(aws::EACH)
}
