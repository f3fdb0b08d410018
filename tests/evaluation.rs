//! Values as templates give them: functions, conditions, parameters, with when each case holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use ecslint::cfn::lower;
use ecslint::eval::{Case, Evaluator, Guard, Known, Path, Value};
use ecslint::project::{Project, ResourceId, Stack, StackId, TemplateId};
use ecslint::source::{FileId, Source};
use ecslint::yaml::parse;
use indexmap::IndexMap;

/// A project of one template in one root stack.
fn project(template: &str) -> Project {
    let mut project = Project::default();
    project.sources.add(Source::new("t.yaml", template));
    let document = parse(FileId(0), template).expect("a template");
    project.templates.push(lower(document, &IndexMap::new()));
    project.boundaries.push("".into());
    project.stacks.push(Stack {
        template: TemplateId(0),
        parent: None,
        root: StackId(0),
        path: "".into(),
        given: IndexMap::new(),
        children: IndexMap::new(),
    });
    project
}

fn show(eval: &Evaluator<'_>, case: &Case<Value<'_>>) -> String {
    let value = match &case.value {
        Value::Absent => "absent".to_owned(),
        Value::Text(text) => eval.render(text).to_string(),
        Value::List(elements) => {
            let elements: Vec<String> = elements.iter().map(|element| show(eval, element)).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(_) => "mapping".to_owned(),
        Value::Unknown(reason) => format!("unknown: {}", eval.reason(reason).text),
    };
    match &case.guard {
        Guard::True => value,
        guard => format!("{value} if {}", formula(guard)),
    }
}

fn formula(guard: &Guard) -> String {
    match guard {
        Guard::True => "true".into(),
        Guard::False => "false".into(),
        Guard::Is(equality) => format!("{}={}", equality.var.name, equality.value),
        Guard::Same(pair) => format!("{}={}", pair[0].name, pair[1].name),
        Guard::Opaque(_) => "?".into(),
        Guard::Not(inner) => format!("!({})", formula(inner)),
        Guard::And(parts) => format!("({})", parts.iter().map(formula).collect::<Vec<_>>().join(" & ")),
        Guard::Or(parts) => format!("({})", parts.iter().map(formula).collect::<Vec<_>>().join(" | ")),
    }
}

/// The cases of property `P` of resource `R`, whose value is `value`, in a template with these other sections.
fn cases(sections: &str, value: &str) -> Vec<String> {
    let template = format!(
        "{sections}\nResources:\n  Sg: {{Type: AWS::EC2::SecurityGroup}}\n  R:\n    Type: Test::R::R\n    Properties:\n      P: {value}\n"
    );
    let project = project(&template);
    let eval = Evaluator::new(&project);
    let resource = project.find(StackId(0), "R").expect("R");
    eval.property(resource, &["P"])
        .iter()
        .map(|case| show(&eval, case))
        .collect()
}

const ENV: &str = "Parameters:\n  Env: {Type: String, Default: dev}\n  Free: {Type: String}\n  List: {Type: CommaDelimitedList, Default: 'a, b'}\nConditions:\n  IsProd: !Equals [!Ref Env, prod]\n  IsFree: !Equals [!Ref Free, x]\n  Both: !And [!Condition IsProd, !Condition IsFree]\n  Odd: !Equals [!Join ['', [pre-, !Ref Free]], pre-y]\nMappings:\n  M:\n    prod: {size: big}\n    dev: {size: small}";

#[test]
fn texts_keep_their_parts() {
    assert_eq!(
        cases(ENV, "!Sub '${Free}-${Sg.GroupId}-${!Lit}'"),
        ["${Free}-${Sg.GroupId}-${Lit}"]
    );
    assert_eq!(
        cases(ENV, "!Sub ['${A}/${Free}', {A: !Ref Sg}]"),
        ["${Sg}/${Free}"]
    );
    assert_eq!(cases(ENV, "!Join ['-', [a, !Ref Sg, b]]"), ["a-${Sg}-b"]);
    assert_eq!(
        cases(
            ENV,
            "!Select [1, !Split [',', !Join [',', [!Ref Free, !Ref Sg]]]]"
        ),
        ["${Sg}"]
    );
}

#[test]
fn conditions_guard_their_branches() {
    assert_eq!(
        cases(ENV, "!If [IsProd, a, b]"),
        ["a if Env=prod", "b if !(Env=prod)"]
    );
    assert_eq!(
        cases(ENV, "!If [Both, a, !Ref AWS::NoValue]"),
        ["a if (Env=prod & Free=x)", "absent if !((Env=prod & Free=x))"]
    );
    assert_eq!(cases(ENV, "!If [Odd, a, b]"), ["a if Free=y", "b if !(Free=y)"]);
    assert_eq!(
        cases(ENV, "[a, !If [IsProd, b, !Ref AWS::NoValue], c]"),
        ["[a, b if Env=prod, c]"]
    );
    assert_eq!(
        cases(ENV, "!Select [1, [a, !If [IsProd, b, !Ref AWS::NoValue], c]]"),
        ["b if Env=prod", "c if !(Env=prod)"]
    );
}

#[test]
fn mappings_are_looked_up_under_every_key_a_parameter_can_name() {
    assert_eq!(
        cases(ENV, "!FindInMap [M, !Ref Env, size]"),
        ["big if Env=prod", "small if Env=dev"]
    );
    assert_eq!(cases(ENV, "!FindInMap [M, prod, size]"), ["big"]);
    assert_eq!(
        cases(ENV, "!FindInMap [M, test, size, {DefaultValue: none}]"),
        ["none"]
    );
    assert_eq!(
        cases(ENV, "!FindInMap [M, !Ref Env, size, {DefaultValue: none}]"),
        [
            "big if Env=prod",
            "small if Env=dev",
            "none if !((Env=prod | Env=dev))"
        ]
    );
}

#[test]
fn nothing_is_invented() {
    assert_eq!(
        cases(ENV, "!Sub 'arn:${AWS::Partition}:x:${AWS::Region}'"),
        ["arn:${AWS::Partition}:x:${AWS::Region}"]
    );
    assert_eq!(cases(ENV, "!Ref Nothing"), ["unknown: `Nothing` is not declared"]);
    assert_eq!(
        cases(ENV, "!ImportValue net-vpc"),
        ["unknown: no loaded template exports `net-vpc`"]
    );
    assert_eq!(
        cases(ENV, "{'Fn::Transform': {Name: Mine}}"),
        ["unknown: macro `Mine` decides it"]
    );
    assert_eq!(cases(ENV, "!Select [0, !GetAZs '']"), ["${zone 0}"]);
    assert_eq!(cases(ENV, "'{{resolve:ssm:/a}}'"), ["{{resolve:ssm:/a}}"]);
}

#[test]
fn definitions_in_terms_of_themselves_end() {
    let sections = "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]";
    assert_eq!(cases(sections, "!If [A, x, y]").len(), 2);
}

#[test]
fn defaults_are_one_world_and_the_rest_stays_unknown() {
    let template =
        format!("{ENV}\nResources:\n  R: {{Type: Test::R::R, Properties: {{P: !Ref Env, L: !Ref List}}}}\n");
    let project = project(&template);
    let eval = Evaluator::new(&project);
    let resource = ResourceId {
        stack: StackId(0),
        index: 0,
    };
    let scalars = eval.scalars(eval.property(resource, &["P"]));
    let shown: Vec<String> = scalars
        .iter()
        .map(|case| {
            format!(
                "{:?} {}",
                matches!(&case.value, Known::Value(text) if &**text == "dev"),
                formula(&case.guard)
            )
        })
        .collect();
    assert_eq!(shown, ["true Env=dev", "false !(Env=dev)"]);
    let elements: Vec<String> = eval
        .elements(eval.property(resource, &["L"]))
        .iter()
        .map(|case| show(&eval, case))
        .collect();
    assert_eq!(
        elements,
        ["a if List=a, b", "b if List=a, b", "${List} if !(List=a, b)"]
    );
}

#[test]
fn an_export_named_by_an_import_does_not_hang() {
    let sections = "Outputs:\n  O:\n    Value: x\n    Export: {Name: !Sub ['${A}-x', {A: !ImportValue other-x}]}\n  P:\n    Condition: C\n    Value: y\n    Export: {Name: other-x}\nConditions:\n  C: !Equals [!ImportValue other-y, y]";
    assert_eq!(
        cases(sections, "!ImportValue a-x"),
        ["unknown: no loaded template exports `a-x`"]
    );
}

#[test]
fn a_chain_of_conditions_longer_than_the_limit_ends() {
    let chain = (0..20_000).map(|index| format!("  C{index}: !Not [!Condition C{}]\n", index + 1));
    let sections = format!(
        "Conditions:\n{}  C20000: !Equals [a, a]",
        chain.collect::<String>()
    );
    assert_eq!(cases(&sections, "!If [C0, x, y]").len(), 2);
}

#[test]
fn a_comma_in_an_element_is_a_character_like_any_other() {
    assert_eq!(cases(ENV, "!Join ['', ['echo a, b', ' ', c]]"), ["echo a, b c"]);
    assert_eq!(cases(ENV, "!Select [1, ['a,b', c]]"), ["c"]);
    assert_eq!(cases(ENV, "!Join [':', [!Ref Env, x]]"), ["${Env}:x"]);
    assert_eq!(cases(ENV, "!Join [',', !Ref List]"), ["${List}"]);
    assert_eq!(
        cases(ENV, "!Join [' ', !Ref List]"),
        ["a b if List=a, b", "${List} if !(List=a, b)"]
    );
    assert_eq!(
        cases(ENV, "!Select [0, !Ref List]"),
        [
            "a if List=a, b",
            "unknown: parameter `List` has no value if !(List=a, b)"
        ]
    );
}

/// What a path leads to from the property `P`, whose value is `value`.
fn selected(value: &str, path: &str) -> Vec<String> {
    let template = format!(
        "{ENV}\nResources:\n  Sg: {{Type: AWS::EC2::SecurityGroup}}\n  R:\n    Type: Test::R::R\n    Properties:\n      P: {value}\n"
    );
    let project = project(&template);
    let eval = Evaluator::new(&project);
    let resource = project.find(StackId(0), "R").expect("R");
    let path = Path::parse(path).expect("a path");
    let cases = eval.at_path(eval.property(resource, &["P"]), &path);
    cases.iter().map(|case| show(&eval, case)).collect()
}

#[test]
fn paths_go_through_conditions_and_say_where_they_lead_to_nothing() {
    assert_eq!(
        selected("!If [IsProd, {A: {B: 1}}, !Ref AWS::NoValue]", "$.A.B"),
        ["1 if Env=prod", "absent if !(Env=prod)"]
    );
    assert_eq!(
        selected("[{A: 1}, !If [IsProd, {A: 2}, !Ref AWS::NoValue]]", "$[*].A"),
        ["1", "2 if Env=prod"]
    );
    assert_eq!(selected("{A: [x, y]}", "$.A[*]"), ["x", "y"]);
    assert_eq!(selected("{A: []}", "$.A[*]"), ["absent"]);
    assert_eq!(
        selected("{A: [!If [IsProd, x, !Ref AWS::NoValue]]}", "$.A[*]"),
        ["x if Env=prod", "absent if !(Env=prod)"]
    );
    assert_eq!(
        selected("{A: !Ref Free}", "$.A.B"),
        ["unknown: parameter `Free` has no value"]
    );
    assert_eq!(
        selected("{A: {B: x}}", "$.A[*].B"),
        ["x"],
        "one in place of a list"
    );
}

#[test]
fn filters_have_three_answers() {
    let list = "[{K: a, V: 1}, {K: b, V: 2}]";
    assert_eq!(selected(list, "$[?@.K == 'b'].V"), ["2"]);
    assert_eq!(selected(list, "$[?@.K != 'b'].V"), ["1"]);
    assert_eq!(selected(list, "$[?@.V >= 2 || @.K == 'a'].K"), ["a", "b"]);
    assert_eq!(selected(list, "$[?'b' == @.K && 1 < @.V].V"), ["2"]);
    assert_eq!(selected(list, "$[?@.V < 2].K"), ["a"]);
    assert_eq!(selected(list, "$[?@.K == 'c'].V"), ["absent"]);
    assert_eq!(selected("[{K: a}, {V: 1}]", "$[?!@.K].V"), ["1"]);
    assert_eq!(
        selected("[{K: a}, {V: 1}]", "$[?@.K == null].V"),
        ["1"],
        "null is nothing"
    );
    assert_eq!(
        selected("[{K: !If [IsProd, a, b], V: 1}]", "$[?@.K == 'a'].V"),
        ["1 if Env=prod", "absent if !(Env=prod)"]
    );
    assert_eq!(
        selected("[{K: !ImportValue x, V: 1}]", "$[?@.K == 'a'].V"),
        ["unknown: no loaded template exports `x`"]
    );
    assert_eq!(
        selected("[{K: !ImportValue x, V: 1}]", "$[?@.V == 1 || @.K == 'a'].V"),
        ["1"],
        "decided without the import"
    );
    assert_eq!(
        selected("[{K: !ImportValue x, V: 1}]", "$[?@.V == 2 && @.K == 'a'].V"),
        ["absent"]
    );
    assert_eq!(
        selected("[{E: 'true'}, {E: false}, {E: TRUE}]", "$[?@.E == true].E"),
        ["true", "true"]
    );
}

#[test]
fn what_means_nothing_in_a_template_is_refused() {
    for (path, message) in [
        ("$..Image", "`..` looks everywhere"),
        ("$[0]", "positions in a list"),
        ("$[1:2]", "positions in a list"),
        ("$['a','b']", "one thing at a time"),
        ("$[?length(@.a) > 1]", "functions are not built"),
        ("$[?@.a == @.b]", "compares a path with a constant"),
        ("$[?@.a == $.b]", "compares a path with a constant"),
        ("$[?$.a]", "reads the element it is about"),
        ("$[?@[0] == 1]", "positions in a list"),
        ("Properties.A", "is not a JSONPath"),
        ("$.", "is not a JSONPath"),
    ] {
        let error = Path::parse(path).expect_err(path);
        assert!(error.message.contains(message), "{path}: {error}");
        assert!(error.help.is_some(), "{path}");
    }
}

#[test]
fn a_function_with_arguments_that_it_does_not_take_is_not_known() {
    for (value, function) in [
        ("!Join [',']", "Fn::Join"),
        ("!Select [0]", "Fn::Select"),
        ("!Split [',']", "Fn::Split"),
        ("!If [IsProd, a]", "Fn::If"),
        ("!FindInMap [M]", "Fn::FindInMap"),
        ("!Sub {a: b}", "Fn::Sub"),
    ] {
        let unknown = format!("unknown: {function} is not valid here");
        assert_eq!(cases(ENV, value), [unknown], "{value}");
    }
}
