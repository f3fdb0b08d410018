//! Tasks behind a load balancer accept traffic from that load balancer only.

use ipnet::IpNet;

use crate::aws::ec2::{SecurityGroup, Vpc};
use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown, Value};
use crate::facts::load_balancer::Serving;
use crate::facts::security_group::{Accepted, Breadth, Peer, Traffic, accepted, default_group_of, shown, unseen};
use crate::facts::{Inventory, Workload};
use crate::rule::{Check, Category, Context, Docs, Finding, Profile, Question, Rule, Safety};

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
    check: Check::Native(check),
};

/// What is to be said of a source.
enum Verdict {
    /// Nothing.
    Fine,
    /// It is not the load balancer.
    Foreign(Severity, &'static str),
    /// It may be the load balancer.
    Open(Vec<Case<Unknown>>),
}

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        check_workload(cx, workload);
    }
}

fn check_workload(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let groups = &cx.facts.security_groups;
    let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
    let bound = Guard::any(workload.bindings.iter().map(|binding| binding.guard.clone()));
    let unbound = Guard::any(workload.unbound.iter().map(|case| case.guard.clone()));
    let balanced = bound.or(&unbound);
    let mut found = false;
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for line in accepted(groups, workload) {
        let behind = line.guard.and(&balanced);
        if !behind.is_never() {
            match judge(cx, &serving, &line, &behind) {
                (_, Verdict::Fine) => {}
                (guard, Verdict::Foreign(severity, why)) => {
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
                (guard, Verdict::Open(reasons)) => open.extend(reasons.into_iter().map(|case| case.when(&guard))),
            }
        }
        worker(cx, workload, &line, &line.guard.and(&balanced.negated()));
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

/// Judges a source, and when the judgement counts.
fn judge(cx: &Context<'_, '_>, serving: &Serving<'_>, line: &Accepted<'_>, behind: &Guard) -> (Guard, Verdict) {
    let inventory = cx.inventory();
    if line.rule.traffic == Traffic::Icmp {
        return (Guard::False, Verdict::Fine);
    }
    match &line.rule.peer {
        Peer::Own | Peer::PrefixList(_) | Peer::Cidr(_, Breadth::World | Breadth::Wide) => {
            (Guard::False, Verdict::Fine)
        }
        Peer::Unknown(reason) => (behind.clone(), Verdict::Open(vec![here(line, reason.clone())])),
        Peer::Group(group) => {
            let otherwise = behind.and(&serving.wears(group).negated());
            (otherwise, judge_group(cx, serving, line, group))
        }
        Peer::Cidr(..) | Peer::Vpc(_) => {
            let needed = serving.bare().or(&serving.maybe_bare);
            let certain = behind.and(&needed.negated());
            if inventory.possible(&certain) {
                return (certain, Verdict::Foreign(range_severity(inventory, &line.rule.peer), ""));
            }
            let maybe = behind.and(&serving.bare().negated());
            (maybe, Verdict::Open(serving.open.clone()))
        }
    }
}

/// Judges a group that no known load balancer of the workload wears.
fn judge_group(cx: &Context<'_, '_>, serving: &Serving<'_>, line: &Accepted<'_>, group: &Text) -> Verdict {
    let inventory = cx.inventory();
    if !cx.facts.security_groups.wearers(group).is_empty() {
        return Verdict::Fine;
    }
    if default_group_of(inventory, group).is_some() {
        return Verdict::Foreign(Severity::Warning, "");
    }
    let mut open = serving.unknown_groups();
    let outside = inventory.resource_of(group, SecurityGroup::TYPE).is_none();
    if let Some(id) = inventory.resource_of(group, SecurityGroup::TYPE)
        && let Some(name) = inventory.escapes(id)
    {
        open.push(here(line, Unknown::OpenWorld(name)));
    } else if outside && group.as_literal().is_none() {
        open.push(here(line, inventory.unknown_identity(group)));
    }
    if !open.is_empty() {
        return Verdict::Open(open);
    }
    let why = if outside { ", which the templates do not declare" } else { ", which nothing in the templates uses" };
    Verdict::Foreign(Severity::Warning, why)
}

fn here(line: &Accepted<'_>, reason: Unknown) -> Case<Unknown> {
    Case {
        guard: Guard::True,
        value: reason,
        span: line.rule.span,
        trail: line.rule.trail.clone(),
    }
}

/// Private ranges are a warning while they may lie in the workload's VPC; others are not the load balancer at all.
fn range_severity(inventory: &Inventory<'_>, peer: &Peer) -> Severity {
    let Peer::Cidr(net, Breadth::Private) = peer else {
        return if matches!(peer, Peer::Vpc(_)) { Severity::Warning } else { Severity::Error };
    };
    let mut known = Vec::new();
    for id in inventory.of_type(Vpc::TYPE) {
        for case in inventory.eval.scalars(Vpc(*id).cidr_block(&inventory.eval)) {
            match &case.value {
                Known::Value(text) => known.extend(text.parse::<IpNet>().ok()),
                Known::Absent | Known::Unknown(_) => return Severity::Warning,
            }
        }
    }
    let inside = known.iter().any(|vpc| vpc.contains(net) || net.contains(vpc));
    if known.is_empty() || inside { Severity::Warning } else { Severity::Error }
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
        finding.assumed |= case.trail.assumed;
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
    let from_outside = match &line.rule.peer {
        Peer::Cidr(_, Breadth::Private | Breadth::Narrow) | Peer::Vpc(_) => true,
        Peer::Group(group) => group.as_literal().is_some(),
        _ => false,
    };
    if !from_outside || guard.is_never() || line.rule.traffic == Traffic::Icmp || is_discovered(inventory, workload) {
        return;
    }
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

/// True when Cloud Map or Service Connect may send callers to a service.
fn is_discovered(inventory: &Inventory<'_>, workload: &Workload) -> bool {
    if inventory.type_name(workload.id) != Service::TYPE {
        return false;
    }
    let service = Service(workload.id);
    let mut cases = service.service_registries(&inventory.eval);
    cases.extend(service.service_connect(&inventory.eval));
    cases.iter().any(|case| !matches!(case.value, Value::Absent))
}
