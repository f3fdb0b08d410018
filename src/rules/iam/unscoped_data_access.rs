//! Policies name the buckets, tables, queues and topics whose data they give access to.

use crate::diag::Severity;
use crate::facts::iam::grant::{Open, listed, works_on_data};
use crate::facts::iam::{Policy, Reach, Statement};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unscoped-data-access",
    summary: "policies name the buckets, tables, queues and topics whose data they open",
    docs: Docs {
        why: "An application that writes one bucket and may write all of them can delete the logs, the backups and the \
              data of every other application in the account.",
        decides: "Looks at `Allow` statements with actions on data of S3, DynamoDB, SQS, Kinesis, OpenSearch, EFS, \
                  the RDS Data API, and `sns:Publish`, on `*` or on an ARN that covers every resource of the type. \
                  Writes are an error, reads a warning, listings and ARNs that name a region or account an info. A \
                  bucket's ARN for listing beside the same with `/*` for objects is right. Conditions that bound the \
                  statement pass; wildcards such as `s3:*` are wildcard-action. Never undetermined: what is not \
                  known is not `*`.",
        fix: "Name the buckets, tables, queues and topics that the code uses.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Warning,
    security_severity: Some(6.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["AVD-AWS-0345", "CKV_AWS_108", "CKV_AWS_288"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for (policy, statement) in cx.facts.iam.written() {
        if let Some(finding) = in_statement(cx, policy, statement) {
            cx.report(finding);
        }
    }
}

fn in_statement(cx: &Context<'_, '_>, policy: &Policy, statement: &Statement) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let open = iam.open(policy, statement, works_on_data)?;
    let patterns = open.patterns();
    let (reach, severity) = match open.reach() {
        Reach::Every => ("every resource", severity(&open)),
        _ => ("every resource of the type in an account or region", Severity::Info),
    };
    let described = iam.described(cx.inventory(), policy);
    let message = format!("{described} allows {} on {reach}", listed(&patterns));
    let format = open.loose.iter().find_map(|item| item.format());
    let help = format.map_or("name the resources".to_owned(), |format| format!("name the resources, as in `{format}`"));
    Some(
        Finding::new(policy.id, open.resource.span, message)
            .when(&open.guard)
            .severity(severity)
            .label(reach)
            .help(help)
            .through(cx.inventory(), &statement.trail)
            .through(cx.inventory(), &open.resource.trail)
            .because(iam.evidence(cx.inventory(), policy))
            .atom(patterns.join(" ")),
    )
}

fn severity(open: &Open<'_>) -> Severity {
    let far = || open.loose.iter().filter(|item| item.reach == Reach::Every);
    if far().any(|item| item.is_write()) {
        Severity::Error
    } else if far().any(|item| !item.is_harmless()) {
        Severity::Warning
    } else {
        Severity::Info
    }
}
