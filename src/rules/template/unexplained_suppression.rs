//! Suppressions say why.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unexplained-suppression",
    summary: "every suppression gives a reason",
    docs: Docs {
        why: "Whoever meets a suppression later has to know why the risk was taken, to say whether that \
              still holds.",
        decides: "A comment needs ` -- ` and some text after its list, an entry of `Metadata.ecslint.ignore` a \
              `reason`. The suppression counts all the same. Suppressions of other tools are not judged. Never \
              undetermined.",
        fix: "Say why the finding is acceptable, best with the ticket or the person that decided.",
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
