//! Load balancers write access logs.

use crate::aws::elbv2::{ACCESS_LOGS, ClassicLoadBalancer};
use crate::aws::logs::DeliverySource;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::load_balancer::{LoadBalancer, LoadBalancerKind, attribute};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "access-logs-disabled",
    summary: "load balancers write access logs",
    docs: Docs {
        why: "Access logs are the only record of who asked a load balancer for what. After an incident, or while errors \
              rise, nothing else tells the callers apart.",
        decides: "Reads the attribute `access_logs.s3.enabled` of application load balancers, of network load balancers \
                  with a TLS listener (others write none), and `AccessLoggingPolicy` of classic ones. Delivery by \
                  CloudWatch Logs (`AWS::Logs::DeliverySource`) counts. Undetermined when the attributes are only known \
                  at deployment.",
        fix: "Add `{Key: access_logs.s3.enabled, Value: 'true'}` and `access_logs.s3.bucket` to \
              `LoadBalancerAttributes`; the policy of the bucket must let the load balancer write.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Warning,
    security_severity: Some(4.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_91", "CKV_AWS_92", "W26", "W52", "AwsSolutions-ELB2", "c62e8b7d", "ee12ad32", "ELBV2_ACCESS_LOGGING_RULE", "ELB_LOGGING_ENABLED", "ELB.5"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for balancer in &cx.facts.load_balancers.all {
        check_balancer(cx, balancer);
    }
}

fn check_balancer(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let is_classic = inventory.type_name(balancer.id) == ClassicLoadBalancer::TYPE;
    let cases = match is_classic {
        true => eval.scalars(ClassicLoadBalancer(balancer.id).access_logs(eval)),
        false => attribute(inventory, balancer.id, ACCESS_LOGS),
    };
    let writes = writes(cx, balancer).and(&delivered(cx, balancer).negated());
    let name = inventory.logical_id(balancer.id);
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut findings = Vec::new();
    for case in &cases {
        let (text, label) = match &case.value {
            Known::Value(text) if text.eq_ignore_ascii_case("true") => continue,
            Known::Value(_) => ("does not write access logs", "turned off"),
            Known::Absent => ("writes no access logs", "access logs are not turned on"),
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&writes));
                continue;
            }
        };
        let help = match is_classic {
            true => "set `AccessLoggingPolicy` with `Enabled: true` and a bucket",
            false => "set the attribute `access_logs.s3.enabled` to `true`, and `access_logs.s3.bucket`",
        };
        let finding = Finding::new(balancer.id, case.span, format!("load balancer `{name}` {text}"))
            .label(label)
            .through(inventory, &case.trail)
            .help(help);
        findings.push(finding.when(&case.guard.and(&writes)));
    }
    let place = open.first().map_or(balancer.groups_span, |case| case.span);
    cx.conclude(
        findings,
        Question {
            subject: balancer.id,
            place,
            message: format!("whether load balancer `{name}` writes access logs"),
            open,
        },
    );
}

/// When a load balancer would write logs if they were turned on.
fn writes(cx: &Context<'_, '_>, balancer: &LoadBalancer) -> Guard {
    let is_tls = |protocol: &Known<Str>| matches!(protocol, Known::Value(text) if text.eq_ignore_ascii_case("TLS"));
    let listeners = cx.facts.load_balancers.listeners_of(cx.inventory(), balancer.id).into_iter();
    let tls = listeners.flat_map(|(guard, listener)| {
        let protocols = listener.protocol.iter().filter(|case| is_tls(&case.value));
        protocols.map(move |case| guard.and(&case.guard)).collect::<Vec<_>>()
    });
    let network = balancer.is(LoadBalancerKind::Network).and(&Guard::any(tls));
    Guard::any([
        balancer.is(LoadBalancerKind::Application),
        balancer.is(LoadBalancerKind::Classic),
        network,
    ])
}

/// When CloudWatch Logs delivers its logs, or may do.
fn delivered(cx: &Context<'_, '_>, balancer: &LoadBalancer) -> Guard {
    let inventory = cx.inventory();
    let own = Known::Value(inventory.own_identity(balancer.id));
    let sources = inventory.of_type(DeliverySource::TYPE).iter().flat_map(|id| {
        let resources = inventory.identities(DeliverySource(*id).resource(cx.eval()));
        let its = resources.into_iter().filter(|case| case.value == own || matches!(case.value, Known::Unknown(_)));
        its.map(|case| inventory.presence(*id).and(&case.guard)).collect::<Vec<_>>()
    });
    Guard::any(sources)
}
