//! Suppressions as comments: at the end of a line, or above it.

use super::{Acceptance, Open, Page, Proposal};
use crate::diag::SuppressionKind;
use crate::lint::suppression::directive::{Directive, Reach, RuleName};
use crate::lint::suppression::scope::{Outline, Scope};
use crate::source::{Source, Span};
use crate::yaml::edit::{Edit, Editor, Tree};
use crate::yaml::{self, Comment};

/// Columns up to which a line with a comment behind it is read easily; longer ones go above it.
const COLUMNS_MAX: usize = 120;

/// White space before a comment behind a value: yamllint asks for so much.
const BEFORE_COMMENT: &str = "  ";

/// A comment that may do.
struct Candidate {
    edit: Edit,
    /// Where the comment begins after the edit.
    start: u32,
    /// The comment that was there before, at the same place.
    of: Option<Comment>,
    directive: Directive,
    /// True for a line that became too long.
    is_long: bool,
}

impl Directive {
    /// The directive that accepts findings of rules at a node.
    pub(super) fn accepting(rules: Vec<String>, acceptance: &Acceptance) -> Directive {
        Directive {
            reach: Reach::Node,
            rules: rules.iter().map(|rule| RuleName::new(rule, None)).collect(),
            until: acceptance.until,
            reason: acceptance.reason.clone(),
        }
    }
}

impl Page<'_> {
    /// The comment that covers the findings of a line and as little else as possible.
    pub(super) fn comment(&self, here: &[Open<'_>], acceptance: &Acceptance) -> Option<Proposal> {
        let first = here.first()?;
        let line = self.source.position(first.place.start).line;
        let mut rules: Vec<String> = here.iter().map(|open| open.finding.rule.to_string()).collect();
        rules.sort();
        rules.dedup();
        let is_over = |directive: &Directive| directive.until.is_some_and(|until| until < acceptance.today);
        let names_one =
            |directive: &Directive| directive.rules.iter().any(|named| rules.contains(&named.name));
        let known = self.directives(here);
        let over = known
            .iter()
            .find(|(_, directive)| is_over(directive) && names_one(directive));
        let beside = known
            .iter()
            .find(|(comment, directive)| !is_over(directive) && self.is_beside(comment, line));
        if let Some((comment, directive)) = over {
            let candidate = renewed(*comment, directive, &rules, acceptance);
            return self.checked(here, candidate).map(|(_, proposal)| proposal);
        }
        if let Some((comment, directive)) = beside {
            let candidate = self.extended(*comment, directive, &rules);
            return self.checked(here, candidate).map(|(_, proposal)| proposal);
        }
        let directive = Directive::accepting(rules, acceptance);
        let behind = self.behind(line, &directive);
        let is_long = behind.as_ref().is_some_and(|behind| behind.is_long);
        let behind = behind.and_then(|candidate| self.checked(here, candidate));
        let mut lines = self.outline.lines_around(first.place).into_iter();
        let above = lines.find_map(|line| self.checked(here, self.above(line, &directive)?));
        let (behind, above) = match (behind, above) {
            (Some(behind), Some(above)) => (behind, above),
            (behind, above) => return behind.or(above).map(|(_, proposal)| proposal),
        };
        let is_above = above.0 < behind.0 || above.0 == behind.0 && is_long;
        Some(if is_above { above.1 } else { behind.1 })
    }

    /// True for a comment at the end of a line, or above the node that begins on it.
    fn is_beside(&self, comment: &Comment, line: u32) -> bool {
        let place = match comment.own_line {
            true => self.outline.below(comment.span),
            false => Some(comment.span),
        };
        place.is_some_and(|place| self.source.position(place.start).line == line)
    }

    /// The directives whose scope holds all findings.
    fn directives(&self, here: &[Open<'_>]) -> Vec<(Comment, Directive)> {
        let mut found = Vec::new();
        for comment in &self.document.comments {
            let Some(Ok(directive)) = Directive::parse(self.text(comment.span)) else {
                continue;
            };
            let scope = scope(&directive, comment, self.outline);
            let covers = |open: &Open<'_>| match &scope {
                Some(Scope::Node(span)) => span.contains(open.place),
                Some(_) => true,
                None => false,
            };
            if here.iter().all(covers) {
                found.push((*comment, directive));
            }
        }
        found
    }

    /// A directive with more rules: only its list is touched.
    fn extended(&self, comment: Comment, directive: &Directive, rules: &[String]) -> Candidate {
        let is_named = |rule: &&String| {
            let mut named = directive.rules.iter();
            named.any(|named| named.name == **rule && named.matching.is_none())
        };
        let added: Vec<&String> = rules.iter().filter(|rule| !is_named(rule)).collect();
        let mut wanted = directive.clone();
        wanted
            .rules
            .extend(added.iter().map(|rule| RuleName::new(rule, None)));
        let end = Directive::list_end(self.text(comment.span)).unwrap_or(0) as u32;
        let at = comment.span.start + end;
        let text: String = added.iter().map(|rule| format!(", {rule}")).collect();
        Candidate {
            edit: Edit::insert(Span::new(comment.span.file, at, at), text),
            start: comment.span.start,
            of: Some(comment),
            directive: wanted,
            is_long: false,
        }
    }

    /// A comment at the end of a line that has none.
    fn behind(&self, line: u32, directive: &Directive) -> Option<Candidate> {
        let (start, _) = self.source.line_range(line);
        let text = self.source.text().get(start as usize..)?;
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        let content = text.get(..length)?.trim_end();
        let end = start + content.len() as u32;
        let has_comment = |comment: &Comment| self.source.position(comment.span.start).line == line;
        if self.document.comments.iter().any(has_comment) {
            return None;
        }
        let written = format!("{BEFORE_COMMENT}{directive}");
        Some(Candidate {
            is_long: content.chars().count() + written.chars().count() > COLUMNS_MAX,
            start: end + BEFORE_COMMENT.len() as u32,
            of: None,
            edit: Edit::insert(Span::new(self.document.file, end, end), written),
            directive: directive.clone(),
        })
    }

    /// A comment above a line, indented as it.
    fn above(&self, line: u32, directive: &Directive) -> Option<Candidate> {
        let (start, _) = self.source.line_range(line);
        let text = self.source.line(line);
        let indent = text.get(..text.len() - text.trim_start_matches([' ', '\t']).len())?;
        let mark = if start == 0 && self.source.text().starts_with('\u{feff}') {
            '\u{feff}'.len_utf8() as u32
        } else {
            0
        };
        let start = start + mark;
        let line_break = Editor::new(self.source).line_break();
        Some(Candidate {
            edit: Edit::insert(
                Span::new(self.document.file, start, start),
                format!("{indent}{directive}{line_break}"),
            ),
            start: start + indent.len() as u32,
            of: None,
            directive: directive.clone(),
            is_long: false,
        })
    }

    /// How far a candidate reaches, in bytes, and what it makes; `None` for one that changes anything else, that does not
    /// cover the findings, or that is new and covers more than their declaration.
    fn checked(&self, here: &[Open<'_>], candidate: Candidate) -> Option<(u32, Proposal)> {
        let text = candidate.edit.apply(self.source.text())?;
        let document = yaml::parse(self.document.file, &text).ok()?;
        let source = Source::new("", text.as_str());
        let outline = Outline::new(&source, &document.root);
        let comment = document
            .comments
            .iter()
            .find(|comment| comment.span.start == candidate.start)?;
        let is_untouched = Tree::of(&document.root) == Tree::of(&self.document.root)
            && words(&document.comments, &text, Some(comment))
                == words(&self.document.comments, self.source.text(), candidate.of.as_ref());
        let written = text.get(comment.span.start as usize..comment.span.end as usize)?;
        let is_read = Directive::parse(written) == Some(Ok(candidate.directive.clone()));
        let declaration = here.first().and_then(|open| self.declaration(open.place));
        let limit = declaration.map(|declaration| candidate.edit.moved(declaration));
        let reach = match scope(&candidate.directive, comment, &outline)? {
            Scope::Node(span) => {
                let covers = |open: &Open<'_>| span.contains(candidate.edit.moved(open.place));
                let is_near = candidate.of.is_some() || limit.is_none_or(|limit| limit.contains(span));
                (here.iter().all(covers) && is_near).then_some(span.len())
            }
            _ => (candidate.of.is_some() || limit.is_none()).then_some(u32::MAX),
        };
        let proposal = Proposal {
            place: comment.span,
            kind: SuppressionKind::Comment,
            shown: written.trim_start_matches(['#', ' ', '\t']).to_owned(),
            edit: candidate.edit,
        };
        reach
            .filter(|_| is_untouched && is_read)
            .map(|reach| (reach, proposal))
    }

    fn text(&self, span: Span) -> &str {
        let text = self.source.text();
        text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// What a directive covers.
fn scope(directive: &Directive, comment: &Comment, outline: &Outline<'_>) -> Option<Scope> {
    match directive.reach {
        Reach::File => Some(Scope::Template(comment.span.file)),
        Reach::Node => outline.scope(comment.span, comment.own_line),
    }
}

/// A directive whose day is over, decided again: with the day and the reason of today, for what is still found.
fn renewed(comment: Comment, directive: &Directive, rules: &[String], acceptance: &Acceptance) -> Candidate {
    let kept = directive.rules.iter().filter(|named| rules.contains(&named.name));
    let mut names: Vec<RuleName> = kept.cloned().collect();
    for rule in rules {
        if !names.iter().any(|named| named.name == *rule) {
            names.push(RuleName::new(rule, None));
        }
    }
    let wanted = Directive {
        reach: directive.reach,
        rules: names,
        until: acceptance.until,
        reason: acceptance.reason.clone().or_else(|| directive.reason.clone()),
    };
    Candidate {
        edit: Edit {
            span: comment.span,
            text: wanted.to_string(),
        },
        start: comment.span.start,
        of: Some(comment),
        directive: wanted,
        is_long: false,
    }
}

/// The texts of comments, one of them left out.
fn words<'t>(comments: &[Comment], text: &'t str, but: Option<&Comment>) -> Vec<&'t str> {
    let kept = comments
        .iter()
        .filter(|comment| but.is_none_or(|but| but.span.start != comment.span.start));
    kept.filter_map(|comment| text.get(comment.span.start as usize..comment.span.end as usize))
        .collect()
}
