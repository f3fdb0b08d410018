//! Baselines: what was there before does not fail, and everything else does.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{BROKEN, GOOD, PUBLIC, code, command, folder, stderr, stdout};

/// The rules of the tests.
const RULES: &[&str] = &["--select", "task-public-ip,wildcard-action"];

/// The file.
const FILE: &str = ".ecslint-baseline.json";

fn run(folder: &Path, today: &str, arguments: &[&str]) -> Output {
    let mut command = command(folder, arguments);
    command.args(RULES).env("ECSLINT_TODAY", today);
    command.output().unwrap()
}

fn baseline(folder: &Path, action: &str, today: &str) -> Output {
    let output = run(folder, today, &["baseline", action, "."]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    output
}

/// The exit code of a check with the baseline, and its report.
fn check(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["check", "--baseline", FILE, "--format", "json"];
    all.extend(arguments);
    if arguments.is_empty() {
        all.push(".");
    }
    let output = run(folder, "2027-03-01", &all);
    (code(&output), serde_json::from_slice(&output.stdout).unwrap())
}

fn count(report: &Value, list: &str) -> usize {
    report[list].as_array().unwrap().len()
}

fn text(folder: &Path) -> String {
    fs::read_to_string(folder.join(FILE)).unwrap()
}

fn entries(folder: &Path) -> Vec<Value> {
    let document: Value = serde_json::from_str(&text(folder)).unwrap();
    document["findings"].as_array().unwrap().clone()
}

fn change(folder: &Path, name: &str, change: impl Fn(&str) -> String) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "the test changes nothing");
    fs::write(path, changed).unwrap();
}

/// A folder with a baseline of a service with a public address.
fn recorded() -> tempfile::TempDir {
    let folder = folder(&[("app/t.yaml", PUBLIC)]);
    baseline(folder.path(), "create", "2027-01-15");
    folder
}

/// A role with a statement that allows some actions.
fn role(actions: &str) -> String {
    format!(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Principal: {{Service: ecs-tasks.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}\n      Policies:\n        - PolicyName: data\n          PolicyDocument:\n            Version: '2012-10-17'\n            Statement:\n              - {{Effect: Allow, Action: [{actions}], Resource: 'arn:aws:s3:::a/*'}}\n  Definition:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      TaskRoleArn: !GetAtt Role.Arn\n      ContainerDefinitions: [{{Name: a, Image: b}}]\n"
    )
}

#[test]
pub(super) fn what_is_recorded_does_not_fail_and_says_since_when() {
    let folder = recorded();
    let (code, report) = check(folder.path(), &[]);
    assert_eq!(
        (code, count(&report, "findings"), count(&report, "baselined")),
        (0, 0, 1)
    );
    let known = &report["baselined"][0];
    assert_eq!(known["origin"], "baseline");
    assert_eq!(
        known["suppression"],
        serde_json::json!({"kind": "baseline", "by": FILE, "reason": null, "until": null, "since": "2027-01-15"})
    );
    assert_eq!(
        (&report["summary"]["baselined"], &report["summary"]["findings"]),
        (&1.into(), &0.into())
    );
    let (code, report) = check(folder.path(), &[".", "--no-suppressions"]);
    assert_eq!(
        (code, count(&report, "findings"), count(&report, "baselined")),
        (1, 1, 0)
    );
    assert_eq!(report["findings"][0]["origin"], "new");
}

#[test]
fn the_file_is_sorted_and_has_an_entry_to_a_block_of_lines() {
    let folder = recorded();
    let entry = &entries(folder.path())[0];
    assert_eq!(
        text(folder.path()),
        format!(
            "{{\n  \"version\": 1,\n  \"note\": \"findings that do not fail ecslint because they were there before; made by `ecslint baseline`\",\n  \"findings\": [\n    {{\n      \"id\": {},\n      \"rule\": \"task-public-ip\",\n      \"path\": \"app/t.yaml\",\n      \"stack\": \"\",\n      \"resource\": \"Service\",\n      \"pointer\": \"/Resources/Service/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp\",\n      \"message\": \"service `Service` gives its tasks public IP addresses\",\n      \"first-seen\": \"2027-01-15\"\n    }}\n  ]\n}}\n",
            entry["id"]
        )
    );
    let before = text(folder.path());
    let output = run(folder.path(), "2027-02-01", &["baseline", "create", "."]);
    assert_eq!((code(&output), text(folder.path())), (2, before.clone()));
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    let output = baseline(folder.path(), "update", "2027-02-01");
    assert_eq!(text(folder.path()), before, "a known finding keeps its day");
    assert!(
        stdout(&output).starts_with(&format!("{FILE}: 0 added, 0 removed · 1 entry")),
        "{}",
        stdout(&output)
    );
}

#[test]
pub(super) fn fifty_lines_above_change_neither_the_match_nor_the_id() {
    let folder = recorded();
    let (_, before) = check(folder.path(), &[]);
    change(folder.path(), "app/t.yaml", |text| {
        format!("{}{text}", "# more\n".repeat(50))
    });
    let (code, after) = check(folder.path(), &[]);
    assert_eq!(
        (code, count(&after, "findings"), count(&after, "stale")),
        (0, 0, 0)
    );
    assert_eq!(before["baselined"][0]["id"], after["baselined"][0]["id"]);
    assert_eq!(after["baselined"][0]["location"]["start"]["line"], 58);
}

#[test]
pub(super) fn the_same_violation_in_another_file_or_once_more_is_new() {
    let folder = recorded();
    fs::write(folder.path().join("app/u.yaml"), PUBLIC).unwrap();
    let (code, report) = check(folder.path(), &[]);
    assert_eq!((code, count(&report, "baselined")), (1, 1));
    assert_eq!(report["findings"][0]["location"]["path"], "app/u.yaml");
    // Nor does it take the place of the one that is gone.
    let recorded = fs::read(folder.path().join("app/t.yaml")).unwrap();
    fs::write(folder.path().join("app/t.yaml"), GOOD).unwrap();
    let (code, report) = check(folder.path(), &[]);
    assert_eq!((code, count(&report, "baselined")), (1, 0));
    fs::write(folder.path().join("app/t.yaml"), recorded).unwrap();
    fs::remove_file(folder.path().join("app/u.yaml")).unwrap();
    // Twice the same statement, which nothing tells apart.
    fs::write(folder.path().join("app/role.yaml"), role("'s3:*'")).unwrap();
    baseline(folder.path(), "update", "2027-02-01");
    assert_eq!(check(folder.path(), &[]).0, 0);
    let statement = "              - {Effect: Allow, Action: ['s3:*'], Resource: 'arn:aws:s3:::a/*'}\n";
    change(folder.path(), "app/role.yaml", |text| {
        text.replace(statement, &statement.repeat(2))
    });
    let (code, report) = check(folder.path(), &[]);
    assert_eq!(
        (code, count(&report, "findings"), count(&report, "baselined")),
        (1, 1, 2)
    );
    baseline(folder.path(), "update", "2027-02-02");
    assert_eq!(check(folder.path(), &[]).0, 0);
    assert_eq!(entries(folder.path()).len(), 3);
}

#[test]
fn less_than_before_is_known_and_something_else_is_new() {
    let folder = folder(&[("role.yaml", &role("'s3:*', 'sqs:*'"))]);
    baseline(folder.path(), "create", "2027-01-15");
    assert_eq!(entries(folder.path())[0]["match"], "s3:* sqs:*");
    fs::write(folder.path().join("role.yaml"), role("'s3:*'")).unwrap();
    let (code, report) = check(folder.path(), &[]);
    assert_eq!(
        (code, count(&report, "baselined"), count(&report, "stale")),
        (0, 1, 0)
    );
    fs::write(folder.path().join("role.yaml"), role("'s3:*', 'sns:*'")).unwrap();
    let (code, report) = check(folder.path(), &[]);
    assert_eq!(
        (code, count(&report, "findings"), count(&report, "stale")),
        (1, 1, 1)
    );
}

#[test]
fn the_folder_of_the_run_does_not_matter_in_a_repository() {
    let folder = folder(&[("app/t.yaml", PUBLIC), (".git/HEAD", "ref: refs/heads/main\n")]);
    let app = folder.path().join("app");
    let output = run(
        &app,
        "2027-01-15",
        &["baseline", "create", "--baseline", "../b.json"],
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let known: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("b.json")).unwrap()).unwrap();
    assert_eq!(known["findings"][0]["path"], "app/t.yaml");
    for (cwd, path, file) in [
        (folder.path(), "app", "b.json"),
        (&app, ".", "../b.json"),
        (&app, "t.yaml", "../b.json"),
    ] {
        let output = run(cwd, "2027-01-15", &["check", path, "--baseline", file]);
        assert_eq!(code(&output), 0, "{path} {}", stdout(&output));
    }
}

#[test]
fn a_template_that_another_stack_nests_too_is_known() {
    let root = "Resources:\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n";
    let folder = folder(&[("app/root.yaml", root), ("app/t.yaml", PUBLIC)]);
    baseline(folder.path(), "create", "2027-01-15");
    assert_eq!(entries(folder.path())[0]["stack"], "B");
    change(folder.path(), "app/root.yaml", |text| {
        text.replace("  B:", "  A:")
    });
    assert_eq!(check(folder.path(), &[]).0, 0);
    // By itself as well: pre-commit names single files.
    assert_eq!(check(folder.path(), &["app/t.yaml"]).0, 0);
}

#[test]
fn entries_whose_findings_are_gone_are_told_and_pruned() {
    let folder = recorded();
    fs::write(folder.path().join("app/role.yaml"), role("'s3:*'")).unwrap();
    baseline(folder.path(), "update", "2027-02-01");
    change(folder.path(), "app/t.yaml", |text| {
        text.replace("ENABLED", "DISABLED")
    });
    let (code, report) = check(folder.path(), &[]);
    assert_eq!((code, count(&report, "stale")), (0, 1));
    assert_eq!(report["stale"][0]["rule"], "task-public-ip");
    // What a run did not look for is not gone.
    for arguments in [&["app/role.yaml"][..], &[".", "--ignore", "task-public-ip"]] {
        assert_eq!(
            count(&check(folder.path(), arguments).1, "stale"),
            0,
            "{arguments:?}"
        );
    }
    let output = run(
        folder.path(),
        "2027-02-02",
        &["baseline", "prune", "app/role.yaml"],
    );
    assert_eq!(
        (code_of(&output), entries(folder.path()).len()),
        (0, 2),
        "{}",
        stdout(&output)
    );
    let output = baseline(folder.path(), "prune", "2027-02-02");
    assert_eq!(stdout(&output), format!("{FILE}: 1 removed · 1 entry\n"));
    fs::remove_file(folder.path().join("app/role.yaml")).unwrap();
    let output = baseline(folder.path(), "prune", "2027-02-02");
    assert_eq!(stdout(&output), format!("{FILE}: 1 removed · 0 entries\n"));
}

fn code_of(output: &Output) -> i32 {
    code(output)
}

#[test]
fn a_renamed_folder_makes_findings_new_and_update_follows_them() {
    let folder = recorded();
    fs::rename(folder.path().join("app"), folder.path().join("service")).unwrap();
    let (code, report) = check(folder.path(), &[]);
    assert_eq!(
        (code, count(&report, "findings"), count(&report, "baselined")),
        (1, 1, 0)
    );
    let output = baseline(folder.path(), "update", "2027-02-01");
    assert!(
        stdout(&output).contains("0 added, 1 moved, 0 removed"),
        "{}",
        stdout(&output)
    );
    let entry = &entries(folder.path())[0];
    assert_eq!(
        (&entry["path"], &entry["first-seen"]),
        (&"service/t.yaml".into(), &"2027-01-15".into())
    );
    assert_eq!(check(folder.path(), &[]).0, 0);
}

#[test]
fn nothing_is_recorded_of_what_cannot_be_read() {
    let folder = folder(&[("a.yaml", PUBLIC), ("b.yaml", BROKEN)]);
    let output = run(folder.path(), "2027-01-15", &["baseline", "create", "."]);
    assert_eq!(code(&output), 3);
    assert!(
        stderr(&output).contains("b.yaml:") && stderr(&output).contains("nothing was recorded"),
        "{}",
        stderr(&output)
    );
    assert!(!folder.path().join(FILE).exists());
}

#[test]
fn undetermined_checks_are_not_recorded() {
    let text = PUBLIC
        .replace("ENABLED", "!Ref Public")
        .replace("Resources:", "Parameters: {Public: {Type: String}}\nResources:");
    let folder = folder(&[("t.yaml", &text)]);
    baseline(folder.path(), "create", "2027-01-15");
    assert_eq!(entries(folder.path()).len(), 0);
    assert_eq!(check(folder.path(), &[".", "--fail-on-undetermined"]).0, 1);
}

#[test]
fn protected_rules_are_not_recorded_and_entries_of_them_do_not_count() {
    let folder = recorded();
    let protect = &["--set", "suppressions.protected=[task-public-ip]"];
    let (code, report) = check(folder.path(), &[".", protect[0], protect[1]]);
    assert_eq!((code, count(&report, "findings")), (1, 1));
    let output = run(
        folder.path(),
        "2027-02-01",
        &["baseline", "create", "--force", ".", protect[0], protect[1]],
    );
    assert!(
        stdout(&output).contains("1 finding of protected rules left out · 0 entries"),
        "{}",
        stdout(&output)
    );
    for arguments in [&["check", "--baseline", FILE][..], &["baseline", "update"]] {
        let mut all = arguments.to_vec();
        all.extend([".", "--set", "suppressions.allow=[comment]"]);
        let output = run(folder.path(), "2027-02-01", &all);
        assert!(
            code_of(&output) == 2 && stderr(&output).contains("allows no baseline"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn the_configuration_names_the_baseline_and_its_folder_is_that_of_the_file() {
    let folder = folder(&[
        ("app/t.yaml", PUBLIC),
        (".ecslint.yaml", "version: 1\nbaseline: ci/known.json\n"),
        ("ci/readme", ""),
    ]);
    let output = run(folder.path(), "2027-01-15", &["baseline", "create", "."]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).is_empty(), "{}", stderr(&output));
    assert_eq!(code(&run(folder.path(), "2027-01-15", &["check", "."])), 0);
    fs::remove_file(folder.path().join("ci/known.json")).unwrap();
    let output = run(folder.path(), "2027-01-15", &["check", "."]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("ecslint baseline create --baseline ci/known.json"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_file_that_is_no_baseline_is_told_and_what_does_no_harm_is_taken() {
    let folder = recorded();
    let good = text(folder.path());
    for (wrong, message) in [
        (
            good.replace("  \"findings\"", "<<<<<<< HEAD\n  \"findings\""),
            "line 4 is the mark of a merge conflict",
        ),
        (
            good.replace("\"version\": 1", "\"version\": 2"),
            "its version is 2",
        ),
        (good.replace("\"version\": 1,", ""), "missing field `version`"),
        (
            good.replace("2027-01-15", "2027-02-30"),
            "`2027-02-30`, which is not a date",
        ),
        (good.replace("\"id\"", "\"ID\""), "missing field `id`"),
        (good.replace("    }\n", ""), "line 14:3"),
        ("[]".to_owned(), "line 1:"),
        (String::new(), "line 1:0"),
    ] {
        fs::write(folder.path().join(FILE), wrong).unwrap();
        let output = run(folder.path(), "2027-01-15", &["check", ".", "--baseline", FILE]);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{text}");
        assert!(
            text.contains(message) && text.contains("help: "),
            "{message}: {text}"
        );
    }
    let entry = good[good.find("    {").unwrap()..good.rfind("\n  ]").unwrap()].to_owned();
    let unknown = entry
        .replace("task-public-ip", "no-such-rule")
        .replace("\"id\": \"", "\"id\": \"0");
    for harmless in [
        good.replace(&entry, &format!("{entry},\n{entry}")),
        good.replace(&entry, &format!("{unknown},\n{entry}")),
        good.replace("\"stack\": \"\",", "\"later\": [1],"),
        format!("\u{feff}{}", good.replace('\n', "\r\n")),
    ] {
        fs::write(folder.path().join(FILE), &harmless).unwrap();
        let (code, report) = check(folder.path(), &[]);
        assert_eq!((code, count(&report, "baselined")), (0, 1), "{harmless}");
        baseline(folder.path(), "update", "2027-02-01");
        assert_eq!(text(folder.path()), good);
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = recorded();
    let file = fs::File::create(folder.path().join(FILE)).unwrap();
    file.set_len(100 << 20).unwrap();
    let output = run(folder.path(), "2027-01-15", &["check", ".", "--baseline", FILE]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("larger than 32 MiB"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn show_prints_the_entries_and_how_many_there_are_of_each_rule() {
    let folder = recorded();
    let output = command(folder.path(), &["baseline", "show"]).output().unwrap();
    assert_eq!(
        stdout(&output),
        "2027-01-15 app/t.yaml task-public-ip[Service] service `Service` gives its tasks public IP addresses\n    1 task-public-ip\n1 entry\n"
    );
}

#[test]
fn no_secret_gets_into_the_file() {
    let text = "Resources:\n  Definition:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n        - Name: a\n          Image: b\n          Environment: [{Name: DB_PASSWORD, Value: hunter2-hunter2}, {Name: KEY, Value: AKIAIOSFODNN7EXAMPLQ}]\n";
    let folder = folder(&[("t.yaml", text)]);
    let output = command(folder.path(), &["baseline", "create", "."])
        .output()
        .unwrap();
    assert_eq!(code(&output), 0);
    let written = fs::read_to_string(folder.path().join(FILE)).unwrap();
    assert!(
        written.contains("plaintext-secret") || written.contains("credential"),
        "{written}"
    );
    assert!(
        !written.contains("hunter2") && !written.contains("AKIAIOSFODNN7EXAMPLQ"),
        "{written}"
    );
}
