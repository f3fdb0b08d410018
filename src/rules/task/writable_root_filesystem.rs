//! The root file systems of containers are read-only.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Context, Docs, Finding, Profile, Question, Rule};

/// See the module.
pub static RULE: Rule = Rule {
    name: "writable-root-filesystem",
    summary: "the root file systems of containers are read-only",
    docs: Docs {
        why: "In a container that can write its own files an attacker can leave programs and change the \
              application.",
        decides: "Reports containers without `ReadonlyRootFilesystem: true`. Windows has no such setting and is \
              not looked at.",
        fix: "Set `ReadonlyRootFilesystem: true`, and mount a volume or `Tmpfs` where the application \
              writes. ECS Exec does not work with it.",
    },
    category: Category::Task,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_336", "CT.ECS.PR.6", "ECS.5"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
    check,
};

fn check(cx: &mut Context<'_, '_>) {
    cx.for_each_container(judge, |name| format!("whether all containers of task definition `{name}` have a read-only root file system"));
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let (windows, mut open) = definition.is_windows();
    let unsure = Guard::any(open.iter().map(|case| case.guard.clone()));
    let linux = windows.or(&unsure).negated();
    let mut findings = Vec::new();
    let mut settled = vec![windows];
    for case in cx.eval().booleans(container.view().read_only_root(cx.eval())) {
        let place = match &case.value {
            Known::Absent => container.place,
            Known::Value(false) => case.span,
            Known::Value(true) => {
                settled.push(case.guard.clone());
                continue;
            }
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()));
                continue;
            }
        };
        findings.push(
            Finding::new(
                definition.id,
                place,
                format!("{shown} can write its root file system"),
            )
            .when(&case.guard.and(&linux))
            .label("writable root file system")
            .help("set `ReadonlyRootFilesystem: true`, and mount volumes where it writes")
            .through(inventory, &case.trail),
        );
    }
    let asked = Guard::any(settled).negated();
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: container.place,
            message: format!("whether {shown} has a read-only root file system"),
            open: open
                .into_iter()
                .map(|case: Case<Unknown>| case.when(&asked))
                .collect(),
        },
    );
}
