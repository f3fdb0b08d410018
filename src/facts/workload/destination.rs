//! What a workload names inside its tasks: the containers and ports of load balancers, registries and named services.

use super::{Workload, WorkloadKind};
use crate::aws::ecs::{NamedPort, Service, ServiceRegistry};
use crate::eval::{Case, Guard, Known, Text};
use crate::facts::Inventory;
use crate::facts::comparison::{self, Matches};
use crate::facts::task_definition::Container;
use crate::source::{Span, Str};

/// A container and a port that a workload names in its task definition.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The feature that names it.
    pub what: &'static str,
    /// When it does.
    pub guard: Guard,
    /// The container, by name; absent where any container will do.
    pub container: Vec<Case<Known<Text>>>,
    /// Where it is named.
    pub place: Span,
    port: Port,
}

/// How the port is named.
#[derive(Clone, Debug)]
enum Port {
    Number(Vec<Case<Known<Str>>>),
    Named(Vec<Case<Known<Text>>>),
}

/// A port that is named, compared with the ports of containers.
#[derive(Clone, Debug)]
pub struct WantedPort {
    /// When and where it is named.
    pub case: Case<()>,
    /// "port 80", for messages.
    pub shown: String,
    /// When a container maps it, and when and why that is not known.
    pub matches: Matches,
}

/// What a workload names in its task definitions.
pub fn destinations(inventory: &Inventory<'_>, workload: &Workload) -> Vec<Destination> {
    let eval = &inventory.eval;
    let bindings = workload.bindings.iter().map(|binding| Destination {
        what: "load balancer",
        guard: binding.guard.clone(),
        container: binding.container_name.clone(),
        port: Port::Number(binding.container_port.clone()),
        place: binding.span,
    });
    let mut out: Vec<Destination> = bindings.collect();
    if workload.kind != WorkloadKind::Service {
        return out;
    }
    let service = Service(workload.id);
    for item in eval.elements(service.service_registries(eval)) {
        let view = ServiceRegistry(&item);
        out.push(Destination {
            what: "service registry",
            guard: item.guard.clone(),
            container: inventory.identities(view.container_name(eval)),
            port: Port::Number(eval.scalars(view.container_port(eval))),
            place: item.span,
        });
    }
    let connected = eval.elements(service.connected_services(eval)).into_iter();
    let lattice = eval.elements(service.lattice(eval)).into_iter();
    let named = connected
        .map(|item| ("Service Connect", item))
        .chain(lattice.map(|item| ("VPC Lattice", item)));
    out.extend(named.map(|(what, item)| Destination {
        what,
        guard: item.guard.clone(),
        container: vec![Case::new(Known::Absent, item.span)],
        port: Port::Named(inventory.identities(NamedPort(&item).port_name(eval))),
        place: item.span,
    }));
    out
}

impl Destination {
    /// The ports that it names, compared with those of containers that it may mean, each with when it does.
    pub fn ports(
        &self,
        inventory: &Inventory<'_>,
        here: &Guard,
        taken: &[(Guard, &Container<'_>)],
    ) -> Vec<WantedPort> {
        let mut wanted = Vec::new();
        match &self.port {
            Port::Number(cases) => {
                for case in cases.iter().filter(|case| case.value != Known::Absent) {
                    let shown = match &case.value {
                        Known::Value(number) => format!("port {number}"),
                        Known::Absent | Known::Unknown(_) => "a port".to_owned(),
                    };
                    let matches = numbers(case, here, taken);
                    wanted.push(WantedPort {
                        case: case.with(()),
                        shown,
                        matches,
                    });
                }
            }
            Port::Named(cases) => {
                for case in cases.iter().filter(|case| case.value != Known::Absent) {
                    let shown = match &case.value {
                        Known::Value(name) => format!("a port named `{}`", inventory.eval.render(name)),
                        Known::Absent | Known::Unknown(_) => "a port".to_owned(),
                    };
                    let matches = names(case, here, taken);
                    wanted.push(WantedPort {
                        case: case.with(()),
                        shown,
                        matches,
                    });
                }
            }
        }
        wanted
    }
}

fn numbers(wanted: &Case<Known<Str>>, here: &Guard, taken: &[(Guard, &Container<'_>)]) -> Matches {
    let mut matches = Matches::default();
    for (guard, container) in taken {
        let guard = Guard::all([here.clone(), guard.clone(), wanted.guard.clone()]);
        for port in &container.ports {
            let guard = guard.and(&port.guard);
            for number in &port.number {
                let comparison = comparison::scalars(&wanted.value, &number.value);
                matches.add(comparison, guard.and(&number.guard), number);
            }
            let ranges = port.range.iter().filter(|case| case.value != Known::Absent);
            matches.same.extend(ranges.map(|case| guard.and(&case.guard)));
        }
        let more = container.open_ports.iter().map(|case| case.clone().when(&guard));
        matches.open.extend(more);
    }
    matches
}

fn names(wanted: &Case<Known<Text>>, here: &Guard, taken: &[(Guard, &Container<'_>)]) -> Matches {
    let mut matches = Matches::default();
    for (guard, container) in taken {
        let guard = Guard::all([here.clone(), guard.clone(), wanted.guard.clone()]);
        for port in &container.ports {
            for name in &port.name {
                let comparison = comparison::texts(&wanted.value, &name.value);
                matches.add(
                    comparison,
                    Guard::all([guard.clone(), port.guard.clone(), name.guard.clone()]),
                    name,
                );
            }
        }
        let more = container.open_ports.iter().map(|case| case.clone().when(&guard));
        matches.open.extend(more);
    }
    matches
}
