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
        let mut parts: Vec<Guard> = Vec::new();
        for guard in guards {
            match guard {
                Guard::True => {}
                Guard::False => return Guard::False,
                Guard::And(inner) => parts.extend(
                    inner
                        .iter()
                        .filter(|part| !parts.contains(part))
                        .cloned()
                        .collect::<Vec<_>>(),
                ),
                other if parts.contains(&other) => {}
                other => parts.push(other),
            }
        }
        if parts
            .iter()
            .any(|part| matches!(part, Guard::Not(inner) if parts.contains(inner)))
            || has_two_values(&parts)
        {
            return Guard::False;
        }
        match parts.len() {
            0 => Guard::True,
            1 => parts.swap_remove(0),
            _ => Guard::And(parts.into()),
        }
    }

    /// The disjunction; of nothing it is [`Guard::False`].
    pub fn any(guards: impl IntoIterator<Item = Guard>) -> Guard {
        let mut parts: Vec<Guard> = Vec::new();
        for guard in guards {
            match guard {
                Guard::False => {}
                Guard::True => return Guard::True,
                Guard::Or(inner) => parts.extend(
                    inner
                        .iter()
                        .filter(|part| !parts.contains(part))
                        .cloned()
                        .collect::<Vec<_>>(),
                ),
                other if parts.contains(&other) => {}
                other => parts.push(other),
            }
        }
        if parts
            .iter()
            .any(|part| matches!(part, Guard::Not(inner) if parts.contains(inner)))
        {
            return Guard::True;
        }
        match parts.len() {
            0 => Guard::False,
            1 => parts.swap_remove(0),
            _ => Guard::Or(parts.into()),
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

<<<<<<< HEAD
=======
/// True when a variable would have to have two values. Two lookups by the same key meet here: without this their cases
/// would multiply.
fn has_two_values(parts: &[Guard]) -> bool {
    parts.iter().enumerate().any(|(index, part)| {
        let Guard::Is(var, value) = part else {
            return false;
        };
        let mut rest = parts.iter().skip(index + 1);
        rest.any(|other| matches!(other, Guard::Is(known, constant) if known == var && constant != value))
    })
}

/// What is known about variables apart from a formula.
pub trait Domains {
    /// `AllowedValues`; empty when any value is allowed.
    fn allowed(&self, var: &Var) -> Vec<Str>;
    /// The default.
    fn default(&self, var: &Var) -> Option<Str>;
    /// What the Rules section of the variable's stack asserts.
    fn axiom(&self, var: &Var) -> Guard;
}

/// A value in a world.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Choice {
    /// This constant.
    Constant(Str),
    /// A value that nothing mentions; equal numbers are equal values.
    Other(u32),
    /// The truth value of an opaque comparison.
    Truth(bool),
}

/// What a world chooses for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A variable.
    Var(Var),
    /// An opaque comparison.
    Opaque(Str),
}

/// A witness: choices under which a formula is true; what is not chosen does not matter.
pub type World = BTreeMap<Unit, Choice>;

/// Whether a formula can be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sat {
    /// In this world.
    Yes(World),
    /// In none.
    No,
    /// More than [`MAX_WORLDS`] assignments would have to be tried.
    TooMany,
}

impl Sat {
    /// True for [`Sat::Yes`].
    pub fn is_yes(&self) -> bool {
        matches!(self, Sat::Yes(_))
    }

    /// True for [`Sat::No`].
    pub fn is_no(&self) -> bool {
        matches!(self, Sat::No)
    }
}

/// Decides whether the formula can be true under the axioms of its variables. Defaults are tried first, so that a
/// witness is as close to the defaults as the order of the variables allows.
pub fn satisfiable(guard: &Guard, domains: &dyn Domains) -> Sat {
    match guard {
        Guard::True => return Sat::Yes(World::new()),
        Guard::False => return Sat::No,
        _ => {}
    }
    let formula = with_axioms(guard, domains);
    let mut search = Search::new(&formula, domains);
    let mut world = World::new();
    match search.run(&formula, &mut world, 0) {
        Some(true) => Sat::Yes(essential(&formula, world)),
        Some(false) => Sat::No,
        None => Sat::TooMany,
    }
}

/// The formula with the assertions of the stacks whose variables it mentions.
fn with_axioms(guard: &Guard, domains: &dyn Domains) -> Guard {
    let axioms: BTreeSet<Guard> = guard.variables().iter().map(|var| domains.axiom(var)).collect();
    Guard::all(std::iter::once(guard.clone()).chain(axioms))
}

/// Evaluates a formula under the choices made so far; `None` when they do not settle it.
pub fn evaluate(guard: &Guard, world: &World) -> Option<bool> {
    match guard {
        Guard::True => Some(true),
        Guard::False => Some(false),
        Guard::Is(var, constant) => match world.get(&Unit::Var(var.clone()))? {
            Choice::Constant(value) => Some(value == constant),
            Choice::Other(_) | Choice::Truth(_) => Some(false),
        },
        Guard::Same(left, right) => {
            Some(world.get(&Unit::Var(left.clone()))? == world.get(&Unit::Var(right.clone()))?)
        }
        Guard::Opaque(text) => match world.get(&Unit::Opaque(text.clone()))? {
            Choice::Truth(value) => Some(*value),
            Choice::Constant(_) | Choice::Other(_) => None,
        },
        Guard::Not(inner) => evaluate(inner, world).map(|value| !value),
        Guard::And(parts) => {
            let mut settled = true;
            for part in parts.iter() {
                match evaluate(part, world) {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => settled = false,
                }
            }
            settled.then_some(true)
        }
        Guard::Or(parts) => {
            let mut settled = true;
            for part in parts.iter() {
                match evaluate(part, world) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => settled = false,
                }
            }
            settled.then_some(false)
        }
    }
}

/// The witness without the choices that the formula is true without.
fn essential(formula: &Guard, mut world: World) -> World {
    let units: Vec<Unit> = world.keys().cloned().collect();
    for unit in units {
        if let Some(choice) = world.remove(&unit)
            && evaluate(formula, &world) != Some(true)
        {
            world.insert(unit, choice);
        }
    }
    world
}

struct Search {
    units: Vec<(Unit, Vec<Choice>)>,
    tried: u32,
}

impl Search {
    fn new(formula: &Guard, domains: &dyn Domains) -> Self {
        let mut constants: BTreeMap<Var, BTreeSet<Str>> = BTreeMap::new();
        let mut pairs: Vec<(Var, Var)> = Vec::new();
        let mut opaque: BTreeSet<Str> = BTreeSet::new();
        formula.atoms(&mut |atom| match atom {
            Guard::Is(var, constant) => {
                constants.entry(var.clone()).or_default().insert(constant.clone());
            }
            Guard::Same(left, right) => {
                constants.entry(left.clone()).or_default();
                constants.entry(right.clone()).or_default();
                pairs.push((left.clone(), right.clone()));
            }
            Guard::Opaque(text) => {
                opaque.insert(text.clone());
            }
            _ => {}
        });
        let compared: BTreeSet<Var> = pairs
            .iter()
            .flat_map(|(left, right)| [left.clone(), right.clone()])
            .collect();
        share_constants(&mut constants, &pairs, &compared, domains);
        let fresh = compared.len().max(1) as u32;
        let variables = constants.into_iter().map(|(var, constants)| {
            let choices = choices(
                &var,
                constants,
                if compared.contains(&var) { fresh } else { 1 },
                domains,
            );
            (Unit::Var(var), choices)
        });
        let truths = opaque.into_iter().map(|text| {
            (
                Unit::Opaque(text),
                vec![Choice::Truth(true), Choice::Truth(false)],
            )
        });
        Self {
            units: variables.chain(truths).collect(),
            tried: 0,
        }
    }

    /// `None` when the limit is reached before an answer.
    fn run(&mut self, formula: &Guard, world: &mut World, depth: usize) -> Option<bool> {
        self.tried += 1;
        match evaluate(formula, world) {
            Some(true) => return Some(true),
            Some(false) => return Some(false),
            None => {}
        }
        if self.tried > MAX_WORLDS {
            return None;
        }
        let Some((unit, choices)) = self.units.get(depth).cloned() else {
            return Some(false);
        };
        let mut cut = false;
        for choice in choices {
            world.insert(unit.clone(), choice);
            match self.run(formula, world, depth + 1) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => {
                    cut = true;
                    break;
                }
            }
        }
        world.remove(&unit);
        if cut { None } else { Some(false) }
    }
}

/// Variables that are compared with each other can meet in each other's constants, so they share them.
fn share_constants(
    constants: &mut BTreeMap<Var, BTreeSet<Str>>,
    pairs: &[(Var, Var)],
    compared: &BTreeSet<Var>,
    domains: &dyn Domains,
) {
    if pairs.is_empty() {
        return;
    }
    let mut shared: BTreeSet<Str> = BTreeSet::new();
    for var in compared {
        shared.extend(constants.get(var).cloned().unwrap_or_default());
        shared.extend(domains.default(var));
        shared.extend(domains.allowed(var));
    }
    for var in compared {
        constants
            .entry(var.clone())
            .or_default()
            .extend(shared.iter().cloned());
    }
}

/// The values worth trying for a variable: the default first, the constants it is compared with, and a value that
/// nothing mentions where one is allowed.
fn choices(var: &Var, constants: BTreeSet<Str>, fresh: u32, domains: &dyn Domains) -> Vec<Choice> {
    let allowed = domains.allowed(var);
    let default = domains.default(var);
    let permitted = |value: &Str| allowed.is_empty() || allowed.contains(value);
    let mut out: Vec<Choice> = Vec::new();
    let known: Vec<Str> = default.into_iter().chain(constants.iter().cloned()).collect();
    for value in &known {
        let choice = Choice::Constant(value.clone());
        if permitted(value) && !out.contains(&choice) {
            out.push(choice);
        }
    }
    if allowed.is_empty() {
        out.extend((0..fresh).map(Choice::Other));
    } else if let Some(value) = allowed.iter().find(|value| !known.contains(value)) {
        out.push(Choice::Constant(value.clone()));
    }
    out
}

/// When a violation holds, relative to the worlds in which its subject exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// In all of them.
    Always,
    /// With the default values; the choices that matter.
    ByDefault(World),
    /// In some, the defaults not among them; a witness.
    Sometimes(World),
    /// In none.
    Never,
    /// Not decided within [`MAX_WORLDS`].
    TooMany,
}

/// Decides when `violation` holds among the worlds of `presence`.
pub fn holds(presence: &Guard, violation: &Guard, domains: &dyn Domains) -> Holds {
    let both = presence.and(violation);
    let witness = match satisfiable(&both, domains) {
        Sat::Yes(world) => world,
        Sat::No => return Holds::Never,
        Sat::TooMany => return Holds::TooMany,
    };
    if satisfiable(&presence.and(&violation.negated()), domains).is_no() {
        return Holds::Always;
    }
    match by_default(&both, domains) {
        Some(world) => Holds::ByDefault(world),
        None => Holds::Sometimes(satisfiable_near_defaults(&both, domains).unwrap_or(witness)),
    }
}

/// The default world, if the formula is true in it whatever the variables without default are.
fn by_default(formula: &Guard, domains: &dyn Domains) -> Option<World> {
    let world = default_world(formula, domains);
    (evaluate(formula, &world) == Some(true)).then(|| essential(formula, world))
}

/// True when the formula is true in some world in which every variable that has a default has it.
pub fn possible_by_default(formula: &Guard, domains: &dyn Domains) -> bool {
    satisfiable_near_defaults(formula, domains).is_some()
}

fn satisfiable_near_defaults(formula: &Guard, domains: &dyn Domains) -> Option<World> {
    let mut fixed = formula.clone();
    let defaults = default_world(formula, domains);
    for (unit, choice) in &defaults {
        if let (Unit::Var(var), Choice::Constant(value)) = (unit, choice) {
            fixed = fixed.fixed(var, value);
        }
    }
    match satisfiable(&fixed, domains) {
        Sat::Yes(mut world) => {
            for (unit, choice) in defaults {
                world.entry(unit).or_insert(choice);
            }
            Some(essential(formula, world))
        }
        Sat::No | Sat::TooMany => None,
    }
}

fn default_world(formula: &Guard, domains: &dyn Domains) -> World {
    let defaults = formula.variables().into_iter().filter_map(|var| {
        let value = domains.default(&var)?;
        Some((Unit::Var(var), Choice::Constant(value)))
    });
    defaults.collect()
}

>>>>>>> templates
#[cfg(test)]
mod tests;
