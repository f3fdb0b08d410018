//! `init`: what it finds in a folder, what it writes, and what it leaves alone.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{GOOD, PUBLIC, code, folder, run, stderr, stdout};

/// A root template with a parameter and a nested one.
const ROOT: &str = "\
Parameters:
  Stage: {Type: String}
  Size: {Type: Number, Default: 1}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./network.yaml}
";

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// The file is a configuration that ecslint takes, and with which it runs.
fn assert_valid(folder: &Path) {
    let valid = run(folder, &["config", "check"]);
    assert_eq!(code(&valid), 0, "{}", stderr(&valid));
    let checked = run(folder, &["check"]);
    assert_ne!(code(&checked), 2, "{}", stderr(&checked));
}

#[test]
fn a_folder_of_templates_gets_a_configuration_that_is_valid() {
    let folder = folder(&[
        ("templates/root.yaml", ROOT),
        ("templates/network.yaml", GOOD),
        ("params/prod.json", r#"{"Stage": "secret-stage"}"#),
        (
            "params/staging.json",
            r#"[{"ParameterKey": "Stage", "ParameterValue": "s"}]"#,
        ),
        ("package.json", r#"{"name": "x"}"#),
    ]);
    let output = run(folder.path(), &["init"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.starts_with("wrote .ecslint.yaml\n"), "{said}");
    assert!(
        said.contains("2 templates, 1 of them nested in others; 2 parameter files for them"),
        "{said}"
    );
    assert!(said.contains("next:\n  ecslint check\n"), "{said}");
    let text = read(&folder, ".ecslint.yaml");
    for line in [
        "version: 1",
        "extends: ecslint:recommended",
        "fail-on: warning",
        "  - {template: templates/root.yaml, environments: [prod, staging]}",
        "  prod: {params: params/prod.json}",
        "  staging: {params: params/staging.json}",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("secret-stage") && !said.contains("secret-stage"));
    assert_valid(folder.path());
}

#[test]
fn what_is_certain_is_in_force_and_the_rest_is_a_comment() {
    let folder = folder(&[
        (
            "a.yaml",
            ROOT.replace("./network.yaml", "https://b.s3.amazonaws.com/t/net.yaml")
                .as_str(),
        ),
        (
            "b.yaml",
            "Parameters: {Color: {Type: String}}\nResources: {Topic: {Type: AWS::SNS::Topic}}\n",
        ),
        ("prod-a.json", r#"{"Stage": "p"}"#),
        ("prod-b.json", r#"{"Color": "red"}"#),
        ("both.json", "{}"),
    ]);
    assert_eq!(code(&run(folder.path(), &["init"])), 0);
    let text = read(&folder, ".ecslint.yaml");
    for line in [
        "  - {template: a.yaml, environments: [a-prod]}",
        "  b-prod: {params: prod-b.json}",
        "#     - {prefix: \"https://b.s3.amazonaws.com/t/\", dir: templates/}",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_valid(folder.path());
    let taken: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(taken["entrypoints"][1]["environments"][0], "b-prod");
    assert_eq!(taken["environments"]["a-prod"]["params"], "prod-a.json");
    // What is proposed is what it is meant to be, once its mark is gone.
    let (_, proposed) = text.split_once("# nested:").unwrap();
    let (proposed, _) = proposed.split_once("\n# Findings").unwrap();
    let lines: Vec<&str> = proposed
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .collect();
    let taken: serde_yaml::Value = serde_yaml::from_str(&format!("nested:\n{}", lines.join("\n"))).unwrap();
    assert_eq!(
        taken["nested"]["url-map"][0]["prefix"],
        "https://b.s3.amazonaws.com/t/"
    );
}

#[test]
fn an_empty_folder_gets_a_configuration_too() {
    let folder = folder(&[]);
    let output = run(folder.path(), &["init"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("no template is in this folder yet"));
    assert!(!stdout(&output).contains("ecslint check"));
    assert_valid(folder.path());
}

#[test]
fn nothing_is_written_over_unless_it_is_asked_for() {
    let folder = folder(&[
        ("a.yaml", GOOD),
        (".ecslint.yaml", "version: 1\n"),
        (".gitlab/ecslint.yml", "mine\n"),
    ]);
    let refused = run(folder.path(), &["init"]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains(".ecslint.yaml is there already, and nothing was written"),
        "{}",
        stderr(&refused)
    );
    assert!(stderr(&refused).contains("--force"));
    // What would be written can be seen all the same.
    assert_eq!(code(&run(folder.path(), &["init", "--dry-run"])), 0);
    // One file that is there stops them all.
    assert_eq!(
        code(&run(
            folder.path(),
            &["init", "--codebuild", "--github", "--gitlab"]
        )),
        2
    );
    assert!(!folder.path().join("buildspec-ecslint.yml").exists());
    assert!(!folder.path().join(".github").exists());
    assert_eq!(read(&folder, ".gitlab/ecslint.yml"), "mine\n");
    // The configuration is kept when other files are asked for.
    let kept = run(folder.path(), &["init", "--codebuild"]);
    assert_eq!(code(&kept), 0, "{}", stderr(&kept));
    assert!(stdout(&kept).contains("kept .ecslint.yaml"), "{}", stdout(&kept));
    assert_eq!(read(&folder, ".ecslint.yaml"), "version: 1\n");
    let forced = run(folder.path(), &["init", "--force"]);
    assert!(stdout(&forced).starts_with("changed .ecslint.yaml\n"));
    assert!(read(&folder, ".ecslint.yaml").contains("extends:"));
}

#[test]
fn a_configuration_under_another_name_is_one() {
    for name in [".ecslint.yml", "ecslint.yaml", ".config/ecslint.yaml"] {
        let folder = folder(&[("a.yaml", GOOD), (name, "version: 1\n")]);
        let refused = run(folder.path(), &["init"]);
        assert_eq!(code(&refused), 2, "{name}");
        assert!(
            stderr(&refused).contains(&format!("{name} is there already")),
            "{}",
            stderr(&refused)
        );
        assert!(
            !folder.path().join(".ecslint.yaml").exists(),
            "two files would be ambiguous"
        );
    }
}

#[test]
fn a_dry_run_prints_and_writes_nothing() {
    let folder = folder(&[("a.yaml", GOOD)]);
    let output = run(
        folder.path(),
        &[
            "init",
            "--dry-run",
            "--pre-commit",
            "--github",
            "--gitlab",
            "--codebuild",
        ],
    );
    assert_eq!(code(&output), 0);
    let said = stdout(&output);
    for name in [
        ".ecslint.yaml",
        ".pre-commit-config.yaml",
        ".github/workflows/ecslint.yml",
        ".gitlab/ecslint.yml",
        ".gitlab-ci.yml",
        "buildspec-ecslint.yml",
    ] {
        assert!(said.contains(&format!("# would write {name}\n")), "{name}");
    }
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a.yaml"]);
}

#[test]
fn files_of_other_programs_are_added_to_and_never_lost() {
    let hooks =
        "# ours\nrepos:\n- repo: https://example.org/x # pinned below\n  rev: v1\n  hooks:\n  - id: x\n";
    let folder = folder(&[
        ("a.yaml", GOOD),
        (".pre-commit-config.yaml", hooks),
        (".gitlab-ci.yml", "job: {script: [make]}\n"),
    ]);
    let output = run(folder.path(), &["init", "--pre-commit", "--gitlab"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("changed .pre-commit-config.yaml\n"), "{said}");
    let text = read(&folder, ".pre-commit-config.yaml");
    assert!(text.starts_with(hooks), "{text}");
    let added: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(added["repos"][1]["hooks"][0]["id"], "ecslint");
    assert_eq!(read(&folder, ".gitlab-ci.yml"), "job: {script: [make]}\n");
    assert!(
        said.contains("add this to .gitlab-ci.yml yourself:\ninclude:\n  - local: .gitlab/ecslint.yml\n"),
        "{said}"
    );
    let again = run(folder.path(), &["init", "--pre-commit"]);
    assert_eq!(code(&again), 0);
    assert!(stdout(&again).contains(".pre-commit-config.yaml has the hook"));
    assert_eq!(read(&folder, ".pre-commit-config.yaml"), text);
}

#[test]
fn the_versions_in_what_is_written_are_this_one() {
    let folder = folder(&[("a.yaml", GOOD)]);
    let all = ["init", "--pre-commit", "--github", "--gitlab", "--codebuild"];
    assert_eq!(code(&run(folder.path(), &all)), 0);
    let version = env!("CARGO_PKG_VERSION");
    for (name, expected) in [
        (".pre-commit-config.yaml", format!("[\"ecslint=={version}\"]")),
        (".github/workflows/ecslint.yml", format!("\"ecslint=={version}\"")),
        (".gitlab/ecslint.yml", format!("default: {version}\n")),
        ("buildspec-ecslint.yml", format!("\"ecslint=={version}\"")),
    ] {
        assert!(read(&folder, name).contains(&expected), "{name}");
    }
}

#[test]
fn files_for_the_repository_are_written_at_its_root() {
    let folder = folder(&[(".git/HEAD", ""), ("infra/a.yaml", GOOD)]);
    let inside = folder.path().join("infra");
    let refused = run(&inside, &["init", "--github"]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("the root of the repository"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(
        code(&run(&inside, &["init"])),
        0,
        "a configuration may lie below it"
    );
    assert_eq!(code(&run(folder.path(), &["init", "--github"])), 0);
}

#[test]
fn the_configuration_of_another_tool_is_taken_over() {
    let folder = folder(&[
        ("a.yaml", PUBLIC),
        ("skipped/b.yaml", PUBLIC),
        (
            ".checkov.yaml",
            "skip-check: [CKV_AWS_333, CKV_AWS_18]\nsoft-fail-on: [CKV_AWS_336]\nskip-path: [skipped]\n",
        ),
    ]);
    let output = run(folder.path(), &["init", "--from", "checkov"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = stdout(&output);
    assert!(
        said.contains(
            "from .checkov.yaml of checkov: 1 switched off, 0 to decide on, 1 reported without failing"
        ),
        "{said}"
    );
    assert!(
        said.contains("  CKV_AWS_18: no rule here means the same\n"),
        "{said}"
    );
    let text = read(&folder, ".ecslint.yaml");
    assert!(
        text.contains("\ndisable:\n  - task-public-ip # CKV_AWS_333\n"),
        "{text}"
    );
    assert!(
        text.contains("\nrules:\n  writable-root-filesystem: info # CKV_AWS_336\n"),
        "{text}"
    );
    assert!(text.contains("\nexclude:\n  - skipped\n"), "{text}");
    assert_valid(folder.path());
    let checked = run(folder.path(), &["check", "--format", "concise"]);
    let said = stdout(&checked);
    assert!(
        !said.contains("skipped/b.yaml") && !said.contains("task-public-ip"),
        "{said}"
    );
}

#[test]
fn the_lists_of_cfn_nag_and_cfn_lint_are_found_or_named() {
    let deny = "---\nRulesToSuppress:\n- id: W2\n  reason: public\n";
    let folder = folder(&[
        ("a.yaml", GOOD),
        ("ci/deny.yml", deny),
        (
            ".cfnlintrc",
            "ignore_templates: [old.yaml]\nignore_checks: [W]\nnon_zero_exit_code: error\n",
        ),
    ]);
    let found = run(folder.path(), &["init", "--dry-run", "--from", "cfn_nag"]);
    assert_eq!(code(&found), 0, "{}", stderr(&found));
    assert!(
        stdout(&found).contains("# Switched off, as in ci/deny.yml of cfn_nag."),
        "{}",
        stdout(&found)
    );
    let named = run(
        folder.path(),
        &["init", "--dry-run", "--from", "cfn_nag=ci/deny.yml"],
    );
    assert_eq!(found.stdout, named.stdout);
    assert_eq!(code(&run(folder.path(), &["init", "--from", "cfn-lint"])), 0);
    let text = read(&folder, ".ecslint.yaml");
    assert!(
        text.contains("\nfail-on: error\n") && text.contains("\nexclude:\n  - old.yaml\n"),
        "{text}"
    );
    assert_valid(folder.path());
    let nothing = run(folder.path(), &["init", "--dry-run", "--from", "checkov"]);
    assert_eq!(code(&nothing), 2);
    assert!(
        stderr(&nothing).contains("name the file: --from checkov=FILE"),
        "{}",
        stderr(&nothing)
    );
    let unknown = run(folder.path(), &["init", "--from", "tfsec"]);
    assert_eq!(code(&unknown), 2);
    assert!(
        stderr(&unknown).contains("checkov, cfn_nag or cfn-lint"),
        "{}",
        stderr(&unknown)
    );
}
