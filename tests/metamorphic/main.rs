//! Changes that must not change what is found, or only in one direction, each over all fixtures: every one is written anew in
//! another form, with other names, in several stacks, or with less that is known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod case;
mod forms;
mod literals;
mod names;
mod split;
mod unknowns;

#[path = "../rewrite/json.rs"]
mod json;

use case::{Case, Findings, difference};

/// Checks that cases and what was made from them have the same findings; both sides as a test says them.
#[derive(Default)]
struct Comparison {
    compared: usize,
    wrong: Vec<String>,
}

impl Comparison {
    fn compare(&mut self, case: &Case, before: &Findings, after: &Findings) {
        self.compared += 1;
        if before != after {
            self.wrong
                .push(format!("{}:\n{}", case.name, difference(before, after)));
        }
    }

    /// Fails with all differences, or when fewer cases were compared than the fixtures are good for.
    fn end(self, least: usize) {
        assert!(
            self.wrong.is_empty(),
            "{} of {} cases differ (- before, + after):\n{}",
            self.wrong.len(),
            self.compared,
            self.wrong.join("")
        );
        assert!(self.compared >= least, "only {} cases", self.compared);
    }
}
