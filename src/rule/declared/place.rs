//! Places and values as declared rules show them.

use super::assertion::Root;
use crate::eval::{HopKind, Trail, Value};
use crate::facts::Inventory;
use crate::source::{Span, Str};
use crate::yaml::Node;

/// The keys by which people know an element of a list.
const NAMES: &[&str] = &["Name", "Key", "Id", "Sid"];

/// The place of what is judged.
pub(super) fn of_root(inventory: &Inventory<'_>, root: &Root<'_>) -> Span {
    match root {
        Root::Resource(id) => inventory.project().resource(*id).id.span,
        Root::Item(item) => item.span,
    }
}

/// The place to show for something that is not there: of an element its name, of a mapping its first line.
pub(super) fn of_absence(inventory: &Inventory<'_>, root: &Root<'_>, span: Span) -> Span {
    match root {
        Root::Item(item) if item.span == span => of_item(inventory, &item.value, span),
        _ => first_line(inventory, span),
    }
}

/// The place of something in a resource: its name where it has one, else its first line.
pub(super) fn of_item(inventory: &Inventory<'_>, value: &Value<'_>, span: Span) -> Span {
    match value {
        Value::Object(object) => heading(object.node).unwrap_or_else(|| first_line(inventory, span)),
        _ => first_line(inventory, span),
    }
}

/// The entry of a mapping that names it.
fn heading(node: &Node) -> Option<Span> {
    let entry = NAMES.iter().find_map(|key| node.entry(key))?;
    // The value of an alias stands somewhere else.
    if entry.value.span.start >= entry.key_span.end && entry.value.as_text().is_some() {
        Some(entry.key_span.to(entry.value.span))
    } else {
        Some(entry.key_span)
    }
}

/// The first line of a place.
pub(super) fn first_line(inventory: &Inventory<'_>, span: Span) -> Span {
    let text = inventory.project().sources.text(span);
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    Span::new(span.file, span.start, span.start + line.len() as u32)
}

/// A value for a message; one that came from a `NoEcho` parameter is masked.
pub(super) fn shown_value(inventory: &Inventory<'_>, trail: &Trail, value: Option<Str>) -> Option<Str> {
    let is_secret = trail.hops().iter().any(|hop| {
        matches!(hop.kind, HopKind::Default | HopKind::Given | HopKind::Argument)
            && inventory.project().templates.iter().any(|template| {
                template
                    .parameters
                    .get(&hop.name)
                    .is_some_and(|parameter| parameter.no_echo)
            })
    });
    if is_secret {
        return value.map(|_| "****".into());
    }
    value
}
