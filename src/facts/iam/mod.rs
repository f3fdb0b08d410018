//! Roles, users and groups; what their policies allow; what roles are used for.

mod build;
pub mod deployment;
mod document;
mod documented;
pub mod escalation;
pub mod excess;
mod given;
pub mod grant;
pub mod pattern;
pub mod permission;
mod spelling;
pub mod statement;
mod usage;

pub use build::build;
pub use documented::documented_for;
pub use given::Given;
pub use pattern::{Reach, covers, overlaps, reach};
pub use permission::{On, Permission, may_be_allowed_by};
pub use statement::{
    Condition, Effect, Grade, Items, PrincipalKind, Selection, Statement, TrustPrincipal, statements,
};
pub use usage::Use;

use rustc_hash::FxHashMap;

use super::Inventory;
use crate::aws::iam::RoleClass;
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text, Unknown, when_any};
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// Holders of a policy that a message names; the others are counted.
const MAX_NAMED: usize = 3;

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A role.
    Role,
    /// A user.
    User,
    /// A group of users.
    Group,
}

impl Kind {
    /// The word for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Role => "role",
            Kind::User => "user",
            Kind::Group => "group",
        }
    }
}

/// A role, user or group.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The resource.
    pub id: ResourceId,
    /// What it is.
    pub kind: Kind,
    /// The physical names that its template gives it.
    pub names: Vec<Text>,
    /// What it is used for; empty for users and groups, and for roles that nothing here uses.
    pub uses: Vec<Use>,
    /// Who may assume it; empty for users and groups.
    pub trust: Vec<Statement>,
    /// When and why the trust policy is not known.
    pub trust_open: Vec<Case<Unknown>>,
    /// When and why it is not known which policies are attached.
    pub open: Vec<Case<Unknown>>,
    /// The policies that bound it, as indices into [`Iam::policies`].
    pub boundaries: Vec<Case<Known<usize>>>,
}

impl Principal {
    /// True when it is used as a role of this class.
    pub fn is(&self, class: RoleClass) -> bool {
        self.uses.iter().any(|usage| usage.class == class)
    }

    /// Where a service, given as `ec2.`, is named in the trust policy.
    pub fn trust_in(&self, service: &str) -> Option<Span> {
        let names = self.trust.iter().flat_map(|statement| &statement.principals);
        let mut services = names.filter(|case| case.value.kind == PrincipalKind::Service);
        let named = services.find(
            |case| matches!(&case.value.name, Known::Value(text) if text.prefix().starts_with(service)),
        );
        named.map(|case| case.span)
    }

    /// True when a service, given as `ec2.`, is named in the trust policy.
    pub fn trusts(&self, service: &str) -> bool {
        self.trust_in(service).is_some()
    }
}

/// Where a policy comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An entry of a principal's `Policies`.
    Inline,
    /// A resource that puts an inline policy into principals: `AWS::IAM::Policy`, `AWS::IAM::RolePolicy` …
    Apart,
    /// `AWS::IAM::ManagedPolicy`.
    Managed,
    /// A policy that AWS manages; the text behind `:aws:policy/` in its ARN.
    Aws(Str),
}

/// A policy. One that AWS manages stands here once for every place that attaches it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The resource it is written in.
    pub id: ResourceId,
    /// Where it comes from.
    pub origin: Origin,
    /// Its name, as far as it is known.
    pub name: Option<Str>,
    /// When it is there, its resource given.
    pub guard: Guard,
    /// Where it stands.
    pub span: Span,
    /// Its statements. Of AWS managed policies that are too long for the digest there are none.
    pub statements: Vec<Statement>,
    /// When and why statements are not known.
    pub open: Vec<Case<Unknown>>,
    /// The principals it is attached to, as indices into [`Iam::principals`], each with when, where the
    /// principal exists. The span is the place that attaches it.
    pub holders: Vec<Case<usize>>,
}

/// The IAM facts of a project.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    /// Roles, users and groups, in the order of the templates.
    pub principals: Vec<Principal>,
    /// Policies, in the order of the templates.
    pub policies: Vec<Policy>,
    /// True when something here denies or bounds; without, nothing is withheld.
    has_limits: bool,
    /// Policies that are attached apart, and to whom is not known; as indices.
    adrift: Vec<usize>,
    /// Principals by resource, as indices.
    by_id: FxHashMap<ResourceId, usize>,
    /// What each principal holds, parallel to the principals: indices into the policies and into their holders.
    held: Vec<Vec<(usize, usize)>>,
}

impl Iam {
    /// The principal of a resource.
    pub fn principal(&self, id: ResourceId) -> Option<&Principal> {
        self.principals.get(*self.by_id.get(&id)?)
    }

    /// The principals a policy is attached to, each with when.
    pub fn holders<'s>(
        &'s self,
        policy: &'s Policy,
    ) -> impl Iterator<Item = (&'s Case<usize>, &'s Principal)> {
        let principal = |case: &'s Case<usize>| Some((case, self.principals.get(case.value)?));
        policy.holders.iter().filter_map(principal)
    }

    /// The policies of a principal, each with when it is attached; the policies that bound it are not among them.
    pub fn policies_of(&self, id: ResourceId) -> impl Iterator<Item = (&Case<usize>, &Policy)> {
        let held = self.by_id.get(&id).and_then(|index| self.held.get(*index));
        held.into_iter().flatten().filter_map(|(policy, holder)| {
            let policy = self.policies.get(*policy)?;
            Some((policy.holders.get(*holder)?, policy))
        })
    }

    /// True when some holder of the policy is used as a role of this class.
    pub fn held_by(&self, policy: &Policy, class: RoleClass) -> bool {
        self.holders(policy).any(|(_, principal)| principal.is(class))
    }

    /// True when some holder of the policy is used as a role of one of these classes.
    pub fn held_by_any(&self, policy: &Policy, classes: &[RoleClass]) -> bool {
        classes.iter().any(|class| self.held_by(policy, *class))
    }

    /// When everything that an action pattern of a policy allows on all resources is taken away again: by a `Deny` of
    /// the same on `*`, or because every holder is bounded by a policy that does not give it.
    pub fn withheld(&self, policy: &Policy, pattern: &str) -> Guard {
        if !self.has_limits {
            return Guard::False;
        }
        let own = self.denied(policy, pattern);
        if policy.holders.is_empty() || own == Guard::True {
            return own;
        }
        let everywhere = self.holders(policy).map(|(case, principal)| {
            // Where the holder does not hold the policy, it does not matter for it.
            self.withheld_from(principal, pattern).or(&case.guard.negated())
        });
        let everywhere = Guard::all(everywhere.collect::<Vec<_>>());
        own.or(&everywhere.and(&when_any(&policy.holders)))
    }

    /// When a principal has nothing of an action pattern on all resources, whatever its policies allow: a `Deny` of the
    /// same on `*` takes it away, or a boundary does not give it.
    pub fn withheld_from(&self, principal: &Principal, pattern: &str) -> Guard {
        if !self.has_limits {
            return Guard::False;
        }
        let denied = self
            .policies_of(principal.id)
            .map(|(attached, other)| attached.guard.and(&self.denied(other, pattern)));
        let bounded = principal
            .boundaries
            .iter()
            .filter(|case| self.is_outside(&case.value, pattern))
            .map(|case| case.guard.clone());
        Guard::any(denied.chain(bounded))
    }

    /// When a `Deny` on every resource takes an action, given as `service:Action`, from a principal under a condition,
    /// such as that a request names no permissions boundary.
    pub fn bounded_by_denial(&self, principal: &Principal, action: &str) -> Guard {
        if !self.has_limits {
            return Guard::False;
        }
        let denials = self.policies_of(principal.id).flat_map(|(attached, policy)| {
            let denials = policy
                .statements
                .iter()
                .filter(|statement| statement.effect == Effect::Deny);
            denials.map(move |statement| (attached.guard.and(&policy.guard), statement))
        });
        let bounds = denials.map(|(held, statement)| {
            let actions = statement.actions.only.iter().filter(|case| {
                matches!(&case.value, Known::Value(text) if text.as_literal().is_some_and(|deny| covers(&deny, action)))
            });
            let actions = Guard::any(actions.map(|case| case.guard.clone()));
            // `Null` asks whether a key is there at all, which is how a boundary is required.
            let conditions = statement.conditions.iter().filter(|case| {
                case.value.grade > Grade::Weak || &*case.value.operator == "null"
            });
            let conditions = Guard::any(conditions.map(|case| case.guard.clone()));
            Guard::all([held, statement.guard.clone(), statement.on_everything(), actions, conditions])
        });
        Guard::any(bounds)
    }

    /// The policies that are written in the templates with their statements; what AWS manages is judged as a whole.
    pub fn written(&self) -> impl Iterator<Item = (&Policy, &Statement)> {
        let written = self
            .policies
            .iter()
            .filter(|policy| !matches!(policy.origin, Origin::Aws(_)));
        written.flat_map(|policy| policy.statements.iter().map(move |statement| (policy, statement)))
    }

    /// When a policy denies a pattern on every resource without a condition.
    fn denied(&self, policy: &Policy, pattern: &str) -> Guard {
        let denials = policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Deny)
            .filter(|statement| statement.conditions.is_empty());
        Guard::any(denials.map(|statement| {
            let stars = statement.resources.only.iter().filter(|case| statement::is_every(&case.value));
            let stars = Guard::any(stars.map(|case| case.guard.clone()));
            let actions = statement.actions.only.iter().filter(|case| {
                matches!(&case.value, Known::Value(text) if text.as_literal().is_some_and(|deny| covers(&deny, pattern)))
            });
            let actions = Guard::any(actions.map(|case| case.guard.clone()));
            policy.guard.and(&statement.guard).and(&stars).and(&actions)
        }))
    }

    /// True when a boundary is known and gives nothing of an action pattern on every resource.
    fn is_outside(&self, boundary: &Known<usize>, pattern: &str) -> bool {
        let Known::Value(index) = boundary else {
            return false;
        };
        let Some(policy) = self.policies.get(*index) else {
            return false;
        };
        let gives = |statement: &Statement| {
            let meets = |case: &Case<Known<Text>>| match &case.value {
                Known::Value(text) => match text.as_literal() {
                    Some(given) if covers(pattern, "*") => covers(&given, pattern),
                    Some(given) => overlaps(&given, pattern),
                    None => true,
                },
                Known::Unknown(_) => true,
                Known::Absent => false,
            };
            let acts = statement.actions.only.iter().any(meets) || !statement.actions.all_but.is_empty();
            acts && (!statement.on_everything().is_never() || has_unknown(&statement.resources.only))
        };
        let is_known = policy.open.is_empty() && !policy.statements.is_empty();
        is_known
            && !policy
                .statements
                .iter()
                .any(|statement| statement.effect == Effect::Allow && gives(statement))
    }

    /// A policy in words, with the principals that have it: `inline policy X of role Y`.
    pub fn described(&self, inventory: &Inventory<'_>, policy: &Policy) -> String {
        let id = inventory.logical_id(policy.id);
        let name = match (&policy.origin, &policy.name) {
            (Origin::Inline, Some(name)) => format!("inline policy `{name}`"),
            (Origin::Inline, None) => "an inline policy".to_owned(),
            (Origin::Apart, _) => format!("policy `{id}`"),
            (Origin::Managed, _) => format!("managed policy `{id}`"),
            (Origin::Aws(path), _) => format!("AWS managed policy `{path}`"),
        };
        let holders = self.named_holders(inventory, policy);
        if holders.is_empty() {
            name
        } else {
            format!("{name} of {holders}")
        }
    }

    /// The principals that have a policy, in words: `role X`.
    fn named_holders(&self, inventory: &Inventory<'_>, policy: &Policy) -> String {
        let mut names: Vec<String> = Vec::new();
        for (_, principal) in self.holders(policy) {
            let name = format!(
                "{} `{}`",
                principal.kind.noun(),
                inventory.logical_id(principal.id)
            );
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let more = names.len().saturating_sub(MAX_NAMED);
        names.truncate(MAX_NAMED);
        match more {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// What the holders of a policy are used for, and where, as evidence.
    pub fn evidence(&self, inventory: &Inventory<'_>, policy: &Policy) -> Vec<Label> {
        let mut labels = Vec::new();
        for (case, principal) in self.holders(policy).take(MAX_NAMED) {
            if principal.id != policy.id {
                labels.extend(inventory.hops(&case.trail));
                let noun = principal.kind.noun();
                let name = inventory.logical_id(principal.id);
                labels.push(inventory.declared(principal.id, format!("{noun} `{name}` has the policy")));
            }
            labels.extend(principal.used_by(inventory));
        }
        labels
    }
}

impl Principal {
    /// What the role is used for, and where, as evidence.
    pub fn used_by(&self, inventory: &Inventory<'_>) -> Vec<Label> {
        let label = |usage: &Use| {
            let role = inventory.logical_id(self.id);
            let text = format!("`{role}` is {}", usage.shown(inventory));
            inventory.evidence(usage.by, usage.place, text)
        };
        self.uses.iter().take(MAX_NAMED).map(label).collect()
    }
}

/// True when some item is not known.
fn has_unknown(items: &Items) -> bool {
    items.iter().any(|case| matches!(case.value, Known::Unknown(_)))
}

#[cfg(test)]
mod tests;
