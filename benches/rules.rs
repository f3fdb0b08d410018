//! The time of every rule over a folder of templates, facts given: `cargo bench --bench rules`.
//!
//! `ECSLINT_BENCH` names the folder; without it the shared corpus is used where it is there, else the fixtures.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has failed")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::Bencher;
use ecslint::facts::Facts;
use ecslint::files::Disk;
use ecslint::lint::{Linter, Loaded};
use ecslint::rule::{Context, RuleSettings};
use ecslint::rules::{self, RULES};

fn main() {
    divan::main();
}

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../shared/corpus/open");
    match std::env::var_os("ECSLINT_BENCH") {
        Some(folder) => PathBuf::from(folder),
        None if corpus.is_dir() => corpus,
        None => root.join("fixtures"),
    }
}

fn load() -> Loaded {
    let linter = Linter {
        rules: RULES.clone(),
        ..Linter::new(&Disk, folder(), vec![PathBuf::from(".")])
    };
    linter.load().expect("no patterns here")
}

static LOADED: LazyLock<Loaded> = LazyLock::new(load);
static FACTS: LazyLock<Facts<'static>> = LazyLock::new(|| Facts::build(&LOADED.project));

/// Reading, parsing and linking.
#[divan::bench]
fn loading(bencher: Bencher) {
    bencher.bench(load);
}

/// Deriving the facts that rules read.
#[divan::bench]
fn facts(bencher: Bencher) {
    let project = &LOADED.project;
    bencher.bench(|| Facts::build(project));
}

/// One rule.
#[divan::bench(args = RULES.iter().map(|rule| rule.name))]
fn rule(bencher: Bencher, name: &str) {
    let facts = &*FACTS;
    let rule = rules::find(name).expect("a name of the table");
    let settings = RuleSettings::default();
    bencher.bench(|| {
        let mut context = Context::new(facts, rule, &settings);
        rule.check.run(&mut context);
        context.finish()
    });
}
