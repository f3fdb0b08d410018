//! The layers of the library: a module uses what is below it, and nothing beside or above.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules from the lowest to the highest; those of one line do not know each other, except that a later one
/// may use an earlier one.
const LAYERS: &[&[&str]] = &[
    &["source", "diag", "files"],
    &["yaml"],
    &["cfn"],
    &["project"],
    &["eval"],
    &["link"],
    &["aws"],
    &["facts"],
    &["diagram"],
    &["rule", "rules"],
    &["lint"],
    &["report"],
    &["config"],
    &["cli"],
];

/// What only some modules may touch: the world outside of the process.
const OUTSIDE: &[(&str, &[&str])] = &[
    // `project` lists folders, which `Files` does not.
    ("std::fs::", &["files", "project", "cli"]),
    ("std::env", &["cli"]),
    ("std::process", &["cli"]),
    ("Instant::now", &["cli"]),
    ("Timestamp::now", &["cli"]),
    ("Zoned::now", &[]),
    ("SystemTime", &[]),
    ("TcpStream", &[]),
    ("UdpSocket", &[]),
];

fn rank(module: &str) -> Option<usize> {
    LAYERS
        .iter()
        .flat_map(|layer| layer.iter())
        .position(|name| *name == module)
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The code of a file that is part of the library: without comments, and without the tests at its end.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines();
    lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The top-level modules that code names as `crate::module` or `crate::{module, module}`.
fn uses(code: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = |text: &'_ str| -> usize { text.find(|c| !is_name(c)).unwrap_or(text.len()) };
    let mut out = Vec::new();
    for (at, mark) in code.match_indices("crate::") {
        if code[..at].ends_with(is_name) {
            continue;
        }
        let rest = &code[at + mark.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, character) in group.char_indices() {
                match character {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && is_name(c) => {
                        out.push(&group[at..at + name(&group[at..])]);
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            out.push(&rest[..name(rest)]);
        }
    }
    out
}

/// The top-level module of a file.
fn module(path: &Path) -> String {
    let first = path.components().next().unwrap();
    Path::new(&first)
        .with_extension("")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn no_module_uses_one_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    let mut wrong = Vec::new();
    for path in &all {
        let relative = path.strip_prefix(&src).unwrap();
        let name = relative.file_stem().unwrap().to_string_lossy();
        let shown = relative.display();
        let own = module(relative);
        if own == "lib" || own == "main" || name == "tests" || name.ends_with("_tests") {
            continue;
        }
        let Some(own_rank) = rank(&own) else {
            wrong.push(format!("{shown}: the module `{own}` has no layer"));
            continue;
        };
        let code = code(&fs::read_to_string(path).unwrap());
        for used in uses(&code) {
            match rank(used) {
                Some(rank) if rank <= own_rank => {}
                Some(_) => wrong.push(format!("{shown}: `{own}` uses `{used}`, which is above it")),
                None => wrong.push(format!("{shown}: `{used}` has no layer")),
            }
        }
        for (what, allowed) in OUTSIDE {
            if code.contains(what) && !allowed.contains(&own.as_str()) {
                wrong.push(format!(
                    "{shown}: `{own}` uses `{what}`, which only {allowed:?} may"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(all.len() > 50, "the walk found {} files", all.len());
}

#[test]
fn uses_are_found_in_every_form() {
    let code = "use crate::a::B;\nuse crate::{c, d::{e, f}, g};\nlet x = crate::h::y(); x::mycrate::no;";
    assert_eq!(uses(code), ["a", "c", "d", "g", "h"]);
}

#[test]
fn the_diagram_for_contributors_shows_these_layers() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap();
    let diagram = text
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let shown: Vec<Vec<&str>> = diagram
        .lines()
        .map(|line| {
            let names = line.get(4..30).unwrap_or(line.get(4..).unwrap_or(""));
            names.split_whitespace().collect()
        })
        .rev()
        .collect();
    let layers: Vec<Vec<&str>> = LAYERS.iter().map(|layer| layer.to_vec()).collect();
    assert_eq!(shown, layers);
}
