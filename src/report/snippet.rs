//! Draws the lines around labels with miette.
//!
//! miette gets an excerpt and not the file: the few lines that are to be seen, long ones cut around their labels,
//! control characters made visible, and labels moved along. It thus never scans a large file, and nothing it
//! prints comes unescaped from a template. Of its report only the drawing is used: the message is empty, which
//! with line wrapping off gives one line break, and that break ends the header the caller has written.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::Options;
use super::related::NEAR_BYTES;
use super::terminal::{Terminal, push_visible, visible};
use crate::diag::Severity;
use crate::source::{Source, Span};

/// How far a tab moves on.
const TAB_WIDTH: usize = 4;
/// Lines of context before the first and after the last label.
const CONTEXT_LINES: u32 = 1;
/// Lines longer than this many bytes are cut around their labels.
const LINE_BYTES_MAX: usize = 240;
/// How many characters of a cut line are shown before its first and after its last label, and how many of a label.
const WINDOW_CHARS: usize = 100;
/// Given to miette, which uses it only to wrap text that this module leaves empty.
const UNUSED_WIDTH: usize = 120;

/// A place to underline, with what to write below it.
pub(super) struct Mark<'a> {
    /// Where; of several lines the first is underlined.
    pub(super) span: Span,
    /// May be empty.
    pub(super) text: &'a str,
}

/// The drawing, from the line break that ends the caller's header to its own last line break.
///
/// `primary` gives the place in the frame, `context` follows it there; `marks` lie in `source`, on lines near
/// to the primary one.
pub(super) fn draw(
    source: &Source,
    primary: &Mark<'_>,
    marks: &[Mark<'_>],
    context: &str,
    severity: Severity,
    options: &Options,
) -> Result<String, fmt::Error> {
    let excerpt = Excerpt::new(source, primary, marks, context, Terminal::new(options));
    let mut out = String::new();
    GraphicalReportHandler::new_themed(theme(&excerpt, severity, options))
        .with_width(UNUSED_WIDTH)
        .with_wrap_lines(false)
        .with_links(false)
        .without_primary_span_start()
        .without_syntax_highlighting()
        .tab_width(TAB_WIDTH)
        .render_report(&mut out, &excerpt)?;
    Ok(out)
}

/// A line of what [`draw`] shows, for formats that draw it themselves; its text is safe to print.
pub(super) struct CutLine {
    /// 1-based.
    pub(super) number: u32,
    /// The line in order, without its end.
    pub(super) pieces: Vec<CutPiece>,
}

/// A part of a line, marked as a whole or not at all.
pub(super) struct CutPiece {
    /// May hold tabs. Empty for a mark that covers nothing.
    pub(super) text: String,
    /// 0 for the primary mark, `n` for the `n`th of the others.
    pub(super) mark: Option<usize>,
}

/// The lines around the marks, as [`draw`] cuts them.
pub(super) fn cut(
    source: &Source,
    primary: &Mark<'_>,
    marks: &[Mark<'_>],
    options: &Options,
) -> Vec<CutLine> {
    let excerpt = Excerpt::new(source, primary, marks, "", Terminal::new(options));
    let mut marked = excerpt.labels.iter().zip(&excerpt.marks).peekable();
    let mut start = 0;
    let mut out = Vec::with_capacity(excerpt.lines);
    for (number, line) in (excerpt.first_line..).zip(excerpt.text.split_terminator('\n')) {
        let mut pieces = Vec::new();
        let mut push = |range: std::ops::Range<usize>, mark: Option<usize>| {
            let text = line.get(range).unwrap_or("").to_owned();
            if mark.is_some() || !text.is_empty() {
                pieces.push(CutPiece { text, mark });
            }
        };
        let mut at = 0;
        while let Some((label, mark)) = marked.next_if(|(label, _)| label.offset() <= start + line.len()) {
            // Marks of one line may touch; what overlaps belongs to the first.
            let from = label.offset().saturating_sub(start).max(at);
            let to = (from + label.len()).min(line.len()).max(from);
            push(at..from, None);
            push(from..to, Some(*mark));
            at = to;
        }
        push(at..line.len(), None);
        out.push(CutLine { number, pieces });
        start += line.len() + 1;
    }
    out
}

/// miette's theme: the primary label in the severity's colour, the others in one of their own.
fn theme(excerpt: &Excerpt, severity: Severity, options: &Options) -> GraphicalTheme {
    let characters = if options.ascii {
        ThemeCharacters::ascii()
    } else {
        ThemeCharacters::unicode()
    };
    if !options.color {
        return GraphicalTheme {
            characters,
            styles: ThemeStyles::none(),
        };
    }
    let mut styles = ThemeStyles::ansi();
    styles.link = styles.help;
    let primary = match severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
        Severity::Info => styles.advice,
    };
    styles.highlights = excerpt
        .labels
        .iter()
        .map(|label| if label.primary() { primary } else { styles.help })
        .collect();
    GraphicalTheme { characters, styles }
}

/// The lines to show, as a source of miette and as a diagnostic that consists of nothing else.
#[derive(Debug)]
struct Excerpt {
    text: String,
    /// The first line's number, 1-based.
    first_line: u32,
    lines: usize,
    /// What the frame says.
    name: String,
    /// In the order of their offsets in `text`.
    labels: Vec<LabeledSpan>,
    /// What each label stands for: 0 the primary mark, `n` the `n`th of the others.
    marks: Vec<usize>,
}

/// A mark on the line it starts on.
struct Placed<'a> {
    mark: &'a Mark<'a>,
    /// 0 for the primary mark, `n` for the `n`th of the others.
    index: usize,
    line: u32,
    /// Bytes of the line's text.
    start: usize,
    end: usize,
}

impl Excerpt {
    fn new(
        source: &Source,
        primary: &Mark<'_>,
        marks: &[Mark<'_>],
        context: &str,
        terminal: Terminal,
    ) -> Self {
        let all = std::iter::once(primary).chain(marks).enumerate();
        let mut placed: Vec<Placed<'_>> = all.map(|(index, mark)| place(source, mark, index)).collect();
        placed.sort_by_key(|placed| (placed.line, placed.start));
        let first_label = placed.first().map_or(1, |placed| placed.line);
        let last_label = placed.last().map_or(1, |placed| placed.line);
        let first_line = first_label.saturating_sub(CONTEXT_LINES).max(1);
        let last_line = (last_label + CONTEXT_LINES)
            .min(last_shown(source))
            .max(last_label);

        let mut text = String::new();
        let mut labels = Vec::with_capacity(placed.len());
        for number in first_line..=last_line {
            let here = placed.iter().filter(|placed| placed.line == number);
            push_line(&mut text, &mut labels, source.line(number), here, terminal);
        }
        let position = source.position(primary.span.start);
        // The lines were filled in this order.
        let marks = placed.iter().map(|placed| placed.index).collect();
        let mut name = format!("{}:{}:{}", visible(source.path()), position.line, position.column);
        if !context.is_empty() {
            name.push_str(terminal.dot());
            name.push_str(context);
        }
        Self {
            text,
            first_line,
            lines: (last_line - first_line + 1) as usize,
            name,
            labels,
            marks,
        }
    }
}

/// The last line worth showing: not the empty one behind a final line break.
fn last_shown(source: &Source) -> u32 {
    let count = source.line_count();
    if source.line(count).is_empty() {
        count.saturating_sub(1).max(1)
    } else {
        count
    }
}

/// Finds a mark's line and its bytes there.
fn place<'a>(source: &Source, mark: &'a Mark<'a>, index: usize) -> Placed<'a> {
    let line = source.position(mark.span.start).line;
    let text = source.line(line);
    let (range_start, range_end) = source.line_range(line);
    let range = source
        .text()
        .get(range_start as usize..range_end as usize)
        .unwrap_or("");
    // A byte order mark belongs to the range and not to the line.
    let mark_len = range.len() - range.trim_start_matches('\u{feff}').len();
    let hidden = range_start as usize + mark_len;
    let in_line = |offset: u32| (offset as usize).saturating_sub(hidden).min(text.len());
    let start = in_line(mark.span.start);
    Placed {
        mark,
        index,
        line,
        start,
        end: in_line(mark.span.end).max(start),
    }
}

/// Appends one line, cut when it is long, and the labels on it.
fn push_line<'a>(
    text: &mut String,
    labels: &mut Vec<LabeledSpan>,
    line: &str,
    here: impl Iterator<Item = &'a Placed<'a>>,
    terminal: Terminal,
) {
    let is_long = line.len() > LINE_BYTES_MAX;
    let mut marks: Vec<(usize, usize, &Placed<'_>)> = Vec::new();
    for placed in here {
        let end = if is_long {
            placed.end.min(forward(line, placed.start, WINDOW_CHARS))
        } else {
            placed.end
        };
        marks.push((placed.start, end, placed));
    }
    let (from, to) = if is_long {
        let first = marks.iter().map(|(start, ..)| *start).min().unwrap_or(0);
        let last = marks.iter().map(|(_, end, _)| *end).max().unwrap_or(0);
        (back(line, first, WINDOW_CHARS), forward(line, last, WINDOW_CHARS))
    } else {
        (0, line.len())
    };

    if from > 0 {
        text.push_str(terminal.ellipsis());
    }
    let mut moved: Vec<(usize, usize)> = vec![(text.len(), text.len()); marks.len()];
    for (at, character) in line.get(from..to).unwrap_or("").char_indices() {
        let at = at + from;
        note_offsets(&marks, &mut moved, at, text.len());
        if character == '\t' {
            text.push('\t');
        } else {
            push_visible(text, character);
        }
    }
    note_offsets(&marks, &mut moved, to, text.len());
    if to < line.len() {
        text.push_str(terminal.ellipsis());
    }
    text.push('\n');

    for ((_, _, placed), (start, end)) in marks.iter().zip(moved) {
        let label = (!placed.mark.text.is_empty()).then(|| visible(placed.mark.text));
        let span = SourceSpan::from((start, end.saturating_sub(start)));
        labels.push(if placed.index == 0 {
            LabeledSpan::new_primary_with_span(label, span)
        } else {
            LabeledSpan::new_with_span(label, span)
        });
    }
}

/// Notes where the byte `at` of the line came to stand, for the marks that start or end with it.
fn note_offsets(
    marks: &[(usize, usize, &Placed<'_>)],
    moved: &mut [(usize, usize)],
    at: usize,
    offset: usize,
) {
    for ((start, end, _), (moved_start, moved_end)) in marks.iter().zip(moved) {
        if *start == at {
            *moved_start = offset;
        }
        if *end == at {
            *moved_end = offset;
        }
    }
}

/// The offset `chars` characters after `from`, at most the end.
fn forward(line: &str, from: usize, chars: usize) -> usize {
    let rest = line.get(from..).unwrap_or("");
    rest.char_indices()
        .nth(chars)
        .map_or(line.len(), |(at, _)| from + at)
}

/// The offset `chars` characters before `from`, at least the start.
fn back(line: &str, from: usize, chars: usize) -> usize {
    let before = line.get(..from).unwrap_or("");
    before
        .char_indices()
        .rev()
        .nth(chars.saturating_sub(1))
        .map_or(0, |(at, _)| at)
}

impl SourceCode for Excerpt {
    /// Always the whole excerpt, whatever is asked for, so that all labels share one frame.
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _context_lines_before: usize,
        _context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            SourceSpan::from((0, self.text.len())),
            self.first_line as usize - 1,
            0,
            self.lines,
        )))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Excerpt {}

impl miette::Diagnostic for Excerpt {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

// Labels that share a long line lie within each other's windows, or the line would be shown at length.
const _: () = assert!(NEAR_BYTES as usize <= WINDOW_CHARS);
