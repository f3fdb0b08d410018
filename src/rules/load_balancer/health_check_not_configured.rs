//! Health checks ask the application how it is.

use crate::aws::elbv2::TargetGroup;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, when, when_any};
use crate::facts::Workload;
use crate::facts::security_group::{Listened, mapped, port};
use crate::facts::workload::Carrier;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// The first of the HTTP codes that say that something went wrong.
const FIRST_ERROR: u16 = 400;

/// See the module.
pub static RULE: Rule = Rule {
    name: "health-check-not-configured",
    summary: "health checks ask the application how it is",
    docs: Docs {
        why: "A health check decides which tasks get requests and which are replaced. One that asks for a page at random, \
              or is content with errors, keeps broken tasks in service, or replaces tasks that work.",
        decides: "Reports target groups of HTTP or HTTPS without `HealthCheckPath`, which are asked for `/`; a \
                  `Matcher` that takes codes from 400 on for healthy; `HealthCheckEnabled: false`, unless the target is a \
                  function; gRPC without `GrpcCode`, where UNIMPLEMENTED is healthy; and a `HealthCheckPort` that no \
                  container of an awsvpc service behind the target group maps. Any path counts as chosen, from a parameter \
                  too. Only target groups that a service uses, or whose ARN leaves the templates. Undetermined when a macro, or a value given at deployment, decides it.",
        fix: "Give the application a path that answers 200 when it can serve, and set `HealthCheckPath` to it.",
        safety: Safety::Advice,
    },
    category: Category::LoadBalancer,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_261"],
    aws_page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
    options: &[],
    check: Check::Native(check),
};

/// What kind of traffic a target group takes.
struct Traffic {
    /// When it is HTTP, gRPC left out.
    http: Guard,
    /// When it is gRPC.
    grpc: Guard,
    /// When and why it may be HTTP.
    open: Vec<Case<Unknown>>,
}

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(TargetGroup::TYPE) {
        check_group(cx, *id);
    }
}

fn check_group(cx: &mut Context<'_, '_>, id: ResourceId) {
    let inventory = cx.inventory();
    let used = used(cx, id);
    if used.is_never() {
        return;
    }
    let traffic = traffic(cx, id);
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut findings = no_path(cx, id, &traffic, &mut open);
    findings.extend(healthy_errors(cx, id, &traffic, &mut open));
    findings.extend(turned_off(cx, id));
    findings.extend(no_grpc_code(cx, id, &traffic));
    for workload in cx.facts.behind(id) {
        findings.extend(foreign_port(cx, id, workload));
    }
    let findings = findings.into_iter().map(|finding| finding.when(&used));
    let open: Vec<Case<Unknown>> = open.into_iter().map(|case| case.when(&used)).collect();
    let declared = inventory.project().resource(id).id.span;
    let name = inventory.logical_id(id);
    cx.conclude(
        findings,
        Question {
            subject: id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("whether the health check of target group `{name}` asks the application how it is"),
            open,
        },
    );
}

/// When a workload is behind the target group, or may be: its ARN leaves the templates. Listeners must name some target
/// group, and many name one that stays empty.
fn used(cx: &Context<'_, '_>, id: ResourceId) -> Guard {
    let inventory = cx.inventory();
    if inventory.escapes(id).is_some() {
        return Guard::True;
    }
    Guard::any(cx.facts.behind(id).map(|workload| bound(cx, id, workload)))
}

/// When a workload is behind the target group.
fn bound(cx: &Context<'_, '_>, id: ResourceId, workload: &Workload) -> Guard {
    let own = Known::Value(cx.inventory().own_identity(id));
    let bound = workload.bindings.iter().flat_map(|binding| {
        let its = binding.target_group.iter().filter(|case| case.value == own);
        its.map(|case| binding.guard.and(&case.guard))
    });
    let bound = Guard::any(bound);
    Guard::all([cx.inventory().presence(workload.id), workload.guard.clone(), bound])
}

fn traffic(cx: &Context<'_, '_>, id: ResourceId) -> Traffic {
    let eval = cx.eval();
    let view = TargetGroup(id);
    let is = |cases: &[Case<Known<Str>>], names: &[&str]| {
        when(cases, |value| matches!(value, Known::Value(text) if names.contains(&&**text)))
    };
    let unknown = |cases: &[Case<Known<Str>>]| {
        let open = cases.iter().filter_map(|case| match &case.value {
            Known::Unknown(reason) => Some(case.with(reason.clone())),
            Known::Value(_) | Known::Absent => None,
        });
        open.collect::<Vec<_>>()
    };
    let (protocols, versions) = (eval.scalars(view.protocol(eval)), eval.scalars(view.protocol_version(eval)));
    let http = is(&protocols, &["HTTP", "HTTPS"]);
    let grpc = is(&versions, &["GRPC"]);
    let open_versions = unknown(&versions);
    let unsure = when_any(&open_versions);
    Traffic {
        http: Guard::all([http.clone(), grpc.negated(), unsure.negated()]),
        grpc: http.and(&grpc),
        open: unknown(&protocols).into_iter().chain(open_versions.into_iter().map(|case| case.when(&http))).collect(),
    }
}

fn no_path(cx: &Context<'_, '_>, id: ResourceId, traffic: &Traffic, open: &mut Vec<Case<Unknown>>) -> Vec<Finding> {
    let eval = cx.eval();
    let mut absent = Vec::new();
    for case in eval.scalars(TargetGroup(id).health_check_path(eval)) {
        match &case.value {
            Known::Absent => absent.push(case.guard),
            // Whatever a macro makes of the target group need not have a path.
            Known::Unknown(reason @ (Unknown::Macro(_) | Unknown::Function(_))) => {
                open.push(case.with(reason.clone()).when(&traffic.http));
            }
            Known::Value(_) | Known::Unknown(_) => {}
        }
    }
    let absent = Guard::any(absent);
    open.extend(traffic.open.iter().map(|case| case.clone().when(&absent)));
    let name = cx.inventory().logical_id(id);
    let message = format!("target group `{name}` has no `HealthCheckPath`, so that its health check asks for `/`");
    let declared = cx.inventory().project().resource(id).id.span;
    let finding = Finding::new(id, declared, message)
        .label("no `HealthCheckPath`")
        .help("set `HealthCheckPath` to a path that answers 200 when the application can serve, even when it is `/`");
    vec![finding.when(&traffic.http.and(&absent))]
}

fn healthy_errors(cx: &Context<'_, '_>, id: ResourceId, traffic: &Traffic, open: &mut Vec<Case<Unknown>>) -> Vec<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let name = inventory.logical_id(id);
    let mut findings = Vec::new();
    for case in eval.scalars(TargetGroup(id).http_codes(eval)) {
        match &case.value {
            Known::Value(text) if accepts_errors(text) => {
                let message = format!("the health check of target group `{name}` takes `{text}` for healthy, errors included");
                let finding = Finding::new(id, case.span, message)
                    .label("codes from 400 on are errors")
                    .help("leave only the codes that the application answers when it can serve, such as `200`")
                    .through(inventory, &case.trail);
                findings.push(finding.when(&case.guard));
            }
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&traffic.http)),
            Known::Value(_) | Known::Absent => {}
        }
    }
    findings
}

/// True when a list of codes and ranges of codes, such as `200-299,301`, holds an error.
fn accepts_errors(codes: &str) -> bool {
    let pieces = codes.split([',', '-']);
    pieces.filter_map(|code| code.trim().parse::<u16>().ok()).any(|code| code >= FIRST_ERROR)
}

fn turned_off(cx: &Context<'_, '_>, id: ResourceId) -> Vec<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let view = TargetGroup(id);
    let kinds = eval.scalars(view.target_type(eval)).into_iter();
    let function = kinds.filter(|case| match &case.value {
        Known::Value(kind) => &**kind == "lambda",
        Known::Unknown(_) => true,
        Known::Absent => false,
    });
    let function = Guard::any(function.map(|case| case.guard));
    let name = inventory.logical_id(id);
    let off = eval.booleans(view.health_check_enabled(eval)).into_iter();
    let off = off.filter(|case| case.value == Known::Value(false));
    let findings = off.map(|case| {
        let message = format!("target group `{name}` turns its health check off");
        Finding::new(id, case.span, message)
            .help("remove `HealthCheckEnabled`: only functions can do without a health check")
            .through(inventory, &case.trail)
            .when(&case.guard.and(&function.negated()))
    });
    findings.collect()
}

fn no_grpc_code(cx: &Context<'_, '_>, id: ResourceId, traffic: &Traffic) -> Vec<Finding> {
    let eval = cx.eval();
    let codes = eval.scalars(TargetGroup(id).grpc_codes(eval)).into_iter();
    let absent = Guard::any(codes.filter(|case| case.value == Known::Absent).map(|case| case.guard));
    let name = cx.inventory().logical_id(id);
    let message =
        format!("target group `{name}` has no `GrpcCode`, so that UNIMPLEMENTED, the code 12, is what is healthy");
    let declared = cx.inventory().project().resource(id).id.span;
    let finding = Finding::new(id, declared, message)
        .label("no `Matcher` with `GrpcCode`")
        .help("set `HealthCheckPath` to the health service of the application, and `Matcher` to `GrpcCode: 0`");
    vec![finding.when(&traffic.grpc.and(&absent))]
}

/// A port that the tasks of a workload behind the target group do not have.
fn foreign_port(cx: &Context<'_, '_>, id: ResourceId, workload: &Workload) -> Vec<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let tasks = workload.interfaces.iter().filter(|it| it.carrier == Carrier::Task);
    let tasks = Guard::any(tasks.map(|it| it.guard.clone()));
    let bound = bound(cx, id, workload).and(&tasks);
    if bound.is_never() {
        return Vec::new();
    }
    let Listened { ports, open } = mapped(inventory, &cx.facts.task_definitions, workload);
    if ports.is_empty() || !open.is_empty() {
        return Vec::new();
    }
    let mapped = Listened { ports, open };
    let (name, who) = (inventory.logical_id(id), workload.shown(inventory));
    let checked = eval.scalars(TargetGroup(id).health_check_port(eval)).into_iter();
    let findings = checked.filter_map(|case| {
        let Known::Value(text) = &case.value else { return None };
        let number = port(text)?;
        let message = format!("the health check of target group `{name}` asks port {number}, which no container of {who} maps");
        let maps = mapped.ports.iter().map(|port| {
            inventory.evidence(port.value.owner, port.span, format!("port {} is mapped", port.value.range))
        });
        let finding = Finding::new(id, case.span, message)
            .because(maps.collect::<Vec<_>>())
            .through(inventory, &case.trail)
            .help("use a port that a container maps, or `traffic-port`");
        Some(finding.when(&Guard::all([case.guard.clone(), bound.clone(), mapped.contains(number).negated()])))
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbers_and_ranges_of_numbers() {
        assert!(!accepts_errors("200"));
        assert!(!accepts_errors("200-299, 301"));
        assert!(accepts_errors("200-499"));
        assert!(accepts_errors("200,404"));
        assert!(!accepts_errors("any"));
    }
}
