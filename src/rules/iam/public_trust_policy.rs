//! Roles are assumed by whom they are made for.

use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Scope, Text, Unknown, Var};
use crate::facts::iam::grant::{known, literal};
use crate::facts::iam::{Effect, Kind, Principal, PrincipalKind, Statement, TrustPrincipal, covers};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "public-trust-policy",
    summary: "roles can be assumed only by whom they are made for",
    docs: Docs {
        why: "A trust policy with `*` lets everybody with an AWS account take the role, from any account.",
        decides: "Looks at `Allow` statements of `AssumeRolePolicyDocument`. Reported are `*`, `AWS: \"*\"`, an ARN \
                  whose account is `*`, and `NotPrincipal`, unless a condition names an organization, account, \
                  principal or source; a condition that is not judged makes it a warning. Another account without \
                  external id, MFA or organization is a warning when the own account is given, and undetermined \
                  otherwise. An action of `*` or `sts:*` is a warning.",
        fix: "Name the service, account or role that assumes it.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(9.3),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_60", "CKV_AWS_61", "F2", "F6", "f80e3aa7", "IAM_ROLE_NO_ALLOW_PLUS_NOT_PRINCIPAL", "IAM_ROLE_NO_FULL_ACCESS_ON_TRUST_POLICY"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    options: &[],
    check: Check::Native(check),
};

/// Condition keys that say who may assume the role.
const WHO: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
];

/// Condition keys that keep another account's holder from being used by a third one.
const CROSS_ACCOUNT: &[&str] = &[
    "aws:multifactorauthpresent",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "sts:externalid",
];

/// Digits of an account id.
const ACCOUNT_DIGITS: usize = 12;

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        if principal.kind != Kind::Role {
            continue;
        }
        let mut findings = Vec::new();
        let mut open = principal.trust_open.clone();
        for statement in &principal.trust {
            if statement.effect == Effect::Allow {
                for case in &statement.principals {
                    trusted(cx, principal, statement, case, &mut findings, &mut open);
                }
                findings.extend(action(cx, principal, statement));
            }
        }
        let name = cx.inventory().logical_id(principal.id);
        let place = open.first().map(|case| case.span);
        let question = Question {
            subject: principal.id,
            place: place.unwrap_or(cx.inventory().project().resource(principal.id).id.span),
            message: format!("whether role `{name}` can be assumed by strangers is not decided by the templates"),
            open,
        };
        cx.conclude(findings, question);
    }
}

fn trusted(
    cx: &Context<'_, '_>,
    principal: &Principal,
    statement: &Statement,
    case: &Case<TrustPrincipal>,
    findings: &mut Vec<Finding>,
    open: &mut Vec<Case<Unknown>>,
) {
    let name = cx.inventory().logical_id(principal.id);
    let guard = statement.guard.and(&case.guard);
    let finding = |message: String, guard: &Guard| {
        Finding::new(principal.id, case.span, message)
            .when(guard)
            .through(cx.inventory(), &statement.trail)
            .through(cx.inventory(), &case.trail)
            .because(principal.used_by(cx.inventory()))
    };
    let text = known(&case.value.name);
    let who = match text {
        _ if case.value.inverted => Some("everybody but a few"),
        Some(text) if case.value.kind == PrincipalKind::Aws && is_anybody(text) => Some("everybody"),
        _ => None,
    };
    if let Some(who) = who {
        let named = statement.bounded_by(WHO);
        let doubtful = statement.bounded().and(&named.negated());
        let message = format!("role `{name}` can be assumed by {who}");
        let help = "name the service, account or role that assumes it";
        let firm = guard.and(&statement.bounded().negated());
        findings.push(finding(message.clone(), &firm).label(who).help(help));
        let message = format!("{message} that meets a condition which does not say who");
        let weak = finding(message, &guard.and(&doubtful)).label(who).help(help);
        findings.push(weak.severity(Severity::Warning));
        return;
    }
    let account = match (case.value.kind, text) {
        (PrincipalKind::Aws, Some(text)) => account(text),
        _ => None,
    };
    let Some(account) = account else {
        return;
    };
    let guard = guard.and(&statement.bounded_by(CROSS_ACCOUNT).negated());
    match &cx.inventory().project().pseudo.account {
        Some(own) if *own == account => {}
        Some(_) => findings.push(
            finding(format!("role `{name}` can be assumed from account `{account}` without further proof"), &guard)
                .label("another account")
                .severity(Severity::Warning)
                .help("require `sts:ExternalId`, MFA or `aws:PrincipalOrgID` in a condition"),
        ),
        None => open.push(Case {
            guard,
            ..case.with(Unknown::Parameter(Var {
                scope: Scope::Everywhere,
                name: "AWS::AccountId".into(),
            }))
        }),
    }
}

/// Reports actions of a trust policy that are more than assuming the role.
fn action(cx: &Context<'_, '_>, principal: &Principal, statement: &Statement) -> Option<Finding> {
    let name = cx.inventory().logical_id(principal.id);
    let wide = |item: &Known<Text>| literal(item).filter(|pattern| covers(pattern, "sts:*"));
    let case = statement.actions.only.iter().find(|case| wide(&case.value).is_some())?;
    let pattern = wide(&case.value)?;
    let finding = Finding::new(
        principal.id,
        case.span,
        format!("the trust policy of role `{name}` allows `{pattern}`"),
    );
    Some(
        finding
            .when(&statement.guard.and(&case.guard))
            .label("more than assuming the role")
            .severity(Severity::Warning)
            .through(cx.inventory(), &statement.trail)
            .help("allow `sts:AssumeRole`")
            .atom(&*pattern),
    )
}

/// True for `*`, and for an ARN whose account is `*`.
fn is_anybody(text: &Text) -> bool {
    let Some(literal) = text.as_literal() else {
        let account = text.split(":").into_iter().nth(4);
        return account.is_some_and(|account| account.as_literal().as_deref() == Some("*"));
    };
    covers(&literal, "arn:aws:iam::*:root") || literal.split(':').nth(4) == Some("*")
}

/// The account of an account id or ARN, when it is written out.
fn account(text: &Text) -> Option<Str> {
    let piece = match text.split(":").as_slice() {
        [whole] => whole.as_literal()?,
        [_, _, _, _, account, ..] => account.as_literal()?,
        _ => return None,
    };
    let is_account = piece.len() == ACCOUNT_DIGITS && piece.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some(piece)
}
