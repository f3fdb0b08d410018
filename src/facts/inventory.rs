//! The resources of a project by type, and what identifies them.

use std::hash::Hash;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::escape;
use crate::aws;
use crate::aws::logs::LogGroup;
use crate::diag::{Label, Role, Subject};
use crate::eval::guard::{possible_by_default, satisfiable};
use crate::eval::{Case, Cases, Evaluator, Exit, Guard, Known, Part, Text, Trail, Unknown, Value};
use crate::project::{Project, ResourceId};
use crate::source::{Span, Str};
use crate::yaml::Node;

/// An attribute spelled out in every way, each with when.
pub(super) type Spelled = Arc<[(Guard, Text)]>;

/// What was found out about resources or their attributes, for those that were asked for.
type Remembered<K, T> = RwLock<FxHashMap<K, T>>;

/// What is known about something, or else what `find` says. Two threads may find the same at once; the first is kept.
fn remembered<K: Eq + Hash, T: Clone>(memory: &Remembered<K, T>, key: K, find: impl FnOnce() -> T) -> T {
    let known = memory.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(&key) {
        return known.clone();
    }
    drop(known);
    let found = find();
    let mut known = memory.write().unwrap_or_else(PoisonError::into_inner);
    known.entry(key).or_insert(found).clone()
}

/// The resources that can exist, by type.
pub struct Inventory<'a> {
    /// The evaluator.
    pub eval: Evaluator<'a>,
    by_type: FxHashMap<Str, Vec<ResourceId>>,
    presence: FxHashMap<ResourceId, Guard>,
    /// What the imports of the project use.
    pub(super) imports: escape::Imports,
    /// How identifiers leave, for those that were asked for: many rules ask for the same.
    exits: Remembered<ResourceId, Option<Arc<Exit>>>,
    /// The resources as findings name them: every place of every finding names one.
    subjects: Remembered<ResourceId, Arc<Subject>>,
    /// Attributes spelled out, with when: policies name the same few resources over and over.
    spelled: Remembered<(ResourceId, Str), Spelled>,
    log_groups: OnceLock<FxHashSet<Text>>,
}

impl<'a> Inventory<'a> {
    /// Sorts the resources of a project by type; those that no parameter values can bring about are left out.
    pub fn new(eval: Evaluator<'a>) -> Self {
        let ids: Vec<ResourceId> = eval.project().resource_ids().collect();
        let guards: Vec<Option<Guard>> = ids
            .par_iter()
            .map(|id| Some(eval.presence(*id)).filter(|guard| !satisfiable(guard, &eval).is_no()))
            .collect();
        let mut by_type: FxHashMap<Str, Vec<ResourceId>> = FxHashMap::default();
        let mut presence = FxHashMap::default();
        for (id, guard) in ids.into_iter().zip(guards) {
            let Some(guard) = guard else { continue };
            if guard != Guard::True {
                presence.insert(id, guard);
            }
            let type_name = &eval.project().resource(id).type_name.text;
            match by_type.get_mut(type_name) {
                Some(ids) => ids.push(id),
                None => {
                    by_type.insert(type_name.clone(), vec![id]);
                }
            }
        }
        let imports = escape::imports(&eval);
        Self {
            eval,
            by_type,
            presence,
            imports,
            exits: Remembered::default(),
            subjects: Remembered::default(),
            spelled: Remembered::default(),
            log_groups: OnceLock::new(),
        }
    }

    /// The project.
    pub fn project(&self) -> &'a Project {
        self.eval.project()
    }

    /// The resources of a type, in the order of stacks and declarations.
    pub fn of_type(&self, type_name: &str) -> &[ResourceId] {
        self.by_type.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// When a resource exists.
    pub fn presence(&self, id: ResourceId) -> Guard {
        self.presence.get(&id).cloned().unwrap_or(Guard::True)
    }

    /// The type of a resource.
    pub fn type_name(&self, id: ResourceId) -> &'a str {
        &self.project().resource(id).type_name.text
    }

    /// The logical id of a resource.
    pub fn logical_id(&self, id: ResourceId) -> &'a Str {
        &self.project().resource(id).id.text
    }

    /// A text as an identity: the attributes that only spell a resource's identifier differently become `Ref`.
    pub fn identity(&self, text: &Text) -> Text {
        match text.as_part() {
            Some(Part::Attribute(id, attribute)) if aws::is_identifier(self.type_name(*id), attribute) => {
                self.own_identity(*id)
            }
            _ => text.clone(),
        }
    }

    /// The identity of a resource.
    pub fn own_identity(&self, id: ResourceId) -> Text {
        Text::part(Part::Attribute(id, "Ref".into()))
    }

    /// A pseudo parameter in the stack of a resource: its value, or itself where that is not known.
    pub fn pseudo(&self, id: ResourceId, name: &str) -> Text {
        let span = self.project().resource(id).id.span;
        let mut cases = self.eval.named(id.stack, &name.into(), span).into_iter();
        let text = cases.find_map(|case| match case.value {
            Value::Text(text) => Some(text),
            _ => None,
        });
        text.unwrap_or_default()
    }

    /// The resource that an identity names, if it is one of the project and of this type.
    pub fn resource_of(&self, identity: &Text, type_name: &str) -> Option<ResourceId> {
        match identity.as_part() {
            Some(Part::Attribute(id, attribute))
                if &**attribute == "Ref" && self.type_name(*id) == type_name =>
            {
                Some(*id)
            }
            _ => None,
        }
    }

    /// The identities that a property holds; parameters stand for the values there is evidence for. An identity that
    /// is a parameter without a value is still one: it equals itself.
    pub fn identities(&self, cases: Cases<'a>) -> Vec<Case<Known<Text>>> {
        let texts = self.eval.texts(cases).into_iter().map(|case| {
            let known = match &case.value {
                Known::Value(text) => match text.parts() {
                    [] => Known::Absent,
                    [Part::Unknown(reason)] => Known::Unknown(reason.clone()),
                    _ => Known::Value(self.identity(text)),
                },
                other => other.clone(),
            };
            case.with(known)
        });
        texts.collect()
    }

    /// The identities in a list property. No identifier has a comma, so that `["${SubnetA}, ${SubnetB}"]` is two of them:
    /// `VPCZoneIdentifier` is one comma-delimited text in the end.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
    pub fn identity_list(&self, cases: Cases<'a>) -> Vec<Case<Known<Text>>> {
        let mut items = Vec::new();
        for case in self.eval.elements(cases) {
            let Value::Text(text) = &case.value else {
                items.push(case);
                continue;
            };
            let pieces = text.split(",").into_iter().map(Text::trimmed);
            let pieces: Vec<Text> = pieces.filter(|piece| !piece.parts().is_empty()).collect();
            items.extend(pieces.into_iter().map(|piece| case.with(Value::Text(piece))));
        }
        self.identities(items)
    }

    /// Why an identity that no fact knows leads nowhere.
    pub fn unknown_identity(&self, identity: &Text) -> Unknown {
        identity.unknown().unwrap_or_else(|| match identity.as_part() {
            Some(Part::Attribute(id, attribute)) => Unknown::Attribute(*id, attribute.clone()),
            _ => Unknown::External(self.eval.render(identity)),
        })
    }

    /// The key in a resource's declaration whose value is at a place, where it stands before the value.
    pub fn key_of(&self, id: ResourceId, value: Span) -> Option<Span> {
        let mut nodes: Vec<&Node> = self.project().resource(id).properties.iter().collect();
        while let Some(node) = nodes.pop() {
            let mut entries = node.as_mapping().unwrap_or(&[]).iter();
            let entry = entries.find(|entry| entry.value.span == value && entry.key_span.end <= value.start);
            if let Some(entry) = entry {
                return Some(entry.key_span);
            }
            nodes.extend(node.children().filter(|child| child.span.contains(value)));
        }
        None
    }

    /// The same for a subnet or a VPC.
    pub fn unknown_network(&self, identity: &Text) -> Unknown {
        match self.unknown_identity(identity) {
            Unknown::Parameter(var) => Unknown::Network(var),
            reason => reason,
        }
    }

    /// An identity in words: the logical id of a resource, or the text.
    pub fn shown(&self, identity: &Text) -> Str {
        match identity.as_part() {
            Some(Part::Attribute(id, attribute)) if &**attribute == "Ref" => self.logical_id(*id).clone(),
            Some(Part::Variable(var)) => var.name.clone(),
            _ => self.eval.render(identity),
        }
    }

    /// The way by which a resource's identifier leaves the loaded templates, so that others may add to it, through whatever
    /// stacks: an output that nobody here imports, an argument of a nested stack that is not loaded, a custom resource.
    pub fn escapes(&self, id: ResourceId) -> Option<Arc<Exit>> {
        remembered(&self.exits, id, || escape::escapes(self, id))
    }

    /// An attribute of a resource spelled out, or else what `spell` says.
    pub(super) fn spelled(
        &self,
        id: ResourceId,
        attribute: &Str,
        spell: impl FnOnce() -> Vec<(Guard, Text)>,
    ) -> Spelled {
        remembered(&self.spelled, (id, attribute.clone()), || spell().into())
    }

    /// The names that log groups are given: every container that logs asks whether its group is one of them.
    pub(super) fn log_group_names(&self) -> &FxHashSet<Text> {
        self.log_groups.get_or_init(|| {
            let groups = self.of_type(LogGroup::TYPE).iter();
            let names = groups.flat_map(|id| self.eval.texts(LogGroup(*id).name(&self.eval)));
            let known = names.filter_map(|name| match name.value {
                Known::Value(name) => Some(name),
                Known::Absent | Known::Unknown(_) => None,
            });
            known.collect()
        })
    }

    /// True when a formula can be true in a world in which every parameter that has a default has it.
    pub fn possible_by_default(&self, guard: &Guard) -> bool {
        possible_by_default(guard, &self.eval)
    }

    /// True when a formula can be true; a formula too large to decide counts as true.
    pub fn possible(&self, guard: &Guard) -> bool {
        !satisfiable(guard, &self.eval).is_no()
    }

    /// A resource as diagnostics name it.
    pub fn subject(&self, id: ResourceId) -> Arc<Subject> {
        remembered(&self.subjects, id, || {
            let resource = self.project().resource(id);
            Arc::new(Subject {
                logical_id: resource.id.text.clone(),
                type_name: resource.type_name.text.clone(),
                span: resource.id.span,
                stack: self.project().stack(id.stack).path.clone(),
                cdk_path: resource.metadata_text("aws:cdk:path").cloned(),
            })
        })
    }

    /// A place of a resource as evidence.
    pub fn evidence(&self, id: ResourceId, span: Span, text: impl Into<String>) -> Label {
        Label {
            span,
            text: text.into(),
            role: Role::Evidence,
            resource: Some(self.subject(id)),
        }
    }

    /// A resource's declaration as evidence.
    pub fn declared(&self, id: ResourceId, text: impl Into<String>) -> Label {
        let span = self.project().resource(id).id.span;
        Label {
            span,
            text: text.into(),
            role: Role::Definition,
            resource: Some(self.subject(id)),
        }
    }

    /// The places a value passed through, as evidence.
    pub fn hops(&self, trail: &Trail) -> Vec<Label> {
        let label = |hop: &crate::eval::Hop| Label {
            span: hop.span,
            text: hop.to_string(),
            role: Role::Parent,
            resource: None,
        };
        trail.hops().iter().map(label).collect()
    }
}
