//! Pipelines and builds hold no credentials in plain text.

use std::sync::LazyLock;

use regex::Regex;

use crate::aws::codebuild::{Project, SecondarySource, SourceCredential, Variable};
use crate::aws::codepipeline::{Action, Webhook};
use crate::cfn::{Owner, Parameter};
use crate::diag::Severity;
use crate::eval::{Case, Cases, HopKind, Known, Part, Text, Value};
use crate::facts::credential::{UNKNOWN, find, is_plausible};
use crate::facts::reference::{Referent, uses};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "pipeline-plaintext-credential",
    summary: "pipelines and builds hold no credentials in plain text",
    docs: Docs {
        why: "Whoever may look at a pipeline, a build project or its stack reads what stands there in plain text, and with \
              the credential may change what is deployed.",
        decides: "Looks at OAuth tokens of pipelines, secrets of webhooks and tokens of `SourceCredential`: neither may be \
                  written out, nor come from a parameter without `NoEcho`, through nested stacks too. Builds may not \
                  have the AWS access key, secret key or session token as a plain variable, wherever it comes from, nor \
                  a password or token in the URL of a source. Dynamic references pass, except in those variables. \
                  Undetermined when a token comes from an import or a macro. Values are never printed.",
        fix: "Keep the credential in Secrets Manager and refer to it: `{{resolve:secretsmanager:…}}` in a pipeline, \
              `Type: SECRETS_MANAGER` in a build. Better, use a connection to the repository, and the role of the build.",
        safety: Safety::Advice,
    },
    category: Category::Delivery,
    severity: Severity::Error,
    security_severity: Some(8.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["F69", "CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK", "CodeBuild.1", "CodeBuild.2"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html",
    options: &[],
    check: Check::Native(check),
};

/// A URL whose password is not known but there.
static PASSWORD_IN_URL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"://[^\s/@]*:[^\s/@]*\x01[^\s/@]*@").ok());

/// Nested stacks whose parameters are followed up; as many as a parameter may pass.
const MAX_FOLLOWED: usize = 16;

fn check(cx: &mut Context<'_, '_>) {
    let (facts, eval) = (cx.facts, cx.eval());
    for pipeline in &facts.pipelines {
        let shown = format!("pipeline `{}`", facts.inventory.logical_id(pipeline.id));
        for action in pipeline.actions() {
            secret(cx, pipeline.id, Action(&action.item).token(eval), &format!("the OAuth token of {shown}"));
        }
    }
    for id in facts.inventory.of_type(Webhook::TYPE).to_vec() {
        let owner = format!("the secret of webhook `{}`", facts.inventory.logical_id(id));
        secret(cx, id, Webhook(id).secret(eval), &owner);
    }
    for id in facts.inventory.of_type(SourceCredential::TYPE).to_vec() {
        let owner = format!("the token of source credential `{}`", facts.inventory.logical_id(id));
        secret(cx, id, SourceCredential(id).token(eval), &owner);
    }
    for id in facts.inventory.of_type(Project::TYPE).to_vec() {
        variables(cx, id);
        let secondary = eval.elements(Project(id).secondary_sources(eval));
        let further = secondary.iter().flat_map(|item| SecondarySource(item).location(eval));
        let locations: Vec<_> = Project(id).location(eval).into_iter().chain(further).collect();
        for case in eval.texts(locations) {
            if let Known::Value(text) = &case.value {
                location(cx, id, &case.with(text.clone()));
            }
        }
    }
}

/// A property that is a secret.
fn secret(cx: &mut Context<'_, '_>, id: ResourceId, cases: Cases<'_>, owner: &str) {
    let place = cases.first().map(|case| case.span);
    let mut findings = Vec::new();
    let mut open = Vec::new();
    for case in cases {
        match &case.value {
            Value::Text(text) if text.parts().iter().any(|part| matches!(part, Part::Dynamic(_))) => {}
            Value::Text(text) => {
                let written = text.as_literal().filter(|secret| is_plausible(secret));
                match written.and_then(|secret| Some((written_at(cx, &case, &secret)?, secret))) {
                    Some((place, secret)) => {
                        let finding = Finding::new(id, place, format!("{owner} is written out"))
                            .when(&case.guard)
                            .label("everybody who has the template has it")
                            .help("revoke it, keep its successor in Secrets Manager, and refer to it by `{{resolve:secretsmanager:…}}`")
                            .hiding(cx.inventory(), &secret, [place, case.span]);
                        findings.push(finding);
                    }
                    None => findings.extend(echoed(cx, id, &case, owner)),
                }
            }
            Value::Unknown(reason) => open.push(case.with(reason.clone())),
            Value::Absent | Value::List(_) | Value::Object(_) => {}
        }
    }
    let place = place.unwrap_or(cx.inventory().project().resource(id).id.span);
    let message = format!("whether {owner} is in plain text");
    cx.conclude(findings, Question { subject: id, place, message, open });
}

/// Where a template spells a secret: here, or where it comes from. A value that the user gave for a parameter is spelled in
/// no template.
fn written_at(cx: &Context<'_, '_>, case: &Case<Value<'_>>, secret: &str) -> Option<Span> {
    let hops = case.trail.hops().iter().filter(|hop| hop.kind != HopKind::Given);
    let places = std::iter::once(case.span).chain(hops.map(|hop| hop.span));
    let sources = &cx.inventory().project().sources;
    places.into_iter().find(|place| sources.text(*place).contains(secret))
}

/// A secret that comes from a parameter which CloudFormation shows.
fn echoed(cx: &Context<'_, '_>, id: ResourceId, case: &Case<Value<'_>>, owner: &str) -> Option<Finding> {
    let mut parameters = Vec::new();
    handed(cx, id, case.span, 0, &mut parameters);
    let parameter = parameters.into_iter().find(|parameter| !parameter.no_echo)?;
    let name = &parameter.name.text;
    let message = format!("{owner} comes from parameter `{name}`, which is shown to everybody who may see the stack");
    let finding = Finding::new(id, parameter.name.span, message)
        .when(&case.guard)
        .label("without `NoEcho`")
        .because([cx.inventory().evidence(id, case.span, "used here")])
        .help(format!("give `{name}` the attribute `NoEcho: true`, or keep the secret in Secrets Manager"))
        .atom(&**name);
    Some(match &parameter.default {
        Some(default) => finding.hiding(cx.inventory(), &default.text, [default.span]),
        None => finding,
    })
}

/// The parameters that a place of a resource refers to, and those of the parent stacks that they come from.
fn handed<'a>(cx: &Context<'_, 'a>, id: ResourceId, place: Span, depth: usize, out: &mut Vec<&'a Parameter>) {
    let project = cx.inventory().project();
    let owner = Owner::Resource(id.index);
    let uses = uses(cx.eval(), id.stack).into_iter().filter(|used| used.owner == owner);
    for used in uses.filter(|used| place.contains(used.place)) {
        let Referent::Name(name) = &used.of else { continue };
        let Some(parameter) = project.template(id.stack).parameters.get(name) else {
            continue;
        };
        out.push(parameter);
        let parent = project.stack(id.stack).parent.filter(|_| depth < MAX_FOLLOWED);
        let argument = parent.and_then(|parent| {
            Some((parent, project.resource(parent).arguments()?.value.get(name)?.span))
        });
        if let Some((parent, argument)) = argument {
            handed(cx, parent, argument, depth + 1, out);
        }
    }
}

/// Variables of builds that are AWS credentials.
fn variables(cx: &mut Context<'_, '_>, id: ResourceId) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    for item in eval.elements(Project(id).variables(eval)) {
        let view = Variable(&item);
        let names = eval.scalars(view.name(eval)).into_iter();
        let names = names.filter_map(|case| match &case.value {
            Known::Value(name) if Variable::CREDENTIALS.contains(&&**name) => Some((name.clone(), case.guard)),
            _ => None,
        });
        for (name, named) in names.collect::<Vec<(Str, _)>>() {
            for kind in eval.scalars(view.kind(eval)) {
                let is_plain = match &kind.value {
                    Known::Absent => true,
                    Known::Value(kind) => &**kind == Variable::PLAIN,
                    Known::Unknown(_) => false,
                };
                for value in view.value(eval) {
                    let Value::Text(text) = &value.value else { continue };
                    if !is_plain || text.parts().is_empty() {
                        continue;
                    }
                    let message = format!("the builds of `{}` have `{name}` as a plain variable", inventory.logical_id(id));
                    let mut finding = Finding::new(id, value.span, message)
                        .when(&named.and(&kind.guard).and(&value.guard))
                        .label("shown to everybody who may see the project")
                        .help("give the service role of the project what the builds need, and leave the variable out")
                        .atom(&*name);
                    if let Some(secret) = text.as_literal() {
                        let hops = value.trail.hops().iter().map(|hop| hop.span);
                        let places: Vec<Span> = std::iter::once(value.span).chain(hops).collect();
                        finding = finding.hiding(inventory, &secret, places);
                    }
                    cx.report(finding);
                }
            }
        }
    }
}

/// The URL of a source.
fn location(cx: &mut Context<'_, '_>, id: ResourceId, case: &Case<Text>) {
    let inventory = cx.inventory();
    let characters = case.value.parts().iter().map(|part| match part {
        Part::Literal(text) => text.to_string(),
        _ => UNKNOWN.to_string(),
    });
    let text: String = characters.collect();
    let found = find(&text);
    let has_password = PASSWORD_IN_URL.as_ref().is_some_and(|pattern| pattern.is_match(&text));
    if found.is_empty() && !has_password {
        return;
    }
    let message = format!("the URL of a source of `{}` holds a credential", inventory.logical_id(id));
    let mut finding = Finding::new(id, case.span, message)
        .when(&case.guard)
        .label("shown to everybody who may see the project")
        .help("leave it out of the URL; use a connection to the repository or `AWS::CodeBuild::SourceCredential`");
    let hops = case.trail.hops().iter().map(|hop| hop.span);
    let places: Vec<Span> = std::iter::once(case.span).chain(hops).collect();
    for secret in found.iter().filter_map(|found| text.get(found.range.clone())) {
        finding = finding.hiding(inventory, secret, places.iter().copied());
    }
    cx.report(finding);
}
