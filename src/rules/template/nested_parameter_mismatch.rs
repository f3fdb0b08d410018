//! Arguments of nested stacks fit the parameters of their templates.

use indexmap::IndexMap;
use regex::Regex;

use crate::aws::parameter_types::{self, Named};
use crate::cfn::{Parameter, ParameterKind, Template};
use crate::diag::{Label, Role, Severity, nearest};
use crate::eval::{Case, Cases, Evaluator, Guard, Known, Part, Text, Trail, Unknown, Value};
use crate::project::{Child, ResourceId, StackId};
use crate::rule::{Category, Context, Docs, Finding, Profile, Question, Rule};
use crate::source::{Span, Str};
use crate::yaml::{Function, Node};

/// See the module.
pub static RULE: Rule = Rule {
    name: "nested-parameter-mismatch",
    summary: "arguments of nested stacks fit the parameters of their templates",
    docs: Docs {
        why: "CloudFormation notices an argument that does not fit only when it creates the nested stack, after much \
              of the parent is already there, and rolls everything back.",
        decides: "Compares the `Parameters` of a nested stack with those its template declares: names, parameters \
                  without a default, `AllowedValues`, `AllowedPattern`, numbers, and what typed parameters such as \
                  `List<AWS::EC2::Subnet::Id>` are given. Arguments are text: lists must be joined. Values that are \
                  not known are not judged; a nested template that is not loaded is told by `missing-template`.",
        fix: "Mend the name or the value, pass what is missing, or give the parameter a default.",
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3043"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html",
    check,
};

/// Most values of a parameter that a message lists.
const MAX_LISTED: usize = 8;

/// Most elements of one argument that are compared with each other for being there together.
const MAX_ELEMENTS: usize = 8;

fn check(cx: &mut Context<'_, '_>) {
    let project = cx.inventory().project();
    for child in project.stack_ids() {
        if let Some(nested) = project.stack(child).parent {
            Judgement::of(cx, nested, child).conclude(cx);
        }
    }
}

/// What is wrong at one place.
struct Fault {
    guard: Guard,
    trail: Trail,
    label: &'static str,
    help: Option<String>,
    declared: Option<Span>,
    evidence: Vec<Label>,
}

/// The faults of one nested stack, those that say the same at one place joined.
struct Judgement<'a> {
    nested: ResourceId,
    name: &'a Str,
    template: &'a Template,
    assumed: bool,
    faults: IndexMap<(Span, String), Fault>,
    open: Vec<Case<Unknown>>,
}

impl<'a> Judgement<'a> {
    fn of(cx: &Context<'_, 'a>, nested: ResourceId, child: StackId) -> Self {
        let inventory = cx.inventory();
        let eval = cx.eval();
        let mut judgement = Judgement {
            nested,
            name: inventory.logical_id(nested),
            template: inventory.project().template(child),
            assumed: matches!(eval.child(nested), Some(Child::Stack { assumed: true, .. })),
            faults: IndexMap::new(),
            open: Vec::new(),
        };
        let arguments = eval.property(nested, &["Parameters"]);
        judgement.names(&arguments);
        for parameter in judgement.template.parameters.values() {
            let cases = eval.get(arguments.clone(), &parameter.name.text);
            judgement.presence(cx, parameter, &cases);
            if !matches!(parameter.kind, ParameterKind::Ssm { .. }) {
                judgement.lists(eval, parameter, &arguments);
                judgement.constraints(eval, parameter, &cases);
                if let Some(named) = parameter_types::named(&parameter.type_name) {
                    judgement.types(cx, parameter, named, &cases);
                }
            }
        }
        judgement
    }

    fn conclude(self, cx: &mut Context<'_, 'a>) {
        let findings = self.faults.into_iter().map(|((place, message), fault)| {
            let declared = fault.declared.map(|span| Label {
                span,
                text: "the parameter of the nested template".to_owned(),
                role: Role::Definition,
                resource: None,
            });
            let mut finding = Finding::new(self.nested, place, message.as_str())
                .when(&fault.guard)
                .label(fault.label)
                .through(cx.inventory(), &fault.trail)
                .because(fault.evidence)
                .because(declared)
                .atom(message);
            finding.assumed |= self.assumed;
            finding.help = fault.help;
            finding
        });
        let findings: Vec<Finding> = findings.collect();
        let place = cx.inventory().project().resource(self.nested).id.span;
        let message = format!("whether the arguments of nested stack `{}` fit its template", self.name);
        cx.conclude(
            findings,
            Question {
                subject: self.nested,
                place,
                message,
                open: self.open,
            },
        );
    }

    fn fault(&mut self, place: Span, message: String, fault: Fault) {
        match self.faults.get_mut(&(place, message.clone())) {
            Some(known) => {
                known.guard = known.guard.or(&fault.guard);
                known.evidence.extend(fault.evidence);
            }
            None => {
                self.faults.insert((place, message), fault);
            }
        }
    }

    /// Arguments that the template has no parameter for.
    fn names(&mut self, arguments: &Cases<'a>) {
        let may_declare = macro_of(self.template);
        for case in arguments {
            let node = match &case.value {
                Value::Object(object) => object.node,
                Value::Unknown(reason) => {
                    self.open.push(case.with(reason.clone()));
                    continue;
                }
                _ => continue,
            };
            for entry in node.as_mapping().into_iter().flatten() {
                if self.template.parameters.contains_key(&entry.key) || entry.key.starts_with("Fn::") {
                    continue;
                }
                if let Some(name) = &may_declare {
                    self.open.push(case.with(Unknown::Macro(name.clone())));
                    continue;
                }
                let known = self.template.parameters.keys().map(|name| &**name);
                let help = match nearest(&entry.key, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "leave it out, or declare the parameter in the nested template".to_owned(),
                };
                let message = format!(
                    "nested stack `{}` is given `{}`, but its template has no such parameter",
                    self.name, entry.key
                );
                let fault = Fault {
                    guard: case.guard.clone(),
                    trail: case.trail.clone(),
                    label: "no such parameter",
                    help: Some(help),
                    declared: None,
 evidence: Vec::new(),
                };
                self.fault(entry.key_span, message, fault);
            }
        }
    }

    /// Parameters without a default that get no argument.
    fn presence(&mut self, cx: &Context<'_, 'a>, parameter: &'a Parameter, cases: &Cases<'a>) {
        if parameter.default.is_some() || parameter.name.text.starts_with("Fn::") {
            return;
        }
        let resource = cx.inventory().project().resource(self.nested);
        let arguments = resource
            .properties
            .as_ref()
            .and_then(|node| node.entry("Parameters"));
        for case in cases.iter().filter(|case| matches!(case.value, Value::Absent)) {
            let given = arguments.and_then(|entry| entry.value.get(&parameter.name.text));
            let place = match (given, arguments) {
                (Some(_), _) => case.span,
                (None, Some(entry)) => entry.key_span,
                (None, None) => resource.id.span,
            };
            let message = format!(
                "nested stack `{}` gets no value for parameter `{}`, which has no default",
                self.name, parameter.name.text
            );
            let fault = Fault {
                guard: case.guard.clone(),
                trail: case.trail.clone(),
                label: "the argument is missing",
                help: Some(format!(
                    "pass `{}`, or give the parameter a default",
                    parameter.name.text
                )),
                declared: Some(parameter.name.span),
 evidence: Vec::new(),
            };
            self.fault(place, message, fault);
        }
    }

    /// Lists, which CloudFormation does not take as arguments.
    fn lists(&mut self, eval: &Evaluator<'a>, parameter: &'a Parameter, arguments: &Cases<'a>) {
        for case in arguments {
            let Value::Object(object) = &case.value else {
                continue;
            };
            let Some(node) = object.node.get(&parameter.name.text) else {
                continue;
            };
            let template = eval.project().template(object.stack);
            for (guard, node) in branches(eval, object.stack, node, case.guard.clone()) {
                if !is_list(template, node) {
                    continue;
                }
                let message = format!(
                    "nested stack `{}` gets a list for parameter `{}`, but arguments of nested stacks are text",
                    self.name, parameter.name.text
                );
                let help = match parameter.kind {
                    ParameterKind::List => "join it: `!Join [\",\", …]`".to_owned(),
                    _ => format!("pass one text; `{}` is no list", parameter.name.text),
                };
                let fault = Fault {
                    guard,
                    trail: Trail::default(),
                    label: "a list",
                    help: Some(help),
                    declared: Some(parameter.name.span),
 evidence: Vec::new(),
                };
                self.fault(node.span, message, fault);
            }
        }
    }

    /// Known values that `AllowedValues`, `AllowedPattern` or `Number` do not let pass.
    fn constraints(&mut self, eval: &Evaluator<'a>, parameter: &'a Parameter, cases: &Cases<'a>) {
        let texts = cases
            .iter()
            .filter(|case| !matches!(case.value, Value::List(_)))
            .cloned();
        let values = match parameter.kind {
            ParameterKind::List => eval.scalars(eval.elements(texts.collect())),
            _ => eval.scalars(texts.collect()),
        };
        // CloudFormation's patterns are Java's; those that need look-around are not judged.
        let pattern = parameter
            .allowed_pattern
            .as_ref()
            .and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
        for case in &values {
            let Known::Value(value) = &case.value else {
                continue;
            };
            let Some((complaint, help)) = complaint(parameter, pattern.as_ref(), value) else {
                continue;
            };
            let shown = if parameter.no_echo {
                "a value".to_owned()
            } else {
                format!("`{value}`")
            };
            let message = format!(
                "nested stack `{}` gets {shown} for parameter `{}`, {complaint}",
                self.name, parameter.name.text
            );
            let fault = Fault {
                guard: case.guard.clone(),
                trail: case.trail.clone(),
                label: "not allowed by the nested template",
                help,
                declared: Some(parameter.name.span),
 evidence: Vec::new(),
            };
            self.fault(case.span, message, fault);
        }
    }

    /// Typed parameters that are given something of another type, or several things where they take one.
    fn types(&mut self, cx: &Context<'_, 'a>, parameter: &'a Parameter, named: Named, cases: &Cases<'a>) {
        let inventory = cx.inventory();
        let elements = cx.eval().elements(cases.clone());
        let (nested, name) = (self.name, &parameter.name.text);
        for case in inventory.identities(elements.clone()) {
            let Known::Value(identity) = &case.value else {
                continue;
            };
            let (given, evidence) = match (identity.as_part(), identity.as_literal()) {
                (Some(Part::Attribute(id, attribute)), _)
                    if &**attribute == "Ref" && named.excludes_type(inventory.type_name(*id)) =>
                {
                    let type_name = inventory.type_name(*id);
                    (format!("an id of `{type_name}`"), Some(inventory.declared(*id, format!("it is of type `{type_name}`"))))
                }
                (_, Some(id)) if named.excludes_id(&id) => (format!("`{id}`"), None),
                _ => continue,
            };
            let message = format!(
                "nested stack `{nested}` gets {given} for parameter `{name}`, which is of type `{}`",
                parameter.type_name
            );
            let fault = Fault {
                guard: case.guard.clone(),
                trail: case.trail.clone(),
                label: "of another type",
                help: Some(format!("pass an id of `{}`", named.resource_type)),
                declared: Some(parameter.name.span),
                evidence: evidence.into_iter().collect(),
            };
            self.fault(case.span, message, fault);
        }
        if !named.is_list {
            self.several(parameter, &elements);
        }
    }

    fn several(&mut self, parameter: &'a Parameter, elements: &Cases<'a>) {
        let elements = elements.get(..MAX_ELEMENTS).unwrap_or(elements);
        let is_text = |case: &Case<Value<'_>>| match &case.value {
            Value::Text(text) => is_one_id(text),
            _ => false,
        };
        let texts: Vec<&Case<Value<'a>>> = elements.iter().filter(|case| is_text(case)).collect();
        for (index, first) in texts.iter().enumerate() {
            for second in texts.iter().skip(index + 1).filter(|second| second.span == first.span) {
                let message = format!(
                    "nested stack `{}` gets several values for parameter `{}`, which takes one",
                    self.name, parameter.name.text
                );
                let fault = Fault {
                    guard: first.guard.and(&second.guard),
                    trail: first.trail.clone(),
                    label: "more than one id",
                    help: Some(format!(
                        "pick one with `Fn::Select`, or make the parameter a `List<{}>`",
                        parameter.type_name
                    )),
                    declared: Some(parameter.name.span),
 evidence: Vec::new(),
                };
                self.fault(first.span, message, fault);
            }
        }
    }
}

/// True for a text that surely is one element of its own.
fn is_one_id(text: &Text) -> bool {
    matches!(text.as_part(), Some(Part::Literal(_) | Part::Attribute(..)))
}

/// Why a parameter does not take a value, and what to do.
fn complaint(parameter: &Parameter, pattern: Option<&Regex>, value: &str) -> Option<(String, Option<String>)> {
    let allowed = &parameter.allowed;
    if !allowed.is_empty() && !allowed.iter().any(|known| is_equal(parameter.kind, known, value)) {
        let near = nearest(value, allowed.iter().map(|known| &**known));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let complaint = if allowed.len() <= MAX_LISTED {
            let listed: Vec<String> = allowed.iter().map(|known| format!("`{known}`")).collect();
            format!("which allows only {}", listed.join(", "))
        } else {
            format!("which has {} allowed values and not this one", allowed.len())
        };
        return Some((complaint, help));
    }
    if let Some(pattern) = pattern.filter(|pattern| !pattern.is_match(value)) {
        let pattern = parameter.allowed_pattern.as_deref().unwrap_or(pattern.as_str());
        return Some((format!("which does not match its pattern `{pattern}`"), None));
    }
    let is_number = parameter.kind != ParameterKind::Number || value.trim().parse::<f64>().is_ok();
    (!is_number).then(|| ("which takes a number".to_owned(), None))
}

fn is_equal(kind: ParameterKind, known: &str, value: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    known == value
        || kind == ParameterKind::Number && number(known).is_some_and(|known| number(value) == Some(known))
}

/// The branches of `Fn::If`, each with when it is taken.
fn branches<'a>(
    eval: &Evaluator<'a>,
    stack: StackId,
    node: &'a Node,
    guard: Guard,
) -> Vec<(Guard, &'a Node)> {
    let arguments = node
        .as_call()
        .filter(|call| call.function == Function::If)
        .and_then(|call| call.argument.as_sequence());
    match arguments {
        Some([condition, yes, no]) => {
            let Some(name) = condition.as_text() else {
                return Vec::new();
            };
            let taken = eval.condition(stack, name);
            let mut out = branches(eval, stack, yes, guard.and(&taken));
            out.extend(branches(eval, stack, no, guard.and(&taken.negated())));
            out
        }
        _ => vec![(guard, node)],
    }
}

/// True for a value that is a list however its parameters are set.
fn is_list(template: &Template, node: &Node) -> bool {
    if node.as_sequence().is_some() {
        return true;
    }
    let Some(call) = node.as_call() else {
        return false;
    };
    match call.function {
        Function::Split | Function::Cidr | Function::GetAZs => true,
        Function::Ref => {
            let parameter = call
                .argument
                .as_text()
                .and_then(|name| template.parameters.get(name));
            parameter.is_some_and(|parameter| {
                matches!(
                    parameter.kind,
                    ParameterKind::List | ParameterKind::Ssm { list: true }
                )
            })
        }
        _ => false,
    }
}

/// The macro that may declare further parameters, if there is one; those of AWS declare none.
fn macro_of(template: &Template) -> Option<Str> {
    let mut transforms = template.transforms.iter().map(|name| &name.text);
    let own = transforms.find(|name| !name.starts_with("AWS::")).cloned();
    let inline = template
        .unexpanded
        .iter()
        .map(|unexpanded| &unexpanded.name)
        .find(|name| !name.starts_with("Fn::ForEach"));
    let declared = template.parameters.keys().find(|name| name.starts_with("Fn::"));
    own.or_else(|| inline.or(declared).cloned())
}
