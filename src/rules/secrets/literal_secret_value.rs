//! Secrets get their values outside of templates.

use crate::aws::secretsmanager::Secret;
use crate::aws::ssm::Parameter;
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, HopKind, Known, Part, Text, Value, when};
use crate::facts::credential::{UNKNOWN, find, in_secret, named};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "literal-secret-value",
    summary: "secrets get their values outside of templates",
    docs: Docs {
        why: "A secret whose value stands in a template is known to everybody who has the template, its repository or \
              the stack. A parameter of Systems Manager that CloudFormation makes is stored in plain text besides.",
        decides: "Reports `SecretString` with text: of JSON, the values under keys that say password, secret, token or \
                  key; otherwise all of it. Reports parameters of Systems Manager whose last name says so, or whose \
                  value has the shape of a credential. Values that ask to be filled in later (`CHANGEME`), numbers, \
                  ARNs, URLs and what a parameter or dynamic reference decides pass; defaults of parameters are \
                  hardcoded-credential. Never undetermined. Values are never printed.",
        fix: "Let Secrets Manager make the value with `GenerateSecretString`, or set it after the deployment; then \
              change it, since it is known.",
        safety: Safety::Advice,
    },
    category: Category::Secrets,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_384"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html",
    options: &[],
    check: Check::Native(check),
};

const SECRET_HELP: &str = "let Secrets Manager make it with `GenerateSecretString`, or set it after the deployment";

const PARAMETER_HELP: &str = "keep it in Secrets Manager, or in a SecureString that is made outside of CloudFormation";

fn check(cx: &mut Context<'_, '_>) {
    let inventory = cx.inventory();
    for id in inventory.of_type(Secret::TYPE) {
        let name = inventory.logical_id(*id);
        for (case, text) in texts(Secret(*id).value(cx.eval())) {
            let found = in_secret(&text);
            report(cx, *id, &case, &found, SECRET_HELP, |what| {
                format!("secret `{name}` has {what} in the template")
            });
        }
    }
    for id in inventory.of_type(Parameter::TYPE) {
        let name = inventory.logical_id(*id);
        let speaks = speaks_of_a_secret(cx, *id);
        for (case, text) in texts(Parameter(*id).value(cx.eval())) {
            let by_name = if find(&text).is_empty() { &speaks } else { &Guard::True };
            let (case, found) = (case.when(by_name), in_secret(&text));
            report(cx, *id, &case, &found, PARAMETER_HELP, |what| {
                format!("parameter `{name}` of Systems Manager has {what} in the template, and keeps it in plain text")
            });
        }
    }
}

/// When the last part of a parameter's name says that it holds a secret.
fn speaks_of_a_secret(cx: &Context<'_, '_>, id: ResourceId) -> Guard {
    let names = cx.eval().texts(Parameter(id).name(cx.eval()));
    when(&names, |name| match name {
        Known::Value(text) => match text.parts().last() {
            Some(Part::Literal(end)) => end.rsplit('/').next().and_then(named).is_some(),
            _ => false,
        },
        Known::Absent | Known::Unknown(_) => false,
    })
}

/// The texts that templates spell out, with [`UNKNOWN`] for what they do not. A default or a parameter file is not the
/// template's own text.
fn texts(cases: Cases<'_>) -> Vec<(Case<Text>, String)> {
    let mut out = Vec::new();
    for case in cases {
        let Value::Text(text) = &case.value else {
            continue;
        };
        let mut hops = case.trail.hops().iter();
        if hops.any(|hop| matches!(hop.kind, HopKind::Default | HopKind::Given)) {
            continue;
        }
        let mut shown = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(literal) => shown.push_str(literal),
                _ => shown.push(UNKNOWN),
            }
        }
        out.push((case.with(text.clone()), shown));
    }
    out
}

fn report(
    cx: &mut Context<'_, '_>,
    id: ResourceId,
    case: &Case<Text>,
    found: &[(String, Str)],
    help: &str,
    says: impl Fn(&str) -> String,
) {
    let Some((what, _)) = found.first() else {
        return;
    };
    let mut finding = Finding::new(id, case.span, says(what))
        .when(&case.guard)
        .label("everybody who has the template has it")
        .help(help)
        .through(cx.inventory(), &case.trail);
    let places: Vec<_> = std::iter::once(case.span)
        .chain(case.trail.hops().iter().map(|hop| hop.span))
        .collect();
    let sources = &cx.inventory().project().sources;
    for (_, secret) in found {
        // Where no place spells the secret as it is, nothing of the places is safe to show.
        if !places.iter().any(|place| sources.text(*place).contains(&**secret)) {
            finding.secrets.extend(places.iter().copied());
        }
        finding = finding.hiding(cx.inventory(), secret, places.iter().copied());
    }
    cx.report(finding);
}
