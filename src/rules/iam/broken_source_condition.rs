//! Conditions on the source of a request can be met, and do not go through without it.

use crate::aws::ecs::{Cluster, Service, TaskDefinition};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Part, Text};
use crate::facts::iam::grant::known;
use crate::facts::iam::{Condition, Effect, Principal, PrincipalKind, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "broken-source-condition",
    summary: "conditions on the source in trust policies can be met",
    docs: Docs {
        why: "A role whose condition no request meets cannot be assumed: tasks do not start, and say only that the role is \
              not valid. A condition that also holds without its key looks like protection and is none.",
        decides: "Looks at `aws:SourceArn` and `aws:SourceAccount` in trust policies. Reported are a cluster in \
                  `aws:SourceArn` for `ecs-tasks.amazonaws.com`, which AWS does not support, and the ARN of another \
                  service; `*` or `?` in `StringEquals`, which takes them literally; an account in `aws:SourceArn` \
                  other than `aws:SourceAccount`; and `ForAllValues`, which holds when the key is not there. An ECS \
                  service, task or task definition in `aws:SourceArn` is a warning: AWS documents only the account. \
                  A condition passes when one of its values can be met, or is not known, so that the rule is never \
                  undetermined.",
        fix: "Compare `aws:SourceArn` with `arn:aws:ecs:REGION:ACCOUNT:*` by `ArnLike`, and `aws:SourceAccount` with the \
              account by `StringEquals`.",
        safety: Safety::Advice,
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

/// The keys, as conditions hold them and as AWS spells them.
const KEYS: &[(&str, &str)] = &[(SOURCE_ARN, "aws:SourceArn"), (SOURCE_ACCOUNT, "aws:SourceAccount")];

const SOURCE_ARN: &str = "aws:sourcearn";

const SOURCE_ACCOUNT: &str = "aws:sourceaccount";

/// The principal of tasks, up to the domain.
const TASKS: &str = "ecs-tasks.";

/// Digits of an account id.
const ACCOUNT_DIGITS: usize = 12;

/// Pieces of an ARN, between colons, before the service.
const SERVICE_PIECE: usize = 2;

/// Pieces of an ARN before the account.
const ACCOUNT_PIECE: usize = 4;

/// Pieces of an ARN before the resource.
const RESOURCE_PIECE: usize = 5;

/// Why no request has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// A wildcard where none counts.
    Wildcard,
    /// A cluster.
    Cluster,
    /// A service, task or task definition of ECS.
    Part,
    /// The ARN of another service.
    Service,
}

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        for statement in principal.trust.iter().filter(|statement| statement.effect == Effect::Allow) {
            let mut findings = Vec::new();
            for case in &statement.conditions {
                if let Some((_, key)) = KEYS.iter().find(|(key, _)| *key == &*case.value.key) {
                    findings.extend(judged(cx, principal, statement, case, key));
                }
            }
            findings.extend(accounts(cx, principal, statement));
            for finding in findings {
                cx.report(finding);
            }
        }
    }
}

fn judged(
    cx: &Context<'_, '_>,
    principal: &Principal,
    statement: &Statement,
    case: &Case<Condition>,
    key: &'static str,
) -> Option<Finding> {
    let name = cx.inventory().logical_id(principal.id);
    let condition = &case.value;
    if condition.operator.starts_with("forallvalues:") {
        let message = format!("the condition of role `{name}` on `{key}` holds for requests without the key as well");
        let finding = Finding::new(principal.id, case.span, message)
            .label("bounds nothing")
            .help(format!("leave `ForAllValues:` out: `{key}` has one value"));
        return Some(finish(cx, finding, principal, statement, case));
    }
    let flaws: Vec<(&Case<Known<Text>>, Flaw)> = condition
        .values
        .iter()
        .filter_map(|value| Some((value, flaw(cx, statement, condition, known(&value.value)?)?)))
        .collect();
    let (first, what) = *flaws.first()?;
    let is_flawed = |value: &Case<Known<Text>>| flaws.iter().any(|(flawed, _)| std::ptr::eq(*flawed, value));
    let fine = condition.values.iter().filter(|value| !is_flawed(value));
    let fine = Guard::any(fine.map(|value| value.guard.clone()));
    let broken = Guard::any(flaws.iter().map(|(value, _)| value.guard.clone()));
    let shown = known(&first.value).map(|text| cx.inventory().shown(&cx.inventory().identity(text))).unwrap_or_default();
    let account = "compare it with `arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*` by `ArnLike`";
    let (message, label, help, severity) = match what {
        Flaw::Wildcard => (
            format!("role `{name}` compares `{key}` with `{shown}` by an operator that takes the wildcard literally"),
            "no request has this value",
            if condition.key.as_ref() == SOURCE_ARN { "compare by `ArnLike`" } else { "compare with the account" },
            Severity::Error,
        ),
        Flaw::Cluster => (
            format!("role `{name}` limits `{key}` to cluster `{shown}`, which ECS does not support for tasks"),
            "not supported for tasks",
            account,
            Severity::Error,
        ),
        Flaw::Part => (
            format!("role `{name}` limits `{key}` to `{shown}`; for tasks AWS documents the ARN of the account only"),
            "tasks may not be able to assume the role",
            account,
            Severity::Warning,
        ),
        Flaw::Service => (
            format!("role `{name}`, which ECS assumes for tasks, limits `{key}` to `{shown}`, which is not of ECS"),
            "tasks cannot assume the role",
            account,
            Severity::Error,
        ),
    };
    let finding = Finding::new(principal.id, first.span, message)
        .when(&broken.and(&fine.negated()))
        .label(label)
        .severity(severity)
        .through(cx.inventory(), &first.trail)
        .help(help)
        .atom(key);
    Some(finish(cx, finding, principal, statement, case))
}

/// The finding where the statement and the condition are there.
fn finish(
    cx: &Context<'_, '_>,
    finding: Finding,
    principal: &Principal,
    statement: &Statement,
    case: &Case<Condition>,
) -> Finding {
    finding
        .when(&statement.guard.and(&case.guard))
        .through(cx.inventory(), &statement.trail)
        .because(principal.used_by(cx.inventory()))
}

/// What keeps a value from being met.
fn flaw(cx: &Context<'_, '_>, statement: &Statement, condition: &Condition, value: &Text) -> Option<Flaw> {
    let operator = condition.operator.strip_prefix("foranyvalue:").unwrap_or(&condition.operator);
    let operator = operator.strip_suffix("ifexists").unwrap_or(operator);
    if operator.contains("not") || operator == "null" {
        return None;
    }
    let has_wildcard = value.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains(['*', '?'])));
    if operator.starts_with("stringequals") && has_wildcard {
        return Some(Flaw::Wildcard);
    }
    if &*condition.key != SOURCE_ARN || !trusts_only_tasks(statement) {
        return None;
    }
    if let Some(Part::Attribute(id, attribute)) = value.as_part() {
        let type_name = cx.inventory().type_name(*id);
        // `Ref` of a cluster is its name, which is no ARN at all.
        return match type_name {
            Cluster::TYPE if &**attribute == "Arn" => Some(Flaw::Cluster),
            Service::TYPE | TaskDefinition::TYPE => Some(Flaw::Part),
            _ => None,
        };
    }
    let pieces = value.split(":");
    let literal = |index: usize| pieces.get(index).and_then(Text::as_literal);
    if literal(0).as_deref() != Some("arn") {
        return None;
    }
    match literal(SERVICE_PIECE) {
        Some(service) if &*service == "ecs" => {}
        Some(service) if !service.is_empty() && !service.contains(['*', '?']) => return Some(Flaw::Service),
        _ => return None,
    }
    let resource = pieces.get(RESOURCE_PIECE).map_or("", Text::prefix);
    let (kind, rest) = resource.split_once('/')?;
    match (kind, rest) {
        (_, "*") => None,
        ("cluster", _) => Some(Flaw::Cluster),
        ("service" | "task" | "task-definition", _) => Some(Flaw::Part),
        _ => None,
    }
}

/// True when a statement is for tasks and for no other service.
fn trusts_only_tasks(statement: &Statement) -> bool {
    let is_tasks = |name: &Known<Text>| matches!(name, Known::Value(text) if text.prefix().starts_with(TASKS));
    let principals = &statement.principals;
    let services = principals.iter().all(|case| {
        case.value.kind == PrincipalKind::Service && !case.value.inverted && is_tasks(&case.value.name)
    });
    services && !principals.is_empty()
}

/// Reports a source whose account is not the one that another condition asks for.
fn accounts(cx: &Context<'_, '_>, principal: &Principal, statement: &Statement) -> Option<Finding> {
    let is_positive = |condition: &Condition| {
        !condition.operator.contains("not") && !condition.operator.starts_with("forallvalues:")
    };
    let of = |key: &'static str| {
        let conditions = statement.conditions.iter();
        conditions.filter(move |case| &*case.value.key == key && is_positive(&case.value))
    };
    let values = |case: &Case<Condition>, pick: fn(&Text) -> Option<String>| -> Option<Vec<String>> {
        let picked = case.value.values.iter().map(|value| pick(known(&value.value)?));
        picked.collect()
    };
    let named = |text: &Text| is_account(text.as_literal()?.as_ref());
    let in_arn = |text: &Text| is_account(text.split(":").get(ACCOUNT_PIECE)?.as_literal()?.as_ref());
    for arn in of(SOURCE_ARN) {
        for account in of(SOURCE_ACCOUNT) {
            let (Some(given), Some(wanted)) = (values(arn, in_arn), values(account, named)) else {
                continue;
            };
            let (Some(first), Some(other)) = (given.first(), wanted.first()) else {
                continue;
            };
            if given.iter().any(|account| wanted.contains(account)) {
                continue;
            }
            let name = cx.inventory().logical_id(principal.id);
            let place = arn.value.values.first().map_or(arn.span, |value| value.span);
            let message = format!(
                "role `{name}` asks for a source in account `{first}` and for the source account `{other}` at once"
            );
            let other = account.value.values.first().map_or(account.span, |value| value.span);
            let every = |case: &Case<Condition>| {
                Guard::all(case.value.values.iter().map(|value| value.guard.clone()))
            };
            let finding = Finding::new(principal.id, place, message)
                .when(&Guard::all([account.guard.clone(), every(arn), every(account)]))
                .label("another account")
                .because([cx.inventory().evidence(principal.id, other, "the account that is asked for")])
                .help("name the same account in both")
                .atom("account");
            return Some(finish(cx, finding, principal, statement, arn));
        }
    }
    None
}

fn is_account(text: &str) -> Option<String> {
    (text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}
