//! Whether worn groups let traffic through.

use super::{Direction, GroupRule, SecurityGroups, Traffic, default_group_of, shown};
use crate::aws::ec2::SecurityGroup;
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Text, Unknown, when};
use crate::facts::Inventory;
use crate::project::ResourceId;

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

/// The groups that something wears as evidence, each with the places it passed through. `uses` says who: "tasks use".
pub fn wears(
    inventory: &Inventory<'_>,
    wearer: ResourceId,
    uses: &str,
    groups: &[Case<Known<Text>>],
) -> Vec<Label> {
    let mut out = Vec::new();
    for case in groups {
        if let Known::Value(group) = &case.value {
            let text = format!("{uses} {}", shown(inventory, group));
            out.push(inventory.evidence(wearer, case.span, text));
            out.extend(inventory.hops(&case.trail));
        }
    }
    out
}

/// When a group is among those worn. A group that is not of the project may be any of them, and the other way round.
pub fn worn(inventory: &Inventory<'_>, cases: &[Case<Known<Text>>], group: &Text) -> Result<Guard, Unknown> {
    let guard = when(cases, |worn| worn.is(group));
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

/// What worn groups say about traffic in a direction. `judge` says of a rule of a group when its peer is the other end, and
/// whether its traffic is the right one. A group without egress rules lets everything out.
pub fn passage<'f>(
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
        if direction == Direction::Egress {
            let some = Guard::any(groups.rules(group, direction).map(|rule| rule.guard.clone()));
            out.open = out.open.or(&case.guard.and(&some.negated()));
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
