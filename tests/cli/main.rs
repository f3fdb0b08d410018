//! The command as scripts and people meet it: the real binary in folders of its own, with an empty environment.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod acceptance;
mod add_ignore;
mod agreement;
mod baseline;
mod changed;
mod completions;
mod configuration;
mod context;
mod environments;
mod exits;
mod formats;
mod graph;
mod hostile;
mod hostile_files;
mod hostile_names;
mod html;
mod init;
mod inputs;
mod order;
mod output;
mod own_rules;
mod pages;
mod pictures;
mod round_trips;
mod sarif;
mod scale;
mod suppressions;
mod targets;
mod terminal;
mod unreadable;
mod url_map;
mod values;

#[path = "../rewrite/json.rs"]
mod json;

#[path = "../json_schema/mod.rs"]
mod json_schema;

use std::fs;
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
          SecurityGroups: [sg-0a]
";

/// Nothing any rule could object to.
const GOOD: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

/// Not YAML; the mistake is in line 3.
const BROKEN: &str = "Resources:\n  Service:\n    Type: [\n";

/// What begins every code that steers a terminal.
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
