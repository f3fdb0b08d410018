//! Load balancers are in two availability zones.

use crate::aws::ec2::Subnet;
use crate::cfn::ParameterKind;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Part, Scope, Text, Unknown};
use crate::facts::load_balancer::{LoadBalancer, LoadBalancerKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "load-balancer-single-zone",
    summary: "load balancers are in two availability zones",
    docs: Docs {
        why: "AWS refuses an application load balancer in fewer than two zones. A network load balancer in one zone is \
              gone when that zone is.",
        decides: "Counts the `Subnets` and `SubnetMappings` of application load balancers, and of network load balancers \
                  as a warning; two subnets with the same `AvailabilityZone` count as one zone. Two subnets whose zones \
                  are not known count as two, because AWS takes at most one subnet of a zone. Undetermined when the \
                  list comes from a parameter or an import.",
        fix: "List subnets of at least two availability zones.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3680"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
    check: Check::Native(check),
};

const HELP: &str = "add a subnet of another availability zone";

fn check(cx: &mut Context<'_, '_>) {
    for balancer in &cx.facts.load_balancers.all {
        check_balancer(cx, balancer);
    }
}

fn check_balancer(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let inventory = cx.inventory();
    let application = balancer.is(LoadBalancerKind::Application);
    let network = balancer.is(LoadBalancerKind::Network);
    let kinds = application.or(&network);
    let mut known: Vec<(&Text, &Case<Known<Text>>)> = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in &balancer.subnets {
        match &case.value {
            Known::Value(subnet) if is_one(cx, subnet) => known.push((subnet, case)),
            Known::Value(subnet) => open.push(case.with(inventory.unknown_identity(subnet)).when(&kinds)),
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&kinds)),
            Known::Absent => {}
        }
    }
    let Some((_, first)) = known.first() else {
        return ask(cx, balancer, open);
    };
    let apart = apart(cx, &known);
    let some = Guard::any(known.iter().map(|(_, case)| case.guard.clone()));
    let unsure = Guard::any(open.iter().map(|case| case.guard.clone()));
    let single = Guard::all([some, apart.negated(), unsure.negated()]);
    let open: Vec<_> = open.into_iter().map(|case| case.when(&apart.negated())).collect();
    let name = inventory.logical_id(balancer.id);
    let names = names(cx, &known);
    let zones = known.iter().filter_map(|(subnet, _)| {
        let id = inventory.resource_of(subnet, Subnet::TYPE)?;
        let zones = Subnet(id).zone(cx.eval());
        let zone = zones.first().filter(|_| names.len() > 1)?;
        Some(inventory.evidence(id, zone.span, "its zone"))
    });
    let zones: Vec<_> = zones.collect();
    let one = match names.as_slice() {
        [name_of_one] => format!("load balancer `{name}` has only one subnet, {name_of_one}"),
        _ => format!("load balancer `{name}` has only one subnet"),
    };
    let many = format!(
        "the subnets of load balancer `{name}` are all in one zone: {}",
        names.join(", ")
    );
    let several = several(&known);
    let mut findings = Vec::new();
    for (text, label, when) in [
        (one, "one subnet is in one zone", several.negated()),
        (many, "all in one zone", several),
    ] {
        let finding = |text: String| {
            Finding::new(balancer.id, first.span, text)
                .when(&single.and(&when))
                .label(label)
                .because(zones.clone())
                .through(inventory, &first.trail)
        };
        let refused = format!("{text}; an application load balancer needs two zones");
        findings.push(finding(refused).when(&application).help(HELP));
        findings.push(
            finding(text)
                .when(&network)
                .severity(Severity::Warning)
                .help(HELP),
        );
    }
    let mut found = false;
    for finding in findings {
        found |= cx.report(finding);
    }
    if !found {
        ask(cx, balancer, open);
    }
}

fn ask(cx: &mut Context<'_, '_>, balancer: &LoadBalancer, open: Vec<Case<Unknown>>) {
    let name = cx.inventory().logical_id(balancer.id);
    let declared = cx.inventory().project().resource(balancer.id).id.span;
    cx.ask(Question {
        subject: balancer.id,
        place: open.first().map_or(declared, |case| case.span),
        message: format!("whether load balancer `{name}` is in two availability zones"),
        open,
    });
}

/// True when an identity certainly names one subnet: a parameter may hold a list.
fn is_one(cx: &Context<'_, '_>, subnet: &Text) -> bool {
    match subnet.as_part() {
        Some(Part::Variable(var)) => match var.scope {
            Scope::Stack(stack) => {
                let parameters = &cx.inventory().project().template(stack).parameters;
                parameters.get(&var.name).is_some_and(|parameter| {
                    parameter.kind == ParameterKind::Text && &*parameter.type_name == "AWS::EC2::Subnet::Id"
                })
            }
            Scope::Everywhere | Scope::Exporter => false,
        },
        Some(Part::Attribute(..)) => cx.inventory().resource_of(subnet, Subnet::TYPE).is_some(),
        Some(Part::Literal(_)) => true,
        _ => false,
    }
}

/// When two of the subnets are there, of one zone or not.
fn several(known: &[(&Text, &Case<Known<Text>>)]) -> Guard {
    let mut guards = Vec::new();
    for (index, (left, one)) in known.iter().enumerate() {
        let others = known.iter().skip(index + 1).filter(|(right, _)| right != left);
        guards.extend(others.map(|(_, other)| one.guard.and(&other.guard)));
    }
    Guard::any(guards)
}

/// When two of the subnets are there that are not in one zone for certain.
fn apart(cx: &Context<'_, '_>, known: &[(&Text, &Case<Known<Text>>)]) -> Guard {
    let inventory = cx.inventory();
    let mut guards = Vec::new();
    for (index, (left, one)) in known.iter().enumerate() {
        for (right, other) in known.iter().skip(index + 1) {
            let same = cx.facts.network.share_zone(inventory, left, right);
            guards.push(Guard::all([
                one.guard.clone(),
                other.guard.clone(),
                same.negated(),
            ]));
        }
    }
    Guard::any(guards)
}

fn names(cx: &Context<'_, '_>, known: &[(&Text, &Case<Known<Text>>)]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (subnet, _) in known {
        let name = format!("`{}`", cx.inventory().shown(subnet));
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}
