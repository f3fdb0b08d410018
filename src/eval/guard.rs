//! Guards: when a value holds, as a boolean formula over `parameter = constant`. Product-line papers call this a
//! presence condition. Satisfiability is decided exactly, by enumeration over the parameters that are mentioned.

mod world;

pub use world::{
    Choice, Domains, Holds, MAX_WORLDS, Sat, Unit, World, evaluate, holds, possible_by_default, satisfiable,
};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::project::StackId;
use crate::source::Str;

/// Whose variable it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// A parameter or pseudo parameter of one stack.
    Stack(StackId),
    /// A pseudo parameter that imports force to be equal everywhere: region, account, partition.
    Everywhere,
    /// The choice between the stacks that could export a name.
    Exporter,
}

/// Something a deployment chooses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var {
    /// Whose it is.
    pub scope: Scope,
    /// The parameter's name; for an exporter choice the shape of the export name.
    pub name: Str,
}

/// When something holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// Always.
    True,
    /// Never.
    False,
    /// The variable has this value.
    Is(Var, Str),
    /// Two variables have the same value.
    Same(Var, Var),
    /// A comparison that cannot be seen into; equal texts mean equal comparisons.
    Opaque(Str),
    /// The opposite.
    Not(Arc<Guard>),
    /// All of them.
    And(Arc<[Guard]>),
    /// At least one of them.
    Or(Arc<[Guard]>),
}

impl Guard {
    /// The negation.
    #[must_use]
    pub fn negated(&self) -> Guard {
        match self {
            Guard::True => Guard::False,
            Guard::False => Guard::True,
            Guard::Not(inner) => (**inner).clone(),
            other => Guard::Not(Arc::new(other.clone())),
        }
    }

    /// Both.
    #[must_use]
    pub fn and(&self, other: &Guard) -> Guard {
        match (self, other) {
            (Guard::False, _) | (_, Guard::False) => Guard::False,
            (Guard::True, guard) | (guard, Guard::True) => guard.clone(),
            _ => Guard::all([self.clone(), other.clone()]),
        }
    }

    /// Either or both.
    #[must_use]
    pub fn or(&self, other: &Guard) -> Guard {
        match (self, other) {
            (Guard::True, _) | (_, Guard::True) => Guard::True,
            (Guard::False, guard) | (guard, Guard::False) => guard.clone(),
            _ => Guard::any([self.clone(), other.clone()]),
        }
    }

    /// The conjunction; of nothing it is [`Guard::True`].
    pub fn all(guards: impl IntoIterator<Item = Guard>) -> Guard {
        match combine(guards, &Guard::False) {
            Some(parts) if has_two_values(&parts) => Guard::False,
            Some(mut parts) => match parts.len() {
                0 => Guard::True,
                1 => parts.swap_remove(0),
                _ => Guard::And(parts.into()),
            },
            None => Guard::False,
        }
    }

    /// The disjunction; of nothing it is [`Guard::False`].
    pub fn any(guards: impl IntoIterator<Item = Guard>) -> Guard {
        match combine(guards, &Guard::True) {
            Some(mut parts) => match parts.len() {
                0 => Guard::False,
                1 => parts.swap_remove(0),
                _ => Guard::Or(parts.into()),
            },
            None => Guard::True,
        }
    }

    /// True when the guard is [`Guard::False`] as written; a guard that is merely unsatisfiable says no.
    pub fn is_never(&self) -> bool {
        *self == Guard::False
    }

    /// Calls `visit` for every atom.
    pub fn atoms(&self, visit: &mut dyn FnMut(&Guard)) {
        match self {
            Guard::True | Guard::False => {}
            Guard::Not(inner) => inner.atoms(visit),
            Guard::And(parts) | Guard::Or(parts) => parts.iter().for_each(|part| part.atoms(visit)),
            atom => visit(atom),
        }
    }

    /// The variables mentioned.
    pub fn variables(&self) -> BTreeSet<Var> {
        let mut found = BTreeSet::new();
        self.atoms(&mut |atom| match atom {
            Guard::Is(var, _) => {
                found.insert(var.clone());
            }
            Guard::Same(left, right) => found.extend([left.clone(), right.clone()]),
            _ => {}
        });
        found
    }

    /// The guard with a variable fixed to a constant.
    #[must_use]
    pub fn fixed(&self, var: &Var, value: &str) -> Guard {
        match self {
            Guard::Is(other, constant) if other == var => {
                if &**constant == value {
                    Guard::True
                } else {
                    Guard::False
                }
            }
            Guard::Same(left, right) if left == var => Guard::Is(right.clone(), value.into()),
            Guard::Same(left, right) if right == var => Guard::Is(left.clone(), value.into()),
            Guard::Not(inner) => inner.fixed(var, value).negated(),
            Guard::And(parts) => Guard::all(parts.iter().map(|part| part.fixed(var, value))),
            Guard::Or(parts) => Guard::any(parts.iter().map(|part| part.fixed(var, value))),
            other => other.clone(),
        }
    }
}

/// The parts of a conjunction (`absorbing` is [`Guard::False`]) or a disjunction (it is [`Guard::True`]): opened where
/// they are of the same kind, each once, without the neutral one. `None` when the absorbing one is among them, as
/// written or as a part beside its own negation.
fn combine(guards: impl IntoIterator<Item = Guard>, absorbing: &Guard) -> Option<Vec<Guard>> {
    let neutral = absorbing.negated();
    let mut parts: Vec<Guard> = Vec::new();
    let mut add = |part: &Guard| {
        if !parts.contains(part) {
            parts.push(part.clone());
        }
    };
    for guard in guards {
        match &guard {
            guard if *guard == neutral => {}
            guard if guard == absorbing => return None,
            Guard::And(inner) if *absorbing == Guard::False => inner.iter().for_each(&mut add),
            Guard::Or(inner) if *absorbing == Guard::True => inner.iter().for_each(&mut add),
            other => add(other),
        }
    }
    let is_absorbed = parts
        .iter()
        .any(|part| matches!(part, Guard::Not(inner) if parts.contains(inner)));
    (!is_absorbed).then_some(parts)
}

/// True when a variable would have to have two values. Two lookups by the same key meet here: without this their cases
/// would multiply.
fn has_two_values(parts: &[Guard]) -> bool {
    parts.iter().enumerate().any(|(index, part)| {
        let Guard::Is(var, value) = part else { return false };
        let mut rest = parts.iter().skip(index + 1);
        rest.any(|other| matches!(other, Guard::Is(known, constant) if known == var && constant != value))
    })
}

#[cfg(test)]
mod tests;
