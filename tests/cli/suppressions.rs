//! What templates accept: every form, used, unused, expired, with an unknown rule and without a reason.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{code, command, folder, stderr, stdout};

/// The day on which the tests take place.
const TODAY: &str = "2027-01-15";

/// The rule that is suppressed, and those about suppressions.
const RULES: &str = "task-public-ip,unused-suppression,expired-suppression,unknown-suppression,unexplained-suppression,misplaced-suppression";

/// A service; `{…}` are the places where suppressions can stand.
const TEMPLATE: &str = "\
{file}Description: a service
{template}Resources:
{above}  Service: {key}
    Type: AWS::ECS::Service
{resource}    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
{before}          AssignPublicIp: {value} {trailing}
          Subnets: [subnet-0a]
          SecurityGroups: [sg-0a]
";

/// The template with a suppression at one place.
fn template(place: &str, suppression: &str, value: &str) -> String {
    let mut text = TEMPLATE.replace("{value}", value);
    for known in [
        "file", "template", "above", "key", "resource", "before", "trailing",
    ] {
        let inserted = if known == place { suppression } else { "" };
        text = text.replace(&format!("{{{known}}}"), inserted);
    }
    text
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["check", "--select", RULES];
    all.extend(arguments);
    command(folder, &all)
        .env("ECSLINT_TODAY", TODAY)
        .output()
        .unwrap()
}

/// What a template leads to: the exit code, and the report in JSON.
fn checked(name: &str, text: &str, arguments: &[&str]) -> (i32, Value) {
    let folder = folder(&[(name, text)]);
    let mut all = vec![".", "--format", "json"];
    all.extend(arguments);
    let output = check(folder.path(), &all);
    let report = serde_json::from_slice(&output.stdout).unwrap();
    (code(&output), report)
}

fn rules<'r>(report: &'r Value, list: &str) -> Vec<&'r str> {
    let items = report[list].as_array().into_iter().flatten();
    items.filter_map(|item| item["rule"]["name"].as_str()).collect()
}

/// A form of a suppression, with its place; `RULE`, `UNTIL` and `WHY` stand for its parts.
struct Form {
    place: &'static str,
    text: &'static str,
    until: &'static str,
    why: &'static str,
}

/// A comment at a place, with what stands before and behind it.
const fn comment(place: &'static str, text: &'static str) -> Form {
    Form {
        place,
        text,
        until: " until=DATE",
        why: " -- a lab",
    }
}

const fn metadata(place: &'static str, text: &'static str) -> Form {
    Form {
        place,
        text,
        until: ", until: \"DATE\"",
        why: ", reason: a lab",
    }
}

const FORMS: &[Form] = &[
    comment("trailing", "# ecslint: ignore[RULE]UNTILWHY"),
    comment("before", "          # ecslint: ignore[RULE]UNTILWHY\n"),
    comment("above", "  # ecslint: ignore[RULE]UNTILWHY\n"),
    comment("key", "# ecslint: ignore[RULE]UNTILWHY"),
    comment("file", "# ecslint: ignore[RULE]UNTILWHY\n"),
    comment("before", "          # ecslint: ignore-file[RULE]UNTILWHY\n"),
    metadata(
        "resource",
        "    Metadata: {ecslint: {ignore: [{rules: [RULE]UNTILWHY}]}}\n",
    ),
    metadata(
        "template",
        "Metadata: {ecslint: {ignore: [{rules: [RULE]UNTILWHY}]}}\n",
    ),
    metadata(
        "template",
        "Metadata: {ecslint: {ignore: [{rules: RULE, resources: [Serv*]UNTILWHY}]}}\n",
    ),
];

impl Form {
    fn text(&self, rule: &str, until: Option<&str>, is_explained: bool) -> String {
        let until = until
            .map(|until| self.until.replace("DATE", until))
            .unwrap_or_default();
        let why = if is_explained { self.why } else { "" };
        self.text
            .replace("RULE", rule)
            .replace("UNTIL", &until)
            .replace("WHY", why)
    }

    /// Exit code, findings and suppressed findings.
    fn outcome(&self, suppression: &str, value: &str) -> (i32, Vec<String>, Vec<String>) {
        let text = template(self.place, suppression, value);
        let (code, report) = checked("t.yaml", &text, &[]);
        let owned = |list| rules(&report, list).into_iter().map(str::to_owned).collect();
        (code, owned("findings"), owned("suppressed"))
    }
}

#[test]
pub(super) fn every_form_suppresses_and_is_judged() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    const RULE: &str = "task-public-ip";
    for form in FORMS {
        let at = |text: &str| format!("{}: {text}", form.place);
        let used = form.text(RULE, Some("2027-06-30"), true);
        assert_eq!(
            form.outcome(&used, "ENABLED"),
            (0, names(&[]), names(&[RULE])),
            "{}",
            at(&used)
        );
        let category = form.text("network", None, true);
        assert_eq!(
            form.outcome(&category, "ENABLED"),
            (0, names(&[]), names(&[RULE])),
            "{}",
            at(&category)
        );
        assert_eq!(
            form.outcome(&used, "DISABLED"),
            (1, names(&["unused-suppression"]), names(&[])),
            "unused {}",
            at(&used)
        );
        let expired = form.text(RULE, Some("2027-01-14"), true);
        let (code, mut found, suppressed) = form.outcome(&expired, "ENABLED");
        found.sort();
        assert_eq!(
            (code, found, suppressed),
            (1, names(&["expired-suppression", RULE]), names(&[])),
            "{}",
            at(&expired)
        );
        let unknown = form.text("task-public-pi", None, true);
        let (code, mut found, suppressed) = form.outcome(&unknown, "ENABLED");
        found.sort();
        assert_eq!(
            (code, found, suppressed),
            (1, names(&[RULE, "unknown-suppression"]), names(&[])),
            "{}",
            at(&unknown)
        );
        let unexplained = form.text(RULE, None, false);
        assert_eq!(
            form.outcome(&unexplained, "ENABLED"),
            (1, names(&["unexplained-suppression"]), names(&[RULE])),
            "{}",
            at(&unexplained)
        );
    }
}

#[test]
fn a_suppression_that_ends_within_two_weeks_is_announced_and_counts() {
    for (until, announced) in [("2027-01-15", 1), ("2027-01-29", 1), ("2027-01-30", 0)] {
        let comment = format!("# ecslint: ignore[task-public-ip] until={until} -- a lab");
        let (code, report) = checked("t.yaml", &template("trailing", &comment, "ENABLED"), &[]);
        assert_eq!((code, rules(&report, "suppressed").len()), (0, 1), "{until}");
        assert_eq!(report["findings"].as_array().unwrap().len(), announced, "{until}");
        assert!(
            announced == 0 || report["findings"][0]["severity"] == "info",
            "{until}"
        );
    }
}

#[test]
fn a_node_elsewhere_is_not_covered() {
    let comment = "          # ecslint: ignore[task-public-ip] -- covers the subnets\n";
    let text =
        template("", "", "ENABLED").replace("          Subnets", &format!("{comment}          Subnets"));
    let (code, report) = checked("t.yaml", &text, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        rules(&report, "findings"),
        ["task-public-ip", "unused-suppression"]
    );
    let (_, report) = checked(
        "t.yaml",
        &template(
            "template",
            "Metadata: {ecslint: {ignore: [{rules: [task-public-ip], resources: [Other], reason: x}]}}\n",
            "ENABLED",
        ),
        &[],
    );
    assert_eq!(rules(&report, "suppressed").len(), 0);
}

#[test]
fn json_says_by_what_why_and_until_when() {
    let comment = "# ecslint: ignore[task-public-ip] until=2027-06-30 -- no NAT (SEC-7)";
    let (_, report) = checked("t.yaml", &template("trailing", comment, "ENABLED"), &[]);
    assert_eq!(
        report["suppressed"][0]["suppression"],
        serde_json::json!({
            "kind": "comment",
            "by": "ecslint: ignore[task-public-ip]",
            "reason": "no NAT (SEC-7)",
            "until": "2027-06-30",
        })
    );
    assert_eq!(report["summary"]["suppressed"], 1);
    assert_eq!(report["summary"]["findings"], 0);
}

#[test]
fn metadata_of_a_json_template_suppresses() {
    let text = r#"{"Resources": {"Service": {
        "Type": "AWS::ECS::Service",
        "Metadata": {"ecslint": {"ignore": [{"rules": ["task-public-ip"], "reason": "a lab", "until": "2027-06-30"}]}},
        "Properties": {"LaunchType": "FARGATE", "NetworkConfiguration": {"AwsvpcConfiguration": {
            "AssignPublicIp": "ENABLED", "Subnets": ["subnet-0a"]}}}}}}"#;
    let (code, report) = checked("t.json", text, &[]);
    assert_eq!((code, rules(&report, "suppressed")), (0, vec!["task-public-ip"]));
    assert_eq!(report["suppressed"][0]["suppression"]["kind"], "metadata");
}

#[test]
fn lines_above_change_nothing() {
    for form in FORMS {
        let suppression = form.text("task-public-ip", None, true);
        let text = template(form.place, &suppression, "ENABLED");
        let moved = text.replacen(
            "Description:",
            &format!("{}Description:", "# more\n".repeat(50)),
            1,
        );
        let id = |text: &str| {
            let (code, report) = checked("t.yaml", text, &[]);
            assert_eq!(code, 0, "{}", form.place);
            report["suppressed"][0]["id"].as_str().unwrap().to_owned()
        };
        assert_eq!(id(&text), id(&moved));
    }
}

#[test]
fn a_comment_inside_of_a_block_scalar_is_text() {
    let text = format!(
        "{}  Project:\n    Type: AWS::CodeBuild::Project\n    Properties:\n      Source:\n        BuildSpec: |\n          # ecslint: ignore-file[task-public-ip] -- text\n          version: 0.2\n",
        template("", "", "ENABLED")
    );
    let (code, report) = checked("t.yaml", &text, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        rules(&report, "findings"),
        ["task-public-ip", "misplaced-suppression"]
    );
    // Behind the sign of the block it is a comment.
    let text = text.replace(
        "BuildSpec: |",
        "BuildSpec: | # ecslint: ignore[task-public-ip] -- a comment",
    );
    let text = text.replace("          # ecslint: ignore-file[task-public-ip] -- text\n", "");
    let (_, report) = checked("t.yaml", &text, &[]);
    assert_eq!(
        rules(&report, "findings"),
        ["task-public-ip", "unused-suppression"]
    );
}

#[test]
fn an_undetermined_check_is_suppressed_likewise() {
    let comment = "# ecslint: ignore[task-public-ip] -- a lab";
    let text = template("trailing", comment, "!Ref Public");
    let text = text.replace("Resources:", "Parameters:\n  Public: {Type: String}\nResources:");
    let (code, report) = checked("t.yaml", &text, &["--fail-on-undetermined"]);
    assert_eq!((code, report["summary"]["undetermined"].as_u64()), (0, Some(0)));
    assert_eq!(rules(&report, "suppressed"), ["task-public-ip"]);
}

#[test]
fn a_pattern_narrows_to_what_matches_it() {
    const ROLE: &str = r#"Resources:
  # ecslint: ignore[RULE] -- data
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: data
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: ["s3:*", "sqs:*"], Resource: "arn:aws:s3:::a/*"}]
  Definition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      TaskRoleArn: !GetAtt Role.Arn
      ContainerDefinitions: [{Name: a, Image: b}]
"#;
    let count = |rule: &str| {
        let (_, report) = checked(
            "t.yaml",
            &ROLE.replace("RULE", rule),
            &["--select", "wildcard-action"],
        );
        assert_eq!(report["errors"].as_array().unwrap().len(), 0);
        rules(&report, "suppressed").len()
    };
    assert_eq!(count("wildcard-action"), 1);
    assert_eq!(count("wildcard-action(s*:*)"), 1);
    assert_eq!(count("wildcard-action(s3:*)"), 0, "sqs:* is not meant");
}

#[test]
pub(super) fn suppressions_of_other_tools_count_where_those_tools_honour_them() {
    let checkov = "# checkov:skip=CKV_AWS_333:a lab";
    for (place, text, by, reason) in [
        ("trailing", checkov, "checkov:skip=CKV_AWS_333", Some("a lab")),
        ("key", checkov, "checkov:skip=CKV_AWS_333", Some("a lab")),
        (
            "resource",
            "    Metadata: {checkov: {skip: [{id: CKV_AWS_333, comment: a lab}]}}\n",
            "checkov:skip=CKV_AWS_333",
            Some("a lab"),
        ),
        (
            "resource",
            "    Metadata: {cfn-lint: {config: {ignore_checks: [task-public-ip]}}}\n",
            "cfn-lint task-public-ip",
            None,
        ),
    ] {
        let (code, report) = checked("t.yaml", &template(place, text, "ENABLED"), &[]);
        assert_eq!(
            (code, rules(&report, "suppressed")),
            (0, vec!["task-public-ip"]),
            "{text}"
        );
        let suppression = &report["suppressed"][0]["suppression"];
        assert_eq!(suppression["by"], by);
        assert_eq!(suppression["reason"].as_str(), reason);
        // Of no use here, and not judged.
        let (code, _) = checked("t.yaml", &template(place, text, "DISABLED"), &[]);
        assert_eq!(code, 0, "{text}");
    }
    for (place, text) in [
        ("file", "# checkov:skip=CKV_AWS_333\n"),
        ("above", "  # checkov:skip=CKV_AWS_333\n"),
        ("template", "Metadata: {checkov: {skip: [{id: CKV_AWS_333}]}}\n"),
        ("trailing", "# checkov:skip=CKV_AWS_1"),
        (
            "resource",
            "    Metadata: {cfn_nag: {rules_to_suppress: [{id: CKV_AWS_333}]}}\n",
        ),
    ] {
        let (code, report) = checked("t.yaml", &template(place, text, "ENABLED"), &[]);
        assert_eq!((code, rules(&report, "suppressed").len()), (1, 0), "{text}");
    }
}

#[test]
fn ids_of_every_tool_are_followed_to_the_rules_that_mean_the_same() {
    let group = |metadata: &str| {
        format!(
            "\
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Metadata: {metadata}
    Properties:
      ClusterName: fixed
  Logs:
    Type: AWS::Logs::LogGroup
    Metadata: {metadata}
  Group:
    Type: AWS::EC2::SecurityGroup
    Metadata: {metadata}
    Properties:
      GroupName: fixed
      GroupDescription: a group
      VpcId: vpc-0a
      SecurityGroupIngress:
        - {{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}}
"
        )
    };
    for (rule, metadata) in [
        (
            "admin-port-open",
            "{checkov: {skip: [{id: CKV_AWS_24, comment: x}]}}",
        ),
        (
            "log-retention-missing",
            "{cfn_nag: {rules_to_suppress: [{id: W86, reason: x}]}}",
        ),
        (
            "log-retention-missing",
            "{cfn-lint: {config: {ignore_checks: [I3013]}}}",
        ),
        (
            "container-insights-disabled",
            "{cdk_nag: {rules_to_suppress: [{id: AwsSolutions-ECS4, reason: x}]}}",
        ),
        (
            "explicit-physical-name",
            "{guard: {SuppressedRules: [CFN_NO_EXPLICIT_RESOURCE_NAMES]}}",
        ),
        (
            "explicit-physical-name",
            "{cfn_nag: {rules_to_suppress: [{id: W28}]}}",
        ),
    ] {
        let (_, report) = checked("t.yaml", &group(metadata), &["--select", rule]);
        assert!(!rules(&report, "suppressed").is_empty(), "{rule} {metadata}");
        let (_, report) = checked("t.yaml", &group("{}"), &["--select", rule]);
        assert!(rules(&report, "findings").contains(&rule), "{rule}");
    }
    let narrowed = "{cdk_nag: {rules_to_suppress: [{id: AwsSolutions-ECS4, applies_to: [x]}]}}";
    let (_, report) = checked(
        "t.yaml",
        &group(narrowed),
        &["--select", "container-insights-disabled"],
    );
    assert_eq!(rules(&report, "suppressed").len(), 0);
}

#[test]
fn a_finding_of_a_nested_stack_is_suppressed_where_it_is_reported() {
    let parent = "\
Resources:
  Child: # ecslint: ignore[task-public-ip] -- not here
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
";
    let comment = "# ecslint: ignore[task-public-ip] -- a lab";
    let child = template("trailing", comment, "ENABLED");
    let folder = folder(&[("parent.yaml", parent), ("child.yaml", &child)]);
    let output = check(folder.path(), &[".", "-f", "concise", "--show-suppressed"]);
    let text = stdout(&output);
    assert!(
        text.contains("child.yaml:9:27: suppressed error[task-public-ip]"),
        "{text}"
    );
    assert!(
        text.contains("parent.yaml:2:10: warning[unused-suppression]"),
        "{text}"
    );
}

#[test]
fn the_audit_reports_everything_and_nothing_about_suppressions() {
    let comment = "# ecslint: ignore[task-public-ip, iam]";
    let text = template("trailing", comment, "ENABLED");
    let (code, report) = checked("t.yaml", &text, &["--no-suppressions"]);
    assert_eq!((code, rules(&report, "findings")), (1, vec!["task-public-ip"]));
    assert_eq!(rules(&report, "suppressed").len(), 0);
}

#[test]
fn suppressed_findings_are_counted_and_shown_when_asked_for() {
    let comment = "# ecslint: ignore[task-public-ip] until=2027-06-30 -- a lab";
    let folder = folder(&[("t.yaml", &template("trailing", comment, "ENABLED"))]);
    let text = |arguments: &[&str]| stdout(&check(folder.path(), arguments));
    let plain = text(&["."]);
    assert!(plain.starts_with("no findings · 1 suppressed\n"), "{plain}");
    let shown = text(&[".", "--show-suppressed"]);
    assert!(
        shown.starts_with("suppressed error[task-public-ip]: service"),
        "{shown}"
    );
    assert!(
        shown.contains("accepted by: ecslint: ignore[task-public-ip] until 2027-06-30: a lab"),
        "{shown}"
    );
    let sarif = |arguments: &[&str]| serde_json::from_str::<Value>(&text(arguments)).unwrap();
    let results = &sarif(&[".", "-f", "sarif"])["runs"][0]["results"];
    assert_eq!(results.as_array().unwrap().len(), 0);
    let results = &sarif(&[".", "-f", "sarif", "--show-suppressed"])["runs"][0]["results"];
    let suppression = &results[0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["justification"], "a lab");
    assert_eq!(suppression["properties"]["until"], "2027-06-30");
}

#[test]
fn a_credential_in_a_reason_is_masked() {
    // Put together here, so that no scanner takes this file for a leak.
    let secret = format!("AKIA{}", "Z7QX4MPL2RSTUVWK");
    let comment = format!("# ecslint: ignore[task-public-ip] -- use {secret} instead");
    let folder = folder(&[("t.yaml", &template("trailing", &comment, "ENABLED"))]);
    for format in ["full", "concise", "json", "sarif"] {
        let text = stdout(&check(folder.path(), &[".", "--show-suppressed", "-f", format]));
        assert!(text.contains("instead"), "{format}: {text}");
        assert!(!text.contains(&secret), "{format}: {text}");
    }
}

#[test]
fn a_day_that_is_none_is_a_mistake_of_use() {
    let folder = folder(&[("t.yaml", &template("", "", "ENABLED"))]);
    let output = command(folder.path(), &["check", "."])
        .env("ECSLINT_TODAY", "tomorrow")
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("ECSLINT_TODAY"));
}

#[test]
fn every_rule_about_suppressions_is_explained() {
    let folder = folder(&[]);
    for rule in RULES.split(',') {
        let output = command(folder.path(), &["explain", rule]).output().unwrap();
        assert_eq!(code(&output), 0, "{rule}");
    }
}

/// What a template and a configuration beside it lead to.
fn configured(configuration: &str, value: &str, arguments: &[&str]) -> (i32, Value) {
    let text = template("", "", value);
    let folder = folder(&[
        ("app/t.yaml", &text),
        (".ecslint.yaml", &format!("version: 1\n{configuration}")),
    ]);
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    if arguments.is_empty() {
        all.push(".");
    }
    let output = check(folder.path(), &all);
    (code(&output), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_configuration_suppresses_and_is_judged() {
    const RULE: &str = "task-public-ip";
    let entry = |members: &str| format!("ignore:\n  - {{rules: [{RULE}], {members}}}\n");
    for (members, value, wanted, findings, suppressed) in [
        ("reason: a lab, until: \"2027-06-30\"", "ENABLED", 0, &[][..], 1),
        (
            "reason: a lab, paths: [\"app/**\"], resources: [\"Serv*\"]",
            "ENABLED",
            0,
            &[],
            1,
        ),
        ("reason: a lab, paths: [\"t.yaml\"]", "ENABLED", 0, &[], 1),
        ("reason: a lab", "DISABLED", 1, &["unused-suppression"], 0),
        (
            "reason: a lab, paths: [\"lib/**\"]",
            "ENABLED",
            1,
            &["unused-suppression", RULE],
            0,
        ),
        (
            "reason: a lab, resources: [Other]",
            "ENABLED",
            1,
            &["unused-suppression", RULE],
            0,
        ),
        (
            "reason: a lab, until: \"2027-01-14\"",
            "ENABLED",
            1,
            &["expired-suppression", RULE],
            0,
        ),
        (
            "until: \"2027-06-30\"",
            "ENABLED",
            1,
            &["unexplained-suppression"],
            1,
        ),
    ] {
        let (code, report) = configured(&entry(members), value, &[]);
        assert_eq!(
            (
                code,
                rules(&report, "findings"),
                rules(&report, "suppressed").len()
            ),
            (wanted, findings.to_vec(), suppressed),
            "{members}"
        );
        for finding in report["findings"].as_array().unwrap() {
            let location = &finding["location"];
            let is_about_it = finding["rule"]["name"] != RULE;
            assert!(!is_about_it || location["path"] == ".ecslint.yaml", "{finding}");
            assert!(!is_about_it || location["start"]["line"] == 3, "{finding}");
        }
    }
    let (_, report) = configured(&entry("reason: a lab"), "ENABLED", &[]);
    assert_eq!(
        report["suppressed"][0]["suppression"],
        serde_json::json!({"kind": "config", "by": "ignore in .ecslint.yaml", "reason": "a lab", "until": null})
    );
}

#[test]
fn what_the_configuration_ignores_is_not_judged_by_a_part_of_the_templates() {
    let entry = "ignore:\n  - {rules: [task-public-ip], reason: a lab, paths: [\"lib/**\"]}\n";
    let (code, report) = configured(entry, "DISABLED", &["app/t.yaml"]);
    assert_eq!((code, rules(&report, "findings").len()), (0, 0), "{report}");
}

#[test]
fn an_unknown_rule_in_the_configuration_is_a_mistake_with_a_suggestion() {
    let folder = folder(&[
        ("t.yaml", &template("", "", "ENABLED")),
        (
            ".ecslint.yaml",
            "version: 1\nignore:\n  - {rules: [task-publik-ip], reason: x}\n",
        ),
    ]);
    let output = check(folder.path(), &["."]);
    let text = stderr(&output);
    assert_eq!(code(&output), 2, "{text}");
    assert!(
        text.contains(".ecslint.yaml:3:") && text.contains("did you mean `task-public-ip`?"),
        "{text}"
    );
}

#[test]
fn the_configuration_decides_what_may_suppress_and_for_how_long() {
    let new_rules = "task-public-ip,forbidden-suppression,overlong-suppression,unexplained-suppression";
    for form in FORMS {
        let text = form.text("task-public-ip", Some("2027-06-30"), false);
        let is_comment = text.contains('#');
        let template = template(form.place, &text, "ENABLED");
        let outcome = |settings: &[&str]| {
            let folder = folder(&[("t.yaml", &template)]);
            let mut all = vec!["check", ".", "--format", "json", "--select", new_rules];
            for setting in settings {
                all.extend(["--set", setting]);
            }
            let output = command(folder.path(), &all)
                .env("ECSLINT_TODAY", TODAY)
                .output()
                .unwrap();
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            let mut found: Vec<String> = rules(&report, "findings")
                .into_iter()
                .map(str::to_owned)
                .collect();
            found.sort();
            (found.join(" "), rules(&report, "suppressed").len())
        };
        let told = |found: &str, suppressed| (found.to_owned(), suppressed);
        assert_eq!(outcome(&[]), told("unexplained-suppression", 1));
        let relaxed = "suppressions.require-reason=false";
        assert_eq!(outcome(&[relaxed]), told("", 1));
        assert_eq!(
            outcome(&[relaxed, "suppressions.max-days=100"]),
            told("overlong-suppression", 1)
        );
        assert_eq!(outcome(&[relaxed, "suppressions.max-days=166"]), told("", 1));
        for protected in ["task-public-ip", "network"] {
            let setting = format!("suppressions.protected=[{protected}]");
            assert_eq!(
                outcome(&[relaxed, &setting]),
                told("forbidden-suppression task-public-ip", 0)
            );
        }
        let other = if is_comment { "metadata" } else { "comment" };
        let setting = format!("suppressions.allow=[{other}, compat]");
        assert_eq!(
            outcome(&[relaxed, &setting]),
            told("forbidden-suppression task-public-ip", 0)
        );
    }
}

#[test]
fn the_suppressions_of_other_tools_count_unless_the_configuration_says_otherwise() {
    let text = template("trailing", "# checkov:skip=CKV_AWS_333:a lab", "ENABLED");
    for (allow, wanted) in [("[compat]", 0), ("[comment]", 1)] {
        let setting = format!("suppressions.allow={allow}");
        let (code, report) = checked("t.yaml", &text, &["--set", &setting]);
        assert_eq!(
            (code, rules(&report, "findings").len()),
            (wanted, wanted as usize),
            "{allow}"
        );
    }
}
