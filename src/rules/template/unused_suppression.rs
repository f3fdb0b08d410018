//! Suppressions suppress something.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unused-suppression",
    summary: "every suppression suppresses something",
    docs: Docs {
        why: "A suppression that is no longer needed hides the next mistake at its place, and makes \
              readers believe in a problem that is gone.",
        decides: "Every rule that a suppression names must report something in what it covers, as a finding or \
              as a check that could not be decided. Nothing is said where silence proves nothing: the rule \
              did not run, crashed or could not decide something about the template, an input could not be \
              read, or the template is part of no stack. Suppressions of other tools are not judged. Never \
              undetermined.",
        fix: "Remove the suppression, or the one name from its list.",
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
