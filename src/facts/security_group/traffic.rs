//! What a rule lets through: protocols and closed intervals of ports.

use std::fmt;

use crate::eval::{Case, Guard, Known, Unknown};
use crate::source::{Span, Str};

/// A protocol that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// TCP
    Tcp,
    /// UDP
    Udp,
}

/// A closed interval of ports; `first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The interval, unless it ends before it begins.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The interval as templates write it: `8080`, `8080-8090`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('-') {
            Some((first, last)) => Self::new(port(first)?, port(last)?),
            None => {
                let only = port(text)?;
                Self::new(only, only)
            }
        }
    }

    /// True when the port lies in it.
    pub fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// True when a port below this one lies in it.
    pub fn contains_below(self, port: u16) -> bool {
        self.first < port
    }

    /// How many ports it has.
    pub fn count(self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }

    /// Its ports.
    pub fn ports(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

/// What a rule lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Every protocol, every port.
    All,
    /// These ports.
    Ports(Transport, PortRange),
    /// ICMP or ICMPv6, which has types and no ports.
    Icmp,
    /// Another protocol, by number.
    Other(Str),
    /// Not known.
    Unknown(Unknown),
}

impl Traffic {
    /// True when a port of the transport is let through; `None` when that is not known.
    pub fn carries(&self, transport: Transport, port: u16) -> Option<bool> {
        match self {
            Traffic::All => Some(true),
            Traffic::Ports(own, range) => Some(*own == transport && range.contains(port)),
            Traffic::Icmp | Traffic::Other(_) => Some(false),
            Traffic::Unknown(_) => None,
        }
    }

    /// True when every port of TCP, or everything, is let through.
    pub fn is_every_port(&self) -> bool {
        match self {
            Traffic::All => true,
            Traffic::Ports(_, range) => range.contains(1) && range.contains(u16::MAX),
            Traffic::Icmp | Traffic::Other(_) | Traffic::Unknown(_) => false,
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Traffic::All => f.write_str("all traffic"),
            Traffic::Ports(Transport::Tcp, range) if self.is_every_port() => {
                write!(f, "every TCP port ({range})")
            }
            Traffic::Ports(Transport::Udp, range) if self.is_every_port() => {
                write!(f, "every UDP port ({range})")
            }
            Traffic::Ports(Transport::Tcp, range) => write!(f, "TCP {range}"),
            Traffic::Ports(Transport::Udp, range) => write!(f, "UDP {range}"),
            Traffic::Icmp => f.write_str("ICMP"),
            Traffic::Other(protocol) => write!(f, "IP protocol {protocol}"),
            Traffic::Unknown(_) => f.write_str("traffic"),
        }
    }
}

/// The cases of a rule's traffic from those of its properties; each has the place of the protocol or the first port.
/// Protocols are names or the numbers of IANA.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ec2-securitygroup-ingress.html>
pub(super) fn traffic(
    protocols: &[Case<Known<Str>>],
    firsts: &[Case<Known<Str>>],
    lasts: &[Case<Known<Str>>],
) -> Vec<(Guard, Traffic, Span)> {
    let mut out = Vec::new();
    for protocol in protocols {
        let mut push = |traffic| out.push((protocol.guard.clone(), traffic, protocol.span));
        let transport = match &protocol.value {
            Known::Unknown(reason) => {
                push(Traffic::Unknown(reason.clone()));
                continue;
            }
            Known::Absent => {
                push(Traffic::Unknown(Unknown::Malformed(
                    "a rule without IpProtocol".into(),
                )));
                continue;
            }
            Known::Value(name) => match &*name.trim().to_ascii_lowercase() {
                "-1" | "all" => {
                    push(Traffic::All);
                    continue;
                }
                "1" | "58" | "icmp" | "icmpv6" => {
                    push(Traffic::Icmp);
                    continue;
                }
                "6" | "tcp" => Transport::Tcp,
                "17" | "udp" => Transport::Udp,
                _ => {
                    push(Traffic::Other(name.clone()));
                    continue;
                }
            },
        };
        for first in firsts {
            for last in lasts {
                let guard = Guard::all([protocol.guard.clone(), first.guard.clone(), last.guard.clone()]);
                if !guard.is_never() {
                    out.push((guard, ports(transport, &first.value, &last.value), first.span));
                }
            }
        }
    }
    out
}

fn ports(transport: Transport, first: &Known<Str>, last: &Known<Str>) -> Traffic {
    match (first, last) {
        (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Traffic::Unknown(reason.clone()),
        (Known::Value(from), Known::Value(to)) => {
            let range = port(from)
                .zip(port(to))
                .and_then(|(from, to)| PortRange::new(from, to));
            range.map_or_else(
                || Traffic::Unknown(Unknown::Malformed(format!("ports `{from}` to `{to}`").into())),
                |range| Traffic::Ports(transport, range),
            )
        }
        (Known::Absent, _) | (_, Known::Absent) => {
            Traffic::Unknown(Unknown::Malformed("a rule without FromPort and ToPort".into()))
        }
    }
}

/// A port as templates write it: a number, or a text of one.
pub fn port(text: &str) -> Option<u16> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn value(text: &str) -> Vec<Case<Known<Str>>> {
        let known = if text.is_empty() {
            Known::Absent
        } else {
            Known::Value(text.into())
        };
        vec![Case::new(
            known,
            Span {
                file: FileId(0),
                start: 0,
                end: 0,
            },
        )]
    }

    fn one(protocol: &str, first: &str, last: &str) -> Traffic {
        let mut all = traffic(&value(protocol), &value(first), &value(last));
        assert_eq!(all.len(), 1);
        all.remove(0).1
    }

    #[test]
    fn a_text_is_one_port_or_two_in_order() {
        assert_eq!(PortRange::parse(" 8080 "), PortRange::new(8080, 8080));
        assert_eq!(PortRange::parse("7000-7009"), PortRange::new(7000, 7009));
        assert_eq!(PortRange::parse("7009-7000"), None);
        assert_eq!(PortRange::parse("traffic-port"), None);
        assert_eq!(PortRange::parse("-1"), None);
    }

    #[test]
    fn an_interval_has_both_ends_and_nothing_beyond() {
        let range = PortRange::new(80, 443).unwrap();
        assert!(range.contains(80) && range.contains(443));
        assert!(!range.contains(79) && !range.contains(444));
        assert_eq!(PortRange::new(443, 80), None);
        assert_eq!(PortRange::new(0, u16::MAX).unwrap().count(), 65_536);
    }

    #[test]
    fn names_and_numbers_of_a_protocol_are_the_same() {
        assert_eq!(one("tcp", "80", "80"), one("6", " 80", "80"));
        assert_eq!(one("-1", "80", "80"), Traffic::All);
        assert_eq!(one("ICMPv6", "-1", "-1"), Traffic::Icmp);
        assert_eq!(one("50", "", ""), Traffic::Other("50".into()));
    }

    #[test]
    fn tcp_without_ports_is_not_known() {
        assert!(matches!(one("tcp", "", ""), Traffic::Unknown(_)));
        assert!(matches!(one("tcp", "-1", "-1"), Traffic::Unknown(_)));
        assert!(matches!(one("tcp", "90", "80"), Traffic::Unknown(_)));
        assert_eq!(one("tcp", "", "").carries(Transport::Tcp, 80), None);
    }

    #[test]
    fn traffic_carries_only_its_own_transport() {
        let web = one("tcp", "80", "443");
        assert_eq!(web.carries(Transport::Tcp, 100), Some(true));
        assert_eq!(web.carries(Transport::Udp, 100), Some(false));
        assert_eq!(Traffic::Icmp.carries(Transport::Tcp, 80), Some(false));
        assert!(one("tcp", "0", "65535").is_every_port() && !web.is_every_port());
    }
}
