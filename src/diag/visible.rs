//! Text that is safe to print on a terminal and in a drawing.

use std::borrow::Cow;

/// The text with every character that could steer a terminal or reorder what is read made visible, as `\u{1b}`.
///
/// Names, messages and source lines come from templates and must not move the cursor, recolour, or turn the
/// line around (CVE-2021-42574). Every human format passes them through here.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for (at, character) in text.char_indices().filter(|(_, character)| steers(*character)) {
        out.push_str(&text[shown..at]);
        out.extend(character.escape_unicode());
        shown = at + character.len_utf8();
    }
    out.push_str(&text[shown..]);
    out
}

/// Appends one character, escaped where it has to be.
pub fn push_visible(out: &mut String, character: char) {
    if steers(character) {
        out.extend(character.escape_unicode());
    } else {
        out.push(character);
    }
}

/// True for control characters, bidirectional controls, and characters nobody can see. The zero-width joiners stay:
/// emoji and several scripts are written with them.
pub fn steers(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Characters of a text that a sentence can hold.
const EXCERPT_CHARS_MAX: usize = 120;

/// The text, or its beginning where it is too long for a sentence that names it.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(
            visible("\u{9b}2J\u{7f}\r\n\t\0"),
            "\\u{9b}2J\\u{7f}\\u{d}\\u{a}\\u{9}\\u{0}"
        );
        assert_eq!(visible("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
        assert_eq!(
            visible("\u{200b}\u{feff}\u{e0041}"),
            "\\u{200b}\\u{feff}\\u{e0041}"
        );
    }

    #[test]
    fn ordinary_text_of_every_script_passes_unchanged() {
        let text = "한글 עברית 👩\u{200d}💻 e\u{301} `a` → b";
        assert_eq!(visible(text), text);
    }

    #[test]
    fn what_is_too_long_for_a_sentence_is_cut_between_characters() {
        let fits = "한".repeat(EXCERPT_CHARS_MAX);
        assert_eq!(excerpt(&fits), fits);
        assert_eq!(excerpt(&format!("{fits}글")), format!("{fits}…"));
    }
}
