//! Accepts findings: writes suppressions for them into the text of a template.
//!
//! Nothing is trusted to be right because it was meant so. After each edit the text is read again; one that changed anything
//! else than was meant, or whose suppression does not cover its findings, is dropped and told.

mod comment;
mod metadata;

use jiff::civil::Date;

use super::Form;
use super::directive::Directive;
use super::scope::Outline;
use crate::diag::{Diagnostic, SuppressionKind};
use crate::source::{Source, Span, Str};
use crate::yaml::edit::Edit;
use crate::yaml::{self, Document, Node};

/// The rule about suppressions whose findings vanish when the suppression is decided again.
const EXPIRED: &str = "expired-suppression";

/// Why a finding of a rule about suppressions is refused.
pub const ABOUT_SUPPRESSIONS: &str = "it is about a suppression, and none covers it";

/// True for a rule whose findings may go away with those that are accepted.
pub fn may_be_renewed(rule: &str) -> bool {
    rule == EXPIRED
}

/// The decision that is written down.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// Why; one line, trimmed, not empty.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// The day of the decision, in UTC.
    pub today: Date,
    /// The forms that may be written; of [`Form`] only comments and metadata are.
    pub forms: Vec<Form>,
}

/// What became of a template.
#[derive(Debug)]
pub struct Accepted {
    /// The new text; the old one where nothing was written.
    pub text: String,
    /// What was written, in the order in which it stands.
    pub written: Vec<Written>,
    /// Findings for which nothing could be written, in the order in which they stand.
    pub refused: Vec<Refused>,
}

/// A suppression that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it stands in the new text.
    pub place: Span,
    /// A comment or metadata.
    pub kind: SuppressionKind,
    /// As it reads now: `ecslint: ignore[task-public-ip] -- a lab`.
    pub shown: String,
    /// How many findings it accepts that stood before.
    pub findings: usize,
}

/// A finding for which nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The rule's name.
    pub rule: Str,
    /// Where the finding stands in the old text.
    pub place: Span,
    /// Why, as a phrase.
    pub why: String,
    /// What to do by hand.
    pub help: String,
}

/// Writes suppressions for findings that are shown in one file into its text, which must be the one that was checked.
pub fn accept(path: &str, text: &str, findings: &[&Diagnostic], acceptance: &Acceptance) -> Accepted {
    let open = findings.iter().map(|finding| Open {
        finding,
        place: finding.primary.span,
        is_alone: false,
    });
    let (expired, open) = open.partition(|open| &*open.finding.rule == EXPIRED);
    let mut draft = Draft {
        path,
        text: text.to_owned(),
        open,
        expired,
        written: Vec::new(),
        refused: Vec::new(),
    };
    // From the end, so that most edits move nothing that is still to come.
    while let Some(last) = draft.open.iter().copied().max_by_key(|open| open.place.start) {
        draft.accept_last(last, acceptance);
    }
    let expired = std::mem::take(&mut draft.expired);
    draft.refused.extend(expired.iter().map(|open| Refused {
        rule: open.finding.rule.clone(),
        place: open.finding.primary.span,
        why: ABOUT_SUPPRESSIONS.to_owned(),
        help: open.finding.help.clone().unwrap_or_default(),
    }));
    draft.written.sort_by_key(|written| written.place);
    draft.refused.sort_by_key(|refused| refused.place);
    Accepted {
        text: draft.text,
        written: draft.written,
        refused: draft.refused,
    }
}

/// A text in which suppressions are written.
struct Draft<'d> {
    path: &'d str,
    text: String,
    open: Vec<Open<'d>>,
    /// Findings about suppressions that are over.
    expired: Vec<Open<'d>>,
    written: Vec<Written>,
    refused: Vec<Refused>,
}

/// A finding that is not accepted yet.
#[derive(Clone, Copy)]
struct Open<'d> {
    finding: &'d Diagnostic,
    /// Where it stands in the text as it is now.
    place: Span,
    /// True when it does not fit together with the others of its line.
    is_alone: bool,
}

/// The text as it is now, read.
struct Page<'p> {
    source: &'p Source,
    document: &'p Document,
    outline: &'p Outline<'p>,
}

/// An edit, and what it makes.
struct Proposal {
    edit: Edit,
    /// Where the suppression stands after the edit.
    place: Span,
    kind: SuppressionKind,
    shown: String,
}

impl<'d> Draft<'d> {
    /// Accepts the findings of the line on which the last one stands.
    fn accept_last(&mut self, last: Open<'d>, acceptance: &Acceptance) {
        let source = Source::new(self.path, self.text.as_str());
        let Ok(document) = yaml::parse(last.place.file, &self.text) else {
            let open = std::mem::take(&mut self.open);
            let refused = open.iter().map(|open| refused(open, acceptance));
            return self.refused.extend(refused);
        };
        let outline = Outline::new(&source, &document.root);
        let page = Page {
            source: &source,
            document: &document,
            outline: &outline,
        };
        let line = |open: &Open<'_>| source.position(open.place.start).line;
        let is_here = |open: &Open<'_>| match last.is_alone {
            true => std::ptr::eq(open.finding, last.finding),
            // An entry of metadata holds whatever is found in its resource.
            false if page.is_json() => page.declaration(open.place) == page.declaration(last.place),
            false => line(open) == line(&last),
        };
        let (mut here, rest): (Vec<_>, Vec<_>) = self.open.iter().copied().partition(is_here);
        let proposal = page.proposal(&here, acceptance);
        self.open = rest;
        match proposal {
            Some(proposal) => self.take(proposal, here.len()),
            None if here.len() > 1 => {
                here.iter_mut().for_each(|open| open.is_alone = true);
                self.open.extend(here);
            }
            None => self
                .refused
                .extend(here.iter().map(|open| refused(open, acceptance))),
        }
    }

    /// Makes the edit of a proposal.
    fn take(&mut self, proposal: Proposal, findings: usize) {
        let Some(text) = proposal.edit.apply(&self.text) else {
            return;
        };
        self.text = text;
        for open in self.open.iter_mut().chain(&mut self.expired) {
            open.place = proposal.edit.moved(open.place);
        }
        if !proposal.edit.span.is_empty() {
            self.expired.retain(|open| !proposal.place.contains(open.place));
        }
        for written in &mut self.written {
            written.place = proposal.edit.moved(written.place);
        }
        // A suppression may be extended more than once.
        let before = self
            .written
            .iter()
            .position(|written| proposal.place.contains(written.place));
        let before = before.map_or(0, |at| self.written.remove(at).findings);
        self.written.push(Written {
            place: proposal.place,
            kind: proposal.kind,
            shown: proposal.shown,
            findings: before + findings,
        });
    }
}

/// What is said of a finding for which no place was found.
fn refused(open: &Open<'_>, acceptance: &Acceptance) -> Refused {
    let rule = open.finding.rule.clone();
    Refused {
        place: open.finding.primary.span,
        why: "no edit was found that leaves the rest of the template as it is".to_owned(),
        help: format!(
            "put `{}` where it covers the place, or an entry into the `Metadata` of its resource",
            Directive::accepting(vec![rule.to_string()], acceptance)
        ),
        rule,
    }
}

impl Page<'_> {
    /// The narrowest suppression that covers findings of one line.
    fn proposal(&self, here: &[Open<'_>], acceptance: &Acceptance) -> Option<Proposal> {
        let comment = acceptance.forms.contains(&Form::Comment) && !self.is_json();
        comment
            .then(|| self.comment(here, acceptance))
            .flatten()
            .or_else(|| {
                let is_allowed = acceptance.forms.contains(&Form::Metadata);
                is_allowed.then(|| self.metadata(here, acceptance)).flatten()
            })
    }

    /// True for a document between braces, which may have readers that know no comments.
    fn is_json(&self) -> bool {
        let text = self.source.text().trim_start_matches('\u{feff}');
        text.trim_start().starts_with('{')
    }

    /// The declaration around a place: an entry of a section, or a section that has none.
    fn declaration(&self, place: Span) -> Option<Span> {
        let entry_at = |node: &Node| {
            let entries = node.as_mapping().unwrap_or_default().iter();
            let spans = entries.map(|entry| (entry.key_span.to(entry.value.span), entry.value.clone()));
            spans.into_iter().find(|(span, _)| span.contains(place))
        };
        let (section, value) = entry_at(&self.document.root)?;
        Some(entry_at(&value).map_or(section, |(declaration, _)| declaration))
    }
}

#[cfg(test)]
mod tests;
