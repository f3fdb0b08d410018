//! Worlds: whether a formula can be true, in which world, and whether the defaults are one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Guard, Var};
use crate::source::Str;

/// Assignments tried before a question is given up. Real templates need fewer than a hundred; 65,536 is sixteen
/// independent yes-or-no parameters in one value, and takes some milliseconds.
pub const MAX_WORLDS: u32 = 65_536;

/// Atoms and connectives looked at before a question is given up, so that [`MAX_WORLDS`] worlds of a formula that fills
/// a page take no longer than those of a real one, which has some twenty.
const MAX_STEPS: u32 = 2_000_000;

/// Variables and opaque comparisons of a formula that is looked at; a template has 200 parameters at most. The search
/// goes as deep as there are.
const MAX_UNITS: usize = 1_024;

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
    /// More than [`MAX_WORLDS`] assignments, or a formula that fills pages, would have to be tried.
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
    if formula.is_larger_than(MAX_STEPS as usize) {
        return Sat::TooMany;
    }
    let mut search = Search::new(&formula, domains);
    if search.units.len() > MAX_UNITS {
        return Sat::TooMany;
    }
    match search.run(0) {
        Some(true) => Sat::Yes(search.witness()),
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
        Guard::Is(equality) => match world.get(&Unit::Var(equality.var.clone()))? {
            Choice::Constant(value) => Some(*value == equality.value),
            Choice::Other(_) | Choice::Truth(_) => Some(false),
        },
        Guard::Same(pair) => {
            let [left, right] = &**pair;
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

/// A formula over numbered units and choices, which the search walks many times.
enum Clause {
    Constant(bool),
    /// The unit has this choice; `None` for a value that it cannot have.
    Is(usize, Option<usize>),
    Same(usize, usize),
    Not(Box<Clause>),
    All(Vec<Clause>),
    Any(Vec<Clause>),
}

struct Search {
    units: Vec<(Unit, Vec<Choice>)>,
    formula: Clause,
    /// Index of the choice of every unit, as far as chosen.
    chosen: Vec<Option<usize>>,
    tried: u32,
    steps: u32,
}

impl Search {
    fn new(formula: &Guard, domains: &dyn Domains) -> Self {
        let units = units(formula, domains);
        let places: BTreeMap<&Unit, usize> = units
            .iter()
            .enumerate()
            .map(|(at, (unit, _))| (unit, at))
            .collect();
        let clause = clause(formula, &units, &places);
        Self {
            chosen: vec![None; units.len()],
            formula: clause,
            units,
            tried: 0,
            steps: 0,
        }
    }

    /// Tries the choices of the units from `depth` on; `None` when a limit is reached before an answer.
    fn run(&mut self, depth: usize) -> Option<bool> {
        self.tried += 1;
        match self.settled() {
            Some(answer) => return Some(answer),
            None if self.tried > MAX_WORLDS || self.steps > MAX_STEPS => return None,
            None => {}
        }
        let Some(choices) = self.units.get(depth).map(|(_, choices)| choices.len()) else {
            return Some(false);
        };
        for choice in 0..choices {
            self.choose(depth, Some(choice));
            match self.run(depth + 1) {
                Some(false) => {}
                answer => return answer,
            }
        }
        self.choose(depth, None);
        Some(false)
    }

    fn choose(&mut self, unit: usize, choice: Option<usize>) {
        if let Some(place) = self.chosen.get_mut(unit) {
            *place = choice;
        }
    }

    /// Whether the formula is true under the choices made so far; `None` when they do not settle it.
    fn settled(&mut self) -> Option<bool> {
        let mut steps = self.steps;
        let answer = self.evaluate(&self.formula, &mut steps);
        self.steps = steps;
        answer
    }

    fn evaluate(&self, clause: &Clause, steps: &mut u32) -> Option<bool> {
        *steps = steps.saturating_add(1);
        let chosen = |unit: usize| self.chosen.get(unit).copied().flatten();
        match clause {
            Clause::Constant(value) => Some(*value),
            Clause::Is(unit, choice) => chosen(*unit).map(|chosen| Some(chosen) == *choice),
            Clause::Same(left, right) => {
                let value = |unit: usize| self.units.get(unit)?.1.get(chosen(unit)?);
                Some(value(*left)? == value(*right)?)
            }
            Clause::Not(inner) => self.evaluate(inner, steps).map(|value| !value),
            Clause::All(parts) => self.fold(parts, false, steps),
            Clause::Any(parts) => self.fold(parts, true, steps),
        }
    }

    /// `decisive` as soon as one of the parts is, else its opposite when all of them are settled.
    fn fold(&self, parts: &[Clause], decisive: bool, steps: &mut u32) -> Option<bool> {
        let mut settled = true;
        for part in parts {
            match self.evaluate(part, steps) {
                Some(value) if value == decisive => return Some(decisive),
                Some(_) => {}
                None => settled = false,
            }
        }
        settled.then_some(!decisive)
    }

    /// The choices made, without those that the formula is true without.
    fn witness(mut self) -> World {
        for unit in 0..self.units.len() {
            let Some(choice) = self.chosen.get(unit).copied().flatten() else {
                continue;
            };
            self.choose(unit, None);
            // Past the limit the witness says more than it must.
            if self.steps > MAX_STEPS || self.settled() != Some(true) {
                self.choose(unit, Some(choice));
            }
        }
        let Self { units, chosen, .. } = self;
        let choices = units.into_iter().zip(chosen);
        choices
            .filter_map(|((unit, mut choices), chosen)| {
                let chosen = chosen.filter(|chosen| *chosen < choices.len())?;
                Some((unit, choices.swap_remove(chosen)))
            })
            .collect()
    }
}

/// Numbers the units and choices of a formula.
fn clause(guard: &Guard, units: &[(Unit, Vec<Choice>)], places: &BTreeMap<&Unit, usize>) -> Clause {
    let place = |unit: &Unit| places.get(unit).copied();
    let choice = |at: usize, wanted: &Choice| {
        let (_, choices) = units.get(at)?;
        choices.iter().position(|choice| choice == wanted)
    };
    let all = |parts: &[Guard]| parts.iter().map(|part| clause(part, units, places)).collect();
    match guard {
        Guard::True => Clause::Constant(true),
        Guard::False => Clause::Constant(false),
        Guard::Is(equality) => match place(&Unit::Var(equality.var.clone())) {
            Some(at) => Clause::Is(at, choice(at, &Choice::Constant(equality.value.clone()))),
            None => Clause::Constant(false),
        },
        Guard::Same(pair) => {
            let [left, right] = &**pair;
            match (place(&Unit::Var(left.clone())), place(&Unit::Var(right.clone()))) {
                (Some(left), Some(right)) => Clause::Same(left, right),
                _ => Clause::Constant(false),
            }
        }
        Guard::Opaque(text) => match place(&Unit::Opaque(text.clone())) {
            Some(at) => Clause::Is(at, choice(at, &Choice::Truth(true))),
            None => Clause::Constant(false),
        },
        Guard::Not(inner) => Clause::Not(Box::new(clause(inner, units, places))),
        Guard::And(parts) => Clause::All(all(parts)),
        Guard::Or(parts) => Clause::Any(all(parts)),
    }
}

/// What a formula chooses for, with the choices worth trying.
fn units(formula: &Guard, domains: &dyn Domains) -> Vec<(Unit, Vec<Choice>)> {
    let mut constants: BTreeMap<Var, BTreeSet<Str>> = BTreeMap::new();
    let mut pairs: Vec<(Var, Var)> = Vec::new();
    let mut opaque: BTreeSet<Str> = BTreeSet::new();
    formula.atoms(&mut |atom| match atom {
        Guard::Is(equality) => {
            let values = constants.entry(equality.var.clone()).or_default();
            values.insert(equality.value.clone());
        }
        Guard::Same(pair) => {
            let [left, right] = &**pair;
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
        let fresh = if compared.contains(&var) { fresh } else { 1 };
        let choices = choices(&var, constants, fresh, domains);
        (Unit::Var(var), choices)
    });
    let truths = opaque.into_iter().map(|text| {
        let choices = vec![Choice::Truth(true), Choice::Truth(false)];
        (Unit::Opaque(text), choices)
    });
    variables.chain(truths).collect()
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

/// True unless the formula is false in every world in which every variable that has a default has it. What cannot be
/// decided counts as possible, so that a question about it is still asked.
pub fn possible_by_default(formula: &Guard, domains: &dyn Domains) -> bool {
    !satisfiable(&with_defaults(formula, &default_world(formula, domains)), domains).is_no()
}

/// The formula with the variables fixed that have a default.
fn with_defaults(formula: &Guard, defaults: &World) -> Guard {
    formula.with_values(&|var| match defaults.get(&Unit::Var(var.clone())) {
        Some(Choice::Constant(value)) => Some(value.clone()),
        _ => None,
    })
}

fn satisfiable_near_defaults(formula: &Guard, domains: &dyn Domains) -> Option<World> {
    let defaults = default_world(formula, domains);
    match satisfiable(&with_defaults(formula, &defaults), domains) {
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
