//! The space between two rows: every line that goes sideways there gets a track of its own.

use super::Point;

/// A line between two rows: where it leaves the upper and where it meets the lower.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    pub(super) upper: i32,
    pub(super) lower: i32,
}

/// Space above the first track and below the last; an arrow has to fit.
const MARGIN: i32 = 16;
/// Between two tracks.
const STEP: i32 = 8;
/// Lines nearer than this side by side look like one.
const NEAR: i32 = 5;

/// The tracks of the lines, `None` for those that go straight down; and the height of the space.
pub(super) fn tracks(lines: &[Crossing]) -> (Vec<Option<usize>>, i32) {
    let sideways: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].upper != lines[*at].lower)
        .collect();
    let span = |line: &Crossing| (line.upper.min(line.lower), line.upper.max(line.lower));
    // A line that comes down where another goes on down has to turn off above it.
    let goes_first = |first: &Crossing, second: &Crossing| (first.upper - second.lower).abs() < NEAR;
    let mut order: Vec<usize> = Vec::with_capacity(sideways.len());
    let mut left = sideways;
    // Lines to the left from the left, lines to the right from the right: each turns before the next crosses it.
    left.sort_by_key(|at| {
        let line = &lines[*at];
        match line.lower < line.upper {
            true => (0, line.upper),
            false => (1, -line.upper),
        }
    });
    while !left.is_empty() {
        let is_free = |at: &usize| {
            left.iter().all(|other| {
                other == at
                    || !goes_first(&lines[*other], &lines[*at])
                    || goes_first(&lines[*at], &lines[*other])
            })
        };
        // Lines that would each have to go first make a circle; then the first one does.
        let next = left.iter().position(is_free).unwrap_or(0);
        order.push(left.remove(next));
    }
    let mut out: Vec<Option<usize>> = vec![None; lines.len()];
    let mut taken: Vec<Vec<usize>> = Vec::new();
    for at in order {
        let (start, end) = span(&lines[at]);
        let overlaps = |other: &usize| {
            let (from, to) = span(&lines[*other]);
            start < to + NEAR && from < end + NEAR
        };
        // Below every line that had to turn off first.
        let floor = taken
            .iter()
            .rposition(|track| track.iter().any(|other| goes_first(&lines[*other], &lines[at])))
            .map_or(0, |track| track + 1);
        let free = (floor..taken.len()).find(|track| !taken[*track].iter().any(overlaps));
        let track = free.unwrap_or(taken.len());
        if track == taken.len() {
            taken.push(Vec::new());
        }
        taken[track].push(at);
        out[at] = Some(track);
    }
    let height = 2 * MARGIN + STEP * (taken.len().max(1) as i32 - 1);
    (out, height)
}

/// The corners of a line through the space between `top` and the row below, the ends left out.
pub(super) fn corners(line: Crossing, track: Option<usize>, top: i32) -> Vec<Point> {
    let Some(track) = track else {
        return Vec::new();
    };
    let y = top + MARGIN + STEP * track as i32;
    [line.upper, line.lower].map(|x| Point { x, y }).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_would_lie_on_each_other_get_tracks_of_their_own() {
        let line = |upper, lower| Crossing { upper, lower };
        let (tracks, height) = tracks(&[line(0, 100), line(50, 150), line(200, 300), line(7, 7)]);
        assert_ne!(tracks[0], tracks[1]);
        assert_eq!(tracks[3], None, "straight down");
        assert_eq!(height, 2 * MARGIN + STEP);
    }

    #[test]
    fn who_comes_down_where_another_goes_on_turns_off_first() {
        let line = |upper, lower| Crossing { upper, lower };
        let (tracks, _) = tracks(&[line(0, 100), line(100, 200)]);
        assert!(tracks[1] < tracks[0], "{tracks:?}");
    }
}
