use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A plan with random boxes, nodes and lines.
fn plans() -> impl Strategy<Value = Plan> {
    let size = (20..240_i32, 10..90_i32).prop_map(|(width, height)| Size { width, height });
    let groups = proptest::collection::vec(
        (size.clone(), any::<proptest::sample::Index>(), any::<bool>()),
        0..6,
    );
    let nodes = proptest::collection::vec(
        (size.clone(), any::<proptest::sample::Index>(), any::<bool>()),
        1..22,
    );
    let ends = (any::<proptest::sample::Index>(), any::<proptest::sample::Index>());
    let edges = proptest::collection::vec((ends, proptest::option::of(size)), 0..40);
    (groups, nodes, edges).prop_map(|(groups, nodes, edges)| {
        let mut plan = Plan::default();
        for (title, parent, is_inner) in groups {
            let count = plan.groups.len();
            plan.groups.push(GroupPlan {
                title,
                parent: (is_inner && count > 0).then(|| parent.index(count)),
            });
        }
        for (size, group, is_inner) in nodes {
            let count = plan.groups.len();
            plan.nodes.push(NodePlan {
                size,
                group: (is_inner && count > 0).then(|| group.index(count)),
                tier: (plan.nodes.len() % 7) as u8,
            });
        }
        for ((from, to), label) in edges {
            let count = plan.nodes.len();
            let (from, to) = (from.index(count), to.index(count));
            if from != to {
                plan.edges.push(EdgePlan { from, to, label });
            }
        }
        plan
    })
}

fn overlap(left: Rect, right: Rect) -> bool {
    left.at.x < right.right()
        && right.at.x < left.right()
        && left.at.y < right.bottom()
        && right.at.y < left.bottom()
}

fn holds(outer: Rect, inner: Rect) -> bool {
    outer.at.x <= inner.at.x
        && outer.at.y <= inner.at.y
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom()
}

/// What nothing may overlap: nodes, headings, texts.
fn solid(layout: &Layout) -> Vec<Rect> {
    let titles = layout.groups.iter().map(|group| group.title);
    let labels = layout.edges.iter().filter_map(|edge| edge.label);
    layout.nodes.iter().copied().chain(titles).chain(labels).collect()
}

fn is_within(plan: &Plan, group: usize, mut inner: Option<usize>) -> bool {
    while let Some(at) = inner {
        if at == group {
            return true;
        }
        inner = plan.groups[at].parent;
    }
    false
}

/// A straight part: of which line, from where to where.
type Stroke = (usize, i32, i32);

/// The straight parts of all lines by where they lie, upright or level.
fn strokes(layout: &Layout) -> BTreeMap<(bool, i32), Vec<Stroke>> {
    let mut out: BTreeMap<(bool, i32), Vec<Stroke>> = BTreeMap::new();
    for (edge, route) in layout.edges.iter().enumerate() {
        for pair in route.pieces.iter().flat_map(|piece| piece.windows(2)) {
            let is_upright = pair[0].x == pair[1].x;
            let (place, from, to) = match is_upright {
                true => (pair[0].x, pair[0].y, pair[1].y),
                false => (pair[0].y, pair[0].x, pair[1].x),
            };
            let stroke = (edge, from.min(to), from.max(to));
            out.entry((is_upright, place)).or_default().push(stroke);
        }
    }
    out
}

/// The border of a rectangle holds the point.
fn touches(rect: Rect, point: Point) -> bool {
    let inside = (rect.at.x..=rect.right()).contains(&point.x);
    inside && (point.y == rect.at.y || point.y == rect.bottom())
}

/// What is left empty from top to bottom at most: what is allowed, and what straightening of lines adds to it.
const STRIP: i32 = 60;

/// The widest strip between two things of the picture in which there is nothing, not even a line.
fn widest_strip(layout: &Layout) -> i32 {
    let frames = layout.groups.iter().map(|group| group.frame);
    let rects = frames.chain(solid(layout)).map(|rect| (rect.at.x, rect.right()));
    let pairs = layout.edges.iter().flat_map(|route| &route.pieces);
    let pairs = pairs.flat_map(|piece| piece.windows(2));
    let lines = pairs.map(|pair| (pair[0].x.min(pair[1].x), pair[0].x.max(pair[1].x)));
    let mut spans: Vec<(i32, i32)> = rects.chain(lines).collect();
    spans.sort_unstable();
    let mut reached = spans.first().map_or(0, |span| span.1);
    let mut widest = 0;
    for (start, end) in spans {
        widest = widest.max(start - reached);
        reached = reached.max(end);
    }
    widest
}

fn check(plan: &Plan) -> Result<(), TestCaseError> {
    let layout = layout(plan);
    let solid = solid(&layout);
    for (at, rect) in solid.iter().enumerate() {
        for other in &solid[at + 1..] {
            prop_assert!(!overlap(*rect, *other), "{rect:?} {other:?}");
        }
    }
    let page = Rect {
        at: Point::default(),
        size: layout.size,
    };
    for (at, placed) in layout.groups.iter().enumerate() {
        prop_assert!(holds(placed.frame, placed.title));
        prop_assert!(holds(page, placed.frame));
        for (other, inner) in layout.groups.iter().enumerate().skip(at + 1) {
            let nested = is_within(plan, at, Some(other));
            prop_assert_eq!(holds(placed.frame, inner.frame), nested);
            prop_assert_eq!(
                overlap(placed.frame, inner.frame),
                nested || is_within(plan, other, Some(at))
            );
        }
        for (node, rect) in layout.nodes.iter().enumerate() {
            let nested = is_within(plan, at, plan.nodes[node].group);
            prop_assert_eq!(
                overlap(placed.frame, *rect),
                nested,
                "a node lies in its boxes alone"
            );
            prop_assert_eq!(holds(placed.frame, *rect), nested);
        }
    }
    for (node, rect) in plan.nodes.iter().zip(&layout.nodes) {
        let is_whole = rect.size.width >= node.size.width && rect.size.height >= node.size.height;
        prop_assert!(is_whole, "{rect:?} has no room for {:?}", node.size);
    }
    for (group, placed) in plan.groups.iter().zip(&layout.groups) {
        prop_assert_eq!(placed.title.size, group.title);
    }
    prop_assert!(
        widest_strip(&layout) <= STRIP,
        "an empty strip of {}",
        widest_strip(&layout)
    );
    for strokes in strokes(&layout).values() {
        for (at, (edge, from, to)) in strokes.iter().enumerate() {
            for (other, other_from, other_to) in &strokes[at + 1..] {
                let meet = edge != other && from <= other_to && other_from <= to;
                prop_assert!(
                    !meet,
                    "lines {edge} and {other} lie on each other from {from} to {to}"
                );
            }
        }
    }
    let mut ends = BTreeSet::new();
    for (edge, route) in plan.edges.iter().zip(&layout.edges) {
        let first = route.pieces.first().and_then(|piece| piece.first()).unwrap();
        let last = route.pieces.last().and_then(|piece| piece.last()).unwrap();
        for (node, point) in [(edge.from, first), (edge.to, last)] {
            prop_assert!(
                ends.insert((node, point.x, point.y)),
                "two lines end at one place of a node"
            );
        }
        prop_assert_eq!(route.pieces.len(), 1 + usize::from(edge.label.is_some()));
        prop_assert_eq!(route.label.map(|label| label.size), edge.label);
        let first = *route.pieces.first().and_then(|piece| piece.first()).unwrap();
        let last = *route.pieces.last().and_then(|piece| piece.last()).unwrap();
        prop_assert!(touches(layout.nodes[edge.from], first), "{first:?}");
        prop_assert!(touches(layout.nodes[edge.to], last), "{last:?}");
        if let (Some(label), [before, after]) = (route.label, route.pieces.as_slice()) {
            prop_assert!(touches(label, *before.last().unwrap()));
            prop_assert!(touches(label, *after.first().unwrap()));
        }
        for piece in &route.pieces {
            prop_assert!(piece.len() >= 2);
            for pair in piece.windows(2) {
                prop_assert!(
                    pair[0].x == pair[1].x || pair[0].y == pair[1].y,
                    "orthogonal: {pair:?}"
                );
                let (left, right) = (pair[0].x.min(pair[1].x), pair[0].x.max(pair[1].x));
                let (top, bottom) = (pair[0].y.min(pair[1].y), pair[0].y.max(pair[1].y));
                for rect in &solid {
                    let crosses = left < rect.right()
                        && rect.at.x < right.max(left + 1)
                        && top < rect.bottom()
                        && rect.at.y < bottom.max(top + 1);
                    let grazes = left == right && (left == rect.at.x);
                    prop_assert!(!crosses || grazes, "{pair:?} through {rect:?}");
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_and_every_line_keeps_clear(plan in plans()) {
        check(&plan)?;
    }

    #[test]
    fn a_plan_has_one_layout(plan in plans()) {
        prop_assert_eq!(format!("{:?}", layout(&plan)), format!("{:?}", layout(&plan)));
    }
}

/// A plan of `count` nodes, each with a line to a few others.
fn large(count: usize) -> Plan {
    let mut plan = Plan::default();
    for group in 0..count / 25 {
        plan.groups.push(GroupPlan {
            title: Size {
                width: 90,
                height: 20,
            },
            parent: group.checked_sub(1).map(|last| last / 4),
        });
    }
    for node in 0..count {
        plan.nodes.push(NodePlan {
            size: Size {
                width: 160,
                height: 60,
            },
            group: (!plan.groups.is_empty()).then(|| node % plan.groups.len()),
            tier: 4,
        });
        for step in [1, 7] {
            if node >= step {
                let label = Size {
                    width: 60,
                    height: 16,
                };
                plan.edges.push(EdgePlan {
                    from: (node * step + 3) % node,
                    to: node,
                    label: (node % 5 == 0).then_some(label),
                });
            }
        }
    }
    plan
}

#[test]
fn five_hundred_nodes_are_laid_out() {
    check(&large(500)).unwrap();
}
