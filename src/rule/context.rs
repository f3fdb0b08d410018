//! What a check works with: facts to read, and three answers to give: violation, undetermined, nothing.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::finding::{Finding, Question};
use super::setting::{NumberOption, TextsOption};
use super::{Rule, RuleSettings};
use crate::diag::{Confidence, Diagnostic, Label, Outcome, Reason, Role, When};
use crate::eval::guard::{holds, possible_by_default};
use crate::eval::{Domains, Evaluator, Guard, Holds, Scope, Unknown, Var};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::facts::{Facts, Inventory};
use crate::source::{Span, Str};

/// Combinations of exporting stacks that are tried for one finding; two imports with eight candidates each.
const MAX_EXPORTER_CHOICES: usize = 64;

/// Reasons given for one undetermined check; more do not help anybody to settle it.
const MAX_REASONS: usize = 5;

/// What a check reads and where it answers.
pub struct Context<'c, 'a> {
    /// The facts.
    pub facts: &'c Facts<'a>,
    rule: &'static Rule,
    settings: &'c RuleSettings,
    diagnostics: Vec<Diagnostic>,
    /// Which of them are violations for some of the stacks that could serve an import only.
    rivals: BTreeSet<usize>,
}

impl<'c, 'a> Context<'c, 'a> {
    /// A context for one run of one rule.
    pub fn new(facts: &'c Facts<'a>, rule: &'static Rule, settings: &'c RuleSettings) -> Self {
        Self {
            facts,
            rule,
            settings,
            diagnostics: Vec::new(),
            rivals: BTreeSet::new(),
        }
    }

    /// The value of an option of the rule.
    pub fn number(&self, option: &'static NumberOption) -> u32 {
        self.settings.number(self.rule, option)
    }

    /// The value of an option of the rule.
    pub fn texts(&self, option: &'static TextsOption) -> Vec<Str> {
        self.settings.texts(self.rule, option)
    }

    /// The inventory of resources.
    pub fn inventory(&self) -> &'c Inventory<'a> {
        &self.facts.inventory
    }

    /// The rule that is run.
    pub fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// The evaluator.
    pub fn eval(&self) -> &'c Evaluator<'a> {
        &self.facts.inventory.eval
    }

    /// Judges every container of every task definition, and asks about the containers that are not known. `question` is
    /// given the task definition's logical id.
    pub fn for_each_container(
        &mut self,
        judge: fn(&mut Self, &TaskDefinition<'a>, &Container<'a>),
        question: fn(&str) -> String,
    ) {
        let facts = self.facts;
        for definition in &facts.task_definitions {
            for container in &definition.containers {
                judge(self, definition, container);
            }
            self.ask(Question {
                subject: definition.id,
                place: definition.place,
                message: question(facts.inventory.logical_id(definition.id)),
                open: definition.open.clone(),
            });
        }
    }

    /// The answers given. Of the violations at one place, one that needs particular values adds nothing to one that is as
    /// bad and holds anyway; nor does one of a stack that may or may not be meant to one of a stack that is.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut at_places: IndexMap<(Span, &str), Vec<usize>> = IndexMap::new();
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            at_places.entry(place_of(diagnostic)).or_default().push(at);
        }
        let mut is_left_out = vec![false; self.diagnostics.len()];
        let mut stands_for_touched = vec![false; self.diagnostics.len()];
        for places in at_places.values().filter(|places| places.len() > 1) {
            let all = || places.iter().map(|at| &self.diagnostics[*at]);
            for at in places {
                let diagnostic = &self.diagnostics[*at];
                is_left_out[*at] = all().any(|other| covers(other, diagnostic))
                    || self.rivals.contains(at) && all().any(|other| says(other, diagnostic));
            }
            // What stands for others is as much asked about as they are.
            let is_touched = places
                .iter()
                .any(|at| is_left_out[*at] && self.diagnostics[*at].touched);
            places.iter().for_each(|at| stands_for_touched[*at] = is_touched);
        }
        let verdicts = is_left_out.into_iter().zip(stands_for_touched);
        let judged = self.diagnostics.into_iter().zip(verdicts);
        let kept = judged.filter(|(_, (is_left_out, _))| !is_left_out).map(
            |(diagnostic, (_, stands_for_touched))| Diagnostic {
                touched: diagnostic.touched || stands_for_touched,
                ..diagnostic
            },
        );
        let mut kept: Vec<Diagnostic> = kept.collect();
        // They wait for those of all other rules.
        kept.shrink_to_fit();
        kept
    }

    /// Reports the findings; when none of them holds, asks the question.
    pub fn conclude(&mut self, findings: impl IntoIterator<Item = Finding>, question: Question) {
        let mut found = false;
        for finding in findings {
            found |= self.report(finding);
        }
        if !found {
            self.ask(question);
        }
    }

    /// When a guard is true for one or the other of the stacks that could serve its imports: for what is said of a resource
    /// in any case, and only concerns anybody because of the importing stack.
    pub fn for_some_exporter(&self, guard: &Guard) -> Guard {
        for_some_exporter(guard, self.eval())
    }

    /// Reports a violation, with when it holds and how certain that is; true when it holds in some world. A violation
    /// that holds only for some of the stacks that could serve an import is reported as undetermined.
    pub fn report(&mut self, finding: Finding) -> bool {
        let presence = finding
            .subject
            .map_or(Guard::True, |id| self.inventory().presence(id));
        let domains: &dyn Domains = self.eval();
        let exporters = exporter_choices(&finding.guard);
        let violation = if exporters.is_empty() {
            finding.guard.clone()
        } else {
            for_every_exporter(&finding.guard, &exporters, domains)
        };
        let assumed = finding.assumed || !exporters.is_empty();
        let holds = holds(&presence, &violation, domains);
        let formula = presence.and(&violation);
        let (when, confidence) = match &holds {
            Holds::Always => (When::Always, Confidence::High),
            Holds::ByDefault(world) => (
                When::ByDefault(self.eval().world(world, &formula)),
                Confidence::High,
            ),
            Holds::Sometimes(world) => (
                When::Sometimes(self.eval().world(world, &formula)),
                Confidence::Medium,
            ),
            Holds::Never if exporters.is_empty() => return false,
            Holds::Never => {
                self.rivals(finding, &presence, &exporters);
                return false;
            }
            Holds::TooMany => {
                let reason = self.eval().reason(&Unknown::Limit("MAX_WORLDS"));
                self.push(
                    finding,
                    Outcome::Undetermined,
                    When::Always,
                    Confidence::Low,
                    vec![reason],
                );
                return false;
            }
        };
        let confidence = if assumed { confidence.lowered() } else { confidence };
        self.push(finding, Outcome::Violation, when, confidence, Vec::new());
        true
    }

    /// Reports a check as undetermined, unless what is not known matters only for values that nothing speaks of.
    pub fn ask(&mut self, question: Question) {
        self.ask_because(question, Vec::new());
    }

    /// The same, with evidence that points to an answer without giving it.
    pub fn ask_because(&mut self, question: Question, evidence: Vec<Label>) {
        let presence = self.inventory().presence(question.subject);
        let mut reasons: Vec<Reason> = Vec::new();
        let mut related = Vec::new();
        for case in &question.open {
            if !possible_by_default(&presence.and(&case.guard), self.eval()) {
                continue;
            }
            let reason = self.eval().reason(&case.value);
            if !reasons.contains(&reason) {
                reasons.push(reason);
                related.extend(self.inventory().hops(&case.trail));
            }
        }
        if reasons.is_empty() {
            return;
        }
        reasons.truncate(MAX_REASONS);
        let finding = Finding::new(question.subject, question.place, question.message)
            .because(related)
            .because(evidence);
        self.push(
            finding,
            Outcome::Undetermined,
            When::Always,
            Confidence::High,
            reasons,
        );
    }

    /// Reports a check about a place that belongs to no resource, such as an output, as undetermined.
    pub fn ask_at(&mut self, place: Span, message: impl Into<String>, reason: &Unknown) {
        let reason = self.eval().reason(reason);
        self.push(
            Finding::at(place, message),
            Outcome::Undetermined,
            When::Always,
            Confidence::High,
            vec![reason],
        );
    }

    /// A violation for some exporting stacks only.
    fn rivals(&mut self, finding: Finding, presence: &Guard, exporters: &BTreeSet<Var>) {
        if !possible_by_default(&presence.and(&finding.guard), self.eval()) {
            return;
        }
        let reasons = exporters.iter().map(|var| {
            let candidates = self.eval().allowed(var);
            self.eval().reason(&Unknown::rival_exports(
                self.eval().exporter_choice(var),
                candidates,
            ))
        });
        let reasons = reasons.collect();
        let message = format!("cannot tell whether {}", finding.message);
        let finding = Finding { message, ..finding };
        self.rivals.insert(self.diagnostics.len());
        self.push(
            finding,
            Outcome::Undetermined,
            When::Always,
            Confidence::Low,
            reasons,
        );
    }

    /// True when what the run was asked about has a part in a finding: it holds in a touched stack, a place or resource of
    /// its argument lies in a template that was asked about, or it speaks of a nested stack that such a template makes.
    fn is_touched(&self, finding: &Finding) -> bool {
        let project = self.inventory().project();
        if !project.focus.is_partial() {
            return true;
        }
        let in_stack = match finding.subject {
            Some(id) => project.is_touched(id.stack) || project.nests_touched(id),
            None => project.is_touched_file(finding.place.file),
        };
        let is_focus = |span: Span| project.focus.holds(span.file);
        let labels = finding.related.iter();
        in_stack
            || is_focus(finding.place)
            || finding.about.iter().any(|file| project.focus.holds(*file))
            || labels.clone().any(|label| is_focus(label.span))
            || labels
                .filter_map(|label| label.resource.as_ref())
                .any(|subject| is_focus(subject.span))
    }

    fn push(
        &mut self,
        finding: Finding,
        outcome: Outcome,
        when: When,
        confidence: Confidence,
        because: Vec<Reason>,
    ) {
        let subject = finding.subject.map(|id| self.inventory().subject(id));
        let stacks = subject.iter().map(|subject| subject.stack.clone()).collect();
        let touched = self.is_touched(&finding);
        self.diagnostics.push(Diagnostic {
            rule: self.rule.name.into(),
            outcome,
            severity: finding.severity.unwrap_or(self.rule.severity),
            confidence,
            message: finding.message,
            help: finding.help,
            primary: Label {
                span: finding.place,
                text: finding.label,
                role: Role::Evidence,
                resource: subject.clone(),
            },
            related: finding.related,
            when,
            because,
            secrets: finding.secrets,
            subject,
            stacks,
            path: "".into(),
            pointer: String::new(),
            shape: String::new(),
            atom: finding.atom,
            id: String::new(),
            touched,
            suppression: None,
            environments: Vec::new(),
        });
    }
}

/// Where a diagnostic stands, and what tells it from others there.
fn place_of(diagnostic: &Diagnostic) -> (Span, &str) {
    (diagnostic.primary.span, &diagnostic.atom)
}

/// True when a violation at the place of another diagnostic says the same and is as bad.
fn says(violation: &Diagnostic, other: &Diagnostic) -> bool {
    violation.outcome == Outcome::Violation && violation.severity >= other.severity
}

/// True when a violation holds by default or always, which another diagnostic at its place says for particular values.
fn covers(violation: &Diagnostic, other: &Diagnostic) -> bool {
    matches!(other.when, When::Sometimes(_))
        && !matches!(violation.when, When::Sometimes(_))
        && says(violation, other)
        && violation.subject == other.subject
}

/// When a guard is true for one or the other of the stacks that could export.
fn for_some_exporter(guard: &Guard, domains: &dyn Domains) -> Guard {
    let mut choices = vec![guard.clone()];
    for var in exporter_choices(guard) {
        let candidates = domains.allowed(&var);
        choices = choices
            .iter()
            .flat_map(|guard| candidates.iter().map(|candidate| guard.fixed(&var, candidate)))
            .collect();
        if choices.len() > MAX_EXPORTER_CHOICES {
            return guard.clone();
        }
    }
    Guard::any(choices)
}

fn exporter_choices(guard: &Guard) -> BTreeSet<Var> {
    guard
        .variables()
        .into_iter()
        .filter(|var| var.scope == Scope::Exporter)
        .collect()
}

/// When a guard is true whichever of the candidate stacks exports.
fn for_every_exporter(guard: &Guard, exporters: &BTreeSet<Var>, domains: &dyn Domains) -> Guard {
    let mut choices = vec![guard.clone()];
    for var in exporters {
        let candidates = domains.allowed(var);
        choices = choices
            .iter()
            .flat_map(|guard| {
                candidates
                    .iter()
                    .map(move |candidate| guard.fixed(var, candidate))
            })
            .collect();
        if choices.len() > MAX_EXPORTER_CHOICES {
            return Guard::False;
        }
    }
    Guard::all(choices)
}
