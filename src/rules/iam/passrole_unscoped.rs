//! `iam:PassRole` names the roles that may be passed.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Part, Text};
use crate::facts::iam::grant::{breadth, known, literal};
use crate::aws::ecs::TaskDefinition;
use crate::aws::iam::RoleClass;
use crate::facts::iam::{Effect, Policy, Reach, Statement, Use, covers, reach};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "passrole-unscoped",
    summary: "`iam:PassRole` names the roles that may be passed",
    docs: Docs {
        why: "Who may pass any role to a task, a function or a stack can act as any role of the account, an \
              administrator's included.",
        decides: "Looks at `Allow` statements with `iam:PassRole`, or a pattern that comes down to it, on `*` or on \
                  all roles: an error, and an info when `iam:PassedToService` limits the service that takes the \
                  role. A prefix of role names is a warning without that condition. Roles by name, reference or \
                  parameter pass. `iam:*` and `*` are reported by wildcard-action and administrator-access only. \
                  Never undetermined.",
        fix: "Name the task roles and execution roles that are passed, and add the condition \
              `iam:PassedToService: ecs-tasks.amazonaws.com`.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.2),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["F38", "F39", "F40", "AVD-AWS-0342", "IAM_ROLE_NO_WILDCARD_RESOURCE_ON_PASSROLE", "IAM_POLICY_NO_WILDCARD_RESOURCE_ON_PASSROLE"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    options: &[],
    check: Check::Native(check),
};

/// The action.
const PASS_ROLE: &str = "iam:PassRole";

/// The condition key that limits who takes the role.
const PASSED_TO: &[&str] = &["iam:passedtoservice"];

/// Pieces of an ARN, between colons, before the service.
const SERVICE_PIECE: usize = 2;

/// Pieces of a role's ARN before the one with the role's name.
const ROLE_PIECE: usize = 5;

/// Roles that the help names.
const MAX_ROLES: usize = 4;

fn check(cx: &mut Context<'_, '_>) {
    for (policy, statement) in cx.facts.iam.written() {
        for finding in in_statement(cx, policy, statement) {
            cx.report(finding);
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Vec<Finding> {
    let iam = &cx.facts.iam;
    let passes = statement.actions.only.iter().filter(|case| {
        literal(&case.value).is_some_and(|pattern| covers(&pattern, PASS_ROLE) && breadth(&pattern).is_none())
    });
    let passes = Guard::any(passes.map(|case| case.guard.clone()));
    if statement.effect != Effect::Allow || passes.is_never() {
        return Vec::new();
    }
    let base = policy
        .guard
        .and(&statement.guard)
        .and(&passes)
        .and(&iam.withheld(policy, PASS_ROLE).negated());
    let mut scopes: Vec<(Span, Scope, Guard, &Case<Known<Text>>)> = Vec::new();
    for case in &statement.resources.only {
        let Some(scope) = known(&case.value).and_then(scope) else {
            continue;
        };
        match scopes.iter_mut().find(|(span, other, ..)| (*span, *other) == (case.span, scope)) {
            Some((_, _, guard, _)) => *guard = guard.or(&case.guard),
            None => scopes.push((case.span, scope, case.guard.clone(), case)),
        }
    }
    let unbounded = statement.bounded().negated();
    let to_service = statement.bounded_by(PASSED_TO);
    let mut findings = Vec::new();
    for (span, scope, guard, case) in scopes {
        let mut push = |bound: &Guard, what: &str, label: &str, severity: Severity| {
            let described = iam.described(cx.inventory(), policy);
            let message = format!("{described} allows `{PASS_ROLE}` on {what}");
            let finding = Finding::new(policy.id, span, message)
                .when(&base.and(&guard).and(bound))
                .label(label)
                .severity(severity)
                .through(cx.inventory(), &statement.trail)
                .through(cx.inventory(), &case.trail)
                .because(iam.evidence(cx.inventory(), policy))
                .help(help(cx, policy))
                .atom(PASS_ROLE);
            findings.push(finding);
        };
        match scope {
            Scope::Every => {
                push(&unbounded, "every role", "every role", Severity::Error);
                let limited = "every role, limited only by the service that takes it";
                push(&to_service, limited, "every role", Severity::Info);
            }
            Scope::Pattern => {
                let what = "roles by a pattern, without the condition `iam:PassedToService`";
                push(&unbounded, what, "every role with such a name", Severity::Warning);
            }
        }
    }
    findings
}

/// What a resource leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Every role, at least of one account.
    Every,
    /// Every role whose name fits a pattern.
    Pattern,
}

/// What a resource leaves open, if it does.
fn scope(resource: &Text) -> Option<Scope> {
    if reach([resource], PASS_ROLE) > Reach::Some {
        return Some(Scope::Every);
    }
    let is_wild = |piece: &Text| {
        let mut parts = piece.parts().iter();
        parts.any(|part| matches!(part, Part::Literal(text) if text.contains(['*', '?'])))
    };
    let pieces = resource.split(":");
    let may_be = |piece: usize, wanted: &str| pieces.get(piece).is_some_and(|text| may_begin(text, wanted));
    // In a statement about several services the ARNs of the others pass no role.
    let is_role = may_be(SERVICE_PIECE, "iam") && may_be(ROLE_PIECE, "role/");
    let is_open = pieces.iter().skip(ROLE_PIECE).any(is_wild);
    (is_role && is_open).then_some(Scope::Pattern)
}

/// True unless the characters before the first wildcard or unknown part rule the wanted beginning out.
fn may_begin(piece: &Text, wanted: &str) -> bool {
    let known = piece.prefix().split(['*', '?']).next().unwrap_or_default();
    known.starts_with(wanted) || wanted.starts_with(known)
}

/// The roles to name: those of the tasks that the holder starts, where all of them are known, or those of all tasks of
/// its deployment.
fn help(cx: &Context<'_, '_>, policy: &Policy) -> String {
    let roles = match started(cx, policy) {
        Some(names) => format!("the roles of the tasks that it starts ({})", names.join(", ")),
        None => match deployed(cx, policy).as_slice() {
            [] => "the roles that are passed".to_owned(),
            names => format!("the roles that the tasks run with ({})", names.join(", ")),
        },
    };
    format!("name {roles}, and limit `iam:PassedToService` to the service that takes them, such as `ecs-tasks.amazonaws.com`")
}

/// The roles of exactly the tasks that the holders of a policy start; nothing when that is not known, or they start none.
fn started(cx: &Context<'_, '_>, policy: &Policy) -> Option<Vec<String>> {
    let mut definitions: Vec<ResourceId> = Vec::new();
    for (_, principal) in cx.facts.iam.holders(policy) {
        for usage in &principal.uses {
            if usage.class != RoleClass::Launcher {
                return None;
            }
            for workload in cx.facts.workloads.iter().filter(|workload| workload.id == usage.by) {
                for case in &workload.task_definitions {
                    let Known::Value(identity) = &case.value else {
                        return None;
                    };
                    definitions.push(cx.inventory().resource_of(identity, TaskDefinition::TYPE)?);
                }
            }
        }
    }
    let names = named(cx, |usage| definitions.contains(&usage.by));
    (!names.is_empty() && names.len() <= MAX_ROLES).then_some(names)
}

/// The roles that tasks of the holder's deployment run with.
fn deployed(cx: &Context<'_, '_>, policy: &Policy) -> Vec<String> {
    let root = |stack| cx.inventory().project().stack(stack).root;
    let mut names = named(cx, |usage| root(usage.by.stack) == root(policy.id.stack));
    names.truncate(MAX_ROLES);
    names
}

/// The task roles and execution roles with some use.
fn named(cx: &Context<'_, '_>, wanted: impl Fn(&Use) -> bool) -> Vec<String> {
    let is_passed = |usage: &Use| matches!(usage.class, RoleClass::Task | RoleClass::Execution) && wanted(usage);
    let roles = cx.facts.iam.principals.iter().filter(|principal| principal.uses.iter().any(is_passed));
    roles.map(|principal| format!("`{}`", cx.inventory().logical_id(principal.id))).collect()
}
