//! Suppressions stand where they count.

use crate::diag::Severity;
use crate::rule::{Category, Check, Docs, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "misplaced-suppression",
    summary: "every suppression stands at a node of the template",
    docs: Docs {
        why: "A directive at the wrong place suppresses nothing, and looks as if it did.",
        decides: "A comment at the end of a line belongs to the node that begins there, one on a line of its \
              own to the node below it with the same indentation, one above everything to the template. \
              Reports directives at no node, directives inside of block scalars, where they are text, and \
              skips of checkov above a resource or for a whole template, which checkov does not count. \
              Never undetermined.",
        fix: "Put the comment at the end of the line it is about, or above it with the same indentation.",
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
