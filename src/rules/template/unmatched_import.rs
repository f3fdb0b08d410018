//! Imports of loaded templates find their exports, and no name is exported twice.

use rustc_hash::FxHashMap;

use crate::cfn::Owner;
use crate::diag::{Label, Role, Severity};
use crate::eval::{Case, Export, Guard, Import, Part, Text, Unknown};
use crate::facts::import::leading_parameter;
use crate::facts::reference::{Use, imports};
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
    options: &[],
    check: Check::Native(check),
};

/// A name with fewer letters and digits is one letter away from too many others.
const MIN_SLIP_CHARS: usize = 6;

/// Exports of one name that are compared with each other; those of conditions that exclude each other are two or three.
const MAX_ALTERNATIVES: usize = 8;

fn check(cx: &mut Context<'_, '_>) {
    for stack in cx.inventory().project().stack_ids() {
        for (used, name) in imports(cx.eval(), stack) {
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
    let own: Vec<_> = exporters.iter().flat_map(|exporter| eval.exports_of(*exporter)).collect();
    let is_one_stack = leading_parameter(name).is_some() && own.iter().all(|export| export.by_stack_name());
    let slip = own.iter().find(|export| is_slip(&tail(eval.render(&export.name), &export.name), &tail(shown.clone(), name)));
    if slip.is_none() && !is_one_stack {
        return;
    }
    let guard = used.guard.and(&import.guard).and(&eval.stack_presence(stack));
    let subject = match used.owner {
        Owner::Resource(index) => Some(ResourceId { stack, index }),
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
    let project = cx.inventory().project();
    let mut known: FxHashMap<(StackId, &Text), Vec<&Export>> = FxHashMap::default();
    for second in cx.eval().exports() {
        if second.name.parts().iter().any(|part| matches!(part, Part::Unknown(_))) {
            continue;
        }
        let root = project.stack(second.stack).root;
        let same = known.entry((root, &second.name)).or_default();
        let is_other = |first: &&&Export| (first.stack, first.output) != (second.stack, second.output);
        let findings: Vec<Finding> = same
            .iter()
            .filter(is_other)
            .filter_map(|first| duplicate(cx, first, second))
            .collect();
        if same.len() < MAX_ALTERNATIVES {
            same.push(second);
        }
        for finding in findings {
            if cx.report(finding) {
                break;
            }
        }
    }
}

fn duplicate(cx: &Context<'_, '_>, first: &Export, second: &Export) -> Option<Finding> {
    let (eval, project) = (cx.eval(), cx.inventory().project());
    let node = |export: &Export| {
        let (_, output) = project.template(export.stack).outputs.get_index(export.output)?;
        output.export.as_ref()
    };
    let (here, there) = (node(second)?, node(first)?);
    let guards = [first, second].map(|export| export.guard.and(&eval.stack_presence(export.stack)));
    let shown = eval.render(&second.name);
    let (message, labels) = if here.span == there.span {
        let stacks = [first, second].into_iter().filter_map(|export| project.stack(export.stack).parent);
        let declared = stacks.map(|id| cx.inventory().declared(id, "a stack of the template"));
        let message = format!("export `{shown}` stands in a template that the deployment uses more than once");
        (message, declared.collect())
    } else {
        let label = Label {
            span: there.span,
            text: format!("exported as `{shown}` as well"),
            role: Role::Evidence,
            resource: None,
        };
        (format!("`{shown}` is exported twice in one deployment"), vec![label])
    };
    let finding = Finding::at(here.span, message)
        .when(&Guard::all(guards))
        .label("a name can be exported once in an account and region")
        .because(labels)
        .help("begin the name with `${AWS::StackName}`, or leave one of them out")
        .atom(&*shown);
    Some(finding)
}
