//! The space between two rows: every line that goes sideways there gets a track of its own.

use super::Point;

/// A line between two rows: where it leaves the upper and where it meets the lower.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    pub(super) upper: i32,
    pub(super) lower: i32,
}

/// A part of a line that goes sideways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// From the top.
    track: usize,
    /// Where it goes on down.
    to: i32,
}

/// Space above the first track and below the last; an arrow has to fit.
const MARGIN: i32 = 16;
/// Between two tracks.
const STEP: i32 = 8;
/// Lines nearer than this side by side look like one.
const NEAR: i32 = 5;

/// A line that has still to get a track, or what is left of it.
#[derive(Clone, Copy, Debug)]
struct Rest {
    line: usize,
    crossing: Crossing,
    /// The least track that it may have.
    floor: usize,
    /// It has turned once.
    is_second: bool,
}

/// The turns of the lines, none for those that go straight down; and the height of the space.
pub(super) fn tracks(lines: &[Crossing]) -> (Vec<Vec<Turn>>, i32) {
    let sideways = lines.iter().enumerate();
    let sideways = sideways.filter(|(_, line)| line.upper != line.lower);
    let mut left: Vec<Rest> = sideways
        .map(|(line, crossing)| Rest {
            line,
            crossing: *crossing,
            floor: 0,
            is_second: false,
        })
        .collect();
    // Lines to the left from the left, lines to the right from the right: each turns before the next crosses it.
    left.sort_by_key(|rest| {
        let line = rest.crossing;
        match line.lower < line.upper {
            true => (0, line.upper),
            false => (1, -line.upper),
        }
    });
    let mut turns: Vec<Vec<Turn>> = vec![Vec::new(); lines.len()];
    let mut taken: Vec<Vec<Crossing>> = Vec::new();
    let mut upright: Vec<i32> = lines.iter().flat_map(|line| [line.upper, line.lower]).collect();
    while !left.is_empty() {
        let waits = |rest: &Rest| {
            let mut others = left.iter().filter(|other| other.line != rest.line);
            others.any(|other| goes_first(other.crossing, rest.crossing))
        };
        let next = match left.iter().position(|rest| !waits(rest)) {
            Some(free) => left.remove(free),
            // Lines that wait for each other in a circle: one of them turns off early and comes to its end later.
            None => {
                let is_waited_for = |rest: &&Rest| {
                    let mut others = left.iter().filter(|other| other.line != rest.line);
                    !rest.is_second && others.any(|other| goes_first(rest.crossing, other.crossing))
                };
                let at = left.iter().position(|rest| is_waited_for(&rest)).unwrap_or(0);
                let whole = left.remove(at);
                let (first, second) = split(whole, &mut upright);
                left.push(second);
                first
            }
        };
        let track = place(next, &mut taken);
        turns[next.line].push(Turn {
            track,
            to: next.crossing.lower,
        });
        let rest = left.iter_mut().find(|rest| rest.line == next.line);
        if let Some(rest) = rest {
            rest.floor = track + 1;
        }
    }
    let height = 2 * MARGIN + STEP * (taken.len().max(1) as i32 - 1);
    (turns, height)
}

/// A line that comes down where another goes on down has to turn off above it.
fn goes_first(first: Crossing, second: Crossing) -> bool {
    (first.upper - second.lower).abs() < NEAR
}

/// A line in two turns, with a place between them where no other line goes down.
fn split(whole: Rest, upright: &mut Vec<i32>) -> (Rest, Rest) {
    let Crossing { upper, lower } = whole.crossing;
    let middle = (upper + lower) / 2;
    let is_clear = |x: &i32| upright.iter().all(|other| (x - other).abs() >= NEAR);
    // Each line keeps a few places at two ends: so many steps away there is one that is free.
    let most = 2 * NEAR * (upright.len() as i32 + 1);
    let mut places = (0..most).flat_map(|step| [middle + step, middle - step]);
    let between = places.find(is_clear).unwrap_or(middle);
    upright.push(between);
    let first = Rest {
        crossing: Crossing {
            upper,
            lower: between,
        },
        ..whole
    };
    let second = Rest {
        crossing: Crossing {
            upper: between,
            lower,
        },
        is_second: true,
        ..whole
    };
    (first, second)
}

/// The first track on which nothing is in the way.
fn place(rest: Rest, taken: &mut Vec<Vec<Crossing>>) -> usize {
    let span = |line: Crossing| (line.upper.min(line.lower), line.upper.max(line.lower));
    let (start, end) = span(rest.crossing);
    let overlaps = |other: &Crossing| {
        let (from, to) = span(*other);
        start < to + NEAR && from < end + NEAR
    };
    // Below every line that had to turn off first.
    let after = taken
        .iter()
        .rposition(|track| track.iter().any(|other| goes_first(*other, rest.crossing)))
        .map_or(0, |track| track + 1);
    let floor = after.max(rest.floor);
    let free = (floor..taken.len()).find(|track| !taken[*track].iter().any(overlaps));
    let track = free.unwrap_or(taken.len().max(floor));
    while taken.len() <= track {
        taken.push(Vec::new());
    }
    taken[track].push(rest.crossing);
    track
}

/// The corners of a line through the space between `top` and the row below, the ends left out.
pub(super) fn corners(line: Crossing, turns: &[Turn], top: i32) -> Vec<Point> {
    let mut x = line.upper;
    let mut out = Vec::with_capacity(2 * turns.len());
    for turn in turns {
        let y = top + MARGIN + STEP * turn.track as i32;
        out.extend([x, turn.to].map(|x| Point { x, y }));
        x = turn.to;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(upper: i32, lower: i32) -> Crossing {
        Crossing { upper, lower }
    }

    #[test]
    fn lines_that_would_lie_on_each_other_get_tracks_of_their_own() {
        let (turns, height) = tracks(&[line(0, 100), line(50, 150), line(200, 300), line(7, 7)]);
        assert_ne!(turns[0], turns[1]);
        assert_eq!(turns[3], [], "straight down");
        assert_eq!(height, 2 * MARGIN + STEP);
    }

    #[test]
    fn who_comes_down_where_another_goes_on_turns_off_first() {
        let (turns, _) = tracks(&[line(0, 100), line(100, 200)]);
        assert!(turns[1][0].track < turns[0][0].track, "{turns:?}");
    }

    #[test]
    fn of_lines_that_wait_for_each_other_one_turns_twice() {
        for lines in [
            vec![line(0, 100), line(100, 0)],
            vec![line(0, 100), line(100, 200), line(200, 2), line(40, 40)],
        ] {
            let (turns, height) = tracks(&lines);
            let twice = turns.iter().filter(|turns| turns.len() == 2);
            assert_eq!(twice.count(), 1, "{turns:?}");
            for (line, turns) in lines.iter().zip(&turns) {
                assert_eq!(turns.last().map_or(line.upper, |turn| turn.to), line.lower);
                assert!(turns.is_sorted_by_key(|turn| turn.track), "{turns:?}");
                let lowest = turns.last().map_or(0, |turn| turn.track as i32);
                assert!(2 * MARGIN + STEP * lowest <= height);
            }
        }
    }
}
