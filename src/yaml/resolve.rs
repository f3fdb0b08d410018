//! The types of plain scalars.
//!
//! CloudFormation reads YAML 1.1 (<https://yaml.org/type/>) without its dates and sexagesimal numbers: `2012-10-17` and
//! `22:22` are text.

use super::{Kind, Scalar, ScalarKind};
use crate::source::Str;

/// What a plain scalar of a YAML text is.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => boolean(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => boolean(false),
        _ if is_number(text) => number(text),
        _ => words(text),
    }
}

/// What an unquoted value of a JSON text is; the text is known to be JSON.
pub(super) fn json(text: &str) -> Kind {
    match text {
        "null" => Kind::Null,
        "true" => boolean(true),
        "false" => boolean(false),
        _ => number(text),
    }
}

/// What a scalar with a tag of YAML itself (`!!str`) is, by the tag's last part.
pub(super) fn tagged(tag: &str, text: &str) -> Kind {
    match (tag, plain(text)) {
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
pub(super) fn words(text: impl Into<Str>) -> Kind {
    Kind::Scalar(Scalar {
        text: text.into(),
        kind: ScalarKind::Text,
    })
}

fn boolean(value: bool) -> Kind {
    let text = if value { "true" } else { "false" };
    Kind::Scalar(Scalar {
        text: text.into(),
        kind: ScalarKind::Bool(value),
    })
}

fn number(text: &str) -> Kind {
    Kind::Scalar(Scalar {
        text: text.into(),
        kind: ScalarKind::Number,
    })
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
        match plain(text) {
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
            tagged("str", "12"),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Text,
                ..
            })
        ));
        assert!(matches!(
            tagged("int", "12"),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Number,
                ..
            })
        ));
        assert!(matches!(
            tagged("bool", "yes"),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Bool(true),
                ..
            })
        ));
        assert!(matches!(
            tagged("int", "x"),
            Kind::Scalar(Scalar {
                kind: ScalarKind::Text,
                ..
            })
        ));
        assert!(matches!(tagged("null", "x"), Kind::Null));
    }
}
