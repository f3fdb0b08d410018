//! ECS Exec: services in whose containers sessions can be opened.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>

use super::workload::WorkloadKind;
use super::{Inventory, TaskDefinition, Workload, started};
use crate::aws::ecs::Service;
use crate::eval::{Case, Guard, Known};

/// A service with ECS Exec turned on.
#[derive(Clone, Debug)]
pub struct Exec<'f> {
    /// The service.
    pub workload: &'f Workload,
    /// When it is turned on and where; the service's own presence is left out.
    pub enabled: Case<()>,
}

/// The services that turn ECS Exec on.
pub fn services<'f>(inventory: &Inventory<'_>, workloads: &'f [Workload]) -> Vec<Exec<'f>> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for workload in workloads
        .iter()
        .filter(|workload| workload.kind == WorkloadKind::Service)
    {
        for case in eval.booleans(Service(workload.id).execute_command(eval)) {
            if case.value == Known::Value(true) {
                let enabled = case.with(());
                out.push(Exec { workload, enabled });
            }
        }
    }
    out
}

impl Exec<'_> {
    /// The task definitions that the service starts, each with when, ECS Exec being turned on.
    pub fn definitions<'d, 'a>(
        &self,
        inventory: &Inventory<'a>,
        all: &'d [TaskDefinition<'a>],
    ) -> Vec<(Guard, &'d TaskDefinition<'a>)> {
        let started = started(all, self.workload).map(|definition| {
            let guard = definition.started_by(inventory, self.workload);
            (guard.and(&self.enabled.guard), definition)
        });
        started
            .filter(|(guard, _)| !guard.is_never() && inventory.possible(guard))
            .collect()
    }
}
