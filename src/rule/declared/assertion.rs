//! What a declared rule asserts: a path and an operator, a combination of assertions, or a step along a reference.

use regex::Regex;

use super::place;
use super::steps::Steps;
use super::verdict::{Doubt, Seen, Verdict};
use crate::aws;
use crate::eval::{
    Case, Cases, Constant, Evaluator, Guard, Known, Path, Text, Unknown, Value, number_of, when_any,
};
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
        /// The answer where nobody here names it but somebody outside of the loaded templates may; not known without.
        outside: Option<bool>,
    },
    /// The assertion, with what is wrong where it fails; an assertion in it that says so itself is more precise.
    Said(Box<Assertion>, Str),
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
        "Metadata" => declared.metadata.as_deref(),
        _ => declared.attribute(key),
    };
    match node {
        Some(node) => eval.value(id.stack, node),
        None => vec![Case::new(Value::Absent, declared.id.span)],
    }
}

impl Assertion {
    /// Decides the assertion.
    pub(super) fn judge<'a>(&self, steps: &Steps<'_, 'a>, root: &Root<'a>) -> Verdict {
        let inventory = steps.inventory;
        let each = |assertions: &[Assertion]| {
            let verdicts = assertions.iter().map(|assertion| assertion.judge(steps, root));
            verdicts.collect::<Vec<Verdict>>()
        };
        match self {
            Assertion::Value { path, test, absent } => value(inventory, root, path, test, absent),
            Assertion::Exists { path, wanted } => exists(inventory, root, path, *wanted),
            Assertion::All(assertions) => Verdict::all(each(assertions)),
            Assertion::Any(assertions) => Verdict::any(each(assertions)),
            Assertion::Not(inner) => inner.judge(steps, root).negated(),
            Assertion::Said(inner, says) => {
                let mut verdict = inner.judge(steps, root);
                for case in &mut verdict.fail {
                    case.value.says.get_or_insert_with(|| says.clone());
                }
                for case in &mut verdict.open {
                    case.value.says.get_or_insert_with(|| says.clone());
                }
                verdict
            }
            Assertion::Follow {
                path,
                types,
                require,
                absent,
            } => follow(steps, root, path, types, require, absent),
            Assertion::ReferencedBy {
                types,
                path,
                require,
                outside,
            } => match root {
                Root::Resource(id) => referenced(steps, *id, types, path, require.as_deref(), *outside),
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
                verdict.open.push(case.with(reason.clone().into()));
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
                ..Seen::default()
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
                verdict.open.push(case.with(reason.clone().into()));
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
    steps: &Steps<'_, 'a>,
    root: &Root<'a>,
    path: &Path,
    types: &[Str],
    require: &Assertion,
    absent: &OnAbsent,
) -> Verdict {
    let inventory = steps.inventory;
    let mut verdict = Verdict::default();
    for case in steps.references(root, path) {
        let identity = match &case.value {
            Known::Unknown(reason) => {
                verdict.open.push(case.with(reason.clone().into()));
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
            let reason = inventory.unknown_identity(identity);
            verdict.open.push(case.with(reason.into()));
            continue;
        };
        let text = format!("refers to `{}`", inventory.logical_id(target));
        let label = inventory.evidence(target, case.span, text);
        let mut judged = steps
            .beyond(require, target)
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
    steps: &Steps<'_, 'a>,
    id: ResourceId,
    types: &[Str],
    path: &Path,
    require: Option<&Assertion>,
    outside: Option<bool>,
) -> Verdict {
    let inventory = steps.inventory;
    let own = inventory.own_identity(id);
    let mut verdict = Verdict::default();
    let others = types.iter().flat_map(|type_name| inventory.of_type(type_name));
    for other in others.copied() {
        let presence = inventory.presence(other);
        for case in steps.references(&Root::Resource(other), path) {
            match &case.value {
                Known::Value(identity) if names(inventory, identity, &own) => {
                    let guard = case.guard.and(&presence);
                    let judged = match require {
                        Some(require) => steps.beyond(require, other).negated().negated(),
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
                    let reason = identity
                        .unknown()
                        .map(|reason| case.with(Doubt::from(reason)).when(&presence));
                    verdict.open.extend(reason);
                }
                Known::Unknown(reason) => {
                    let doubt = Doubt::from(reason.clone());
                    verdict.open.push(case.with(doubt).when(&presence));
                }
                Known::Absent => {}
            }
        }
    }
    let named = when_any(&verdict.pass);
    verdict
        .open
        .iter_mut()
        .for_each(|case| case.guard = case.guard.and(&named.negated()));
    let place = inventory.project().resource(id).id.span;
    let nobody = Guard::any([named, when_any(&verdict.open)]).negated();
    match (inventory.escapes(id), outside) {
        (Some(name), None) => verdict
            .open
            .push(Case::new(Unknown::OpenWorld(name).into(), place).when(&nobody)),
        (Some(_), Some(true)) => verdict.pass.push(Case::new(Seen::default(), place).when(&nobody)),
        (None, _) | (Some(_), Some(false)) => {
            verdict.fail.push(Case::new(Seen::default(), place).when(&nobody))
        }
    }
    verdict
}

/// True when a text is an identity or holds it, as the rule of a composite alarm holds those of other alarms.
fn names(inventory: &Inventory<'_>, text: &Text, identity: &Text) -> bool {
    let mut parts = text.parts().iter();
    parts.any(|part| inventory.identity(&Text::part(part.clone())) == *identity)
}

/// True when ecslint can follow references to resources of this type: a `GetAtt` of it that is its identifier is known.
pub(super) fn is_type(name: &str) -> bool {
    let mut parts = name.split("::");
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    parts.clone().count() >= 2 && parts.all(is_word) && !name.starts_with(aws::EACH)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::diag::Diagnostic;
    use crate::files::Disk;
    use crate::lint::{Linter, Stdin};
    use crate::rule::declared::read;
    use crate::source::FileId;

    /// The same of a rule that requires something of alarms.
    fn said(require: &str, template: &str) -> Vec<String> {
        let rule = format!(
            "{{name: r, summary: s, resource: 'AWS::CloudWatch::Alarm', require: {require}, message: '{{id}} {{says}}'}}"
        );
        answers(&rule, template)
    }

    /// The messages of a rule about a template; those of questions end in `?`.
    fn answers(rule: &str, template: &str) -> Vec<String> {
        let linter = Linter {
            stdin: Some(Stdin {
                bytes: template.as_bytes().to_vec(),
            }),
            rules: vec![read(FileId(0), rule).unwrap()],
            ..Linter::new(&Disk, std::env::temp_dir(), vec![PathBuf::from("-")])
        };
        let report = linter.run().unwrap();
        let message = |diagnostic: &Diagnostic| diagnostic.message.clone();
        let questions = report.undetermined.iter().map(message);
        let findings = report.findings.iter().map(message);
        findings.chain(questions.map(|question| question + "?")).collect()
    }

    const ALARM: &str = "A: {Type: AWS::CloudWatch::Alarm}";

    #[test]
    fn an_assertion_says_what_is_wrong_and_an_inner_one_says_it_better() {
        let template = format!("Resources: {{{ALARM}}}");
        let both = "{all: [{path: $.Properties.X, exists: true, says: has no X}, {path: $.Properties.Y, exists: true}], says: is bare}";
        assert_eq!(said(both, &template), ["A has no X and is bare"]);
        let template = "Parameters: {P: {Type: String}}\nResources: {A: {Type: AWS::CloudWatch::Alarm, Properties: {X: !Ref P}}}";
        let value = "{path: $.Properties.X, equals: 1, absent: fail, says: has another X}";
        assert_eq!(said(value, template), ["whether A has another X?"]);
    }

    #[test]
    fn what_is_not_known_in_where_and_in_require_is_asked_once() {
        let rule = "{name: r, summary: s, resource: 'AWS::CloudWatch::Alarm', message: '{id} is bare', \
                    where: {path: $.Properties.W, equals: 1, absent: pass}, \
                    require: {path: $.Properties.X, exists: true}}";
        let alarm = |properties: &str| {
            format!(
                "Parameters: {{P: {{Type: String}}}}\n\
                 Resources: {{A: {{Type: AWS::CloudWatch::Alarm, Properties: {properties}}}}}"
            )
        };
        let question = ["whether A is bare?"];
        assert_eq!(answers(rule, &alarm("{'Fn::Transform': {Name: M}}")), question);
        assert_eq!(answers(rule, &alarm("{W: !Ref P}")), question);
        assert!(answers(rule, &alarm("{W: !Ref P, X: 1}")).is_empty());
        assert!(answers(rule, &alarm("{W: 2}")).is_empty());
    }

    #[test]
    fn a_text_that_holds_an_identity_refers_to_it() {
        let by_rule =
            "{referenced-by: AWS::CloudWatch::CompositeAlarm, at: $.Properties.AlarmRule, says: is unused}";
        let composite = |rule: &str| {
            format!(
                "Resources: {{{ALARM}, B: {{Type: AWS::CloudWatch::CompositeAlarm, Properties: {{AlarmRule: {rule}}}}}}}"
            )
        };
        assert!(said(by_rule, &composite("!Sub 'ALARM(${A}) OR ALARM(x)'")).is_empty());
        assert_eq!(said(by_rule, &composite("ALARM(x)")), ["A is unused"]);
    }

    #[test]
    fn whoever_is_outside_counts_as_the_rule_says() {
        let template = format!("Resources: {{{ALARM}}}\nOutputs: {{A: {{Value: !Ref A}}}}");
        let by = |absent: &str| {
            let require = format!(
                "{{referenced-by: AWS::CodeDeploy::DeploymentGroup, at: $.Properties.X, says: is unused{absent}}}"
            );
            said(&require, &template)
        };
        assert_eq!(by(""), ["whether A is unused?"]);
        assert_eq!(by(", absent: fail"), ["A is unused"]);
        assert!(by(", absent: pass").is_empty());
    }
}
