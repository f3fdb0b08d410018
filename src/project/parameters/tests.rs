use super::*;

const FILE: FileId = FileId(0);

fn values(name: &str, text: &str) -> Vec<(String, String)> {
    let file = parse(FILE, name, None, text).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let pairs = file.values.iter();
    pairs
        .map(|(name, value)| (name.to_string(), value.text.to_string()))
        .collect()
}

/// Every problem as `the text it points at: message`.
fn problems(name: &str, text: &str) -> Vec<String> {
    let problems = parse(FILE, name, None, text).expect_err("a problem");
    let shown = problems.iter().map(|problem| {
        let at = text
            .get(problem.span.start as usize..problem.span.end as usize)
            .unwrap();
        format!("{at}: {}", problem.message)
    });
    shown.collect()
}

#[test]
fn every_form_gives_the_same_values() {
    let forms = [
        "list.json",
        "list.yaml",
        "codepipeline.json",
        "overrides.json",
        "flat.json",
        "flat.yaml",
        "git-sync.yaml",
        "values.env",
        "cli-input.json",
    ];
    let expected = [
        ("Environment", "prod"),
        ("DesiredCount", "2"),
        ("Public", "false"),
        ("Subnets", "subnet-a,subnet-b"),
        ("Command", "a=b # c"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for form in forms {
        let path = format!(
            "{}/fixtures/projects/parameters/{form}",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(values(form, &text), expected, "{form}");
    }
}

#[test]
fn a_git_sync_file_names_its_template() {
    let file = parse(
        FILE,
        "x.yaml",
        None,
        "template-file-path: ./a/root.yaml\nparameters: {A: 1}\ntags: {B: 2}\n",
    )
    .unwrap();
    assert_eq!(file.template.as_deref(), Some("./a/root.yaml"));
    assert_eq!(file.values.len(), 1);
    let file = parse(FILE, "x.yaml", None, "template-file-path: root.yaml\n").unwrap();
    assert!(file.values.is_empty());
}

#[test]
fn a_previous_value_is_no_value() {
    let text =
        r#"[{"ParameterKey": "A", "UsePreviousValue": true}, {"ParameterKey": "B", "ParameterValue": ""}]"#;
    assert_eq!(values("a.json", text), [("B".to_owned(), String::new())]);
}

#[test]
fn a_flat_file_may_hold_a_parameter_named_parameters() {
    assert_eq!(
        values("a.json", r#"{"Parameters": "x"}"#),
        [("Parameters".to_owned(), "x".to_owned())]
    );
}

#[test]
fn an_empty_list_or_mapping_gives_no_value() {
    assert!(values("a.json", "[]").is_empty());
    assert!(values("a.json", "{}").is_empty());
    assert!(values("a.yaml", "Parameters:\nTags: {}\n").is_empty());
}

#[test]
fn the_span_of_a_value_covers_it_in_lines_and_in_documents() {
    let text = "\u{feff}# é\r\n\r\nexport A = \"x y\"  # why\r\nB=z#1 \t# c\r\nC=";
    let file = parse(FILE, "é.env", None, text).unwrap();
    let spans: Vec<_> = file
        .values
        .values()
        .map(|value| {
            text.get(value.span.start as usize..value.span.end as usize)
                .unwrap()
        })
        .collect();
    assert_eq!(spans, ["x y", "z#1", ""]);
    let text = "{\"A\": 12, \"B\": [\"x\", \"y\"]}";
    let file = parse(FILE, "a.json", None, text).unwrap();
    let b = file.values.get("B").unwrap();
    assert_eq!(
        text.get(b.span.start as usize..b.span.end as usize),
        Some("[\"x\", \"y\"]")
    );
}

#[test]
fn every_mistake_of_a_file_is_reported_at_its_place() {
    assert_eq!(
        problems(
            "a.json",
            r#"[{"ParameterValue": "s"}, {"ParameterKey": "A"}, "s", [1], {"ParameterKey": [1], "ParameterValue": "s"}]"#
        ),
        [
            r#"{"ParameterValue": "s"}: `ParameterKey` is missing"#,
            r#"{"ParameterKey": "A"}: parameter `A` has neither `ParameterValue` nor `UsePreviousValue: true`"#,
            r#""s": expected KEY=VALUE"#,
            "[1]: expected KEY=VALUE or a mapping with `ParameterKey` and `ParameterValue`, found a list",
            "[1]: expected the name of a parameter, found a list",
        ]
    );
    assert_eq!(
        problems("a.yaml", "A: {b: 1}\nB: !Ref C\nC: [[1]]\nD: ~\n"),
        [
            "{b: 1}: expected text or a list as the value of parameter `A`, found a mapping",
            "!Ref C: expected text or a list as the value of parameter `B`, found an intrinsic function",
            "[1]: expected text in the list of parameter `C`, found a list",
            "~: parameter `D` has no value",
        ]
    );
    assert_eq!(
        problems("a.env", "A=1\nno assignment\nB=\"x\nC='x' y\n"),
        [
            "no assignment: expected KEY=VALUE",
            "B=\"x: the quote around the value of `B` is not closed, or text follows it",
            "C='x' y: the quote around the value of `C` is not closed, or text follows it",
        ]
    );
    assert_eq!(
        problems("a.yaml", "just text"),
        ["just text: expected a list of parameters, a mapping, or KEY=VALUE lines, found text"]
    );
    assert_eq!(problems("a.yaml", " \n"), [": the parameter file is empty"]);
    assert_eq!(
        problems("a.yaml", "Parameters: !Ref X\n"),
        ["!Ref X: expected parameters and their values, found an intrinsic function"]
    );
}

#[test]
fn a_parameter_given_twice_is_a_mistake_in_every_form() {
    for (name, text) in [
        ("a.json", r#"["A=1", "A=2"]"#),
        (
            "a.json",
            r#"[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "A", "UsePreviousValue": true}]"#,
        ),
        ("a.json", r#"{"A": "1", "A": "2"}"#),
        ("a.env", "A=1\nA=2\n"),
    ] {
        let problems = parse(FILE, name, None, text).unwrap_err();
        assert_eq!(problems.len(), 1, "{text}");
        assert_eq!(problems[0].labels.len(), 1, "{text}: the first one is shown");
    }
}

#[test]
fn a_template_is_not_taken_for_a_parameter_file() {
    let text = "Parameters: {A: {Type: String}}\nResources: {B: {Type: AWS::SNS::Topic}}\n";
    assert_eq!(
        problems("a.yaml", text),
        ["Resources: this is a template, not a parameter file"]
    );
}

#[test]
fn toml_is_refused_by_name_and_broken_json_at_its_place() {
    let problem = problems("samconfig.toml", "[default.deploy.parameters]\n");
    assert_eq!(problem, [": samconfig.toml is not supported yet"]);
    let problems = parse(FILE, "a.json", None, "{\"A\": \"1\",\n \"B\" [}").unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].span.start >= 11, "{problems:?}");
}
