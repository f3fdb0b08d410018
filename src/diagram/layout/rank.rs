//! In which row things stand: below what points at them.

use std::collections::BTreeMap;

use super::{Child, GROUP_TIER, Plan, Tree};

/// A thing of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Thing {
    Child(Child),
    /// The text of an edge.
    Label(usize),
}

/// The things of one box by row.
#[derive(Debug)]
pub(super) struct Ranked {
    /// The rows from the top, none of them empty.
    pub(super) rows: Vec<Vec<Thing>>,
    /// The edges that have their ends in two children of the box, with the upper of its ends first.
    pub(super) edges: Vec<(usize, Child, Child)>,
}

/// How wide the boxes of one row may be together before a row becomes several: about what a wide screen shows.
const ROW_WIDTH: i32 = 1200;
/// What a box of unknown width is taken for.
const GROUP_WIDTH: i32 = 420;

/// Ranks what stands directly in a box.
pub(super) fn rank(plan: &Plan, tree: &Tree, at: usize) -> Ranked {
    let children = tree.children(at);
    let lines: Vec<(usize, Child, Child)> = plan
        .edges
        .iter()
        .enumerate()
        .filter_map(|(edge, plan)| {
            let from = tree.child_with(at, plan.from)?;
            let to = tree.child_with(at, plan.to)?;
            (from != to).then_some((edge, from, to))
        })
        .collect();
    let order = order(plan, &children, &lines);
    let place: BTreeMap<Child, usize> = order.iter().copied().zip(0..).collect();
    let edges: Vec<(usize, Child, Child)> = lines
        .into_iter()
        .map(|(edge, from, to)| match place[&from] < place[&to] {
            true => (edge, from, to),
            false => (edge, to, from),
        })
        .collect();
    let ranks = ranks(plan, &order, &edges);
    Ranked {
        rows: rows(plan, &order, &edges, &ranks),
        edges,
    }
}

/// The upper end of every edge: the node at which it leaves downwards.
pub(super) fn uppers(plan: &Plan, tree: &Tree, ranked: &[Ranked]) -> Vec<usize> {
    let mut out: Vec<usize> = plan.edges.iter().map(|edge| edge.from).collect();
    for (at, ranked) in ranked.iter().enumerate() {
        for (edge, upper, _) in &ranked.edges {
            let plan = &plan.edges[*edge];
            if tree.child_with(at, plan.from) != Some(*upper) {
                out[*edge] = plan.to;
            }
        }
    }
    out
}

/// The children such that most lines lead from an earlier to a later one: all of them, where they make no circle.
fn order(plan: &Plan, children: &[Child], lines: &[(usize, Child, Child)]) -> Vec<Child> {
    let tier = |child: &Child| match child {
        Child::Node(node) => plan.nodes[*node].tier,
        Child::Group(_) => GROUP_TIER,
    };
    let mut waits: BTreeMap<Child, usize> = children.iter().map(|child| (*child, 0)).collect();
    let mut leads: BTreeMap<Child, Vec<Child>> = BTreeMap::new();
    for (_, from, to) in lines {
        leads.entry(*from).or_default().push(*to);
        if let Some(count) = waits.get_mut(to) {
            *count += 1;
        }
    }
    let mut left: Vec<Child> = children.to_vec();
    let mut out = Vec::with_capacity(left.len());
    while !left.is_empty() {
        // In a circle the one of the least tier goes first, and of these the one that the fewest lines have still to reach.
        let places = left.iter().enumerate();
        let next = places.min_by_key(|(at, child)| (waits[child] > 0, tier(child), waits[child], *at));
        let Some((at, _)) = next else { break };
        let child = left.remove(at);
        out.push(child);
        for to in leads.get(&child).into_iter().flatten() {
            if let Some(count) = waits.get_mut(to) {
                *count = count.saturating_sub(1);
            }
        }
    }
    out
}

/// The row of every child, those that no line touches left out. A line with a text takes one more row, for the text.
fn ranks(plan: &Plan, order: &[Child], edges: &[(usize, Child, Child)]) -> BTreeMap<Child, usize> {
    let length = |edge: usize| 1 + usize::from(plan.edges[edge].label.is_some());
    let mut above: BTreeMap<Child, Vec<(Child, usize)>> = BTreeMap::new();
    let mut below: BTreeMap<Child, Vec<(Child, usize)>> = BTreeMap::new();
    for (edge, upper, lower) in edges {
        above.entry(*lower).or_default().push((*upper, length(*edge)));
        below.entry(*upper).or_default().push((*lower, length(*edge)));
    }
    let mut ranks: BTreeMap<Child, usize> = BTreeMap::new();
    for child in order {
        if !above.contains_key(child) && !below.contains_key(child) {
            continue;
        }
        let upper = above.get(child).into_iter().flatten();
        let rank = upper.map(|(upper, length)| ranks[upper] + length).max();
        ranks.insert(*child, rank.unwrap_or(0));
    }
    // What nothing points at comes down to what it points at.
    for child in order.iter().rev().filter(|child| !above.contains_key(child)) {
        let lower = below.get(child).into_iter().flatten();
        if let Some(rank) = lower.map(|(lower, length)| ranks[lower] - length).min() {
            ranks.insert(*child, rank);
        }
    }
    ranks
}

/// The rows: of the ranks, with the texts of lines between them, and below them what no line touches.
fn rows(
    plan: &Plan,
    order: &[Child],
    edges: &[(usize, Child, Child)],
    ranks: &BTreeMap<Child, usize>,
) -> Vec<Vec<Thing>> {
    let height = ranks.values().max().map_or(0, |rank| rank + 1);
    let mut rows: Vec<Vec<Thing>> = vec![Vec::new(); height];
    for child in order {
        if let Some(rank) = ranks.get(child) {
            rows[*rank].push(Thing::Child(*child));
        }
    }
    let count = |of: fn(&(usize, Child, Child)) -> Child, child: Child| {
        edges.iter().filter(|edge| of(edge) == child).count()
    };
    for (edge, upper, lower) in edges {
        if plan.edges[*edge].label.is_none() {
            continue;
        }
        // The text stands at that end where the fewer lines are, or it would stand among them.
        let fans_out = count(|edge| edge.1, *upper) >= count(|edge| edge.2, *lower);
        let rank = if fans_out {
            ranks[lower] - 1
        } else {
            ranks[upper] + 1
        };
        rows[rank].push(Thing::Label(*edge));
    }
    let alone = order.iter().filter(|child| !ranks.contains_key(child));
    rows.push(alone.map(|child| Thing::Child(*child)).collect());
    rows.into_iter().flat_map(|row| folded(plan, row)).collect()
}

/// A row as rows that are not too wide.
fn folded(plan: &Plan, row: Vec<Thing>) -> Vec<Vec<Thing>> {
    let width = |thing: &Thing| match thing {
        Thing::Child(Child::Node(node)) => plan.nodes[*node].size.width,
        Thing::Child(Child::Group(_)) => GROUP_WIDTH,
        Thing::Label(edge) => plan.edges[*edge].label.map_or(0, |label| label.width),
    };
    let total: i32 = row.iter().map(width).sum();
    // Of more things than a screen has room for, as many side by side as below each other, roughly.
    let side = f64::from(total) * 160.0;
    let limit = ROW_WIDTH.max(side.sqrt() as i32);
    let mut out: Vec<Vec<Thing>> = Vec::new();
    let mut room = 0;
    for thing in row {
        let width = width(&thing);
        match out.last_mut() {
            Some(last) if width <= room => {
                room -= width;
                last.push(thing);
            }
            _ => {
                room = limit - width;
                out.push(vec![thing]);
            }
        }
    }
    out
}
