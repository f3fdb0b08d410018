//! `ecslint explain`: the page of a rule.

use clap::{Args, ValueEnum};

use super::Global;
use super::check::current_dir;
use super::config::configured;
use super::exit::{Exit, Failure};
use super::own_rules::{RuleArgs, Rules};
use super::select::nearest_rules;
use super::stream::Streams;
use crate::report::catalogue;
use crate::rule::Rule;
use crate::rule::selector::by_reference;

/// How many names are offered for an unknown one.
const OFFERED: usize = 3;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A rule's name, or another tool's id for the same rule, such as CKV_AWS_333
    #[arg(value_name = "RULE", required_unless_present = "all")]
    rule: Option<String>,
    /// Every rule
    #[arg(long, conflicts_with = "rule")]
    all: bool,
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

pub(super) fn run(args: &ExplainArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    let rules = configured(global, &args.own, &current_dir()?, streams)?.rules;
    let wanted = match &args.rule {
        Some(word) => find(word, &rules)?,
        None => rules.all,
    };
    let page: fn(&Rule) -> String = match (args.format, wanted.as_slice()) {
        (PageFormat::Text, _) => catalogue::text,
        (PageFormat::Markdown, _) => catalogue::markdown,
        (PageFormat::Json, [_]) => catalogue::json,
        (PageFormat::Json, several) => {
            streams.print(&catalogue::json_pages(several))?;
            return Ok(Exit::Clean);
        }
    };
    let pages: Vec<String> = wanted.into_iter().map(page).collect();
    streams.print(&pages.join("\n"))?;
    Ok(Exit::Clean)
}

/// The rules that a word names: one by its name, or all that share the id of another tool.
fn find(word: &str, rules: &Rules) -> Result<Vec<&'static Rule>, Failure> {
    if let Some(rule) = rules.find(&word.to_lowercase()) {
        return Ok(vec![rule]);
    }
    let same = by_reference(word, &rules.all);
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
