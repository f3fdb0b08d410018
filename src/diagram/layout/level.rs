//! What stands directly in one box, and the lines there.

use std::collections::BTreeMap;

use super::order::order;
use super::place::place;
use super::rank::{Ranked, Thing};
use super::track::{Crossing, corners, tracks};
use super::{Child, Plan, Point, Rect, Size, Tree};

/// Between the border of a box and what is in it.
const PAD: i32 = 16;
/// Between the rows where no line is.
const ROW_SPACE: i32 = 20;
/// Below a heading where no line is.
const TITLE_SPACE: i32 = 10;
/// Between the ends of two lines at one node, at least.
const PORT_SPACE: i32 = 10;

/// A thing with its place in a row.
#[derive(Debug)]
pub(super) struct Item {
    kind: ItemKind,
    pub(super) width: i32,
    height: i32,
    /// It stays first in its row.
    pub(super) is_fixed: bool,
    /// The ends of its lines can be anywhere along it.
    pub(super) has_free_ports: bool,
    top: BTreeMap<usize, i32>,
    bottom: BTreeMap<usize, i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemKind {
    Thing(Thing),
    /// The heading of the box.
    Title,
    /// A line on its way through the row.
    Pass,
}

/// A line from a row to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) edge: usize,
    pub(super) upper: usize,
    pub(super) lower: usize,
}

impl Item {
    fn new(kind: ItemKind, size: Size) -> Self {
        Self {
            kind,
            width: size.width,
            height: size.height,
            is_fixed: kind == ItemKind::Title,
            has_free_ports: matches!(kind, ItemKind::Thing(Thing::Child(Child::Node(_)))),
            top: BTreeMap::new(),
            bottom: BTreeMap::new(),
        }
    }

    /// From its left edge to that of the next thing of the row.
    pub(super) fn distance(&self, next: &Item) -> i32 {
        self.width + self.margin() + next.margin()
    }

    fn margin(&self) -> i32 {
        match self.kind {
            ItemKind::Thing(Thing::Child(_)) => 14,
            ItemKind::Thing(Thing::Label(_)) | ItemKind::Title => 8,
            ItemKind::Pass => 6,
        }
    }

    /// The edges that meet its upper or lower side.
    pub(super) fn edges(&self, is_top: bool) -> Vec<usize> {
        let ports = if is_top { &self.top } else { &self.bottom };
        ports.keys().copied().collect()
    }

    /// Where it stands in a row that is `height` high; a line passes all of it.
    fn rect(&self, x: i32, y: i32, height: i32) -> Rect {
        let own = if self.kind == ItemKind::Pass {
            height
        } else {
            self.height
        };
        Rect {
            at: Point { x, y },
            size: Size {
                width: self.width,
                height: own,
            },
        }
    }

    /// How much it wants its lines straight.
    pub(super) fn pull(&self) -> f64 {
        if self.is_thin() { 3.0 } else { 1.0 }
    }

    /// Nothing but a line, or its text.
    pub(super) fn is_thin(&self) -> bool {
        matches!(self.kind, ItemKind::Pass | ItemKind::Thing(Thing::Label(_)))
    }

    /// Where a line meets its upper or lower side, from its left edge.
    pub(super) fn port(&self, edge: usize, is_top: bool) -> i32 {
        let ports = if is_top { &self.top } else { &self.bottom };
        ports.get(&edge).copied().unwrap_or(self.width / 2)
    }

    pub(super) fn set_port(&mut self, edge: usize, is_top: bool, x: i32) {
        let ports = if is_top { &mut self.top } else { &mut self.bottom };
        ports.insert(edge, x);
    }

    pub(super) fn top_port(&self, edge: usize) -> Option<i32> {
        self.top.get(&edge).copied()
    }

    pub(super) fn bottom_port(&self, edge: usize) -> Option<i32> {
        self.bottom.get(&edge).copied()
    }
}

/// A box laid out; places count from its corner.
pub(super) struct Level {
    pub(super) size: Size,
    pub(super) title: Rect,
    pub(super) children: Vec<(Child, Rect)>,
    pub(super) labels: BTreeMap<usize, Rect>,
    /// Of every edge the part in this box and in none of its children, from the top down, in pieces.
    pub(super) routes: BTreeMap<usize, Vec<Vec<Point>>>,
    /// Where lines come in from above.
    top: BTreeMap<usize, i32>,
    /// Where they leave downwards.
    bottom: BTreeMap<usize, i32>,
}

impl Level {
    pub(super) fn new(
        plan: &Plan,
        tree: &Tree,
        at: usize,
        ranked: &Ranked,
        uppers: &[usize],
        levels: &[Option<Level>],
    ) -> Self {
        let mut rows = Rows::new(plan, at, ranked, uppers, levels);
        let chains = rows.chains(plan, tree, at, ranked, uppers);
        let links: Vec<Link> = chains.iter().flat_map(|chain| chain.links()).collect();
        order(&mut rows.rows, &rows.items, &links);
        let mut xs = place(&rows.rows, &mut rows.items, &links);
        xs.iter_mut().for_each(|x| *x += PAD);
        rows.level(at, &chains, &links, &xs)
    }
}

/// An edge in a box: the items that it joins, one in each row from its first to its last.
struct Chain {
    edge: usize,
    items: Vec<usize>,
    /// It comes in from above.
    enters: bool,
    /// It goes on below.
    leaves: bool,
}

impl Chain {
    fn links(&self) -> impl Iterator<Item = Link> + '_ {
        self.items.windows(2).filter_map(|pair| match pair {
            [upper, lower] => Some(Link {
                edge: self.edge,
                upper: *upper,
                lower: *lower,
            }),
            _ => None,
        })
    }
}

/// The items of a box by row.
struct Rows {
    items: Vec<Item>,
    rows: Vec<Vec<usize>>,
    /// The item and the row of every thing.
    places: BTreeMap<Thing, (usize, usize)>,
}

impl Rows {
    fn new(plan: &Plan, at: usize, ranked: &Ranked, uppers: &[usize], levels: &[Option<Level>]) -> Self {
        let mut out = Self {
            items: Vec::new(),
            rows: Vec::new(),
            places: BTreeMap::new(),
        };
        if let Some(group) = at.checked_sub(1) {
            out.rows.push(vec![0]);
            out.items
                .push(Item::new(ItemKind::Title, plan.groups[group].title));
        }
        for things in &ranked.rows {
            let number = out.rows.len();
            let mut row = Vec::with_capacity(things.len());
            for thing in things {
                out.places.insert(*thing, (out.items.len(), number));
                row.push(out.items.len());
                out.items.push(item(plan, *thing, uppers, levels));
            }
            out.rows.push(row);
        }
        out
    }

    /// The edges of the box, with a place in every row that they pass.
    fn chains(
        &mut self,
        plan: &Plan,
        tree: &Tree,
        at: usize,
        ranked: &Ranked,
        uppers: &[usize],
    ) -> Vec<Chain> {
        let mut out = Vec::new();
        for (edge, upper, lower) in &ranked.edges {
            let label = self.places.get(&Thing::Label(*edge)).copied();
            let stations = [
                self.places.get(&Thing::Child(*upper)).copied(),
                label,
                self.places.get(&Thing::Child(*lower)).copied(),
            ];
            out.push(self.chain(*edge, stations.into_iter().flatten().collect(), false, false));
        }
        for (edge, ends) in plan.edges.iter().enumerate() {
            let inner = match (tree.child_with(at, ends.from), tree.child_with(at, ends.to)) {
                (Some(child), None) => (child, uppers[edge] == ends.from),
                (None, Some(child)) => (child, uppers[edge] == ends.to),
                _ => continue,
            };
            let (child, leaves) = inner;
            let place = self.places.get(&Thing::Child(child)).copied();
            out.push(self.chain(edge, place.into_iter().collect(), !leaves, leaves));
        }
        out
    }

    /// A chain through its stations, each an item with its row.
    fn chain(&mut self, edge: usize, stations: Vec<(usize, usize)>, enters: bool, leaves: bool) -> Chain {
        let mut items = Vec::new();
        let mut row = match stations.first() {
            Some(_) if enters => 0,
            Some((_, row)) => *row,
            None => 0,
        };
        for (item, of) in stations {
            while row < of {
                items.push(self.pass(row));
                row += 1;
            }
            items.push(item);
            row = of + 1;
        }
        while leaves && row < self.rows.len() {
            items.push(self.pass(row));
            row += 1;
        }
        Chain {
            edge,
            items,
            enters,
            leaves,
        }
    }

    fn pass(&mut self, row: usize) -> usize {
        let size = Size { width: 0, height: 0 };
        self.items.push(Item::new(ItemKind::Pass, size));
        self.rows[row].push(self.items.len() - 1);
        self.items.len() - 1
    }

    /// Where a line meets an item.
    fn end(&self, xs: &[i32], item: usize, edge: usize, is_top: bool) -> i32 {
        xs[item] + self.items[item].port(edge, is_top)
    }

    fn level(&self, at: usize, chains: &[Chain], links: &[Link], xs: &[i32]) -> Level {
        let mut stack = self.stack(at, links, xs);
        let mut title = Rect::default();
        if at != 0 {
            // It is the first of its row, so nothing stands between it and the border.
            stack.rects[0].at.x = PAD;
            title = stack.rects[0];
        }
        let right = stack.rects.iter().map(|rect| rect.right()).max().unwrap_or(0);
        let mut out = Level {
            size: Size {
                width: right + PAD,
                height: stack.height,
            },
            title,
            children: Vec::new(),
            labels: BTreeMap::new(),
            routes: BTreeMap::new(),
            top: BTreeMap::new(),
            bottom: BTreeMap::new(),
        };
        for (item, rect) in self.items.iter().zip(&stack.rects) {
            match item.kind {
                ItemKind::Thing(Thing::Child(child)) => out.children.push((child, *rect)),
                ItemKind::Thing(Thing::Label(edge)) => {
                    out.labels.insert(edge, *rect);
                }
                ItemKind::Title | ItemKind::Pass => {}
            }
        }
        for chain in chains {
            let edge = chain.edge;
            if let (true, Some(item)) = (chain.enters, chain.items.first()) {
                out.top.insert(edge, self.end(xs, *item, edge, true));
            }
            if let (true, Some(item)) = (chain.leaves, chain.items.last()) {
                out.bottom.insert(edge, self.end(xs, *item, edge, false));
            }
            out.routes.insert(edge, self.route(chain, &stack, xs));
        }
        out
    }

    /// Puts the rows below each other, with room for the lines between them.
    fn stack(&self, at: usize, links: &[Link], xs: &[i32]) -> Stack {
        let mut row_of = vec![0; self.items.len()];
        for (number, row) in self.rows.iter().enumerate() {
            row.iter().for_each(|item| row_of[*item] = number);
        }
        let mut gaps: Vec<Vec<Link>> = vec![Vec::new(); self.rows.len()];
        links.iter().for_each(|link| gaps[row_of[link.upper]].push(*link));
        let mut rects = vec![Rect::default(); self.items.len()];
        let mut bends = BTreeMap::new();
        let mut y = if at == 0 { PAD } else { PAD / 2 };
        for (number, (row, links)) in self.rows.iter().zip(gaps).enumerate() {
            let height = row.iter().map(|item| self.items[*item].height).max().unwrap_or(0);
            for item in row {
                rects[*item] = self.items[*item].rect(xs[*item], y, height);
            }
            y += height;
            if number + 1 == self.rows.len() {
                break;
            }
            if links.is_empty() {
                let is_below_title = at != 0 && number == 0;
                y += if is_below_title { TITLE_SPACE } else { ROW_SPACE };
                continue;
            }
            let lines: Vec<Crossing> = links
                .iter()
                .map(|link| Crossing {
                    upper: self.end(xs, link.upper, link.edge, false),
                    lower: self.end(xs, link.lower, link.edge, true),
                })
                .collect();
            let (turns, height) = tracks(&lines);
            for ((link, line), turns) in links.iter().zip(lines).zip(turns) {
                bends.insert((link.edge, link.upper), corners(line, &turns, y));
            }
            y += height;
        }
        Stack {
            rects,
            bends,
            height: y + PAD,
        }
    }

    /// A line through the box, from the top down; its text begins a new piece.
    fn route(&self, chain: &Chain, stack: &Stack, xs: &[i32]) -> Vec<Vec<Point>> {
        let mut pieces = Vec::new();
        let mut piece = Vec::new();
        let last = chain.items.len().saturating_sub(1);
        for (number, item) in chain.items.iter().enumerate() {
            let rect = stack.rects[*item];
            let above = self.end(xs, *item, chain.edge, true);
            let below = self.end(xs, *item, chain.edge, false);
            if number == 0 && chain.enters {
                piece.push(Point { x: above, y: 0 });
            }
            if number > 0 || chain.enters {
                piece.push(Point {
                    x: above,
                    y: rect.at.y,
                });
            }
            if matches!(self.items[*item].kind, ItemKind::Thing(Thing::Label(_))) {
                pieces.push(std::mem::take(&mut piece));
            }
            if number < last || chain.leaves {
                piece.push(Point {
                    x: below,
                    y: rect.bottom(),
                });
            }
            let bends = stack.bends.get(&(chain.edge, *item));
            piece.extend(bends.into_iter().flatten());
            if number == last && chain.leaves {
                piece.push(Point {
                    x: below,
                    y: stack.height,
                });
            }
        }
        pieces.push(piece);
        pieces
    }
}

/// The rows of a box below each other.
struct Stack {
    /// Of every item.
    rects: Vec<Rect>,
    /// The corners of every line below an item.
    bends: BTreeMap<(usize, usize), Vec<Point>>,
    /// Of the box.
    height: i32,
}

/// A thing as an item: how much room it takes, and where lines meet it when that is decided already.
fn item(plan: &Plan, thing: Thing, uppers: &[usize], levels: &[Option<Level>]) -> Item {
    let kind = ItemKind::Thing(thing);
    match thing {
        Thing::Label(edge) => Item::new(kind, plan.edges[edge].label.unwrap_or_default()),
        Thing::Child(Child::Node(node)) => {
            let touches = |edge: &usize| plan.edges[*edge].from == node || plan.edges[*edge].to == node;
            let lines: Vec<usize> = (0..plan.edges.len()).filter(touches).collect();
            let leaves = |edge: &usize| uppers[*edge] == node;
            let leaving = lines.iter().filter(|edge| leaves(edge)).count();
            let most = leaving.max(lines.len() - leaving) as i32;
            let mut size = plan.nodes[node].size;
            size.width = size.width.max((most + 1) * PORT_SPACE);
            let mut item = Item::new(kind, size);
            // They are spread when it is known where the lines lead.
            for edge in lines {
                item.set_port(edge, !leaves(&edge), size.width / 2);
            }
            item
        }
        Thing::Child(Child::Group(group)) => {
            let level = levels.get(group).and_then(Option::as_ref);
            let mut item = Item::new(kind, level.map(|level| level.size).unwrap_or_default());
            if let Some(level) = level {
                item.top.clone_from(&level.top);
                item.bottom.clone_from(&level.bottom);
            }
            item
        }
    }
}
