//! Internal load balancers accept the ranges of their network, not the whole internet.

use crate::aws::ec2::SecurityGroup;
use crate::diag::Severity;
use crate::eval::{Case, Known, Text, Unknown};
use crate::facts::load_balancer::LoadBalancer;
use crate::facts::security_group::{Direction, GroupRule, Peer, Traffic};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "internal-load-balancer-open-to-world",
    summary: "internal load balancers do not accept the whole internet",
    docs: Docs {
        why: "A rule for 0.0.0.0/0 on an internal load balancer lets in every network that is routed to its VPC: peerings, \
              VPNs, transit gateways. On the day the scheme changes it lets in the internet.",
        decides: "Looks at the ingress rules of the groups of load balancers with `Scheme: internal`. ICMP alone passes. \
                  Groups that tasks use too are `task-open-to-world`. Undetermined when the scheme, or the range of a \
                  rule, is only known at deployment.",
        fix: "Name the callers: their group (`SourceSecurityGroupId`), or the range of the VPC.",
        safety: Safety::Unsafe,
    },
    category: Category::SecurityGroup,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W2", "AwsSolutions-EC23", "CKV_AWS_260", "4a1e6b34", "EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for balancer in &cx.facts.load_balancers.all {
        for worn in &balancer.groups {
            if let Known::Value(group) = &worn.value
                && !cx.facts.carries_tasks(group)
            {
                for rule in cx.facts.security_groups.rules(group, Direction::Ingress) {
                    check_rule(cx, balancer, worn, group, rule);
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
    if rule.traffic == Traffic::Icmp {
        return;
    }
    let inventory = cx.inventory();
    let guard = worn.guard.and(&rule.guard);
    let internal = balancer.is_internal();
    let name = inventory.logical_id(balancer.id);
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut findings = Vec::new();
    match &rule.peer {
        Peer::Unknown(reason) => open.push(Case {
            guard: guard.and(&internal),
            value: reason.clone(),
            span: rule.span,
            trail: rule.trail.clone(),
        }),
        peer if peer.is_world() => {
            let unknown = balancer.internal.iter().filter_map(|case| match &case.value {
                Known::Unknown(reason) => Some(case.with(reason.clone()).when(&guard)),
                Known::Value(_) | Known::Absent => None,
            });
            open.extend(unknown);
            let from = peer.shown(inventory);
            let scheme = balancer.internal.iter().find(|case| case.value == Known::Value(true));
            let scheme = scheme.map(|case| inventory.evidence(balancer.id, case.span, "it is internal"));
            let used = inventory.evidence(balancer.id, worn.span, "the load balancer uses the group here");
            let message = format!("internal load balancer `{name}` accepts {} from {from}", rule.traffic);
            let mut finding = Finding::new(balancer.id, rule.span, message)
                .label("more than the network it is for")
                .because(scheme.into_iter().chain([used]))
                .through(inventory, &worn.trail)
                .through(inventory, &rule.trail)
                .help("name the group of the callers, or the range of the VPC");
            if let Some(id) = inventory.resource_of(group, SecurityGroup::TYPE) {
                let text = format!("security group `{}`", inventory.logical_id(id));
                finding = finding.because([inventory.declared(id, text)]);
            }
            findings.push(finding.when(&guard.and(&internal)));
        }
        _ => return,
    }
    cx.conclude(
        findings,
        Question {
            subject: balancer.id,
            place: rule.span,
            message: format!("whether load balancer `{name}` is internal and accepts the whole internet"),
            open,
        },
    );
}
