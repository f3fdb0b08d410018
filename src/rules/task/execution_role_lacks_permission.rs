//! Execution roles may do what the agent has to do before the containers start.

use crate::aws::iam::RoleClass;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Part, Unknown};
use crate::facts::agent::{Call, Purpose, Subject, calls};
use crate::facts::iam::grant::listed;
use crate::facts::iam::{On, Permission, Principal};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "execution-role-lacks-permission",
    summary: "execution roles may do what the agent has to do before the containers start",
    docs: Docs {
        why: "The agent pulls images, opens log streams and reads secrets with the execution role. What the role may not \
              do stops the task before its first container runs, with a message that names neither role nor policy. \
              `AmazonECSTaskExecutionRolePolicy` pulls and logs; it reads no secrets and makes no log groups.",
        decides: "For every task definition with a role of the templates: images of private ECR repositories and the \
                  `awslogs` driver on Fargate, and everywhere secrets, parameters, the key of the account that encrypts a \
                  secret, and environment files. All policies of the role count together, with denials and boundaries; \
                  reported is only what no policy can give. Conditions count as met, and so does an AWS managed policy \
                  that is not in the digest. Undetermined where a policy is not known or others may attach one.",
        fix: "Add a statement with the actions and resources that the help names to a policy of the role.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
    options: &[],
    check: Check::Native(check),
};

/// What gives the permissions of a purpose at once.
const MANAGED: &str = "AmazonECSTaskExecutionRolePolicy";

/// Places that are pointed at in one finding.
const MAX_PLACES: usize = 4;

/// Segments of an ARN in front of the resource: `arn`, partition, service, region, account.
const ACCOUNT_SEGMENTS: usize = 5;

/// Something that a role has to allow, for a container of a task definition.
struct Need {
    definition: ResourceId,
    /// "container `app` of task definition `Web`".
    who: String,
    call: Call,
    /// When the task definition has the role.
    used: Guard,
}

/// An action that a role lacks.
struct Lack<'n> {
    need: &'n Need,
    action: &'static str,
    guard: Guard,
}

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        if principal.is(RoleClass::Execution) {
            judge(cx, principal);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, role: &Principal) {
    let needs = needs(cx, role);
    let mut lacks: Vec<Lack<'_>> = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut unsure = None;
    for need in &needs {
        let when = need.used.and(&need.call.guard);
        let answers: Vec<(&str, Permission)> =
            need.call.actions.iter().map(|action| (*action, ask(cx, role, action, need.call.subject.on()))).collect();
        // Either of two is enough where it is not known which one is called.
        let is_either = need.call.purpose == Purpose::SecretOrParameter;
        let others = |action: &str| match is_either {
            true => Guard::all(answers.iter().filter(|(other, _)| *other != action).map(|(_, it)| it.lacks.clone())),
            false => Guard::True,
        };
        let has_any = Guard::any(answers.iter().filter(|_| is_either).map(|(_, it)| it.has.clone()));
        for (action, answer) in &answers {
            let guard = Guard::all([when.clone(), answer.lacks.clone(), others(action)]);
            if cx.inventory().possible(&guard) {
                lacks.push(Lack { need, action, guard });
            }
            let unmet = when.and(&answer.has.or(&has_any).negated());
            let cases = answer.open.iter().map(|case| case.clone().when(&unmet));
            let cases: Vec<Case<Unknown>> = cases.filter(|case| !case.guard.is_never()).collect();
            if !cases.is_empty() {
                unsure.get_or_insert((need, *action));
                open.extend(cases);
            }
        }
    }
    let mut purposes: Vec<Purpose> = lacks.iter().map(|lack| lack.need.call.purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    let findings: Vec<Finding> =
        purposes.into_iter().filter_map(|purpose| finding(cx, role, purpose, &lacks)).collect();
    let name = cx.inventory().logical_id(role.id);
    let message = unsure.map_or(String::new(), |(need, action)| {
        format!("whether execution role `{name}` may call `{action}`, which {} needs to {}", need.who, need.call.words)
    });
    let place = cx.inventory().project().resource(role.id).id.span;
    cx.conclude(findings, Question { subject: role.id, place, message, open });
}

fn needs(cx: &Context<'_, '_>, role: &Principal) -> Vec<Need> {
    let inventory = cx.inventory();
    let mut out = Vec::new();
    for usage in role.uses.iter().filter(|usage| usage.class == RoleClass::Execution) {
        if let Some(definition) = cx.facts.task_definition(usage.by) {
            let name = inventory.logical_id(definition.id);
            let on_fargate = definition.placement(inventory, cx.facts.starters(definition.id)).held_to_fargate;
            for container in &definition.containers {
                let calls = calls(inventory, &on_fargate, definition, container).into_iter();
                out.extend(calls.map(|call| Need {
                    definition: definition.id,
                    who: format!("{} of task definition `{name}`", container.shown()),
                    call,
                    used: usage.guard.clone(),
                }));
            }
        }
    }
    // Which need the message speaks of does not depend on the order of the template.
    out.sort_by(|left, right| left.who.cmp(&right.who));
    out
}

fn ask(cx: &Context<'_, '_>, role: &Principal, action: &str, on: On<'_>) -> Permission {
    cx.facts.iam.permission(cx.inventory(), role.id, action, on)
}

fn finding(cx: &Context<'_, '_>, role: &Principal, purpose: Purpose, all: &[Lack<'_>]) -> Option<Finding> {
    let inventory = cx.inventory();
    let lacks: Vec<&Lack<'_>> = all.iter().filter(|lack| lack.need.call.purpose == purpose).collect();
    let first = lacks.first()?.need;
    let subject = &first.call.subject;
    // What lacks on something else stands in the labels and the help.
    let same = lacks.iter().filter(|lack| lack.need.call.subject == *subject);
    let mut actions: Vec<Str> = Vec::new();
    for lack in same {
        if !actions.iter().any(|action| **action == *lack.action) {
            actions.push(lack.action.into());
        }
    }
    let name = inventory.logical_id(role.id);
    let words = match purpose {
        Purpose::SecretOrParameter => {
            let actions: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
            format!("may call neither {}", actions.join(" nor "))
        }
        _ => format!("may not call {}", listed(&actions)),
    };
    let message = format!("execution role `{name}` {words}{}, which {} needs to {}", on(cx, subject), first.who, first.call.words);
    let mut labels: Vec<Label> = Vec::new();
    for lack in &lacks {
        let text = format!("{} needs it to {}", lack.need.who, lack.need.call.words);
        let label = inventory.evidence(lack.need.definition, lack.need.call.place, text);
        if labels.len() < MAX_PLACES && !labels.contains(&label) {
            labels.push(label);
        }
    }
    let uses = role.uses.iter().filter(|usage| usage.class == RoleClass::Execution && usage.by == first.definition);
    let mut finding = Finding::new(role.id, inventory.project().resource(role.id).id.span, message)
        .when(&Guard::any(lacks.iter().map(|lack| lack.guard.clone())))
        .label(words)
        .because(labels)
        .help(help(cx, role, purpose, &lacks))
        .atom(actions.join(" "));
    for usage in uses {
        finding = finding.through(inventory, &usage.trail);
    }
    Some(finding)
}

/// What something is called on: ` on X`, without what every ARN of the account has in common.
fn on(cx: &Context<'_, '_>, subject: &Subject) -> String {
    let Subject::Arn(arns) = subject else {
        return String::new();
    };
    let Some(arn) = arns.first() else {
        return String::new();
    };
    if let Some(Part::Attribute(id, _)) = arn.as_part() {
        return format!(" on `{}`", cx.inventory().logical_id(*id));
    }
    let pieces = arn.split(":");
    let shown: Vec<Str> = pieces.iter().skip(ACCOUNT_SEGMENTS).map(|piece| cx.eval().render(piece)).collect();
    format!(" on `{}`", shown.join(":"))
}

/// The statements to add.
fn help(cx: &Context<'_, '_>, role: &Principal, purpose: Purpose, lacks: &[&Lack<'_>]) -> String {
    let mut grants: Vec<(String, Vec<String>)> = Vec::new();
    for lack in lacks {
        let on = match &lack.need.call.subject {
            Subject::Nothing => "`*`".to_owned(),
            Subject::Something => "what it reads".to_owned(),
            Subject::Arn(arns) => match arns.last() {
                Some(arn) => format!("`{}`", cx.eval().render(arn)),
                None => continue,
            },
        };
        let action = format!("`{}`", lack.action);
        match grants.iter_mut().find(|(other, _)| *other == on) {
            Some((_, actions)) if actions.contains(&action) => {}
            Some((_, actions)) => actions.push(action),
            None => grants.push((on, vec![action])),
        }
    }
    // The same actions on several resources are one statement.
    let mut statements: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (on, actions) in grants {
        match statements.iter_mut().find(|(other, _)| *other == actions) {
            Some((_, resources)) => resources.push(on),
            None => statements.push((actions, vec![on])),
        }
    }
    let separator = if purpose == Purpose::SecretOrParameter { " or " } else { " and " };
    let grants = statements
        .iter()
        .map(|(actions, resources)| format!("{} on {}", actions.join(separator), resources.join(" and ")));
    let grants = grants.collect::<Vec<_>>().join(", ");
    let has_single = || !ask(cx, role, "ssm:GetParameter", On::Some).lacks.eq(&Guard::True);
    match purpose {
        Purpose::Image | Purpose::Log => format!("allow {grants}, or attach `{MANAGED}`"),
        Purpose::LogGroup => format!("allow {grants}, or declare the log group: `{MANAGED}` does not make it"),
        Purpose::Parameter if has_single() => format!("allow {grants}: the agent does not call `ssm:GetParameter`"),
        Purpose::Secret | Purpose::Parameter | Purpose::SecretOrParameter => {
            format!("allow {grants}: `{MANAGED}` does not read secrets")
        }
        Purpose::Key => format!("allow {grants}: the secret is encrypted with that key"),
        Purpose::File => format!("allow {grants}"),
    }
}
