//! The shapes of lines.

use super::super::layout::Point;

/// Half of the width of an arrow, and its length.
const ARROW: (i32, i32) = (4, 8);

/// An arrow whose point is the end of a line.
pub(super) fn arrow(before: Point, end: Point) -> String {
    let (half, length) = ARROW;
    let (x, y) = (end.x, end.y);
    let back = if before.y <= end.y { y - length } else { y + length };
    format!("{x},{y} {},{back} {},{back}", x - half, x + half)
}

/// A line with rounded corners.
pub(super) fn rounded(points: &[Point]) -> String {
    const RADIUS: i32 = 5;
    let toward = |from: Point, to: Point, by: i32| Point {
        x: from.x + (to.x - from.x).signum() * by,
        y: from.y + (to.y - from.y).signum() * by,
    };
    let length = |from: Point, to: Point| (to.x - from.x).abs() + (to.y - from.y).abs();
    let mut out = String::new();
    for (at, point) in points.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| points.get(before));
        match (before, points.get(at + 1)) {
            (None, _) => out.push_str(&format!("M{} {}", point.x, point.y)),
            (Some(before), Some(next)) => {
                let radius = RADIUS
                    .min(length(*before, *point) / 2)
                    .min(length(*point, *next) / 2);
                let (start, end) = (toward(*point, *before, radius), toward(*point, *next, radius));
                out.push_str(&format!(
                    "L{} {}Q{} {} {} {}",
                    start.x, start.y, point.x, point.y, end.x, end.y
                ));
            }
            (Some(_), None) => out.push_str(&format!("L{} {} ", point.x, point.y)),
        }
    }
    out
}
