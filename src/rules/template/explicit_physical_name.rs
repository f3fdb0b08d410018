//! Resources are not given fixed names.

use crate::aws::physical_names::{is_dictated, of_type};
use crate::cfn::static_text;
use crate::diag::Severity;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "explicit-physical-name",
    summary: "resources are not given fixed names",
    docs: Docs {
        why: "A second stack of the template, such as one for a test environment, cannot be created beside the first one \
              when both give a resource the same name. CloudFormation cannot replace a resource with such a name either: \
              the new one comes before the old one goes.",
        decides: "Reports names of clusters, services, load balancers, target groups, roles, managed policies, instance \
                  profiles, log groups, security groups and auto scaling groups that are written out. Names with any \
                  parameter, pseudo parameter such as `AWS::StackName`, mapping or condition in them pass, and so do \
                  families of task definitions and log groups that a service dictates (`/aws/…`). The rule is never \
                  undetermined.",
        fix: "Leave the property out, so that CloudFormation makes up a name, or build the name from `AWS::StackName`. \
              Both replace the resource once.",
        safety: Safety::Unsafe,
    },
    category: Category::Template,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W28", "CFN_NO_EXPLICIT_RESOURCE_NAMES"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().project().resource_ids().collect::<Vec<_>>() {
        if let Some(finding) = judge(cx, id) {
            cx.report(finding);
        }
    }
}

/// Looks at what is written, not at what it evaluates to: a name that comes from a parameter is not fixed, whichever value
/// the parameter has in this run.
fn judge(cx: &Context<'_, '_>, id: ResourceId) -> Option<Finding> {
    let resource = cx.inventory().project().resource(id);
    let naming = of_type(&resource.type_name.text)?;
    let node = resource.properties.as_ref()?.get(naming.property)?;
    let name = static_text(node)?;
    if name.is_empty() || name.contains("{{resolve:") || is_dictated(&name) {
        return None;
    }
    let message = format!("{} `{}` has the fixed name `{name}`", naming.noun, resource.id.text);
    let finding = Finding::new(id, node.span, message)
        .label("the same in every stack of the template")
        .help(format!("leave out `{}`, or build it from `${{AWS::StackName}}`", naming.property));
    Some(finding)
}
