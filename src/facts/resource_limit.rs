//! The CPU and memory that containers and tasks ask for.

use super::Inventory;
use super::task_definition::Container;
use crate::aws::ecs::TaskDefinition as View;
use crate::aws::fargate::{cpu_units, mebibytes};
use crate::eval::{Case, Cases, Domains, Evaluator, Guard, Known, Unknown, when};
use crate::project::ResourceId;

/// Different sums of one task definition before they are given up: more come from containers whose amounts are chosen
/// independently, and no message could name the choice.
pub const MAX_SUMS: usize = 64;

/// Amounts, each with when; CPU in units, memory in MiB.
pub type Amounts = Vec<Case<Known<u64>>>;

/// What a task or a container may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// CPU, in units.
    Cpu,
    /// Memory, in MiB.
    Memory,
}

impl Resource {
    /// Both.
    pub const ALL: [Resource; 2] = [Resource::Cpu, Resource::Memory];

    /// The property by which it is asked for.
    pub fn property(self) -> &'static str {
        match self {
            Resource::Cpu => "Cpu",
            Resource::Memory => "Memory",
        }
    }

    /// An amount in words.
    pub fn shown(self, amount: u64) -> String {
        match self {
            Resource::Cpu => format!("{amount} CPU units"),
            Resource::Memory => format!("{amount} MiB of memory"),
        }
    }

    /// What the task asks for.
    pub fn of_task(self, eval: &Evaluator<'_>, id: ResourceId) -> Amounts {
        match self {
            Resource::Cpu => amounts(eval, View(id).cpu(eval), cpu_units),
            Resource::Memory => amounts(eval, View(id).memory(eval), mebibytes),
        }
    }

    /// The most that a container may have, as far as its definition says.
    pub fn of_container<'a>(self, eval: &Evaluator<'a>, container: &Container<'a>) -> Amounts {
        match self {
            Resource::Cpu => whole(eval, container.view().cpu(eval)),
            Resource::Memory => whole(eval, container.view().memory(eval)),
        }
    }

    /// What is kept for a container, which ECS adds up: of memory the reservation. Limits of memory are not added up.
    pub fn kept_for<'a>(self, eval: &Evaluator<'a>, container: &Container<'a>) -> Amounts {
        match self {
            Resource::Cpu => self.of_container(eval, container),
            Resource::Memory => whole(eval, container.view().memory_reservation(eval)),
        }
    }
}

fn whole<'a>(eval: &Evaluator<'a>, cases: Cases<'a>) -> Amounts {
    amounts(eval, cases, |text| text.trim().parse().ok())
}

fn amounts<'a>(eval: &Evaluator<'a>, cases: Cases<'a>, read: fn(&str) -> Option<u64>) -> Amounts {
    let amounts = eval.scalars(cases).into_iter().map(|case| {
        let amount = match &case.value {
            Known::Absent => Known::Absent,
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
            Known::Value(text) => read(text).map_or_else(
                || {
                    Known::Unknown(Unknown::Malformed(
                        format!("`{text}` where an amount belongs").into(),
                    ))
                },
                Known::Value,
            ),
        };
        case.with(amount)
    });
    amounts.collect()
}

/// When there is no amount.
pub fn absent(amounts: &Amounts) -> Guard {
    when(amounts, |value| *value == Known::Absent)
}

/// The least that amounts of several containers add up to, each sum with when; an amount that is not known counts as 0.
/// `None` beyond [`MAX_SUMS`].
pub fn sums(containers: &[Amounts]) -> Option<Vec<(Guard, u64)>> {
    let mut sums = vec![(Guard::True, 0_u64)];
    for amounts in containers {
        let known: Vec<(&Guard, u64)> = amounts
            .iter()
            .filter_map(|case| match case.value {
                Known::Value(amount) if amount > 0 => Some((&case.guard, amount)),
                _ => None,
            })
            .collect();
        let none = Guard::any(known.iter().map(|(guard, _)| (*guard).clone())).negated();
        let mut next: Vec<(Guard, u64)> = Vec::new();
        for (guard, sum) in &sums {
            for (when, amount) in known.iter().copied().chain([(&none, 0)]) {
                let (guard, sum) = (guard.and(when), sum.saturating_add(amount));
                if guard.is_never() {
                    continue;
                }
                match next.iter_mut().find(|(_, other)| *other == sum) {
                    Some((other, _)) => *other = other.or(&guard),
                    None => next.push((guard, sum)),
                }
            }
        }
        if next.len() > MAX_SUMS {
            return None;
        }
        sums = next;
    }
    Some(sums)
}

/// True when amounts that hold under a guard are meant to go together: one choice brings them about, or the defaults of
/// several do. Parameters that are chosen independently also allow combinations that nobody deploys.
pub fn go_together(inventory: &Inventory<'_>, guard: &Guard) -> bool {
    let variables = guard.variables();
    let is_default = || variables.iter().all(|var| inventory.eval.default(var).is_some());
    variables.len() < 2 || (is_default() && inventory.possible_by_default(guard))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Scope, Var};
    use crate::project::StackId;
    use crate::source::{FileId, Span};

    fn case(guard: Guard, value: Known<u64>) -> Case<Known<u64>> {
        Case {
            guard,
            ..Case::new(value, Span::new(FileId(0), 0, 0))
        }
    }

    fn is(value: &str) -> Guard {
        let var = Var {
            scope: Scope::Stack(StackId(0)),
            name: "Stage".into(),
        };
        Guard::is(var, value)
    }

    #[test]
    fn amounts_add_up_and_unknown_ones_count_as_nothing() {
        let one = vec![case(Guard::True, Known::Value(512))];
        let unknown = vec![case(Guard::True, Known::Unknown(Unknown::Limit("test")))];
        let all = [one.clone(), unknown, one];
        assert_eq!(sums(&all), Some(vec![(Guard::True, 1024)]));
    }

    #[test]
    fn amounts_of_one_choice_add_up_for_each_value() {
        let chosen = vec![
            case(is("dev"), Known::Value(1)),
            case(is("prod"), Known::Value(4)),
        ];
        let sums = sums(&[chosen.clone(), chosen]).unwrap();
        let amounts: Vec<u64> = sums.iter().map(|(_, sum)| *sum).collect();
        assert!(amounts.contains(&2) && amounts.contains(&8));
        assert!(!amounts.contains(&5), "{sums:?}");
    }

    #[test]
    fn too_many_sums_are_given_up() {
        let container = |index: u32| {
            let var = Var {
                scope: Scope::Stack(StackId(0)),
                name: format!("Is{index}").into(),
            };
            vec![case(Guard::is(var, "yes"), Known::Value(1 << index))]
        };
        let all: Vec<Amounts> = (0..10).map(container).collect();
        assert_eq!(sums(&all), None);
    }
}
