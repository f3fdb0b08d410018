//! A page in the Markdown of GitHub and GitLab, for job summaries and comments on merge requests: a table, then every finding
//! folded with its lines and its evidence.
//!
//! Text from templates is nothing but text in it. It stands in references to characters, which Markdown never takes for
//! structure (<https://github.github.com/gfm/#entity-and-numeric-character-references>), or in a fence longer than any
//! of its own.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::entry::{Entry, entries, most_severe_first};
use super::related::split;
use super::snippet::{Mark, draw};
use super::statistics::{self, Count};
use super::terminal::visible;
use super::words::{Words, words};
use super::{Options, summary};
use crate::diagram::{Picture, Surroundings, mermaid};
use crate::lint::Report;
use crate::source::Span;

/// GitHub takes 1 MiB as the summary of a step, and nothing of a longer one; the table has this many bytes of it,
const ROWS_BYTES_MAX: usize = 400 * 1024;
/// the details this many,
const DETAILS_BYTES_MAX: usize = 500 * 1024;
/// the picture this many,
const PICTURE_BYTES_MAX: usize = 90 * 1024;
/// and this many of its numbers are explained, each in a line; the table has the same findings.
const PICTURE_FLAGS_MAX: usize = 50;
/// Backticks of the shortest fence.
const FENCE_MIN: usize = 3;

/// Writes the page.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let plain = Options {
        color: false,
        hyperlinks: false,
        ..options.clone()
    };
    let entries = most_severe_first(entries(report, options));
    let total = prose(&summary::counts(report, options));
    writeln!(out, "## {}: {total}", env!("CARGO_PKG_NAME"))?;
    if options.statistics {
        write_statistics(report, out)?;
    } else if !entries.is_empty() {
        writeln!(out, "\n| severity | rule | place | message |\n|---|---|---|---|")?;
        let rest = write_some(&entries, ROWS_BYTES_MAX, out, |entry| Ok(row(report, entry)))?;
        write_rest(rest, "row", out)?;
        let rest = write_some(&entries, DETAILS_BYTES_MAX, out, |entry| {
            details(report, entry, &plain)
        })?;
        write_rest(rest, "detail", out)?;
    }
    if let Some(picture) = report.flagged_picture() {
        write_picture(&picture, out)?;
    }
    let reasons = summary::top_reasons(report);
    if !reasons.is_empty() {
        writeln!(out)?;
        for reason in reasons {
            writeln!(out, "- {}", prose(&reason))?;
        }
    }
    let files = report.skipped.len();
    let skipped = match files {
        0 => String::new(),
        _ => format!(", {} skipped", summary::counted(files, "file")),
    };
    writeln!(
        out,
        "\n{}, {}, {}{skipped}",
        summary::templates(report),
        summary::counted(report.stats.resources, "resource"),
        summary::counted(report.rules.len(), "rule"),
    )
}

/// Writes a table of how often each rule speaks.
fn write_statistics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rows = statistics::ranked(report);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n| {} | rule |\n|{}---|",
        Count::NAMES.join(" | "),
        "--:|".repeat(Count::NAMES.len())
    )?;
    for (rule, count) in rows {
        let cells = count.values().map(|value| value.to_string());
        writeln!(out, "| {} | {} |", cells.join(" | "), code(rule))?;
    }
    Ok(())
}

/// Writes the picture folded, where the code host draws it.
fn write_picture(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    if picture.nodes.is_empty() {
        return Ok(());
    }
    let text = mermaid::write(picture, false);
    let is_drawn = text.len() <= PICTURE_BYTES_MAX
        && text.chars().count() <= mermaid::MAX_CHARACTERS
        && picture.edges.len() <= mermaid::MAX_EDGES;
    if !is_drawn {
        return writeln!(
            out,
            "\nThe picture of the architecture is too large for Mermaid; `ecslint graph -f dot` draws it"
        );
    }
    writeln!(
        out,
        "\n<details>\n<summary>{}</summary>\n\n```mermaid\n{text}```\n",
        escaped(&picture.title())
    )?;
    if let Some(note) = picture.surroundings.as_ref().and_then(Surroundings::note) {
        writeln!(out, "- {}", prose(&note))?;
    }
    let numbered = picture.flags.iter().zip(1..).filter(|(flag, _)| flag.is_drawn);
    for (flag, number) in numbered.take(PICTURE_FLAGS_MAX) {
        let (rule, place) = (code(&flag.rule), code(&flag.place));
        writeln!(out, "- ⚠ {number}: {} {rule} {place}", flag.severity)?;
    }
    writeln!(out, "\n</details>")
}

/// Writes entries as long as they fit, and gives the number of those that did not.
fn write_some(
    entries: &[Entry<'_>],
    bytes_max: usize,
    out: &mut dyn Write,
    text: impl Fn(&Entry<'_>) -> io::Result<String>,
) -> io::Result<usize> {
    let mut bytes = 0;
    for (at, entry) in entries.iter().enumerate() {
        let text = text(entry)?;
        bytes += text.len();
        if bytes > bytes_max {
            return Ok(entries.len() - at);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(0)
}

fn write_rest(rest: usize, noun: &str, out: &mut dyn Write) -> io::Result<()> {
    if rest == 0 {
        return Ok(());
    }
    let rest = summary::counted(rest, noun);
    writeln!(
        out,
        "\n{rest} left out, which would make the page too long for GitHub; `--format json` holds all"
    )
}

fn row(report: &Report, entry: &Entry<'_>) -> String {
    let place = entry.place(&report.sources);
    format!(
        "| {} | {} | {} | {} |\n",
        entry.word(),
        code(entry.check),
        place.map_or_else(String::new, |place| code(&place)),
        prose(&entry.message)
    )
}

/// An entry folded, with its lines drawn and its facts listed; nothing when the table says it all.
fn details(report: &Report, entry: &Entry<'_>, options: &Options) -> io::Result<String> {
    if entry.span.is_none() && entry.details.is_empty() {
        return Ok(String::new());
    }
    let mut text = format!(
        "\n<details>\n<summary>{} {}: {}</summary>\n",
        entry.word(),
        code(entry.check),
        prose(&entry.message)
    );
    let mut drawn: Vec<(Span, &str)> = Vec::new();
    if let Some(span) = entry.span {
        let here = entry.details.iter().find(|detail| detail.key == "here");
        let primary = Mark {
            span,
            text: here.map_or("", |detail| &detail.text),
        };
        let near = split(&report.sources, span, entry.related).near;
        drawn.extend(near.iter().map(|label| (label.span, &*label.text)));
        let marks: Vec<Mark<'_>> = drawn
            .iter()
            .map(|(span, text)| Mark { span: *span, text })
            .collect();
        let source = report.sources.get(span.file);
        let drawing =
            draw(source, &primary, &marks, "", entry.severity, options).map_err(io::Error::other)?;
        text.push_str(&fenced(&drawing));
    }
    text.push('\n');
    for detail in &entry.details {
        let is_drawn = match detail.span {
            Some(span) => drawn.contains(&(span, &detail.text)),
            None => detail.key == "here",
        };
        if !is_drawn {
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "- **{}**: {}",
                detail.key,
                prose(&detail.text(&report.sources))
            );
        }
    }
    text.push_str("\n</details>\n");
    Ok(text)
}

/// A drawing between fences that nothing in it can close.
fn fenced(drawing: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in drawing.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(FENCE_MIN.max(longest + 1));
    format!("\n{fence}text\n{}\n{fence}\n", drawing.trim_matches('\n'))
}

/// Words in which `` `names` `` stand in code.
fn prose(text: &str) -> String {
    let pieces = words(text).into_iter().map(|piece| match piece {
        Words::Plain(text) => escaped(text),
        Words::Code(name) => code(name),
    });
    pieces.collect()
}

/// Text in code.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Text without a character that Markdown, HTML or a code host gives a meaning.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            // Code hosts look for mentions in what was rendered; a comment keeps the sign apart from the name.
            '@' | '#' => {
                // Writing to a text cannot fail.
                let _ = write!(out, "&#{};<!-- -->", u32::from(character));
            }
            '&' | '<' | '>' | '"' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '$' | '!' | '^'
            | '{' | '}' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    // What GitHub makes links of by itself.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Role;
    use crate::report::sample::{Files, PUBLIC_IP, empty, plain};

    #[test]
    fn no_text_breaks_a_cell_or_becomes_html() {
        for text in [
            "</script><img src=x>",
            "a|b",
            "`` ` ```",
            "]]>",
            "[a](javascript:x) ![b](http://e)",
            "**a** _b_ ~~c~~ $x$",
            "a\r\n| b |\r\n\r\n# c",
            "</code></details>&lt;",
            "\\|",
        ] {
            let out = prose(text)
                .replace("<code>", "")
                .replace("</code>", "")
                .replace("<!-- -->", "");
            assert!(
                !out.contains(['<', '>', '|', '`', '[', ']', '*', '_', '\\', '\r', '\n']),
                "{out}"
            );
            assert!(!out.contains("://"), "{out}");
        }
    }

    #[test]
    fn names_stand_in_code_and_a_lone_backtick_is_text() {
        assert_eq!(prose("a `b` c"), "a <code>b</code> c");
        assert_eq!(prose("a `b"), "a &#96;b");
        assert_eq!(prose("``"), "<code></code>");
        assert_eq!(prose("`<b>` `c"), "<code>&#60;b&#62;</code> &#96;c");
    }

    #[test]
    fn mentions_and_links_of_a_code_host_are_text() {
        assert_eq!(escaped("@all #1"), "&#64;<!-- -->all &#35;<!-- -->1");
        assert_eq!(escaped("http://www.e.com"), "http&#58;//www&#46;e.com");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_it() {
        let text = fenced("\na\n````\n</details>\n");
        assert_eq!(text, "\n`````text\na\n````\n</details>\n`````\n");
        assert!(fenced("a").starts_with("\n```text\n"));
    }

    #[test]
    fn what_makes_the_page_too_long_is_left_out_and_counted() {
        let files = Files::new();
        let label = files.label(files.service, "AssignPublicIp", "", Role::Evidence);
        let mut report = empty();
        report.findings = vec![plain(&PUBLIC_IP, &"long ".repeat(1000), label); 150];
        report.sources = files.sources;
        let mut out = Vec::new();
        write(&report, &Options::default(), &mut out).unwrap();
        assert!(out.len() < 1024 * 1024, "{}", out.len());
        let text = String::from_utf8(out).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("| error")).count();
        let folded = text.matches("<details>").count();
        assert!(
            text.contains(&format!("\n{} rows left out", 150 - rows)),
            "{rows}"
        );
        assert!(
            text.contains(&format!("\n{} details left out", 150 - folded)),
            "{folded}"
        );
    }
}
