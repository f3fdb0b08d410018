//! Suppressions in comments: ecslint's own, and checkov's.

use std::sync::LazyLock;

use regex::Regex;

use super::directive::{Directive, Malformed, Reach};
use super::names::Names;
use super::scope::{Outline, Scope};
use super::{Request, Requests, peer};
use crate::cfn::{Resource, Template};
use crate::diag::{SuppressionKind, nearest};
use crate::project::Project;
use crate::source::{Source, Span};
use crate::yaml::{self, Comment};

/// What a directive looks like where it is no comment.
static DIRECTIVE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"#[ \t]*ecslint:[ \t]*ignore(-file)?\[").ok());

/// The help for a comment that stands at no node.
const ALIGN: &str = "put it at the end of the line it is about, or above it with the same indentation";

/// Reads the comments of a template. Its text is parsed once more, since the sections of a template no longer know the
/// order and the nesting of the file; that costs nothing where there is no directive.
pub(super) fn collect(project: &Project, template: &Template, names: Names<'_>, requests: &mut Requests) {
    let source = project.sources.get(template.file);
    let has_any = ["ecslint:", "checkov:skip=", "bridgecrew:skip="]
        .iter()
        .any(|mark| source.text().contains(mark));
    if !has_any {
        return;
    }
    let Ok(document) = yaml::parse(template.file, source.text()) else {
        return;
    };
    let outline = Outline::new(source, &document.root);
    let mut declarations: Vec<&Resource> = template.resources.values().collect();
    declarations.sort_by_key(|resource| resource.span.start);
    for comment in &document.comments {
        let text = project.sources.text(comment.span);
        if let Some(directive) = Directive::parse(text) {
            own(*comment, directive, &outline, names, requests);
        }
        checkov(*comment, text, &declarations, &outline, names, requests);
    }
    in_block_scalars(source, &document.comments, &outline, requests);
}

/// A directive of ecslint.
fn own(
    comment: Comment,
    directive: Result<Directive, Malformed>,
    outline: &Outline<'_>,
    names: Names<'_>,
    requests: &mut Requests,
) {
    let place = comment.span;
    let directive = match directive {
        Ok(directive) => directive,
        Err(malformed) => {
            return requests.unknown(place, malformed.to_string(), advice(&malformed), "");
        }
    };
    let scope = match directive.reach {
        Reach::File => Some(Scope::Template(place.file)),
        Reach::Node => outline.scope(place, comment.own_line),
    };
    let listed: Vec<String> = directive.rules.iter().map(ToString::to_string).collect();
    let by = format!("ecslint: {}[{}]", directive.reach.as_str(), listed.join(", "));
    let Some(scope) = scope else {
        let message = format!("`{by}` stands at no node of the template");
        return requests.object(
            "misplaced-suppression",
            place,
            message,
            "suppresses nothing",
            ALIGN,
            &by,
        );
    };
    let wanted = requests.wanted(&directive.rules, Some(place), names);
    requests.requests.push(Request {
        place: Some(place),
        scope,
        kind: SuppressionKind::Comment,
        by,
        is_foreign: false,
        wanted,
        reason: directive.reason,
        until: directive.until,
    });
}

/// What to write instead of a malformed directive.
fn advice(malformed: &Malformed) -> String {
    match malformed {
        Malformed::Word(word) => match nearest(word, [Reach::Node.as_str(), Reach::File.as_str()]) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "there are `ignore[…]` and `ignore-file[…]`".to_owned(),
        },
        Malformed::Date(_) => "write a day as YYYY-MM-DD, such as `until=2027-06-30`".to_owned(),
        Malformed::Name(_) => "names of rules such as `task-public-ip` stand between the brackets".to_owned(),
        Malformed::NoRules | Malformed::Unclosed | Malformed::Rest(_) => {
            "write `# ecslint: ignore[rule-name] until=YYYY-MM-DD -- reason`; the date may be left out"
                .to_owned()
        }
    }
}

/// A directive in a block scalar is text of the template.
fn in_block_scalars(source: &Source, comments: &[Comment], outline: &Outline<'_>, requests: &mut Requests) {
    let Some(directive) = DIRECTIVE.as_ref() else {
        return;
    };
    let text = source.text();
    for block in &outline.blocks {
        let inside = text.get(block.start as usize..block.end as usize).unwrap_or("");
        for found in directive.find_iter(inside) {
            let start = block.start + found.start() as u32;
            let rest = inside.get(found.start()..).unwrap_or("");
            let line = rest.lines().next().unwrap_or("").trim_end();
            let place = Span::new(block.file, start, start + line.len() as u32);
            // The header of a block scalar may carry a comment.
            let before = comments.partition_point(|comment| comment.span.start <= start);
            let last = before.checked_sub(1).and_then(|last| comments.get(last));
            if last.is_some_and(|comment| comment.span.contains(place)) {
                continue;
            }
            requests.object(
                "misplaced-suppression",
                place,
                "a directive inside of a block scalar is text of the template".to_owned(),
                "suppresses nothing",
                "put it at the end of the line on which the block begins, or above that line",
                line,
            );
        }
    }
}

/// A skip of checkov counts on the lines of a resource, from its logical id to its end, and for all of it.
/// `declarations` are the resources in document order.
/// <https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html>
fn checkov(
    comment: Comment,
    text: &str,
    declarations: &[&Resource],
    outline: &Outline<'_>,
    names: Names<'_>,
    requests: &mut Requests,
) {
    let Some(skip) = peer::CheckovSkip::parse(text) else {
        return;
    };
    let rules = peer::Tool::Checkov.rules(&skip.id, names);
    if rules.is_empty() {
        return;
    }
    let by = format!("checkov:skip={}", skip.id);
    let following = declarations.partition_point(|resource| resource.span.start <= comment.span.start);
    let last = following.checked_sub(1).and_then(|last| declarations.get(last));
    let is_inside = |resource: &&&Resource| outline.is_inside(comment.span, comment.own_line, resource.span);
    if let Some(resource) = last.filter(is_inside) {
        let scope = Scope::Resource {
            declaration: resource.span,
            id: resource.id.text.clone(),
        };
        let mut request = peer::request(comment.span, scope, by, rules, skip.reason);
        request.kind = SuppressionKind::Comment;
        requests.requests.push(request);
        return;
    }
    if let (true, Some(Scope::Template(_))) =
        (comment.own_line, outline.scope(comment.span, comment.own_line))
    {
        return requests.of_template(comment.span, &by);
    }
    let below = comment.own_line.then(|| outline.below(comment.span)).flatten();
    let is_below = |resource: &&&Resource| below.is_some_and(|below| below.start == resource.span.start);
    if let Some(resource) = declarations.get(following).filter(is_below) {
        let message = format!(
            "checkov does not take `{by}` above resource `{}` for a skip of it",
            resource.id.text
        );
        requests.object(
            "misplaced-suppression",
            comment.span,
            message,
            "counts neither there nor here",
            "put it on a line of the resource, below its logical id",
            &by,
        );
    }
}
