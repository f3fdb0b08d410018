//! Source text: files, byte spans into them, and positions that people and formats speak of.

use std::sync::{Arc, OnceLock};

/// A string shared by reference; cloning it copies a pointer.
pub type Str = Arc<str>;

/// The identity of a loaded file; an index into [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in one file, `start <= end`, both on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file the bytes belong to.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// Number of bytes covered.
    pub fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// True when no byte is covered.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The smallest span that covers both; `other` must lie in the same file.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.file, self.start.min(other.start), self.end.max(other.end))
    }

    /// True when `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A place in a file as editors and SARIF count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, 1-based.
    pub line: u32,
    /// Column, 1-based, in UTF-16 code units.
    pub column: u32,
    /// Offset in bytes from the start of the file, 0-based; a byte order mark counts.
    pub offset: u32,
}

/// One loaded file.
#[derive(Debug)]
pub struct Source {
    path: Str,
    text: Str,
    lines: OnceLock<Vec<u32>>,
    /// UTF-16 units before every block of [`BLOCK`] bytes, so that a column costs the same at the end of a line of 1 MB.
    units: OnceLock<Vec<u32>>,
}

/// Bytes between two entries of the table of UTF-16 units: 0.8 % of the text's size, and columns cost 512 steps at most.
const BLOCK: usize = 512;

/// The number of UTF-16 code units that characters starting in these bytes of a UTF-8 text need.
fn utf16_units(bytes: &[u8]) -> u32 {
    let units = bytes.iter().map(|byte| match byte {
        0x80..=0xbf => 0,
        0xf0..=0xff => 2,
        _ => 1,
    });
    units.sum()
}

impl Source {
    /// A source named `path` (relative to the project root where it lies in it, `/` as separator).
    pub fn new(path: impl Into<Str>, text: impl Into<Str>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            units: OnceLock::new(),
        }
    }

    /// The path under which the file is reported, with `/` as separator.
    pub fn path(&self) -> &Str {
        &self.path
    }

    /// The whole text, a byte order mark included.
    pub fn text(&self) -> &Str {
        &self.text
    }

    /// Offsets of the first byte of every line; a line ends at `\n`, `\r\n` or a lone `\r`.
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (at, byte) in bytes.iter().enumerate() {
                let ends_line = match byte {
                    b'\n' => true,
                    b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                    _ => false,
                };
                if ends_line {
                    starts.push(at as u32 + 1);
                }
            }
            starts
        })
    }

    /// The number of UTF-16 units of the text before a byte offset, which lies in the text.
    fn units_before(&self, offset: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let table = self.units.get_or_init(|| {
            let mut total = 0;
            let before_block = |block: &[u8]| {
                let before = total;
                total += utf16_units(block);
                before
            };
            bytes.chunks(BLOCK).map(before_block).collect()
        });
        let block = (offset as usize / BLOCK).min(table.len().saturating_sub(1));
        let rest = bytes.get(block * BLOCK..offset as usize).unwrap_or(&[]);
        table.get(block).copied().unwrap_or(0) + utf16_units(rest)
    }

    /// The number of lines; an empty file has one.
    pub fn line_count(&self) -> u32 {
        self.line_starts().len() as u32
    }

    /// The position of a byte offset; offsets past the end give the end.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let offset = offset.min(self.text.len() as u32);
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let mut column = self.units_before(offset) - self.units_before(start) + 1;
        if start == 0 && offset > 0 && self.text.starts_with('\u{feff}') {
            column -= 1;
        }
        Position {
            line: line as u32,
            column,
            offset,
        }
    }

    /// Replaces the characters of spans, given in their order, by signs that tell nothing about them. Bytes, columns and lines
    /// stay where they are.
    fn mask(&mut self, spans: &[Span]) {
        let mut ahead = spans.iter().peekable();
        let hidden: String = self
            .text
            .char_indices()
            .map(|(at, character)| {
                while ahead.next_if(|span| span.end as usize <= at).is_some() {}
                match character {
                    _ if ahead.peek().is_none_or(|span| at < span.start as usize) => character,
                    '\n' | '\r' => character,
                    // Of the same length in UTF-8 and in UTF-16.
                    _ => match character.len_utf8() {
                        1 => '*',
                        2 => '\u{b7}',
                        3 => '\u{2022}',
                        _ => '\u{1f538}',
                    },
                }
            })
            .collect();
        self.text = hidden.into();
    }

    /// The text of a line (1-based) without its line break; empty past the end.
    pub fn line(&self, number: u32) -> &str {
        let starts = self.line_starts();
        let Some(index) = (number as usize).checked_sub(1) else {
            return "";
        };
        let Some(start) = starts.get(index) else {
            return "";
        };
        let end = starts.get(index + 1).copied().unwrap_or(self.text.len() as u32);
        let line = self.text.get(*start as usize..end as usize).unwrap_or("");
        line.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}')
    }

    /// The bytes of the line (1-based), line break included, as `start..end`.
    pub fn line_range(&self, number: u32) -> (u32, u32) {
        let starts = self.line_starts();
        let index = (number.max(1) as usize - 1).min(starts.len() - 1);
        let end = starts.get(index + 1).copied().unwrap_or(self.text.len() as u32);
        (starts[index], end)
    }
}

/// All files of a run, by [`FileId`].
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and gives it its identity.
    pub fn add(&mut self, source: Source) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(source);
        id
    }

    /// Hides what spans cover, such as secrets in a parameter file, from everything that quotes the files later.
    pub fn mask(&mut self, mut spans: Vec<Span>) {
        spans.sort_unstable();
        for of_file in spans.chunk_by(|left, right| left.file == right.file) {
            let file = of_file
                .first()
                .and_then(|span| self.files.get_mut(span.file.0 as usize));
            if let Some(source) = file {
                source.mask(of_file);
            }
        }
    }

    /// The file of an identity that this collection gave out.
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, source)| (FileId(index as u32), source))
    }

    /// First and last position of a span.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let source = self.get(span.file);
        (source.position(span.start), source.position(span.end))
    }

    /// The text a span covers.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file)
            .text()
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units_and_skip_the_byte_order_mark() {
        let source = Source::new("a.yaml", "\u{feff}a: 😀b\r\nc: d\rlast");
        let b = source.text().find('b').unwrap() as u32;
        assert_eq!(
            source.position(b),
            Position {
                line: 1,
                column: 6,
                offset: b
            }
        );
        let c = source.text().find('c').unwrap() as u32;
        assert_eq!(source.position(c).line, 2);
        assert_eq!(source.position(c).column, 1);
        assert_eq!(source.line(1), "a: 😀b");
        assert_eq!(source.line(3), "last");
        assert_eq!(source.line(4), "");
        assert_eq!(source.line_count(), 3);
    }

    #[test]
    fn columns_of_long_lines_are_counted_as_those_of_short_ones() {
        let line = "ab한😀é\t".repeat(300);
        for text in [
            line.clone(),
            format!("\u{feff}{line}\n\n{line}"),
            format!("{line}\r\n{line}"),
        ] {
            let source = Source::new("a", text.as_str());
            let mut column = 1;
            for (at, character) in text.char_indices() {
                if character == '\u{feff}' {
                    continue;
                }
                assert_eq!(source.position(at as u32).column, column, "byte {at}");
                column = if character == '\n' {
                    1
                } else {
                    column + character.len_utf16() as u32
                };
            }
            assert_eq!(source.position(text.len() as u32).column, column);
        }
    }

    #[test]
    fn what_is_masked_cannot_be_read_and_moves_nothing() {
        let mut sources = Sources::default();
        let text = "a: sé\n크😀t; b: 1\n";
        let file = sources.add(Source::new("a", text));
        let b = text.find('b').unwrap() as u32;
        let before = sources.get(file).position(b);
        let end = text.find(';').unwrap() as u32;
        sources.mask(vec![
            Span::new(file, 8, end),
            Span::new(file, 3, 6),
            Span::new(file, 3, 9),
        ]);
        assert_eq!(sources.get(file).line(1), "a: *·");
        assert_eq!(sources.get(file).line(2), "•🔸*; b: 1");
        assert_eq!(sources.get(file).position(b), before);
        assert_eq!(sources.get(file).text().len(), text.len());
    }

    #[test]
    fn the_end_of_a_file_is_a_position() {
        let source = Source::new("a", "x\n");
        assert_eq!(
            source.position(99),
            Position {
                line: 2,
                column: 1,
                offset: 2
            }
        );
    }
}
