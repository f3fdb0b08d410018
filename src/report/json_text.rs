//! JSON text as the machine formats write it: indented, and without a character that could steer a terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::terminal::steers;

/// Writes a value and a line break.
pub(super) fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Writes a value on one line, and a line break.
pub(super) fn write_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Safe(CompactFormatter));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// A value as indented JSON with a line break, without a character that could steer a terminal.
pub fn text(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    // Writing to memory fails for values that are no JSON only, such as a mapping with keys that are no text.
    let _ = write(value, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Lays out as a formatter of serde_json does, and writes as `\uXXXX` what serde_json leaves raw although a terminal obeys it: C1 controls,
/// bidirectional controls, invisible characters. A program reads the same text.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| steers(*character)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.strip_prefix(character).unwrap_or("");
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_reads_back_as_it_was() {
        let text = "a\u{1b}b\u{9b}c\u{202e}d\u{e0041}e\u{7f}한😀\"\\\n";
        let mut out = Vec::new();
        write(&text, &mut out).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert!(!json.trim_end().chars().any(steers), "{json}");
        assert!(json.contains("한😀"));
        let back: String = serde_json::from_str(&json).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn a_line_is_one_line_and_reads_back_as_it_was() {
        let value = serde_json::json!({"a": ["\r\n\u{85}\u{2028}", {"b": []}], "c": {}});
        let mut out = Vec::new();
        write_line(&value, &mut out).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert!(!json.trim_end_matches('\n').chars().any(steers), "{json}");
        assert_eq!(json.lines().count(), 1);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }

    #[test]
    fn the_indentation_is_that_of_serde_json() {
        let value = serde_json::json!({"a": [1, {"b": []}], "c": {}, "d": "e"});
        let mut out = Vec::new();
        write(&value, &mut out).unwrap();
        let expected = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
