//! The paint for text on a terminal, which has to be safe to print already.

use clap::builder::styling::{AnsiColor, Style};

use super::Options;
use crate::diag::Severity;
pub use crate::diag::visible;
pub(super) use crate::diag::{push_visible, steers};

/// Paints, links and separates as the options say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    color: bool,
    hyperlinks: bool,
    ascii: bool,
}

impl Terminal {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            color: options.color,
            hyperlinks: options.hyperlinks,
            ascii: options.ascii,
        }
    }

    /// The text in a style; the text has to be safe already.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The text as a link, where links are wanted; the text has to be safe already.
    pub(super) fn link(self, url: &str, text: &str) -> String {
        if self.hyperlinks && !url.is_empty() {
            format!("\u{1b}]8;;{}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\", visible(url))
        } else {
            text.to_owned()
        }
    }

    /// What stands between two facts of one line.
    pub(super) fn dot(self) -> &'static str {
        if self.ascii { " - " } else { " · " }
    }

    /// What stands for text left out.
    pub(super) fn ellipsis(self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
}

/// The style of a severity's word.
pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Info => AnsiColor::Blue.on_default().bold(),
    }
}

/// The style of a message.
pub(super) const MESSAGE: Style = Style::new().bold();

/// The style of the words that begin a line below a snippet.
pub(super) fn key_style() -> Style {
    AnsiColor::Cyan.on_default()
}
