//! What containers are watched by beside CloudWatch: collectors and monitoring products, by their images and by what the
//! environment tells applications.

use super::Inventory;
use super::task_definition::{Container, TaskDefinition};
use crate::aws::ecs::EnvironmentVariable;
use crate::aws::xray::{COLLECTORS, DAEMON, PORTS, PRODUCTS, TRACES_ONLY, VARIABLES};
use crate::eval::{Guard, Known, Part, Text, Value, when, when_any};

/// What the images and the environment of a task definition say about who watches it.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// When a container collects traces, or the environment says where to send them.
    pub traces: Guard,
    /// When a container, or the environment, belongs to a monitoring product.
    pub product: Guard,
    /// When it is not known what a container is, so that it may be either.
    pub open: Guard,
}

/// Reads the containers of a task definition.
pub fn of_definition<'a>(inventory: &Inventory<'a>, definition: &TaskDefinition<'a>) -> Telemetry {
    let mut out = Telemetry {
        traces: Guard::False,
        product: Guard::False,
        open: when_any(&definition.open),
    };
    for container in &definition.containers {
        image(inventory, container, &mut out);
        environment(inventory, container, &mut out);
    }
    out
}

/// When a container runs the X-Ray daemon.
pub fn is_daemon<'a>(inventory: &Inventory<'a>, container: &Container<'a>) -> Guard {
    let eval = &inventory.eval;
    when(&eval.texts(container.view().image(eval)), |value| match value {
        Known::Value(text) => literals(text).contains(DAEMON),
        Known::Absent | Known::Unknown(_) => false,
    })
}

fn image<'a>(inventory: &Inventory<'a>, container: &Container<'a>, out: &mut Telemetry) {
    let eval = &inventory.eval;
    let is_application = takes_requests(container);
    for case in eval.texts(container.view().image(eval)) {
        let text = match &case.value {
            Known::Value(text) => text,
            Known::Unknown(_) if !is_application => {
                out.open = out.open.or(&case.guard);
                continue;
            }
            Known::Absent | Known::Unknown(_) => continue,
        };
        let name = literals(text);
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let is_open = |part: &Part| matches!(part, Part::Variable(_) | Part::Unknown(_) | Part::Dynamic(_));
        if has(PRODUCTS) {
            out.product = out.product.or(&case.guard);
        }
        if has(COLLECTORS) {
            out.traces = out.traces.or(&case.guard);
        }
        if !is_application && text.parts().iter().any(is_open) {
            out.open = out.open.or(&case.guard);
        }
    }
}

/// True for a container with a port that is no collector's: whatever its image is, it is an application.
fn takes_requests(container: &Container<'_>) -> bool {
    let mut numbers = container
        .ports
        .iter()
        .flat_map(|port| port.number.iter().chain(&port.range));
    numbers.any(|case| matches!(&case.value, Known::Value(port) if !PORTS.contains(&&**port)))
}

/// True when some container of a task definition takes requests.
pub fn serves(definition: &TaskDefinition<'_>) -> bool {
    definition.containers.iter().any(takes_requests)
}

fn environment<'a>(inventory: &Inventory<'a>, container: &Container<'a>, out: &mut Telemetry) {
    let eval = &inventory.eval;
    let view = container.view();
    let variables = eval.elements(view.environment(eval)).into_iter();
    for item in variables.chain(eval.elements(view.secrets(eval))) {
        if matches!(item.value, Value::Unknown(_)) {
            out.open = out.open.or(&item.guard);
            continue;
        }
        for case in eval.scalars(EnvironmentVariable(&item).name(eval)) {
            match &case.value {
                Known::Value(name) if VARIABLES.iter().any(|start| name.starts_with(start)) => {
                    out.traces = out.traces.or(&case.guard);
                    if !TRACES_ONLY.iter().any(|start| name.starts_with(start)) {
                        out.product = out.product.or(&case.guard);
                    }
                }
                Known::Unknown(_) => out.open = out.open.or(&case.guard),
                Known::Value(_) | Known::Absent => {}
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
