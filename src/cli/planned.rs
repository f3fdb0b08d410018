//! What is documented and not built: asking for it is an error of its own, and never passes in silence.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::{Exit, Failure};
use super::stream;
use crate::diag::{steers, visible};

/// Commands that the documentation names and no version has yet.
pub(super) const COMMANDS: &[&str] = &["diff", "lsp"];

/// Flags that the documentation names and no version has yet.
pub(super) const FLAGS: &[&str] = &[
    "--lang",
    "-w",
    "--watch",
    "--fix",
    "--unsafe-fixes",
    "--diff",
    "--tags",
];

/// Says what is wrong with the arguments, or prints the help or version that was asked for.
pub(super) fn refuse(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Help into a closed pipe: the reader has seen enough.
        let _ = error.print();
        return Exit::Clean;
    }
    match explain(error) {
        Some(failure) => stream::complain(&failure),
        None if repeats_what_steers(error) => stream::log(&harmless(&error.render().to_string())),
        None => {
            let _ = error.print();
        }
    }
    Exit::Usage
}

/// True when an error has a character in it that could steer a terminal, which only an argument can have brought there.
fn repeats_what_steers(error: &clap::Error) -> bool {
    let mut texts = error.context().map(|(_, value)| value.to_string());
    texts.any(|text| text.chars().any(steers))
}

/// A text of several lines with such characters made visible.
fn harmless(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(visible).collect();
    lines.join("\n")
}

/// A better explanation than clap's, where we know more than it does.
fn explain(error: &clap::Error) -> Option<Failure> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let typed = text(ContextKind::InvalidArg)?;
            let name = typed.split('=').next().unwrap_or(typed);
            FLAGS.contains(&name).then(|| {
                Failure::usage(format!("`{name}` is not built yet"))
                    .help("`ecslint help` and `ecslint check --help` list what is")
            })
        }
        ErrorKind::InvalidSubcommand => command(text(ContextKind::InvalidSubcommand)?),
        _ => None,
    }
}

/// What to say of a word where a command belongs.
fn command(word: &str) -> Option<Failure> {
    if COMMANDS.contains(&word) {
        return Some(
            Failure::usage(format!("the command `{word}` is not built yet"))
                .help("`ecslint help` lists the commands that are"),
        );
    }
    let is_path = word == "-" || word.contains(['/', '\\', '.', '*']) || Path::new(word).exists();
    is_path.then(|| {
        Failure::usage(format!("unrecognized subcommand '{word}'"))
            .help(format!("to check it, run: ecslint check {word}"))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn explained(arguments: &[&str]) -> Option<Failure> {
        let error = Cli::try_parse_from(std::iter::once(&"ecslint").chain(arguments)).unwrap_err();
        explain(&error)
    }

    #[test]
    fn every_planned_flag_says_that_it_is_not_built() {
        for flag in FLAGS {
            let failure = explained(&["check", flag, "x"]).unwrap();
            assert_eq!(failure.message, format!("`{flag}` is not built yet"));
            assert_eq!(failure.exit, Exit::Usage);
        }
    }

    #[test]
    fn every_planned_command_says_that_it_is_not_built() {
        for command in COMMANDS {
            let failure = explained(&[command]).unwrap();
            assert_eq!(
                failure.message,
                format!("the command `{command}` is not built yet")
            );
        }
    }

    #[test]
    fn a_path_without_a_command_is_answered_with_the_command() {
        let failure = explained(&["templates/"]).unwrap();
        assert_eq!(failure.message, "unrecognized subcommand 'templates/'");
        assert_eq!(
            failure.help.as_deref(),
            Some("to check it, run: ecslint check templates/")
        );
        assert_eq!(explained(&["chekc"]), None, "clap knows a similar command");
    }
}
