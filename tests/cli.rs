//! The command as scripts and people meet it: the real binary in folders of its own, with an empty environment.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A service whose tasks get a public address.
const PUBLIC: &str = "\
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: ENABLED
          Subnets: [subnet-0a]
";

/// Nothing any rule could object to.
const GOOD: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

/// Not YAML; the mistake is in line 3.
const BROKEN: &str = "Resources:\n  Service:\n    Type: [\n";

/// Part of a long report.
const ESCAPE: u8 = 0x1b;

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The binary, started in a folder with nothing in its environment.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecslint"));
    command.args(arguments).current_dir(folder).env_clear();
    command.stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The report of one rule in JSON.
fn json(folder: &Path, rule: &str, arguments: &[&str]) -> Value {
    let mut all = vec!["check", "--format", "json", "--select", rule];
    all.extend(arguments);
    serde_json::from_slice(&run(folder, &all).stdout).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

#[test]
fn the_articles_template_is_reported_at_its_line_with_a_caret() {
    let output = run(&fixtures("article"), &["check", "template.yaml"]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("AssignPublicIp: ENABLED"))
        .unwrap();
    assert!(lines[at].trim_start().starts_with("47 "), "{text}");
    let column = lines[at].find("ENABLED").unwrap();
    let caret = lines[at + 1]
        .char_indices()
        .find(|(_, character)| *character == '─');
    let in_characters = |line: &str, byte: usize| line[..byte].chars().count();
    assert_eq!(
        in_characters(lines[at + 1], caret.unwrap().0),
        in_characters(lines[at], column),
        "{text}"
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_is_clean_exits_0_and_says_so() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let output = run(folder.path(), &["check", "good.yaml"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).starts_with("no findings\n"));
}

#[test]
fn a_file_that_cannot_be_read_exits_3_and_is_named() {
    let folder = folder(&[("broken.yaml", BROKEN)]);
    let missing = run(folder.path(), &["check", "missing.yaml"]);
    assert_eq!(code(&missing), 3);
    assert!(stderr(&missing).contains("missing.yaml: no such file or folder"));
    let broken = run(folder.path(), &["check", "broken.yaml"]);
    assert_eq!(code(&broken), 3);
    let place = stderr(&broken);
    let is_place = |line: &str| {
        let mut parts = line
            .split(':')
            .skip_while(|part| !part.ends_with("broken.yaml"))
            .skip(1);
        let mut is_number = || parts.next().is_some_and(|part| part.parse::<u32>().is_ok());
        is_number() && is_number()
    };
    assert!(place.lines().any(is_place), "{place}");
}

#[test]
fn what_could_be_read_is_reported_beside_what_could_not() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let output = run(folder.path(), &["check", "public.yaml", "broken.yaml"]);
    assert_eq!(code(&output), 3);
    assert!(stdout(&output).contains("error[task-public-ip]"));
    assert!(stderr(&output).contains("broken.yaml"));
    let forgiven = run(
        folder.path(),
        &["check", "public.yaml", "broken.yaml", "--exit-zero"],
    );
    assert_eq!(code(&forgiven), 3, "--exit-zero forgives findings only");
}

#[test]
fn a_folder_without_a_template_exits_3_and_a_file_that_is_none_exits_0() {
    let folder = folder(&[
        ("buildspec.yml", "version: 0.2\nphases: {}\n"),
        ("empty/x.txt", ""),
    ]);
    let empty = run(folder.path(), &["check", "empty"]);
    assert_eq!(code(&empty), 3);
    assert!(stderr(&empty).contains("no CloudFormation template in this folder"));
    let buildspec = run(folder.path(), &["check", "buildspec.yml"]);
    assert_eq!(code(&buildspec), 0);
    assert!(stdout(&buildspec).contains("1 file skipped"));
    let verbose = run(folder.path(), &["check", "-v", "buildspec.yml"]);
    assert!(stdout(&verbose).contains("skipped buildspec.yml: not a CloudFormation template"));
}

#[test]
fn a_template_on_stdin_is_reported_under_the_name_it_is_given() {
    let folder = folder(&[("templates/template.yaml", PUBLIC)]);
    let pipe = |arguments: &[&str]| {
        let file = fs::File::open(folder.path().join("templates/template.yaml")).unwrap();
        let output = command(folder.path(), arguments).stdin(file).output().unwrap();
        (code(&output), stdout(&output) + &stderr(&output))
    };
    let (exit, text) = pipe(&["check", "-", "-f", "concise", "-s", "task-public-ip"]);
    assert_eq!(exit, 1);
    assert!(text.starts_with("<stdin>:8:27: error[task-public-ip]"), "{text}");
    let (exit, text) = pipe(&[
        "check",
        "-",
        "--stdin-filename",
        "templates/new.yaml",
        "-f",
        "concise",
        "-s",
        "task-public-ip",
    ]);
    assert_eq!(exit, 1);
    assert!(
        text.starts_with("templates/new.yaml:8:27: error[task-public-ip]"),
        "{text}"
    );
    let (exit, text) = pipe(&["check", "templates", "--stdin-filename", "x.yaml"]);
    assert_eq!(exit, 2);
    assert!(text.contains("add `-` to the paths"), "{text}");
}

#[test]
fn a_mistake_in_the_arguments_exits_2_with_what_to_type_instead() {
    let folder = folder(&[("templates/good.yaml", GOOD)]);
    for (arguments, hint) in [
        (&["check", "--formt", "json"][..], "--format"),
        (&["chekc"], "check"),
        (&["templates/"], "to check it, run: ecslint check templates/"),
        (
            &["check", "--select", "task-publik-ip"],
            "did you mean `task-public-ip`?",
        ),
        (&["check", "--ignore", "netwrok"], "did you mean `network`?"),
        (&["check", "--select", "CKV_AWS_333"], "`task-public-ip`"),
        (
            &["check", "--format", "jsn"],
            "use one of: full, concise, json, sarif",
        ),
        (&["check", "--format", "junit"], "`junit` is not built yet"),
        (&["check", "--report", "sarif"], "expected FORMAT=PATH"),
        (&["check", "--report", "html=x"], "`html` is not built yet"),
        (&["check", "--fix"], "`--fix` is not built yet"),
        (&["check", "--context", "repo"], "not built yet"),
        (&["check", "-vvv"], "not built yet"),
        (&["graph", "templates"], "the command `graph` is not built yet"),
        (&["explain", "task-publik-ip"], "`task-public-ip`"),
        (&["check", "-p", "Secret"], "expected KEY=VALUE"),
        (&["check", "-P", "none.json"], "no such file or folder"),
        (&["check", "-j", "0"], "--jobs"),
        (&["check", "--exclude", "[", "templates"], "is not a pattern"),
    ] {
        let output = run(folder.path(), arguments);
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?}: {text}");
        assert!(text.contains(hint), "{arguments:?}: {text}");
        assert!(text.starts_with("error: "), "{arguments:?}: {text}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[test]
fn a_mistake_beats_an_unreadable_input() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let output = run(
        folder.path(),
        &["check", "good.yaml", "missing.yaml", "-p", "X=1"],
    );
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("declares no parameter `X`"));
}

#[test]
fn the_gate_decides_between_0_and_1_by_severity() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let exit = |arguments: &[&str]| {
        let mut all = vec!["check", "public.yaml", "--select", "task-public-ip"];
        all.extend(arguments);
        code(&run(folder.path(), &all))
    };
    assert_eq!(exit(&[]), 1);
    assert_eq!(exit(&["--fail-on", "error"]), 1);
    assert_eq!(exit(&["--fail-on", "never"]), 0);
    assert_eq!(exit(&["--exit-zero"]), 0);
    assert_eq!(exit(&["--ignore", "network"]), 0);
    let unknown = "Parameters: {Ip: {Type: String}}\n".to_owned() + &PUBLIC.replace("ENABLED", "!Ref Ip");
    fs::write(folder.path().join("public.yaml"), unknown).unwrap();
    assert_eq!(exit(&[]), 0);
    assert_eq!(exit(&["--fail-on-undetermined"]), 1);
    assert_eq!(exit(&["-p", "Ip=ENABLED"]), 1);
    assert_eq!(exit(&["-p", "Ip=DISABLED", "--fail-on-undetermined"]), 0);
}

#[test]
fn a_severity_below_the_least_one_wanted_is_left_out() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let count = |severity| {
        let report = json(folder.path(), "ALL", &["public.yaml", "--min-severity", severity]);
        let summary = &report["summary"];
        (
            summary["findings"].as_u64().unwrap(),
            summary["error"].as_u64().unwrap(),
        )
    };
    let (all, errors) = count("info");
    let (only, the_same) = count("error");
    assert!(errors > 0 && only == errors && the_same == errors && all >= only);
}

#[test]
fn a_pipe_gets_no_escape_codes_unless_they_are_asked_for() {
    let folder = folder(&[("public.yaml", PUBLIC), ("broken.yaml", BROKEN)]);
    let has_escape = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut all = vec!["check", "public.yaml", "broken.yaml"];
        all.extend(arguments);
        let output = command(folder.path(), &all)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let is_in = |bytes: &[u8]| bytes.contains(&ESCAPE);
        (is_in(&output.stdout), is_in(&output.stderr))
    };
    assert_eq!(has_escape(&[], &[]), (false, false));
    assert_eq!(has_escape(&[], &["--color", "always"]), (true, true));
    assert_eq!(has_escape(&[("FORCE_COLOR", "1")], &[]), (true, true));
    assert_eq!(has_escape(&[("CLICOLOR_FORCE", "1")], &[]), (true, true));
    assert_eq!(
        has_escape(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]),
        (false, false)
    );
    assert_eq!(
        has_escape(&[("FORCE_COLOR", "1")], &["--color", "never"]),
        (false, false)
    );
    assert!(!has_escape(&[], &["--color", "always", "-f", "json"]).0);
}

#[test]
fn a_locale_without_unicode_and_the_flag_give_ascii() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let flag = run(folder.path(), &["check", "public.yaml", "--ascii"]);
    assert!(flag.stdout.is_ascii());
    let locale = command(folder.path(), &["check", "public.yaml"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert_eq!(stdout(&locale), stdout(&flag));
    assert!(!run(folder.path(), &["check", "public.yaml"]).stdout.is_ascii());
}

#[test]
fn the_bytes_do_not_depend_on_threads_runs_or_the_place_of_the_folder() {
    let fixtures = fixtures("deployments");
    for format in ["full", "concise", "json", "sarif"] {
        let arguments = [
            "check",
            ".",
            "--show-undetermined",
            "--profile",
            "all",
            "-f",
            format,
        ];
        let of = |jobs| {
            let mut all = arguments.to_vec();
            all.extend(["-j", jobs]);
            run(&fixtures, &all).stdout
        };
        let one = of("1");
        assert_eq!(one, of("4"), "{format}");
        assert_eq!(one, of("1"), "{format}");
        assert!(!one.is_empty());
        let text = String::from_utf8(one).unwrap();
        assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{format}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let service = PUBLIC.strip_prefix("Resources:\n").unwrap();
    let many: String = (0..2_000)
        .map(|number| service.replace("Service:\n", &format!("Service{number}:\n")))
        .collect();
    let folder = folder(&[("many.yaml", &format!("Resources:\n{many}"))]);
    let arguments = ["check", "many.yaml", "-f", "concise", "-s", "task-public-ip"];
    let mut child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    assert!(line.starts_with("many.yaml:8:27"));
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(1), ""));
}

#[test]
fn quiet_leaves_out_the_summary_and_twice_everything() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let once = run(folder.path(), &["check", "-q", "public.yaml"]);
    assert!(stdout(&once).contains("error[task-public-ip]") && !stdout(&once).contains(" rules"));
    let twice = run(folder.path(), &["check", "-qq", "public.yaml", "missing.yaml"]);
    assert_eq!(
        (code(&twice), stdout(&twice), stderr(&twice)),
        (3, String::new(), String::new())
    );
}

#[test]
fn timings_are_shown_only_where_they_are_asked_for() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let last = |flag| {
        let output = run(folder.path(), &["check", flag, "good.yaml"]);
        stdout(&output).lines().last().unwrap_or_default().to_owned()
    };
    assert!(!last("-v").contains(" ms"));
    assert!(last("-vv").ends_with(" ms"));
}

#[test]
fn reports_go_to_files_beside_stdout_or_in_its_place() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let arguments = [
        "check",
        "public.yaml",
        "--report",
        "sarif=a.sarif",
        "--report",
        "json=a.json",
        "--category",
        "ecs",
    ];
    let output = run(folder.path(), &arguments);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("error[task-public-ip]"));
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("a.sarif")["runs"][0]["automationDetails"]["id"], "ecs/");
    assert_eq!(read("a.json")["run"]["exit_code"], 1);
    let instead = run(folder.path(), &["check", ".", "-f", "json", "-o", "b.json"]);
    assert_eq!((code(&instead), stdout(&instead)), (1, String::new()));
    assert_eq!(read("b.json")["summary"]["templates"], 1);
    let again = run(folder.path(), &["check", ".", "-f", "json", "-o", "b.json"]);
    assert_eq!(code(&again), 1, "a report may be written over");
}

#[test]
fn a_report_is_never_written_over_an_input() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let output = run(
        folder.path(),
        &["check", "public.yaml", "-f", "json", "-o", "./public.yaml"],
    );
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("is one of the inputs"));
    assert_eq!(
        fs::read_to_string(folder.path().join("public.yaml")).unwrap(),
        PUBLIC
    );
}

#[test]
fn the_format_can_come_from_the_environment() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let output = command(folder.path(), &["check", "public.yaml"])
        .env("ECSLINT_FORMAT", "json")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["tool"]["name"], "ecslint");
}

#[test]
fn lists_of_files_are_read_in_every_form() {
    let folder = folder(&[
        ("a b.yaml", PUBLIC),
        ("c.yaml", GOOD),
        ("other.yaml", GOOD),
        ("lines.txt", "a b.yaml\nc.yaml\n"),
        ("nul.txt", "a b.yaml\0c.yaml\0"),
        ("none.txt", ""),
    ]);
    let listed = |arguments: &[&str]| {
        let mut all = vec!["check", "--list-files"];
        all.extend(arguments);
        stdout(&run(folder.path(), &all))
    };
    for arguments in [
        &["a b.yaml", "c.yaml"][..],
        &["@lines.txt"],
        &["--files-from", "lines.txt"],
        &["--files-from", "nul.txt"],
        &["c.yaml", "--files-from", "lines.txt"],
    ] {
        assert_eq!(listed(arguments), "a b.yaml\nc.yaml\n", "{arguments:?}");
    }
    assert_eq!(
        listed(&["--files-from", "none.txt"]),
        "",
        "an empty list is not `.`"
    );
    let file = fs::File::open(folder.path().join("lines.txt")).unwrap();
    let output = command(folder.path(), &["check", "--list-files", "--files-from", "-"])
        .stdin(file)
        .output()
        .unwrap();
    assert_eq!(stdout(&output), "a b.yaml\nc.yaml\n");
    assert_eq!(code(&run(folder.path(), &["check", "@missing.txt"])), 3);
}

#[test]
fn files_are_chosen_by_patterns_and_gitignore() {
    let folder = folder(&[
        ("a.yaml", GOOD),
        ("b.yaml", GOOD),
        ("c.cfn", GOOD),
        ("d.yaml", "services: {}\n"),
        ("ignored/e.yaml", GOOD),
        (".gitignore", "ignored/\n"),
    ]);
    let listed = |arguments: &[&str]| {
        let mut all = vec!["check", "--list-files"];
        all.extend(arguments);
        let output = run(folder.path(), &all);
        (stdout(&output).replace('\n', " "), stderr(&output))
    };
    let (paths, skipped) = listed(&["."]);
    assert_eq!(paths, "a.yaml b.yaml ");
    assert_eq!(skipped, "skipped d.yaml: not a CloudFormation template\n");
    assert_eq!(listed(&[".", "--include", "*.cfn"]).0, "a.yaml b.yaml c.cfn ");
    assert_eq!(listed(&[".", "--exclude", "b*"]).0, "a.yaml ");
    assert_eq!(
        listed(&[".", "--no-gitignore"]).0,
        "a.yaml b.yaml ignored/e.yaml "
    );
    assert_eq!(listed(&["b.yaml", "--exclude", "b*"]).0, "b.yaml ");
    assert_eq!(listed(&["b.yaml", "--exclude", "b*", "--force-exclude"]).0, "");
}

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
];

#[test]
fn all_forms_of_parameter_files_give_the_same_result() {
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
        "Password=correct horse",
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
    let secret = "correct horse";
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
fn help_and_version_exit_0_on_stdout() {
    let folder = folder(&[]);
    for arguments in [
        &["--version"][..],
        &["-h"],
        &["check", "--help"],
        &["help", "resolve"],
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(
            (code(&output), stderr(&output)),
            (0, String::new()),
            "{arguments:?}"
        );
        assert!(!output.stdout.contains(&ESCAPE), "{arguments:?}");
    }
    let version = stdout(&run(folder.path(), &["--version"]));
    assert_eq!(version, concat!("ecslint ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(code(&run(folder.path(), &[])), 2, "no command is a mistake");
}
