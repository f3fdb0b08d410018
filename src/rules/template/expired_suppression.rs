//! Suppressions are decided anew when they end.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "expired-suppression",
    summary: "no suppression is past its date",
    docs: Docs {
        why: "A date on a suppression says until when a risk was accepted. After it the decision has to be \
              taken again.",
        decides: "Compares `until`, the last day on which a suppression counts, with the current day in UTC. \
              After it the finding is back and this one stands beside it; in the last 14 days it is an \
              info. `ECSLINT_TODAY` (YYYY-MM-DD) or `SOURCE_DATE_EPOCH` in the environment set the day. Never \
              undetermined.",
        fix: "Mend what the suppression accepted and remove it, or decide again and give a later date.",
        safety: Safety::Advice,
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
