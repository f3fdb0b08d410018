//! Workloads: everything that starts tasks, and the network its tasks are on.

mod build;
mod capacity;
mod custom;
mod deployment;
mod destination;
mod host;
mod state;
mod unreached;

pub use build::build;
pub use deployment::Deployment;
pub use destination::{Destination, WantedPort, destinations};
pub use host::{Host, hosts};
pub(super) use unreached::Neighbours;
pub use unreached::{Unreached, unreached};

use crate::eval::{Case, Guard, Known, Text, Unknown, when};
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// What starts the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkloadKind {
    /// `AWS::ECS::Service`
    Service,
    /// `AWS::ECS::TaskSet`
    TaskSet,
    /// An EventBridge rule.
    EventRule,
    /// A schedule of EventBridge Scheduler.
    Schedule,
    /// An EventBridge pipe.
    Pipe,
    /// A state of a Step Functions state machine.
    State,
    /// A custom resource whose function runs tasks.
    CustomResource,
}

impl WorkloadKind {
    /// The word for messages.
    pub fn noun(self) -> &'static str {
        match self {
            WorkloadKind::Service => "service",
            WorkloadKind::TaskSet => "task set",
            WorkloadKind::EventRule => "event rule",
            WorkloadKind::Schedule => "schedule",
            WorkloadKind::Pipe => "pipe",
            WorkloadKind::State => "state machine",
            WorkloadKind::CustomResource => "custom resource",
        }
    }
}

/// Where tasks of a workload run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Launch {
    /// On Fargate.
    Fargate,
    /// On container instances.
    Ec2,
    /// On machines outside of AWS.
    External,
}

/// Whose network interface carries the traffic of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    /// Each task has its own (awsvpc).
    Task,
    /// Tasks share those of the container instances of this auto scaling group (bridge and host mode).
    Instance(ResourceId),
}

/// A network interface that carries a workload's traffic.
#[derive(Clone, Debug)]
pub struct Interface {
    /// When it is this one.
    pub guard: Guard,
    /// Whose it is.
    pub carrier: Carrier,
    /// The subnets, by identity; each with when it is one of them.
    pub subnets: Vec<Case<Known<Text>>>,
    /// The security groups, by identity.
    pub groups: Vec<Case<Known<Text>>>,
    /// When no security group is given, so that the VPC's default group is worn.
    pub no_groups: Guard,
    /// Whether it gets a public IPv4 address; `Absent` where the property is not there: disabled for tasks, the
    /// subnet's choice for instances.
    pub public_ip: Vec<Case<Known<bool>>>,
    /// Where the subnets stand.
    pub subnets_span: Span,
    /// Where the security groups stand.
    pub groups_span: Span,
}

/// A load balancer binding of a workload.
#[derive(Clone, Debug)]
pub struct Binding {
    /// When it is there.
    pub guard: Guard,
    /// The target group, by identity; absent for a classic load balancer.
    pub target_group: Vec<Case<Known<Text>>>,
    /// The classic load balancer, by identity.
    pub classic: Vec<Case<Known<Text>>>,
    /// The container.
    pub container_name: Vec<Case<Known<Text>>>,
    /// The container's port.
    pub container_port: Vec<Case<Known<Str>>>,
    /// Where it stands.
    pub span: Span,
}

/// A capacity provider that tasks are placed on.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// When the strategy has it.
    pub guard: Guard,
    /// The provider, by identity, the strategy's guard left out.
    pub provider: Vec<Case<Known<Text>>>,
    /// When its weight and its base are 0, so that no task is placed on it.
    pub unused: Guard,
    /// Where it stands.
    pub place: Span,
    /// True in a strategy of the workload, false in the default one of its cluster.
    pub is_own: bool,
}

/// Something that starts tasks.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The resource.
    pub id: ResourceId,
    /// What it is.
    pub kind: WorkloadKind,
    /// When it starts these tasks, its resource's own presence left out.
    pub guard: Guard,
    /// The target, state or resource that names the tasks.
    pub place: Span,
    /// The cluster, by identity; absent means the one named `default`.
    pub cluster: Vec<Case<Known<Text>>>,
    /// The task definitions, by identity.
    pub task_definitions: Vec<Case<Known<Text>>>,
    /// Where its tasks run; a world in none of the cases is one in which the account's default decides.
    pub launch: Vec<Case<Known<Launch>>>,
    /// The launch type as it stands.
    pub launch_type: Vec<Case<Known<Str>>>,
    /// The capacity providers that its tasks are placed on.
    pub capacity: Vec<Capacity>,
    /// Whether it gives its tasks a network of their own; absent where the property is not there.
    pub network: Vec<Case<Known<()>>>,
    /// The network interfaces that carry its traffic.
    pub interfaces: Vec<Interface>,
    /// When and why the interfaces are not known.
    pub unplaced: Vec<Case<Unknown>>,
    /// Its load balancer bindings.
    pub bindings: Vec<Binding>,
    /// When and why it is not known which load balancers it is bound to.
    pub unbound: Vec<Case<Unknown>>,
}

impl Workload {
    /// "service `Api`", for messages.
    pub fn shown(&self, inventory: &super::Inventory<'_>) -> String {
        format!("{} `{}`", self.kind.noun(), inventory.logical_id(self.id))
    }

    /// When it is certainly bound to a load balancer.
    pub fn is_load_balanced(&self) -> Guard {
        Guard::any(self.bindings.iter().map(|binding| binding.guard.clone()))
    }

    /// When its tasks run on Fargate.
    pub fn is_fargate(&self) -> Guard {
        when(&self.launch, |value| value.is(&Launch::Fargate))
    }
}

impl Interface {
    /// When it gets a public IPv4 address.
    pub fn is_addressable(&self) -> Guard {
        when(&self.public_ip, |value| value.is(&true))
    }

    /// When it gets a public IPv4 address, or it is not known whether it does.
    pub fn may_be_addressable(&self) -> Guard {
        when(&self.public_ip, |value| match (value, self.carrier) {
            (Known::Value(public), _) => *public,
            (Known::Unknown(_), _) => true,
            // Absent is `DISABLED` for tasks and leaves it to the subnet for instances.
            (Known::Absent, carrier) => carrier != Carrier::Task,
        })
    }
}
