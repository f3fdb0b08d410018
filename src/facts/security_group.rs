//! Security groups: what they let in and out, whichever stack wrote the rule, and who wears them.

mod build;
mod listened;
mod passage;
mod peer;
mod reach;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};

pub use listened::{Listened, ListenedPort, listened, mapped};
pub use passage::{Passage, passage, wears, worn};
pub use peer::{Breadth, Peer};
pub use reach::{Accepted, accepted, unseen};
pub use traffic::{PortRange, Traffic, Transport, port};

use super::Inventory;
use super::workload::Workload;
use crate::aws::ec2::{SecurityGroup, Vpc};
use crate::eval::{Case, Guard, Part, Text, Trail, Unknown};
use crate::project::ResourceId;
use crate::source::Span;

/// Which way traffic goes, seen from the wearer of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// In.
    Ingress,
    /// Out.
    Egress,
}

/// A rule of a group. A source or a range of ports that differs by condition makes several rules.
#[derive(Clone, Debug)]
pub struct GroupRule {
    /// Which way.
    pub direction: Direction,
    /// When it is there, the presence of the resource that holds it included.
    pub guard: Guard,
    /// What it lets through.
    pub traffic: Traffic,
    /// True when ports are written beside a protocol that makes them void.
    pub void_ports: bool,
    /// From or to whom.
    pub peer: Peer,
    /// Where the peer is written.
    pub span: Span,
    /// Where the protocol, or the first port where the protocol has ports, is written.
    pub traffic_span: Span,
    /// The group it is written in, or the resource that it is.
    pub owner: ResourceId,
    /// The places that the peer, and the group of a rule that stands alone, passed through.
    pub trail: Trail,
}

/// The security groups of a project.
#[derive(Debug, Default)]
pub struct SecurityGroups {
    rules: BTreeMap<Text, Vec<GroupRule>>,
    strays: Vec<Case<Unknown>>,
    wearers: BTreeMap<Text, Vec<ResourceId>>,
    /// The groups of the project that let in what wears a group, by that one.
    accepting: BTreeMap<Text, BTreeSet<ResourceId>>,
}

impl SecurityGroups {
    /// Derives the groups of a project.
    pub fn build(inventory: &Inventory<'_>, workloads: &[Workload]) -> Self {
        build::build(inventory, workloads)
    }

    /// The known rules of a group in one direction. Of a group that is not of the project they need not be all; see
    /// [`SecurityGroups::elsewhere`].
    pub fn rules(&self, group: &Text, direction: Direction) -> impl Iterator<Item = &GroupRule> {
        let rules = self.rules.get(group).map_or(&[][..], Vec::as_slice);
        rules.iter().filter(move |rule| rule.direction == direction)
    }

    /// Why rules of a group may be written where nobody looked: its declaration is not of the project.
    pub fn elsewhere(&self, inventory: &Inventory<'_>, group: &Text) -> Option<Unknown> {
        let is_known = inventory.resource_of(group, SecurityGroup::TYPE).is_some()
            || default_group_of(inventory, group).is_some();
        (!is_known).then(|| inventory.unknown_identity(group))
    }

    /// Why a rule that is not there may still be added: by a declaration elsewhere, by somebody who gets hold of the
    /// group's id, or by a rule of the project whose group is not known.
    pub fn may_gain(&self, inventory: &Inventory<'_>, group: &Text) -> Option<Unknown> {
        if let Some(reason) = self.elsewhere(inventory, group) {
            return Some(reason);
        }
        let escape = inventory
            .resource_of(group, SecurityGroup::TYPE)
            .and_then(|id| inventory.escapes(id));
        escape
            .map(Unknown::OpenWorld)
            .or_else(|| self.strays.first().map(|stray| stray.value.clone()))
    }

    /// The groups that the network interfaces of a resource wear, in their order.
    pub fn groups_of(&self, wearer: ResourceId) -> impl Iterator<Item = &Text> {
        let worn = self.wearers.iter();
        worn.filter(move |(_, wearers)| wearers.contains(&wearer))
            .map(|(group, _)| group)
    }

    /// The groups of the project with an ingress rule for what wears a group, in the order of stacks and declarations.
    pub fn accepting(&self, group: &Text) -> impl Iterator<Item = ResourceId> {
        self.accepting.get(group).into_iter().flatten().copied()
    }

    /// The resources whose network interfaces wear a group, in the order of stacks and declarations.
    pub fn wearers(&self, group: &Text) -> &[ResourceId] {
        self.wearers.get(group).map_or(&[], Vec::as_slice)
    }
}

/// The VPC whose default group an identity is.
pub fn default_group_of(inventory: &Inventory<'_>, group: &Text) -> Option<ResourceId> {
    match group.as_part() {
        Some(Part::Attribute(id, attribute))
            if &**attribute == "DefaultSecurityGroup" && inventory.type_name(*id) == Vpc::TYPE =>
        {
            Some(*id)
        }
        _ => None,
    }
}

/// The default group of a VPC, as an identity.
pub fn default_group(vpc: ResourceId) -> Text {
    Text::part(Part::Attribute(vpc, "DefaultSecurityGroup".into()))
}

/// A group in words, for messages: "`TaskSg`", "the default group of `Vpc`".
pub fn shown(inventory: &Inventory<'_>, group: &Text) -> String {
    match default_group_of(inventory, group) {
        Some(vpc) => format!("the default group of `{}`", inventory.logical_id(vpc)),
        None => format!("`{}`", inventory.shown(group)),
    }
}
