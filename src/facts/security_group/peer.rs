//! From or to whom a rule lets traffic through.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::GroupRule;
use crate::eval::{Text, Unknown};
use crate::facts::Inventory;

/// Prefixes shorter than this are wide in IPv4: more than any one organisation's block.
const WIDE_V4: u8 = 8;

/// Prefixes shorter than this are wide in IPv6: more than registries hand to any one provider.
const WIDE_V6: u8 = 16;

/// IPv4 that the internet does not route: private use, shared address space, loopback, link-local.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/>
const PRIVATE_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
];

/// IPv6 that the internet does not route: unique local, link-local, loopback.
/// <https://www.iana.org/assignments/iana-ipv6-special-registry/>
const PRIVATE_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::LOCALHOST, 128),
];

/// How much of the internet a range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Breadth {
    /// No public address.
    Private,
    /// Public addresses, few enough to be somebody's.
    Narrow,
    /// Public addresses of many.
    Wide,
    /// Every address, by itself or together with other rules for the same traffic.
    World,
}

impl Breadth {
    /// The breadth of one range.
    pub fn of(net: IpNet) -> Breadth {
        let (is_private, wide) = match net {
            IpNet::V4(net) => (is_private_v4(net), WIDE_V4),
            IpNet::V6(net) => (is_private_v6(net), WIDE_V6),
        };
        match net.prefix_len() {
            0 => Breadth::World,
            _ if is_private => Breadth::Private,
            length if length < wide => Breadth::Wide,
            _ => Breadth::Narrow,
        }
    }
}

fn is_private_v4(net: Ipv4Net) -> bool {
    let mut ranges = PRIVATE_V4.iter();
    ranges.any(|(address, length)| Ipv4Net::new(*address, *length).is_ok_and(|range| range.contains(&net)))
}

fn is_private_v6(net: Ipv6Net) -> bool {
    let mut ranges = PRIVATE_V6.iter();
    ranges.any(|(address, length)| Ipv6Net::new(*address, *length).is_ok_and(|range| range.contains(&net)))
}

/// The other end of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A range of addresses.
    Cidr(IpNet, Breadth),
    /// The range of a VPC of the project, by the VPC's identity.
    Vpc(Text),
    /// Whoever wears a group, by identity.
    Group(Text),
    /// Whoever wears the same group.
    Own,
    /// A prefix list, by identity.
    PrefixList(Text),
    /// Not known.
    Unknown(Unknown),
}

impl Peer {
    /// True for the whole internet, and for ranges of it that are nobody's in particular.
    pub fn is_public(&self) -> bool {
        matches!(self, Peer::Cidr(_, Breadth::World | Breadth::Wide))
    }

    /// True for the whole internet.
    pub fn is_world(&self) -> bool {
        matches!(self, Peer::Cidr(_, Breadth::World))
    }

    /// In words: "anywhere (0.0.0.0/0)", "the whole VPC `Vpc`", "security group `BastionSg`".
    pub fn shown(&self, inventory: &Inventory<'_>) -> String {
        match self {
            Peer::Cidr(net, Breadth::World) if net.prefix_len() == 0 => format!("anywhere ({net})"),
            Peer::Cidr(net, Breadth::World) => format!("anywhere ({net} together with other rules)"),
            Peer::Cidr(net, _) => net.to_string(),
            Peer::Vpc(vpc) => format!("the whole VPC `{}`", inventory.shown(vpc)),
            Peer::Group(group) => match super::default_group_of(inventory, group) {
                Some(_) => super::shown(inventory, group),
                None => format!("security group {}", super::shown(inventory, group)),
            },
            Peer::Own => "its own group".to_owned(),
            Peer::PrefixList(list) => format!("prefix list `{}`", inventory.shown(list)),
            Peer::Unknown(_) => "a source that is not known".to_owned(),
        }
    }
}

/// A range as templates write it; bits behind the prefix are kept, to be shown, and do not matter otherwise.
pub(super) fn range(text: &str) -> Option<IpNet> {
    text.trim().parse::<IpNet>().ok()
}

/// Ranges that only together are everything count as the world, each of them: `0.0.0.0/1` beside `128.0.0.0/1`.
/// Rules are together when they let the same traffic the same way through at the same time.
pub(super) fn join_halves(rules: &mut [GroupRule]) {
    for index in 0..rules.len() {
        let Some(rule) = rules.get(index) else { continue };
        let Peer::Cidr(net, Breadth::Wide | Breadth::Narrow) = rule.peer else {
            continue;
        };
        let beside = rules.iter().filter(|other| {
            other.direction == rule.direction && other.traffic == rule.traffic && other.guard == rule.guard
        });
        let nets: Vec<IpNet> = beside
            .filter_map(|other| match other.peer {
                Peer::Cidr(net, _) => Some(net.trunc()),
                _ => None,
            })
            .collect();
        let whole = IpNet::aggregate(&nets)
            .into_iter()
            .any(|union| union.prefix_len() == 0 && union.contains(&net.network()));
        if let Some(rule) = rules.get_mut(index).filter(|_| whole) {
            rule.peer = Peer::Cidr(net, Breadth::World);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Guard, Trail};
    use crate::facts::security_group::{Direction, Traffic};
    use crate::project::{ResourceId, StackId};
    use crate::source::{FileId, Span};

    fn breadth(text: &str) -> Breadth {
        Breadth::of(range(text).unwrap())
    }

    fn rule(text: &str, traffic: Traffic) -> GroupRule {
        let net = range(text).unwrap();
        let span = Span {
            file: FileId(0),
            start: 0,
            end: 0,
        };
        GroupRule {
            direction: Direction::Ingress,
            guard: Guard::True,
            traffic,
            void_ports: false,
            peer: Peer::Cidr(net, Breadth::of(net)),
            span,
            traffic_span: span,
            owner: ResourceId {
                stack: StackId(0),
                index: 0,
            },
            trail: Trail::default(),
        }
    }

    fn worlds(mut rules: Vec<GroupRule>) -> Vec<bool> {
        join_halves(&mut rules);
        rules.iter().map(|rule| rule.peer.is_world()).collect()
    }

    #[test]
    fn any_prefix_of_length_zero_is_the_world() {
        assert_eq!(breadth("0.0.0.0/0"), Breadth::World);
        assert_eq!(breadth("192.168.1.0/0"), Breadth::World);
        assert_eq!(breadth("::/0"), Breadth::World);
        assert_eq!(breadth("0:0:0:0:0:0:0:0/0"), Breadth::World);
    }

    #[test]
    fn zeros_with_a_longer_prefix_are_not_the_world() {
        assert_eq!(breadth("0.0.0.0/8"), Breadth::Narrow);
        assert_eq!(breadth("0.0.0.0/32"), Breadth::Narrow);
    }

    #[test]
    fn private_ranges_end_where_they_end() {
        assert_eq!(breadth("10.0.0.0/8"), Breadth::Private);
        assert_eq!(breadth("10.0.0.0/7"), Breadth::Wide);
        assert_eq!(breadth("172.31.0.0/16"), Breadth::Private);
        assert_eq!(breadth("172.32.0.0/16"), Breadth::Narrow);
        assert_eq!(breadth("fd00::/8"), Breadth::Private);
        assert_eq!(breadth("2000::/3"), Breadth::Wide);
        assert_eq!(breadth("8.0.0.0/8"), Breadth::Narrow);
    }

    #[test]
    fn two_halves_are_the_world_only_together_and_for_the_same_traffic() {
        let halves = vec![rule("0.0.0.0/1", Traffic::All), rule("128.0.0.0/1", Traffic::All)];
        assert_eq!(worlds(halves), [true, true]);
        assert_eq!(worlds(vec![rule("0.0.0.0/1", Traffic::All)]), [false]);
        let apart = vec![
            rule("0.0.0.0/1", Traffic::All),
            rule("128.0.0.0/1", Traffic::Icmp),
        ];
        assert_eq!(worlds(apart), [false, false]);
        let families = vec![rule("::/1", Traffic::All), rule("128.0.0.0/1", Traffic::All)];
        assert_eq!(worlds(families), [false, false]);
    }
}
