//! Environment variables hold no secrets in plain text.

use crate::aws::ecs::EnvironmentVariable;
use crate::cfn::{Owner, ReferenceKind};
use crate::diag::Severity;
use crate::eval::{Case, HopKind, Known, Part, Text, Unknown, Value};
use crate::facts::credential::{find, is_plausible, named, UNKNOWN};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "plaintext-secret-in-environment",
    summary: "environment variables hold no secrets in plain text",
    docs: Docs {
        why: "The `Environment` of a task definition is stored as it is: everybody who may describe task definitions, or \
              has the template, reads the password in it, and old revisions keep it.",
        decides: "Reports three kinds of values: those with the shape of a credential (AWS access keys, private keys, \
                  JSON Web Tokens, tokens of GitHub, GitLab, Slack and Stripe, a password in a URL); texts under a name \
                  that says password, secret, token, API key, private key, credential or connection string, by whole \
                  words; and references to `NoEcho` parameters. Names such as `SECRET_ARN` or `TOKEN_TTL` speak about a \
                  secret, and ARNs, URLs, paths, numbers and switches are none; the `Ref` of a secret is its ARN. A \
                  default such as `changeme` counts. Values are never printed.",
        fix: "Keep the value in Secrets Manager or as a SecureString parameter, and name it with `ValueFrom` in the \
              container's `Secrets`. The execution role needs to read it. Change the value that was in the template.",
        safety: Safety::Unsafe,
    },
    category: Category::Secrets,
    severity: Severity::Error,
    security_severity: Some(8.9),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["AVD-AWS-0036", "AwsSolutions-ECS2", "CT.ECS.PR.12", "ECS.8"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str = "keep it in Secrets Manager or Parameter Store and name it with `ValueFrom` in the container's `Secrets`";

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        for container in &definition.containers {
            for item in cx.eval().elements(container.view().environment(cx.eval())) {
                if matches!(item.value, Value::Object(_)) {
                    variable(cx, definition, container, &EnvironmentVariable(&item));
                }
            }
        }
        let name = cx.inventory().logical_id(definition.id);
        cx.ask(Question {
            subject: definition.id,
            place: definition.place,
            message: format!("whether the environment of task definition `{name}` holds secrets"),
            open: definition.open.clone(),
        });
    }
}

fn variable<'a>(
    cx: &mut Context<'_, 'a>,
    definition: &TaskDefinition<'a>,
    container: &Container<'a>,
    variable: &EnvironmentVariable<'_, 'a>,
) {
    let eval = cx.eval();
    let name = eval.scalars(variable.name(eval)).into_iter().find_map(|case| match case.value {
        Known::Value(name) => Some(name),
        Known::Absent | Known::Unknown(_) => None,
    });
    let speaks_of = name.as_deref().and_then(named);
    let shown = match &name {
        Some(name) => format!("environment variable `{name}`"),
        None => "an environment variable".to_owned(),
    };
    let owner = format!("{} of task definition `{}`", container.shown(), cx.inventory().logical_id(definition.id));
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut place = None;
    for case in variable.value(eval) {
        place.get_or_insert(case.span);
        let text = match &case.value {
            Value::Text(text) => text,
            Value::Unknown(reason) => {
                open.push(case.with(reason.clone()));
                continue;
            }
            Value::Absent | Value::List(_) | Value::Object(_) => continue,
        };
        if let Some((parameter, declared)) = silent_parameter(cx, definition, case.span) {
            let message = format!("{owner} gets the `NoEcho` parameter `{parameter}` as {shown}, in plain text");
            let declared = cx.inventory().evidence(definition.id, declared, "declared as secret here");
            findings.push(
                Finding::new(definition.id, case.span, message)
                    .when(&case.guard)
                    .label("stored in plain text")
                    .because([crate::diag::Label { resource: None, ..declared }])
                    .help(HELP),
            );
            continue;
        }
        for concrete in eval.concrete(&case.with(text.clone())) {
            let Some((what, secret)) = secret(&concrete.value, speaks_of) else {
                let is_dynamic = concrete.value.parts().iter().any(|part| match part {
                    Part::Dynamic(_) => true,
                    Part::Literal(text) => text.contains("{{resolve:"),
                    _ => false,
                });
                let reason = concrete.value.unknown().filter(|_| !is_dynamic);
                open.extend(reason.map(|reason| concrete.with(reason)));
                continue;
            };
            let message = format!("{owner} has {what} in plain text in {shown}");
            let hops = concrete.trail.hops().iter().filter(|hop| {
                matches!(hop.kind, HopKind::Default | HopKind::Given | HopKind::Argument | HopKind::Mapping)
            });
            let places: Vec<Span> = std::iter::once(concrete.span).chain(hops.map(|hop| hop.span)).collect();
            findings.push(
                Finding::new(definition.id, concrete.span, message)
                    .when(&concrete.guard)
                    .label("stored in plain text")
                    .through(cx.inventory(), &concrete.trail)
                    .hiding(cx.inventory(), &secret, places)
                    .help(HELP),
            );
        }
    }
    // Under any other name a value that is not known is not worth a question.
    let open = if speaks_of.is_some() { open } else { Vec::new() };
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: place.unwrap_or(container.place),
            message: format!("whether {owner} has a secret in plain text in {shown}"),
            open,
        },
    );
}

/// What a value gives away, with an article, and the characters that nobody may see.
fn secret(value: &Text, speaks_of: Option<&str>) -> Option<(String, Str)> {
    let mut text = String::new();
    for part in value.parts() {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            _ => text.push(UNKNOWN),
        }
    }
    if let Some(found) = find(&text).into_iter().next() {
        let secret = text.get(found.range).unwrap_or("");
        return Some((found.kind.noun(), secret.into()));
    }
    let noun = speaks_of?;
    let literal = value.as_literal().filter(|literal| is_plausible(literal))?;
    let article = if noun.starts_with('A') { "an" } else { "a" };
    Some((format!("{article} {noun}"), literal))
}

/// The `NoEcho` parameter that a value refers to, with its declaration.
fn silent_parameter<'c>(
    cx: &Context<'c, '_>,
    definition: &TaskDefinition<'_>,
    value: Span,
) -> Option<(&'c Str, Span)> {
    let template = cx.inventory().project().template(definition.id.stack);
    let owner = Owner::Resource(definition.id.index);
    let mut references = template.references.of(owner);
    references.find_map(|reference| {
        if !value.contains(reference.span) || reference.kind != ReferenceKind::Ref {
            return None;
        }
        let parameter = template.parameters.get(&reference.name).filter(|parameter| parameter.no_echo)?;
        Some((&parameter.name.text, parameter.name.span))
    })
}
