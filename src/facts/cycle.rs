//! Cycles of directed graphs whose edges come and go.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::eval::Guard;

/// Cycles looked for in one graph; whoever mends so many looks again.
const MAX_CYCLES: usize = 16;

/// Nodes of one graph from which a cycle is looked for. A template has 500 resources at most.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MAX_STARTS: usize = 500;

/// An edge: the first node needs the second.
#[derive(Clone, Debug)]
pub struct Edge<N> {
    /// The node that needs.
    pub from: N,
    /// The node that is needed.
    pub to: N,
    /// When.
    pub guard: Guard,
}

/// Cycles as lists of edge numbers, each cycle from its least node on, a shortest one through that node. Every node is on
/// one cycle at most. A cycle whose edges exclude each other, as `possible` says, is none.
pub fn cycles<N: Ord + Copy>(edges: &[Edge<N>], possible: &dyn Fn(&Guard) -> bool) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut used: BTreeSet<N> = BTreeSet::new();
    let outgoing = trimmed(edges);
    for start in outgoing.keys().take(MAX_STARTS) {
        if used.contains(start) {
            continue;
        }
        let is_open = |node: &N| !used.contains(node);
        if let Some(cycle) = shortest(edges, &outgoing, *start, &is_open, possible) {
            used.extend(
                cycle
                    .iter()
                    .filter_map(|edge| edges.get(*edge))
                    .map(|edge| edge.from),
            );
            out.push(cycle);
        }
        if out.len() == MAX_CYCLES {
            break;
        }
    }
    out
}

/// The edges by the node they leave, without the nodes that nothing leads to or away from; those are on no cycle.
fn trimmed<N: Ord + Copy>(edges: &[Edge<N>]) -> BTreeMap<N, Vec<usize>> {
    let mut nodes: BTreeMap<N, Ties> = BTreeMap::new();
    for (index, edge) in edges.iter().enumerate() {
        nodes.entry(edge.from).or_default().leaving.insert(index);
        nodes.entry(edge.to).or_default().arriving.insert(index);
    }
    let is_end = |ties: &Ties| ties.leaving.is_empty() || ties.arriving.is_empty();
    let ends = nodes.iter().filter(|(_, ties)| is_end(ties));
    let mut ends: Vec<N> = ends.map(|(node, _)| *node).collect();
    while let Some(node) = ends.pop() {
        let Some(ties) = nodes.remove(&node) else { continue };
        for index in ties.leaving.into_iter().chain(ties.arriving) {
            let edge = &edges[index];
            for node in [edge.from, edge.to] {
                let Some(ties) = nodes.get_mut(&node) else {
                    continue;
                };
                let was_end = is_end(ties);
                ties.leaving.remove(&index);
                ties.arriving.remove(&index);
                if is_end(ties) && !was_end {
                    ends.push(node);
                }
            }
        }
    }
    let kept = nodes.into_iter().map(|(node, ties)| {
        let mut leaving: Vec<usize> = ties.leaving.into_iter().collect();
        leaving.sort_by_key(|index| edges[*index].to);
        (node, leaving)
    });
    kept.collect()
}

/// The edges of a node, as their numbers.
#[derive(Default)]
struct Ties {
    leaving: BTreeSet<usize>,
    arriving: BTreeSet<usize>,
}

/// A shortest way from a node back to it through open nodes.
fn shortest<N: Ord + Copy>(
    edges: &[Edge<N>],
    outgoing: &BTreeMap<N, Vec<usize>>,
    start: N,
    is_open: &dyn Fn(&N) -> bool,
    possible: &dyn Fn(&Guard) -> bool,
) -> Option<Vec<usize>> {
    // The edge by which each node was reached, and when the whole way there is open.
    let mut reached: BTreeMap<N, (usize, Guard)> = BTreeMap::new();
    let mut pending = VecDeque::from([(start, Guard::True)]);
    while let Some((node, way)) = pending.pop_front() {
        for index in outgoing.get(&node).into_iter().flatten() {
            let Some(edge) = edges.get(*index) else { continue };
            if reached.contains_key(&edge.to) || !is_open(&edge.to) {
                continue;
            }
            let way = way.and(&edge.guard);
            if way != Guard::True && !possible(&way) {
                continue;
            }
            reached.insert(edge.to, (*index, way.clone()));
            if edge.to == start {
                return Some(back(edges, &reached, start));
            }
            pending.push_back((edge.to, way));
        }
    }
    None
}

/// The edges of the way that leads to `start`, in order.
fn back<N: Ord + Copy>(edges: &[Edge<N>], reached: &BTreeMap<N, (usize, Guard)>, start: N) -> Vec<usize> {
    let mut cycle = Vec::new();
    let mut node = start;
    while let Some((index, _)) = reached.get(&node) {
        cycle.push(*index);
        let Some(edge) = edges.get(*index) else { break };
        node = edge.from;
        if node == start {
            break;
        }
    }
    cycle.reverse();
    cycle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(pairs: &[(u32, u32)]) -> Vec<Edge<u32>> {
        let edge = |&(from, to)| Edge {
            from,
            to,
            guard: Guard::True,
        };
        pairs.iter().map(edge).collect()
    }

    fn found(pairs: &[(u32, u32)]) -> Vec<Vec<usize>> {
        cycles(&edges(pairs), &|_| true)
    }

    #[test]
    fn a_cycle_starts_at_its_least_node_wherever_it_is_entered() {
        assert_eq!(found(&[(9, 3), (3, 2), (2, 1), (1, 3), (3, 7)]), [vec![3, 1, 2]]);
        assert_eq!(found(&[(1, 1)]), [vec![0]]);
    }

    #[test]
    fn ways_that_lead_nowhere_are_no_cycle() {
        assert!(found(&[(1, 2), (2, 3), (1, 3)]).is_empty());
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn of_cycles_through_one_node_the_shortest_is_told() {
        assert_eq!(found(&[(1, 2), (2, 3), (3, 1), (2, 1)]), [vec![0, 3]]);
    }

    #[test]
    fn two_cycles_apart_are_both_told() {
        assert_eq!(
            found(&[(1, 2), (2, 1), (2, 3), (3, 4), (4, 3)]),
            [vec![0, 1], vec![3, 4]]
        );
    }

    #[test]
    fn edges_that_exclude_each_other_make_no_cycle() {
        let mut edges = edges(&[(1, 2), (2, 1)]);
        for edge in &mut edges {
            edge.guard = Guard::Opaque("c".into());
        }
        assert_eq!(cycles(&edges, &|_| true).len(), 1);
        assert!(cycles(&edges, &|_| false).is_empty());
    }
}
