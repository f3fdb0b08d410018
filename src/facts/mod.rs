//! Derived knowledge: what the templates mean for networks, workloads, security groups and roles. Facts are computed
//! once, hold guarded cases like the values they come from, and rules only read them.

mod escape;
pub mod image;
pub mod inventory;
pub mod network;
pub mod task_definition;
pub mod workload;

pub use inventory::Inventory;
pub use network::Network;
pub use task_definition::TaskDefinition;
pub use workload::{Host, Workload};

use crate::eval::Evaluator;
use crate::project::Project;

/// Everything the rules read.
pub struct Facts<'a> {
    /// Resources by type, and the evaluator for what no fact covers.
    pub inventory: Inventory<'a>,
    /// Subnets, routes, gateways.
    pub network: Network,
    /// Everything that runs tasks.
    pub workloads: Vec<Workload>,
    /// The container instances.
    pub hosts: Vec<Host>,
    /// The task definitions, those that no workload uses included.
    pub task_definitions: Vec<TaskDefinition<'a>>,
}

impl<'a> Facts<'a> {
    /// Derives the facts of a project.
    pub fn build(project: &'a Project) -> Self {
        let inventory = Inventory::new(Evaluator::new(project));
        let network = Network::build(&inventory);
        let hosts = workload::hosts(&inventory);
        let workloads = workload::build(&inventory, &hosts);
        let task_definitions = task_definition::build(&inventory);
        Self {
            task_definitions,
            inventory,
            network,
            workloads,
            hosts,
        }
    }
}
