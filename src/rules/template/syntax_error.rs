//! Templates are well-formed.

use std::collections::BTreeSet;

use crate::diag::Severity;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "syntax-error",
    summary: "templates are well-formed",
    docs: Docs {
        why: "A key given twice, a section that does not exist or a resource without a type is read differently than \
              it looks, or rejected when the stack is deployed.",
        decides: "Reports what is wrong with a document that can still be read: duplicate keys, unknown sections, \
                  declarations without what they need. Duplicate keys are a warning: CloudFormation takes them. A \
                  file that cannot be read at all is no finding but an input error, since nothing in it was checked. \
                  Never undetermined.",
        fix: "Mend the place shown. Of two equal keys CloudFormation uses the last, and so does ecslint.",
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E0000", "E1001"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    // A template read again for another expansion of its loops is the same file.
    let mut seen = BTreeSet::new();
    for template in &cx.inventory().project().templates {
        if !seen.insert(template.file) {
            continue;
        }
        for problem in &template.problems {
            let mut finding =
                Finding::at(problem.span, problem.message.as_str()).because(problem.labels.iter().cloned());
            finding.help.clone_from(&problem.help);
            cx.report(finding.severity(problem.severity));
        }
    }
}
