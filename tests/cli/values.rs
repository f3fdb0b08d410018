//! Parameters, nested stacks, imports and conditions, down to what is reported.

use ecslint::report::Format;
use serde_json::Value;

use super::{GOOD, code, fixtures, folder, json, run, stderr, stdout, texts};

#[test]
fn a_child_used_twice_is_judged_in_each_place() {
    let report = json(&fixtures("deployments"), "task-public-ip", &["twice"]);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(texts(&findings[0]["stacks"]), ["Admin"]);
    assert_eq!(findings[0]["location"]["path"], "twice/service.yaml");
    assert_eq!(findings[0]["when"]["kind"], "always");
    let passed = &findings[0]["related"][0];
    assert_eq!(passed["role"], "parent");
    assert_eq!(passed["location"]["path"], "twice/root.yaml");
    let public = json(&fixtures("deployments"), "task-in-public-subnet", &["twice"]);
    let stacks: Vec<&str> = public["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| texts(&finding["stacks"]))
        .collect();
    assert_eq!(stacks, ["Admin"], "the subnet of Api is private");
}

#[test]
fn values_go_through_three_levels_of_stacks() {
    let report = json(
        &fixtures("deployments"),
        "task-in-public-subnet",
        &["three-levels"],
    );
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(texts(&findings[0]["stacks"]), ["Platform/Web"]);
    let paths: Vec<&str> = findings[0]["related"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|label| label["location"]["path"].as_str())
        .collect();
    for path in [
        "three-levels/platform.yaml",
        "three-levels/root.yaml",
        "twice/network.yaml",
    ] {
        assert!(paths.contains(&path), "{paths:?}");
    }
}

#[test]
fn an_import_is_followed_by_the_shape_of_its_name_and_with_less_confidence() {
    let report = json(&fixtures("deployments"), "task-in-public-subnet", &["import"]);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["confidence"], "medium");
    let labels = findings[0]["related"].as_array().unwrap();
    let is_export = |label: &Value| {
        label["location"]["path"] == "import/network.yaml"
            && label["message"]
                .as_str()
                .is_some_and(|text| text.contains("exported"))
    };
    assert!(labels.iter().any(is_export), "{labels:#?}");
}

#[test]
fn a_condition_is_named_and_a_value_decides_it() {
    let at = fixtures("deployments");
    let report = json(&at, "task-public-ip", &["condition"]);
    let when = &report["findings"][0]["when"];
    assert_eq!(when["kind"], "sometimes");
    assert_eq!(texts(&when["values"]), ["Stage = dev"]);
    let development = json(&at, "task-public-ip", &["condition", "-p", "Stage=dev"]);
    assert_eq!(development["findings"][0]["when"]["kind"], "always");
    let production = json(&at, "task-public-ip", &["condition", "-p", "Stage=prod"]);
    assert_eq!(production["summary"]["findings"], 0);
}

#[test]
fn a_value_can_be_given_to_one_nested_stack() {
    let report = json(
        &fixtures("deployments"),
        "task-public-ip",
        &[
            "twice",
            "-p",
            "Api/PublicIp=ENABLED",
            "-p",
            "Admin/PublicIp=DISABLED",
        ],
    );
    assert_eq!(texts(&report["findings"][0]["stacks"]), ["Api"]);
    let unknown = run(
        &fixtures("deployments"),
        &["check", "twice", "-p", "Apii/PublicIp=ENABLED"],
    );
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("did you mean `Api/PublicIp`?"));
}

const FORMS: &[&str] = &[
    "list.json",
    "configuration.json",
    "overrides.json",
    "flat.yaml",
    "git-sync.yaml",
    "values.env",
    "samconfig.toml",
    "samconfig.toml#list",
    "samconfig.toml#shorthand",
];

#[test]
pub(super) fn all_forms_of_parameter_files_give_the_same_result() {
    let at = fixtures("deployments/parameters");
    let findings = |arguments: &[&str]| {
        let mut all = vec!["template.yaml", "--profile", "all"];
        all.extend(arguments);
        let mut report = json(&at, "ALL", &all);
        for list in ["findings", "undetermined"] {
            for finding in report[list].as_array_mut().unwrap() {
                // Where the value was given is the one thing that differs.
                let labels = finding["related"].as_array_mut().unwrap();
                labels.retain(|label| label["location"]["path"] == "template.yaml");
            }
        }
        report
    };
    let typed = findings(&[
        "-p",
        "PublicIp=ENABLED",
        "-p",
        "Subnets=subnet-0a,subnet-0b",
        "-p",
        "Count=2",
        "-p",
        "Password=seven lamps",
    ]);
    assert!(typed["summary"]["findings"].as_u64().unwrap() > 0);
    for form in FORMS {
        assert_eq!(findings(&["-P", form]), typed, "{form}");
        let bound = format!("template.yaml={form}");
        assert_eq!(findings(&["-P", &bound]), typed, "{bound}");
    }
    let overridden = findings(&["-P", "list.json", "-p", "PublicIp=DISABLED"]);
    let is_public = |finding: &Value| finding["rule"]["name"] == "task-public-ip";
    assert!(typed["findings"].as_array().unwrap().iter().any(is_public));
    assert!(!overridden["findings"].as_array().unwrap().iter().any(is_public));
}

#[test]
fn a_secret_is_printed_by_nothing() {
    let at = fixtures("deployments/parameters");
    let secret = "seven lamps";
    let mut forms: Vec<Vec<String>> = FORMS
        .iter()
        .map(|form| vec!["-P".to_owned(), (*form).to_owned()])
        .collect();
    forms.push(vec!["-p".to_owned(), format!("Password={secret}")]);
    for form in &forms {
        for command in [
            &["check", "--profile", "all", "-v"][..],
            &["check", "--profile", "all", "-f", "json"],
            &["check", "--profile", "all", "-f", "sarif", "--show-undetermined"],
            &[
                "check",
                "--profile",
                "all",
                "-f",
                "concise",
                "--show-undetermined",
            ],
            &["resolve"],
            &["resolve", "--format", "json"],
            &["resolve", "--why", "/Parameters/Password"],
        ] {
            let mut arguments = command.to_vec();
            arguments.push("template.yaml");
            arguments.extend(form.iter().map(String::as_str));
            let output = run(&at, &arguments);
            let text = stdout(&output) + &stderr(&output);
            assert!(!text.contains(secret), "{arguments:?}\n{text}");
            assert!(text.contains("template.yaml"), "{arguments:?}\n{text}");
        }
    }
    let typed = format!("Password={secret}");
    for format in Format::ALL {
        for form in [["-P", "list.json"], ["-p", &typed]] {
            let mut arguments = vec![
                "check",
                "--profile",
                "all",
                "--show-undetermined",
                "--show-suppressed",
            ];
            arguments.extend(["-f", format.as_str(), "template.yaml"]);
            arguments.extend(form);
            let output = run(&at, &arguments);
            let text = stdout(&output) + &stderr(&output);
            assert!(!text.contains(secret), "{arguments:?}\n{text}");
            assert!(text.contains("template.yaml"), "{arguments:?}\n{text}");
        }
    }
}

#[test]
fn an_unknown_parameter_is_an_error_where_it_was_meant_for_one_template() {
    let template = "Parameters: {Stage: {Type: String}}\n".to_owned() + GOOD;
    let folder = folder(&[
        ("a.yaml", &template),
        ("b.yaml", GOOD),
        ("p.json", "{\"Stagee\": \"prod\"}"),
        ("broken.json", "[{\"ParameterKey\": \"Stage\"}]"),
    ]);
    let outcome = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
        (code(&output), stderr(&output))
    };
    let (exit, text) = outcome(&["check", "a.yaml", "-P", "p.json"]);
    assert_eq!(exit, 2);
    assert_eq!(
        text,
        "error: p.json:1:12: `a.yaml` declares no parameter `Stagee`\n  help: did you mean `Stage`?\n"
    );
    assert_eq!(
        outcome(&["check", ".", "-P", "p.json"]).0,
        0,
        "it serves many roots"
    );
    assert_eq!(outcome(&["check", ".", "-P", "a.yaml=p.json"]).0, 2);
    let (exit, text) = outcome(&["check", ".", "-P", "c.yaml=p.json"]);
    assert_eq!(exit, 2);
    assert!(text.contains("no root template is `c.yaml`"), "{text}");
    let (exit, text) = outcome(&["check", ".", "-p", "Stagee=prod"]);
    assert_eq!(exit, 2);
    assert!(text.contains("did you mean `Stage`?"), "{text}");
    let (exit, text) = outcome(&["check", "a.yaml", "-P", "broken.json"]);
    assert_eq!(exit, 2);
    assert!(text.starts_with("error: broken.json:1:2: "), "{text}");
}

#[test]
fn a_samconfig_speaks_for_its_environment_and_its_template() {
    let at = fixtures("deployments/parameters");
    let public = |arguments: &[&str]| {
        let report = json(&at, "task-public-ip", arguments);
        report["summary"]["findings"].as_u64().unwrap()
    };
    assert_eq!(public(&["template.yaml", "-P", "samconfig.toml"]), 1);
    assert_eq!(public(&["template.yaml", "-P", "samconfig.toml#dev"]), 0);
    assert_eq!(
        public(&["template.yaml", "-P", "template.yaml=samconfig.toml#dev"]),
        0
    );
    let output = run(&at, &["check", "template.yaml", "-P", "samconfig.toml#prod"]);
    assert_eq!(code(&output), 2);
    assert_eq!(
        stderr(&output),
        "error: samconfig.toml:1:1: no configuration environment is called `prod`\n  \
         help: there are: default, dev, list, shorthand\n"
    );
    let output = run(&at, &["check", "template.yaml", "-P", "list.json#prod"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("no configuration environments"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_loop_over_given_values_is_expanded_with_them() {
    let at = fixtures("task-in-public-subnet/fail");
    let report = json(
        &at,
        "task-in-public-subnet",
        &["for-each.yaml", "-p", "Zones=A,B,C"],
    );
    assert_eq!(report["summary"]["findings"], 1, "{report:#}");
    let message = report["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("`SubnetA`"), "{message}");
    assert_eq!(report["findings"][0]["when"]["kind"], "always");
}
