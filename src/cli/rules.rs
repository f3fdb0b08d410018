//! `ecslint rules`: the table of rules, and what belongs to the user's own.

use clap::{Args, Subcommand, ValueEnum};

use super::Global;
use super::check::current_dir;
use super::config::configured;
use super::exit::{Exit, Failure};
use super::own_rules::RuleArgs;
use super::rule_tests::{self, TestArgs};
use super::stream::Streams;
use crate::report::catalogue;

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    command: Option<RulesCommand>,
    /// How to print the table
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    format: TableFormat,
    #[command(flatten)]
    own: RuleArgs,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Run rules of your own against the templates that test them
    Test(TestArgs),
    /// Print the JSON schema of rule files
    Schema,
}

/// The forms of the table.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TableFormat {
    Table,
    Json,
    Markdown,
}

pub(super) fn run(args: &RulesArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    match &args.command {
        Some(RulesCommand::Test(args)) => return rule_tests::run(args, streams),
        Some(RulesCommand::Schema) => {
            streams.print(&catalogue::rule_schema())?;
            return Ok(Exit::Clean);
        }
        None => {}
    }
    let rules = configured(global, &args.own, &current_dir()?, streams)?.rules;
    let text = match args.format {
        TableFormat::Table => catalogue::text_table(&rules.all),
        TableFormat::Json => catalogue::json_table(&rules.all),
        TableFormat::Markdown => catalogue::markdown_table(&rules.all),
    };
    streams.print(&text)?;
    Ok(Exit::Clean)
}
