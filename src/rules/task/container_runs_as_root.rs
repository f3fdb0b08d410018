//! Containers do not run as root.

use crate::aws::ecs::{IGNORED_GROUP, ProxySetting, TaskDefinition as View};
use crate::diag::Severity;
use crate::eval::{Case, Evaluator, Guard, Known, Text, Unknown, Value, when, when_any};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "container-runs-as-root",
    summary: "containers do not run as root",
    docs: Docs {
        why: "Root in a container is root to the kernel: with a flaw in the runtime, a mount or a capability \
              too many it is root on the host.",
        decides: "Reports containers whose `User` is root (`root`, `0`, with or without a group) or absent, \
              which leaves it to the image; most images run as root. On Windows only \
              `ContainerAdministrator` is reported. The log router of FireLens must run as root and is not \
              looked at.",
        fix: "Create a user in the image and name it in `User`, best by number such as `1000:1000`.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CT.ECS.PR.3", "ECS.20"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str = "name a user of the image in `User`, such as `1000:1000`";

fn check(cx: &mut Context<'_, '_>) {
    cx.for_each_container(judge, |name| format!("whether a container of task definition `{name}` runs as root"));
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let name = inventory.logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let (windows, mut open) = definition.is_windows();
    let unsure = when_any(&open);
    let linux = windows.or(&unsure).negated();
    let app = when(&container.view().firelens(eval), |value| !matches!(value, Value::Absent)).negated();
    let mut findings = Vec::new();
    let mut settled = Vec::new();
    for case in eval.texts(container.view().user(eval)) {
        let (place, on, message, label, help) = match &case.value {
            Known::Absent => (
                container.place,
                &linux,
                format!("{shown} may run as root: it has no `User`, which leaves it to the image"),
                "no `User`",
                HELP.to_owned(),
            ),
            Known::Value(user) if is_root(user) => {
                let help = match ignored_group(eval, definition, user) {
                    Some(group) => format!("keep group {group}, which the proxy ignores: `<uid>:{group}`"),
                    None => HELP.to_owned(),
                };
                (case.span, &linux, format!("{shown} runs as root"), "root", help)
            }
            Known::Value(user) if is_administrator(user) => (
                case.span,
                &windows,
                format!("{shown} runs as `ContainerAdministrator`"),
                "administrator",
                "run it as `ContainerUser`".to_owned(),
            ),
            Known::Value(_) => {
                settled.push(case.guard.clone());
                continue;
            }
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()));
                continue;
            }
        };
        findings.push(
            Finding::new(definition.id, place, message)
                .when(&Guard::all([case.guard.clone(), on.clone(), app.clone()]))
                .label(label)
                .help(help)
                .through(inventory, &case.trail),
        );
    }
    let asked = app.and(&Guard::any(settled).negated());
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: container.place,
            message: format!("whether {shown} runs as root"),
            open: open
                .into_iter()
                .map(|case: Case<Unknown>| case.when(&asked))
                .collect(),
        },
    );
}

/// The user of `user[:group]` is root. A user that is not known is not said to be root: whoever makes it a parameter
/// means to set it.
fn is_root(user: &Text) -> bool {
    let split = user.split(":");
    let first = split.first().and_then(Text::as_literal);
    first.is_some_and(|user| matches!(&*user, "" | "0" | "root"))
}

/// The group of `user:group` when the task's proxy leaves its traffic alone; without it the proxy would catch its own.
fn ignored_group(eval: &Evaluator<'_>, definition: &TaskDefinition<'_>, user: &Text) -> Option<Str> {
    let split = user.split(":");
    let group = split.get(1)?.as_literal()?;
    let is = |cases: Vec<Case<Known<Str>>>, wanted: &str| {
        cases.iter().any(|case| matches!(&case.value, Known::Value(text) if &**text == wanted))
    };
    let settings = eval.elements(View(definition.id).proxy_settings(eval));
    let mut settings = settings.iter().map(ProxySetting);
    let is_ignored = settings.any(|setting| {
        is(eval.scalars(setting.name(eval)), IGNORED_GROUP) && is(eval.scalars(setting.value(eval)), &group)
    });
    is_ignored.then_some(group)
}

fn is_administrator(user: &Text) -> bool {
    let name = user.as_literal();
    name.is_some_and(|name| name.eq_ignore_ascii_case("ContainerAdministrator"))
}
