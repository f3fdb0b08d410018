//! The ports on which the tasks of a workload have reason to be called.

use super::PortRange;
use crate::aws::elbv2::TargetGroup;
use crate::eval::{Case, Guard, Known, Unknown, when};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::facts::workload::Workload;
use crate::facts::{Inventory, definition};
use crate::project::ResourceId;
use crate::source::Str;

/// A port, or several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenedPort {
    /// The port.
    pub range: PortRange,
    /// The task definition, the workload or the target group that names it.
    pub owner: ResourceId,
}

/// The ports of a workload's tasks.
#[derive(Clone, Debug, Default)]
pub struct Listened {
    /// Those that its containers map, and those that load balancers send to and check.
    pub ports: Vec<Case<ListenedPort>>,
    /// When and why there may be others.
    pub open: Vec<Case<Unknown>>,
}

impl Listened {
    /// When a port is among them.
    pub fn contains(&self, port: u16) -> Guard {
        when(&self.ports, |value| value.range.contains(port))
    }

    /// In words, when all of them are known: "port 80", "ports 80, 443 and 8080-8090"; `None` when there are none.
    pub fn shown(&self) -> Option<String> {
        let mut ranges: Vec<PortRange> = self.ports.iter().map(|case| case.value.range).collect();
        ranges.sort_unstable();
        ranges.dedup();
        let words: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        match (words.as_slice(), self.open.is_empty()) {
            ([], _) | (_, false) => None,
            ([only], true) => Some(format!("port {only}")),
            ([rest @ .., last], true) => Some(format!("ports {} and {last}", rest.join(", "))),
        }
    }
}

/// The ports that the containers of a workload's tasks map.
pub fn mapped(
    inventory: &Inventory<'_>,
    definitions: &[TaskDefinition<'_>],
    workload: &Workload,
) -> Listened {
    let mut out = Listened::default();
    for case in &workload.task_definitions {
        let identity = match &case.value {
            Known::Value(identity) => identity,
            Known::Unknown(reason) => {
                out.open.push(case.with(reason.clone()));
                continue;
            }
            Known::Absent => continue,
        };
        let Some(definition) = definition(definitions, identity) else {
            out.open.push(case.with(inventory.unknown_identity(identity)));
            continue;
        };
        let open = definition.open.iter().cloned();
        out.open.extend(open.map(|open| open.when(&case.guard)));
        for container in &definition.containers {
            of_container(
                container,
                definition.id,
                &case.guard.and(&container.item.guard),
                &mut out,
            );
        }
    }
    out
}

/// The ports of a workload's tasks: those that its containers map, and those of its target groups and health checks. The
/// port that a service gives its load balancer is not one where its containers are known to map others only.
pub fn listened(
    inventory: &Inventory<'_>,
    definitions: &[TaskDefinition<'_>],
    workload: &Workload,
) -> Listened {
    let mut out = mapped(inventory, definitions, workload);
    let is_settled = out.open.is_empty() && !out.ports.is_empty();
    for binding in &workload.bindings {
        for port in binding.container_port.iter().filter(|_| !is_settled) {
            add(port, workload.id, &binding.guard, &mut out);
        }
        for case in &binding.target_group {
            if let Known::Value(identity) = &case.value
                && let Some(id) = inventory.resource_of(identity, TargetGroup::TYPE)
            {
                let guard = binding.guard.and(&case.guard);
                let eval = &inventory.eval;
                let ports = eval.scalars(TargetGroup(id).health_check_port(eval));
                ports.iter().for_each(|port| add(port, id, &guard, &mut out));
            }
        }
    }
    out
}

fn of_container(container: &Container<'_>, definition: ResourceId, guard: &Guard, out: &mut Listened) {
    let open = container.open_ports.iter().cloned();
    out.open.extend(open.map(|open| open.when(guard)));
    for port in &container.ports {
        let guard = guard.and(&port.guard);
        port.number
            .iter()
            .chain(&port.range)
            .for_each(|case| add(case, definition, &guard, out));
    }
}

/// Adds a port. A text that is none, such as `traffic-port`, names one of the others.
fn add(case: &Case<Known<Str>>, owner: ResourceId, guard: &Guard, out: &mut Listened) {
    match &case.value {
        Known::Value(text) => {
            let range = PortRange::parse(text);
            out.ports
                .extend(range.map(|range| case.with(ListenedPort { range, owner }).when(guard)));
        }
        Known::Unknown(reason) => out.open.push(case.with(reason.clone()).when(guard)),
        Known::Absent => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::StackId;
    use crate::source::{FileId, Span};

    fn place() -> Span {
        Span::new(FileId(0), 0, 1)
    }

    fn ports(texts: &[&str]) -> Listened {
        let owner = ResourceId {
            stack: StackId(0),
            index: 0,
        };
        let mut out = Listened::default();
        for text in texts {
            let case = Case::new(Known::Value(Str::from(*text)), place());
            add(&case, owner, &Guard::True, &mut out);
        }
        out
    }

    #[test]
    fn ports_are_shown_once_and_in_order() {
        assert_eq!(ports(&[]).shown(), None);
        assert_eq!(
            ports(&["8080", "traffic-port", "8080"]).shown().as_deref(),
            Some("port 8080")
        );
        let several = ports(&["9090", "7000-7009", "80"]).shown();
        assert_eq!(several.as_deref(), Some("ports 80, 7000-7009 and 9090"));
    }

    #[test]
    fn no_ports_are_shown_while_some_are_not_known() {
        let mut listened = ports(&["8080"]);
        listened
            .open
            .push(Case::new(Unknown::Import("port".into()), place()));
        assert_eq!(listened.shown(), None);
    }
}
