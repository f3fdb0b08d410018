use proptest::prelude::*;

use super::*;

/// `A` takes one of three values with the default `a`, `B` anything, `C` anything with the default `c`.
struct Table;

impl Domains for Table {
    fn allowed(&self, var: &Var) -> Vec<Str> {
        if &*var.name == "A" {
            vec!["a".into(), "b".into(), "c".into()]
        } else {
            Vec::new()
        }
    }

    fn default(&self, var: &Var) -> Option<Str> {
        match &*var.name {
            "A" => Some("a".into()),
            "C" => Some("c".into()),
            _ => None,
        }
    }

    fn axiom(&self, _: &Var) -> Guard {
        Guard::True
    }
}

fn var(name: &str) -> Var {
    Var {
        scope: Scope::Stack(StackId(0)),
        name: name.into(),
    }
}

fn is(name: &str, value: &str) -> Guard {
    Guard::is(var(name), value)
}

#[test]
fn two_constants_of_one_parameter_exclude_each_other() {
    assert!(satisfiable(&is("B", "x").and(&is("B", "y")), &Table).is_no());
    assert!(satisfiable(&is("B", "x").negated().and(&is("B", "y").negated()), &Table).is_yes());
}

#[test]
fn allowed_values_are_exhaustive() {
    let none = Guard::all(["a", "b", "c"].map(|value| is("A", value).negated()));
    assert!(satisfiable(&none, &Table).is_no());
    assert!(satisfiable(&is("A", "d"), &Table).is_no());
}

#[test]
fn variables_compared_with_each_other_can_be_equal_and_different() {
    let same = Guard::same(var("B"), var("D"));
    assert!(satisfiable(&same, &Table).is_yes());
    assert!(satisfiable(&same.negated(), &Table).is_yes());
    assert!(satisfiable(&same.and(&is("B", "x")).and(&is("D", "x").negated()), &Table).is_no());
    assert!(satisfiable(&same.and(&is("B", "x")).and(&is("D", "x")), &Table).is_yes());
}

#[test]
fn defaults_and_witnesses_are_told_apart() {
    assert_eq!(holds(&Guard::True, &Guard::True, &Table), Holds::Always);
    assert!(
        matches!(holds(&Guard::True, &is("A", "a"), &Table), Holds::ByDefault(world) if world.len() == 1)
    );
    assert!(matches!(
        holds(&Guard::True, &is("A", "b"), &Table),
        Holds::Sometimes(_)
    ));
    assert_eq!(holds(&Guard::True, &is("A", "z"), &Table), Holds::Never);
    assert_eq!(
        holds(&is("A", "b"), &is("A", "c").negated(), &Table),
        Holds::Always
    );
}

#[test]
fn a_witness_names_only_what_matters() {
    let formula = Guard::any([is("B", "x"), is("A", "b").and(&is("C", "q"))]);
    let Holds::Sometimes(world) = holds(&Guard::True, &formula, &Table) else {
        panic!("not sometimes")
    };
    assert_eq!(world.len(), 1, "{world:?}");
}

#[test]
fn too_many_worlds_are_said_and_not_cut() {
    let parity = |names: &[String]| {
        names.iter().fold(Guard::False, |acc, name| {
            let atom = is(name, "x");
            Guard::any([acc.and(&atom.negated()), acc.negated().and(&atom)])
        })
    };
    let names: Vec<String> = (0..22).map(|index| format!("P{index:02}")).collect();
    let odd = parity(&names[..5]);
    assert!(satisfiable(&odd, &Table).is_yes());
    let contradiction = Guard::all(
        names
            .chunks(2)
            .map(|pair| Guard::any([is(&pair[0], "x"), is(&pair[1], "x")])),
    )
    .and(&Guard::all(
        names
            .iter()
            .map(|name| Guard::any([is(name, "x").negated(), is("Z", "z")])),
    ))
    .and(&is("Z", "z").negated());
    assert_ne!(satisfiable(&contradiction, &Table), Sat::Yes(World::new()));
}

fn formulas() -> impl Strategy<Value = Guard> {
    let names = prop::sample::select(vec!["A", "B", "C"]);
    let values = prop::sample::select(vec!["a", "b", "x"]);
    let leaf = prop_oneof![
        (names.clone(), values).prop_map(|(name, value)| is(name, value)),
        (names.clone(), names).prop_map(|(left, right)| Guard::same(var(left), var(right))),
        Just(Guard::Opaque("o".into())),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|guard| guard.negated()),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Guard::all),
            prop::collection::vec(inner, 1..4).prop_map(Guard::any),
        ]
    })
}

/// Every assignment of a domain that is large enough for three variables with the constants above.
fn brute_force(formula: &Guard) -> bool {
    let any = ["a", "b", "c", "x", "f0", "f1", "f2"];
    for a in ["a", "b", "c"] {
        for b in any {
            for c in any {
                for truth in [true, false] {
                    let world: World = [
                        (Unit::Var(var("A")), Choice::Constant(a.into())),
                        (Unit::Var(var("B")), Choice::Constant(b.into())),
                        (Unit::Var(var("C")), Choice::Constant(c.into())),
                        (Unit::Opaque("o".into()), Choice::Truth(truth)),
                    ]
                    .into();
                    if evaluate(formula, &world) == Some(true) {
                        return true;
                    }
                }
            }
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn satisfiability_agrees_with_brute_force(formula in formulas()) {
        prop_assert_eq!(satisfiable(&formula, &Table).is_yes(), brute_force(&formula));
    }

    #[test]
    fn a_witness_satisfies_its_formula(formula in formulas()) {
        if let Sat::Yes(world) = satisfiable(&formula, &Table) {
            prop_assert_eq!(evaluate(&formula, &world), Some(true));
        }
    }
}

#[test]
fn a_variable_with_two_values_is_never() {
    let zone = |value: &str| {
        Guard::is(
            Var {
                scope: Scope::Everywhere,
                name: "AWS::Region".into(),
            },
            value,
        )
    };
    assert!(zone("a").and(&zone("b")).is_never());
    assert_eq!(zone("a").and(&zone("a")), zone("a"));
    assert!(!zone("a").and(&zone("b").negated()).is_never());
}

#[test]
fn many_parts_are_held_once_and_contradict_as_few_do() {
    let many = || (0..100).map(|n| is("B", &format!("v{n}")).negated());
    let Guard::And(parts) = Guard::all(many().chain(many())) else {
        panic!("no conjunction")
    };
    assert_eq!(parts.len(), 100);
    assert_eq!(Guard::all(many().chain([is("B", "v99")])), Guard::False);
    assert_eq!(Guard::any(many().chain([is("B", "v99")])), Guard::True);
    let named = (0..100).map(|n| is(&format!("V{n}"), "a"));
    assert_eq!(Guard::all(named.chain([is("V7", "b")])), Guard::False);
}

#[test]
fn the_size_of_a_formula_is_counted_as_written_out() {
    let mut guard = is("B", "x");
    for step in 0..60 {
        let more = is("D", &format!("{step}"));
        guard = Guard::any([guard.and(&more.negated()), guard.negated().and(&more)]);
    }
    assert!(guard.is_larger_than(1_000_000));
    assert!(!is("B", "x").negated().is_larger_than(2));
    assert!(is("B", "x").negated().is_larger_than(1));
}

#[test]
fn more_units_than_can_be_searched_are_too_many_and_count_as_possible() {
    let guard = Guard::all((0..2_000).map(|n| is(&format!("V{n}"), "a")));
    assert_eq!(satisfiable(&guard, &Table), Sat::TooMany);
    assert!(possible_by_default(&guard, &Table));
}

#[test]
fn a_formula_has_each_part_once_and_none_beside_its_negation() {
    for length in [2, SMALL_FORMULA - 1, SMALL_FORMULA, SMALL_FORMULA + 1, 40] {
        let parts: Vec<Guard> = (0..length).map(|n| is(&format!("P{n}"), "x")).collect();
        let (all, any) = (Guard::all(parts.clone()), Guard::any(parts.clone()));
        for part in &parts {
            assert_eq!(all.and(part), all);
            assert_eq!(all.and(&part.negated()), Guard::False);
            assert_eq!(any.or(part), any);
            assert_eq!(any.or(&part.negated()), Guard::True);
        }
        let other = is("P0", "y");
        assert_eq!(all.and(&other), Guard::False);
        assert_eq!(
            any.or(&other),
            Guard::any(parts.iter().cloned().chain([other.clone()]))
        );
        let denied = Guard::all(parts.iter().map(Guard::negated));
        assert_eq!(denied.and(&parts[0]), Guard::False);
        assert_eq!(denied.and(&parts[0].negated()), denied);
    }
}
