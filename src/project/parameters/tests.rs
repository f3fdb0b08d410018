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
fn broken_json_and_broken_toml_are_refused_at_their_place() {
    let problems = parse(FILE, "a.json", None, "{\"A\": \"1\",\n \"B\" [}").unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].span.start >= 11, "{problems:?}");
    let problems = parse(FILE, "samconfig.toml", None, "\u{feff}[a]\nb = secret\n").unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].message.starts_with("not valid TOML: "),
        "{problems:?}"
    );
    assert!(!problems[0].message.contains("secret"), "{problems:?}");
    assert!(problems[0].span.start >= 11, "{problems:?}");
}

#[test]
fn a_samconfig_has_environments_one_of_which_is_read() {
    let text = "version = 0.1\n\
                [default.global.parameters]\nstack_name = \"x\"\nparameter_overrides = \"A=0\"\n\
                [default.deploy.parameters]\ntemplate_file = \"t.yaml\"\nparameter_overrides = \"A=1 B=\\\"x y\\\"\"\n\
                [dev.deploy.parameters]\nparameter-overrides = [\"A=2\", \"B=x y\", \"ParameterKey=C,ParameterValue=a,b\"]\n\
                [prod.global.parameters]\nparameter_overrides = \"\"\"ParameterKey=A,ParameterValue=3\n  \
                ParameterKey=B,UsePreviousValue=true C='it''s' \"\"\"\n\
                [none.build.parameters]\ncached = true\n\
                [table.deploy.parameters.parameter_overrides]\nA = 4\nB = [\"x\", \"y\"]\n";
    let read = |section| {
        let file = parse(FILE, "Samconfig.TOML", section, text).unwrap();
        let pairs = file.values.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", value.text));
        (
            pairs.collect::<Vec<_>>(),
            file.template.map(|path| path.to_string()),
        )
    };
    let only = |pairs: &[&str]| (pairs.iter().map(|pair| (*pair).to_owned()).collect(), None);
    let default = (
        vec!["A=1".to_owned(), "B=x y".to_owned()],
        Some("t.yaml".to_owned()),
    );
    assert_eq!(read(None), default);
    assert_eq!(read(Some("default")), default);
    assert_eq!(read(Some("dev")), only(&["A=2", "B=x y", "C=a,b"]));
    assert_eq!(read(Some("prod")), only(&["A=3", "C=its"]));
    assert_eq!(read(Some("none")), only(&[]));
    assert_eq!(read(Some("table")), only(&["A=4", "B=x,y"]));
}

#[test]
fn the_samconfig_in_yaml_is_the_same() {
    let text =
        "version: 0.1\ndefault:\n  deploy:\n    parameters:\n      parameter_overrides:\n        - A=1\n";
    assert_eq!(values("samconfig.yaml", text), [("A".to_owned(), "1".to_owned())]);
    let problems = parse(FILE, "samconfig.yaml", Some("prod"), text).unwrap_err();
    assert_eq!(
        problems[0].message,
        "no configuration environment is called `prod`"
    );
}

#[test]
fn a_samconfig_without_the_environment_says_which_it_has() {
    let told = |section, text: &str| {
        let problems = parse(FILE, "samconfig.toml", section, text).unwrap_err();
        let [problem] = problems.as_slice() else {
            panic!("{problems:?}");
        };
        (problem.message.clone(), problem.help.clone().unwrap_or_default())
    };
    let text = "[dev.deploy.parameters]\n[prod.deploy.parameters]\n";
    assert_eq!(
        told(Some("prd"), text),
        (
            "no configuration environment is called `prd`".to_owned(),
            "did you mean `prod`? There are: dev, prod".to_owned()
        )
    );
    assert_eq!(
        told(Some("version"), &format!("version = 0.1\n{text}")).1,
        "there are: dev, prod"
    );
    assert_eq!(
        told(None, text),
        (
            "the file has no configuration environment `default`".to_owned(),
            "choose one with `FILE#NAME`: dev, prod".to_owned()
        )
    );
    assert!(
        told(None, "a = 1\n")
            .0
            .contains("no `[default.deploy.parameters]`")
    );
}

#[test]
fn mistakes_in_a_samconfig_are_told_at_their_place_without_values() {
    let one = |parameters: &str| {
        problems(
            "samconfig.toml",
            &format!("[default.deploy.parameters]\n{parameters}"),
        )
    };
    assert_eq!(
        one("parameter_override = \"A=1\""),
        ["parameter_override: `parameter_override` is no setting of `sam deploy`"]
    );
    assert_eq!(
        one("parameter_overrides = \"A='s\""),
        ["\"A='s\": a quote in `parameter_overrides` is not closed"]
    );
    assert_eq!(
        one("parameter_overrides = [\"A=1\", \"s\"]"),
        ["\"s\": expected KEY=VALUE"]
    );
    assert_eq!(
        one("parameter_overrides = \"file://p.json\""),
        ["\"file://p.json\": `parameter_overrides` leads to another file"]
    );
    assert_eq!(
        one("template_file = [1]"),
        ["[1]: expected the path of a template, found a list"]
    );
    assert_eq!(
        one("parameter_overrides = \"A=1 A=2\""),
        ["\"A=1 A=2\": parameter `A` is given twice"]
    );
}

#[test]
fn only_a_samconfig_has_environments() {
    for (name, text) in [
        ("a.env", "A=1\n"),
        ("a.json", "{\"A\": \"1\"}"),
        ("a.yaml", "- A=1\n"),
    ] {
        let problems = parse(FILE, name, Some("prod"), text).unwrap_err();
        assert!(
            problems[0].message.contains("no configuration environments"),
            "{name}"
        );
        assert!(problems[0].help.is_some(), "{name}");
    }
}

#[test]
fn the_shorthand_of_the_aws_cli_is_an_assignment() {
    let text = r#"["ParameterKey=A,ParameterValue=x=1,y", "ParameterKey=B,UsePreviousValue=true", "ParameterKey=C"]"#;
    let pairs = [("A", "x=1,y"), ("ParameterKey", "C")];
    assert_eq!(
        values("a.json", text),
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn a_misspelled_key_of_a_pair_gets_a_suggestion() {
    let problems = parse(
        FILE,
        "a.json",
        None,
        r#"[{"Parameterkey": "A", "ParameterValue": "s"}]"#,
    )
    .unwrap_err();
    assert_eq!(
        problems[0].help.as_deref(),
        Some("write `ParameterKey` for `Parameterkey`")
    );
}

proptest::proptest! {
    /// What one form can say, every form says the same.
    #[test]
    fn the_same_values_in_every_form(values in proptest::collection::btree_map("[A-Za-z][A-Za-z0-9]{0,8}", "[ -~]{0,12}", 1..5)) {
        // Lines and shorthand trim or split what other forms keep; a quote would need an escape that lines do not have.
        let values: Vec<(String, String)> = values
            .into_iter()
            .filter(|(name, value)| {
                !["Parameters", "parameters", "Resources", "ParameterKey", "default"].contains(&name.as_str())
                    && !value.contains(['\'', '"', '\\'])
            })
            .collect();
        proptest::prop_assume!(!values.is_empty());
        let json = |value: &dyn Fn(&(String, String)) -> serde_json::Value| {
            serde_json::Value::Array(values.iter().map(value).collect()).to_string()
        };
        let object: serde_json::Map<String, serde_json::Value> = values
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let quoted: Vec<String> = values.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
        let shorthand: Vec<String> = values
            .iter()
            .map(|(name, value)| format!("'ParameterKey={name},ParameterValue={value}'"))
            .collect();
        let items: Vec<String> = values
            .iter()
            .map(|(name, value)| serde_json::Value::from(format!("{name}='{value}'")).to_string())
            .collect();
        let sam = |overrides: &str| format!("[default.deploy.parameters]\nparameter_overrides = {overrides}\n");
        let forms = [
            ("pairs.json", json(&|(name, value)| serde_json::json!({"ParameterKey": name, "ParameterValue": value}))),
            ("overrides.json", json(&|(name, value)| format!("{name}={value}").into())),
            ("codepipeline.json", serde_json::json!({"Parameters": object, "Tags": {}}).to_string()),
            ("flat.json", serde_json::Value::Object(object.clone()).to_string()),
            ("git-sync.yaml", serde_json::json!({"template-file-path": "t.yaml", "parameters": object}).to_string()),
            ("values.env", quoted.join("\n")),
            ("samconfig.toml", sam(&serde_json::Value::from(quoted.join(" ")).to_string())),
            ("samconfig.toml", sam(&serde_json::Value::from(shorthand.join(" ")).to_string())),
            ("samconfig.toml", sam(&format!("[{}]", items.join(", ")))),
        ];
        let mut expected = values.clone();
        expected.sort();
        for (name, text) in &forms {
            let mut read = self::values(name, text);
            read.sort();
            proptest::prop_assert_eq!(&read, &expected, "{}: {}", name, text);
        }
    }
}
