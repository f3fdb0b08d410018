//! What is loaded beside the templates that are named, and what of it is reported.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{BROKEN, GOOD, code, folder, run, stderr, stdout};

/// A repository as far as ecslint looks at it: a folder with a `.git`.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = folder(files);
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

/// A service whose parent says whether its tasks get public addresses.
pub(super) const SERVICE: &str = "\
Parameters:
  Public: {Type: String}
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: !Ref Public
          Subnets: [subnet-0a]
          SecurityGroups: [sg-0a]
";

/// A template with nested stacks, each written `Name url Parameter=value`.
pub(super) fn parent(stacks: &[&str]) -> String {
    let mut text = "Resources:\n".to_owned();
    for stack in stacks {
        let mut words = stack.split(' ');
        let (name, url) = (words.next().unwrap(), words.next().unwrap());
        text.push_str(&format!(
            "  {name}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n"
        ));
        for (at, argument) in words.enumerate() {
            let (name, value) = argument.split_once('=').unwrap();
            let key = if at == 0 { "      Parameters:\n" } else { "" };
            text.push_str(&format!("{key}        {name}: {value}\n"));
        }
    }
    text
}

/// The report on some rules as `path:line rule`, and its summary.
fn report(folder: &Path, rules: &str, arguments: &[&str]) -> (BTreeSet<String>, Value) {
    let mut all = vec!["check", "--format", "json", "--select", rules];
    all.extend(arguments);
    let output = run(folder, &all);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = value["findings"].as_array().unwrap().iter();
    let shown = findings.map(|finding| {
        let place = &finding["location"];
        format!(
            "{}:{} {}",
            place["path"].as_str().unwrap(),
            place["start"]["line"],
            finding["rule"]["name"].as_str().unwrap()
        )
    });
    (shown.collect(), value["summary"].clone())
}

fn found(folder: &Path, rules: &str, arguments: &[&str]) -> Vec<String> {
    report(folder, rules, arguments).0.into_iter().collect()
}

/// The templates that are asked about and the context, as `--list-files` has them.
fn listed(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut all = vec!["check", "--list-files"];
    all.extend(arguments);
    let output = run(folder, &all);
    let context = stderr(&output);
    let context = context.lines().filter_map(|line| line.strip_prefix("context "));
    (
        stdout(&output).trim_end().replace('\n', " "),
        context.collect::<Vec<_>>().join(" "),
    )
}

#[test]
fn a_child_is_judged_with_the_arguments_of_its_parent() {
    let root = parent(&["Api nested/service.yaml Public=ENABLED"]);
    let folder = repository(&[("root.yaml", &root), ("nested/service.yaml", SERVICE)]);
    let expected = ["nested/service.yaml:10 task-public-ip"];
    let of = |arguments: &[&str]| found(folder.path(), "task-public-ip", arguments);
    assert_eq!(of(&["nested/service.yaml"]), expected);
    assert_eq!(of(&["nested/service.yaml", "--context", "repo"]), expected);
    assert_eq!(of(&["nested/*.yaml"]), expected);
    assert_eq!(of(&["nested"]), [""; 0], "a folder stands for itself");
    assert_eq!(of(&["nested", "--context", "repo"]), expected);
    assert_eq!(of(&["."]), expected);
    assert_eq!(of(&["nested/service.yaml", "--context", "none"]), [""; 0]);
    let below = folder.path().join("nested");
    assert_eq!(
        found(&below, "task-public-ip", &["service.yaml"]),
        ["service.yaml:10 task-public-ip"]
    );
    assert_eq!(
        listed(&below, &["service.yaml"]),
        ("service.yaml".to_owned(), "../root.yaml".to_owned())
    );
}

#[test]
fn outside_of_a_repository_only_what_is_nested_is_loaded() {
    let root = parent(&["Api service.yaml Public=ENABLED"]);
    let folder = folder(&[("root.yaml", &root), ("service.yaml", SERVICE)]);
    let lists = |arguments: &[&str]| listed(folder.path(), arguments);
    assert_eq!(
        lists(&["service.yaml"]),
        ("service.yaml".to_owned(), String::new())
    );
    assert_eq!(
        lists(&["root.yaml"]),
        ("root.yaml service.yaml".to_owned(), String::new())
    );
    assert_eq!(
        lists(&["service.yaml", "--context", "repo"]),
        ("service.yaml".to_owned(), "root.yaml".to_owned())
    );
}

#[test]
fn what_the_context_alone_does_is_not_reported() {
    let root = parent(&["Api service.yaml Public=DISABLED", "Web web.yaml Public=ENABLED"]);
    let folder = repository(&[
        ("root.yaml", &root),
        ("service.yaml", SERVICE),
        ("web.yaml", SERVICE),
    ]);
    let of = |arguments: &[&str]| report(folder.path(), "task-public-ip", arguments);
    let (findings, summary) = of(&["service.yaml"]);
    assert_eq!(findings.len(), 0);
    assert_eq!(
        (&summary["templates"], &summary["context"]),
        (&3.into(), &2.into())
    );
    let web = BTreeSet::from(["web.yaml:10 task-public-ip".to_owned()]);
    let (findings, summary) = of(&["root.yaml"]);
    assert_eq!(findings, web, "what a named template nests is reported");
    assert_eq!(
        (&summary["templates"], &summary["context"]),
        (&3.into(), &0.into())
    );
    assert_eq!(of(&["web.yaml", "service.yaml"]).0, web);
    let output = run(
        folder.path(),
        &["check", "service.yaml", "--select", "task-public-ip"],
    );
    assert_eq!(
        stdout(&output),
        "no findings\n1 template and 2 more as context, 4 resources, 1 rule\n"
    );
    assert_eq!(code(&output), 0);
}

#[test]
fn of_two_parents_only_the_named_one_is_reported() {
    let folder = repository(&[
        ("a.yaml", &parent(&["Api child/service.yaml Public=DISABLED"])),
        ("b.yaml", &parent(&["Api child/service.yaml Public=ENABLED"])),
        ("child/service.yaml", SERVICE),
    ]);
    let of = |arguments: &[&str]| found(folder.path(), "task-public-ip", arguments);
    let expected = ["child/service.yaml:10 task-public-ip"];
    assert_eq!(
        of(&["a.yaml"]),
        [""; 0],
        "what `b.yaml` makes of the child is not of `a.yaml`"
    );
    assert_eq!(of(&["b.yaml"]), expected);
    assert_eq!(of(&["child/service.yaml"]), expected);
}

/// A network whose subnet is public, and a service in it.
const NETWORK: &str = "\
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Route:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Association: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}}
Outputs:
  Subnet: {Value: !Ref Subnet, Export: {Name: net-Subnet}}
";

/// A service in the subnet that [`NETWORK`] exports.
const IMPORTER: &str = "\
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: DISABLED
          Subnets: [!ImportValue net-Subnet]
          SecurityGroups: [sg-0a]
";

#[test]
fn imports_are_followed_in_both_directions() {
    let folder = repository(&[
        ("network/vpc.yaml", NETWORK),
        ("app/service.yaml", IMPORTER),
        ("app/other.yaml", GOOD),
    ]);
    let expected = ["app/service.yaml:9 task-in-public-subnet"];
    let of = |arguments: &[&str]| found(folder.path(), "task-in-public-subnet", arguments);
    assert_eq!(of(&["."]), expected);
    assert_eq!(of(&["app/service.yaml"]), expected, "the exporter is context");
    assert_eq!(
        of(&["network/vpc.yaml"]),
        expected,
        "the exporter changed: its route is evidence"
    );
    assert_eq!(of(&["app/other.yaml"]), [""; 0]);
    assert_eq!(listed(folder.path(), &["app/other.yaml"]).1, "");
    assert_eq!(of(&["app/service.yaml", "--context", "none"]), [""; 0]);
}

#[test]
fn who_shares_an_exporter_is_loaded_too() {
    // The endpoint of a third stack is what the service would otherwise be missed to have.
    let folder = repository(&[
        ("vpc.yaml", NETWORK),
        ("service.yaml", IMPORTER),
        ("third.yaml", &IMPORTER.replace("Service:", "Third:")),
    ]);
    assert_eq!(listed(folder.path(), &["service.yaml"]).1, "third.yaml vpc.yaml");
}

#[test]
fn deployments_are_loaded_whole_however_deep() {
    let folder = repository(&[
        (
            "root.yaml",
            &parent(&["Platform platform/main.yaml", "Dns dns.yaml"]),
        ),
        ("platform/main.yaml", &parent(&["Apps apps/main.yaml"])),
        (
            "platform/apps/main.yaml",
            &parent(&["Api service.yaml Public=ENABLED"]),
        ),
        ("platform/apps/service.yaml", SERVICE),
        ("dns.yaml", GOOD),
        ("apart.yaml", GOOD),
    ]);
    let file = "platform/apps/service.yaml";
    assert_eq!(
        listed(folder.path(), &[file]),
        (
            file.to_owned(),
            "dns.yaml platform/apps/main.yaml platform/main.yaml root.yaml".to_owned()
        )
    );
    let (findings, _) = report(folder.path(), "task-public-ip", &["platform/main.yaml"]);
    assert_eq!(findings, BTreeSet::from([format!("{file}:10 task-public-ip")]));
}

#[test]
fn a_url_leads_to_the_nearest_template_whichever_is_named() {
    let url = "https://bucket.s3.amazonaws.com/templates/service.yaml";
    let folder = repository(&[
        ("a/root.yaml", &parent(&[&format!("Api {url} Public=ENABLED")])),
        ("a/templates/service.yaml", SERVICE),
        ("b/root.yaml", &parent(&[&format!("Api {url} Public=DISABLED")])),
        ("b/templates/service.yaml", SERVICE),
        ("service.yaml", SERVICE),
    ]);
    let of = |file: &str| found(folder.path(), "task-public-ip", &[file]);
    assert_eq!(
        of("a/templates/service.yaml"),
        ["a/templates/service.yaml:10 task-public-ip"]
    );
    assert_eq!(of("b/templates/service.yaml"), [""; 0]);
    assert_eq!(
        of("service.yaml"),
        [""; 0],
        "of the same name, and nobody's child"
    );
    assert_eq!(listed(folder.path(), &["service.yaml"]).1, "");
    assert_eq!(
        listed(folder.path(), &["b/templates/service.yaml"]).1,
        "b/root.yaml"
    );
}

#[test]
fn a_url_that_is_mapped_ties_templates_too() {
    let url = "https://bucket.s3.amazonaws.com/live/service.yaml";
    let folder = repository(&[
        ("root.yaml", &parent(&[&format!("Api {url} Public=ENABLED")])),
        ("lib/service.yaml", SERVICE),
        ("old/service.yaml", SERVICE),
    ]);
    let map = "https://bucket.s3.amazonaws.com/live/=lib";
    let of = |file: &str| found(folder.path(), "task-public-ip", &[file, "--url-map", map]);
    assert_eq!(of("lib/service.yaml"), ["lib/service.yaml:10 task-public-ip"]);
    assert_eq!(of("old/service.yaml"), [""; 0]);
}

#[test]
fn templates_that_nest_each_other_end() {
    let folder = repository(&[
        ("a.yaml", &parent(&["B b.yaml"])),
        ("b.yaml", &parent(&["C c.yaml"])),
        ("c.yaml", &parent(&["A a.yaml"])),
    ]);
    for file in ["a.yaml", "b.yaml", "c.yaml"] {
        let output = run(folder.path(), &["check", file, "--format", "concise"]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        assert!(
            stdout(&output).contains("missing-template"),
            "{file}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn the_id_of_a_finding_is_the_same_whatever_is_named() {
    let folder = repository(&[
        ("a.yaml", &parent(&["Zoo service.yaml Public=ENABLED"])),
        ("b.yaml", &parent(&["Api service.yaml Public=ENABLED"])),
        ("service.yaml", SERVICE),
    ]);
    let ids = |argument: &str| {
        let output = run(
            folder.path(),
            &["check", "-f", "json", "-s", "task-public-ip", argument],
        );
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        value["findings"][0]["id"].as_str().unwrap().to_owned()
    };
    let whole = ids(".");
    for file in ["a.yaml", "b.yaml", "service.yaml"] {
        assert_eq!(ids(file), whole, "{file}");
    }
}

#[test]
fn a_nested_output_that_is_gone_is_reported_for_the_child() {
    let root = parent(&["Net net.yaml"]) + "Outputs:\n  Vpc: {Value: !GetAtt Net.Outputs.VpcId}\n";
    let folder = repository(&[("root.yaml", &root), ("net.yaml", GOOD), ("other.yaml", GOOD)]);
    let of = |file: &str| found(folder.path(), "missing-nested-output", &[file]);
    assert_eq!(of("."), of("net.yaml"));
    assert_eq!(of("net.yaml").len(), 1, "{:?}", of("net.yaml"));
    assert_eq!(of("other.yaml"), [""; 0]);
}

#[test]
fn suppressions_in_the_context_are_not_judged() {
    let accepted = format!("# ecslint: ignore[task-public-ip] -- lab\n{SERVICE}");
    let folder = repository(&[
        (
            "root.yaml",
            &parent(&["Api service.yaml Public=DISABLED", "Web web.yaml Public=ENABLED"]),
        ),
        ("service.yaml", &accepted),
        ("web.yaml", &accepted),
    ]);
    let of = |arguments: &[&str]| found(folder.path(), "task-public-ip,unused-suppression", arguments);
    let unused = ["service.yaml:1 unused-suppression"];
    assert_eq!(of(&["."]), unused);
    assert_eq!(of(&["service.yaml"]), unused);
    assert_eq!(
        of(&["web.yaml"]),
        [""; 0],
        "the suppression is used in the stack of its parent"
    );
    assert_eq!(of(&["web.yaml", "--context", "none"]), [""; 0], "nobody can tell");
}

#[test]
fn a_broken_context_is_told_and_does_not_fail() {
    let folder = repository(&[
        (
            "root.yaml",
            &parent(&["Api service.yaml Public=ENABLED", "Web web.yaml"]),
        ),
        ("service.yaml", SERVICE),
        ("web.yaml", BROKEN),
        ("apart.yaml", &format!("{BROKEN}# Export\n")),
    ]);
    let check = |file: &str| run(folder.path(), &["check", file, "-s", "task-public-ip", "-v"]);
    let output = check("service.yaml");
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    for file in ["apart.yaml", "web.yaml"] {
        let line = format!("skipped {file}: not readable as a template, so it is no context for others");
        assert!(stdout(&output).contains(&line), "{}", stdout(&output));
    }
    let output = check("root.yaml");
    assert_eq!(code(&output), 3, "what a named template nests must be readable");
}

#[test]
fn nothing_but_the_inputs_is_read_without_context() {
    let root = parent(&["Api service.yaml Public=ENABLED", "Gone gone.yaml"]);
    let folder = repository(&[("root.yaml", &root), ("service.yaml", SERVICE)]);
    let none = |arguments: &[&str]| {
        let mut all = vec!["--context", "none"];
        all.extend(arguments);
        (
            listed(folder.path(), &all).0,
            found(folder.path(), "task-public-ip,missing-template", &all),
        )
    };
    let (files, findings) = none(&["root.yaml"]);
    assert_eq!(files, "root.yaml");
    assert_eq!(
        findings,
        ["root.yaml:11 missing-template"],
        "a file that is not there"
    );
    let (files, findings) = none(&["root.yaml", "service.yaml"]);
    assert_eq!(files, "root.yaml service.yaml");
    assert_eq!(
        findings,
        ["root.yaml:11 missing-template", "service.yaml:10 task-public-ip"],
        "inputs are still tied to each other"
    );
}

#[test]
fn ignored_and_excluded_templates_are_no_context() {
    let root = parent(&["Api service.yaml Public=ENABLED"]);
    let ignored = parent(&["Api ../service.yaml Public=ENABLED"]);
    let folder = repository(&[
        (".gitignore", "build/\n"),
        ("build/root.yaml", &ignored),
        ("legacy/root.yaml", &ignored),
        ("root.yaml", &root),
        ("service.yaml", SERVICE),
    ]);
    let context = |arguments: &[&str]| listed(folder.path(), arguments).1;
    assert_eq!(context(&["service.yaml"]), "legacy/root.yaml root.yaml");
    assert_eq!(context(&["service.yaml", "--exclude", "legacy/"]), "root.yaml");
    assert_eq!(
        context(&["service.yaml", "--no-gitignore"]),
        "build/root.yaml legacy/root.yaml root.yaml"
    );
}

#[cfg(unix)]
#[test]
fn a_linked_name_stands_for_the_template_that_parents_use() {
    let root = parent(&["Api nested/service.yaml Public=ENABLED"]);
    let folder = repository(&[("root.yaml", &root), ("nested/service.yaml", SERVICE)]);
    std::os::unix::fs::symlink("nested/service.yaml", folder.path().join("link.yaml")).unwrap();
    assert_eq!(
        found(folder.path(), "task-public-ip", &["link.yaml"]),
        ["link.yaml:10 task-public-ip"]
    );
}

#[test]
fn a_path_that_climbs_lies_in_the_project() {
    let root = parent(&["Api service.yaml Public=ENABLED"]);
    let folder = repository(&[
        ("here/x.txt", ""),
        ("there/root.yaml", &root),
        ("there/service.yaml", SERVICE),
    ]);
    assert_eq!(
        found(
            &folder.path().join("here"),
            "missing-template,task-public-ip",
            &["../there/root.yaml"]
        ),
        ["../there/service.yaml:10 task-public-ip"]
    );
}
