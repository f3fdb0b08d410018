//! Derived knowledge: what the templates mean for networks, workloads, security groups and roles. Facts are computed
//! once, hold guarded cases like the values they come from, and rules only read them.

pub mod agent;
pub mod alarm;
pub mod argument;
pub mod comparison;
pub mod credential;
pub mod cycle;
pub mod dependency;
pub mod environment_value;
mod escape;
pub mod exec;
pub mod iam;
pub mod image;
pub mod import;
pub mod inventory;
pub mod load_balancer;
pub mod naming;
pub mod need;
pub mod network;
pub mod parameter_flow;
pub mod pipeline;
pub mod reference;
pub mod resource_limit;
pub mod scaling;
pub mod security_group;
pub mod task_definition;
pub mod telemetry;
mod ties;
pub mod vpc;
pub mod workload;

use std::sync::OnceLock;

pub use iam::Iam;
pub use inventory::Inventory;
pub use load_balancer::LoadBalancers;
pub use network::Network;
pub use pipeline::Pipeline;
pub use scaling::{ScalableTarget, ScalableTargets};
pub use security_group::SecurityGroups;
pub use task_definition::TaskDefinition;
pub use ties::{definition, started};
pub use workload::{Host, Workload};

use crate::eval::{Evaluator, Text};
use crate::project::Project;
use workload::Neighbours;

/// Everything the rules read.
pub struct Facts<'a> {
    /// Resources by type, and the evaluator for what no fact covers.
    pub inventory: Inventory<'a>,
    /// Subnets, routes, gateways.
    pub network: Network,
    /// Roles and policies.
    pub iam: Iam,
    /// Everything that runs tasks.
    pub workloads: Vec<Workload>,
    /// The container instances.
    pub hosts: Vec<Host>,
    /// Security groups and their rules.
    pub security_groups: SecurityGroups,
    /// Load balancers, listeners, and what they forward to.
    pub load_balancers: LoadBalancers,
    /// The task definitions, those that no workload uses included.
    pub task_definitions: Vec<TaskDefinition<'a>>,
    /// What scales services.
    pub scalable_targets: ScalableTargets,
    /// The pipelines.
    pub pipelines: Vec<Pipeline<'a>>,
    ties: ties::Ties,
    neighbours: OnceLock<Neighbours>,
}

impl<'a> Facts<'a> {
    /// True when an interface that carries the traffic of a workload wears a group in some world.
    pub fn carries_tasks(&self, group: &Text) -> bool {
        self.ties.worn_by_tasks.contains(group)
    }

    /// True when container instances wear a group in some world, whether a workload of the project runs on them or not.
    pub fn is_on_instances(&self, group: &Text) -> bool {
        self.ties.worn_by_instances.contains(group)
    }

    /// Derives the facts of a project.
    pub fn build(project: &'a Project) -> Self {
        let inventory = Inventory::new(Evaluator::new(project));
        let in_network = || {
            let hosts = workload::hosts(&inventory);
            let workloads = workload::build(&inventory, &hosts);
            let security_groups = SecurityGroups::build(&inventory, &workloads);
            (hosts, workloads, security_groups, Network::build(&inventory))
        };
        let of_tasks = || {
            let task_definitions = task_definition::build(&inventory);
            let scalable_targets = ScalableTargets::build(&inventory);
            (task_definitions, scalable_targets, pipeline::build(&inventory))
        };
        // What asks for none of the others is derived beside them.
        let (in_network, (iam, (load_balancers, of_tasks))) = rayon::join(in_network, || {
            rayon::join(
                || iam::build(&inventory),
                || rayon::join(|| LoadBalancers::build(&inventory), of_tasks),
            )
        });
        let (hosts, workloads, security_groups, network) = in_network;
        let (task_definitions, scalable_targets, pipelines) = of_tasks;
        Self {
            ties: ties::Ties::new(&workloads, &hosts),
            security_groups,
            load_balancers,
            task_definitions,
            scalable_targets,
            pipelines,
            inventory,
            network,
            iam,
            workloads,
            hosts,
            neighbours: OnceLock::new(),
        }
    }

    /// Load balancers by where they are.
    fn neighbours(&self) -> &Neighbours {
        self.neighbours.get_or_init(|| Neighbours::new(self))
    }
}
