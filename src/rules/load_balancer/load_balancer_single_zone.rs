//! Load balancers are in two availability zones.

use crate::aws::ec2::Subnet;
use crate::diag::Severity;
use crate::eval::{Case, Unknown};
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
    references: &["E3680", "ELB.13"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
    options: &[],
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
    let spread = cx.facts.network.spread(inventory, &balancer.subnets);
    let open = spread.open.iter().map(|case| case.clone().when(&kinds));
    let open: Vec<Case<Unknown>> = open.collect();
    let Some((_, first)) = spread.known.first() else {
        return ask(cx, balancer, open);
    };
    let single = spread.is_single();
    let open: Vec<_> = open.into_iter().map(|case| case.when(&spread.apart.negated())).collect();
    let name = inventory.logical_id(balancer.id);
    let names = spread.names(inventory);
    let zones = spread.known.iter().filter_map(|(subnet, _)| {
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
    let mut findings = Vec::new();
    for (text, label, when) in [
        (one, "one subnet is in one zone", spread.several.negated()),
        (many, "all in one zone", spread.several.clone()),
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
