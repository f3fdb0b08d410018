//! From the text of a scalar back to the bytes it was written with.

use crate::source::Span;

/// Where every byte of a scalar's text stands in its file.
pub(super) struct Decoded {
    /// Runs in order of the text, without gaps.
    runs: Vec<Run>,
    text: String,
}

/// A stretch of text and the bytes it was written with: as long, and then equal, or an escape or line fold as a whole.
struct Run {
    start: usize,
    len: usize,
    source: u32,
    source_len: u32,
}

impl Decoded {
    /// Decodes the scalar at a span of `source`, the whole file; `None` when the result is not `text`, as with folded
    /// block scalars, whose lines are joined.
    pub(super) fn new(span: Span, text: &str, source: &str) -> Option<Self> {
        let raw = source.get(span.start as usize..span.end as usize)?;
        let skipped = properties(raw);
        let mut cursor = Cursor {
            rest: raw.get(skipped..)?,
            at: span.start + skipped as u32,
            decoded: Decoded {
                runs: Vec::new(),
                text: String::new(),
            },
        };
        match cursor.rest.chars().next() {
            Some('|') => cursor.literal(text)?,
            Some('>') => return None,
            Some('"') => cursor.quoted('"')?,
            Some('\'') => cursor.quoted('\'')?,
            _ => cursor.flow(None)?,
        }
        Some(cursor.decoded).filter(|decoded| decoded.text == text)
    }

    /// The bytes of the file for a range of the text.
    pub(super) fn source(&self, start: usize, end: usize) -> Option<(u32, u32)> {
        let from = match self.run(start) {
            Some(run) if run.len == run.source_len as usize => run.source + (start - run.start) as u32,
            Some(run) => run.source,
            None => self.runs.last().map(|run| run.source + run.source_len)?,
        };
        if end <= start {
            return Some((from, from));
        }
        let last = self.run(end - 1)?;
        let to = if last.len == last.source_len as usize {
            last.source + (end - last.start) as u32
        } else {
            last.source + last.source_len
        };
        Some((from, to.max(from)))
    }

    /// The run that holds a byte of the text.
    fn run(&self, at: usize) -> Option<&Run> {
        let next = self.runs.partition_point(|run| run.start <= at);
        self.runs
            .get(next.checked_sub(1)?)
            .filter(|run| at < run.start + run.len)
    }

    /// Adds text that was written with `source_len` bytes at `source`; neighbours written as they are become one run.
    fn push(&mut self, text: &str, source: u32, source_len: u32) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        let equal = text.len() == source_len as usize;
        if let Some(last) = self.runs.last_mut()
            && equal
            && last.len == last.source_len as usize
            && last.source + last.source_len == source
        {
            last.len += text.len();
            last.source_len += source_len;
            return;
        }
        self.runs.push(Run {
            start,
            len: text.len(),
            source,
            source_len,
        });
    }

    /// Takes blanks off the end: those before a line fold are no text.
    fn trim_blanks(&mut self, keep: usize) {
        let trimmed = self.text.trim_end_matches([' ', '\t']).len().max(keep);
        self.text.truncate(trimmed);
        while let Some(last) = self.runs.last_mut() {
            if last.start >= trimmed {
                self.runs.pop();
                continue;
            }
            let surplus = (last.start + last.len).saturating_sub(trimmed);
            last.len -= surplus;
            last.source_len = last.source_len.saturating_sub(surplus as u32);
            break;
        }
    }
}

/// Bytes before a scalar's own text: its tag, its anchor and the white space behind them.
fn properties(raw: &str) -> usize {
    let mut rest = raw;
    while rest.starts_with(['!', '&']) {
        let Some(end) = rest.find([' ', '\t', '\r', '\n']) else {
            return raw.len();
        };
        rest = rest
            .get(end..)
            .unwrap_or("")
            .trim_start_matches([' ', '\t', '\r', '\n']);
    }
    raw.len() - rest.len()
}

/// Reads a scalar's bytes.
struct Cursor<'s> {
    rest: &'s str,
    /// Offset of `rest` in the file.
    at: u32,
    decoded: Decoded,
}

impl<'s> Cursor<'s> {
    /// Takes bytes off the front.
    fn take(&mut self, len: usize) -> Option<&'s str> {
        let taken = self.rest.get(..len)?;
        self.rest = self.rest.get(len..)?;
        self.at += len as u32;
        Some(taken)
    }

    /// Takes bytes off the front that stand for `text`.
    fn put(&mut self, len: usize, text: &str) -> Option<()> {
        let at = self.at;
        self.take(len)?;
        self.decoded.push(text, at, len as u32);
        Some(())
    }

    /// Length of the line break at the front; 0 when there is none.
    fn line_break(&self) -> usize {
        match self.rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        }
    }

    /// A literal block scalar: every line of the text is the end of a line of the file, behind its indentation.
    fn literal(&mut self, text: &str) -> Option<()> {
        let header = self.rest.find(['\r', '\n']).unwrap_or(self.rest.len());
        self.take(header)?;
        self.take(self.line_break())?;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches('\n');
            let raw = self.rest.find(['\r', '\n']).unwrap_or(self.rest.len());
            let indent = raw.checked_sub(content.len())?;
            self.take(indent)?;
            self.put(content.len(), content)?;
            if line.len() > content.len() {
                // The span ends before the last line break, and before the blank lines that `|+` keeps.
                self.put(self.line_break(), "\n")?;
            }
        }
        Some(())
    }

    fn quoted(&mut self, quote: char) -> Option<()> {
        self.take(quote.len_utf8())?;
        self.flow(Some(quote))
    }

    /// A plain or quoted scalar, whose line breaks are folded.
    fn flow(&mut self, quote: Option<char>) -> Option<()> {
        // Blanks that an escape wrote survive a fold.
        let mut escaped = 0;
        while let Some(next) = self.rest.chars().next() {
            match next {
                '\'' if quote == Some('\'') => {
                    if !self.rest.starts_with("''") {
                        return Some(());
                    }
                    self.put(2, "'")?;
                }
                '"' if quote == Some('"') => return Some(()),
                '\\' if quote == Some('"') => {
                    self.escape()?;
                    escaped = self.decoded.text.len();
                }
                '\r' | '\n' => self.fold(escaped)?,
                _ => {
                    let stop = |c: char| matches!(c, '\r' | '\n' | '\\' | '\'' | '"');
                    let first = next.len_utf8();
                    let more = self.rest.get(first..)?.find(stop);
                    let len = more.map_or(self.rest.len(), |more| first + more);
                    let text = self.rest.get(..len)?;
                    self.put(len, text)?;
                }
            }
        }
        quote.is_none().then_some(())
    }

    /// One line break is a space, more are one less; blanks around them are nothing.
    fn fold(&mut self, keep: usize) -> Option<()> {
        self.decoded.trim_blanks(keep);
        let at = self.at;
        let mut breaks = 0;
        loop {
            match self.line_break() {
                0 => break,
                len => self.take(len)?,
            };
            breaks += 1;
            self.take(self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len())?;
        }
        let text = if breaks == 1 {
            " ".to_owned()
        } else {
            "\n".repeat(breaks - 1)
        };
        self.decoded.push(&text, at, self.at - at);
        Some(())
    }

    /// An escape of double-quoted text.
    fn escape(&mut self) -> Option<()> {
        let code = self.rest.chars().nth(1)?;
        let text = match code {
            '\r' | '\n' => {
                self.take(1)?;
                self.take(self.line_break())?;
                self.take(self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len())?;
                return Some(());
            }
            '0' => '\0',
            'a' => '\x07',
            'b' => '\x08',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\x0b',
            'f' => '\x0c',
            'r' => '\r',
            'e' => '\x1b',
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' => return self.code_point(2),
            'u' => return self.code_point(4),
            'U' => return self.code_point(8),
            other => other,
        };
        self.put(1 + code.len_utf8(), text.encode_utf8(&mut [0; 4]))
    }

    /// A character by its number of so many digits; two `\u` escapes can be one character.
    fn code_point(&mut self, digits: usize) -> Option<()> {
        let number = |start: usize| u32::from_str_radix(self.rest.get(start..start + digits)?, 16).ok();
        let first = number(2)?;
        let (character, len) = if (0xd800..0xdc00).contains(&first) {
            let second = number(4 + digits)?.checked_sub(0xdc00)?;
            let combined = 0x10000 + ((first - 0xd800) << 10) + second;
            (char::from_u32(combined)?, 2 * (2 + digits))
        } else {
            (char::from_u32(first)?, 2 + digits)
        };
        self.put(len, character.encode_utf8(&mut [0; 4]))
    }
}
