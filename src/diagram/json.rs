//! The picture as JSON, version 1: its own structure, apart from the one in memory, so that this one may change.

use std::sync::Arc;

use serde::Serialize;

use super::picture::{Condition, Detail, Edge, Flag, Group, GroupId, Node, NodeId, Picture};
use crate::diag::Subject;

/// The version of the structure; only additions within one.
pub const SCHEMA_VERSION: u32 = 1;

/// A picture for programs.
#[derive(Debug, Serialize)]
pub struct Document<'p> {
    schema_version: u32,
    tool: Tool,
    view: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'p str>,
    templates: Vec<&'p str>,
    groups: Vec<GroupEntry<'p>>,
    nodes: Vec<NodeEntry<'p>>,
    edges: Vec<EdgeEntry<'p>>,
    findings: Vec<FlagEntry<'p>>,
    notes: &'p [String],
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct GroupEntry<'p> {
    id: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    label: &'p str,
    parent: Option<String>,
    details: Vec<DetailEntry<'p>>,
    condition: Option<ConditionEntry<'p>>,
    resources: Vec<ResourceEntry<'p>>,
    findings: &'p [u32],
}

#[derive(Debug, Serialize)]
struct NodeEntry<'p> {
    id: String,
    kind: &'static str,
    label: &'p str,
    noun: &'p str,
    group: Option<String>,
    details: Vec<DetailEntry<'p>>,
    condition: Option<ConditionEntry<'p>>,
    resources: Vec<ResourceEntry<'p>>,
    members: &'p [String],
    findings: &'p [u32],
}

#[derive(Debug, Serialize)]
struct EdgeEntry<'p> {
    from: String,
    to: String,
    kind: &'static str,
    labels: &'p [String],
    condition: Option<ConditionEntry<'p>>,
    assumed: bool,
    count: usize,
    evidence: &'p [String],
    resources: Vec<ResourceEntry<'p>>,
    findings: &'p [u32],
}

#[derive(Debug, Serialize)]
struct DetailEntry<'p> {
    kind: &'static str,
    text: &'p str,
}

#[derive(Debug, Serialize)]
struct ConditionEntry<'p> {
    text: &'p str,
    by_default: bool,
}

#[derive(Debug, Serialize)]
struct ResourceEntry<'p> {
    logical_id: &'p str,
    #[serde(rename = "type")]
    type_name: &'p str,
    stack_path: &'p str,
}

#[derive(Debug, Serialize)]
struct FlagEntry<'p> {
    number: usize,
    id: &'p str,
    rule: &'p str,
    severity: &'static str,
    message: &'p str,
    place: &'p str,
    drawn: bool,
}

/// The picture as it is to be serialized.
pub fn document(picture: &Picture) -> Document<'_> {
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        view: picture.view.as_str(),
        environment: picture.environment(),
        templates: picture.templates.iter().map(|name| &**name).collect(),
        groups: picture
            .group_ids()
            .map(|id| group(picture.group(id), id))
            .collect(),
        nodes: picture.node_ids().map(|id| node(picture.node(id), id)).collect(),
        edges: picture.edges.iter().map(edge).collect(),
        findings: picture
            .flags
            .iter()
            .zip(1..)
            .map(|(it, number)| flag(it, number))
            .collect(),
        notes: &picture.notes,
    }
}

fn group_id(id: GroupId) -> String {
    format!("g{}", id.0 + 1)
}

fn node_id(id: NodeId) -> String {
    format!("n{}", id.0 + 1)
}

fn group(group: &Group, id: GroupId) -> GroupEntry<'_> {
    GroupEntry {
        id: group_id(id),
        kind: group.kind.noun(),
        class: group.kind.class().map(|class| class.as_str()),
        label: &group.label,
        parent: group.parent.map(group_id),
        details: details(&group.details),
        condition: group.condition.as_ref().map(condition),
        resources: resources(&group.subjects),
        findings: &group.flags,
    }
}

fn node(node: &Node, id: NodeId) -> NodeEntry<'_> {
    NodeEntry {
        id: node_id(id),
        kind: node.kind.as_str(),
        label: &node.label,
        noun: &node.noun,
        group: node.group.map(group_id),
        details: details(&node.details),
        condition: node.condition.as_ref().map(condition),
        resources: resources(&node.subjects),
        members: &node.members,
        findings: &node.flags,
    }
}

fn edge(edge: &Edge) -> EdgeEntry<'_> {
    EdgeEntry {
        from: node_id(edge.from),
        to: node_id(edge.to),
        kind: edge.kind.as_str(),
        labels: &edge.labels,
        condition: edge.condition.as_ref().map(condition),
        assumed: edge.assumed,
        count: edge.count,
        evidence: &edge.evidence,
        resources: resources(&edge.subjects),
        findings: &edge.flags,
    }
}

fn details(details: &[Detail]) -> Vec<DetailEntry<'_>> {
    details
        .iter()
        .map(|detail| DetailEntry {
            kind: detail.kind.as_str(),
            text: &detail.text,
        })
        .collect()
}

fn condition(condition: &Condition) -> ConditionEntry<'_> {
    ConditionEntry {
        text: &condition.text,
        by_default: condition.by_default,
    }
}

fn resources(subjects: &[Arc<Subject>]) -> Vec<ResourceEntry<'_>> {
    subjects
        .iter()
        .map(|subject| ResourceEntry {
            logical_id: &subject.logical_id,
            type_name: &subject.type_name,
            stack_path: &subject.stack,
        })
        .collect()
}

fn flag(flag: &Flag, number: usize) -> FlagEntry<'_> {
    FlagEntry {
        number,
        id: &flag.finding,
        rule: &flag.rule,
        severity: flag.severity.as_str(),
        message: &flag.message,
        place: &flag.place,
        drawn: flag.is_drawn,
    }
}
