//! Guards: when a value holds, as a boolean formula over `parameter = constant`. Product-line papers call this a
//! presence condition. Satisfiability is decided exactly, by enumeration over the parameters that are mentioned.

mod world;

pub use world::{
    Choice, Domains, Holds, MAX_WORLDS, Sat, Unit, World, evaluate, holds, possible_by_default, satisfiable,
};

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

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

/// That a variable has a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Equality {
    /// The variable.
    pub var: Var,
    /// The value.
    pub value: Str,
}

/// When something holds. Every fact carries one, and most are [`Guard::True`]: what is large is shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// Always.
    True,
    /// Never.
    False,
    /// A variable has a value.
    Is(Arc<Equality>),
    /// Two variables have the same value.
    Same(Arc<[Var; 2]>),
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
    /// That a variable has a value.
    pub fn is(var: Var, value: impl Into<Str>) -> Guard {
        let value = value.into();
        Guard::Is(Arc::new(Equality { var, value }))
    }

    /// That two variables have the same value.
    pub fn same(left: Var, right: Var) -> Guard {
        Guard::Same(Arc::new([left, right]))
    }

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

    /// True when the formula, written out, has more than so many atoms and connectives. Formulas share their parts in
    /// memory, so that a few conditions built on each other can stand for billions.
    pub fn is_larger_than(&self, most: usize) -> bool {
        let mut left = most;
        !self.fits(&mut left)
    }

    fn fits(&self, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(1) else {
            return false;
        };
        *left = rest;
        match self {
            Guard::Not(inner) => inner.fits(left),
            Guard::And(parts) | Guard::Or(parts) => parts.iter().all(|part| part.fits(left)),
            _ => true,
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
            Guard::Is(equality) => {
                found.insert(equality.var.clone());
            }
            Guard::Same(pair) => found.extend(pair.iter().cloned()),
            _ => {}
        });
        found
    }

    /// The guard with a variable fixed to a constant.
    #[must_use]
    pub fn fixed(&self, var: &Var, value: &str) -> Guard {
        self.with_values(&|other| (other == var).then(|| value.into()))
    }

    /// The guard with every variable fixed that has a value.
    #[must_use]
    pub fn with_values(&self, value_of: &dyn Fn(&Var) -> Option<Str>) -> Guard {
        let known = |holds: bool| if holds { Guard::True } else { Guard::False };
        match self {
            Guard::Is(equality) => match value_of(&equality.var) {
                Some(value) => known(value == equality.value),
                None => self.clone(),
            },
            Guard::Same(pair) => {
                let [left, right] = &**pair;
                match (value_of(left), value_of(right)) {
                    (Some(left), Some(right)) => known(left == right),
                    (Some(value), None) => Guard::is(right.clone(), value),
                    (None, Some(value)) => Guard::is(left.clone(), value),
                    (None, None) => self.clone(),
                }
            }
            Guard::Not(inner) => inner.with_values(value_of).negated(),
            Guard::And(parts) => Guard::all(parts.iter().map(|part| part.with_values(value_of))),
            Guard::Or(parts) => Guard::any(parts.iter().map(|part| part.with_values(value_of))),
            other => other.clone(),
        }
    }
}

/// The parts of a conjunction (`absorbing` is [`Guard::False`]) or a disjunction (it is [`Guard::True`]): opened where
/// they are of the same kind, each once, without the neutral one. `None` when the absorbing one is among them, as
/// written or as a part beside its own negation.
fn combine(guards: impl IntoIterator<Item = Guard>, absorbing: &Guard) -> Option<Vec<Guard>> {
    let neutral = absorbing.negated();
    let mut parts = Parts::default();
    for guard in guards {
        match &guard {
            guard if *guard == neutral => {}
            guard if guard == absorbing => return None,
            Guard::And(inner) if *absorbing == Guard::False => parts.add_all(inner),
            Guard::Or(inner) if *absorbing == Guard::True => parts.add_all(inner),
            other => parts.add(other),
        }
    }
    (!parts.is_absorbed).then_some(parts.list)
}

/// Up to this many parts are compared one by one; more through a table.
const SMALL_FORMULA: usize = 16;

/// Different guards in the order they came.
#[derive(Default)]
struct Parts {
    list: Vec<Guard>,
    /// The same guards; filled only when there are many.
    table: FxHashSet<Guard>,
    /// True when a guard and its negation are among them.
    is_absorbed: bool,
}

impl Parts {
    /// Adds the parts of a formula. Those of the first one need not be compared with each other: a value that is put
    /// together from a hundred pieces grows its guard by one part for each.
    fn add_all(&mut self, formula: &[Guard]) {
        if !self.list.is_empty() {
            return formula.iter().for_each(|part| self.add(part));
        }
        // Room for the parts of the other formula, of which most have one.
        self.list.reserve_exact(formula.len() + 1);
        self.list.extend_from_slice(formula);
        if formula.len() >= SMALL_FORMULA {
            self.table.extend(formula.iter().cloned());
        }
    }

    fn add(&mut self, part: &Guard) {
        if self.contains(part) {
            return;
        }
        self.is_absorbed |= match part {
            Guard::Not(inner) => self.contains(inner),
            other => self.contains_negation(other),
        };
        if self.list.len() == SMALL_FORMULA {
            self.table.extend(self.list.iter().cloned());
        }
        if self.list.len() >= SMALL_FORMULA {
            self.table.insert(part.clone());
        }
        self.list.push(part.clone());
    }

    fn contains(&self, part: &Guard) -> bool {
        match self.table.is_empty() {
            true => self.list.contains(part),
            false => self.table.contains(part),
        }
    }

    fn contains_negation(&self, part: &Guard) -> bool {
        match self.table.is_empty() {
            true => self
                .list
                .iter()
                .any(|other| matches!(other, Guard::Not(inner) if **inner == *part)),
            false => self.table.contains(&part.negated()),
        }
    }
}

/// True when a variable would have to have two values. Two lookups by the same key meet here: without this their cases
/// would multiply.
fn has_two_values(parts: &[Guard]) -> bool {
    if parts.len() <= SMALL_FORMULA {
        let is_other = |one: &Guard, two: &Guard| match (one, two) {
            (Guard::Is(one), Guard::Is(two)) => one.value != two.value && one.var == two.var,
            _ => false,
        };
        let mut rest = parts;
        while let Some((last, others)) = rest.split_last() {
            if others.iter().any(|other| is_other(other, last)) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut values: FxHashMap<&Var, &Str> = FxHashMap::default();
    parts.iter().any(|part| match part {
        Guard::Is(equality) => *values.entry(&equality.var).or_insert(&equality.value) != &equality.value,
        _ => false,
    })
}

#[cfg(test)]
mod tests;
