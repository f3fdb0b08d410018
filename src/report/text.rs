//! The full format: a header, the snippet, the evidence elsewhere, and what to do.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rayon::prelude::*;

use super::entry::{Detail, place, stack_name, validity};
use super::related::split;
use super::snippet::{Mark, draw};
use super::terminal::{MESSAGE, Terminal, key_style, severity_style, visible};
use super::{Options, statistics, summary};
use crate::diag::{Diagnostic, Label, Severity};
use crate::lint::{InputError, Report};
use crate::source::Str;

/// More findings than this of one rule in one file are folded.
const FOLD_ABOVE: usize = 10;
/// How many of them are shown.
const FOLD_TO: usize = 5;
/// Diagnostics that are drawn side by side before any of them is written: enough for every core, and little to hold.
const DRAWN_AT_ONCE: usize = 1_024;
/// How many places elsewhere are listed for one finding; the machine formats hold all.
const PLACES_MAX: usize = 10;

/// Writes the findings, the undetermined checks where they are wanted, and the summary.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if options.statistics {
        statistics::write(report, options, out)?;
    } else {
        let style = &Style::new(report, options);
        let mut page = Page { style, out };
        page.diagnostics(&report.findings)?;
        if options.show_undetermined {
            page.diagnostics(&report.undetermined)?;
        }
        if options.show_suppressed {
            page.diagnostics(&report.suppressed)?;
            page.diagnostics(&report.baselined)?;
        }
    }
    if options.quiet {
        return Ok(());
    }
    if options.statistics && !statistics::counts(report).is_empty() {
        writeln!(out)?;
    }
    summary::write(report, options, out)
}

/// Writes inputs that could not be read and rules that crashed.
pub(super) fn write_errors(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let style = &Style::new(report, options);
    let mut page = Page { style, out };
    for error in &report.errors {
        page.input_error(error)?;
    }
    for crash in &report.crashes {
        let message = format!("rule `{}` crashed: {}", crash.rule, crash.message);
        page.header(Severity::Error, "error", None, &message)?;
        writeln!(page.out)?;
        page.line(
            "help",
            "this is a bug in ecslint; the other rules ran to their end",
        )?;
    }
    Ok(())
}

/// What the parts of the page share.
struct Style<'a> {
    report: &'a Report,
    options: &'a Options,
    terminal: Terminal,
    /// The AWS page of each rule that ran.
    pages: BTreeMap<&'a str, &'a str>,
}

impl<'a> Style<'a> {
    fn new(report: &'a Report, options: &'a Options) -> Self {
        Self {
            report,
            options,
            terminal: Terminal::new(options),
            pages: report
                .rules
                .iter()
                .map(|rule| (rule.name, rule.aws_page))
                .collect(),
        }
    }

    /// A diagnostic, and how many like it are left out behind it.
    fn drawn(&self, diagnostic: &Diagnostic, more: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut page = Page {
            style: self,
            out: &mut out,
        };
        page.diagnostic(diagnostic)?;
        if more > 0 {
            let dots = self.terminal.ellipsis();
            writeln!(
                out,
                "{dots} and {more} more like this, --format concise lists them\n"
            )?;
        }
        Ok(out)
    }
}

/// A page that is being written.
struct Page<'s> {
    style: &'s Style<'s>,
    out: &'s mut dyn Write,
}

impl Page<'_> {
    /// Diagnostics one after the other, those that many of a file share folded.
    fn diagnostics(&mut self, diagnostics: &[Diagnostic]) -> io::Result<()> {
        let key = |diagnostic: &Diagnostic| (Str::clone(&diagnostic.rule), diagnostic.primary.span.file);
        let mut totals = BTreeMap::new();
        for diagnostic in diagnostics {
            *totals.entry(key(diagnostic)).or_insert(0) += 1;
        }
        let mut shown = BTreeMap::new();
        let mut wanted: Vec<(&Diagnostic, usize)> = Vec::new();
        for diagnostic in diagnostics {
            let total = totals.get(&key(diagnostic)).copied().unwrap_or(0);
            let shown = shown.entry(key(diagnostic)).or_insert(0);
            *shown += 1;
            if total > FOLD_ABOVE && *shown > FOLD_TO {
                continue;
            }
            let folds = total > FOLD_ABOVE && *shown == FOLD_TO;
            wanted.push((diagnostic, if folds { total - FOLD_TO } else { 0 }));
        }
        for wanted in wanted.chunks(DRAWN_AT_ONCE) {
            let style = self.style;
            let drawn = wanted
                .par_iter()
                .map(|(diagnostic, more)| style.drawn(diagnostic, *more));
            let drawn: io::Result<Vec<Vec<u8>>> = drawn.collect();
            drawn?.iter().try_for_each(|drawn| self.out.write_all(drawn))?;
        }
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> io::Result<()> {
        self.header(
            diagnostic.severity,
            &summary::word(diagnostic),
            Some(&diagnostic.rule),
            &diagnostic.message,
        )?;
        let places = split(
            &self.style.report.sources,
            diagnostic.primary.span,
            &diagnostic.related,
        );
        let primary = mark(&diagnostic.primary);
        let near: Vec<_> = places.near.into_iter().map(mark).collect();
        self.snippet(
            diagnostic.severity,
            &primary,
            &near,
            &context(diagnostic, self.style.terminal),
        )?;
        self.places("because", &places.far)?;
        for reason in &diagnostic.because {
            self.line("because", &reason.text)?;
            if !reason.settle.is_empty() {
                self.line("to settle", &reason.settle)?;
            }
        }
        for Detail { key, text, .. } in validity(diagnostic) {
            self.line(key, &text)?;
        }
        if let Some(suppression) = &diagnostic.suppression {
            self.line("accepted by", &summary::accepted(suppression))?;
        }
        if let Some(help) = &diagnostic.help {
            self.line("help", help)?;
        }
        self.line("more", &format!("ecslint explain {}", diagnostic.rule))?;
        writeln!(self.out)
    }

    fn input_error(&mut self, error: &InputError) -> io::Result<()> {
        let Some(problem) = &error.problem else {
            let message = format!("{}: {}", error.path, error.message);
            self.header(Severity::Error, "error", None, &message)?;
            return writeln!(self.out);
        };
        let place = place(&self.style.report.sources, problem.span);
        self.header(
            Severity::Error,
            "error",
            None,
            &format!("{place}: {}", error.message),
        )?;
        let places = split(&self.style.report.sources, problem.span, &problem.labels);
        let primary = Mark {
            span: problem.span,
            text: if problem.message == error.message {
                ""
            } else {
                &problem.message
            },
        };
        let near: Vec<_> = places.near.into_iter().map(mark).collect();
        self.snippet(Severity::Error, &primary, &near, "")?;
        self.places("see", &places.far)?;
        match &problem.help {
            Some(help) => self.line("help", help),
            None => Ok(()),
        }
    }

    /// The first line, left open: the snippet begins with its line break.
    fn header(
        &mut self,
        severity: Severity,
        word: &str,
        rule: Option<&str>,
        message: &str,
    ) -> io::Result<()> {
        let style = severity_style(severity);
        let head = match rule {
            Some(rule) => {
                let url = self.style.pages.get(rule).copied().unwrap_or("");
                format!("{word}[{}]", self.style.terminal.link(url, &visible(rule)))
            }
            None => word.to_owned(),
        };
        write!(
            self.out,
            "{}{}",
            self.style.terminal.paint(style, &head),
            self.style
                .terminal
                .paint(MESSAGE, &format!(": {}", visible(message)))
        )
    }

    fn snippet(
        &mut self,
        severity: Severity,
        primary: &Mark<'_>,
        near: &[Mark<'_>],
        context: &str,
    ) -> io::Result<()> {
        let source = self.style.report.sources.get(primary.span.file);
        let drawing =
            draw(source, primary, near, context, severity, self.style.options).map_err(io::Error::other)?;
        self.out.write_all(drawing.as_bytes())
    }

    /// Places outside the snippet, one a line.
    fn places(&mut self, key: &str, labels: &[&Label]) -> io::Result<()> {
        for label in labels.iter().take(PLACES_MAX) {
            let place = place(&self.style.report.sources, label.span);
            self.line(key, &format!("{place}  {}", label.text))?;
        }
        let more = labels.len().saturating_sub(PLACES_MAX);
        if more > 0 {
            let dots = self.style.terminal.ellipsis();
            let places = summary::counted(more, "more place");
            self.line(key, &format!("{dots} and {places}, --format json lists them"))?;
        }
        Ok(())
    }

    fn line(&mut self, key: &str, text: &str) -> io::Result<()> {
        let key = self.style.terminal.paint(key_style(), &format!("{key}:"));
        writeln!(self.out, "  {key} {}", visible(text))
    }
}

fn mark(label: &Label) -> Mark<'_> {
    Mark {
        span: label.span,
        text: &label.text,
    }
}

/// `Resources/MyService · stack root/Service · env prod`, safe to print.
fn context(diagnostic: &Diagnostic, terminal: Terminal) -> String {
    let mut parts: Vec<String> = diagnostic.declaration().iter().map(|it| visible(it)).collect();
    if let [only] = diagnostic.stacks.as_slice()
        && !only.is_empty()
    {
        parts.push(format!("stack {}", visible(&stack_name(only))));
    }
    let environments = diagnostic.environment_names();
    if !environments.is_empty() {
        parts.push(format!("env {}", visible(&environments.join(", "))));
    }
    parts.join(terminal.dot())
}
