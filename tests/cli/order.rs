//! What does not matter: the order in which files are named or were written, and how many threads there are.

use std::fs;
use std::path::Path;

use super::{fixtures, run};

/// Formats that write all that is known.
const FORMATS: &[&str] = &["full", "json", "sarif"];

fn report(folder: &Path, format: &str, more: &[&str]) -> Vec<u8> {
    let mut all = vec!["check", "--profile", "all", "--show-undetermined", "-f", format];
    all.extend(more);
    let output = run(folder, &all);
    assert!(!output.stdout.is_empty());
    output.stdout
}

/// The templates below a folder, by their paths from there.
fn templates(folder: &Path, below: &str, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{below}/{name}");
        if entry.path().is_dir() {
            templates(folder, &path, out);
        } else if name.ends_with(".yaml") {
            out.push(path);
        }
    }
}

/// The templates of three deployments, sorted.
fn three_deployments() -> Vec<String> {
    let mut all = Vec::new();
    for name in ["import", "three-levels", "twice"] {
        templates(&fixtures("deployments"), name, &mut all);
    }
    all.sort();
    assert!(all.len() > 6, "{all:?}");
    all
}

#[test]
fn the_order_of_the_arguments_does_not_matter() {
    let folder = fixtures("deployments");
    let files = three_deployments();
    let of = |format: &str, files: &[String]| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        report(&folder, format, &files)
    };
    let mut reversed = files.clone();
    reversed.reverse();
    for format in FORMATS {
        assert!(of(format, &reversed) == of(format, &files), "{format}");
    }
    let first = of("json", &files);
    for turn in (1..files.len()).step_by(2) {
        let mut turned = files.clone();
        turned.rotate_left(turn);
        assert!(of("json", &turned) == first, "{turned:?}");
    }
    let twice = [files, reversed].concat();
    assert!(of("json", &twice) == first, "each file twice");
}

#[test]
fn the_order_in_which_a_folder_was_written_does_not_matter() {
    let files = three_deployments();
    let written = |files: &mut dyn Iterator<Item = &String>| {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(fixtures("deployments").join(file), path).unwrap();
        }
        report(folder.path(), "json", &["."])
    };
    assert!(written(&mut files.iter()) == written(&mut files.iter().rev()));
}

/// That one thread and four write the same in every format is to be seen in [`super::output`].
#[test]
fn one_thread_and_eight_write_the_same_bytes() {
    let folder = fixtures("deployments");
    let one = report(&folder, "json", &[".", "-j", "1"]);
    for jobs in 2..=8 {
        let many = report(&folder, "json", &[".", "-j", &jobs.to_string()]);
        assert!(one == many, "{jobs} threads");
    }
}
