//! The types of plain scalars.
//!
//! CloudFormation reads YAML 1.1 (<https://yaml.org/type/>) without its dates and sexagesimal numbers: `2012-10-17` and
//! `22:22` are text.

use super::{Kind, Scalar, ScalarKind};
use crate::source::Str;

/// What a plain scalar of a YAML text is.
pub(super) fn plain(text: Str) -> Kind {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => boolean(true, text),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => boolean(false, text),
        _ if is_number(&text) => scalar(text, ScalarKind::Number),
        _ => words(text),
    }
}

/// What an unquoted value of a JSON text is; the text is known to be JSON.
pub(super) fn json(text: Str) -> Kind {
    match &*text {
        "null" => Kind::Null,
        "true" => boolean(true, text),
        "false" => boolean(false, text),
        _ => scalar(text, ScalarKind::Number),
    }
}

/// What a scalar with a tag of YAML itself (`!!str`) is, by the tag's last part.
pub(super) fn tagged(tag: &str, text: Str) -> Kind {
    match (tag, plain(Str::clone(&text))) {
        ("null", _) => Kind::Null,
        (
            "bool",
            kind @ Kind::Scalar(Scalar {
                kind: ScalarKind::Bool(_),
                ..
            }),
        )
        | (
            "int" | "float",
            kind @ Kind::Scalar(Scalar {
                kind: ScalarKind::Number,
                ..
            }),
        ) => kind,
        _ => words(text),
    }
}

/// Text.
pub(super) fn words(text: Str) -> Kind {
    scalar(text, ScalarKind::Text)
}

/// A boolean in its canonical spelling.
fn boolean(value: bool, written: Str) -> Kind {
    let text = if value { "true" } else { "false" };
    let text = if *written == *text { written } else { text.into() };
    scalar(text, ScalarKind::Bool(value))
}

fn scalar(text: Str, kind: ScalarKind) -> Kind {
    Kind::Scalar(Scalar { text, kind })
}

/// True for the integers and decimals of YAML 1.1. An integer with a leading zero is octal, so one that holds 8 or 9
/// (an account id) is text.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(hex) = digits.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(binary) = digits.strip_prefix("0b") {
        return !binary.is_empty() && binary.bytes().all(|b| matches!(b, b'0' | b'1' | b'_'));
    }
    if let Some((whole, rest)) = digits.split_once('.') {
        return is_decimal(whole, rest);
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return digits.bytes().all(|b| matches!(b, b'0'..=b'7' | b'_'));
    }
    digits.starts_with(|c: char| c.is_ascii_digit()) && is_digits(digits)
}

/// True for `whole.rest`, where the rest may end in an exponent.
fn is_decimal(whole: &str, rest: &str) -> bool {
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let leading = if whole.is_empty() { fraction } else { whole };
    let exponent_is_number = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    leading.starts_with(|c: char| c.is_ascii_digit())
        && is_digits(whole)
        && is_digits(fraction)
        && exponent_is_number
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        match plain(text.into()) {
            Kind::Null => "null",
            Kind::Scalar(scalar) => match scalar.kind {
                ScalarKind::Text => "text",
                ScalarKind::Bool(true) => "true",
                ScalarKind::Bool(false) => "false",
                ScalarKind::Number => "number",
            },
            _ => "other",
        }
    }

    #[test]
    fn words_of_yaml_1_1_are_booleans_in_three_casings_only() {
        for text in ["true", "Yes", "ON"] {
            assert_eq!(kind(text), "true", "{text}");
        }
        for text in ["False", "NO", "off"] {
            assert_eq!(kind(text), "false", "{text}");
        }
        for text in ["y", "n", "yEs", "tRUE"] {
            assert_eq!(kind(text), "text", "{text}");
        }
    }

    #[test]
    fn integers_and_decimals_are_numbers() {
        for text in [
            "0", "-1", "+12", "1_000", "000400", "0x1F", "0b10", "1.5", "1.", ".5", "1.5e3", "1.5E+3", "08.5",
        ] {
            assert_eq!(kind(text), "number", "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_stays_text() {
        for text in [
            "012345678901",
            "1.2.3",
            "22:22",
            "2012-10-17",
            "1e5",
            "0x",
            "-",
            "+",
            ".",
            "1.5e",
            "_1",
            "10.0.0.0/16",
            ".inf",
            "1-2",
            "e5",
            "._1",
        ] {
            assert_eq!(kind(text), "text", "{text}");
        }
    }

    #[test]
    fn nothing_has_five_spellings() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(kind(text), "null", "{text}");
        }
        assert_eq!(kind("nULL"), "text");
    }

    #[test]
    fn a_tag_of_yaml_decides_the_type() {
        assert!(matches!(
            tagged("str", "12".into()),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Text,
                ..
            })
        ));
        assert!(matches!(
            tagged("int", "12".into()),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Number,
                ..
            })
        ));
        assert!(matches!(
            tagged("bool", "yes".into()),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Bool(true),
                ..
            })
        ));
        assert!(matches!(
            tagged("int", "x".into()),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Text,
                ..
            })
        ));
        assert!(matches!(tagged("null", "x".into()), Kind::Null));
    }
}
