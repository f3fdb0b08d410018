//! What containers of a task definition say of one another is true.

mod dependency;
mod name;
mod port;

use crate::diag::Severity;
use crate::eval::{Case, Known, Text, Unknown};
use crate::facts::TaskDefinition;
use crate::facts::comparison::{self, Matches};
use crate::facts::task_definition::Container;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "invalid-container-wiring",
    summary: "what the containers of a task definition say of one another is true",
    docs: Docs {
        why: "ECS refuses a task definition whose containers wait for containers, mount volumes or share ports that \
              are not there, or starts its tasks in vain.",
        decides: "Reports `DependsOn` and `VolumesFrom` with the name of no container, with the own name or in a \
                  circle; waiting for `HEALTHY` without a `HealthCheck` in the template (that of the image does not \
                  count) or for `COMPLETE` or `SUCCESS` of an essential container; mounts of volumes that are not \
                  there; equal container names; one port twice, or another host port, where containers have the \
                  network of their task (`awsvpc`; the host port in `host` too); no essential container; two log \
                  routers; and, as a note, environment variables with one name. Names are compared as they stand: a \
                  parameter equals itself. Undetermined when a name that would settle it is not known. Port names of \
                  services are container-target-mismatch.",
        fix: "Name a container, volume or port of the same task definition, and each once.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3042", "E3053"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        let name = cx.inventory().logical_id(definition.id);
        let mut search = Search {
            cx,
            definition,
            name,
            findings: Vec::new(),
            open: Vec::new(),
        };
        search.dependencies();
        search.volumes();
        search.ports();
        search.names();
        let Search { findings, open, .. } = search;
        cx.conclude(
            findings,
            Question {
                subject: definition.id,
                place: open.first().map_or(definition.place, |case| case.span),
                message: format!("whether all that the containers of task definition `{name}` name is there"),
                open,
            },
        );
    }
}

/// The search for wrong wires in one task definition.
struct Search<'s, 'c, 'a> {
    cx: &'s Context<'c, 'a>,
    definition: &'s TaskDefinition<'a>,
    name: &'s Str,
    findings: Vec<Finding>,
    open: Vec<Case<Unknown>>,
}

impl<'a> Search<'_, '_, 'a> {
    /// A violation at the place of a case, when it holds.
    fn finding<T>(&self, case: &Case<T>, message: String, help: &str) -> Finding {
        Finding::new(self.definition.id, case.span, message)
            .when(&case.guard)
            .help(help)
            .through(self.cx.inventory(), &case.trail)
    }

    fn report<T>(&mut self, case: &Case<T>, message: String, help: &str) {
        let finding = self.finding(case, message, help);
        self.findings.push(finding);
    }

    /// Whether a container has a name, and those that have it, each with when.
    fn named(&self, wanted: &Case<Known<Text>>) -> (Matches, Vec<(usize, Case<()>)>) {
        let mut matches = Matches::default();
        let mut found = Vec::new();
        if wanted.value == Known::Absent {
            return (matches, found);
        }
        for (index, container) in self.definition.containers.iter().enumerate() {
            for name in &container.names {
                let comparison = comparison::texts(&wanted.value, &name.value);
                let guard = wanted.guard.and(&name.guard);
                if comparison == comparison::Comparison::Same && !guard.is_never() {
                    found.push((index, Case { guard: guard.clone(), ..wanted.with(()) }));
                }
                matches.add(comparison, guard, wanted);
            }
        }
        let more = self.definition.open.iter().cloned();
        matches.open.extend(more.map(|open| open.when(&wanted.guard)));
        (matches, found)
    }

    /// Reports a name that nothing has, and keeps what would settle it.
    fn must_match(&mut self, wanted: &Case<Known<Text>>, matches: Matches, says: impl Fn(&str) -> String, help: &str) {
        let text = match &wanted.value {
            Known::Value(text) => self.cx.eval().render(text),
            Known::Unknown(reason) => {
                self.open.push(wanted.with(reason.clone()));
                return;
            }
            Known::Absent => return,
        };
        let none = wanted.with(()).when(&matches.is_none());
        let settled = matches.is_same().negated();
        self.open.extend(matches.open.into_iter().map(|open| open.when(&settled)));
        self.report(&none, says(&text), help);
    }

    /// "container `app` of task definition `Task`".
    fn shown(&self, container: &Container<'a>) -> String {
        format!("{} of task definition `{}`", container.shown(), self.name)
    }
}
