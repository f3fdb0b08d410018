//! The containers and ports that a service sends traffic to exist in its task definition.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown};
use crate::facts::comparison::{self, Matches};
use crate::facts::task_definition::Container;
use crate::facts::workload::{Destination, WantedPort, destinations};
use crate::facts::{TaskDefinition, Workload, definition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "container-target-mismatch",
    summary: "the containers and ports that a service names exist in its task definition",
    docs: Docs {
        why: "ECS refuses to create a service that names a container or port which its task definition does not have.",
        decides: "Looks at the container and port of load balancers and service registries, and at the port names of \
                  Service Connect and VPC Lattice. Values are compared as they stand: the same parameter is the same on \
                  both sides, even without a value. Port ranges count as any port, and protocols are not compared. \
                  Undetermined when the task definition, a name or a port is only known at deployment.",
        fix: "Use the container's `Name` and one of its `PortMappings` in the service, best by the same parameter.",
        safety: Safety::Safe,
    },
    category: Category::Service,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        for wanted in destinations(cx.inventory(), workload) {
            check_wanted(cx, workload, &wanted);
        }
    }
}

fn check_wanted(cx: &mut Context<'_, '_>, workload: &Workload, wanted: &Destination) {
    let inventory = cx.inventory();
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in &workload.task_definitions {
        let here = Guard::all([workload.guard.clone(), wanted.guard.clone(), case.guard.clone()]);
        let identity = match &case.value {
            Known::Value(identity) => identity,
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&here));
                continue;
            }
            Known::Absent => continue,
        };
        match definition(&cx.facts.task_definitions, identity) {
            Some(definition) => {
                let here = here.and(&inventory.presence(definition.id));
                let mut search = Search {
                    cx,
                    workload,
                    wanted,
                    definition,
                    here,
                    findings: Vec::new(),
                    open: Vec::new(),
                };
                search.containers();
                findings.extend(
                    search
                        .findings
                        .into_iter()
                        .map(|it| it.through(inventory, &case.trail)),
                );
                open.extend(search.open);
            }
            None => open.push(case.with(inventory.unknown_identity(identity)).when(&here)),
        }
    }
    let what = wanted.what;
    let shown = workload.shown(inventory);
    cx.conclude(
        findings,
        Question {
            subject: workload.id,
            place: wanted.place,
            message: format!(
                "whether what the {what} configuration of {shown} names is in its task definition"
            ),
            open,
        },
    );
}

/// The search for one wanted container and port in one task definition.
struct Search<'s, 'c, 'a> {
    cx: &'s Context<'c, 'a>,
    workload: &'s Workload,
    wanted: &'s Destination,
    definition: &'s TaskDefinition<'a>,
    here: Guard,
    findings: Vec<Finding>,
    open: Vec<Case<Unknown>>,
}

impl<'a> Search<'_, '_, 'a> {
    fn containers(&mut self) {
        let definition = self.definition;
        for case in &self.wanted.container {
            let here = self.here.and(&case.guard);
            let mut matches = Matches::default();
            let mut taken: Vec<(Guard, &Container<'a>)> = Vec::new();
            for container in &definition.containers {
                for name in &container.names {
                    let guard = Guard::all([here.clone(), container.item.guard.clone(), name.guard.clone()]);
                    let comparison = match case.value {
                        Known::Absent => comparison::Comparison::Same,
                        _ => comparison::texts(&case.value, &name.value),
                    };
                    if comparison == comparison::Comparison::Same {
                        taken.push((guard.clone(), container));
                    }
                    matches.add(comparison, guard, case);
                }
            }
            let more = definition.open.iter().map(|open| open.clone().when(&here));
            matches.open.extend(more);
            if let Known::Value(name) = &case.value {
                let name = self.text(name);
                let message = format!(
                    "container `{name}`, which task definition {} does not have",
                    self.name()
                );
                self.report(
                    case,
                    message,
                    &here.and(&matches.is_none()),
                    self.container_names(),
                );
            }
            // Names are unique in a task definition, so one that is the same settles it.
            let sure = matches.is_same();
            let unsure = matches.open.into_iter().map(|open| open.when(&sure.negated()));
            self.open.extend(unsure);
            self.ports(case, &here.and(&sure), &taken);
        }
    }

    fn ports(&mut self, container: &Case<Known<Text>>, here: &Guard, taken: &[(Guard, &Container<'a>)]) {
        for WantedPort { case, shown, mut matches } in self.wanted.ports(self.cx.inventory(), here, taken) {
            if container.value == Known::Absent {
                let more = self.definition.open.iter();
                matches.open.extend(more.map(|open| open.clone().when(here)));
            }
            let guard = Guard::all([here.clone(), case.guard.clone(), matches.is_none()]);
            let of = match (&container.value, taken.first()) {
                (Known::Absent, _) | (_, None) => format!("task definition {}", self.name()),
                (_, Some((_, container))) => {
                    format!("{} of task definition {}", container.shown(), self.name())
                }
            };
            let message = format!("{shown}, for which {of} has no port mapping");
            self.report(
                &case,
                message,
                &guard,
                port_help(taken),
            );
            self.open.append(&mut matches.open);
        }
    }

    fn report<T>(&mut self, case: &Case<T>, what: String, guard: &Guard, help: String) {
        let inventory = self.cx.inventory();
        let who = self.workload.shown(inventory);
        let by = self.wanted.what;
        let label = inventory.evidence(
            self.definition.id,
            self.definition.place,
            "the containers of the task definition",
        );
        let finding = Finding::new(
            self.workload.id,
            case.span,
            format!("the {by} configuration of {who} names {what}"),
        );
        let finding = finding
            .when(guard)
            .help(help)
            .because([label])
            .through(inventory, &case.trail);
        // A parameter on both sides is looked at for every value that it may have; to the reader it is one.
        let mut known = self.findings.iter_mut();
        match known.find(|it| it.place == finding.place && it.message == finding.message) {
            Some(same) => same.guard = same.guard.or(&finding.guard),
            None => self.findings.push(finding),
        }
    }

    fn container_names(&self) -> String {
        let names = self
            .definition
            .containers
            .iter()
            .filter_map(|it| it.name.as_ref());
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => "name one of its containers".to_owned(),
            names => format!("name one of its containers: {}", names.join(", ")),
        }
    }

    fn name(&self) -> String {
        format!("`{}`", self.cx.inventory().logical_id(self.definition.id))
    }

    fn text(&self, text: &Text) -> Str {
        self.cx.eval().render(text)
    }
}

/// What to do about a port that is not there; the only one that is there is named.
fn port_help(taken: &[(Guard, &Container<'_>)]) -> String {
    let [(_, container)] = taken else {
        return PORT_HELP.to_owned();
    };
    let numbers = match container.ports.as_slice() {
        [port] if container.open_ports.is_empty() => port.number.as_slice(),
        _ => &[],
    };
    match numbers {
        [Case { value: Known::Value(number), .. }] => {
            format!("name port {number}, the only one that the container maps, or add the port to its `PortMappings`")
        }
        _ => PORT_HELP.to_owned(),
    }
}

const PORT_HELP: &str = "add the port to the container's `PortMappings`, or name one that is there";
