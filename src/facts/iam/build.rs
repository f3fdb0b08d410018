//! Which policies principals have.

use rustc_hash::FxHashMap;

use super::statement::{Effect, managed, statements};
use super::usage::uses;
use super::{Iam, Kind, Origin, Policy, Principal};
use crate::aws::iam::{
    Group, GroupPolicy, InlinePolicy, ManagedPolicy, Policy as ApartPolicy, Role, RolePolicy, User,
    UserPolicy,
};
use crate::aws::managed_policies;
use crate::eval::{Case, Cases, Known, Part, Text, Value};
use crate::facts::Inventory;
use crate::project::{ResourceId, StackId};
use crate::source::Str;

/// What stands before the name in the ARN of a policy that AWS manages.
const AWS_POLICY: &str = ":iam::aws:policy/";

/// Derives the IAM facts.
pub fn build(inventory: &Inventory<'_>) -> Iam {
    let mut builder = Builder {
        inventory,
        iam: Iam::default(),
        by_id: FxHashMap::default(),
        by_name: FxHashMap::default(),
        managed: FxHashMap::default(),
    };
    builder.principals();
    builder.managed_policies();
    builder.apart_policies();
    builder.own_policies();
    for (role, usage) in uses(inventory) {
        if let Some(principal) = builder
            .by_id
            .get(&role)
            .and_then(|index| builder.iam.principals.get_mut(*index))
        {
            principal.uses.push(usage);
        }
    }
    let mut iam = builder.iam;
    iam.principals.shrink_to_fit();
    iam.policies.shrink_to_fit();
    iam.by_id = builder.by_id;
    iam.held = vec![Vec::new(); iam.principals.len()];
    for (index, policy) in iam.policies.iter().enumerate() {
        for (holder, case) in policy.holders.iter().enumerate() {
            if let Some(held) = iam.held.get_mut(case.value) {
                held.push((index, holder));
            }
        }
    }
    iam.held.iter_mut().for_each(Vec::shrink_to_fit);
    let is_adrift = |policy: &Policy| policy.origin == Origin::Apart && policy.holders.is_empty();
    iam.adrift = (0..iam.policies.len())
        .filter(|index| is_adrift(&iam.policies[*index]))
        .collect();
    let mut statements = iam.policies.iter().flat_map(|policy| &policy.statements);
    iam.has_limits = statements.any(|statement| statement.effect == Effect::Deny)
        || iam
            .principals
            .iter()
            .any(|principal| !principal.boundaries.is_empty());
    iam
}

struct Builder<'i, 'a> {
    inventory: &'i Inventory<'a>,
    iam: Iam,
    by_id: FxHashMap<ResourceId, usize>,
    /// Principals by the physical name that their template gives them.
    by_name: FxHashMap<(Kind, Text), Vec<usize>>,
    /// Managed policies of the project, as indices into the policies.
    managed: FxHashMap<ResourceId, usize>,
}

impl<'a> Builder<'_, 'a> {
    fn principals(&mut self) {
        let inventory = self.inventory;
        let eval = &inventory.eval;
        let kinds = [
            (Kind::Role, Role::TYPE),
            (Kind::User, User::TYPE),
            (Kind::Group, Group::TYPE),
        ];
        for (kind, type_name) in kinds {
            for id in inventory.of_type(type_name) {
                let (trust, trust_open) = match kind {
                    Kind::Role => statements(eval, Role(*id).trust(eval)),
                    Kind::User | Kind::Group => Default::default(),
                };
                let names = match kind {
                    Kind::Role => Role(*id).name(eval),
                    Kind::User => User(*id).name(eval),
                    Kind::Group => Group(*id).name(eval),
                };
                let index = self.iam.principals.len();
                let texts = names.into_iter().filter_map(|name| match name.value {
                    Value::Text(text) => Some(text),
                    _ => None,
                });
                let names: Vec<Text> = texts.collect();
                for name in &names {
                    self.by_name.entry((kind, name.clone())).or_default().push(index);
                }
                self.by_id.insert(*id, index);
                self.iam.principals.push(Principal {
                    id: *id,
                    kind,
                    names,
                    uses: Vec::new(),
                    trust,
                    trust_open,
                    open: Vec::new(),
                    boundaries: Vec::new(),
                });
            }
        }
    }

    fn managed_policies(&mut self) {
        let eval = &self.inventory.eval;
        for id in self.inventory.of_type(ManagedPolicy::TYPE) {
            let view = ManagedPolicy(*id);
            let holders = [
                (Kind::Role, view.roles(eval)),
                (Kind::User, view.users(eval)),
                (Kind::Group, view.groups(eval)),
            ];
            let index = self.apart(
                *id,
                Origin::Managed,
                view.name(eval),
                view.document(eval),
                holders,
            );
            self.managed.insert(*id, index);
        }
    }

    fn apart_policies(&mut self) {
        let inventory = self.inventory;
        let eval = &inventory.eval;
        for id in inventory.of_type(ApartPolicy::TYPE) {
            let view = ApartPolicy(*id);
            let holders = [
                (Kind::Role, view.roles(eval)),
                (Kind::User, view.users(eval)),
                (Kind::Group, view.groups(eval)),
            ];
            self.apart(*id, Origin::Apart, view.name(eval), view.document(eval), holders);
        }
        for id in inventory.of_type(RolePolicy::TYPE) {
            let view = RolePolicy(*id);
            let holders = [(Kind::Role, view.role(eval))];
            self.apart(*id, Origin::Apart, view.name(eval), view.document(eval), holders);
        }
        for id in inventory.of_type(UserPolicy::TYPE) {
            let view = UserPolicy(*id);
            let holders = [(Kind::User, view.user(eval))];
            self.apart(*id, Origin::Apart, view.name(eval), view.document(eval), holders);
        }
        for id in inventory.of_type(GroupPolicy::TYPE) {
            let view = GroupPolicy(*id);
            let holders = [(Kind::Group, view.group(eval))];
            self.apart(*id, Origin::Apart, view.name(eval), view.document(eval), holders);
        }
    }

    /// Adds a policy with a resource of its own.
    fn apart(
        &mut self,
        id: ResourceId,
        origin: Origin,
        name: Cases<'a>,
        document: Cases<'a>,
        holders: impl IntoIterator<Item = (Kind, Cases<'a>)>,
    ) -> usize {
        let presence = self.inventory.presence(id);
        let mut found = Vec::new();
        for (kind, cases) in holders {
            for case in self.inventory.identity_list(cases) {
                if let Known::Value(identity) = &case.value
                    && let Some(index) = self.holder(kind, identity, id.stack)
                {
                    found.push(case.with(index).when(&presence));
                }
            }
        }
        let (statements, open) = statements(&self.inventory.eval, document);
        let index = self.iam.policies.len();
        self.iam.policies.push(Policy {
            id,
            origin,
            name: self.name(&name),
            guard: presence,
            span: self.inventory.project().resource(id).id.span,
            statements,
            open,
            holders: found,
        });
        index
    }

    /// The principal that an identity names in a stack: the resource, or the one of the same project with this
    /// physical name.
    fn holder(&self, kind: Kind, identity: &Text, stack: StackId) -> Option<usize> {
        if let Some(Part::Attribute(id, _)) = identity.as_part() {
            return self.by_id.get(id).copied();
        }
        let project = self.inventory.project();
        let named = self.by_name.get(&(kind, identity.clone()))?;
        named.iter().copied().find(|index| {
            let principal = self.iam.principals.get(*index);
            principal.is_some_and(|principal| project.are_related(principal.id.stack, stack))
        })
    }

    /// Inline policies, attached policies and boundaries, as the principals themselves name them.
    fn own_policies(&mut self) {
        let eval = &self.inventory.eval;
        for index in 0..self.iam.principals.len() {
            let Some((id, kind)) = self
                .iam
                .principals
                .get(index)
                .map(|principal| (principal.id, principal.kind))
            else {
                continue;
            };
            let (inline, attached, boundary) = match kind {
                Kind::Role => {
                    let view = Role(id);
                    (
                        view.inline_policies(eval),
                        view.managed_policies(eval),
                        view.boundary(eval),
                    )
                }
                Kind::User => {
                    let view = User(id);
                    (
                        view.inline_policies(eval),
                        view.managed_policies(eval),
                        view.boundary(eval),
                    )
                }
                Kind::Group => {
                    let view = Group(id);
                    (
                        view.inline_policies(eval),
                        view.managed_policies(eval),
                        Cases::new(),
                    )
                }
            };
            self.inline(index, id, inline);
            self.attached(index, id, attached);
            self.bounded(index, id, boundary);
        }
    }

    fn inline(&mut self, holder: usize, id: ResourceId, cases: Cases<'a>) {
        let eval = &self.inventory.eval;
        for item in eval.elements(cases) {
            if let Value::Unknown(reason) = &item.value {
                self.open(holder, item.with(reason.clone()));
                continue;
            }
            let view = InlinePolicy(&item);
            let (statements, open) = statements(eval, view.document(eval));
            self.iam.policies.push(Policy {
                id,
                origin: Origin::Inline,
                name: self.name(&view.name(eval)),
                guard: item.guard.clone(),
                span: item.span,
                statements,
                open,
                holders: vec![item.with(holder)],
            });
        }
    }

    fn attached(&mut self, holder: usize, id: ResourceId, cases: Cases<'a>) {
        for case in self.inventory.identity_list(cases) {
            match &case.value {
                Known::Absent => {}
                Known::Unknown(reason) => self.open(holder, case.with(reason.clone())),
                Known::Value(identity) => match (self.managed_index(identity), aws_path(identity)) {
                    (Some(index), _) => {
                        if let Some(policy) = self.iam.policies.get_mut(index) {
                            let attached = case.with(holder).when(&policy.guard);
                            policy.holders.push(attached);
                        }
                    }
                    (None, Some(path)) => {
                        let policy = aws_policy(id, path, &case);
                        self.iam.policies.push(Policy {
                            holders: vec![case.with(holder)],
                            ..policy
                        });
                    }
                    (None, None) => {
                        let reason = self.inventory.unknown_identity(identity);
                        self.open(holder, case.with(reason));
                    }
                },
            }
        }
    }

    fn bounded(&mut self, holder: usize, id: ResourceId, cases: Cases<'a>) {
        for case in self.inventory.identities(cases) {
            let known = match &case.value {
                Known::Absent => continue,
                Known::Unknown(reason) => Known::Unknown(reason.clone()),
                Known::Value(identity) => match (self.managed_index(identity), aws_path(identity)) {
                    (Some(index), _) => Known::Value(index),
                    (None, Some(path)) => {
                        self.iam.policies.push(aws_policy(id, path, &case));
                        Known::Value(self.iam.policies.len() - 1)
                    }
                    (None, None) => Known::Unknown(self.inventory.unknown_identity(identity)),
                },
            };
            if let Some(principal) = self.iam.principals.get_mut(holder) {
                principal.boundaries.push(case.with(known));
            }
        }
    }

    fn managed_index(&self, identity: &Text) -> Option<usize> {
        let id = self.inventory.resource_of(identity, ManagedPolicy::TYPE)?;
        self.managed.get(&id).copied()
    }

    fn open(&mut self, holder: usize, case: Case<crate::eval::Unknown>) {
        if let Some(principal) = self.iam.principals.get_mut(holder) {
            principal.open.push(case);
        }
    }

    /// A name as the template spells it.
    fn name(&self, cases: &Cases<'a>) -> Option<Str> {
        cases.iter().find_map(|case| match &case.value {
            Value::Text(text) => Some(self.inventory.eval.render(text)),
            _ => None,
        })
    }
}

/// A policy that AWS manages, at the place that names it.
fn aws_policy(id: ResourceId, path: Str, case: &Case<Known<Text>>) -> Policy {
    Policy {
        id,
        guard: case.guard.clone(),
        span: case.span,
        statements: managed(managed_policies::statements(&path).unwrap_or_default(), case.span),
        name: None,
        origin: Origin::Aws(path),
        open: Vec::new(),
        holders: Vec::new(),
    }
}

/// The part behind `:aws:policy/` of an ARN in any partition, when all of it is known.
fn aws_path(identity: &Text) -> Option<Str> {
    let Some(Part::Literal(last)) = identity.parts().last() else {
        return None;
    };
    let (before, path) = last.split_once(AWS_POLICY)?;
    let is_arn = match identity.parts() {
        [_] => before.starts_with("arn:"),
        [Part::Literal(first), _, _] => &**first == "arn:" && before.is_empty(),
        _ => false,
    };
    (is_arn && !path.is_empty()).then(|| path.into())
}
