//! Pipelines try changes out before they reach production.

use crate::aws::codepipeline::{Action as ActionView, Stage as StageView};
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, Part, Unknown, Value, when_any};
use crate::facts::pipeline::{Action, Pipeline, Stage};
use crate::rule::setting::TextsOption;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, RuleOption, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "no-pre-production-stage",
    summary: "pipelines try changes out before production",
    docs: Docs {
        why: "A change that goes to production first is tried out by its users.",
        decides: "Looks at the first stage of a pipeline that deploys. It is production when its name, the name of the \
                  action or of the stack has the word prod, production or live in it, written out in the template. An \
                  earlier stage that deploys or is called after an environment for tests, an approval, or a deployment \
                  for tests in the same stage lets it pass; so does another pipeline among the templates that deploys \
                  such an environment. Undetermined when stages or actions are not known.",
        fix: "Deploy to a test environment in an earlier stage, or let an approval come before.",
        safety: Safety::Advice,
    },
    category: Category::Delivery,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html",
    options: &[RuleOption::Texts(&PRODUCTION)],
    check: Check::Native(check),
};

static PRODUCTION: TextsOption = TextsOption {
    name: "production-words",
    doc: "words in names of stages and environments that mean production, in small letters",
    default: &["live", "prd", "prod", "production"],
};

/// Words before one of these that turn it into something else.
const NOT_YET: &[&str] = &["before", "no", "non", "not", "pre"];

/// Words for environments in which changes are tried out.
const TRIAL: &[&str] = &[
    "acceptance", "alpha", "beta", "canary", "dev", "development", "e2e", "gamma", "int", "integration", "nonprod",
    "preprod", "preproduction", "preview", "qa", "sandbox", "smoke", "stage", "staging", "stg", "test", "testing", "tests",
    "uat",
];

/// What a name says about where something is deployed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Environment {
    Production,
    Trial,
}

fn check(cx: &mut Context<'_, '_>) {
    let facts = cx.facts;
    let tries: Vec<bool> = facts.pipelines.iter().map(|pipeline| has_trial(cx, pipeline)).collect();
    for (index, pipeline) in facts.pipelines.iter().enumerate() {
        let elsewhere = tries.iter().enumerate().any(|(other, tries)| *tries && other != index);
        if !elsewhere {
            judge(cx, pipeline);
        }
    }
}

fn has_trial<'a>(cx: &Context<'_, 'a>, pipeline: &Pipeline<'a>) -> bool {
    let deploys = |action: &&Action<'_>| !action.is(ActionView::DEPLOY).is_never();
    pipeline.stages.iter().any(|stage| {
        let mut actions = stage.actions.iter().filter(deploys);
        actions.any(|action| names(cx, stage, action).iter().any(|(environment, ..)| *environment == Environment::Trial))
    })
}

fn judge<'a>(cx: &mut Context<'_, 'a>, pipeline: &Pipeline<'a>) {
    let inventory = cx.inventory();
    let mut before = Guard::False;
    let mut findings = Vec::new();
    let mut production = Guard::False;
    for stage in &pipeline.stages {
        // An approval or a trial in the stage itself counts: its actions have an order.
        for action in &stage.actions {
            before = before.or(&action.is(ActionView::APPROVAL));
            let is_trial = names(cx, stage, action).iter().any(|(environment, ..)| *environment == Environment::Trial);
            if is_trial {
                before = before.or(&action.item.guard);
            }
        }
        for action in &stage.actions {
            let deploys = action.is(ActionView::DEPLOY);
            let named = names(cx, stage, action);
            let Some((_, place, guard)) = named.iter().find(|(environment, ..)| *environment == Environment::Production)
            else {
                continue;
            };
            let first = Guard::all([deploys, guard.clone(), before.negated()]);
            let message = format!(
                "pipeline `{}` deploys to production first, without a stage or an approval before",
                inventory.logical_id(pipeline.id)
            );
            let finding = Finding::new(pipeline.id, *place, message)
                .when(&first)
                .label("the first that is deployed to")
                .help("deploy to a test environment in an earlier stage, or let an approval come before");
            production = production.or(&first);
            findings.push(finding);
        }
        let deploys = stage.actions.iter().map(|action| action.is(ActionView::DEPLOY));
        before = before.or(&Guard::any(deploys));
    }
    let unknown = when_any(&pipeline.open);
    let findings = findings.into_iter().map(|finding| finding.when(&unknown.negated()));
    let open = pipeline.open.iter().map(|case| case.clone().when(&production));
    let open: Vec<Case<Unknown>> = open.collect();
    let question = Question {
        subject: pipeline.id,
        place: inventory.project().resource(pipeline.id).id.span,
        message: format!("whether pipeline `{}` deploys to production first", inventory.logical_id(pipeline.id)),
        open,
    };
    let findings: Vec<Finding> = findings.take(1).collect();
    cx.conclude(findings, question);
}

/// What the names of an action, its stack and its stage say, each with its place and when it is the name. What a parameter
/// says is not read: the same pipeline is there for each environment then.
fn names<'a>(cx: &Context<'_, 'a>, stage: &Stage<'a>, action: &Action<'a>) -> Vec<(Environment, Span, Guard)> {
    let eval = cx.eval();
    let production = cx.texts(&PRODUCTION);
    let view = ActionView(&action.item);
    let cases: [Cases<'a>; 3] = [StageView(&stage.item).name(eval), view.name(eval), view.stack_name(eval)];
    let sources = &cx.inventory().project().sources;
    let mut out = Vec::new();
    for case in cases.into_iter().flatten() {
        let Value::Text(text) = &case.value else { continue };
        let literals = text.parts().iter().filter_map(|part| match part {
            Part::Literal(text) if sources.text(case.span).contains(&**text) => Some(text),
            _ => None,
        });
        let said = literals.filter_map(|text| said(text, &production)).next();
        out.extend(said.map(|environment| (environment, case.span, case.guard.clone())));
    }
    out
}

/// The environment that a name speaks of.
fn said(name: &str, production: &[Str]) -> Option<Environment> {
    let words = words(name);
    if words.iter().any(|word| TRIAL.contains(&word.as_str())) {
        return Some(Environment::Trial);
    }
    let at = words.iter().position(|word| production.iter().any(|known| **known == **word))?;
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    let is_other = before.is_some_and(|word| NOT_YET.contains(&word.as_str()));
    Some(if is_other { Environment::Trial } else { Environment::Production })
}

/// The words of a name in small letters: `DeployProd`, `deploy-prod` and `DEPLOY_PROD` are two.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let mut last_is_lower = false;
    for character in name.chars() {
        let starts = !character.is_ascii_alphanumeric() || character.is_ascii_uppercase() && last_is_lower;
        if starts {
            out.push(String::new());
        }
        last_is_lower = character.is_ascii_lowercase();
        if let Some(word) = out.last_mut().filter(|_| character.is_ascii_alphanumeric()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<Environment> {
        let production: Vec<Str> = PRODUCTION.default.iter().map(|word| Str::from(*word)).collect();
        said(name, &production)
    }

    #[test]
    fn production_is_a_whole_word() {
        for name in ["Prod", "deploy-prod", "DeployProduction", "LIVE", "shop_prd"] {
            assert_eq!(environment(name), Some(Environment::Production), "{name}");
        }
        for name in ["products", "Deliver", "alive", "Deploy", ""] {
            assert_eq!(environment(name), None, "{name}");
        }
        for name in ["PreProd", "pre-production", "non-prod", "Staging", "DeployToTest"] {
            assert_eq!(environment(name), Some(Environment::Trial), "{name}");
        }
    }
}
