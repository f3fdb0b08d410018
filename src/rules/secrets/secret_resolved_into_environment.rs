//! Secrets are not resolved into task definitions.

use crate::aws::ecs::EnvironmentVariable;
use crate::diag::Severity;
use crate::eval::{Case, Cases, Evaluator, Known, Part, Text, Value};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "secret-resolved-into-environment",
    summary: "secrets are not resolved into task definitions",
    docs: Docs {
        why: "CloudFormation replaces `{{resolve:secretsmanager:…}}` when it creates the task definition. The secret \
              then stands there in plain text for everybody who may describe task definitions, and a rotated secret \
              does not reach the tasks.",
        decides: "Looks for `{{resolve:secretsmanager:…}}` and `{{resolve:ssm-secure:…}}` in `Environment`, \
                  `Command`, `EntryPoint` and `DockerLabels` of containers, through parameters and nested stacks. \
                  `{{resolve:ssm:…}}` reads plain parameters and passes. Never undetermined: only references that \
                  the templates hold count.",
        fix: "Name the secret with `ValueFrom` in the container's `Secrets`, and let the execution role read it.",
        safety: Safety::Unsafe,
    },
    category: Category::Secrets,
    severity: Severity::Warning,
    security_severity: Some(6.8),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html",
    options: &[],
    check: Check::Native(check),
};

/// How dynamic references that stand for secrets begin, with where the secret is.
const SECRET: &[(&str, &str)] = &[
    ("{{resolve:secretsmanager:", "a secret of Secrets Manager"),
    ("{{resolve:ssm-secure:", "a secure parameter of Systems Manager"),
];

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        for container in &definition.containers {
            for (what, case) in texts(cx.eval(), container) {
                report(cx, definition, container, &what, &case);
            }
        }
    }
}

/// The texts of a container that are stored in the task definition, each with what it is.
fn texts<'a>(eval: &Evaluator<'a>, container: &Container<'a>) -> Vec<(String, Case<Text>)> {
    let view = container.view();
    let mut out = Vec::new();
    let mut push = |what: &str, cases: Cases<'a>| {
        for case in cases {
            if let Value::Text(text) = &case.value {
                for concrete in eval.concrete(&case.with(text.clone())) {
                    out.push((what.to_owned(), concrete));
                }
            }
        }
    };
    for item in eval.elements(view.environment(eval)) {
        let variable = EnvironmentVariable(&item);
        let name = eval.scalars(variable.name(eval)).into_iter().find_map(known);
        let what = name.map_or("an environment variable".to_owned(), |name| format!("environment variable `{name}`"));
        push(&what, variable.value(eval));
    }
    push("its command", eval.elements(view.command(eval)));
    push("its entry point", eval.elements(view.entry_point(eval)));
    for labels in view.labels(eval) {
        let Value::Object(object) = &labels.value else {
            continue;
        };
        for entry in object.node.as_mapping().unwrap_or_default() {
            push(&format!("label `{}`", entry.key), eval.get(vec![labels.clone()], &entry.key));
        }
    }
    out
}

fn known(case: Case<Known<Str>>) -> Option<Str> {
    match case.value {
        Known::Value(text) => Some(text),
        Known::Absent | Known::Unknown(_) => None,
    }
}

fn report(
    cx: &mut Context<'_, '_>,
    definition: &TaskDefinition<'_>,
    container: &Container<'_>,
    what: &str,
    case: &Case<Text>,
) {
    let dynamic = case.value.parts().iter().find_map(|part| match part {
        // In a reference that `Fn::Sub` puts together the beginning is literal.
        Part::Dynamic(text) | Part::Literal(text) => SECRET.iter().find(|(start, _)| text.contains(start)),
        _ => None,
    });
    let Some((_, source)) = dynamic else {
        return;
    };
    let name = cx.inventory().logical_id(definition.id);
    let message = format!(
        "{} of task definition `{name}` gets {source} in plain text in {what}",
        container.shown()
    );
    let finding = Finding::new(definition.id, case.span, message)
        .when(&case.guard)
        .label("resolved into the task definition")
        .through(cx.inventory(), &case.trail)
        .help("name it with `ValueFrom` in the container's `Secrets`, and let the execution role read it");
    cx.report(finding);
}
