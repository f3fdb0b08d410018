//! Templates behind URLs: which folder they live in, and what is said of those that are not found.

use std::fs;

use super::{GOOD, code, folder, json, run, stderr, stdout};

const CHILD: &str = "\
Parameters:
  PublicIp: {Type: String}
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: !Ref PublicIp
          Subnets: [subnet-0a]
";

/// A root whose nested stack makes public tasks of [`CHILD`].
fn root(url: &str) -> String {
    format!(
        "Parameters:\n  Bucket: {{Type: String}}\n  Version: {{Type: String, Default: v1}}\nResources:\n  Web:\n    \
         Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n      Parameters:\n        \
         PublicIp: ENABLED\n"
    )
}

/// The nested stacks with public tasks, of a root with this URL.
fn public(url: &str, arguments: &[&str]) -> Vec<String> {
    let folder = folder(&[
        ("infra/root.yaml", &root(url)),
        ("lib/a b/service.tpl.yaml", CHILD),
    ]);
    let mut all = vec!["infra/root.yaml"];
    all.extend(arguments);
    let report = json(folder.path(), "task-public-ip", &all);
    let findings = report["findings"].as_array().unwrap();
    let places = findings.iter().map(|finding| {
        let path = finding["location"]["path"].as_str().unwrap();
        format!("{path} {}", finding["confidence"].as_str().unwrap())
    });
    places.collect()
}

#[test]
fn a_url_that_is_mapped_leads_to_its_file() {
    let found = ["lib/a b/service.tpl.yaml high"];
    let urls = [
        "https://bucket.s3.amazonaws.com/t/a%20b/service.tpl.yaml",
        "https://s3.eu-west-1.amazonaws.com/bucket/t/a%20b/service.tpl.yaml?versionId=3",
        "s3://bucket/t/a%20b/service.tpl.yaml",
        "!Sub https://bucket.s3.${AWS::Region}.${AWS::URLSuffix}/t/a%20b/service.tpl.yaml",
        "!Join ['', ['https://bucket.s3.', !Ref AWS::Region, '.amazonaws.com/t/a%20b/service.tpl.yaml']]",
    ];
    for url in urls {
        for prefix in ["s3://bucket/t/", "https://s3.amazonaws.com/bucket/t"] {
            let map = format!("{prefix}=lib");
            assert_eq!(public(url, &["--url-map", &map]), found, "{url} {prefix}");
        }
    }
}

#[test]
fn parameters_in_a_url_are_given_or_met_by_a_star() {
    let url = "!Sub https://${Bucket}.s3.amazonaws.com/a b/service.tpl.yaml";
    let found = ["lib/a b/service.tpl.yaml high"];
    assert_eq!(
        public(url, &["--url-map", "s3://mine/=lib", "-p", "Bucket=mine"]),
        found
    );
    assert_eq!(
        public(url, &["--url-map", "https://*.s3.amazonaws.com/=lib"]),
        found
    );
    let versioned = "!Sub s3://b/${Version}/a b/service.tpl.yaml";
    let by_default = ["lib/a b/service.tpl.yaml medium"];
    assert_eq!(
        public(versioned, &["--url-map", "s3://b/v1/=lib"]),
        by_default,
        "the default is one value of many"
    );
}

#[test]
fn the_longest_prefix_wins() {
    let url = "s3://b/t/deep/service.tpl.yaml";
    let maps = [
        "--url-map",
        "s3://b/=infra",
        "--url-map",
        "s3://b/t/deep/=lib/a b",
        "--url-map",
        "s3://b/t/=infra",
    ];
    assert_eq!(public(url, &maps), ["lib/a b/service.tpl.yaml high"]);
}

#[test]
fn a_mapped_url_never_leaves_the_project() {
    let folder = folder(&[
        ("outside.yaml", CHILD),
        ("project/.git/HEAD", ""),
        ("project/lib/x.yaml", GOOD),
        ("project/root.yaml", &root("s3://b/../../outside.yaml")),
        ("project/encoded.yaml", &root("s3://b/%2e%2e%2f..%2foutside.yaml")),
        ("project/link.yaml", &root("s3://b/link/outside.yaml")),
    ]);
    let project = folder.path().join("project");
    let mut templates = vec!["root.yaml", "encoded.yaml"];
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), project.join("lib/link")).unwrap();
        templates.push("link.yaml");
    }
    for template in templates {
        let output = run(
            &project,
            &[
                "check",
                template,
                "--url-map",
                "s3://b/=lib",
                "--select",
                "missing-template,task-public-ip",
                "-f",
                "concise",
            ],
        );
        let text = stdout(&output);
        assert_eq!(code(&output), 1, "{text}");
        assert!(text.contains("lies outside of the project"), "{template}: {text}");
        assert!(!text.contains("task-public-ip"), "{template}: {text}");
    }
}

#[test]
fn a_mapped_file_that_is_not_there_is_told() {
    let folder = folder(&[
        ("root.yaml", &root("s3://b/t/servic.yaml")),
        ("lib/service.yaml", CHILD),
    ]);
    let report = json(
        folder.path(),
        "missing-template,task-public-ip",
        &["root.yaml", "--url-map", "s3://b/t/=lib"],
    );
    assert_eq!(report["summary"]["findings"], 0, "{report:#}");
    assert_eq!(
        report["undetermined"][0]["message"],
        "nested stack `Web` uses `s3://b/t/servic.yaml`, and no file is `lib/servic.yaml`"
    );
}

#[test]
fn a_packaged_template_cannot_be_traced_back() {
    let url = "https://s3.amazonaws.com/b/0123456789abcdef0123456789abcdef.template";
    let folder = folder(&[("root.yaml", &root(url))]);
    let report = json(folder.path(), "missing-template", &["root.yaml"]);
    let message = report["undetermined"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("which `aws cloudformation package` named after its content"),
        "{message}"
    );
}

#[test]
fn a_map_that_is_none_is_an_error() {
    let folder = folder(&[("root.yaml", GOOD)]);
    for (map, words) in [
        ("s3://b/", "expected PREFIX=DIR"),
        ("=lib", "expected PREFIX=DIR"),
        ("s3://b/=lib", "no such folder"),
        ("s3://b/=root.yaml", "no such folder"),
        ("?=.", "the prefix of URLs is empty"),
    ] {
        let output = run(folder.path(), &["check", "root.yaml", "--url-map", map]);
        assert_eq!(code(&output), 2, "{map}");
        assert!(stderr(&output).contains(words), "{map}: {}", stderr(&output));
    }
}

#[test]
fn nested_stacks_that_are_not_followed_are_unknown_and_not_absent() {
    let root = "\
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: network.yaml
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: !GetAtt Network.Outputs.PublicIp
          Subnets: [subnet-0a]
";
    let network = format!("{GOOD}Outputs:\n  PublicIp:\n    Value: ENABLED\n");
    let folder = folder(&[("root.yaml", root), ("network.yaml", &network)]);
    let followed = json(folder.path(), "task-public-ip,missing-template", &["root.yaml"]);
    assert_eq!(followed["summary"]["findings"], 1, "{followed:#}");
    assert_eq!(followed["summary"]["stacks"], 2);
    let alone = json(
        folder.path(),
        "task-public-ip,missing-template",
        &["root.yaml", "--no-follow"],
    );
    assert_eq!(alone["summary"]["findings"], 0, "{alone:#}");
    assert_eq!(alone["summary"]["stacks"], 1);
    let undetermined = alone["undetermined"].as_array().unwrap();
    let rules: Vec<&str> = undetermined
        .iter()
        .filter_map(|check| check["rule"]["name"].as_str())
        .collect();
    assert_eq!(rules, ["missing-template", "task-public-ip"]);
    assert_eq!(undetermined[1]["because"][0]["settle"], "leave out `--no-follow`");
    fs::remove_file(folder.path().join("network.yaml")).unwrap();
    let missing = json(folder.path(), "missing-template", &["root.yaml", "--no-follow"]);
    assert_eq!(missing["summary"]["findings"], 0, "nobody looked for it");
}
