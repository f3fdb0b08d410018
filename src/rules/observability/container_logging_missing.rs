//! Containers send their output somewhere.

use crate::diag::Severity;
use crate::eval::{Known, Value, when};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "container-logging-missing",
    summary: "containers send their output somewhere",
    docs: Docs {
        why: "Without a log configuration the output of a container is gone with the container, and with it the reason \
              why it stopped.",
        decides: "Every container of a task definition needs a `LogConfiguration` with another driver than `none`, \
                  sidecars and the FireLens router included. A task definition that nothing uses is checked as well.",
        fix: "Add a `LogConfiguration`, for example the `awslogs` driver with a log group. On Fargate the task \
              definition then needs an `ExecutionRoleArn` whose role may write to that group.",
        safety: Safety::Unsafe,
    },
    category: Category::Observability,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["AwsSolutions-ECS7", "CT.ECS.PR.5", "ECS.9"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
    options: &[],
    check: Check::Native(check),
};

/// The log driver that keeps nothing.
const NO_DRIVER: &str = "none";

const HELP: &str = "add a `LogConfiguration`, such as the `awslogs` driver with a log group; on Fargate this needs an \
                    `ExecutionRoleArn` whose role may write to the group";

fn check(cx: &mut Context<'_, '_>) {
    cx.for_each_container(judge, |name| format!("whether all containers of task definition `{name}` have a log configuration"));
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let eval = cx.eval();
    let name = cx.inventory().logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let configuration = container.view().log_configuration(eval);
    let missing = when(&configuration, |value| matches!(value, Value::Absent));
    let mut findings = vec![
        Finding::new(
            definition.id,
            container.place,
            format!("{shown} has no log configuration"),
        )
        .when(&missing)
        .label("its output is not kept")
        .help(HELP),
    ];
    for case in eval.scalars(container.view().log_driver(eval)) {
        if matches!(&case.value, Known::Value(driver) if &**driver == NO_DRIVER) {
            findings.push(
                Finding::new(
                    definition.id,
                    case.span,
                    format!("{shown} uses the log driver `{NO_DRIVER}`, which keeps nothing"),
                )
                .when(&case.guard)
                .label("its output is not kept")
                .help(HELP)
                .through(cx.inventory(), &case.trail),
            );
        }
    }
    let open = configuration.iter().filter_map(|case| match &case.value {
        Value::Unknown(reason) => Some(case.with(reason.clone())),
        _ => None,
    });
    let open = open.collect();
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: container.place,
            message: format!("whether {shown} has a log configuration"),
            open,
        },
    );
}
