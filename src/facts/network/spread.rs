//! How many availability zones a list of subnets spans.

use super::Network;
use crate::aws::ec2::Subnet;
use crate::cfn::ParameterKind;
use crate::eval::{Case, Guard, Known, Part, Scope, Text, Unknown, when_any};
use crate::facts::Inventory;

/// The subnets of something, and when they are in one zone.
#[derive(Clone, Debug)]
pub struct Spread<'c> {
    /// Those that certainly are one subnet each.
    pub known: Vec<(&'c Text, &'c Case<Known<Text>>)>,
    /// When and why others may be there.
    pub open: Vec<Case<Unknown>>,
    /// When two of the known ones are there, of one zone or not.
    pub several: Guard,
    /// When two of them are there that are not in one zone for certain. Two subnets whose zones are not known count as two
    /// zones.
    pub apart: Guard,
}

impl Spread<'_> {
    /// When all of them are certainly in one zone.
    pub fn is_single(&self) -> Guard {
        let some = Guard::any(self.known.iter().map(|(_, case)| case.guard.clone()));
        let unsure = when_any(&self.open);
        Guard::all([some, self.apart.negated(), unsure.negated()])
    }

    /// Their names for messages, each once.
    pub fn names(&self, inventory: &Inventory<'_>) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for (subnet, _) in &self.known {
            let name = format!("`{}`", inventory.shown(subnet));
            if !out.contains(&name) {
                out.push(name);
            }
        }
        out
    }
}

impl Network {
    /// The spread of a list of subnets.
    pub fn spread<'c>(&self, inventory: &Inventory<'_>, subnets: &'c [Case<Known<Text>>]) -> Spread<'c> {
        let mut known: Vec<(&Text, &Case<Known<Text>>)> = Vec::new();
        let mut open = Vec::new();
        for case in subnets {
            match &case.value {
                Known::Value(subnet) if is_one(inventory, subnet) => known.push((subnet, case)),
                Known::Value(subnet) => open.push(case.with(inventory.unknown_identity(subnet))),
                Known::Unknown(reason) => open.push(case.with(reason.clone())),
                Known::Absent => {}
            }
        }
        let (mut several, mut apart) = (Vec::new(), Vec::new());
        for (index, (left, one)) in known.iter().enumerate() {
            for (right, other) in known.iter().skip(index + 1) {
                let both = one.guard.and(&other.guard);
                let same = self.share_zone(inventory, left, right);
                apart.push(both.and(&same.negated()));
                if left != right {
                    several.push(both);
                }
            }
        }
        Spread {
            known,
            open,
            several: Guard::any(several),
            apart: Guard::any(apart),
        }
    }

    /// When two subnets are certainly in different availability zones.
    pub fn differ_in_zone(&self, inventory: &Inventory<'_>, left: &Text, right: &Text) -> Guard {
        let (left, right) = (zones(inventory, left), zones(inventory, right));
        let pairs = left
            .iter()
            .flat_map(|left| right.iter().map(move |right| (left, right)));
        let different = pairs.filter(|(left, right)| match (&left.value, &right.value) {
            (Known::Value(left), Known::Value(right)) => match (left.as_part(), right.as_part()) {
                (Some(Part::Literal(left)), Some(Part::Literal(right))) => left != right,
                (Some(Part::Zone(left)), Some(Part::Zone(right))) => left != right,
                _ => false,
            },
            _ => false,
        });
        Guard::any(different.map(|(left, right)| left.guard.and(&right.guard)))
    }
}

/// The zones of a subnet of the project.
pub(super) fn zones(inventory: &Inventory<'_>, subnet: &Text) -> Vec<Case<Known<Text>>> {
    let own = inventory.resource_of(subnet, Subnet::TYPE);
    own.map_or_else(Vec::new, |id| {
        inventory.identities(Subnet(id).zone(&inventory.eval))
    })
}

/// True when an identity certainly names one subnet: a parameter may hold a list.
fn is_one(inventory: &Inventory<'_>, subnet: &Text) -> bool {
    match subnet.as_part() {
        Some(Part::Variable(var)) => match var.scope {
            Scope::Stack(stack) => {
                let parameters = &inventory.project().template(stack).parameters;
                parameters.get(&var.name).is_some_and(|parameter| {
                    parameter.kind == ParameterKind::Text && &*parameter.type_name == "AWS::EC2::Subnet::Id"
                })
            }
            Scope::Everywhere | Scope::Exporter => false,
        },
        Some(Part::Attribute(..)) => inventory.resource_of(subnet, Subnet::TYPE).is_some(),
        Some(Part::Literal(_)) => true,
        _ => false,
    }
}
