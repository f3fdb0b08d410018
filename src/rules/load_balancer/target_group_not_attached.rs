//! Some load balancer forwards to the target group of a service.

use crate::aws::elbv2::TargetGroup;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown, when_any};
use crate::facts::Workload;
use crate::facts::workload::Binding;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "target-group-not-attached",
    summary: "some load balancer forwards to the target group of a service",
    docs: Docs {
        why: "ECS refuses to create a service whose target group no load balancer uses: \"the target group does not \
              have an associated load balancer\".",
        decides: "No listener and no rule in any of the templates forwards to the target group that a service names. \
                  Undetermined when the target group's ARN leaves the templates, so that a listener elsewhere may use \
                  it, or when a macro hides to what a listener forwards. Second target groups of blue/green \
                  deployments are not looked at.",
        fix: "Add a listener, or a rule of one, that forwards to the target group, and let the service depend on it.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for binding in &workload.bindings {
            for case in &binding.target_group {
                check_group(cx, workload, binding, case);
            }
        }
    }
}

fn check_group(cx: &mut Context<'_, '_>, workload: &Workload, binding: &Binding, case: &Case<Known<Text>>) {
    let inventory = cx.inventory();
    let shown = workload.shown(inventory);
    let (name, open, findings) = match &case.value {
        Known::Absent => return,
        Known::Unknown(reason) => (None, vec![case.with(reason.clone())], Vec::new()),
        Known::Value(identity) => match inventory.resource_of(identity, TargetGroup::TYPE) {
            None => (
                Some(inventory.shown(identity)),
                vec![case.with(inventory.unknown_identity(identity))],
                Vec::new(),
            ),
            Some(id) => {
                let attached = attached(cx, identity);
                let here = Guard::all([binding.guard.clone(), inventory.presence(id), attached.negated()]);
                let open = open(cx, id, case);
                let open: Vec<_> = open.into_iter().map(|case| case.when(&here)).collect();
                let unknown = when_any(&open);
                let name = inventory.logical_id(id);
                let message = format!("no listener forwards to target group `{name}`, which {shown} uses");
                let declared = inventory.project().resource(id).id.span;
                let finding = Finding::new(workload.id, declared, message)
                    .when(&Guard::all([case.guard.clone(), here, unknown.negated()]))
                    .label("no load balancer uses it")
                    .help("add a listener or a listener rule that forwards to it")
                    .because([inventory.evidence(workload.id, case.span, "used by the service here")])
                    .through(inventory, &case.trail);
                (Some(name.clone()), open, vec![finding])
            }
        },
    };
    let which = name.map_or_else(
        || "the target group".to_owned(),
        |name| format!("target group `{name}`"),
    );
    cx.conclude(
        findings,
        Question {
            subject: workload.id,
            place: case.span,
            message: format!("whether a load balancer forwards to {which} of {shown}"),
            open,
        },
    );
}

/// When something forwards to the target group.
fn attached(cx: &Context<'_, '_>, target_group: &Text) -> Guard {
    let its = cx.facts.load_balancers.forwards_to(target_group);
    Guard::any(its.map(|forward| forward.guard.clone()))
}

/// When and why something else may forward to the target group.
fn open(cx: &Context<'_, '_>, id: ResourceId, case: &Case<Known<Text>>) -> Vec<Case<Unknown>> {
    let inventory = cx.inventory();
    let mut out = Vec::new();
    out.extend(
        inventory
            .escapes(id)
            .map(|name| case.with(Unknown::OpenWorld(name))),
    );
    let template = inventory.project().template(id.stack);
    out.extend(
        template
            .open_because()
            .map(|name| case.with(Unknown::Macro(name))),
    );
    let hidden = cx.facts.load_balancers.hidden_forwards.iter();
    let near = hidden.filter(|(via, _)| via.stack == id.stack);
    out.extend(near.map(|(_, hidden)| hidden.clone()));
    out
}
