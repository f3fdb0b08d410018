//! `check --add-ignore`: what is found is accepted in the templates, and nothing else changes in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{PUBLIC, code, command, folder, stderr, stdout};
use crate::json::as_json;

/// The day on which the tests take place.
const TODAY: &str = "2027-01-15";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(folder, &["check"]);
    command.args(arguments).env("ECSLINT_TODAY", TODAY);
    command.output().unwrap()
}

/// The findings of a folder, from `info` on, as `path:line rule`.
fn findings(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let mut all = vec![".", "--format", "json", "--profile", "all"];
    all.extend(arguments);
    let report: Value = serde_json::from_slice(&run(folder, &all).stdout).unwrap();
    let items = report["findings"].as_array().unwrap().iter();
    items
        .map(|item| {
            let location = &item["location"];
            let path = location["path"].as_str().unwrap();
            format!(
                "{path}:{} {}",
                location["start"]["line"],
                item["rule"]["name"].as_str().unwrap()
            )
        })
        .collect()
}

/// Accepts the findings of one rule in a template, and gives the new text and what was printed.
fn accepted(name: &str, text: &str, arguments: &[&str]) -> (String, Output) {
    let folder = folder(&[(name, text)]);
    let mut all = vec![
        ".",
        "--select",
        "task-public-ip,unused-suppression,expired-suppression",
    ];
    all.extend(arguments);
    if !arguments
        .iter()
        .any(|argument| argument.starts_with("--add-ignore"))
    {
        all.push("--add-ignore=a lab");
    }
    let output = run(folder.path(), &all);
    let after = fs::read_to_string(folder.path().join(name)).unwrap();
    if code(&output) == 0 {
        let again = run(folder.path(), &all);
        assert_eq!(
            (code(&again), stdout(&again)),
            (0, "nothing written\n".to_owned())
        );
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), after);
        let clean = run(folder.path(), &[".", "--select", all[2]]);
        assert_eq!(code(&clean), 0, "{after}{}", stdout(&clean));
    }
    (after, output)
}

/// What was put into a text: each line of the new text that is not as one of the old text, in order.
fn added(before: &str, after: &str) -> Vec<String> {
    let mut old = before.lines().peekable();
    let is_new = |line: &&str| old.next_if(|known| known == line).is_none();
    let new: Vec<String> = after.lines().filter(is_new).map(str::to_owned).collect();
    new
}

const COMMENT: &str = "# ecslint: ignore[task-public-ip] -- a lab";

#[test]
fn a_comment_goes_behind_the_value_or_above_it() {
    let (after, output) = accepted("t.yaml", PUBLIC, &[]);
    let line = "          AssignPublicIp: ENABLED";
    assert_eq!(after, PUBLIC.replace(line, &format!("{line}  {COMMENT}")));
    assert_eq!(
        stdout(&output),
        format!("t.yaml:8: {COMMENT}\n1 suppression for 1 finding written in 1 file\n")
    );
    // A comment is there, the value goes on, or the line would be long.
    for value in [
        "ENABLED # why",
        "\"ENA\\\n            BLED\"",
        "ENABLED        # ",
    ] {
        let text = PUBLIC.replace("ENABLED", value);
        let (after, _) = accepted("t.yaml", &text, &[]);
        assert_eq!(added(&text, &after), [format!("          {COMMENT}")], "{after}");
    }
    let reason = format!("--add-ignore={}", "because ".repeat(12));
    let (after, _) = accepted("t.yaml", PUBLIC, &[&reason]);
    assert_eq!(added(PUBLIC, &after).len(), 1, "{after}");
    assert!(after.contains(&format!("\n{line}\n")), "{after}");
}

#[test]
fn line_breaks_a_byte_order_mark_and_a_last_line_without_a_break_stay() {
    let last = PUBLIC.replace("          SecurityGroups: [sg-0a]\n", "");
    let last = last.replace(
        "          AssignPublicIp: ENABLED\n          Subnets: [subnet-0a]\n",
        "          Subnets: [subnet-0a]\n          AssignPublicIp: ENABLED",
    );
    let (after, _) = accepted("t.yaml", &last, &[]);
    assert_eq!(after, format!("{last}  {COMMENT}"));
    let crlf = format!(
        "\u{feff}{}",
        PUBLIC.replace('\n', "\r\n").replace("ENABLED", "ENABLED # why")
    );
    let (after, _) = accepted("t.yaml", &crlf, &[]);
    assert_eq!(after.replace(&format!("          {COMMENT}\r\n"), ""), crlf);
    assert_eq!(after.len(), crlf.len() + COMMENT.len() + 12);
}

#[test]
fn json_gets_metadata_laid_out_as_the_rest() {
    let text = "{\n    \"Resources\": {\n        \"Service\": {\n            \"Type\": \"AWS::ECS::Service\",\n            \"Properties\": {\"LaunchType\": \"FARGATE\", \"NetworkConfiguration\": {\"AwsvpcConfiguration\": {\"AssignPublicIp\": \"ENABLED\", \"Subnets\": [\"subnet-0a\"]}}}\n        }\n    }\n}\n";
    let (after, output) = accepted("t.json", text, &["--until", "2027-06-30"]);
    let entry = "            \"Metadata\": {\n                \"ecslint\": {\n                    \"ignore\": [\n                        {\n                            \"rules\": [\"task-public-ip\"],\n                            \"reason\": \"a lab\",\n                            \"until\": \"2027-06-30\"\n                        }\n                    ]\n                }\n            },\n";
    let line = "            \"Type\": \"AWS::ECS::Service\",\n";
    assert_eq!(after, text.replace(line, &format!("{line}{entry}")));
    assert!(
        stdout(&output).starts_with("t.json:8: Metadata.ecslint.ignore of `Service`: task-public-ip\n"),
        "{}",
        stdout(&output)
    );
    // One line stays one line, and what is there is extended.
    let line = text.replace(['\n'], "").replace("    ", "");
    let (after, _) = accepted("t.json", &line, &[]);
    assert_eq!(after.lines().count(), 1);
    let known = line.replace(
        "\"Properties\"",
        "\"Metadata\": {\"ecslint\": {\"ignore\": [{\"rules\": [\"single-task-service\"], \"reason\": \"a lab\"}]}}, \"Properties\"",
    );
    let (after, _) = accepted("t.json", &known, &[]);
    assert_eq!(
        after,
        known.replace(
            "\"single-task-service\"]",
            "\"single-task-service\", \"task-public-ip\"]"
        )
    );
    let (after, _) = accepted("t.json", &known, &["--add-ignore=another"]);
    assert!(
        after.contains("{\"rules\": [\"task-public-ip\"], \"reason\": \"another\"}]"),
        "{after}"
    );
}

#[test]
fn yaml_on_one_line_gets_metadata_where_a_comment_would_cover_too_much() {
    let text = "Resources: {Topic: {Type: AWS::SNS::Topic}, Service: {Type: AWS::ECS::Service, Properties: {LaunchType: FARGATE, NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: ENABLED, Subnets: [subnet-0a]}}}}}\n";
    let (after, _) = accepted("t.yaml", text, &["--until", "2027-06-30"]);
    assert_eq!(
        after,
        text.replace(
            "AWS::ECS::Service,",
            "AWS::ECS::Service, Metadata: {ecslint: {ignore: [{rules: [task-public-ip], reason: \"a lab\", until: \"2027-06-30\"}]}},"
        )
    );
}

#[test]
fn a_directive_is_extended_and_one_that_is_over_is_decided_again() {
    let with = |comment: &str| PUBLIC.replace("ENABLED", &format!("ENABLED # {comment}"));
    let known = with("ecslint: ignore[ task-in-public-subnet ] -- a NAT costs");
    let (after, _) = accepted("t.yaml", &known, &[]);
    assert_eq!(after, known.replace("subnet ]", "subnet , task-public-ip]"));
    let over = with("ecslint: ignore[task-public-ip] until=2027-01-14 -- SEC-7");
    let (after, output) = accepted("t.yaml", &over, &["--until", "2027-06-30"]);
    assert_eq!(
        after,
        with("ecslint: ignore[task-public-ip] until=2027-06-30 -- a lab")
    );
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    let above = PUBLIC.replace(
        "  Service:",
        "  # ecslint: ignore[task-public-ip] until=2027-01-14 -- SEC-7\n  Service:",
    );
    let (after, _) = accepted("t.yaml", &above, &[]);
    assert_eq!(after, above.replace(" until=2027-01-14 -- SEC-7", " -- a lab"));
}

#[test]
fn what_would_be_objected_to_is_refused_before_anything_is_written() {
    for (arguments, message, help) in [
        (&["--add-ignore"][..], "needs a reason", "--add-ignore='"),
        (&["--add-ignore= "], "needs a reason", "--add-ignore='"),
        (
            &["--add-ignore=x", "--until", "2027-01-14"],
            "2027-01-14 is over",
            "today is 2027-01-15",
        ),
        (&["--add-ignore=x", "--until", "2027-02-30"], "YYYY-MM-DD", ""),
        (&["--add-ignore=x\ny"], "one line", ""),
        (&["--until", "2027-06-30"], "--add-ignore", ""),
        (
            &["--add-ignore=x", "--no-suppressions"],
            "cannot be used with",
            "",
        ),
        (
            &["--add-ignore=x", "--set", "suppressions.max-days=30"],
            "asks for an end",
            "--until 2027-02-14",
        ),
        (
            &[
                "--add-ignore=x",
                "--until",
                "2027-02-15",
                "--set",
                "suppressions.max-days=30",
            ],
            "later than",
            "--until 2027-02-14",
        ),
        (
            &["--add-ignore=x", "--set", "suppressions.allow=[config]"],
            "no suppressions in templates",
            "",
        ),
    ] {
        let folder = folder(&[("t.yaml", PUBLIC)]);
        let mut all = vec!["."];
        all.extend(arguments);
        let output = run(folder.path(), &all);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?} {text}");
        assert!(
            text.contains(message) && text.contains(help),
            "{arguments:?} {text}"
        );
        assert_eq!(fs::read_to_string(folder.path().join("t.yaml")).unwrap(), PUBLIC);
    }
}

#[test]
fn a_form_that_is_not_allowed_is_not_written() {
    let (after, _) = accepted("t.yaml", PUBLIC, &["--set", "suppressions.allow=[metadata]"]);
    assert!(after.contains("    Metadata:\n      ecslint:\n        ignore:\n          - rules: [task-public-ip]\n            reason: \"a lab\"\n    Properties:"), "{after}");
}

#[test]
fn protected_rules_and_findings_about_suppressions_are_left() {
    let text = PUBLIC.replace(
        "Subnets:",
        "# ecslint: ignore[wildcard-action] -- of no use\n          Subnets:",
    );
    let folder = folder(&[("t.yaml", &text)]);
    let output = run(
        folder.path(),
        &[
            ".",
            "--add-ignore=x",
            "--select",
            "task-public-ip,unused-suppression,wildcard-action",
            "--set",
            "suppressions.protected=[task-public-ip]",
        ],
    );
    assert_eq!(code(&output), 1);
    assert_eq!(
        stdout(&output),
        "t.yaml:8:27: not accepted: task-public-ip: the configuration protects the rule: nothing may suppress it\n  help: mend what it reports\nt.yaml:9:11: not accepted: unused-suppression: it is about a suppression, and none covers it\n  help: remove it\nnothing written · 2 findings left\n"
    );
    assert_eq!(fs::read_to_string(folder.path().join("t.yaml")).unwrap(), text);
}

#[test]
fn generated_files_and_stdin_are_refused_with_what_to_do() {
    let folder = folder(&[
        (".aws-sam/build/template.yaml", PUBLIC),
        ("cdk.out/a.template.json", &as_json(PUBLIC, false)),
    ]);
    let output = run(
        folder.path(),
        &[
            ".aws-sam/build/template.yaml",
            "cdk.out",
            "--add-ignore=x",
            "--select",
            "task-public-ip",
        ],
    );
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{text}");
    assert!(
        text.contains("`.aws-sam` is generated") && text.contains("cfnOptions.metadata"),
        "{text}"
    );
    let output = command(
        folder.path(),
        &["check", "-", "--add-ignore=x", "--select", "task-public-ip"],
    )
    .stdin(fs::File::open(folder.path().join(".aws-sam/build/template.yaml")).unwrap())
    .output()
    .unwrap();
    assert!(
        stdout(&output).contains("name a file instead of stdin"),
        "{}",
        stdout(&output)
    );
    assert_eq!(code(&output), 1);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_and_a_read_only_file_is_left() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("real/t.yaml", PUBLIC), ("closed.yaml", PUBLIC)]);
    let path = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink("real/t.yaml", path("link.yaml")).unwrap();
    fs::set_permissions(path("real/t.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(path("closed.yaml"), fs::Permissions::from_mode(0o440)).unwrap();
    let output = run(
        folder.path(),
        &[
            "link.yaml",
            "closed.yaml",
            "--add-ignore=x",
            "--select",
            "task-public-ip",
        ],
    );
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    assert!(
        stdout(&output).contains("the file is read-only"),
        "{}",
        stdout(&output)
    );
    assert!(
        fs::read_to_string(path("real/t.yaml"))
            .unwrap()
            .contains("ecslint: ignore")
    );
    assert!(fs::symlink_metadata(path("link.yaml")).unwrap().is_symlink());
    let mode = fs::metadata(path("real/t.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let names: Vec<PathBuf> = fs::read_dir(path("real"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names.len(), 1, "nothing is left behind: {names:?}");
}

#[test]
fn a_template_of_several_stacks_is_told() {
    let root = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n";
    let folder = folder(&[("root.yaml", root), ("t.yaml", PUBLIC)]);
    let output = run(
        folder.path(),
        &[".", "--add-ignore=x", "--select", "task-public-ip"],
    );
    assert!(
        stdout(&output).contains("t.yaml: is the template of 2 stacks"),
        "{}",
        stdout(&output)
    );
    assert_eq!(code(&output), 0);
}

/// Templates of the fixtures, as they are and as JSON.
pub(super) fn all_fixtures() -> Vec<(String, String)> {
    let mut out = Vec::new();
    let root = super::fixtures("");
    for rule in fs::read_dir(&root).unwrap() {
        let rule = rule.unwrap().path();
        let Ok(cases) = fs::read_dir(rule.join("fail")) else {
            continue;
        };
        for case in cases {
            let case = case.unwrap().path();
            if case.extension().is_some_and(|extension| extension == "yaml") {
                let text = fs::read_to_string(&case).unwrap();
                let name = format!(
                    "{}-{}",
                    rule.file_name().unwrap().to_str().unwrap(),
                    case.file_stem().unwrap().to_str().unwrap()
                );
                if !name.contains("-suppression-") && !name.starts_with("syntax-error") {
                    out.push((format!("json/{name}.json"), as_json(&text, false)));
                    out.push((format!("yaml/{name}.yaml"), text));
                }
            }
        }
    }
    out.sort();
    // A third of them: all take a minute on a busy machine.
    out.into_iter().step_by(3).collect()
}

#[test]
fn whatever_is_found_in_the_fixtures_is_accepted_and_found_no_more() {
    let texts = all_fixtures();
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&files);
    let all = ["--fail-on", "info"];
    let before = findings(folder.path(), &all);
    assert!(before.len() > 150, "{}", before.len());
    let output = run(
        folder.path(),
        &[".", "--profile", "all", "--fail-on", "info", "--add-ignore=x"],
    );
    let text = stdout(&output);
    let left: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("not accepted"))
        .collect();
    assert_eq!(left, Vec::<&str>::new());
    let after = findings(folder.path(), &all);
    assert_eq!(after, Vec::<String>::new());
    for (name, before) in &texts {
        let after = fs::read_to_string(folder.path().join(name)).unwrap();
        let is_kept = name.ends_with(".json") || before.lines().all(|line| after.contains(line));
        assert!(is_kept, "{name}: {after}");
    }
    let again = run(
        folder.path(),
        &[".", "--profile", "all", "--fail-on", "info", "--add-ignore=x"],
    );
    assert_eq!(stdout(&again), "nothing written\n");
}
