//! The pages about rules, and `resolve`.

use serde_json::Value;

use super::{code, fixtures, folder, run, stderr, stdout, texts};

#[test]
fn a_rule_is_explained_under_its_own_name_and_under_those_of_others() {
    let folder = folder(&[]);
    let page = run(folder.path(), &["explain", "task-public-ip"]);
    assert_eq!(code(&page), 0);
    let text = stdout(&page);
    for part in [
        "Why",
        "How it decides",
        "How to fix",
        "Reported",
        "Not reported",
        "CKV_AWS_333",
    ] {
        assert!(
            text.contains(&format!("\n{part}")) || text.contains(part),
            "{part}"
        );
    }
    assert!(!text.contains("# expect:"));
    assert_eq!(run(folder.path(), &["rule", "CKV_AWS_333"]).stdout, page.stdout);
    let json = run(folder.path(), &["explain", "task-public-ip", "--format", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(
        json["examples"]["bad"]
            .as_str()
            .unwrap()
            .contains("AssignPublicIp")
    );
    let unknown = run(folder.path(), &["explain", "public-ip"]);
    assert_eq!(code(&unknown), 2);
    assert_eq!(
        stderr(&unknown).matches('`').count(),
        2 + 3 * 2 + 2,
        "three names"
    );
}

#[test]
fn the_table_of_rules_has_a_line_for_each() {
    let folder = folder(&[]);
    let table = stdout(&run(folder.path(), &["rules"]));
    let json = run(folder.path(), &["rules", "--format", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let names: Vec<&str> = json
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|rule| rule["name"].as_str())
        .collect();
    assert_eq!(table.lines().count(), names.len());
    for (line, name) in table.lines().zip(&names) {
        assert_eq!(line.split(' ').next(), Some(*name));
    }
}

#[test]
fn a_place_is_resolved_with_its_cases_and_its_way() {
    let at = fixtures("deployments");
    let cases = |arguments: &[&str]| {
        let mut all = vec!["resolve", "--format", "json"];
        all.extend(arguments);
        let output = run(&at, &all);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let pages: Value = serde_json::from_slice(&output.stdout).unwrap();
        pages[0]["declarations"][0]["values"][0]["cases"].clone()
    };
    let conditional = cases(&[
        "condition/service.yaml",
        "--why",
        "/Resources/Service/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp",
    ]);
    assert_eq!(conditional[0]["value"], "ENABLED");
    assert_eq!(conditional[0]["when"], "Stage = dev");
    assert_eq!(conditional[1]["when"], "Stage is not dev");
    let nested = cases(&[
        "three-levels/root.yaml",
        "--why",
        "Platform/Web/Resources/Service/Properties/NetworkConfiguration/AwsvpcConfiguration/Subnets/0",
    ]);
    assert_eq!(nested[0]["value"], "${Network/PublicSubnet}");
    let way = texts(&nested[0]["through"]);
    assert_eq!(way.len(), 3, "{way:?}");
    assert!(way[0].starts_with("three-levels/platform.yaml:10:17 passed as parameter"));
    let free = cases(&["condition/service.yaml", "--why", "/Parameters/Subnet"]);
    assert_eq!(free[0]["unknown"]["reason"], "parameter `Subnet` has no value");
    let absent = cases(&[
        "condition/service.yaml",
        "--why",
        "/Resources/Service/Properties/DesiredCount",
    ]);
    assert_eq!(absent[0]["value"], Value::Null);
}

#[test]
fn resolve_names_what_it_cannot_find() {
    let at = fixtures("deployments");
    for (arguments, exit, hint) in [
        (&["resolve", "missing.yaml"][..], 3, "no such file or folder"),
        (&["resolve", "twice"], 2, "name one template"),
        (
            &["resolve", "twice/root.yaml", "--why", "/Resources/Admn"],
            2,
            "did you mean `Admin`?",
        ),
        (
            &["resolve", "twice/root.yaml", "--why", "Admn/Resources/Service"],
            2,
            "did you mean `Admin`?",
        ),
        (
            &["resolve", "twice/root.yaml", "--why", "Service"],
            2,
            "/Resources/Service/Properties",
        ),
    ] {
        let output = run(&at, arguments);
        assert_eq!(code(&output), exit, "{arguments:?}");
        assert!(
            stderr(&output).contains(hint),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn every_page_can_be_had_at_once() {
    let folder = folder(&[]);
    let json = run(folder.path(), &["explain", "--all", "--format", "json"]);
    let pages: Value = serde_json::from_slice(&json.stdout).unwrap();
    let listed = run(folder.path(), &["rules", "--format", "json"]);
    let rules: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(pages.as_array().unwrap().len(), rules.as_array().unwrap().len());
    assert!(pages[0]["examples"]["bad"].is_string());
    let text = stdout(&run(folder.path(), &["explain", "--all"]));
    assert!(
        text.contains("\n\ntask-public-ip: "),
        "a blank line between pages"
    );
    assert_eq!(code(&run(folder.path(), &["explain"])), 2);
    assert_eq!(
        code(&run(folder.path(), &["explain", "--all", "task-public-ip"])),
        2
    );
}
