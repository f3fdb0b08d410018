//! Deployments can replace tasks, and keep some running.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::Workload;
use crate::facts::scaling::scaled;
use crate::facts::workload::{Deployment, WorkloadKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unsafe-deployment-percentages",
    summary: "deployments can replace tasks, and keep some running",
    docs: Docs {
        why: "`MinimumHealthyPercent` and `MaximumPercent` say how far a rolling deployment may go below and above the \
              desired count. At 0 it may stop every task before the new ones answer; without room in either direction \
              no task is ever replaced, and the stack update hangs.",
        decides: "Looks at services with rolling deployments, daemons left out. Reports a minimum of 0 behind a load \
                  balancer, and percentages that leave no room: ECS rounds the minimum up and the maximum down, so with \
                  one task a maximum of 150 percent is one task. The desired count only counts where no scalable \
                  target changes it. Undetermined when a percentage is only known at deployment.",
        fix: "Remove both percentages (they are then 100 and 200), or leave room for one task in one direction.",
        safety: Safety::Unsafe,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
    options: &[],
    check: Check::Native(check),
};

/// What absent percentages mean for services that are no daemons.
const DEFAULT_MINIMUM: u64 = 100;
const DEFAULT_MAXIMUM: u64 = 200;

const HELP: &str = "set `MaximumPercent: 200`, or `MinimumHealthyPercent: 50` with two tasks or more";

/// A number with when and where it is set.
struct Number {
    case: Case<()>,
    value: u64,
    is_set: bool,
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
    let deployment = Deployment::of(inventory, workload.id);
    let relevant = deployment.is_rolling().and(&deployment.may_be_daemon().negated());
    let balanced = workload.is_load_balanced();
    let mut open = Vec::new();
    let minimum = eval.scalars(service.minimum_healthy_percent(eval));
    let minimum = numbers(minimum, DEFAULT_MINIMUM, &relevant, &mut open);
    let maximum = eval.scalars(service.maximum_percent(eval));
    let maximum = numbers(maximum, DEFAULT_MAXIMUM, &relevant, &mut open);
    let mut findings = Vec::new();
    for low in minimum.iter().filter(|low| low.value == 0) {
        let shown = workload.shown(inventory);
        let message = format!(
            "{shown} is behind a load balancer, and `MinimumHealthyPercent` 0 lets a deployment stop all its tasks at once"
        );
        let finding = Finding::new(workload.id, low.case.span, message)
            .when(&Guard::all([relevant.clone(), balanced.clone(), low.case.guard.clone()]))
            .label("no task has to keep running")
            .help("set `MinimumHealthyPercent` to 50 or more, or remove it")
            .through(inventory, &low.case.trail);
        findings.push(finding.atom("none left"));
    }
    let counts = counts(cx, workload);
    for low in &minimum {
        for high in maximum.iter().filter(|high| high.is_set || low.is_set) {
            let finding = stuck(cx, workload, low, high, &counts);
            findings.extend(finding.map(|finding| finding.when(&relevant)));
        }
    }
    let place = findings.first().map_or(inventory.project().resource(workload.id).id.span, |it| it.place);
    let message = format!("whether deployments of {} can replace tasks and keep some running", workload.shown(inventory));
    cx.conclude(findings, Question { subject: workload.id, place, message, open });
}

fn numbers(
    cases: Vec<Case<Known<Str>>>,
    absent: u64,
    relevant: &Guard,
    open: &mut Vec<Case<Unknown>>,
) -> Vec<Number> {
    let mut out = Vec::new();
    for case in cases {
        let (value, is_set) = match &case.value {
            Known::Absent => (Some(absent), false),
            Known::Value(text) => (text.parse().ok(), true),
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(relevant));
                continue;
            }
        };
        out.extend(value.map(|value| Number { case: case.with(()), value, is_set }));
    }
    out
}

/// The desired counts, where nothing changes them.
fn counts(cx: &Context<'_, '_>, workload: &Workload) -> Vec<Number> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let scaled = scaled(inventory, &cx.facts.scalable_targets, workload.id).is_none();
    let cases = eval.scalars(Service(workload.id).desired_count(eval));
    let cases: Vec<_> = cases.into_iter().map(|case| case.when(&scaled)).collect();
    // Absent means one task when the service is created.
    numbers(cases, 1, &Guard::False, &mut Vec::new())
}

/// The finding for percentages that leave no room: whatever the count, or for the counts that are known.
fn stuck(
    cx: &Context<'_, '_>,
    workload: &Workload,
    low: &Number,
    high: &Number,
    counts: &[Number],
) -> Option<Finding> {
    let inventory = cx.inventory();
    let (minimum, maximum) = (low.value, high.value);
    let always = minimum >= 100 && maximum <= 100;
    let few: Vec<&Number> = counts.iter().filter(|count| !always && has_no_room(count.value, minimum, maximum)).collect();
    let (guard, why) = match few.first() {
        _ if always => (Guard::True, String::new()),
        Some(first) => {
            let guard = Guard::any(few.iter().map(|count| count.case.guard.clone()));
            let tasks = if first.value == 1 { "one task".to_owned() } else { format!("{} tasks", first.value) };
            (guard, format!(", when it has {tasks}"))
        }
        None => return None,
    };
    let shown = workload.shown(inventory);
    let message = format!(
        "`MinimumHealthyPercent` {minimum} and `MaximumPercent` {maximum} leave {shown} no room to replace a task{why}"
    );
    let place: Span = if high.is_set { high.case.span } else { low.case.span };
    let evidence = few.iter().filter(|count| count.is_set);
    let evidence: Vec<_> =
        evidence.map(|count| inventory.evidence(workload.id, count.case.span, "the desired count")).collect();
    let finding = Finding::new(workload.id, place, message)
        .when(&Guard::all([low.case.guard.clone(), high.case.guard.clone(), guard]))
        .label("no room for a deployment")
        .help(HELP)
        .because(evidence)
        .through(inventory, &low.case.trail)
        .through(inventory, &high.case.trail);
    Some(finding.atom("stuck"))
}

/// True when a deployment may neither stop one of so many tasks nor start another one.
fn has_no_room(tasks: u64, minimum: u64, maximum: u64) -> bool {
    let kept = tasks.saturating_mul(minimum).div_ceil(100);
    let most = tasks.saturating_mul(maximum) / 100;
    tasks > 0 && kept >= tasks && most <= tasks
}

#[cfg(test)]
mod tests {
    use super::has_no_room;

    #[test]
    fn the_minimum_is_rounded_up_and_the_maximum_down() {
        assert!(has_no_room(1, 50, 150));
        assert!(has_no_room(1, 100, 199));
        assert!(!has_no_room(1, 100, 200));
        assert!(!has_no_room(2, 50, 100));
        assert!(has_no_room(3, 67, 120));
        assert!(!has_no_room(0, 100, 100));
    }
}
