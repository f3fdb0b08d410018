//! Stacks: which template makes which, what is passed down, and what one stack imports from another.

use super::canvas::{Canvas, listed, unknown_words};
use super::picture::{DetailKind, EdgeKind, NodeId, NodeKind};
use crate::cfn::{Owner, ReferenceKind};
use crate::eval::Unknown;
use crate::facts::import::links;
use crate::project::{Child, MissingChild, ResourceId, StackId};
use crate::yaml::Entry;

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>) {
    let project = canvas.inventory().project();
    let ids: Vec<StackId> = project.stack_ids().collect();
    for id in &ids {
        stack(canvas, *id);
    }
    for id in &ids {
        missing(canvas, *id);
    }
    for id in &ids {
        if let Some(nested) = project.stack(*id).parent {
            passed(canvas, nested, *id);
        }
    }
    for link in links(canvas.inventory()) {
        let (Some(from), Some(to)) = (node(canvas, link.exporter), node(canvas, link.importer)) else {
            continue;
        };
        let name = link.name.to_string();
        if let Some(edge) = canvas.edge(from, to, EdgeKind::Imports, &link.guard) {
            edge.labelled(name.clone())
                .because(format!("export `{name}` is imported"))
                .assumed_if(link.assumed);
        }
    }
}

/// The node of a stack.
fn node(canvas: &mut Canvas<'_, '_>, id: StackId) -> Option<NodeId> {
    let project = canvas.inventory().project();
    match project.stack(id).parent {
        Some(nested) => canvas.find(nested),
        None => Some(stack(canvas, id)),
    }
}

fn stack(canvas: &mut Canvas<'_, '_>, id: StackId) -> NodeId {
    let inventory = canvas.inventory();
    let project = inventory.project();
    let file = project.sources.get(project.file(id)).path().to_string();
    let template = project.template(id);
    let node = match project.stack(id).parent {
        Some(nested) => canvas.resource(nested, NodeKind::Stack, file),
        None => canvas.words(NodeKind::Stack, file, "root stack", project.stack(id).root),
    };
    let resources = template.resources.len();
    let noun = if resources == 1 { "resource" } else { "resources" };
    canvas.detail(node, DetailKind::Other, format!("{resources} {noun}"));
    if project.stack(id).parent.is_none() {
        let open: Vec<String> = template
            .parameters
            .values()
            .filter(|parameter| {
                parameter.default.is_none() && !project.stack(id).given.contains_key(&parameter.name.text)
            })
            .map(|parameter| format!("`{}`", parameter.name.text))
            .collect();
        if !open.is_empty() {
            canvas.detail(
                node,
                DetailKind::Unknown,
                format!("parameters without a value: {}", listed(&open)),
            );
        }
    }
    let exports = template.outputs.values().filter(|output| output.export.is_some());
    let exports: Vec<String> = exports.map(|output| format!("`{}`", output.id.text)).collect();
    if !exports.is_empty() {
        canvas.detail(node, DetailKind::Other, format!("exports {}", listed(&exports)));
    }
    node
}

/// Nested stacks whose template is not there.
fn missing(canvas: &mut Canvas<'_, '_>, id: StackId) {
    let project = canvas.inventory().project();
    let Some(parent) = node(canvas, id) else { return };
    for (name, child) in &project.stack(id).children {
        let Child::Missing(reason) = child else { continue };
        let Some(nested) = project.find(id, name) else {
            continue;
        };
        let why = match reason {
            MissingChild::NotFound(path) => format!("`{path}` leads to no file"),
            MissingChild::Outside(path) => format!("`{path}` is outside of the project"),
            MissingChild::Unreadable { path, .. } => format!("`{path}` is no readable template"),
            MissingChild::Cycle(names) => format!("nested in itself: {names}"),
            MissingChild::Remote(url) => format!("no template here is `{url}`"),
            MissingChild::Ambiguous(paths) => format!("may be {}", listed(paths)),
            MissingChild::Unresolved(text) => format!("its place is not known: `{text}`"),
            MissingChild::Packaged(url) => format!("`{url}` is named after its content"),
            MissingChild::Unmapped { path, .. } => format!("no file is `{path}`"),
            MissingChild::NotFollowed | MissingChild::NotLoaded(_) => "left alone in this run".to_owned(),
            MissingChild::Limit(limit) => format!("the limit {limit} is reached"),
        };
        let node = canvas.resource(nested, NodeKind::Unknown, "stack whose template is not loaded");
        canvas.detail(node, DetailKind::Unknown, why);
        let guard = canvas.inventory().presence(nested);
        canvas.edge(parent, node, EdgeKind::Nests, &guard);
        arguments(canvas, nested, node, parent);
    }
}

/// A nested stack below its parent, with what is passed to it.
fn passed(canvas: &mut Canvas<'_, '_>, nested: ResourceId, id: StackId) {
    let project = canvas.inventory().project();
    let (Some(child), Some(parent)) = (canvas.find(nested), node(canvas, nested.stack)) else {
        return;
    };
    let name = &project.resource(nested).id.text;
    let assumed = matches!(
        project.stack(nested.stack).children.get(name),
        Some(Child::Stack { assumed: true, .. })
    );
    let guard = canvas.eval().stack_presence(id);
    if let Some(edge) = canvas.edge(parent, child, EdgeKind::Nests, &guard) {
        edge.assumed_if(assumed);
    }
    arguments(canvas, nested, child, parent);
}

/// What is passed to a nested stack: by the parent, or from the outputs of other stacks that it nests.
fn arguments(canvas: &mut Canvas<'_, '_>, nested: ResourceId, child: NodeId, parent: NodeId) {
    let project = canvas.inventory().project();
    let resource = project.resource(nested);
    let entries = resource.arguments().and_then(|entry| entry.value.as_mapping());
    for entry in entries.unwrap_or(&[]) {
        let origins = origins(canvas, nested, entry);
        let guard = canvas.inventory().presence(nested);
        if origins.is_empty()
            && let Some(edge) = canvas.edge(parent, child, EdgeKind::Nests, &guard)
        {
            edge.labelled(entry.key.to_string());
        }
        for (sibling, output) in origins {
            let Some(from) = canvas.find(sibling) else {
                continue;
            };
            if let Some(edge) = canvas.edge(from, child, EdgeKind::Passes, &guard) {
                edge.labelled(match output == *entry.key {
                    true => output,
                    false => format!("{output} → {}", entry.key),
                });
            }
        }
    }
    if let Some(reason) = open_arguments(canvas, nested) {
        let words = unknown_words(canvas.inventory(), "parameters", &reason);
        canvas.detail(child, DetailKind::Unknown, words);
    }
}

/// The outputs of nested stacks that an argument is made of.
fn origins(canvas: &Canvas<'_, '_>, nested: ResourceId, entry: &Entry) -> Vec<(ResourceId, String)> {
    let project = canvas.inventory().project();
    let owner = Owner::Resource(nested.index);
    let references = project.template(nested.stack).references.of(owner);
    let inside = references.filter(|it| entry.value.span.contains(it.span));
    let outputs = inside.filter_map(|reference| match &reference.kind {
        ReferenceKind::GetAtt(attribute) => {
            let output = attribute.strip_prefix("Outputs.")?;
            Some((project.find(nested.stack, &reference.name)?, output.to_owned()))
        }
        _ => None,
    });
    outputs.collect()
}

/// Why the parameters of a nested stack are not listed.
fn open_arguments(canvas: &Canvas<'_, '_>, nested: ResourceId) -> Option<Unknown> {
    let entry = canvas.inventory().project().resource(nested).arguments()?;
    let is_call = entry.value.as_call().is_some();
    is_call.then(|| Unknown::Function("Parameters".into()))
}
