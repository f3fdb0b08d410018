//! JSONPath over values: `jsonpath-rust` reads the path, the evaluator walks it. So `Fn::If`, `AWS::NoValue`,
//! parameters and imports are transparent, every hit says when it is there, and so does every absence.
//! The syntax: <https://www.rfc-editor.org/rfc/rfc9535>.

use jsonpath_rust::parser::errors::JsonPathError;
use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, Literal as PathLiteral, Segment, Selector, SingularQuery,
    SingularQuerySegment, Test,
};
use jsonpath_rust::parser::parse_json_path;

use super::value::{Case, Cases, Known, Unknown, Value};
use super::{Evaluator, Guard};
use crate::diag::excerpt;
use crate::source::Str;

/// A constant that values are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// Text, equal to the same characters.
    Text(Str),
    /// A number, equal to every spelling of it: CloudFormation takes `80` and `"80"` alike.
    Number(f64),
    /// A truth value, equal to its spellings in any case.
    Bool(bool),
}

impl Constant {
    /// True when a scalar of a template is this constant.
    pub fn is(&self, scalar: &str) -> bool {
        match self {
            Constant::Text(text) => **text == *scalar,
            Constant::Number(number) => number_of(scalar).is_some_and(|other| other == *number),
            Constant::Bool(true) => scalar.eq_ignore_ascii_case("true"),
            Constant::Bool(false) => scalar.eq_ignore_ascii_case("false"),
        }
    }
}

/// The finite number that a scalar spells.
pub fn number_of(scalar: &str) -> Option<f64> {
    scalar
        .trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

/// A compiled path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The value of a key.
    Key(Str),
    /// Every element of a list.
    Each,
    /// The elements for which a condition holds.
    Where(Condition),
}

/// The condition of a filter, about one element.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    /// There is something.
    Exists(Path),
    /// Something compares with a constant in this way.
    Compare(Path, Order, Constant),
    /// All of them.
    All(Vec<Condition>),
    /// At least one of them.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
}

/// How something compares with a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Different,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Why a path cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PathError {
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// What to write in its place.
    pub help: Option<String>,
}

fn refused<T>(message: &str, help: &str) -> Result<T, PathError> {
    Err(PathError {
        message: message.to_owned(),
        help: Some(help.to_owned()),
    })
}

const USE_OPERATORS: &str = "select the value by its path, and test it with `matches`, `min` or `max`";

impl Path {
    /// Compiles a path.
    ///
    /// # Errors
    /// When it is no JSONPath, or uses what has no meaning where conditions can remove elements: positions, slices,
    /// descendants, functions, and comparisons of two values.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        let query = parse_json_path(text).map_err(|error| PathError {
            message: format!("`{}` is not a JSONPath{}", excerpt(text), detail(&error)),
            help: Some("write it like `$.Properties.ContainerDefinitions[*].Image`".to_owned()),
        })?;
        path(&query.segments)
    }

    /// The path in words for a message: the last key of it.
    pub fn last_key(&self) -> Option<&Str> {
        self.steps.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key),
            Step::Each | Step::Where(_) => None,
        })
    }

    /// The first key, and the path after it.
    pub fn split_first_key(&self) -> Option<(&Str, Path)> {
        match self.steps.split_first() {
            Some((Step::Key(key), rest)) => Some((key, Path { steps: rest.to_vec() })),
            _ => None,
        }
    }
}

/// Where the parser stopped, for a message.
fn detail(error: &JsonPathError) -> String {
    match error {
        JsonPathError::PestError(error) => {
            format!(": {}", error.variant.message())
        }
        JsonPathError::MaxNestingDepthExceeded(_) => ": it is nested too deeply".to_owned(),
        _ => String::new(),
    }
}

fn path(segments: &[Segment]) -> Result<Path, PathError> {
    let steps = segments.iter().map(|segment| match segment {
        Segment::Selector(selector) => step(selector),
        Segment::Selectors(selectors) => match selectors.as_slice() {
            [selector] => step(selector),
            _ => refused(
                "a path selects one thing at a time",
                "write one assertion for each, under `all` or `any`",
            ),
        },
        Segment::Descendant(_) => refused(
            "`..` looks everywhere",
            "write the way to the property, such as `$.Properties.ContainerDefinitions[*].Image`",
        ),
    });
    let steps = steps.collect::<Result<Vec<Step>, PathError>>()?;
    Ok(Path { steps })
}

fn step(selector: &Selector) -> Result<Step, PathError> {
    match selector {
        Selector::Name(name) => Ok(Step::Key(name.as_str().into())),
        Selector::Wildcard => Ok(Step::Each),
        Selector::Filter(filter) => Ok(Step::Where(condition(filter)?)),
        Selector::Index(_) | Selector::Slice(..) => refused(
            "positions in a list mean nothing where conditions can remove elements",
            "select by what the element holds, such as `[?@.Name == 'app']`, or every element with `[*]`",
        ),
    }
}

fn condition(filter: &Filter) -> Result<Condition, PathError> {
    let each = |filters: &[Filter]| filters.iter().map(condition).collect::<Result<Vec<_>, _>>();
    match filter {
        Filter::Or(filters) => Ok(Condition::Any(each(filters)?)),
        Filter::And(filters) => Ok(Condition::All(each(filters)?)),
        Filter::Atom(atom) => atomic(atom),
    }
}

fn atomic(atom: &FilterAtom) -> Result<Condition, PathError> {
    let (inner, not) = match atom {
        FilterAtom::Filter { expr, not } => (condition(expr)?, *not),
        FilterAtom::Test { expr, not } => match expr.as_ref() {
            Test::RelQuery(segments) => (Condition::Exists(path(segments)?), *not),
            Test::AbsQuery(_) => return from_the_top(),
            Test::Function(_) => return refused("functions are not built", USE_OPERATORS),
        },
        FilterAtom::Comparison(comparison) => (compared(comparison)?, false),
    };
    Ok(if not {
        Condition::Not(Box::new(inner))
    } else {
        inner
    })
}

fn from_the_top<T>() -> Result<T, PathError> {
    refused(
        "a filter reads the element it is about",
        "begin its paths with `@`",
    )
}

fn compared(comparison: &Comparison) -> Result<Condition, PathError> {
    let order = match comparison {
        Comparison::Eq(..) => Order::Equal,
        Comparison::Ne(..) => Order::Different,
        Comparison::Lt(..) => Order::Less,
        Comparison::Lte(..) => Order::AtMost,
        Comparison::Gt(..) => Order::Greater,
        Comparison::Gte(..) => Order::AtLeast,
    };
    let (query, literal, order) = match comparison.vals() {
        (Comparable::SingularQuery(query), Comparable::Literal(literal)) => (query, literal, order),
        (Comparable::Literal(literal), Comparable::SingularQuery(query)) => {
            (query, literal, order.mirrored())
        }
        (Comparable::Function(_), _) | (_, Comparable::Function(_)) => {
            return refused("functions are not built", USE_OPERATORS);
        }
        _ => {
            return refused(
                "a filter compares a path with a constant",
                "write it like `[?@.Key == 'x']`",
            );
        }
    };
    let SingularQuery::Current(segments) = query else {
        return from_the_top();
    };
    let steps = segments.iter().map(|segment| match segment {
        SingularQuerySegment::Name(name) => Ok(Step::Key(name.as_str().into())),
        SingularQuerySegment::Index(index) => step(&Selector::Index(*index)),
    });
    let path = Path {
        steps: steps.collect::<Result<_, _>>()?,
    };
    let constant = match literal {
        PathLiteral::Int(number) => Constant::Number(*number as f64),
        PathLiteral::Float(number) => Constant::Number(*number),
        PathLiteral::String(text) => Constant::Text(text.as_str().into()),
        PathLiteral::Bool(truth) => Constant::Bool(*truth),
        PathLiteral::Null => {
            let exists = Condition::Exists(path);
            return match order {
                Order::Equal => Ok(Condition::Not(Box::new(exists))),
                Order::Different => Ok(exists),
                _ => refused("nothing is less or more than `null`", "compare with `==` or `!=`"),
            };
        }
    };
    Ok(Condition::Compare(path, order, constant))
}

impl Order {
    /// The order seen from the other side.
    fn mirrored(self) -> Order {
        match self {
            Order::Equal | Order::Different => self,
            Order::Less => Order::Greater,
            Order::AtMost => Order::AtLeast,
            Order::Greater => Order::Less,
            Order::AtLeast => Order::AtMost,
        }
    }

    /// True when a scalar compares so; a text that is no number is neither less nor more than one.
    fn holds(self, scalar: &str, constant: &Constant) -> bool {
        let number = || match constant {
            Constant::Number(number) => Some((number_of(scalar)?, *number)),
            Constant::Text(_) | Constant::Bool(_) => None,
        };
        match self {
            Order::Equal => constant.is(scalar),
            Order::Different => !constant.is(scalar),
            Order::Less => number().is_some_and(|(left, right)| left < right),
            Order::AtMost => number().is_some_and(|(left, right)| left <= right),
            Order::Greater => number().is_some_and(|(left, right)| left > right),
            Order::AtLeast => number().is_some_and(|(left, right)| left >= right),
        }
    }
}

impl<'a> Evaluator<'a> {
    /// What a path leads to. Where it leads to nothing there is a case of [`Value::Absent`], with the place of what
    /// lacks it; a mapping in place of a list counts as its only element.
    pub fn at_path(&self, cases: Cases<'a>, path: &Path) -> Cases<'a> {
        path.steps.iter().fold(cases, |cases, step| match step {
            Step::Key(key) => self.get(cases, key),
            Step::Each => cases
                .into_iter()
                .flat_map(|case| self.chosen(case, None))
                .collect(),
            Step::Where(condition) => cases
                .into_iter()
                .flat_map(|case| self.chosen(case, Some(condition)))
                .collect(),
        })
    }

    /// The elements of one case for which a condition holds, and where there is none of them its absence.
    fn chosen(&self, list: Case<Value<'a>>, condition: Option<&Condition>) -> Cases<'a> {
        if matches!(list.value, Value::Absent | Value::Unknown(_)) {
            return vec![list];
        }
        let mut out = Vec::new();
        for element in self.elements(vec![list.clone()]) {
            let Some(condition) = condition else {
                out.push(element);
                continue;
            };
            let answer = self.answer(&element, condition);
            if let Some(reason) = answer.reason {
                out.push(element.with(Value::Unknown(reason)).when(&answer.open));
            }
            out.push(element.when(&answer.yes));
        }
        let vacant = Guard::any(out.iter().map(|case| case.guard.clone())).negated();
        out.push(list.with(Value::Absent).when(&vacant));
        out.retain(|case| !case.guard.is_never());
        out
    }

    /// When a condition holds for an element, in the worlds in which the element is there.
    fn answer(&self, element: &Case<Value<'a>>, condition: &Condition) -> Answer {
        let each = |conditions: &[Condition]| -> Vec<Answer> {
            conditions
                .iter()
                .map(|condition| self.answer(element, condition))
                .collect()
        };
        match condition {
            Condition::Exists(path) => {
                let mut answer = Answer::default();
                for case in self.at_path(vec![bare(element)], path) {
                    match case.value {
                        Value::Absent => answer.no = answer.no.or(&case.guard),
                        Value::Unknown(reason) => answer.open(&case.guard, reason),
                        _ => answer.yes = answer.yes.or(&case.guard),
                    }
                }
                answer
            }
            Condition::Compare(path, order, constant) => {
                let mut answer = Answer::default();
                for case in self.scalars(self.at_path(vec![bare(element)], path)) {
                    match case.value {
                        Known::Value(scalar) if order.holds(&scalar, constant) => {
                            answer.yes = answer.yes.or(&case.guard);
                        }
                        Known::Absent if *order == Order::Different => {
                            answer.yes = answer.yes.or(&case.guard)
                        }
                        Known::Unknown(reason) => answer.open(&case.guard, reason),
                        Known::Value(_) | Known::Absent => answer.no = answer.no.or(&case.guard),
                    }
                }
                answer
            }
            Condition::All(conditions) => Answer::all(&each(conditions)),
            Condition::Any(conditions) => {
                let negated: Vec<Answer> = each(conditions).into_iter().map(Answer::negated).collect();
                Answer::all(&negated).negated()
            }
            Condition::Not(inner) => self.answer(element, inner).negated(),
        }
    }
}

/// The element without its own guard, which its answers need not repeat.
fn bare<'a>(element: &Case<Value<'a>>) -> Case<Value<'a>> {
    Case {
        guard: Guard::True,
        ..element.clone()
    }
}

/// When a condition holds, when it does not, and when and why it is not known.
struct Answer {
    yes: Guard,
    no: Guard,
    open: Guard,
    reason: Option<Unknown>,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            yes: Guard::False,
            no: Guard::False,
            open: Guard::False,
            reason: None,
        }
    }
}

impl Answer {
    fn open(&mut self, guard: &Guard, reason: Unknown) {
        self.open = self.open.or(guard);
        self.reason.get_or_insert(reason);
    }

    fn negated(self) -> Answer {
        Answer {
            yes: self.no,
            no: self.yes,
            ..self
        }
    }

    fn all(answers: &[Answer]) -> Answer {
        let yes = Guard::all(answers.iter().map(|answer| answer.yes.clone()));
        let no = Guard::any(answers.iter().map(|answer| answer.no.clone()));
        let undecided = answers.iter().map(|answer| answer.yes.or(&answer.open));
        let some_open = Guard::any(answers.iter().map(|answer| answer.open.clone()));
        Answer {
            open: Guard::all(undecided).and(&some_open),
            yes,
            no,
            reason: answers.iter().find_map(|answer| answer.reason.clone()),
        }
    }
}
