//! References inside a template: who names what, where.

use super::substitution::{static_text, variables};
use super::{Name, PSEUDO_PARAMETERS};
use crate::source::{Span, Str};
use crate::yaml::{Call, Function, Kind, Node};

/// The declaration that a reference stands in; the number is its index in the section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A condition.
    Condition(u32),
    /// A rule of the Rules section.
    Rule(u32),
    /// A resource.
    Resource(u32),
    /// An output.
    Output(u32),
}

/// How a name is referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// `Ref` or `${Name}`: a parameter or a resource.
    Ref,
    /// `Fn::GetAtt` or `${Name.Attribute}`: a resource's attribute.
    GetAtt(Str),
    /// `DependsOn`: a resource.
    DependsOn,
    /// `Condition` or the first argument of `Fn::If`: a condition.
    Condition,
    /// The first argument of `Fn::FindInMap`: a mapping.
    Mapping,
}

/// A name used in a template.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The declaration it stands in.
    pub owner: Owner,
    /// How it is used.
    pub kind: ReferenceKind,
    /// The name referred to.
    pub name: Str,
    /// The function or scalar that holds it.
    pub span: Span,
}

/// The references of a template.
#[derive(Debug, Default)]
pub struct References {
    /// In the order of their owners, and in document order within each.
    all: Box<[Reference]>,
    /// Positions in `all`, in the order of the names and of the positions.
    by_name: Box<[u32]>,
}

impl References {
    /// References that stand one declaration after the other.
    pub(super) fn new(mut all: Vec<Reference>) -> References {
        all.sort_by_key(|reference| reference.owner);
        let mut by_name: Vec<u32> = (0..all.len() as u32).collect();
        by_name.sort_by(|left, right| all[*left as usize].name.cmp(&all[*right as usize].name));
        References {
            all: all.into(),
            by_name: by_name.into(),
        }
    }

    /// All of them, in document order.
    pub fn iter(&self) -> impl Iterator<Item = &Reference> {
        self.all.iter()
    }

    /// Those to a name, in document order.
    pub fn to(&self, name: &str) -> impl Iterator<Item = &Reference> {
        let named = |at: u32| &*self.all[at as usize].name;
        let start = self.by_name.partition_point(|at| named(*at) < name);
        let end = self.by_name.partition_point(|at| named(*at) <= name);
        self.by_name[start..end].iter().map(|at| &self.all[*at as usize])
    }

    /// Those that stand in a declaration, in document order.
    pub fn of(&self, owner: Owner) -> impl Iterator<Item = &Reference> {
        let start = self.all.partition_point(|reference| reference.owner < owner);
        let end = self.all.partition_point(|reference| reference.owner <= owner);
        self.all[start..end].iter()
    }
}

/// Collects references of one declaration after the other.
#[derive(Default)]
pub(super) struct Collector {
    pub(super) found: Vec<Reference>,
    /// The declarations in which something is imported, each once.
    pub(super) importing: Vec<Owner>,
}

impl Collector {
    fn push(&mut self, owner: Owner, kind: ReferenceKind, name: Str, span: Span) {
        if !PSEUDO_PARAMETERS.contains(&&*name) {
            self.found.push(Reference {
                owner,
                kind,
                name,
                span,
            });
        }
    }

    /// A name used as an attribute of the declaration, such as `DependsOn`.
    pub(super) fn name(&mut self, owner: Owner, kind: ReferenceKind, name: &Name) {
        self.push(owner, kind, name.text.clone(), name.span);
    }

    /// Everything that a value refers to.
    pub(super) fn walk(&mut self, owner: Owner, node: &Node) {
        if let Kind::Function(call) = &node.kind {
            self.call(owner, node.span, call);
        }
        for child in node.children() {
            self.walk(owner, child);
        }
    }

    fn call(&mut self, owner: Owner, span: Span, call: &Call) {
        let argument = &call.argument;
        let first = argument.as_sequence().and_then(<[Node]>::first);
        match &call.function {
            Function::Ref => {
                if let Some(name) = static_text(argument) {
                    self.push(owner, ReferenceKind::Ref, name, span);
                }
            }
            Function::GetAtt => {
                let Some([resource, attribute]) = argument.as_sequence() else {
                    return;
                };
                let attribute = static_text(attribute).unwrap_or_default();
                if let Some(name) = static_text(resource) {
                    self.push(owner, ReferenceKind::GetAtt(attribute), name, span);
                }
            }
            // Elsewhere a mapping with the only key `Condition` is data, such as a state machine's.
            Function::Condition if matches!(owner, Owner::Condition(_) | Owner::Rule(_)) => {
                if let Some(name) = argument.as_text() {
                    self.push(owner, ReferenceKind::Condition, name.clone(), span);
                }
            }
            Function::If => {
                if let Some(name) = first.and_then(Node::as_text) {
                    self.push(
                        owner,
                        ReferenceKind::Condition,
                        name.clone(),
                        first.map_or(span, |node| node.span),
                    );
                }
            }
            Function::FindInMap => {
                if let Some(name) = first.and_then(Node::as_text) {
                    self.push(
                        owner,
                        ReferenceKind::Mapping,
                        name.clone(),
                        first.map_or(span, |node| node.span),
                    );
                }
            }
            Function::Sub => self.sub(owner, span, argument),
            Function::ImportValue if self.importing.last() != Some(&owner) => self.importing.push(owner),
            _ => {}
        }
    }

    fn sub(&mut self, owner: Owner, span: Span, argument: &Node) {
        for name in variables(argument) {
            match name.split_once('.') {
                Some((resource, attribute)) => {
                    self.push(
                        owner,
                        ReferenceKind::GetAtt(attribute.into()),
                        resource.into(),
                        span,
                    );
                }
                None => self.push(owner, ReferenceKind::Ref, name.into(), span),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::cfn::lower;
    use crate::source::FileId;

    #[test]
    fn declarations_that_import_are_known_each_once() {
        let text = "
Resources:
  Own: {Type: AWS::SNS::Topic, Properties: {TopicName: a}}
  Twice:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !ImportValue a, DisplayName: !Sub ['${A}', {A: {'Fn::ImportValue': b}}]}
  Noted: {Type: AWS::SNS::Topic, Metadata: {Note: !ImportValue c}}
Outputs:
  Own: {Value: a}
  Passed: {Value: !ImportValue d}
";
        let document = crate::yaml::parse(FileId(0), text).unwrap();
        let template = lower(document, &IndexMap::new());
        let importing = [Owner::Resource(1), Owner::Resource(2), Owner::Output(1)];
        assert_eq!(*template.importing, importing);
        let values = template.importing_values();
        let owners: Vec<Owner> = values.map(|(owner, _)| owner).collect();
        assert_eq!(owners, [Owner::Resource(1), Owner::Output(1)]);
    }
}
