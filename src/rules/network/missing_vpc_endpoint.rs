//! Tasks without a way to the internet have the VPC endpoints they need.

use crate::aws::ec2::{Subnet, Vpc};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Workload;
use crate::facts::need::{self, Need};
use crate::facts::network::{Family, Flaw, User};
use crate::facts::workload::{Carrier, Interface};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "missing-vpc-endpoint",
    summary: "tasks without a way to the internet have the VPC endpoints they need",
    docs: Docs {
        why: "Where nothing leads to the internet, a Fargate task starts only if a VPC endpoint leads to each service that \
              it needs. With one of them missing it stops with CannotPullContainerError or ResourceInitializationError.",
        decides: "For Fargate tasks in subnets without a route out, in a VPC of the templates that has endpoints: `ecr.api`, \
                  `ecr.dkr` and `s3` for images of private ECR repositories, `logs` for the `awslogs` driver, \
                  `secretsmanager` and `ssm` for secrets, `s3` for environment files, `ssmmessages` for ECS Exec. An endpoint \
                  is of no use when its security groups do not accept the tasks on port 443, when the service's name does \
                  not lead to it, and a gateway endpoint when it is not given the subnet's route table. Undetermined when \
                  the VPC's id leaves the templates, or an image's registry is not known. Container instances are not looked \
                  at.",
        fix: "Add the endpoints that are named, with `PrivateDnsEnabled: true` and a security group that accepts port 443 \
              from the tasks; or give the subnets a default route to a NAT gateway.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["EC2.55", "EC2.56", "EC2.57"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
    options: &[],
    check: Check::Native(check),
};

/// Services without an endpoint, all of them missing at the same time.
struct Gap {
    /// When the endpoint is missing, and when it is needed where that is not so by default.
    key: (Guard, Option<Guard>),
    guard: Guard,
    place: Span,
    vpc: ResourceId,
    services: Vec<&'static str>,
    labels: Vec<Label>,
}

/// Endpoints that are of no use for one reason.
struct Useless {
    guard: Guard,
    flaw: Flaw,
    endpoints: Vec<Str>,
    labels: Vec<Label>,
}

/// What is found out about the tasks of one interface.
#[derive(Default)]
struct Findings {
    gaps: Vec<Gap>,
    useless: Vec<Useless>,
    open: Vec<Case<Unknown>>,
    assumed: bool,
}

fn check(cx: &mut Context<'_, '_>) {
    if cx.facts.network.endpoints().is_empty() {
        return;
    }
    for workload in &cx.facts.workloads {
        let needs = need::of_workload(cx.inventory(), &cx.facts.task_definitions, workload);
        for interface in workload.interfaces.iter().filter(|interface| interface.carrier == Carrier::Task) {
            check_interface(cx, workload, interface, &needs);
        }
    }
}

fn check_interface(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface, needs: &[Need]) {
    let inventory = cx.inventory();
    let base = Guard::all([workload.guard.clone(), interface.guard.clone(), workload.is_fargate()]);
    let mut all = Findings::default();
    for subnet in &interface.subnets {
        let Known::Value(identity) = &subnet.value else { continue };
        let Some(id) = inventory.resource_of(identity, Subnet::TYPE) else { continue };
        let here = Guard::all([base.clone(), subnet.guard.clone(), cut_off(cx, identity)]);
        if here.is_never() || !inventory.possible(&inventory.presence(workload.id).and(&here)) {
            continue;
        }
        for case in inventory.identities(Subnet(id).vpc(cx.eval())) {
            let Known::Value(vpc) = &case.value else { continue };
            let Some(vpc) = inventory.resource_of(vpc, Vpc::TYPE) else { continue };
            let user = User { interface, subnet: identity, vpc };
            let some = cx.facts.network.has_endpoints(inventory, &inventory.own_identity(vpc));
            let here = Guard::all([here.clone(), case.guard.clone(), some]);
            for need in needs {
                judge(cx, need, subnet, user, &here, &mut all);
            }
        }
    }
    conclude(cx, workload, interface, all);
}

/// When nothing leads out of a subnet, over IPv4 or IPv6.
fn cut_off(cx: &Context<'_, '_>, subnet: &Text) -> Guard {
    let class = |family| cx.facts.network.class(cx.inventory(), subnet, family);
    class(Family::V4).is_isolated().and(&class(Family::V6).is_isolated())
}

fn judge(
    cx: &Context<'_, '_>,
    need: &Need,
    subnet: &Case<Known<Text>>,
    user: User<'_>,
    here: &Guard,
    all: &mut Findings,
) {
    let (inventory, network) = (cx.inventory(), &cx.facts.network);
    let present = here;
    let here = &here.and(&need.guard);
    let mut missing: Vec<(Guard, Guard, &'static str)> = Vec::new();
    for service in need.endpoint_services() {
        let served = network.served(inventory, user.vpc, service);
        let gone = here.and(&served.is_missing());
        if let Err(reason) = &need.remote {
            all.open.push(Case { guard: gone, ..Case::new(reason.clone(), need.place) });
            continue;
        }
        if !gone.is_never() {
            missing.push((present.and(&served.is_missing()), gone, service));
        }
        let unsure = here.and(&served.is_there().negated());
        if let [(there, endpoint)] = served.known.as_slice() {
            let flaws = network.flaws(inventory, &cx.facts.security_groups, endpoint, service, user);
            let here = here.and(there);
            all.open.extend(flaws.open.into_iter().map(|case| case.when(&here)));
            for flaw in flaws.known {
                all.add_flaw(flaw, &here, inventory.logical_id(endpoint.id), need.label(inventory));
            }
        }
        all.open.extend(served.open.into_iter().map(|case| case.when(&unsure)));
    }
    all.assumed |= subnet.trail.is_assumed() && !missing.is_empty();
    for (when, guard, service) in missing {
        let mut labels = inventory.hops(&subnet.trail);
        let id = inventory.resource_of(user.subnet, Subnet::TYPE);
        labels.extend(id.map(|id| inventory.declared(id, "nothing leads out of this subnet")));
        labels.push(need.label(inventory));
        all.add_gap(Gap {
            key: (when, need.unusual(inventory)),
            guard, place: subnet.span, vpc: user.vpc, services: vec![service], labels });
    }
}

impl Findings {
    /// Adds a missing endpoint; what is missing at the same time is said at once, whatever the subnet.
    fn add_gap(&mut self, gap: Gap) {
        let same = self.gaps.iter_mut().find(|other| {
            other.vpc == gap.vpc && (other.key == gap.key || other.services == gap.services)
        });
        let Some(same) = same else { return self.gaps.push(gap) };
        same.guard = same.guard.or(&gap.guard);
        let new: Vec<_> = gap.services.into_iter().filter(|service| !same.services.contains(service)).collect();
        same.services.extend(new);
        same.labels.extend(gap.labels);
    }

    fn add_flaw(&mut self, flaw: Flaw, here: &Guard, endpoint: &Str, label: Label) {
        let guard = here.and(&flaw.guard);
        if guard.is_never() {
            return;
        }
        let mut useless = self.useless.iter_mut();
        match useless.find(|other| other.flaw.place == flaw.place && other.flaw.why == flaw.why) {
            Some(same) => {
                same.guard = same.guard.or(&guard);
                if !same.endpoints.contains(endpoint) {
                    same.endpoints.push(endpoint.clone());
                }
                same.labels.push(label);
            }
            None => self.useless.push(Useless { guard, flaw, endpoints: vec![endpoint.clone()], labels: vec![label] }),
        }
    }
}

fn conclude(cx: &mut Context<'_, '_>, workload: &Workload, interface: &Interface, all: Findings) {
    let inventory = cx.inventory();
    let shown = workload.shown(inventory);
    let mut findings = Vec::new();
    for gap in all.gaps {
        let (services, vpc) = (in_words(&gap.services), inventory.logical_id(gap.vpc));
        let it = if gap.services.len() == 1 { "it" } else { "them" };
        let message = format!(
            "tasks of {shown} need {services}, but nothing leads out of their subnet and VPC `{vpc}` has no endpoint for {it}"
        );
        let mut finding = Finding::new(workload.id, gap.place, message)
            .when(&gap.guard)
            .label("no way out from here")
            .help("add a VPC endpoint for each of these services, or a default route to a NAT gateway")
            .atom(gap.services.join(" "))
            .because(gap.labels);
        finding.assumed = all.assumed;
        findings.push(finding);
    }
    for mut useless in all.useless {
        useless.endpoints.sort();
        let noun = if useless.endpoints.len() == 1 { "endpoint" } else { "endpoints" };
        let endpoints = in_words(&useless.endpoints);
        let message = format!("tasks of {shown} cannot use VPC {noun} {endpoints}: {}", useless.flaw.why);
        let finding = Finding::new(workload.id, useless.flaw.place, message)
            .when(&useless.guard)
            .help(useless.flaw.help)
            .atom(useless.flaw.why)
            .because(useless.labels);
        findings.push(finding);
    }
    let message = format!("whether tasks of {shown} reach what they need through VPC endpoints is not decided by the templates");
    let place = interface.subnets_span;
    cx.conclude(findings, Question { subject: workload.id, place, message, open: all.open });
}

/// "`logs`", "`ecr.api`, `ecr.dkr` and `s3`".
fn in_words(names: &[impl AsRef<str>]) -> String {
    let words: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
