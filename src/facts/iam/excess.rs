//! What roles of deployments have beyond any deployment.

use super::grant::{literal, place};
use super::pattern::covers;
use super::statement::{Effect, Statement};
use super::{Iam, Origin, Policy, Principal};
use crate::aws::managed_policies::{Verdict, classify};
use crate::eval::Guard;
use crate::project::ResourceId;
use crate::source::Span;

/// The policy for everything but IAM.
const POWER_USER: &str = "PowerUserAccess";

/// Something that gives a role too much.
#[derive(Clone, Debug)]
pub struct Excess {
    /// When the role has it.
    pub guard: Guard,
    /// The policy that gives it.
    pub policy: ResourceId,
    /// Where it stands.
    pub span: Span,
    /// What is to be seen there.
    pub seen: &'static str,
    /// What the role is able to do, as the rest of a sentence about it.
    pub what: &'static str,
    /// How much it is; 0 is the worst.
    rank: usize,
}

impl Excess {
    /// True for everything on everything, which administrator-access reports.
    pub fn is_administrator(&self) -> bool {
        self.rank == ADMINISTRATOR
    }
}

/// The rank of everything on everything.
const ADMINISTRATOR: usize = 0;

/// An action pattern that no statement of a role should cover on every resource.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    /// The pattern.
    pub pattern: &'static str,
    /// What is to be seen where it stands.
    pub seen: &'static str,
    /// What the role is able to do by it.
    pub what: &'static str,
}

/// Everything in IAM.
pub const IAM: Whole = Whole {
    pattern: "iam:*",
    seen: "every action of IAM",
    what: "may do everything in IAM",
};

impl Iam {
    /// What a role has of administrator access, of `PowerUserAccess`, and of some patterns on every resource, without a
    /// condition that bounds it.
    pub fn excesses(&self, principal: &Principal, wholes: &[Whole]) -> Vec<Excess> {
        let mut out = Vec::new();
        for (attached, policy) in self.policies_of(principal.id) {
            let found = match &policy.origin {
                Origin::Aws(path) => self.managed(policy, path, attached.span).into_iter().collect(),
                _ => policy
                    .statements
                    .iter()
                    .flat_map(|statement| self.stated(policy, statement, wholes))
                    .collect::<Vec<_>>(),
            };
            out.extend(found.into_iter().map(|excess| Excess {
                guard: excess.guard.and(&attached.guard),
                ..excess
            }));
        }
        out.retain(|excess| !excess.guard.is_never());
        // What holds always says more than what is worse and holds sometimes.
        out.sort_by_key(|excess| (excess.guard != Guard::True, excess.rank));
        out
    }

    /// When a principal has administrator access in some form.
    pub fn is_administrator(&self, principal: &Principal) -> Guard {
        let excesses = self.excesses(principal, &[]);
        let all = excesses.iter().filter(|excess| excess.is_administrator());
        Guard::any(all.map(|excess| excess.guard.clone()))
    }

    fn managed(&self, policy: &Policy, path: &str, span: Span) -> Option<Excess> {
        let (rank, what) = match classify(path) {
            Verdict::Administrator => (ADMINISTRATOR, "has administrator access"),
            _ if path == POWER_USER => (1, "may do everything but manage users"),
            _ if path == "IAMFullAccess" => (2, IAM.what),
            _ => return None,
        };
        Some(Excess {
            guard: self.withheld(policy, "*").negated(),
            policy: policy.id,
            span,
            seen: what,
            what,
            rank,
        })
    }

    fn stated(&self, policy: &Policy, statement: &Statement, wholes: &[Whole]) -> Vec<Excess> {
        if statement.effect != Effect::Allow {
            return Vec::new();
        }
        let all = statement
            .administrator()
            .and(&self.withheld(policy, "*").negated());
        if !all.is_never() {
            return vec![Excess {
                guard: policy.guard.and(&all),
                policy: policy.id,
                span: place(&statement.actions.only).unwrap_or(statement.span),
                seen: "everything on every resource",
                what: "has administrator access",
                rank: ADMINISTRATOR,
            }];
        }
        let base = Guard::all([
            policy.guard.clone(),
            statement.guard.clone(),
            statement.on_everything(),
            statement.bounded().negated(),
        ]);
        let mut out = Vec::new();
        for (index, whole) in wholes.iter().enumerate() {
            let mut items = statement.actions.only.iter();
            let covering =
                items.find(|case| literal(&case.value).is_some_and(|given| covers(&given, whole.pattern)));
            out.extend(covering.map(|case| Excess {
                guard: Guard::all([
                    base.clone(),
                    case.guard.clone(),
                    self.withheld(policy, whole.pattern).negated(),
                ]),
                policy: policy.id,
                span: case.span,
                seen: whole.seen,
                what: whole.what,
                rank: index + 2,
            }));
        }
        out
    }
}

/// Excesses with when each is the one to speak of: where none before it is there.
pub fn by_turn(excesses: &[Excess]) -> Vec<(&Excess, Guard)> {
    let mut before = Guard::False;
    let mut out = Vec::new();
    for excess in excesses {
        out.push((excess, excess.guard.and(&before.negated())));
        before = before.or(&excess.guard);
    }
    out
}
