//! Application load balancers turn ambiguous requests away.

use crate::aws::elbv2::{DESYNC_MITIGATION, DROP_INVALID_HEADERS};
use crate::diag::Severity;
use crate::eval::{Case, Known, Unknown};
use crate::facts::load_balancer::{LoadBalancer, LoadBalancerKind, attribute};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "unsafe-http-handling",
    summary: "application load balancers turn ambiguous requests away",
    docs: Docs {
        why: "Requests that the load balancer and the application read differently are how requests are smuggled past \
              authentication and into the sessions of others.",
        decides: "Reports application load balancers without \
                  `routing.http.drop_invalid_header_fields.enabled`, which is false where it is not set, and those whose \
                  `routing.http.desync_mitigation_mode` is `monitor`; `defensive`, which it is where it is not set, \
                  passes. Values are texts, and true and `'true'` are the same. Undetermined when the attributes are only \
                  known at deployment.",
        fix: "Add `{Key: routing.http.drop_invalid_header_fields.enabled, Value: 'true'}` to `LoadBalancerAttributes`, and \
              remove `monitor`.",
        safety: Safety::Safe,
    },
    category: Category::LoadBalancer,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_131", "CKV_AWS_328", "AVD-AWS-0052", "ALB_HTTP_DROP_INVALID_HEADER_ENABLED", "ELB.4", "ELB.12"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for balancer in &cx.facts.load_balancers.all {
        if !balancer.is(LoadBalancerKind::Application).is_never() {
            check_headers(cx, balancer);
            check_mode(cx, balancer);
        }
    }
}

fn check_headers(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let name = cx.inventory().logical_id(balancer.id);
    let message = format!("load balancer `{name}` passes header fields with invalid names on");
    let question = format!("whether load balancer `{name}` drops header fields with invalid names");
    let help = "set the attribute `routing.http.drop_invalid_header_fields.enabled` to `true`";
    let is_bad = |value: Option<&Str>| !value.is_some_and(|text| text.eq_ignore_ascii_case("true"));
    judge(cx, balancer, DROP_INVALID_HEADERS, is_bad, (message, question, help));
}

fn check_mode(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let name = cx.inventory().logical_id(balancer.id);
    let message = format!("load balancer `{name}` only monitors requests that may be smuggled");
    let question = format!("whether load balancer `{name}` only monitors requests that may be smuggled");
    let help = "set `routing.http.desync_mitigation_mode` to `defensive`, or remove it";
    let is_bad = |value: Option<&Str>| value.is_some_and(|text| text.eq_ignore_ascii_case("monitor"));
    judge(cx, balancer, DESYNC_MITIGATION, is_bad, (message, question, help));
}

fn judge(
    cx: &mut Context<'_, '_>,
    balancer: &LoadBalancer,
    key: &str,
    is_bad: impl Fn(Option<&Str>) -> bool,
    (message, question, help): (String, String, &str),
) {
    let inventory = cx.inventory();
    let application = balancer.is(LoadBalancerKind::Application);
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut findings = Vec::new();
    for case in attribute(inventory, balancer.id, key) {
        let value = match &case.value {
            Known::Value(text) => Some(text),
            Known::Absent => None,
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&application));
                continue;
            }
        };
        if is_bad(value) {
            let label = if value.is_some() { String::new() } else { format!("`{key}` is not set") };
            let finding = Finding::new(balancer.id, case.span, message.clone())
                .label(label)
                .atom(key)
                .through(inventory, &case.trail)
                .help(help);
            findings.push(finding.when(&case.guard.and(&application)));
        }
    }
    let place = open.first().map_or(balancer.groups_span, |case| case.span);
    cx.conclude(
        findings,
        Question {
            subject: balancer.id,
            place,
            message: question,
            open,
        },
    );
}
