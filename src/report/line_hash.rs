//! The hash of a line by which GitHub recognises an alert after the lines around it have moved.
//!
//! The algorithm is CodeQL's (`fingerprints.ts` of github/codeql-action): a rolling hash over the 100 UTF-16 units
//! from the line's first character on, blanks and tabs left out and every line break read as `\n`. upload-sarif computes it
//! itself and warns about a different one, so ours has to be the same to the digit.

use std::collections::BTreeMap;

/// How many units a hash covers.
const BLOCK: usize = 100;
/// The base of the polynomial.
const BASE: u64 = 37;
/// What the end of the text counts as; no UTF-16 text holds it as a character.
const END: u16 = u16::MAX;

/// The hash of every line, in order: hexadecimal digits, a colon, and how often the hash has come up so far.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let mut window = Window::new();
    let mut line_starts = true;
    let mut after_return = false;
    for unit in text.encode_utf16().chain([END]) {
        let unit = match unit {
            0x20 | 0x09 => {
                after_return = false;
                continue;
            }
            0x0a if after_return => {
                after_return = false;
                continue;
            }
            0x0d => {
                after_return = true;
                0x0a
            }
            other => {
                after_return = false;
                other
            }
        };
        window.push(unit, line_starts);
        line_starts = unit == 0x0a;
    }
    for _ in 0..BLOCK {
        window.push(0, false);
    }
    window.hashes
}

/// The last [`BLOCK`] units, each with a mark where a line begins, as a ring.
struct Window {
    units: [(u16, bool); BLOCK],
    /// Where the next unit goes, which is where the oldest is.
    at: usize,
    hash: u64,
    /// `BASE` to the power of [`BLOCK`]: the weight of a unit that leaves.
    leaving: u64,
    seen: BTreeMap<u64, u32>,
    hashes: Vec<String>,
}

impl Window {
    fn new() -> Self {
        Self {
            units: [(0, false); BLOCK],
            at: 0,
            hash: 0,
            leaving: (0..BLOCK).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            seen: BTreeMap::new(),
            hashes: Vec::new(),
        }
    }

    /// Takes a unit in and the oldest one out; when a line began there, its hash is complete.
    fn push(&mut self, unit: u16, starts_line: bool) {
        let Some(slot) = self.units.get_mut(self.at) else {
            return;
        };
        let (leaving, completes_line) = std::mem::replace(slot, (unit, starts_line));
        if completes_line {
            let count = self.seen.entry(self.hash).or_insert(0);
            *count += 1;
            self.hashes.push(format!("{:x}:{count}", self.hash));
        }
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(leaving)));
        self.at = (self.at + 1) % BLOCK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_are_those_of_codeql() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            line_hashes(" a\nb\n  \t\tc\n d"),
            [
                "271789c17abda88f:1",
                "54703d4cd895b18:1",
                "180aee12dab6264:1",
                "a23a3dc5e078b07b:1"
            ]
        );
    }

    #[test]
    fn a_hash_counts_how_often_it_came_up() {
        let text = format!("{}\n", "x".repeat(100)).repeat(3);
        let hashes = line_hashes(&text);
        let (first, rest) = hashes[0].split_once(':').unwrap();
        assert_eq!(rest, "1");
        assert_eq!(hashes[1], format!("{first}:2"));
        assert_eq!(hashes.len(), 4);
    }

    #[test]
    fn line_breaks_of_every_kind_and_indentation_do_not_change_a_hash() {
        let unix = line_hashes("a: 1\n  b: 2\nc: 3\n");
        assert_eq!(line_hashes("a: 1\r\nb: 2\r\nc:3\r\n"), unix);
        assert_eq!(line_hashes("a: 1\r\tb: 2\rc:3\r"), unix);
    }

    #[test]
    fn every_line_has_a_hash() {
        for text in [
            "",
            "\n",
            "a",
            "a\n",
            "\n\n \n",
            "a\r\nb\r\n",
            "한글: 😀\n\u{feff}",
        ] {
            let source = crate::source::Source::new("t", text);
            assert_eq!(line_hashes(text).len(), source.line_count() as usize, "{text:?}");
        }
    }
}
