//! One line per finding: `path:line:col: error[rule] message [when …]`.

use std::io::{self, Write};

use super::entry::said;
use super::terminal::{MESSAGE, Terminal, severity_style, visible};
use super::{Options, statistics, summary};
use crate::diag::{Diagnostic, When};
use crate::lint::Report;

/// Writes the findings, the undetermined checks where they are wanted, and the counts.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if options.statistics {
        statistics::write(report, options, out)?;
    } else {
        said(report, options).try_for_each(|diagnostic| write_line(report, diagnostic, options, out))?;
    }
    if options.quiet {
        return Ok(());
    }
    writeln!(out, "{}", summary::counts(report, options))
}

fn write_line(
    report: &Report,
    diagnostic: &Diagnostic,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let terminal = Terminal::new(options);
    let source = report.sources.get(diagnostic.primary.span.file);
    let position = source.position(diagnostic.primary.span.start);
    let place = format!("{}:{}:{}", visible(source.path()), position.line, position.column);
    write!(
        out,
        "{}: {}[{}] {}",
        terminal.paint(MESSAGE, &place),
        terminal.paint(severity_style(diagnostic.severity), &summary::word(diagnostic)),
        visible(&diagnostic.rule),
        visible(&diagnostic.message)
    )?;
    if diagnostic.when != When::Always {
        write!(out, " [{}]", visible(&diagnostic.when.to_string()))?;
    }
    let environments = diagnostic.environment_names();
    if !environments.is_empty() {
        write!(out, " [env {}]", visible(&environments.join(", ")))?;
    }
    for reason in &diagnostic.because {
        write!(out, " [{}]", visible(&reason.text))?;
    }
    if let Some(suppression) = &diagnostic.suppression {
        write!(out, " [by {}]", visible(&summary::accepted(suppression)))?;
    }
    writeln!(out)
}
