//! Evaluation: a node of a template in a stack to the cases of its value.

mod condition;
mod export;
mod exports;
mod function;
pub mod guard;
mod import;
mod list;
mod name;
mod narrow;
mod render;
mod select;
mod text;
mod value;

use std::sync::{Arc, OnceLock, RwLock};

use rustc_hash::FxHashMap;

pub use export::Export;
pub use guard::{Domains, Equality, Guard, Holds, Sat, Scope, Var, World};
pub use import::{Import, Source};
pub use select::{Constant, Path, PathError, number_of};
pub use text::Text;
pub use value::{
    Case, Cases, Exit, ExitKind, Hop, HopKind, Known, Object, Part, Target, Trail, Unknown, Value, when,
    when_any,
};

use crate::cfn::{ParameterKind, Resource};
use crate::project::{Child, MissingChild, Project, ResourceId, StackId};
use crate::source::{Span, Str};
use crate::yaml::{Kind, Node};

/// Cases of one value before it is given up. A value that differs in more ways than this is made of several
/// independent parameters, and no rule's message could name them.
pub const MAX_CASES: usize = 256;

/// Most `AllowedValues` that are tried one by one; a longer list, such as instance types, is not a choice that a
/// rule's verdict should be spelled out for.
pub const MAX_ALLOWED_TRIED: usize = 8;

/// Definitions (parameters, conditions, outputs) that are followed into one another. Real chains are some ten long;
/// the limit keeps a generated chain of thousands from exhausting the thread's stack.
pub const MAX_DEFINITIONS: usize = 128;

/// Definitions that are entered for the sake of one value. What takes part in a cycle is not kept, so that definitions
/// which refer to two others each, in a circle, would be entered without end. A template has 200 parameters at most.
pub const MAX_ENTERED: u32 = 1_000;

/// Parts of one text, literals and what stands between them; a policy or a start script of the field has some fifty.
pub const MAX_PARTS: usize = 1_024;

/// Longest text that is put together, in bytes; CloudFormation takes templates up to 1 MB.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Evaluates nodes of the templates of a project; memoises what several asks share.
pub struct Evaluator<'a> {
    project: &'a Project,
    memo: Memo<'a>,
}

/// The stacks that export names which a stack imports with the same beginning.
type Rivals = FxHashMap<(StackId, Str), Arc<Vec<export::Rival>>>;

#[derive(Default)]
struct Memo<'a> {
    conditions: RwLock<FxHashMap<(StackId, Str), Guard>>,
    parameters: RwLock<FxHashMap<(StackId, Str), Arc<Cases<'a>>>>,
    axioms: RwLock<FxHashMap<StackId, Guard>>,
    exports: OnceLock<exports::Exports>,
    imported: RwLock<FxHashMap<StackId, Arc<export::Imported>>>,
    rivals: RwLock<Rivals>,
    choices: RwLock<FxHashMap<Str, Vec<Str>>>,
}

/// What is being evaluated, so that a definition in terms of itself ends.
#[derive(Default)]
struct Active {
    names: Vec<(StackId, Str)>,
    /// Definitions entered so far.
    entered: u32,
    /// A cycle was met; results on the way out are not worth keeping.
    cyclic: bool,
    /// The names of exports or imports are being collected, so imports cannot be resolved yet.
    naming: bool,
}

impl Active {
    /// Enters a definition.
    ///
    /// # Errors
    /// When it is already being evaluated, or too many are.
    fn enter(&mut self, stack: StackId, name: &str) -> Result<(), Unknown> {
        if self
            .names
            .iter()
            .any(|(other, known)| *other == stack && &**known == name)
        {
            self.cyclic = true;
            let shown = name.rsplit('.').next().unwrap_or(name);
            return Err(Unknown::Malformed(
                format!("`{shown}`, defined in terms of itself,").into(),
            ));
        }
        if self.names.len() >= MAX_DEFINITIONS {
            self.cyclic = true;
            return Err(Unknown::Limit("MAX_DEFINITIONS"));
        }
        if self.entered >= MAX_ENTERED {
            self.cyclic = true;
            return Err(Unknown::Limit("MAX_ENTERED"));
        }
        self.entered += 1;
        self.names.push((stack, name.into()));
        Ok(())
    }

    fn leave(&mut self) {
        self.names.pop();
    }
}

impl<'a> Evaluator<'a> {
    /// An evaluator over a project.
    pub fn new(project: &'a Project) -> Self {
        Self {
            project,
            memo: Memo::default(),
        }
    }

    /// The project that is evaluated.
    pub fn project(&self) -> &'a Project {
        self.project
    }

    /// The cases of a node's value in a stack.
    pub fn value(&self, stack: StackId, node: &'a Node) -> Cases<'a> {
        self.eval(&mut Active::default(), stack, node)
    }

    /// The cases of a parameter's value in a stack, seen from `span`.
    pub fn parameter_value(&self, stack: StackId, name: &Str, span: Span) -> Cases<'a> {
        self.parameter(&mut Active::default(), stack, name, span)
    }

    /// The cases of what `Ref` of a name gives in a stack, seen from `span`.
    pub fn named(&self, stack: StackId, name: &Str, span: Span) -> Cases<'a> {
        self.reference(&mut Active::default(), stack, name, span)
    }

    /// The cases of a property of a resource, reached through nested mappings.
    pub fn property(&self, resource: ResourceId, path: &[&str]) -> Cases<'a> {
        self.property_in(&mut Active::default(), resource, path)
    }

    fn property_in(&self, active: &mut Active, resource: ResourceId, path: &[&str]) -> Cases<'a> {
        let declared = self.project.resource(resource);
        let Some(properties) = &declared.properties else {
            return vec![Case::new(Value::Absent, declared.id.span)];
        };
        let mut cases = self.eval(active, resource.stack, properties);
        for case in &mut cases {
            case.span = declared.id.span;
        }
        for key in path {
            cases = self.get_in(active, cases, key);
        }
        cases
    }

    /// The cases of a property at a path in which `*` stands for every element of a list.
    pub fn walk(&self, resource: ResourceId, path: &[&str]) -> Cases<'a> {
        let mut pieces = path.split(|key| *key == "*");
        let mut cases = self.property(resource, pieces.next().unwrap_or(&[]));
        for piece in pieces {
            cases = self.elements(cases);
            for key in piece {
                cases = self.get(cases, key);
            }
        }
        cases
    }

    /// The cases of a key of mappings; a key that is not there is [`Value::Absent`] with the place of the mapping.
    pub fn get(&self, cases: Cases<'a>, key: &str) -> Cases<'a> {
        self.get_in(&mut Active::default(), cases, key)
    }

    fn get_in(&self, active: &mut Active, cases: Cases<'a>, key: &str) -> Cases<'a> {
        let mut out = Vec::with_capacity(cases.len());
        let place = cases.first().map(|case| case.span);
        for case in cases {
            match &case.value {
                Value::Object(object) => match object.node.get(key) {
                    Some(node) => {
                        let inner = self.eval(active, object.stack, node);
                        out.extend(inner.into_iter().map(|inner| join(&case, inner)));
                    }
                    None => out.push(case.with(missing(object.node))),
                },
                Value::Unknown(reason) => out.push(case.with(Value::Unknown(reason.clone()))),
                Value::Absent => out.push(case.with(Value::Absent)),
                Value::Text(text) => {
                    let value = text.unknown().map_or(Value::Absent, Value::Unknown);
                    out.push(case.with(value));
                }
                Value::List(_) => out.push(case.with(Value::Absent)),
            }
        }
        out.retain(|case| !case.guard.is_never());
        place.map_or_else(Vec::new, |place| function::limited(out, place))
    }

    /// When a resource exists: its own condition and those of the nested stacks above it.
    pub fn presence(&self, resource: ResourceId) -> Guard {
        let declared = self.project.resource(resource);
        let own = match &declared.condition {
            Some(name) => self.condition(resource.stack, &name.text),
            None => Guard::True,
        };
        let assumed = declared
            .assumptions
            .iter()
            .map(|assumption| self.assumption(resource.stack, assumption));
        Guard::all(
            [self.stack_presence(resource.stack), own]
                .into_iter()
                .chain(assumed),
        )
    }

    /// When a stack exists.
    pub fn stack_presence(&self, stack: StackId) -> Guard {
        self.project
            .stack(stack)
            .parent
            .map_or(Guard::True, |parent| self.presence(parent))
    }

    fn eval(&self, active: &mut Active, stack: StackId, node: &'a Node) -> Cases<'a> {
        let value = match &node.kind {
            Kind::Null => Value::Absent,
            Kind::Scalar(scalar) => Value::Text(literal(&scalar.text)),
            Kind::Mapping(_) => Value::Object(Object { stack, node }),
            Kind::Sequence(items) => {
                let mut elements = Vec::with_capacity(items.len());
                for item in items {
                    elements.extend(self.eval(active, stack, item));
                }
                elements.retain(|element| !matches!(element.value, Value::Absent));
                Value::List(elements)
            }
            Kind::Function(call) => return self.call(active, stack, node, call),
        };
        vec![Case::new(value, node.span)]
    }

    /// The cases of a parameter's value, seen from `span`.
    fn parameter(&self, active: &mut Active, stack: StackId, name: &Str, span: Span) -> Cases<'a> {
        let key = (stack, name.clone());
        let known = read(&self.memo.parameters).get(&key).cloned();
        let cases = match known {
            Some(cases) => cases,
            None => {
                if let Err(reason) = active.enter(stack, name) {
                    return vec![Case::new(Value::Unknown(reason), span)];
                }
                let cases = Arc::new(self.bind(active, stack, name, span));
                active.leave();
                if !active.cyclic {
                    write(&self.memo.parameters).insert(key, Arc::clone(&cases));
                }
                cases
            }
        };
        cases.iter().cloned().map(|case| Case { span, ..case }).collect()
    }

    /// Binds a parameter: command line, parameter file, argument of the parent stack, default. The default of a root
    /// stack's parameter is one world among others, so the parameter stays a variable there.
    fn bind(&self, active: &mut Active, stack: StackId, name: &Str, span: Span) -> Cases<'a> {
        let Some(parameter) = self.project.template(stack).parameters.get(name) else {
            return vec![Case::new(Value::Unknown(Unknown::Undeclared(name.clone())), span)];
        };
        let instance = self.project.stack(stack);
        if let ParameterKind::Ssm { .. } = parameter.kind {
            // The value names an SSM parameter, which is the same as a dynamic reference to it.
            let given = instance.given.get(name).map(|given| &given.value);
            let named = given.or(parameter.default.as_ref().map(|default| &default.text));
            let shown = named.map_or_else(|| format!("${{{name}}}"), ToString::to_string);
            let part = Part::Dynamic(format!("{{{{resolve:ssm:{shown}}}}}").into());
            return vec![Case::new(Value::Text(Text::part(part)), span)];
        }
        if let Some(given) = instance.given.get(name) {
            let mut case = Case::new(Value::Text(literal(&given.value)), span);
            if let Some(place) = given.span {
                case.trail = case.trail.through(Hop {
                    span: place,
                    kind: HopKind::Given,
                    name: name.clone(),
                });
            }
            return vec![case];
        }
        let Some(parent) = instance.parent else {
            let var = Var {
                scope: Scope::Stack(stack),
                name: name.clone(),
            };
            return vec![Case::new(Value::Text(Text::part(Part::Variable(var))), span)];
        };
        let arguments = self.property_in(active, parent, &[Resource::ARGUMENTS]);
        let mut out = Vec::new();
        for case in self.get_in(active, arguments, name) {
            match case.value {
                Value::Absent => {
                    let value = match &parameter.default {
                        Some(default) => Value::Text(literal(&default.text)),
                        None => Value::Unknown(Unknown::Parameter(Var {
                            scope: Scope::Stack(stack),
                            name: name.clone(),
                        })),
                    };
                    let hop = parameter.default.as_ref().map(|default| Hop {
                        span: default.span,
                        kind: HopKind::Default,
                        name: name.clone(),
                    });
                    let case = case.with(value);
                    out.push(match hop {
                        Some(hop) => Case {
                            trail: case.trail.clone().through(hop),
                            ..case
                        },
                        None => case,
                    });
                }
                value => {
                    let hop = Hop {
                        span: case.span,
                        kind: HopKind::Argument,
                        name: name.clone(),
                    };
                    let mut trail = Trail::default().through(hop).then(&case.trail);
                    trail.assume(self.link_assumed(stack));
                    out.push(Case {
                        guard: case.guard,
                        value,
                        span,
                        trail,
                    });
                }
            }
        }
        out
    }

    /// True when the stack's template was found by the end of its URL.
    fn link_assumed(&self, stack: StackId) -> bool {
        let Some(parent) = self.project.stack(stack).parent else {
            return false;
        };
        let id = &self.project.resource(parent).id.text;
        matches!(
            self.project.stack(parent.stack).children.get(id),
            Some(Child::Stack { assumed: true, .. })
        )
    }

    /// The cases of an output of a nested stack.
    fn output(&self, active: &mut Active, nested: ResourceId, name: &str, span: Span) -> Cases<'a> {
        let id = &self.project.resource(nested).id.text;
        let unknown = |reason| vec![Case::new(Value::Unknown(reason), span)];
        let (child, assumed) = match self.project.stack(nested.stack).children.get(id) {
            Some(Child::Stack { id, assumed }) => (*id, *assumed),
            Some(Child::Missing(MissingChild::NotFollowed)) => {
                return unknown(Unknown::NotFollowed(id.clone()));
            }
            _ => return unknown(Unknown::MissingTemplate(id.clone())),
        };
        let Some((output, value)) = self
            .project
            .template(child)
            .outputs
            .get(name)
            .and_then(|output| Some((output, output.value.as_ref()?)))
        else {
            return unknown(Unknown::MissingOutput(format!("{id}.Outputs.{name}").into()));
        };
        let key = format!("Outputs.{name}");
        if let Err(reason) = active.enter(child, &key) {
            return unknown(reason);
        }
        let cases = self.eval(active, child, value);
        active.leave();
        let hop = |place| Hop {
            span: place,
            kind: HopKind::Output,
            name: output.id.text.clone(),
        };
        cases
            .into_iter()
            .map(|case| {
                let mut trail = Trail::default().through(hop(case.span)).then(&case.trail);
                trail.assume(assumed);
                Case { span, trail, ..case }
            })
            .collect()
    }

    /// All outputs of a nested stack's template, for a closer look.
    pub fn child(&self, nested: ResourceId) -> Option<&'a Child> {
        let id = &self.project.resource(nested).id.text;
        self.project.stack(nested.stack).children.get(id)
    }
}

/// The value of a key that a mapping does not have: nothing, unless a macro in the mapping may add it.
fn missing(node: &Node) -> Value<'_> {
    let macro_call = node
        .as_mapping()
        .into_iter()
        .flatten()
        .find(|entry| &*entry.key == "Fn::Transform" || entry.key.starts_with("Fn::ForEach::"));
    match macro_call {
        Some(entry) => Value::Unknown(Unknown::Macro(entry.key.clone())),
        None => Value::Absent,
    }
}

/// A text as written, its dynamic references set apart.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
fn literal(text: &Str) -> Text {
    if !text.contains("{{resolve:") {
        return Text::literal(text.clone());
    }
    let mut out = Text::default();
    let mut rest: &str = text;
    while let Some(start) = rest.find("{{resolve:") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        out.push(Part::Literal(rest[..start].into()));
        out.push(Part::Dynamic(rest[start..start + length + 2].into()));
        rest = &rest[start + length + 2..];
    }
    out.push(Part::Literal(rest.into()));
    out
}

/// A case of something inside another case.
fn join<'a>(outer: &Case<Value<'a>>, inner: Case<Value<'a>>) -> Case<Value<'a>> {
    Case {
        guard: outer.guard.and(&inner.guard),
        trail: outer.trail.clone().then(&inner.trail),
        ..inner
    }
}

/// Reads a memo table; a panic elsewhere cannot leave one half-written.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Writes a memo table.
fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Domains for Evaluator<'_> {
    fn allowed(&self, var: &Var) -> Vec<Str> {
        match var.scope {
            Scope::Stack(stack) => self
                .project
                .template(stack)
                .parameters
                .get(&var.name)
                .map_or_else(Vec::new, |parameter| parameter.allowed.clone()),
            Scope::Exporter => read(&self.memo.choices)
                .get(&var.name)
                .cloned()
                .unwrap_or_default(),
            Scope::Everywhere => Vec::new(),
        }
    }

    fn default(&self, var: &Var) -> Option<Str> {
        let Scope::Stack(stack) = var.scope else {
            return None;
        };
        let parameter = self.project.template(stack).parameters.get(&var.name)?;
        parameter.default.as_ref().map(|default| default.text.clone())
    }

    fn axiom(&self, var: &Var) -> Guard {
        match var.scope {
            Scope::Stack(stack) => self.axioms(stack),
            Scope::Exporter | Scope::Everywhere => Guard::True,
        }
    }
}
