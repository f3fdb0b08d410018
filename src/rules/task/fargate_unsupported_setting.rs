//! Tasks on Fargate have a size of Fargate, and no settings that it refuses.

use crate::aws::Item;
use crate::aws::ecs::{Device, TaskDefinition as View, Volume};
use crate::aws::fargate::{Size, date, size};
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, Known, Unknown, Value, when_any};
use crate::facts::TaskDefinition;
use crate::facts::resource_limit::{Resource, go_together};
use crate::facts::task_definition::Container;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "fargate-unsupported-setting",
    summary: "tasks on Fargate have a size of Fargate and no settings that it refuses",
    docs: Docs {
        why: "ECS refuses a task definition for Fargate whose CPU and memory are no size of Fargate, or that has a \
              setting for container instances: the stack fails when it is deployed.",
        decides: "Looks at task definitions with `FARGATE` in `RequiresCompatibilities`, and at those that something \
                  starts on Fargate: `Cpu` with `Memory`, privileged containers, volumes of the host or of Docker, \
                  devices, swap, links, extra hosts, placement constraints, `IpcMode`, `PidMode: host`, log drivers \
                  but `awslogs`, `splunk` and `awsfirelens`, stop timeouts of more than 120 seconds, and ephemeral \
                  storage outside of 20 to 200 GiB. AWS adds sizes: those that may be newer than the table pass, and \
                  so do combinations of parameters that are no defaults. The network mode is insecure-network-mode.",
        fix: "Choose a size of Fargate, and remove the setting or run the task on container instances.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3047", "E3048", "E3713", "f4c9b5f5"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
    options: &[],
    check: Check::Native(check),
};

/// Log drivers of Fargate.
const LOG_DRIVERS: &[&str] = &["awsfirelens", "awslogs", "splunk"];

/// Seconds that Fargate waits for a container to end, at most.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
const MAX_STOP_TIMEOUT: u64 = 120;

/// GiB of ephemeral storage that a task may ask for. Older pages say 21; 20 is what tasks have anyway.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html>
const STORAGE: std::ops::RangeInclusive<u64> = 20..=200;

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        let on_fargate = definition.placement(cx.inventory(), cx.facts.starters(definition.id)).held_to_fargate;
        if on_fargate.is_never() {
            continue;
        }
        let name = cx.inventory().logical_id(definition.id);
        let mut search = Search {
            cx,
            definition,
            on_fargate,
            owner: format!("task definition `{name}`"),
            findings: Vec::new(),
            open: Vec::new(),
        };
        search.task();
        search.sizes();
        for container in &definition.containers {
            search.owner = format!("{} of task definition `{name}`", container.shown());
            search.container(container);
        }
        let Search { findings, open, .. } = search;
        cx.conclude(
            findings,
            Question {
                subject: definition.id,
                place: open.first().map_or(definition.place, |case| case.span),
                message: format!("whether Fargate takes task definition `{name}`"),
                open,
            },
        );
    }
}

/// The search for refused settings in one task definition.
struct Search<'s, 'c, 'a> {
    cx: &'s Context<'c, 'a>,
    definition: &'s TaskDefinition<'a>,
    on_fargate: Guard,
    /// What has the settings, for messages.
    owner: String,
    findings: Vec<Finding>,
    open: Vec<Case<Unknown>>,
}

impl<'a> Search<'_, '_, 'a> {
    fn task(&mut self) {
        let eval = self.cx.eval();
        let view = View(self.definition.id);
        self.set("PlacementConstraints", view.placement_constraints(eval));
        self.set("IpcMode", view.ipc_mode(eval));
        self.texts(view.pid_mode(eval), "remove `PidMode`", |mode| {
            (mode == "host").then(|| "shares the process namespace of its host, which Fargate refuses".to_owned())
        });
        let help = "ask for 20 to 200 GiB, or remove `EphemeralStorage`";
        self.texts(view.ephemeral_storage(eval), help, |text| {
            let size = text.parse().ok().filter(|size| !STORAGE.contains(size))?;
            let (least, most) = (STORAGE.start(), STORAGE.end());
            Some(format!(
                "asks for {size} GiB of ephemeral storage, and Fargate gives {least} to {most}"
            ))
        });
        for volume in eval.elements(view.volumes(eval)) {
            self.volume(&volume);
        }
    }

    fn volume(&mut self, volume: &Item<'a>) {
        let eval = self.cx.eval();
        let view = Volume(volume);
        self.set("DockerVolumeConfiguration", view.docker(eval));
        let help = "remove `Host`: the volume is then one of the task's storage";
        self.texts(view.source_path(eval), help, |path| {
            (!path.is_empty()).then(|| format!("mounts `{path}` of its host, which Fargate refuses"))
        });
    }

    fn container(&mut self, container: &Container<'a>) {
        let eval = self.cx.eval();
        let view = container.view();
        self.texts(view.privileged(eval), "remove `Privileged`", |text| {
            text.eq_ignore_ascii_case("true")
                .then(|| "is privileged, which Fargate refuses".to_owned())
        });
        self.set("Links", view.links(eval));
        self.set("ExtraHosts", view.extra_hosts(eval));
        let mut devices = Vec::new();
        for device in eval.elements(view.devices(eval)) {
            devices.extend(Device(&device).host_path(eval));
        }
        self.set("Devices", devices);
        self.set("MaxSwap", view.max_swap(eval));
        self.set("Swappiness", view.swappiness(eval));
        let help = "log with `awslogs`, `splunk` or `awsfirelens`";
        self.texts(view.log_driver(eval), help, |driver| {
            let is_refused = !driver.is_empty() && !LOG_DRIVERS.contains(&driver);
            is_refused.then(|| format!("logs with `{driver}`, a log driver that Fargate does not have"))
        });
        let help = format!("set `StopTimeout` to {MAX_STOP_TIMEOUT} or less");
        self.texts(view.stop_timeout(eval), &help, |text| {
            let seconds: u64 = text.parse().ok().filter(|seconds| *seconds > MAX_STOP_TIMEOUT)?;
            Some(format!(
                "has a stop timeout of {seconds} seconds, and Fargate waits {MAX_STOP_TIMEOUT} at most"
            ))
        });
    }

    /// Reports a property that must not be there.
    fn set(&mut self, property: &str, cases: Cases<'a>) {
        let mut there: Vec<Case<()>> = Vec::new();
        for case in self.cx.eval().elements(cases) {
            match &case.value {
                Value::Object(_) => there.push(case.with(())),
                Value::Text(text) if text.parts().is_empty() => {}
                Value::Text(text) => match text.unknown() {
                    Some(reason) => self.open.push(case.with(reason)),
                    None => there.push(case.with(())),
                },
                Value::Unknown(reason) => self.open.push(case.with(reason.clone())),
                Value::Absent | Value::List(_) => {}
            }
        }
        let Some(first) = there.first().cloned() else {
            return;
        };
        let anywhere = Case {
            guard: when_any(&there),
            ..first
        };
        let message = format!("sets `{property}`, which Fargate refuses");
        self.report(&anywhere, &message, &format!("remove `{property}`"));
    }

    /// Reports the texts of a property for which `judge` has words.
    fn texts(&mut self, cases: Cases<'a>, help: &str, judge: impl Fn(&str) -> Option<String>) {
        for case in self.cx.eval().scalars(cases) {
            match &case.value {
                Known::Value(text) => {
                    if let Some(message) = judge(text) {
                        self.report(&case, &message, help);
                    }
                }
                Known::Unknown(reason) => self.open.push(case.with(reason.clone())),
                Known::Absent => {}
            }
        }
    }

    /// Looks at CPU together with memory.
    fn sizes(&mut self) {
        let eval = self.cx.eval();
        let cpus = Resource::Cpu.of_task(eval, self.definition.id);
        let memories = Resource::Memory.of_task(eval, self.definition.id);
        for cpu in &cpus {
            for memory in &memories {
                let guard = cpu.guard.and(&memory.guard);
                match (&cpu.value, &memory.value) {
                    (Known::Value(units), Known::Value(mebibytes)) => {
                        self.size(cpu, (*units, *mebibytes), memory, &guard);
                    }
                    (Known::Value(_), Known::Unknown(reason)) => {
                        self.open.push(memory.with(reason.clone()).when(&guard));
                    }
                    (Known::Unknown(reason), Known::Value(_)) => {
                        self.open.push(cpu.with(reason.clone()).when(&guard));
                    }
                    _ => {}
                }
            }
        }
    }

    fn size(
        &mut self,
        cpu: &Case<Known<u64>>,
        (units, mebibytes): (u64, u64),
        memory: &Case<Known<u64>>,
        guard: &Guard,
    ) {
        let inventory = self.cx.inventory();
        let (message, help) = match size(units, mebibytes) {
            Size::Known | Size::Beyond => return,
            Size::NoSuchCpu => (
                format!("asks for {units} CPU units, and Fargate has no such size"),
                "choose an amount of CPU that Fargate has, such as 256, 512 or 1024 units".to_owned(),
            ),
            Size::OtherMemory(amounts) => (
                format!("asks for {units} CPU units with {mebibytes} MiB of memory, and Fargate has no such size"),
                format!("with {units} CPU units choose {}", listed(amounts)),
            ),
        };
        if !go_together(inventory, guard) {
            return;
        }
        let id = self.definition.id;
        let evidence = inventory.evidence(id, memory.span, "with this memory");
        let finding = Finding::new(id, cpu.span, format!("{} {message}", self.owner))
            .when(&self.on_fargate.and(guard))
            .label(format!("sizes as of {}", date()))
            .help(help)
            .because([evidence])
            .through(inventory, &cpu.trail)
            .through(inventory, &memory.trail);
        self.findings.push(finding);
    }

    fn report<T>(&mut self, case: &Case<T>, message: &str, help: &str) {
        let finding = Finding::new(self.definition.id, case.span, format!("{} {message}", self.owner))
            .when(&self.on_fargate.and(&case.guard))
            .help(help)
            .through(self.cx.inventory(), &case.trail);
        self.findings.push(finding);
    }
}

/// Amounts that are spelled out rather than given as a range.
const SPELLED_OUT: usize = 3;

/// Amounts of memory in words: all of them, or the first, the last and the step between.
fn listed(amounts: &[u64]) -> String {
    match amounts {
        [first, second, .., last] if amounts.len() > SPELLED_OUT => {
            format!("{first} to {last} MiB in steps of {}", second - first)
        }
        [before @ .., last] if !before.is_empty() => {
            let before: Vec<String> = before.iter().map(u64::to_string).collect();
            format!("{} or {last} MiB", before.join(", "))
        }
        _ => amounts
            .iter()
            .map(|amount| format!("{amount} MiB"))
            .collect(),
    }
}
