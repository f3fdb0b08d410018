//! Ports of containers that share the network of their task or host.

use rustc_hash::FxHashMap;

use super::Search;
use crate::eval::{Case, Guard, Known, when};
use crate::facts::resource_limit::go_together;
use crate::facts::task_definition::Port;
use crate::source::Str;

/// A port of a container as a number, and when it is that one.
struct Numbered<'p> {
    owner: String,
    port: &'p Port,
    guard: Guard,
}

impl Search<'_, '_, '_> {
    /// Looks at the ports of containers.
    pub(super) fn ports(&mut self) {
        let own = self.mode(&["awsvpc"]);
        let shared = self.mode(&["awsvpc", "host"]);
        if shared.is_never() {
            return;
        }
        let mut all: FxHashMap<(u16, Str), Vec<Numbered<'_>>> = FxHashMap::default();
        for container in &self.definition.containers {
            let owner = self.shown(container);
            for port in &container.ports {
                let there = container.item.guard.and(&port.guard);
                self.host_port(&owner, port, &there.and(&shared));
                for case in numbers(port, &there) {
                    let same = all.entry(case.value.clone()).or_default();
                    self.repeated_port(same, &owner, &case, &own);
                    same.push(Numbered {
                        owner: owner.clone(),
                        port,
                        guard: case.guard,
                    });
                }
            }
        }
    }

    /// When the network mode is one of these.
    fn mode(&self, wanted: &[&str]) -> Guard {
        when(&self.definition.network_mode, |mode| matches!(mode, Known::Value(mode) if wanted.contains(&&**mode)))
    }

    /// Reports a port on the host that is another than that of the container.
    fn host_port(&mut self, owner: &str, port: &Port, there: &Guard) {
        for host in &port.host {
            for own in &port.number {
                let (Some(at), Some(inside)) = (number(&host.value), number(&own.value)) else {
                    continue;
                };
                let guard = host.guard.and(&own.guard);
                if at == inside || at == 0 || !go_together(self.cx.inventory(), &guard) {
                    continue;
                }
                let message = format!(
                    "{owner} maps port {inside} to port {at} of its host, and without a bridge both are the same"
                );
                let case = host.with(()).when(&guard).when(there);
                self.report(&case, message, "leave `HostPort` out, or set it to `ContainerPort`");
            }
        }
    }

    /// Reports a port that is one of those before.
    fn repeated_port(&mut self, before: &[Numbered<'_>], owner: &str, case: &Case<(u16, Str)>, own: &Guard) {
        let inventory = self.cx.inventory();
        let together = |before: &Numbered<'_>| Guard::all([before.guard.clone(), case.guard.clone(), own.clone()]);
        let first = before.iter().find(|before| {
            let guard = together(before);
            inventory.possible(&guard) && go_together(inventory, &guard)
        });
        let Some(first) = first else {
            return;
        };
        let (number, protocol) = &case.value;
        let message = match first.owner == owner {
            true => format!("{owner} has port {number}/{protocol} twice"),
            false => format!("{owner} has port {number}/{protocol}, as has {}", first.owner),
        };
        let label = inventory.evidence(self.definition.id, first.port.span, "the same port");
        let help = "containers of one task share its ports: give each container its own";
        let finding = self.finding(&case.clone().when(&together(first)), message, help);
        self.findings.push(finding.because([label]));
    }
}

/// The numbers of a port with its protocol, in lower case.
fn numbers(port: &Port, there: &Guard) -> Vec<Case<(u16, Str)>> {
    let mut out = Vec::new();
    for case in &port.number {
        for protocol in &port.protocol {
            let word: Str = match &protocol.value {
                Known::Absent => "tcp".into(),
                Known::Value(word) => word.to_ascii_lowercase().into(),
                Known::Unknown(_) => continue,
            };
            if let Some(number) = number(&case.value) {
                let guard = protocol.guard.and(there);
                out.push(case.with((number, word)).when(&guard));
            }
        }
    }
    out
}

fn number(known: &Known<Str>) -> Option<u16> {
    match known {
        Known::Value(text) => text.trim().parse().ok(),
        Known::Absent | Known::Unknown(_) => None,
    }
}
