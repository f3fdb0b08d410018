//! Writes the result of a run: for people (full, concise, narrated), for programs (JSON, SARIF), and in the shapes that
//! build servers, code hosts and review tools read.
//!
//! | | undetermined checks | inputs that could not be read | crashes |
//! |---|---|---|---|
//! | full, concise, narrated | where wanted | stderr, counted | stderr, counted |
//! | json, jsonl | always | yes | yes |
//! | sarif | where wanted | notifications | notifications |
//! | github | notices, where wanted | errors | errors |
//! | gitlab | info, where wanted | blockers | no place: they have no file |
//! | junit | skipped cases, always | suites with an error | a suite with errors |
//! | checkstyle, rdjson | info, where wanted | errors | no place: they have no file |
//! | markdown | where wanted | yes | yes |
//! | html | reasons always, checks where wanted | yes | yes |
//!
//! "Where wanted" is [`Options::show_undetermined`]. With [`Options::show_suppressed`] every format holds what is accepted, marked as
//! that and no worse than info, which JSON does always.
//!
//! Nothing here asks the environment anything: colour, character set and links come from [`Options`], so the
//! same report and options give the same bytes everywhere.

pub mod catalogue;
mod checkstyle;
mod concise;
mod entry;
mod github;
mod gitlab;
mod html;
mod json;
mod json_text;
mod jsonl;
mod junit;
mod line_hash;
mod markdown;
mod narrated;
mod rdjson;
mod related;
mod sarif;
mod snippet;
mod statistics;
mod summary;
mod terminal;
mod text;
mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::lint::Report;

pub use json::SCHEMA_VERSION;
pub use json_text::text as json_text;
pub use terminal::visible;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Findings with snippets, for a terminal.
    #[default]
    Full,
    /// One line per finding.
    Concise,
    /// Sentences, a fact a line, without a drawing, for screen readers.
    Narrated,
    /// JSON v1.
    Json,
    /// JSON v1, a line for each thing.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML report.
    Junit,
    /// Checkstyle's XML report.
    Checkstyle,
    /// The diagnostic format of reviewdog.
    Rdjson,
    /// A page for job summaries and comments.
    Markdown,
    /// A page for a browser, in one file.
    Html,
}

impl Format {
    /// Every format that can be written.
    pub const ALL: &'static [Format] = &[
        Format::Full,
        Format::Concise,
        Format::Narrated,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
        Format::Rdjson,
        Format::Markdown,
        Format::Html,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Narrated => "narrated",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Checkstyle => "checkstyle",
            Format::Rdjson => "rdjson",
            Format::Markdown => "markdown",
            Format::Html => "html",
        }
    }

    /// True when the format can count findings in place of listing them; the shapes of the others are not ours.
    pub fn has_statistics(self) -> bool {
        !self.is_machine() || matches!(self, Format::Json | Format::Jsonl | Format::Markdown)
    }

    /// True when it shows the picture of a run.
    pub fn has_picture(self) -> bool {
        matches!(self, Format::Html | Format::Markdown)
    }

    /// True when a program reads the output, and shows it to people in its own way.
    pub fn is_machine(self) -> bool {
        !matches!(self, Format::Full | Format::Concise | Format::Narrated)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no format is called `{0}`; use one of: {built}", built = built())]
pub struct FormatError(String);

/// The names of the formats that can be written.
fn built() -> String {
    let names: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
    names.join(", ")
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Format::ALL.iter().find(|format| format.as_str() == name);
        known.copied().ok_or_else(|| FormatError(name.to_owned()))
    }
}

/// What the command line decides about the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Full and concise: paint with ANSI colours.
    pub color: bool,
    /// Human formats: draw with ASCII characters only. Text from templates stays as it is.
    pub ascii: bool,
    /// Full: make rule names links (OSC 8) to their page in the AWS documentation.
    pub hyperlinks: bool,
    /// Human formats: findings only, no summary.
    pub quiet: bool,
    /// Human formats: say how long the run took. Off, two equal runs print the same bytes.
    pub timing: bool,
    /// Human formats: list skipped files instead of counting them.
    pub list_skipped: bool,
    /// Print the checks that could not be decided. JSON and JUnit always hold them.
    pub show_undetermined: bool,
    /// Formats that [have a place for them](Format::has_statistics): counts per rule in place of the findings.
    pub statistics: bool,
    /// Print what is accepted, marked. JSON always holds it.
    pub show_suppressed: bool,
    /// JSON and SARIF: the code the process is going to exit with.
    pub exit_code: u8,
    /// HTML: the code would say that there are findings, if `--exit-zero` did not ask for 0.
    pub is_excused: bool,
    /// SARIF: the category that tells two analyses of one commit apart.
    pub category: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: false,
            ascii: false,
            hyperlinks: false,
            quiet: false,
            timing: false,
            list_skipped: false,
            show_undetermined: false,
            statistics: false,
            show_suppressed: false,
            exit_code: 0,
            is_excused: false,
            category: "ecslint".to_owned(),
        }
    }
}

/// Writes a report in a format.
///
/// # Errors
/// What `out` says; a closed pipe arrives as [`io::ErrorKind::BrokenPipe`].
pub fn write(format: Format, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        Format::Full => text::write(report, options, &mut out),
        Format::Concise => concise::write(report, options, &mut out),
        Format::Narrated => narrated::write(report, options, &mut out),
        Format::Json => json::write(report, options, &mut out),
        Format::Jsonl => jsonl::write(report, options, &mut out),
        Format::Sarif => sarif::write(report, options, &mut out),
        Format::Github => github::write(report, options, &mut out),
        Format::Gitlab => gitlab::write(report, options, &mut out),
        Format::Junit => junit::write(report, options, &mut out),
        Format::Checkstyle => checkstyle::write(report, options, &mut out),
        Format::Rdjson => rdjson::write(report, options, &mut out),
        Format::Markdown => markdown::write(report, options, &mut out),
        Format::Html => html::write(report, options, &mut out),
    }?;
    out.flush()
}

/// Writes the picture of a run as a page for a browser, with what the rules said of it.
///
/// # Errors
/// What `out` says.
pub fn write_picture_page(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    html::write_picture(report, options, out)
}

/// Writes the inputs that could not be read and the rules that crashed, for stderr: in sentences beside a narrated report,
/// with snippets beside all others.
///
/// # Errors
/// What `out` says.
pub fn write_errors(
    format: Format,
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        Format::Narrated => narrated::write_errors(report, &mut out),
        _ => text::write_errors(report, options, &mut out),
    }?;
    out.flush()
}
