//! Services that open ports are reached through a load balancer or a name.

use crate::aws::ecs::Service;
use crate::diag::{Label, Severity};
use crate::eval::{Cases, Guard, Known, Value};
use crate::facts::load_balancer::LoadBalancer;
use crate::facts::workload::WorkloadKind;
use crate::facts::{TaskDefinition, Workload};
use crate::rule::{Check, Category, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "service-not-load-balanced",
    summary: "services that open ports are reached through a load balancer or a name",
    docs: Docs {
        why: "A service that opens ports and is not registered anywhere can only be reached by the addresses \
              of its tasks, which change with every deployment.",
        decides: "Reports services whose containers map TCP ports, without `LoadBalancers`, Service Connect, \
              Cloud Map or VPC Lattice, when a load balancer of the templates certainly is in the VPC of the \
              tasks. Without one the service is taken for a worker. Services with an external controller, \
              whose task sets bring the load balancer, are not looked at.",
        fix: "Register the service with a target group under `LoadBalancers`, or remove the port mappings if \
              nothing connects to it.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["fb2b0ecf"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        if workload.kind == WorkloadKind::Service
            && workload.bindings.is_empty()
            && workload.unbound.is_empty()
        {
            judge(cx, workload);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, workload: &Workload) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let service = Service(workload.id);
    let unregistered = Guard::all(
        [
            service.service_connect(eval),
            service.service_registries(eval),
            service.lattice(eval),
        ]
        .iter()
        .map(none),
    );
    let external = eval.scalars(service.deployment_controller(eval)).into_iter();
    let external = external.filter(|case| match &case.value {
        Known::Value(kind) => &**kind == "EXTERNAL",
        Known::Unknown(_) => true,
        Known::Absent => false,
    });
    let external = Guard::any(external.map(|case| case.guard));
    let mut opened = Vec::new();
    let mut labels = Vec::new();
    for definition in &cx.facts.task_definitions {
        let starts = definition.started_by(inventory, workload);
        if starts.is_never() {
            continue;
        }
        for (guard, label) in ports(cx, definition) {
            opened.push(starts.and(&guard));
            labels.push(label);
        }
    }
    let mut near = Vec::new();
    for balancer in &cx.facts.load_balancers.all {
        let guard = in_one_vpc(cx, workload, balancer);
        if !guard.is_never() && inventory.possible(&guard) {
            near.push(guard);
            labels.push(inventory.declared(balancer.id, "a load balancer in the same VPC"));
        }
    }
    let place = inventory.project().resource(workload.id).id.span;
    let shown = workload.shown(inventory);
    let message = format!("{shown} opens ports, but no load balancer and no name leads to it");
    let finding = Finding::new(workload.id, place, message)
        .when(&Guard::all([
            workload.guard.clone(),
            unregistered,
            external.negated(),
            Guard::any(opened),
            Guard::any(near),
        ]))
        .label("no `LoadBalancers`")
        .help("register it with a target group under `LoadBalancers`, or remove the port mappings if nothing connects to it")
        .because(labels);
    cx.report(finding);
}

/// When a property is not there, or an empty list.
fn none(cases: &Cases<'_>) -> Guard {
    let none = cases.iter().filter(|case| match &case.value {
        Value::Absent => true,
        Value::List(elements) => elements.is_empty(),
        Value::Text(_) | Value::Object(_) | Value::Unknown(_) => false,
    });
    Guard::any(none.map(|case| case.guard.clone()))
}

/// When containers map ports that a load balancer could reach, with where they do.
fn ports(cx: &Context<'_, '_>, definition: &TaskDefinition<'_>) -> Vec<(Guard, Label)> {
    let mut out = Vec::new();
    for container in &definition.containers {
        let text = format!("{} opens ports", container.shown());
        let tcp = container.ports.iter().map(|port| {
            let udp = port.protocol.iter().filter(|case| match &case.value {
                Known::Value(protocol) => protocol.eq_ignore_ascii_case("udp"),
                Known::Unknown(_) => true,
                Known::Absent => false,
            });
            let udp = Guard::any(udp.map(|case| case.guard.clone()));
            port.guard.and(&udp.negated())
        });
        let guard = container.item.guard.and(&Guard::any(tcp));
        if !guard.is_never() {
            let label = cx.inventory().evidence(definition.id, container.place, text);
            out.push((guard, label));
        }
    }
    out
}

/// When a load balancer and the tasks of a workload are certainly in one VPC.
fn in_one_vpc(cx: &Context<'_, '_>, workload: &Workload, balancer: &LoadBalancer) -> Guard {
    let inventory = cx.inventory();
    let mut guards = Vec::new();
    for interface in &workload.interfaces {
        for own in &interface.subnets {
            for other in &balancer.subnets {
                if let (Known::Value(left), Known::Value(right)) = (&own.value, &other.value) {
                    let same = cx.facts.network.share_vpc(inventory, left, right);
                    guards.push(Guard::all([
                        interface.guard.clone(),
                        own.guard.clone(),
                        other.guard.clone(),
                        same,
                    ]));
                }
            }
        }
    }
    Guard::any(guards).and(&inventory.presence(balancer.id))
}
