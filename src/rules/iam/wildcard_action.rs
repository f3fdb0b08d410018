//! Policies list actions instead of whole services.

use crate::diag::Severity;
use crate::eval::Guard;
use crate::facts::iam::grant::{Breadth, breadth, listed, literal};
use crate::facts::iam::{Effect, Policy, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "wildcard-action",
    summary: "policies list actions instead of whole services",
    docs: Docs {
        why: "`ecs:*` deletes clusters as readily as it describes them, and grows with every action that AWS adds to \
              the service.",
        decides: "Looks at `Allow` statements. Reported are `*`, a whole service, and a prefix whose actions change \
                  things in more than one way; `s3:Put*` and `dynamodb:*Item` are one verb and one noun, and pass, \
                  except in IAM and Organizations. An error for services that hand out permissions, code or data \
                  when the statement is on `*`. Reads are left to the rules on secrets and data, unknown services \
                  are silent, conditions that bound the statement pass, and `*` on `*` is administrator-access only. \
                  Never undetermined.",
        fix: "List the actions that are called.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(6.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_63", "F3", "F4", "F5", "AVD-AWS-0057", "AwsSolutions-IAM5", "IAM_ROLE_NO_WILDCARD_ACTIONS_ON_PERMISSIONS", "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "IAM_MANAGEDPOLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "IAM.21"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
    options: &[],
    check: Check::Native(check),
};

/// Services of which all actions on all resources amount to much of the account: permissions, keys, secrets, code that
/// runs with other roles, the machines and the data.
const POWERFUL: &[&str] = &[
    "iam",
    "sts",
    "kms",
    "secretsmanager",
    "ssm",
    "organizations",
    "lambda",
    "cloudformation",
    "ecs",
    "ec2",
    "s3",
];

/// A wildcard of a statement.
struct Wide {
    pattern: Str,
    breadth: Breadth,
    guard: Guard,
    span: Span,
}

fn check(cx: &mut Context<'_, '_>) {
    for (policy, statement) in cx.facts.iam.written() {
        if let Some(finding) = in_statement(cx, policy, statement) {
            cx.report(finding);
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    if statement.effect != Effect::Allow {
        return None;
    }
    let iam = &cx.facts.iam;
    let wide = statement.actions.only.iter().filter_map(|case| {
        let pattern = literal(&case.value)?;
        let breadth = breadth(&pattern)?;
        let guard = case.guard.and(&iam.withheld(policy, &pattern).negated());
        Some(Wide { pattern, breadth, guard, span: case.span })
    });
    let wide: Vec<Wide> = wide.collect();
    let first = wide.first()?;
    let guard = policy
        .guard
        .and(&statement.guard)
        .and(&statement.bounded().negated())
        .and(&statement.administrator().negated())
        .and(&Guard::any(wide.iter().map(|item| item.guard.clone())));
    let on_everything = !statement.on_everything().is_never();
    let patterns: Vec<Str> = wide.iter().map(|item| item.pattern.clone()).collect();
    let described = iam.described(cx.inventory(), policy);
    let mut message = format!("{described} allows {}", listed(&patterns));
    if on_everything {
        message.push_str(" on every resource");
    }
    let others = wide.iter().skip(1).take(MAX_LABELS);
    let others = others.map(|item| cx.inventory().evidence(policy.id, item.span, label(&item.breadth)));
    let severity = match on_everything && wide.iter().any(is_powerful) {
        true => Severity::Error,
        false => Severity::Warning,
    };
    Some(
        Finding::new(policy.id, first.span, message)
            .when(&guard)
            .label(label(&first.breadth))
            .severity(severity)
            .because(others)
            .through(cx.inventory(), &statement.trail)
            .because(iam.evidence(cx.inventory(), policy))
            .help("list the actions that are called")
            .atom(patterns.join(" ")),
    )
}

/// Further wildcards of a statement that are pointed at.
const MAX_LABELS: usize = 4;

fn label(breadth: &Breadth) -> String {
    match breadth {
        Breadth::Everything => "every action".to_owned(),
        Breadth::Service(service) => format!("every action of `{service}`"),
        Breadth::Writes(count) => format!("{count} actions that change things"),
    }
}

fn is_powerful(item: &Wide) -> bool {
    match &item.breadth {
        Breadth::Everything => true,
        Breadth::Service(service) => POWERFUL.contains(&&**service),
        Breadth::Writes(_) => item.pattern.split_once(':').is_some_and(|(service, _)| {
            let service = service.to_ascii_lowercase();
            POWERFUL.contains(&&*service)
        }),
    }
}
