//! `ecslint graph`: what is drawn, in every format and view.

use std::fs;

use serde_json::Value;

use super::{BROKEN, ESCAPE, code, fixtures, folder, run, stderr, stdout};

const VIEWS: &[&str] = &["architecture", "network", "iam", "stacks", "deps"];

/// The formats that draw without help from outside.
const FORMATS: &[&str] = &["mermaid", "dot", "ascii", "json"];

fn graph(template: &str, arguments: &[&str]) -> Value {
    let folder = folder(&[("template.yaml", template)]);
    let mut all = vec!["graph", "-f", "json"];
    all.extend(arguments);
    let output = run(folder.path(), &all);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn node<'v>(picture: &'v Value, label: &str) -> &'v Value {
    let mut nodes = picture["nodes"].as_array().unwrap().iter();
    nodes.find(|node| node["label"] == label).unwrap()
}

fn group<'v>(picture: &'v Value, node: &Value) -> &'v Value {
    let mut groups = picture["groups"].as_array().unwrap().iter();
    groups.find(|group| group["id"] == node["group"]).unwrap()
}

/// The edges as "from -> to: labels", by the labels of their nodes.
fn edges(picture: &Value) -> Vec<String> {
    let label = |id: &Value| {
        let mut nodes = picture["nodes"].as_array().unwrap().iter();
        nodes.find(|node| node["id"] == *id).unwrap()["label"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let edges = picture["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| {
            let labels: Vec<&str> = edge["labels"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            format!(
                "{} -> {}: {}",
                label(&edge["from"]),
                label(&edge["to"]),
                labels.join(", ")
            )
        })
        .collect()
}

fn drawn(path: &str, arguments: &[&str]) -> String {
    let folder = folder(&[]);
    let path = fixtures(path);
    let copy = folder.path().join("templates");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
    }
    let mut all = vec!["graph", "templates"];
    all.extend(arguments);
    let output = run(folder.path(), &all);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_article_in_every_format() {
    for format in FORMATS {
        let rules = "task-public-ip,plaintext-listener,vpc-flow-logs-missing,missing-nested-output";
        let picture = drawn("article", &["-f", format, "--findings", "--select", rules]);
        insta::assert_snapshot!(format!("article-{format}"), picture);
    }
    let ascii = drawn("article", &["-f", "ascii", "--ascii"]);
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn the_platform_in_every_view() {
    for view in VIEWS {
        let picture = drawn("platform", &["-f", "ascii", "--view", view]);
        insta::assert_snapshot!(format!("platform-{view}"), picture);
    }
}

#[test]
fn every_view_draws_every_example_in_every_format_the_same_with_any_number_of_threads() {
    for example in [
        "article",
        "platform",
        "deployments/three-levels",
        "deployments/import",
    ] {
        let path = fixtures(example);
        let path = path.to_str().unwrap();
        for view in VIEWS {
            for format in FORMATS {
                let arguments = ["graph", path, "--view", view, "-f", format, "--findings"];
                let one = run(&fixtures(""), &[&arguments[..], &["-j", "1"]].concat());
                let many = run(&fixtures(""), &[&arguments[..], &["-j", "8"]].concat());
                assert_eq!(code(&one), 0, "{example} {view} {format}: {}", stderr(&one));
                assert!(!one.stdout.is_empty());
                assert_eq!(one.stdout, many.stdout, "{example} {view} {format}");
            }
        }
    }
}

const NETWORK: &str = "
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  SubnetA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Select [0, !GetAZs '']}}
  SubnetB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Select [1, !GetAZs '']}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: tasks, VpcId: !Ref Vpc}}
";

fn service(name: &str, more: &str) -> String {
    format!(
        "
  {name}:
    Type: AWS::ECS::Service
{more}
    Properties:
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      NetworkConfiguration:
        AwsvpcConfiguration:
          Subnets: [!Ref SubnetA, !Ref SubnetB]
          SecurityGroups: [!Ref Group]
"
    )
}

const TASK: &str = "
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Image: nginx
          Environment:
            - {Name: QUEUE_URL, Value: !Ref Queue}
            - {Name: TABLE, Value: !Ref Table}
  Queue: {Type: AWS::SQS::Queue}
  Table: {Type: AWS::DynamoDB::Table}
  Unrelated: {Type: AWS::S3::Bucket}
";

#[test]
fn subnets_are_what_their_routes_say_and_not_what_they_are_called() {
    let routes = "
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Routes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Default: {Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}}
  A: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref SubnetA, RouteTableId: !Ref Routes}}
  B: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref SubnetB, RouteTableId: !Ref Routes}}
";
    let closed = format!("Resources:{NETWORK}{TASK}{}", service("Api", ""));
    let picture = graph(&closed, &[]);
    assert_eq!(group(&picture, node(&picture, "Api"))["class"], "isolated");
    let picture = graph(&format!("{closed}{routes}"), &[]);
    assert_eq!(group(&picture, node(&picture, "Api"))["class"], "public");
    assert_eq!(group(&picture, node(&picture, "Api"))["label"], "public subnets");
}

#[test]
fn stores_are_reached_by_evidence_only() {
    let template = format!("Resources:{NETWORK}{TASK}{}", service("Api", ""));
    let picture = graph(&template, &[]);
    assert_eq!(
        edges(&picture),
        ["Api -> Queue: environment", "Api -> Table: environment"]
    );
    let evidence = &picture["edges"][0]["evidence"][0];
    assert_eq!(evidence, "environment variable `QUEUE_URL` of container `app`");
    assert_eq!(node(&picture, "Unrelated")["kind"], "bucket");
}

#[test]
fn a_service_in_the_one_or_the_other_vpc_names_each_subnet_once() {
    let network = |stack: &str| {
        let own = NETWORK.replace("Vpc", "Net").replace("NetId", "VpcId");
        format!(
            "Resources:{own}\nOutputs:\n  A: {{Value: !Ref SubnetA, Export: {{Name: !Sub '${{AWS::StackName}}-A'}}}}\n  Description: {{Value: {stack}}}\n"
        )
    };
    let template = format!(
        "Parameters: {{Network: {{Type: String}}}}\nResources:\n  Cluster: {{Type: AWS::ECS::Cluster}}{}",
        service("Api", "")
            .replace(
                "[!Ref SubnetA, !Ref SubnetB]",
                "[Fn::ImportValue: !Sub '${Network}-A']"
            )
            .replace("          SecurityGroups: [!Ref Group]\n", "")
    );
    let (one, other) = (network("one"), network("other"));
    let folder = folder(&[
        ("one.yaml", &one),
        ("other.yaml", &other),
        ("service.yaml", &template),
    ]);
    let picture = stdout(&run(folder.path(), &["graph", "-f", "ascii"]));
    assert!(picture.contains("in SubnetA of one of 2 VPCs"), "{picture}");
}

#[test]
fn what_hangs_on_a_condition_is_dashed_with_its_words() {
    let template = format!(
        "Parameters: {{Stage: {{Type: String, Default: dev}}}}\nConditions: {{Prod: !Equals [!Ref Stage, prod]}}\nResources:{NETWORK}{TASK}{}",
        service("Api", "    Condition: Prod")
    );
    let picture = graph(&template, &[]);
    assert_eq!(node(&picture, "Api")["condition"]["text"], "Stage = prod");
    assert_eq!(node(&picture, "Api")["condition"]["by_default"], false);
    let folder = folder(&[("template.yaml", &template)]);
    let mermaid = stdout(&run(folder.path(), &["graph", "-f", "mermaid"]));
    assert!(mermaid.contains("when Stage = prod"), "{mermaid}");
    assert!(mermaid.contains("classDef dashed"), "{mermaid}");
    let dot = stdout(&run(folder.path(), &["graph", "-f", "dot"]));
    assert!(dot.contains("style=\"rounded,dashed\""), "{dot}");
}

#[test]
fn unknown_parts_are_drawn_as_unknown() {
    let template = "
Parameters:
  SubnetIds: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Targets: {Type: String}
Resources:
  Api:
    Type: AWS::ECS::Service
    Properties:
      LoadBalancers: [{TargetGroupArn: !Ref Targets, ContainerName: app, ContainerPort: 8080}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: !Ref SubnetIds}}
";
    let picture = graph(template, &[]);
    let place = group(&picture, node(&picture, "Api"));
    assert_eq!(place["label"], "subnets from parameter `SubnetIds`");
    assert_eq!(place["class"], "routes not known");
    let balancer = node(&picture, "load balancer from parameter `Targets`");
    assert_eq!(balancer["kind"], "unknown");
    assert_eq!(picture["edges"][0]["from"], balancer["id"]);
}

#[test]
fn findings_have_numbers_on_the_parts_and_a_list() {
    let open = drawn("article", &["-f", "json", "--findings"]);
    let picture: Value = serde_json::from_str(&open).unwrap();
    let numbers = |value: &Value| value["findings"].as_array().unwrap().len();
    assert!(numbers(node(&picture, "MyService")) > 0);
    assert!(picture["findings"].as_array().unwrap().len() > 2);
    let quiet: Value = serde_json::from_str(&drawn("article", &["-f", "json"])).unwrap();
    assert_eq!(numbers(&quiet), 0);
    let text = drawn("article", &["-f", "ascii", "--findings"]);
    assert!(text.contains("⚠ 1"), "{text}");
    let some = drawn(
        "article",
        &["-f", "ascii", "--findings", "--select", "task-public-ip"],
    );
    assert!(
        some.contains("⚠ 1 error[task-public-ip]") && !some.contains("⚠ 2"),
        "{some}"
    );
}

#[test]
fn no_text_of_a_template_steers_a_terminal_or_leaves_its_quotes() {
    let template = "
Resources:
  Api:
    Type: AWS::ECS::Service
    Properties:
      Cluster: \"x\\\"]; end %%{init: {}}%% <b>\\u001b[31m\\u202e`y`\"
      TaskDefinition: !Ref Task
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{Name: \"a\\\"] --> b\", Image: \"</script>\\\\\"}]
";
    let folder = folder(&[("template.yaml", template)]);
    for format in FORMATS {
        let output = run(folder.path(), &["graph", "-f", format]);
        assert_eq!(code(&output), 0, "{format}: {}", stderr(&output));
        assert!(!output.stdout.contains(&ESCAPE), "{format}");
        assert!(!stdout(&output).contains('\u{202e}'), "{format}");
    }
    let mermaid = stdout(&run(folder.path(), &["graph", "-f", "mermaid"]));
    assert!(
        !mermaid.contains("%%") && !mermaid.contains("</script>"),
        "{mermaid}"
    );
}

#[test]
fn secrets_are_in_no_picture() {
    let template = "
Parameters: {Password: {Type: String, NoEcho: true, Default: hunter2hunter2}}
Conditions: {Set: !Equals [!Ref Password, hunter2hunter2]}
Resources:
  Queue: {Type: AWS::SQS::Queue, Condition: Set}
";
    let folder = folder(&[("template.yaml", template)]);
    for view in VIEWS {
        for format in FORMATS {
            let output = run(folder.path(), &["graph", "-f", format, "--view", view]);
            assert!(!stdout(&output).contains("hunter2"), "{view} {format}");
        }
    }
}

/// A template with many services that are alike, and the stores of each.
fn large(services: usize) -> String {
    let mut text = format!("Resources:{NETWORK}");
    for index in 0..services {
        text.push_str(
            &TASK
                .replace("Task:", &format!("Task{index}:"))
                .replace("Queue:", &format!("Queue{index}:"))
                .replace("Ref Queue", &format!("Ref Queue{index}"))
                .replace("Table:", &format!("Table{index}:"))
                .replace("Ref Table", &format!("Ref Table{index}"))
                .replace("Unrelated:", &format!("Unrelated{index}:")),
        );
        text.push_str(
            &service(&format!("Service{index}"), "").replace("Ref Task", &format!("Ref Task{index}")),
        );
    }
    text
}

#[test]
fn five_hundred_resources_fold_to_a_picture_that_can_be_read() {
    let picture = graph(&large(100), &[]);
    let nodes = picture["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 4, "{picture:#}");
    assert_eq!(nodes[0]["noun"], "100 × service");
    assert_eq!(nodes[0]["members"].as_array().unwrap().len(), 100);
    assert_eq!(picture["edges"][0]["count"], 100);
}

#[test]
fn what_cannot_be_drawn_is_said_and_the_exit_code_is_that_of_check() {
    let folder = folder(&[("broken.yaml", BROKEN), ("good.yaml", super::GOOD)]);
    let output = run(folder.path(), &["graph", "missing.yaml"]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("missing.yaml"));
    let output = run(folder.path(), &["graph", "-f", "mermaid"]);
    assert_eq!(code(&output), 3, "the others are drawn");
    assert!(stdout(&output).contains("SNS topic"), "{}", stdout(&output));
    assert_eq!(
        code(&run(folder.path(), &["graph", "--view", "nothing", "good.yaml"])),
        2
    );
    let output = run(folder.path(), &["graph", "-p", "Nothing=1", "good.yaml"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
}

#[test]
fn a_picture_goes_to_a_file_and_a_pipe_gets_mermaid() {
    let folder = folder(&[("good.yaml", super::GOOD)]);
    let output = run(folder.path(), &["graph", "-o", "picture.mmd"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""));
    let written = fs::read_to_string(folder.path().join("picture.mmd")).unwrap();
    assert_eq!(stdout(&run(folder.path(), &["graph"])), written);
    assert!(written.contains("flowchart"), "{written}");
}

#[test]
fn the_markdown_report_has_the_picture_folded() {
    let folder = folder(&[("service.yaml", super::PUBLIC)]);
    let page = stdout(&run(folder.path(), &["check", "-f", "markdown"]));
    assert!(
        page.contains("<summary>architecture</summary>\n\n```mermaid\n---\n"),
        "{page}"
    );
    assert!(page.contains("⚠ 1"), "{page}");
    let plain = stdout(&run(folder.path(), &["check"]));
    assert!(!plain.contains("mermaid"), "{plain}");
}

#[test]
fn a_service_is_a_service_whichever_role_it_has() {
    let roles = "
  ServiceRole:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs.amazonaws.com}, Action: sts:AssumeRole}]}}
";
    let service = service("Api", "").replace("LaunchType: FARGATE", "Role: !GetAtt ServiceRole.Arn");
    let picture = graph(
        &format!("Resources:{NETWORK}{TASK}{roles}{service}"),
        &["--view", "iam"],
    );
    assert_eq!(edges(&picture), ["Api -> ServiceRole: service role"]);
    assert_eq!(node(&picture, "Api")["kind"], "service");
    assert_eq!(node(&picture, "Api")["noun"], "service");
}

/// A repository with a service that production makes public, and gives a queue.
fn environments(more: &str) -> tempfile::TempDir {
    let template = format!(
        "Parameters: {{Stage: {{Type: String, Default: dev}}}}\nConditions: {{Prod: !Equals [!Ref Stage, prod]}}\nResources:{NETWORK}{TASK}{}",
        service("Api", "").replace(
            "          Subnets",
            "          AssignPublicIp: !If [Prod, ENABLED, DISABLED]\n          Subnets"
        )
    );
    let template = template.replace(
        "  Queue: {Type: AWS::SQS::Queue}",
        "  Queue: {Type: AWS::SQS::Queue, Condition: Prod}",
    );
    let config = format!(
        "version: 1\nenvironments:\n  staging: {{params: staging.env}}\n  prod: {{params: prod.env}}\n{more}"
    );
    folder(&[
        ("template.yaml", &template),
        ("staging.env", "Stage=staging\n"),
        ("prod.env", "Stage=prod\n"),
        (".ecslint.yaml", &config),
        (".git/HEAD", ""),
    ])
}

#[test]
fn of_several_environments_one_is_drawn_and_said() {
    let folder = environments("");
    let draw = |arguments: &[&str]| {
        let all = [&["graph", "template.yaml", "-f", "json"], arguments].concat();
        let output = run(folder.path(), &all);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let picture: Value = serde_json::from_slice(&output.stdout).unwrap();
        let nodes = picture["nodes"].as_array().unwrap();
        let has_queue = nodes.iter().any(|node| node["label"] == "Queue");
        (
            picture["environment"].as_str().map(str::to_owned),
            has_queue,
            stderr(&output),
        )
    };
    let several = "note: drawn as in environment `staging`; `--env prod` draws the other one\n";
    assert_eq!(
        draw(&["--env", "all"]),
        (Some("staging".to_owned()), false, several.to_owned())
    );
    assert_eq!(
        draw(&["--env", "prod"]),
        (Some("prod".to_owned()), true, String::new())
    );
    let none = "note: drawn as outside of environments; `--env NAME` draws one of: staging, prod\n";
    assert_eq!(draw(&[]), (None, true, none.to_owned()), "the queue may be there");
    assert_eq!(draw(&["-qq", "-o", "/dev/stdout"]).2, "");
}

#[test]
fn an_environment_without_any_of_the_templates_is_not_what_is_drawn() {
    let folder = environments(
        "entrypoints:\n  - {template: other.yaml, environments: [staging]}\n  - {template: template.yaml, environments: [prod]}\n",
    );
    fs::write(folder.path().join("other.yaml"), super::GOOD).unwrap();
    let output = run(folder.path(), &["graph", "template.yaml", "-f", "json"]);
    let picture: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(picture["environment"], "prod", "{}", stderr(&output));
    assert!(!picture["nodes"].as_array().unwrap().is_empty());
}

#[test]
fn a_finding_of_another_environment_is_listed_and_not_drawn() {
    let folder = environments("");
    let all = [
        "graph",
        "-f",
        "json",
        "--findings",
        "--select",
        "task-public-ip",
        "template.yaml",
    ];
    for (environment, is_drawn) in [("all", false), ("prod", true)] {
        let output = run(folder.path(), &[&all[..], &["--env", environment]].concat());
        let picture: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(picture["findings"][0]["drawn"], is_drawn, "{}", stderr(&output));
    }
}

#[test]
fn reports_say_which_environment_their_picture_shows() {
    let folder = environments("");
    let report = |format| {
        stdout(&run(
            folder.path(),
            &["check", "template.yaml", "--env", "all", "-f", format],
        ))
    };
    let markdown = report("markdown");
    assert!(
        markdown.contains("<summary>architecture in environment staging</summary>"),
        "{markdown}"
    );
    assert!(
        markdown.contains("- drawn as in environment <code>staging</code>"),
        "{markdown}"
    );
    let page = report("html");
    assert!(page.contains("<h2 id=\"picture\">Architecture in environment staging</h2>"));
    assert!(page.contains("<span class=\"env\">env prod</span>"));
    assert!(page.contains("<select id=\"by-environment\" name=\"environment\">"));
    let alone = stdout(&run(
        folder.path(),
        &["check", "template.yaml", "--env", "prod", "-f", "html"],
    ));
    assert!(alone.contains("Architecture in environment prod"));
    assert!(
        !alone.contains("by-environment"),
        "there is nothing to choose between"
    );
}

/// Services that share stores of six kinds, no two of them stores of the same kinds, and one that uses none.
fn thicket() -> String {
    let kinds = [
        ("Queue", "AWS::SQS::Queue"),
        ("Topic", "AWS::SNS::Topic"),
        ("Table", "AWS::DynamoDB::Table"),
        ("Bucket", "AWS::S3::Bucket"),
        ("Stream", "AWS::Kinesis::Stream"),
        ("Files", "AWS::EFS::FileSystem"),
    ];
    let mut text = format!("Resources:{NETWORK}");
    for (name, type_name) in kinds {
        for index in 0..8 {
            text.push_str(&format!("  {name}{index}: {{Type: {type_name}}}\n"));
        }
    }
    for index in 0..64 {
        let used = kinds.iter().enumerate().filter(|(bit, _)| index >> bit & 1 == 1);
        let uses: Vec<String> = used
            .map(|(bit, (name, _))| {
                format!(
                    "{{Name: {name}, Value: !Ref {name}{}}}",
                    (index + index / 8 + bit) % 8
                )
            })
            .collect();
        text.push_str(&format!(
            "  Task{index}:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {{ContainerDefinitions: [{{Name: app, Image: nginx, Environment: [{}]}}]}}\n",
            uses.join(", ")
        ));
        text.push_str(
            &service(&format!("Service{index}"), "").replace("Ref Task", &format!("Ref Task{index}")),
        );
    }
    text
}

#[test]
fn a_thicket_is_drawn_by_kinds_and_says_so() {
    let picture = graph(&thicket(), &[]);
    let nodes = picture["nodes"].as_array().unwrap().iter();
    let nouns: Vec<&str> = nodes.filter_map(|node| node["noun"].as_str()).collect();
    assert_eq!(nouns.len(), 8, "{nouns:?}");
    assert_eq!(
        nouns[..2],
        ["service", "63 × service"],
        "what uses nothing is no part of them"
    );
    assert!(
        nouns[2..].iter().all(|noun| noun.starts_with("8 × ")),
        "{nouns:?}"
    );
    let lines = picture["edges"].as_array().unwrap();
    let counts: Vec<u64> = lines.iter().filter_map(|line| line["count"].as_u64()).collect();
    assert_eq!(counts, [32; 6]);
    let notes = picture["notes"].to_string();
    assert!(notes.contains("`--view deps` shows every reference"), "{notes}");
    assert!(notes.contains("Service63"), "every name is told");
    let every = graph(&thicket(), &["--view", "deps"]);
    let lines = every["edges"].as_array().unwrap().iter();
    let to_stores = lines.filter(|line| line["labels"][0] == "Ref");
    assert!(to_stores.filter_map(|line| line["count"].as_u64()).sum::<u64>() > 6 * 32);
    assert!(!every["notes"].to_string().contains("is not told here"));
}
