//! Suppressions keep to what the configuration allows.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "forbidden-suppression",
    summary: "nothing suppresses what the configuration protects",
    docs: Docs {
        why: "A team may agree that some findings are never accepted, or only in certain places, \
              such as the configuration that its owners review. Whoever writes a suppression against \
              that must learn that it does not count.",
        decides: "Reports suppressions that name a rule of `suppressions.protected`, and suppressions in \
              a form that `suppressions.allow` does not have. They do not count: the finding stands \
              beside this one. A category stands for its other rules, so that naming one with a \
              protected rule in it is not reported. Suppressions of other tools are not judged; \
              where `allow` has no `compat` they do not count. Never undetermined.",
        fix: "Mend what the protected rule reports, or move the suppression to a form that is \
              allowed.",
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
