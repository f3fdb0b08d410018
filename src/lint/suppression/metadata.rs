//! Suppressions in the metadata of resources and templates: `Metadata.ecslint.ignore`, a list of
//! `{rules, reason, until, match, resources}`.

use super::directive::{RuleName, date};
use super::names::Names;
use super::scope::Scope;
use super::{Request, Requests};
use crate::cfn::Template;
use crate::diag::{SuppressionKind, nearest};
use crate::project::Project;
use crate::source::Str;
use crate::yaml::{Entry, Node};

/// The members of an entry. Only the metadata of a template names resources.
fn members_known(is_template: bool) -> &'static [&'static str] {
    const MEMBERS: &[&str] = &["rules", "reason", "until", "match", "resources"];
    match MEMBERS {
        [common @ .., _] if !is_template => common,
        all => all,
    }
}

/// How users find what suppressed a finding.
const BY: &str = "Metadata.ecslint.ignore";

/// What an entry looks like.
const FORM: &str =
    "write `ignore: [{rules: [rule-name], reason: …, until: \"YYYY-MM-DD\"}]`; `until` may be left out";

/// Reads the metadata of a template and its resources.
pub(super) fn collect(project: &Project, template: &Template, names: Names<'_>, requests: &mut Requests) {
    let mut reader = Reader {
        project,
        names,
        requests,
    };
    if let Some(metadata) = &template.metadata {
        reader.metadata(metadata, &Scope::Template(template.file));
    }
    for resource in template.resources.values() {
        if let Some(metadata) = &resource.metadata {
            let scope = Scope::Resource {
                declaration: resource.span,
                id: resource.id.text.clone(),
            };
            reader.metadata(metadata, &scope);
        }
    }
}

struct Reader<'r, 'n> {
    project: &'r Project,
    names: Names<'n>,
    requests: &'r mut Requests,
}

impl Reader<'_, '_> {
    fn metadata(&mut self, metadata: &Node, scope: &Scope) {
        let Some(section) = metadata.get("ecslint") else {
            return;
        };
        let Some(members) = section.as_mapping() else {
            return self.wrong(
                section,
                format!("`Metadata.ecslint` is {}", section.describe()),
                FORM,
            );
        };
        for member in members {
            match (&*member.key, member.value.as_sequence()) {
                ("ignore", Some(entries)) => entries.iter().for_each(|entry| self.entry(entry, scope)),
                ("ignore", None) => {
                    let message = format!("`{BY}` is {} and not a list", member.value.describe());
                    self.wrong(&member.value, message, FORM);
                }
                _ => self.unknown_member("Metadata.ecslint", member, &["ignore"]),
            }
        }
    }

    /// One entry of the list.
    fn entry(&mut self, entry: &Node, scope: &Scope) {
        let Some(members) = entry.as_mapping() else {
            return self.wrong(entry, format!("an entry of `{BY}` is {}", entry.describe()), FORM);
        };
        let is_template = matches!(scope, Scope::Template(_));
        for member in members {
            if !members_known(is_template).contains(&&*member.key) {
                self.unknown_member(BY, member, members_known(is_template));
            }
        }
        let Some(rules) = self.rules(entry) else {
            return;
        };
        let Ok(until) = self.until(entry) else {
            return;
        };
        let Some(scope) = self.scope(entry, scope) else {
            return;
        };
        let place = entry.get("rules").map_or(entry.span, |rules| rules.span);
        let wanted = self.requests.wanted(&rules, Some(place), self.names);
        let reason = entry.get("reason").and_then(Node::as_text);
        let reason = reason.map(|reason| reason.trim().to_owned());
        self.requests.requests.push(Request {
            place: Some(place),
            scope,
            kind: SuppressionKind::Metadata,
            by: BY.to_owned(),
            is_foreign: false,
            wanted,
            reason: reason.filter(|reason| !reason.is_empty()),
            until,
        });
    }

    /// The names of an entry, each narrowed by the entry's `match` unless it has one of its own.
    fn rules(&mut self, entry: &Node) -> Option<Vec<RuleName>> {
        let Some(texts) = entry
            .get("rules")
            .and_then(texts)
            .filter(|texts| !texts.is_empty())
        else {
            self.wrong(entry, format!("an entry of `{BY}` names no rule"), FORM);
            return None;
        };
        let matching = entry.get("match").and_then(Node::as_text);
        let mut rules = Vec::new();
        for text in texts {
            match RuleName::parse(&text) {
                Ok(mut rule) => {
                    rule.matching = rule.matching.or_else(|| matching.map(ToString::to_string));
                    rules.push(rule);
                }
                Err(malformed) => {
                    let place = entry.get("rules").unwrap_or(entry);
                    self.wrong(place, malformed.to_string(), "`ecslint rules` lists the names");
                }
            }
        }
        Some(rules)
    }

    /// The last day of an entry; an error when it cannot be read, so that the entry does not count for ever.
    fn until(&mut self, entry: &Node) -> Result<Option<jiff::civil::Date>, ()> {
        let Some(node) = entry.get("until") else {
            return Ok(None);
        };
        let text = node.as_text().map_or("", |text| text);
        let Some(day) = date(text) else {
            let message = format!("`until: {text}` is not a date");
            self.wrong(node, message, "write a day as \"YYYY-MM-DD\", with quotes");
            return Err(());
        };
        if !self.project.sources.text(node.span).starts_with(['"', '\'']) {
            let message =
                format!("`until: {text}` has no quotes: YAML takes it for a time, and cfn-lint refuses it");
            self.requests.object(
                "unknown-suppression",
                node.span,
                message,
                "counts here all the same",
                format!("write `until: \"{text}\"`"),
                "until",
            );
        }
        Ok(Some(day))
    }

    /// What an entry covers: the resource or template it stands in, or the declarations it names.
    fn scope(&mut self, entry: &Node, around: &Scope) -> Option<Scope> {
        let (Scope::Template(file), Some(resources)) = (around, entry.get("resources")) else {
            return Some(around.clone());
        };
        let globs = texts(resources).and_then(|texts| {
            let globs = texts.iter().map(|text| glob::Pattern::new(text));
            globs.collect::<Result<Vec<_>, _>>().ok()
        });
        if globs.is_none() {
            let message = "`resources` is not a list of names".to_owned();
            self.wrong(resources, message, "write names or patterns such as `Public*`");
        }
        globs.map(|globs| Scope::Named(*file, globs))
    }

    fn unknown_member(&mut self, of: &str, member: &Entry, known: &[&str]) {
        let help = match nearest(&member.key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there is `{}`", known.join("`, `")),
        };
        let message = format!("`{of}` knows no `{}` here", member.key);
        self.requests.unknown(member.key_span, message, help, &member.key);
    }

    fn wrong(&mut self, node: &Node, message: String, help: &str) {
        self.requests.unknown(node.span, message, help, "");
    }
}

/// A list of texts, or one text.
fn texts(node: &Node) -> Option<Vec<Str>> {
    match node.as_text() {
        Some(text) => Some(vec![text.clone()]),
        None => node
            .as_sequence()?
            .iter()
            .map(|item| item.as_text().cloned())
            .collect(),
    }
}
