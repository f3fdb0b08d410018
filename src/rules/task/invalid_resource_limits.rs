//! Tasks and containers ask for CPU and memory in a way that ECS takes.

use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Unknown, when, when_any};
use crate::facts::TaskDefinition;
use crate::facts::resource_limit::{Amounts, Resource, absent, go_together, sums};
use crate::facts::task_definition::Container;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "invalid-resource-limits",
    summary: "tasks and containers ask for CPU and memory in a way that ECS takes",
    docs: Docs {
        why: "ECS refuses a task definition whose containers ask for more than their task has, or for no memory at \
              all: the stack fails when it is deployed.",
        decides: "Reports tasks on Fargate without `Cpu` or `Memory`; containers with neither `Memory` nor \
                  `MemoryReservation` in a task without `Memory`; a `MemoryReservation` above the `Memory` of its \
                  container; a container with more `Cpu` or `Memory` than its task; and containers whose `Cpu`, or \
                  `MemoryReservation`, adds up to more than the task has. ECS does not add up `Memory`, the limit. \
                  Tasks of Windows containers ignore their size, so that nothing is compared with it there. \
                  Combinations of parameters that are no defaults pass; a size of the task that is not known leaves \
                  it undetermined.",
        fix: "Give the task as much as its containers ask for together, or let them ask for less.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CT.ECS.PR.7"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
    options: &[],
    check: Check::Native(check),
};

/// Containers that are pointed at.
const MAX_CONTAINERS: usize = 4;

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        let mut search = Search {
            cx,
            definition,
            name: cx.inventory().logical_id(definition.id),
            on_fargate: definition.placement(cx.inventory(), cx.facts.starters(definition.id)).held_to_fargate,
            findings: Vec::new(),
            open: Vec::new(),
        };
        search.missing();
        search.reservations();
        let (windows, unsure) = definition.is_windows();
        let unsure = when_any(&unsure);
        for resource in Resource::ALL {
            search.too_much(resource, &windows.or(&unsure).negated());
        }
        let Search {
            findings, open, name, ..
        } = search;
        cx.conclude(
            findings,
            Question {
                subject: definition.id,
                place: open.first().map_or(definition.place, |case| case.span),
                message: format!("whether the containers of task definition `{name}` fit into their task"),
                open,
            },
        );
    }
}

/// The search for amounts that ECS refuses in one task definition.
struct Search<'s, 'c, 'a> {
    cx: &'s Context<'c, 'a>,
    definition: &'s TaskDefinition<'a>,
    name: &'s str,
    on_fargate: Guard,
    findings: Vec<Finding>,
    open: Vec<Case<Unknown>>,
}

impl<'a> Search<'_, '_, 'a> {
    /// Amounts that must be there.
    fn missing(&mut self) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let id = self.definition.id;
        let [no_cpu, no_memory] = Resource::ALL.map(|resource| absent(&resource.of_task(eval, id)));
        let declared = inventory.project().resource(id).id.span;
        for (what, guard) in [
            ("neither `Cpu` nor `Memory`", no_cpu.and(&no_memory)),
            ("no `Cpu`", no_cpu.and(&no_memory.negated())),
            ("no `Memory`", no_memory.and(&no_cpu.negated())),
        ] {
            let message = format!("task definition `{}` is for Fargate and has {what}", self.name);
            let finding = Finding::new(id, declared, message);
            self.findings.push(
                finding
                    .when(&self.on_fargate.and(&guard))
                    .label("no size")
                    .help("give it the size of its tasks, such as `Cpu: 256` and `Memory: 512`"),
            );
        }
        let no_size = Guard::all([no_memory, self.on_fargate.negated(), self.is_managed().negated()]);
        for container in &self.definition.containers {
            let no_limit = absent(&Resource::Memory.of_container(eval, container));
            let none = no_limit.and(&absent(&Resource::Memory.kept_for(eval, container)));
            let message = format!(
                "{} has neither `Memory` nor `MemoryReservation`, and its task has no `Memory`",
                self.shown(container)
            );
            self.findings.push(
                Finding::new(id, container.place, message)
                    .when(&none.and(&no_size))
                    .label("no memory")
                    .help("give it `MemoryReservation` or `Memory`, or give the task `Memory`"),
            );
        }
    }

    /// When the tasks may run on instances that AWS manages, whose demands are not judged here.
    fn is_managed(&self) -> Guard {
        when(&self.definition.compatibilities, |value| value.is("MANAGED_INSTANCES"))
    }

    /// Reservations above the limits.
    fn reservations(&mut self) {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        for container in &self.definition.containers {
            let limits = Resource::Memory.of_container(eval, container);
            for kept in Resource::Memory.kept_for(eval, container) {
                for limit in &limits {
                    let (Known::Value(amount), Known::Value(most)) = (&kept.value, &limit.value) else {
                        continue;
                    };
                    let guard = kept.guard.and(&limit.guard);
                    if amount <= most || !go_together(inventory, &guard) {
                        continue;
                    }
                    let message = format!(
                        "{} reserves {amount} MiB of memory and may have {most}",
                        self.shown(container)
                    );
                    let evidence = inventory.evidence(self.definition.id, limit.span, "its limit");
                    self.findings.push(
                        Finding::new(self.definition.id, kept.span, message)
                            .when(&guard)
                            .help("set `MemoryReservation` to `Memory` or less")
                            .because([evidence])
                            .through(inventory, &kept.trail)
                            .through(inventory, &limit.trail),
                    );
                }
            }
        }
    }

    /// Containers that ask for more than their task has.
    fn too_much(&mut self, resource: Resource, counts: &Guard) {
        let eval = self.cx.eval();
        let containers = &self.definition.containers;
        let kept: Vec<Amounts> = containers
            .iter()
            .map(|container| resource.kept_for(eval, container))
            .collect();
        let sums = sums(&kept);
        for task in resource.of_task(eval, self.definition.id) {
            match &task.value {
                Known::Absent => {}
                Known::Value(most) => {
                    let task = task.with(*most).when(counts);
                    let alone = self.alone(resource, &task);
                    for (guard, sum) in sums.iter().flatten() {
                        self.together(resource, &task, (*sum, &guard.and(&alone.negated())), &kept);
                    }
                }
                Known::Unknown(reason) => {
                    let asks = sums.iter().flatten().filter(|(_, sum)| *sum > 0);
                    let asks = Guard::any(asks.map(|(guard, _)| guard.clone()));
                    self.open.push(task.with(reason.clone()).when(&asks.and(counts)));
                }
            }
        }
        if sums.is_none() {
            let place = Case::new(Unknown::Limit("MAX_SUMS"), self.definition.place);
            self.open.push(place);
        }
    }

    /// Reports the containers that ask for more than the task has; gives when there is one.
    fn alone(&mut self, resource: Resource, task: &Case<u64>) -> Guard {
        let (eval, inventory) = (self.cx.eval(), self.cx.inventory());
        let mut alone = Vec::new();
        for container in &self.definition.containers {
            for case in resource.of_container(eval, container) {
                let guard = case.guard.and(&task.guard);
                let Known::Value(amount) = &case.value else {
                    continue;
                };
                if *amount <= task.value || !go_together(inventory, &guard) {
                    continue;
                }
                alone.push(guard.clone());
                let message = format!(
                    "{} asks for {}, more than the {} of its task",
                    self.shown(container),
                    resource.shown(*amount),
                    task.value
                );
                let evidence = inventory.evidence(self.definition.id, task.span, "what the task has");
                self.findings.push(
                    Finding::new(self.definition.id, case.span, message)
                        .when(&guard)
                        .help(format!("give the task more `{0}`, or the container less", resource.property()))
                        .because([evidence])
                        .through(inventory, &case.trail)
                        .through(inventory, &task.trail),
                );
            }
        }
        Guard::any(alone)
    }

    /// Reports containers for which more is kept together than the task has.
    fn together(&mut self, resource: Resource, task: &Case<u64>, (sum, guard): (u64, &Guard), kept: &[Amounts]) {
        let inventory = self.cx.inventory();
        let guard = task.guard.and(guard);
        if sum <= task.value || guard.is_never() || !go_together(inventory, &guard) {
            return;
        }
        let mut finding = Finding::new(
            self.definition.id,
            task.span,
            format!(
                "the containers of task definition `{}` {} {}, more than the {} of their task",
                self.name,
                match resource {
                    Resource::Cpu => "ask for",
                    Resource::Memory => "reserve",
                },
                resource.shown(sum),
                task.value
            ),
        )
        .when(&guard)
        .help(format!("give the task more `{0}`, or its containers less", resource.property()))
        .because(self.parts(resource, kept, &guard));
        finding = finding.through(inventory, &task.trail);
        for case in kept.iter().flatten() {
            if matches!(case.value, Known::Value(_)) && inventory.possible(&case.guard.and(&guard)) {
                finding = finding.through(inventory, &case.trail);
            }
        }
        self.findings.push(finding);
    }

    /// What the containers ask for, as evidence.
    fn parts(&self, resource: Resource, kept: &[Amounts], guard: &Guard) -> Vec<Label> {
        let inventory = self.cx.inventory();
        let mut labels = Vec::new();
        let asks = match resource {
            Resource::Cpu => "asks for",
            Resource::Memory => "reserves",
        };
        for (container, amounts) in self.definition.containers.iter().zip(kept) {
            for case in amounts {
                if let Known::Value(amount) = case.value
                    && inventory.possible(&case.guard.and(guard))
                {
                    let text = format!("{} {asks} {}", container.shown(), resource.shown(amount));
                    labels.push(inventory.evidence(self.definition.id, case.span, text));
                }
            }
        }
        labels.truncate(MAX_CONTAINERS);
        labels
    }

    fn shown(&self, container: &Container<'a>) -> String {
        format!("{} of task definition `{}`", container.shown(), self.name)
    }
}
