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
        decides: "Looks at trust policies with the providers of GitHub, GitLab and Bitbucket, by ARN or by a \
                  provider of the templates. Reported are a missing condition on `:sub`, one that any repository \
                  meets (`*`, `repo:*`), as a warning one that every repository of an owner meets (`repo:owner/*`), \
                  and as a warning a missing condition on `:aud`, which IAM still compares with the provider's \
                  audiences. Conditions that cannot be read pass, so that the rule is never undetermined.",
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
    options: &[],
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
                let name = known(&case.value.name).filter(|_| case.value.kind == PrincipalKind::Federated);
                for (issuer, when) in name.map(|name| issuers(cx, name)).unwrap_or_default() {
                    let guard = Guard::all([statement.guard.clone(), case.guard.clone(), when]);
                    judge(cx, principal, statement, issuer, case.span, &guard);
                }
            }
        }
    }
}

/// The issuers that a federated principal may be, each with when it is: by the name in the ARN, or by the URL of a provider
/// of the templates.
fn issuers(cx: &Context<'_, '_>, name: &Text) -> Vec<(&'static Issuer, Guard)> {
    let named = |text: &Text| {
        ISSUERS.iter().find(|issuer| {
            let mut parts = text.parts().iter();
            parts.any(|part| matches!(part, Part::Literal(text) if text.contains(issuer.host)))
        })
    };
    let url = match name.as_part() {
        Some(Part::Attribute(id, _)) if cx.inventory().type_name(*id) == OidcProvider::TYPE => {
            OidcProvider(*id).url(cx.eval())
        }
        _ => return named(name).map(|issuer| (issuer, Guard::True)).into_iter().collect(),
    };
    let issuer = |case: &Case<Value<'_>>| match &case.value {
        Value::Text(text) => Some((named(text)?, case.guard.clone())),
        _ => None,
    };
    url.iter().filter_map(issuer).collect()
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
    let subjects: Vec<(&Case<Condition>, Vec<Subject<'_>>)> =
        on(":sub").map(|case| (case, compared(&case.value, issuer))).collect();
    // Any of the values is enough, and one condition that holds the others off.
    let below = |limit: Reach| {
        Guard::any(subjects.iter().map(|(case, compared)| {
            let wide = compared.iter().filter(|subject| subject.reach >= limit);
            case.guard.and(&Guard::any(wide.map(|subject| subject.guard.clone())).negated())
        }))
    };
    let widest = |reach: Reach| {
        let mut compared = subjects.iter().flat_map(|(_, compared)| compared);
        compared.find(|subject| subject.reach == reach).and_then(|subject| subject.at)
    };
    let finding = |at: Option<&Case<Known<Text>>>, message: String, guard: Guard| {
        // Where some deployments have no condition, that is not to be seen in those of the others.
        let finding = Finding::new(principal.id, at.map_or(place, |at| at.span), message)
            .when(&guard)
            .through(cx.inventory(), &statement.trail);
        let finding = match at {
            Some(at) => finding.through(cx.inventory(), &at.trail),
            None => finding,
        };
        finding.because(principal.used_by(cx.inventory()))
    };
    let (host, who) = (issuer.host, issuer.name);
    let everybody = finding(
        widest(Reach::Everybody),
        format!("role `{name}` can be assumed by the workflows of every repository of {who}"),
        guard.and(&below(Reach::Everybody).negated()),
    )
    .label("everybody's workflows")
    .help(format!("compare `{host}:sub` with the repository and branch, as in `{}owner/name:…`", issuer.subject));
    let owner = finding(
        widest(Reach::Owner),
        format!("role `{name}` can be assumed by the workflows of every repository of an owner"),
        guard.and(&below(Reach::Everybody)).and(&below(Reach::Owner).negated()),
    )
    .label("every repository of the owner")
    .severity(Severity::Warning)
    .help("name the repository");
    let audience = Guard::any(on(":aud").map(|case| case.guard.clone()));
    let audience = finding(
        None,
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

/// How far something that the subject is compared with reaches.
struct Subject<'c> {
    reach: Reach,
    /// When, the condition given.
    guard: Guard,
    at: Option<&'c Case<Known<Text>>>,
}

/// What a condition compares the subject with.
fn compared<'c>(condition: &'c Condition, issuer: &Issuer) -> Vec<Subject<'c>> {
    let operator = &*condition.operator;
    // Without the key these hold as well, or hold for all that is not named.
    if operator.starts_with("forallvalues:") || operator.contains("not") || operator == "null" {
        return vec![Subject { reach: Reach::Everybody, guard: Guard::True, at: condition.values.first() }];
    }
    let subject = |value: &'c Case<Known<Text>>| {
        let reach = match &value.value {
            Known::Value(text) if operator.contains("like") => reach_of(text, issuer),
            Known::Value(_) | Known::Absent | Known::Unknown(_) => Reach::Repository,
        };
        Subject { reach, guard: value.guard.clone(), at: Some(value) }
    };
    condition.values.iter().map(subject).collect()
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
