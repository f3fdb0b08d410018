//! What stands between two tokens: the colon of a key, the dash of a list, the indicator of a block scalar. The parser
//! gives these no range of their own.

/// The first byte at or after `from` that `wanted` accepts, when only punctuation, tags, anchors and comments stand
/// before it. `from` must be the end of a token, `limit` is exclusive; both in bytes.
pub(super) fn indicator(text: &str, from: u32, limit: u32, wanted: impl Fn(u8) -> bool) -> Option<u32> {
    let bytes = text.as_bytes().get(..limit as usize)?;
    let mut at = from as usize;
    while let Some(byte) = bytes.get(at) {
        let until = |stop: &[u8]| {
            let length = bytes.get(at..)?.iter().position(|byte| stop.contains(byte))?;
            Some(at + length)
        };
        at = match byte {
            byte if wanted(*byte) => return Some(at as u32),
            b' ' | b'\t' | b'\r' | b'\n' | b':' | b'-' | b'?' => at + 1,
            b'#' => until(b"\r\n")?,
            b'&' | b'!' => until(b" \t\r\n")?,
            _ => return None,
        };
    }
    None
}

/// The bytes of a block scalar, from its indicator to the end of its last line with text. The parser's range
/// `start..end` begins at the text and runs on to the next token; `from` is the end of the token before.
pub(super) fn block_scalar(text: &str, from: u32, start: u32, end: u32) -> (u32, u32) {
    let start = indicator(text, from, end, |byte| matches!(byte, b'|' | b'>')).unwrap_or(start);
    let covered = text.get(start as usize..end as usize).unwrap_or("");
    let kept = covered.trim_end_matches([' ', '\t', '\r', '\n']).len();
    let rest = covered.get(kept..).unwrap_or("");
    let end = kept + rest.find(['\r', '\n']).unwrap_or(rest.len());
    (start, start + end as u32)
}
