//! Load balancers for the internet are in public subnets, internal ones in private subnets.

use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::load_balancer::{LoadBalancer, LoadBalancerKind};
use crate::facts::network::{Evidence, Family};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "load-balancer-scheme-subnet-mismatch",
    summary: "load balancers for the internet are in public subnets, internal ones in private subnets",
    docs: Docs {
        why: "A load balancer for the internet in a subnet without a route to an internet gateway is refused by AWS or \
              reached by nobody.",
        decides: "Joins the `Scheme`, `internet-facing` where it is absent, with the routes of every subnet. A load \
                  balancer for the internet in a subnet that is certainly not public is an error; an internal one in a \
                  public subnet works and is only worth knowing. Undetermined when the subnets or their routes are \
                  declared elsewhere.",
        fix: "List public subnets, add the missing route to the internet gateway, or set `Scheme: internal`.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
    options: &[],
    check: Check::Native(check),
};

/// Subnets of a load balancer that do not fit its scheme.
#[derive(Default)]
struct Misfits {
    guards: Vec<Guard>,
    names: Vec<String>,
    first: Option<Span>,
    labels: Vec<Label>,
    assumed: bool,
}

fn check(cx: &mut Context<'_, '_>) {
    for balancer in &cx.facts.load_balancers.all {
        check_balancer(cx, balancer);
    }
}

fn check_balancer(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let inventory = cx.inventory();
    let kind = balancer.is(LoadBalancerKind::Gateway).negated();
    let public = kind.and(&balancer.is_public());
    let internal = kind.and(&balancer.is_internal());
    let (mut shut, mut exposed) = (Misfits::default(), Misfits::default());
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in &balancer.subnets {
        let subnet = match &case.value {
            Known::Value(subnet) => subnet,
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&public));
                continue;
            }
            Known::Absent => continue,
        };
        let class = cx.facts.network.class(inventory, subnet, Family::V4);
        let firm = class.is_public().or(&class.is_unknown()).negated();
        shut.add(cx, case, subnet, &firm, &class.egress);
        exposed.add(cx, case, subnet, &class.is_public(), &class.public);
        open.extend(class.unknown.into_iter().map(|mut unknown| {
            unknown.trail = case.trail.clone();
            unknown.when(&case.guard.and(&public))
        }));
    }
    let name = inventory.logical_id(balancer.id);
    let declared = inventory.project().resource(balancer.id).id.span;
    let list = shut.list();
    let shut = shut.finding(balancer).map(|mut finding| {
        finding.message = format!(
            "internet-facing load balancer `{name}` is in {list} without a route to an internet gateway"
        );
        finding
            .when(&public)
            .label("no route to an internet gateway")
            .help("list public subnets, or set `Scheme: internal`")
    });
    let list = exposed.list();
    let exposed = exposed.finding(balancer).map(|mut finding| {
        finding.message = format!("internal load balancer `{name}` is in public {list}");
        finding
            .when(&internal)
            .label("public by its routes")
            .severity(Severity::Info)
            .help("list private subnets")
    });
    let place = balancer.subnets.first().map_or(declared, |case| case.span);
    cx.conclude(
        [shut, exposed].into_iter().flatten(),
        Question {
            subject: balancer.id,
            place,
            message: format!(
                "whether the subnets of load balancer `{name}` have a route to an internet gateway"
            ),
            open,
        },
    );
}

impl Misfits {
    fn add(
        &mut self,
        cx: &Context<'_, '_>,
        case: &Case<Known<Text>>,
        subnet: &Text,
        when: &Guard,
        evidence: &[Evidence],
    ) {
        let inventory = cx.inventory();
        let guard = case.guard.and(when);
        if guard.is_never() || !inventory.possible(&guard) {
            return;
        }
        self.guards.push(guard);
        self.first.get_or_insert(case.span);
        let name = format!("`{}`", inventory.shown(subnet));
        if !self.names.contains(&name) {
            self.names.push(name);
        }
        self.labels.extend(inventory.hops(&case.trail));
        self.labels
            .extend(evidence.iter().flat_map(|it| it.labels.clone()));
        self.assumed |= case.trail.is_assumed() || evidence.iter().any(|it| it.assumed);
    }

    /// "subnet `A`", "subnets `A`, `B`".
    fn list(&self) -> String {
        let noun = if self.names.len() == 1 {
            "subnet"
        } else {
            "subnets"
        };
        format!("{noun} {}", self.names.join(", "))
    }

    fn finding(self, balancer: &LoadBalancer) -> Option<Finding> {
        let place = self.first?;
        let mut finding = Finding::new(balancer.id, place, String::new())
            .when(&Guard::any(self.guards))
            .because(self.labels);
        finding.assumed = self.assumed;
        Some(finding)
    }
}
