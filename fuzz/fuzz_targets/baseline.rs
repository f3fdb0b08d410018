//! A baseline file and templates: it is read, written again as the same, and held against what a run finds.

#![no_main]

use ecslint::lint::baseline::Renewal;
use ecslint::lint::{Baseline, Linter, Policy, Terms};
use ecslint::project::discover::decode;
use ecslint::rule::Rule;
use ecslint::rules::{self, RULES};
use ecslint_fuzz::{FOLDER, Memory, TODAY, assert_sound, linter, on_one_thread};
use libfuzzer_sys::fuzz_target;

/// A template with findings of several kinds.
const TEMPLATE: &[u8] = include_bytes!("../findings.yaml");

/// Rules with findings in it, with and without what tells two of them at one place apart.
const FINDERS: [&str; 4] = [
    "task-public-ip",
    "wildcard-action",
    "wildcard-resource",
    "mutable-image-tag",
];

fuzz_target!(|data: &[u8]| {
    on_one_thread();
    let Ok(text) = decode(data.to_vec(), &"b.json".into()) else {
        return;
    };
    let baseline = match Baseline::parse("b.json", &text) {
        Ok(baseline) => baseline,
        Err(unusable) => {
            assert!(!unusable.to_string().is_empty() && !unusable.help().is_empty());
            return;
        }
    };
    assert_eq!(
        Baseline::parse("b.json", &baseline.text()).as_ref(),
        Ok(&baseline)
    );

    let mut files = Memory::default();
    let path = std::path::Path::new(FOLDER).join("findings.yaml");
    files.files.insert(path.clone(), TEMPLATE.to_vec());
    let rules: Vec<&'static Rule> = FINDERS.iter().filter_map(|name| rules::find(name)).collect();
    let count = baseline.entries.len();
    let linter = Linter {
        suppressions: Policy::Honoured(Box::new(Terms {
            baseline: Some(baseline.clone()),
            ..Terms::new(TODAY, RULES.clone())
        })),
        ..linter(&files, vec![path], rules)
    };
    let Ok(report) = linter.run() else { return };
    assert_sound(&report);
    // An entry is met by one finding, or is gone, or was not looked for.
    assert_eq!(
        report.baselined.len() + report.stale.len() + report.unjudged.len(),
        count
    );
    for is_gone in [true, false] {
        let pruned = Renewal::prune(&report, &baseline.shown, &|_| is_gone);
        assert_eq!(pruned.baseline.entries.len() + pruned.removed, count);
        Renewal::update(&report, &baseline.shown, TODAY, &|_| is_gone, &|_| true);
    }
});
