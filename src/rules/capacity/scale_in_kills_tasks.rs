//! Scale-in leaves instances alone on which tasks run.

use crate::aws::autoscaling::AutoScalingGroup;
use crate::aws::ecs::CapacityProvider;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, when};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "scale-in-kills-tasks",
    summary: "scale-in leaves instances alone on which tasks run",
    docs: Docs {
        why: "With managed scaling ECS makes the auto scaling group smaller when there is room. Without protection the \
              group ends any of its instances, with the tasks on it.",
        decides: "Looks at capacity providers with an auto scaling group. Managed scaling without \
                  `ManagedTerminationProtection` is a warning when `ManagedDraining` is off; unless told otherwise, ECS drains \
                  instances first. Protection without managed \
                  scaling has no effect and is a warning. A group that protects its instances itself is left alone. \
                  Undetermined when the protection is only known at deployment.",
        fix: "Set `ManagedTerminationProtection: ENABLED` together with `ManagedScaling: {Status: ENABLED}`, and \
              `NewInstancesProtectedFromScaleIn: true` in the auto scaling group.",
        safety: Safety::Unsafe,
    },
    category: Category::Capacity,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &["ECS.19"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-termination-protection.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str =
    "set `ManagedTerminationProtection: ENABLED`, and `NewInstancesProtectedFromScaleIn: true` in the group";

const ENABLED: &str = "ENABLED";
const DISABLED: &str = "DISABLED";

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(CapacityProvider::TYPE) {
        judge(cx, *id);
    }
}

fn judge(cx: &mut Context<'_, '_>, id: ResourceId) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let provider = CapacityProvider(id);
    let grouped = when(&eval.scalars(provider.auto_scaling_group(eval)), |known| *known != Known::Absent);
    if grouped.is_never() {
        return;
    }
    let scaling = eval.scalars(provider.managed_scaling(eval));
    let protection = eval.scalars(provider.termination_protection(eval));
    let scaled = when(&scaling, |known| known.is(ENABLED));
    let unscaled = when(&scaling, |known| *known == Known::Absent || known.is(DISABLED));
    let protected = when(&protection, |known| known.is(ENABLED));
    let exposed = when(&protection, |known| *known == Known::Absent || known.is(DISABLED));
    let undrained = when(&eval.scalars(provider.managed_draining(eval)), |known| known.is(DISABLED));
    let by_group = protected_by_group(cx, provider);
    let name = inventory.logical_id(id);
    let declared = inventory.project().resource(id).id.span;
    let set = protection.iter().find(|case| case.value != Known::Absent);
    let place = set.map_or(declared, |case| case.span);
    let finding = |message: String| Finding::new(id, place, message).when(&grouped);
    let label = if set.is_some() { "" } else { "no `ManagedTerminationProtection`" };
    let harsh = Guard::all([scaled.clone(), exposed, by_group.negated()]);
    let findings = [
        finding(format!(
            "capacity provider `{name}` ends instances on which tasks run, and does not drain them"
        ))
        .when(&harsh.and(&undrained))
        .label(label)
        .help(HELP),
        finding(format!(
            "capacity provider `{name}` has managed termination protection without managed scaling, which has no effect"
        ))
        .when(&protected.and(&unscaled))
        .help("set `ManagedScaling: {Status: ENABLED}`"),
    ];
    let open = protection.iter().filter_map(|case| match &case.value {
        Known::Unknown(reason) => Some(case.with(reason.clone()).when(&scaled.and(&undrained))),
        Known::Value(_) | Known::Absent => None,
    });
    let open: Vec<Case<Unknown>> = open.collect();
    let message = format!("whether capacity provider `{name}` ends instances on which tasks run");
    cx.conclude(findings, Question { subject: id, place, message, open });
}

/// When the group behind a capacity provider protects its instances, or is not known.
fn protected_by_group(cx: &Context<'_, '_>, provider: CapacityProvider) -> Guard {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let mut guards = Vec::new();
    for case in inventory.identities(provider.auto_scaling_group(eval)) {
        let Known::Value(identity) = &case.value else { continue };
        let Some(group) = inventory.resource_of(identity, AutoScalingGroup::TYPE) else { continue };
        let protects = eval.booleans(AutoScalingGroup(group).protects_new_instances(eval)).into_iter();
        let protects = protects.filter(|it| matches!(it.value, Known::Value(true) | Known::Unknown(_)));
        guards.extend(protects.map(|it| it.guard.and(&case.guard)));
    }
    Guard::any(guards)
}
