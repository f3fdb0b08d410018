//! Task definitions whose tasks need an execution role have one.

use crate::aws::ecs::TaskDefinition as View;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::TaskDefinition;
use crate::facts::need::{self, Need, Purpose, Remote};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "execution-role-missing",
    summary: "task definitions whose tasks need an execution role have one",
    docs: Docs {
        why: "Before the containers start, the agent pulls their images, opens their log streams and reads their secrets \
              with the execution role. Without one the task definition is refused or the tasks stop at once.",
        decides: "A task definition without `ExecutionRoleArn` is reported when a container has `Secrets`, secret log \
                  options, credentials for a registry or environment files; and on Fargate when it logs with `awslogs` \
                  or runs an image of a private ECR repository. Fargate is read from `RequiresCompatibilities` and from \
                  what starts the tasks; on instances their own role pulls and logs. Public images without logs pass.",
        fix: "Add an `ExecutionRoleArn` whose role `ecs-tasks.amazonaws.com` may assume, with the managed policy \
              `AmazonECSTaskExecutionRolePolicy` and the right to read the secrets that are used.",
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

/// Needs that are pointed at.
const MAX_NEEDS: usize = 4;

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        judge(cx, definition);
    }
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>) {
    let eval = cx.eval();
    let id = definition.id;
    let mut missing = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in eval.texts(View(id).execution_role(eval)) {
        match &case.value {
            Known::Absent => missing.push(case.guard),
            Known::Value(text) if text.parts().is_empty() => missing.push(case.guard),
            Known::Value(_) => {}
            Known::Unknown(reason) => open.push(case.with(reason.clone())),
        }
    }
    let missing = Guard::any(missing);
    let on_fargate = definition.placement(cx.inventory(), cx.facts.starters(definition.id)).held_to_fargate;
    let needs = needs(cx, definition, &on_fargate);
    let Some(first) = needs.first() else {
        return;
    };
    let needed = Guard::any(needs.iter().map(|need| need.guard.clone()));
    let name = cx.inventory().logical_id(id);
    let declared = cx.inventory().project().resource(id).id.span;
    let labels: Vec<Label> = needs
        .iter()
        .take(MAX_NEEDS)
        .map(|need| need.label(cx.inventory()))
        .collect();
    let finding = Finding::new(
        id,
        declared,
        format!("task definition `{name}` has no execution role, and {}", first.what),
    )
    .when(&missing.and(&needed))
    .label("no `ExecutionRoleArn`")
    .because(labels)
    .help("add an `ExecutionRoleArn` with `AmazonECSTaskExecutionRolePolicy` and the right to read the secrets that are used");
    cx.conclude(
        [finding],
        Question {
            subject: id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("whether task definition `{name}` has an execution role"),
            open: open.into_iter().map(|case| case.when(&needed)).collect(),
        },
    );
}

/// What the agent needs the role for, said as the rule says it. On instances their own role pulls and logs.
fn needs<'a>(cx: &Context<'_, 'a>, definition: &TaskDefinition<'a>, on_fargate: &Guard) -> Vec<Need> {
    let needs = need::of_definition(cx.inventory(), definition).into_iter();
    let needs = needs.filter_map(|mut need| match (need.purpose, &need.remote) {
        (Purpose::Secret | Purpose::RegistryLogin | Purpose::EnvironmentFile, _) => Some(need),
        (Purpose::Log, _) | (Purpose::Image, Ok(Remote::Ecr)) => {
            need.guard = need.guard.and(on_fargate);
            need.what.push_str(" on Fargate");
            Some(need)
        }
        (Purpose::Image | Purpose::FileSystem | Purpose::Exec, _) => None,
    });
    needs.filter(|need| cx.inventory().possible(&need.guard)).collect()
}
