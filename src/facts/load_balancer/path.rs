//! Whether the groups on both sides let a load balancer reach a workload.

use crate::eval::{Guard, Text, Unknown};
use crate::facts::Inventory;
use crate::facts::security_group::{Direction, Peer, SecurityGroups, Traffic, Transport, passage, worn};
use crate::facts::workload::Interface;

use super::{LoadBalancer, LoadBalancerKind};
pub use crate::facts::security_group::Passage;

/// The two ends of a path. Without a port any will do: the ports of bridge tasks are chosen when they start.
pub struct Path<'f> {
    /// Where it starts.
    pub balancer: &'f LoadBalancer,
    /// Where it ends.
    pub interface: &'f Interface,
    /// The port at its end.
    pub port: Option<u16>,
}

impl<'f> Path<'f> {
    /// What the groups at the end let in.
    pub fn inbound(&self, inventory: &Inventory<'_>, groups: &'f SecurityGroups) -> Passage<'f> {
        let starts = |peer: &Peer, group: &Text| match peer {
            Peer::Group(source) => self.worn_by_balancer(inventory, source),
            Peer::Own => self.worn_by_balancer(inventory, group),
            peer => self.includes_addresses(peer),
        };
        passage(
            inventory,
            groups,
            &self.interface.groups,
            Direction::Ingress,
            |rule, group| (starts(&rule.peer, group), self.carries(&rule.traffic)),
        )
    }

    /// What the groups at the start let out.
    pub fn outbound(&self, inventory: &Inventory<'_>, groups: &'f SecurityGroups) -> Passage<'f> {
        let ends = |peer: &Peer, group: &Text| match peer {
            Peer::Group(target) => worn(inventory, &self.interface.groups, target),
            Peer::Own => worn(inventory, &self.interface.groups, group),
            peer => self.includes_addresses(peer),
        };
        let mut passage = passage(
            inventory,
            groups,
            &self.balancer.groups,
            Direction::Egress,
            |rule, group| (ends(&rule.peer, group), self.carries(&rule.traffic)),
        );
        passage.open = passage.open.or(&self.balancer.bare);
        passage
    }

    fn worn_by_balancer(&self, inventory: &Inventory<'_>, group: &Text) -> Result<Guard, Unknown> {
        worn(inventory, &self.balancer.groups, group)
    }

    /// Ranges count as long as they may hold the other end's address; only loopback and, for application load
    /// balancers, public ranges cannot.
    fn includes_addresses(&self, peer: &Peer) -> Result<Guard, Unknown> {
        use crate::facts::security_group::Breadth;
        match peer {
            Peer::Unknown(reason) => Err(reason.clone()),
            Peer::Cidr(net, _) if net.addr().is_loopback() => Ok(Guard::False),
            Peer::Cidr(_, Breadth::Narrow) => Ok(self.balancer.is(LoadBalancerKind::Application).negated()),
            _ => Ok(Guard::True),
        }
    }

    /// Whether traffic comes through; `None` when that is not known.
    fn carries(&self, traffic: &Traffic) -> Option<bool> {
        let Some(port) = self.port else {
            return match traffic {
                Traffic::All | Traffic::Ports(..) => Some(true),
                Traffic::Icmp | Traffic::Other(_) => Some(false),
                Traffic::Unknown(_) => None,
            };
        };
        let tcp = traffic.carries(Transport::Tcp, port)?;
        let may_be_udp = self.balancer.is(LoadBalancerKind::Application).is_never();
        Some(tcp || may_be_udp && traffic.carries(Transport::Udp, port)?)
    }
}
