//! What users can say of rules: severities, and options that each rule declares.

use rustc_hash::FxHashMap;

use super::Rule;
use crate::diag::Severity;
use crate::source::Str;

/// An option of a rule that is a number.
#[derive(Debug)]
pub struct NumberOption {
    /// Its name in the configuration, kebab-case.
    pub name: &'static str,
    /// What it sets, one line in lower case, with the unit.
    pub doc: &'static str,
    /// What holds when nothing is said.
    pub default: u32,
    /// The least it can be.
    pub least: u32,
    /// The most it can be.
    pub most: u32,
}

/// An option of a rule that is a list of texts.
#[derive(Debug)]
pub struct TextsOption {
    /// Its name in the configuration, kebab-case.
    pub name: &'static str,
    /// What it sets, one line in lower case.
    pub doc: &'static str,
    /// What holds when nothing is said.
    pub default: &'static [&'static str],
}

/// An option of a rule.
#[derive(Clone, Copy, Debug)]
pub enum RuleOption {
    /// A whole number.
    Number(&'static NumberOption),
    /// A list of texts.
    Texts(&'static TextsOption),
}

impl RuleOption {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            RuleOption::Number(option) => option.name,
            RuleOption::Texts(option) => option.name,
        }
    }

    /// What it sets.
    pub fn doc(self) -> &'static str {
        match self {
            RuleOption::Number(option) => option.doc,
            RuleOption::Texts(option) => option.doc,
        }
    }

    /// What holds when nothing is said, as one writes it in a configuration.
    pub fn default_text(self) -> String {
        match self {
            RuleOption::Number(option) => option.default.to_string(),
            RuleOption::Texts(option) => format!("[{}]", option.default.join(", ")),
        }
    }
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// Of a [`NumberOption`], within its bounds.
    Number(u32),
    /// Of a [`TextsOption`].
    Texts(Vec<Str>),
}

/// How the rules of a run differ from how they come.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    severities: FxHashMap<&'static str, Severity>,
    options: FxHashMap<(&'static str, &'static str), OptionValue>,
}

impl RuleSettings {
    /// Sets the severity of a rule.
    pub fn set_severity(&mut self, rule: &'static str, severity: Severity) {
        self.severities.insert(rule, severity);
    }

    /// Sets an option of a rule; the value is of the option's kind.
    pub fn set_option(&mut self, rule: &'static str, option: &'static str, value: OptionValue) {
        self.options.insert((rule, option), value);
    }

    /// The severity that was set for a rule.
    pub fn severity(&self, rule: &str) -> Option<Severity> {
        self.severities.get(rule).copied()
    }

    /// How bad a finding of a rule is that the rule itself finds `found` bad. What is set takes the place of the rule's own
    /// severity; a finding that the rule holds to be milder than its others stays milder, and one that it holds to be worse
    /// is no worse than what is set.
    pub fn judged(&self, rule: &Rule, found: Severity) -> Severity {
        match self.severity(rule.name) {
            Some(set) if found == rule.severity => set,
            Some(set) => set.min(found),
            None => found,
        }
    }

    /// The value of a number option of a rule.
    pub fn number(&self, rule: &Rule, option: &'static NumberOption) -> u32 {
        match self.options.get(&(rule.name, option.name)) {
            Some(OptionValue::Number(number)) => *number,
            _ => option.default,
        }
    }

    /// The value of a list option of a rule.
    pub fn texts(&self, rule: &Rule, option: &'static TextsOption) -> Vec<Str> {
        match self.options.get(&(rule.name, option.name)) {
            Some(OptionValue::Texts(texts)) => texts.clone(),
            _ => option.default.iter().map(|text| Str::from(*text)).collect(),
        }
    }
}
