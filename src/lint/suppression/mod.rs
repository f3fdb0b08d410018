//! What is accepted: findings that comments, metadata and the configuration ask to leave out, and what is wrong with that.
//!
//! A request names rules and covers a node, a declaration or templates. What it covers is moved from the findings to the
//! suppressed ones; nothing is dropped.

pub mod accept;
mod apply;
mod comment;
mod configured;
mod directive;
mod index;
mod metadata;
mod names;
mod peer;
mod policy;
mod scope;
mod verdict;

pub use directive::{Directive, Malformed, Reach, RuleName, date};
pub use peer::Tool;
pub use policy::{Form, Ignore, Policy, Terms};

use std::path::PathBuf;

use jiff::civil::Date;

use crate::diag::{Severity, Suppression, SuppressionKind};
use crate::project::Project;
use crate::source::{FileId, Span};
use names::{Names, UnknownName};
use scope::Scope;

pub(super) use apply::{Run, apply, open};

/// What asks to leave findings out.
struct Request {
    /// Where it stands; without a place nothing is said about it.
    place: Option<Span>,
    scope: Scope,
    kind: SuppressionKind,
    /// Its words, as users search for them.
    by: String,
    /// Another tool's: honoured, never judged.
    is_foreign: bool,
    wanted: Vec<Wanted>,
    reason: Option<String>,
    until: Option<Date>,
}

/// A rule or category that a request names.
struct Wanted {
    /// The name as it was written, with its match.
    shown: String,
    /// The rules it stands for.
    rules: Vec<&'static str>,
    /// What the finding's atom must match.
    matching: Option<glob::Pattern>,
}

/// Something wrong with a suppression: a finding of one of the rules about suppressions.
struct Objection {
    /// The rule's name.
    rule: &'static str,
    place: Span,
    message: String,
    label: &'static str,
    help: String,
    /// Another severity than the rule's.
    severity: Option<Severity>,
    /// What tells it apart from others at its place.
    atom: String,
}

/// Everything that the templates of a run ask for.
#[derive(Default)]
pub(super) struct Requests {
    requests: Vec<Request>,
    objections: Vec<Objection>,
}

impl Requests {
    /// Reads the comments and metadata of all templates, and what the configuration ignores. The sources must be as they were parsed.
    /// `folders` are those that were asked for as a whole.
    pub(super) fn collect(project: &Project, policy: &Policy, folders: &[PathBuf]) -> Requests {
        let mut requests = Requests::default();
        let Policy::Honoured(terms) = policy else {
            return requests;
        };
        let names = Names::new(&terms.known);
        let mut seen: Vec<FileId> = Vec::new();
        for template in &project.templates {
            // A template read again for another expansion of its loops is the same file.
            if let Err(at) = seen.binary_search(&template.file) {
                seen.insert(at, template.file);
                comment::collect(project, template, names, &mut requests);
                metadata::collect(project, template, names, &mut requests);
                peer::collect(template, names, &mut requests);
            }
        }
        configured::collect(project, terms, folders, names, &mut requests);
        requests
    }

    /// The names of a suppression as what they stand for; those that stand for nothing become objections.
    fn wanted(&mut self, named: &[RuleName], place: Option<Span>, names: Names<'_>) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for rule in named {
            let known = names.selector(&rule.name).and_then(|selector| {
                let matching = rule.matching.as_deref().map(glob::Pattern::new).transpose();
                let matching = matching.map_err(|error| UnknownName {
                    message: format!("`{rule}` has a pattern that is not one: {}", error.msg),
                    help: "`*` stands for any text, `?` for one character".to_owned(),
                })?;
                Ok(Wanted {
                    shown: rule.to_string(),
                    rules: names.rules(selector),
                    matching,
                })
            });
            match known {
                Ok(known) => wanted.push(known),
                Err(unknown) => {
                    if let Some(place) = place {
                        self.unknown(place, unknown.message, unknown.help, &rule.to_string());
                    }
                }
            }
        }
        wanted
    }

    fn unknown(&mut self, place: Span, message: String, help: impl Into<String>, atom: &str) {
        self.object(
            "unknown-suppression",
            place,
            message,
            "suppresses nothing",
            help,
            atom,
        );
    }

    /// A skip of checkov that speaks of a whole template.
    fn of_template(&mut self, place: Span, by: &str) {
        self.object(
            "misplaced-suppression",
            place,
            format!("checkov does not take `{by}` for a skip of the whole template"),
            "counts neither there nor here",
            "put it into each resource that it is about",
            by,
        );
    }

    fn object(
        &mut self,
        rule: &'static str,
        place: Span,
        message: String,
        label: &'static str,
        help: impl Into<String>,
        atom: &str,
    ) {
        self.objections.push(Objection {
            rule,
            place,
            message,
            label,
            help: help.into(),
            severity: None,
            atom: atom.to_owned(),
        });
    }
}

impl Request {
    /// What a finding says of its suppression.
    fn suppression(&self) -> Suppression {
        Suppression {
            kind: self.kind,
            by: self.by.clone(),
            reason: self.reason.clone(),
            until: self.until.map(|day| day.to_string()),
            since: None,
        }
    }

    /// In what form it is written.
    fn form(&self) -> Form {
        match self.kind {
            _ if self.is_foreign => Form::Compat,
            SuppressionKind::Comment => Form::Comment,
            SuppressionKind::Metadata => Form::Metadata,
            SuppressionKind::Config => Form::Config,
            SuppressionKind::Baseline => Form::Baseline,
        }
    }

    /// The names as one phrase.
    fn shown(&self) -> String {
        let names: Vec<String> = self
            .wanted
            .iter()
            .map(|wanted| format!("`{}`", wanted.shown))
            .collect();
        names.join(", ")
    }
}
