//! The application does not run with the role of the agent.

use crate::aws::ecs::TaskDefinition;
use crate::aws::iam::RoleClass;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::iam::{Origin, Principal};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "shared-task-and-execution-role",
    summary: "the task role is not the execution role",
    docs: Docs {
        why: "The execution role pulls images and reads every secret that is put into the containers. Code in a \
              container that has it can read them all again, and the agent gets what only the application needs.",
        decides: "Compares `TaskRoleArn` and `ExecutionRoleArn` of a task definition by what they resolve to, through \
                  nested stacks, imports and parameters. A warning where a role is the task role of one task \
                  definition and the execution role of another, and where a task role has AWS's policy for execution \
                  roles. Undetermined while the roles are parameters without values.",
        fix: "Make two roles: the execution role with `AmazonECSTaskExecutionRolePolicy` and the secrets that are \
              injected, the task role with what the application calls.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(6.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_249"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    options: &[],
    check: Check::Native(check),
};

/// The policy that AWS manages for execution roles.
const EXECUTION_POLICY: &str = "service-role/AmazonECSTaskExecutionRolePolicy";

/// A role that a task definition names.
type Named = Case<Known<Text>>;

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(TaskDefinition::TYPE) {
        task_definition(cx, *id);
    }
    for principal in &cx.facts.iam.principals {
        let same = in_both(cx, principal);
        if !same {
            execution_policy(cx, principal);
        }
    }
}

fn task_definition(cx: &mut Context<'_, '_>, id: ResourceId) {
    let inventory = cx.inventory();
    let view = TaskDefinition(id);
    let task = inventory.identities(view.task_role(cx.eval()));
    let execution = inventory.identities(view.execution_role(cx.eval()));
    let name = inventory.logical_id(id);
    let mut findings = Vec::new();
    let mut open = Vec::new();
    for left in &task {
        for right in &execution {
            let guard = left.guard.and(&right.guard);
            match (&left.value, &right.value) {
                (Known::Absent, _) | (_, Known::Absent) => {}
                (Known::Value(one), Known::Value(other)) if one == other => {
                    let role = inventory.shown(one);
                    let message =
                        format!("task definition `{name}` uses role `{role}` for its containers and for the agent");
                    let agent = inventory.evidence(id, right.span, "the same role for the agent");
                    let declared = inventory.resource_of(one, crate::aws::iam::Role::TYPE);
                    let declared = declared.map(|role| inventory.declared(role, "the role"));
                    let finding = Finding::new(id, left.span, message)
                        .when(&guard)
                        .label("the execution role as task role")
                        .because([agent])
                        .through(inventory, &left.trail)
                        .through(inventory, &right.trail)
                        .because(declared)
                        .help("give the containers a role of their own, with what the application calls");
                    findings.push(finding);
                }
                _ => open.extend(unclear(cx, left, right).map(|reason| Case { guard, ..left.with(reason) })),
            }
        }
    }
    let place = task.first().map(|case| case.span);
    let question = Question {
        subject: id,
        place: place.unwrap_or(inventory.project().resource(id).id.span),
        message: format!(
            "whether task definition `{name}` uses one role for its containers and for the agent is not decided by \
             the templates"
        ),
        open,
    };
    cx.conclude(findings, question);
}

/// Why two roles that are spelled differently may be the same; nothing when one is a resource of the project and the
/// other an ARN or another resource, or when one is declared beside the parameter that names the other: its ARN does
/// not exist when the parameter is given.
fn unclear(cx: &Context<'_, '_>, left: &Named, right: &Named) -> Option<Unknown> {
    let is_declared = |case: &Named| {
        matches!(&case.value, Known::Value(text) if cx.inventory().resource_of(text, crate::aws::iam::Role::TYPE).is_some())
    };
    if is_declared(left) || is_declared(right) {
        return None;
    }
    let unknown = |case: &Named| match &case.value {
        Known::Unknown(reason) => Some(reason.clone()),
        Known::Value(text) => text.unknown(),
        Known::Absent => None,
    };
    unknown(left).or_else(|| unknown(right))
}

/// Reports a role with both uses, in different task definitions; true when it has both in one or several.
fn in_both(cx: &mut Context<'_, '_>, principal: &Principal) -> bool {
    if !(principal.is(RoleClass::Task) && principal.is(RoleClass::Execution)) {
        return false;
    }
    let inventory = cx.inventory();
    let of = |class: RoleClass| principal.uses.iter().filter(move |usage| usage.class == class);
    let role = inventory.logical_id(principal.id);
    let mut findings = Vec::new();
    for task in of(RoleClass::Task) {
        // With both uses in one task definition the error says it.
        if of(RoleClass::Execution).any(|usage| usage.by == task.by) {
            continue;
        }
        let agents: Vec<_> = of(RoleClass::Execution).collect();
        let guard = task.guard.and(&Guard::any(agents.iter().map(|usage| usage.guard.clone())));
        let user = inventory.logical_id(task.by);
        let message = format!("role `{role}` is the task role of `{user}` and the execution role of another task definition");
        let labels = agents.iter().map(|usage| {
            let user = inventory.logical_id(usage.by);
            inventory.evidence(usage.by, usage.place, format!("the execution role of `{user}`"))
        });
        let finding = Finding::new(task.by, task.place, message)
            .when(&guard)
            .label("an execution role as task role")
            .severity(Severity::Warning)
            .because(labels)
            .through(inventory, &task.trail)
            .because([inventory.declared(principal.id, "the role")])
            .help("give the containers a role of their own, with what the application calls");
        findings.push(finding);
    }
    for finding in findings {
        cx.report(finding);
    }
    true
}

/// Reports a task role with the policy for execution roles.
fn execution_policy(cx: &mut Context<'_, '_>, principal: &Principal) {
    if !principal.is(RoleClass::Task) {
        return;
    }
    let role = cx.inventory().logical_id(principal.id);
    let iam = &cx.facts.iam;
    let attached = iam
        .policies_of(principal.id)
        .filter(|(_, policy)| matches!(&policy.origin, Origin::Aws(path) if &**path == EXECUTION_POLICY));
    for (case, _) in attached {
        let message = format!("task role `{role}` has the AWS managed policy for execution roles");
        let finding = Finding::new(principal.id, case.span, message)
            .when(&case.guard)
            .label("lets containers pull any image and write any log")
            .severity(Severity::Warning)
            .through(cx.inventory(), &case.trail)
            .because(principal.used_by(cx.inventory()))
            .help("attach it to the execution role only");
        cx.report(finding);
    }
}
