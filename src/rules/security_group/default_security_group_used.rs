//! Tasks and load balancers wear groups of their own.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Workload;
use crate::facts::load_balancer::LoadBalancer;
use crate::facts::security_group::default_group_of;
use crate::facts::workload::{Carrier, Interface};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "default-security-group-used",
    summary: "tasks and load balancers use security groups of their own",
    docs: Docs {
        why: "The default group of a VPC lets everything in that is in it too, and everything out. Whoever forgets to \
              name a group ends up in it, so it says nothing about who may talk to whom.",
        decides: "Reports tasks, container instances, application load balancers and classic load balancers for which no \
                  group is given, and any of these that names `DefaultSecurityGroup` of a VPC. A network load balancer \
                  without groups has none.",
        fix: "Declare an `AWS::EC2::SecurityGroup` for each tier and list it under `SecurityGroups`.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for interface in &workload.interfaces {
            check_interface(cx, workload, interface);
        }
    }
    for balancer in &cx.facts.load_balancers.all {
        check_balancer(cx, balancer);
    }
}

fn check_interface(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface) {
    let inventory = cx.inventory();
    let who = match interface.carrier {
        Carrier::Task => format!("the tasks of {}", workload.shown(inventory)),
        Carrier::Instance(_) => format!("the container instances of {}", workload.shown(inventory)),
    };
    let present = workload.guard.and(&interface.guard);
    // Where there is no list, the configuration that lacks it is named, and not what it begins with.
    let key = match interface.carrier {
        Carrier::Task => inventory.key_of(workload.id, interface.groups_span),
        Carrier::Instance(_) => None,
    };
    let missing = Finding::new(
        workload.id,
        key.unwrap_or(interface.groups_span),
        format!("{who} use the default security group of their VPC, because none is given"),
    );
    let missing = if key.is_some() { missing.label("no `SecurityGroups`") } else { missing };
    let named = format!("{who} use the default security group of their VPC");
    let mut found = report(cx, missing.when(&present.and(&interface.no_groups)));
    for (guard, case) in default_groups(cx, &interface.groups) {
        let finding = Finding::new(workload.id, case.span, named.clone()).through(cx.inventory(), &case.trail);
        found |= report(cx, finding.when(&present.and(&guard)));
    }
    if !found {
        let question = format!("whether {who} use the default security group is not decided by the templates");
        ask(cx, workload.id, interface.groups_span, question, &interface.groups, &present);
    }
}

fn check_balancer(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let name = cx.inventory().logical_id(balancer.id);
    let missing = Finding::new(
        balancer.id,
        balancer.groups_span,
        format!("load balancer `{name}` uses the default security group of its VPC, because none is given"),
    );
    let named = format!("load balancer `{name}` uses the default security group of its VPC");
    let mut found = report(cx, missing.when(&balancer.no_groups));
    for (guard, case) in default_groups(cx, &balancer.groups) {
        let finding = Finding::new(balancer.id, case.span, named.clone()).through(cx.inventory(), &case.trail);
        found |= report(cx, finding.when(&guard.and(&balancer.no_groups.negated())));
    }
    if !found {
        let question = format!("whether load balancer `{name}` uses the default security group is not decided by the templates");
        ask(cx, balancer.id, balancer.groups_span, question, &balancer.groups, &Guard::True);
    }
}

/// Asks where a macro or another template decides which groups are given.
fn ask(
    cx: &mut Context<'_, '_>,
    subject: ResourceId,
    place: Span,
    message: String,
    groups: &[Case<Known<Text>>],
    present: &Guard,
) {
    let unknown = groups.iter().filter_map(|case| match &case.value {
        // A name that nothing declares is still a group that was given.
        Known::Unknown(Unknown::Undeclared(_)) | Known::Value(_) | Known::Absent => None,
        Known::Unknown(reason) => Some(case.with(reason.clone()).when(present)),
    });
    let open = unknown.collect();
    cx.ask(Question { subject, place, message, open });
}

fn default_groups<'c>(
    cx: &Context<'_, '_>,
    groups: &'c [Case<Known<Text>>],
) -> Vec<(Guard, &'c Case<Known<Text>>)> {
    let named = groups.iter().filter(|case| match &case.value {
        Known::Value(group) => default_group_of(cx.inventory(), group).is_some(),
        Known::Absent | Known::Unknown(_) => false,
    });
    named.map(|case| (case.guard.clone(), case)).collect()
}

fn report(cx: &mut Context<'_, '_>, finding: Finding) -> bool {
    cx.report(finding.help("declare a security group of its own and list it under `SecurityGroups`"))
}
