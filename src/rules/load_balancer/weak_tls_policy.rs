//! Listeners accept TLS 1.2 and newer only.

use crate::aws::elbv2::Listener as View;
use crate::aws::tls_policies::{DEFAULT_POLICY, TlsVersion, oldest};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::load_balancer::Listener;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "weak-tls-policy",
    summary: "listeners accept TLS 1.2 and newer only",
    docs: Docs {
        why: "TLS 1.0 and 1.1 are deprecated (RFC 8996), and standards such as PCI DSS forbid them. A listener without \
              `SslPolicy` accepts both: the policy that CloudFormation gives it is of 2016.",
        decides: "Looks up the `SslPolicy` of HTTPS and TLS listeners in a table of AWS's policies, and reports those that \
                  accept a version before 1.2, and listeners that name none. Listeners of classic load balancers are not \
                  looked at. Undetermined when the policy is only known at deployment, or is not in the table.",
        fix: "Set `SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06`, which accepts TLS 1.2 and 1.3.",
        safety: Safety::Safe,
    },
    category: Category::LoadBalancer,
    severity: Severity::Warning,
    security_severity: Some(6.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_103", "W55", "AVD-AWS-0047", "ELBV2_LISTENER_SSL_POLICY_RULE", "ELB.17"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str = "set `SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06`";

fn check(cx: &mut Context<'_, '_>) {
    for listener in &cx.facts.load_balancers.listeners {
        if cx.inventory().type_name(listener.id) == View::TYPE {
            check_listener(cx, listener);
        }
    }
}

fn check_listener(cx: &mut Context<'_, '_>, listener: &Listener) {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let encrypted = listener.protocol.iter().filter(|case| {
        matches!(&case.value, Known::Value(text) if text.eq_ignore_ascii_case("HTTPS") || text.eq_ignore_ascii_case("TLS"))
    });
    let encrypted = Guard::any(encrypted.map(|case| case.guard.clone())).and(&listener.guard);
    if encrypted.is_never() {
        return;
    }
    let name = inventory.logical_id(listener.id);
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut findings = Vec::new();
    let cases = eval.scalars(View(listener.id).ssl_policy(eval));
    for case in &cases {
        let (policy, label) = match &case.value {
            Known::Value(policy) => (&**policy, ""),
            Known::Absent => (DEFAULT_POLICY, "no `SslPolicy`"),
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&encrypted));
                continue;
            }
        };
        let version = match oldest(policy) {
            Some(version) if version < TlsVersion::Tls12 => version,
            Some(_) => continue,
            None => {
                let reason = Unknown::unlisted("security policy", policy);
                open.push(case.with(reason).when(&encrypted));
                continue;
            }
        };
        let message = match case.value {
            Known::Absent => format!("listener `{name}` accepts {version}, because its policy is by default `{policy}`"),
            _ => format!("listener `{name}` accepts {version} with the policy `{policy}`"),
        };
        let finding = Finding::new(listener.id, case.span, message)
            .label(label)
            .through(inventory, &case.trail)
            .help(HELP);
        findings.push(finding.when(&case.guard.and(&encrypted)));
    }
    let declared = inventory.project().resource(listener.id).id.span;
    cx.conclude(
        findings,
        Question {
            subject: listener.id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("whether listener `{name}` accepts TLS 1.2 and newer only"),
            open,
        },
    );
}
