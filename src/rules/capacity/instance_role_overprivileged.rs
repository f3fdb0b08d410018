//! Container instances have what the agent needs and no more.

use crate::aws::autoscaling::LaunchConfiguration;
use crate::aws::ec2::LaunchTemplate;
use crate::aws::iam::{InstanceProfile, RoleClass};
use crate::aws::iam_actions::{Action, Expansion, expand};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known};
use crate::facts::iam::grant::{is_metadata, listed};
use crate::facts::iam::{Given, Principal, covers, documented_for};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "instance-role-overprivileged",
    summary: "container instances have what the agent needs and no more",
    docs: Docs {
        why: "A task can ask the instance that it runs on for the credentials of the instance's role, unless that is \
              blocked. What one application needs there, every container on the instance has.",
        decides: "Looks at policies written for the roles of container instances. Reported, once for each role, are \
                  actions that change something or read data and stand in none of AWS's policies for container \
                  instances, Session Manager and the CloudWatch agent; signals to the own stack, lifecycle hooks and the role's own ECS settings pass. \
                  Wildcards over actions and attached AWS policies are judged by other rules. Instances whose role is \
                  not in the templates are left out, so that the rule is never undetermined.",
        fix: "Move what an application calls to the task role of its task definition, and take the rest away.",
        safety: Safety::Advice,
    },
    category: Category::Capacity,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html",
    options: &[],
    check: Check::Native(check),
};

/// What start scripts and lifecycle hooks of instances call for themselves; the account setting of a role, such as larger
/// network interfaces, can be changed by that role only.
const HOST_ACTIONS: &[&str] = &[
    "cloudformation:SignalResource",
    "autoscaling:CompleteLifecycleAction",
    "autoscaling:RecordLifecycleActionHeartbeat",
    "ecs:PutAccountSetting",
    "ecs:PutAttributes",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
];

fn check(cx: &mut Context<'_, '_>) {
    let profiles = profiles(cx);
    for principal in &cx.facts.iam.principals {
        let uses = principal.uses.iter().filter(|usage| usage.class == RoleClass::Instance);
        let guards = uses.flat_map(|usage| {
            let worn = profiles.iter().filter(|case| case.value == usage.by);
            worn.map(|case| usage.guard.and(&case.guard))
        });
        let used = Guard::any(guards);
        if !used.is_never()
            && let Some(finding) = beyond(cx, principal, &used)
        {
            cx.report(finding);
        }
    }
}

/// The instance profiles of container instances, each with when some have it.
fn profiles(cx: &Context<'_, '_>) -> Vec<Case<ResourceId>> {
    let inventory = cx.inventory();
    let mut out = Vec::new();
    for host in &cx.facts.hosts {
        let Some(launch) = host.launch else { continue };
        let named = match inventory.type_name(launch) {
            LaunchTemplate::TYPE => {
                let view = LaunchTemplate(launch);
                let mut cases = inventory.identities(view.instance_profile(cx.eval()));
                cases.extend(inventory.identities(view.instance_profile_arn(cx.eval())));
                cases
            }
            LaunchConfiguration::TYPE => {
                inventory.identities(LaunchConfiguration(launch).instance_profile(cx.eval()))
            }
            _ => Vec::new(),
        };
        let presence = inventory.presence(host.id).and(&inventory.presence(launch));
        out.extend(named.into_iter().filter_map(|case| {
            let profile = match &case.value {
                Known::Value(identity) => inventory.resource_of(identity, InstanceProfile::TYPE)?,
                Known::Absent | Known::Unknown(_) => return None,
            };
            Some(case.with(profile).when(&presence))
        }));
    }
    out
}

fn beyond(cx: &Context<'_, '_>, principal: &Principal, used: &Guard) -> Option<Finding> {
    let iam = &cx.facts.iam;
    let documented = documented_for(RoleClass::Instance);
    let is_beyond = |action: &Action| {
        let mut expected = documented.iter().chain(HOST_ACTIONS);
        !is_metadata(action) && !expected.any(|name| covers(name, &action.name))
    };
    let needs_more = |given: &Given<'_>| {
        !given.is_judged_alone()
            && matches!(expand(&given.pattern), Expansion::Known(actions) if actions.iter().any(is_beyond))
    };
    let is_usable = |given: &Given<'_>| cx.inventory().possible(&used.and(&given.guard));
    let given = iam.given(principal).into_iter().filter(|given| needs_more(given) && is_usable(given));
    let given: Vec<Given<'_>> = given.collect();
    let first = given.first()?;
    let guards = given.iter().map(|given| given.guard.and(&iam.withheld_from(principal, &given.pattern).negated()));
    let patterns: Vec<Str> = given.iter().map(|given| given.pattern.clone()).collect();
    let name = cx.inventory().logical_id(principal.id);
    let others = given.iter().skip(1).filter(|other| other.policy.span != first.policy.span);
    let others = others.map(|other| cx.inventory().evidence(other.policy.id, other.place, format!("`{}`", other.pattern)));
    Some(
        Finding::new(
            principal.id,
            first.place,
            format!(
                "role `{name}` of container instances allows {}, which every task on them can use",
                listed(&patterns)
            ),
        )
        .when(&used.and(&Guard::any(guards)))
        .label("not needed to run tasks")
        .through(cx.inventory(), &first.statement.trail)
        .because(others)
        .because(principal.used_by(cx.inventory()))
        .help("move what an application calls to its task role, and take the rest away"),
    )
}
