//! The names in suppressions: rules of ecslint, categories, and the ids that other tools give to the same rules.

use crate::diag::nearest;
use crate::rule::{Category, Check, Rule};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// One rule.
    Rule(&'static str),
    /// Every rule of a category, except those about suppressions.
    Category(Category),
}

/// A name that no suppression can use, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownName {
    /// What is wrong.
    pub(super) message: String,
    /// What to write instead.
    pub(super) help: String,
}

/// Every rule there is, whether it runs or not.
#[derive(Clone, Copy)]
pub(super) struct Names<'r> {
    known: &'r [&'static Rule],
}

impl<'r> Names<'r> {
    pub(super) fn new(known: &'r [&'static Rule]) -> Self {
        Self { known }
    }

    /// What a name stands for.
    ///
    /// # Errors
    /// When it names nothing, or a rule about suppressions, which would accept itself.
    pub(super) fn selector(&self, name: &str) -> Result<Selector, UnknownName> {
        if let Some(rule) = self.known.iter().find(|rule| rule.name == name) {
            return if is_about_suppressions(rule) {
                Err(UnknownName {
                    message: format!("`{name}` is about suppressions and cannot be suppressed"),
                    help: format!("mend what it reports, or switch it off with `--ignore {name}`"),
                })
            } else {
                Ok(Selector::Rule(rule.name))
            };
        }
        let category = Category::ALL.iter().find(|category| category.as_str() == name);
        category
            .map(|category| Selector::Category(*category))
            .ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> UnknownName {
        let same: Vec<String> = self
            .known
            .iter()
            .filter(|rule| rule.references.iter().any(|id| id.eq_ignore_ascii_case(name)))
            .map(|rule| format!("`{}`", rule.name))
            .collect();
        if !same.is_empty() {
            return UnknownName {
                message: format!("`{name}` is another tool's name for a rule"),
                help: format!("here it is {}", same.join(" and ")),
            };
        }
        let categories = Category::ALL.iter().map(|category| category.as_str());
        let known = self.known.iter().map(|rule| rule.name).chain(categories);
        UnknownName {
            message: format!("no rule or category is called `{name}`"),
            help: match nearest(name, known) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "`ecslint rules` lists them".to_owned(),
            },
        }
    }

    /// The rules that a selector stands for.
    pub(super) fn rules(&self, selector: Selector) -> Vec<&'static str> {
        match selector {
            Selector::Rule(name) => vec![name],
            Selector::Category(category) => {
                let is_meant = |rule: &&&Rule| rule.category == category && !is_about_suppressions(rule);
                self.known.iter().filter(is_meant).map(|rule| rule.name).collect()
            }
        }
    }

    /// The rules that have an id of another tool for which `is_meant` holds.
    pub(super) fn by_reference(&self, is_meant: impl Fn(&str) -> bool) -> Vec<&'static str> {
        let has = |rule: &&&Rule| rule.references.iter().any(|id| is_meant(id));
        self.known.iter().filter(has).map(|rule| rule.name).collect()
    }
}

/// True for the rules that speak of suppressions.
fn is_about_suppressions(rule: &Rule) -> bool {
    matches!(rule.check, Check::Suppressions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn a_name_is_a_rule_or_a_category_or_answered_with_what_is_meant() {
        let names = Names::new(&RULES);
        assert_eq!(
            names.selector("task-public-ip"),
            Ok(Selector::Rule("task-public-ip"))
        );
        assert_eq!(names.selector("iam"), Ok(Selector::Category(Category::Iam)));
        let help = |name: &str| names.selector(name).unwrap_err().help;
        assert_eq!(help("task-publik-ip"), "did you mean `task-public-ip`?");
        assert_eq!(help("CKV_AWS_333"), "here it is `task-public-ip`");
        assert!(help("unused-suppression").contains("--ignore unused-suppression"));
    }

    #[test]
    fn a_category_leaves_the_rules_about_suppressions_out() {
        let names = Names::new(&RULES);
        let rules = names.rules(Selector::Category(Category::Template));
        assert!(rules.contains(&"syntax-error"));
        assert!(!rules.contains(&"unused-suppression"));
    }
}
