//! Suppressions end.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "overlong-suppression",
    summary: "every suppression ends within the days that the configuration allows",
    docs: Docs {
        why: "A suppression without an end in sight is a decision that nobody takes again. A limit \
              makes sure that each is looked at in time.",
        decides: "With `suppressions.max-days` in the configuration, reports suppressions whose `until` \
              is more than so many days from now, and those that have no `until`: they would count \
              for ever. They count all the same. Says nothing without `max-days`; suppressions of \
              other tools and baselines have no end and are not judged. Never undetermined.",
        fix: "Give the last day on which the decision holds; it can be renewed.",
        safety: Safety::Safe,
    },
    category: Category::Template,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html",
    options: &[],
    check: Check::Suppressions,
};
