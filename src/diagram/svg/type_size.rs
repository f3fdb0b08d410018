//! How much room a text takes, before anybody has drawn it.
//!
//! A picture is drawn with whatever sans-serif font the reader has. The widths here are those of DejaVu Sans, one of the widest
//! in use, so that a text fits its box with any of them.

use unicode_width::UnicodeWidthChar;

/// A size and weight of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    /// In pixels.
    pub(super) size: i32,
    pub(super) is_bold: bool,
}

/// Names.
pub(super) const NAME: Type = Type {
    size: 13,
    is_bold: true,
};
/// Everything else.
pub(super) const TEXT: Type = Type {
    size: 12,
    is_bold: false,
};

/// Of the characters from the space to the tilde, in hundredths of the size, rounded up.
const REGULAR: [u8; 95] = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64,
    62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98,
    64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];
/// The same in bold.
const BOLD: [u8; 95] = [
    35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70,
    40, 40, 84, 84, 84, 59, 100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 38, 78, 64, 100, 84, 86, 74, 86, 78, 73,
    69, 82, 78, 111, 78, 73, 73, 46, 37, 46, 84, 50, 50, 68, 72, 60, 72, 68, 44, 72, 72, 35, 35, 67, 35, 105,
    72, 69, 72, 72, 50, 60, 48, 72, 66, 93, 65, 66, 59, 72, 37, 72, 84,
];
/// Of all other characters that take one column of a terminal: the widest Cyrillic letters.
const OTHER: i32 = 120;
/// Of those that take two: Hangul, kanji, most emoji. They are as wide as high, and some emoji a little more.
const WIDE: i32 = 130;
/// Of Hangul and kanji, which are exactly as wide as high in every font.
const SQUARE: i32 = 100;

impl Type {
    /// From a line of text to the next, in pixels.
    pub(super) fn leading(self) -> i32 {
        self.size + 4
    }

    /// At most so many pixels.
    pub(super) fn width(self, text: &str) -> i32 {
        let hundredths: i32 = text.chars().map(|character| self.hundredths(character)).sum();
        (hundredths * self.size + 99) / 100
    }

    fn hundredths(self, character: char) -> i32 {
        let table = if self.is_bold { &BOLD } else { &REGULAR };
        let at = u32::from(character).checked_sub(u32::from(' '));
        if let Some(width) = at.and_then(|at| table.get(at as usize)) {
            return i32::from(*width);
        }
        match character.width() {
            None | Some(0) => 0,
            Some(1) => OTHER,
            Some(_) if matches!(character, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}') => {
                SQUARE
            }
            Some(_) => WIDE,
        }
    }

    /// The text in at most `lines` lines of at most `width` pixels, broken after a space or a sign where one is near; what does
    /// not fit ends in an ellipsis.
    pub(super) fn wrapped(self, text: &str, width: i32, lines: usize) -> Vec<String> {
        let mut out = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() && out.len() < lines {
            let is_last = out.len() + 1 == lines;
            if self.width(rest) <= width {
                out.push(rest.to_owned());
                break;
            }
            if is_last {
                let fits = self.fitting(rest, width - self.width("…"));
                out.push(format!("{}…", rest.get(..fits).unwrap_or("").trim_end()));
                break;
            }
            let fits = self
                .fitting(rest, width)
                .max(rest.chars().next().map_or(0, char::len_utf8));
            let at = breakable(rest, fits);
            out.push(rest.get(..at).unwrap_or("").trim_end().to_owned());
            rest = rest.get(at..).unwrap_or("").trim_start();
        }
        out
    }

    /// How many bytes fit.
    fn fitting(self, text: &str, width: i32) -> usize {
        let mut hundredths = 0;
        for (at, character) in text.char_indices() {
            hundredths += self.hundredths(character);
            if (hundredths * self.size + 99) / 100 > width {
                return at;
            }
        }
        text.len()
    }
}

/// The last good place to break at or before `end`: after a space, else after a sign, else between the words of a name; `end`
/// itself when all of them are far.
fn breakable(text: &str, end: usize) -> usize {
    let head = text.get(..end).unwrap_or(text);
    // A line may stay emptier for a break between words than for one within a word.
    let after = |share: usize, is_good: fn(char, char) -> bool| {
        let pairs = head.char_indices().zip(text.chars().skip(1));
        let places = pairs.filter(|((_, here), next)| is_good(*here, *next));
        let last = places.map(|((at, here), _)| at + here.len_utf8()).last();
        last.filter(|at| at * share > end)
    };
    after(3, |here, _| here == ' ')
        .or_else(|| {
            after(2, |here, next| {
                matches!(here, '/' | '-' | '_' | ',') || (here == ':' && next != ':')
            })
        })
        .or_else(|| after(2, |here, next| here.is_lowercase() && next.is_uppercase()))
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        assert_eq!(TEXT.width(""), 0);
        assert!(TEXT.width("mmm") > 2 * TEXT.width("iii"));
        assert!(NAME.width("Service") > TEXT.width("Service"));
        assert_eq!(TEXT.width("한글"), 24);
        assert_eq!(TEXT.width("e\u{301}"), TEXT.width("e"));
    }

    #[test]
    fn lines_are_never_wider_than_allowed() {
        let texts = [
            "security group MySecurityGroup, which is not declared",
            "주문처리서비스를위한아주긴이름의태스크정의와그컨테이너",
            "arn:aws:iam::123456789012:role/a/very/long/path/of/a/role",
            "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
            "a b",
            "",
        ];
        for text in texts {
            for width in [40, 100, 230] {
                for lines in 1..4 {
                    let wrapped = TEXT.wrapped(text, width, lines);
                    assert!(wrapped.len() <= lines);
                    assert!(
                        wrapped.iter().all(|line| TEXT.width(line) <= width),
                        "{wrapped:?}"
                    );
                    let is_whole = !wrapped.iter().any(|line| line.ends_with('…'));
                    let kept: String = wrapped.concat().replace(' ', "");
                    assert_eq!(is_whole, kept == text.replace(' ', ""), "{wrapped:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_breaks_after_a_space_or_a_sign() {
        assert_eq!(
            TEXT.wrapped("ECSHostSecurityGroup", 130, 3),
            ["ECSHostSecurity", "Group"]
        );
        assert_eq!(
            TEXT.wrapped("security group of the cluster", 110, 3),
            ["security group of", "the cluster"]
        );
        assert_eq!(
            TEXT.wrapped("elasticloadbalancing:DescribeTargetGroups", 150, 3),
            ["elasticloadbalancing:", "DescribeTargetGroups"]
        );
    }
}
