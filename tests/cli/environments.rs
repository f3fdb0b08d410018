//! Several environments in one run: what each gives to the templates, and how what holds in them is said once.

use serde_json::Value;
use tempfile::TempDir;

use super::{GOOD, code, folder, json, run, stderr, stdout, texts};

const SERVICE: &str = "\
Parameters:
  PublicIp: {Type: String}
  Password: {Type: String, NoEcho: true, Default: ''}
Conditions:
  IsPublic: !Equals [!Ref PublicIp, 'yes']
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: !If [IsPublic, ENABLED, DISABLED]
          Subnets: [subnet-0a]
";

const ROOT: &str = "\
Parameters:
  Public: {Type: String}
Resources:
  Web:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: service.yaml
      Parameters: {PublicIp: !Ref Public}
";

const CONFIG: &str = "\
environments:
  staging: {params: params/staging.json}
  prod:
    params: [params/prod.json]
    region: eu-west-1
";

/// A repository with the service, and values of two environments.
fn repository(config: &str, more: &[(&str, &str)]) -> TempDir {
    let config = format!("version: 1\n{config}");
    let mut files = vec![
        (".ecslint.yaml", config.as_str()),
        (".git/HEAD", ""),
        ("templates/service.yaml", SERVICE),
        ("params/staging.json", "{\"PublicIp\": \"no\"}"),
        ("params/prod.json", "{\"PublicIp\": \"yes\"}"),
    ];
    files.extend(more);
    folder(&files)
}

fn public(folder: &TempDir, arguments: &[&str]) -> Value {
    json(folder.path(), "task-public-ip", arguments)
}

/// The environments of every finding.
fn environments(report: &Value) -> Vec<Vec<&str>> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| texts(&finding["environments"]))
        .collect()
}

#[test]
fn a_finding_says_in_which_environments_it_holds() {
    let folder = repository(CONFIG, &[]);
    let report = public(&folder, &["templates", "-e", "staging,prod"]);
    assert_eq!(environments(&report), [["prod"]]);
    assert_eq!(texts(&report["run"]["environments"]), ["staging", "prod"]);
    assert_eq!(report["findings"][0]["when"]["kind"], "always");
    assert_eq!(
        environments(&public(&folder, &["templates", "-e", "staging"])).len(),
        0
    );
    let alone = public(&folder, &["templates", "--env", "prod"]);
    assert_eq!(alone["findings"], report["findings"], "ids included");
    let without = public(&folder, &["templates"]);
    assert_eq!(environments(&without), [[""; 0]], "no environment was asked for");
    assert_eq!(without["findings"][0]["when"]["kind"], "sometimes");
    assert_eq!(without["findings"][0]["id"], report["findings"][0]["id"]);
}

#[test]
fn people_and_machines_read_the_environment() {
    let folder = repository(CONFIG, &[]);
    let output = |format: &str| {
        let arguments = [
            "check",
            "templates",
            "-e",
            "all",
            "--select",
            "task-public-ip",
            "-f",
            format,
        ];
        stdout(&run(folder.path(), &arguments))
    };
    let full = output("full");
    assert!(full.contains("Resources/Service · env prod]"), "{full}");
    assert!(full.contains(", 2 environments\n"), "{full}");
    assert!(output("concise").contains(" [env prod]"));
    assert!(output("narrated").contains("It holds in environment prod."));
    let sarif: Value = serde_json::from_str(&output("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(texts(&result["properties"]["environments"]), ["prod"]);
    assert!(
        result["message"]["text"]
            .as_str()
            .unwrap()
            .contains("In environment prod.")
    );
    for (format, words) in [
        ("junit", "env: prod"),
        ("checkstyle", "env: prod"),
        ("github", "env: prod"),
        ("rdjson", "env: prod"),
        ("markdown", "**env**: prod"),
    ] {
        let text = output(format);
        assert!(text.contains(words), "{format}: {text}");
    }
}

#[test]
fn what_holds_everywhere_is_said_once_with_what_differs() {
    // In staging the value is open, in prod it is given.
    let config = "environments: {staging: {}, prod: {params: params/prod.json}}\n";
    let folder = repository(config, &[]);
    let report = public(&folder, &["templates", "-e", "all"]);
    assert_eq!(environments(&report), [["staging", "prod"]]);
    let finding = &report["findings"][0];
    assert_eq!(
        finding["when"]["kind"], "always",
        "what the worst of them makes of it"
    );
    assert_eq!(finding["confidence"], "high");
    let staging = &finding["occurrences"][0];
    assert_eq!(staging["environment"], "staging");
    assert_eq!(staging["when"]["kind"], "sometimes");
    assert_eq!(texts(&staging["when"]["values"]), ["PublicIp = yes"]);
    assert_eq!(staging["confidence"], "medium");
    assert_eq!(finding["occurrences"][1]["when"]["kind"], "always");
    let output = run(
        folder.path(),
        &["check", "templates", "-e", "all", "--select", "task-public-ip"],
    );
    let text = stdout(&output);
    assert!(text.contains("env staging, prod]"), "{text}");
    assert!(
        text.contains("but in: staging: when PublicIp = yes, medium confidence"),
        "{text}"
    );
}

#[test]
fn what_one_environment_leaves_open_another_one_decides() {
    let template = "\
Parameters: {Ip: {Type: String}}
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: !Ref Ip, Subnets: [subnet-0a]}}
";
    let config = "version: 1\nenvironments:\n  staging: {}\n  prod: {params: p.env}\n";
    let folder = folder(&[
        (".ecslint.yaml", config),
        ("t.yaml", template),
        ("p.env", "Ip=ENABLED\n"),
    ]);
    let report = json(folder.path(), "task-public-ip", &["t.yaml", "-e", "all"]);
    assert_eq!(environments(&report), [["prod"]]);
    let undetermined = report["undetermined"].as_array().unwrap();
    assert_eq!(undetermined.len(), 1);
    assert_eq!(texts(&undetermined[0]["environments"]), ["staging"]);
    assert_ne!(undetermined[0]["id"], report["findings"][0]["id"]);
}

#[test]
fn a_child_is_judged_in_each_environment_of_its_root() {
    let more = [
        ("templates/root.yaml", ROOT),
        ("params/staging.json", "{\"Public\": \"no\"}"),
        ("params/prod.json", "{\"Public\": \"yes\"}"),
    ];
    let folder = repository(CONFIG, &more);
    let report = public(&folder, &["templates", "-e", "all"]);
    assert_eq!(environments(&report), [["prod"]]);
    assert_eq!(texts(&report["findings"][0]["stacks"]), ["Web"]);
    assert_eq!(
        report["findings"][0]["location"]["path"],
        "templates/service.yaml"
    );
    assert_eq!(report["summary"]["templates"], 2, "each was read once");
    assert_eq!(report["summary"]["stacks"], 4);
}

#[test]
fn imports_and_pseudo_parameters_belong_to_an_environment_and_flags_win() {
    let template = "\
Conditions:
  IsHome: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: !If [IsHome, !ImportValue net-Ip, DISABLED]
          Subnets: [subnet-0a]
";
    let config = "\
version: 1
environments:
  staging: {region: eu-west-1, imports: {net-Ip: DISABLED}}
  prod: {region: eu-west-1, imports: {net-Ip: ENABLED}}
  far: {region: us-east-1, imports: {net-Ip: ENABLED}}
";
    let folder = folder(&[(".ecslint.yaml", config), ("t.yaml", template)]);
    let of = |arguments: &[&str]| {
        let mut all = vec!["t.yaml", "-e", "all"];
        all.extend(arguments);
        let report = json(folder.path(), "task-public-ip", &all);
        assert_eq!(report["summary"]["undetermined"], 0, "{report:#}");
        environments(&report).concat().join(" ")
    };
    assert_eq!(of(&[]), "prod");
    assert_eq!(of(&["--region", "eu-west-1"]), "prod far");
    assert_eq!(of(&["--import", "net-Ip=ENABLED"]), "staging prod");
    assert_eq!(of(&["--import", "net-Ip=DISABLED"]), "");
}

#[test]
fn the_command_line_wins_over_files_that_are_bound_to_a_template() {
    let config = "environments: {prod: {params: \"templates/service.yaml=params/prod.json\"}}\n";
    let folder = repository(config, &[]);
    let count = |arguments: &[&str]| {
        let mut all = vec!["templates", "-e", "prod"];
        all.extend(arguments);
        environments(&public(&folder, &all)).len()
    };
    assert_eq!(count(&[]), 1);
    assert_eq!(count(&["-p", "PublicIp=no"]), 0);
    assert_eq!(count(&["-P", "params/staging.json"]), 0);
    assert_eq!(count(&["-P", "templates/service.yaml=params/staging.json"]), 0);
}

#[test]
fn secrets_of_an_environment_are_printed_by_nothing() {
    let secret = "correct horse";
    let prod = format!("{{\"PublicIp\": \"yes\", \"Password\": \"{secret}\", \"Unknown\": \"{secret}\"}}");
    let folder = repository(CONFIG, &[("params/prod.json", &prod)]);
    for arguments in [
        &["check", "templates", "-e", "all", "--profile", "all", "-v"][..],
        &[
            "check",
            "templates",
            "-e",
            "all",
            "--profile",
            "all",
            "-f",
            "json",
        ],
        &[
            "check",
            "templates",
            "-e",
            "all",
            "--profile",
            "all",
            "-f",
            "sarif",
        ],
        &["resolve", "templates/service.yaml", "-e", "all"],
        &[
            "resolve",
            "templates/service.yaml",
            "-e",
            "prod",
            "--format",
            "json",
        ],
    ] {
        let output = run(folder.path(), arguments);
        let text = stdout(&output) + &stderr(&output);
        assert!(!text.contains(secret), "{arguments:?}\n{text}");
        assert!(
            text.contains("service.yaml") || text.contains("Service"),
            "{arguments:?}\n{text}"
        );
    }
}

#[test]
fn an_unknown_environment_is_an_error_with_what_there_is() {
    let folder = repository(CONFIG, &[("plain/t.yaml", GOOD), ("plain/.git/HEAD", "")]);
    let refused = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert_eq!(stdout(&output), "");
        stderr(&output)
    };
    assert_eq!(
        refused(&["check", "templates", "-e", "prd"]),
        "error: no environment is called `prd`\n  help: did you mean `prod`? There are: staging, prod\n"
    );
    assert!(
        refused(&["resolve", "templates/service.yaml", "-e", "live"]).contains("there are: staging, prod")
    );
    assert!(refused(&["graph", "templates", "-e", "live"]).contains("there are: staging, prod"));
    let none = run(&folder.path().join("plain"), &["check", "t.yaml", "-e", "all"]);
    assert_eq!(code(&none), 2);
    assert!(
        stderr(&none).contains("there is no configuration"),
        "{}",
        stderr(&none)
    );
}

#[test]
fn a_parameter_file_that_is_missing_or_broken_is_an_error_for_its_environment_only() {
    let config = "environments:\n  staging: {params: params/staging.json}\n  prod: {params: params/gone.json}\n  \
                  broken: {params: params/broken.json}\n";
    let folder = repository(
        config,
        &[("params/broken.json", "[{\"ParameterKey\": \"PublicIp\"}]")],
    );
    assert_eq!(
        code(&run(
            folder.path(),
            &["check", "templates", "-e", "staging", "--exit-zero"]
        )),
        0
    );
    let output = run(folder.path(), &["check", "templates", "-e", "prod"]);
    assert_eq!(code(&output), 2);
    let text = stderr(&output);
    assert!(
        text.contains("parameter file params/gone.json: no such file"),
        "{text}"
    );
    assert!(
        text.contains("environment `prod` names it: .ecslint.yaml:4:"),
        "{text}"
    );
    let output = run(folder.path(), &["check", "templates", "-e", "broken"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).starts_with("error: params/broken.json:1:2: "),
        "{}",
        stderr(&output)
    );
    let unbound = "environments: {prod: {params: \"templates/servce.yaml=params/prod.json\"}}\n";
    let folder = repository(unbound, &[]);
    let output = run(folder.path(), &["check", "templates", "-e", "prod"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("no template is `templates/servce.yaml`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn entry_points_are_roots_with_their_environments_and_the_rest_is_checked_as_ever() {
    let config = format!(
        "{CONFIG}entrypoints:\n  - {{template: templates/root.yaml, environments: [prod]}}\n  \
         - {{template: templates/root.yaml, environments: [staging, prod]}}\n"
    );
    let more = [
        ("templates/root.yaml", ROOT),
        ("templates/other.yaml", SERVICE),
        ("params/staging.json", "{\"Public\": \"no\"}"),
        ("params/prod.json", "{\"Public\": \"yes\"}"),
    ];
    let folder = repository(&config, &more);
    let report = public(&folder, &["templates"]);
    assert_eq!(texts(&report["run"]["environments"]), ["staging", "prod"]);
    let findings = report["findings"].as_array().unwrap();
    let said: Vec<String> = findings
        .iter()
        .map(|finding| {
            let path = finding["location"]["path"].as_str().unwrap();
            let environments = texts(&finding["environments"]).join(",");
            format!(
                "{path} [{environments}] {}",
                finding["when"]["kind"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "templates/other.yaml [] sometimes",
            "templates/service.yaml [prod] always"
        ]
    );
    assert_eq!(
        report["summary"]["stacks"], 5,
        "root and child twice, and the other one"
    );
    let staging = public(&folder, &["templates/root.yaml", "-e", "staging"]);
    assert_eq!(environments(&staging).len(), 0);
}

#[test]
fn an_entry_point_is_a_root_though_another_template_nests_it() {
    let config =
        format!("{CONFIG}entrypoints: [{{template: templates/service.yaml, environments: [prod]}}]\n");
    let root = ROOT.replace("!Ref Public", "'no'");
    let folder = repository(&config, &[("templates/root.yaml", &root)]);
    let report = public(&folder, &["templates"]);
    assert_eq!(environments(&report), [["prod"]]);
    assert_eq!(texts(&report["findings"][0]["stacks"]), [""]);
}

#[test]
fn an_unknown_parameter_is_an_error_for_the_one_template_of_an_environment() {
    let prod = "{\"PublicIpp\": \"yes\"}";
    let folder = repository(CONFIG, &[("params/prod.json", prod)]);
    assert_eq!(
        code(&run(
            folder.path(),
            &["check", "templates", "-e", "prod", "--exit-zero"]
        )),
        0,
        "the file is for whatever is deployed there"
    );
    let config =
        format!("{CONFIG}entrypoints: [{{template: templates/service.yaml, environments: [prod]}}]\n");
    let folder = repository(&config, &[("params/prod.json", prod)]);
    let output = run(folder.path(), &["check", "templates", "-e", "prod"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("did you mean `PublicIp`?"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn paths_of_a_configuration_start_from_its_folder() {
    let folder = repository(CONFIG, &[]);
    let below = folder.path().join("templates");
    let report = json(&below, "task-public-ip", &["service.yaml", "-e", "prod"]);
    assert_eq!(environments(&report), [["prod"]]);
}

#[test]
fn the_output_depends_neither_on_threads_nor_on_the_order_of_names() {
    let folder = repository(CONFIG, &[("templates/root.yaml", ROOT)]);
    let output = |names: &str, jobs: &str| {
        let arguments = [
            "check",
            "templates",
            "-e",
            names,
            "-j",
            jobs,
            "-f",
            "json",
            "--profile",
            "all",
        ];
        stdout(&run(folder.path(), &arguments))
    };
    let first = output("staging,prod", "1");
    assert!(first.contains("\"prod\""));
    assert_eq!(output("prod,staging", "8"), first);
    assert_eq!(output("all", "3"), first);
    assert_eq!(output("prod,all,prod", "3"), first);
}

#[test]
fn a_suppression_that_one_environment_needs_is_not_unused_in_another() {
    let service = SERVICE.replace(
        "AssignPublicIp: !If",
        "# ecslint: ignore[task-public-ip] -- behind a firewall\n          AssignPublicIp: !If",
    );
    let folder = repository(CONFIG, &[("templates/service.yaml", &service)]);
    let said = |names: &str| {
        let report = json(
            folder.path(),
            "task-public-ip,unused-suppression",
            &["templates", "-e", names],
        );
        let count = |key: &str| report["summary"][key].as_u64().unwrap();
        (count("findings"), count("suppressed"))
    };
    assert_eq!(said("all"), (0, 1));
    assert_eq!(said("prod"), (0, 1));
    assert_eq!(said("staging"), (0, 0), "it may be for another environment");
}

#[test]
fn resolve_shows_what_an_environment_gives() {
    let folder = repository(CONFIG, &[]);
    let output = |names: &str| {
        stdout(&run(
            folder.path(),
            &["resolve", "templates/service.yaml", "-e", names],
        ))
    };
    assert!(
        output("prod").contains("AssignPublicIp: \"ENABLED\""),
        "{}",
        output("prod")
    );
    assert!(
        output("staging").contains("AssignPublicIp: \"DISABLED\""),
        "{}",
        output("staging")
    );
    let both = output("all");
    let (staging, prod) = (
        both.find("# environment staging\n"),
        both.find("# environment prod\n"),
    );
    assert!(staging.is_some() && prod > staging, "{both}");
    let json = run(
        folder.path(),
        &[
            "resolve",
            "templates/service.yaml",
            "-e",
            "all",
            "--format",
            "json",
        ],
    );
    assert_eq!(code(&json), 2);
    assert!(stderr(&json).contains("staging, prod"), "{}", stderr(&json));
}

#[test]
fn the_map_of_urls_and_what_is_missing_come_from_the_configuration() {
    let root = ROOT.replace("service.yaml", "https://b.s3.amazonaws.com/t/service.yaml");
    let gone = root.replace("service.yaml", "gone.yaml");
    let more = [("root.yaml", root.as_str()), ("gone.yaml", gone.as_str())];
    let nested = |word: &str| {
        format!("nested:\n  url-map: [{{prefix: 's3://b/t/', dir: templates}}]\n  on-missing: {word}\n")
    };
    for (word, findings, undetermined) in [("note", 0, 1), ("error", 1, 0), ("ignore", 0, 0)] {
        let folder = repository(&nested(word), &more);
        let found = public(&folder, &["root.yaml", "-p", "Public=yes"]);
        assert_eq!(found["summary"]["findings"], 1, "{word}");
        let report = json(folder.path(), "missing-template", &["gone.yaml"]);
        assert_eq!(report["summary"]["findings"], findings, "{word}: {report:#}");
        assert_eq!(
            report["summary"]["undetermined"], undetermined,
            "{word}: {report:#}"
        );
    }
}
