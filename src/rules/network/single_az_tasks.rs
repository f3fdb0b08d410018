//! Services run their tasks in two availability zones.

use crate::aws::ecs::Service;
use crate::aws::efs::FileSystem;
use crate::diag::Severity;
use crate::eval::{Guard, Known, when};
use crate::facts::Workload;
use crate::facts::need::{self, Purpose};
use crate::facts::workload::{Carrier, Deployment, Interface, WorkloadKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "single-az-tasks",
    summary: "services run their tasks in two availability zones",
    docs: Docs {
        why: "A service whose tasks are all in one availability zone is gone when that zone is, however many tasks it has.",
        decides: "Reports services that are behind a load balancer or run two tasks or more, when they are given one subnet, or \
                  subnets with the same `AvailabilityZone`. Two subnets whose zones are not known count as two. Daemons are not \
                  looked at, nor services that mount a file system which is in one zone itself. Says nothing about lists \
                  that come from outside, so that it is never undetermined.",
        fix: "List subnets of at least two availability zones.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html",
    options: &[],
    check: Check::Native(check),
};

/// Tasks of which one survives the loss of a zone.
const SEVERAL: u64 = 2;

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.kind == WorkloadKind::Service {
            let worth = is_worth_two(cx, workload).and(&is_bound_to_zone(cx, workload).negated());
            for interface in &workload.interfaces {
                check_interface(cx, workload, interface, &worth);
            }
        }
    }
}

fn check_interface(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface, worth: &Guard) {
    let inventory = cx.inventory();
    let spread = cx.facts.network.spread(inventory, &interface.subnets);
    let Some((_, first)) = spread.known.first() else { return };
    let shown = workload.shown(inventory);
    let who = match interface.carrier {
        Carrier::Task => format!("the tasks of {shown}"),
        Carrier::Instance(_) => format!("the container instances of {shown}"),
    };
    let names = spread.names(inventory);
    let only = match names.as_slice() {
        [name] => format!("only one subnet, {name},"),
        _ => "only one subnet".to_owned(),
    };
    let names = names.join(", ");
    let guard = Guard::all([workload.guard.clone(), interface.guard.clone(), worth.clone(), spread.is_single()]);
    let finding = |text: String, when: &Guard| {
        Finding::new(workload.id, first.span, text)
            .when(&guard.and(when))
            .label("one availability zone")
            .help("add a subnet of another availability zone")
            .through(inventory, &first.trail)
    };
    let one = finding(format!("{who} have {only} and so one availability zone"), &spread.several.negated());
    let many = finding(format!("the subnets of {who} are all in one availability zone: {names}"), &spread.several);
    cx.report(one);
    cx.report(many);
}

/// When the loss of a zone would be missed: behind a load balancer, or with several tasks.
fn is_worth_two(cx: &Context<'_, '_>, workload: &Workload) -> Guard {
    let eval = cx.eval();
    let is_several = |known: &Known<Str>| {
        matches!(known, Known::Value(text) if text.parse::<u64>().is_ok_and(|count| count >= SEVERAL))
    };
    let counts = eval.scalars(Service(workload.id).desired_count(eval));
    let mut worth = workload.is_load_balanced().or(&when(&counts, is_several));
    for (target, matches) in cx.facts.scalable_targets.of(workload.id) {
        worth = worth.or(&matches.is_same().and(&when(&target.min_capacity, is_several)));
    }
    worth.and(&Deployment::of(cx.inventory(), workload.id).may_be_daemon().negated())
}

/// When the tasks mount a file system that is in one zone.
fn is_bound_to_zone(cx: &Context<'_, '_>, workload: &Workload) -> Guard {
    let inventory = cx.inventory();
    let needs = need::of_workload(inventory, &cx.facts.task_definitions, workload);
    let mounts = needs.iter().filter(|need| need.purpose == Purpose::FileSystem);
    Guard::any(mounts.filter_map(|need| {
        let id = inventory.resource_of(need.source()?, FileSystem::TYPE)?;
        let zones = cx.eval().texts(FileSystem(id).zone(cx.eval()));
        Some(need.guard.and(&when(&zones, |value| *value != Known::Absent)))
    }))
}
