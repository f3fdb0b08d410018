//! Services stop and roll back deployments that fail.

use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown};
use crate::facts::workload::Deployment;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "circuit-breaker-disabled",
    summary: "services stop and roll back deployments that fail",
    docs: Docs {
        why: "Without a circuit breaker ECS starts tasks that fail again and again, and the stack update hangs for hours \
              until CloudFormation gives up.",
        decides: "Services with rolling deployments (`DeploymentController` of type `ECS`, which is the default) need \
                  `DeploymentCircuitBreaker` with `Enable` and `Rollback`, or deployment alarms. A circuit breaker \
                  without rollback is only worth knowing. Services that CodeDeploy or another controller deploys, and \
                  blue/green, linear and canary strategies, are not looked at.",
        fix: "Add `DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}`. It changes \
              nothing for deployments that succeed.",
        safety: Safety::Safe,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str =
    "set `DeploymentCircuitBreaker: {Enable: true, Rollback: true}` in `DeploymentConfiguration`";

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(Service::TYPE) {
        check_service(cx, *id);
    }
}

fn check_service(cx: &mut Context<'_, '_>, id: ResourceId) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let service = Service(id);
    let name = inventory.logical_id(id);
    let declared = inventory.project().resource(id).id.span;
    let deployment = Deployment::of(inventory, id);
    let mut open = deployment.open();
    let rolling = deployment.is_rolling();
    let (enabled, no_enabled) = truth(&eval.booleans(service.circuit_breaker_enabled(eval)), &mut open);
    let (rollback_on, no_rollback) = truth(&eval.booleans(service.circuit_breaker_rollback(eval)), &mut open);
    let (alarms, no_alarms) = truth(&eval.booleans(service.deployment_alarms(eval)), &mut open);
    let fine = enabled.and(&rollback_on).or(&alarms);
    let open = open.into_iter().map(|case| case.when(&fine.negated())).collect();
    let place = place_of(&eval.booleans(service.circuit_breaker_enabled(eval))).unwrap_or(declared);
    let off = Finding::new(
        id,
        place,
        format!("service `{name}` does not stop deployments that fail"),
    )
    .when(&Guard::all([rolling.clone(), no_enabled, no_alarms.clone()]))
    .label("no circuit breaker")
    .help(HELP);
    let place = place_of(&eval.booleans(service.circuit_breaker_rollback(eval))).unwrap_or(place);
    let stuck = Finding::new(
        id,
        place,
        format!("service `{name}` stops deployments that fail, but does not roll them back"),
    )
    .when(&Guard::all([rolling.clone(), enabled, no_rollback, no_alarms]))
    .label("no rollback")
    .severity(Severity::Info)
    .help(HELP);
    cx.conclude(
        [off, stuck],
        Question {
            subject: id,
            place: declared,
            message: format!("whether service `{name}` stops deployments that fail"),
            open,
        },
    );
}

/// Where a property is switched off.
fn place_of(cases: &[Case<Known<bool>>]) -> Option<Span> {
    let off = cases.iter().find(|case| case.value == Known::Value(false));
    off.map(|case| case.span)
}

/// When a property is true, and when it is false or absent.
fn truth(cases: &[Case<Known<bool>>], open: &mut Vec<Case<Unknown>>) -> (Guard, Guard) {
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for case in cases {
        match &case.value {
            Known::Value(true) => yes.push(case.guard.clone()),
            Known::Value(false) | Known::Absent => no.push(case.guard.clone()),
            Known::Unknown(reason) => open.push(case.with(reason.clone())),
        }
    }
    (Guard::any(yes), Guard::any(no))
}
