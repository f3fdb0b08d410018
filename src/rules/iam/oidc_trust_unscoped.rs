//! Roles for pipelines outside of AWS name the repository.

use crate::aws::iam::OidcProvider;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Part, Text, Value};
use crate::facts::iam::grant::known;
use crate::facts::iam::statement::Condition;
use crate::facts::iam::{Effect, Principal, PrincipalKind, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "oidc-trust-unscoped",
    summary: "roles for GitHub, GitLab and Bitbucket name the repository",
    docs: Docs {
        why: "GitHub signs tokens for everybody's workflows. A role that trusts the issuer and does not ask for the \
              repository can be assumed by any workflow of anybody.",
        decides: "Looks at trust policies with the providers of GitHub, GitLab and Bitbucket, by ARN or by a provider of \
                  the templates. Reported are a missing condition on `:sub`, one that any repository meets (`*`, \
                  `repo:*`), as a warning one that every repository of an owner meets (`repo:owner/*`), and as a warning \
                  a missing condition on `:aud`, which IAM still compares with the provider's audiences. Conditions \
                  that cannot be read pass.",
        fix: "Compare `token.actions.githubusercontent.com:sub` with `repo:owner/name:ref:refs/heads/main` or \
              `repo:owner/name:environment:prod`, and `:aud` with `sts.amazonaws.com`.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_358", "CKV_AWS_393"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
    check: Check::Native(check),
};

/// An issuer of tokens for workflows.
struct Issuer {
    host: &'static str,
    name: &'static str,
    /// What a subject begins with; the owner of the repository follows.
    subject: &'static str,
}

/// <https://docs.github.com/en/actions/concepts/security/openid-connect>,
/// <https://docs.gitlab.com/ci/cloud_services/aws/>,
/// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>
const ISSUERS: &[Issuer] = &[
    Issuer { host: "token.actions.githubusercontent.com", name: "GitHub", subject: "repo:" },
    Issuer { host: "gitlab.com", name: "GitLab", subject: "project_path:" },
    Issuer { host: "api.bitbucket.org", name: "Bitbucket", subject: "" },
];

/// How far the condition on the subject reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Repository,
    Owner,
    Everybody,
}

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        for statement in principal.trust.iter().filter(|statement| statement.effect == Effect::Allow) {
            for case in &statement.principals {
                if case.value.kind == PrincipalKind::Federated
                    && let Some(issuer) = known(&case.value.name).and_then(|name| issuer(cx, name))
                {
                    let guard = statement.guard.and(&case.guard);
                    judge(cx, principal, statement, issuer, case.span, &guard);
                }
            }
        }
    }
}

/// The issuer that a federated principal names.
fn issuer(cx: &Context<'_, '_>, name: &Text) -> Option<&'static Issuer> {
    let names = |text: &Text, issuer: &Issuer| {
        text.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains(issuer.host)))
    };
    let provider = match name.as_part() {
        Some(Part::Attribute(id, _)) if cx.inventory().type_name(*id) == OidcProvider::TYPE => Some(*id),
        _ => None,
    };
    let url = provider.map(|id| OidcProvider(id).url(cx.eval())).unwrap_or_default();
    let mut urls = url.iter().filter_map(|case| match &case.value {
        Value::Text(text) => Some(text),
        _ => None,
    });
    let url = urls.next();
    ISSUERS.iter().find(|issuer| names(name, issuer) || url.is_some_and(|url| names(url, issuer)))
}

fn judge(
    cx: &mut Context<'_, '_>,
    principal: &Principal,
    statement: &Statement,
    issuer: &'static Issuer,
    place: Span,
    guard: &Guard,
) {
    // A block that is not known may hold anything.
    if statement.conditions.iter().any(|case| case.value.key.is_empty()) {
        return;
    }
    let on = |claim: &'static str| statement.conditions.iter().filter(move |case| case.value.key.ends_with(claim));
    let name = cx.inventory().logical_id(principal.id);
    let subjects: Vec<(&Case<Condition>, Reach)> = on(":sub").map(|case| (case, reach(&case.value, issuer))).collect();
    let below = |limit: Reach| {
        Guard::any(subjects.iter().filter(|(_, reach)| *reach < limit).map(|(case, _)| case.guard.clone()))
    };
    let span = subjects.first().and_then(|(case, _)| case.value.values.first()).map_or(place, |value| value.span);
    let finding = |span: Span, message: String, guard: Guard| {
        Finding::new(principal.id, span, message)
            .when(&guard)
            .through(cx.inventory(), &statement.trail)
            .because(principal.used_by(cx.inventory()))
    };
    let (host, who) = (issuer.host, issuer.name);
    let everybody = finding(
        span,
        format!("role `{name}` can be assumed by the workflows of every repository of {who}"),
        guard.and(&below(Reach::Everybody).negated()),
    )
    .label("everybody's workflows")
    .help(format!("compare `{host}:sub` with the repository and branch, as in `{}owner/name:…`", issuer.subject));
    let owner = finding(
        span,
        format!("role `{name}` can be assumed by the workflows of every repository of an owner"),
        guard.and(&below(Reach::Everybody)).and(&below(Reach::Owner).negated()),
    )
    .label("every repository of the owner")
    .severity(Severity::Warning)
    .help("name the repository");
    let audience = Guard::any(on(":aud").map(|case| case.guard.clone()));
    let audience = finding(
        place,
        format!("role `{name}` trusts {who} without asking who a token is for"),
        guard.and(&audience.negated()).and(&below(Reach::Everybody)),
    )
    .label("no condition on `:aud`")
    .severity(Severity::Warning)
    .help(format!("compare `{host}:aud` with `sts.amazonaws.com`"))
    .atom("aud");
    for finding in [everybody, owner, audience] {
        cx.report(finding);
    }
}

/// How far the values of a condition on the subject reach together.
fn reach(condition: &Condition, issuer: &Issuer) -> Reach {
    let operator = &*condition.operator;
    // Without the key these hold as well, or hold for all that is not named.
    if operator.starts_with("forallvalues:") || operator.contains("not") || operator == "null" {
        return Reach::Everybody;
    }
    if !operator.contains("like") {
        return Reach::Repository;
    }
    let reaches = condition.values.iter().map(|value| match &value.value {
        Known::Value(text) => reach_of(text, issuer),
        Known::Absent | Known::Unknown(_) => Reach::Repository,
    });
    reaches.max().unwrap_or(Reach::Repository)
}

/// How far one pattern reaches: a wildcard before the owner's end, before the repository's end, or behind.
fn reach_of(text: &Text, issuer: &Issuer) -> Reach {
    let mut shown = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(text) => shown.push_str(text),
            // What is not known is no wildcard.
            _ => shown.push('x'),
        }
    }
    let Some(rest) = shown.strip_prefix(issuer.subject) else {
        return if shown.starts_with('*') { Reach::Everybody } else { Reach::Repository };
    };
    let Some(star) = rest.find(['*', '?']) else {
        return Reach::Repository;
    };
    let before = rest.get(..star).unwrap_or("");
    match before.split_once('/') {
        None if before.contains(':') => Reach::Repository,
        None => Reach::Everybody,
        Some((_, "")) => Reach::Owner,
        Some(_) => Reach::Repository,
    }
}
