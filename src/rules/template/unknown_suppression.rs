//! Suppressions can be read, and name rules that exist.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unknown-suppression",
    summary: "every suppression names rules that exist, in the form that is read",
    docs: Docs {
        why: "A suppression with a slip in it suppresses nothing, or less than its author believes.",
        decides: "Reports names that are no rule and no category, the rules about suppressions themselves, \
              which cannot be suppressed, directives that cannot be read (no list of rules, a day that \
              does not exist), unknown members of `Metadata.ecslint`, `rules_to_supress`, which no tool \
              reads, and dates without quotes, which YAML takes for times. Never \
              undetermined.",
        fix: "Write the name that the finding shows between its brackets; `ecslint rules` lists all.",
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
