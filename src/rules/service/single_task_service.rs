//! Services behind a load balancer run two tasks.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Trail, Unknown, when_any};
use crate::facts::Workload;
use crate::facts::scaling::scaled;
use crate::facts::workload::{Deployment, WorkloadKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::project::ResourceId;
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "single-task-service",
    summary: "services behind a load balancer run two tasks",
    docs: Docs {
        why: "A service of one task is gone while that task is replaced, and with the availability zone that \
              it is in.",
        decides: "Reports services with a load balancer whose `DesiredCount` is 1, or absent, which means 1, \
              unless a scalable target keeps two tasks or more. A count of 0 is a common first value, and a \
              service without a load balancer may be a worker: these are only worth knowing. Daemons are not \
              looked at.",
        fix: "Set `DesiredCount` to 2 or more, or give the service a scalable target with a `MinCapacity` of \
              2.",
        safety: Safety::Unsafe,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html",
    options: &[],
    check: Check::Native(check),
};

/// Tasks that survive the loss of one.
const ENOUGH: u64 = 2;

/// When a service is scaled to enough tasks, and when and why that is not known.
struct Scaled {
    enough: Guard,
    /// When anything scales it.
    at_all: Guard,
    /// Minimums that are not enough, each with its scalable target.
    small: Vec<Case<Minimum>>,
    open: Vec<Case<Unknown>>,
}

/// The least number of tasks that a scalable target keeps.
struct Minimum {
    target: ResourceId,
    count: u64,
}

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.kind == WorkloadKind::Service {
            judge(cx, workload);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, workload: &Workload) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let service = Service(workload.id);
    let declared = inventory.project().resource(workload.id).id.span;
    let replica = Deployment::of(inventory, workload.id).may_be_daemon().negated();
    let scaled = scaling(cx, workload);
    let few = replica.and(&scaled.enough.negated());
    let unsure = when_any(&scaled.open);
    let firm = few.and(&unsure.negated());
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut small = Vec::new();
    for case in eval.scalars(service.desired_count(eval)) {
        let (count, place) = match &case.value {
            Known::Absent => (1, declared),
            Known::Value(text) => match text.parse::<u64>() {
                Ok(count) if count < ENOUGH => (count, case.span),
                _ => continue,
            },
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&few));
                continue;
            }
        };
        small.push(case.guard.clone());
        let mut guard = firm.and(&case.guard);
        if case.value == Known::Absent {
            for least in &scaled.small {
                findings.push(scaled_in(cx, workload, least).when(&guard));
            }
            guard = guard.and(&Guard::any(scaled.small.iter().map(|least| least.guard.clone())).negated());
        }
        findings.extend(report(cx, workload, &scaled, count, place, &case.trail).map(|finding| finding.when(&guard)));
    }
    let small = Guard::any(small).and(&few);
    open.extend(scaled.open.into_iter().map(|case| case.when(&small)));
    let shown = workload.shown(inventory);
    cx.conclude(
        findings,
        Question {
            subject: workload.id,
            place: declared,
            message: format!("whether {shown} runs two tasks"),
            open,
        },
    );
}

/// The findings for a count: behind a load balancer, and without one.
fn report(
    cx: &Context<'_, '_>,
    workload: &Workload,
    scaled: &Scaled,
    count: u64,
    place: Span,
    trail: &Trail,
) -> [Finding; 2] {
    let inventory = cx.inventory();
    let balanced = workload.is_load_balanced();
    let shown = workload.shown(inventory);
    let finding = |message: String| {
        Finding::new(workload.id, place, message)
            .help("set `DesiredCount` to 2 or more, or scale the service between 2 and more tasks")
            .through(inventory, trail)
    };
    [
        finding(format!("{shown} is behind a load balancer and runs {}", tasks(count)))
            .when(&balanced)
            .severity(severity(count)),
        finding(format!("{shown} runs {}", tasks(count)))
            .when(&balanced.negated().and(&scaled.at_all.negated()))
            .severity(Severity::Info),
    ]
}

/// The finding for a service without a count whose scalable target lets it become too small.
fn scaled_in(cx: &Context<'_, '_>, workload: &Workload, least: &Case<Minimum>) -> Finding {
    let inventory = cx.inventory();
    let Minimum { target, count } = least.value;
    let message = format!(
        "{} is behind a load balancer and may be scaled in to {}",
        workload.shown(inventory),
        tasks(count)
    );
    Finding::new(workload.id, least.span, message)
        .when(&least.guard.and(&workload.is_load_balanced()))
        .label("the least number of tasks")
        .severity(severity(count))
        .because([inventory.declared(target, "scales the service")])
        .through(inventory, &least.trail)
        .help("set `MinCapacity` to 2 or more")
}

fn tasks(count: u64) -> &'static str {
    if count == 0 { "no task" } else { "one task" }
}

fn severity(count: u64) -> Severity {
    if count == 0 { Severity::Info } else { Severity::Warning }
}

fn scaling(cx: &Context<'_, '_>, workload: &Workload) -> Scaled {
    let inventory = cx.inventory();
    let all = scaled(inventory, &cx.facts.scalable_targets, workload.id);
    let mut out = Scaled {
        enough: Guard::False,
        at_all: all.is_same(),
        small: Vec::new(),
        open: all.open,
    };
    for (target, matches) in cx.facts.scalable_targets.of(workload.id) {
        let its = matches.is_same();
        for case in &target.min_capacity {
            match &case.value {
                Known::Value(text) => match text.parse::<u64>() {
                    Ok(count) if count >= ENOUGH => out.enough = out.enough.or(&its.and(&case.guard)),
                    Ok(count) => {
                        let least = Minimum { target: target.id, count };
                        out.small.push(case.with(least).when(&its));
                    }
                    Err(_) => {}
                },
                Known::Unknown(reason) => out.open.push(case.with(reason.clone()).when(&its)),
                Known::Absent => {}
            }
        }
    }
    out
}
