//! Sentences for those who listen: no drawing, no columns, no colour, every fact on a line of its own.

use std::io::{self, Write};

use super::Options;
use super::entry::{Detail, Entry, Kind, entries, failures};
use super::statistics::{self, Count};
use super::summary::{self, counted};
use super::terminal::visible;
use crate::diag::Severity;
use crate::lint::Report;
use crate::source::{Sources, Span};

/// Characters of the source line that are read out.
const LINE_CHARS_MAX: usize = 200;

/// Writes the findings, the undetermined checks where they are wanted, and the summary.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if options.statistics {
        for (rule, count) in statistics::ranked(report) {
            let values = Count::NAMES.iter().zip(count.values());
            let values = values.filter(|(_, value)| *value > 0);
            let values: Vec<_> = values.map(|(name, value)| format!("{value} {name}")).collect();
            sentence(&format!("Rule {rule}: {}", values.join(", ")), out)?;
        }
    } else {
        write_entries(report, options, out)?;
    }
    if options.quiet {
        return Ok(());
    }
    write_summary(report, options, out)
}

fn write_entries(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let entries = entries(report, options);
    for (kind, name) in [
        (Kind::Finding, "Finding"),
        (Kind::Undetermined, "Undetermined check"),
        (Kind::Accepted, "Accepted finding"),
    ] {
        let of_kind: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.kind == kind).collect();
        write_all(report, name, &of_kind, out)?;
    }
    Ok(())
}

/// Writes inputs that could not be read and rules that crashed.
pub(super) fn write_errors(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let failures: Vec<Entry<'_>> = failures(report).collect();
    write_all(report, "Error", &failures.iter().collect::<Vec<_>>(), out)
}

fn write_all(report: &Report, name: &str, entries: &[&Entry<'_>], out: &mut dyn Write) -> io::Result<()> {
    let total = entries.len();
    for (at, entry) in entries.iter().enumerate() {
        let what = match entry.kind {
            Kind::Finding | Kind::Accepted => format!("{}, rule {}", entry.word(), entry.check),
            Kind::Undetermined => format!("rule {}", entry.check),
            Kind::Input => "an input that was not analysed".to_owned(),
            Kind::Crash => "a rule that crashed".to_owned(),
        };
        sentence(&format!("{name} {} of {total}, {what}", at + 1), out)?;
        write_entry(report, entry, out)?;
        writeln!(out)?;
    }
    Ok(())
}

fn write_entry(report: &Report, entry: &Entry<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sources = &report.sources;
    sentence(&capital(&entry.message), out)?;
    match (entry.span, entry.path) {
        (Some(span), _) => sentence(&capital(&spoken_place(sources, span)), out)?,
        (None, Some(path)) => sentence(&format!("File {path}"), out)?,
        (None, None) => {}
    }
    if let Some(subject) = entry
        .diagnostic
        .and_then(|diagnostic| diagnostic.subject.as_ref())
    {
        let (id, type_name) = (&subject.logical_id, &subject.type_name);
        sentence(&format!("Resource {id} of type {type_name}"), out)?;
    }
    if let Some(span) = entry.span {
        let line = source_line(sources, span);
        if !line.is_empty() {
            // Without a full stop, which would be taken for part of the line.
            writeln!(out, "The line reads: {}", visible(&line))?;
        }
    }
    for detail in &entry.details {
        sentence(&spoken(sources, detail), out)?;
    }
    if entry.diagnostic.is_some() {
        // Without a full stop, as it is to be typed.
        writeln!(
            out,
            "To read more, type: ecslint explain {}",
            visible(entry.check)
        )?;
    }
    Ok(())
}

/// A fact as it is said.
fn spoken(sources: &Sources, detail: &Detail) -> String {
    let text = match detail.span {
        Some(span) if detail.text.is_empty() => spoken_place(sources, span),
        Some(span) => format!("{}, {}", spoken_place(sources, span), detail.text),
        None => detail.text.clone(),
    };
    match detail.key {
        "here" => format!("At this place: {text}"),
        "because" if detail.span.is_some() => format!("Evidence in {text}"),
        "because" => format!("It is not decided because {text}"),
        "see" => format!("See {text}"),
        "to settle" => format!("To settle it: {text}"),
        "by default" => format!("It holds by default, with {text}"),
        "when" if matches!(text.as_str(), "by default" | "in some deployments") => {
            format!("It holds {text}")
        }
        "when" => format!("It holds when {text}"),
        "accepted by" => format!("It is accepted by {text}"),
        "stack" => format!("It holds in stack {text}"),
        "stacks" => format!("It holds in the stacks {text}"),
        "env" if text.contains(", ") => format!("It holds in the environments {text}"),
        "env" => format!("It holds in environment {text}"),
        key => format!("{}: {text}", capital(key)),
    }
}

/// "file a.yaml, line 7, column 11"
fn spoken_place(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.file);
    let position = source.position(span.start);
    format!(
        "file {}, line {}, column {}",
        source.path(),
        position.line,
        position.column
    )
}

/// The first line of a span, without its indentation; a long one from the span on.
fn source_line(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.file);
    let line = source.line(source.position(span.start).line).trim();
    if line.chars().count() <= LINE_CHARS_MAX {
        return line.to_owned();
    }
    let text = sources.text(span).lines().next().unwrap_or("");
    text.chars().take(LINE_CHARS_MAX).collect()
}

fn write_summary(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    sentence("Summary", out)?;
    let count = |severity, noun| counted(report.count(severity), noun);
    if report.findings.is_empty() {
        sentence("No findings", out)?;
    } else {
        sentence(&counted(report.findings.len(), "finding"), out)?;
        sentence(&count(Severity::Error, "error"), out)?;
        sentence(&count(Severity::Warning, "warning"), out)?;
        sentence(&format!("{} info", report.count(Severity::Info)), out)?;
    }
    if !report.undetermined.is_empty() {
        let open = counted(report.undetermined.len(), "undetermined check");
        let hint = if options.show_undetermined {
            ""
        } else {
            ", which --show-undetermined reads out"
        };
        sentence(&format!("{open}{hint}"), out)?;
        for reason in summary::top_reasons(report) {
            sentence(&reason, out)?;
        }
    }
    let hint = if options.show_suppressed {
        ""
    } else {
        ", which --show-suppressed reads out"
    };
    if !report.suppressed.is_empty() {
        sentence(&format!("{} suppressed{hint}", report.suppressed.len()), out)?;
    }
    if !report.baselined.is_empty() {
        sentence(&format!("{} in the baseline{hint}", report.baselined.len()), out)?;
    }
    if let Some(stale) = summary::stale(report) {
        sentence(&stale, out)?;
    }
    if !report.errors.is_empty() {
        sentence(
            &format!("{} not analysed", counted(report.errors.len(), "input")),
            out,
        )?;
    }
    if !report.crashes.is_empty() {
        sentence(&format!("{} crashed", counted(report.crashes.len(), "rule")), out)?;
    }
    if options.list_skipped {
        for skipped in &report.skipped {
            sentence(&format!("Skipped {}: {}", skipped.path, skipped.reason), out)?;
        }
    } else if !report.skipped.is_empty() {
        let files = counted(report.skipped.len(), "file");
        sentence(&format!("{files} skipped, which -v reads out"), out)?;
    }
    sentence(&summary::templates(report), out)?;
    sentence(&counted(report.stats.resources, "resource"), out)?;
    sentence(&counted(report.rules.len(), "rule"), out)?;
    if options.timing {
        sentence(
            &format!("It took {}", summary::duration(report.stats.elapsed)),
            out,
        )?;
    }
    Ok(())
}

/// Writes a line that ends as a sentence does.
fn sentence(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = visible(text);
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    writeln!(out, "{text}{end}")
}

/// The text with a capital at its beginning.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(options: &Options) -> String {
        let mut out = Vec::new();
        write(&sample::report(), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_is_drawn_and_no_line_is_indented() {
        let text = written(&Options::default());
        assert!(!text.contains(['╭', '│', '─', '·', '|', '\u{1b}']), "{text}");
        assert!(text.lines().all(|line| !line.starts_with(' ')));
    }

    #[test]
    fn colour_and_characters_are_not_asked_for() {
        let painted = Options {
            color: true,
            ascii: true,
            hyperlinks: true,
            ..Options::default()
        };
        assert_eq!(written(&painted), written(&Options::default()));
    }
}
