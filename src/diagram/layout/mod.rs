//! Where the parts of a picture stand: boxes within boxes, rows from the top down, lines that keep to the space between boxes.
//!
//! Every box is a drawing of its own. What stands directly in it is ranked along its lines ([`rank`]), ordered within the ranks
//! so that few lines cross ([`order`]), moved to where its lines come from ([`place`]), and the lines between two rows get tracks
//! ([`track`]): the method of Sugiyama, Tagawa and Toda (<https://doi.org/10.1109/TSMC.1981.4308636>). A line that passes a row
//! has a place in it as a box has, and so does the text of a line; a line that leaves a box has a place in all rows below, down
//! to its border. Hence no line crosses a box or a text, whatever the picture, and nothing has to be searched for or checked.

mod level;
mod order;
mod place;
mod rank;
mod track;

#[cfg(test)]
mod tests;

use level::Level;

/// Units are CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// Width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A box in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) at: Point,
    pub(super) size: Size,
}

impl Rect {
    pub(super) fn right(self) -> i32 {
        self.at.x + self.size.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.at.y + self.size.height
    }

    fn moved(self, by: Point) -> Rect {
        Rect {
            at: self.at.moved(by),
            size: self.size,
        }
    }
}

impl Point {
    fn moved(self, by: Point) -> Point {
        Point {
            x: self.x + by.x,
            y: self.y + by.y,
        }
    }
}

/// What is to be laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Boxes around others, a parent before its children.
    pub(super) groups: Vec<GroupPlan>,
    pub(super) nodes: Vec<NodePlan>,
    /// Between two different nodes.
    pub(super) edges: Vec<EdgePlan>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct GroupPlan {
    /// The space of its heading.
    pub(super) title: Size,
    pub(super) parent: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct NodePlan {
    /// At least; a node with many lines grows wider.
    pub(super) size: Size,
    pub(super) group: Option<usize>,
    /// Where lines lead round in a circle, the least stands on top.
    pub(super) tier: u8,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct EdgePlan {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The space of its text.
    pub(super) label: Option<Size>,
}

/// Where everything stands, in the order of the plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub(super) size: Size,
    pub(super) groups: Vec<PlacedGroup>,
    pub(super) nodes: Vec<Rect>,
    pub(super) edges: Vec<Route>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PlacedGroup {
    pub(super) frame: Rect,
    pub(super) title: Rect,
}

/// A line, as corners from `from` to `to`; two pieces where its text interrupts it.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) pieces: Vec<Vec<Point>>,
    pub(super) label: Option<Rect>,
}

/// The layout of a plan.
pub(super) fn layout(plan: &Plan) -> Layout {
    let tree = Tree::new(plan);
    let ranked: Vec<rank::Ranked> = tree.boxes().map(|at| rank::rank(plan, &tree, at)).collect();
    let uppers = rank::uppers(plan, &tree, &ranked);
    // Children come after their parents, so the innermost boxes are done first.
    let mut levels: Vec<Option<Level>> = ranked.iter().map(|_| None).collect();
    for at in tree.boxes().rev() {
        let level = Level::new(plan, &tree, at, &ranked[at], &uppers, &levels);
        levels[at] = Some(level);
    }
    let levels: Vec<Level> = levels.into_iter().flatten().collect();
    assembled(plan, &tree, &uppers, &levels)
}

/// Which box holds what. Box 0 is the picture itself, box `n + 1` is group `n`.
struct Tree {
    /// Of every box; that of the picture is itself.
    parents: Vec<usize>,
    depths: Vec<usize>,
    /// The boxes that nodes stand in.
    homes: Vec<usize>,
}

/// The [`NodePlan::tier`] of boxes, which hold things of all tiers.
const GROUP_TIER: u8 = 4;

/// What stands directly in a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Child {
    Node(usize),
    /// A box by its number in the [`Tree`].
    Group(usize),
}

impl Tree {
    fn new(plan: &Plan) -> Self {
        let number = |group: Option<usize>| group.map_or(0, |group| group + 1);
        let mut parents = vec![0];
        let mut depths = vec![0];
        for group in &plan.groups {
            let parent = number(group.parent);
            parents.push(parent);
            depths.push(depths[parent] + 1);
        }
        Self {
            parents,
            depths,
            homes: plan.nodes.iter().map(|node| number(node.group)).collect(),
        }
    }

    fn boxes(&self) -> std::ops::Range<usize> {
        0..self.parents.len()
    }

    /// What stands directly in a box: nodes, then boxes.
    fn children(&self, at: usize) -> Vec<Child> {
        let nodes = self.homes.iter().enumerate().filter(|(_, home)| **home == at);
        let groups = self.parents.iter().enumerate().skip(1);
        nodes
            .map(|(node, _)| Child::Node(node))
            .chain(
                groups
                    .filter(|(_, parent)| **parent == at)
                    .map(|(group, _)| Child::Group(group)),
            )
            .collect()
    }

    /// The child of a box that is the node or holds it; `None` for a node outside.
    fn child_with(&self, at: usize, node: usize) -> Option<Child> {
        let mut inner = self.homes[node];
        if inner == at {
            return Some(Child::Node(node));
        }
        while self.depths[inner] > self.depths[at] {
            if self.parents[inner] == at {
                return Some(Child::Group(inner));
            }
            inner = self.parents[inner];
        }
        None
    }

    /// The innermost box around both ends of an edge.
    fn common(&self, edge: &EdgePlan) -> usize {
        let (mut left, mut right) = (self.homes[edge.from], self.homes[edge.to]);
        while left != right {
            if self.depths[left] >= self.depths[right] {
                left = self.parents[left];
            } else {
                right = self.parents[right];
            }
        }
        left
    }
}

/// Puts the boxes into each other, and the pieces of every line together.
fn assembled(plan: &Plan, tree: &Tree, uppers: &[usize], levels: &[Level]) -> Layout {
    let mut out = Layout {
        size: levels[0].size,
        groups: vec![PlacedGroup::default(); plan.groups.len()],
        nodes: vec![Rect::default(); plan.nodes.len()],
        edges: vec![Route::default(); plan.edges.len()],
    };
    let mut corners = vec![Point::default(); levels.len()];
    for (at, level) in levels.iter().enumerate() {
        for (child, rect) in &level.children {
            let rect = rect.moved(corners[at]);
            match child {
                Child::Node(node) => out.nodes[*node] = rect,
                Child::Group(group) => {
                    corners[*group] = rect.at;
                    out.groups[group - 1] = PlacedGroup {
                        frame: rect,
                        title: levels[*group].title.moved(rect.at),
                    };
                }
            }
        }
    }
    for (edge, plan) in plan.edges.iter().enumerate() {
        let common = tree.common(plan);
        let (upper, lower) = if uppers[edge] == plan.from {
            (plan.from, plan.to)
        } else {
            (plan.to, plan.from)
        };
        let path = |node: usize| {
            let mut path = Vec::new();
            let mut at = tree.homes[node];
            while at != common {
                path.push(at);
                at = tree.parents[at];
            }
            path
        };
        let mut pieces: Vec<Vec<Point>> = vec![Vec::new()];
        let down = path(lower).into_iter().rev();
        for at in path(upper).into_iter().chain([common]).chain(down) {
            for (number, piece) in levels[at].routes.get(&edge).into_iter().flatten().enumerate() {
                if number > 0 {
                    pieces.push(Vec::new());
                }
                let moved = piece.iter().map(|point| point.moved(corners[at]));
                if let Some(last) = pieces.last_mut() {
                    last.extend(moved);
                }
            }
        }
        if upper != plan.from {
            pieces.reverse();
            pieces.iter_mut().for_each(|piece| piece.reverse());
        }
        out.edges[edge] = Route {
            pieces: pieces.into_iter().map(straightened).collect(),
            label: levels[common]
                .labels
                .get(&edge)
                .map(|label| label.moved(corners[common])),
        };
    }
    out
}

/// The corners of a line, without points on the way between two of them.
fn straightened(points: Vec<Point>) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if out.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = out.as_slice()
            && ((before.x == last.x && last.x == point.x) || (before.y == last.y && last.y == point.y))
        {
            out.pop();
        }
        out.push(point);
    }
    out
}
