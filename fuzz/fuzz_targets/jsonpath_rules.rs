//! A rule file of a user: its mistakes lie in it, and a right one judges templates.
//!
//! A rule lives as long as its process, so this target's memory grows; see CONTRIBUTING.

#![no_main]

use std::path::Path;

use ecslint::project::discover::decode;
use ecslint::rule::declared;
use ecslint::source::{Source, Sources};
use ecslint_fuzz::{FOLDER, Memory, assert_problem, assert_sound, linter, on_one_thread};
use libfuzzer_sys::fuzz_target;

/// Templates with functions, conditions and parameters around what rules look at.
const TEMPLATES: [(&str, &[u8]); 3] = [
    ("vpc.yaml", include_bytes!("../../fixtures/platform/vpc.yaml")),
    (
        "security.yaml",
        include_bytes!("../../fixtures/platform/security.yaml"),
    ),
    (
        "service.yaml",
        include_bytes!("../../fixtures/platform/service.yaml"),
    ),
];

fuzz_target!(|data: &[u8]| {
    on_one_thread();
    let Ok(text) = decode(data.to_vec(), &"rule.yaml".into()) else {
        return;
    };
    let mut sources = Sources::default();
    let file = sources.add(Source::new("rule.yaml", text.as_str()));
    let rule = match declared::read(file, &text) {
        Ok(rule) => rule,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused for no reason");
            problems
                .iter()
                .for_each(|problem| assert_problem(&sources, problem));
            return;
        }
    };
    let mut files = Memory::default();
    for (name, text) in TEMPLATES {
        files.files.insert(Path::new(FOLDER).join(name), text.to_vec());
    }
    let inputs = files.files.keys().cloned().collect();
    let report = linter(&files, inputs, vec![rule])
        .run()
        .expect("no patterns here");
    assert_sound(&report);
});
