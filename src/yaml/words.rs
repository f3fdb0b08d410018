//! The texts of documents, each kept once: the keys and types of templates are the same few hundred words everywhere.

use rustc_hash::FxHashSet;

use crate::source::Str;

/// Longest text that is shared, in bytes: keys, types and names are shorter, and what is longer is rarely written twice.
const MAX_SHARED_BYTES: usize = 64;

/// Most texts that are shared; a file of a million different values gains nothing from a table of them.
const MAX_WORDS: usize = 1 << 16;

/// Texts that were read before, so that equal ones share their memory, in one document or in several that are read one
/// after the other.
#[derive(Debug, Default)]
pub struct Words {
    known: FxHashSet<Str>,
}

impl Words {
    /// A text as a string of its own, or as the one that was made of an equal text before.
    pub(super) fn share(&mut self, text: &str) -> Str {
        if text.len() > MAX_SHARED_BYTES {
            return text.into();
        }
        if let Some(known) = self.known.get(text) {
            return Str::clone(known);
        }
        let new = Str::from(text);
        if self.known.len() < MAX_WORDS {
            self.known.insert(Str::clone(&new));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn equal_texts_share_their_memory() {
        let (mut words, text) = (Words::default(), "Type Type");
        let (one, other) = (words.share(&text[..4]), words.share(&text[5..]));
        assert!(Arc::ptr_eq(&one, &other));
        assert_eq!(&*words.share("Types"), "Types");
    }

    #[test]
    fn long_texts_are_not_kept() {
        let (mut words, long) = (Words::default(), "x".repeat(MAX_SHARED_BYTES + 1));
        assert_eq!(&*words.share(&long), &*long);
        assert!(words.known.is_empty());
    }

    #[test]
    fn the_table_has_an_end_and_texts_behind_it_are_right() {
        let mut words = Words::default();
        (0..=MAX_WORDS).for_each(|number| {
            words.share(&number.to_string());
        });
        assert_eq!(words.known.len(), MAX_WORDS);
        assert_eq!(&*words.share("behind"), "behind");
    }
}
