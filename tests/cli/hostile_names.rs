//! Names that would steer a terminal or turn a line around, wherever a template, a path or an argument can bring them: no command
//! writes them as they are, on either stream, in any format.

use std::fs;
use std::path::Path;

use ecslint::report::Format;

use super::{code, command, folder, run, stderr, stdout};

/// Every name of the template begins with an escape code and a character that reverses what follows.
const TEMPLATE: &str = r#"Parameters:
  "\e[31m\u202eEnv": {Type: String, Default: "\e[31mdev", AllowedValues: ["\e[31mdev", "\u009b2J"]}
Conditions:
  "\e[31m\u202eIsProd": !Equals [!Ref "\e[31m\u202eEnv", "\u009b2J"]
Resources:
  "\e[31m\u202eService":
    Type: AWS::ECS::Service
    Condition: "\e[31m\u202eIsProd"
    Properties:
      LaunchType: FARGATE
      Cluster: !Ref "\e[31m\u202eNothing"
      ServiceName: "\e[31m\u202eservice"
      TaskDefinition: !Ref "\e[31m\u202eTask"
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: ENABLED
          Subnets: [!ImportValue "\e[31m\u202esubnet"]
          SecurityGroups: [!Ref "\e[31m\u202eGroup"]
  "\e[31m\u202eGroup":
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
  "\e[31m\u202eTask":
    Type: AWS::ECS::TaskDefinition
    Properties:
      TaskRoleArn: !GetAtt "\e[31m\u202eRole.Arn"
      ContainerDefinitions:
        - {Name: "\e[31m\u202eapp", Image: "\e[31m\u202enginx", Environment: [{Name: "\e[31mPASSWORD", Value: "\e[31mhunter2"}]}
  "\e[31m\u202eRole":
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: "\e[31m\u202epolicy"
          PolicyDocument: {Statement: [{Effect: Allow, Action: ["s3:\e[31m*", "*"], Resource: "*"}]}
  "\e[31m\u202eNested":
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "child.yaml", Parameters: {"\e[31m\u202eGiven": x}}
  "\e[31m\u202eMissing":
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "\e[31m\u202emissing.yaml"}
  "\e[31m\u202eOdd":
    Type: "\e[31m\u202eAWS::Odd::Type"
Outputs:
  "\e[31m\u202eOut": {Value: !GetAtt "\e[31m\u202eNested.Outputs.\e[31mNone", Export: {Name: "\e[31m\u202eout"}}
"#;

const CHILD: &str = "Parameters:\n  Wanted: {Type: String}\nResources:\n  Topic: {Type: AWS::SNS::Topic}\n";

/// A name for a file or an argument.
const NAME: &str = "\u{1b}[31m\u{202e}x";

/// Runs a command that may do what it likes but write a character that steers; gives both streams.
fn harmless(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(code(&output) < 4, "{arguments:?}: {}", stderr(&output));
    for text in [stdout(&output), stderr(&output)] {
        let steers = |character: &char| ecslint::diag::steers(*character) && *character != '\n';
        let found: Vec<char> = text.chars().filter(steers).collect();
        assert_eq!(found, [], "{arguments:?}: {text}");
    }
    stdout(&output) + &stderr(&output)
}

/// The template with its child; files of such names, where the system can have them.
fn hostile() -> tempfile::TempDir {
    let folder = folder(&[("child.yaml", CHILD), ("parent.yaml", TEMPLATE)]);
    if cfg!(unix) {
        let path = |name: &str| folder.path().join(format!("{NAME}{name}"));
        fs::write(path("good.yaml"), TEMPLATE).unwrap();
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("folder").join(format!("{NAME}.yaml")), CHILD).unwrap();
    }
    folder
}

#[test]
fn no_report_and_no_picture_writes_a_character_that_steers() {
    let folder = hostile();
    let broken = folder
        .path()
        .join(format!("{}broken.yaml", if cfg!(unix) { NAME } else { "" }));
    fs::write(broken, "Resources:\n  \"\\e[31m\u{202e}\": [\n").unwrap();
    for format in Format::ALL {
        let arguments = [
            "check",
            ".",
            "-f",
            format.as_str(),
            "--show-undetermined",
            "--profile=all",
            "-v",
        ];
        let said = harmless(folder.path(), &arguments);
        assert!(said.contains("[31m"), "{format}: the names are there");
    }
    for view in ["architecture", "network", "iam", "deps", "stacks"] {
        for format in ["ascii", "svg", "mermaid", "dot", "json"] {
            harmless(
                folder.path(),
                &["graph", "parent.yaml", "--view", view, "-f", format],
            );
        }
    }
    harmless(folder.path(), &["resolve", "parent.yaml"]);
    harmless(folder.path(), &["check", ".", "--list-files", "-v"]);
    harmless(folder.path(), &["check", ".", "--statistics"]);
}

#[test]
fn no_baseline_and_no_suppression_tells_of_a_character_that_steers() {
    let folder = hostile();
    for arguments in [
        &["baseline", "create", "."][..],
        &["baseline", "show"],
        &[
            "check",
            ".",
            "--baseline",
            ".ecslint-baseline.json",
            "--show-suppressed",
        ],
        &["baseline", "update", "."],
        &["baseline", "prune", "."],
        &["check", ".", "--add-ignore=x"],
        &["check", ".", "--show-suppressed"],
    ] {
        let said = harmless(folder.path(), arguments);
        assert!(!said.starts_with("error: "), "{arguments:?}: {said}");
    }
}

#[test]
fn no_complaint_about_an_argument_repeats_a_character_that_steers() {
    let folder = hostile();
    let with = |start: &str| format!("{start}{NAME}");
    for arguments in [
        vec![with("")],
        vec!["check".to_owned(), with("none/")],
        vec!["check".to_owned(), with("--")],
        vec!["explain".to_owned(), with("")],
        vec!["rules".to_owned(), with("--rules=")],
        vec!["config".to_owned(), "show".to_owned(), with("--set=exclude=")],
        vec!["graph".to_owned(), ".".to_owned(), with("--view=")],
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        harmless(folder.path(), &arguments);
    }
    for option in [
        "--select=",
        "--ignore=",
        "--param=",
        "--param=X=",
        "--params=",
        "--config=",
        "--set=",
        "--set=profile=",
        "--url-map=",
        "--url-map=x=",
        "--changed=",
        "--output=none/",
        "--report=json=none/",
        "--report=",
        "--format=",
        "--rules=",
        "--exclude=[",
        "--include=[",
        "--files-from=",
        "--stdin-filename=",
        "--env=",
        "--baseline=",
        "--region=",
        "--import=",
        "--until=",
        "--add-ignore=",
        "--fail-on=",
        "--category=",
    ] {
        harmless(folder.path(), &["check", "parent.yaml", &with(option)]);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_of_such_a_name_is_one_like_any_other() {
    let folder = hostile();
    let inside = format!("{NAME}folder");
    let output = run(folder.path(), &["check", &inside, "-f", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["templates"], 1, "{}", stderr(&output));
}
