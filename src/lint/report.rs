//! The result of a run, as every output format reads it.

use std::time::Duration;

use super::baseline::Entry;
use super::{Repository, Timings};
use crate::diag::{Confidence, Diagnostic, Problem, Severity};
use crate::diagram::Picture;
use crate::rule::Rule;
use crate::source::{FileId, Sources, Str};

/// Everything a run has to say.
#[derive(Debug, Default)]
pub struct Report {
    /// Violations, sorted by path, position, rule, message.
    pub findings: Vec<Diagnostic>,
    /// Checks that could not be decided, in the same order.
    pub undetermined: Vec<Diagnostic>,
    /// Findings and undetermined checks that a comment, metadata or the configuration accepts, in the same order.
    pub suppressed: Vec<Diagnostic>,
    /// Findings that the baseline knows, in the same order; their suppression says which baseline, and since when.
    pub baselined: Vec<Diagnostic>,
    /// Entries of the baseline whose findings are gone.
    pub stale: Vec<Entry>,
    /// Entries of the baseline that the run did not look for: their rule did not run or could not decide, or their template
    /// was not checked.
    pub unjudged: Vec<Entry>,
    /// Inputs that could not be read; the analysis is incomplete (exit 3).
    pub errors: Vec<InputError>,
    /// Rules that crashed (exit 4).
    pub crashes: Vec<Crash>,
    /// Files that are not templates, with the reason.
    pub skipped: Vec<Skipped>,
    /// The templates that were asked about, with what they nest, and those in which something is reported; sorted by path.
    pub templates: Vec<FileId>,
    /// The environments that the templates were checked in, in the order in which they are named; empty when none was.
    pub environments: Vec<Str>,
    /// The files that spans point into.
    pub sources: Sources,
    /// The repository around the templates, for formats whose readers know files by their path from its root.
    pub repository: Repository,
    /// The rules that ran, in the order of the table.
    pub rules: Vec<&'static Rule>,
    /// Figures for the last line.
    pub stats: Stats,
    /// What took how long, where somebody asked.
    pub timings: Timings,
    /// The picture, where one was asked for; the findings are not on it yet.
    pub picture: Option<Picture>,
}

/// An input that could not be read or parsed.
#[derive(Clone, Debug)]
pub struct InputError {
    /// The path as it was given or found.
    pub path: Str,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// The place, for a file that was read but not parsed.
    pub problem: Option<Problem>,
}

/// A rule that panicked: a bug in ecslint that cost only its own findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The rule's name.
    pub rule: Str,
    /// What the panic said.
    pub message: String,
}

/// A file that was found and left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path.
    pub path: Str,
    /// Why, as a phrase: "not a CloudFormation template".
    pub reason: &'static str,
}

/// Figures of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Templates that were loaded.
    pub templates: usize,
    /// How many of them are context: the run was not asked about them, nor about what nests them.
    pub context: usize,
    /// True when a limit ended the search for context.
    pub is_cut: bool,
    /// Resources declared in all of them.
    pub resources: usize,
    /// Stack instances in all environments, a template used twice counted twice.
    pub stacks: usize,
    /// Wall time; printed by the human formats only.
    pub elapsed: Duration,
}

impl Report {
    /// The picture with the findings on it.
    pub fn flagged_picture(&self) -> Option<Picture> {
        let mut picture = self.picture.clone()?;
        picture.flag(&self.findings, &self.sources);
        Some(picture)
    }

    /// Leaves out what is less severe or less certain. What is not decided is not certain at all; it is asked for by other
    /// flags.
    pub fn keep(&mut self, severity: Severity, confidence: Confidence) {
        let is_bad = |diagnostic: &Diagnostic| diagnostic.severity >= severity;
        let is_wanted = |finding: &Diagnostic| is_bad(finding) && finding.confidence >= confidence;
        self.findings.retain(is_wanted);
        self.suppressed.retain(is_wanted);
        self.baselined.retain(is_wanted);
        self.undetermined.retain(is_bad);
    }

    /// The number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}
