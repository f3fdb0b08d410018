//! Stdout and stderr: how each is painted, and writing to them.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use clap::builder::styling::AnsiColor;

use super::Global;
use super::exit::{Failure, written};
use super::progress::Progress;
use crate::lint::{InputError, Report};
use crate::report::{Format, Options, visible, write_errors};
use crate::source::Sources;

/// When to use a feature of terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// As the terminal and the environment say
    Auto,
    /// In files and pipes too
    Always,
    /// Not at all
    Never,
}

/// What the environment says, read through a function so that tests can say something else.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable of the environment that is set and not empty.
pub(super) fn environment(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where a command writes.
pub(super) struct Streams {
    color: When,
    ascii: bool,
    silent: bool,
    progress: bool,
}

impl Streams {
    pub(super) fn new(global: &Global) -> Self {
        Self {
            color: global.color,
            ascii: global.ascii || !is_unicode(&environment),
            silent: global.quiet > 1,
            progress: global.quiet == 0 && io::stderr().is_terminal() && has_progress(&environment),
        }
    }

    /// How stdout is painted. `hyperlinks` is what the user wants of them.
    pub(super) fn stdout(&self, hyperlinks: When) -> Options {
        self.options(io::stdout().is_terminal(), hyperlinks)
    }

    /// How stderr is painted.
    pub(super) fn stderr(&self) -> Options {
        self.options(io::stderr().is_terminal(), When::Never)
    }

    /// How a file is painted.
    pub(super) fn file(&self, hyperlinks: When) -> Options {
        self.options(false, hyperlinks)
    }

    fn options(&self, terminal: bool, hyperlinks: When) -> Options {
        let color = has_color(self.color, terminal, &environment);
        Options {
            color,
            ascii: self.ascii,
            hyperlinks: match hyperlinks {
                When::Always => true,
                When::Never => false,
                When::Auto => color && terminal && has_hyperlinks(&environment),
            },
            ..Options::default()
        }
    }

    /// A line about work that takes long, where somebody looks on.
    pub(super) fn progress(&self) -> Progress {
        if self.progress {
            Progress::on_stderr(self.ascii)
        } else {
            Progress::none()
        }
    }

    /// Writes a whole text to stdout.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        written(
            out.write_all(text.as_bytes()).and_then(|()| out.flush()),
            "stdout",
        )
    }

    /// Says on stderr why the command failed, also with `-qq`: a script must be able to show why it broke.
    pub(super) fn complain(&self, failure: &Failure) {
        write_failure(failure, self.stderr().color);
    }

    /// Shows what is wrong with files that steer a run, each mistake with its place, also with `-qq`.
    pub(super) fn mistakes(&self, sources: Sources, errors: Vec<InputError>) -> Result<(), Failure> {
        let report = Report {
            errors,
            sources,
            ..Report::default()
        };
        self.errors(&report)
    }

    /// Shows on stderr what could not be read, and the rules that crashed.
    pub(super) fn errors(&self, report: &Report) -> Result<(), Failure> {
        let mut out = io::stderr().lock();
        written(
            write_errors(Format::Full, report, &self.stderr(), &mut out),
            "stderr",
        )
    }

    /// A remark on stderr; not with `-qq`.
    pub(super) fn remark(&self, text: &str) {
        if !self.silent {
            log(text);
        }
    }
}

/// [`Streams::complain`] before the options are known.
pub(super) fn complain(failure: &Failure) {
    let color = has_color(When::Auto, io::stderr().is_terminal(), &environment);
    write_failure(failure, color);
}

fn write_failure(failure: &Failure, color: bool) {
    let (word, key) = (AnsiColor::Red.on_default().bold(), AnsiColor::Cyan.on_default());
    let paint = |style: clap::builder::styling::Style, text: &str| {
        if color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    };
    // Line breaks of a message are ours; everything else that steers a terminal is not.
    let message: Vec<String> = failure.message.lines().map(visible).collect();
    let mut text = format!("{}: {}", paint(word, "error"), message.join("\n"));
    if let Some(help) = &failure.help {
        text.push_str(&format!("\n  {}: {}", paint(key, "help"), visible(help)));
    }
    log(&text);
}

/// Writes a line to stderr. When stderr is gone there is nobody left to tell.
pub(super) fn log(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether to paint: the flag, then the variables of <https://no-color.org> and
/// <https://force-color.org>, then what the stream is.
fn has_color(when: When, terminal: bool, environment: Environment<'_>) -> bool {
    let forces = |name| environment(name).is_some_and(|value| value != "0");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if environment("NO_COLOR").is_some() => false,
        When::Auto if forces("FORCE_COLOR") || forces("CLICOLOR_FORCE") => true,
        When::Auto => {
            let refused = |name, value| environment(name).is_some_and(|is| is == value);
            terminal && !refused("TERM", "dumb") && !refused("FORCE_COLOR", "0") && !refused("CLICOLOR", "0")
        }
    }
}

/// Whether a line may move on the terminal: not where it is written down, as on build machines, which say so by `CI`.
fn has_progress(environment: Environment<'_>) -> bool {
    let is_build = environment("CI").is_some_and(|value| value != "false" && value != "0");
    !is_build && environment("TERM").is_some_and(|term| term != "dumb")
}

/// Whether the terminal is one that is known to draw links; others print the escape codes.
fn has_hyperlinks(environment: Environment<'_>) -> bool {
    let is = |name, values: &[&str]| environment(name).is_some_and(|value| values.contains(&value.as_str()));
    is("TERM_PROGRAM", &["iTerm.app", "WezTerm", "vscode", "ghostty"])
        || is("TERM", &["xterm-kitty", "alacritty", "foot", "xterm-ghostty"])
        || environment("WT_SESSION").is_some()
        || environment("VTE_VERSION")
            .and_then(|version| version.parse::<u32>().ok())
            .is_some_and(|version| version >= VTE_WITH_LINKS)
}

/// The first release of the GNOME terminal library whose links are safe to print: 0.50 crashed on some.
const VTE_WITH_LINKS: u32 = 5_100;

/// Whether the locale can show more than ASCII; without a locale it is taken to, as build machines set none.
fn is_unicode(environment: Environment<'_>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| environment(name));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let known = variables.iter().find(|(known, _)| *known == name);
            known.map(|(_, value)| (*value).to_owned())
        }
    }

    fn auto(terminal: bool, variables: &'static [(&str, &str)]) -> bool {
        has_color(When::Auto, terminal, &with(variables))
    }

    #[test]
    fn a_terminal_is_painted_and_a_pipe_is_not() {
        assert!(auto(true, &[]));
        assert!(!auto(false, &[]));
        assert!(!auto(true, &[("TERM", "dumb")]));
    }

    #[test]
    fn no_color_beats_the_variables_that_force_and_the_flag_beats_all() {
        assert!(auto(false, &[("FORCE_COLOR", "1")]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!auto(true, &[("FORCE_COLOR", "0")]));
        assert!(!auto(true, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
        assert!(has_color(When::Always, false, &with(&[("NO_COLOR", "1")])));
        assert!(!has_color(When::Never, true, &with(&[("FORCE_COLOR", "1")])));
    }

    #[test]
    fn a_locale_without_unicode_asks_for_ascii() {
        assert!(is_unicode(&with(&[])));
        assert!(is_unicode(&with(&[("LANG", "ko_KR.UTF-8")])));
        assert!(is_unicode(&with(&[("LANG", "C"), ("LC_ALL", "C.utf8")])));
        assert!(!is_unicode(&with(&[("LANG", "C")])));
        assert!(!is_unicode(&with(&[("LANG", "ko_KR.EUC-KR")])));
    }

    #[test]
    fn progress_is_for_people_who_look_on() {
        assert!(has_progress(&with(&[("TERM", "xterm")])));
        assert!(has_progress(&with(&[("TERM", "xterm"), ("CI", "false")])));
        assert!(!has_progress(&with(&[("TERM", "xterm"), ("CI", "true")])));
        assert!(!has_progress(&with(&[("TERM", "dumb")])));
        assert!(!has_progress(&with(&[])));
    }

    #[test]
    fn links_are_for_terminals_known_to_draw_them() {
        assert!(has_hyperlinks(&with(&[("TERM_PROGRAM", "WezTerm")])));
        assert!(has_hyperlinks(&with(&[("VTE_VERSION", "7600")])));
        assert!(!has_hyperlinks(&with(&[("VTE_VERSION", "4000")])));
        assert!(!has_hyperlinks(&with(&[("TERM", "xterm-256color")])));
    }
}
