//! A web ACL protects load balancers on the internet.

use crate::aws::cloudfront::Distribution;
use crate::aws::waf::{ClassicWebAclAssociation, FirewallPolicy, WebAclAssociation};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, Value, when, when_any};
use crate::facts::load_balancer::{LoadBalancer, LoadBalancerKind, fetches};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "waf-not-associated",
    summary: "a web ACL protects load balancers on the internet",
    docs: Docs {
        why: "A web ACL turns known attacks, bad callers and floods of requests away before they reach the tasks.",
        decides: "Reports application load balancers for the internet that no `AWS::WAFv2::WebACLAssociation`, nor one of \
                  AWS WAF Classic, of any of the templates names. One passes when a CloudFront distribution with a web \
                  ACL fetches from it, and all of them where a policy of Firewall Manager is. Undetermined when the ARN \
                  leaves the templates, or an association names a resource that is not known.",
        fix: "Add an `AWS::WAFv2::WebACLAssociation` with the ARN of the load balancer and of a web ACL.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Info,
    security_severity: Some(4.5),
    profile: Profile::Strict,
    since: "0.1.0",
    references: &["105ba098", "CKV2_AWS_28", "ELB.16"],
    aws_page: "https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    if !cx.inventory().of_type(FirewallPolicy::TYPE).is_empty() {
        return;
    }
    for balancer in &cx.facts.load_balancers.all {
        check_balancer(cx, balancer);
    }
}

fn check_balancer(cx: &mut Context<'_, '_>, balancer: &LoadBalancer) {
    let inventory = cx.inventory();
    let exposed = balancer.is(LoadBalancerKind::Application).and(&balancer.is_public());
    if exposed.is_never() {
        return;
    }
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let associated = associated(cx, balancer, &mut open).or(&behind_protected_cdn(cx, balancer));
    let declared = inventory.project().resource(balancer.id).id.span;
    let escape = inventory.escapes(balancer.id);
    open.extend(escape.map(|name| Case::new(Unknown::OpenWorld(name), declared)));
    let bare = exposed.and(&associated.negated());
    let open: Vec<Case<Unknown>> = open.into_iter().map(|case| case.when(&bare)).collect();
    let unknown = when_any(&open);
    let name = inventory.logical_id(balancer.id);
    let message = format!("load balancer `{name}` is on the internet, and no web ACL protects it");
    let finding = Finding::new(balancer.id, declared, message)
        .label("no web ACL is associated with it")
        .help("add an `AWS::WAFv2::WebACLAssociation`")
        .when(&bare.and(&unknown.negated()));
    cx.conclude(
        [finding],
        Question {
            subject: balancer.id,
            place: declared,
            message: format!("whether a web ACL protects load balancer `{name}`, which is on the internet"),
            open,
        },
    );
}

/// When a web ACL is associated with a load balancer, and when and why that is not known.
fn associated(cx: &Context<'_, '_>, balancer: &LoadBalancer, open: &mut Vec<Case<Unknown>>) -> Guard {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let own = inventory.own_identity(balancer.id);
    let current = inventory.of_type(WebAclAssociation::TYPE).iter();
    let current = current.map(|id| (*id, WebAclAssociation(*id).resource(eval)));
    let classic = inventory.of_type(ClassicWebAclAssociation::TYPE).iter();
    let classic = classic.map(|id| (*id, ClassicWebAclAssociation(*id).resource(eval)));
    let mut guards = Vec::new();
    for (id, resources) in current.chain(classic) {
        let present = inventory.presence(id);
        for case in inventory.identities(resources) {
            match &case.value {
                Known::Value(identity) if *identity == own => guards.push(present.and(&case.guard)),
                Known::Value(identity) => {
                    let unknown = identity.unknown().map(|reason| case.with(reason).when(&present));
                    open.extend(unknown);
                }
                Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&present)),
                Known::Absent => {}
            }
        }
    }
    Guard::any(guards)
}

/// When a distribution with a web ACL of its own fetches from a load balancer.
fn behind_protected_cdn(cx: &Context<'_, '_>, balancer: &LoadBalancer) -> Guard {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let guards = fetches(inventory, balancer).into_iter().map(|fetch| {
        let acls = Distribution(fetch.distribution).web_acl(eval);
        fetch.origin.guard.and(&when(&acls, |acl| !matches!(acl, Value::Absent)))
    });
    Guard::any(guards)
}
