//! Services behind a load balancer do not run on spare capacity alone.

use crate::aws::ecs::FARGATE_SPOT;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, when_any};
use crate::facts::Workload;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "spot-only-capacity",
    summary: "services behind a load balancer do not run on spare capacity alone",
    docs: Docs {
        why: "AWS takes spare capacity back with two minutes' notice, from all tasks at once if it has to, and gives no \
              promise when there is some again.",
        decides: "Reports services and task sets with a load balancer whose capacity provider strategy, or else the \
                  default one of their cluster, places tasks on `FARGATE_SPOT` and nowhere else: providers with weight \
                  0 and no base count as none. Undetermined when another provider is only known at deployment.",
        fix: "Add `FARGATE` with a `Base` of as many tasks as the service cannot do without.",
        safety: Safety::Unsafe,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        judge(cx, workload);
    }
}

fn judge(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let balanced = workload.is_load_balanced();
    let (mut spot, mut other, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for capacity in &workload.capacity {
        let used = capacity.guard.and(&capacity.unused.negated());
        for case in &capacity.provider {
            let guard = used.and(&case.guard);
            match &case.value {
                Known::Value(name) if name.as_literal().as_deref() == Some(FARGATE_SPOT) => {
                    labels.push((capacity, case));
                    spot.push(guard);
                }
                Known::Value(name) if name.unknown().is_none() => other.push(guard),
                Known::Value(name) => open.push(case.with(inventory.unknown_identity(name)).when(&used)),
                Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&used)),
                Known::Absent => {}
            }
        }
    }
    let Some((first, _)) = labels.first() else { return };
    let place = if first.is_own { first.place } else { workload.place };
    let shown = workload.shown(inventory);
    let bare = Guard::all([workload.guard.clone(), balanced, Guard::any(spot), Guard::any(other).negated()]);
    let unsure = when_any(&open);
    let message = format!("{shown} is behind a load balancer and runs on `{FARGATE_SPOT}` alone");
    let mut finding = Finding::new(workload.id, place, message)
        .when(&bare.and(&unsure.negated()))
        .label("may be taken back at any time")
        .help("add the capacity provider `FARGATE` with a `Base` of 1 or more");
    for (capacity, case) in labels.iter().filter(|(capacity, _)| !capacity.is_own) {
        let mut label = inventory.evidence(workload.id, capacity.place, "the default strategy of its cluster");
        label.resource = None;
        finding = finding.because([label]).through(inventory, &case.trail);
    }
    let open = open.into_iter().map(|case| case.when(&bare)).collect();
    let message = format!("whether {shown} runs on `{FARGATE_SPOT}` alone");
    cx.conclude([finding], Question { subject: workload.id, place, message, open });
}
