//! Puts what the rules object to on the parts of a picture.

use std::sync::Arc;

use super::picture::{Flag, Picture};
use crate::diag::{Diagnostic, Subject};
use crate::source::{Sources, Str};

impl Picture {
    /// Numbers findings, in their order, and marks what each is about: the part that is the resource itself; without one the
    /// lines that it makes, without these the parts that it belongs to.
    pub fn flag(&mut self, findings: &[Diagnostic], sources: &Sources) {
        for (finding, number) in findings.iter().zip(1..) {
            let subject = finding.subject.as_ref().filter(|_| self.is_of(finding));
            let is_drawn = subject.is_some_and(|subject| self.mark(number, subject, &finding.stacks));
            let source = sources.get(finding.primary.span.file);
            let at = source.position(finding.primary.span.start);
            self.flags.push(Flag {
                rule: finding.rule.clone(),
                severity: finding.severity,
                message: finding.message.clone(),
                place: format!("{}:{}:{}", source.path(), at.line, at.column),
                finding: finding.id.clone(),
                is_drawn,
            });
        }
    }

    /// The first findings, a line each, and how many more there are.
    pub(super) fn listed_flags(&self, most: usize) -> Vec<String> {
        let numbered = self.flags.iter().zip(1..).take(most);
        let mut lines: Vec<String> = numbered.map(|(flag, number)| flag.line(number)).collect();
        if self.flags.len() > most {
            lines.push(format!("and {} more", self.flags.len() - most));
        }
        lines
    }

    /// A finding holds in the environment that is drawn.
    fn is_of(&self, finding: &Diagnostic) -> bool {
        let Some(surroundings) = &self.surroundings else {
            return true;
        };
        let mut places = finding.environments.iter();
        places.any(|place| place.environment == surroundings.environment)
    }

    fn mark(&mut self, number: u32, about: &Subject, stacks: &[Str]) -> bool {
        let is_it = |subject: &Arc<Subject>| {
            subject.span == about.span && (subject.stack == about.stack || stacks.contains(&subject.stack))
        };
        let is_first = |subjects: &[Arc<Subject>]| subjects.first().is_some_and(is_it);
        let is_among = |subjects: &[Arc<Subject>]| subjects.iter().any(is_it);
        let mut is_drawn = false;
        for node in &mut self.nodes {
            // What was folded is itself every one of its members.
            let folded = node.members.len() > 1 && is_among(&node.subjects);
            if is_first(&node.subjects) || folded {
                node.flags.push(number);
                is_drawn = true;
            }
        }
        if is_drawn {
            return true;
        }
        for group in self.groups.iter_mut().filter(|group| is_first(&group.subjects)) {
            group.flags.push(number);
            is_drawn = true;
        }
        if is_drawn {
            return true;
        }
        for edge in self.edges.iter_mut().filter(|edge| is_among(&edge.subjects)) {
            edge.flags.push(number);
            is_drawn = true;
        }
        if is_drawn {
            return true;
        }
        for node in self.nodes.iter_mut().filter(|node| is_among(&node.subjects)) {
            node.flags.push(number);
            is_drawn = true;
        }
        for group in self.groups.iter_mut().filter(|group| is_among(&group.subjects)) {
            group.flags.push(number);
            is_drawn = true;
        }
        is_drawn
    }
}
