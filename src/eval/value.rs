//! Values as the templates leave them: texts made of parts, lists whose elements come and go, and what is unknown.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::guard::{Guard, Var};
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

/// A text as a concatenation of parts; no two literals stand side by side. The empty text has no part. Cloning it copies
/// no more than a part.
#[derive(Clone, Debug, Default)]
pub struct Text {
    parts: Parts,
}

/// Most texts are one part, which needs no memory of its own.
#[derive(Clone, Debug, Default)]
enum Parts {
    #[default]
    None,
    One(Part),
    /// Two or more.
    Many(Arc<Vec<Part>>),
}

impl Text {
    /// A text of one literal.
    pub fn literal(text: impl Into<Str>) -> Text {
        Text::part(Part::Literal(text.into()))
    }

    /// A text of one part.
    pub fn part(part: Part) -> Text {
        let parts = match part {
            Part::Literal(text) if text.is_empty() => Parts::None,
            part => Parts::One(part),
        };
        Text { parts }
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        match &self.parts {
            Parts::None => &[],
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }

    /// True when it has more than so many parts, or bytes in its literals.
    pub fn is_larger_than(&self, parts: usize, bytes: usize) -> bool {
        let literal = |part: &Part| match part {
            Part::Literal(text) => text.len(),
            _ => 0,
        };
        self.parts().len() > parts || self.parts().iter().map(literal).sum::<usize>() > bytes
    }

    /// Appends a part; literals join.
    pub fn push(&mut self, part: Part) {
        if let Part::Literal(text) = &part {
            if text.is_empty() {
                return;
            }
            if let Some(Part::Literal(last)) = self.last_mut() {
                *last = format!("{last}{text}").into();
                return;
            }
        }
        self.parts = match std::mem::take(&mut self.parts) {
            Parts::None => Parts::One(part),
            Parts::One(first) => Parts::Many(Arc::new(vec![first, part])),
            Parts::Many(mut parts) => {
                Arc::make_mut(&mut parts).push(part);
                Parts::Many(parts)
            }
        };
    }

    fn last_mut(&mut self) -> Option<&mut Part> {
        match &mut self.parts {
            Parts::None => None,
            Parts::One(part) => Some(part),
            Parts::Many(parts) => Arc::make_mut(parts).last_mut(),
        }
    }

    /// Appends a text.
    pub fn append(&mut self, other: &Text) {
        other.parts().iter().cloned().for_each(|part| self.push(part));
    }

    /// The characters, when all of them are known.
    pub fn as_literal(&self) -> Option<Str> {
        match self.parts() {
            [] => Some("".into()),
            [Part::Literal(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The only part.
    pub fn as_part(&self) -> Option<&Part> {
        match self.parts() {
            [part] => Some(part),
            _ => None,
        }
    }

    /// The characters before the first part that is not literal.
    pub fn prefix(&self) -> &str {
        match self.parts().first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The first part that is not known, if there is one.
    pub fn unknown(&self) -> Option<Unknown> {
        self.parts().iter().find_map(Part::unknown)
    }

    /// The text split at a separator; parts that are not literal hold no separator.
    pub fn split(&self, separator: &str) -> Vec<Text> {
        let mut out = vec![Text::default()];
        for part in self.parts() {
            match part {
                Part::Literal(text) if !separator.is_empty() => {
                    for (index, piece) in text.split(separator).enumerate() {
                        if index > 0 {
                            out.push(Text::default());
                        }
                        if let Some(last) = out.last_mut() {
                            last.push(Part::Literal(piece.into()));
                        }
                    }
                }
                part => {
                    if let Some(last) = out.last_mut() {
                        last.push(part.clone());
                    }
                }
            }
        }
        out
    }

    /// The text with blanks at both ends left out.
    #[must_use]
    pub fn trimmed(self) -> Text {
        let last = self.parts().len().saturating_sub(1);
        let is_clean = |text: &str, at: usize| {
            !(at == 0 && text.starts_with(char::is_whitespace)
                || at == last && text.ends_with(char::is_whitespace))
        };
        let mut parts = self.parts().iter().enumerate();
        if parts.all(|(at, part)| !matches!(part, Part::Literal(text) if !is_clean(text, at))) {
            return self;
        }
        let mut out = Text::default();
        for (at, part) in self.parts().iter().enumerate() {
            match part {
                Part::Literal(text) => {
                    let text = if at == 0 { text.trim_start() } else { text };
                    let text = if at == last { text.trim_end() } else { text };
                    out.push(Part::Literal(text.into()));
                }
                part => out.push(part.clone()),
            }
        }
        out
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.parts().cmp(other.parts())
    }
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

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unknown {
    /// A parameter or pseudo parameter without a value.
    Parameter(Var),
    /// An import that no loaded template exports; the name as far as it is known.
    Import(Str),
    /// An import that several loaded templates could export; the candidates' paths.
    RivalExports(Str, Vec<Str>),
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
    /// A name of AWS's that the tables do not have: newer than they are, or misspelt. What kind of name, and the name.
    Unlisted(&'static str, Str),
    /// A name that the template does not declare.
    Undeclared(Str),
    /// A function used in a way that CloudFormation rejects.
    Malformed(Str),
    /// A limit of the analysis; which.
    Limit(&'static str),
    /// Something outside of what was loaded may add to it; the way out.
    OpenWorld(Exit),
    /// A parameter without a value that names a subnet or a VPC, whatever its type.
    Network(Var),
    /// Something that names what it is about by a parameter, and so may be about something else: what people call it, the
    /// resource, the parameter.
    NamedBy(&'static str, ResourceId, Var),
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

/// The cases of a value. Guards of two cases exclude each other; a world in no case is one in which the stack
/// cannot be deployed.
pub type Cases<'a> = Vec<Case<Value<'a>>>;

/// Most places of a trail; nobody reads more, and texts put together from each other would double theirs every time.
const MAX_HOPS: usize = 64;

/// The places a value passed through, from use to origin; those past the limit are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// The places.
    pub hops: Vec<Hop>,
    /// True when a link on the way was assumed: a template found by the end of its URL, an import by its name's shape.
    pub assumed: bool,
}

impl Trail {
    /// The trail with one more place.
    #[must_use]
    pub fn through(mut self, hop: Hop) -> Trail {
        if self.hops.len() < MAX_HOPS && self.hops.last() != Some(&hop) {
            self.hops.push(hop);
        }
        self
    }

    /// This trail, and after it another.
    #[must_use]
    pub fn then(mut self, other: &Trail) -> Trail {
        for hop in &other.hops {
            if self.hops.len() < MAX_HOPS && self.hops.last() != Some(hop) {
                self.hops.push(hop.clone());
            }
        }
        self.assumed |= other.assumed;
        self
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

    fn text(parts: &[Part]) -> Text {
        let mut text = Text::default();
        parts.iter().cloned().for_each(|part| text.push(part));
        text
    }

    #[test]
    fn a_joined_list_splits_into_its_elements_again() {
        let id = |index| {
            Part::Attribute(
                ResourceId {
                    stack: StackId(0),
                    index,
                },
                "Ref".into(),
            )
        };
        let joined = text(&[
            id(1),
            Part::Literal(",".into()),
            id(2),
            Part::Literal(",x".into()),
        ]);
        let split = joined.split(",");
        assert_eq!(
            split,
            vec![Text::part(id(1)), Text::part(id(2)), Text::literal("x")]
        );
    }

    #[test]
    fn blanks_inside_stay_when_those_at_the_ends_go() {
        let id = || Part::Zone(1);
        let blank = |text: &str| Part::Literal(text.into());
        let padded = text(&[blank(" "), id(), blank(" - "), id(), blank("x  ")]);
        assert_eq!(padded.trimmed(), text(&[id(), blank(" - "), id(), blank("x")]));
        assert_eq!(text(&[blank(" a "), id()]).trimmed(), text(&[blank("a "), id()]));
    }

    #[test]
    fn literals_join_and_the_empty_one_vanishes() {
        let joined = text(&[
            Part::Literal("a".into()),
            Part::Literal("".into()),
            Part::Literal("b".into()),
        ]);
        assert_eq!(joined, Text::literal("ab"));
        assert_eq!(Text::literal("").as_literal().as_deref(), Some(""));
        assert_eq!(Text::literal(" a ").trimmed(), Text::literal("a"));
    }
}
