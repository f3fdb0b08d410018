//! Whether what a workload accepts comes from the load balancer in front of it.

use ipnet::IpNet;

use super::Serving;
use crate::aws::ec2::{SecurityGroup, Vpc};
use crate::aws::ecs::Service;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown, Value};
use crate::facts::security_group::{Accepted, Breadth, Peer, SecurityGroups, Traffic, default_group_of};
use crate::facts::{Inventory, Workload};

/// What is to be said of a source.
#[derive(Clone, Debug)]
pub enum Source {
    /// Nothing.
    Fine,
    /// It is not the load balancer: how bad that is, and why in words that follow its name.
    Foreign(Severity, &'static str),
    /// It may be the load balancer; when and why that is not known.
    Open(Vec<Case<Unknown>>),
}

/// The sources of one workload's traffic.
#[derive(Clone, Copy)]
pub struct Sources<'f, 'a> {
    /// The resources.
    pub inventory: &'f Inventory<'a>,
    /// The groups.
    pub groups: &'f SecurityGroups,
    /// The workload.
    pub workload: &'f Workload,
    /// The load balancers in front of it.
    pub serving: &'f Serving<'f>,
}

impl Sources<'_, '_> {
    /// When the workload is, or may be, behind a load balancer.
    pub fn balanced(&self) -> Guard {
        let unbound = self.workload.unbound.iter().map(|case| case.guard.clone());
        self.workload.is_load_balanced().or(&Guard::any(unbound))
    }

    /// When a rule lets somebody in who is neither the load balancer nor anybody else that belongs there, or may do.
    pub fn may_be_foreign(&self, line: &Accepted<'_>) -> Guard {
        let balanced = self.balanced();
        let foreign = match self.judge(line, &line.guard.and(&balanced)) {
            (guard, Source::Foreign(..) | Source::Open(_)) => guard,
            (_, Source::Fine) => Guard::False,
        };
        match self.is_uncalled_for(line) {
            true => foreign.or(&line.guard.and(&balanced.negated())),
            false => foreign,
        }
    }

    /// True for a range or a group from outside that calls a workload which nothing forwards to.
    pub fn is_uncalled_for(&self, line: &Accepted<'_>) -> bool {
        let from_outside = match &line.rule.peer {
            Peer::Cidr(_, Breadth::Private | Breadth::Narrow) | Peer::Vpc(_) => true,
            Peer::Group(group) => group.as_literal().is_some(),
            _ => false,
        };
        from_outside && line.rule.traffic != Traffic::Icmp && !self.is_discovered()
    }

    /// True when Cloud Map or Service Connect may send callers to the workload.
    fn is_discovered(&self) -> bool {
        let (inventory, workload) = (self.inventory, self.workload);
        if inventory.type_name(workload.id) != Service::TYPE {
            return false;
        }
        let service = Service(workload.id);
        let mut cases = service.service_registries(&inventory.eval);
        cases.extend(service.service_connect(&inventory.eval));
        cases.iter().any(|case| !matches!(case.value, Value::Absent))
    }

    /// Judges the source of a rule, and when the judgement counts. `behind` is when the rule applies behind a load
    /// balancer.
    pub fn judge(&self, line: &Accepted<'_>, behind: &Guard) -> (Guard, Source) {
        let serving = self.serving;
        if line.rule.traffic == Traffic::Icmp {
            return (Guard::False, Source::Fine);
        }
        match &line.rule.peer {
            Peer::Own | Peer::PrefixList(_) | Peer::Cidr(_, Breadth::World | Breadth::Wide) => {
                (Guard::False, Source::Fine)
            }
            Peer::Unknown(reason) => (behind.clone(), Source::Open(vec![here(line, reason.clone())])),
            Peer::Group(group) => {
                let otherwise = behind.and(&serving.wears(group).negated());
                (otherwise, self.judge_group(line, group))
            }
            Peer::Cidr(..) | Peer::Vpc(_) => {
                let needed = serving.bare().or(&serving.maybe_bare);
                let certain = behind.and(&needed.negated());
                if self.inventory.possible(&certain) {
                    let severity = range_severity(self.inventory, &line.rule.peer);
                    return (certain, Source::Foreign(severity, ""));
                }
                let maybe = behind.and(&serving.bare().negated());
                (maybe, Source::Open(serving.open.clone()))
            }
        }
    }

    /// Judges a group that no known load balancer of the workload wears.
    fn judge_group(&self, line: &Accepted<'_>, group: &Text) -> Source {
        let inventory = self.inventory;
        if !self.groups.wearers(group).is_empty() {
            return Source::Fine;
        }
        if default_group_of(inventory, group).is_some() {
            return Source::Foreign(Severity::Warning, "");
        }
        let mut open = self.serving.unknown_groups();
        let outside = inventory.resource_of(group, SecurityGroup::TYPE).is_none();
        if let Some(id) = inventory.resource_of(group, SecurityGroup::TYPE)
            && let Some(name) = inventory.escapes(id)
        {
            open.push(here(line, Unknown::OpenWorld(name)));
        } else if outside && group.as_literal().is_none() {
            open.push(here(line, inventory.unknown_identity(group)));
        }
        if !open.is_empty() {
            return Source::Open(open);
        }
        let why = if outside {
            ", which the templates do not declare"
        } else {
            ", which nothing in the templates uses"
        };
        Source::Foreign(Severity::Warning, why)
    }
}

fn here(line: &Accepted<'_>, reason: Unknown) -> Case<Unknown> {
    Case {
        guard: Guard::True,
        value: reason,
        span: line.rule.span,
        trail: line.rule.trail.clone(),
    }
}

/// Private ranges are a warning while they may lie in the workload's VPC; others are not the load balancer at all.
fn range_severity(inventory: &Inventory<'_>, peer: &Peer) -> Severity {
    let Peer::Cidr(net, Breadth::Private) = peer else {
        return if matches!(peer, Peer::Vpc(_)) {
            Severity::Warning
        } else {
            Severity::Error
        };
    };
    let mut known = Vec::new();
    for id in inventory.of_type(Vpc::TYPE) {
        for case in inventory.eval.scalars(Vpc(*id).cidr_block(&inventory.eval)) {
            match &case.value {
                Known::Value(text) => known.extend(text.parse::<IpNet>().ok()),
                Known::Absent | Known::Unknown(_) => return Severity::Warning,
            }
        }
    }
    let inside = known.iter().any(|vpc| vpc.contains(net) || net.contains(vpc));
    if known.is_empty() || inside {
        Severity::Warning
    } else {
        Severity::Error
    }
}
