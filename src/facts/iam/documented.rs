//! What AWS's own policies for a kind of role give on `*`.

use super::{Iam, Policy, Principal};
use crate::aws::iam::RoleClass;
use crate::aws::managed_policies::{Selection, statements};

/// The policies that AWS documents for a kind of role, whose grants on `*` are its own advice; a role that nothing here
/// uses is known by the service that it trusts.
const DOCUMENTED: &[(RoleClass, &str, &[&str])] = &[
    (
        RoleClass::Instance,
        "ec2.",
        &[
            "service-role/AmazonEC2ContainerServiceforEC2Role",
            "AmazonSSMManagedInstanceCore",
            "CloudWatchAgentServerPolicy",
        ],
    ),
    (
        RoleClass::Execution,
        "",
        &["service-role/AmazonECSTaskExecutionRolePolicy"],
    ),
    (
        RoleClass::LegacyService,
        "ecs.amazonaws.com",
        &["service-role/AmazonEC2ContainerServiceRole"],
    ),
    (
        RoleClass::AutoScaling,
        "application-autoscaling.",
        &["service-role/AmazonEC2ContainerServiceAutoscaleRole"],
    ),
    (
        RoleClass::Lambda,
        "lambda.",
        &[
            "service-role/AWSLambdaBasicExecutionRole",
            "service-role/AWSLambdaVPCAccessExecutionRole",
        ],
    ),
];

/// What AWS's service-linked role for ECS, `AmazonECSServiceRolePolicy`, does on `*`. No other role can have that policy, and
/// templates from before there was one give it to a role of their own.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html>
const SERVICE_LINKED: &[&str] = &[
    "ec2:AttachNetworkInterface",
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:Describe*",
    "ec2:DetachNetworkInterface",
    "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:Describe*",
    "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
    "elasticloadbalancing:RegisterTargets",
];

impl Iam {
    /// The actions that AWS's own policies for the kinds of roles that hold a policy allow on `*`.
    pub fn documented(&self, policy: &Policy) -> Vec<&'static str> {
        let applies = |principal: &Principal, class: RoleClass, service: &str| {
            principal.is(class)
                || (!service.is_empty() && principal.uses.is_empty() && principal.trusts(service))
        };
        let rows = DOCUMENTED.iter().filter(|(class, service, _)| {
            self.holders(policy)
                .any(|(_, principal)| applies(principal, *class, service))
        });
        rows.flat_map(|(class, _, paths)| {
            let linked = match class {
                RoleClass::LegacyService => SERVICE_LINKED,
                _ => &[],
            };
            on_star(paths).chain(linked.iter().copied())
        })
        .collect()
    }
}

/// The actions that AWS's own policies for a class of roles allow on `*`.
pub fn documented_for(class: RoleClass) -> Vec<&'static str> {
    let rows = DOCUMENTED.iter().filter(|(of, ..)| *of == class);
    rows.flat_map(|(_, _, paths)| on_star(paths)).collect()
}

fn on_star(paths: &[&str]) -> impl Iterator<Item = &'static str> {
    paths
        .iter()
        .filter_map(|path| statements(path))
        .flatten()
        .filter(|statement| matches!(statement.resources, Selection::Only(words) if words.contains(&"*")))
        .flat_map(|statement| match statement.actions {
            Selection::Only(words) => words,
            Selection::AllBut(_) => &[],
        })
        .copied()
}
