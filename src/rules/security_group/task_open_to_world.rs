//! Tasks accept nothing from the whole internet.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::Workload;
use crate::facts::load_balancer::Serving;
use crate::facts::network::Family;
use crate::facts::security_group::{Accepted, Peer, Traffic, Transport, accepted, shown, unseen};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "task-open-to-world",
    summary: "tasks accept nothing from the whole internet",
    docs: Docs {
        why: "A security group is what stands between a task and everybody else. One rule for 0.0.0.0/0 leaves only the \
              subnet's routes, which somebody changes for another reason.",
        decides: "Looks at every ingress rule of every group that carries a workload's traffic, inline or by itself, in \
                  any stack: the groups of its tasks, or those of its container instances in bridge and host mode. The \
                  world is any range with prefix length 0, ranges that only together are everything, and public ranges \
                  shorter than /8 (IPv6: /16). Behind a network load balancer without groups, in subnets that are not \
                  public, a warning: there, only ranges can let the clients in. ICMP alone is for information. \
                  Undetermined when a group or a range is only known at deployment.",
        fix: "Let the tasks' group accept the load balancer's group (`SourceSecurityGroupId`) instead of a range. Without \
              a load balancer, name the callers' group.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Error,
    security_severity: Some(9.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W2", "AVD-AWS-0107", "CKV_AWS_260", "EC2.18"],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    check: Check::Native(check),
};

/// The port of SSH, which nothing should be called on from outside.
const SSH: u16 = 22;

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        check_workload(cx, workload);
    }
}

fn check_workload(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let groups = &cx.facts.security_groups;
    let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
    let mut open = unseen(inventory, groups, workload);
    let mut found = false;
    for line in accepted(groups, workload) {
        match &line.rule.peer {
            Peer::Unknown(reason) => open.push(unknown_peer(&line, reason)),
            peer if peer.is_public() => found |= report(cx, workload, &serving, &line),
            _ => {}
        }
    }
    if !found {
        let place = workload.interfaces.first().map_or(workload.place, |interface| interface.groups_span);
        let who = workload.shown(inventory);
        let message = format!("whether {who} accepts traffic from the whole internet is not decided by the templates");
        cx.ask(Question {
            subject: workload.id,
            place,
            message,
            open,
        });
    }
}

fn unknown_peer(line: &Accepted<'_>, reason: &Unknown) -> Case<Unknown> {
    Case {
        guard: line.guard.clone(),
        value: reason.clone(),
        span: line.rule.span,
        trail: line.rule.trail.clone(),
    }
}

fn report(cx: &mut Context<'_, '_>, workload: &Workload, serving: &Serving<'_>, line: &Accepted<'_>) -> bool {
    let inventory = cx.inventory();
    let peer = line.rule.peer.shown(inventory);
    let part = if line.rule.peer.is_world() { "" } else { ", a large part of the internet" };
    let message = format!("{} {} from {peer}{part}", line.who(inventory, workload), line.rule.traffic);
    let is_icmp = line.rule.traffic == Traffic::Icmp;
    let label = match &line.rule.peer {
        _ if is_icmp => "anybody may ping",
        peer if peer.is_world() => "anybody may connect",
        _ => "much of the internet may connect",
    };
    let mut finding = Finding::new(workload.id, line.rule.span, message)
        .label(label)
        .because(line.evidence(inventory, workload));
    finding.assumed |= line.assumed();
    let sharing = serving.known.iter().find(|case| !case.value.wears(line.group).is_never());
    finding = match sharing {
        Some(case) => {
            let name = inventory.logical_id(case.value.id);
            let group = shown(inventory, line.group);
            let label = inventory.evidence(
                case.value.id,
                case.value.groups_span,
                format!("load balancer `{name}` uses the same group"),
            );
            finding.because([label]).help(format!(
                "give the tasks a group of their own that accepts only {group}, the group of `{name}`"
            ))
        }
        None if serving.known.is_empty() => finding.help("name the group or the range of the callers instead"),
        None => finding.help(format!("accept the group of {} instead of a range", serving.shown(inventory))),
    };
    if is_icmp {
        let finding = finding.help("name the range of those who need it");
        return cx.report(finding.when(&line.guard).severity(Severity::Info));
    }
    if matches!(line.rule.traffic, Traffic::Ports(Transport::Tcp, range) if range.contains(SSH) && range.count() == 1) {
        finding = finding.help("remove the rule; Session Manager and ECS Exec need no open port");
    }
    let shielded = serving.bare().and(&in_public_subnet(cx, line).negated());
    let exposed = finding.clone().when(&line.guard.and(&shielded.negated()));
    if cx.report(exposed) {
        return true;
    }
    let why = "a network load balancer without security groups passes its clients on, so a range is needed; give the \
               load balancer a group and accept that";
    cx.report(finding.when(&line.guard.and(&shielded)).severity(Severity::Warning).help(why))
}

/// When the interface is in a public subnet.
fn in_public_subnet(cx: &Context<'_, '_>, line: &Accepted<'_>) -> Guard {
    let inventory = cx.inventory();
    let public = line.interface.subnets.iter().map(|case| match &case.value {
        Known::Value(subnet) => {
            let class = |family| cx.facts.network.class(inventory, subnet, family).is_public();
            case.guard.and(&class(Family::V4).or(&class(Family::V6)))
        }
        Known::Absent | Known::Unknown(_) => Guard::False,
    });
    Guard::any(public)
}
