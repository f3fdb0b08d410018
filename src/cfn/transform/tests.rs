use indexmap::IndexMap;

use super::*;
use crate::cfn::{Template, lower};
use crate::source::FileId;
use crate::yaml::parse;

/// A template with these resources.
fn template(resources: &str) -> Template {
    let text = format!("Transform: AWS::LanguageExtensions\nResources:\n{resources}");
    lower(parse(FileId(0), &text).unwrap(), &IndexMap::new())
}

/// A list of texts that differ.
fn list(count: usize) -> String {
    let items: Vec<String> = (0..count).map(|at| format!("x{at}")).collect();
    format!("[{}]", items.join(","))
}

/// A loop over items with a resource whose property is a value.
fn one_loop(items: usize, value: &str) -> String {
    let body = format!("'N${{a}}': {{Type: AWS::SNS::Topic, Properties: {{P: {value}}}}}");
    format!("  Fn::ForEach::A: [a, {}, {{{body}}}]\n", list(items))
}

#[test]
fn a_loop_makes_an_entry_for_every_item() {
    let made = template(&one_loop(3, "['${a}', '&{a}', !Ref a, !Sub '${a}-x']"));
    assert_eq!(
        made.resources.keys().map(|key| &**key).collect::<Vec<_>>(),
        ["Nx0", "Nx1", "Nx2"]
    );
    let items = made.resources["Nx2"]
        .properties
        .as_ref()
        .and_then(|node| node.get("P"))
        .unwrap();
    let texts: Vec<_> = items
        .as_sequence()
        .unwrap()
        .iter()
        .map(|item| static_text(item).unwrap())
        .collect();
    assert_eq!(
        texts.iter().map(|text| &**text).collect::<Vec<_>>(),
        ["x2", "x2", "x2", "x2-x"]
    );
    assert!(made.unexpanded.is_empty());
}

#[test]
fn what_loops_copy_is_bounded() {
    let large = format!("[{}]", vec!["1"; 40_000].join(","));
    let made = template(&(one_loop(MAX_LOOP_ITEMS, &large) + "  Topic: {Type: AWS::SNS::Topic}\n"));
    assert!(made.resources.contains_key("Topic"));
    assert!(made.resources.len() < 2 + MAX_LOOP_BYTES / 40_000);
    assert_eq!(made.unexpanded.len(), 1, "the loop is told to be open");
}

#[test]
fn texts_that_loops_double_are_bounded() {
    let mut body = "{'N${v40}': {Type: AWS::SNS::Topic, Properties: {P: '${v0}'}}}".to_owned();
    for at in (0..40).rev() {
        let next = at + 1;
        body = format!("{{'Fn::ForEach::L{at}': [v{at}, ['${{v{next}}}${{v{next}}}'], {body}]}}");
    }
    let text = format!("Transform: AWS::LanguageExtensions\nResources: {body}\n");
    let made = lower(parse(FileId(0), &text).unwrap(), &IndexMap::new());
    assert!(made.resources.is_empty());
    assert!(!made.unexpanded.is_empty(), "the loops are told to be open");
}

#[test]
fn a_loop_that_is_too_long_for_one_makes_none_of_the_others_try_again() {
    let large = format!("'{}'", "x".repeat(MAX_LOOP_BYTES / 4));
    let inner = format!(
        "'Fn::ForEach::B': [b, {}, {{'N${{a}}${{b}}': {{Type: AWS::SNS::Topic, P: {large}}}}}]",
        list(MAX_LOOP_ITEMS)
    );
    let made = template(&format!(
        "  Fn::ForEach::A: [a, {}, {{{inner}}}]\n",
        list(MAX_LOOP_ITEMS)
    ));
    let open: Vec<_> = made.unexpanded.iter().map(|open| &*open.name).collect();
    assert_eq!(open, ["Fn::ForEach::B", "Fn::ForEach::A"]);
}

#[test]
fn entries_of_loops_in_each_other_are_bounded() {
    let inner = format!(
        "'Fn::ForEach::B': [b, {}, {{'N${{a}}${{b}}': {{Type: AWS::SNS::Topic}}}}]",
        list(200)
    );
    let made = template(&format!("  Fn::ForEach::A: [a, {}, {{{inner}}}]\n", list(200)));
    assert!(made.resources.len() < MAX_LOOP_ENTRIES);
    assert!(!made.unexpanded.is_empty());
}

#[test]
fn a_loop_in_a_value_that_stays_open_leaves_its_key() {
    let text = "Transform: AWS::LanguageExtensions\nParameters: {L: {Type: CommaDelimitedList}}\nResources:\n  R:\n    \
                Type: AWS::SNS::Topic\n    Properties: {A: 1, 'Fn::ForEach::X': [x, !Ref L, {'${x}': !Ref x}], B: 2}\n";
    let made = lower(parse(FileId(0), text).unwrap(), &IndexMap::new());
    let entries = made.resources["R"]
        .properties
        .as_ref()
        .unwrap()
        .as_mapping()
        .unwrap();
    let keys: Vec<_> = entries.iter().map(|entry| &*entry.key).collect();
    assert_eq!(keys, ["A", "Fn::ForEach::X", "B"]);
    assert!(made.references.iter().all(|reference| &*reference.name != "x"));
    assert!(!made.resources.contains_key("Fn::ForEach::X"));
}

#[test]
fn what_loops_assume_is_known_wherever_they_stand() {
    let template = |section: &str| {
        let text = format!(
            "Transform: AWS::LanguageExtensions\nParameters: {{L: {{Type: CommaDelimitedList, Default: 'a,b'}}}}\n{section}"
        );
        lower(parse(FileId(0), &text).unwrap(), &IndexMap::new()).assumed
    };
    let assumed = [Assumption {
        parameter: "L".into(),
        value: "a,b".into(),
    }];
    let each = "'Fn::ForEach::X': [x, !Ref L, {'N${x}': {Type: AWS::SNS::Topic, Value: 1}}]";
    assert_eq!(template(&format!("Resources: {{{each}}}")), assumed);
    assert_eq!(template(&format!("Outputs: {{{each}}}")), assumed);
    assert_eq!(
        template(&format!(
            "Resources: {{R: {{Type: AWS::SNS::Topic, Properties: {{{each}}}}}}}"
        )),
        assumed
    );
    assert!(template("Resources: {R: {Type: AWS::SNS::Topic}}").is_empty());
}
