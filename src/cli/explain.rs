//! `ecslint explain`: the page of a rule.

use clap::{Args, ValueEnum};

use super::check::current_dir;
use super::exit::{Exit, Failure};
use super::own_rules::{RuleArgs, Rules};
use super::select::{by_reference, nearest_rules};
use super::stream::Streams;
use crate::report::catalogue;
use crate::rule::Rule;

/// How many names are offered for an unknown one.
const OFFERED: usize = 3;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A rule's name, or another tool's id for the same rule, such as CKV_AWS_333
    #[arg(value_name = "RULE")]
    rule: String,
    #[command(flatten)]
    own: RuleArgs,
    /// How to print the page
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: PageFormat,
}

/// The forms of a page.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PageFormat {
    Text,
    Markdown,
    Json,
}

pub(super) fn run(args: &ExplainArgs, streams: &Streams) -> Result<Exit, Failure> {
    let mut out = String::new();
    let rules = args.own.load(&current_dir()?, streams)?;
    for (index, rule) in find(&args.rule, &rules)?.into_iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        match args.format {
            PageFormat::Text => out.push_str(&catalogue::text(rule)),
            PageFormat::Markdown => out.push_str(&catalogue::markdown(rule)),
            PageFormat::Json => out.push_str(&catalogue::json(rule)),
        }
    }
    streams.print(&out)?;
    Ok(Exit::Clean)
}

/// The rules that a word names: one by its name, or all that share the id of another tool.
fn find(word: &str, rules: &Rules) -> Result<Vec<&'static Rule>, Failure> {
    if let Some(rule) = rules.find(&word.to_lowercase()) {
        return Ok(vec![rule]);
    }
    let same = by_reference(word, rules);
    if !same.is_empty() {
        return Ok(same);
    }
    let names: Vec<String> = nearest_rules(word, OFFERED, rules)
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    Err(
        Failure::usage(format!("no rule is called `{word}`")).help(format!(
            "the nearest names are {}; `ecslint rules` lists all",
            names.join(", ")
        )),
    )
}
