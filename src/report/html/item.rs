//! An entry of the page: a finding, a check that could not be decided, or an error.

use std::collections::BTreeMap;

use serde::Serialize;

use super::filters::Filters;
use crate::diag::{Confidence, Label, When};
use crate::diagram::{Picture, svg};
use crate::lint::Report;
use crate::report::Options;
use crate::report::entry::{Entry, Kind, place, stack_name};
use crate::report::related::split;
use crate::report::snippet::{Mark, cut};
use crate::rule::Rule;
use crate::source::Source;

/// How many pieces of evidence elsewhere are shown with their lines; of the others only the places.
const EVIDENCE_SNIPPETS_MAX: usize = 6;
/// What entries without a path stand under.
const NO_FILE: &str = "ecslint itself";

/// The entries of a file.
#[derive(Serialize)]
pub(super) struct File {
    path: String,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    /// The fragment of its address.
    anchor: String,
    /// Empty for what no rule says.
    id: String,
    word: String,
    class: &'static str,
    rule: String,
    /// The place in the list of rules.
    rule_place: usize,
    /// The rule has a page below.
    has_page: bool,
    stack_places: Vec<usize>,
    environment_places: Vec<usize>,
    message: String,
    /// `line:column`
    place: Option<String>,
    subject: Option<Subject>,
    snippet: Option<Vec<Line>>,
    evidence: Vec<Evidence>,
    /// Its number in the picture, and the fragment of the address of a part that has it.
    drawn: Option<(u32, String)>,
    facts: Vec<(&'static str, String)>,
    help: Option<String>,
}

#[derive(Serialize)]
struct Subject {
    logical_id: String,
    type_name: String,
    cdk_path: Option<String>,
}

/// A place that the entry rests on.
#[derive(Serialize)]
struct Evidence {
    text: String,
    /// `path:line:column`
    place: String,
    /// The lines of the place, unless those of the entry hold it.
    snippet: Option<Vec<Line>>,
}

/// A line of a file with marks on it.
#[derive(Serialize)]
struct Line {
    number: u32,
    pieces: Vec<Piece>,
    /// What its marks say.
    notes: Vec<Note>,
}

#[derive(Serialize)]
struct Piece {
    text: String,
    /// `None` for what is not marked, 0 for the place of the entry, `n` for the `n`th piece of evidence.
    mark: Option<usize>,
}

#[derive(Serialize)]
struct Note {
    mark: usize,
    text: String,
}

/// The entries under their files, sorted by path; those of a file stay in their order.
pub(super) fn files(
    report: &Report,
    entries: &[Entry<'_>],
    filters: &Filters,
    rules: &[&'static Rule],
    picture: Option<&Picture>,
    options: &Options,
) -> Vec<File> {
    // Findings have the numbers of their order.
    let mut number = 0;
    let mut anchors: BTreeMap<String, usize> = BTreeMap::new();
    let mut files: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
    for entry in entries {
        let mut item = Item::new(report, entry, filters, options);
        if entry.kind == Kind::Finding {
            number += 1;
            let part = picture.and_then(|picture| svg::part_anchor(picture, number));
            item.drawn = part.map(|part| (number, part));
        }
        item.has_page = rules.iter().any(|rule| rule.name == entry.check);
        // Ids are unique among findings and among undetermined checks, and a page holds both.
        let uses = anchors.entry(item.anchor.clone()).or_insert(0);
        *uses += 1;
        if *uses > 1 {
            item.anchor = format!("{}_{uses}", item.anchor);
        }
        files.entry(path_of(entry)).or_default().push(item);
    }
    let files = files.into_iter().map(|(path, items)| File {
        path: path.to_owned(),
        items,
    });
    files.collect()
}

/// What gives an entry its shape and colour.
pub(super) fn class(entry: &Entry<'_>) -> &'static str {
    match entry.kind {
        Kind::Undetermined => "undetermined",
        Kind::Accepted => "accepted",
        Kind::Finding | Kind::Input | Kind::Crash => entry.severity.as_str(),
    }
}

/// The stacks of an entry as people write them.
pub(super) fn stacks<'e>(entry: &'e Entry<'_>) -> impl Iterator<Item = String> + 'e {
    let stacks = entry
        .diagnostic
        .into_iter()
        .flat_map(|diagnostic| &diagnostic.stacks);
    stacks.map(|stack| stack_name(stack))
}

/// The environments in which an entry holds.
pub(super) fn environments<'e>(entry: &'e Entry<'_>) -> impl Iterator<Item = String> + 'e {
    let diagnostics = entry.diagnostic.into_iter();
    diagnostics
        .flat_map(|diagnostic| diagnostic.environment_names())
        .map(str::to_owned)
}

/// The file that an entry is listed under.
pub(super) fn path_of<'a>(entry: &Entry<'a>) -> &'a str {
    entry.path.unwrap_or(NO_FILE)
}

impl Item {
    fn new(report: &Report, entry: &Entry<'_>, filters: &Filters, options: &Options) -> Self {
        let sources = &report.sources;
        let here = entry.details.iter().find(|detail| detail.key == "here");
        let help = entry.details.iter().find(|detail| detail.key == "help");
        let (snippet, evidence) = match entry.span {
            Some(span) => {
                let primary = Mark {
                    span,
                    text: here.map_or("", |detail| &detail.text),
                };
                let (snippet, evidence) = chain(report, &primary, entry.related, options);
                (Some(snippet), evidence)
            }
            None => (None, Vec::new()),
        };
        let subject = entry
            .diagnostic
            .and_then(|diagnostic| diagnostic.subject.as_ref());
        Self {
            anchor: svg::anchor(&entry.id),
            id: match entry.diagnostic {
                Some(diagnostic) => diagnostic.id.clone(),
                None => String::new(),
            },
            word: entry.word(),
            class: class(entry),
            rule: entry.check.to_owned(),
            rule_place: filters.rule(entry),
            has_page: false,
            stack_places: filters.stacks(entry),
            environment_places: filters.environments(entry),
            message: entry.message.to_string(),
            place: entry.span.map(|span| {
                let position = sources.get(span.file).position(span.start);
                format!("{}:{}", position.line, position.column)
            }),
            subject: subject.map(|subject| Subject {
                logical_id: subject.logical_id.to_string(),
                type_name: subject.type_name.to_string(),
                cdk_path: subject.cdk_path.as_ref().map(ToString::to_string),
            }),
            snippet,
            evidence,
            drawn: None,
            facts: facts(entry),
            help: help.map(|detail| detail.text.clone()),
        }
    }
}

/// What is known of an entry beside its evidence and its help.
fn facts(entry: &Entry<'_>) -> Vec<(&'static str, String)> {
    let details = entry
        .details
        .iter()
        .filter(|detail| detail.span.is_none() && !matches!(detail.key, "here" | "help"));
    let mut out: Vec<_> = details.map(|detail| (detail.key, detail.text.clone())).collect();
    // What a terminal leaves out as usual, a page that one filters says.
    if let Some(diagnostic) = entry.diagnostic.filter(|_| entry.kind == Kind::Finding) {
        if diagnostic.when == When::Always {
            out.push(("when", "always".to_owned()));
        }
        if diagnostic.confidence == Confidence::High {
            out.push(("confidence", diagnostic.confidence.as_str().to_owned()));
        }
    }
    out
}

/// The lines of the primary place, and the evidence in its order, each place said once.
fn chain(
    report: &Report,
    primary: &Mark<'_>,
    related: &[Label],
    options: &Options,
) -> (Vec<Line>, Vec<Evidence>) {
    let sources = &report.sources;
    let places = split(sources, primary.span, related);
    let mut said: Vec<&Label> = Vec::new();
    for label in related {
        if !said.iter().any(|other| is_same(other, label)) {
            said.push(label);
        }
    }
    // The number of a mark is that of its piece of evidence.
    let number = |label: &Label| {
        said.iter()
            .position(|other| is_same(other, label))
            .map_or(0, |at| at + 1)
    };
    let marks: Vec<Mark<'_>> = places.near.iter().map(|label| mark(label)).collect();
    let near = places.near.iter().map(|label| number(label));
    let numbers: Vec<usize> = std::iter::once(0).chain(near).collect();
    let snippet = lines(sources.get(primary.span.file), primary, &marks, &numbers, options);

    let mut shown = 0;
    let evidence = said.iter().map(|label| {
        let is_near = places.near.iter().any(|other| is_same(other, label));
        let with_lines = !is_near && shown < EVIDENCE_SNIPPETS_MAX;
        shown += usize::from(with_lines);
        Evidence {
            text: label.text.clone(),
            place: place(sources, label.span),
            snippet: with_lines.then(|| {
                let bare = Mark {
                    span: label.span,
                    text: "",
                };
                lines(sources.get(label.span.file), &bare, &[], &[0], options)
            }),
        }
    });
    let evidence = evidence.collect();
    (snippet, evidence)
}

fn mark(label: &Label) -> Mark<'_> {
    Mark {
        span: label.span,
        text: &label.text,
    }
}

fn is_same(left: &Label, right: &Label) -> bool {
    left.span == right.span && left.text == right.text
}

/// Lines with marks; `numbers` says what each mark is called, the primary one first.
fn lines(
    source: &Source,
    primary: &Mark<'_>,
    marks: &[Mark<'_>],
    numbers: &[usize],
    options: &Options,
) -> Vec<Line> {
    let texts: Vec<&str> = std::iter::once(primary.text)
        .chain(marks.iter().map(|mark| mark.text))
        .collect();
    let called = |mark: usize| numbers.get(mark).copied().unwrap_or(0);
    let cut = cut(source, primary, marks, options).into_iter();
    cut.map(|line| {
        let marked = line.pieces.iter().filter_map(|piece| piece.mark);
        let notes = marked.filter_map(|mark| {
            let text = texts.get(mark).filter(|text| !text.is_empty())?;
            Some(Note {
                mark: called(mark),
                text: (*text).to_owned(),
            })
        });
        Line {
            number: line.number,
            notes: notes.collect(),
            pieces: line
                .pieces
                .iter()
                .map(|piece| Piece {
                    text: piece.text.clone(),
                    mark: piece.mark.map(called),
                })
                .collect(),
        }
    })
    .collect()
}
