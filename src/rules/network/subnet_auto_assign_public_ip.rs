//! Subnets give no public addresses by themselves.

use rustc_hash::FxHashMap;

use crate::aws::autoscaling::AutoScalingGroup;
use crate::aws::ec2::{Instance, NatGateway, Subnet};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::network::Family;
use crate::facts::workload::Carrier;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "subnet-auto-assign-public-ip",
    summary: "subnets give no public addresses by themselves",
    docs: Docs {
        why: "Whatever is started in such a subnet can be reached from the internet as soon as a security group lets it, \
              whether anybody thought of that or not.",
        decides: "Reports subnets with `MapPublicIpOnLaunch: true`, and subnets with `AssignIpv6AddressOnCreation: true` and an \
                  IPv6 route to an internet gateway. Load balancers, NAT gateways and Fargate tasks take no IPv4 address from \
                  this setting: where tasks but no instances are known to be in the subnet, the finding is only worth knowing, and \
                  where only load balancers and NAT gateways are, it is left out.",
        fix: "Set `MapPublicIpOnLaunch: false`. Load balancers and NAT gateways do not need it; give instances a public address \
              where they ask for one, with `AssociatePublicIpAddress`.",
        safety: Safety::Depends,
    },
    category: Category::Network,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W33", "CKV_AWS_130", "AVD-AWS-0164", "b3de4e4c", "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED", "EC2.15"],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html",
    options: &[],
    check: Check::Native(check),
};

/// Who is known to be in a subnet.
#[derive(Default)]
struct Inhabitants {
    /// Instances that take the address.
    instances: Vec<Label>,
    /// Load balancers and NAT gateways.
    fixed: Vec<Label>,
    /// Tasks with network interfaces of their own.
    tasks: Vec<Label>,
}

fn check(cx: &mut Context<'_, '_>) {
    let mut inhabitants = inhabitants(cx);
    for id in cx.inventory().of_type(Subnet::TYPE) {
        let here = inhabitants.remove(&cx.inventory().own_identity(*id));
        check_subnet(cx, *id, &here.unwrap_or_default());
    }
}

fn check_subnet(cx: &mut Context<'_, '_>, id: ResourceId, inhabitants: &Inhabitants) {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let name = inventory.logical_id(id);
    let identity = inventory.own_identity(id);
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let idle_v4 = inhabitants.instances.is_empty() && !(inhabitants.fixed.is_empty() && inhabitants.tasks.is_empty());
    let idle_v6 = inhabitants.instances.is_empty() && inhabitants.tasks.is_empty() && !inhabitants.fixed.is_empty();
    let public_v6 = cx.facts.network.class(inventory, &identity, Family::V6).is_public();
    for (cases, when, property, what, idle) in [
        (Subnet(id).map_public_ip(eval), Guard::True, "MapPublicIpOnLaunch", "every instance in it a public address", idle_v4),
        (Subnet(id).assign_ipv6(eval), public_v6, "AssignIpv6AddressOnCreation", "everything in it an IPv6 address that the internet reaches", idle_v6),
    ] {
        if idle && inhabitants.tasks.is_empty() {
            continue;
        }
        let help = match inhabitants.instances.is_empty() {
            true => format!("set `{property}: false`"),
            false => format!(
                "set `{property}: false`; first give the instances a NAT gateway, or `AssociatePublicIpAddress` where they \
                 need an address"
            ),
        };
        for case in eval.booleans(cases) {
            let message = match (&case.value, idle) {
                (Known::Value(true), false) => format!("subnet `{name}` gives {what}"),
                (Known::Value(true), true) => format!("subnet `{name}` gives {what}, and nothing that is known to be there needs it"),
                (Known::Unknown(reason), _) => {
                    open.push(case.with(reason.clone()).when(&when));
                    continue;
                }
                (Known::Value(false) | Known::Absent, _) => continue,
            };
            let who = [&inhabitants.instances, &inhabitants.tasks, &inhabitants.fixed];
            let finding = Finding::new(id, case.span, message)
                .when(&when.and(&case.guard))
                .help(help.clone())
                .severity(if idle { Severity::Info } else { Severity::Warning })
                .through(inventory, &case.trail)
                .because(who.into_iter().flatten().cloned());
            findings.push(finding);
        }
    }
    let message = format!("whether subnet `{name}` gives public addresses is not decided by the templates");
    let place = open.first().map_or(inventory.project().resource(id).id.span, |case| case.span);
    cx.conclude(findings, Question { subject: id, place, message, open });
}

/// What is in each subnet, by its identity.
fn inhabitants(cx: &Context<'_, '_>) -> FxHashMap<Text, Inhabitants> {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let mut out: FxHashMap<Text, Inhabitants> = FxHashMap::default();
    let mut place = |cases: &[Case<Known<Text>>], kind: fn(&mut Inhabitants) -> &mut Vec<Label>, id: ResourceId, text: &str| {
        let mut seen: Vec<&Text> = Vec::new();
        for case in cases {
            let Known::Value(subnet) = &case.value else { continue };
            if !seen.contains(&subnet) {
                seen.push(subnet);
                let here = kind(out.entry(subnet.clone()).or_default());
                here.push(inventory.evidence(id, case.span, text));
            }
        }
    };
    for id in inventory.of_type(Instance::TYPE) {
        let subnets = inventory.identities(Instance(*id).subnet(eval));
        let text = format!("instance `{}` is here", inventory.logical_id(*id));
        place(&subnets, |here| &mut here.instances, *id, &text);
    }
    for id in inventory.of_type(AutoScalingGroup::TYPE) {
        let host = cx.facts.hosts.iter().find(|host| host.id == *id);
        let settled = host.is_some_and(|host| {
            let public = &host.interface.public_ip;
            !public.is_empty() && public.iter().all(|case| matches!(case.value, Known::Value(_)))
        });
        let subnets = inventory.identity_list(AutoScalingGroup(*id).subnets(eval));
        if !settled {
            let text = format!("auto scaling group `{}` starts instances here", inventory.logical_id(*id));
            place(&subnets, |here| &mut here.instances, *id, &text);
        }
    }
    for balancer in &cx.facts.load_balancers.all {
        let text = format!("load balancer `{}` is here", inventory.logical_id(balancer.id));
        place(&balancer.subnets, |here| &mut here.fixed, balancer.id, &text);
    }
    for id in inventory.of_type(NatGateway::TYPE) {
        let subnets = inventory.identities(NatGateway(*id).subnet(eval));
        let text = format!("NAT gateway `{}` is here", inventory.logical_id(*id));
        place(&subnets, |here| &mut here.fixed, *id, &text);
    }
    for workload in &cx.facts.workloads {
        for interface in workload.interfaces.iter().filter(|it| it.carrier == Carrier::Task) {
            let text = format!("tasks of {} are here", workload.shown(inventory));
            place(&interface.subnets, |here| &mut here.tasks, workload.id, &text);
        }
    }
    out
}
