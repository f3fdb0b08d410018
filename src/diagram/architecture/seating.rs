//! Where things stand: the boxes of VPCs, of subnets that are used together, and of single subnets.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::super::canvas::{Canvas, add, listed, unknown_words};
use super::super::picture::{Detail, DetailKind, GroupId, GroupKind, SubnetClass};
use crate::aws::ec2::{Subnet, Vpc};
use crate::eval::guard::satisfiable;
use crate::eval::{Case, Guard, Known, Part, Text, Unknown};
use crate::facts::Facts;
use crate::facts::Inventory;
use crate::facts::network::{Evidence, Family, Via};
use crate::project::{ResourceId, StackId};

/// Something that wants a place.
#[derive(Clone, Debug)]
pub(super) struct Want {
    /// When it is there.
    pub(super) presence: Guard,
    /// The root stack that it is of: a parameter means something else in another one.
    pub(super) root: StackId,
    /// The subnets that it is in, by identity.
    pub(super) subnets: Vec<Case<Known<Text>>>,
    /// When and why they are not known.
    pub(super) open: Vec<Case<Unknown>>,
}

/// The place of something.
#[derive(Clone, Debug, Default)]
pub(super) struct Seat {
    /// The box.
    pub(super) group: Option<GroupId>,
    /// What the box does not say: subnets of another class, or of other worlds.
    pub(super) details: Vec<Detail>,
}

/// A subnet that is declared in the templates.
#[derive(Clone, Debug)]
struct Declared {
    id: ResourceId,
    vpc: Option<Text>,
    class: SubnetClass,
    /// Where its traffic goes: "0.0.0.0/0 → NAT gateway `Nat`".
    ways: Vec<String>,
    /// Its availability zone in words.
    zone: String,
}

/// What the boxes are made of.
pub(super) struct Seating {
    wants: Vec<Want>,
    subnets: BTreeMap<Text, Declared>,
}

/// The worlds that matter for a place: those with the defaults, or all where these rule everything out.
fn chosen<'w, T>(inventory: &Inventory<'_>, presence: &Guard, cases: &'w [Case<T>]) -> Vec<&'w Case<T>> {
    let possible = |case: &&Case<T>| inventory.possible(&presence.and(&case.guard));
    let usual = |case: &&Case<T>| inventory.possible_by_default(&presence.and(&case.guard));
    let all: Vec<&Case<T>> = cases.iter().filter(possible).collect();
    let by_default: Vec<&Case<T>> = all.iter().copied().filter(usual).collect();
    if by_default.is_empty() { all } else { by_default }
}

/// Where something is put.
enum Spot {
    /// Among the declared subnets of one VPC and class.
    Tier(Vec<Text>),
    /// In a VPC, over subnets of several classes.
    Vpc(Text, Vec<Text>),
    /// In subnets that no template declares; the words say which.
    Elsewhere(String, SubnetClass),
    /// Over several VPCs, or partly elsewhere.
    Open(Vec<String>),
    /// Nothing says where.
    Nowhere,
}

impl Seating {
    pub(super) fn new(facts: &Facts<'_>) -> Self {
        let inventory = &facts.inventory;
        let subnets = inventory.of_type(Subnet::TYPE).iter();
        let subnets = subnets.map(|id| (inventory.own_identity(*id), subnet(facts, *id)));
        Self {
            wants: Vec::new(),
            subnets: subnets.collect(),
        }
    }

    /// Asks for a place; the number is to be given to [`Seats::of`].
    pub(super) fn ask(&mut self, want: Want) -> usize {
        self.wants.push(want);
        self.wants.len() - 1
    }

    /// Draws the boxes.
    pub(super) fn arrange(self, canvas: &mut Canvas<'_, '_>) -> Seats {
        let spots: Vec<Spot> = self.wants.iter().map(|want| self.spot(canvas, want)).collect();
        let tiers = self.tiers(&spots);
        let mut boxes = Boxes {
            seating: &self,
            tiers,
            vpcs: BTreeMap::new(),
            tier_groups: FxHashMap::default(),
            single: FxHashMap::default(),
            elsewhere: BTreeMap::new(),
            across: BTreeSet::new(),
        };
        for spot in &spots {
            if let Spot::Vpc(_, subnets) = spot {
                boxes.across.extend(subnets.iter().cloned());
            }
        }
        let mut seats: Vec<Seat> = Vec::new();
        for (want, spot) in self.wants.iter().zip(&spots) {
            let group = boxes.group(canvas, spot, want.root);
            let mut details = Vec::new();
            self.describe(canvas.inventory(), want, spot, &mut details);
            seats.push(Seat { group, details });
        }
        boxes.finish(canvas);
        Seats(seats)
    }

    fn spot(&self, canvas: &Canvas<'_, '_>, want: &Want) -> Spot {
        let inventory = canvas.inventory();
        let mut known: Vec<Text> = Vec::new();
        let mut words: Vec<String> = Vec::new();
        let mut class = SubnetClass::Unknown;
        for case in chosen(inventory, &want.presence, &want.subnets) {
            match &case.value {
                Known::Value(identity) if self.subnets.contains_key(identity) => {
                    add(&mut known, identity.clone());
                }
                Known::Value(identity) => {
                    class = class_of(canvas.facts, identity).0;
                    add(&mut words, name_of(inventory, identity));
                }
                Known::Unknown(reason) => add(&mut words, unknown_words(inventory, "subnets", reason)),
                Known::Absent => {}
            }
        }
        let is_open = known.is_empty() && words.is_empty();
        if is_open {
            let open = chosen(inventory, &want.presence, &want.open);
            let open: BTreeSet<String> = open
                .iter()
                .map(|case| unknown_words(inventory, "network", &case.value))
                .collect();
            return match open.into_iter().next() {
                Some(words) => Spot::Elsewhere(words, SubnetClass::Unknown),
                None => Spot::Nowhere,
            };
        }
        if !known.is_empty() && !words.is_empty() {
            words.extend(
                known
                    .iter()
                    .map(|subnet| format!("`{}`", inventory.shown(subnet))),
            );
            return Spot::Open(words);
        }
        if !words.is_empty() {
            return Spot::Elsewhere(joined(&words), class);
        }
        let places: BTreeSet<(&Option<Text>, SubnetClass)> = known
            .iter()
            .filter_map(|subnet| self.subnets.get(subnet))
            .map(|subnet| (&subnet.vpc, subnet.class))
            .collect();
        let vpcs: BTreeSet<&Option<Text>> = places.iter().map(|(vpc, _)| *vpc).collect();
        match (places.len(), vpcs.iter().next()) {
            (1, _) => Spot::Tier(known),
            (_, Some(Some(vpc))) if vpcs.len() == 1 => Spot::Vpc(vpc.clone(), known),
            _ => {
                // Subnets of two VPCs may be called the same: nothing is in both, so that each is named once.
                let mut names: Vec<String> = Vec::new();
                for subnet in &known {
                    add(&mut names, format!("`{}`", inventory.shown(subnet)));
                }
                if let Some(last) = names.last_mut().filter(|_| !vpcs.contains(&None)) {
                    last.push_str(&format!(" of one of {} VPCs", vpcs.len()));
                }
                Spot::Open(names)
            }
        }
    }

    /// Subnets that something uses together belong together; the representative of each.
    fn tiers(&self, spots: &[Spot]) -> BTreeMap<Text, Text> {
        let mut parent: BTreeMap<Text, Text> = BTreeMap::new();
        fn root(parent: &BTreeMap<Text, Text>, subnet: &Text) -> Text {
            let mut at = subnet.clone();
            while let Some(above) = parent.get(&at).filter(|above| **above != at) {
                at = above.clone();
            }
            at
        }
        for spot in spots {
            let Spot::Tier(subnets) = spot else { continue };
            for pair in subnets.windows(2) {
                if let [left, right] = pair {
                    let (left, right) = (root(&parent, left), root(&parent, right));
                    let (low, high) = if left < right {
                        (left, right)
                    } else {
                        (right, left)
                    };
                    parent.insert(high, low);
                }
            }
            for subnet in subnets {
                let top = root(&parent, subnet);
                parent.insert(subnet.clone(), top);
            }
        }
        let all: Vec<Text> = parent.keys().cloned().collect();
        all.into_iter()
            .map(|subnet| (subnet.clone(), root(&parent, &subnet)))
            .collect()
    }

    /// What the box of a thing does not say.
    fn describe(&self, inventory: &Inventory<'_>, want: &Want, spot: &Spot, out: &mut Vec<Detail>) {
        let network = |text: String| Detail {
            kind: DetailKind::Network,
            text,
        };
        match spot {
            Spot::Vpc(_, subnets) => {
                let named = subnets.iter().map(|subnet| {
                    let class = self.subnets.get(subnet).map_or("", |known| known.class.as_str());
                    format!("`{}` ({class})", inventory.shown(subnet))
                });
                out.push(network(format!("in {}", listed(&named.collect::<Vec<_>>()))));
            }
            Spot::Open(words) => out.push(network(format!("in {}", listed(words)))),
            Spot::Tier(_) | Spot::Elsewhere(..) | Spot::Nowhere => {}
        }
        let here = chosen(inventory, &want.presence, &want.subnets);
        let mut others: Vec<(String, Vec<String>)> = Vec::new();
        for case in &want.subnets {
            let is_here = here
                .iter()
                .any(|it| it.value == case.value && it.guard == case.guard);
            let guard = want.presence.and(&case.guard);
            if is_here || satisfiable(&guard, &inventory.eval).is_no() {
                continue;
            }
            let name = match &case.value {
                Known::Value(identity) => format!("`{}`", inventory.shown(identity)),
                Known::Unknown(reason) => unknown_words(inventory, "subnets", reason),
                Known::Absent => continue,
            };
            let when = inventory.eval.guard(&case.guard);
            match others.iter_mut().find(|(other, _)| *other == when) {
                Some((_, names)) => add(names, name),
                None => others.push((when, vec![name])),
            }
        }
        for (when, names) in others {
            out.push(network(format!("in {} when {when}", listed(&names))));
        }
    }
}

/// The places, by the numbers of [`Seating::ask`].
pub(super) struct Seats(Vec<Seat>);

impl Seats {
    pub(super) fn of(&self, number: usize) -> Seat {
        self.0.get(number).cloned().unwrap_or_default()
    }
}

struct Boxes<'s> {
    seating: &'s Seating,
    tiers: BTreeMap<Text, Text>,
    vpcs: BTreeMap<Text, GroupId>,
    tier_groups: FxHashMap<Text, GroupId>,
    single: FxHashMap<Text, GroupId>,
    elsewhere: BTreeMap<(String, StackId), GroupId>,
    /// Subnets of things that stand over several classes, which say themselves where they are.
    across: BTreeSet<Text>,
}

impl Boxes<'_> {
    fn group(&mut self, canvas: &mut Canvas<'_, '_>, spot: &Spot, root: StackId) -> Option<GroupId> {
        match spot {
            Spot::Tier(subnets) => self.tier(canvas, subnets),
            Spot::Vpc(vpc, _) => Some(self.vpc(canvas, vpc)),
            Spot::Elsewhere(words, class) => Some(match self.elsewhere.get(&(words.clone(), root)) {
                Some(group) => *group,
                None => {
                    let group = canvas.group(GroupKind::Tier(*class), words.clone(), None);
                    self.elsewhere.insert((words.clone(), root), group);
                    group
                }
            }),
            Spot::Open(_) | Spot::Nowhere => None,
        }
    }

    fn vpc(&mut self, canvas: &mut Canvas<'_, '_>, vpc: &Text) -> GroupId {
        if let Some(group) = self.vpcs.get(vpc) {
            return *group;
        }
        let inventory = canvas.inventory();
        let declared = inventory.resource_of(vpc, Vpc::TYPE);
        let label = match declared {
            Some(id) => inventory.logical_id(id).to_string(),
            None => unknown_words(inventory, "VPC", &inventory.unknown_network(vpc)),
        };
        let group = canvas.group(GroupKind::Vpc, label, None);
        if let Some(id) = declared {
            canvas.belongs(group, canvas.root(id));
            let condition = canvas.condition(&Guard::True, &inventory.presence(id));
            let details = super::vpc_details(canvas.facts, id);
            let drawn = &mut canvas.picture.groups[group.0 as usize];
            drawn.subjects.push(inventory.subject(id));
            drawn.condition = condition;
            drawn.details = details;
        }
        self.vpcs.insert(vpc.clone(), group);
        group
    }

    /// The box of subnets that are used together; inside of it that of one subnet for what is in this one only.
    fn tier(&mut self, canvas: &mut Canvas<'_, '_>, subnets: &[Text]) -> Option<GroupId> {
        let first = subnets.first()?;
        let key = self.tiers.get(first)?.clone();
        let members: Vec<Text> = self
            .tiers
            .iter()
            .filter(|(_, top)| **top == key)
            .map(|(subnet, _)| subnet.clone())
            .collect();
        let known = self.seating.subnets.get(first)?.clone();
        let parent = known.vpc.as_ref().map(|vpc| self.vpc(canvas, vpc));
        if members.len() == 1 {
            return self.subnet(canvas, first, parent);
        }
        let tier = match self.tier_groups.get(&key) {
            Some(group) => *group,
            None => {
                let label = known.class.of("subnets");
                let group = canvas.group(GroupKind::Tier(known.class), label, parent);
                self.fill(canvas, group, &members);
                self.tier_groups.insert(key, group);
                group
            }
        };
        match subnets {
            [only] => self.subnet(canvas, only, Some(tier)),
            _ => Some(tier),
        }
    }

    /// Says which subnets a box stands for, and where their traffic goes.
    fn fill(&self, canvas: &mut Canvas<'_, '_>, group: GroupId, members: &[Text]) {
        let inventory = canvas.inventory();
        let subjects = members
            .iter()
            .filter_map(|subnet| self.seating.subnets.get(subnet));
        let mut details: Vec<Detail> = Vec::new();
        let mut ways: Vec<String> = Vec::new();
        for subnet in subjects.clone() {
            details.push(Detail {
                kind: DetailKind::Network,
                text: format!("`{}` · {}", inventory.logical_id(subnet.id), subnet.zone),
            });
            subnet.ways.iter().for_each(|way| add(&mut ways, way.clone()));
        }
        let ways = ways.into_iter().map(|text| Detail {
            kind: DetailKind::Network,
            text,
        });
        details.extend(ways);
        let drawn = &mut canvas.picture.groups[group.0 as usize];
        drawn.details = details;
        drawn.subjects = subjects.map(|subnet| inventory.subject(subnet.id)).collect();
    }

    fn subnet(
        &mut self,
        canvas: &mut Canvas<'_, '_>,
        subnet: &Text,
        parent: Option<GroupId>,
    ) -> Option<GroupId> {
        if let Some(group) = self.single.get(subnet) {
            return Some(*group);
        }
        let known = self.seating.subnets.get(subnet)?;
        let inventory = canvas.inventory();
        let label = inventory.logical_id(known.id).to_string();
        let group = canvas.group(GroupKind::Subnet(known.class), label, parent);
        let condition = canvas.condition(&Guard::True, &inventory.presence(known.id));
        let is_inner =
            parent.is_some_and(|parent| matches!(canvas.picture.group(parent).kind, GroupKind::Tier(_)));
        let mut details = vec![Detail {
            kind: DetailKind::Network,
            text: known.zone.clone(),
        }];
        if !is_inner {
            details.extend(known.ways.iter().map(|way| Detail {
                kind: DetailKind::Network,
                text: way.clone(),
            }));
        }
        let drawn = &mut canvas.picture.groups[group.0 as usize];
        drawn.details = details;
        drawn.condition = condition;
        drawn.subjects = vec![inventory.subject(known.id)];
        self.single.insert(subnet.clone(), group);
        Some(group)
    }

    /// Names the subnets of drawn VPCs in which nothing is drawn.
    fn finish(&self, canvas: &mut Canvas<'_, '_>) {
        self.tell_apart(canvas);
        for (vpc, group) in &self.vpcs {
            let mut empty: BTreeMap<SubnetClass, Vec<String>> = BTreeMap::new();
            for (identity, subnet) in &self.seating.subnets {
                if subnet.vpc.as_ref() != Some(vpc) || self.is_drawn(canvas, subnet.id) {
                    continue;
                }
                let subject = canvas.inventory().subject(subnet.id);
                canvas.picture.groups[group.0 as usize].subjects.push(subject);
                if !self.across.contains(identity) {
                    let name = format!("`{}`", canvas.inventory().shown(identity));
                    empty.entry(subnet.class).or_default().push(name);
                }
            }
            for (class, names) in empty {
                canvas.picture.groups[group.0 as usize].details.push(Detail {
                    kind: DetailKind::Network,
                    text: format!(
                        "{} with nothing drawn in them: {}",
                        class.of("subnets"),
                        listed(&names)
                    ),
                });
            }
        }
    }

    /// Names the templates of boxes that are called the same: equal parameters of two templates need not have one value.
    fn tell_apart(&self, canvas: &mut Canvas<'_, '_>) {
        let project = canvas.inventory().project();
        for ((words, root), group) in &self.elsewhere {
            let others = self.elsewhere.keys();
            if others.filter(|(other, _)| other == words).count() < 2 {
                continue;
            }
            let path = project.sources.get(project.file(*root)).path();
            // The folders are in the heading of the picture.
            let name = path.rsplit('/').next().unwrap_or(path);
            canvas.picture.groups[group.0 as usize].details.push(Detail {
                kind: DetailKind::Other,
                text: format!("of `{name}`"),
            });
        }
    }

    fn is_drawn(&self, canvas: &Canvas<'_, '_>, subnet: ResourceId) -> bool {
        let subject = canvas.inventory().subject(subnet);
        let mut groups = canvas.picture.groups.iter();
        groups.any(|group| group.subjects.contains(&subject))
    }
}

fn subnet(facts: &Facts<'_>, id: ResourceId) -> Declared {
    let inventory = &facts.inventory;
    let vpcs = inventory.identities(Subnet(id).vpc(&inventory.eval));
    let vpc = vpcs.into_iter().find_map(|case| match case.value {
        Known::Value(vpc) => Some(vpc),
        Known::Absent | Known::Unknown(_) => None,
    });
    let (class, ways) = class_of(facts, &inventory.own_identity(id));
    Declared {
        id,
        vpc,
        class,
        ways,
        zone: zone(inventory, id),
    }
}

/// The availability zone of a subnet, in words.
fn zone(inventory: &Inventory<'_>, id: ResourceId) -> String {
    let zones = inventory.identities(Subnet(id).zone(&inventory.eval));
    let mut words: Vec<String> = Vec::new();
    for case in zones {
        let text = match &case.value {
            Known::Absent => "AZ chosen by AWS".to_owned(),
            Known::Unknown(reason) => unknown_words(inventory, "AZ", reason),
            Known::Value(zone) => match zone.as_part() {
                // Counted from one, as people do.
                Some(Part::Zone(index)) => format!("AZ {}", index + 1),
                Some(Part::Literal(name)) => format!("AZ {name}"),
                _ => unknown_words(inventory, "AZ", &inventory.unknown_identity(zone)),
            },
        };
        add(&mut words, text);
    }
    words.join(" or ")
}

/// The class of a subnet over both address families, and where its traffic goes.
pub(in crate::diagram) fn class_of(facts: &Facts<'_>, subnet: &Text) -> (SubnetClass, Vec<String>) {
    let inventory = &facts.inventory;
    let presence = inventory
        .resource_of(subnet, Subnet::TYPE)
        .map_or(Guard::True, |id| inventory.presence(id));
    let (v4, v6) = (
        facts.network.class(inventory, subnet, Family::V4),
        facts.network.class(inventory, subnet, Family::V6),
    );
    let public = v4.is_public().or(&v6.is_public());
    let egress = v4.has_egress().or(&v6.has_egress()).and(&public.negated());
    let out = public.or(&egress);
    // A family without a route of its own is no reason for doubt where the other one is clear.
    let unknown = v4.is_unknown().or(&v6.is_unknown()).and(&out.negated());
    let isolated = v4.is_isolated().and(&v6.is_isolated());
    let classes = [
        (SubnetClass::Public, &public),
        (SubnetClass::PrivateWithEgress, &egress),
        (SubnetClass::Unknown, &unknown),
        (SubnetClass::Isolated, &isolated),
    ];
    let possible: Vec<(SubnetClass, &Guard)> = classes
        .into_iter()
        .filter(|(_, guard)| inventory.possible(&presence.and(guard)))
        .collect();
    let mut ways: Vec<String> = Vec::new();
    let evidence = [&v4.public, &v6.public, &v4.egress, &v6.egress];
    for way in evidence.into_iter().flatten().filter_map(|it| way(inventory, it)) {
        add(&mut ways, way);
    }
    match possible.as_slice() {
        [(class, _)] => (*class, ways),
        [] => (SubnetClass::Unknown, ways),
        several => {
            let differs = several
                .iter()
                .map(|(class, guard)| format!("{} when {}", class.as_str(), inventory.eval.guard(guard)));
            (SubnetClass::Varies, differs.chain(ways).collect())
        }
    }
}

fn way(inventory: &Inventory<'_>, evidence: &Evidence) -> Option<String> {
    let via = evidence.via.as_ref()?;
    let to = match via {
        Via::Local => return None,
        via => via.shown(inventory),
    };
    Some(format!("to {to}"))
}

fn name_of(inventory: &Inventory<'_>, identity: &Text) -> String {
    let noun = match identity.as_part() {
        Some(Part::Literal(_)) => "subnet",
        _ => "subnets",
    };
    unknown_words(inventory, noun, &inventory.unknown_network(identity))
}

/// Words that begin alike in one phrase: "subnets from parameter `A` and subnets from parameter `B`" is
/// "subnets from parameters `A`, `B`".
fn joined(words: &[String]) -> String {
    for (one, many) in [
        ("subnets from parameter ", "subnets from parameters "),
        ("subnet ", "subnets "),
    ] {
        let names: Option<Vec<&str>> = words.iter().map(|word| word.strip_prefix(one)).collect();
        if let Some(names) = names.filter(|names| names.len() > 1) {
            return format!("{many}{}", listed(&names));
        }
    }
    listed(words)
}
