//! What works together is in one VPC.

use crate::aws::ec2::{SecurityGroup, Subnet, Vpc};
use crate::aws::elbv2::TargetGroup;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Scope, Text, Trail, Unknown};
use crate::facts::security_group::{default_group_of, shown};
use crate::facts::workload::{Carrier, Interface};
use crate::facts::{Inventory, Workload};
use crate::project::ResourceId;
use crate::rule::{Category, Context, Docs, Finding, Profile, Question, Rule};
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
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3714"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html",
    check,
};

/// Where something is.
#[derive(Clone, Debug)]
enum Home {
    /// In this VPC, by identity.
    Vpc(Text),
    /// In the default VPC of the account.
    Default,
    /// Not known.
    Unknown(Unknown),
}

/// Something that is in a VPC.
#[derive(Clone, Debug)]
struct Member {
    guard: Guard,
    home: Home,
    /// What it is: "subnet `A`".
    noun: String,
    /// Where it is named.
    place: Span,
    /// Where its VPC is named.
    label: Label,
    trail: Trail,
}

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
        let own = Known::Value(inventory.own_identity(balancer.id));
        for forward in cx.facts.load_balancers.forwards.iter().filter(|forward| forward.load_balancer == own) {
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

fn subnets(inventory: &Inventory<'_>, cases: &[Case<Known<Text>>]) -> Vec<Member> {
    let mut out = Vec::new();
    for case in cases {
        if let Known::Value(identity) = &case.value
            && let Some(id) = inventory.resource_of(identity, Subnet::TYPE)
        {
            let noun = format!("subnet `{}`", inventory.logical_id(id));
            let vpcs = inventory.identities(Subnet(id).vpc(&inventory.eval));
            out.extend(vpcs.iter().map(|vpc| member(inventory, id, &noun, case, vpc)));
        }
    }
    out
}

fn groups(inventory: &Inventory<'_>, cases: &[Case<Known<Text>>]) -> Vec<Member> {
    let mut out = Vec::new();
    for case in cases {
        let Known::Value(identity) = &case.value else { continue };
        let noun = format!("security group {}", shown(inventory, identity));
        if let Some(id) = inventory.resource_of(identity, SecurityGroup::TYPE) {
            let vpcs = inventory.identities(SecurityGroup(id).vpc(&inventory.eval));
            out.extend(vpcs.iter().map(|vpc| member(inventory, id, &noun, case, vpc)));
        } else if let Some(vpc) = default_group_of(inventory, identity) {
            let home = case.with(Known::Value(inventory.own_identity(vpc)));
            out.push(member(inventory, vpc, &shown(inventory, identity), case, &home));
        }
    }
    out
}

fn target_group(inventory: &Inventory<'_>, identity: &Text, guard: &Guard, trail: &Trail) -> Vec<Member> {
    let Some(id) = inventory.resource_of(identity, TargetGroup::TYPE) else {
        return Vec::new();
    };
    let noun = format!("target group `{}`", inventory.logical_id(id));
    let vpcs = inventory.identities(TargetGroup(id).vpc(&inventory.eval)).into_iter();
    // Without `VpcId` it is one of functions.
    let vpcs = vpcs.filter(|vpc| vpc.value != Known::Absent);
    let used = |vpc: &Case<Known<Text>>| Case {
        guard: guard.clone(),
        trail: trail.clone(),
        ..vpc.with(())
    };
    vpcs.map(|vpc| member(inventory, id, &noun, &used(&vpc), &vpc)).collect()
}

/// A member that is named in one place and says its VPC in another.
fn member<T>(
    inventory: &Inventory<'_>,
    id: ResourceId,
    noun: &str,
    named: &Case<T>,
    vpc: &Case<Known<Text>>,
) -> Member {
    let home = match &vpc.value {
        Known::Value(identity) => match identity.unknown() {
            Some(reason) => Home::Unknown(reason),
            None => Home::Vpc(identity.clone()),
        },
        Known::Absent => Home::Default,
        Known::Unknown(reason) => Home::Unknown(reason.clone()),
    };
    let text = format!("{noun} is in {}", home.shown(inventory));
    Member {
        guard: Guard::all([named.guard.clone(), inventory.presence(id), vpc.guard.clone()]),
        home,
        noun: noun.to_owned(),
        place: named.span,
        label: inventory.evidence(id, vpc.span, text),
        trail: named.trail.clone().then(&vpc.trail),
    }
}

impl Home {
    fn shown(&self, inventory: &Inventory<'_>) -> String {
        match self {
            Home::Vpc(identity) => format!("VPC `{}`", inventory.shown(identity)),
            Home::Default => "the default VPC".to_owned(),
            Home::Unknown(_) => "a VPC that is not known".to_owned(),
        }
    }

    /// True when it is a VPC of the templates.
    fn is_declared(&self, inventory: &Inventory<'_>) -> bool {
        matches!(self, Home::Vpc(identity) if inventory.resource_of(identity, Vpc::TYPE).is_some())
    }

    /// True when it is a VPC of the templates or a literal id.
    fn is_certain(&self, inventory: &Inventory<'_>) -> bool {
        let is_id = |identity: &Text| identity.as_literal().is_some_and(|text| text.starts_with("vpc-"));
        self.is_declared(inventory) || matches!(self, Home::Vpc(identity) if is_id(identity))
    }

    /// True when two are certainly not the same.
    fn differs(&self, other: &Home, inventory: &Inventory<'_>) -> bool {
        match (self, other) {
            (Home::Vpc(left), Home::Vpc(right)) => {
                left != right && self.is_certain(inventory) && other.is_certain(inventory)
            }
            (Home::Default, vpc) | (vpc, Home::Default) => vpc.is_declared(inventory),
            (Home::Unknown(_), _) | (_, Home::Unknown(_)) => false,
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
    let findings = apart.first().map(|subnet| {
        let (here, there) = shown_apart(inventory, &subnet.home, &member.home);
        let message = format!("{} in {} of {here}, but {} is in {there}", side.who, subnet.noun, member.noun);
        let mut finding = Finding::new(side.subject, member.place, message)
            .label("another VPC")
            .because([subnet.label.clone(), member.label.clone()])
            .through(inventory, &subnet.trail)
            .through(inventory, &member.trail)
            .help("use one VPC for both");
        finding.assumed |= subnet.trail.assumed || member.trail.assumed;
        finding.when(&Guard::any(apart.iter().map(|subnet| together(subnet))))
    });
    let found = findings.into_iter().fold(false, |found, finding| cx.report(finding) || found);
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

/// Two VPCs in words. One template that is deployed twice gives two by the same name.
fn shown_apart(inventory: &Inventory<'_>, left: &Home, right: &Home) -> (String, String) {
    let (here, there) = (left.shown(inventory), right.shown(inventory));
    if here != there {
        return (here, there);
    }
    let of_stack = |home: &Home, shown: String| match home {
        Home::Vpc(identity) => {
            let id = inventory.resource_of(identity, Vpc::TYPE);
            let nested = id.and_then(|id| inventory.project().stack(id.stack).parent);
            nested.map_or(shown.clone(), |nested| format!("{shown} of nested stack `{}`", inventory.logical_id(nested)))
        }
        Home::Default | Home::Unknown(_) => shown,
    };
    (of_stack(left, here), of_stack(right, there))
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
