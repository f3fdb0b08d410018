//! Words that stand for rules: a rule's name, a category, `ALL`.

use super::{Category, Rule};
use crate::diag::nearest;

/// A word that stands for rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every rule.
    All,
    /// The rules of a category.
    Category(Category),
    /// One rule.
    Rule(&'static str),
}

/// A word that stands for no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// The word for every rule.
pub const ALL: &str = "ALL";

impl Selector {
    /// What a word stands for among the rules that are known.
    ///
    /// # Errors
    /// When it stands for nothing.
    pub fn parse(word: &str, known: &[&'static Rule]) -> Result<Selector, UnknownRule> {
        if word == ALL {
            return Ok(Selector::All);
        }
        Selector::of_name(word, known).ok_or_else(|| unknown(word, known, true))
    }

    /// The rule or category with a name; `ALL` is none.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str, known: &[&'static Rule]) -> Result<Selector, UnknownRule> {
        Selector::of_name(name, known).ok_or_else(|| unknown(name, known, false))
    }

    fn of_name(name: &str, known: &[&'static Rule]) -> Option<Selector> {
        let category = Category::ALL.iter().find(|category| category.as_str() == name);
        let rule = known.iter().find(|rule| rule.name == name);
        category
            .map(|category| Selector::Category(*category))
            .or(rule.map(|rule| Selector::Rule(rule.name)))
    }

    /// True when it stands for a rule, among others perhaps.
    pub fn names(self, rule: &Rule) -> bool {
        match self {
            Selector::All => true,
            Selector::Category(category) => rule.category == category,
            Selector::Rule(name) => name == rule.name,
        }
    }
}

/// The rules that mean the same as a rule of another tool, by that rule's id.
pub fn by_reference(id: &str, known: &[&'static Rule]) -> Vec<&'static Rule> {
    let has = |rule: &Rule| {
        rule.references
            .iter()
            .any(|reference| reference.eq_ignore_ascii_case(id))
    };
    known.iter().copied().filter(|rule| has(rule)).collect()
}

/// Why a word stands for no rule, with what may have been meant.
fn unknown(word: &str, known: &[&'static Rule], or_all: bool) -> UnknownRule {
    let same: Vec<String> = by_reference(word, known)
        .iter()
        .map(|rule| format!("`{}`", rule.name))
        .collect();
    if !same.is_empty() {
        return UnknownRule {
            message: format!("`{word}` is another tool's name"),
            help: format!("here it is {}", same.join(" and ")),
        };
    }
    let categories = Category::ALL.iter().map(|category| category.as_str());
    let names = known.iter().map(|rule| rule.name);
    let all = or_all.then_some(ALL);
    UnknownRule {
        message: format!("no rule or category is called `{word}`"),
        help: match nearest(word, names.chain(categories).chain(all)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "`ecslint rules` lists them".to_owned(),
        },
    }
}
