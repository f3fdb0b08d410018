//! Which rules run.

use std::str::FromStr;

use clap::Args;

use crate::diag::nearest;
use crate::rule::{Category, Profile, Rule};
use crate::rules::{self, RULES};

/// The flags that choose rules.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Only these, whatever the profile: rule names, categories, ALL
    #[arg(short, long, value_name = "RULES", value_delimiter = ',', value_parser = Selector::from_str)]
    select: Vec<Selector>,
    /// These as well
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = Selector::from_str)]
    extend_select: Vec<Selector>,
    /// Not these
    #[arg(short, long, value_name = "RULES", value_delimiter = ',', value_parser = Selector::from_str)]
    ignore: Vec<Selector>,
    /// recommended: few false positives; strict: adds hygiene; all: everything
    #[arg(long, value_name = "PROFILE", default_value = "recommended")]
    profile: Profile,
}

impl SelectArgs {
    /// The rules that run, in the order of the table.
    pub(super) fn rules(&self) -> Vec<&'static Rule> {
        let names = |selectors: &[Selector], rule: &Rule| selectors.iter().any(|one| one.names(rule));
        let chosen = |rule: &Rule| {
            let base = if self.select.is_empty() {
                rule.profile <= self.profile
            } else {
                names(&self.select, rule)
            };
            (base || names(&self.extend_select, rule)) && !names(&self.ignore, rule)
        };
        RULES.iter().copied().filter(|rule| chosen(rule)).collect()
    }
}

/// A word that stands for rules.
#[derive(Clone, Copy, Debug)]
pub(super) enum Selector {
    /// Every rule.
    All,
    /// The rules of a category.
    Category(Category),
    /// One rule.
    Rule(&'static Rule),
}

impl Selector {
    fn names(self, rule: &Rule) -> bool {
        match self {
            Selector::All => true,
            Selector::Category(category) => rule.category == category,
            Selector::Rule(one) => one.name == rule.name,
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let word = word.trim();
        if word == "ALL" {
            return Ok(Selector::All);
        }
        if let Some(category) = Category::ALL.iter().find(|category| category.as_str() == word) {
            return Ok(Selector::Category(*category));
        }
        rules::find(word).map(Selector::Rule).ok_or_else(|| unknown(word))
    }
}

/// Why a word names no rule, with what may have been meant.
fn unknown(word: &str) -> String {
    let same: Vec<String> = by_reference(word)
        .iter()
        .map(|rule| format!("`{}`", rule.name))
        .collect();
    if !same.is_empty() {
        return format!(
            "rules have names of their own; `{word}` is here {}",
            same.join(" and ")
        );
    }
    let categories = Category::ALL.iter().map(|category| category.as_str());
    let known = RULES
        .iter()
        .map(|rule| rule.name)
        .chain(categories)
        .chain(["ALL"]);
    let message = format!("no rule or category is called `{word}`");
    match nearest(word, known) {
        Some(name) => format!("{message}; did you mean `{name}`?"),
        None => format!("{message}; `ecslint rules` lists them"),
    }
}

/// The rules that mean the same as a rule of another tool, by that rule's id.
pub(super) fn by_reference(id: &str) -> Vec<&'static Rule> {
    let has = |rule: &Rule| {
        rule.references
            .iter()
            .any(|reference| reference.eq_ignore_ascii_case(id))
    };
    RULES.iter().copied().filter(|rule| has(rule)).collect()
}

/// The names of the rules most like a mistyped one, the likest first.
pub(super) fn nearest_rules(typed: &str, count: usize) -> Vec<&'static str> {
    let typed = typed.to_lowercase();
    let mut ranked: Vec<(f64, &str)> = RULES
        .iter()
        .map(|rule| (strsim::jaro_winkler(&typed, rule.name), rule.name))
        .collect();
    ranked.sort_by(|(left, a), (right, b)| right.total_cmp(left).then_with(|| a.cmp(b)));
    ranked.into_iter().take(count).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        select: SelectArgs,
    }

    fn chosen(arguments: &[&str]) -> Vec<&'static str> {
        let line = Line::try_parse_from(std::iter::once(&"x").chain(arguments))
            .ok()
            .unwrap();
        line.select.rules().iter().map(|rule| rule.name).collect()
    }

    #[test]
    fn all_is_every_rule_in_the_order_of_the_table() {
        let all: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(chosen(&["--select", "ALL"]), all);
        assert_eq!(chosen(&["--profile", "all"]), all);
        assert_eq!(chosen(&["--ignore", "ALL"]), Vec::<&str>::new());
    }

    #[test]
    fn a_selection_takes_the_place_of_the_profile_and_ignoring_wins() {
        assert_eq!(chosen(&["-s", "task-public-ip"]), ["task-public-ip"]);
        assert!(chosen(&["-s", "network"]).contains(&"task-public-ip"));
        assert!(!chosen(&["-s", "network,iam", "-i", "task-public-ip"]).contains(&"task-public-ip"));
        assert!(chosen(&["-s", "iam", "--extend-select", "task-public-ip"]).contains(&"task-public-ip"));
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_nearest_name_or_the_name_here() {
        let error = |word: &str| word.parse::<Selector>().unwrap_err();
        assert_eq!(
            error("task-publik-ip"),
            "no rule or category is called `task-publik-ip`; did you mean `task-public-ip`?"
        );
        assert_eq!(
            error("netwrok"),
            "no rule or category is called `netwrok`; did you mean `network`?"
        );
        assert!(error("ckv_aws_333").contains("`task-public-ip`"));
        assert!(error("").contains("`ecslint rules` lists them"));
    }
}
