//! Several deployments in one picture: what is linked stands in one box, named after its root templates.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::canvas::listed;
use super::picture::{Edge, Group, GroupId, GroupKind, Node, NodeId, NodeKind, Picture};
use crate::project::StackId;
use crate::source::Str;

/// A picture before its deployments are told apart.
pub(super) struct Draft {
    pub(super) picture: Picture,
    /// The root stack of each node.
    pub(super) roots: Vec<StackId>,
    /// The root stacks of boxes that are resources.
    pub(super) group_roots: Vec<(GroupId, StackId)>,
}

impl Draft {
    /// The draft without some nodes and the lines at them.
    pub(super) fn without(mut self, gone: &[NodeId]) -> Draft {
        if gone.is_empty() {
            return self;
        }
        let gone: BTreeSet<NodeId> = gone.iter().copied().collect();
        let stays: Vec<bool> = self.picture.node_ids().map(|id| !gone.contains(&id)).collect();
        let mut next = 0;
        let new: Vec<Option<NodeId>> = stays
            .iter()
            .map(|stays| {
                next += u32::from(*stays);
                stays.then(|| NodeId(next - 1))
            })
            .collect();
        self.roots = kept(self.roots, &stays);
        self.picture.nodes = kept(self.picture.nodes, &stays);
        redirect(&mut self.picture, |id| new.get(id.0 as usize).copied().flatten());
        self
    }

    /// The picture; with a box around each deployment where there are several.
    pub(super) fn in_deployments(mut self, files: &FxHashMap<StackId, Str>) -> Picture {
        let members = self.members();
        let deployments: BTreeSet<StackId> = members.values().copied().collect();
        let at = |node: usize| members.get(&self.roots[node]).copied();
        let homes: Vec<Option<StackId>> = (0..self.picture.nodes.len()).map(at).collect();
        let names = |deployment: StackId| {
            let roots = members.iter().filter(|(_, top)| **top == deployment);
            let names: BTreeSet<Str> = roots.filter_map(|(root, _)| files.get(root).cloned()).collect();
            names
        };
        self.picture.templates = deployments.iter().flat_map(|top| names(*top)).collect();
        self.picture.templates.sort();
        if deployments.len() > 1 {
            let common = common_folder(&self.picture.templates).to_owned();
            wrap(&mut self.picture, &homes, &deployments, |deployment| {
                let names = names(deployment);
                let short: Vec<&str> = names
                    .iter()
                    .map(|name| name.strip_prefix(&*common).unwrap_or(name))
                    .collect();
                listed(&short)
            });
        }
        self.picture = merged_internets(self.picture, &homes);
        prune(&mut self.picture);
        self.picture
    }

    /// The deployment of each root stack, named by its first one: roots whose parts are linked, or stand in one box.
    fn members(&self) -> BTreeMap<StackId, StackId> {
        let mut parent: BTreeMap<StackId, StackId> = BTreeMap::new();
        for root in self
            .roots
            .iter()
            .copied()
            .chain(self.group_roots.iter().map(|it| it.1))
        {
            parent.insert(root, root);
        }
        let mut join = |left: StackId, right: StackId| {
            let (left, right) = (top(&parent, left), top(&parent, right));
            parent.insert(left.max(right), left.min(right));
        };
        for edge in &self.picture.edges {
            join(self.roots[edge.from.0 as usize], self.roots[edge.to.0 as usize]);
        }
        let mut owners: BTreeMap<GroupId, StackId> = BTreeMap::new();
        for (group, root) in &self.group_roots {
            let outer = outermost(&self.picture, *group);
            join(*owners.entry(outer).or_insert(*root), *root);
        }
        for (node, root) in self.picture.nodes.iter().zip(&self.roots) {
            if let Some(group) = node.group {
                let outer = outermost(&self.picture, group);
                join(*owners.entry(outer).or_insert(*root), *root);
            }
        }
        let all: Vec<StackId> = parent.keys().copied().collect();
        all.into_iter().map(|root| (root, top(&parent, root))).collect()
    }
}

/// The folder that all paths begin with, the slash included.
pub(super) fn common_folder(paths: &[Str]) -> &str {
    let Some(first) = paths.first() else { return "" };
    let ends = first.match_indices('/').map(|(at, _)| at + 1).rev();
    let mut folders = ends.filter_map(|end| first.get(..end));
    folders
        .find(|folder| paths.iter().all(|path| path.starts_with(folder)))
        .unwrap_or_default()
}

fn top(parent: &BTreeMap<StackId, StackId>, root: StackId) -> StackId {
    let mut at = root;
    while let Some(above) = parent.get(&at).filter(|above| **above != at) {
        at = *above;
    }
    at
}

fn outermost(picture: &Picture, group: GroupId) -> GroupId {
    let mut at = group;
    while let Some(parent) = picture.group(at).parent {
        at = parent;
    }
    at
}

fn kept<T>(items: Vec<T>, stays: &[bool]) -> Vec<T> {
    items
        .into_iter()
        .zip(stays)
        .filter_map(|(item, stays)| stays.then_some(item))
        .collect()
}

/// Gives lines their new ends; those without are dropped.
fn redirect(picture: &mut Picture, to: impl Fn(NodeId) -> Option<NodeId>) {
    let edges = std::mem::take(&mut picture.edges).into_iter();
    let edges = edges.filter_map(|edge| {
        Some(Edge {
            from: to(edge.from)?,
            to: to(edge.to)?,
            ..edge
        })
    });
    picture.edges = edges.collect();
}

/// Puts a box around each deployment.
fn wrap(
    picture: &mut Picture,
    homes: &[Option<StackId>],
    deployments: &BTreeSet<StackId>,
    name: impl Fn(StackId) -> String,
) {
    let boxes: BTreeMap<StackId, GroupId> = deployments
        .iter()
        .enumerate()
        .map(|(index, deployment)| (*deployment, GroupId(index as u32)))
        .collect();
    let mut owners: BTreeMap<GroupId, GroupId> = BTreeMap::new();
    for (node, home) in picture.nodes.iter().zip(homes) {
        let around = home.and_then(|home| boxes.get(&home));
        if let (Some(group), Some(around)) = (node.group, around) {
            owners.entry(outermost(picture, group)).or_insert(*around);
        }
    }
    let shift = |id: GroupId| GroupId(id.0 + boxes.len() as u32);
    let mut groups: Vec<Group> = boxes
        .keys()
        .map(|deployment| Group {
            kind: GroupKind::Deployment,
            label: name(*deployment),
            parent: None,
            details: Vec::new(),
            condition: None,
            subjects: Vec::new(),
            flags: Vec::new(),
        })
        .collect();
    let old = std::mem::take(&mut picture.groups).into_iter().enumerate();
    groups.extend(old.map(|(index, group)| Group {
        parent: match group.parent {
            Some(parent) => Some(shift(parent)),
            None => owners.get(&GroupId(index as u32)).copied(),
        },
        ..group
    }));
    picture.groups = groups;
    for (node, home) in picture.nodes.iter_mut().zip(homes) {
        node.group = match node.group {
            Some(group) => Some(shift(group)),
            None => home.and_then(|home| boxes.get(&home)).copied(),
        };
    }
}

/// One internet for each deployment, where roots with one of their own turned out to be linked.
fn merged_internets(mut picture: Picture, homes: &[Option<StackId>]) -> Picture {
    let mut first: BTreeMap<Option<StackId>, usize> = BTreeMap::new();
    let mut same: Vec<usize> = Vec::new();
    for (index, (node, home)) in picture.nodes.iter().zip(homes).enumerate() {
        let kept = match node.kind {
            NodeKind::Internet => *first.entry(*home).or_insert(index),
            _ => index,
        };
        same.push(kept);
    }
    let stays: Vec<bool> = same
        .iter()
        .enumerate()
        .map(|(index, kept)| index == *kept)
        .collect();
    let mut next = 0;
    let numbers: Vec<u32> = stays
        .iter()
        .map(|stays| {
            next += u32::from(*stays);
            next.saturating_sub(1)
        })
        .collect();
    let to = |id: NodeId| {
        let kept = same.get(id.0 as usize)?;
        numbers.get(*kept).copied().map(NodeId)
    };
    picture.nodes = kept(picture.nodes, &stays);
    redirect(&mut picture, to);
    picture
}

/// Drops boxes in which nothing stands.
fn prune(picture: &mut Picture) {
    let mut used = vec![false; picture.groups.len()];
    for node in &picture.nodes {
        let mut at = node.group;
        while let Some(group) = at {
            if let Some(used) = used.get_mut(group.0 as usize) {
                *used = true;
            }
            at = picture.group(group).parent;
        }
    }
    let mut next = 0;
    let numbers: Vec<GroupId> = used
        .iter()
        .map(|used| {
            next += u32::from(*used);
            GroupId(next.saturating_sub(1))
        })
        .collect();
    let number = |id: GroupId| numbers.get(id.0 as usize).copied();
    picture.groups = kept(std::mem::take(&mut picture.groups), &used);
    for group in &mut picture.groups {
        group.parent = group.parent.and_then(number);
    }
    let renumber = |node: &mut Node| node.group = node.group.and_then(number);
    picture.nodes.iter_mut().for_each(renumber);
}
