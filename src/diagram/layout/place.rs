//! How far to the right things stand in their rows: as near to what they are joined to as their neighbours allow.

use super::level::{Item, Link};

/// How often the rows are gone through.
/// An odd number, so that the last goes down.
const SWEEPS: usize = 13;
/// The widest strip of a box in which nothing stands from top to bottom; a wider one is what is left where neighbours have moved on.
const STRIP_MAX: f64 = 48.0;
/// Lines this near to straight become straight; less than half of the least space between two things.
const SNAP: i32 = 5;

/// The left edges of all items, at least 0. Things of a row keep their order and their distance.
pub(super) fn place(rows: &[Vec<usize>], items: &mut [Item], links: &[Link]) -> Vec<i32> {
    let mut xs = vec![0.0; items.len()];
    for row in rows {
        let mut x = 0.0;
        for (at, item) in row.iter().enumerate() {
            if at > 0 {
                x += f64::from(items[row[at - 1]].distance(&items[*item]));
            }
            xs[*item] = x;
        }
    }
    let mut joined: Vec<Vec<(usize, bool)>> = vec![Vec::new(); items.len()];
    for (number, link) in links.iter().enumerate() {
        joined[link.upper].push((number, false));
        joined[link.lower].push((number, true));
    }
    for sweep in 0..SWEEPS {
        spread_ports(items, links, &joined, &xs);
        let goes_down = sweep % 2 == 0;
        let is_last = sweep + 4 >= SWEEPS;
        let count = rows.len();
        for step in 0..count {
            let at = if goes_down { step } else { count - 1 - step };
            // First each row follows the one before; in the end all follow both, but what only passes follows the one above:
            // a line goes sideways once, and not a little in every row.
            let follows = |item: usize, is_above: bool| {
                let has_above = || joined[item].iter().any(|(_, is_above)| *is_above);
                match is_last {
                    true if items[item].is_thin() && has_above() => is_above,
                    true => true,
                    false => is_above == goes_down,
                }
            };
            settle(&rows[at], items, links, &joined, &follows, &mut xs);
        }
    }
    close_strips(items, links, &mut xs);
    let left = xs.iter().copied().fold(f64::INFINITY, f64::min);
    let mut out: Vec<i32> = rounded(rows, items, &xs, if left.is_finite() { left } else { 0.0 });
    straighten(rows, items, links, &joined, &mut out);
    out
}

/// Spreads the ends of lines over the lower and the upper side of every node, in the order of where they lead.
fn spread_ports(items: &mut [Item], links: &[Link], joined: &[Vec<(usize, bool)>], xs: &[f64]) {
    for item in 0..items.len() {
        if !items[item].has_free_ports {
            continue;
        }
        for is_above in [false, true] {
            let there = |edge: usize| {
                let link = joined[item]
                    .iter()
                    .find(|(number, above)| *above == is_above && links[*number].edge == edge);
                let Some((number, _)) = link else {
                    // It goes straight to the border of the box.
                    return xs[item] + f64::from(items[item].width) / 2.0;
                };
                let other = if is_above {
                    links[*number].upper
                } else {
                    links[*number].lower
                };
                xs[other] + f64::from(items[other].port(edge, !is_above))
            };
            let edges = items[item].edges(is_above).into_iter();
            let mut ends: Vec<(f64, usize)> = edges.map(|edge| (there(edge), edge)).collect();
            ends.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            let width = items[item].width;
            let count = ends.len() as i32;
            for (number, (_, edge)) in (1..).zip(ends) {
                items[item].set_port(edge, is_above, width * number / (count + 1));
            }
        }
    }
}

/// Moves the things of a row to where their lines are, as near as order and distances allow: the least sum of squares, found by
/// pooling neighbours that would overlap (isotonic regression).
fn settle(
    row: &[usize],
    items: &[Item],
    links: &[Link],
    joined: &[Vec<(usize, bool)>],
    follows: &dyn Fn(usize, bool) -> bool,
    xs: &mut [f64],
) {
    struct Pool {
        weight: f64,
        sum: f64,
        count: usize,
    }
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(row.len());
    let mut pools: Vec<Pool> = Vec::new();
    for (at, item) in row.iter().enumerate() {
        if at > 0 {
            offset += f64::from(items[row[at - 1]].distance(&items[*item]));
        }
        offsets.push(offset);
        let (mut weight, mut sum) = (0.0, 0.0);
        for (number, is_above) in joined[*item]
            .iter()
            .filter(|(_, is_above)| follows(*item, *is_above))
        {
            let link = &links[*number];
            let other = if *is_above { link.upper } else { link.lower };
            let there = xs[other] + f64::from(items[other].port(link.edge, !is_above));
            let wish = there - f64::from(items[*item].port(link.edge, *is_above));
            let pull = items[*item].pull() * items[other].pull();
            weight += pull;
            sum += pull * wish;
        }
        if weight == 0.0 {
            // What nothing pulls stays, unless it is in the way.
            weight = 0.01;
            sum = weight * xs[*item];
        }
        pools.push(Pool {
            weight,
            sum: sum - weight * offset,
            count: 1,
        });
        while let [.., before, last] = pools.as_slice()
            && before.sum / before.weight > last.sum / last.weight
        {
            if let Some(last) = pools.pop()
                && let Some(before) = pools.last_mut()
            {
                before.weight += last.weight;
                before.sum += last.sum;
                before.count += last.count;
            }
        }
    }
    let mut at = 0;
    for pool in pools {
        for _ in 0..pool.count {
            xs[row[at]] = pool.sum / pool.weight + offsets[at];
            at += 1;
        }
    }
}

/// Moves what is right of an empty strip nearer: nothing and no line reaches over it, so that order and distances stay as they are.
fn close_strips(items: &[Item], links: &[Link], xs: &mut [f64]) {
    let mut spans: Vec<(f64, f64)> = items
        .iter()
        .zip(&*xs)
        .map(|(item, x)| (*x, *x + f64::from(item.width)))
        .collect();
    for link in links {
        let upper = xs[link.upper] + f64::from(items[link.upper].port(link.edge, false));
        let lower = xs[link.lower] + f64::from(items[link.lower].port(link.edge, true));
        spans.push((upper.min(lower), upper.max(lower)));
    }
    spans.sort_by(|left, right| left.0.total_cmp(&right.0));
    // Where each strip ends, and how much of it goes.
    let mut strips: Vec<(f64, f64)> = Vec::new();
    let mut reached = f64::INFINITY;
    for (start, end) in spans {
        if start - reached > STRIP_MAX {
            strips.push((start, start - reached - STRIP_MAX));
        }
        reached = if reached.is_finite() {
            reached.max(end)
        } else {
            end
        };
    }
    for x in xs {
        let before = strips.iter().filter(|(end, _)| *end <= *x);
        let gone: f64 = before.map(|(_, gone)| gone).sum();
        *x -= gone;
    }
}

/// Whole numbers, from 0 on; a row keeps its distances, because it is rounded without them.
fn rounded(rows: &[Vec<usize>], items: &[Item], xs: &[f64], left: f64) -> Vec<i32> {
    let mut out = vec![0; items.len()];
    for row in rows {
        let mut offset = 0;
        let mut least = i32::MIN;
        for (at, item) in row.iter().enumerate() {
            if at > 0 {
                offset += items[row[at - 1]].distance(&items[*item]);
            }
            least = least.max((xs[*item] - left).round() as i32 - offset).max(0);
            out[*item] = least + offset;
        }
    }
    out
}

/// Takes away the small steps that rounding and compromises leave: from the top down, what only passes moves below what it
/// comes from, and the ends of lines move along their nodes.
fn straighten(
    rows: &[Vec<usize>],
    items: &mut [Item],
    links: &[Link],
    joined: &[Vec<(usize, bool)>],
    xs: &mut [i32],
) {
    for item in rows.iter().flatten() {
        let above: Vec<usize> = joined[*item]
            .iter()
            .filter(|(_, is_above)| *is_above)
            .map(|(number, _)| *number)
            .collect();
        for number in above {
            let link = &links[number];
            let upper = xs[link.upper] + items[link.upper].port(link.edge, false);
            let lower = xs[*item] + items[*item].port(link.edge, true);
            let step = upper - lower;
            if step == 0 || step.abs() > SNAP {
                continue;
            }
            if items[*item].is_thin() && xs[*item] + step >= 0 {
                xs[*item] += step;
            } else if items[*item].has_free_ports {
                let port = items[*item].port(link.edge, true) + step;
                if port > SNAP && port < items[*item].width - SNAP {
                    items[*item].set_port(link.edge, true, port);
                }
            }
        }
    }
}
