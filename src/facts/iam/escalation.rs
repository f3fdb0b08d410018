//! How a principal comes to more than it is given.

use super::given::Given;
use super::grant::{is_metadata, literal};
use super::pattern::covers;
use super::statement::{Effect, Grade, PrincipalKind, Statement, TrustPrincipal, is_every};
use super::{Iam, Kind, Origin, Policy, Principal};
use crate::aws::escalations::{DIRECT, Escalation, PASSING};
use crate::aws::iam::{ManagedPolicy, OidcProvider, Role, RoleClass};
use crate::aws::iam_actions::{Expansion, expand};
use crate::aws::managed_policies::{Verdict, classify};
use crate::eval::{Case, Guard, Known, Part, Text, Unknown};
use crate::facts::Inventory;
use crate::project::StackId;
use crate::source::Str;

/// The action that passes a role.
pub const PASS_ROLE: &str = "iam:PassRole";

/// The condition key that limits who takes a role.
pub const PASSED_TO: &str = "iam:passedtoservice";

/// Condition keys that limit where a task is started, and not as what.
const WHERE_KEYS: &[&str] = &["ecs:cluster", "ecs:service", "ecs:task-definition"];

/// Pieces of a role's ARN, between colons, before the one with its path and name.
const ROLE_PIECE: usize = 5;

/// What a way leads to.
#[derive(Clone, Debug)]
pub enum Prize<'s> {
    /// More than a name says: any role, user, function.
    Anything,
    /// The holder itself, or a policy that it has.
    Itself,
    /// Any role of the account that trusts the service.
    AnyRole,
    /// A role of the project.
    Role {
        /// The role.
        role: &'s Principal,
        /// Patterns that it is given and the holder is not; empty when there is none.
        beyond: Vec<Str>,
        /// True when it is an administrator.
        is_administrator: bool,
        /// When and why it is not known what it is given.
        open: Vec<Case<Unknown>>,
    },
}

/// A way of one principal.
#[derive(Clone, Debug)]
pub struct Way<'s> {
    /// The row of the table.
    pub row: &'static Escalation,
    /// The action of each step, and what gives it.
    pub steps: Vec<(&'static str, Given<'s>)>,
    /// What it leads to.
    pub prize: Prize<'s>,
    /// When it is open.
    pub guard: Guard,
}

impl Iam {
    /// The ways of a principal, those left out that another rule judges: a single wildcard, a policy of AWS, and
    /// `iam:PassRole` on every role without a condition.
    pub fn ways<'s>(&'s self, inventory: &Inventory<'_>, principal: &'s Principal) -> Vec<Way<'s>> {
        let given = self.given(principal);
        if given.is_empty() {
            return Vec::new();
        }
        let holder = Holder {
            iam: self,
            inventory,
            principal,
            given: &given,
        };
        let mut ways: Vec<Way<'s>> = DIRECT.iter().filter_map(|row| holder.direct(row)).collect();
        if !is_deployer(inventory, principal) {
            ways.extend(PASSING.iter().flat_map(|row| holder.passing(row)));
        } else {
            // To change stacks is what it is for.
            ways.retain(|way| {
                way.steps
                    .iter()
                    .all(|(action, _)| !action.starts_with("cloudformation:"))
            });
        }
        ways
    }

    /// The role of the project that a resource of `iam:PassRole` in a stack names, by reference or by its physical name.
    pub fn named_role<'s>(
        &'s self,
        inventory: &Inventory<'_>,
        stack: StackId,
        resource: &Text,
    ) -> Option<&'s Principal> {
        let of = |text: &Text| inventory.resource_of(&inventory.identity(text), Role::TYPE);
        if let Some(id) = of(resource) {
            return self.principal(id);
        }
        let pieces = resource.split(":");
        let path = pieces.get(ROLE_PIECE)?;
        if !path.prefix().starts_with("role/") {
            return None;
        }
        let name = path.split("/").pop()?;
        if let Some(id) = of(&name) {
            return self.principal(id);
        }
        let is_named = |role: &&Principal| {
            role.kind == Kind::Role
                && role.names.contains(&name)
                && inventory.project().are_related(role.id.stack, stack)
        };
        let mut named = self.principals.iter().filter(is_named);
        named.next().filter(|_| named.next().is_none())
    }
}

/// True for roles that deploy: to register task definitions and to pass their roles is their work.
fn is_deployer(inventory: &Inventory<'_>, principal: &Principal) -> bool {
    const SERVICES: &[&str] = &["codepipeline.", "codebuild.", "codedeploy.", "cloudformation."];
    // Builds outside of AWS log in with OpenID Connect; users of an identity pool do not.
    let is_build = |case: &Case<TrustPrincipal>| match &case.value.name {
        Known::Value(text) => text.parts().iter().any(|part| match part {
            Part::Literal(text) => text.contains(":oidc-provider/"),
            Part::Attribute(id, _) => inventory.type_name(*id) == OidcProvider::TYPE,
            _ => false,
        }),
        Known::Absent | Known::Unknown(_) => false,
    };
    let mut principals = principal.trust.iter().flat_map(|statement| &statement.principals);
    let is_build = principals.any(|case| case.value.kind == PrincipalKind::Federated && is_build(case));
    principal.is(RoleClass::Deployment)
        || SERVICES.iter().any(|service| principal.trusts(service))
        || is_build
}

struct Holder<'h, 's, 'i, 'a> {
    iam: &'s Iam,
    inventory: &'i Inventory<'a>,
    principal: &'s Principal,
    given: &'h [Given<'s>],
}

impl<'s> Holder<'_, 's, '_, '_> {
    /// A way that passes no role: every step on all resources, or on the holder itself.
    fn direct(&self, row: &'static Escalation) -> Option<Way<'s>> {
        let mut steps = Vec::new();
        let mut guard = Guard::True;
        let mut on_itself = true;
        for alternatives in row.steps {
            let found = self.step(alternatives, |given, action| {
                let bounded = given.statement.bounded().negated();
                let own = self.is_about_itself(given);
                given.on_all(action).or(&own).and(&bounded)
            });
            let (action, given, when) = found?;
            on_itself &= given.on_all(action).is_never();
            guard = guard.and(&when);
            steps.push((action, given));
        }
        let is_judged = steps.iter().all(|(_, given)| given.is_judged_alone());
        (!is_judged && !guard.is_never()).then_some(Way {
            row,
            steps,
            prize: if on_itself { Prize::Itself } else { Prize::Anything },
            guard,
        })
    }

    /// The ways that pass a role: one for every role of the project, and one for all.
    fn passing(&self, row: &'static Escalation) -> Vec<Way<'s>> {
        let mut steps = Vec::new();
        let mut guard = Guard::True;
        for alternatives in row.steps {
            // Whatever the step is limited to, what it starts is of the holder's making.
            let found = self.step(alternatives, |given, _| {
                let others = given.statement.conditions.iter();
                let others = others.filter(|case| !WHERE_KEYS.contains(&&*case.value.key));
                let others = others.filter(|case| case.value.grade > Grade::Weak);
                Guard::any(others.map(|case| case.guard.clone())).negated()
            });
            let Some((action, given, when)) = found else {
                return Vec::new();
            };
            guard = guard.and(&when);
            steps.push((action, given));
        }
        let service = row.takes_role.unwrap_or_default();
        let mut ways: Vec<Way<'s>> = Vec::new();
        for given in self.given.iter().filter(|given| given.covers(PASS_ROLE)) {
            let open = self.taken(PASS_ROLE).negated();
            let base = Guard::all([guard.clone(), given.guard.clone(), open]);
            let mut steps = steps.clone();
            steps.push((PASS_ROLE, given.clone()));
            let all = given.on_all(PASS_ROLE);
            let limited = passed_to(given.statement, service);
            if let Limit::To(limit) = &limited
                && !all.is_never()
                && !steps.iter().all(|(_, given)| given.is_judged_alone())
            {
                ways.push(Way {
                    row,
                    steps: steps.clone(),
                    prize: Prize::AnyRole,
                    guard: Guard::all([base.clone(), all.clone(), limit.clone()]),
                });
            }
            if matches!(limited, Limit::Elsewhere) {
                continue;
            }
            for (case, resource) in given.resources() {
                let stack = given.policy.id.stack;
                let role = self.iam.named_role(self.inventory, stack, resource);
                let Some(role) = role.filter(|role| role.trusts(service)) else {
                    continue;
                };
                let prize = self.compared(role);
                let guard = base.and(&case.guard);
                ways.push(Way {
                    row,
                    steps: steps.clone(),
                    prize,
                    guard,
                });
            }
        }
        ways.retain(|way| !way.guard.is_never());
        ways
    }

    /// What gives one of some actions, and when; the one to show is an action by name before a wildcard.
    fn step(
        &self,
        alternatives: &[&'static str],
        when: impl Fn(&Given<'s>, &str) -> Guard,
    ) -> Option<(&'static str, Given<'s>, Guard)> {
        let mut found = Vec::new();
        for action in alternatives {
            for given in self.given.iter().filter(|given| given.covers(action)) {
                let guard = given.guard.and(&when(given, action));
                if guard.is_never() {
                    continue;
                }
                let guard = guard.and(&self.taken(action).negated());
                if !guard.is_never() {
                    found.push((*action, given, guard));
                }
            }
        }
        let guard = Guard::any(found.iter().map(|(_, _, guard)| guard.clone()));
        let (action, given, _) = found
            .into_iter()
            .min_by_key(|(_, given, guard)| (given.is_judged_alone(), *guard != Guard::True))?;
        Some((action, given.clone(), guard))
    }

    /// When a denial or a boundary takes an action away, under a condition or without.
    fn taken(&self, action: &str) -> Guard {
        let withheld = self.iam.withheld_from(self.principal, action);
        withheld.or(&self.iam.bounded_by_denial(self.principal, action))
    }

    /// When a statement names the holder, or a managed policy that it has.
    fn is_about_itself(&self, given: &Given<'_>) -> Guard {
        let is_own = |text: &Text| {
            let identity = self.inventory.identity(text);
            let policy = self.inventory.resource_of(&identity, ManagedPolicy::TYPE);
            identity == self.inventory.own_identity(self.principal.id)
                || policy.is_some_and(|id| {
                    self.iam
                        .policies_of(self.principal.id)
                        .any(|(_, own)| own.id == id)
                })
        };
        let own = given.resources().filter(|(_, text)| is_own(text));
        Guard::any(own.map(|(case, _)| case.guard.clone()))
    }

    /// What a role is given that the holder is not.
    fn compared(&self, role: &'s Principal) -> Prize<'s> {
        let mut beyond: Vec<Str> = Vec::new();
        let mut is_administrator = false;
        let mut open = Vec::new();
        if role.id != self.principal.id {
            open.extend(role.open.iter().cloned());
            for (_, policy) in self.iam.policies_of(role.id) {
                open.extend(policy.open.iter().cloned());
                match &policy.origin {
                    // What is made for one purpose, such as to pull images, is worth no detour.
                    Origin::Aws(path) if classify(path) == Verdict::Narrow => continue,
                    Origin::Aws(path) if classify(path) == Verdict::Administrator => {
                        is_administrator = true;
                        beyond.push("*".into());
                        continue;
                    }
                    Origin::Aws(path) if policy.statements.is_empty() => {
                        beyond.push(path.clone());
                        continue;
                    }
                    _ => {}
                }
                is_administrator |= policy
                    .statements
                    .iter()
                    .any(|statement| !statement.administrator().is_never());
                beyond.extend(self.beyond(role, policy));
            }
        }
        Prize::Role {
            role,
            beyond,
            is_administrator,
            open,
        }
    }

    /// The patterns of a role's policy that change something or read data, and that the holder is not given as far.
    fn beyond(&self, role: &Principal, policy: &Policy) -> Vec<Str> {
        let mut out: Vec<Str> = Vec::new();
        let allowed = policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow);
        for statement in allowed {
            for action in &statement.actions.only {
                let Some(pattern) = literal(&action.value) else {
                    continue;
                };
                let is_harmless =
                    matches!(expand(&pattern), Expansion::Known(actions) if actions.iter().all(is_metadata));
                let is_withheld = self.iam.withheld_from(role, &pattern) == Guard::True;
                if is_harmless || is_withheld || out.contains(&pattern) {
                    continue;
                }
                let resources = statement
                    .resources
                    .only
                    .iter()
                    .filter_map(|case| match &case.value {
                        Known::Value(text) => Some(text),
                        Known::Absent | Known::Unknown(_) => None,
                    });
                if resources
                    .into_iter()
                    .any(|resource| !self.has(&pattern, resource))
                {
                    out.push(pattern);
                }
            }
        }
        out
    }

    /// True when the holder is given all that a pattern stands for, on a resource.
    fn has(&self, pattern: &str, resource: &Text) -> bool {
        let mut given = self.given.iter().filter(|given| covers(&given.pattern, pattern));
        given.any(|given| {
            let mut resources = given.statement.resources.only.iter();
            resources.any(|case| {
                let is_same = matches!(&case.value, Known::Value(text) if reaches(text, resource));
                is_same || is_every(&case.value)
            })
        })
    }
}

/// True when a resource of a statement covers another.
fn reaches(general: &Text, specific: &Text) -> bool {
    let literal = general.as_literal().zip(specific.as_literal());
    general == specific || literal.is_some_and(|(general, specific)| covers(&general, &specific))
}

/// Who takes the roles that a statement passes.
enum Limit {
    /// Whoever it is, nothing limits it.
    None,
    /// The service, when the condition is there.
    To(Guard),
    /// Not the service, or that cannot be told.
    Elsewhere,
}

/// How the conditions of a statement with `iam:PassRole` limit who takes the role.
fn passed_to(statement: &Statement, service: &str) -> Limit {
    let mut bounding = statement
        .conditions
        .iter()
        .filter(|case| case.value.grade > Grade::Weak)
        .peekable();
    if bounding.peek().is_none() {
        return Limit::None;
    }
    let mut guard = Guard::True;
    for case in bounding {
        let names = |value: &Case<Known<Text>>| match &value.value {
            Known::Value(text) => {
                text.prefix().starts_with(service)
                    || text.as_literal().is_some_and(|text| covers(&text, service))
            }
            Known::Absent | Known::Unknown(_) => false,
        };
        let is_limit = &*case.value.key == PASSED_TO && !case.value.operator.contains("not");
        if WHERE_KEYS.contains(&&*case.value.key) {
            continue;
        }
        if !is_limit || !case.value.values.iter().any(names) {
            return Limit::Elsewhere;
        }
        guard = guard.and(&case.guard);
    }
    Limit::To(guard)
}
