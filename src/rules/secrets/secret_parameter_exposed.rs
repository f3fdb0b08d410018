//! Parameters that are secret are `NoEcho`, and go nowhere where they can be read.

use rustc_hash::FxHashSet;

use crate::aws;
use crate::aws::secretsmanager::SECRET_PROPERTIES;
use crate::aws::ssm;
use crate::cfn::{Owner, Parameter, ParameterKind, Reference, ReferenceKind, Resource};
use crate::diag::{Label, Role, Severity};
use crate::facts::credential::{is_credential, is_plausible};
use crate::facts::parameter_flow::{names, nodes_at, secret_names};
use crate::project::{Child, ResourceId, StackId, TemplateId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::{Span, Str};
use crate::yaml::Node;

/// See the module.
pub static RULE: Rule = Rule {
    name: "secret-parameter-exposed",
    summary: "parameters that are secret are `NoEcho` and go nowhere where they can be read",
    docs: Docs {
        why: "Everybody who may describe the stack reads the values of its parameters, but for those with `NoEcho`. \
              `NoEcho` does not reach further: outputs, metadata, tags and user data show the value as it is.",
        decides: "Reports parameters without `NoEcho` that become the value of a secret of Secrets Manager (of JSON, a \
                  key that says password, secret, token or key) or a password of RDS, DocumentDB, Redshift, \
                  ElastiCache, Amazon MQ or IAM, also through nested stacks; `NoEcho` parameters with a default that \
                  can be a secret; and `NoEcho` parameters in outputs, `Metadata`, `Tags`, user data, commands and \
                  labels of containers, variables of CodeBuild, values of Systems Manager, and parameters of nested \
                  stacks without `NoEcho`. The environment of containers is plaintext-secret-in-environment; a \
                  default that its name or shape gives away is hardcoded-credential. Never undetermined.",
        fix: "Set `NoEcho: true` without a default, or better let Secrets Manager make the secret and pass its ARN.",
        safety: Safety::Depends,
    },
    category: Category::Secrets,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W1011", "W2010", "W2501"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
    options: &[],
    check: Check::Native(check),
};

/// Parameters by template, so that a template that makes several stacks is reported once.
type Seen = FxHashSet<(TemplateId, Str)>;

fn check(cx: &mut Context<'_, '_>) {
    let mut audible = Seen::default();
    for id in cx.inventory().project().resource_ids().collect::<Vec<_>>() {
        becomes_secret(cx, id, &mut audible);
    }
    let mut templates = FxHashSet::default();
    for stack in cx.inventory().project().stack_ids() {
        if templates.insert(cx.inventory().project().stack(stack).template) {
            defaults(cx, stack);
            exposures(cx, stack, &audible);
        }
    }
}

/// Reports parameters without `NoEcho` that a resource has as a secret, up to those of the root stack.
fn becomes_secret(cx: &mut Context<'_, '_>, id: ResourceId, seen: &mut Seen) {
    let project = cx.inventory().project();
    let resource = project.resource(id);
    let Some(properties) = &resource.properties else {
        return;
    };
    let wanted = SECRET_PROPERTIES.iter();
    for (_, path, noun) in wanted.filter(|(type_name, ..)| *type_name == &*resource.type_name.text) {
        let nodes = nodes_at(properties, path).into_iter();
        let mut open: Vec<(StackId, Str, Span)> = nodes
            .flat_map(secret_names)
            .map(|(name, span)| (id.stack, name, span))
            .collect();
        while let Some((stack, name, span)) = open.pop() {
            let Some(parameter) = project.template(stack).parameters.get(&name) else {
                continue;
            };
            if !seen.insert((project.stack(stack).template, name.clone())) {
                continue;
            }
            if let Some(parent) = project.stack(stack).parent {
                let passed = argument(cx, parent, &name).map(secret_names).unwrap_or_default();
                open.extend(passed.into_iter().map(|(name, span)| (parent.stack, name, span)));
            }
            if parameter.no_echo || matches!(parameter.kind, ParameterKind::Ssm { .. }) {
                continue;
            }
            let message = format!(
                "parameter `{name}` becomes {noun} of `{}` and is not `NoEcho`, so that everybody who sees the stack reads it",
                resource.id.text
            );
            let used = Label {
                resource: None,
                ..cx.inventory().evidence(id, span, "used here")
            };
            let finding = Finding::at(parameter.name.span, message)
                .when(&cx.inventory().presence(id))
                .label("not `NoEcho`")
                .because([used])
                .help("set `NoEcho: true`, or let Secrets Manager make the secret");
            cx.report(finding);
        }
    }
}

/// What the parent stack passes as a parameter.
fn argument<'a>(cx: &Context<'_, 'a>, nested: ResourceId, name: &str) -> Option<&'a Node> {
    cx.inventory().project().resource(nested).arguments()?.value.get(name)
}

/// Reports `NoEcho` parameters with a default.
fn defaults(cx: &mut Context<'_, '_>, stack: StackId) {
    let template = cx.inventory().project().template(stack);
    for parameter in template.parameters.values().filter(|parameter| parameter.no_echo) {
        let name = &parameter.name.text;
        let default = parameter.default.as_ref().filter(|default| is_plausible(&default.text));
        let Some(default) = default.filter(|default| !is_credential(name, &default.text)) else {
            continue;
        };
        let message = format!("parameter `{name}` is `NoEcho`, and everybody who has the template reads its default");
        let finding = Finding::at(default.span, message)
            .label("a default")
            .help("remove the default")
            .hiding(cx.inventory(), &default.text, [default.span]);
        cx.report(finding);
    }
}

/// Reports `NoEcho` parameters that go where they can be read.
fn exposures(cx: &mut Context<'_, '_>, stack: StackId, audible: &Seen) {
    let template = cx.inventory().project().template(stack);
    let mut reported = FxHashSet::default();
    for reference in template.references.iter().filter(|reference| reference.kind == ReferenceKind::Ref) {
        let parameter = template.parameters.get(&reference.name);
        let Some(parameter) = parameter.filter(|parameter| parameter.no_echo) else {
            continue;
        };
        let Some((subject, place)) = exposed(cx, stack, reference, audible) else {
            continue;
        };
        if !reported.insert((reference.owner, reference.name.clone(), place.clone())) {
            continue;
        }
        let finding = finding(subject, reference, parameter, &place);
        cx.report(finding);
    }
}

fn finding(
    subject: Option<ResourceId>,
    reference: &Reference,
    parameter: &Parameter,
    place: &str,
) -> Finding {
    let message = format!("the `NoEcho` parameter `{}` can be read in {place}", reference.name);
    let declared = Label {
        span: parameter.name.span,
        text: "declared as secret here".to_owned(),
        role: Role::Definition,
        resource: None,
    };
    let finding = match subject {
        Some(id) => Finding::new(id, reference.span, message),
        None => Finding::at(reference.span, message),
    };
    finding
        .label("shown as it is")
        .because([declared])
        .help("keep it in Secrets Manager and pass its ARN")
}

/// Where a reference to a parameter can be read, in words.
fn exposed(
    cx: &Context<'_, '_>,
    stack: StackId,
    reference: &Reference,
    audible: &Seen,
) -> Option<(Option<ResourceId>, String)> {
    let project = cx.inventory().project();
    let template = project.template(stack);
    match reference.owner {
        Owner::Condition(_) | Owner::Rule(_) => None,
        Owner::Output(index) => {
            let (name, output) = template.output_at(index)?;
            let becomes = names(output.value.as_ref()?).contains(&(reference.name.clone(), reference.span));
            becomes.then(|| (None, format!("output `{name}`")))
        }
        Owner::Resource(index) => {
            let (name, resource) = template.resource_at(index)?;
            let id = ResourceId {
                stack,
                index,
            };
            let noun = match resource.is_nested_stack() {
                true => nested(cx, id, reference, audible)?,
                false => format!("{} of `{name}`", readable(resource, reference.span)?),
            };
            Some((Some(id), noun))
        }
    }
}

/// The part of a resource that can be read and holds a place.
fn readable(resource: &Resource, place: Span) -> Option<&'static str> {
    let holds = |node: &Node| node.span.contains(place);
    if resource.metadata.as_deref().is_some_and(holds) {
        return Some("the metadata");
    }
    let properties = resource.properties.as_ref()?;
    let type_name = &*resource.type_name.text;
    let at = |path: &[&str]| nodes_at(properties, path).into_iter().any(holds);
    let mut stored = aws::STORED_TEXTS.iter().filter(|text| text.type_name == type_name);
    if let Some(text) = stored.find(|text| at(text.path)) {
        return Some(text.noun);
    }
    match type_name {
        ssm::Parameter::TYPE if at(ssm::VALUE) => Some("the value"),
        _ if at(aws::TAGS) => Some("a tag"),
        _ => None,
    }
}

/// The parameter of a nested stack that a secret is passed to, when it is not `NoEcho` and not reported itself.
fn nested(cx: &Context<'_, '_>, id: ResourceId, reference: &Reference, audible: &Seen) -> Option<String> {
    let Some(Child::Stack { id: child, .. }) = cx.eval().child(id) else {
        return None;
    };
    let project = cx.inventory().project();
    let arguments = project.resource(id).arguments()?.value.as_mapping()?;
    let given = arguments
        .iter()
        .find(|entry| names(&entry.value).contains(&(reference.name.clone(), reference.span)))?;
    let parameter = project.template(*child).parameters.get(&given.key)?;
    let is_reported = audible.contains(&(project.stack(*child).template, given.key.clone()));
    let is_open = !parameter.no_echo && !is_reported;
    is_open.then(|| {
        format!(
            "parameter `{}` of nested stack `{}`, which is not `NoEcho`",
            given.key,
            cx.inventory().logical_id(id)
        )
    })
}
