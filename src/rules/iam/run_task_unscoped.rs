//! Who starts and stops tasks does so in named clusters.

use crate::diag::Severity;
use crate::facts::iam::grant::{listed, runs_tasks};
use crate::facts::iam::{Policy, Reach, Statement, covers};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "run-task-unscoped",
    summary: "who starts, stops or enters tasks does so in named clusters",
    docs: Docs {
        why: "`ecs:RunTask` on `*` starts any task definition of the account, with its roles and with another command; \
              `ecs:ExecuteCommand` opens a shell in any container; `ecs:StopTask` takes any service down.",
        decides: "Looks at `Allow` statements with `ecs:RunTask`, `StartTask`, `StopTask`, `ExecuteCommand` or \
                  `UpdateService` on `*`, without a condition such as `ArnEquals: ecs:cluster`. An info on an ARN that \
                  names a region or account. What AWS's own policy for this kind of role grants is wildcard-resource, \
                  `ecs:*` is wildcard-action. Never undetermined: what is not known is not `*`.",
        fix: "Name the task definitions, services or tasks, or add the condition `ArnEquals: {ecs:cluster: …}`.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(6.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for (policy, statement) in cx.facts.iam.written() {
        if let Some(finding) = in_statement(cx, policy, statement) {
            cx.report(finding);
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let documented = iam.documented(policy);
    let is_documented = |action: &str| documented.iter().any(|name| covers(name, action));
    let open = iam.open(policy, statement, |action| runs_tasks(action) && !is_documented(action))?;
    let patterns = open.patterns();
    let (reach, severity) = match open.reach() {
        Reach::Every => ("every resource", Severity::Warning),
        _ => ("every resource of the type in an account or region", Severity::Info),
    };
    let described = iam.described(cx.inventory(), policy);
    let message = format!("{described} allows {} on {reach}, in any cluster", listed(&patterns));
    let format = open.loose.iter().find_map(|item| item.format());
    let name = format.map_or(String::new(), |format| format!("name the resources, as in `{format}`, or "));
    Some(
        Finding::new(policy.id, open.resource.span, message)
            .when(&open.guard)
            .severity(severity)
            .label(reach)
            .help(format!("{name}add the condition `ArnEquals: {{ecs:cluster: …}}`"))
            .through(cx.inventory(), &statement.trail)
            .through(cx.inventory(), &open.resource.trail)
            .because(iam.evidence(cx.inventory(), policy))
            .atom(patterns.join(" ")),
    )
}
