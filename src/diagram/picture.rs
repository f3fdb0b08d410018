//! The picture as data: nodes in nested groups, edges between nodes, and what the rules object to. No format is known here.

use std::sync::Arc;

use super::environment::Surroundings;
use crate::diag::{Severity, Subject};
use crate::source::Str;

/// What a picture is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum View {
    /// Internet → load balancers → services and tasks → data stores, grouped by VPC and subnet class
    #[default]
    Architecture,
    /// Subnets, route tables and routes; security groups and what they let through
    Network,
    /// Workloads → roles → what they may do on which resources
    Iam,
    /// Stacks, the parameters passed to them, outputs and imports
    Stacks,
    /// Every Ref, Fn::GetAtt, Fn::Sub and DependsOn
    Deps,
}

impl View {
    /// Every view.
    pub const ALL: &'static [View] = &[
        View::Architecture,
        View::Network,
        View::Iam,
        View::Stacks,
        View::Deps,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            View::Architecture => "architecture",
            View::Network => "network",
            View::Iam => "iam",
            View::Stacks => "stacks",
            View::Deps => "deps",
        }
    }
}

/// A node by its index in [`Picture::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A group by its index in [`Picture::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u32);

/// A picture. Its parts stand in the order of stacks and declarations, so that equal templates give equal pictures.
///
/// Invariants: every id of a node, edge or group is an index into this picture; a group's parent stands before it; no
/// node is in a group without being listed, and numbers of flags are indices into [`Picture::flags`] plus one. Texts
/// come from templates and are not escaped for anything: that is the work of each format.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// What it is about.
    pub view: View,
    /// The environment in which things are as drawn; nothing in a run without environments.
    pub surroundings: Option<Surroundings>,
    /// The files of the root templates that it shows, sorted.
    pub templates: Vec<Str>,
    /// Boxes around nodes, parents before their children.
    pub groups: Vec<Group>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The lines between them.
    pub edges: Vec<Edge>,
    /// What the rules object to, in the order of the report; empty unless asked for. Number 1 is the first.
    pub flags: Vec<Flag>,
    /// What is to be said below the picture, a sentence each: what was folded, what is not drawn.
    pub notes: Vec<String>,
}

impl Picture {
    /// Says in which environment things are as drawn, and what is not drawn therefore.
    pub fn shows(&mut self, surroundings: Surroundings) {
        self.notes.extend(surroundings.note());
        self.surroundings = Some(surroundings);
    }

    /// The name of the environment in which things are as drawn.
    pub fn environment(&self) -> Option<&str> {
        self.surroundings.as_ref()?.environment.as_deref()
    }

    /// What it is about in words: "architecture", "architecture in environment prod".
    pub fn title(&self) -> String {
        let view = self.view.as_str();
        match self.environment() {
            Some(name) => format!("{view} in environment {name}"),
            None => view.to_owned(),
        }
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// A group.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// The ids of all nodes.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The ids of all groups.
    pub fn group_ids(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..self.groups.len() as u32).map(GroupId)
    }

    /// The nodes that stand directly in a group, or in none.
    pub fn nodes_in(&self, group: Option<GroupId>) -> impl Iterator<Item = NodeId> + '_ {
        self.node_ids().filter(move |id| self.node(*id).group == group)
    }

    /// The groups that stand directly in a group, or in none.
    pub fn groups_in(&self, parent: Option<GroupId>) -> impl Iterator<Item = GroupId> + '_ {
        self.group_ids()
            .filter(move |id| self.group(*id).parent == parent)
    }

    /// True when nodes come from more than one stack, so that each should say from which.
    pub fn has_stacks(&self) -> bool {
        let mut stacks = self.nodes.iter().filter_map(|node| node.subjects.first());
        let first = stacks.next().map(|subject| &subject.stack);
        stacks.any(|subject| Some(&subject.stack) != first)
    }
}

/// A box around nodes.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is.
    pub kind: GroupKind,
    /// Its name: a logical id, or words such as "subnets from parameter `SubnetIds`".
    pub label: String,
    /// The box that it stands in.
    pub parent: Option<GroupId>,
    /// What else is known of it, a line each.
    pub details: Vec<Detail>,
    /// When it is there, where that is not always.
    pub condition: Option<Condition>,
    /// The resources that it stands for; the first one is itself, where it is one.
    pub subjects: Vec<Arc<Subject>>,
    /// Numbers of the flags on it, ascending.
    pub flags: Vec<u32>,
}

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupKind {
    /// What is deployed together, where a picture shows several such things.
    Deployment,
    /// A stack.
    Stack,
    /// A VPC.
    Vpc,
    /// Subnets of one class that are used together, over all of their zones.
    Tier(SubnetClass),
    /// One subnet, with its availability zone in the details.
    Subnet(SubnetClass),
    /// Things of one kind that nothing drawn here uses.
    Unused,
}

impl GroupKind {
    /// The word in JSON and for people.
    pub fn noun(self) -> &'static str {
        match self {
            GroupKind::Deployment => "deployment",
            GroupKind::Stack => "stack",
            GroupKind::Vpc => "VPC",
            GroupKind::Tier(_) => "subnets",
            GroupKind::Subnet(_) => "subnet",
            GroupKind::Unused => "not used here",
        }
    }

    /// The class of subnets.
    pub fn class(self) -> Option<SubnetClass> {
        match self {
            GroupKind::Tier(class) | GroupKind::Subnet(class) => Some(class),
            _ => None,
        }
    }
}

/// Where the traffic of subnets goes, as routes say and not names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubnetClass {
    /// To an internet gateway.
    Public,
    /// To a NAT gateway or something else that takes traffic out.
    PrivateWithEgress,
    /// Nowhere outside of the VPC.
    Isolated,
    /// It differs by parameters; the details say when which.
    Varies,
    /// Not known.
    Unknown,
}

impl SubnetClass {
    /// The class in words.
    pub fn as_str(self) -> &'static str {
        match self {
            SubnetClass::Public => "public",
            SubnetClass::PrivateWithEgress => "private with egress",
            SubnetClass::Isolated => "isolated",
            SubnetClass::Varies => "depends on parameters",
            SubnetClass::Unknown => "routes not known",
        }
    }

    /// Subnets of the class, or one, in words: "private subnets with egress".
    pub fn of(self, noun: &str) -> String {
        match self {
            SubnetClass::Public => format!("public {noun}"),
            SubnetClass::PrivateWithEgress => format!("private {noun} with egress"),
            SubnetClass::Isolated => format!("isolated {noun}"),
            SubnetClass::Varies => format!("{noun} whose routes depend on parameters"),
            SubnetClass::Unknown => format!("{noun} whose routes are not known"),
        }
    }
}

/// A thing of the picture.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name: a logical id, or words for what is no resource of the templates.
    pub label: String,
    /// The word for what it is: "service", "PostgreSQL database".
    pub noun: String,
    /// The box that it stands in.
    pub group: Option<GroupId>,
    /// What else is known of it, a line each.
    pub details: Vec<Detail>,
    /// When it is there, where that is not always.
    pub condition: Option<Condition>,
    /// The resources that it stands for; the first one is itself, where it is one. Findings about any of them are drawn on it.
    pub subjects: Vec<Arc<Subject>>,
    /// The names of things alike that it stands for, when it was folded; empty when it is one thing.
    pub members: Vec<String>,
    /// Numbers of the flags on it, ascending.
    pub flags: Vec<u32>,
}

impl Node {
    /// How many things it stands for.
    pub fn count(&self) -> usize {
        self.members.len().max(1)
    }

    /// The path of the stack that it is declared in, empty for a root stack; `None` for what is no resource.
    pub fn stack(&self) -> Option<&str> {
        self.subjects.first().map(|subject| &*subject.stack)
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// Whoever is on the internet.
    Internet,
    /// A content delivery network.
    Cdn,
    /// A load balancer.
    LoadBalancer,
    /// An ECS service or a task set.
    Service,
    /// Something that starts tasks at times, on events, or as a step.
    ScheduledTask,
    /// A task definition.
    TaskDefinition,
    /// Container instances.
    Instances,
    /// A cluster.
    Cluster,
    /// A relational, document or graph database.
    Database,
    /// A key-value table.
    Table,
    /// A cache.
    Cache,
    /// A bucket.
    Bucket,
    /// A file system.
    FileSystem,
    /// A queue.
    Queue,
    /// A topic.
    Topic,
    /// A stream.
    Stream,
    /// A search index.
    Search,
    /// A secret or a parameter with a value.
    Secret,
    /// A NAT gateway.
    NatGateway,
    /// An internet gateway.
    InternetGateway,
    /// Another way out of a VPC.
    Gateway,
    /// A VPC endpoint.
    Endpoint,
    /// A subnet, where subnets are no boxes.
    Subnet,
    /// A route table.
    RouteTable,
    /// A security group.
    SecurityGroup,
    /// A range of addresses, or something else that a security group names.
    Addresses,
    /// A log group.
    LogGroup,
    /// A role, user or group of users.
    Role,
    /// A stack.
    Stack,
    /// A parameter.
    Parameter,
    /// An output or an export.
    Output,
    /// Any other resource.
    Resource,
    /// Something that is there and of which the templates do not say what.
    Unknown,
}

impl NodeKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            NodeKind::Internet => "internet",
            NodeKind::Cdn => "cdn",
            NodeKind::LoadBalancer => "load-balancer",
            NodeKind::Service => "service",
            NodeKind::ScheduledTask => "scheduled-task",
            NodeKind::TaskDefinition => "task-definition",
            NodeKind::Instances => "instances",
            NodeKind::Cluster => "cluster",
            NodeKind::Database => "database",
            NodeKind::Table => "table",
            NodeKind::Cache => "cache",
            NodeKind::Bucket => "bucket",
            NodeKind::FileSystem => "file-system",
            NodeKind::Queue => "queue",
            NodeKind::Topic => "topic",
            NodeKind::Stream => "stream",
            NodeKind::Search => "search",
            NodeKind::Secret => "secret",
            NodeKind::NatGateway => "nat-gateway",
            NodeKind::InternetGateway => "internet-gateway",
            NodeKind::Gateway => "gateway",
            NodeKind::Endpoint => "endpoint",
            NodeKind::Subnet => "subnet",
            NodeKind::RouteTable => "route-table",
            NodeKind::SecurityGroup => "security-group",
            NodeKind::Addresses => "addresses",
            NodeKind::LogGroup => "log-group",
            NodeKind::Role => "role",
            NodeKind::Stack => "stack",
            NodeKind::Parameter => "parameter",
            NodeKind::Output => "output",
            NodeKind::Resource => "resource",
            NodeKind::Unknown => "unknown",
        }
    }

    /// True for what keeps data.
    pub fn is_store(self) -> bool {
        matches!(
            self,
            NodeKind::Database
                | NodeKind::Table
                | NodeKind::Cache
                | NodeKind::Bucket
                | NodeKind::FileSystem
                | NodeKind::Queue
                | NodeKind::Topic
                | NodeKind::Stream
                | NodeKind::Search
                | NodeKind::Secret
        )
    }
}

/// A line of text on a node or a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Detail {
    /// What it tells of.
    pub kind: DetailKind,
    /// The line: "cluster `Main`", "2 tasks", "logs to `AppLogs`".
    pub text: String,
}

/// What a line tells of, for formats that mark it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailKind {
    /// The cluster.
    Cluster,
    /// The task definition and its containers.
    Task,
    /// How many tasks, and on what.
    Capacity,
    /// Subnets, addresses, gateways, endpoints.
    Network,
    /// A role.
    Role,
    /// Where logs go.
    Log,
    /// Anything else.
    Other,
    /// Something that is not known, and why.
    Unknown,
}

impl DetailKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            DetailKind::Cluster => "cluster",
            DetailKind::Task => "task",
            DetailKind::Capacity => "capacity",
            DetailKind::Network => "network",
            DetailKind::Role => "role",
            DetailKind::Log => "log",
            DetailKind::Other => "other",
            DetailKind::Unknown => "unknown",
        }
    }
}

/// When a part is there; a part with a condition is drawn dashed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// In words: "Stage = prod and Size is not small".
    pub text: String,
    /// True when it holds with the default values of the parameters.
    pub by_default: bool,
}

/// A line from a node to a node.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Where it starts.
    pub from: NodeId,
    /// Where its arrow points.
    pub to: NodeId,
    /// What it means.
    pub kind: EdgeKind,
    /// What stands at it: `443`, `80 → 8080`, `SecurityGroupIds`. Different ones, in the order found.
    pub labels: Vec<String>,
    /// When it is there, apart from the conditions of its ends; drawn dashed.
    pub condition: Option<Condition>,
    /// True when it rests on a link that was assumed; drawn dashed, and marked.
    pub assumed: bool,
    /// By what it is known, a sentence each: "environment variable `QUEUE_URL` of container `app`".
    pub evidence: Vec<String>,
    /// The resources that it stands for, such as the listener; findings about any of them are drawn on it.
    pub subjects: Vec<Arc<Subject>>,
    /// How many lines it stands for, when its ends were folded; 1 otherwise.
    pub count: usize,
    /// Numbers of the flags on it, ascending.
    pub flags: Vec<u32>,
}

/// How many labels of an edge are drawn; the others are counted.
const MAX_LABELS: usize = 4;

impl Edge {
    /// The labels in one text; empty when there is none.
    pub fn label(&self) -> String {
        let mut text = self
            .labels
            .iter()
            .take(MAX_LABELS)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        if let Some(more) = self.labels.len().checked_sub(MAX_LABELS).filter(|more| *more > 0) {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }

    /// True when it is drawn dashed.
    pub fn is_dashed(&self) -> bool {
        self.condition.is_some() || self.assumed
    }
}

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Requests go along it.
    Traffic,
    /// A workload reads or writes a store.
    Access,
    /// Tasks run on instances.
    RunsOn,
    /// A subnet uses a route table.
    Uses,
    /// A route.
    Route,
    /// A security group lets it through.
    Allows,
    /// A workload has a role.
    Assumes,
    /// A role may do something on a resource.
    May,
    /// A role may not.
    MayNot,
    /// A stack makes another.
    Nests,
    /// A value goes along it: parameters, outputs.
    Passes,
    /// An import reads an export.
    Imports,
    /// A reference; its arrow points at what is referred to.
    Refers,
    /// `DependsOn`.
    Follows,
}

impl EdgeKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            EdgeKind::Traffic => "traffic",
            EdgeKind::Access => "access",
            EdgeKind::RunsOn => "runs-on",
            EdgeKind::Uses => "uses",
            EdgeKind::Route => "route",
            EdgeKind::Allows => "allows",
            EdgeKind::Assumes => "assumes",
            EdgeKind::May => "may",
            EdgeKind::MayNot => "may-not",
            EdgeKind::Nests => "nests",
            EdgeKind::Passes => "passes",
            EdgeKind::Imports => "imports",
            EdgeKind::Refers => "refers",
            EdgeKind::Follows => "follows",
        }
    }
}

/// Something that a rule objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name of the rule.
    pub rule: Str,
    /// How bad.
    pub severity: Severity,
    /// The message of the finding.
    pub message: String,
    /// Where it is to be mended: path, line and column, 1-based, as `path:line:column`.
    pub place: String,
    /// The id of the finding, `ecslintFindingId/v1`.
    pub finding: String,
    /// True when some part of the picture has its number; false when it is about something that is not drawn.
    pub is_drawn: bool,
}
