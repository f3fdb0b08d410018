//! What roles are used for, decided by the properties that name them.

use crate::aws::codebuild::Project;
use crate::aws::iam::{ROLE_PROPERTIES, Role, RoleClass};
use crate::eval::{Guard, Known, Trail};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Span;

/// A use of a role.
#[derive(Clone, Debug)]
pub struct Use {
    /// What for.
    pub class: RoleClass,
    /// The service that assumes the role for it, as the beginning of its principal, where it is one.
    pub principal: Option<&'static str>,
    /// When, the presence of the resource that uses it included.
    pub guard: Guard,
    /// The resource that uses it.
    pub by: ResourceId,
    /// Where the role is named.
    pub place: Span,
    /// The places the name passed through.
    pub trail: Trail,
}

impl Use {
    /// The role by its use, for messages: "the task role of `Api`", "the role that `Build` builds with".
    pub fn shown(&self, inventory: &Inventory<'_>) -> String {
        let user = inventory.logical_id(self.by);
        match inventory.type_name(self.by) {
            Project::TYPE => format!("the role that `{user}` builds with"),
            _ => format!("the {} of `{user}`", self.class.noun()),
        }
    }
}

/// Every use of a role of the project.
pub(super) fn uses(inventory: &Inventory<'_>) -> Vec<(ResourceId, Use)> {
    let mut out = Vec::new();
    for property in ROLE_PROPERTIES {
        for by in inventory.of_type(property.type_name) {
            let cases = inventory.eval.walk(*by, property.path);
            for case in inventory.identity_list(cases) {
                let Known::Value(identity) = &case.value else {
                    continue;
                };
                if let Some(role) = inventory.resource_of(identity, Role::TYPE) {
                    let usage = Use {
                        class: property.class,
                        principal: property.principal,
                        guard: inventory.presence(*by).and(&case.guard),
                        by: *by,
                        place: case.span,
                        trail: case.trail,
                    };
                    out.push((role, usage));
                }
            }
        }
    }
    out
}
