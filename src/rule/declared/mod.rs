//! Rules that are declared in YAML: what they are about, what they assert, what they say. The file is a rule like any
//! other: it has a name, words, fixtures, and three answers.

mod assertion;
mod file;
mod place;
mod verdict;
mod words;

use std::sync::OnceLock;

pub use file::{SCHEMA_ID, built_in, problems, read, schema};

use assertion::{Assertion, Root};
use verdict::{Verdict, when};
use words::{Filling, Words};

use super::{Context, Finding, Question};
use crate::eval::{Case, Guard, Path, Unknown, Value};
use crate::project::ResourceId;
use crate::source::{Span, Str};
use crate::yaml::Node;

/// What a declared rule is about and asserts. It is compiled when it first meets a resource of its types.
#[derive(Debug)]
pub struct Declaration {
    /// The types of the resources it is about.
    pub types: Vec<Str>,
    /// The mapping of the file.
    node: Node,
    body: OnceLock<Body>,
}

/// The compiled part of a rule file.
#[derive(Debug)]
struct Body {
    /// Which of the resources it is about.
    condition: Option<Assertion>,
    /// What in a resource it is about, if not the resource itself.
    for_each: Option<Path>,
    require: Assertion,
    message: Words,
    label: Option<Words>,
    help: Option<Words>,
}

impl Declaration {
    /// Judges every resource of the rule's types.
    pub fn check(&self, cx: &mut Context<'_, '_>) {
        let inventory = cx.inventory();
        let ids: Vec<ResourceId> = self
            .types
            .iter()
            .flat_map(|type_name| inventory.of_type(type_name))
            .copied()
            .collect();
        if ids.is_empty() {
            return;
        }
        let body = self.body.get_or_init(|| file::body(&self.node, &mut Vec::new()));
        for id in ids {
            body.judge(cx, id);
        }
    }
}

/// Something that the rule judges, with what it is called and when the rule is about it.
struct Item<'a> {
    id: ResourceId,
    root: Root<'a>,
    place: Span,
    /// When it is there.
    guard: Guard,
    /// Whether the rule is about it.
    condition: Verdict,
}

impl Body {
    fn judge(&self, cx: &mut Context<'_, '_>, id: ResourceId) {
        let inventory = cx.inventory();
        let resource = Root::Resource(id);
        let place = inventory.project().resource(id).id.span;
        let condition = match &self.condition {
            Some(condition) => condition.judge(inventory, &resource),
            None => Verdict {
                pass: vec![Case::new(verdict::Seen::default(), place)],
                ..Verdict::default()
            },
        };
        let Some(path) = &self.for_each else {
            let item = Item {
                id,
                root: resource,
                place,
                guard: Guard::True,
                condition,
            };
            return self.judge_item(cx, &item);
        };
        let mut unknown: Vec<Case<Unknown>> = Vec::new();
        for case in resource.select(inventory, path) {
            match &case.value {
                Value::Absent => {}
                Value::Unknown(reason) => unknown.push(case.with(reason.clone())),
                _ => {
                    let item = Item {
                        id,
                        place: place::of_item(inventory, &case.value, case.span),
                        guard: case.guard.clone(),
                        root: Root::Item(case),
                        condition: condition.clone(),
                    };
                    self.judge_item(cx, &item);
                }
            }
        }
        let concerned = when(&condition.pass);
        let place = unknown
            .first()
            .map_or(place, |case| place::first_line(inventory, case.span));
        let open = unknown.into_iter().map(|case| case.when(&concerned)).collect();
        let message = format!("whether {} in `{}`", cx.rule().summary, inventory.logical_id(id));
        cx.ask(Question {
            subject: id,
            place,
            message,
            open,
        });
    }

    fn judge_item<'a>(&self, cx: &mut Context<'_, 'a>, item: &Item<'a>) {
        let inventory = cx.inventory();
        let concerned = when(&item.condition.pass).and(&item.guard);
        let verdict = self.require.judge(inventory, &item.root);
        let fails = when(&verdict.fail);
        let mut says: Vec<Str> = Vec::new();
        let mut open: Vec<Case<Unknown>> = Vec::new();
        for case in verdict.open {
            let case = case.when(&concerned);
            if !case.guard.is_never() {
                says.extend(case.value.says.clone().filter(|words| !says.contains(words)));
                open.push(case.with(case.value.reason.clone()));
            }
        }
        // Whether the rule is about it matters only where it would fail.
        let doubts = item.condition.open.iter();
        open.extend(doubts.map(|case| {
            let reason = case.value.reason.clone();
            case.with(reason).when(&fails.and(&item.guard))
        }));
        if says.is_empty() {
            says.extend(verdict.fail.iter().filter_map(|case| case.value.says.clone()));
            says.dedup();
        }
        let findings: Vec<Finding> = Verdict::joined(verdict.fail)
            .into_iter()
            .map(|case| {
                let filling = Filling {
                    inventory,
                    id: item.id,
                    root: &item.root,
                    value: case.value.value.as_ref(),
                    says: case.value.says.as_ref(),
                };
                let mut finding = Finding::new(item.id, case.span, self.message.fill(&filling))
                    .when(&case.guard)
                    .when(&concerned)
                    .because(case.value.related.clone())
                    .through(inventory, &case.trail);
                if let Some(label) = &self.label {
                    finding = finding.label(label.fill(&filling));
                }
                finding.help = self.help.as_ref().map(|help| help.fill(&filling));
                if let Some(says) = &case.value.says {
                    finding = finding.atom(&**says);
                }
                finding
            })
            .collect();
        let message = self.question(cx, item, &says);
        cx.conclude(
            findings,
            Question {
                subject: item.id,
                place: item.place,
                message,
                open,
            },
        );
    }

    /// What is asked where it cannot be decided: "whether" and the message, with what may be wrong.
    fn question<'a>(&self, cx: &Context<'_, 'a>, item: &Item<'a>, says: &[Str]) -> String {
        let says = verdict::enumerated(says, "or");
        let filling = Filling {
            inventory: cx.inventory(),
            id: item.id,
            root: &item.root,
            value: None,
            says: says.as_ref(),
        };
        format!("whether {}", self.message.fill(&filling))
    }
}
