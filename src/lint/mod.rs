//! The pipeline from inputs to a report.

pub mod baseline;
mod environment;
mod identity;
mod merge;
mod pipeline;
mod redact;
mod report;
mod repository;
pub mod suppression;
mod surroundings;
mod timings;

pub use baseline::Baseline;
pub use environment::{Environment, Values};
pub use pipeline::{Linter, Loaded, Stdin};
pub use report::{Crash, InputError, Report, Skipped, Stats};
pub use repository::Repository;
pub use suppression::{Policy, Terms};
pub use timings::{Clock, Timings};
