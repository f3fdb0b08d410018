//! Arguments of nested stacks fit the parameters of their templates.

use indexmap::IndexMap;

use crate::aws::parameter_types::{self, Named};
use crate::cfn::{Parameter, ParameterKind, Resource, Template};
use crate::diag::{Label, Role, Severity, nearest};
use crate::eval::{Case, Cases, Evaluator, Guard, Known, Part, Trail, Unknown, Value};
use crate::facts::argument::{Constraint, branches, is_list, is_one_id, macro_of};
use crate::project::{Child, ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

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
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3043"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html",
    options: &[],
    check: Check::Native(check),
};

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
        let arguments = eval.property(nested, &[Resource::ARGUMENTS]);
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
        let arguments = resource.arguments();
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
        let constraint = Constraint::of(parameter);
        for case in &values {
            let Known::Value(value) = &case.value else {
                continue;
            };
            let Some((complaint, help)) = constraint.complaint(value) else {
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
