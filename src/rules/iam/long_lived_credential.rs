//! Access is given by roles, not by keys that last.

use crate::aws::iam::{AccessKey, User};
use crate::cfn::{Owner, ReferenceKind};
use crate::diag::Severity;
use crate::eval::{Case, Known};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "long-lived-credential",
    summary: "access is given by roles, not by users with keys",
    docs: Docs {
        why: "An access key works until somebody deletes it, from everywhere, for everybody who has seen it. Tasks, builds \
              and pipelines get credentials from their roles that last for hours.",
        decides: "Looks at templates that deploy ECS. An `AWS::IAM::AccessKey` is an error, as is its secret in an \
                  output; a user without a key here is a warning. A user is right where a service takes nothing \
                  else, as SES does for SMTP. Never undetermined.",
        fix: "Give the task, build or pipeline a role; from outside of AWS use OpenID Connect or IAM Roles Anywhere.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    options: &[],
    check: Check::Native(check),
};

/// How the types of ECS begin.
const ECS: &str = "AWS::ECS::";

const HELP: &str = "give what uses it a role, or OpenID Connect from outside of AWS";

fn check(cx: &mut Context<'_, '_>) {
    let inventory = cx.inventory();
    if !inventory.project().resource_ids().any(|id| inventory.type_name(id).starts_with(ECS)) {
        return;
    }
    let mut with_key = Vec::new();
    for id in inventory.of_type(AccessKey::TYPE) {
        let users = inventory.identities(AccessKey(*id).user(cx.eval()));
        let known = users.iter().filter_map(|case| match &case.value {
            Known::Value(text) => Some(text),
            Known::Absent | Known::Unknown(_) => None,
        });
        let declared: Vec<_> = known.filter_map(|user| inventory.resource_of(user, User::TYPE)).collect();
        with_key.extend(declared.iter().copied());
        let of = match users.as_slice() {
            [Case { value: Known::Value(user), .. }] => format!(" of user `{}`", inventory.shown(user)),
            _ => String::new(),
        };
        let name = inventory.logical_id(*id);
        let span = inventory.project().resource(*id).id.span;
        let finding = Finding::new(*id, span, format!("access key `{name}`{of} works until it is deleted"))
            .label("a permanent key")
            .because(declared.into_iter().map(|user| inventory.declared(user, "the user")))
            .help(HELP);
        cx.report(finding);
    }
    for id in inventory.of_type(User::TYPE) {
        if with_key.contains(id) {
            continue;
        }
        let name = inventory.logical_id(*id);
        let span = inventory.project().resource(*id).id.span;
        let finding = Finding::new(*id, span, format!("user `{name}` is made beside ECS, which needs roles only"))
            .label("a user")
            .severity(Severity::Warning)
            .help(HELP);
        cx.report(finding);
    }
    outputs(cx);
}

/// Reports outputs that show the secret of a key.
fn outputs(cx: &mut Context<'_, '_>) {
    let inventory = cx.inventory();
    for id in inventory.of_type(AccessKey::TYPE) {
        let template = inventory.project().template(id.stack);
        let name = inventory.logical_id(*id);
        for reference in template.references.to(name) {
            let is_secret = matches!(&reference.kind, ReferenceKind::GetAtt(attribute) if &**attribute == AccessKey::SECRET);
            if let (true, Owner::Output(index)) = (is_secret, reference.owner)
                && let Some((output, _)) = template.output_at(index)
            {
                let message = format!("output `{output}` shows the secret of access key `{name}`");
                let finding = Finding::new(*id, reference.span, message)
                    .label("readable by everybody who can see the stack")
                    .because([inventory.declared(*id, "the key")])
                    .help("take the output away; if the key must exist, keep it in an `AWS::SecretsManager::Secret`");
                cx.report(finding);
            }
        }
    }
}
