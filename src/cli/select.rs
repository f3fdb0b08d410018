//! Which rules run.

use clap::Args;

use super::exit::Failure;
use super::own_rules::{RuleArgs, Rules};
use crate::config::{Config, RuleChoice};
use crate::diag::{Confidence, Severity};
use crate::rule::{Profile, Rule, Selector};

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
    /// recommended: few false positives; strict: adds hygiene; all: everything [default: recommended]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
}

/// The flags that say which findings are left out whatever rule they are of.
#[derive(Debug, Args)]
pub(super) struct LeastArgs {
    /// Leave out findings below this severity [default: info]
    #[arg(long, value_name = "SEVERITY", help_heading = "Rules")]
    min_severity: Option<Severity>,
    /// Leave out findings that are less certain [default: low]
    #[arg(long, value_name = "CONFIDENCE", help_heading = "Rules")]
    min_confidence: Option<Confidence>,
}

impl LeastArgs {
    /// What findings must have, a flag going before the configuration.
    pub(super) fn settled(&self, config: &Config) -> (Severity, Confidence) {
        (
            self.min_severity.unwrap_or(config.min_severity),
            self.min_confidence.unwrap_or(config.min_confidence),
        )
    }
}

impl SelectArgs {
    /// Where rules of the user's own are.
    pub(super) fn own(&self) -> &RuleArgs {
        &self.own
    }

    /// The rules that run, in the order of the table. What a flag names by its own name runs though the configuration switches
    /// it off; `--select` and `--profile` take the place of what the configuration selects.
    ///
    /// # Errors
    /// When a word names no rule and no category.
    pub(super) fn chosen(
        &self,
        rules: &Rules,
        configured: &RuleChoice,
    ) -> Result<Vec<&'static Rule>, Failure> {
        let select = selectors("--select", &self.select, rules)?;
        let extend = selectors("--extend-select", &self.extend_select, rules)?;
        let ignore = selectors("--ignore", &self.ignore, rules)?;
        let names = |selectors: &[Selector], rule: &Rule| selectors.iter().any(|one| one.names(rule));
        let by_name = |rule: &Rule| {
            let asked = select.iter().chain(&extend);
            asked.copied().any(|one| one == Selector::Rule(rule.name))
        };
        let only = match (select.as_slice(), self.profile) {
            ([], None) => &configured.select,
            _ => &select,
        };
        let profile = self.profile.unwrap_or(configured.profile);
        let chosen = |rule: &Rule| {
            let base = match only.as_slice() {
                [] => rule.profile <= profile || configured.on.contains(rule.name),
                only => names(only, rule),
            };
            let extends = select.is_empty() && names(&configured.extend_select, rule);
            let is_off = names(&configured.disable, rule) || configured.off.contains(rule.name);
            (base || extends || names(&extend, rule)) && !names(&ignore, rule) && (!is_off || by_name(rule))
        };
        Ok(rules.all.iter().copied().filter(|rule| chosen(rule)).collect())
    }
}

/// The words of a flag as selectors.
fn selectors(flag: &str, words: &[String], rules: &Rules) -> Result<Vec<Selector>, Failure> {
    let selector = |word: &String| {
        Selector::parse(word.trim(), &rules.all)
            .map_err(|unknown| Failure::usage(format!("{flag}: {}", unknown.message)).help(unknown.help))
    };
    words.iter().map(selector).collect()
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
    use rustc_hash::FxHashSet;

    use super::*;
    use crate::rule::Category;
    use crate::rules::RULES;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        select: SelectArgs,
    }

    fn rules() -> Rules {
        Rules {
            all: RULES.clone(),
            files: Vec::new(),
        }
    }

    fn configured() -> RuleChoice {
        RuleChoice {
            select: Vec::new(),
            extend_select: Vec::new(),
            disable: Vec::new(),
            profile: Profile::Recommended,
            on: FxHashSet::default(),
            off: FxHashSet::default(),
        }
    }

    fn chosen(arguments: &[&str]) -> Vec<&'static str> {
        chosen_with(arguments, &configured())
    }

    fn chosen_with(arguments: &[&str], configured: &RuleChoice) -> Vec<&'static str> {
        let line = Line::try_parse_from(std::iter::once(&"x").chain(arguments))
            .ok()
            .unwrap();
        let chosen = line.select.chosen(&rules(), configured).unwrap();
        chosen.iter().map(|rule| rule.name).collect()
    }

    #[test]
    fn what_the_configuration_switches_off_runs_only_when_a_flag_names_it() {
        let mut configured = configured();
        configured.disable = vec![Selector::Rule("task-public-ip")];
        configured.off.insert("single-az-tasks");
        for name in ["task-public-ip", "single-az-tasks"] {
            assert!(!chosen_with(&[], &configured).contains(&name));
            assert!(!chosen_with(&["-s", "network"], &configured).contains(&name));
            assert!(!chosen_with(&["-s", "ALL"], &configured).contains(&name));
            assert_eq!(chosen_with(&["-s", name], &configured), [name]);
            assert!(chosen_with(&["--extend-select", name], &configured).contains(&name));
            assert!(!chosen_with(&["-s", name, "-i", name], &configured).contains(&name));
        }
    }

    #[test]
    fn flags_take_the_place_of_what_the_configuration_selects() {
        let mut configured = configured();
        configured.select = vec![Selector::Category(Category::Iam)];
        configured.extend_select = vec![Selector::Rule("task-public-ip")];
        assert!(chosen_with(&[], &configured).contains(&"task-public-ip"));
        assert!(!chosen_with(&[], &configured).contains(&"single-az-tasks"));
        assert_eq!(
            chosen_with(&["-s", "single-az-tasks"], &configured),
            ["single-az-tasks"]
        );
        assert!(chosen_with(&["--profile", "strict"], &configured).contains(&"single-az-tasks"));
    }

    #[test]
    fn a_rule_with_a_severity_runs_whatever_the_profile() {
        let strict = RULES.iter().find(|rule| rule.profile == Profile::Strict).unwrap();
        let mut configured = configured();
        assert!(!chosen_with(&[], &configured).contains(&strict.name));
        configured.on.insert(strict.name);
        assert!(chosen_with(&[], &configured).contains(&strict.name));
        assert!(!chosen_with(&["-s", "iam"], &configured).contains(&strict.name));
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
            let unknown = Selector::parse(word, &rules().all).unwrap_err();
            format!("{}; {}", unknown.message, unknown.help)
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
