//! Rules that are declared in YAML: what they are about, what they assert, what they say. The file is a rule like any
//! other: it has a name, words, fixtures, and three answers.

mod assertion;
mod file;
mod place;
mod reader;
mod steps;
mod verdict;
mod words;

use std::sync::OnceLock;

pub use file::{SCHEMA_ID, problems, read, schema};

use assertion::{Assertion, Root};
use steps::Steps;
use verdict::{Doubt, Seen, Verdict};
use words::{Filling, Words};

use super::{Context, Finding, Question};
use crate::eval::{Case, Guard, Path, Unknown, Value, when_any};
use crate::project::ResourceId;
use crate::source::{Span, Str};
use crate::yaml::Node;

/// What a declared rule is about and asserts. It is compiled when it first meets a resource of its types.
#[derive(Debug)]
pub struct Declaration {
    /// The types of the resources it is about.
    pub types: &'static [&'static str],
    file: File,
    body: OnceLock<Body>,
}

/// The file of a rule, which is right.
#[derive(Debug)]
enum File {
    /// One of ours, as it is written.
    Text(&'static str),
    /// A user's, which was read to see whether it is right.
    Mapping(Node),
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
    /// One of ours; a test sees to it that its text is right and about these types.
    pub const fn embedded(types: &'static [&'static str], text: &'static str) -> Self {
        Self {
            types,
            file: File::Text(text),
            body: OnceLock::new(),
        }
    }

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
        let body = self.body.get_or_init(|| file::compiled(&self.file));
        let steps = Steps::new(inventory);
        for id in ids {
            body.judge(cx, &steps, id);
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

impl Item<'_> {
    /// What is not known of the verdict, and of whether the rule is about the item where it fails or may fail.
    fn doubts(&self, verdict: &Verdict) -> Vec<Case<Doubt>> {
        let may_fail = when_any(&verdict.fail).or(&when_any(&verdict.open));
        let may_concern = when_any(&self.condition.pass).or(&when_any(&self.condition.open));
        let of_verdict = verdict.open.iter().map(|case| case.clone().when(&may_concern));
        let of_condition = self.condition.open.iter().map(|case| {
            let doubt = Doubt::from(case.value.reason.clone());
            case.with(doubt).when(&may_fail)
        });
        let all = of_verdict.chain(of_condition).map(|case| case.when(&self.guard));
        all.filter(|case| !case.guard.is_never()).collect()
    }
}

impl Body {
    fn judge<'a>(&self, cx: &mut Context<'_, 'a>, steps: &Steps<'_, 'a>, id: ResourceId) {
        let inventory = steps.inventory;
        let resource = Root::Resource(id);
        let place = inventory.project().resource(id).id.span;
        let condition = match &self.condition {
            Some(condition) => condition.judge(steps, &resource),
            None => Verdict {
                pass: vec![Case::new(Seen::default(), place)],
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
            return self.judge_item(cx, steps, &item);
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
                    self.judge_item(cx, steps, &item);
                }
            }
        }
        let concerned = when_any(&condition.pass).or(&when_any(&condition.open));
        let place = unknown
            .first()
            .map_or(place, |case| place::first_line(inventory, case.span));
        let open = unknown.into_iter().map(|case| case.when(&concerned)).collect();
        let message = format!("whether in `{}` {}", inventory.logical_id(id), cx.rule().summary);
        cx.ask(Question {
            subject: id,
            place,
            message,
            open,
        });
    }

    fn judge_item<'a>(&self, cx: &mut Context<'_, 'a>, steps: &Steps<'_, 'a>, item: &Item<'a>) {
        let verdict = self.require.judge(steps, &item.root);
        let open = item.doubts(&verdict);
        let mut says: Vec<Str> = Vec::new();
        let asked = open.iter().map(|case| &case.value.says);
        let failed = verdict.fail.iter().map(|case| &case.value.says);
        for words in asked.chain(failed).flatten() {
            if !says.contains(words) {
                says.push(words.clone());
            }
        }
        let message = self.question(cx, item, &says);
        let findings: Vec<Finding> = Verdict::joined(verdict.fail)
            .into_iter()
            .map(|case| self.finding(cx, item, &case))
            .collect();
        cx.conclude(
            findings,
            Question {
                subject: item.id,
                place: item.place,
                message,
                open: open
                    .iter()
                    .map(|case| case.with(case.value.reason.clone()))
                    .collect(),
            },
        );
    }

    /// What is said of a failure.
    fn finding<'a>(&self, cx: &Context<'_, 'a>, item: &Item<'a>, case: &Case<Seen>) -> Finding {
        let filling = Filling {
            inventory: cx.inventory(),
            id: item.id,
            root: &item.root,
            value: case.value.value.as_ref(),
            says: case.value.says.as_ref(),
        };
        let mut finding = Finding::new(item.id, case.span, self.message.fill(&filling))
            .when(&case.guard)
            .when(&when_any(&item.condition.pass))
            .when(&item.guard)
            .because(case.value.related.clone())
            .through(cx.inventory(), &case.trail);
        if let Some(label) = &self.label {
            finding = finding.label(label.fill(&filling));
        }
        if let Some(says) = &case.value.says {
            finding = finding.atom(&**says);
        }
        finding.help = self.help.as_ref().map(|help| help.fill(&filling));
        finding
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
