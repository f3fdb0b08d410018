//! Private repositories are not open to everybody.

use crate::aws::ecr::Repository;
use crate::diag::Severity;
use crate::eval::{Case, Known};
use crate::facts::iam::{Effect, PrincipalKind, Statement, TrustPrincipal, statements};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "ecr-public-access",
    summary: "private repositories are not open to everybody",
    docs: Docs {
        why: "A repository policy with `*` lets everybody with an AWS account pull the images, and where it allows \
              pushing, change what runs.",
        decides: "Looks at `Allow` statements of `RepositoryPolicyText`. Reported are `*`, `AWS: \"*\"` and \
                  `NotPrincipal`, unless a condition names an organization, account, principal, source or VPC \
                  endpoint; a condition that is not judged makes it a warning. Repositories of the public registry \
                  (`AWS::ECR::PublicRepository`) are meant to be public. Undetermined when the policy or a principal \
                  is not known.",
        fix: "Name the accounts or roles, or add a condition on `aws:PrincipalOrgID`.",
        safety: Safety::Advice,
    },
    category: Category::Image,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_32", "AVD-AWS-0032", "AwsSolutions-ECR1", "75be209d"],
    aws_page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
    options: &[],
    check: Check::Native(check),
};

/// Condition keys that say who may use the repository, or from where.
const WHO: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
];

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(Repository::TYPE) {
        let (statements, open) = statements(cx.eval(), Repository(*id).policy(cx.eval()));
        let mut findings = Vec::new();
        let mut open = open;
        for statement in statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            for case in &statement.principals {
                if let Known::Unknown(reason) = &case.value.name {
                    let unsure = case.with(reason.clone()).when(&statement.guard);
                    open.push(unsure.when(&statement.bounded_by(WHO).negated()));
                } else {
                    findings.extend(allowed(cx, *id, statement, case));
                }
            }
        }
        let name = cx.inventory().logical_id(*id);
        let declared = cx.inventory().project().resource(*id).id.span;
        cx.conclude(
            findings,
            Question {
                subject: *id,
                place: open.first().map_or(declared, |case| case.span),
                message: format!("whether repository `{name}` is open to everybody"),
                open,
            },
        );
    }
}

/// The findings for a principal: without a condition, and with one that is not judged.
fn allowed(cx: &Context<'_, '_>, id: ResourceId, statement: &Statement, case: &Case<TrustPrincipal>) -> Vec<Finding> {
    let inventory = cx.inventory();
    let is_star = matches!(&case.value.name, Known::Value(text) if text.as_literal().as_deref() == Some("*"));
    let who = match &case.value {
        principal if principal.inverted => "everybody but a few",
        principal if principal.kind == PrincipalKind::Aws && is_star => "everybody",
        _ => return Vec::new(),
    };
    let message = format!("the policy of repository `{}` lets in {who}", inventory.logical_id(id));
    let finding = |message: String| {
        Finding::new(id, case.span, message)
            .when(&statement.guard.and(&case.guard))
            .label(who)
            .help("name the accounts or roles, or add a condition on `aws:PrincipalOrgID`")
            .through(inventory, &statement.trail)
            .through(inventory, &case.trail)
    };
    let bounded = statement.bounded();
    let doubtful = bounded.and(&statement.bounded_by(WHO).negated());
    vec![
        finding(message.clone()).when(&bounded.negated()),
        finding(format!("{message} that meets a condition which does not say who"))
            .when(&doubtful)
            .severity(Severity::Warning),
    ]
}
