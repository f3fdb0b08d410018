//! What the network interfaces of a workload accept.

use super::{Direction, GroupRule, SecurityGroups, shown};
use crate::aws::ec2::SecurityGroup;
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::Inventory;
use crate::facts::workload::{Carrier, Interface, Workload};

/// An ingress rule of a group that carries a workload's traffic.
#[derive(Clone, Debug)]
pub struct Accepted<'f> {
    /// When it applies to the workload.
    pub guard: Guard,
    /// The interface that wears the group; the first of several.
    pub interface: &'f Interface,
    /// Where the interface wears it.
    pub worn: &'f Case<Known<Text>>,
    /// The group, by identity.
    pub group: &'f Text,
    /// The rule.
    pub rule: &'f GroupRule,
}

impl Accepted<'_> {
    /// Who accepts, with the verb: "service `Api` accepts", "the container instances of service `Api` accept".
    pub fn who(&self, inventory: &Inventory<'_>, workload: &Workload) -> String {
        let shown = workload.shown(inventory);
        match self.interface.carrier {
            Carrier::Task => format!("{shown} accepts"),
            Carrier::Instance(_) => format!("the container instances of {shown} accept"),
        }
    }

    /// How the rule comes to the workload: where the group is worn, and the group.
    pub fn evidence(&self, inventory: &Inventory<'_>, workload: &Workload) -> Vec<Label> {
        let group = shown(inventory, self.group);
        let (wearer, text) = match self.interface.carrier {
            Carrier::Task => (workload.id, format!("tasks use {group}")),
            Carrier::Instance(id) => (id, format!("container instances use {group}")),
        };
        let mut labels = vec![inventory.evidence(wearer, self.worn.span, text)];
        labels.extend(inventory.hops(&self.worn.trail));
        if let Some(id) = inventory.resource_of(self.group, SecurityGroup::TYPE) {
            labels.push(inventory.declared(id, format!("security group `{}`", inventory.logical_id(id))));
        }
        labels.extend(inventory.hops(&self.rule.trail));
        labels
    }

    /// True when a link on the way was assumed.
    pub fn assumed(&self) -> bool {
        self.worn.trail.is_assumed() || self.rule.trail.is_assumed()
    }
}

/// The ingress rules that apply to a workload, one for every line and source; a rule that applies by several groups
/// or interfaces is there once, with the guards joined.
pub fn accepted<'f>(groups: &'f SecurityGroups, workload: &'f Workload) -> Vec<Accepted<'f>> {
    let mut out: Vec<Accepted<'f>> = Vec::new();
    for interface in &workload.interfaces {
        for worn in &interface.groups {
            let Known::Value(group) = &worn.value else {
                continue;
            };
            for rule in groups.rules(group, Direction::Ingress) {
                let guard = Guard::all([
                    workload.guard.clone(),
                    interface.guard.clone(),
                    worn.guard.clone(),
                    rule.guard.clone(),
                ]);
                if guard.is_never() {
                    continue;
                }
                let same = |other: &&mut Accepted<'_>| {
                    other.rule.span == rule.span
                        && other.rule.peer == rule.peer
                        && other.rule.traffic == rule.traffic
                };
                match out.iter_mut().find(same) {
                    Some(known) => known.guard = known.guard.or(&guard),
                    None => out.push(Accepted {
                        guard,
                        interface,
                        worn,
                        group,
                        rule,
                    }),
                }
            }
        }
    }
    out
}

/// When and why a workload may accept what no rule of the project says: its network, one of its groups, or the
/// declaration of one is not known.
pub fn unseen(inventory: &Inventory<'_>, groups: &SecurityGroups, workload: &Workload) -> Vec<Case<Unknown>> {
    let unplaced = workload.unplaced.iter().cloned();
    let mut out: Vec<Case<Unknown>> = unplaced.map(|case| case.when(&workload.guard)).collect();
    for interface in &workload.interfaces {
        for worn in &interface.groups {
            let reason = match &worn.value {
                Known::Absent => None,
                Known::Unknown(reason) => Some(reason.clone()),
                Known::Value(group) => groups.elsewhere(inventory, group),
            };
            let guard = workload.guard.and(&interface.guard);
            out.extend(reason.map(|reason| worn.with(reason).when(&guard)));
        }
    }
    out
}
