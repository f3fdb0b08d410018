//! A configuration with what it extends, and `--set` arguments: mistakes lie in it, and what `config show` prints can be read
//! again and says the same.

#![no_main]

use std::path::Path;

use ecslint::config::{Config, Draft, Mistakes, Request};
use ecslint::rules::RULES;
use ecslint_fuzz::{FOLDER, Memory, assert_problem};
use libfuzzer_sys::fuzz_target;

/// The configuration of the run.
const FILE: &str = ".ecslint.yaml";

/// The part whose lines are arguments of `--set`.
const SET: &str = "--set";

fuzz_target!(|data: &[u8]| {
    let files = Memory::of(data, FILE);
    let set = files.text(SET).unwrap_or_default();
    let set: Vec<String> = set.lines().map(str::to_owned).collect();
    match read(&files, &set) {
        Ok(config) => {
            config.show(true);
            config.layers();
            assert_shown(&config);
        }
        Err(mistakes) => {
            assert!(!mistakes.errors.is_empty(), "refused for no reason");
            for error in &mistakes.errors {
                if let Some(problem) = &error.problem {
                    assert_problem(&mistakes.sources, problem);
                }
            }
        }
    }
});

fn read(files: &Memory, set: &[String]) -> Result<Config, Mistakes> {
    let draft = Draft::read(&Request {
        files,
        cwd: Path::new(FOLDER),
        file: None,
        isolated: false,
        set,
        variables: &|_| None,
    });
    draft.custom_rules();
    draft.finish(&RULES)
}

/// A configuration whose page is a configuration that has the same page.
fn assert_shown(config: &Config) {
    let page = config.show(false);
    let mut files = Memory::default();
    files
        .files
        .insert(Path::new(FOLDER).join(FILE), page.clone().into_bytes());
    match read(&files, &[]) {
        Ok(again) => assert_eq!(again.show(false), page),
        Err(mistakes) => panic!("{page}\n{:?}", mistakes.errors),
    }
}
