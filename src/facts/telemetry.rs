//! What containers are watched by beside CloudWatch: collectors and monitoring products, by their images and by what the
//! environment tells applications.

use super::Inventory;
use super::task_definition::{Container, TaskDefinition};
use crate::aws::ecs::EnvironmentVariable;
use crate::aws::xray::{COLLECTORS, DAEMON, PORTS, PRODUCTS, VARIABLES};
use crate::eval::{Known, Part, Text, Value};

/// What the images and the environment of a task definition say about who watches it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telemetry {
    /// A container collects traces, or the environment says where to send them.
    pub traces: bool,
    /// A container, or the environment, belongs to a monitoring product.
    pub product: bool,
    /// It is not known what a container is, and it may do either.
    pub open: bool,
}

/// Reads the containers of a task definition.
pub fn of_definition<'a>(inventory: &Inventory<'a>, definition: &TaskDefinition<'a>) -> Telemetry {
    let mut out = Telemetry {
        open: !definition.open.is_empty(),
        ..Telemetry::default()
    };
    for container in &definition.containers {
        image(inventory, container, &mut out);
        environment(inventory, container, &mut out);
    }
    out
}

/// True when a container certainly runs the X-Ray daemon.
pub fn is_daemon<'a>(inventory: &Inventory<'a>, container: &Container<'a>) -> bool {
    let eval = &inventory.eval;
    let images = eval.texts(container.view().image(eval));
    !images.is_empty()
        && images.iter().all(|case| match &case.value {
            Known::Value(text) => literals(text).contains(DAEMON),
            Known::Absent | Known::Unknown(_) => false,
        })
}

fn image<'a>(inventory: &Inventory<'a>, container: &Container<'a>, out: &mut Telemetry) {
    let eval = &inventory.eval;
    for case in eval.texts(container.view().image(eval)) {
        let Known::Value(text) = &case.value else {
            out.open |= case.value != Known::Absent && !takes_requests(container);
            continue;
        };
        let name = literals(text);
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        out.traces |= has(COLLECTORS);
        out.product |= has(PRODUCTS);
        let is_open = text
            .parts()
            .iter()
            .any(|part| matches!(part, Part::Variable(_) | Part::Unknown(_) | Part::Dynamic(_)));
        out.open |= is_open && !takes_requests(container);
    }
}

/// True for a container with ports that are no collector's: whatever its image is, it is an application.
fn takes_requests(container: &Container<'_>) -> bool {
    let is_request = |known: &Known<crate::source::Str>| match known {
        Known::Value(port) => !PORTS.contains(&&**port),
        Known::Unknown(_) => true,
        Known::Absent => false,
    };
    container.ports.iter().any(|port| {
        port.number
            .iter()
            .chain(&port.range)
            .any(|case| is_request(&case.value))
    })
}

/// True when some container of a task definition takes requests.
pub fn serves(definition: &TaskDefinition<'_>) -> bool {
    definition.containers.iter().any(takes_requests)
}

fn environment<'a>(inventory: &Inventory<'a>, container: &Container<'a>, out: &mut Telemetry) {
    let eval = &inventory.eval;
    let view = container.view();
    for item in eval
        .elements(view.environment(eval))
        .into_iter()
        .chain(eval.elements(view.secrets(eval)))
    {
        if matches!(item.value, Value::Unknown(_)) {
            out.open = true;
            continue;
        }
        for name in eval.scalars(EnvironmentVariable(&item).name(eval)) {
            if let Known::Value(name) = &name.value
                && VARIABLES.iter().any(|start| name.starts_with(start))
            {
                out.traces = true;
                out.product |= !name.starts_with("AWS_XRAY_");
            }
        }
    }
}

/// The known characters of an image, in lower case.
fn literals(text: &Text) -> String {
    let parts = text.parts().iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text.to_ascii_lowercase()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(" ")
}
