//! What may be there once only, and what must be there once at least.

use rustc_hash::FxHashMap;

use super::Search;
use crate::aws::ecs::{EnvironmentVariable, Secret};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Value};
use crate::facts::task_definition::Container;
use crate::rule::Finding;

/// Names, each with when.
type Names = Vec<Case<Known<Text>>>;

impl<'a> Search<'_, '_, 'a> {
    /// Looks at the names of containers and of their variables, and at what a task must have.
    pub(super) fn names(&mut self) {
        let mut names = Names::new();
        for container in &self.definition.containers {
            names.extend(container.names.iter().cloned().map(|name| name.when(&container.item.guard)));
            self.variables(container);
        }
        let owner = format!("task definition `{}`", self.name);
        let findings = self.repeated_names(&owner, "containers", &names, "give each container a name of its own");
        self.findings.extend(findings);
        self.essential();
        self.routers();
    }

    /// Names of environment variables, from values and from secrets.
    fn variables(&mut self, container: &Container<'a>) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let view = container.view();
        let mut names = Names::new();
        for item in eval.elements(view.environment(eval)) {
            names.extend(inventory.identities(EnvironmentVariable(&item).name(eval)));
        }
        for item in eval.elements(view.secrets(eval)) {
            names.extend(inventory.identities(Secret(&item).name(eval)));
        }
        let owner = self.shown(container);
        let findings = self.repeated_names(&owner, "environment variables", &names, "remove one of the two");
        let findings = findings.into_iter().map(|finding| finding.severity(Severity::Info));
        self.findings.extend(findings);
    }

    /// The names that were there before.
    fn repeated_names(&self, owner: &str, nouns: &str, names: &Names, help: &str) -> Vec<Finding> {
        let inventory = self.cx.inventory();
        let mut all: FxHashMap<&Text, Vec<&Case<Known<Text>>>> = FxHashMap::default();
        let mut findings = Vec::new();
        for named in names {
            let Known::Value(name) = &named.value else {
                continue;
            };
            let same = all.entry(name).or_default();
            let possible = |before: &&&Case<Known<Text>>| inventory.possible(&before.guard.and(&named.guard));
            if let Some(first) = same.iter().find(possible) {
                let text = self.cx.eval().render(name);
                let message = format!("{owner} has two {nouns} with the name `{text}`");
                let label = inventory.evidence(self.definition.id, first.span, "the same name");
                let case = named.with(()).when(&first.guard);
                findings.push(self.finding(&case, message, help).because([label]));
            }
            same.push(named);
        }
        findings
    }

    /// Reports a task definition of which no container is essential.
    fn essential(&mut self) {
        let eval = self.cx.eval();
        if !self.definition.open.is_empty() {
            return;
        }
        let mut none = Vec::new();
        let mut some = Vec::new();
        let mut place = None;
        for container in &self.definition.containers {
            let there = &container.item.guard;
            some.push(there.clone());
            let cases = eval.booleans(container.view().essential(eval)).into_iter();
            let no = cases.filter(|case| case.value == Known::Value(false));
            let no = Guard::any(no.map(|case| {
                place.get_or_insert(case.span);
                case.guard
            }));
            none.push(there.negated().or(&no));
        }
        let guard = Guard::all(none).and(&Guard::any(some));
        let Some(place) = place else {
            return;
        };
        let case = Case {
            guard,
            ..Case::new((), place)
        };
        let message = format!("no container of task definition `{}` is essential", self.name);
        self.report(&case, message, "leave `Essential` out for the container that the task is about");
    }

    /// Reports a second log router.
    fn routers(&mut self) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let mut before: Option<Case<()>> = None;
        for container in &self.definition.containers {
            for case in container.view().firelens(eval) {
                if !matches!(case.value, Value::Object(_)) {
                    continue;
                }
                let case = case.with(());
                let Some(first) = &before else {
                    before = Some(case);
                    continue;
                };
                let guard = first.guard.and(&case.guard);
                if inventory.possible(&guard) {
                    let message = format!("{} is a second log router", self.shown(container));
                    let label = inventory.evidence(self.definition.id, first.span, "the first one");
                    let help = "leave `FirelensConfiguration` to one container";
                    let finding = self.finding(&case.when(&guard), message, help);
                    self.findings.push(finding.because([label]));
                }
            }
        }
    }
}
