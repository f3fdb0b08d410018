//! Conditions and the Rules section as guards.

use super::text::Text;
use super::value::{Case, Part, Value};
use super::{Active, Evaluator, Guard, read, write};
use crate::cfn::{Assumption, Rule};
use crate::project::StackId;
use crate::source::Str;
use crate::yaml::{Function, Node};

/// Largest formula of one condition, in atoms and connectives. CloudFormation takes ten conditions in an `Fn::And` or
/// `Fn::Or`, and those of real templates stay below a hundred; a chain that doubles with every step would not end.
const MAX_FORMULA: usize = 2_048;

impl<'a> Evaluator<'a> {
    /// When a named condition of a stack's template is true. A condition that is not declared is opaque.
    pub fn condition(&self, stack: StackId, name: &Str) -> Guard {
        self.condition_in(&mut Active::default(), stack, name)
    }

    pub(super) fn condition_in(&self, active: &mut Active, stack: StackId, name: &Str) -> Guard {
        let key = (stack, name.clone());
        if let Some(guard) = read(&self.memo.conditions).get(&key) {
            return guard.clone();
        }
        let opaque = || Guard::Opaque(format!("condition `{name}` of stack {}", stack.0).into());
        let Some(condition) = self.project.template(stack).conditions.get(name) else {
            return opaque();
        };
        let entry = format!("Conditions.{name}");
        if active.enter(stack, &entry).is_err() {
            return opaque();
        }
        let guard = self.formula(active, stack, &condition.body);
        active.leave();
        // Too large to look into, but still equal to itself and opposite to its negation.
        let guard = if guard.is_larger_than(MAX_FORMULA) {
            opaque()
        } else {
            guard
        };
        if !active.cyclic {
            write(&self.memo.conditions).insert(key, guard.clone());
        }
        guard
    }

    /// When a parameter has the value that a loop was expanded with.
    pub(super) fn assumption(&self, stack: StackId, assumption: &Assumption) -> Guard {
        let span = self.project.template(stack).span;
        let cases = self.parameter(&mut Active::default(), stack, &assumption.parameter, span);
        Guard::any(cases.iter().map(|case| {
            let Value::Text(text) = &case.value else {
                return Guard::False;
            };
            case.guard
                .and(&equal(text, &Text::literal(assumption.value.clone())))
        }))
    }

    /// What the Rules section of a stack's template asserts.
    pub(super) fn axioms(&self, stack: StackId) -> Guard {
        if let Some(guard) = read(&self.memo.axioms).get(&stack) {
            return guard.clone();
        }
        let rules = &self.project.template(stack).rules;
        let guard = Guard::all(rules.iter().map(|rule| self.assertion(stack, rule)));
        write(&self.memo.axioms).insert(stack, guard.clone());
        guard
    }

    fn assertion(&self, stack: StackId, rule: &'a Rule) -> Guard {
        let active = &mut Active::default();
        let applies = rule
            .condition
            .as_ref()
            .map_or(Guard::True, |node| self.formula(active, stack, node));
        let asserted = Guard::all(
            rule.assertions
                .iter()
                .map(|node| self.formula(active, stack, node)),
        );
        applies.negated().or(&asserted)
    }

    fn formula(&self, active: &mut Active, stack: StackId, node: &'a Node) -> Guard {
        let opaque = || Guard::Opaque(format!("{}:{}", node.span.file.0, node.span.start).into());
        let Some(call) = node.as_call() else {
            return match node.as_bool() {
                Some(true) => Guard::True,
                Some(false) => Guard::False,
                None => opaque(),
            };
        };
        let arguments = call
            .argument
            .as_sequence()
            .unwrap_or(std::slice::from_ref(&call.argument));
        match (&call.function, arguments) {
            (Function::Equals, [left, right]) => {
                let (left, right) = (self.eval(active, stack, left), self.eval(active, stack, right));
                compare(&left, &right, &opaque)
            }
            (Function::And | Function::Or, parts) if parts.len() > MAX_FORMULA => opaque(),
            (Function::And, parts) => Guard::all(parts.iter().map(|part| self.formula(active, stack, part))),
            (Function::Or, parts) => Guard::any(parts.iter().map(|part| self.formula(active, stack, part))),
            (Function::Not, [part]) => self.formula(active, stack, part).negated(),
            (Function::Condition, [name]) => match name.as_text() {
                Some(name) => self.condition_in(active, stack, name),
                None => opaque(),
            },
            (Function::Contains, [list, value]) => {
                let (list, value) = (self.eval(active, stack, list), self.eval(active, stack, value));
                let Some(elements) = single_list(&list) else {
                    return opaque();
                };
                Guard::any(elements.iter().map(|element| {
                    element
                        .guard
                        .and(&compare(std::slice::from_ref(element), &value, &opaque))
                }))
            }
            _ => opaque(),
        }
    }
}

fn single_list<'v, 'a>(cases: &'v [Case<Value<'a>>]) -> Option<&'v [Case<Value<'a>>]> {
    match cases {
        [
            Case {
                value: Value::List(elements),
                ..
            },
        ] => Some(elements),
        _ => None,
    }
}

/// When two values with cases are equal.
fn compare(left: &[Case<Value<'_>>], right: &[Case<Value<'_>>], opaque: &dyn Fn() -> Guard) -> Guard {
    if left.len().saturating_mul(right.len()) > MAX_FORMULA {
        return opaque();
    }
    let mut out = Vec::new();
    for a in left {
        for b in right {
            let both = a.guard.and(&b.guard);
            let equal = match (&a.value, &b.value) {
                (Value::Text(a), Value::Text(b)) => equal(a, b),
                _ => opaque(),
            };
            out.push(both.and(&equal));
        }
    }
    Guard::any(out)
}

/// When two texts are equal.
pub(super) fn equal(left: &Text, right: &Text) -> Guard {
    if left == right && left.parts().iter().all(|part| !matches!(part, Part::Unknown(_))) {
        return Guard::True;
    }
    match (left.as_literal(), right.as_literal()) {
        (Some(_), Some(_)) => Guard::False,
        (None, Some(constant)) => equal_to_constant(left, &constant),
        (Some(constant), None) => equal_to_constant(right, &constant),
        (None, None) => match (left.as_part(), right.as_part()) {
            (Some(Part::Variable(left)), Some(Part::Variable(right))) => {
                Guard::same(left.clone(), right.clone())
            }
            _ => opaque_equality(left, right),
        },
    }
}

/// When a text with parts equals a constant: the single variable in it must stand for the characters between the
/// literals around it.
fn equal_to_constant(text: &Text, constant: &Str) -> Guard {
    let (before, var, after) = match text.parts() {
        [Part::Variable(var)] => ("", var, ""),
        [Part::Literal(before), Part::Variable(var)] => (&**before, var, ""),
        [Part::Variable(var), Part::Literal(after)] => ("", var, &**after),
        [Part::Literal(before), Part::Variable(var), Part::Literal(after)] => (&**before, var, &**after),
        _ => return opaque_equality(text, &Text::literal(constant.clone())),
    };
    match constant
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
    {
        Some(middle) => Guard::is(var.clone(), middle),
        None => Guard::False,
    }
}

/// An equality that cannot be seen into; the same two texts always give the same atom.
fn opaque_equality(left: &Text, right: &Text) -> Guard {
    let (first, second) = if left <= right {
        (left, right)
    } else {
        (right, left)
    };
    Guard::Opaque(format!("{first:?} = {second:?}").into())
}
