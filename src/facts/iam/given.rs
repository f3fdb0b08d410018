//! What a principal is given by all of its policies together.

use super::grant::{breadth, known, literal};
use super::pattern::{Reach, covers, reach};
use super::statement::{Effect, is_every};
use super::{Iam, Origin, Policy, Principal, Statement};
use crate::eval::{Case, Guard, Known, Text};
use crate::source::{Span, Str};

/// An action pattern that a principal is given.
#[derive(Clone, Debug)]
pub struct Given<'s> {
    /// The policy.
    pub policy: &'s Policy,
    /// The `Allow` statement.
    pub statement: &'s Statement,
    /// The pattern as written.
    pub pattern: Str,
    /// Where it stands; of a policy that AWS manages, where it is attached.
    pub place: Span,
    /// When the principal has the statement with the pattern; resources and conditions are left out.
    pub guard: Guard,
}

impl Iam {
    /// Every action pattern that the policies of a principal allow; `NotAction` is left out.
    pub fn given<'s>(&'s self, principal: &Principal) -> Vec<Given<'s>> {
        let mut out = Vec::new();
        for (attached, policy) in self.policies_of(principal.id) {
            let is_aws = matches!(policy.origin, Origin::Aws(_));
            let allowed = policy
                .statements
                .iter()
                .filter(|statement| statement.effect == Effect::Allow);
            for statement in allowed {
                let base = Guard::all([
                    attached.guard.clone(),
                    policy.guard.clone(),
                    statement.guard.clone(),
                ]);
                let actions = statement.actions.only.iter();
                out.extend(actions.filter_map(|case| {
                    let guard = base.and(&case.guard);
                    (!guard.is_never()).then_some(Given {
                        policy,
                        statement,
                        pattern: literal(&case.value)?,
                        place: if is_aws { attached.span } else { case.span },
                        guard,
                    })
                }));
            }
        }
        out
    }
}

impl Given<'_> {
    /// True when the pattern stands for an action, given as `service:Action`, among others.
    pub fn covers(&self, action: &str) -> bool {
        let service = |name: &str| name.split(':').next().map_or(0, str::len);
        let is_plain = !self
            .pattern
            .get(..service(&self.pattern))
            .is_some_and(|service| service.contains(['*', '?']));
        // Most patterns are about another service, and need no closer look.
        let differs = is_plain
            && !self
                .pattern
                .get(..service(&self.pattern))
                .zip(action.get(..service(action)))
                .is_some_and(|(left, right)| left.eq_ignore_ascii_case(right));
        !differs && covers(&self.pattern, action)
    }

    /// When it is on every resource that the action works on, at least of one account.
    pub fn on_all(&self, action: &str) -> Guard {
        let items = || self.statement.resources.only.iter();
        let stars = Guard::any(
            items()
                .filter(|case| is_every(&case.value))
                .map(|case| case.guard.clone()),
        );
        if stars == Guard::True || reach(items().filter_map(|case| known(&case.value)), action) == Reach::Some
        {
            return stars;
        }
        let far = items()
            .filter(|case| known(&case.value).is_some_and(|text| reach([text], action) > Reach::Some))
            .map(|case| case.guard.clone());
        stars.or(&Guard::any(far))
    }

    /// True when another rule judges what the pattern gives by itself: a wildcard over actions, or a policy of AWS.
    pub fn is_judged_alone(&self) -> bool {
        matches!(self.policy.origin, Origin::Aws(_)) || breadth(&self.pattern).is_some()
    }

    /// The resources of the statement, as far as they are known.
    pub fn resources(&self) -> impl Iterator<Item = (&Case<Known<Text>>, &Text)> {
        let resources = self.statement.resources.only.iter();
        resources.filter_map(|case| Some((case, known(&case.value)?)))
    }
}
