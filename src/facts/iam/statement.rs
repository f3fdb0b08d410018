//! Statements of policy documents.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use std::sync::OnceLock;

use super::document::{Tree, elements, get, read};
use super::grant::Loose;
use super::pattern::is_star;
use crate::aws::managed_policies::{Selection as Words, Statement as ManagedStatement};
use crate::eval::{Case, Cases, Evaluator, Guard, Known, Part, Text, Trail, Unknown, when};
use crate::source::{Span, Str};

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Gives.
    Allow,
    /// Takes away.
    Deny,
}

/// Elements such as actions; each with when it is there, and unknown where its text is.
pub type Items = Vec<Case<Known<Text>>>;

/// What `Action` and `NotAction`, or `Resource` and `NotResource`, name.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These.
    pub only: Items,
    /// Everything but these.
    pub all_but: Items,
}

/// Who may assume a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `AWS`, or `*` without a kind: accounts, users, roles.
    Aws,
    /// An AWS service.
    Service,
    /// An identity provider.
    Federated,
    /// Another kind.
    Other,
}

/// One principal of a trust policy.
#[derive(Clone, Debug)]
pub struct TrustPrincipal {
    /// What it is.
    pub kind: PrincipalKind,
    /// Its name.
    pub name: Known<Text>,
    /// True for `NotPrincipal`.
    pub inverted: bool,
}

/// How much a condition bounds a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Hardly: the region, the time, the transport, or any value at all.
    Weak,
    /// That depends on the key, which is not judged, or on a value that is not known.
    Unknown,
    /// To named resources, accounts, services or organizations.
    Strong,
}

/// One key of a `Condition`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The key, in lower case: `aws:sourceaccount`; empty when the block is not known.
    pub key: Str,
    /// How much it bounds.
    pub grade: Grade,
    /// The operator, in lower case: `stringlike`; empty when the block is not known.
    pub operator: Str,
    /// What the key is compared with.
    pub values: Items,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it does.
    pub effect: Effect,
    /// When it is there, its policy given.
    pub guard: Guard,
    /// Where it stands.
    pub span: Span,
    /// The places it passed through.
    pub trail: Trail,
    /// `Action` and `NotAction`.
    pub actions: Selection,
    /// `Resource` and `NotResource`; empty in trust policies.
    pub resources: Selection,
    /// The keys of its conditions; all of those that are there must hold.
    pub conditions: Vec<Case<Condition>>,
    /// Of a trust policy, who may assume the role.
    pub principals: Vec<Case<TrustPrincipal>>,
    /// What it gives on resources that reach too far, once a rule has asked.
    pub(super) loose: OnceLock<Box<[Loose]>>,
}

impl Statement {
    /// When a condition that is more than weak bounds the statement.
    pub fn bounded(&self) -> Guard {
        when(&self.conditions, |value| value.grade > Grade::Weak)
    }

    /// When a condition on one of these keys, given in lower case, is there and not weak.
    pub fn bounded_by(&self, keys: &[&str]) -> Guard {
        let matching = self
            .conditions
            .iter()
            .filter(|case| case.value.grade > Grade::Weak)
            .filter(|case| case.value.key.is_empty() || keys.contains(&&*case.value.key));
        Guard::any(matching.map(|case| case.guard.clone()))
    }

    /// When the statement is about every resource, by `*` or by naming exceptions only.
    pub fn on_everything(&self) -> Guard {
        let stars = self.resources.only.iter().filter(|case| is_every(&case.value));
        Guard::any(
            stars
                .chain(&self.resources.all_but)
                .map(|case| case.guard.clone()),
        )
    }
}

/// True for `*`.
pub fn is_every(item: &Known<Text>) -> bool {
    matches!(item, Known::Value(text) if is_star(text))
}

/// Condition keys that bound a statement to something named, in lower case; a key with a tag's name ends in `/`.
const STRONG_KEYS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:resourcetag/",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "autoscaling:resourcetag/",
    "cloudwatch:namespace",
    "ec2:resourcetag/",
    "ecs:cluster",
    "ecs:resourcetag/",
    "ecs:service",
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "iam:policyarn",
    "kms:callerarn",
    "kms:viaservice",
    "secretsmanager:resourcetag/",
    "ssm:resourcetag/",
    "sts:externalid",
];

/// Condition keys that say nothing about what a statement is for.
const WEAK_KEYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:referer",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:tokenissuetime",
    "aws:useragent",
];

/// The statements of a document, and what of it is not known.
pub fn statements<'a>(eval: &Evaluator<'a>, document: Cases<'a>) -> (Vec<Statement>, Vec<Case<Unknown>>) {
    let mut out = Vec::new();
    let mut open = Vec::new();
    for case in elements(get(&read(eval, document), "Statement")) {
        match &case.value {
            Tree::Map(_) => statement(eval, &case, &mut out, &mut open),
            Tree::Unknown(reason) => open.push(case.with(reason.clone())),
            Tree::Text(text) => {
                let reason = text
                    .unknown()
                    .unwrap_or_else(|| Unknown::Malformed("text where a statement belongs".into()));
                open.push(case.with(reason));
            }
            Tree::List(_) => {}
        }
    }
    // Facts are kept for the whole run, and most policies have one statement.
    out.shrink_to_fit();
    (out, open)
}

fn statement(
    eval: &Evaluator<'_>,
    case: &Case<Tree>,
    out: &mut Vec<Statement>,
    open: &mut Vec<Case<Unknown>>,
) {
    // Keys are read relative to the statement: its own guard and trail are kept once, on the statement.
    let inside = [Case::new(case.value.clone(), case.span)];
    let items = |key: &str| items(eval, get(&inside, key));
    let base = Statement {
        effect: Effect::Allow,
        guard: case.guard.clone(),
        span: case.span,
        trail: case.trail.clone(),
        actions: Selection {
            only: items("Action"),
            all_but: items("NotAction"),
        },
        resources: Selection {
            only: items("Resource"),
            all_but: items("NotResource"),
        },
        conditions: conditions(eval, get(&inside, "Condition")),
        principals: principals(eval, &inside),
        loose: OnceLock::new(),
    };
    let mut effects = self::items(eval, get(&inside, "Effect"));
    let last = effects.pop();
    for effect in &effects {
        in_effect(base.clone(), effect, out, open);
    }
    if let Some(effect) = &last {
        in_effect(base, effect, out, open);
    }
}

/// Takes a statement with one case of its effect.
fn in_effect(
    base: Statement,
    effect: &Case<Known<Text>>,
    out: &mut Vec<Statement>,
    open: &mut Vec<Case<Unknown>>,
) {
    let known = match &effect.value {
        Known::Value(text) => text.as_literal(),
        _ => None,
    };
    let effect_is = |name: &str| {
        known
            .as_deref()
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let guard = base.guard.and(&effect.guard);
    match (effect_is("Allow"), effect_is("Deny"), &effect.value) {
        (true, _, _) => out.push(Statement { guard, ..base }),
        (_, true, _) => out.push(Statement {
            effect: Effect::Deny,
            guard,
            ..base
        }),
        (_, _, Known::Unknown(reason)) => open.push(Case {
            guard,
            ..effect.with(reason.clone())
        }),
        (_, _, Known::Value(text)) => {
            let malformed = || Unknown::Malformed("an `Effect` that is neither `Allow` nor `Deny`".into());
            let reason = text.unknown().unwrap_or_else(malformed);
            open.push(Case {
                guard,
                ..effect.with(reason)
            });
        }
        (_, _, Known::Absent) => {}
    }
}

/// Texts of an element that is one text or a list. Parameters stand for the values there is evidence for, and list
/// parameters for their elements.
fn items(eval: &Evaluator<'_>, cases: Vec<Case<Tree>>) -> Items {
    let cases = elements(cases);
    let mut out = Vec::with_capacity(cases.len());
    for case in cases {
        match &case.value {
            Tree::Text(text) => {
                let is_variable = matches!(text.as_part(), Some(Part::Variable(_)));
                for concrete in eval.concrete(&case.with(text.clone())) {
                    let pieces = if is_variable {
                        concrete.value.split(",").into_iter().map(Text::trimmed).collect()
                    } else {
                        vec![concrete.value.clone()]
                    };
                    let pieces = pieces.into_iter().filter(|piece| !piece.parts().is_empty());
                    out.extend(pieces.map(|piece| concrete.with(Known::Value(piece))));
                }
            }
            Tree::Unknown(reason) => out.push(case.with(Known::Unknown(reason.clone()))),
            Tree::Map(_) | Tree::List(_) => out.push(case.with(Known::Unknown(Unknown::Malformed(
                "a mapping where text belongs".into(),
            )))),
        }
    }
    out.retain(|case| !case.guard.is_never());
    out
}

fn conditions(eval: &Evaluator<'_>, cases: Vec<Case<Tree>>) -> Vec<Case<Condition>> {
    let unknown = |case: &Case<Tree>| {
        case.with(Condition {
            key: "".into(),
            grade: Grade::Unknown,
            operator: "".into(),
            values: Items::new(),
        })
    };
    let mut out = Vec::new();
    for case in cases {
        let Tree::Map(operators) = &case.value else {
            out.push(unknown(&case));
            continue;
        };
        for operator in operators {
            for keys in get(std::slice::from_ref(&case), &operator.key) {
                let Tree::Map(branches) = &keys.value else {
                    out.push(unknown(&keys));
                    continue;
                };
                for branch in branches {
                    let values = items(eval, get(std::slice::from_ref(&keys), &branch.key));
                    let key: Str = branch.key.to_ascii_lowercase().into();
                    let texts: Vec<&Known<Text>> = values.iter().map(|value| &value.value).collect();
                    let grade = grade(&operator.key, &key, &texts);
                    let operator = operator.key.to_ascii_lowercase().into();
                    out.push(keys.with(Condition {
                        key,
                        grade,
                        operator,
                        values,
                    }));
                }
            }
        }
    }
    out.shrink_to_fit();
    out
}

/// How much `operator: {key: values}` bounds.
fn grade(operator: &str, key: &str, values: &[&Known<Text>]) -> Grade {
    let operator = operator.to_ascii_lowercase();
    // With these a request without the key passes: they bound nothing, as `Null` bounds nothing to a name.
    if operator.starts_with("forallvalues:") || operator == "null" {
        return Grade::Weak;
    }
    let wild = operator.contains("like") || operator.contains("arnequals");
    if WEAK_KEYS.contains(&key) || (wild && !values.is_empty() && values.iter().all(|value| is_every(value)))
    {
        return Grade::Weak;
    }
    if operator.contains("not") {
        return Grade::Unknown;
    }
    let is_strong = STRONG_KEYS.iter().any(|strong| match strong.strip_suffix('/') {
        Some(_) => key.starts_with(strong),
        None => key == *strong,
    });
    if is_strong { Grade::Strong } else { Grade::Unknown }
}

fn principals(eval: &Evaluator<'_>, statement: &[Case<Tree>]) -> Vec<Case<TrustPrincipal>> {
    let mut out = Vec::new();
    for (element, inverted) in [("Principal", false), ("NotPrincipal", true)] {
        let cases = get(statement, element);
        for case in &cases {
            let Tree::Map(branches) = &case.value else {
                let named = items(eval, vec![case.clone()]).into_iter();
                out.extend(named.map(|name| {
                    let kind = PrincipalKind::Aws;
                    name.with(TrustPrincipal {
                        kind,
                        name: name.value.clone(),
                        inverted,
                    })
                }));
                continue;
            };
            for branch in branches {
                let kind = match &*branch.key {
                    "AWS" => PrincipalKind::Aws,
                    "Service" => PrincipalKind::Service,
                    "Federated" => PrincipalKind::Federated,
                    _ => PrincipalKind::Other,
                };
                let named = items(eval, get(std::slice::from_ref(case), &branch.key)).into_iter();
                out.extend(named.map(|name| {
                    name.with(TrustPrincipal {
                        kind,
                        name: name.value.clone(),
                        inverted,
                    })
                }));
            }
        }
    }
    out.shrink_to_fit();
    out
}

/// The statements of an AWS managed policy, all of which stand where it is attached.
pub(super) fn managed(statements: &[ManagedStatement], span: Span) -> Vec<Statement> {
    let known = |word: &&'static str| Case::new(Known::Value(Text::literal(*word)), span);
    let selection = |words: Words| match words {
        Words::Only(words) => Selection {
            only: words.iter().map(known).collect(),
            all_but: Items::new(),
        },
        Words::AllBut(words) => Selection {
            only: Items::new(),
            all_but: words.iter().map(known).collect(),
        },
    };
    let statement = |statement: &ManagedStatement| Statement {
        effect: Effect::Allow,
        guard: Guard::True,
        span,
        trail: Trail::default(),
        actions: selection(statement.actions),
        resources: selection(statement.resources),
        conditions: statement
            .conditions
            .iter()
            .map(|condition| {
                let values: Items = condition.values.iter().map(known).collect();
                let texts: Vec<&Known<Text>> = values.iter().map(|value| &value.value).collect();
                let key: Str = condition.key.to_ascii_lowercase().into();
                let grade = grade(condition.operator, &key, &texts);
                let operator = condition.operator.to_ascii_lowercase().into();
                Case::new(
                    Condition {
                        key,
                        grade,
                        operator,
                        values,
                    },
                    span,
                )
            })
            .collect(),
        principals: Vec::new(),
        loose: OnceLock::new(),
    };
    statements.iter().map(statement).collect()
}
