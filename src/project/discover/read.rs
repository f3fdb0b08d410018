//! The bytes of a file as text.

use std::io;
use std::path::Path;

use crate::files::Files;
use crate::source::{Position, Source, Str};
use crate::yaml::MAX_FILE_BYTES;

/// An input that could not be read; the analysis is incomplete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// The path as users know it, with `/` as separator.
    pub path: Str,
    /// Why, one sentence, lower case, no full stop; with the place, for a file whose bytes are not text.
    pub message: String,
}

impl Unreadable {
    /// An input that could not be read at all.
    pub fn new(path: impl Into<Str>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }

    /// An input of which the system would not give the bytes; its error without the number and in the words of users.
    pub(crate) fn from_io(path: impl Into<Str>, error: &io::Error) -> Self {
        let message = match error.kind() {
            io::ErrorKind::NotFound => NOT_FOUND.to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        Self::new(path, message)
    }
}

/// What is said of a path at which nothing stands.
pub(crate) const NOT_FOUND: &str = "no such file or folder";

/// The text of a file of at most [`MAX_FILE_BYTES`], a byte order mark included.
///
/// # Errors
/// When the file cannot be read, is too large, or is not UTF-8; `shown` names it in the error.
pub fn read(files: &dyn Files, path: &Path, shown: &Str) -> Result<String, Unreadable> {
    let bytes = files
        .read(path, MAX_FILE_BYTES)
        .map_err(|error| Unreadable::from_io(shown.clone(), &error))?;
    decode(bytes, shown)
}

/// Bytes that are already here, such as those of standard input, as text under the rules of [`read`].
///
/// # Errors
/// When they are too many or not UTF-8.
pub fn decode(bytes: Vec<u8>, shown: &Str) -> Result<String, Unreadable> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let mebibytes = MAX_FILE_BYTES >> 20;
        let message = format!("larger than {mebibytes} MiB ({MAX_FILE_BYTES} bytes), the most that is read");
        return Err(Unreadable::new(shown.clone(), message));
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes.as_slice() {
        let message = "the text is UTF-16; save it as UTF-8";
        return Err(Unreadable::new(shown.clone(), message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let good = error.as_bytes().get(..offset).unwrap_or_default();
        let bad = error.as_bytes().get(offset).copied().unwrap_or_default();
        let before = Source::new(shown.clone(), String::from_utf8_lossy(good));
        let Position { line, column, .. } = before.position(offset as u32);
        let message =
            format!("not UTF-8: byte 0x{bad:02x} at offset {offset} (line {line}, column {column})");
        Unreadable::new(shown.clone(), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> Unreadable {
        decode(bytes.to_vec(), &"a.yaml".into()).unwrap_err()
    }

    #[test]
    fn the_first_byte_that_is_not_utf8_is_named_with_its_place() {
        let error = refused(b"a: 1\r\n\xc3\xa9: \xe9\n");
        assert_eq!(
            error.message,
            "not UTF-8: byte 0xe9 at offset 10 (line 2, column 4)"
        );
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_not_utf8() {
        assert_eq!(
            refused(b"\xe2\x82").message,
            "not UTF-8: byte 0xe2 at offset 0 (line 1, column 1)"
        );
    }

    #[test]
    fn utf16_is_called_by_its_name_in_both_byte_orders() {
        for bytes in [b"\xff\xfea\0", b"\xfe\xff\0a"] {
            assert_eq!(refused(bytes).message, "the text is UTF-16; save it as UTF-8");
        }
    }

    #[test]
    fn a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() {
        let largest = vec![b' '; MAX_FILE_BYTES as usize];
        let mut larger = largest.clone();
        larger.push(b' ');
        assert!(decode(largest, &"a".into()).is_ok());
        assert_eq!(
            refused(&larger).message,
            "larger than 16 MiB (16777216 bytes), the most that is read"
        );
    }

    #[test]
    fn an_empty_file_is_an_empty_text_and_a_byte_order_mark_is_kept() {
        assert_eq!(decode(Vec::new(), &"a".into()).unwrap(), "");
        assert_eq!(
            decode("\u{feff}a".into(), &"a".into()).unwrap().len(),
            4,
            "offsets count the mark"
        );
    }
}
