//! The pipeline from inputs to a report.

pub mod baseline;
mod environment;
mod identity;
mod linter;
mod merge;
mod pipeline;
mod project_root;
mod redact;
mod report;
mod repository;
mod rule_run;
pub mod suppression;
mod surroundings;
mod timings;

pub use baseline::Baseline;
pub use environment::{Environment, Values};
pub use linter::{Linter, Stdin};
pub use pipeline::Loaded;
pub use report::{Crash, InputError, Report, Skipped, Stats};
pub use repository::Repository;
pub use suppression::{Policy, Terms};
pub use timings::{Clock, Timings};
