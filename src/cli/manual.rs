//! `ecslint man`: the manual pages, in the form that `man` reads.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use super::exit::{Exit, Failure};
use super::stream::Streams;

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ManArgs {
    /// The page of this command, such as `check` or `rules test` [default: the page of ecslint itself]
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  ecslint man check | man -l -
  ecslint man --dir ~/.local/share/man/man1";

pub(super) fn run(args: &ManArgs, streams: &Streams) -> Result<Exit, Failure> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    if let Some(dir) = &args.dir {
        let failed = |error| Failure::usage(format!("cannot write into {}: {error}", dir.display()));
        std::fs::create_dir_all(dir).map_err(failed)?;
        for command in with_subcommands(&root) {
            page(command).generate_to(dir).map_err(failed)?;
        }
        return Ok(Exit::Clean);
    }
    let mut command = &root;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            Failure::usage(format!("no command is called `{}`", args.command.join(" ")))
                .help("`ecslint help` lists the commands")
        })?;
    }
    let mut text = Vec::new();
    page(command)
        .render(&mut text)
        .map_err(|error| Failure::internal(format!("cannot make the page: {error}")))?;
    streams.print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Clean)
}

/// A command, and all below it.
fn with_subcommands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().flat_map(with_subcommands);
    std::iter::once(command).chain(below).collect()
}

/// Stands for the date that a page does not bear, so that the same version gives the same bytes. An empty word would be left out
/// of the heading, and the words behind it would move up.
const NO_DATE: &str = " ";

/// The page of a command.
fn page(command: &Command) -> Man {
    let source = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone())
        .date(NO_DATE)
        .source(source)
        .manual("ecslint manual")
}
