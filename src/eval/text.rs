//! Texts as the templates leave them: characters, and what stands between them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::value::{Part, Unknown};
use crate::source::Str;

/// A text as a concatenation of parts; no two literals stand side by side. The empty text has no part. Cloning it copies
/// no more than a part.
#[derive(Clone, Debug, Default)]
pub struct Text {
    parts: Parts,
}

/// Most texts are one part, which needs no memory of its own.
#[derive(Clone, Debug, Default)]
enum Parts {
    #[default]
    None,
    One(Part),
    /// Two or more.
    Many(Arc<Vec<Part>>),
}

impl Text {
    /// A text of one literal.
    pub fn literal(text: impl Into<Str>) -> Text {
        Text::part(Part::Literal(text.into()))
    }

    /// A text of one part.
    pub fn part(part: Part) -> Text {
        let parts = match part {
            Part::Literal(text) if text.is_empty() => Parts::None,
            part => Parts::One(part),
        };
        Text { parts }
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        match &self.parts {
            Parts::None => &[],
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }

    /// True when it has more than so many parts, or bytes in its literals.
    pub fn is_larger_than(&self, parts: usize, bytes: usize) -> bool {
        let literal = |part: &Part| match part {
            Part::Literal(text) => text.len(),
            _ => 0,
        };
        self.parts().len() > parts || self.parts().iter().map(literal).sum::<usize>() > bytes
    }

    /// Appends a part; literals join.
    pub fn push(&mut self, part: Part) {
        if let Part::Literal(text) = &part {
            if text.is_empty() {
                return;
            }
            if let Some(Part::Literal(last)) = self.last_mut() {
                *last = format!("{last}{text}").into();
                return;
            }
        }
        self.parts = match std::mem::take(&mut self.parts) {
            Parts::None => Parts::One(part),
            Parts::One(first) => Parts::Many(Arc::new(vec![first, part])),
            Parts::Many(mut parts) => {
                Arc::make_mut(&mut parts).push(part);
                Parts::Many(parts)
            }
        };
    }

    fn last_mut(&mut self) -> Option<&mut Part> {
        match &mut self.parts {
            Parts::None => None,
            Parts::One(part) => Some(part),
            Parts::Many(parts) => Arc::make_mut(parts).last_mut(),
        }
    }

    /// Appends a text.
    pub fn append(&mut self, other: &Text) {
        other.parts().iter().cloned().for_each(|part| self.push(part));
    }

    /// The characters, when all of them are known.
    pub fn as_literal(&self) -> Option<Str> {
        match self.parts() {
            [] => Some("".into()),
            [Part::Literal(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The only part.
    pub fn as_part(&self) -> Option<&Part> {
        match self.parts() {
            [part] => Some(part),
            _ => None,
        }
    }

    /// The characters before the first part that is not literal.
    pub fn prefix(&self) -> &str {
        match self.parts().first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The first part that is not known, if there is one.
    pub fn unknown(&self) -> Option<Unknown> {
        self.parts().iter().find_map(Part::unknown)
    }

    /// The text split at a separator; parts that are not literal hold no separator.
    pub fn split(&self, separator: &str) -> Vec<Text> {
        let mut out = vec![Text::default()];
        for part in self.parts() {
            match part {
                Part::Literal(text) if !separator.is_empty() => {
                    for (index, piece) in text.split(separator).enumerate() {
                        if index > 0 {
                            out.push(Text::default());
                        }
                        if let Some(last) = out.last_mut() {
                            last.push(Part::Literal(piece.into()));
                        }
                    }
                }
                part => {
                    if let Some(last) = out.last_mut() {
                        last.push(part.clone());
                    }
                }
            }
        }
        out
    }

    /// The text with blanks at both ends left out.
    #[must_use]
    pub fn trimmed(self) -> Text {
        let last = self.parts().len().saturating_sub(1);
        let is_clean = |text: &str, at: usize| {
            !(at == 0 && text.starts_with(char::is_whitespace)
                || at == last && text.ends_with(char::is_whitespace))
        };
        let mut parts = self.parts().iter().enumerate();
        if parts.all(|(at, part)| !matches!(part, Part::Literal(text) if !is_clean(text, at))) {
            return self;
        }
        let mut out = Text::default();
        for (at, part) in self.parts().iter().enumerate() {
            match part {
                Part::Literal(text) => {
                    let text = if at == 0 { text.trim_start() } else { text };
                    let text = if at == last { text.trim_end() } else { text };
                    out.push(Part::Literal(text.into()));
                }
                part => out.push(part.clone()),
            }
        }
        out
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.parts().cmp(other.parts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{ResourceId, StackId};

    fn text(parts: &[Part]) -> Text {
        let mut text = Text::default();
        parts.iter().cloned().for_each(|part| text.push(part));
        text
    }

    #[test]
    fn a_joined_list_splits_into_its_elements_again() {
        let id = |index| {
            Part::Attribute(
                ResourceId {
                    stack: StackId(0),
                    index,
                },
                "Ref".into(),
            )
        };
        let joined = text(&[
            id(1),
            Part::Literal(",".into()),
            id(2),
            Part::Literal(",x".into()),
        ]);
        let split = joined.split(",");
        assert_eq!(
            split,
            vec![Text::part(id(1)), Text::part(id(2)), Text::literal("x")]
        );
    }

    #[test]
    fn blanks_inside_stay_when_those_at_the_ends_go() {
        let id = || Part::Zone(1);
        let blank = |text: &str| Part::Literal(text.into());
        let padded = text(&[blank(" "), id(), blank(" - "), id(), blank("x  ")]);
        assert_eq!(padded.trimmed(), text(&[id(), blank(" - "), id(), blank("x")]));
        assert_eq!(text(&[blank(" a "), id()]).trimmed(), text(&[blank("a "), id()]));
    }

    #[test]
    fn literals_join_and_the_empty_one_vanishes() {
        let joined = text(&[
            Part::Literal("a".into()),
            Part::Literal("".into()),
            Part::Literal("b".into()),
        ]);
        assert_eq!(joined, Text::literal("ab"));
        assert_eq!(Text::literal("").as_literal().as_deref(), Some(""));
        assert_eq!(Text::literal(" a ").trimmed(), Text::literal("a"));
    }
}
