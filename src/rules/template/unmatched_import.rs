//! Imports of loaded templates find their exports, and no name is exported twice.

use crate::cfn::Owner;
use crate::diag::{Label, Role, Severity};
use crate::eval::{Case, Guard, Import, Part, Text, Unknown};
use crate::facts::import::leading_parameter;
use crate::facts::reference::{Referent, Use, uses};
use crate::project::{ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "unmatched-import",
    summary: "imports find their exports, and no name is exported twice",
    docs: Docs {
        why: "A stack that imports a name which nobody exports cannot be created, and CloudFormation says so only when it \
              comes to the resource. Of two stacks that export one name the second one fails.",
        decides: "Looks at imports that no loaded template exports, although other imports of the template that begin \
                  alike do come from one. Where those exports begin with `AWS::StackName` they are of one stack, so what \
                  it does not export is missing. Where the beginning is an environment's name or a word, another stack \
                  may export it, and only a slip is reported: another case, another separator, one letter. Imports from \
                  templates that are not loaded are left alone. Undetermined where a macro may add the export. Two \
                  exports of one name are reported within one deployment.",
        fix: "Mend the name, or export the value in the template that the other imports come from.",
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
    check: Check::Native(check),
};

/// A name with fewer letters and digits is one letter away from too many others.
const MIN_SLIP_CHARS: usize = 6;

fn check(cx: &mut Context<'_, '_>) {
    for stack in cx.inventory().project().stack_ids() {
        for used in uses(cx.eval(), stack) {
            let Referent::Export(name) = &used.of else { continue };
            for import in cx.eval().imports(stack, name) {
                if import.value.sources.is_empty() {
                    judge(cx, stack, &used, &import);
                }
            }
        }
    }
    duplicates(cx);
}

fn judge(cx: &mut Context<'_, '_>, stack: StackId, used: &Use<'_>, import: &Case<Import<'_>>) {
    let eval = cx.eval();
    let (inventory, project) = (cx.inventory(), cx.inventory().project());
    let name = &import.value.name;
    let exporters = eval.exporters_of_siblings(stack, name);
    let (Some(exporter), Some(shown)) = (exporters.first().copied(), Some(eval.render(name))) else {
        return;
    };
    let own: Vec<_> = eval.exports().iter().filter(|export| exporters.contains(&export.stack)).collect();
    let is_one_stack = leading_parameter(name).is_some() && own.iter().all(|export| export.by_stack_name());
    let slip = own.iter().find(|export| is_slip(&tail(eval.render(&export.name), &export.name), &tail(shown.clone(), name)));
    if slip.is_none() && !is_one_stack {
        return;
    }
    let guard = used.guard.and(&import.guard).and(&eval.stack_presence(stack));
    let subject = match used.owner {
        Owner::Resource(index) => Some(ResourceId { stack, index: index as u32 }),
        _ => None,
    };
    if let Some(reason) = project.template(exporter).open_because().map(Unknown::Macro) {
        let message = format!("whether `{shown}` is exported");
        match subject {
            Some(subject) => cx.ask(Question {
                subject,
                place: used.place,
                message,
                open: vec![Case { guard, ..import.with(reason) }],
            }),
            None => cx.ask_at(used.place, message, &reason),
        }
        return;
    }
    let message = format!("no loaded template exports `{shown}`, which is imported here");
    let mut finding = match subject {
        Some(subject) => Finding::new(subject, used.place, message),
        None => Finding::at(used.place, message),
    };
    finding.assumed = true;
    let template = project.template(exporter);
    let nearby = slip.or(own.first());
    let place = nearby.and_then(|export| project.template(export.stack).outputs.get_index(export.output));
    let place = place.and_then(|(_, output)| output.export.as_ref());
    let label = place.map(|node| Label {
        span: node.span,
        text: match slip {
            Some(export) => format!("exported as `{}`", eval.render(&export.name)),
            None => "other imports that begin alike come from here".to_owned(),
        },
        role: Role::Evidence,
        resource: None,
    });
    let file = inventory.project().sources.get(template.file).path();
    finding = finding
        .when(&guard)
        .label("no such export")
        .because(label)
        .atom(&*shown)
        .help(match slip {
            Some(export) => format!("did you mean `{}`?", eval.render(&export.name)),
            None => format!("export it in `{file}`, or import it from the stack that does"),
        });
    cx.report(finding);
}

/// What stands after the parameter that a name begins with; all of it where it begins with none.
fn tail(shown: Str, name: &Text) -> String {
    match name.parts().first() {
        Some(Part::Variable(var)) => shown.replacen(&format!("${{{}}}", var.name), "", 1),
        _ => shown.to_string(),
    }
}

/// True when one name is the other with a slip: they differ in case or separators, or in one letter.
fn is_slip(export: &str, import: &str) -> bool {
    let letters = |name: &str| -> String {
        let kept = name.chars().filter(char::is_ascii_alphanumeric);
        kept.map(|c| c.to_ascii_lowercase()).collect()
    };
    let (export, import) = (letters(export), letters(import));
    // Numbers and single letters at the end tell things apart, such as subnets.
    let differs_inside = || {
        let last = |name: &str| name.chars().last();
        last(&export) == last(&import)
    };
    !import.is_empty()
        && (export == import
            || import.len() >= MIN_SLIP_CHARS
                && differs_inside()
                && strsim::damerau_levenshtein(&export, &import) == 1)
}

/// Two exports of one name in one deployment.
fn duplicates(cx: &mut Context<'_, '_>) {
    let eval = cx.eval();
    let project = cx.inventory().project();
    let exports = eval.exports();
    let is_known = |name: &Text| !name.parts().iter().any(|part| matches!(part, Part::Unknown(_)));
    for (index, second) in exports.iter().enumerate() {
        let root = |stack| project.stack(stack).root;
        let is_same = |first: &&crate::eval::Export| {
            first.name == second.name
                && root(first.stack) == root(second.stack)
                && (first.stack, first.output) != (second.stack, second.output)
        };
        let Some(first) = exports.iter().take(index).find(is_same).filter(|_| is_known(&second.name)) else {
            continue;
        };
        let node = |export: &crate::eval::Export| {
            let (_, output) = project.template(export.stack).outputs.get_index(export.output)?;
            output.export.as_ref()
        };
        let (Some(here), Some(there)) = (node(second), node(first)) else {
            continue;
        };
        let guards = [first, second].map(|export| export.guard.and(&eval.stack_presence(export.stack)));
        let shown = eval.render(&second.name);
        let same_template = here.span == there.span;
        let message = if same_template {
            format!("export `{shown}` stands in a template that the deployment uses more than once")
        } else {
            format!("`{shown}` is exported twice in one deployment")
        };
        let nested = |export: &crate::eval::Export| project.stack(export.stack).parent;
        let labels = if same_template {
            let stacks = [first, second].into_iter().filter_map(nested);
            stacks
                .map(|id| cx.inventory().declared(id, "a stack of the template"))
                .collect()
        } else {
            vec![Label {
                span: there.span,
                text: format!("exported as `{shown}` as well"),
                role: Role::Evidence,
                resource: None,
            }]
        };
        let finding = Finding::at(here.span, message)
            .when(&Guard::all(guards))
            .label("a name can be exported once in an account and region")
            .because(labels)
            .help("begin the name with `${AWS::StackName}`, or leave one of them out")
            .atom(&*shown);
        cx.report(finding);
    }
}
