//! Where the time of a run went, for `-vv`.

use std::time::Duration;

use crate::lint::Timings;

/// Rules that are told one by one; what the others take is seen from the sum.
const SLOWEST_RULES: usize = 5;

/// The parts of a run in their order, then the slowest rules.
pub(super) fn lines(timings: &Timings) -> Vec<String> {
    let mut lines: Vec<String> = timings
        .parts
        .iter()
        .map(|(part, took)| format!("time: {} {part}", shown(*took)))
        .collect();
    let mut rules = timings.rules.clone();
    rules.sort_by(|(name, took), (other, others)| others.cmp(took).then(name.cmp(other)));
    rules.truncate(SLOWEST_RULES);
    lines.extend(
        rules
            .iter()
            .map(|(rule, took)| format!("time: {} rule {rule}", shown(*took))),
    );
    lines
}

fn shown(took: Duration) -> String {
    format!("{:>9.3} ms", took.as_secs_f64() * 1000.0)
}
