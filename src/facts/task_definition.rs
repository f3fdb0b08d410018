//! Task definitions and their containers.

use super::Inventory;
use super::ties::named;
use super::workload::{Launch, Workload};
use crate::aws::Item;
use crate::aws::ecs::{ContainerDefinition, PortMapping, Secret, TaskDefinition as View};
use crate::diag::Label;
use crate::eval::{Case, Evaluator, Guard, Known, Part, Text, Unknown, Value, when};
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// A task definition, whether a workload uses it or not.
#[derive(Clone, Debug)]
pub struct TaskDefinition<'a> {
    /// The resource.
    pub id: ResourceId,
    /// Its containers, each with when it is there.
    pub containers: Vec<Container<'a>>,
    /// When and why it is not known which containers there are.
    pub open: Vec<Case<Unknown>>,
    /// Where the containers stand.
    pub place: Span,
    /// `awsvpc`, `bridge`, `host`, `none`, `default`; absent means `bridge` on Linux and `default` on Windows.
    pub network_mode: Vec<Case<Known<Str>>>,
    /// `RuntimePlatform.OperatingSystemFamily`; absent means Linux.
    pub operating_system: Vec<Case<Known<Str>>>,
    /// The launch types that it was written for.
    pub compatibilities: Vec<Case<Known<Str>>>,
}

/// A container of a task definition.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    /// Its definition; the guard says when it is there.
    pub item: Item<'a>,
    /// Its name for messages; `None` when no single name is known.
    pub name: Option<Str>,
    /// Its names as identities: a parameter without a value equals itself.
    pub names: Vec<Case<Known<Text>>>,
    /// Its port mappings.
    pub ports: Vec<Port>,
    /// When and why it is not known which port mappings there are.
    pub open_ports: Vec<Case<Unknown>>,
    /// Its name with its key, or the whole definition where it has none.
    pub place: Span,
}

/// A port mapping of a container.
#[derive(Clone, Debug)]
pub struct Port {
    /// When it is there, the container's own guard left out.
    pub guard: Guard,
    /// Where it stands.
    pub span: Span,
    /// The port in the container.
    pub number: Vec<Case<Known<Str>>>,
    /// The port on the host; absent or 0 means a dynamic one in bridge mode, the same in the others.
    pub host: Vec<Case<Known<Str>>>,
    /// Ports in the container, `first-last`, instead of one.
    pub range: Vec<Case<Known<Str>>>,
    /// The name that Service Connect and VPC Lattice use.
    pub name: Vec<Case<Known<Text>>>,
    /// `tcp` or `udp`; absent means `tcp`.
    pub protocol: Vec<Case<Known<Str>>>,
}

/// Where the tasks of a task definition run, as far as the templates say.
#[derive(Clone, Debug)]
pub struct Placement {
    /// When on container instances.
    pub on_instances: Guard,
    /// When on Fargate.
    pub on_fargate: Guard,
    /// When ECS holds it to the rules of Fargate: it is registered for Fargate, whatever else it is registered for, or
    /// a workload starts it there.
    pub held_to_fargate: Guard,
    /// When on machines outside of AWS.
    pub external: Guard,
    /// The workloads that start it on container instances.
    pub instances_because: Vec<Label>,
}

impl<'a> Container<'a> {
    /// The definition's properties.
    pub fn view(&self) -> ContainerDefinition<'_, 'a> {
        ContainerDefinition(&self.item)
    }

    /// "container `app`", for messages.
    pub fn shown(&self) -> String {
        match &self.name {
            Some(name) => format!("container `{name}`"),
            None => "a container".to_owned(),
        }
    }
}

/// Something that the agent reads for a container before it starts.
#[derive(Clone, Debug)]
pub struct Read {
    /// What it is for: environment variable, log option, registry.
    pub purpose: String,
    /// The `ValueFrom` or ARN as it stands.
    pub source: Case<Known<Text>>,
    /// True for the login to a private registry, which is a secret by name or ARN.
    pub is_login: bool,
}

impl<'a> Container<'a> {
    /// The secrets that the agent reads for the container, each with when.
    pub fn secrets(&self, eval: &Evaluator<'a>) -> Vec<Read> {
        let view = self.view();
        let mut out = Vec::new();
        let lists = [
            ("environment variable", view.secrets(eval)),
            ("log option", view.log_secrets(eval)),
        ];
        for (noun, list) in lists {
            for item in eval.elements(list) {
                let secret = Secret(&item);
                let name = eval
                    .scalars(secret.name(eval))
                    .into_iter()
                    .find_map(|case| match case.value {
                        Known::Value(name) => Some(name),
                        Known::Absent | Known::Unknown(_) => None,
                    });
                let purpose = name.map_or(noun.to_owned(), |name| format!("{noun} `{name}`"));
                let sources = eval.texts(secret.value_from(eval)).into_iter();
                out.extend(sources.map(|source| Read {
                    purpose: purpose.clone(),
                    source,
                    is_login: false,
                }));
            }
        }
        let credentials = eval.texts(view.registry_credentials(eval)).into_iter();
        out.extend(credentials.map(|source| Read {
            purpose: "its private registry".to_owned(),
            source,
            is_login: true,
        }));
        out.retain(|read| read.source.value != Known::Absent);
        out
    }
}

impl TaskDefinition<'_> {
    /// The task definition by identity, as workloads name it.
    pub fn identity(&self) -> Text {
        Text::part(Part::Attribute(self.id, "Ref".into()))
    }

    /// When its containers are Windows containers, and when and why that is not known.
    pub fn is_windows(&self) -> (Guard, Vec<Case<Unknown>>) {
        let open = self.operating_system.iter().filter_map(|case| match &case.value {
            Known::Unknown(reason) => Some(case.with(reason.clone())),
            Known::Value(_) | Known::Absent => None,
        });
        let is_windows = |family: &Str| family.to_ascii_uppercase().starts_with("WINDOWS");
        let windows = |family: &Known<Str>| matches!(family, Known::Value(family) if is_windows(family));
        (when(&self.operating_system, windows), open.collect())
    }

    /// When a workload starts it.
    pub fn started_by(&self, inventory: &Inventory<'_>, workload: &Workload) -> Guard {
        let starts = workload.task_definitions.iter();
        let starts = starts.filter(|case| named(&case.value) == Some(self.id));
        let starts = Guard::any(starts.map(|case| case.guard.clone()));
        if starts.is_never() {
            return starts;
        }
        Guard::all([inventory.presence(workload.id), workload.guard.clone(), starts])
    }

    /// Where its tasks run: by those of the workloads that start it, and by its compatibilities where these leave no choice.
    pub fn placement<'w>(
        &self,
        inventory: &Inventory<'_>,
        workloads: impl IntoIterator<Item = &'w Workload>,
    ) -> Placement {
        let has = |wanted: &str| when(&self.compatibilities, |value| value.is(wanted));
        let mut out = Placement {
            on_instances: has("EC2").and(&has("FARGATE").negated()),
            on_fargate: has("FARGATE").and(&has("EC2").negated()),
            held_to_fargate: has("FARGATE"),
            external: has("EXTERNAL"),
            instances_because: Vec::new(),
        };
        for workload in workloads {
            let starts = self.started_by(inventory, workload);
            let on = |wanted: Launch| starts.and(&when(&workload.launch, |value| value.is(&wanted)));
            let instances = on(Launch::Ec2);
            if !instances.is_never() && inventory.possible(&instances) {
                let text = format!("{} starts it on container instances", workload.shown(inventory));
                let label = inventory.evidence(workload.id, workload.place, text);
                out.instances_because.push(label);
                out.on_instances = out.on_instances.or(&instances);
            }
            let fargate = on(Launch::Fargate);
            out.on_fargate = out.on_fargate.or(&fargate);
            out.held_to_fargate = out.held_to_fargate.or(&fargate);
            out.external = out.external.or(&on(Launch::External));
        }
        out
    }
}

/// Finds the task definitions of a project, in the order of stacks and declarations.
pub fn build<'a>(inventory: &Inventory<'a>) -> Vec<TaskDefinition<'a>> {
    let ids = inventory.of_type(View::TYPE).iter();
    ids.map(|id| task_definition(inventory, *id)).collect()
}

fn task_definition<'a>(inventory: &Inventory<'a>, id: ResourceId) -> TaskDefinition<'a> {
    let cases = View(id).containers(&inventory.eval);
    let place = cases
        .first()
        .map_or(inventory.project().resource(id).id.span, |case| case.span);
    let items = inventory.eval.elements(cases);
    let mut containers = Vec::with_capacity(items.len());
    let mut open = Vec::new();
    for item in items {
        match &item.value {
            Value::Object(_) => containers.push(container(inventory, item)),
            Value::Unknown(reason) => open.push(item.with(reason.clone())),
            Value::Text(text) => open.extend(text.unknown().map(|reason| item.with(reason))),
            Value::Absent | Value::List(_) => {}
        }
    }
    TaskDefinition {
        id,
        containers,
        open,
        place,
        network_mode: inventory.eval.scalars(View(id).network_mode(&inventory.eval)),
        operating_system: inventory.eval.scalars(View(id).operating_system(&inventory.eval)),
        compatibilities: inventory
            .eval
            .scalars(inventory.eval.elements(View(id).compatibilities(&inventory.eval))),
    }
}

fn container<'a>(inventory: &Inventory<'a>, item: Item<'a>) -> Container<'a> {
    let name = name(inventory, &item);
    let place = match &item.value {
        Value::Object(object) => match object.node.entry(ContainerDefinition::NAME) {
            // The value of an alias stands somewhere else.
            Some(entry) if entry.value.span.start >= entry.key_span.end => {
                entry.key_span.to(entry.value.span)
            }
            Some(entry) => entry.key_span,
            None => item.span,
        },
        _ => item.span,
    };
    let names = inventory.identities(ContainerDefinition(&item).name(&inventory.eval));
    let (ports, open_ports) = ports(inventory, &item);
    Container {
        item,
        name,
        names,
        ports,
        open_ports,
        place,
    }
}

fn ports<'a>(inventory: &Inventory<'a>, container: &Item<'a>) -> (Vec<Port>, Vec<Case<Unknown>>) {
    let eval = &inventory.eval;
    // Ports are asked for where the container is there, so its own guard need not be repeated in every case.
    let mut bare = container.clone();
    bare.guard = Guard::True;
    let items = eval.elements(ContainerDefinition(&bare).port_mappings(eval));
    let mut ports = Vec::with_capacity(items.len());
    let mut open = Vec::new();
    for mut item in items {
        match &item.value {
            Value::Object(_) => {
                let guard = std::mem::replace(&mut item.guard, Guard::True);
                let view = PortMapping(&item);
                ports.push(Port {
                    guard,
                    span: item.span,
                    host: eval.scalars(view.host_port(eval)),
                    number: eval.scalars(view.container_port(eval)),
                    range: eval.scalars(view.container_port_range(eval)),
                    name: inventory.identities(view.name(eval)),
                    protocol: eval.scalars(view.protocol(eval)),
                });
            }
            Value::Unknown(reason) => open.push(item.with(reason.clone())),
            Value::Text(text) => open.extend(text.unknown().map(|reason| item.with(reason))),
            Value::Absent | Value::List(_) => {}
        }
    }
    (ports, open)
}

/// The only name that a container is known to have, a parameter's default before the parameter.
fn name<'a>(inventory: &Inventory<'a>, item: &Item<'a>) -> Option<Str> {
    let cases = inventory
        .eval
        .texts(ContainerDefinition(item).name(&inventory.eval));
    let texts = cases.iter().filter_map(|case| match &case.value {
        Known::Value(text) => Some(text),
        Known::Absent | Known::Unknown(_) => None,
    });
    let (literal, open): (Vec<&Text>, Vec<&Text>) = texts.partition(|text| text.as_literal().is_some());
    match (literal.as_slice(), open.as_slice()) {
        ([only], _) | ([], [only]) => Some(inventory.eval.render(only)),
        _ => None,
    }
}
