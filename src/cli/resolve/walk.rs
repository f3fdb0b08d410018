//! From a stack's declarations to the cases of every place in them.

use indexmap::IndexSet;

use super::page::{Declaration, Entry, Place, StackPage, Unsettled};
use crate::cfn::Template;
use crate::cli::exit::Failure;
use crate::eval::guard::satisfiable;
use crate::eval::{Case, Cases, Evaluator, Guard, Known, Object, Part, Text, Unknown, Value};
use crate::project::{ResourceId, StackId};
use crate::source::{Span, Str};

/// What is printed in place of a secret.
const MASK: &str = "****";

/// A secret of at least so many bytes is looked for inside of longer texts; a shorter one would be found in everything.
const SECRET_BYTES_MIN: usize = 4;

/// A place in a stack: `[STACK]/SECTION/NAME/…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    /// The stack's path; empty for the root.
    pub(super) stack: Str,
    /// A section of the template.
    pub(super) section: String,
    /// The name of the declaration.
    pub(super) name: String,
    /// Keys below it.
    keys: Vec<String>,
}

/// The sections whose declarations have values.
const SECTIONS: &[&str] = &["Resources", "Outputs", "Parameters", "Conditions"];

impl Pointer {
    /// Reads a pointer.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let bad = || {
            Failure::usage(format!("`{text}` is no pointer that can be resolved")).help(
                "write for example /Resources/Service/Properties/DesiredCount, or Network/Outputs/Subnets for the nested \
                 stack Network",
            )
        };
        let segments: Vec<String> = text
            .split('/')
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
            .collect();
        let at = segments
            .iter()
            .position(|segment| SECTIONS.contains(&segment.as_str()))
            .ok_or_else(bad)?;
        let (stack, rest) = segments.split_at(at);
        let [section, name, keys @ ..] = rest else {
            return Err(bad());
        };
        let stack: Vec<&str> = stack
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty() && *name != "root")
            .collect();
        Ok(Self {
            stack: stack.join("/").into(),
            section: section.clone(),
            name: name.clone(),
            keys: keys.to_vec(),
        })
    }
}

/// The names that a section of a template declares.
pub(super) fn names(template: &Template, section: &str) -> Vec<Str> {
    match section {
        "Resources" => template.resources.keys().cloned().collect(),
        "Outputs" => template.outputs.keys().cloned().collect(),
        "Parameters" => template.parameters.keys().cloned().collect(),
        "Conditions" => template.conditions.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Resolves places of stacks.
pub(super) struct Walk<'e, 'a> {
    eval: &'e Evaluator<'a>,
    /// The values of all `NoEcho` parameters.
    secrets: IndexSet<Str>,
}

impl<'e, 'a> Walk<'e, 'a> {
    pub(super) fn new(eval: &'e Evaluator<'a>) -> Self {
        let mut secrets = IndexSet::new();
        for stack in eval.project().stack_ids() {
            for (name, parameter) in &eval.project().template(stack).parameters {
                if !parameter.no_echo {
                    continue;
                }
                secrets.extend(parameter.default.as_ref().map(|default| default.text.clone()));
                secrets.extend(parameter.allowed.iter().cloned());
                for case in eval.scalars(eval.parameter_value(stack, name, parameter.name.span)) {
                    if let Known::Value(text) = case.value {
                        secrets.insert(text);
                    }
                }
            }
        }
        secrets.shift_remove("");
        Self { eval, secrets }
    }

    /// All resources and outputs of a stack.
    pub(super) fn stack(&self, stack: StackId) -> StackPage {
        let template = self.eval.project().template(stack);
        let resources = names(template, "Resources")
            .into_iter()
            .map(|name| ("Resources", name));
        let outputs = names(template, "Outputs")
            .into_iter()
            .map(|name| ("Outputs", name));
        let declarations = resources
            .chain(outputs)
            .filter_map(|(section, name)| self.declaration(stack, section, &name, &[]));
        self.page(stack, declarations.collect())
    }

    /// One place of a stack; `None` when the stack has no such declaration.
    pub(super) fn place(&self, stack: StackId, pointer: &Pointer) -> Option<StackPage> {
        let name: Str = pointer.name.as_str().into();
        let declaration = self.declaration(stack, &pointer.section, &name, &pointer.keys)?;
        Some(self.page(stack, vec![declaration]))
    }

    fn page(&self, stack: StackId, declarations: Vec<Declaration>) -> StackPage {
        let project = self.eval.project();
        let path = &project.stack(stack).path;
        StackPage {
            stack: if path.is_empty() {
                "root".to_owned()
            } else {
                path.to_string()
            },
            template: project.sources.get(project.file(stack)).path().to_string(),
            when: self.when(&self.eval.stack_presence(stack)),
            declarations,
        }
    }

    fn declaration(&self, stack: StackId, section: &str, name: &Str, keys: &[String]) -> Option<Declaration> {
        let template = self.eval.project().template(stack);
        let (type_name, presence, start, cases): (_, _, &[&str], Cases<'a>) = match section {
            "Resources" => {
                let (index, _, resource) = template.resources.get_full(name)?;
                let id = ResourceId {
                    stack,
                    index: index as u32,
                };
                let cases = self.eval.property(id, &[]);
                let type_name = resource.type_name.text.to_string();
                (Some(type_name), self.eval.presence(id), &["Properties"], cases)
            }
            "Outputs" => {
                let output = template.outputs.get(name)?;
                let own = output.condition.as_ref();
                let own = own.map_or(Guard::True, |name| self.eval.condition(stack, &name.text));
                let presence = self.eval.stack_presence(stack).and(&own);
                let value = output.value.as_ref();
                let cases = value.map_or_else(Vec::new, |value| self.eval.value(stack, value));
                (None, presence, &["Value"], cases)
            }
            "Parameters" => {
                let parameter = template.parameters.get(name)?;
                let span = parameter.name.span;
                let cases = self.eval.parameter_value(stack, name, span);
                let type_name = parameter.type_name.to_string();
                (Some(type_name), self.eval.stack_presence(stack), &[], cases)
            }
            "Conditions" => {
                let condition = template.conditions.get(name)?;
                let guard = self.eval.condition(stack, name);
                let span = condition.name.span;
                let case = |value: &str, guard| {
                    let case = Case::new(Value::Text(Text::literal(value)), span);
                    Case { guard, ..case }
                };
                let cases = vec![case("true", guard.clone()), case("false", guard.negated())];
                (None, self.eval.stack_presence(stack), &[], cases)
            }
            _ => return None,
        };
        let mut pointer = String::new();
        for key in start {
            pointer.push_str(&format!("/{key}"));
        }
        let mut keys = keys.iter().map(String::as_str).peekable();
        start.iter().for_each(|key| {
            keys.next_if_eq(key);
        });
        let cases = keys.fold(cases, |cases, key| {
            pointer.push_str(&format!("/{}", escaped(key)));
            self.step(cases, key)
        });
        let mut values = Vec::new();
        self.values(cases, pointer, &mut values);
        Some(Declaration {
            pointer: format!("/{section}/{name}"),
            type_name,
            when: self.when(&presence),
            values,
        })
    }

    /// One key or index down.
    fn step(&self, cases: Cases<'a>, key: &str) -> Cases<'a> {
        let is_list = cases.iter().any(|case| matches!(case.value, Value::List(_)));
        match key.parse::<usize>() {
            Ok(index) if is_list => self
                .eval
                .elements(cases)
                .into_iter()
                .skip(index)
                .take(1)
                .collect(),
            _ => self.eval.get(cases, key),
        }
    }

    /// The places at and below a value. Of a mapping and of a list every member is a place of its own.
    fn values(&self, cases: Cases<'a>, pointer: String, out: &mut Vec<Place>) {
        let mut scalars: Cases<'a> = Vec::new();
        let mut objects: Cases<'a> = Vec::new();
        let mut lists: Cases<'a> = Vec::new();
        for case in cases {
            match &case.value {
                Value::Object(_) => objects.push(case),
                Value::List(elements) if !elements.is_empty() => lists.push(case),
                _ => scalars.push(case),
            }
        }
        let entries: Vec<Entry> = scalars.iter().flat_map(|case| self.entries(case)).collect();
        if !entries.is_empty() {
            let pointer = pointer.clone();
            out.push(Place {
                pointer,
                cases: entries,
            });
        }
        let keys: IndexSet<Str> = objects
            .iter()
            .filter_map(|case| match &case.value {
                Value::Object(Object { node, .. }) => node.as_mapping(),
                _ => None,
            })
            .flatten()
            .map(|entry| entry.key.clone())
            .collect();
        for key in keys {
            let inner = self.eval.get(objects.clone(), &key);
            self.values(inner, format!("{pointer}/{}", escaped(&key)), out);
        }
        for (index, element) in self.eval.elements(lists).into_iter().enumerate() {
            self.values(vec![element], format!("{pointer}/{index}"), out);
        }
    }

    /// The cases of a value that is neither mapping nor list, parameters replaced by the values there is evidence for.
    fn entries(&self, case: &Case<Value<'a>>) -> Vec<Entry> {
        let entry = |case: &Case<Option<String>>, unknown: Option<Unknown>| Entry {
            value: case.value.as_ref().map(|value| self.masked(value)),
            unknown: unknown.map(|unknown| {
                let reason = self.eval.reason(&unknown);
                Unsettled {
                    reason: self.masked_words(&reason.text),
                    settle: reason.settle,
                }
            }),
            when: self.when(&case.guard),
            at: self.place_of(case.span),
            through: self.through(case),
        };
        match &case.value {
            Value::Text(text) => self
                .eval
                .concrete(&case.with(text.clone()))
                .iter()
                .filter(|case| self.is_possible(&case.guard))
                .map(|case| entry(&case.with(Some(self.spelled(&case.value))), case.value.unknown()))
                .collect(),
            _ if !self.is_possible(&case.guard) => Vec::new(),
            Value::Unknown(reason) => vec![entry(&case.with(None), Some(reason.clone()))],
            Value::List(_) => vec![entry(&case.with(Some("[]".to_owned())), None)],
            Value::Absent | Value::Object(_) => vec![entry(&case.with(None), None)],
        }
    }

    fn is_possible(&self, guard: &Guard) -> bool {
        !satisfiable(guard, self.eval).is_no()
    }

    /// A text, the resources in it with the paths of their stacks.
    fn spelled(&self, text: &Text) -> String {
        let parts = text.parts().iter().map(|part| match part {
            Part::Attribute(resource, attribute) if &**attribute == "Ref" => {
                format!("${{{}}}", self.eval.name(*resource))
            }
            Part::Attribute(resource, attribute) => format!("${{{}.{attribute}}}", self.eval.name(*resource)),
            part => self.eval.render(&Text::part(part.clone())).to_string(),
        });
        parts.collect()
    }

    fn through(&self, case: &Case<Option<String>>) -> Vec<String> {
        let hops = case.trail.hops().iter();
        let mut out: Vec<String> = hops
            .map(|hop| format!("{} {hop}", self.place_of(hop.span)))
            .collect();
        if case.trail.is_assumed() {
            out.push("a link on the way is assumed, by the end of a URL or the shape of a name".to_owned());
        }
        out
    }

    fn place_of(&self, span: Span) -> String {
        let source = self.eval.project().sources.get(span.file);
        let position = source.position(span.start);
        format!("{}:{}:{}", source.path(), position.line, position.column)
    }

    fn when(&self, guard: &Guard) -> String {
        self.masked_words(&self.eval.guard(guard))
    }

    /// A value, unless a secret is in it.
    fn masked(&self, value: &str) -> String {
        let is_secret = |secret: &Str| {
            **secret == *value || (secret.len() >= SECRET_BYTES_MIN && value.contains(&**secret))
        };
        if self.secrets.iter().any(is_secret) {
            MASK.to_owned()
        } else {
            value.to_owned()
        }
    }

    /// Words with the secrets in them masked.
    fn masked_words(&self, words: &str) -> String {
        let mut out = words.to_owned();
        for secret in &self.secrets {
            if secret.len() >= SECRET_BYTES_MIN {
                out = out.replace(&**secret, MASK);
            }
        }
        out
    }
}

/// A key as a segment of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_has_a_stack_a_section_a_name_and_keys() {
        let pointer = Pointer::parse("/Resources/A/Properties/Tags/0/a~1b")
            .ok()
            .unwrap();
        assert_eq!((&*pointer.stack, pointer.section.as_str()), ("", "Resources"));
        assert_eq!(pointer.keys, ["Properties", "Tags", "0", "a/b"]);
        let nested = Pointer::parse("Api/Inner/Outputs/Url").ok().unwrap();
        assert_eq!((&*nested.stack, nested.name.as_str()), ("Api/Inner", "Url"));
        let root = Pointer::parse("root/Parameters/Stage").ok().unwrap();
        assert_eq!(&*root.stack, "");
        for bad in ["", "/", "/Resources", "Service", "/Mappings/A/b/c"] {
            assert!(Pointer::parse(bad).is_err(), "{bad}");
        }
    }
}
