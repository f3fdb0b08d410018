//! The pipeline from inputs to a report.

mod identity;
mod pipeline;
mod redact;
mod report;
pub mod suppression;

pub use pipeline::{Linter, Loaded, Stdin};
pub use report::{Crash, InputError, Report, Skipped, Stats};
pub use suppression::Policy;
