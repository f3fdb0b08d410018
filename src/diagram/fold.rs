//! Folding: parts that are alike, and stand alike to everything else, become one that says how many it is.
//!
//! What is alike is decided by refinement: nodes of one kind in one box are told apart by the lines at them, by the nodes
//! at the other ends of these, and so on until nothing tells any two of a class apart. So twelve services with a queue
//! each become one service and one queue, and a service with a second queue stays by itself.
//!
//! Where that leaves a picture too large to be read, likeness is taken less strictly, step by step ([`Likeness`]), until it is
//! small enough: first it does not matter how many lines of a kind a node has, then not to which node of a kind they lead,
//! in the end not where they lead at all. Fifty services, each with its own choice among seventy queues, tables and buckets,
//! become one service, one queue, one table and one bucket, with lines that say how many they stand for; and a note says
//! that the picture no longer tells which of them uses which. `--view deps` is there for every reference, and takes no such step.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{add, listed};
use super::picture::{Condition, Detail, Edge, EdgeKind, GroupId, Node, NodeId, NodeKind, Picture, View};
use crate::facts::credential;

/// Nodes of a picture that is still read at a glance: nothing is folded in it.
const READABLE_NODES: usize = 24;

/// The least number of nodes alike that are folded.
const FOLDED_MIN: usize = 4;

/// Nodes and lines of a folded picture that is still read; more of either are a thicket.
const FOLDED_NODES: usize = 48;
const FOLDED_LINES: usize = 72;

/// Rounds of refinement. Each carries a difference one line further; pictures are some six lines wide.
const MAX_ROUNDS: usize = 24;

/// Evidence of a folded line that is kept.
const MAX_EVIDENCE: usize = 8;

/// What two nodes alike have in common before lines are looked at.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Look<'p> {
    kind: NodeKind,
    noun: &'p str,
    group: Option<GroupId>,
    condition: Option<&'p str>,
}

/// When nodes of one kind in one box, under one condition, are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// They have as many lines of each kind to nodes that are alike.
    Whole,
    /// They have lines of the same kinds to nodes that are alike, however many.
    AnyNumber,
    /// They have lines of the same kinds to nodes of the same kinds.
    Surroundings,
    /// Both have lines, or neither has one.
    Kind,
}

/// From the strictest.
const LIKENESSES: &[Likeness] = &[
    Likeness::Whole,
    Likeness::AnyNumber,
    Likeness::Surroundings,
    Likeness::Kind,
];

/// Folds what is alike.
pub(super) fn fold(picture: &mut Picture) {
    if picture.nodes.len() <= READABLE_NODES {
        return;
    }
    let steps = match picture.view {
        View::Deps => &[Likeness::Whole],
        _ => LIKENESSES,
    };
    let mut found = None;
    for likeness in steps {
        let classes = classes(picture, *likeness);
        let is_readable = is_readable(picture, &classes);
        found = Some((*likeness, classes));
        if is_readable {
            break;
        }
    }
    let Some((likeness, classes)) = found else { return };
    let (before, notes) = (picture.nodes.len(), picture.notes.len());
    merge(picture, &classes);
    if likeness > Likeness::Whole && picture.nodes.len() < before {
        picture.notes.insert(
            notes,
            "which one of those that are drawn as one a line leads to is not told here: \
             `--view deps` shows every reference, and fewer templates at a time more of each"
                .to_owned(),
        );
    }
}

/// What a picture folded into these classes has is not too much to be read.
fn is_readable(picture: &Picture, classes: &[usize]) -> bool {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for class in classes {
        *sizes.entry(*class).or_default() += 1;
    }
    let is_folded = |class: usize| sizes.get(&class).is_some_and(|size| *size >= FOLDED_MIN);
    let count = |size: &usize| if *size >= FOLDED_MIN { 1 } else { *size };
    let nodes: usize = sizes.values().map(count).sum();
    // A node by its class where it is folded, else by itself.
    let end = |id: NodeId| {
        let class = classes
            .get(id.0 as usize)
            .copied()
            .filter(|class| is_folded(*class));
        (class, class.is_none().then_some(id))
    };
    let edges = picture.edges.iter();
    let lines: BTreeSet<_> = edges
        .map(|edge| (end(edge.from), end(edge.to), edge.kind))
        .collect();
    nodes <= FOLDED_NODES && lines.len() <= FOLDED_LINES
}

/// Makes one node of every class that is large enough.
fn merge(picture: &mut Picture, classes: &[usize]) {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, class) in classes.iter().enumerate() {
        members.entry(*class).or_default().push(node);
    }
    let is_folded = |class: &usize| {
        let list = members.get(class);
        list.is_some_and(|list| list.len() >= FOLDED_MIN)
    };
    let mut new: Vec<NodeId> = Vec::with_capacity(classes.len());
    let mut nodes: Vec<Node> = Vec::new();
    let mut made: BTreeMap<usize, NodeId> = BTreeMap::new();
    for (index, class) in classes.iter().enumerate() {
        if let Some(id) = made.get(class) {
            new.push(*id);
            continue;
        }
        let id = NodeId(nodes.len() as u32);
        new.push(id);
        let alike = members.get(class).filter(|_| is_folded(class));
        match alike {
            Some(alike) => {
                made.insert(*class, id);
                let alike: Vec<&Node> = alike.iter().filter_map(|at| picture.nodes.get(*at)).collect();
                let Some(node) = picture.nodes.get(index).map(|first| folded(first, &alike)) else {
                    continue;
                };
                picture.notes.push(format!(
                    "{} are drawn as one: {}",
                    node.noun,
                    node.members.join(", ")
                ));
                nodes.push(node);
            }
            None => nodes.extend(picture.nodes.get(index).cloned()),
        }
    }
    picture.nodes = nodes;
    merge_edges(picture, &new);
}

/// The class of each node.
fn classes(picture: &Picture, likeness: Likeness) -> Vec<usize> {
    let looks = picture.nodes.iter().map(|node| Look {
        kind: node.kind,
        noun: &node.noun,
        group: node.group,
        condition: node.condition.as_ref().map(|condition| condition.text.as_str()),
    });
    let mut colours = numbered(looks.collect());
    let rounds = match likeness {
        Likeness::Whole | Likeness::AnyNumber => MAX_ROUNDS,
        Likeness::Surroundings | Likeness::Kind => 1,
    };
    for _ in 0..rounds {
        let before = colours.iter().collect::<BTreeSet<_>>().len();
        let mut lines: Vec<Vec<(bool, EdgeKind, bool, usize)>> = vec![Vec::new(); picture.nodes.len()];
        for edge in &picture.edges {
            let (from, to) = (edge.from.0 as usize, edge.to.0 as usize);
            let is_dashed = edge.is_dashed();
            lines[from].push((true, edge.kind, is_dashed, colours[to]));
            lines[to].push((false, edge.kind, is_dashed, colours[from]));
        }
        let is_linked: Vec<bool> = lines.iter().map(|lines| !lines.is_empty()).collect();
        for lines in &mut lines {
            lines.sort();
            match likeness {
                Likeness::Whole => {}
                Likeness::AnyNumber | Likeness::Surroundings => lines.dedup(),
                Likeness::Kind => lines.clear(),
            }
        }
        let seen = colours.iter().copied().zip(is_linked).zip(lines);
        colours = numbered(seen.collect());
        if colours.iter().collect::<BTreeSet<_>>().len() == before {
            break;
        }
    }
    colours
}

/// Equal items get equal numbers, in the order of the items.
fn numbered<T: Ord>(items: Vec<T>) -> Vec<usize> {
    let distinct: BTreeSet<&T> = items.iter().collect();
    let numbers: BTreeMap<&T, usize> = distinct.into_iter().zip(0..).collect();
    items
        .iter()
        .map(|item| numbers.get(item).copied().unwrap_or_default())
        .collect()
}

/// One node for several, `first` among them.
fn folded(first: &Node, alike: &[&Node]) -> Node {
    let names: Vec<String> = alike.iter().map(|node| node.label.clone()).collect();
    let common = |detail: &&Detail| alike.iter().all(|node| node.details.contains(detail));
    Node {
        label: listed(&names),
        noun: format!("{} × {}", alike.len(), first.noun),
        details: first.details.iter().filter(common).cloned().collect(),
        subjects: alike.iter().flat_map(|node| node.subjects.clone()).collect(),
        members: names,
        ..first.clone()
    }
}

/// Lines between the new nodes; those that fall together become one.
fn merge_edges(picture: &mut Picture, new: &[NodeId]) {
    let old = std::mem::take(&mut picture.edges);
    let mut places: BTreeMap<(NodeId, NodeId, EdgeKind, Option<String>), usize> = BTreeMap::new();
    let to = |id: NodeId| new.get(id.0 as usize).copied().unwrap_or(id);
    for edge in old {
        let (from, to) = (to(edge.from), to(edge.to));
        let text = |condition: &Condition| condition.text.clone();
        let key = (from, to, edge.kind, edge.condition.as_ref().map(text));
        let place = *places.entry(key).or_insert(picture.edges.len());
        match picture.edges.get_mut(place) {
            None => picture.edges.push(Edge { from, to, ..edge }),
            Some(known) => {
                known.count += edge.count;
                known.assumed |= edge.assumed;
                edge.labels
                    .into_iter()
                    .for_each(|label| add(&mut known.labels, label));
                let room = MAX_EVIDENCE.saturating_sub(known.evidence.len());
                known.evidence.extend(edge.evidence.into_iter().take(room));
                known.subjects.extend(edge.subjects);
            }
        }
    }
}

/// Hides what has the shape of a credential, wherever it came from.
pub(super) fn mask(picture: &mut Picture) {
    let clear = |text: &mut String| {
        if let Some(masked) = credential::masked(text) {
            *text = masked.to_string();
        }
    };
    for node in &mut picture.nodes {
        clear(&mut node.label);
        node.details.iter_mut().for_each(|detail| clear(&mut detail.text));
        node.condition
            .iter_mut()
            .for_each(|condition| clear(&mut condition.text));
        node.members.iter_mut().for_each(clear);
    }
    for group in &mut picture.groups {
        clear(&mut group.label);
        group
            .details
            .iter_mut()
            .for_each(|detail| clear(&mut detail.text));
        group
            .condition
            .iter_mut()
            .for_each(|condition| clear(&mut condition.text));
    }
    for edge in &mut picture.edges {
        edge.labels.iter_mut().for_each(clear);
        edge.evidence.iter_mut().for_each(clear);
        edge.condition
            .iter_mut()
            .for_each(|condition| clear(&mut condition.text));
    }
    picture.notes.iter_mut().for_each(clear);
}
