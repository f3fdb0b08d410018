//! Load balancers behind a CDN accept that CDN only.

use crate::aws::elbv2::{HTTP_HEADER, ListenerRule, RuleCondition};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Text, Unknown, when};
use crate::facts::load_balancer::{Fetch, LoadBalancer, fetches};
use crate::facts::security_group::{Breadth, Direction, GroupRule, Peer, Traffic};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// So many public ranges beside the whole internet are the published ranges of a CDN: Cloudflare has 15 in IPv4 and 7 in
/// IPv6. Offices and partners are fewer.
const RANGES_OF_A_CDN: usize = 5;

/// See the module.
pub static RULE: Rule = Rule {
    name: "load-balancer-bypasses-cdn",
    summary: "load balancers behind a CDN accept that CDN only",
    docs: Docs {
        why: "Who finds the load balancer's own name goes past the CDN, and past its WAF, its cache and its limits.",
        decides: "Reports world-wide rules of the groups of load balancers for the internet from which a CloudFront \
                  distribution of the templates fetches, by name or by an alias record, and rules beside at least five \
                  ranges of public addresses for the same traffic, which they make pointless. One passes when CloudFront \
                  adds a header and a rule of a listener asks for one. Undetermined when the groups of a load balancer \
                  behind CloudFront are declared elsewhere.",
        fix: "Accept the prefix list `com.amazonaws.global.cloudfront.origin-facing` (`SourcePrefixListId`) or the \
              ranges of the CDN instead, or make the load balancer internal and use a VPC origin.",
        safety: Safety::Advice,
    },
    category: Category::SecurityGroup,
    severity: Severity::Warning,
    security_severity: Some(5.5),
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for balancer in &cx.facts.load_balancers.all {
        let public = balancer.is_public();
        if !public.is_never() {
            let fetches = fetches(cx.inventory(), balancer);
            check_balancer(cx, balancer, &fetches, &public);
        }
    }
}

fn check_balancer(cx: &mut Context<'_, '_>, balancer: &LoadBalancer, fetches: &[Fetch], public: &Guard) {
    let inventory = cx.inventory();
    let asks = asks_for_header(cx, balancer);
    let bypassed = fetches.iter().map(|fetch| fetch.origin.guard.and(&fetch.has_headers.and(&asks).negated()));
    let bypassed = public.and(&Guard::any(bypassed));
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut found = false;
    for worn in &balancer.groups {
        let group = match &worn.value {
            Known::Value(group) => group,
            Known::Unknown(reason) => {
                open.push(worn.with(reason.clone()));
                continue;
            }
            Known::Absent => continue,
        };
        let elsewhere = cx.facts.security_groups.elsewhere(inventory, group);
        open.extend(elsewhere.map(|reason| worn.with(reason)));
        for rule in cx.facts.security_groups.rules(group, Direction::Ingress) {
            let guard = worn.guard.and(&rule.guard);
            match &rule.peer {
                _ if rule.traffic == Traffic::Icmp => {}
                Peer::Unknown(reason) => open.push(Case {
                    guard,
                    value: reason.clone(),
                    span: rule.span,
                    trail: rule.trail.clone(),
                }),
                peer if peer.is_world() => {
                    found |= past_cloudfront(cx, balancer, worn, rule, fetches, &guard.and(&bypassed))
                        || past_ranges(cx, balancer, worn, rule, group, &guard.and(public));
                }
                _ => {}
            }
        }
    }
    if !found {
        let name = inventory.logical_id(balancer.id);
        cx.ask(Question {
            subject: balancer.id,
            place: balancer.groups_span,
            message: format!("whether load balancer `{name}` accepts CloudFront only"),
            open: open.into_iter().map(|case| case.when(&bypassed)).collect(),
        });
    }
}

/// When a rule of a listener of the load balancer asks for a header.
fn asks_for_header(cx: &Context<'_, '_>, balancer: &LoadBalancer) -> Guard {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let mut guards = Vec::new();
    for (guard, listener) in cx.facts.load_balancers.listeners_of(inventory, balancer.id) {
        let own = Known::Value(inventory.own_identity(listener.id));
        for rule in &cx.facts.load_balancers.rules {
            let on = rule.listener.iter().filter(|case| case.value == own);
            let on = Guard::any(on.map(|case| case.guard.clone()));
            if on.is_never() {
                continue;
            }
            for item in eval.elements(ListenerRule(rule.id).conditions(eval)) {
                let asked = when(&eval.scalars(RuleCondition(&item).field(eval)), |field| field.is(HTTP_HEADER));
                guards.push(Guard::all([guard.clone(), inventory.presence(rule.id), on.clone(), asked]));
            }
        }
    }
    Guard::any(guards)
}

/// Reports a world-wide rule of a load balancer from which CloudFront fetches.
fn past_cloudfront(
    cx: &mut Context<'_, '_>,
    balancer: &LoadBalancer,
    worn: &Case<Known<Text>>,
    rule: &GroupRule,
    fetches: &[Fetch],
    guard: &Guard,
) -> bool {
    let inventory = cx.inventory();
    let mut names: Vec<String> = fetches.iter().map(|it| format!("`{}`", inventory.logical_id(it.distribution))).collect();
    names.dedup();
    let name = inventory.logical_id(balancer.id);
    let message = format!(
        "load balancer `{name}` accepts {} from {}, past CloudFront distribution {}",
        rule.traffic,
        rule.peer.shown(inventory),
        names.join(" and ")
    );
    let origins = fetches.iter().map(|fetch| {
        inventory.evidence(fetch.distribution, fetch.origin.span, format!("fetches from `{name}`"))
    });
    let mut finding = finding(cx, balancer, worn, rule, message)
        .label("anybody may go past the CDN")
        .because(origins.collect::<Vec<_>>())
        .help("accept the prefix list `com.amazonaws.global.cloudfront.origin-facing` instead");
    finding.assumed |= fetches.iter().any(|fetch| fetch.origin.trail.is_assumed());
    cx.report(finding.when(guard))
}

/// Reports a world-wide rule beside the ranges of a CDN.
fn past_ranges(
    cx: &mut Context<'_, '_>,
    balancer: &LoadBalancer,
    worn: &Case<Known<Text>>,
    rule: &GroupRule,
    group: &Text,
    guard: &Guard,
) -> bool {
    let inventory = cx.inventory();
    let beside = cx.facts.security_groups.rules(group, Direction::Ingress).filter(|other| {
        matches!(other.peer, Peer::Cidr(_, Breadth::Narrow | Breadth::Wide)) && other.traffic == rule.traffic
    });
    let beside: Vec<&GroupRule> = beside.collect();
    if beside.len() < RANGES_OF_A_CDN {
        return false;
    }
    let name = inventory.logical_id(balancer.id);
    let message = format!(
        "load balancer `{name}` accepts {} from {}, so that {} other rules for single ranges limit nothing",
        rule.traffic,
        rule.peer.shown(inventory),
        beside.len()
    );
    let together = Guard::all(beside.iter().map(|other| other.guard.clone()));
    let first = beside.first().map(|other| inventory.evidence(other.owner, other.span, "the first of the ranges"));
    let finding = finding(cx, balancer, worn, rule, message)
        .label("anybody may connect")
        .because(first)
        .help("remove the rule, so that only the ranges remain");
    cx.report(finding.when(&guard.and(&together)))
}

fn finding(
    cx: &Context<'_, '_>,
    balancer: &LoadBalancer,
    worn: &Case<Known<Text>>,
    rule: &GroupRule,
    message: String,
) -> Finding {
    let inventory = cx.inventory();
    let used: Label = inventory.evidence(balancer.id, worn.span, "the load balancer uses the group here");
    Finding::new(balancer.id, rule.span, message)
        .because([used])
        .through(inventory, &worn.trail)
        .through(inventory, &rule.trail)
}
