//! How a text is spelled as a scalar.

use super::{Kind, ScalarKind, parse};
use crate::source::FileId;

/// A text as a YAML scalar that every reader takes for this text: plain where that is beyond doubt, else as JSON writes it.
pub fn scalar(text: &str) -> String {
    // What begins with a digit may be a number or a day.
    let begins_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./*+@=$~".contains(c);
    match begins_plain && text.chars().all(is_plain) && is_text(text) {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

/// True when YAML takes the word for a text, and not for a mapping, a number or a boolean.
fn is_text(word: &str) -> bool {
    /// Words that YAML 1.1 takes for a boolean or a number, and no reader of templates does.
    /// <https://yaml.org/type/bool.html>
    const WORDS: [&str; 3] = ["y", "n", "nan"];
    let is_word = WORDS.iter().any(|other| word.eq_ignore_ascii_case(other));
    let document = parse(FileId(0), word);
    !is_word
        && document.is_ok_and(|document| match document.root.kind {
            Kind::Scalar(scalar) => scalar.kind == ScalarKind::Text && &*scalar.text == word,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_read_back_as_the_text_it_was() {
        for text in [
            "prod",
            "no",
            "null",
            "012",
            "a b",
            "a: b",
            "#x",
            "params/prod.json",
            "~",
            "é",
            "*x",
            "a\"b",
            "yes",
            "1e3",
            "",
            "{x}",
            "templates/",
            "templates/**",
            "ecslint:recommended",
            "a:",
            "2027-06-30",
            "y",
            "12.yaml",
            "-",
        ] {
            let document = parse(FileId(0), &format!("- {}\n", scalar(text))).unwrap();
            let item = &document.root.as_sequence().unwrap()[0];
            assert_eq!(item.as_text().map(|read| &**read), Some(text));
            assert_eq!(item.describe(), "text", "{text}");
        }
    }
}
