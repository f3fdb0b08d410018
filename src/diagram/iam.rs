//! Identity: who has which role, and what the role may do on which resource.

use super::canvas::{Canvas, add, listed};
use super::picture::{DetailKind, EdgeKind, NodeId, NodeKind};
use crate::aws::ecs::TaskDefinition;
use crate::eval::{Case, Guard, Known, Part, Text};
use crate::facts::iam::{Effect, Kind, Origin, Policy, PrincipalKind, Statement};
use crate::facts::workload::{Workload, WorkloadKind};
use crate::project::ResourceId;

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>) {
    let facts = canvas.facts;
    for principal in &facts.iam.principals {
        let noun = match principal.kind {
            Kind::Group => "group of users",
            kind => kind.noun(),
        };
        let node = canvas.resource(principal.id, NodeKind::Role, noun);
        trust(canvas, node, &principal.trust);
        for usage in &principal.uses {
            for (user, guard) in users(canvas, usage.by) {
                if let Some(edge) = canvas.edge(user, node, EdgeKind::Assumes, &guard.and(&usage.guard)) {
                    edge.labelled(usage.class.noun())
                        .assumed_if(usage.trail.is_assumed());
                }
            }
        }
        if principal.uses.is_empty() && principal.kind == Kind::Role {
            canvas.detail(node, DetailKind::Other, "nothing here uses it");
        }
    }
    for principal in &facts.iam.principals {
        let Some(node) = canvas.find(principal.id) else {
            continue;
        };
        for (attached, policy) in facts.iam.policies_of(principal.id) {
            policy_of(canvas, node, attached, policy);
        }
        for case in &principal.boundaries {
            let name = match case.value {
                Known::Value(index) => facts
                    .iam
                    .policies
                    .get(index)
                    .and_then(|policy| policy.name.clone()),
                Known::Absent | Known::Unknown(_) => None,
            };
            let name = name.map_or_else(
                || "a policy that is not known".to_owned(),
                |name| format!("`{name}`"),
            );
            canvas.detail(node, DetailKind::Other, format!("bounded by {name}"));
        }
        for case in &principal.open {
            let words = super::canvas::unknown_words(&facts.inventory, "policies", &case.value);
            canvas.detail(node, DetailKind::Unknown, words);
        }
    }
}

/// Who may assume a role.
fn trust(canvas: &mut Canvas<'_, '_>, node: NodeId, statements: &[Statement]) {
    let inventory = canvas.inventory();
    let mut names: Vec<String> = Vec::new();
    for statement in statements.iter().filter(|it| it.effect == Effect::Allow) {
        for case in &statement.principals {
            let name = match &case.value.name {
                Known::Value(name) => inventory.eval.render(name).to_string(),
                Known::Absent | Known::Unknown(_) => continue,
            };
            let name = match case.value.kind {
                PrincipalKind::Service => name.split('.').next().unwrap_or(&name).to_owned(),
                _ => name,
            };
            add(&mut names, name);
        }
    }
    if !names.is_empty() {
        canvas.detail(node, DetailKind::Role, format!("trusts {}", listed(&names)));
    }
}

/// The nodes of who uses a role: of a task definition, what starts its tasks.
fn users(canvas: &mut Canvas<'_, '_>, by: ResourceId) -> Vec<(NodeId, Guard)> {
    let facts = canvas.facts;
    let inventory = &facts.inventory;
    if inventory.type_name(by) != TaskDefinition::TYPE {
        let node = match facts.workloads.iter().find(|workload| workload.id == by) {
            Some(workload) => starter(canvas, workload),
            None => canvas.resource(by, NodeKind::Resource, inventory.type_name(by)),
        };
        return vec![(node, Guard::True)];
    }
    let mut out = Vec::new();
    let definition = facts.task_definitions.iter().find(|it| it.id == by);
    for workload in &facts.workloads {
        let starts = definition.map_or(Guard::False, |it| it.started_by(inventory, workload));
        if starts.is_never() || !inventory.possible(&starts) {
            continue;
        }
        let node = starter(canvas, workload);
        canvas.stands_for(node, by);
        out.push((node, starts));
    }
    if out.is_empty() {
        out.push((
            canvas.resource(by, NodeKind::TaskDefinition, "task definition"),
            Guard::True,
        ));
    }
    out
}

/// The node of what starts tasks.
fn starter(canvas: &mut Canvas<'_, '_>, workload: &Workload) -> NodeId {
    let kind = match workload.kind {
        WorkloadKind::Service | WorkloadKind::TaskSet => NodeKind::Service,
        _ => NodeKind::ScheduledTask,
    };
    canvas.resource(workload.id, kind, workload.kind.noun())
}

fn policy_of(canvas: &mut Canvas<'_, '_>, role: NodeId, attached: &Case<usize>, policy: &Policy) {
    let inventory = canvas.inventory();
    let held = attached.guard.and(&policy.guard);
    if let Origin::Aws(path) = &policy.origin {
        let name = path.rsplit('/').next().unwrap_or(path);
        let root = canvas.root(policy.id);
        let to = canvas.words(NodeKind::Resource, name.to_owned(), "AWS managed policy", root);
        if let Some(edge) = canvas.edge(role, to, EdgeKind::May, &held) {
            edge.labelled("what it allows")
                .assumed_if(attached.trail.is_assumed());
        }
        return;
    }
    for case in &policy.open {
        let words = super::canvas::unknown_words(inventory, "statements", &case.value);
        canvas.detail(role, DetailKind::Unknown, words);
    }
    let subject = inventory.subject(policy.id);
    for statement in &policy.statements {
        let kind = match statement.effect {
            Effect::Allow => EdgeKind::May,
            Effect::Deny => EdgeKind::MayNot,
        };
        let labels = labels(canvas, statement);
        for (to, guard) in targets(canvas, statement, policy.id) {
            let guard = Guard::all([held.clone(), statement.guard.clone(), guard]);
            if let Some(edge) = canvas.edge(role, to, kind, &guard) {
                for label in &labels {
                    edge.labelled(label.clone());
                }
                edge.made_by(subject.clone())
                    .assumed_if(attached.trail.is_assumed());
            }
        }
    }
}

/// The actions of a statement.
fn labels(canvas: &Canvas<'_, '_>, statement: &Statement) -> Vec<String> {
    let eval = canvas.eval();
    let shown = |case: &Case<Known<Text>>| match &case.value {
        Known::Value(text) => Some(eval.render(text).to_string()),
        Known::Unknown(_) => Some("actions not known".to_owned()),
        Known::Absent => None,
    };
    let mut out: Vec<String> = Vec::new();
    if statement.effect == Effect::Deny {
        out.push("not".to_owned());
    }
    statement
        .actions
        .only
        .iter()
        .filter_map(shown)
        .for_each(|action| add(&mut out, action));
    let except: Vec<String> = statement.actions.all_but.iter().filter_map(shown).collect();
    if !except.is_empty() {
        out.push(format!("everything but {}", listed(&except)));
    }
    if !statement.conditions.is_empty() {
        out.insert(0, "under conditions".to_owned());
    }
    out
}

/// The nodes of the resources of a statement, each with when it names them.
fn targets(canvas: &mut Canvas<'_, '_>, statement: &Statement, policy: ResourceId) -> Vec<(NodeId, Guard)> {
    let inventory = canvas.inventory();
    let root = canvas.root(policy);
    let mut out = Vec::new();
    for case in &statement.resources.only {
        let node = match &case.value {
            Known::Value(text) => match resource(text) {
                Some(id) => canvas.resource(id, NodeKind::Resource, inventory.type_name(id)),
                None => {
                    let shown = inventory.eval.render(text).to_string();
                    match shown.as_str() {
                        "*" => canvas.words(NodeKind::Addresses, "every resource".to_owned(), "*", root),
                        _ => canvas.words(NodeKind::Resource, shown, "by ARN", root),
                    }
                }
            },
            Known::Unknown(reason) => {
                let words = super::canvas::unknown_words(inventory, "resource", reason);
                canvas.words(NodeKind::Unknown, words, "not in these templates", root)
            }
            Known::Absent => continue,
        };
        out.push((node, case.guard.clone()));
    }
    if !statement.resources.all_but.is_empty() {
        let node = canvas.words(
            NodeKind::Addresses,
            "every resource but some".to_owned(),
            "NotResource",
            root,
        );
        out.push((node, Guard::True));
    }
    out
}

/// The resource that an ARN is of, where it is one of the templates.
fn resource(text: &Text) -> Option<ResourceId> {
    text.parts().iter().find_map(|part| match part {
        Part::Attribute(id, _) => Some(*id),
        _ => None,
    })
}
