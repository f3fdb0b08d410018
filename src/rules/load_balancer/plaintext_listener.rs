//! Listeners do not forward plain HTTP.

use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::load_balancer::{Action, Listener, LoadBalancer, LoadBalancerKind};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "plaintext-listener",
    summary: "listeners do not forward plain HTTP",
    docs: Docs {
        why: "On a plain HTTP listener passwords, sessions and content travel readable, and anybody on the way can change \
              them.",
        decides: "Reports HTTP listeners of which an action, or an action of one of their rules in any stack, forwards. \
                  Listeners that only redirect or answer by themselves pass. TCP on a network load balancer is not HTTP; \
                  HTTP between a load balancer and its targets is not looked at. A warning when the load balancer is \
                  internal. Undetermined when the protocol or an action is only known at deployment.",
        fix: "Add an HTTPS listener with a certificate, and let the HTTP listener redirect to it: `Type: redirect` with \
              `RedirectConfig: {Protocol: HTTPS, Port: '443', StatusCode: HTTP_301}`.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: Some(7.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_2", "CKV2_AWS_20", "W56", "AVD-AWS-0054", "275a3217", "ELBV2_LISTENER_PROTOCOL_RULE", "ELB.1"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
    options: &[],
    check: Check::Native(check),
};

/// An action that takes effect on a listener.
struct Effect<'f> {
    guard: Guard,
    action: &'f Case<Action>,
    label: Label,
}

fn check(cx: &mut Context<'_, '_>) {
    for listener in &cx.facts.load_balancers.listeners {
        check_listener(cx, listener);
    }
}

fn check_listener(cx: &mut Context<'_, '_>, listener: &Listener) {
    let inventory = cx.inventory();
    let effects = effects(cx, listener);
    let forwards = Guard::any(effects.iter().filter(|it| it.action.value == Action::Forward).map(|it| it.guard.clone()));
    let mut found = false;
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in &listener.protocol {
        let guard = listener.guard.and(&case.guard);
        match &case.value {
            Known::Value(protocol) if protocol.eq_ignore_ascii_case("HTTP") => {
                found |= report(cx, listener, case, &effects, &guard.and(&forwards));
                for effect in &effects {
                    if let Action::Unknown(reason) = &effect.action.value {
                        open.push(effect.action.with(reason.clone()).when(&guard.and(&effect.guard)));
                    }
                }
            }
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&listener.guard.and(&forwards))),
            Known::Value(_) | Known::Absent => {}
        }
    }
    if !found {
        let place = listener
            .protocol
            .first()
            .map_or(inventory.project().resource(listener.id).id.span, |case| case.span);
        let name = inventory.logical_id(listener.id);
        let message = format!("whether listener `{name}` forwards plain HTTP is not decided by the templates");
        cx.ask(Question {
            subject: listener.id,
            place,
            message,
            open,
        });
    }
}

/// The listener's own actions and those of its rules.
fn effects<'f>(cx: &Context<'f, '_>, listener: &'f Listener) -> Vec<Effect<'f>> {
    let inventory = cx.inventory();
    let own = listener.actions.iter().map(|action| Effect {
        guard: action.guard.clone(),
        action,
        label: inventory.evidence(listener.id, action.span, "forwards"),
    });
    let mut out: Vec<Effect<'f>> = own.collect();
    let identity = Known::Value(inventory.own_identity(listener.id));
    for rule in &cx.facts.load_balancers.rules {
        for on in rule.listener.iter().filter(|case| case.value == identity) {
            let present = inventory.presence(rule.id).and(&on.guard);
            out.extend(rule.actions.iter().map(|action| Effect {
                guard: present.and(&action.guard),
                action,
                label: inventory.evidence(
                    rule.id,
                    action.span,
                    format!("rule `{}` forwards", inventory.logical_id(rule.id)),
                ),
            }));
        }
    }
    out
}

fn report(
    cx: &mut Context<'_, '_>,
    listener: &Listener,
    protocol: &Case<Known<crate::source::Str>>,
    effects: &[Effect<'_>],
    guard: &Guard,
) -> bool {
    let inventory = cx.inventory();
    let balancers: Vec<(Guard, &LoadBalancer)> = listener
        .load_balancer
        .iter()
        .filter_map(|case| match &case.value {
            Known::Value(identity) => {
                let balancer = cx.facts.load_balancers.find(inventory, identity)?;
                Some((case.guard.clone(), balancer))
            }
            Known::Absent | Known::Unknown(_) => None,
        })
        .collect();
    let public = Guard::any(balancers.iter().map(|(guard, balancer)| guard.and(&balancer.is_public())));
    let is_public = balancers.is_empty() || inventory.possible_by_default(&guard.and(&public));
    let name = inventory.logical_id(listener.id);
    let port = listener.port.iter().find_map(|case| match &case.value {
        Known::Value(port) if inventory.possible(&guard.and(&case.guard)) => Some(format!(" on port {port}")),
        Known::Value(_) | Known::Absent | Known::Unknown(_) => None,
    });
    let port = port.unwrap_or_default();
    let is_classic = balancers.iter().any(|(_, balancer)| !balancer.is(LoadBalancerKind::Classic).is_never());
    let who = match (is_classic, balancers.first()) {
        (true, _) => format!("classic load balancer `{name}`"),
        (false, Some((_, balancer))) => {
            format!("listener `{name}` of load balancer `{}`", inventory.logical_id(balancer.id))
        }
        (false, None) => format!("listener `{name}`"),
    };
    let place = if is_public { "" } else { " inside the network" };
    let forwarding = effects.iter().filter(|effect| effect.action.value == Action::Forward);
    let mut finding = Finding::new(
        listener.id,
        protocol.span,
        format!("{who} forwards plain HTTP{port}{place}"),
    )
    .label("no TLS")
    .because(forwarding.map(|effect| effect.label.clone()))
    .through(inventory, &protocol.trail)
    .help(if is_classic {
        "use HTTPS with a certificate; to redirect, an application load balancer is needed"
    } else {
        "redirect to an HTTPS listener with a certificate"
    });
    finding = finding.because(
        balancers
            .iter()
            .map(|(_, balancer)| inventory.declared(balancer.id, if is_public { "the load balancer, internet-facing" } else { "the load balancer, internal" })),
    );
    let severity = if is_public { Severity::Error } else { Severity::Warning };
    cx.report(finding.severity(severity).when(guard))
}
