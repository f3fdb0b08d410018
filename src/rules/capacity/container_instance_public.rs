//! Container instances have no public addresses.

use crate::aws::ec2::Subnet;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::network::Family;
use crate::facts::workload::Host;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "container-instance-public",
    summary: "container instances get no public IP address",
    docs: Docs {
        why: "Tasks in bridge and host mode answer on the addresses of their container instances. An instance with a \
              public address puts all of them, the agent and the host on the internet.",
        decides: "Looks at the auto scaling groups whose instances join a cluster (through a capacity provider, or because \
                  their launch script names the cluster): a launch template or configuration that asks for a public \
                  address, or a public subnet that gives one and nothing that declines it.",
        fix: "Set `AssociatePublicIpAddress: false`, and run the instances in subnets behind a NAT gateway.",
        safety: Safety::Advice,
    },
    category: Category::Capacity,
    severity: Severity::Error,
    security_severity: Some(7.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_88", "AVD-AWS-0009", "EC2.25", "AutoScaling.5"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for host in &cx.facts.hosts {
        check_host(cx, host);
    }
}

fn check_host(cx: &mut Context<'_, '_>, host: &Host) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(host.id);
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut left_to_subnet = Guard::False;
    for case in &host.interface.public_ip {
        match &case.value {
            Known::Value(true) => {
                let message = format!("container instances of `{name}` ask for public IP addresses");
                let finding = Finding::new(host.launch.unwrap_or(host.id), case.span, message)
                    .when(&case.guard.and(&inventory.presence(host.id)))
                    .label("instances get a public address")
                    .help("set `AssociatePublicIpAddress: false`, and give the instances a way out through a NAT gateway")
                    .because([inventory.declared(host.id, "auto scaling group of the container instances")])
                    .through(inventory, &case.trail);
                findings.push(finding);
            }
            Known::Value(false) => {}
            Known::Absent => left_to_subnet = left_to_subnet.or(&case.guard),
            Known::Unknown(reason) => open.push(case.with(reason.clone())),
        }
    }
    findings.extend(by_subnets(cx, host, &left_to_subnet));
    let message = format!("whether container instances of `{name}` get public IP addresses is not decided by the templates");
    let place = host.interface.groups_span;
    cx.conclude(findings, Question { subject: host.id, place, message, open });
}

/// The public subnets that give addresses to the instances, where nothing else decides.
fn by_subnets(cx: &Context<'_, '_>, host: &Host, left_to_subnet: &Guard) -> Option<Finding> {
    let inventory = cx.inventory();
    let mut found: Option<Finding> = None;
    let mut guards: Vec<Guard> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut has_no_other_way = true;
    for subnet in &host.interface.subnets {
        let Known::Value(identity) = &subnet.value else { continue };
        let Some(id) = inventory.resource_of(identity, Subnet::TYPE) else { continue };
        let class = cx.facts.network.class(inventory, identity, Family::V4);
        for case in inventory.eval.booleans(Subnet(id).map_public_ip(&inventory.eval)) {
            let guard = [left_to_subnet.clone(), subnet.guard.clone(), case.guard.clone(), class.is_public()];
            let guard = Guard::all(guard);
            if case.value != Known::Value(true) || guard.is_never() {
                continue;
            }
            let shown = format!("`{}`", inventory.shown(identity));
            has_no_other_way &= class.egress.is_empty() && class.unknown.is_empty();
            let routes = class.public.iter().flat_map(|evidence| evidence.labels.iter().cloned());
            let routes: Vec<Label> = routes.collect();
            let finding = match found.take() {
                None => Finding::new(host.id, subnet.span, "").label("gives instances a public address"),
                Some(finding) if names.contains(&shown) => finding,
                Some(finding) => {
                    let text = format!("subnet {shown} gives instances a public address");
                    finding.because([inventory.evidence(host.id, subnet.span, text)])
                }
            };
            let finding = finding
                .through(inventory, &subnet.trail)
                .because([inventory.evidence(id, case.span, "subnet gives public addresses")])
                .because(routes);
            if !names.contains(&shown) {
                names.push(shown);
            }
            guards.push(guard);
            found = Some(finding);
        }
    }
    let name = inventory.logical_id(host.id);
    // Subnets that are never there together are alternatives.
    let word = match inventory.possible_by_default(&Guard::all(guards.clone())) {
        true => "and",
        false => "or",
    };
    let (noun, subnets) = match names.split_last() {
        Some((last, [])) => ("subnet", last.clone()),
        Some((last, rest)) => ("subnets", format!("{} {word} {last}", rest.join(", "))),
        None => return None,
    };
    let help = match has_no_other_way {
        true => "run them in subnets behind a NAT gateway; declining the address alone leaves them no way out",
        false => "use private subnets, or decline the address with `AssociatePublicIpAddress: false`",
    };
    let message = format!("container instances of `{name}` get public IP addresses from public {noun} {subnets}");
    let finding = found?.when(&Guard::any(guards)).help(help);
    Some(Finding { message, ..finding })
}
