//! Files that change, shrink, grow or go while a run reads them: by way of a file system that gives something else every time.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ecslint::files::{Disk, Files};
use ecslint::lint::{Linter, Report};
use ecslint::report::{Format, Options, write};

const PUBLIC: &str = "Resources:\n  Service:\n    Type: AWS::ECS::Service\n    Properties:\n      LaunchType: FARGATE\n      \
                      NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: ENABLED, Subnets: [subnet-0a]}}\n";

const PARENT: &str = "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n";

/// The disk, but that some files have other bytes at every reading; after the last ones they are gone.
struct Changing {
    bytes: BTreeMap<PathBuf, Vec<Vec<u8>>>,
    /// How often each file was read.
    read: Mutex<BTreeMap<PathBuf, usize>>,
}

impl Files for Changing {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut read = self.read.lock().unwrap();
        let count = read.entry(path.to_path_buf()).or_default();
        *count += 1;
        match self.bytes.get(path) {
            Some(bytes) => bytes
                .get(*count - 1)
                .cloned()
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            None => Disk.read(path, limit),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        Disk.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        Disk.is_dir(path)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        Disk.canonical(path)
    }
}

/// What is said of a folder of these files, of which some give other bytes at every reading.
fn checked(files: &[(&str, &str)], changing: &[(&str, &[&str])]) -> (Report, BTreeMap<String, usize>) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in files {
        std::fs::write(root.join(name), text).unwrap();
    }
    let bytes = changing.iter().map(|(name, texts)| {
        let texts = texts.iter().map(|text| text.as_bytes().to_vec());
        (root.join(name), texts.collect())
    });
    let disk = Changing {
        bytes: bytes.collect(),
        read: Mutex::default(),
    };
    let linter = Linter {
        rules: ecslint::rules::RULES.to_vec(),
        ..Linter::new(&disk, root.clone(), vec![root.clone()])
    };
    let report = linter.run().unwrap();
    assert!(report.crashes.is_empty(), "{:?}", report.crashes);
    let read = disk.read.into_inner().unwrap().into_iter();
    let name = |path: PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    let read = read.map(|(path, count)| (name(path), count)).collect();
    (report, read)
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|it| &*it.rule).collect()
}

#[test]
fn a_file_that_goes_before_it_is_read_is_named_and_the_others_are_checked() {
    let (report, _) = checked(
        &[("gone.yaml", PUBLIC), ("public.yaml", PUBLIC)],
        &[("gone.yaml", &[])],
    );
    let errors: Vec<String> = report
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.path, error.message))
        .collect();
    assert_eq!(errors, ["gone.yaml: no such file or folder"]);
    assert!(rules(&report).contains(&"task-public-ip"));
}

#[test]
fn a_nested_template_that_goes_before_it_is_read_is_told_at_its_parent() {
    let (report, _) = checked(
        &[("parent.yaml", PARENT), ("child.yaml", PUBLIC)],
        &[("child.yaml", &[])],
    );
    let said: Vec<&str> = report.errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(said, ["no such file or folder"]);
    assert!(!rules(&report).contains(&"task-public-ip"));
}

#[test]
fn every_file_is_read_once_so_that_a_report_is_of_one_text() {
    let longer = format!("# a comment\n{}", PUBLIC.replace("ENABLED", "DISABLED"));
    let shorter = "Resources:\n";
    for later in [longer.as_str(), shorter, ""] {
        let (report, read) = checked(
            &[("parent.yaml", PARENT), ("child.yaml", PUBLIC)],
            &[("child.yaml", &[PUBLIC, later])],
        );
        assert!(read.values().all(|count| *count == 1), "{read:?}");
        assert_eq!(read["child.yaml"], 1);
        assert!(rules(&report).contains(&"task-public-ip"));
        let mut out = Vec::new();
        write(Format::Full, &report, &Options::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("AssignPublicIp: ENABLED"), "{text}");
    }
}

#[test]
fn a_file_that_grows_beyond_the_limit_while_it_is_read_is_too_large() {
    let grown = format!("{PUBLIC}{}", "#".repeat(17 << 20));
    let (report, _) = checked(
        &[("a.yaml", PUBLIC), ("b.yaml", PUBLIC)],
        &[("a.yaml", &[&grown])],
    );
    let said: Vec<&str> = report.errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(
        said,
        ["larger than 16 MiB (16777216 bytes), the most that is read"]
    );
    assert!(rules(&report).contains(&"task-public-ip"));
}
