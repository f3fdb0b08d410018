//! Templates hold no credentials.

use crate::aws;
use crate::diag::Severity;
use crate::eval::{Case, Evaluator, Part, Text, Value};
use crate::facts::credential::{UNKNOWN, find, is_plausible, named};
use crate::project::{ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::{Span, Str};
use crate::yaml::{Kind, Node};

/// See the module.
pub static RULE: Rule = Rule {
    name: "hardcoded-credential",
    summary: "templates hold no credentials",
    docs: Docs {
        why: "A key in a template is in the repository, its copies and its history, in the stack that CloudFormation \
              shows, and on the instances whose user data it stands in.",
        decides: "Looks at commands, entry points, health checks and labels of containers, user data, mappings, \
                  defaults of parameters, variables of CodeBuild projects and `AWS::CloudFormation::Authentication` \
                  for AWS access keys, private keys, JSON Web Tokens, tokens of GitHub, GitLab, Slack and Stripe, \
                  and passwords in URLs. Where there is a name (parameters, mappings, labels, variables), texts \
                  under a name that says password, secret, token or key count as well. The keys of AWS's \
                  documentation pass. Values are never printed. The environment of containers is \
                  plaintext-secret-in-environment. Never undetermined: only texts that the templates hold count.",
        fix: "Revoke the credential: it is known. Keep its successor in Secrets Manager or Parameter Store, and refer \
              to it from there.",
        safety: Safety::Advice,
    },
    category: Category::Secrets,
    severity: Severity::Error,
    security_severity: Some(9.1),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_SECRET_2", "CKV_SECRET_4", "CKV_SECRET_9", "CKV_SECRET_13", "CKV_SECRET_14", "CKV_SECRET_17", "CKV_AWS_46", "AVD-AWS-0029", "568cc372", "W1", "9ecb6b21", "CFN_AUTHENTICATION_RULE"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html",
    options: &[],
    check: Check::Native(check),
};

/// Types of variables of CodeBuild whose value is the name of a secret.
const REFERENCES: &[&str] = &["PARAMETER_STORE", "SECRETS_MANAGER"];

const HELP: &str = "revoke it, and keep its successor in Secrets Manager or Parameter Store";

/// A text with what it stands under.
struct Leaf {
    case: Case<Text>,
    /// The nearest key or name above it.
    name: Option<Str>,
}

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().project().resource_ids().collect::<Vec<_>>() {
        resource(cx, id);
    }
    let mut seen = Vec::new();
    for stack in cx.inventory().project().stack_ids() {
        let template = cx.inventory().project().stack(stack).template;
        // Mappings and parameters belong to the template, however many stacks it makes.
        if !seen.contains(&template) {
            seen.push(template);
            sections(cx, stack);
        }
    }
}

fn resource(cx: &mut Context<'_, '_>, id: ResourceId) {
    let eval = cx.eval();
    let type_name = cx.inventory().type_name(id);
    for place in aws::STORED_TEXTS.iter().filter(|place| place.type_name == type_name) {
        let mut leaves = Vec::new();
        for case in eval.walk(id, place.path) {
            collect(eval, case, None, &mut leaves);
        }
        let owner = format!("{} of `{}`", place.noun, cx.inventory().logical_id(id));
        for leaf in leaves {
            let named_by = leaf.name.filter(|_| place.has_names);
            let finding = |span, message: String| Finding::new(id, span, message);
            report(cx, &leaf.case, named_by.as_deref(), &owner, finding);
        }
    }
    let declared = cx.inventory().project().resource(id);
    let Some(node) = declared.metadata.as_ref().and_then(|metadata| metadata.get(aws::AUTHENTICATION)) else {
        return;
    };
    let mut leaves = Vec::new();
    for case in eval.value(id.stack, node) {
        collect(eval, case, None, &mut leaves);
    }
    let owner = format!("`{}` of `{}`", aws::AUTHENTICATION, declared.id.text);
    for leaf in leaves {
        report(cx, &leaf.case, leaf.name.as_deref(), &owner, |span, message| Finding::new(id, span, message));
    }
}

/// Mappings and defaults of parameters.
fn sections(cx: &mut Context<'_, '_>, stack: StackId) {
    let template = cx.inventory().project().template(stack);
    for (name, mapping) in &template.mappings {
        let mut leaves = Vec::new();
        plain(mapping, None, &mut leaves);
        for leaf in leaves {
            report(cx, &leaf.case, leaf.name.as_deref(), &format!("mapping `{name}`"), Finding::at);
        }
    }
    for parameter in template.parameters.values() {
        let Some(default) = &parameter.default else {
            continue;
        };
        let case = Case::new(Text::literal(default.text.clone()), default.span);
        let name = &parameter.name.text;
        report(cx, &case, Some(name), &format!("the default of parameter `{name}`"), Finding::at);
    }
}

/// The texts inside a value, each with the nearest key above it. In a list of `Name` and `Value` the name is the key.
fn collect<'a>(eval: &Evaluator<'a>, case: Case<Value<'a>>, name: Option<&Str>, out: &mut Vec<Leaf>) {
    match &case.value {
        Value::Text(text) => out.push(Leaf { case: case.with(text.clone()), name: name.cloned() }),
        Value::List(items) => {
            for item in items {
                let item = Case { guard: case.guard.and(&item.guard), ..item.clone() };
                collect(eval, item, name, out);
            }
        }
        Value::Object(object) => {
            let type_name = object.node.get("Type").and_then(Node::as_text);
            if type_name.is_some_and(|name| REFERENCES.contains(&&**name)) {
                return;
            }
            let pair = object.node.get("Name").and_then(Node::as_text);
            for entry in object.node.as_mapping().unwrap_or_default() {
                let is_value = &*entry.key == "Value";
                let name = pair.filter(|_| is_value).unwrap_or(&entry.key);
                for inner in eval.get(vec![case.clone()], &entry.key) {
                    collect(eval, inner, Some(name), out);
                }
            }
        }
        Value::Absent | Value::Unknown(_) => {}
    }
}

/// The texts of a mapping, which holds no functions.
fn plain(node: &Node, name: Option<&Str>, out: &mut Vec<Leaf>) {
    match &node.kind {
        Kind::Scalar(scalar) => out.push(Leaf {
            case: Case::new(Text::literal(scalar.text.clone()), node.span),
            name: name.cloned(),
        }),
        Kind::Sequence(items) => items.iter().for_each(|item| plain(item, name, out)),
        Kind::Mapping(entries) => {
            for entry in entries {
                plain(&entry.value, Some(&entry.key), out);
            }
        }
        Kind::Null | Kind::Function(_) => {}
    }
}

/// Reports what a text gives away.
fn report(
    cx: &mut Context<'_, '_>,
    case: &Case<Text>,
    name: Option<&str>,
    owner: &str,
    finding: impl Fn(Span, String) -> Finding,
) {
    let mut text = String::new();
    for part in case.value.parts() {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            _ => text.push(UNKNOWN),
        }
    }
    let found = find(&text);
    let (what, secrets): (String, Vec<&str>) = match found.first() {
        Some(first) => {
            let secrets = found.iter().filter_map(|found| text.get(found.range.clone()));
            (first.kind.noun(), secrets.collect())
        }
        None => {
            let Some(noun) = name.and_then(named) else {
                return;
            };
            if !is_plausible(&text) || text.contains(UNKNOWN) || text.contains("{{resolve:") {
                return;
            }
            let article = if noun.starts_with('A') { "an" } else { "a" };
            (format!("{article} {noun}"), vec![text.as_str()])
        }
    };
    let mut finding = finding(case.span, format!("{owner} holds {what}"))
        .when(&case.guard)
        .label("everybody who has the template has it")
        .help(HELP);
    for secret in secrets {
        finding = finding.hiding(cx.inventory(), secret, [case.span]);
    }
    cx.report(finding);
}
