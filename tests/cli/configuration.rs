//! The configuration file: where it is found, what it sets, and what is said of a wrong one.

use std::path::Path;
use std::process::Output;

use super::{GOOD, PUBLIC, code, command, folder, run, stderr, stdout};

/// A check whose findings are one a line.
fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["check", "--format", "concise"];
    all.extend(arguments);
    run(folder, &all)
}

fn with(text: &str) -> String {
    format!("version: 1\n{text}")
}

/// What is said of a configuration, with the exit code.
fn said(text: &str) -> (String, i32) {
    let folder = folder(&[("t.yaml", GOOD), (".ecslint.yaml", text)]);
    let output = check(folder.path(), &[]);
    (stderr(&output), code(&output))
}

#[test]
fn the_file_is_found_up_to_the_root_of_the_repository_and_not_above() {
    let off = with("rules: {task-public-ip: off}\n");
    let folder = folder(&[
        (".ecslint.yaml", &off),
        ("repo/.git/HEAD", ""),
        ("repo/a/b/t.yaml", PUBLIC),
    ]);
    let deep = folder.path().join("repo/a/b");
    let reports = || stdout(&check(&deep, &[])).contains("[task-public-ip]");
    assert!(reports(), "the file above the repository counts");
    std::fs::write(folder.path().join("repo/ecslint.yaml"), &off).unwrap();
    assert!(
        !reports(),
        "the file at the root of the repository does not count"
    );
    let other = with("rules: {task-public-ip: warning}\n");
    std::fs::write(folder.path().join("repo/a/.ecslint.yml"), other).unwrap();
    let text = stdout(&check(&deep, &[]));
    assert!(
        text.contains("warning[task-public-ip]"),
        "the nearest counts: {text}"
    );
    std::fs::remove_file(folder.path().join("repo/a/.ecslint.yml")).unwrap();
    std::fs::remove_dir_all(folder.path().join("repo/.git")).unwrap();
    assert!(
        reports(),
        "without a repository only the folder itself is looked into"
    );
}

#[test]
fn two_files_in_one_folder_are_a_mistake_that_names_both() {
    let folder = folder(&[
        (".ecslint.yaml", "version: 1\n"),
        (".config/ecslint.yaml", "version: 1\n"),
        ("t.yaml", GOOD),
    ]);
    let output = check(folder.path(), &[]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains("`.ecslint.yaml` and `.config/ecslint.yaml`"),
        "{text}"
    );
    assert_eq!(code(&check(folder.path(), &["-c", ".ecslint.yaml"])), 0);
    assert_eq!(code(&check(folder.path(), &["--isolated"])), 0);
}

#[test]
fn a_file_is_named_by_flag_or_variable_or_ignored() {
    let folder = folder(&[
        ("t.yaml", PUBLIC),
        (".ecslint.yaml", &with("rules: {task-public-ip: off}\n")),
        ("ci.yaml", &with("rules: {task-public-ip: info}\n")),
    ]);
    let path = folder.path();
    let severity = |output: Output| {
        let text = stdout(&output);
        let words = ["error", "warning", "info"];
        words
            .into_iter()
            .find(|word| text.contains(&format!("{word}[task-public-ip]")))
    };
    assert_eq!(severity(check(path, &[])), None);
    assert_eq!(severity(check(path, &["-c", "ci.yaml"])), Some("info"));
    assert_eq!(severity(check(path, &["--isolated"])), Some("error"));
    let set = ["--set", "rules.task-public-ip=warning"];
    assert_eq!(severity(check(path, &set)), Some("warning"));
    let variable = |name: &str, value: &str, arguments: &[&str]| {
        let mut all = vec!["check", "--format", "concise"];
        all.extend(arguments);
        command(path, &all).env(name, value).output().unwrap()
    };
    assert_eq!(severity(variable("ECSLINT_CONFIG", "ci.yaml", &[])), Some("info"));
    let isolated = variable("ECSLINT_CONFIG", "ci.yaml", &["--isolated"]);
    assert_eq!(severity(isolated), Some("error"));
    assert_eq!(code(&variable("ECSLINT_FAIL_ON", "never", &["--isolated"])), 0);
    assert_eq!(code(&check(path, &["--isolated"])), 1);
    let flag = variable("ECSLINT_FAIL_ON", "never", &["--isolated", "--fail-on", "error"]);
    assert_eq!(code(&flag), 1, "a flag goes before a variable");
    assert_eq!(code(&check(path, &["--isolated", "-c", "ci.yaml"])), 2);
}

#[test]
pub(super) fn every_mistake_is_shown_with_its_place_and_what_may_be_meant() {
    let (text, exit) = said(
        "version: 1\nprofil: strict\nrules:\n  task-publik-ip: error\n  task-public-ip: eror\nfail-on: [error]\n\
         exclude: [\"a[\"]\nrespect-gitignore: maybe\nprofile: strict\nprofile: all\n",
    );
    assert_eq!(exit, 2);
    for wanted in [
        ".ecslint.yaml:2:1: unknown key `profil`",
        "did you mean `profile`?",
        ".ecslint.yaml:4:3: no rule or category is called `task-publik-ip`",
        "did you mean `task-public-ip`?",
        ".ecslint.yaml:5:19: `eror` is not known here",
        "did you mean `error`?",
        ".ecslint.yaml:6:10: expected one word, found a list",
        ".ecslint.yaml:7:11: `a[` is not a pattern",
        ".ecslint.yaml:8:20: expected true or false, found text",
        ".ecslint.yaml:10:1: the key `profile` is here twice",
        " 4 │   task-publik-ip: error\n   ·   ──────────────",
        "error: the configuration has 7 mistakes",
    ] {
        assert!(text.contains(wanted), "no {wanted}:\n{text}");
    }
}

#[test]
fn the_version_must_be_there_and_be_known() {
    for (text, wanted) in [
        ("profile: strict\n", ":1:1: `version` is missing"),
        ("version: 2\n", ":1:10: version `2` of the format is not known"),
        ("", ":1:1: the file is empty"),
        ("# only a comment\n", ":1:1: the file is empty"),
        ("[a]\n", ":1:1: expected a mapping, found a list"),
        ("version: 1\na: [\n", ":2:4: this `[` is never closed"),
    ] {
        let (shown, exit) = said(text);
        assert_eq!(exit, 2, "{text:?}: {shown}");
        assert!(shown.contains(wanted), "{text:?}: {shown}");
    }
    assert_eq!(said("version: 1\n").1, 0);
}

#[test]
fn a_byte_order_mark_crlf_and_json_are_read() {
    for text in [
        "\u{feff}version: 1\nfail-on: never\n",
        "version: 1\r\nfail-on: never\r\n",
        "{\"version\": 1, \"fail-on\": \"never\"}",
        "---\nversion: 1\nfail-on: never\n...\n",
    ] {
        let folder = folder(&[("t.yaml", PUBLIC), (".ecslint.yaml", text)]);
        let output = check(folder.path(), &[]);
        assert_eq!(code(&output), 0, "{text:?}: {}", stderr(&output));
        assert!(stdout(&output).contains("[task-public-ip]"));
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_the_run() {
    let folder = folder(&[("t.yaml", GOOD), ("folder/x", ""), ("text.yaml", "version: 1\n")]);
    let path = folder.path();
    std::fs::write(path.join("latin.yaml"), b"version: 1\n# \xe9\n").unwrap();
    let huge = std::fs::File::create(path.join("huge.yaml")).unwrap();
    huge.set_len(100 << 20).unwrap();
    for (name, wanted) in [
        (
            "folder",
            "configuration file folder: a folder is no configuration file",
        ),
        (
            "absent.yaml",
            "configuration file absent.yaml: no such file or folder",
        ),
        ("latin.yaml", "configuration file latin.yaml: not UTF-8"),
        ("huge.yaml", "configuration file huge.yaml: larger than"),
    ] {
        let output = check(path, &["-c", name]);
        assert_eq!(code(&output), 2, "{name}");
        assert!(stderr(&output).contains(wanted), "{name}: {}", stderr(&output));
    }
    std::fs::create_dir(path.join(".ecslint.yaml")).unwrap();
    let output = check(path, &[]);
    assert!(
        stderr(&output).contains(".ecslint.yaml: a folder"),
        "{}",
        stderr(&output)
    );
    assert_eq!(code(&output), 2);
}

#[test]
fn files_build_on_presets_and_on_each_other() {
    let folder = folder(&[
        ("repo/.git/HEAD", ""),
        (
            "repo/.ecslint.yaml",
            &with("extends: [ecslint:strict, shared/base.yaml]\nrules: {task-public-ip: info}\n"),
        ),
        (
            "repo/shared/base.yaml",
            &with("extends: more/ours.yml\nprofile: recommended\nexclude: [gen/]\nfail-on: error\n"),
        ),
        (
            "repo/shared/more/ours.yml",
            &with("rules: {task-public-ip: off, single-az-tasks: error}\nfail-on: never\n"),
        ),
        ("repo/t.yaml", PUBLIC),
        ("repo/gen/t.yaml", PUBLIC),
        ("repo/shared/gen/t.yaml", PUBLIC),
    ]);
    let output = check(&folder.path().join("repo"), &[]);
    let text = stdout(&output);
    assert!(text.contains("t.yaml:8:27: info[task-public-ip]"), "{text}");
    assert!(
        text.contains("\ngen/t.yaml") || text.starts_with("gen/t.yaml"),
        "{text}"
    );
    assert!(
        !text.contains("shared/gen"),
        "patterns start at the file that holds them: {text}"
    );
    assert!(!text.contains("[tags-not-propagated]"), "{text}");
}

#[test]
fn what_cannot_be_extended_is_shown_at_the_entry() {
    let folder = folder(&[
        ("t.yaml", GOOD),
        (
            ".ecslint.yaml",
            &with("extends: [ecslint:stric, a.yaml, nowhere.yaml, \"https://example.com/x.yaml\"]\n"),
        ),
        ("a.yaml", &with("extends: b.yaml\n")),
        ("b.yaml", &with("extends: a.yaml\nfail-on: eror\n")),
    ]);
    let output = check(folder.path(), &[]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    for wanted in [
        ".ecslint.yaml:2:11: no preset is called `ecslint:stric`",
        "did you mean `ecslint:strict`?",
        ".ecslint.yaml:2:34: cannot extend `nowhere.yaml`: no such file or folder",
        ".ecslint.yaml:2:48: `https://example.com/x.yaml` is not a local file",
        "b.yaml:2:10: `a.yaml` extends itself: .ecslint.yaml → a.yaml → b.yaml → a.yaml",
        "b.yaml:3:10: `eror` is not known here",
    ] {
        assert!(text.contains(wanted), "no {wanted}:\n{text}");
    }
}

#[test]
fn patterns_and_paths_start_at_the_file_that_holds_them() {
    let folder = folder(&[
        ("repo/.git/HEAD", ""),
        (
            "repo/.ecslint.yaml",
            &with("exclude: [/app/old/]\ninclude: [\"*.cfn\"]\n"),
        ),
        ("repo/app/old/t.yaml", PUBLIC),
        ("repo/app/new/t.cfn", PUBLIC),
        ("repo/app/app/old/t.yaml", PUBLIC),
    ]);
    let listed = |arguments: &[&str]| {
        let mut all = vec!["check", "--list-files"];
        all.extend(arguments);
        stdout(&run(&folder.path().join("repo/app"), &all))
    };
    assert_eq!(listed(&[]), "app/old/t.yaml\nnew/t.cfn\n");
    assert_eq!(
        listed(&["--exclude", "/app/"]),
        "new/t.cfn\nold/t.yaml\n",
        "a flag takes the place of the list, and starts at the current folder"
    );
    assert_eq!(
        listed(&["--set", "exclude=[]"]),
        "app/old/t.yaml\nnew/t.cfn\nold/t.yaml\n"
    );
    assert_eq!(listed(&["--isolated"]), "app/old/t.yaml\nold/t.yaml\n");
}

#[test]
fn a_configuration_in_the_config_folder_speaks_of_the_folder_above() {
    let folder = folder(&[
        (".config/ecslint.yaml", &with("exclude: [/gen/]\n")),
        ("gen/t.yaml", PUBLIC),
        ("t.yaml", GOOD),
    ]);
    assert_eq!(
        stdout(&run(folder.path(), &["check", "--list-files"])),
        "t.yaml\n"
    );
}

#[test]
fn a_severity_is_that_of_the_findings_and_decides_the_exit_code() {
    let severity = |level: &str| {
        let folder = folder(&[
            ("t.yaml", PUBLIC),
            (
                ".ecslint.yaml",
                &with(&format!(
                    "select: [task-public-ip]\nrules: {{task-public-ip: {level}}}\n"
                )),
            ),
        ]);
        let output = check(folder.path(), &[]);
        (
            stdout(&output).split('[').next().unwrap().to_owned(),
            code(&output),
        )
    };
    assert_eq!(severity("warning"), ("t.yaml:8:27: warning".to_owned(), 1));
    assert_eq!(severity("info"), ("t.yaml:8:27: info".to_owned(), 0));
    assert_eq!(
        severity("{severity: error}"),
        ("t.yaml:8:27: error".to_owned(), 1)
    );
    assert!(!severity("off").0.contains("t.yaml:8"));
    assert!(!severity("\"off\"").0.contains("t.yaml:8"));
}

#[test]
fn what_is_said_of_a_rule_goes_before_what_is_said_of_its_category() {
    let folder = folder(&[
        ("t.yaml", PUBLIC),
        (
            ".ecslint.yaml",
            &with("rules: {task-public-ip: warning, network: off}\n"),
        ),
    ]);
    let text = stdout(&check(folder.path(), &[]));
    assert!(text.contains("warning[task-public-ip]"), "{text}");
    assert!(!text.contains("[single-az-tasks]"), "{text}");
    let other = check(folder.path(), &["--set", "rules.task-public-ip=off"]);
    assert!(!stdout(&other).contains("[task-public-ip]"));
}

#[test]
fn rules_of_ones_own_are_found_from_the_file_and_can_be_named_in_it() {
    const RULE: &str = "name: our-rule\nsummary: topics are not used\nresource: AWS::SNS::Topic\n\
                        require: {path: $.Properties, exists: true}\nmessage: topic `{id}`\n";
    let folder = folder(&[
        ("repo/.git/HEAD", ""),
        (
            "repo/.ecslint.yaml",
            &with("custom-rules: [policy]\nrules: {our-rule: error}\n"),
        ),
        ("repo/policy/our.yaml", RULE),
        ("repo/app/t.yaml", GOOD),
    ]);
    let app = folder.path().join("repo/app");
    let output = check(&app, &[]);
    assert!(
        stdout(&output).contains("t.yaml:2:3: error[our-rule] topic `Topic`"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&run(&app, &["rules"])).contains("our-rule"));
    assert_eq!(code(&run(&app, &["explain", "our-rule"])), 0);
}

#[test]
fn less_certain_findings_can_be_left_out() {
    let template =
        "Parameters: {Public: {Type: String, AllowedValues: [ENABLED, DISABLED], Default: DISABLED}}\n"
            .to_owned()
            + &PUBLIC.replace("ENABLED", "!Ref Public");
    let folder = folder(&[("t.yaml", &template)]);
    let found = |arguments: &[&str]| stdout(&check(folder.path(), arguments)).contains("[task-public-ip]");
    assert!(found(&[]));
    assert!(found(&["--min-confidence", "medium"]));
    assert!(!found(&["--min-confidence", "high"]));
    assert!(!found(&["--set", "min-confidence=high"]));
}

#[test]
fn values_that_may_be_secret_are_never_shown() {
    let (text, exit) = said(
        "version: 1\nenvironments:\n  prod: {imports: {Key: hunter2}}\n  test: {imports: {Key: [hunter3]}}\n  \
         prod: {imports: {Key: hunter4}, regio: x}\n",
    );
    assert_eq!(exit, 2);
    assert!(text.contains("unknown key `regio`"), "{text}");
    assert!(!text.contains("hunter"), "{text}");
    let folder = folder(&[("t.yaml", GOOD)]);
    let output = check(
        folder.path(),
        &[
            "--set",
            "environments.prod.imports.Key=hunter2",
            "--set",
            "environments.prod.imports.A=[hunter3]",
        ],
    );
    assert!(!stderr(&output).contains("hunter"), "{}", stderr(&output));
}

#[test]
fn the_resolved_configuration_is_shown_with_where_each_value_comes_from() {
    let folder = folder(&[
        ("repo/.git/HEAD", ""),
        (
            "repo/.ecslint.yaml",
            &with(
                "extends: [ecslint:strict, base.yaml]\nexclude: [gen/]\nextend-select: [iam]\n\
                 rules:\n  task-public-ip: off\n  log-retention-missing: {severity: info, options: {min-days: 30}}\n",
            ),
        ),
        (
            "repo/base.yaml",
            &with("fail-on: error\nextend-select: [network]\n"),
        ),
        ("repo/app/t.yaml", GOOD),
    ]);
    let app = folder.path().join("repo/app");
    let shown = command(
        &app,
        &["config", "show", "--origin", "--set", "output.format=json"],
    )
    .env("ECSLINT_MIN_SEVERITY", "warning")
    .output()
    .unwrap();
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    let text = stdout(&shown);
    for line in [
        "version: 1  # ",
        "exclude:  # ../.ecslint.yaml:3\n  - gen/\n",
        "  task-public-ip:\n    severity: off  # ../.ecslint.yaml:6\n",
        "    severity: info  # ../.ecslint.yaml:7\n    options:\n      min-days: 30  # ../.ecslint.yaml:7\n",
        "extend-select:  # ../base.yaml:3, ../.ecslint.yaml:4\n  - network\n  - iam\n",
        "profile: strict  # ecslint:strict\n",
        "min-severity: warning  # ECSLINT_MIN_SEVERITY\n",
        "fail-on: error  # ../base.yaml:2",
        "  format: json  # --set\n",
        "respect-gitignore: true  # ecslint:recommended\n",
    ] {
        assert!(text.replace('"', "").contains(line), "no {line}\n{text}");
    }
    // What is shown can be read again, and says the same.
    let plain = stdout(&run(&app, &["config", "show"]));
    let (before, rest) = plain.split_once("suppressions:").unwrap();
    let (_, after) = rest.split_once("output:").unwrap();
    std::fs::write(
        folder.path().join("repo/app/again.yaml"),
        format!("{before}output:{after}"),
    )
    .unwrap();
    assert_eq!(stdout(&run(&app, &["config", "show", "-c", "again.yaml"])), plain);
}

#[test]
fn a_configuration_is_checked_by_itself() {
    let folder = folder(&[(
        ".ecslint.yaml",
        &with("fail-on: error\nextends: ecslint:strict\n"),
    )]);
    let output = run(folder.path(), &["config", "check"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        ".ecslint.yaml: no mistakes\n  preset ecslint:recommended: 20 keys\n  preset ecslint:strict: 2 keys\n  file .ecslint.yaml: 3 keys\n"
    );
    // What everything builds on is told once, also when it is named.
    std::fs::write(
        folder.path().join(".ecslint.yaml"),
        with("extends: ecslint:recommended\n"),
    )
    .unwrap();
    let output = run(folder.path(), &["config", "check"]);
    assert_eq!(
        stdout(&output),
        ".ecslint.yaml: no mistakes\n  preset ecslint:recommended: 20 keys\n  file .ecslint.yaml: 2 keys\n"
    );
    std::fs::write(
        folder.path().join(".ecslint.yaml"),
        "version: 1\nfail_on: error\n",
    )
    .unwrap();
    let output = run(folder.path(), &["config", "check"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("did you mean `fail-on`?"),
        "{}",
        stderr(&output)
    );
    let none = run(folder.path(), &["config", "check", "--isolated"]);
    assert!(
        stdout(&none).starts_with("no configuration file;"),
        "{}",
        stdout(&none)
    );
    let schema = run(folder.path(), &["config", "schema", "--isolated"]);
    assert!(
        stdout(&schema).starts_with("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\"")
    );
}

/// Whether a rule reports a template, with options.
fn reports(template: &str, rule: &str, options: &str) -> bool {
    let folder = folder(&[
        ("t.yaml", template),
        (
            ".ecslint.yaml",
            &with(&format!(
                "select: [{rule}]\nrules: {{{rule}: {{options: {options}}}}}\n"
            )),
        ),
    ]);
    let output = check(folder.path(), &[]);
    assert!(code(&output) < 2, "{}", stderr(&output));
    stdout(&output).contains(&format!("[{rule}]"))
}

#[test]
fn rules_are_tuned_by_their_options() {
    let group =
        "Resources:\n  Group:\n    Type: AWS::Logs::LogGroup\n    Properties: {RetentionInDays: 14}\n";
    let retention = |options| reports(group, "log-retention-missing", options);
    assert!(!retention("{}"));
    assert!(!retention("{min-days: 14}"));
    assert!(retention("{min-days: 30}"));

    let mut large = "Resources:\n".to_owned();
    for index in 0..14 {
        for (name, kind) in [
            ("A", "EC2::VPC"),
            ("B", "EC2::SecurityGroup"),
            ("C", "ECS::Service"),
        ] {
            large += &format!("  {name}{index}: {{Type: \"AWS::{kind}\"}}\n");
        }
    }
    let monolithic = |options| reports(&large, "monolithic-template", options);
    assert!(!monolithic("{}"));
    assert!(monolithic("{max-resources: 40}"));

    let task = "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n        \
                - {Name: a, Image: \"x:1\", LinuxParameters: {Capabilities: {Add: [NET_ADMIN]}}}\n";
    let capability = |options| reports(task, "dangerous-capability", options);
    assert!(capability("{}"));
    assert!(!capability("{allowed: [NET_ADMIN]}"));
    assert!(!capability("{allowed: NET_ADMIN}"));
    assert!(capability("{allowed: [SYS_ADMIN]}"));

    let topic = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: vpc-0a1b2c3d4e5f67890}\n";
    let literal = |options| reports(topic, "hardcoded-environment-value", options);
    assert!(literal("{}"));
    assert!(!literal("{allowed: [vpc-0a1b2c3d4e5f67890]}"));

    let host = "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      Volumes: [{Name: v, Host: {SourcePath: /proc}}]\n      \
                ContainerDefinitions:\n        - {Name: a, Image: \"our/agent:1\", MountPoints: [{SourceVolume: v, ContainerPath: /p, ReadOnly: true}]}\n";
    let level = |options: &str| {
        let folder = folder(&[
            ("t.yaml", host),
            (
                ".ecslint.yaml",
                &with(&format!(
                    "rules: {{sensitive-host-mount: {{options: {options}}}}}\n"
                )),
            ),
        ]);
        stdout(&check(folder.path(), &[])).contains("error[sensitive-host-mount]")
    };
    assert!(level("{}"));
    assert!(!level("{agents: [our/agent]}"));
}

#[test]
fn an_option_that_a_rule_does_not_have_is_a_mistake() {
    let (text, exit) = said(
        "version: 1\nrules:\n  log-retention-missing: {options: {min-day: 3}}\n  task-public-ip: {options: {x: 1}}\n  \
         monolithic-template: {options: {max-resources: many}}\n  iam: {options: {x: 1}}\n  dangerous-capability: {options: {allowed: {a: b}}}\n",
    );
    assert_eq!(exit, 2);
    for wanted in [
        ":3:37: `log-retention-missing` has no option `min-day`",
        "did you mean `min-days`?",
        ":4:30: `task-public-ip` has no option `x`",
        ":5:50: expected a number, found text",
        ":6:9: `iam` is a category",
        ":7:45: expected text, found a mapping",
    ] {
        assert!(text.contains(wanted), "no {wanted}:\n{text}");
    }
    let (text, _) = said("version: 1\nrules: {log-retention-missing: {options: {min-days: 99999}}}\n");
    assert!(
        text.contains("`min-days` is a whole number from 1 to 3653"),
        "{text}"
    );
}

#[test]
fn options_stand_on_the_page_of_the_rule() {
    let folder = folder(&[]);
    let page = stdout(&run(folder.path(), &["explain", "log-retention-missing"]));
    assert!(
        page.contains("`min-days`: the fewest days for which events are kept; 1 where nothing is said"),
        "{page}"
    );
}

#[test]
fn what_is_shown_is_read_again() {
    let ignore = "ignore:\n- rules: [vpc-flow-logs-missing]\n  reason: 'a: b, and 2027-06-30'\n  until: \"2027-06-30\"\n  \
                  paths: [\"*.yaml\", \"no\"]\n";
    let folder = folder(&[(".ecslint.yaml", &format!("version: 1\n{ignore}"))]);
    let shown = stdout(&run(folder.path(), &["config", "show"]));
    assert!(shown.contains("until: \"2027-06-30\""), "{shown}");
    std::fs::write(folder.path().join("shown.yaml"), &shown).unwrap();
    let again = run(folder.path(), &["config", "check", "--config", "shown.yaml"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(
        stdout(&run(folder.path(), &["config", "show", "--config", "shown.yaml"])),
        shown
    );
}
