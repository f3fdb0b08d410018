//! Templates of the size and with the choices of real ones that have grown for years. Every combination of their
//! conditions is another deployment, too many to try; what is said must be right for each all the same. That a question
//! too hard to decide is given up visibly is to be seen in [`super::hostile`].

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{code, folder, run, stderr, stdout};

/// The concise report of some rules, in which nothing may be left open.
fn report(files: &[(&str, &str)], rules: &str) -> BTreeSet<String> {
    let folder = folder(files);
    let options = [
        "check",
        "--select",
        rules,
        "--show-undetermined",
        "--format",
        "concise",
    ];
    let output = run(folder.path(), &options);
    assert_eq!(stderr(&output), "");
    assert_eq!(code(&output), 1);
    let report = stdout(&output);
    assert!(!report.contains("undetermined["), "{report}");
    let findings = report.lines().filter(|line| line.contains('['));
    findings.map(str::to_owned).collect()
}

/// Parameters that are on or off, `declaration` behind each, and a condition for each.
fn switches(count: usize, declaration: &str) -> (String, String) {
    let (mut parameters, mut conditions) = (String::new(), String::new());
    for switch in 0..count {
        writeln!(
            parameters,
            "  P{switch}: {{Type: String, AllowedValues: ['on', 'off']{declaration}}}"
        )
        .unwrap();
        writeln!(conditions, "  C{switch}: !Equals [!Ref P{switch}, 'on']").unwrap();
    }
    (parameters, conditions)
}

/// When a finding holds, as the report writes it.
fn when(values: impl IntoIterator<Item = (usize, bool)>) -> String {
    let words = |(switch, on)| format!("P{switch} = {}", if on { "on" } else { "off" });
    let values: BTreeSet<String> = values.into_iter().map(words).collect();
    let values: Vec<String> = values.into_iter().collect();
    format!("[when {}]", values.join(" and "))
}

fn line_of(template: &str, text: &str) -> usize {
    template
        .lines()
        .position(|line| line.contains(text))
        .map_or(0, |index| index + 1)
}

#[test]
fn thirty_conditions_and_two_hundred_choices_are_told_apart() {
    const SWITCHES: usize = 30;
    const SERVICES: usize = 20;
    let (parameters, conditions) = switches(SWITCHES, ", Default: 'off'");
    let mut template = format!(
        "Parameters:\n{parameters}Conditions:\n{conditions}Resources:\n  \
         Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16}}}}\n"
    );
    // Which condition decides the n-th choice of a service.
    let switch = |service: usize, choice: usize| (service + 7 * choice) % SWITCHES;
    let port = |service: usize, rule: usize| 8000 + 10 * service + rule;
    for service in 0..SERVICES {
        let decides = |choice: usize| switch(service, choice);
        let mut rules = String::new();
        for rule in 0..5 {
            writeln!(
                rules,
                "        - {{IpProtocol: tcp, FromPort: {port}, ToPort: {port}, CidrIp: !If [C{}, 0.0.0.0/0, \
                 10.{rule}.0.0/24]}}",
                decides(rule),
                port = port(service, rule),
            )
            .unwrap();
        }
        write!(
            template,
            "  Group{service}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      \
             GroupDescription: tasks\n      VpcId: !Ref Vpc\n      SecurityGroupIngress:\n{rules}  \
             Service{service}:\n    Type: AWS::ECS::Service\n    Properties:\n      \
             TaskDefinition: !If [C{}, 'api:1', 'api:2']\n      LaunchType: FARGATE\n      \
             DesiredCount: !If [C{}, 1, 2]\n      NetworkConfiguration:\n        AwsvpcConfiguration:\n          \
             AssignPublicIp: !If [C{}, ENABLED, DISABLED]\n          \
             Subnets: [!If [C{}, subnet-0a, subnet-0b]]\n          \
             SecurityGroups: [!If [C{}, !Ref Group{service}, !Ref Group{}]]\n",
            decides(0),
            decides(1),
            decides(2),
            decides(3),
            decides(4),
            (service + 1) % SERVICES,
        )
        .unwrap();
    }
    assert_eq!(template.matches("!If").count(), 200);

    let mut expected = BTreeSet::new();
    for service in 0..SERVICES {
        let is_public = when([(switch(service, 2), true)]);
        expected.insert(format!("Service{service}` public-ip {is_public}"));
        let (own, next) = (service, (service + 1) % SERVICES);
        for (group, worn) in [(own, true), (next, false)] {
            for rule in 0..5 {
                let values = [(switch(service, 4), worn), (switch(group, rule), true)];
                let port = port(group, rule);
                expected.insert(format!("Service{service}` {port} {}", when(values)));
            }
        }
    }
    let found = report(&[("t.yaml", &template)], "task-public-ip,task-open-to-world");
    let found: BTreeSet<String> = found
        .iter()
        .map(|line| {
            let (_, named) = line.split_once("service `").unwrap();
            let (service, _) = named.split_once(' ').unwrap();
            let (_, when) = line.rsplit_once(" [").unwrap();
            let what = match named.split_once("TCP ") {
                Some((_, port)) => port.split(' ').next().unwrap(),
                None => "public-ip",
            };
            format!("{service} {what} [{when}")
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn twenty_six_stacks_of_one_template_with_twenty_conditions_each_keep_their_own_values() {
    const SWITCHES: usize = 20;
    const STACKS: usize = 26;
    let (parameters, _) = switches(SWITCHES, ", Default: 'off'");
    let mut root = format!(
        "Parameters:\n{parameters}Resources:\n  \
         Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16}}}}\n"
    );
    for stack in 0..STACKS {
        write!(
            root,
            "  Stack{stack}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n      \
             Parameters:\n        Vpc: !Ref Vpc\n"
        )
        .unwrap();
        for switch in 0..SWITCHES {
            writeln!(root, "        P{switch}: !Ref P{}", (stack + switch) % SWITCHES).unwrap();
        }
    }
    let (parameters, conditions) = switches(SWITCHES, "");
    let mut child = format!(
        "Parameters:\n  Vpc: {{Type: 'AWS::EC2::VPC::Id'}}\n{parameters}Conditions:\n{conditions}Resources:\n  \
         Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: tasks\n      \
         VpcId: !Ref Vpc\n      SecurityGroupIngress:\n"
    );
    for rule in 0..18 {
        writeln!(
            child,
            "        - {{IpProtocol: tcp, FromPort: {port}, ToPort: {port}, CidrIp: !If [C{rule}, 0.0.0.0/0, 10.0.{rule}.0/24]}}",
            port = 8000 + rule,
        )
        .unwrap();
    }
    child.push_str(
        "  Service:\n    Type: AWS::ECS::Service\n    Condition: C19\n    Properties:\n      TaskDefinition: api:1\n      \
         LaunchType: FARGATE\n      NetworkConfiguration:\n        AwsvpcConfiguration:\n          \
         AssignPublicIp: !If [C18, ENABLED, DISABLED]\n          Subnets: [subnet-0a]\n          \
         SecurityGroups: [!Ref Group]\n",
    );

    // Stacks with the same values are one finding: what stack 20 is given, stack 0 is given too.
    let mut expected = BTreeSet::new();
    for stack in 0..SWITCHES {
        let given = |switch: usize| ((stack + switch) % SWITCHES, true);
        for rule in 0..18 {
            let line = line_of(&child, &format!("FromPort: {},", 8000 + rule));
            expected.insert(format!("{line} {}", when([given(rule), given(19)])));
        }
        let line = line_of(&child, "AssignPublicIp");
        expected.insert(format!("{line} {}", when([given(18), given(19)])));
    }
    let found = report(
        &[("root.yaml", &root), ("child.yaml", &child)],
        "task-public-ip,task-open-to-world",
    );
    let found: BTreeSet<String> = found
        .iter()
        .map(|line| {
            let (_, place) = line.split_once("child.yaml:").unwrap();
            let (line_number, _) = place.split_once(':').unwrap();
            let (_, when) = line.rsplit_once(" [").unwrap();
            format!("{line_number} [{when}")
        })
        .collect();
    assert_eq!(found, expected);
}
