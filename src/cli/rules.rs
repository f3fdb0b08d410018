//! `ecslint rules`: the table of rules.

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure};
use super::stream::Streams;
use crate::report::catalogue;
use crate::rules::RULES;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// How to print the table
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    format: TableFormat,
}

/// The forms of the table.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TableFormat {
    Table,
    Json,
    Markdown,
}

pub(super) fn run(args: &RulesArgs, streams: &Streams) -> Result<Exit, Failure> {
    let text = match args.format {
        TableFormat::Table => catalogue::text_table(&RULES),
        TableFormat::Json => catalogue::json_table(&RULES),
        TableFormat::Markdown => catalogue::markdown_table(&RULES),
    };
    streams.print(&text)?;
    Ok(Exit::Clean)
}
