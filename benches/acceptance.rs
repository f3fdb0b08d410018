//! The time of whole runs of the command, as people wait for it: `cargo bench --bench acceptance`.
//!
//! Wanted of a release build: one template within 50 ms, 57 within 250 ms, 26 nested stacks with 20 conditions within a second.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has failed")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use divan::Bencher;
use tempfile::TempDir;

fn main() {
    divan::main();
}

fn folder(files: &[(String, String)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file in it");
    }
    folder
}

fn check(folder: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_ecslint"))
        .args(["check", ".", "--exit-zero"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()
        .expect("the command starts");
    assert!(status.success());
}

/// The article's template.
fn article() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/article/template.yaml");
    fs::read_to_string(path).expect("the fixture")
}

#[divan::bench]
fn one_template(bencher: Bencher) {
    let folder = folder(&[("t.yaml".to_owned(), article())]);
    bencher.bench(|| check(folder.path()));
}

#[divan::bench]
fn fifty_seven_templates(bencher: Bencher) {
    let files: Vec<_> = (0..57)
        .map(|number| (format!("{number}.yaml"), article()))
        .collect();
    let folder = folder(&files);
    bencher.bench(|| check(folder.path()));
}

#[divan::bench]
fn twenty_six_nested_stacks_with_twenty_conditions(bencher: Bencher) {
    const CONDITIONS: usize = 20;
    let (mut parameters, mut conditions, mut passed, mut rules) = Default::default();
    // Writing to a text cannot fail.
    let line = |text: &mut String, new: String| writeln!(text, "{new}").expect("memory");
    for at in 0..CONDITIONS {
        line(
            &mut parameters,
            format!("  P{at}: {{Type: String, AllowedValues: ['on', 'off'], Default: 'off'}}"),
        );
        line(&mut conditions, format!("  C{at}: !Equals [!Ref P{at}, 'on']"));
        line(&mut passed, format!("        P{at}: !Ref P{at}"));
        line(
            &mut rules,
            format!(
                "        - {{IpProtocol: tcp, FromPort: {port}, ToPort: {port}, CidrIp: !If [C{at}, 0.0.0.0/0, 10.0.0.0/8]}}",
                port = 8000 + at
            ),
        );
    }
    let mut root = format!(
        "Parameters:\n{parameters}Resources:\n  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16}}}}\n"
    );
    for stack in 0..26 {
        line(
            &mut root,
            format!(
                "  Stack{stack}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n      \
                 Parameters:\n        Vpc: !Ref Vpc\n{passed}"
            ),
        );
    }
    let child = format!(
        "Parameters:\n  Vpc: {{Type: 'AWS::EC2::VPC::Id'}}\n{parameters}Conditions:\n{conditions}Resources:\n  Group:\n    \
         Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: tasks\n      VpcId: !Ref Vpc\n      \
         SecurityGroupIngress:\n{rules}  Service:\n    Type: AWS::ECS::Service\n    Properties:\n      TaskDefinition: api:1\n      \
         LaunchType: FARGATE\n      NetworkConfiguration:\n        AwsvpcConfiguration:\n          \
         AssignPublicIp: !If [C1, ENABLED, DISABLED]\n          Subnets: [subnet-0a]\n          SecurityGroups: [!Ref Group]\n"
    );
    let folder = folder(&[("root.yaml".to_owned(), root), ("child.yaml".to_owned(), child)]);
    bencher.bench(|| check(folder.path()));
}
