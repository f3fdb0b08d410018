//! Roles of tasks read their own secrets only.

use crate::aws::iam::RoleClass;
use crate::diag::Severity;
use crate::eval::{Known, Part, Text};
use crate::facts::iam::grant::{listed, reads_secrets};
use crate::facts::iam::{Policy, Reach, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "unscoped-secret-access",
    summary: "roles of tasks and hosts read their own secrets only",
    docs: Docs {
        why: "A task that may read every secret hands the passwords of all other applications to whoever gets into it.",
        decides: "Looks at policies of task roles, execution roles and instance roles that allow \
                  `secretsmanager:GetSecretValue`, `ssm:GetParameter*` or `kms:Decrypt` on `*` or on an ARN that \
                  covers all of them; a warning when the ARN names a region or account. A name, a path or a \
                  condition such as `kms:ViaService` or a resource tag passes. Wildcards such as `ssm:*` are \
                  wildcard-action, and other roles wildcard-resource. Never undetermined: what is not known is not \
                  `*`.",
        fix: "Name the secrets, parameters and keys that the task definition uses.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(7.6),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_108", "CKV_AWS_288", "KMS.1", "KMS.2"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
    options: &[],
    check: Check::Native(check),
};

/// The roles whose reads of secrets this rule judges.
pub(super) const EXPOSED: &[RoleClass] = &[RoleClass::Task, RoleClass::Execution, RoleClass::Instance];

/// Pieces of the ARN of a secret, between colons; the key and the version in a `ValueFrom` follow.
const SECRET_PIECES: usize = 7;

/// What stands before the name of a parameter in its ARN, as `Fn::Sub` takes it.
const PARAMETER_ARN: &str = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/";

/// Secrets that the help names.
const MAX_NAMED: usize = 3;

fn check(cx: &mut Context<'_, '_>) {
    for (policy, statement) in cx.facts.iam.written() {
        if cx.facts.iam.held_by_any(policy, EXPOSED)
            && let Some(finding) = in_statement(cx, policy, statement)
        {
            cx.report(finding);
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let open = iam.open(policy, statement, reads_secrets)?;
    let patterns = open.patterns();
    let (what, severity) = match open.reach() {
        Reach::Every => ("every resource", Severity::Error),
        _ => ("every resource of the type in an account or region", Severity::Warning),
    };
    let described = iam.described(cx.inventory(), policy);
    let message = format!("{described} allows {} on {what}", listed(&patterns));
    Some(
        Finding::new(policy.id, open.resource.span, message)
            .when(&open.guard)
            .severity(severity)
            .label(what)
            .help(help(cx, policy, &patterns))
            .through(cx.inventory(), &statement.trail)
            .through(cx.inventory(), &open.resource.trail)
            .because(iam.evidence(cx.inventory(), policy))
            .atom(patterns.join(" ")),
    )
}

/// Names the secrets that the task definitions with the role use.
fn help(cx: &Context<'_, '_>, policy: &Policy, patterns: &[Str]) -> String {
    let is_key = patterns.iter().all(|pattern| pattern.starts_with("kms:"));
    let holders = cx.facts.iam.holders(policy).flat_map(|(_, principal)| &principal.uses);
    let users: Vec<_> = holders.filter(|usage| usage.class == RoleClass::Execution).map(|usage| usage.by).collect();
    let mut names: Vec<String> = Vec::new();
    let definitions = cx.facts.task_definitions.iter().filter(|definition| users.contains(&definition.id));
    for container in definitions.flat_map(|definition| &definition.containers) {
        for read in container.secrets(cx.eval()) {
            let Known::Value(source) = &read.source.value else {
                continue;
            };
            let name = expected_arn(cx, source);
            let name = format!("`{name}`");
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    match (is_key, names.is_empty(), more) {
        (true, ..) => "name the key, or limit the statement with the condition `kms:ViaService`".to_owned(),
        (_, true, _) => "name the secrets and parameters that are needed".to_owned(),
        (_, _, 0) => format!("name the secrets that the containers use: {}", names.join(", ")),
        (_, _, more) => format!("name the secrets that the containers use: {} and {more} more", names.join(", ")),
    }
}

/// The ARN that allows to read what a `ValueFrom` names, as `Fn::Sub` takes it: that of the secret without the key and the
/// version behind it, or that of the parameter, which may be given by its name alone.
fn expected_arn(cx: &Context<'_, '_>, source: &Text) -> String {
    let pieces = source.split(":");
    let is_arn = pieces.first().and_then(Text::as_literal).as_deref() == Some("arn");
    match (source.parts().first(), is_arn) {
        (_, true) => {
            let secret: Vec<Str> = pieces.iter().take(SECRET_PIECES).map(|piece| cx.eval().render(piece)).collect();
            secret.join(":")
        }
        (Some(Part::Attribute(..)), _) => {
            pieces.first().map_or_else(String::new, |secret| cx.eval().render(secret).to_string())
        }
        (Some(Part::Literal(_)), _) => {
            let name = cx.eval().render(source);
            format!("{PARAMETER_ARN}{}", name.strip_prefix('/').unwrap_or(&name))
        }
        _ => cx.eval().render(source).to_string(),
    }
}
