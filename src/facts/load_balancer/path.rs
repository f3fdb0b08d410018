//! Whether the groups on both sides let a load balancer reach a workload.

use crate::aws::ec2::SecurityGroup;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Inventory;
use crate::facts::security_group::{
    Direction, GroupRule, Peer, SecurityGroups, Traffic, Transport, default_group_of,
};
use crate::facts::workload::Interface;

use super::{LoadBalancer, LoadBalancerKind};

/// What the groups on one side say about a path.
#[derive(Clone, Debug)]
pub struct Passage<'f> {
    /// When they let it through.
    pub open: Guard,
    /// When and why that is not known.
    pub unknown: Vec<Case<Unknown>>,
    /// A rule for the right peer and other ports.
    pub near: Option<&'f GroupRule>,
}

impl Passage<'_> {
    /// When they firmly do not let it through.
    pub fn is_shut(&self) -> Guard {
        let unknown = self.unknown.iter().map(|case| case.guard.clone());
        Guard::any(std::iter::once(self.open.clone()).chain(unknown)).negated()
    }
}

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

    /// What the groups at the start let out. A group without egress rules lets everything out.
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
        for case in &self.balancer.groups {
            if let Known::Value(group) = &case.value {
                let rules = groups.rules(group, Direction::Egress);
                let some = Guard::any(rules.map(|rule| rule.guard.clone()));
                passage.open = passage.open.or(&case.guard.and(&some.negated()));
            }
        }
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

/// When a group is among those worn. A group that is not of the project may be any of them, and the other way round.
fn worn(inventory: &Inventory<'_>, cases: &[Case<Known<Text>>], group: &Text) -> Result<Guard, Unknown> {
    let same = cases
        .iter()
        .filter(|case| matches!(&case.value, Known::Value(own) if own == group));
    let guard = Guard::any(same.map(|case| case.guard.clone()));
    if !guard.is_never() {
        return Ok(guard);
    }
    let foreign = |text: &Text| {
        let is_own = inventory.resource_of(text, SecurityGroup::TYPE).is_some()
            || default_group_of(inventory, text).is_some();
        (!is_own).then(|| inventory.unknown_identity(text))
    };
    let others = cases.iter().find_map(|case| match &case.value {
        Known::Value(text) => foreign(text),
        Known::Unknown(reason) => Some(reason.clone()),
        Known::Absent => None,
    });
    match foreign(group).or(others) {
        Some(reason) => Err(reason),
        None => Ok(Guard::False),
    }
}

fn passage<'f>(
    inventory: &Inventory<'_>,
    groups: &'f SecurityGroups,
    worn: &[Case<Known<Text>>],
    direction: Direction,
    judge: impl Fn(&GroupRule, &Text) -> (Result<Guard, Unknown>, Option<bool>),
) -> Passage<'f> {
    let mut out = Passage {
        open: Guard::False,
        unknown: Vec::new(),
        near: None,
    };
    for case in worn {
        let group = match &case.value {
            Known::Value(group) => group,
            Known::Unknown(reason) => {
                out.unknown.push(case.with(reason.clone()));
                continue;
            }
            Known::Absent => continue,
        };
        out.unknown
            .extend(groups.may_gain(inventory, group).map(|reason| case.with(reason)));
        if default_group_of(inventory, group).is_some() {
            let reason = Unknown::External("the rules of a default security group".into());
            out.unknown.push(case.with(reason));
        }
        for rule in groups.rules(group, direction) {
            let guard = case.guard.and(&rule.guard);
            match judge(rule, group) {
                (Ok(peer), _) if peer.is_never() => {}
                (_, Some(false)) => out.near = out.near.or(Some(rule)),
                (Ok(peer), Some(true)) => out.open = out.open.or(&guard.and(&peer)),
                (Err(reason), _) => out.unknown.push(case.with(reason).when(&guard)),
                (Ok(peer), None) => {
                    let reason = match &rule.traffic {
                        Traffic::Unknown(reason) => reason.clone(),
                        _ => continue,
                    };
                    out.unknown.push(case.with(reason).when(&guard.and(&peer)));
                }
            }
        }
    }
    out
}
