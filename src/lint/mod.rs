//! The pipeline from inputs to a report.

mod report;

pub use report::{Crash, InputError, Report, Skipped, Stats};
