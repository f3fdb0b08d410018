//! Images are named by a version that does not move.

use crate::diag::Severity;
use crate::cfn::Name;
use crate::source::Span;
use crate::eval::{Case, Equality, Guard, HopKind, Part, Scope, Text, Unknown, Value};
use crate::facts::image::{self, Version};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "mutable-image-tag",
    summary: "images are named by a version that does not move",
    docs: Docs {
        why: "With `latest`, or no tag at all, a restart can bring another image than the one that was tested, and \
              there is no way back to the one before.",
        decides: "Reads the tag of every container's image: no tag and `latest` are reported, other tags and digests \
                  are not. A tag that a parameter decides is judged by its default. One that a dynamic reference brings passes. An unknown tag passes in an ECR \
                  repository of the project whose tags are immutable. `VersionConsistency` does not count: it fixes the \
                  digest for one deployment only.",
        fix: "Name a version tag that is never pushed again, or a digest (`image@sha256:…`).",
        safety: Safety::Advice,
    },
    category: Category::Image,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-considerations.html",
    options: &[],
    check: Check::Native(check),
};

/// The tag that registries and Docker take when none is given.
const DEFAULT_TAG: &str = "latest";

fn check(cx: &mut Context<'_, '_>) {
    cx.for_each_container(judge, |name| format!("which images task definition `{name}` runs"));
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let name = cx.inventory().logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut place = container.place;
    for case in container.view().image(cx.eval()) {
        place = case.span;
        let written = match &case.value {
            Value::Text(text) => text,
            Value::Unknown(reason) => {
                open.push(case.with(reason.clone()));
                continue;
            }
            Value::Absent | Value::List(_) | Value::Object(_) => continue,
        };
        for image in cx.eval().concrete(&case.with(written.clone())) {
            let tag = match image::version(cx.inventory(), &image.value) {
                Version::Nothing => None,
                Version::Tag(tag) if &*tag == DEFAULT_TAG => Some(tag),
                // A name in Parameter Store or a secret is looked up at deployment: nothing here settles it.
                Version::Unknown(Unknown::Dynamic(_)) => continue,
                Version::Unknown(reason) if !is_fixed(cx, &image.value) => {
                    open.push(image.with(reason));
                    continue;
                }
                _ => continue,
            };
                        findings.push(finding(cx, definition, &image, &shown, tag.as_deref()));
        }
    }
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place,
            message: format!("which version of its image {shown} runs"),
            open,
        },
    );
}

fn is_fixed(cx: &Context<'_, '_>, image: &Text) -> bool {
    image::repository(cx.inventory(), image).is_some_and(|id| {
        cx.inventory().presence(id) == Guard::True && image::has_fixed_tags(cx.inventory(), id)
    })
}

/// Where the version of an image was given, when a parameter brought it: the line to edit stands there. It is the
/// origin of a value that the image ends in, or the default of the one parameter that the case assumes to be so.
fn origin(cx: &Context<'_, '_>, image: &Case<Text>) -> Option<Span> {
    let Some(Part::Literal(end)) = image.value.parts().last() else {
        return None;
    };
    let project = cx.inventory().project();
    let is_end = |text: &str| !text.is_empty() && end.ends_with(text);
    let hops = image.trail.hops().iter().rev();
    let mut passed = hops.filter(|hop| {
        let text = project.sources.text(hop.span).trim_matches(['"', '\'']);
        matches!(hop.kind, HopKind::Default | HopKind::Given | HopKind::Argument) && is_end(text)
    });
    if let Some(hop) = passed.next() {
        return Some(hop.span);
    }
    let mut defaults: Vec<&Name> = Vec::new();
    image.guard.atoms(&mut |atom| {
        if let Guard::Is(equality) = atom
            && let Equality { var, value } = &**equality
            && let Scope::Stack(stack) = var.scope
            && let Some(parameter) = project.template(stack).parameters.get(&var.name)
        {
            let default = parameter.default.as_ref();
            defaults.extend(default.filter(|default| default.text == *value && is_end(value)));
        }
    });
    match defaults.as_slice() {
        [default] => Some(default.span),
        _ => None,
    }
}

fn finding(
    cx: &Context<'_, '_>,
    definition: &TaskDefinition<'_>,
    case: &Case<Text>,
    shown: &str,
    tag: Option<&str>,
) -> Finding {
    let image = cx.eval().render(&case.value);
    let (message, label) = match tag {
        Some(tag) => (
            format!("{shown} runs image `{image}`, whose tag `{tag}` moves"),
            format!("tag `{tag}`"),
        ),
        None => (
            format!("{shown} runs image `{image}` without a tag, which means `{DEFAULT_TAG}`"),
            "no tag".to_owned(),
        ),
    };
    let origin = origin(cx, case);
    let place = origin.unwrap_or(case.span);
    let used = origin.map(|_| {
        cx.inventory()
            .evidence(definition.id, case.span, "used as the image here")
    });
    let hops = cx.inventory().hops(&case.trail).into_iter();
    let hops = hops.filter(|hop| hop.span != place);
    let mut finding = Finding::new(definition.id, place, message)
        .when(&case.guard)
        .label(label)
        .help("name a version tag that is never pushed again, or a digest (`@sha256:…`)")
        .because(used)
        .because(hops);
    finding.assumed = case.trail.is_assumed();
    finding
}
