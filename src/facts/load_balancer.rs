//! Load balancers: their groups, their listeners, and which target groups they forward to.

mod attribute;
mod build;
mod cdn;
mod path;
mod source;

pub use attribute::attribute;
pub use cdn::{Fetch, fetches};
pub use path::{Passage, Path};
pub use source::{Source, Sources};

use rustc_hash::FxHashMap;

use crate::aws::elbv2::{ClassicLoadBalancer, LoadBalancer as LoadBalancerView, TargetGroup};
use crate::eval::{Case, Guard, Known, Text, Trail, Unknown, when, when_any};
use crate::facts::Inventory;
use crate::facts::ties::named;
use crate::facts::workload::{Binding, Workload};
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// What kind of load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoadBalancerKind {
    /// Layer 7.
    Application,
    /// Layer 4; has groups only when it was made with some.
    Network,
    /// Layer 3, for appliances.
    Gateway,
    /// The first generation.
    Classic,
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct LoadBalancer {
    /// The resource.
    pub id: ResourceId,
    /// What kind.
    pub kind: Vec<Case<Known<LoadBalancerKind>>>,
    /// True when it has no public address.
    pub internal: Vec<Case<Known<bool>>>,
    /// Its subnets, by identity.
    pub subnets: Vec<Case<Known<Text>>>,
    /// Its groups, by identity. Where none is given and the kind has groups, the default group of its VPC.
    pub groups: Vec<Case<Known<Text>>>,
    /// When no group is given although the kind has groups, so that it wears the VPC's default group.
    pub no_groups: Guard,
    /// When it wears no group at all: a gateway load balancer, or a network load balancer without groups.
    pub bare: Guard,
    /// Where its groups stand; its name when there are none.
    pub groups_span: Span,
}

/// What an action of a listener or rule does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Passes it on.
    Forward,
    /// Answers it itself: a redirect, a fixed response, a login page.
    Answer,
    /// Not known.
    Unknown(Unknown),
}

/// A listener; each one of a classic load balancer too.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The listener, or the classic load balancer that it is part of.
    pub id: ResourceId,
    /// Its load balancer, by identity.
    pub load_balancer: Vec<Case<Known<Text>>>,
    /// Its port.
    pub port: Vec<Case<Known<Str>>>,
    /// Its protocol.
    pub protocol: Vec<Case<Known<Str>>>,
    /// What it does by itself.
    pub actions: Vec<Case<Action>>,
    /// When it is there, apart from the presence of `id`.
    pub guard: Guard,
}

/// A rule of a listener.
#[derive(Clone, Debug)]
pub struct ListenerRule {
    /// The resource.
    pub id: ResourceId,
    /// Its listener, by identity.
    pub listener: Vec<Case<Known<Text>>>,
    /// What it does.
    pub actions: Vec<Case<Action>>,
}

/// A target group gets requests of a load balancer.
#[derive(Clone, Debug)]
pub struct Forward {
    /// When, the presence of the listener and the rule included.
    pub guard: Guard,
    /// The target group, by identity.
    pub target_group: Text,
    /// The listener or rule that says so.
    pub via: ResourceId,
    /// Where it says so.
    pub span: Span,
    /// The load balancer, by identity.
    pub load_balancer: Known<Text>,
    /// The places that the target group and the load balancer passed through.
    pub trail: Trail,
}

/// The load balancers of a project.
#[derive(Debug, Default)]
pub struct LoadBalancers {
    /// All of them.
    pub all: Vec<LoadBalancer>,
    /// Their listeners, and listeners of load balancers elsewhere.
    pub listeners: Vec<Listener>,
    /// The rules of listeners.
    pub rules: Vec<ListenerRule>,
    /// Who forwards to which target group.
    pub forwards: Vec<Forward>,
    /// Listeners and rules of which it is not known, because the templates hide it, to what they forward.
    pub hidden_forwards: Vec<(ResourceId, Case<Unknown>)>,
    index: Index,
}

/// Positions in the lists of [`LoadBalancers`], in their order.
#[derive(Debug, Default)]
struct Index {
    by_id: FxHashMap<ResourceId, usize>,
    listeners: FxHashMap<ResourceId, Vec<usize>>,
    forwards_to: FxHashMap<Text, Vec<usize>>,
    forwards_of: FxHashMap<ResourceId, Vec<usize>>,
    wearing: FxHashMap<Text, Vec<usize>>,
}

impl Index {
    fn new(balancers: &LoadBalancers) -> Index {
        let mut index = Index::default();
        for (at, balancer) in balancers.all.iter().enumerate() {
            index.by_id.entry(balancer.id).or_insert(at);
            for case in &balancer.groups {
                if let Known::Value(group) = &case.value {
                    let wearing = index.wearing.entry(group.clone()).or_default();
                    if wearing.last() != Some(&at) {
                        wearing.push(at);
                    }
                }
            }
        }
        for (at, listener) in balancers.listeners.iter().enumerate() {
            for id in listener
                .load_balancer
                .iter()
                .filter_map(|case| named(&case.value))
            {
                let listeners = index.listeners.entry(id).or_default();
                if listeners.last() != Some(&at) {
                    listeners.push(at);
                }
            }
        }
        for (at, forward) in balancers.forwards.iter().enumerate() {
            let to = index.forwards_to.entry(forward.target_group.clone());
            to.or_default().push(at);
            if let Some(id) = named(&forward.load_balancer) {
                index.forwards_of.entry(id).or_default().push(at);
            }
        }
        index
    }
}

/// The load balancers in front of a workload.
#[derive(Clone, Debug)]
pub struct Serving<'f> {
    /// The known ones, each with when it is in front and where that is said.
    pub known: Vec<Case<&'f LoadBalancer>>,
    /// When and why some are not known.
    pub open: Vec<Case<Unknown>>,
    /// When one of those that are not known may wear no group: all but those that serve HTTP.
    pub maybe_bare: Guard,
}

impl Serving<'_> {
    /// When a known load balancer that wears no group is in front.
    pub fn bare(&self) -> Guard {
        let bare = self.known.iter().map(|case| case.guard.and(&case.value.bare));
        Guard::any(bare)
    }

    /// When a load balancer that wears the group is in front.
    pub fn wears(&self, group: &Text) -> Guard {
        Guard::any(
            self.known
                .iter()
                .map(|case| case.guard.and(&case.value.wears(group))),
        )
    }

    /// When and why the groups of those in front are not all known.
    pub fn unknown_groups(&self) -> Vec<Case<Unknown>> {
        let mut out = self.open.clone();
        for case in &self.known {
            for group in &case.value.groups {
                if let Known::Unknown(reason) = &group.value {
                    out.push(group.with(reason.clone()).when(&case.guard));
                }
            }
        }
        out
    }

    /// The known ones in words: "`Alb`", "`Alb` and `InternalAlb`", "its load balancers".
    pub fn shown(&self, inventory: &Inventory<'_>) -> String {
        let mut names: Vec<String> = Vec::new();
        for case in &self.known {
            let name = format!("`{}`", inventory.logical_id(case.value.id));
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.as_slice() {
            [] => "its load balancer".to_owned(),
            [one] => format!("its load balancer {one}"),
            [one, two] => format!("its load balancers {one} and {two}"),
            _ => "its load balancers".to_owned(),
        }
    }
}

impl LoadBalancer {
    /// When it wears the group.
    pub fn wears(&self, group: &Text) -> Guard {
        when(&self.groups, |value| value.is(group))
    }

    /// When it is of this kind.
    pub fn is(&self, kind: LoadBalancerKind) -> Guard {
        when(&self.kind, |value| value.is(&kind))
    }

    /// When it has no public address.
    pub fn is_internal(&self) -> Guard {
        when(&self.internal, |value| value.is(&true))
    }

    /// When it has public addresses.
    pub fn is_public(&self) -> Guard {
        when(&self.internal, |value| value.is(&false))
    }
}

impl LoadBalancers {
    /// Derives the load balancers of a project.
    pub fn build(inventory: &Inventory<'_>) -> Self {
        let mut balancers = build::build(inventory);
        balancers.index = Index::new(&balancers);
        balancers
    }

    /// The load balancer that a resource is.
    pub fn balancer(&self, id: ResourceId) -> Option<&LoadBalancer> {
        self.all.get(*self.index.by_id.get(&id)?)
    }

    /// The load balancers that wear a group in some world.
    pub fn wearing(&self, group: &Text) -> impl Iterator<Item = &LoadBalancer> {
        let positions = self.index.wearing.get(group).into_iter().flatten();
        positions.map(|at| &self.all[*at])
    }

    /// What forwards to a target group.
    pub fn forwards_to(&self, target_group: &Text) -> impl Iterator<Item = &Forward> {
        let positions = self.index.forwards_to.get(target_group).into_iter().flatten();
        positions.map(|at| &self.forwards[*at])
    }

    /// What forwards from a load balancer.
    pub fn forwards_of(&self, balancer: ResourceId) -> impl Iterator<Item = &Forward> {
        let positions = self.index.forwards_of.get(&balancer).into_iter().flatten();
        positions.map(|at| &self.forwards[*at])
    }

    /// The load balancer that an identity names: a classic one goes by its name, too.
    pub fn find(&self, inventory: &Inventory<'_>, identity: &Text) -> Option<&LoadBalancer> {
        let id = inventory
            .resource_of(identity, LoadBalancerView::TYPE)
            .or_else(|| inventory.resource_of(identity, ClassicLoadBalancer::TYPE))
            .or_else(|| {
                let mut classic = inventory.of_type(ClassicLoadBalancer::TYPE).iter().copied();
                classic.find(|id| {
                    let names = inventory.identities(ClassicLoadBalancer(*id).name(&inventory.eval));
                    names
                        .iter()
                        .any(|case| matches!(&case.value, Known::Value(name) if name == identity))
                })
            })?;
        self.balancer(id)
    }

    /// The listeners of a load balancer, each with when it is its.
    pub fn listeners_of(&self, inventory: &Inventory<'_>, balancer: ResourceId) -> Vec<(Guard, &Listener)> {
        let own = inventory.own_identity(balancer);
        let mut out = Vec::new();
        for at in self.index.listeners.get(&balancer).into_iter().flatten() {
            let listener = &self.listeners[*at];
            let guard = when(&listener.load_balancer, |value| value.is(&own));
            if !guard.is_never() {
                out.push((
                    Guard::all([guard, listener.guard.clone(), inventory.presence(listener.id)]),
                    listener,
                ));
            }
        }
        out
    }

    /// The load balancers in front of a workload, by all of its bindings.
    pub fn in_front_of<'f>(&'f self, inventory: &Inventory<'_>, workload: &Workload) -> Serving<'f> {
        let mut serving = Serving {
            known: Vec::new(),
            open: workload.unbound.clone(),
            maybe_bare: when_any(&workload.unbound),
        };
        for binding in &workload.bindings {
            self.serve(inventory, binding, &mut serving);
        }
        serving
    }

    /// The load balancers of one binding.
    pub fn serving<'f>(&'f self, inventory: &Inventory<'_>, binding: &Binding) -> Serving<'f> {
        let mut serving = Serving {
            known: Vec::new(),
            open: Vec::new(),
            maybe_bare: Guard::False,
        };
        self.serve(inventory, binding, &mut serving);
        serving
    }

    fn serve<'f>(&'f self, inventory: &Inventory<'_>, binding: &Binding, out: &mut Serving<'f>) {
        for case in &binding.target_group {
            match &case.value {
                Known::Absent => {}
                Known::Unknown(reason) => out.unknown(&case.with(reason.clone()).when(&binding.guard), true),
                Known::Value(target_group) => {
                    self.forwarded(inventory, target_group, &case.with(()).when(&binding.guard), out);
                }
            }
        }
        for case in &binding.classic {
            match &case.value {
                Known::Absent => {}
                Known::Unknown(reason) => out.unknown(&case.with(reason.clone()).when(&binding.guard), false),
                Known::Value(name) => {
                    let case = case.clone().when(&binding.guard);
                    match self.find(inventory, name) {
                        Some(balancer) => {
                            let guard = inventory.presence(balancer.id);
                            out.known.push(case.with(balancer).when(&guard));
                        }
                        None => out.unknown(&case.with(inventory.unknown_identity(name)), false),
                    }
                }
            }
        }
    }

    /// The load balancers that forward to a target group. A target group that nothing here forwards to may be used
    /// by others when its ARN leaves the project.
    fn forwarded<'f>(
        &'f self,
        inventory: &Inventory<'_>,
        target_group: &Text,
        bound: &Case<()>,
        out: &mut Serving<'f>,
    ) {
        let maybe_bare = !speaks_http(inventory, target_group);
        let mut found = false;
        for forward in self.forwards_to(target_group) {
            found = true;
            let mut case = bound.with(()).when(&forward.guard);
            case.span = forward.span;
            case.trail = case.trail.then(&forward.trail);
            match &forward.load_balancer {
                Known::Value(identity) => match self.find(inventory, identity) {
                    Some(balancer) => {
                        let guard = inventory.presence(balancer.id);
                        out.known.push(case.with(balancer).when(&guard));
                    }
                    None => out.unknown(&case.with(inventory.unknown_identity(identity)), maybe_bare),
                },
                Known::Unknown(reason) => out.unknown(&case.with(reason.clone()), maybe_bare),
                Known::Absent => {}
            }
        }
        if found {
            return;
        }
        match inventory.resource_of(target_group, TargetGroup::TYPE) {
            None => out.unknown(&bound.with(inventory.unknown_identity(target_group)), maybe_bare),
            Some(id) => {
                if let Some(name) = inventory.escapes(id) {
                    out.unknown(&bound.with(Unknown::OpenWorld(name)), maybe_bare);
                }
            }
        }
    }
}

impl Serving<'_> {
    fn unknown(&mut self, case: &Case<Unknown>, maybe_bare: bool) {
        self.open.push(case.clone());
        if maybe_bare {
            self.maybe_bare = self.maybe_bare.or(&case.guard);
        }
    }
}

/// True when only application load balancers can forward to a target group: its protocol is HTTP or HTTPS.
fn speaks_http(inventory: &Inventory<'_>, target_group: &Text) -> bool {
    let Some(id) = inventory.resource_of(target_group, TargetGroup::TYPE) else {
        return false;
    };
    let protocols = inventory.eval.scalars(TargetGroup(id).protocol(&inventory.eval));
    !protocols.is_empty()
        && protocols
            .iter()
            .all(|case| matches!(&case.value, Known::Value(name) if matches!(&**name, "HTTP" | "HTTPS")))
}
