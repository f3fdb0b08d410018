//! Which rules run.

use std::path::Path;

use clap::Args;

use super::exit::Failure;
use super::own_rules::{RuleArgs, Rules};
use super::stream::Streams;
use crate::diag::nearest;
use crate::rule::{Category, Profile, Rule};

/// The flags that choose rules.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    #[command(flatten)]
    own: RuleArgs,
    /// Only these, whatever the profile: rule names, categories, ALL
    #[arg(short, long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// These as well
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    extend_select: Vec<String>,
    /// Not these
    #[arg(short, long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// recommended: few false positives; strict: adds hygiene; all: everything
    #[arg(long, value_name = "PROFILE", default_value = "recommended")]
    profile: Profile,
}

impl SelectArgs {
    /// The rules that run, in the order of the table.
    ///
    /// # Errors
    /// When a rule file is wrong, or a word names no rule and no category.
    pub(super) fn rules(&self, cwd: &Path, streams: &Streams) -> Result<Selection, Failure> {
        let rules = self.own.load(cwd, streams)?;
        let chosen = self.chosen(&rules)?;
        Ok(Selection {
            chosen,
            known: rules.all,
        })
    }

    fn chosen(&self, rules: &Rules) -> Result<Vec<&'static Rule>, Failure> {
        let select = selectors("--select", &self.select, rules)?;
        let extend = selectors("--extend-select", &self.extend_select, rules)?;
        let ignore = selectors("--ignore", &self.ignore, rules)?;
        let names = |selectors: &[Selector], rule: &Rule| selectors.iter().any(|one| one.names(rule));
        let chosen = |rule: &Rule| {
            let base = if select.is_empty() {
                rule.profile <= self.profile
            } else {
                names(&select, rule)
            };
            (base || names(&extend, rule)) && !names(&ignore, rule)
        };
        Ok(rules.all.iter().copied().filter(|rule| chosen(rule)).collect())
    }
}

/// The rules of a run.
pub(super) struct Selection {
    /// Those that run, in the order of the table.
    pub(super) chosen: Vec<&'static Rule>,
    /// All of them, which templates may name.
    pub(super) known: Vec<&'static Rule>,
}

/// A word that stands for rules.
#[derive(Clone, Copy, Debug)]
enum Selector {
    /// Every rule.
    All,
    /// The rules of a category.
    Category(Category),
    /// One rule.
    Rule(&'static str),
}

impl Selector {
    fn names(self, rule: &Rule) -> bool {
        match self {
            Selector::All => true,
            Selector::Category(category) => rule.category == category,
            Selector::Rule(name) => name == rule.name,
        }
    }
}

/// The words of a flag as selectors.
fn selectors(flag: &str, words: &[String], rules: &Rules) -> Result<Vec<Selector>, Failure> {
    let selector = |word: &String| {
        selector(word.trim(), rules).map_err(|unknown| Failure {
            message: format!("{flag}: {}", unknown.message),
            ..unknown
        })
    };
    words.iter().map(selector).collect()
}

fn selector(word: &str, rules: &Rules) -> Result<Selector, Failure> {
    if word == "ALL" {
        return Ok(Selector::All);
    }
    if let Some(category) = Category::ALL.iter().find(|category| category.as_str() == word) {
        return Ok(Selector::Category(*category));
    }
    rules
        .find(word)
        .map(|rule| Selector::Rule(rule.name))
        .ok_or_else(|| unknown(word, rules))
}

/// Why a word names no rule, with what may have been meant.
fn unknown(word: &str, rules: &Rules) -> Failure {
    let same: Vec<String> = by_reference(word, rules)
        .iter()
        .map(|rule| format!("`{}`", rule.name))
        .collect();
    if !same.is_empty() {
        return Failure::usage(format!("`{word}` is another tool's name"))
            .help(format!("here it is {}", same.join(" and ")));
    }
    let categories = Category::ALL.iter().map(|category| category.as_str());
    let known = rules
        .all
        .iter()
        .map(|rule| rule.name)
        .chain(categories)
        .chain(["ALL"]);
    let failure = Failure::usage(format!("no rule or category is called `{word}`"));
    match nearest(word, known) {
        Some(name) => failure.help(format!("did you mean `{name}`?")),
        None => failure.help("`ecslint rules` lists them"),
    }
}

/// The rules that mean the same as a rule of another tool, by that rule's id.
pub(super) fn by_reference(id: &str, rules: &Rules) -> Vec<&'static Rule> {
    let has = |rule: &Rule| {
        rule.references
            .iter()
            .any(|reference| reference.eq_ignore_ascii_case(id))
    };
    rules.all.iter().copied().filter(|rule| has(rule)).collect()
}

/// The names of the rules most like a mistyped one, the likest first.
pub(super) fn nearest_rules(typed: &str, count: usize, rules: &Rules) -> Vec<&'static str> {
    let typed = typed.to_lowercase();
    let mut ranked: Vec<(f64, &str)> = rules
        .all
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
    use crate::rules::RULES;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        select: SelectArgs,
    }

    fn rules() -> Rules {
        Rules { all: RULES.clone() }
    }

    fn chosen(arguments: &[&str]) -> Vec<&'static str> {
        let line = Line::try_parse_from(std::iter::once(&"x").chain(arguments))
            .ok()
            .unwrap();
        let chosen = line.select.chosen(&rules()).unwrap();
        chosen.iter().map(|rule| rule.name).collect()
    }

    #[test]
    fn all_is_every_rule_in_the_order_of_the_table() {
        let all: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(chosen(&["--select", "ALL"]), all);
        assert_eq!(chosen(&["--profile", "all"]), all);
        assert_eq!(chosen(&["--ignore", "ALL"]), Vec::<&str>::new());
    }

    #[test]
    fn a_wider_profile_has_every_rule_of_a_narrower_one() {
        let [recommended, strict, all] =
            ["recommended", "strict", "all"].map(|name| chosen(&["--profile", name]));
        assert!(recommended.iter().all(|name| strict.contains(name)));
        assert!(strict.iter().all(|name| all.contains(name)));
        assert_eq!(chosen(&[]), recommended);
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
        let error = |word: &str| {
            let failure = selector(word, &rules()).unwrap_err();
            format!("{}; {}", failure.message, failure.help.unwrap_or_default())
        };
        assert_eq!(
            error("task-publik-ip"),
            "no rule or category is called `task-publik-ip`; did you mean `task-public-ip`?"
        );
        assert_eq!(
            error("netwrok"),
            "no rule or category is called `netwrok`; did you mean `network`?"
        );
        assert_eq!(
            error("ckv_aws_333"),
            "`ckv_aws_333` is another tool's name; here it is `task-public-ip`"
        );
        assert!(error("").contains("`ecslint rules` lists them"));
    }
}
