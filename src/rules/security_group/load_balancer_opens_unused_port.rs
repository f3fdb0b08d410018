//! Load balancers open the ports that they listen on.

use crate::aws::ec2::SecurityGroup;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Trail, Unknown};
use crate::facts::load_balancer::LoadBalancer;
use crate::facts::security_group::{Direction, GroupRule, Traffic, port};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// More listeners than a load balancer can have: 50, which AWS raises on request. A rule that opens more ports opens
/// unused ones whatever the listeners are.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const MORE_THAN_LISTENERS: u32 = 1_000;

/// See the module.
pub static RULE: Rule = Rule {
    name: "load-balancer-opens-unused-port",
    summary: "load balancers open only the ports they listen on to the internet",
    docs: Docs {
        why: "A port that is open without a listener does no harm until somebody adds one, or uses the group elsewhere: \
              then it is on the internet, and no change to a security group was reviewed.",
        decides: "Compares the world-wide ingress rules of a load balancer's groups with the ports of the listeners of \
                  all load balancers that use the group. All traffic, or more ports than there can be listeners, is \
                  always too much. A few ports are judged only when all listeners are known. A group that tasks or container \
                  instances use too is load-balancer-shares-task-group, and an internal load balancer that accepts the \
                  whole internet is internal-load-balancer-open-to-world.",
        fix: "Write one rule for each port that has a listener.",
        safety: Safety::Unsafe,
    },
    category: Category::SecurityGroup,
    severity: Severity::Warning,
    security_severity: Some(5.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_277", "adcd0082", "EC2.18"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    let inventory = cx.inventory();
    for balancer in &cx.facts.load_balancers.all {
        // One that is internal, unless a parameter gets another value than its default, is the other rule's as well.
        let outward = inventory.presence(balancer.id).and(&balancer.is_internal().negated());
        if !inventory.possible_by_default(&outward) {
            continue;
        }
        for case in &balancer.groups {
            // What the tasks or their instances listen on is no port too many.
            if let Known::Value(group) = &case.value
                && !cx.facts.carries_tasks(group)
                && !cx.facts.is_on_instances(group)
            {
                for rule in cx.facts.security_groups.rules(group, Direction::Ingress) {
                    if rule.peer.is_world() {
                        check_rule(cx, balancer, case, group, rule);
                    }
                }
            }
        }
    }
}

fn check_rule(
    cx: &mut Context<'_, '_>,
    balancer: &LoadBalancer,
    worn: &Case<Known<Text>>,
    group: &Text,
    rule: &GroupRule,
) {
    let inventory = cx.inventory();
    let too_many = match &rule.traffic {
        Traffic::All => true,
        Traffic::Ports(_, range) => range.count() > MORE_THAN_LISTENERS,
        Traffic::Icmp | Traffic::Other(_) | Traffic::Unknown(_) => return,
    };
    let listening = listening(cx, group);
    let Traffic::Ports(_, range) = &rule.traffic else {
        return report(cx, balancer, worn, rule, &listening, None);
    };
    if too_many {
        return report(cx, balancer, worn, rule, &listening, None);
    }
    if listening.ports.is_empty() && listening.open.is_empty() {
        // No listener at all: the load balancer is not finished here, and its listeners are made elsewhere.
        return;
    }
    let unused: Vec<u16> = range.ports().filter(|port| !listening.ports.iter().any(|own| own.0 == *port)).collect();
    let Some(first) = unused.first() else { return };
    if listening.open.is_empty() {
        return report(cx, balancer, worn, rule, &listening, Some(*first));
    }
    let name = inventory.logical_id(balancer.id);
    let message = format!("whether load balancer `{name}` listens on port {first} is not decided by the templates");
    let guard = Guard::all([rule.guard.clone(), worn.guard.clone(), balancer.is_internal().negated()]);
    cx.ask(Question {
        subject: balancer.id,
        place: rule.traffic_span,
        message,
        open: listening.open.into_iter().map(|case| case.when(&guard)).collect(),
    });
}

/// The ports on which the load balancers that wear a group listen.
struct Listening {
    ports: Vec<(u16, Label)>,
    open: Vec<Case<Unknown>>,
}

fn listening(cx: &Context<'_, '_>, group: &Text) -> Listening {
    let inventory = cx.inventory();
    let balancers = &cx.facts.load_balancers;
    let mut out = Listening {
        ports: Vec::new(),
        open: Vec::new(),
    };
    for balancer in balancers.all.iter().filter(|balancer| !balancer.wears(group).is_never()) {
        let declared = inventory.project().resource(balancer.id).id.span;
        if let Some(name) = inventory.escapes(balancer.id) {
            out.open.push(Case::new(Unknown::OpenWorld(name), declared));
        }
        for (guard, listener) in balancers.listeners_of(inventory, balancer.id) {
            for case in &listener.port {
                match &case.value {
                    Known::Value(text) => {
                        let label = inventory.evidence(listener.id, case.span, format!("listens on port {text}"));
                        out.ports.extend(port(text).map(|port| (port, label)));
                    }
                    Known::Unknown(reason) => out.open.push(case.with(reason.clone()).when(&guard)),
                    Known::Absent => {}
                }
            }
        }
    }
    for listener in &balancers.listeners {
        for case in &listener.load_balancer {
            let unknown = match &case.value {
                Known::Value(identity) if balancers.find(inventory, identity).is_none() => {
                    Some(inventory.unknown_identity(identity))
                }
                Known::Unknown(reason) => Some(reason.clone()),
                Known::Value(_) | Known::Absent => None,
            };
            out.open.extend(unknown.map(|reason| case.with(reason)));
        }
    }
    out
}

fn report(
    cx: &mut Context<'_, '_>,
    balancer: &LoadBalancer,
    worn: &Case<Known<Text>>,
    rule: &GroupRule,
    listening: &Listening,
    unused: Option<u16>,
) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(balancer.id);
    let opens = format!("load balancer `{name}` accepts {} from {}", rule.traffic, rule.peer.shown(inventory));
    let message = match (unused, listening.ports.as_slice()) {
        (Some(port), _) => format!("{opens}, but has no listener on port {port}"),
        (None, []) => opens,
        (None, ports) => format!("{opens}, but listens on {} only", ports_in_words(ports)),
    };
    let group = inventory.evidence(balancer.id, worn.span, "the load balancer uses the group here");
    let mut finding = Finding::new(balancer.id, rule.traffic_span, message)
        .label("opens more than the listeners need")
        .because([group])
        .through(inventory, &joined(worn, rule));
    if let Known::Value(identity) = &worn.value
        && let Some(id) = inventory.resource_of(identity, SecurityGroup::TYPE)
    {
        finding = finding.because([inventory.declared(id, format!("security group `{}`", inventory.logical_id(id)))]);
    }
    let guard = Guard::all([worn.guard.clone(), rule.guard.clone(), balancer.is_internal().negated()]);
    finding = finding.because(listening.ports.iter().map(|(_, label)| label.clone()));
    cx.report(finding.help("write one rule for each port that has a listener").when(&guard));
}

fn joined(worn: &Case<Known<Text>>, rule: &GroupRule) -> Trail {
    worn.trail.clone().then(&rule.trail)
}

/// "port 80", "ports 80 and 443".
fn ports_in_words(ports: &[(u16, Label)]) -> String {
    let mut numbers: Vec<u16> = ports.iter().map(|(port, _)| *port).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let words: Vec<String> = numbers.iter().map(u16::to_string).collect();
    match words.split_last() {
        Some((last, [])) => format!("port {last}"),
        Some((last, rest)) => format!("ports {} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
