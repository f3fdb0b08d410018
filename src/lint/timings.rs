//! Where the time of a run goes, by a clock that the caller brings: nothing below the command line reads one.

use std::time::Duration;

/// The time since some moment.
pub type Clock = fn() -> Duration;

/// How long the parts of a run took; empty for a run without a clock.
#[derive(Debug, Default)]
pub struct Timings {
    clock: Option<Clock>,
    /// When the last part ended.
    last: Duration,
    /// The parts in the order of their first run, with what all their runs took.
    pub parts: Vec<(&'static str, Duration)>,
    /// What each rule took. Rules run beside each other, so that this may add up to more than the part that holds them.
    pub rules: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Starts to take the time.
    pub fn start(clock: Option<Clock>) -> Timings {
        Timings {
            clock,
            last: clock.map_or(Duration::ZERO, |clock| clock()),
            ..Timings::default()
        }
    }

    /// Notes what went by since the last part as the time of this one.
    pub fn end(&mut self, part: &'static str) {
        let Some(clock) = self.clock else { return };
        let now = clock();
        add(&mut self.parts, part, now.saturating_sub(self.last));
        self.last = now;
    }

    /// The clock, for what runs beside other things.
    pub(super) fn clock(&self) -> Option<Clock> {
        self.clock
    }

    /// Adds what a rule took.
    pub(super) fn rule(&mut self, name: &'static str, took: Duration) {
        if self.clock.is_some() {
            add(&mut self.rules, name, took);
        }
    }
}

fn add(parts: &mut Vec<(&'static str, Duration)>, name: &'static str, took: Duration) {
    match parts.iter_mut().find(|(known, _)| *known == name) {
        Some((_, all)) => *all += took,
        None => parts.push((name, took)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that goes on by ten seconds whenever somebody looks at it.
    fn ticking() -> Duration {
        static SECONDS: AtomicU64 = AtomicU64::new(0);
        Duration::from_secs(SECONDS.fetch_add(10, Ordering::Relaxed))
    }

    #[test]
    fn a_part_has_the_time_since_the_one_before() {
        let mut timings = Timings::start(Some(ticking));
        timings.end("facts");
        timings.end("rules");
        timings.end("facts");
        let seconds = Duration::from_secs;
        assert_eq!(timings.parts, [("facts", seconds(20)), ("rules", seconds(10))]);
    }

    #[test]
    fn without_a_clock_nothing_is_noted() {
        let mut timings = Timings::start(None);
        timings.end("facts");
        timings.rule("task-public-ip", Duration::from_secs(1));
        assert!(timings.parts.is_empty() && timings.rules.is_empty());
    }
}
