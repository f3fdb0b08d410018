//! Roles can be assumed by the service that uses them.

use crate::aws::iam::RoleClass;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown, when_any};
use crate::facts::iam::grant::{listed, literal};
use crate::facts::iam::{Effect, Principal, PrincipalKind, Statement, TrustPrincipal, Use, covers};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "wrong-trust-principal",
    summary: "roles can be assumed by the service that uses them, and by no other",
    docs: Docs {
        why: "A task whose role ECS cannot assume does not start. A task role that EC2, Lambda or a user may assume as \
              well gives the rights of the application to whatever runs there.",
        decides: "Compares what a role is used for (by task definitions, services, rules, schedules, pipes, state \
                  machines, builds, deployments) with the services that its trust policy names. Missing is an error. \
                  Other services, accounts and users in the trust policy of a task role or execution role are a \
                  warning, unless a condition bounds the statement. Undetermined while principals are not known.",
        fix: "Name the service in the trust policy: `ecs-tasks.amazonaws.com` for task roles and execution roles; give \
              other users of the role one of their own.",
        safety: Safety::Unsafe,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    options: &[],
    check: Check::Native(check),
};

/// How service principals end outside of China.
const SUFFIX: &str = "amazonaws.com";

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        let mut services: Vec<&str> = Vec::new();
        for service in principal.uses.iter().filter_map(|usage| usage.principal) {
            if !services.contains(&service) {
                services.push(service);
                missing(cx, principal, service);
            }
        }
        if services.contains(&"ecs-tasks.")
            && let Some(finding) = extra(cx, principal)
        {
            cx.report(finding);
        }
    }
}

/// The principals of statements that let somebody assume the role.
fn trusted(principal: &Principal) -> impl Iterator<Item = (&Statement, &Case<TrustPrincipal>)> {
    let assumes = |statement: &&Statement| {
        let mut actions = statement.actions.only.iter();
        statement.effect == Effect::Allow
            && actions.any(|case| literal(&case.value).is_none_or(|pattern| covers(&pattern, "sts:AssumeRole")))
    };
    let statements = principal.trust.iter().filter(assumes);
    statements.flat_map(|statement| statement.principals.iter().map(move |case| (statement, case)))
}

fn missing(cx: &mut Context<'_, '_>, principal: &Principal, service: &'static str) {
    let mut given = Vec::new();
    let mut open: Vec<Case<Unknown>> = principal.trust_open.clone();
    let mut others: Vec<Str> = Vec::new();
    let mut place: Option<Span> = None;
    for (statement, case) in trusted(principal) {
        let guard = statement.guard.and(&case.guard);
        match &case.value.name {
            Known::Value(text) if is_service(&case.value, text, service) || is_everybody(text) => given.push(guard),
            _ if case.value.inverted => given.push(guard),
            Known::Value(text) => {
                place.get_or_insert(case.span);
                match text.unknown() {
                    Some(reason) if text.prefix().is_empty() => open.push(Case { guard, ..case.with(reason) }),
                    _ => others.push(cx.eval().render(text)),
                }
            }
            Known::Unknown(reason) => open.push(Case { guard, ..case.with(reason.clone()) }),
            Known::Absent => {}
        }
    }
    others.sort();
    others.dedup();
    let name = cx.inventory().logical_id(principal.id);
    let declared = cx.inventory().project().resource(principal.id).id.span;
    let uses: Vec<&Use> = principal.uses.iter().filter(|usage| usage.principal == Some(service)).collect();
    let Some(first) = uses.first() else {
        return;
    };
    let shown = first.shown(cx.inventory());
    let used = Guard::any(uses.iter().map(|usage| usage.guard.clone()));
    let guard = used.and(&Guard::any(given).negated()).and(&when_any(&open).negated());
    let who = if others.is_empty() { "nobody".to_owned() } else { format!("only {}", listed(&others)) };
    let finding = Finding::new(
        principal.id,
        place.unwrap_or(declared),
        format!("role `{name}` is {shown}, and {who} may assume it, not `{service}{SUFFIX}`"),
    )
    .when(&guard)
    .label(format!("not `{service}{SUFFIX}`"))
    .because(principal.used_by(cx.inventory()))
    .through(cx.inventory(), &first.trail)
    .help(format!("name `{service}{SUFFIX}` as `Service` in the trust policy"))
    .atom(service);
    let question = Question {
        subject: principal.id,
        place: open.first().map_or(declared, |case| case.span),
        message: format!("whether `{service}{SUFFIX}` may assume role `{name}`, {shown}"),
        open: open.into_iter().map(|case| case.when(&used)).collect(),
    };
    cx.conclude([finding], question);
}

/// Reports who else may assume the role of a task.
fn extra(cx: &Context<'_, '_>, principal: &Principal) -> Option<Finding> {
    let inventory = cx.inventory();
    let mut names: Vec<Str> = Vec::new();
    let mut guards = Vec::new();
    let mut given = Vec::new();
    let mut first: Option<&Case<TrustPrincipal>> = None;
    for (statement, case) in trusted(principal) {
        let Known::Value(text) = &case.value.name else {
            continue;
        };
        let is_other = match case.value.kind {
            PrincipalKind::Service => !is_service(&case.value, text, "ecs-tasks.") && !text.prefix().is_empty(),
            PrincipalKind::Aws => !is_everybody(text),
            PrincipalKind::Federated | PrincipalKind::Other => false,
        };
        if is_service(&case.value, text, "ecs-tasks.") {
            given.push(statement.guard.and(&case.guard));
        }
        if !is_other || case.value.inverted {
            continue;
        }
        first.get_or_insert(case);
        names.push(inventory.shown(text));
        guards.push(statement.guard.and(&case.guard).and(&statement.bounded().negated()));
    }
    let first = first?;
    names.sort();
    names.dedup();
    let is_task = principal.is(RoleClass::Task);
    let noun = if is_task { RoleClass::Task.noun() } else { RoleClass::Execution.noun() };
    let used = principal.uses.iter().filter(|usage| matches!(usage.class, RoleClass::Task | RoleClass::Execution));
    let used = Guard::any(used.map(|usage| usage.guard.clone()));
    let name = inventory.logical_id(principal.id);
    let message = format!("{noun} `{name}` can be assumed by {} as well", listed(&names));
    Some(
        Finding::new(principal.id, first.span, message)
            .when(&Guard::all([used, Guard::any(given), Guard::any(guards)]))
            .label("gets the rights of the task")
            .severity(Severity::Warning)
            .because(principal.used_by(inventory))
            .through(inventory, &first.trail)
            .help("let `ecs-tasks.amazonaws.com` alone assume it, and give others a role of their own")
            .atom("extra"),
    )
}

/// True when a principal is a service, in any region and partition.
fn is_service(principal: &TrustPrincipal, name: &Text, service: &str) -> bool {
    principal.kind == PrincipalKind::Service && name.prefix().starts_with(service)
}

/// True for `*`, of which public-trust-policy speaks.
fn is_everybody(name: &Text) -> bool {
    name.as_literal().as_deref() == Some("*")
}
