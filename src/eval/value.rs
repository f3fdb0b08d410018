//! Values as the templates leave them: texts, lists whose elements come and go, mappings, and what is unknown.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::guard::{Guard, Var};
use super::text::Text;
use crate::project::{ResourceId, StackId};
use crate::source::{Span, Str};
use crate::yaml::Node;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Characters.
    Literal(Str),
    /// What `Ref` or `Fn::GetAtt` of a resource gives; `Ref` has the attribute `Ref`.
    Attribute(ResourceId, Str),
    /// A parameter or pseudo parameter that the deployment decides.
    Variable(Var),
    /// The zone with this index of `Fn::GetAZs`.
    Zone(u32),
    /// A dynamic reference such as `{{resolve:ssm:name}}`.
    Dynamic(Str),
    /// Something that is not known.
    Unknown(Unknown),
}

impl Part {
    /// Why the part is not known; symbols such as a resource's attribute are known.
    pub fn unknown(&self) -> Option<Unknown> {
        match self {
            Part::Variable(var) => Some(Unknown::Parameter(var.clone())),
            Part::Dynamic(text) => Some(Unknown::Dynamic(text.clone())),
            Part::Unknown(reason) => Some(reason.clone()),
            Part::Literal(_) | Part::Attribute(..) | Part::Zone(_) => None,
        }
    }
}

/// Why a value is not known. Every text can hold one: what is rare and large is shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unknown {
    /// A parameter or pseudo parameter without a value.
    Parameter(Var),
    /// An import that no loaded template exports; the name as far as it is known.
    Import(Str),
    /// An import that several loaded templates could export.
    RivalExports(Arc<RivalExports>),
    /// A nested stack whose template is not loaded; its logical id.
    MissingTemplate(Str),
    /// Nested stacks are left alone in this run; the logical id of one.
    NotFollowed(Str),
    /// An output that the nested stack's template does not have; `Stack.Outputs.Name`.
    MissingOutput(Str),
    /// What a macro makes of the template.
    Macro(Str),
    /// A function that ecslint does not know.
    Function(Str),
    /// A dynamic reference, resolved when the stack is deployed.
    Dynamic(Str),
    /// An attribute that only the deployed resource has; `LogicalId.Attribute`.
    Attribute(ResourceId, Str),
    /// A resource outside of what was loaded, by its id.
    External(Str),
    /// A name of AWS's that the tables do not have: newer than they are, or misspelt.
    Unlisted(Arc<Unlisted>),
    /// A name that the template does not declare.
    Undeclared(Str),
    /// A function used in a way that CloudFormation rejects.
    Malformed(Str),
    /// A limit of the analysis; which.
    Limit(&'static str),
    /// Something outside of what was loaded may add to it; the way out.
    OpenWorld(Arc<Exit>),
    /// A parameter without a value that names a subnet or a VPC, whatever its type.
    Network(Var),
    /// Something that names what it is about by a parameter, and so may be about something else.
    NamedBy(Arc<NamedBy>),
}

/// An import that several loaded templates could export.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RivalExports {
    /// The name of the export.
    pub name: Str,
    /// The paths of those that could.
    pub candidates: Vec<Str>,
}

/// A name of AWS's that the tables do not have.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unlisted {
    /// What kind of name it is.
    pub noun: &'static str,
    /// The name.
    pub name: Str,
}

/// A resource that names what it is about by a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamedBy {
    /// What people call it.
    pub noun: &'static str,
    /// The resource.
    pub resource: ResourceId,
    /// The parameter.
    pub parameter: Var,
}

impl Unknown {
    /// An import that several loaded templates could export; with their paths.
    pub fn rival_exports(name: Str, candidates: Vec<Str>) -> Unknown {
        Unknown::RivalExports(Arc::new(RivalExports { name, candidates }))
    }

    /// A name of AWS's that the tables do not have; with the kind of name.
    pub fn unlisted(noun: &'static str, name: impl Into<Str>) -> Unknown {
        let name = name.into();
        Unknown::Unlisted(Arc::new(Unlisted { noun, name }))
    }

    /// A resource, with what people call it, that names what it is about by a parameter.
    pub fn named_by(noun: &'static str, resource: ResourceId, parameter: Var) -> Unknown {
        Unknown::NamedBy(Arc::new(NamedBy {
            noun,
            resource,
            parameter,
        }))
    }
}

/// The way by which the identifier of a resource leaves the loaded templates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Exit {
    /// The resource.
    pub resource: ResourceId,
    /// What kind of thing hands it out.
    pub kind: ExitKind,
    /// The name of that.
    pub name: Str,
}

/// What hands an identifier out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExitKind {
    /// An output or an export.
    Output,
    /// A nested stack that is not loaded, a custom resource, or an SSM parameter.
    Resource,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// No property, `null`, or `AWS::NoValue`.
    Absent,
    /// Text, number or boolean.
    Text(Text),
    /// A list; every element says when it is there.
    List(Vec<Case<Value<'a>>>),
    /// A mapping, evaluated when asked.
    Object(Object<'a>),
    /// Not known.
    Unknown(Unknown),
}

/// A mapping of a template in the context of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The stack whose parameters it sees.
    pub stack: StackId,
    /// The mapping.
    pub node: &'a Node,
}

/// A value with when it holds and where it comes from.
#[derive(Clone, Debug)]
pub struct Case<T> {
    /// When.
    pub guard: Guard,
    /// What.
    pub value: T,
    /// Where it is written.
    pub span: Span,
    /// The places it passed through on its way to where it is used.
    pub trail: Trail,
}

impl<T> Case<T> {
    /// A case that always holds and came straight from `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self {
            guard: Guard::True,
            value,
            span,
            trail: Trail::default(),
        }
    }

    /// The same guard, place and trail with another value.
    pub fn with<U>(&self, value: U) -> Case<U> {
        Case {
            guard: self.guard.clone(),
            value,
            span: self.span,
            trail: self.trail.clone(),
        }
    }

    /// The case narrowed to a guard.
    #[must_use]
    pub fn when(mut self, guard: &Guard) -> Self {
        self.guard = self.guard.and(guard);
        self
    }
}

/// Facts are made of cases, and a deployment has hundreds of thousands: what grows them is measured first.
#[cfg(target_pointer_width = "64")]
const _: () =
    assert!(size_of::<Guard>() <= 24 && size_of::<Part>() <= 32 && size_of::<Case<Value<'_>>>() <= 88);

/// The cases of a value. Guards of two cases exclude each other; a world in no case is one in which the stack
/// cannot be deployed.
pub type Cases<'a> = Vec<Case<Value<'a>>>;

/// Most places of a trail; nobody reads more, and texts put together from each other would double theirs every time.
const MAX_HOPS: usize = 64;

/// The places a value passed through, from use to origin; those past the limit are left out. Most values passed none,
/// and those that did share theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    passage: Option<Arc<Passage>>,
}

/// What a trail that is not empty holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Passage {
    hops: Vec<Hop>,
    assumed: bool,
}

impl Trail {
    /// The places.
    pub fn hops(&self) -> &[Hop] {
        self.passage.as_ref().map_or(&[], |passage| &passage.hops)
    }

    /// True when a link on the way was assumed: a template found by the end of its URL, an import by its name's shape.
    pub fn is_assumed(&self) -> bool {
        self.passage.as_ref().is_some_and(|passage| passage.assumed)
    }

    /// Notes whether one more link was assumed.
    pub fn assume(&mut self, assumed: bool) {
        if assumed {
            self.passage().assumed = true;
        }
    }

    /// The trail with one more place.
    #[must_use]
    pub fn through(mut self, hop: Hop) -> Trail {
        if self.hops().len() < MAX_HOPS && self.hops().last() != Some(&hop) {
            self.passage().hops.push(hop);
        }
        self
    }

    /// This trail, and after it another.
    #[must_use]
    pub fn then(self, other: &Trail) -> Trail {
        if self.passage.is_none() {
            return other.clone();
        }
        let mut trail = other.hops().iter().cloned().fold(self, Trail::through);
        trail.assume(other.is_assumed());
        trail
    }

    fn passage(&mut self) -> &mut Passage {
        Arc::make_mut(self.passage.get_or_insert_default())
    }
}

/// A place a value passed through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// Where.
    pub span: Span,
    /// How.
    pub kind: HopKind,
    /// The name of the parameter, output, export or mapping.
    pub name: Str,
}

/// How a value passes a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HopKind {
    /// A parameter's default.
    Default,
    /// A value from a parameter file.
    Given,
    /// An argument in the parent template.
    Argument,
    /// An output of a nested stack.
    Output,
    /// An export of another stack.
    Export,
    /// An entry of a mapping.
    Mapping,
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            HopKind::Default => write!(f, "default of parameter `{}`", self.name),
            HopKind::Given => write!(f, "value of parameter `{}`", self.name),
            HopKind::Argument => write!(f, "passed as parameter `{}`", self.name),
            HopKind::Output => write!(f, "returned as output `{}`", self.name),
            HopKind::Export => write!(f, "exported as `{}`", self.name),
            HopKind::Mapping => write!(f, "mapping `{}`", self.name),
        }
    }
}

/// A value of a known shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// No value.
    Absent,
    /// The value.
    Value(T),
    /// Not known.
    Unknown(Unknown),
}

impl<T> Known<T> {
    /// True when it is known to be this value.
    pub fn is<U: Eq + ?Sized>(&self, wanted: &U) -> bool
    where
        T: Borrow<U>,
    {
        matches!(self, Known::Value(value) if value.borrow() == wanted)
    }
}

/// When one of the cases holds.
pub fn when_any<'c, T: 'c>(cases: impl IntoIterator<Item = &'c Case<T>>) -> Guard {
    Guard::any(cases.into_iter().map(|case| case.guard.clone()))
}

/// When one of the cases holds whose value passes a test.
pub fn when<'c, T: 'c>(cases: impl IntoIterator<Item = &'c Case<T>>, test: impl Fn(&T) -> bool) -> Guard {
    when_any(cases.into_iter().filter(|case| test(&case.value)))
}

/// What an identifier names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A resource of the project, with the attribute by which it is named.
    Resource(ResourceId, Str),
    /// An identifier as it stands, such as `subnet-0abc`.
    Literal(Str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn hop(start: u32) -> Hop {
        Hop {
            span: Span::new(FileId(0), start, start + 1),
            kind: HopKind::Default,
            name: "P".into(),
        }
    }

    #[test]
    fn a_trail_names_every_place_in_order_and_none_twice_in_a_row() {
        let first = Trail::default().through(hop(1)).through(hop(1));
        assert_eq!(first.hops(), [hop(1)]);
        let second = Trail::default().through(hop(1)).through(hop(2));
        assert_eq!(first.then(&second).hops(), [hop(1), hop(2)]);
        let long = (0..100).map(hop).fold(Trail::default(), Trail::through);
        assert_eq!(long.hops().len(), MAX_HOPS);
    }

    #[test]
    fn a_trail_is_assumed_when_any_link_of_it_is() {
        let mut assumed = Trail::default();
        assumed.assume(false);
        assert_eq!(assumed, Trail::default());
        assumed.assume(true);
        let firm = Trail::default().through(hop(1));
        assert!(assumed.is_assumed() && assumed.hops().is_empty());
        assert!(firm.clone().then(&assumed).is_assumed());
        assert!(assumed.clone().then(&firm).is_assumed());
        assert!(Trail::default().then(&assumed).is_assumed());
        assert!(!firm.clone().then(&firm).is_assumed());
    }
}
