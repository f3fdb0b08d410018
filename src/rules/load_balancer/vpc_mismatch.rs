//! What works together is in one VPC.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Scope, Unknown};
use crate::facts::vpc::{Home, Member, groups, shown_apart, subnets, target_group};
use crate::facts::workload::{Carrier, Interface};
use crate::facts::{Inventory, Workload};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "vpc-mismatch",
    summary: "subnets, security groups and target groups of a service are in one VPC",
    docs: Docs {
        why: "AWS refuses a network interface with a security group of another VPC, and a listener or a service with a \
              target group of another. The stack fails halfway.",
        decides: "Compares the VPC of the subnets of tasks, of container instances and of load balancers with each other, \
                  with that of their security groups, and with the `VpcId` of the target groups behind which the tasks \
                  are, or to which the load balancer forwards. Two VPCs differ for certain when each is declared in the \
                  templates or written as an id; a security group without `VpcId` is in the default VPC. Undetermined \
                  when one is declared here and the other is a parameter or an import without a value; what is not known \
                  on both sides is not asked about.",
        fix: "Set `VpcId` to the VPC of the subnets.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3714"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    options: &[],
    check: Check::Native(check),
};

/// What a comparison is about.
struct Side {
    subject: ResourceId,
    /// With the verb: "load balancer `Alb` is".
    who: String,
    /// When.
    guard: Guard,
    subnets: Vec<Member>,
}

fn check(cx: &mut Context<'_, '_>) {
    let mut instances: Vec<ResourceId> = Vec::new();
    let mut judged: Vec<Span> = Vec::new();
    for workload in &cx.facts.workloads {
        for interface in &workload.interfaces {
            check_interface(cx, workload, interface, &mut instances, &mut judged);
        }
    }
    check_balancers(cx, &judged);
}

fn check_interface(
    cx: &mut Context<'_, '_>,
    workload: &Workload,
    interface: &Interface,
    instances: &mut Vec<ResourceId>,
    judged: &mut Vec<Span>,
) {
    let inventory = cx.inventory();
    let mut tasks = Side {
        subject: workload.id,
        who: format!("the tasks of {} are", workload.shown(inventory)),
        guard: workload.guard.and(&interface.guard),
        subnets: subnets(inventory, &interface.subnets),
    };
    let groups = groups(inventory, &interface.groups);
    match interface.carrier {
        Carrier::Task => {
            compare_subnets(cx, &mut tasks);
            compare_all(cx, &tasks, &groups, judged);
        }
        // Several workloads share them.
        Carrier::Instance(id) if !instances.contains(&id) => {
            instances.push(id);
            let mut side = Side {
                subject: id,
                who: format!("the container instances of `{}` are", inventory.logical_id(id)),
                guard: Guard::True,
                subnets: tasks.subnets.clone(),
            };
            compare_subnets(cx, &mut side);
            compare_all(cx, &side, &groups, judged);
        }
        Carrier::Instance(_) => {}
    }
    let mut behind = Vec::new();
    for binding in &workload.bindings {
        for case in &binding.target_group {
            if let Known::Value(identity) = &case.value {
                behind.extend(target_group(inventory, identity, &binding.guard.and(&case.guard), &case.trail));
            }
        }
    }
    compare_all(cx, &tasks, &behind, judged);
}

fn check_balancers(cx: &mut Context<'_, '_>, judged: &[Span]) {
    let inventory = cx.inventory();
    for balancer in &cx.facts.load_balancers.all {
        let mut side = Side {
            subject: balancer.id,
            who: format!("load balancer `{}` is", inventory.logical_id(balancer.id)),
            guard: Guard::True,
            subnets: subnets(inventory, &balancer.subnets),
        };
        compare_subnets(cx, &mut side);
        let mut others = groups(inventory, &balancer.groups);
        for forward in cx.facts.load_balancers.forwards_of(balancer.id) {
            others.extend(target_group(inventory, &forward.target_group, &forward.guard, &forward.trail));
        }
        // A target group in the wrong place is one mistake: it is not told again for the load balancer.
        others.retain(|member| !judged.contains(&member.place));
        compare_all(cx, &side, &others, &mut Vec::new());
    }
}

/// Compares subnets with those before them; one that is reported is no measure for anything else.
fn compare_subnets(cx: &mut Context<'_, '_>, side: &mut Side) {
    let all = std::mem::take(&mut side.subnets);
    for subnet in all {
        if !compare(cx, side, &subnet) {
            side.subnets.push(subnet);
        }
    }
}

/// Compares every member with the subnets of a side; places that are reported or asked about go to `judged`.
fn compare_all(cx: &mut Context<'_, '_>, side: &Side, members: &[Member], judged: &mut Vec<Span>) {
    for member in members {
        if compare(cx, side, member) {
            judged.push(member.place);
        }
    }
}

/// True when it reports that a member is in another VPC than the subnets of a side, or asks whether it is.
fn compare(cx: &mut Context<'_, '_>, side: &Side, member: &Member) -> bool {
    let inventory = cx.inventory();
    let together = |subnet: &Member| Guard::all([side.guard.clone(), subnet.guard.clone(), member.guard.clone()]);
    let apart: Vec<&Member> = side
        .subnets
        .iter()
        .filter(|subnet| subnet.home.differs(&member.home, inventory) && is_one_choice(&together(subnet)))
        .collect();
    let open = side.subnets.iter().filter_map(|subnet| unsure(inventory, subnet, member));
    let open: Vec<Case<Unknown>> = open.map(|case| case.when(&side.guard)).collect();
    let is_open = !open.is_empty();
    let finding = apart.first().map(|subnet| {
        let (here, there) = shown_apart(inventory, &subnet.home, &member.home);
        let message = format!("{} in {} of {here}, but {} is in {there}", side.who, subnet.noun, member.noun);
        let mut finding = Finding::new(side.subject, member.place, message)
            .label("another VPC")
            .because([subnet.label.clone(), member.label.clone()])
            .through(inventory, &subnet.trail)
            .through(inventory, &member.trail)
            .help("use one VPC for both");
        finding.assumed |= subnet.trail.is_assumed() || member.trail.is_assumed();
        finding.when(&Guard::any(apart.iter().map(|subnet| together(subnet))))
    });
    let found = finding.is_some_and(|finding| cx.report(finding));
    if !found {
        cx.ask(Question {
            subject: side.subject,
            place: member.place,
            message: format!("whether {} is in the VPC of the subnets that {} in", member.noun, side.who),
            open,
        });
    }
    found || is_open
}

/// Why two may differ, when one of them is declared here and the other is not known.
fn unsure(inventory: &Inventory<'_>, subnet: &Member, member: &Member) -> Option<Case<Unknown>> {
    let (reason, of) = match (&subnet.home, &member.home) {
        (Home::Unknown(reason), home) if home.is_declared(inventory) => (reason, subnet),
        (home, Home::Unknown(reason)) if home.is_declared(inventory) => (reason, member),
        _ => return None,
    };
    Some(Case {
        guard: subnet.guard.and(&member.guard),
        value: reason.clone(),
        span: of.place,
        trail: of.trail.clone(),
    })
}

/// True when a pair does not come from imports that several stacks could serve: the VPC and the subnets are then
/// exported by one of them, which the guards do not say.
fn is_one_choice(guard: &Guard) -> bool {
    guard.variables().iter().all(|var| var.scope != Scope::Exporter)
}
