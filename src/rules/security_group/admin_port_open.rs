//! Ports for administration and data are not open to the internet.

use crate::aws::ec2::SecurityGroup;
use crate::diag::Severity;
use crate::eval::{Case, Text, Unknown};
use crate::facts::security_group::{Direction, GroupRule, Peer, Traffic, Transport};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// TCP ports that nobody on the internet has business with.
const PORTS: &[(u16, &str)] = &[
    (22, "SSH"),
    (3389, "RDP"),
    (2375, "Docker"),
    (2376, "Docker"),
    (2377, "Docker Swarm"),
    (4243, "Docker"),
    (5985, "WinRM"),
    (5986, "WinRM"),
    (10250, "the kubelet"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (6379, "Redis"),
    (27017, "MongoDB"),
    (9200, "OpenSearch"),
    (11211, "memcached"),
];

/// See the module.
pub static RULE: Rule = Rule {
    name: "admin-port-open",
    summary: "ports for administration and data are not open to the internet",
    docs: Docs {
        why: "SSH, the Docker API and databases on the internet are found within minutes and attacked for as long as they \
              stay there.",
        decides: "Looks for world-wide ingress on TCP 22, 2375-2377, 3306, 3389, 4243, 5432, 5985, 5986, 6379, 9200, \
                  10250, 11211 and 27017, by itself or inside a range, or as all traffic, in every security group of the \
                  templates. Groups of tasks and their container instances are `task-open-to-world`; a group that only \
                  load balancers use opens nothing but listeners and is `load-balancer-opens-unused-port`.",
        fix: "Remove the rule. For a shell in a container use ECS Exec, for one on an instance Session Manager; both need \
              no open port. Let databases accept the group of the tasks.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Error,
    security_severity: Some(8.8),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_24", "CKV_AWS_25", "AVD-AWS-0107", "6e856af2", "3ae83918", "cdbb0467", "INCOMING_SSH_DISABLED", "RESTRICTED_INCOMING_TRAFFIC", "EC2.13", "EC2.14", "EC2.19"],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(SecurityGroup::TYPE) {
        let group = cx.inventory().own_identity(*id);
        if cx.facts.carries_tasks(&group) || is_for_load_balancers(cx, &group) {
            continue;
        }
        for rule in cx.facts.security_groups.rules(&group, Direction::Ingress) {
            if rule.peer.is_world() {
                check_rule(cx, *id, rule);
            } else if let Peer::Unknown(reason) = &rule.peer {
                ask(cx, *id, rule, reason);
            }
        }
    }
}

fn is_for_load_balancers(cx: &Context<'_, '_>, group: &Text) -> bool {
    let wearers = cx.facts.security_groups.wearers(group);
    let is_balancer = |id: &ResourceId| cx.facts.load_balancers.balancer(*id).is_some();
    !wearers.is_empty() && wearers.iter().all(is_balancer)
}

/// The ports of the table that a rule opens.
fn opened(rule: &GroupRule) -> Vec<&'static (u16, &'static str)> {
    PORTS.iter().filter(|(port, _)| rule.traffic.carries(Transport::Tcp, *port) == Some(true)).collect()
}

/// Asks where only the deployment knows who is let in.
fn ask(cx: &mut Context<'_, '_>, id: ResourceId, rule: &GroupRule, reason: &Unknown) {
    let ports = opened(rule);
    let Some((port, service)) = ports.first() else { return };
    let name = cx.inventory().logical_id(id);
    let message =
        format!("whether security group `{name}` opens port {port} ({service}) to the internet is not decided by the templates");
    let open = vec![Case {
        guard: rule.guard.clone(),
        value: reason.clone(),
        span: rule.span,
        trail: rule.trail.clone(),
    }];
    cx.ask(Question { subject: id, place: rule.span, message, open });
}

fn check_rule(cx: &mut Context<'_, '_>, id: ResourceId, rule: &GroupRule) {
    let inventory = cx.inventory();
    let opened = opened(rule);
    let Some((port, service)) = opened.first() else { return };
    let what = match &rule.traffic {
        Traffic::Ports(_, range) if range.count() == 1 => format!(" ({service})"),
        _ => format!(", which includes {port} ({service}),"),
    };
    let name = inventory.logical_id(id);
    let peer = rule.peer.shown(inventory);
    let message = format!("security group `{name}` opens {}{what} to {peer}", rule.traffic);
    let mut finding = Finding::new(id, rule.span, message).label("anybody may try").through(inventory, &rule.trail);
    if rule.owner != id {
        finding = finding.because([inventory.declared(id, format!("security group `{}`", inventory.logical_id(id)))]);
    }
    let wearers = cx.facts.security_groups.wearers(&inventory.own_identity(id));
    let worn = wearers.iter().map(|wearer| inventory.declared(*wearer, "uses the group"));
    finding = finding.because(worn.collect::<Vec<_>>());
    let help = "remove the rule: ECS Exec and Session Manager need no open port, and databases can accept the tasks' group";
    cx.report(finding.help(help).when(&rule.guard));
}
