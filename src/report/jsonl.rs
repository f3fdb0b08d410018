//! JSON v1, a line for each thing: a header, the findings, the undetermined checks, what is accepted, the errors, the skipped
//! files, the figures.
//!
//! Every line is an object that says what it is by its member `type`: `header`, `finding`, `undetermined`, `suppressed`,
//! `baselined`, `stale`, `error`, `skipped`, `summary`; with `--statistics`, `statistic` in place of the four kinds of findings. The other members are those of the JSON document, within the same schema version.

use std::io::{self, Write};

use serde::Serialize;

use super::json::Document;
use super::statistics::Count;
use super::{Options, json_text};
use crate::lint::Report;

/// A line: what it is, and the members of that.
#[derive(Serialize)]
struct Line<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    members: T,
}

#[derive(Serialize)]
struct Header<T> {
    schema_version: u32,
    tool: T,
}

#[derive(Serialize)]
struct Statistic<'a> {
    rule: &'a str,
    #[serde(flatten)]
    count: Count,
}

#[derive(Serialize)]
struct Last<R, S> {
    run: R,
    summary: S,
}

/// Writes the lines. A reader that finds no line of type `summary` at the end has not got all of them.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::new(report, options);
    let header = Header {
        schema_version: document.schema_version,
        tool: document.tool,
    };
    line("header", header, out)?;
    for (rule, count) in document.statistics.into_iter().flatten() {
        line("statistic", Statistic { rule, count }, out)?;
    }
    lines("finding", document.findings.into_iter().flatten(), out)?;
    lines("undetermined", document.undetermined.into_iter().flatten(), out)?;
    lines("suppressed", document.suppressed.into_iter().flatten(), out)?;
    lines("baselined", document.baselined.into_iter().flatten(), out)?;
    lines("stale", document.stale, out)?;
    lines("error", document.errors, out)?;
    lines("skipped", document.skipped, out)?;
    let last = Last {
        run: document.run,
        summary: document.summary,
    };
    line("summary", last, out)
}

fn lines<T: Serialize>(
    kind: &'static str,
    all: impl IntoIterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    all.into_iter().try_for_each(|members| line(kind, members, out))
}

fn line<T: Serialize>(kind: &'static str, members: T, out: &mut dyn Write) -> io::Result<()> {
    json_text::write_line(&Line { kind, members }, out)
}
