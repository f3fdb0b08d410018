//! Sentences in which `` `names` `` stand between backticks, taken apart for formats that set names in another type.

/// A part of a sentence, as templates have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words<'t> {
    /// Words.
    Plain(&'t str),
    /// What stood between two backticks.
    Code(&'t str),
}

/// The parts in order; a backtick without a second one is text.
pub(super) fn words(text: &str) -> Vec<Words<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, (name, after))) = rest
        .split_once('`')
        .and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        out.push(Words::Plain(before));
        out.push(Words::Code(name));
        rest = after;
    }
    out.push(Words::Plain(rest));
    out.retain(|piece| *piece != Words::Plain(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words() {
        let (plain, code) = (Words::Plain, Words::Code);
        assert_eq!(words("a `b` c"), [plain("a "), code("b"), plain(" c")]);
        assert_eq!(words("a `b"), [plain("a `b")]);
        assert_eq!(words("``"), [code("")]);
        assert_eq!(words(""), []);
    }
}
