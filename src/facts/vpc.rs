//! In which VPC things are.

use super::Inventory;
use super::security_group::{default_group_of, shown};
use crate::aws::ec2::{SecurityGroup, Subnet, Vpc};
use crate::aws::elbv2::TargetGroup;
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text, Trail, Unknown};
use crate::project::ResourceId;
use crate::source::Span;

/// Where something is.
#[derive(Clone, Debug)]
pub enum Home {
    /// In this VPC, by identity.
    Vpc(Text),
    /// In the default VPC of the account.
    Default,
    /// Not known.
    Unknown(Unknown),
}

/// Something that is in a VPC.
#[derive(Clone, Debug)]
pub struct Member {
    /// When.
    pub guard: Guard,
    /// Its VPC.
    pub home: Home,
    /// What it is: "subnet `A`".
    pub noun: String,
    /// Where it is named.
    pub place: Span,
    /// Where its VPC is named.
    pub label: Label,
    /// The places that both passed through.
    pub trail: Trail,
}

/// The subnets of a list that are declared in the templates, each in its VPC.
pub fn subnets(inventory: &Inventory<'_>, cases: &[Case<Known<Text>>]) -> Vec<Member> {
    let mut out = Vec::new();
    for case in cases {
        if let Known::Value(identity) = &case.value
            && let Some(id) = inventory.resource_of(identity, Subnet::TYPE)
        {
            let noun = format!("subnet `{}`", inventory.logical_id(id));
            let vpcs = inventory.identities(Subnet(id).vpc(&inventory.eval));
            out.extend(vpcs.iter().map(|vpc| member(inventory, id, &noun, case, vpc)));
        }
    }
    out
}

/// The security groups of a list that are declared in the templates, and default groups of VPCs that are.
pub fn groups(inventory: &Inventory<'_>, cases: &[Case<Known<Text>>]) -> Vec<Member> {
    let mut out = Vec::new();
    for case in cases {
        let Known::Value(identity) = &case.value else {
            continue;
        };
        let noun = format!("security group {}", shown(inventory, identity));
        if let Some(id) = inventory.resource_of(identity, SecurityGroup::TYPE) {
            let vpcs = inventory.identities(SecurityGroup(id).vpc(&inventory.eval));
            out.extend(vpcs.iter().map(|vpc| member(inventory, id, &noun, case, vpc)));
        } else if let Some(vpc) = default_group_of(inventory, identity) {
            let home = case.with(Known::Value(inventory.own_identity(vpc)));
            out.push(member(inventory, vpc, &shown(inventory, identity), case, &home));
        }
    }
    out
}

/// A target group that is declared in the templates, where and when it is used.
pub fn target_group(inventory: &Inventory<'_>, identity: &Text, guard: &Guard, trail: &Trail) -> Vec<Member> {
    let Some(id) = inventory.resource_of(identity, TargetGroup::TYPE) else {
        return Vec::new();
    };
    let noun = format!("target group `{}`", inventory.logical_id(id));
    let vpcs = inventory
        .identities(TargetGroup(id).vpc(&inventory.eval))
        .into_iter();
    // Without `VpcId` it is one of functions.
    let vpcs = vpcs.filter(|vpc| vpc.value != Known::Absent);
    let used = |vpc: &Case<Known<Text>>| Case {
        guard: guard.clone(),
        trail: trail.clone(),
        ..vpc.with(())
    };
    vpcs.map(|vpc| member(inventory, id, &noun, &used(&vpc), &vpc))
        .collect()
}

/// A member that is named in one place and says its VPC in another.
fn member<T>(
    inventory: &Inventory<'_>,
    id: ResourceId,
    noun: &str,
    named: &Case<T>,
    vpc: &Case<Known<Text>>,
) -> Member {
    let home = match &vpc.value {
        Known::Value(identity) => match identity.unknown() {
            Some(reason) => Home::Unknown(reason),
            None => Home::Vpc(identity.clone()),
        },
        Known::Absent => Home::Default,
        Known::Unknown(reason) => Home::Unknown(reason.clone()),
    };
    let text = format!("{noun} is in {}", home.shown(inventory));
    Member {
        guard: Guard::all([named.guard.clone(), inventory.presence(id), vpc.guard.clone()]),
        home,
        noun: noun.to_owned(),
        place: named.span,
        label: inventory.evidence(id, vpc.span, text),
        trail: named.trail.clone().then(&vpc.trail),
    }
}

impl Home {
    /// In words: "VPC `Vpc`", "the default VPC".
    pub fn shown(&self, inventory: &Inventory<'_>) -> String {
        match self {
            Home::Vpc(identity) => format!("VPC `{}`", inventory.shown(identity)),
            Home::Default => "the default VPC".to_owned(),
            Home::Unknown(_) => "a VPC that is not known".to_owned(),
        }
    }

    /// True when it is a VPC of the templates.
    pub fn is_declared(&self, inventory: &Inventory<'_>) -> bool {
        matches!(self, Home::Vpc(identity) if inventory.resource_of(identity, Vpc::TYPE).is_some())
    }

    /// True when it is a VPC of the templates or a literal id.
    fn is_certain(&self, inventory: &Inventory<'_>) -> bool {
        let is_id = |identity: &Text| identity.as_literal().is_some_and(|text| text.starts_with("vpc-"));
        self.is_declared(inventory) || matches!(self, Home::Vpc(identity) if is_id(identity))
    }

    /// True when two are certainly not the same.
    pub fn differs(&self, other: &Home, inventory: &Inventory<'_>) -> bool {
        match (self, other) {
            (Home::Vpc(left), Home::Vpc(right)) => {
                left != right && self.is_certain(inventory) && other.is_certain(inventory)
            }
            (Home::Default, vpc) | (vpc, Home::Default) => vpc.is_declared(inventory),
            (Home::Unknown(_), _) | (_, Home::Unknown(_)) => false,
        }
    }
}

/// Two VPCs in words. One template that is deployed twice gives two by the same name.
pub fn shown_apart(inventory: &Inventory<'_>, left: &Home, right: &Home) -> (String, String) {
    let (here, there) = (left.shown(inventory), right.shown(inventory));
    if here != there {
        return (here, there);
    }
    let of_stack = |home: &Home, shown: String| match home {
        Home::Vpc(identity) => {
            let id = inventory.resource_of(identity, Vpc::TYPE);
            let nested = id.and_then(|id| inventory.project().stack(id.stack).parent);
            nested.map_or(shown.clone(), |nested| {
                format!("{shown} of nested stack `{}`", inventory.logical_id(nested))
            })
        }
        Home::Default | Home::Unknown(_) => shown,
    };
    (of_stack(left, here), of_stack(right, there))
}
