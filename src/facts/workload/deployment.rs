//! How the tasks of a service are replaced, and by whom.

use crate::aws::ecs::Service;
use crate::eval::{Case, Guard, Known, Unknown, when};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Str;

/// Who deploys a service, and how.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `ECS`, `CODE_DEPLOY`, `EXTERNAL`; absent means `ECS`.
    pub controller: Vec<Case<Known<Str>>>,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; absent means `ROLLING`.
    pub strategy: Vec<Case<Known<Str>>>,
    /// `REPLICA` or `DAEMON`; absent means `REPLICA`.
    pub scheduling: Vec<Case<Known<Str>>>,
}

impl Deployment {
    /// Of a service.
    pub fn of(inventory: &Inventory<'_>, service: ResourceId) -> Self {
        let (eval, service) = (&inventory.eval, Service(service));
        Self {
            controller: eval.scalars(service.deployment_controller(eval)),
            strategy: eval.scalars(service.deployment_strategy(eval)),
            scheduling: eval.scalars(service.scheduling(eval)),
        }
    }

    /// When ECS replaces the tasks step by step.
    pub fn is_rolling(&self) -> Guard {
        let absent_or = |cases: &[Case<Known<Str>>], wanted: &str| {
            when(cases, |value| match value {
                Known::Absent => true,
                Known::Value(text) => &**text == wanted,
                Known::Unknown(_) => false,
            })
        };
        absent_or(&self.controller, "ECS").and(&absent_or(&self.strategy, "ROLLING"))
    }

    /// When this deploys it, or may.
    pub fn may_be(&self, controller: &str) -> Guard {
        when(&self.controller, |value| match value {
            Known::Absent => false,
            Known::Value(text) => &**text == controller,
            Known::Unknown(_) => true,
        })
    }

    /// When and why it is not known who deploys, or how.
    pub fn open(&self) -> Vec<Case<Unknown>> {
        let cases = self.controller.iter().chain(&self.strategy);
        let open = cases.filter_map(|case| match &case.value {
            Known::Unknown(reason) => Some(case.with(reason.clone())),
            Known::Value(_) | Known::Absent => None,
        });
        open.collect()
    }

    /// When every container instance runs one task, or may.
    pub fn may_be_daemon(&self) -> Guard {
        when(&self.scheduling, |value| match value {
            Known::Absent => false,
            Known::Value(text) => &**text == "DAEMON",
            Known::Unknown(_) => true,
        })
    }
}
