//! Outputs of nested stacks that a parent reads exist.

use crate::cfn::{Owner, Resource};
use crate::diag::{Label, Role, Severity, nearest};
use crate::eval::{Case, Evaluator, Guard, Unknown};
use crate::facts::reference::{Referent, Use, uses};
use crate::project::{Child, ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

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
    options: &[],
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
    let resources = &eval.project().template(stack).resources;
    let reading = |used: Use<'_>| {
        let Referent::Attribute(nested, attribute) = used.of else {
            return None;
        };
        let is_nested = resources.get(&nested).is_some_and(Resource::is_nested_stack);
        let output = attribute.strip_prefix("Outputs.").filter(|_| is_nested)?.into();
        Some(Reading {
            owner: used.owner,
            guard: used.guard,
            nested,
            output,
            place: used.place,
        })
    };
    uses(eval, stack).into_iter().filter_map(reading).collect()
}

fn judge(cx: &mut Context<'_, '_>, stack: StackId, reading: &Reading) {
    let project = cx.inventory().project();
    let Some(Child::Stack { id: child, assumed }) = project.stack(stack).children.get(&reading.nested) else {
        return;
    };
    let template = project.template(*child);
    let finding = |message: String| {
        let mut finding = match reading.owner {
            Owner::Resource(index) => Finding::new(ResourceId { stack, index }, reading.place, message),
            _ => Finding::at(reading.place, message),
        };
        finding.assumed = *assumed;
        finding
            .when(&reading.guard)
            .about(template.file)
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
                subject: ResourceId { stack, index },
                place: reading.place,
                message,
                open: vec![open],
            });
        }
        _ => cx.ask_at(reading.place, message, &reason),
    }
}
