//! Outputs of nested stacks that a parent reads exist.

use crate::cfn::{Owner, Substitution, spelled_at, static_text, substitutions};
use crate::diag::{Label, Role, Severity, nearest};
use crate::eval::{Case, Evaluator, Guard, Unknown};
use crate::project::{Child, ResourceId, StackId};
use crate::rule::{Check, Category, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};
use crate::yaml::{Call, Function, Node};

/// See the module.
pub static RULE: Rule = Rule {
    name: "missing-nested-output",
    summary: "outputs of nested stacks that a parent reads exist",
    docs: Docs {
        why: "CloudFormation reads an output of a nested stack after it has created that stack; when the output is not \
              there, the deployment fails late and is rolled back.",
        decides: "Looks at `Fn::GetAtt` and `Fn::Sub` of `Nested.Outputs.Name`. The template of the nested stack must \
                  declare the output, and its condition must be true whenever the parent reads it. A nested template \
                  that is not loaded is told by `missing-template`.",
        fix: "Mend the name, declare the output in the nested template, or read it under the same condition.",
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E1010"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
    check: Check::Native(check),
};

/// A place that reads an output.
struct Reading {
    owner: Owner,
    guard: Guard,
    nested: Str,
    output: Str,
    place: Span,
}

fn check(cx: &mut Context<'_, '_>) {
    let project = cx.inventory().project();
    for stack in project.stack_ids() {
        if project.stack(stack).children.is_empty() {
            continue;
        }
        for reading in readings(cx.eval(), stack) {
            judge(cx, stack, &reading);
        }
    }
}

/// Every place of a stack's template that reads an output of a nested stack.
fn readings(eval: &Evaluator<'_>, stack: StackId) -> Vec<Reading> {
    let template = eval.project().template(stack);
    let mut walk = Walk {
        eval,
        stack,
        owner: Owner::Output(0),
        found: Vec::new(),
    };
    for (index, resource) in template.resources.values().enumerate() {
        walk.owner = Owner::Resource(index);
        for node in resource.properties.iter().chain(&resource.metadata) {
            walk.node(node, &Guard::True);
        }
    }
    for (index, output) in template.outputs.values().enumerate() {
        walk.owner = Owner::Output(index);
        let guard = output
            .condition
            .as_ref()
            .map_or(Guard::True, |name| eval.condition(stack, &name.text));
        for node in output.value.iter().chain(&output.export) {
            walk.node(node, &guard);
        }
    }
    walk.found
}

struct Walk<'e, 'a> {
    eval: &'e Evaluator<'a>,
    stack: StackId,
    owner: Owner,
    found: Vec<Reading>,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: &Node, guard: &Guard) {
        if let Some(call) = node.as_call() {
            match (&call.function, call.argument.as_sequence()) {
                (Function::If, Some([condition, yes, no])) => {
                    if let Some(name) = condition.as_text() {
                        let taken = self.eval.condition(self.stack, name);
                        self.node(yes, &guard.and(&taken));
                        self.node(no, &guard.and(&taken.negated()));
                    }
                    return;
                }
                (Function::GetAtt, Some([resource, attribute])) => {
                    if let (Some(resource), Some(attribute)) = (static_text(resource), static_text(attribute)) {
                        self.read(&resource, &attribute, node.span, guard);
                    }
                }
                (Function::Sub, _) => self.substitution(call, node.span, guard),
                _ => {}
            }
        }
        for child in node.children() {
            self.node(child, guard);
        }
    }

    fn substitution(&mut self, call: &Call, span: Span, guard: &Guard) {
        let (text, given) = match call.argument.as_sequence() {
            Some([text, given, ..]) => (text, Some(given)),
            Some([text]) => (text, None),
            _ => (&call.argument, None),
        };
        let Some(text) = text.as_text() else { return };
        for part in substitutions(text) {
            let Substitution::Variable(name) = part else {
                continue;
            };
            if given.is_some_and(|given| given.get(name).is_some()) {
                continue;
            }
            let Some((resource, attribute)) = name.split_once('.') else {
                continue;
            };
            let spelled = spelled_at(self.eval.project().sources.text(span), span, name);
            let place = spelled.first().copied().unwrap_or(span);
            self.read(resource, attribute, place, guard);
        }
    }

    fn read(&mut self, resource: &str, attribute: &str, place: Span, guard: &Guard) {
        let is_nested = self
            .eval
            .project()
            .template(self.stack)
            .resources
            .get(resource)
            .is_some_and(|resource| resource.is_nested_stack());
        if let Some(output) = attribute.strip_prefix("Outputs.").filter(|_| is_nested) {
            self.found.push(Reading {
                owner: self.owner,
                guard: guard.clone(),
                nested: resource.into(),
                output: output.into(),
                place,
            });
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, stack: StackId, reading: &Reading) {
    let project = cx.inventory().project();
    let Some(Child::Stack { id: child, assumed }) = project.stack(stack).children.get(&reading.nested) else {
        return;
    };
    let template = project.template(*child);
    let finding = |message: String| {
        let mut finding = match reading.owner {
            Owner::Resource(index) => Finding::new(resource_id(stack, index), reading.place, message),
            _ => Finding::at(reading.place, message),
        };
        finding.assumed = *assumed;
        finding
            .when(&reading.guard)
            .atom(format!("{}.Outputs.{}", reading.nested, reading.output))
    };
    let Some(output) = template.outputs.get(&reading.output) else {
        if let Some(name) = template.open_because() {
            ask(cx, stack, reading, Unknown::Macro(name));
            return;
        }
        let help = match nearest(&reading.output, template.outputs.keys().map(|name| &**name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare the output `{}` in the nested template", reading.output),
        };
        let message = format!("the template of nested stack `{}` has no output `{}`", reading.nested, reading.output);
        cx.report(finding(message).label("no such output").help(help));
        return;
    };
    let Some(condition) = &output.condition else {
        return;
    };
    let missing = cx.eval().condition(*child, &condition.text).negated();
    if is_opaque(&reading.guard.and(&missing)) {
        ask(cx, stack, reading, Unknown::Function("Fn::Equals".into()));
        return;
    }
    let message = format!(
        "output `{}` of nested stack `{}` is read where its condition `{}` is false",
        reading.output, reading.nested, condition.text
    );
    let label = Label {
        span: condition.span,
        text: format!("output `{}` exists only under this condition", reading.output),
        role: Role::Definition,
        resource: None,
    };
    let finding = finding(message)
        .when(&missing)
        .when(&cx.eval().stack_presence(stack))
        .label("read here")
        .because([label])
        .help("read it under the same condition (`Fn::If`), or drop the condition of the output");
    cx.report(finding);
}

fn resource_id(stack: StackId, index: usize) -> ResourceId {
    ResourceId {
        stack,
        index: index as u32,
    }
}

/// True when a comparison that cannot be seen into takes part: the parent may ask the same question in other words.
fn is_opaque(guard: &Guard) -> bool {
    let mut found = false;
    guard.atoms(&mut |atom| found |= matches!(atom, Guard::Opaque(_)));
    found
}

fn ask(cx: &mut Context<'_, '_>, stack: StackId, reading: &Reading, reason: Unknown) {
    let message = format!(
        "whether nested stack `{}` has an output `{}`",
        reading.nested, reading.output
    );
    match reading.owner {
        Owner::Resource(index) => {
            let mut open = Case::new(reason, reading.place);
            open.guard = reading.guard.clone();
            cx.ask(Question {
                subject: resource_id(stack, index),
                place: reading.place,
                message,
                open: vec![open],
            });
        }
        _ => cx.ask_at(reading.place, message, &reason),
    }
}
