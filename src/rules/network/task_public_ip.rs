//! Tasks get no public IP address.

use crate::diag::Severity;
use crate::eval::Known;
use crate::facts::Workload;
use crate::facts::network::Family;
use crate::facts::workload::{Carrier, Interface};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-public-ip",
    summary: "tasks get no public IP address",
    docs: Docs {
        why: "A task with a public address can be reached from the internet as soon as a security group lets it, and \
              leaves the network past the NAT gateway whose address others have on their allow lists.",
        decides: "Looks at `AssignPublicIp` wherever tasks are started: services, task sets, EventBridge rules, \
                  schedules, pipes, state machines. Absent means disabled. In subnets without a route to an internet \
                  gateway the address is unusable, and the finding a warning.",
        fix: "Set `AssignPublicIp: DISABLED` and place the tasks in subnets that reach the internet through a NAT \
              gateway, or reach what they need through VPC endpoints.",
        safety: Safety::Depends,
    },
    category: Category::Network,
    severity: Severity::Error,
    security_severity: Some(8.6),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_333", "c0c26068", "CT.ECS.PR.9", "ECS.2", "ECS.16"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for interface in &workload.interfaces {
            if interface.carrier == Carrier::Task {
                interface_check(cx, workload, interface);
            }
        }
    }
}

fn interface_check(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface) {
    let inventory = cx.inventory();
    let shown = workload.shown(inventory);
    let unusable = only_private_subnets(cx, workload, interface);
    let mut findings = Vec::new();
    let mut open = Vec::new();
    for case in &interface.public_ip {
        let guard = workload.guard.and(&interface.guard).and(&case.guard);
        match &case.value {
            Known::Value(true) => {
                let message = if unusable {
                    format!("{shown} gives its tasks public IP addresses that their private subnets cannot use")
                } else {
                    format!("{shown} gives its tasks public IP addresses")
                };
                let finding = Finding::new(workload.id, case.span, message)
                    .when(&guard)
                    .label("tasks get a public address")
                    .help("set `AssignPublicIp: DISABLED`, and use subnets that reach what the tasks need through a NAT gateway or VPC endpoints")
                    .severity(if unusable { Severity::Warning } else { Severity::Error })
                    .through(inventory, &case.trail);
                findings.push(finding);
            }
            Known::Value(false) | Known::Absent => {}
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&workload.guard.and(&interface.guard))),
        }
    }
    let place = interface.public_ip.first().map_or(interface.subnets_span, |case| case.span);
    let message = format!("whether tasks of {shown} get public IP addresses is not decided by the templates");
    cx.conclude(findings, Question { subject: workload.id, place, message, open });
}

/// True when no subnet has a route to an internet gateway in any world, and by default all are known.
fn only_private_subnets(cx: &Context<'_, '_>, workload: &Workload, interface: &Interface) -> bool {
    let inventory = cx.inventory();
    let presence = inventory.presence(workload.id);
    !interface.subnets.is_empty()
        && interface.subnets.iter().all(|subnet| {
            let Known::Value(identity) = &subnet.value else { return false };
            let class = cx.facts.network.class(inventory, identity, Family::V4);
            let here = presence.and(&subnet.guard);
            let exposed = inventory.possible(&here.and(&class.is_public()))
                || inventory.possible_by_default(&here.and(&class.is_unknown()));
            // A subnet that is only designated as public is treated as public by `task-in-public-subnet`.
            let designated = !cx.facts.network.designations(identity).is_empty() && class.has_egress().is_never();
            !designated && !exposed
        })
}
