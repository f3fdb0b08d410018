//! Every reference: which resource names which other one, inside of each stack and through exports.

use rustc_hash::FxHashMap;

use super::canvas::{Canvas, listed};
use super::picture::{DetailKind, EdgeKind, GroupId, GroupKind, NodeId, NodeKind};
use crate::cfn::Owner;
use crate::eval::Known;
use crate::facts::import::links;
use crate::facts::reference::{Referent, Use, uses};
use crate::project::{ResourceId, StackId};
use crate::source::Str;

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>) {
    let project = canvas.inventory().project();
    let mut boxes: FxHashMap<StackId, GroupId> = FxHashMap::default();
    for stack in project.stack_ids() {
        if let Some(group) = stack_box(canvas, stack, &boxes) {
            boxes.insert(stack, group);
        }
        for index in 0..project.template(stack).resources.len() as u32 {
            let id = ResourceId { stack, index };
            let inventory = canvas.inventory();
            if !inventory.possible(&inventory.presence(id)) {
                continue;
            }
            let kind = match project.resource(id).is_nested_stack() {
                true => NodeKind::Stack,
                false => NodeKind::Resource,
            };
            let node = canvas.resource(id, kind, inventory.type_name(id));
            canvas.picture.nodes[node.0 as usize].group = boxes.get(&stack).copied();
        }
    }
    let exports = exports(canvas, &boxes);
    for stack in project.stack_ids() {
        for used in uses(canvas.eval(), stack) {
            reference(canvas, stack, &used, &exports);
        }
    }
    imports(canvas, &exports);
}

/// The box of a stack; none for a root stack without nested ones.
fn stack_box(
    canvas: &mut Canvas<'_, '_>,
    id: StackId,
    boxes: &FxHashMap<StackId, GroupId>,
) -> Option<GroupId> {
    let project = canvas.inventory().project();
    let parent = project.stack(id).parent?;
    let file = project.sources.get(project.file(id)).path();
    let label = format!("{} ({file})", project.resource(parent).id.text);
    let group = canvas.group(GroupKind::Stack, label, boxes.get(&parent.stack).copied());
    canvas.belongs(group, project.stack(id).root);
    Some(group)
}

/// Exports that something imports, by stack and name.
type Exports = FxHashMap<(StackId, Str), NodeId>;

fn exports(canvas: &mut Canvas<'_, '_>, boxes: &FxHashMap<StackId, GroupId>) -> Exports {
    let mut out = Exports::default();
    for link in links(canvas.inventory()) {
        let key = (link.exporter, link.name.clone());
        if out.contains_key(&key) {
            continue;
        }
        let root = canvas.inventory().project().stack(link.exporter).root;
        let node = canvas.words(NodeKind::Output, link.name.to_string(), "export", root);
        canvas.picture.nodes[node.0 as usize].group = boxes.get(&link.exporter).copied();
        out.insert(key, node);
    }
    out
}

fn reference(canvas: &mut Canvas<'_, '_>, stack: StackId, used: &Use<'_>, exports: &Exports) {
    let project = canvas.inventory().project();
    let from = match used.owner {
        Owner::Resource(index) => canvas.find(ResourceId { stack, index }),
        Owner::Output(index) => output_name(canvas, stack, index)
            .and_then(|name| exports.get(&(stack, name)))
            .copied(),
        Owner::Condition(_) | Owner::Rule(_) => None,
    };
    let (Some(from), Some(name)) = (from, used.of.name()) else {
        return;
    };
    if project.template(stack).parameters.contains_key(name) {
        if matches!(used.owner, Owner::Resource(_)) {
            parameter(canvas, from, name);
        }
        return;
    }
    let Some(to) = project.find(stack, name).and_then(|id| canvas.find(id)) else {
        return;
    };
    let (kind, label) = match &used.of {
        Referent::Name(_) => (EdgeKind::Refers, "Ref".to_owned()),
        Referent::Attribute(_, attribute) => (EdgeKind::Refers, attribute.to_string()),
        Referent::Order(_) => (EdgeKind::Follows, "DependsOn".to_owned()),
        Referent::Export(_) => return,
    };
    if let Some(edge) = canvas.edge(from, to, kind, &used.guard) {
        edge.labelled(label);
    }
}

/// Names a parameter on what uses it: as nodes they would be most of the picture.
fn parameter(canvas: &mut Canvas<'_, '_>, node: NodeId, name: &Str) {
    let start = "parameters ";
    let details = &mut canvas.picture.nodes[node.0 as usize].details;
    let known = details.iter_mut().find(|detail| detail.text.starts_with(start));
    let shown = format!("`{name}`");
    match known {
        Some(detail) if detail.text.contains(&shown) => {}
        Some(detail) => detail.text.push_str(&format!(", {shown}")),
        None => canvas.detail(node, DetailKind::Other, format!("{start}{}", listed(&[shown]))),
    }
}

/// The name under which an output is exported, in words.
fn output_name(canvas: &Canvas<'_, '_>, stack: StackId, index: u32) -> Option<Str> {
    let eval = canvas.eval();
    let project = canvas.inventory().project();
    let (_, output) = project.template(stack).output_at(index)?;
    let names = eval.texts(eval.value(stack, output.export.as_ref()?));
    names.into_iter().find_map(|case| match case.value {
        Known::Value(text) => Some(eval.render(&text)),
        Known::Absent | Known::Unknown(_) => None,
    })
}

fn imports(canvas: &mut Canvas<'_, '_>, exports: &Exports) {
    for link in links(canvas.inventory()) {
        let Owner::Resource(index) = link.owner else {
            continue;
        };
        let importer = ResourceId {
            stack: link.importer,
            index,
        };
        let to = exports.get(&(link.exporter, link.name.clone())).copied();
        if let (Some(from), Some(to)) = (canvas.find(importer), to)
            && let Some(edge) = canvas.edge(from, to, EdgeKind::Imports, &link.guard)
        {
            edge.labelled("import").assumed_if(link.assumed);
        }
    }
}
