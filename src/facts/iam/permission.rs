//! Whether a principal may do something: over all of its policies together, with what denies, bounds and is not known.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::cell::OnceCell;

use super::pattern::{covers, is_star, overlaps};
use super::spelling::{Fit, Wanted, fits};
use super::statement::{PrincipalKind, Selection, statements};
use super::{Effect, Iam, Items, Kind, Origin, Policy, Statement};
use crate::eval::{Case, Cases, Guard, Known, Part, Text, Unknown, when_any};
use crate::facts::Inventory;
use crate::project::ResourceId;

/// On what an action is to be allowed.
#[derive(Clone, Copy, Debug)]
pub enum On<'t> {
    /// Every resource. Also right for an action that works on no resource, which only `*` allows.
    Every,
    /// Some resource, whichever.
    Some,
    /// This resource, in all the ways its ARN may be spelled; one that matches is enough. References to the project's
    /// resources may stand in it as `Ref` and `Fn::GetAtt` give them.
    Arn(&'t [Text]),
}

/// Whether a principal may do something.
///
/// Where neither [`Permission::has`] nor [`Permission::lacks`] holds it is not certain: because of something that
/// [`Permission::open`] names, or of a condition, a boundary or an AWS managed policy that is not judged here.
#[derive(Clone, Debug)]
pub struct Permission {
    /// When it certainly may.
    pub has: Guard,
    /// When it certainly may not: all of its policies are known, nobody else can attach one, none of them allows it.
    pub lacks: Guard,
    /// When and why it is not certain, where values or templates that are not known are to blame. A case can overlap with
    /// [`Permission::has`], in which it does not matter.
    pub open: Vec<Case<Unknown>>,
}

/// What policies give, or take away.
#[derive(Debug)]
struct Given {
    yes: Guard,
    /// Never narrower than `yes`.
    maybe: Guard,
    open: Vec<Case<Unknown>>,
}

impl Given {
    fn nothing() -> Given {
        Given {
            yes: Guard::False,
            maybe: Guard::False,
            open: Vec::new(),
        }
    }

    fn add(&mut self, other: Given, when: &Guard) {
        self.yes = self.yes.or(&other.yes.and(when));
        self.maybe = self.maybe.or(&other.maybe.and(when));
        self.open
            .extend(other.open.into_iter().map(|case| case.when(when)));
    }

    fn unknown(&mut self, case: Case<Unknown>) {
        self.maybe = self.maybe.or(&case.guard);
        self.open.push(case);
    }
}

impl Iam {
    /// Whether a principal, given by its resource, may do an action, given as `service:Action`. Policies that others attach
    /// to resources are left out: what a bucket, key or repository allows by itself is the caller's question. The groups of
    /// a user are not known here, so that only roles lack anything.
    pub fn permission(
        &self,
        inventory: &Inventory<'_>,
        principal: ResourceId,
        action: &str,
        on: On<'_>,
    ) -> Permission {
        let declared = inventory.project().resource(principal).id.span;
        let Some(holder) = self.principal(principal) else {
            return Permission {
                has: Guard::False,
                lacks: Guard::False,
                open: Vec::new(),
            };
        };
        let asked = Asked {
            inventory,
            action,
            on,
            wanted: OnceCell::new(),
        };
        let mut allowed = Given::nothing();
        let mut denied = Given::nothing();
        for (attached, policy) in self.policies_of(principal) {
            let here = attached.guard.and(&policy.guard);
            allowed.add(asked.given(policy, Effect::Allow), &here);
            denied.add(asked.given(policy, Effect::Deny), &here);
        }
        holder.open.iter().for_each(|case| allowed.unknown(case.clone()));
        let template = inventory.project().template(principal.stack);
        let elsewhere = [
            inventory.escapes(principal).map(Unknown::OpenWorld),
            template.open_because().map(Unknown::Macro),
        ];
        for reason in elsewhere.into_iter().flatten() {
            allowed.unknown(Case::new(reason, declared));
        }
        if holder.kind != Kind::Role || self.may_be_given_elsewhere(&asked) {
            allowed.maybe = Guard::True;
        }
        let mut has = allowed.yes.and(&denied.maybe.negated());
        let mut may = allowed.maybe.and(&denied.yes.negated());
        for boundary in &holder.boundaries {
            let bounds = boundary.guard.negated();
            let policy = match boundary.value {
                Known::Value(index) => self.policies.get(index),
                Known::Absent | Known::Unknown(_) => None,
            };
            let Some(policy) = policy else {
                has = has.and(&bounds);
                continue;
            };
            let (gives, takes) = (
                asked.given(policy, Effect::Allow),
                asked.given(policy, Effect::Deny),
            );
            has = has.and(&bounds.or(&gives.yes.and(&takes.maybe.negated())));
            may = may.and(&bounds.or(&gives.maybe.and(&takes.yes.negated())));
        }
        allowed.open.retain(|case| !case.guard.is_never());
        Permission {
            has,
            lacks: may.negated(),
            open: allowed.open,
        }
    }

    /// True when a policy whose holders are not known would allow it.
    fn may_be_given_elsewhere(&self, asked: &Asked<'_, '_>) -> bool {
        let mut adrift = self.adrift.iter().filter_map(|index| self.policies.get(*index));
        adrift.any(|policy| !asked.given(policy, Effect::Allow).maybe.is_never())
    }
}

/// A question put to policies.
struct Asked<'q, 'a> {
    inventory: &'q Inventory<'a>,
    action: &'q str,
    on: On<'q>,
    /// The resource spelled out, once a statement on the action has been found.
    wanted: OnceCell<Wanted>,
}

impl Asked<'_, '_> {
    /// What a policy gives, or takes away.
    fn given(&self, policy: &Policy, effect: Effect) -> Given {
        let mut out = Given::nothing();
        for statement in policy.statements.iter().filter(|it| it.effect == effect) {
            out.add(self.stated(statement), &Guard::True);
        }
        if effect == Effect::Allow {
            policy.open.iter().for_each(|case| out.unknown(case.clone()));
            // A policy of AWS whose document is not at hand.
            if matches!(policy.origin, Origin::Aws(_)) && policy.statements.is_empty() {
                out.maybe = Guard::True;
            }
        }
        out
    }

    fn stated(&self, statement: &Statement) -> Given {
        let acts = self.chosen(&statement.actions, statement, |item, _| self.is_action(item));
        // Nearly every statement is about something else, and resources are compared piece by piece.
        if acts.maybe.is_never() {
            return Given::nothing();
        }
        let reaches = self.chosen(&statement.resources, statement, |item, is_exception| {
            self.is_resource(item, is_exception, statement.effect)
        });
        let mut open = Vec::new();
        open.extend(acts.open.into_iter().map(|case| case.when(&reaches.maybe)));
        open.extend(reaches.open.into_iter().map(|case| case.when(&acts.maybe)));
        let given = Given {
            yes: acts.yes.and(&reaches.yes),
            maybe: acts.maybe.and(&reaches.maybe),
            open,
        };
        let mut out = Given::nothing();
        out.add(given, &statement.guard);
        // A condition that hardly bounds neither takes anything back nor makes a denial one for good.
        let bounded = statement.bounded();
        let conditional = when_any(&statement.conditions);
        match statement.effect {
            Effect::Allow => out.yes = out.yes.and(&bounded.negated()),
            Effect::Deny => {
                out.yes = out.yes.and(&conditional.negated());
                out.maybe = out.maybe.and(&conditional.negated().or(&bounded));
            }
        }
        out
    }

    /// When `Action` or `Resource` names what is asked for, or `NotAction` or `NotResource` leaves it in.
    fn chosen(
        &self,
        selection: &Selection,
        statement: &Statement,
        judge: impl Fn(&Known<Text>, bool) -> Fit,
    ) -> Given {
        let mut out = named(&selection.only, |item| judge(item, false));
        if !selection.all_but.is_empty() {
            let is_there = when_any(&selection.all_but);
            let exceptions = named(&selection.all_but, |item| judge(item, true));
            let rest = Given {
                yes: exceptions.maybe.negated(),
                maybe: exceptions.yes.negated(),
                open: exceptions.open,
            };
            out.add(rest, &is_there);
        }
        out.open.iter_mut().for_each(|case| {
            case.trail = statement.trail.clone().then(&case.trail);
        });
        out
    }

    fn is_action(&self, item: &Known<Text>) -> Fit {
        match item {
            Known::Absent => Fit::certain(false),
            Known::Unknown(reason) => Fit::unsure(Some(reason.clone())),
            Known::Value(text) => match text.as_literal() {
                Some(pattern) => Fit::certain(covers(&pattern, self.action)),
                None if overlaps(&opened(text), self.action) => Fit::unsure(text.unknown()),
                None => Fit::certain(false),
            },
        }
    }

    /// `is_exception`: the item is one of `NotResource`.
    fn is_resource(&self, item: &Known<Text>, is_exception: bool, effect: Effect) -> Fit {
        let text = match item {
            Known::Absent => return Fit::certain(false),
            Known::Unknown(reason) => return Fit::unsure(Some(reason.clone())),
            Known::Value(text) => text,
        };
        let is_variable = matches!(
            text.as_part(),
            Some(Part::Variable(_) | Part::Unknown(_) | Part::Dynamic(_))
        );
        match (self.on, effect) {
            _ if is_star(text) => Fit::certain(true),
            (On::Arn(resource), _) => {
                let wanted = self.wanted.get_or_init(|| Wanted::new(self.inventory, resource));
                fits(self.inventory, text, wanted)
            }
            // All but something is not all, and all but something is some.
            (On::Every, _) if is_exception => Fit::unsure(None),
            (On::Some, _) if is_exception => Fit::certain(false),
            (On::Every, Effect::Allow) if is_variable => Fit::unsure(text.unknown()),
            (On::Every, Effect::Allow) => Fit::certain(false),
            (On::Some, Effect::Allow) => Fit::certain(true),
            // What is taken away of one resource leaves the others.
            (On::Every, Effect::Deny) => Fit::unsure(None),
            (On::Some, Effect::Deny) => Fit::certain(false),
        }
    }
}

/// When an item is what is asked for.
fn named(items: &Items, judge: impl Fn(&Known<Text>) -> Fit) -> Given {
    let mut out = Given::nothing();
    for case in items {
        let fit = judge(&case.value);
        let unsure = fit.maybe.and(&fit.yes.negated());
        let open = fit.reason.filter(|_| !unsure.is_never());
        let given = Given {
            yes: fit.yes,
            maybe: fit.maybe,
            open: open
                .map(|reason| Case {
                    guard: unsure,
                    ..case.with(reason)
                })
                .into_iter()
                .collect(),
        };
        out.add(given, &case.guard);
    }
    out
}

/// A text with a star for every part that is not literal.
fn opened(text: &Text) -> String {
    let parts = text.parts().iter().map(|part| match part {
        Part::Literal(text) => &**text,
        _ => "*",
    });
    parts.collect()
}

/// True when the policy of a resource, such as a key, may allow an action to somebody by itself. What it allows to the
/// root of the account is left to the account's own policies, and is not meant.
pub fn may_be_allowed_by<'a>(inventory: &Inventory<'a>, document: Cases<'a>, action: &str) -> bool {
    let (statements, open) = statements(&inventory.eval, document);
    let names_somebody = |statement: &Statement| {
        statement.principals.iter().any(|case| {
            let name = match &case.value.name {
                Known::Value(text) => text.as_literal().unwrap_or_else(|| opened(text).into()),
                Known::Absent | Known::Unknown(_) => return true,
            };
            let is_root =
                name.ends_with(":root") || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()));
            case.value.kind == PrincipalKind::Aws && (!is_root || case.value.inverted)
        })
    };
    let may_act = |item: &Case<Known<Text>>| match &item.value {
        Known::Value(text) => overlaps(&opened(text), action),
        Known::Absent => false,
        Known::Unknown(_) => true,
    };
    let allows = |statement: &Statement| {
        let acts = statement.actions.only.iter().any(may_act) || !statement.actions.all_but.is_empty();
        statement.effect == Effect::Allow && acts && names_somebody(statement)
    };
    !open.is_empty() || statements.iter().any(allows)
}

#[cfg(test)]
mod tests;
