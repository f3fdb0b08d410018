//! Where ECS Exec is turned on, sessions can be opened.

use crate::aws::ecs::{MountPoint, TaskDefinition as View};
use crate::aws::iam::Role;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, Value};
use crate::facts::TaskDefinition;
use crate::facts::exec::{Exec, services};
use crate::facts::iam::On;
use crate::facts::iam::grant::listed;
use crate::facts::task_definition::Container;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "execute-command-broken",
    summary: "where ECS Exec is turned on, sessions can be opened",
    docs: Docs {
        why: "ECS Exec is turned on for the day on which something is wrong. An agent in the container opens the session, \
              with the task role, and writes to the file system; without either `execute-command` fails on that day.",
        decides: "For services with `EnableExecuteCommand` and a task definition of the templates: on Fargate there must be \
                  a task role; a role of the templates must be able to call the four actions of `ssmmessages`, over all of \
                  its policies; and some container must have a root file system that can be written. A container with a \
                  volume in `/var/lib` or `/var/log` is not judged. Whether the network reaches Session Manager is \
                  task-without-egress-path. Undetermined where the policies of the role are not all known.",
        fix: "Allow the actions to the task role, or turn `EnableExecuteCommand` off.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
    options: &[],
    check: Check::Native(check),
};

/// What the agent in the container calls.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
const ACTIONS: &[&str] = &[
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

/// Where the agent writes; a volume there may make up for a file system that is read-only.
const AGENT_PATHS: &[&str] = &["/var/lib", "/var/log"];

fn check(cx: &mut Context<'_, '_>) {
    for exec in services(cx.inventory(), &cx.facts.workloads) {
        let mut findings = Vec::new();
        let mut open = Vec::new();
        for (guard, definition) in exec.definitions(cx.inventory(), &cx.facts.task_definitions) {
            role(cx, &exec, definition, &guard, &mut findings, &mut open);
            findings.extend(read_only(cx, &exec, definition).map(|finding| finding.when(&guard)));
        }
        let shown = exec.workload.shown(cx.inventory());
        let question = Question {
            subject: exec.workload.id,
            place: exec.enabled.span,
            message: format!("whether the task role of {shown} lets ECS Exec open sessions"),
            open,
        };
        cx.conclude(findings, question);
    }
}

fn finding(cx: &Context<'_, '_>, exec: &Exec<'_>, what: &str) -> Finding {
    let shown = exec.workload.shown(cx.inventory());
    Finding::new(exec.workload.id, exec.enabled.span, format!("{shown} turns on ECS Exec, and {what}"))
        .label("sessions cannot be opened")
        .through(cx.inventory(), &exec.enabled.trail)
}

fn role(
    cx: &Context<'_, '_>,
    exec: &Exec<'_>,
    definition: &TaskDefinition<'_>,
    guard: &Guard,
    findings: &mut Vec<Finding>,
    open: &mut Vec<Case<Unknown>>,
) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(definition.id);
    for case in inventory.identities(View(definition.id).task_role(cx.eval())) {
        let here = guard.and(&case.guard);
        let identity = match &case.value {
            Known::Value(identity) => identity,
            Known::Absent => {
                // On instances the role of the instance takes its place.
                let placement = definition.placement(inventory, std::slice::from_ref(exec.workload));
                let what = format!("task definition `{name}` has no task role to open sessions with");
                findings.push(
                    finding(cx, exec, &what)
                        .when(&here.and(&placement.on_fargate).and(&placement.on_instances.negated()))
                        .because([inventory.declared(definition.id, "no `TaskRoleArn`")])
                        .help(format!("give it a `TaskRoleArn` whose role may call {} on `*`", actions(ACTIONS)))
                        .atom("role"),
                );
                continue;
            }
            Known::Unknown(_) => continue,
        };
        let Some(role) = inventory.resource_of(identity, Role::TYPE) else {
            continue;
        };
        let mut lacking: Vec<&str> = Vec::new();
        let mut lacks = Vec::new();
        for action in ACTIONS {
            let answer = cx.facts.iam.permission(inventory, role, action, On::Every);
            if inventory.possible(&here.and(&answer.lacks)) {
                lacking.push(action);
                lacks.push(answer.lacks.clone());
            }
            let unmet = here.and(&answer.has.negated());
            open.extend(answer.open.into_iter().map(|case| case.when(&unmet)));
        }
        let id = inventory.logical_id(role);
        let what = format!("task role `{id}` is not allowed to call {}", actions(&lacking));
        findings.push(
            finding(cx, exec, &what)
                .when(&here.and(&Guard::any(lacks)))
                .because([inventory.declared(role, "the task role")])
                .because([inventory.evidence(definition.id, case.span, format!("the task role of `{name}`"))])
                .through(inventory, &case.trail)
                .help(format!("allow {} on `*` to the role", actions(&lacking)))
                .atom("permission"),
        );
    }
}

fn actions(actions: &[&str]) -> String {
    listed(&actions.iter().map(|action| Str::from(*action)).collect::<Vec<_>>())
}

/// No container of a task definition has a file system that the agent can write to.
fn read_only<'a>(cx: &Context<'_, 'a>, exec: &Exec<'_>, definition: &TaskDefinition<'a>) -> Option<Finding> {
    if !definition.open.is_empty() {
        return None;
    }
    let first = definition.containers.first()?;
    let closed = definition.containers.iter().map(|container| {
        let is_closed = is_closed(cx, container);
        container.item.guard.negated().or(&is_closed)
    });
    let is_there = Guard::any(definition.containers.iter().map(|container| container.item.guard.clone()));
    let guard = Guard::all(closed).and(&is_there);
    let name = cx.inventory().logical_id(definition.id);
    let what = format!(
        "no container of task definition `{name}` has a root file system that its agent can write to"
    );
    let label = cx.inventory().evidence(definition.id, first.place, "read-only root file system");
    Some(
        finding(cx, exec, &what)
            .when(&guard)
            .because([label])
            .help("turn it off, or `ReadonlyRootFilesystem` of the container to open sessions in")
            .atom("read-only"),
    )
}

/// When a container's root file system is read-only and no volume lies where the agent writes.
fn is_closed<'a>(cx: &Context<'_, 'a>, container: &Container<'a>) -> Guard {
    let eval = cx.eval();
    for item in eval.elements(container.view().mount_points(eval)) {
        if matches!(item.value, Value::Unknown(_)) {
            return Guard::False;
        }
        for path in eval.scalars(MountPoint(&item).container_path(eval)) {
            let is_elsewhere = match &path.value {
                Known::Value(path) => !AGENT_PATHS
                    .iter()
                    .any(|agent| path.starts_with(agent) || agent.starts_with(path.trim_end_matches('/'))),
                Known::Absent => true,
                Known::Unknown(_) => false,
            };
            if !is_elsewhere {
                return Guard::False;
            }
        }
    }
    let closed = eval.booleans(container.view().read_only_root(eval)).into_iter();
    Guard::any(closed.filter(|case| case.value == Known::Value(true)).map(|case| case.guard))
}
