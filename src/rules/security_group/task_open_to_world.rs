//! Tasks accept nothing from the whole internet.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::{Inventory, Workload};
use crate::facts::load_balancer::Serving;
use crate::facts::network::Family;
use crate::facts::workload::Carrier;
use crate::project::ResourceId;
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
    references: &["W2", "AwsSolutions-EC23", "CKV_AWS_260", "4a1e6b34", "e415f8d3", "EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE"],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    options: &[],
    check: Check::Native(check),
};

/// The port of SSH, which nothing should be called on from outside.
const SSH: u16 = 22;

fn check(cx: &mut Context<'_, '_>) {
    let inventory = cx.inventory();
    let (workloads, groups) = (&cx.facts.workloads, &cx.facts.security_groups);
    let mut exposures: Vec<Exposure<'_>> = Vec::new();
    for workload in workloads {
        let serving = cx.facts.load_balancers.in_front_of(inventory, workload);
        for line in accepted(groups, workload) {
            if line.rule.peer.is_public() {
                let entry = Entry { workload, serving: serving.clone(), line };
                match exposures.iter_mut().find(|known| known.is_of(&entry)) {
                    Some(known) => known.others.push(entry),
                    None => exposures.push(Exposure { first: entry, others: Vec::new() }),
                }
            }
        }
    }
    let mut exposed: Vec<ResourceId> = Vec::new();
    for exposure in &exposures {
        if report(cx, exposure) {
            exposed.extend(exposure.entries().map(|entry| entry.workload.id));
        }
    }
    for workload in workloads.iter().filter(|workload| !exposed.contains(&workload.id)) {
        ask(cx, workload);
    }
}

/// A public range that a workload accepts.
struct Entry<'f> {
    workload: &'f Workload,
    serving: Serving<'f>,
    line: Accepted<'f>,
}

/// A public range that a workload accepts; container instances accept it for all that run on them.
struct Exposure<'f> {
    first: Entry<'f>,
    others: Vec<Entry<'f>>,
}

impl<'f> Exposure<'f> {
    fn entries(&self) -> impl Iterator<Item = &Entry<'f>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// True when an entry is the same line of the same group, by which the same instances accept it.
    fn is_of(&self, entry: &Entry<'_>) -> bool {
        let (own, other) = (&self.first.line, &entry.line);
        own.interface.carrier != Carrier::Task
            && own.interface.carrier == other.interface.carrier
            && own.group == other.group
            && own.rule.span == other.rule.span
            && own.rule.peer == other.rule.peer
            && own.rule.traffic == other.rule.traffic
    }

    /// Who accepts, with the verb.
    fn who(&self, inventory: &Inventory<'_>) -> String {
        let mut names: Vec<String> = Vec::new();
        for entry in self.entries() {
            let name = entry.workload.shown(inventory);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        // Whatever order they are declared in.
        names.sort();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => {
                format!("the container instances of {} and {last} accept", rest.join(", "))
            }
            _ => self.first.line.who(inventory, self.first.workload),
        }
    }

    /// When it is there for one of the workloads; `narrowed` says more about each.
    fn guard(&self, inventory: &Inventory<'_>, narrowed: impl Fn(&Entry<'f>) -> Guard) -> Guard {
        Guard::any(self.entries().map(|entry| {
            Guard::all([inventory.presence(entry.workload.id), entry.line.guard.clone(), narrowed(entry)])
        }))
    }

    /// What it is about: the workload, or the instances where several run on them.
    fn subject(&self) -> ResourceId {
        match self.first.line.interface.carrier {
            Carrier::Instance(id) if self.others.iter().any(|other| other.workload.id != self.first.workload.id) => id,
            _ => self.first.workload.id,
        }
    }
}

fn ask(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let groups = &cx.facts.security_groups;
    let mut open = unseen(inventory, groups, workload);
    for line in accepted(groups, workload) {
        if let Peer::Unknown(reason) = &line.rule.peer {
            open.push(unknown_peer(&line, reason));
        }
    }
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

fn unknown_peer(line: &Accepted<'_>, reason: &Unknown) -> Case<Unknown> {
    Case {
        guard: line.guard.clone(),
        value: reason.clone(),
        span: line.rule.span,
        trail: line.rule.trail.clone(),
    }
}

fn report(cx: &mut Context<'_, '_>, exposure: &Exposure<'_>) -> bool {
    let inventory = cx.inventory();
    let Entry { workload, line, .. } = &exposure.first;
    let serving = exposure.entries().map(|entry| &entry.serving).find(|serving| !serving.known.is_empty());
    let serving = serving.unwrap_or(&exposure.first.serving);
    let peer = line.rule.peer.shown(inventory);
    let part = if line.rule.peer.is_world() { "" } else { ", a large part of the internet" };
    let message = format!("{} {} from {peer}{part}", exposure.who(inventory), line.rule.traffic);
    let is_icmp = line.rule.traffic == Traffic::Icmp;
    let label = match &line.rule.peer {
        _ if is_icmp => "anybody may ping",
        peer if peer.is_world() => "anybody may connect",
        _ => "much of the internet may connect",
    };
    let mut finding = Finding::new(exposure.subject(), line.rule.span, message)
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
        let guard = exposure.guard(inventory, |_| Guard::True);
        return cx.report(finding.when(&guard).severity(Severity::Info));
    }
    if matches!(line.rule.traffic, Traffic::Ports(Transport::Tcp, range) if range.contains(SSH) && range.count() == 1) {
        finding = finding.help("remove the rule; Session Manager and ECS Exec need no open port");
    }
    let shielded = |entry: &Entry<'_>| entry.serving.bare().and(&in_public_subnet(cx, &entry.line).negated());
    let exposed = exposure.guard(inventory, |entry| shielded(entry).negated());
    let shielded = exposure.guard(inventory, shielded);
    let exposed = finding.clone().when(&exposed);
    if cx.report(exposed) {
        return true;
    }
    let why = "a network load balancer without security groups passes its clients on, so a range is needed; give the \
               load balancer a group and accept that";
    cx.report(finding.when(&shielded).severity(Severity::Warning).help(why))
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
