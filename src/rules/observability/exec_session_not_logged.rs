//! Sessions of ECS Exec are logged.

use crate::aws::ecs::{Cluster, awslogs};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown, when};
use crate::facts::TaskDefinition;
use crate::facts::exec::{Exec, services};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "exec-session-not-logged",
    summary: "sessions of ECS Exec are logged",
    docs: Docs {
        why: "Whoever opens a session in a container can read its secrets and change what runs. CloudTrail records that a \
              session was opened; what was typed in it is only in the session's log.",
        decides: "Looks at clusters of the templates with a service that has `EnableExecuteCommand`. `NONE` logs nothing, \
                  `OVERRIDE` needs a log group or a bucket, and `DEFAULT`, also when nothing is said, writes to where the \
                  containers log with `awslogs`; with another driver in all of them it writes nowhere. Undetermined \
                  where the setting is not known. Whether the task role may write the log is not looked at.",
        fix: "Set `Logging: OVERRIDE` in `ExecuteCommandConfiguration` of the cluster, with a log group or an encrypted \
              bucket in `LogConfiguration`.",
        safety: Safety::Advice,
    },
    category: Category::Observability,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_223"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str = "set `Logging: OVERRIDE` in the cluster's `ExecuteCommandConfiguration`, with a log group or a bucket in \
                    `LogConfiguration`";

/// Services that are pointed at in one finding.
const MAX_SERVICES: usize = 3;

fn check(cx: &mut Context<'_, '_>) {
    let all = services(cx.inventory(), &cx.facts.workloads);
    for cluster in cx.inventory().of_type(Cluster::TYPE) {
        let own = cx.inventory().own_identity(*cluster);
        let mut here = Vec::new();
        for exec in &all {
            let in_it = exec.workload.cluster.iter().filter(|case| case.value == Known::Value(own.clone()));
            let in_it = Guard::any(in_it.map(|case| case.guard.clone()));
            let guard = Guard::all([
                cx.inventory().presence(exec.workload.id),
                exec.workload.guard.clone(),
                exec.enabled.guard.clone(),
                in_it,
            ]);
            if !guard.is_never() && cx.inventory().possible(&guard) {
                here.push((guard, exec));
            }
        }
        if !here.is_empty() {
            judge(cx, *cluster, &here);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, cluster: ResourceId, execs: &[(Guard, &Exec<'_>)]) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let name = inventory.logical_id(cluster);
    let used = Guard::any(execs.iter().map(|(guard, _)| guard.clone()));
    let labels: Vec<Label> = execs
        .iter()
        .take(MAX_SERVICES)
        .map(|(_, exec)| {
            let text = format!("{} turns on ECS Exec", exec.workload.shown(inventory));
            inventory.evidence(exec.workload.id, exec.enabled.span, text)
        })
        .collect();
    let finding = |case: &Case<Known<Str>>, message: String, label: &str| {
        Finding::new(cluster, case.span, message)
            .when(&used.and(&case.guard))
            .label(label)
            .because(labels.clone())
            .through(inventory, &case.trail)
            .help(HELP)
    };
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in eval.scalars(Cluster(cluster).session_logging(eval)) {
        match &case.value {
            Known::Value(text) if &**text == "NONE" => {
                let message = format!("cluster `{name}` does not log the sessions of ECS Exec");
                findings.push(finding(&case, message, "not logged"));
            }
            Known::Value(text) if &**text == "OVERRIDE" => {
                let message = format!("cluster `{name}` says no log group or bucket for the sessions of ECS Exec");
                findings.push(finding(&case, message, "logged nowhere").when(&no_target(cx, cluster)));
            }
            Known::Value(text) if &**text != "DEFAULT" => {}
            Known::Value(_) | Known::Absent => {
                for (guard, exec) in execs {
                    findings.extend(by_default(cx, cluster, exec).map(|finding| finding.when(&guard.and(&case.guard))));
                }
            }
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&used)),
        }
    }
    let place = open.first().map_or(inventory.project().resource(cluster).id.span, |case| case.span);
    let message = format!("whether cluster `{name}` logs the sessions of ECS Exec");
    cx.conclude(findings, Question { subject: cluster, place, message, open });
}

/// When neither a log group nor a bucket is given.
fn no_target(cx: &Context<'_, '_>, cluster: ResourceId) -> Guard {
    let eval = cx.eval();
    let view = Cluster(cluster);
    let absent = [view.session_log_group(eval), view.session_bucket(eval)].map(|cases| {
        when(&eval.texts(cases), |value| *value == Known::Absent)
    });
    Guard::all(absent)
}

/// Sessions of a service whose cluster leaves it to the containers where they are logged.
fn by_default(cx: &Context<'_, '_>, cluster: ResourceId, exec: &Exec<'_>) -> Option<Finding> {
    let inventory = cx.inventory();
    let definitions = exec.definitions(inventory, &cx.facts.task_definitions);
    let (_, first) = definitions.first()?;
    let silent = definitions.iter().map(|(guard, definition)| guard.and(&has_no_log(cx, definition)));
    let shown = exec.workload.shown(inventory);
    let (id, name) = (inventory.logical_id(first.id), inventory.logical_id(cluster));
    let message = format!(
        "{shown} turns on ECS Exec, whose sessions are not logged: cluster `{name}` leaves it to the containers, and none of \
         task definition `{id}` logs with `awslogs`"
    );
    Some(
        Finding::new(exec.workload.id, exec.enabled.span, message)
            .when(&Guard::any(silent))
            .label("sessions are not logged")
            .because([
                inventory.declared(cluster, "no `ExecuteCommandConfiguration` with `OVERRIDE`"),
                inventory.declared(first.id, "no container logs with `awslogs`"),
            ])
            .through(inventory, &exec.enabled.trail)
            .help(HELP),
    )
}

/// When no container of a task definition logs with `awslogs`, for certain.
fn has_no_log<'a>(cx: &Context<'_, 'a>, definition: &TaskDefinition<'a>) -> Guard {
    if !definition.open.is_empty() {
        return Guard::False;
    }
    let eval = cx.eval();
    let logs = definition.containers.iter().flat_map(|container| {
        let drivers = eval.scalars(container.view().log_driver(eval)).into_iter();
        drivers
            .filter(|case| match &case.value {
                Known::Value(driver) => &**driver == awslogs::DRIVER,
                Known::Unknown(_) => true,
                Known::Absent => false,
            })
            .map(|case| case.guard)
    });
    Guard::any(logs).negated()
}
