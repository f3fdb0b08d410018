//! Task definitions and their containers.

use super::{Inventory, Workload};
use crate::aws::Item;
use crate::aws::ecs::{ContainerDefinition, Secret, TaskDefinition as View};
use crate::eval::{Case, Evaluator, Guard, Known, Part, Text, Unknown, Value};
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
}

/// A container of a task definition.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    /// Its definition; the guard says when it is there.
    pub item: Item<'a>,
    /// Its name for messages; `None` when no single name is known.
    pub name: Option<Str>,
    /// Its name with its key, or the whole definition where it has none.
    pub place: Span,
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
                }));
            }
        }
        let credentials = eval.texts(view.registry_credentials(eval)).into_iter();
        out.extend(credentials.map(|source| Read {
            purpose: "its private registry".to_owned(),
            source,
        }));
        out.retain(|read| read.source.value != Known::Absent);
        out
    }
}

impl TaskDefinition<'_> {
    /// When its tasks run on Fargate: it was written for it, or a workload starts it there.
    pub fn on_fargate(&self, inventory: &Inventory<'_>, workloads: &[Workload]) -> Guard {
        let eval = &inventory.eval;
        let compatibilities = eval.scalars(eval.elements(View(self.id).compatibilities(eval)));
        let is_fargate = |known: &Known<Str>| matches!(known, Known::Value(text) if &**text == "FARGATE");
        let written = compatibilities.into_iter().filter(|case| is_fargate(&case.value));
        let identity = self.identity();
        let started = workloads.iter().map(|workload| {
            let this = workload.task_definitions.iter();
            let this = this.filter(|case| matches!(&case.value, Known::Value(text) if *text == identity));
            let this = Guard::any(this.map(|case| case.guard.clone()));
            Guard::all([
                inventory.presence(workload.id),
                workload.guard.clone(),
                workload.is_fargate(),
                this,
            ])
        });
        Guard::any(written.map(|case| case.guard).chain(started))
    }

    /// The task definition by identity, as workloads name it.
    pub fn identity(&self) -> Text {
        Text::part(Part::Attribute(self.id, "Ref".into()))
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
    let mut containers = Vec::new();
    let mut open = Vec::new();
    for item in inventory.eval.elements(cases) {
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
    }
}

fn container<'a>(inventory: &Inventory<'a>, item: Item<'a>) -> Container<'a> {
    let name = name(inventory, &item);
    let place = match &item.value {
        Value::Object(object) => match object.node.entry("Name") {
            // The value of an alias stands somewhere else.
            Some(entry) if entry.value.span.start >= entry.key_span.end => {
                entry.key_span.to(entry.value.span)
            }
            Some(entry) => entry.key_span,
            None => item.span,
        },
        _ => item.span,
    };
    Container { item, name, place }
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
