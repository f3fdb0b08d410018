//! The order of things in their rows such that few lines cross: each thing goes to the middle of what it is joined to in the
//! row above, then in the row below, as often as it helps.

use super::level::{Item, Link};

/// How often the rows are gone through.
const SWEEPS: usize = 12;

/// Orders the rows; an item that is `fixed` stays first.
pub(super) fn order(rows: &mut Vec<Vec<usize>>, items: &[Item], links: &[Link]) {
    let mut above: Vec<Vec<&Link>> = vec![Vec::new(); items.len()];
    let mut below: Vec<Vec<&Link>> = vec![Vec::new(); items.len()];
    for link in links {
        above[link.lower].push(link);
        below[link.upper].push(link);
    }
    let mut places = vec![0; items.len()];
    note(rows, &mut places);
    let mut best = (crossings(rows, &places, &below, items), rows.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let goes_down = sweep % 2 == 0;
        let joined = if goes_down { &above } else { &below };
        let count = rows.len();
        for step in 1..count {
            let at = if goes_down { step } else { count - 1 - step };
            sort(&mut rows[at], joined, goes_down, items, &places);
            note(&rows[at..=at], &mut places);
        }
        let now = crossings(rows, &places, &below, items);
        if now < best.0 {
            best = (now, rows.clone());
        }
    }
    *rows = best.1;
}

fn note(rows: &[Vec<usize>], places: &mut [usize]) {
    for row in rows {
        for (place, item) in row.iter().enumerate() {
            places[*item] = place;
        }
    }
}

/// Where a line meets the other row: the place of the thing there, and how far along it.
fn reach(link: &Link, is_above: bool, items: &[Item], places: &[usize]) -> f64 {
    let (item, port) = match is_above {
        true => (link.upper, items[link.upper].bottom_port(link.edge)),
        false => (link.lower, items[link.lower].top_port(link.edge)),
    };
    let along = port.map_or(0.5, |port| f64::from(port) / f64::from(items[item].width.max(1)));
    places[item] as f64 + along
}

fn sort(row: &mut [usize], joined: &[Vec<&Link>], is_above: bool, items: &[Item], places: &[usize]) {
    let mut keyed: Vec<(f64, usize)> = row
        .iter()
        .map(|item| {
            let links = &joined[*item];
            let key = if items[*item].is_fixed {
                f64::MIN
            } else if links.is_empty() {
                places[*item] as f64 + 0.5
            } else {
                let reaches = links.iter().map(|link| reach(link, is_above, items, places));
                reaches.sum::<f64>() / links.len() as f64
            };
            (key, *item)
        })
        .collect();
    keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
    for (slot, (_, item)) in row.iter_mut().zip(keyed) {
        *slot = item;
    }
}

/// How many pairs of lines cross between the rows.
fn crossings(rows: &[Vec<usize>], places: &[usize], below: &[Vec<&Link>], items: &[Item]) -> usize {
    let mut count = 0;
    for row in rows {
        let mut ends: Vec<(f64, f64)> = Vec::new();
        for item in row {
            for link in &below[*item] {
                let start = reach(link, true, items, places);
                ends.push((start, reach(link, false, items, places)));
            }
        }
        // At one node lines may be put into any order.
        ends.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
        let targets: Vec<f64> = ends.into_iter().map(|(_, target)| target).collect();
        count += inversions(&targets);
    }
    count
}

/// How many pairs stand in the wrong order, by the sums of a Fenwick tree over the ranks of the values.
fn inversions(values: &[f64]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let mut tree = vec![0_usize; sorted.len() + 1];
    let mut count = 0;
    for (seen, value) in values.iter().enumerate() {
        let rank = sorted.partition_point(|other| other <= value);
        let mut not_greater = 0;
        let mut at = rank;
        while at > 0 {
            not_greater += tree[at];
            at &= at - 1;
        }
        count += seen - not_greater;
        let mut at = rank;
        while at < tree.len() {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        assert_eq!(inversions(&[]), 0);
        assert_eq!(inversions(&[1.0, 1.0, 2.0]), 0);
        assert_eq!(inversions(&[3.0, 2.0, 1.0]), 3);
        assert_eq!(inversions(&[2.0, 3.0, 1.0, 2.0]), 3);
    }
}
