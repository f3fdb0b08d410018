//! What containers wait for, and whose volumes they mount.

use super::Search;
use crate::aws::ecs::{ContainerDependency, MountPoint, TaskDefinition as View, Volume, VolumeFrom};
use crate::eval::{Case, Guard, Known, Text, Unknown, Value, when};
use crate::facts::comparison::{self, Matches};
use crate::source::{Span, Str};

/// One container waiting for another.
struct Edge {
    from: usize,
    to: usize,
    guard: Guard,
    place: Span,
}

/// Containers of a task definition that circles are looked for among. ECS takes ten.
const MAX_LINKED: usize = 64;

const NAME_HELP: &str = "name a container of the same task definition";

impl<'a> Search<'_, '_, 'a> {
    /// Looks at what containers wait for.
    pub(super) fn dependencies(&mut self) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let mut edges = Vec::new();
        for (from, container) in self.definition.containers.iter().enumerate() {
            let shown = self.shown(container);
            for item in eval.elements(container.view().depends_on(eval)) {
                let view = ContainerDependency(&item);
                let conditions = eval.scalars(view.condition(eval));
                for wanted in inventory.identities(view.container_name(eval)) {
                    let (matches, found) = self.named(&wanted);
                    let definition = self.name.clone();
                    let says = |name: &str| {
                        format!("{shown} waits for container `{name}`, which `{definition}` does not have")
                    };
                    self.must_match(&wanted, matches, says, NAME_HELP);
                    for (to, case) in found {
                        self.condition(&shown, to, &case, &conditions);
                        if from.max(to) < MAX_LINKED {
                            edges.push(Edge {
                                from,
                                to,
                                guard: case.guard,
                                place: case.span,
                            });
                        }
                    }
                }
            }
        }
        self.circles(&edges);
    }

    /// Looks at the state of the other container that is waited for.
    fn condition(&mut self, shown: &str, to: usize, named: &Case<()>, conditions: &[Case<Known<Str>>]) {
        let eval = self.cx.eval();
        let Some(other) = self.definition.containers.get(to) else {
            return;
        };
        for condition in conditions {
            let Known::Value(state) = &condition.value else {
                continue;
            };
            let case = condition.with(()).when(&named.guard);
            match &**state {
                "HEALTHY" => {
                    let checks = other.view().health_check(eval).into_iter();
                    let none = checks.filter(|check| matches!(check.value, Value::Absent));
                    let case = case.when(&Guard::any(none.map(|check| check.guard)));
                    let message = format!("{shown} waits until {} is healthy, which has no health check", other.shown());
                    self.report(&case, message, "give the other container a `HealthCheck`, or wait for `START`");
                }
                "COMPLETE" | "SUCCESS" => {
                    let essential = eval.booleans(other.view().essential(eval));
                    let case = case.when(&when(&essential, |it| matches!(it, Known::Absent | Known::Value(true))));
                    let message = format!(
                        "{shown} waits until {} has ended, which is essential, so that the task ends with it",
                        other.shown()
                    );
                    self.report(&case, message, "set `Essential: false` for the other container, or wait for `START`");
                }
                _ => {}
            }
        }
    }

    /// Reports containers that wait for themselves, by others or not. Each circle is reported once, where its first
    /// container waits.
    fn circles(&mut self, edges: &[Edge]) {
        for (index, container) in self.definition.containers.iter().enumerate().take(MAX_LINKED) {
            let Some((place, guard, path)) = self.circle(edges, index) else {
                continue;
            };
            let shown = self.shown(container);
            let message = match path.as_slice() {
                [_] => format!("{shown} waits for itself"),
                path => {
                    let others = path.iter().skip(1).filter_map(|at| self.definition.containers.get(*at));
                    let others: Vec<String> = others.map(|other| other.shown()).collect();
                    format!("{shown} waits for {}, which waits for it", others.join(", which waits for "))
                }
            };
            let case = Case {
                guard,
                ..Case::new((), place)
            };
            self.report(&case, message, "remove one of the dependencies");
        }
    }

    /// A shortest circle through a container and containers after it: where it begins, when, and who takes part.
    fn circle(&self, edges: &[Edge], start: usize) -> Option<(Span, Guard, Vec<usize>)> {
        let mut paths: Vec<(Span, Guard, Vec<usize>)> = Vec::new();
        let mut seen = vec![start];
        let mut next = 0;
        let possible = |guard: &Guard| !guard.is_never() && self.cx.inventory().possible(guard);
        for edge in edges.iter().filter(|edge| edge.from == start) {
            if edge.to == start && possible(&edge.guard) {
                return Some((edge.place, edge.guard.clone(), vec![start]));
            }
            if edge.to > start && !seen.contains(&edge.to) {
                seen.push(edge.to);
                paths.push((edge.place, edge.guard.clone(), vec![start, edge.to]));
            }
        }
        while let Some((place, guard, path)) = paths.get(next).cloned() {
            next += 1;
            let last = path.last().copied()?;
            for edge in edges.iter().filter(|edge| edge.from == last) {
                let guard = guard.and(&edge.guard);
                if edge.to == start && possible(&guard) {
                    return Some((place, guard, path));
                }
                if edge.to > start && !seen.contains(&edge.to) && !guard.is_never() {
                    seen.push(edge.to);
                    let path = path.iter().copied().chain([edge.to]).collect();
                    paths.push((place, guard, path));
                }
            }
        }
        None
    }

    /// Looks at the volumes that containers mount, and whose volumes they take.
    pub(super) fn volumes(&mut self) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let (names, open) = self.volume_names();
        for container in &self.definition.containers {
            let shown = self.shown(container);
            let definition = self.name.clone();
            for mount in eval.elements(container.view().mount_points(eval)) {
                for wanted in inventory.identities(MountPoint(&mount).volume(eval)) {
                    let mut matches = Matches::default();
                    for name in &names {
                        let comparison = comparison::texts(&wanted.value, &name.value);
                        matches.add(comparison, wanted.guard.and(&name.guard), &wanted);
                    }
                    let more = open.iter().cloned().map(|open| open.when(&wanted.guard));
                    matches.open.extend(more);
                    let says =
                        |name: &str| format!("{shown} mounts volume `{name}`, which `{definition}` does not have");
                    self.must_match(&wanted, matches, says, "name one of the task definition's `Volumes`");
                }
            }
            for item in eval.elements(container.view().volumes_from(eval)) {
                for wanted in inventory.identities(VolumeFrom(&item).source_container(eval)) {
                    let (matches, _) = self.named(&wanted);
                    let says = |name: &str| {
                        format!("{shown} mounts the volumes of container `{name}`, which `{definition}` does not have")
                    };
                    self.must_match(&wanted, matches, says, NAME_HELP);
                }
            }
        }
    }

    /// The names of the task definition's volumes, and when and why they are not known.
    fn volume_names(&self) -> (Vec<Case<Known<Text>>>, Vec<Case<Unknown>>) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let mut names = Vec::new();
        let mut open = Vec::new();
        for item in eval.elements(View(self.definition.id).volumes(eval)) {
            match &item.value {
                Value::Object(_) => names.extend(inventory.identities(Volume(&item).name(eval))),
                Value::Unknown(reason) => open.push(item.with(reason.clone())),
                Value::Text(text) => open.extend(text.unknown().map(|reason| item.with(reason))),
                Value::Absent | Value::List(_) => {}
            }
        }
        (names, open)
    }
}
