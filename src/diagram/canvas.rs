//! Puts a picture together out of facts: resources become nodes once, equal lines become one, conditions become words.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::deployment::Draft;
use super::fold::{fold, mask};
use super::picture::{
    Condition, Detail, DetailKind, Edge, EdgeKind, Group, GroupId, GroupKind, Node, NodeId, NodeKind,
    Picture, View,
};
use crate::diag::Subject;
use crate::eval::guard::{Holds, holds, satisfiable};
use crate::eval::{Evaluator, Guard, Unknown};
use crate::facts::{Facts, Inventory};
use crate::project::{ResourceId, StackId};

/// Atoms and connectives of a condition that is written out; a longer one is no help in a picture.
const MAX_WRITTEN: usize = 12;

/// A picture in the making.
pub(super) struct Canvas<'c, 'a> {
    pub(super) facts: &'c Facts<'a>,
    pub(super) picture: Picture,
    by_resource: FxHashMap<ResourceId, NodeId>,
    internets: FxHashMap<StackId, NodeId>,
    by_words: FxHashMap<(NodeKind, String, StackId), NodeId>,
    edges: FxHashMap<(NodeId, NodeId, EdgeKind, Option<Condition>), usize>,
    /// When each node is there; parallel to the nodes.
    guards: Vec<Guard>,
    conditions: FxHashMap<(Guard, Guard), Option<Condition>>,
    /// The root stack that each node belongs to; parallel to the nodes.
    roots: Vec<StackId>,
    /// The root stacks of boxes that are resources.
    group_roots: Vec<(GroupId, StackId)>,
    left_out: Vec<NodeId>,
}

impl<'c, 'a> Canvas<'c, 'a> {
    pub(super) fn new(facts: &'c Facts<'a>, view: View) -> Self {
        Self {
            facts,
            picture: Picture {
                view,
                ..Picture::default()
            },
            by_resource: FxHashMap::default(),
            internets: FxHashMap::default(),
            by_words: FxHashMap::default(),
            edges: FxHashMap::default(),
            guards: Vec::new(),
            conditions: FxHashMap::default(),
            roots: Vec::new(),
            group_roots: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// The picture, with what belongs together in one box where there are several deployments, and with repeated parts folded.
    pub(super) fn finish(self) -> Picture {
        let files = FxHashMap::from_iter(self.inventory().project().stack_ids().map(|stack| {
            let project = self.inventory().project();
            (stack, project.sources.get(project.file(stack)).path().clone())
        }));
        let draft = Draft {
            picture: self.picture,
            roots: self.roots,
            group_roots: self.group_roots,
        };
        let mut picture = draft.without(&self.left_out).in_deployments(&files);
        fold(&mut picture);
        mask(&mut picture);
        picture
    }

    pub(super) fn inventory(&self) -> &'c Inventory<'a> {
        &self.facts.inventory
    }

    pub(super) fn eval(&self) -> &'c Evaluator<'a> {
        &self.facts.inventory.eval
    }

    /// The root stack of a resource.
    pub(super) fn root(&self, id: ResourceId) -> StackId {
        self.inventory().project().stack(id.stack).root
    }

    /// When a node is there.
    pub(super) fn guard(&self, node: NodeId) -> &Guard {
        &self.guards[node.0 as usize]
    }

    fn push(&mut self, node: Node, guard: Guard, root: StackId) -> NodeId {
        let id = NodeId(self.picture.nodes.len() as u32);
        self.picture.nodes.push(node);
        self.guards.push(guard);
        self.roots.push(root);
        id
    }

    /// The node that a resource is, or is part of.
    pub(super) fn find(&self, id: ResourceId) -> Option<NodeId> {
        self.by_resource.get(&id).copied()
    }

    /// The node of a resource, made when there is none.
    pub(super) fn resource(&mut self, id: ResourceId, kind: NodeKind, noun: impl Into<String>) -> NodeId {
        if let Some(node) = self.find(id) {
            return node;
        }
        let guard = self.inventory().presence(id);
        let node = Node {
            kind,
            label: self.inventory().logical_id(id).to_string(),
            noun: noun.into(),
            group: None,
            details: Vec::new(),
            condition: self.condition(&Guard::True, &guard),
            subjects: vec![self.inventory().subject(id)],
            members: Vec::new(),
            flags: Vec::new(),
        };
        let root = self.root(id);
        let node = self.push(node, guard, root);
        self.by_resource.insert(id, node);
        node
    }

    /// A node for something that is no resource of the templates; the same words of one
    /// deployment give the same node, those of two need not mean the same.
    pub(super) fn words(&mut self, kind: NodeKind, label: String, noun: &str, root: StackId) -> NodeId {
        let key = (kind, label.clone(), root);
        if let Some(node) = self.by_words.get(&key) {
            return *node;
        }
        let node = Node {
            kind,
            label,
            noun: noun.to_owned(),
            group: None,
            details: Vec::new(),
            condition: None,
            subjects: Vec::new(),
            members: Vec::new(),
            flags: Vec::new(),
        };
        let node = self.push(node, Guard::True, root);
        self.by_words.insert(key, node);
        node
    }

    /// The internet as a deployment sees it: each has its own, so that no line crosses from one to another.
    pub(super) fn internet(&mut self, root: StackId) -> NodeId {
        if let Some(node) = self.internets.get(&root) {
            return *node;
        }
        let node = Node {
            kind: NodeKind::Internet,
            label: "internet".to_owned(),
            noun: String::new(),
            group: None,
            details: Vec::new(),
            condition: None,
            subjects: Vec::new(),
            members: Vec::new(),
            flags: Vec::new(),
        };
        let node = self.push(node, Guard::True, root);
        self.internets.insert(root, node);
        node
    }

    /// Makes a node stand for one more resource.
    pub(super) fn stands_for(&mut self, node: NodeId, id: ResourceId) {
        let subject = self.inventory().subject(id);
        add(&mut self.picture.nodes[node.0 as usize].subjects, subject);
    }

    /// Makes a resource part of a node: lines to it lead to the node.
    pub(super) fn is_part_of(&mut self, id: ResourceId, node: NodeId) {
        self.by_resource.entry(id).or_insert(node);
        self.stands_for(node, id);
    }

    /// A line of text on a node; each once.
    pub(super) fn detail(&mut self, node: NodeId, kind: DetailKind, text: impl Into<String>) {
        let detail = Detail {
            kind,
            text: text.into(),
        };
        add(&mut self.picture.nodes[node.0 as usize].details, detail);
    }

    /// A box.
    pub(super) fn group(&mut self, kind: GroupKind, label: String, parent: Option<GroupId>) -> GroupId {
        let id = GroupId(self.picture.groups.len() as u32);
        self.picture.groups.push(Group {
            kind,
            label,
            parent,
            details: Vec::new(),
            condition: None,
            subjects: Vec::new(),
            flags: Vec::new(),
        });
        id
    }

    /// A line from node to node; the same one when it is drawn already. Nothing when no parameter values bring it about.
    pub(super) fn edge(
        &mut self,
        from: NodeId,
        to: NodeId,
        kind: EdgeKind,
        guard: &Guard,
    ) -> Option<&mut Edge> {
        let ends = self.guard(from).and(self.guard(to));
        if !self.inventory().possible(&ends.and(guard)) {
            return None;
        }
        let condition = self.condition(&ends, guard);
        let key = (from, to, kind, condition.clone());
        let edges = &mut self.picture.edges;
        let index = *self.edges.entry(key).or_insert_with(|| {
            edges.push(Edge {
                from,
                to,
                kind,
                labels: Vec::new(),
                condition,
                assumed: false,
                evidence: Vec::new(),
                subjects: Vec::new(),
                count: 1,
                flags: Vec::new(),
            });
            edges.len() - 1
        });
        edges.get_mut(index)
    }

    /// Takes a node back when the picture is finished, with the lines at it.
    pub(super) fn leave_out(&mut self, node: NodeId) {
        self.left_out.push(node);
    }

    /// Says in which deployment a box belongs.
    pub(super) fn belongs(&mut self, group: GroupId, root: StackId) {
        self.group_roots.push((group, root));
    }

    /// The condition of something whose surroundings are there when `given` holds; nothing when it always is then.
    pub(super) fn condition(&mut self, given: &Guard, guard: &Guard) -> Option<Condition> {
        if *guard == Guard::True {
            return None;
        }
        let key = (given.clone(), guard.clone());
        if let Some(known) = self.conditions.get(&key) {
            return known.clone();
        }
        let condition = condition(self.eval(), given, guard);
        self.conditions.insert(key, condition.clone());
        condition
    }
}

/// The condition in words, as far as what is given does not imply it.
fn condition(eval: &Evaluator<'_>, given: &Guard, guard: &Guard) -> Option<Condition> {
    let is_implied = |part: &Guard| satisfiable(&given.and(&part.negated()), eval).is_no();
    if is_implied(guard) {
        return None;
    }
    let rest = match guard {
        Guard::And(parts) => Guard::all(parts.iter().filter(|part| !is_implied(part)).cloned()),
        other => other.clone(),
    };
    let text = match rest.is_larger_than(MAX_WRITTEN) {
        true => "a combination of parameters holds".to_owned(),
        false => eval.guard(&rest),
    };
    let by_default = matches!(holds(given, guard, eval), Holds::Always | Holds::ByDefault(_));
    Some(Condition { text, by_default })
}

/// Adds what is not there yet.
pub(super) fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

impl Edge {
    /// Adds a label; each once.
    pub(super) fn labelled(&mut self, label: impl Into<String>) -> &mut Self {
        add(&mut self.labels, label.into());
        self
    }

    /// Adds what it is known by; each once.
    pub(super) fn because(&mut self, evidence: impl Into<String>) -> &mut Self {
        add(&mut self.evidence, evidence.into());
        self
    }

    /// Makes it stand for a resource.
    pub(super) fn made_by(&mut self, subject: Arc<Subject>) -> &mut Self {
        add(&mut self.subjects, subject);
        self
    }

    /// Says that a link on the way was assumed.
    pub(super) fn assumed_if(&mut self, assumed: bool) -> &mut Self {
        self.assumed |= assumed;
        self
    }
}

/// Something that is not known, in words: "subnets from parameter `SubnetIds`".
pub(super) fn unknown_words(inventory: &Inventory<'_>, noun: &str, reason: &Unknown) -> String {
    match reason {
        Unknown::Parameter(var) | Unknown::Network(var) => format!("{noun} from parameter `{}`", var.name),
        Unknown::Import(name) => format!("{noun} imported as `{name}`"),
        Unknown::RivalExports(rivals) => format!("{noun} imported as `{}`", rivals.name),
        Unknown::NotFollowed(id) => format!("{noun} of nested stack `{id}`, which is left alone"),
        Unknown::MissingTemplate(id) => format!("{noun} of nested stack `{id}`, which is not loaded"),
        Unknown::MissingOutput(name) => format!("{noun} from `{name}`, which does not exist"),
        Unknown::Macro(name) => format!("{noun} by macro `{name}`"),
        Unknown::Attribute(id, attribute) => {
            format!("{noun} from `{}.{attribute}`", inventory.logical_id(*id))
        }
        Unknown::External(id) => format!("{noun} `{id}`"),
        Unknown::Undeclared(name) => format!("{noun} `{name}`, which is not declared"),
        Unknown::Dynamic(text) => format!("{noun} from `{text}`"),
        Unknown::OpenWorld(exit) => format!(
            "{noun} elsewhere: `{}` leaves by `{}`",
            inventory.logical_id(exit.resource),
            exit.name
        ),
        other => format!("{noun} not known: {}", inventory.eval.reason(other).text),
    }
}

/// How many names a list shows; the others are counted.
const MAX_NAMES: usize = 6;

/// Names in one text, the first ones of a long list.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(MAX_NAMES).map(AsRef::as_ref).collect();
    match names.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", shown.join(", ")),
        None => shown.join(", "),
    }
}
