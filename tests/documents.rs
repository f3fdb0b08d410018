//! The document layer on real, hostile and random texts.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the functions here are parts of tests"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ecslint::diag::Problem;
use ecslint::source::{FileId, Span};
use ecslint::yaml::{Document, Kind, MAX_DEPTH, Node, parse, parse_embedded};
use proptest::prelude::*;

const FILE: FileId = FileId(0);

fn slice(text: &str, span: Span) -> Result<&str, String> {
    text.get(span.start as usize..span.end as usize)
        .ok_or_else(|| format!("{span:?} is no range of the text"))
}

/// Every span is a range of the text on character boundaries; without aliases, children lie within their parents.
fn check(document: &Document, text: &str) -> Result<(), String> {
    let aliases = text.contains('*');
    check_node(&document.root, text, aliases)?;
    for comment in &document.comments {
        if !slice(text, comment.span)?.starts_with('#') {
            return Err(format!("{comment:?} is no comment"));
        }
    }
    for problem in &document.problems {
        check_problem(problem, text)?;
    }
    Ok(())
}

fn check_problem(problem: &Problem, text: &str) -> Result<(), String> {
    slice(text, problem.span)?;
    problem
        .labels
        .iter()
        .try_for_each(|label| slice(text, label.span).map(drop))?;
    let first = problem.message.chars().next();
    if first.is_none_or(char::is_uppercase) || problem.message.ends_with('.') {
        return Err(format!("{:?} is no sentence of ours", problem.message));
    }
    Ok(())
}

fn check_node(node: &Node, text: &str, aliases: bool) -> Result<(), String> {
    slice(text, node.span)?;
    if let Kind::Mapping(entries) = &node.kind {
        for entry in entries {
            slice(text, entry.key_span)?;
            if !aliases && !node.span.contains(entry.key_span) {
                return Err(format!("the key {} lies outside {:?}", entry.key, node.span));
            }
        }
    }
    for child in node.children() {
        if !aliases && !node.span.contains(child.span) {
            return Err(format!("{child:?} lies outside {node:?}"));
        }
        check_node(child, text, aliases)?;
    }
    Ok(())
}

/// Counts the plain one-line scalars whose source text is their text, and names the first that differs.
fn check_plain(node: &Node, text: &str, count: &mut usize) -> Result<(), String> {
    if let Some(value) = node.as_text() {
        let source = slice(text, node.span)?;
        let plain = !source.starts_with(['"', '\'', '|', '>', '!']) && !source.contains(['\n', '\r']);
        if plain && node.describe() != "a boolean" {
            *count += 1;
            if **value != *source {
                return Err(format!("{value:?} stands at {source:?}"));
            }
        }
    }
    node.children()
        .try_for_each(|child| check_plain(child, text, count))
}

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            templates(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| ["yaml", "yml", "json", "template"].iter().any(|e| end == *e))
        {
            found.push(path);
        }
    }
}

/// Opens every text that looks like a JSON object; returns how many there are.
fn check_embedded(node: &Node, text: &str) -> Result<usize, String> {
    let mut count = 0;
    if node
        .as_text()
        .is_some_and(|text| text.trim_start().starts_with('{'))
    {
        match parse_embedded(node, text) {
            Ok(tree) => {
                check_node(&tree, text, text.contains('*'))?;
                count += 1;
            }
            Err(problem) => check_problem(&problem, text)?,
        }
    }
    for child in node.children() {
        count += check_embedded(child, text)?;
    }
    Ok(count)
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that had nothing to read must say so")]
fn real_templates_are_read_with_exact_spans() {
    let folder = std::env::var_os("ECSLINT_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/open"),
        PathBuf::from,
    );
    let mut files = Vec::new();
    templates(&folder, &mut files);
    if files.is_empty() {
        println!("skipped: no corpus");
        return;
    }
    let (mut plain, mut embedded) = (0, 0);
    for path in &files {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        let name = path.display();
        let document = parse(FILE, &text).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        check(&document, &text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        check_plain(&document.root, &text, &mut plain).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        embedded += check_embedded(&document.root, &text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    println!(
        "{} files, {plain} plain scalars, {embedded} JSON texts",
        files.len()
    );
    assert!(plain > 0);
}

/// How long a text may take before it counts as one that never ends, on a loaded machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

fn refused_soon(text: &str) -> Problem {
    let start = Instant::now();
    let problem = parse(FILE, text)
        .map(|document| document.problems)
        .expect_err("a limit is passed");
    assert!(
        start.elapsed() < PATIENCE,
        "{} took {:?}",
        problem.message,
        start.elapsed()
    );
    check_problem(&problem, text).unwrap();
    problem
}

#[test]
fn deep_nesting_is_refused_before_it_costs() {
    let tags = "!A [".repeat(100_000);
    let stairs: String = (0..3_000)
        .map(|depth| format!("{}k:\n", " ".repeat(depth)))
        .collect();
    for text in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        tags,
        stairs,
        "? ".repeat(100_000),
    ] {
        let problem = refused_soon(&text);
        let expected = [
            "this is nested deeper than 128 levels",
            "a key is text, not a list or a mapping",
        ];
        assert!(expected.contains(&problem.message.as_str()), "{problem:?}");
    }
    let fits = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert!(parse(FILE, &fits).is_ok());
    assert_eq!(refused_soon(&format!("[{fits}]")).span, Span::new(FILE, 128, 129));
    let mixed = format!("{}{}{}", "- ".repeat(100), "[".repeat(100), "]".repeat(100));
    assert_eq!(
        refused_soon(&mixed).message,
        "this is nested deeper than 128 levels"
    );
}

#[test]
fn aliases_that_grow_without_bound_are_refused() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let copies = vec![format!("*a{}", n - 1); 9].join(", ");
        laughs += &format!("a{n}: &a{n} [{copies}]\n");
    }
    assert_eq!(
        refused_soon(&laughs).message,
        "anchors and aliases copy more than 100000 values"
    );
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for n in 1..2_000 {
        chain += &format!("a{n}: &a{n} [*a{}]\n", n - 1);
    }
    assert_eq!(
        refused_soon(&chain).message,
        "this is nested deeper than 128 levels"
    );
    let merges: String = (1..40)
        .map(|n| format!("a{n}: &a{n} {{<<: [*a{0}, *a{0}]}}\n", n - 1))
        .collect();
    assert!(parse(FILE, &format!("a0: &a0 {{k: v}}\n{merges}")).is_ok());
}

#[test]
fn long_lines_and_many_values_cost_no_more_than_their_length() {
    let start = Instant::now();
    let line = format!("a: {}\n", "x ".repeat(1 << 19));
    assert!(parse(FILE, &line).is_ok());
    let json = format!("{{\"a\": \"{}\"}}", "\\\"".repeat(1 << 19));
    assert!(parse(FILE, &json).is_ok());
    assert!(parse(FILE, &format!("a: {}", "#".repeat(1 << 20))).is_ok_and(|d| d.root.get("a").is_some()));
    assert!(parse(FILE, &"# c\n".repeat(20_000)).is_err());
    assert!(parse(FILE, &format!("{}a: 1\n", "# c\n".repeat(20_000))).is_ok());
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert_eq!(
        refused_soon(&"x".repeat((16 << 20) + 1)).message,
        "the file is larger than 16777216 bytes"
    );
}

const SEEDS: &[&str] = &[
    "# top\nAWSTemplateFormatVersion: 2010-09-09\nResources:\n  Svc: # c\n    Type: AWS::ECS::Service\n    Properties:\n      \
     Cluster: !Ref Cluster\n      Tags: [{Key: a, Value: !Sub '${A}-b'}]\n      List:\n      - !GetAtt A.B.C\n      -\n      - |-\n        \
     text\n         more\n\n  Ünï: {\"k\": \"\\ud83d\\ude00\", 한글: 😀}\n",
    "{\r\n\t\"a\": [1, 2.5, true, null, \"x\\\"y\"],\r\n\t\"b\": {\"Fn::GetAtt\": \"A.B\"},\r\n\"c\": {\"Ref\": \"X\"}\r\n}\r\n",
    "\u{feff}base: &b {x: 1, y: [a, b]}\nuse:\n  <<: *b\n  z: >+\n    folded\n    text\n\n? key\n: !!str 12\nlist:\n- - a\n  - b\n- 'it''s\n  long'\n",
    "a: |\n  {\"Statement\": [{\"Action\": \"s3:*\", \"Resource\": \"한글\"}]}\nb: \"{\\\"k\\\": 1}\"\nc: !If [X, '{\"x\": [2]}', !Ref AWS::NoValue]\n",
];
const SPLICES: &[&str] = &[
    "",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    ":",
    ": ",
    "- ",
    "? ",
    "#",
    " # ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "!",
    "!Ref ",
    "!!str ",
    "&a ",
    "*a",
    "<<: ",
    "|",
    ">",
    "|\n",
    "'",
    "\"",
    "\\",
    "\\u",
    "---\n",
    "...\n",
    "%",
    "@",
    "\u{feff}",
    "\0",
    "~",
    "😀",
    "\u{85}",
    "\u{2028}",
    "Fn::Sub: ",
    "Condition: ",
    "a: ",
    "  ",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_breaks_the_reader(
        seed in 0..SEEDS.len(),
        edits in prop::collection::vec((0.0..1.0f64, 0..12usize, 0..SPLICES.len()), 0..6),
    ) {
        let mut text = SEEDS[seed].to_owned();
        for (at, cut, splice) in edits {
            let boundary = |mut at: usize| {
                while !text.is_char_boundary(at) { at -= 1; }
                at
            };
            let start = boundary((at * text.len() as f64) as usize);
            let end = boundary((start + cut).min(text.len())).max(start);
            text.replace_range(start..end, SPLICES[splice]);
        }
        match parse(FILE, &text) {
            Ok(document) => {
                prop_assert_eq!(check(&document, &text), Ok(()), "{:?}", text);
                prop_assert!(check_embedded(&document.root, &text).is_ok(), "{:?}", text);
            }
            Err(problem) => prop_assert_eq!(check_problem(&problem, &text), Ok(()), "{:?}", text),
        }
    }
}
