//! Which requests cover a place: found by descent, since a hostile template may hold as many requests as findings.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Request;
use super::scope::Scope;
use crate::diag::Diagnostic;
use crate::source::{FileId, Span, Str};

/// The position of a request, and of a name in its list.
pub(super) type Position = (usize, usize);

/// Atoms are IAM actions and the like, which have no case.
const ATOM: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: false,
    require_literal_separator: false,
    require_literal_leading_dot: false,
};

/// The requests of a run by what they cover.
pub(super) struct Index<'r> {
    groups: Vec<Group<'r>>,
    by_rule: FxHashMap<(FileId, &'r str), Groups>,
    /// True when something is accepted in some environments only.
    pub(super) knows_environments: bool,
}

/// Requests that cover the same findings of the same rule.
struct Group<'r> {
    scope: &'r Scope,
    matching: Option<&'r glob::Pattern>,
    members: Vec<Position>,
}

/// The groups of a rule in a file.
#[derive(Default)]
struct Groups {
    /// Nodes and declarations by their start, outer ones first.
    nodes: Vec<Nested>,
    /// The groups of declarations by their logical id.
    by_id: FxHashMap<Str, Vec<usize>>,
    /// Templates, and declarations by pattern.
    others: Vec<usize>,
}

/// A node with a group, and the position of the nearest one around it.
struct Nested {
    span: Span,
    group: usize,
    around: Option<usize>,
}

impl<'r> Index<'r> {
    /// The index of those requests that count, for the rules that may be accepted.
    pub(super) fn new(
        requests: &'r [Request],
        counts: impl Fn(&Request) -> bool,
        is_acceptable: impl Fn(&str) -> bool,
    ) -> Self {
        let mut index = Index {
            groups: Vec::new(),
            by_rule: FxHashMap::default(),
            knows_environments: false,
        };
        let mut known = FxHashMap::default();
        for (at, request) in requests.iter().enumerate().filter(|(_, request)| counts(request)) {
            for (name, wanted) in request.wanted.iter().enumerate() {
                for rule in wanted.rules.iter().filter(|rule| is_acceptable(rule)) {
                    let matching = wanted.matching.as_ref();
                    let pattern = matching.map(glob::Pattern::as_str);
                    let key = key(&request.scope).map(|key| (*rule, key, pattern));
                    let group = key.as_ref().and_then(|key| known.get(key).copied());
                    let group = group.unwrap_or_else(|| {
                        let group = index.add(rule, &request.scope, matching);
                        known.extend(key.map(|key| (key, group)));
                        group
                    });
                    if let Some(group) = index.groups.get_mut(group) {
                        group.members.push((at, name));
                    }
                }
            }
        }
        index.by_rule.values_mut().for_each(Groups::nest);
        index
    }

    fn add(&mut self, rule: &'static str, scope: &'r Scope, matching: Option<&'r glob::Pattern>) -> usize {
        let group = self.groups.len();
        self.groups.push(Group {
            scope,
            matching,
            members: Vec::new(),
        });
        if let Scope::Matching { environments, .. } = scope {
            self.knows_environments |= !environments.is_empty();
        }
        for file in scope.files() {
            let groups = self.by_rule.entry((*file, rule)).or_default();
            let mut nested = |span: Span| {
                groups.nodes.push(Nested {
                    span,
                    group,
                    around: None,
                });
            };
            match scope {
                Scope::Node(span) => nested(*span),
                Scope::Resource { declaration, id } => {
                    nested(*declaration);
                    groups.by_id.entry(id.clone()).or_default().push(group);
                }
                Scope::Template(_) | Scope::Named(..) | Scope::Matching { .. } => {
                    groups.others.push(group);
                }
            }
        }
        group
    }

    /// The groups that accept a diagnostic, whose pointer must be known; sorted.
    pub(super) fn accepting(&self, diagnostic: &Diagnostic) -> Vec<usize> {
        let place = diagnostic.primary.span;
        let subject = diagnostic.subject.as_ref();
        let elsewhere = subject
            .map(|subject| subject.span.file)
            .filter(|file| *file != place.file);
        let mut found: Vec<usize> = Vec::new();
        for file in std::iter::once(place.file).chain(elsewhere) {
            if let Some(groups) = self.by_rule.get(&(file, &*diagnostic.rule)) {
                found.extend(groups.around(place));
                let by_id = subject.and_then(|subject| groups.by_id.get(&subject.logical_id));
                found.extend(by_id.into_iter().flatten());
                found.extend(&groups.others);
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|group| {
            self.groups
                .get(*group)
                .is_some_and(|group| group.accepts(diagnostic))
        });
        found
    }

    /// The request that stands first in a group.
    pub(super) fn first(&self, group: usize) -> Option<usize> {
        let first = self.groups.get(group)?.members.first();
        first.map(|(request, _)| *request)
    }

    /// The positions of what accepted something.
    pub(super) fn used(&self, groups: &FxHashSet<usize>) -> FxHashSet<Position> {
        let is_used = |(at, _): &(usize, &Group<'_>)| groups.contains(at);
        let used = self.groups.iter().enumerate().filter(is_used);
        used.flat_map(|(_, group)| group.members.iter().copied())
            .collect()
    }
}

/// What tells a scope from others; `None` where that is not worth while.
fn key(scope: &Scope) -> Option<(Span, Option<Str>)> {
    match scope {
        Scope::Node(span) => Some((*span, None)),
        Scope::Resource { declaration, id } => Some((*declaration, Some(id.clone()))),
        Scope::Template(file) => Some((Span::new(*file, 0, u32::MAX), None)),
        Scope::Named(..) | Scope::Matching { .. } => None,
    }
}

impl Group<'_> {
    fn accepts(&self, diagnostic: &Diagnostic) -> bool {
        let is_meant = self.matching.is_none_or(|glob| is_match(glob, &diagnostic.atom));
        is_meant && self.scope.covers(diagnostic)
    }
}

impl Groups {
    /// Sorts the nodes and finds what lies around each; nodes of one tree lie in each other or apart.
    fn nest(&mut self) {
        self.nodes
            .sort_by_key(|node| (node.span.start, Reverse(node.span.end), node.group));
        let mut open: Vec<(usize, Span)> = Vec::new();
        for (at, node) in self.nodes.iter_mut().enumerate() {
            while open.pop_if(|(_, around)| !around.contains(node.span)).is_some() {}
            node.around = open.last().map(|(around, _)| *around);
            open.push((at, node.span));
        }
    }

    /// The groups of the nodes around a place.
    fn around(&self, place: Span) -> impl Iterator<Item = usize> {
        let following = self.nodes.partition_point(|node| node.span.start <= place.start);
        let last = following.checked_sub(1).and_then(|last| self.nodes.get(last));
        let chain = std::iter::successors(last, |node| self.nodes.get(node.around?));
        chain
            .filter(move |node| node.span.contains(place))
            .map(|node| node.group)
    }
}

/// True when a pattern matches an atom. An atom may list several things, such as the actions of a statement, with spaces
/// between them; a pattern without a space accepts it only when it accepts each.
fn is_match(glob: &glob::Pattern, atom: &str) -> bool {
    if glob.as_str().contains(' ') {
        return glob.matches_with(atom, ATOM);
    }
    atom.split(' ').all(|word| glob.matches_with(word, ATOM))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_a_space_must_match_each_of_several() {
        let matches = |pattern, atom| is_match(&glob::Pattern::new(pattern).unwrap(), atom);
        assert!(matches("s3:*", "s3:*") && matches("S3:Get*", "s3:getobject s3:getbucket*"));
        assert!(!matches("s3:*", "s3:* sqs:*") && !matches("s3:*", ""));
        assert!(matches("none left", "none left"));
    }

    #[test]
    fn the_nodes_around_a_place_are_found_past_those_beside_it() {
        let span = |start, end| Span::new(FileId(0), start, end);
        let spans = [
            span(0, 100),
            span(10, 40),
            span(12, 20),
            span(12, 20),
            span(50, 60),
        ];
        let mut groups = Groups::default();
        for (group, span) in spans.into_iter().enumerate() {
            groups.nodes.push(Nested {
                span,
                group,
                around: None,
            });
        }
        groups.nest();
        let around = |start, end| {
            let mut found: Vec<usize> = groups.around(span(start, end)).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(around(12, 13), [0, 1, 2, 3]);
        assert_eq!(around(30, 31), [0, 1]);
        assert_eq!(around(45, 46), [0]);
        assert_eq!(around(50, 61), [0]);
        assert_eq!(around(99, 101), Vec::<usize>::new());
    }
}
