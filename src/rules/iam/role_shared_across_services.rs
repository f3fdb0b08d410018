//! Every service has its own role.

use crate::aws::iam::RoleClass;
use crate::diag::Severity;
use crate::eval::{Guard, Known, Scope};
use crate::facts::TaskDefinition;
use crate::facts::iam::grant::literal;
use crate::facts::iam::{Effect, Principal, Use, covers};
use crate::facts::workload::Workload;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "role-shared-across-services",
    summary: "every service has its own task role",
    docs: Docs {
        why: "A role that two services share has the permissions of both: whoever gets into one reads the other's queue, \
              table and bucket, and neither can be narrowed without the other.",
        decides: "Looks for task roles of several task definitions that different services, rules, schedules or state \
                  machines start. An execution role that is shared only counts where it reads secrets, parameters or \
                  objects of S3: a warning where containers of more than one of them have secrets, and else worth \
                  knowing. Task definitions that nothing here starts do not count, nor do roles that several stacks \
                  could export under one name. Never undetermined.",
        fix: "Give every service a role with what it calls.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-ecs-iam-role-overview.html",
    options: &[],
    check: Check::Native(check),
};

/// Users of a role that a message names; the others are counted.
const MAX_NAMED: usize = 3;

/// What the agent reads for one service and not for all.
const READS: &[&str] =
    &["secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "s3:GetObject"];

/// A task definition with the role, and what starts it.
struct User<'c, 'a> {
    usage: &'c Use,
    definition: &'c TaskDefinition<'a>,
    workload: &'c Workload,
    guard: Guard,
}

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        for class in [RoleClass::Task, RoleClass::Execution] {
            if let Some(finding) = shared(cx, principal, class) {
                cx.report(finding);
            }
        }
    }
}

fn shared(cx: &Context<'_, '_>, principal: &Principal, class: RoleClass) -> Option<Finding> {
    let inventory = cx.inventory();
    let uses = principal.uses.iter().filter(|usage| usage.class == class);
    let mut all: Vec<User<'_, '_>> = uses.flat_map(|usage| users(cx, usage)).collect();
    // The words must not depend on what is declared first.
    let place = |id: ResourceId| (inventory.logical_id(id), &inventory.project().stack(id.stack).path);
    all.sort_by_key(|user| (place(user.workload.id), place(user.definition.id)));
    let mut users: Vec<User<'_, '_>> = Vec::new();
    for user in all {
        let is_new = |other: &User<'_, '_>| {
            other.definition.id != user.definition.id && other.workload.id != user.workload.id
        };
        if users.iter().all(is_new) {
            users.push(user);
        }
    }
    let [first, second, rest @ ..] = users.as_slice() else {
        return None;
    };
    // Two of them at one time are enough.
    let pairs = [first, second].into_iter().chain(rest).enumerate();
    let together = pairs.flat_map(|(index, one)| {
        users.iter().skip(index + 1).map(move |other| one.guard.and(&other.guard))
    });
    let guard = Guard::any(together);
    let with_secrets = users.iter().filter(|user| {
        user.definition.containers.iter().any(|container| !container.secrets(cx.eval()).is_empty())
    });
    let severity = match (class, with_secrets.count()) {
        (RoleClass::Task, _) | (_, 2..) => Severity::Warning,
        (_, 0) if !reads(cx, principal) => return None,
        _ => Severity::Info,
    };
    let help = match class {
        RoleClass::Execution => {
            "give every service an execution role that reads its own secrets and files; what the agent does for all of them \
             may stay in one policy"
        }
        _ => "give every service a role with what it calls",
    };
    let names = named(cx, &users);
    let role = inventory.logical_id(principal.id);
    let others = users.iter().take(MAX_NAMED).skip(1);
    // Stacks of one template name the role in one place.
    let others = others.filter(|user| user.usage.place != first.usage.place);
    let labels = others.map(|user| {
        let name = inventory.logical_id(user.definition.id);
        inventory.evidence(user.definition.id, user.usage.place, format!("the {} of `{name}` as well", class.noun()))
    });
    let declared = inventory.project().resource(principal.id).id.span;
    let name = inventory.logical_id(first.definition.id);
    let own = inventory.evidence(first.definition.id, first.usage.place, format!("the {} of `{name}`", class.noun()));
    Some(
        Finding::new(principal.id, declared, format!("role `{role}` is the {} of {names}", class.noun()))
            .when(&guard)
            .label("shared")
            .severity(severity)
            .because([own])
            .because(labels)
            .help(help)
            .atom(class.noun()),
    )
}

/// True when a policy of a role lets it read secrets, parameters or objects.
fn reads(cx: &Context<'_, '_>, principal: &Principal) -> bool {
    let mut statements = cx.facts.iam.policies_of(principal.id).flat_map(|(_, policy)| &policy.statements);
    statements.any(|statement| {
        let mut actions = statement.actions.only.iter();
        statement.effect == Effect::Allow
            && actions.any(|case| {
                literal(&case.value).is_some_and(|pattern| READS.iter().any(|action| covers(&pattern, action)))
            })
    })
}

/// The services in words; those of several stacks of one template have one name.
fn named(cx: &Context<'_, '_>, users: &[User<'_, '_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for user in users {
        let name = user.workload.shown(cx.inventory());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort();
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    match (more, names.split_last()) {
        (0, Some((only, []))) => format!("{only} in {} stacks", users.len()),
        (0, Some((last, before))) => format!("{} and {last}", before.join(", ")),
        _ => format!("{} and {more} more", names.join(", ")),
    }
}

/// What starts the task definition that a use is about.
fn users<'c, 'a>(cx: &Context<'c, 'a>, usage: &'c Use) -> Vec<User<'c, 'a>> {
    let Some(definition) = cx.facts.task_definition(usage.by) else {
        return Vec::new();
    };
    let identity = definition.identity();
    let user = |workload: &'c Workload| {
        let starts = workload.task_definitions.iter();
        let starts = starts.filter(|case| matches!(&case.value, Known::Value(text) if *text == identity));
        let starts = Guard::any(starts.map(|case| case.guard.clone()));
        let presence = cx.inventory().presence(workload.id);
        let guard = Guard::all([usage.guard.clone(), workload.guard.clone(), presence, starts]);
        // Which of several stacks exports the role is settled by nothing here, and nobody would look it up for this.
        let is_guess = guard.variables().iter().any(|var| var.scope == Scope::Exporter);
        (!guard.is_never() && !is_guess).then_some(User { usage, definition, workload, guard })
    };
    cx.facts.starters(definition.id).filter_map(user).collect()
}
