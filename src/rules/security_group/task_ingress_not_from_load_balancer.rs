//! Tasks behind a load balancer accept traffic from that load balancer only.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::load_balancer::{Serving, Source, Sources};
use crate::facts::security_group::{Accepted, accepted, shown, unseen};
use crate::facts::{Inventory, Workload};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-ingress-not-from-load-balancer",
    summary: "tasks behind a load balancer accept traffic from that load balancer only",
    docs: Docs {
        why: "What the load balancer does for security (TLS, WAF, authentication, logs) is lost on whoever can reach the \
              task directly.",
        decides: "For every service with a load balancer, each ingress rule of each group of its tasks (of its container \
                  instances in bridge and host mode) must come from a group of a load balancer that forwards to it, from \
                  the group itself, from a group that something else in the templates uses, or from a prefix list. \
                  Ranges pass behind a network load balancer without groups, which needs them. A private range, a group \
                  from outside or one that nothing uses is a warning. World-wide ranges are `task-open-to-world`. A \
                  service without load balancer gets a warning for ranges and groups from outside, unless service \
                  discovery sends it callers. Undetermined when a source or the load balancer is not known.",
        fix: "Replace the range by the load balancer's group: `SourceSecurityGroupId: !GetAtt LoadBalancerGroup.GroupId`, \
              in another stack by an import or a parameter.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Error,
    security_severity: Some(7.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        check_workload(cx, workload);
    }
}

fn check_workload(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let groups = &cx.facts.security_groups;
    let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
    let sources = Sources { inventory, groups, workload, serving: &serving };
    let balanced = sources.balanced();
    let mut found = false;
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for line in accepted(groups, workload) {
        let behind = line.guard.and(&balanced);
        if !behind.is_never() {
            match sources.judge(&line, &behind) {
                (_, Source::Fine) => {}
                (guard, Source::Foreign(severity, why)) => {
                    let from = line.rule.peer.shown(inventory);
                    let lb = serving.shown(inventory);
                    let message = format!(
                        "{} {} from {from}{why}, not only from {lb}",
                        line.who(inventory, workload),
                        line.rule.traffic,
                    );
                    let finding = finding(inventory, workload, &line, message).severity(severity);
                    found |= cx.report(explained(inventory, finding, &serving).when(&guard));
                }
                (guard, Source::Open(reasons)) => open.extend(reasons.into_iter().map(|case| case.when(&guard))),
            }
        }
        if sources.is_uncalled_for(&line) {
            worker(cx, workload, &line, &line.guard.and(&balanced.negated()));
        }
    }
    if found || balanced.is_never() {
        return;
    }
    open.extend(unseen(inventory, groups, workload).into_iter().map(|case| case.when(&balanced)));
    let place = workload.interfaces.first().map_or(workload.place, |interface| interface.groups_span);
    let who = workload.shown(inventory);
    let message =
        format!("whether {who} accepts traffic from its load balancer only is not decided by the templates");
    cx.ask(Question {
        subject: workload.id,
        place,
        message,
        open,
    });
}

fn finding(inventory: &Inventory<'_>, workload: &Workload, line: &Accepted<'_>, message: String) -> Finding {
    let mut finding = Finding::new(workload.id, line.rule.span, message)
        .label(format!("lets {} in", line.rule.peer.shown(inventory)))
        .because(line.evidence(inventory, workload));
    finding.assumed |= line.assumed();
    finding
}

/// Adds what the load balancer uses, and what to write instead.
fn explained(inventory: &Inventory<'_>, mut finding: Finding, serving: &Serving<'_>) -> Finding {
    let mut names: Vec<String> = Vec::new();
    for case in &serving.known {
        finding.assumed |= case.trail.is_assumed();
        let name = inventory.logical_id(case.value.id);
        for worn in &case.value.groups {
            if let Known::Value(group) = &worn.value {
                let group = shown(inventory, group);
                let text = format!("load balancer `{name}` uses {group}");
                finding = finding.because([inventory.evidence(case.value.id, worn.span, text)]);
                if !names.contains(&group) {
                    names.push(group);
                }
            }
        }
    }
    match names.as_slice() {
        [] => finding.help("accept the load balancer's security group instead"),
        [group] => finding.help(format!("accept {group}, the load balancer's security group, instead")),
        _ => finding.help(format!("accept the load balancers' security groups instead: {}", names.join(", "))),
    }
}

/// A service that nothing forwards to should not be called by ranges, or by groups from outside.
fn worker(cx: &mut Context<'_, '_>, workload: &Workload, line: &Accepted<'_>, guard: &Guard) {
    let inventory = cx.inventory();
    let message = format!(
        "{} {} from {} and has no load balancer",
        line.who(inventory, workload),
        line.rule.traffic,
        line.rule.peer.shown(inventory)
    );
    let finding = finding(inventory, workload, line, message)
        .severity(Severity::Warning)
        .help("remove the rule when nobody calls the tasks, or name the group of those who do");
    cx.report(finding.when(guard));
}
