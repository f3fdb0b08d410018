//! Pipelines show what they will change before they change it.

use std::sync::LazyLock;

use regex::Regex;

use crate::aws::codebuild::Project;
use crate::aws::codepipeline::Action as ActionView;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Part, Text, Unknown};
use crate::facts::comparison::{Comparison, texts};
use crate::facts::pipeline::{Action, Pipeline, Stage};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "deploy-without-change-set",
    summary: "pipelines update stacks through change sets",
    docs: Docs {
        why: "An update that is carried out at once may replace or delete a resource that nobody expected; a change set \
              shows this before it happens.",
        decides: "Looks at actions of CodePipeline that update a stack with `CREATE_UPDATE` or `REPLACE_ON_FAILURE` from a \
                  template that an earlier stage deploys already: the first environment is there to try things out. \
                  Undetermined when the mode of such an action is not known. A build that calls `aws cloudformation \
                  deploy`, which makes a change set and executes it unseen, is noted as information.",
        fix: "Use one action with `CHANGE_SET_REPLACE` and one with `CHANGE_SET_EXECUTE`, with an approval between them. \
              In a build, use `--no-execute-changeset`.",
        safety: Safety::Advice,
    },
    category: Category::Delivery,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    let facts = cx.facts;
    for pipeline in &facts.pipelines {
        for (index, stage) in pipeline.stages.iter().enumerate() {
            for action in &stage.actions {
                judge(cx, pipeline, pipeline.stages.get(..index).unwrap_or(&[]), action);
            }
        }
    }
    for id in facts.inventory.of_type(Project::TYPE).to_vec() {
        builds(cx, id);
    }
}

/// An earlier deployment of the same template.
struct Earlier {
    guard: Guard,
    place: Span,
}

fn judge<'a>(cx: &mut Context<'_, 'a>, pipeline: &Pipeline<'a>, before: &[Stage<'a>], action: &Action<'a>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let is_stack = action.is_by(ActionView::CLOUDFORMATION);
    if is_stack.is_never() {
        return;
    }
    let earlier = earlier(cx, before, action);
    let again = Guard::any(earlier.iter().map(|earlier| earlier.guard.clone())).and(&is_stack);
    let view = ActionView(&action.item);
    let name = first_literal(&eval.scalars(view.name(eval)));
    let shown = name.map_or_else(|| "an action".to_owned(), |name| format!("action `{name}`"));
    let owner = format!("{shown} of pipeline `{}`", inventory.logical_id(pipeline.id));
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for case in eval.scalars(view.mode(eval)) {
        match &case.value {
            Known::Value(mode) if ActionView::DIRECT_MODES.contains(&&**mode) => {
                let labels = earlier
                    .iter()
                    .map(|earlier| inventory.evidence(pipeline.id, earlier.place, "deployed by an earlier stage already"));
                let message = format!("{owner} updates a stack with `{mode}`, without showing the changes first");
                let finding = Finding::new(pipeline.id, case.span, message)
                    .when(&case.guard.and(&again))
                    .label("changes the stack at once")
                    .because(labels)
                    .through(inventory, &case.trail)
                    .help("use `CHANGE_SET_REPLACE`, an approval, and `CHANGE_SET_EXECUTE`");
                findings.push(finding);
            }
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&again)),
            Known::Value(_) | Known::Absent => {}
        }
    }
    let question = Question {
        subject: pipeline.id,
        place: action.item.span,
        message: format!("whether {owner} uses a change set"),
        open,
    };
    cx.conclude(findings, question);
}

fn first_literal<T: Clone>(cases: &[Case<Known<T>>]) -> Option<T> {
    cases.iter().find_map(|case| match &case.value {
        Known::Value(value) => Some(value.clone()),
        _ => None,
    })
}

/// The earlier stages' actions that deploy the template of this one.
fn earlier<'a>(cx: &Context<'_, 'a>, before: &[Stage<'a>], action: &Action<'a>) -> Vec<Earlier> {
    let eval = cx.eval();
    let own = eval.texts(ActionView(&action.item).template(eval));
    let mut out = Vec::new();
    for other in before.iter().flat_map(|stage| &stage.actions) {
        let is_stack = other.is_by(ActionView::CLOUDFORMATION);
        for theirs in eval.texts(ActionView(&other.item).template(eval)) {
            for ours in own.iter().filter(|case| matches!(case.value, Known::Value(_))) {
                if texts(&ours.value, &theirs.value) == Comparison::Same {
                    out.push(Earlier {
                        guard: Guard::all([ours.guard.clone(), theirs.guard.clone(), is_stack.clone()]),
                        place: theirs.span,
                    });
                }
            }
        }
    }
    out
}

/// A call of the command that makes a change set and executes it, with its options up to the end of the line.
static DEPLOY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\baws\s+cloudformation\s+deploy\b(?:\\\r?\n|[^\n"])*"#).ok());

/// The option that leaves the change set to be looked at.
const NOT_EXECUTED: &str = "--no-execute-changeset";

/// Builds that deploy.
fn builds(cx: &mut Context<'_, '_>, id: ResourceId) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    for case in eval.texts(Project(id).specification(eval)) {
        let Known::Value(text) = &case.value else { continue };
        let text = characters(text);
        let mut calls = DEPLOY.iter().flat_map(|pattern| pattern.find_iter(&text));
        if !calls.any(|call| !call.as_str().contains(NOT_EXECUTED)) {
            continue;
        }
        let message = format!(
            "the builds of `{}` deploy with `aws cloudformation deploy`, which executes its change set unseen",
            inventory.logical_id(id)
        );
        let finding = Finding::new(id, case.span, message)
            .severity(Severity::Info)
            .when(&case.guard)
            .label("deploys at once")
            .help(format!("add `{NOT_EXECUTED}`, and execute the change set after it was looked at"));
        cx.report(finding);
        return;
    }
}

/// The known characters of a text, blanks for the others.
fn characters(text: &Text) -> String {
    let parts = text.parts().iter().map(|part| match part {
        Part::Literal(text) => &**text,
        _ => " ",
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_with_its_line() {
        let pattern = DEPLOY.as_ref().unwrap();
        let text = "- aws cloudformation deploy --a \\\n  --b\n- other --no-execute-changeset";
        let found: Vec<&str> = pattern.find_iter(text).map(|found| found.as_str()).collect();
        assert_eq!(found, ["aws cloudformation deploy --a \\\n  --b"]);
    }
}
