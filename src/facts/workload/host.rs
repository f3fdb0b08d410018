//! Container instances: auto scaling groups whose instances join a cluster, and their network.

use super::{Carrier, Interface, Launch, Workload};
use crate::aws::autoscaling::{AutoScalingGroup, LaunchConfiguration};
use crate::aws::ec2::{LaunchInterface, LaunchTemplate};
use crate::aws::ecs::{CapacityProvider, CapacityProviderAssociations, Cluster};
use crate::cfn::{Owner, ReferenceKind};
use crate::eval::{Case, Cases, Guard, Known, Part, Text, Unknown, Value};
use crate::facts::Inventory;
use crate::project::{ResourceId, StackId};
use crate::source::Span;
use crate::yaml::Node;

/// An auto scaling group of container instances.
#[derive(Clone, Debug)]
pub struct Host {
    /// The group.
    pub id: ResourceId,
    /// The launch template or configuration of its instances, where it is one of the project.
    pub launch: Option<ResourceId>,
    /// The clusters that its instances join, by identity.
    pub clusters: Vec<Text>,
    /// The capacity providers in front of it, by identity.
    pub providers: Vec<Text>,
    /// The network of its instances.
    pub interface: Interface,
    /// What runs on its instances at launch: the launch script and the cfn-init metadata beside it.
    pub scripts: Vec<Text>,
    /// When and why the launch script is not known.
    pub open_scripts: Vec<Case<Unknown>>,
}

impl Host {
    /// True when its instances join the cluster.
    pub fn serves(&self, cluster: &Text) -> bool {
        self.clusters.contains(cluster)
    }

    /// True when tasks of a workload may run on its instances, as far as the cluster and the strategy say.
    pub fn may_run(&self, workload: &Workload) -> bool {
        let is_own = |known: &Known<Text>| matches!(known, Known::Value(text) if self.serves(text));
        let mut strategy = workload.capacity.iter().filter(|it| it.is_own).peekable();
        let is_free = strategy.peek().is_none();
        let mut names = strategy.flat_map(|it| &it.provider);
        workload
            .launch
            .iter()
            .any(|case| case.value == Known::Value(Launch::Ec2))
            && workload.cluster.iter().any(|case| is_own(&case.value))
            && (is_free
                || names
                    .any(|case| matches!(&case.value, Known::Value(text) if self.providers.contains(text))))
    }

    /// True when one of the capacity providers is in front of it.
    pub fn provided_by(&self, providers: &[Text]) -> bool {
        self.providers.iter().any(|provider| providers.contains(provider))
    }
}

/// Finds the container instances of a project: groups behind a capacity provider, and groups whose launch script or
/// metadata names a cluster.
pub fn hosts(inventory: &Inventory<'_>) -> Vec<Host> {
    let providers = providers(inventory);
    let hosts = inventory.of_type(AutoScalingGroup::TYPE).iter().filter_map(|id| {
        let own = inventory.own_identity(*id);
        let behind = providers.iter().filter(|provider| provider.groups.contains(&own));
        let behind: Vec<&Provider> = behind.collect();
        let launch = launch_source(inventory, *id);
        let mut clusters: Vec<Text> = behind
            .iter()
            .flat_map(|provider| provider.clusters.clone())
            .collect();
        clusters.extend(named_clusters(inventory, *id));
        clusters.extend(
            launch
                .iter()
                .flat_map(|launch| named_clusters(inventory, *launch)),
        );
        let launched = [Some(*id), launch].into_iter().flatten();
        let scripts: Vec<Text> = launched.flat_map(|id| scripts(inventory, id)).collect();
        let written: Vec<Text> = scripts.iter().flat_map(clusters_in).collect();
        clusters.extend(same_clusters(inventory, &clusters, &written));
        clusters.extend(written);
        if clusters.is_empty() && behind.is_empty() {
            return None;
        }
        Some(Host {
            id: *id,
            launch,
            clusters,
            providers: behind
                .iter()
                .flat_map(|provider| provider.names.clone())
                .collect(),
            interface: interface(inventory, *id, launch),
            scripts,
            open_scripts: launch.map_or_else(Vec::new, |launch| open_scripts(inventory, launch)),
        })
    });
    hosts.collect()
}

/// A capacity provider with the groups behind it and the clusters it serves.
struct Provider {
    names: Vec<Text>,
    groups: Vec<Text>,
    clusters: Vec<Text>,
}

fn providers(inventory: &Inventory<'_>) -> Vec<Provider> {
    let eval = &inventory.eval;
    let providers = inventory.of_type(CapacityProvider::TYPE).iter().map(|id| {
        let provider = CapacityProvider(*id);
        let mut names = vec![inventory.own_identity(*id)];
        names.extend(values(inventory.identities(provider.name(eval))));
        let mut clusters = Vec::new();
        for cluster in inventory.of_type(Cluster::TYPE) {
            let used = values(inventory.identity_list(Cluster(*cluster).capacity_providers(eval)));
            if used.iter().any(|name| names.contains(name)) {
                clusters.push(inventory.own_identity(*cluster));
            }
        }
        for association in inventory.of_type(CapacityProviderAssociations::TYPE) {
            let association = CapacityProviderAssociations(*association);
            let used = values(inventory.identity_list(association.capacity_providers(eval)));
            if used.iter().any(|name| names.contains(name)) {
                clusters.extend(values(inventory.identities(association.cluster(eval))));
            }
        }
        Provider {
            names,
            groups: values(inventory.identities(provider.auto_scaling_group(eval))),
            clusters,
        }
    });
    providers.collect()
}

fn values(cases: Vec<Case<Known<Text>>>) -> Vec<Text> {
    let values = cases.into_iter().filter_map(|case| match case.value {
        Known::Value(text) => Some(text),
        Known::Absent | Known::Unknown(_) => None,
    });
    values.collect()
}

/// The launch template or configuration of a group.
fn launch_source(inventory: &Inventory<'_>, group: ResourceId) -> Option<ResourceId> {
    let eval = &inventory.eval;
    let group = AutoScalingGroup(group);
    let named = [
        group.launch_configuration(eval),
        group.launch_template(eval),
        group.launch_template_name(eval),
        group.mixed_template(eval),
        group.mixed_template_name(eval),
    ];
    named
        .into_iter()
        .flat_map(|cases| values(inventory.identities(cases)))
        .find_map(|identity| {
            let by_name = |id: &&ResourceId| {
                let names = values(inventory.identities(LaunchTemplate(**id).name(eval)));
                names.contains(&identity)
            };
            inventory
                .resource_of(&identity, LaunchConfiguration::TYPE)
                .or_else(|| inventory.resource_of(&identity, LaunchTemplate::TYPE))
                .or_else(|| {
                    inventory
                        .of_type(LaunchTemplate::TYPE)
                        .iter()
                        .find(by_name)
                        .copied()
                })
        })
}

/// The clusters that a launch script, or the cfn-init metadata beside it, refers to.
fn named_clusters(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Text> {
    let template = inventory.project().template(id.stack);
    let mut out: Vec<Text> = Vec::new();
    for reference in template.references.of(Owner::Resource(id.index)) {
        if reference.kind == ReferenceKind::DependsOn {
            continue;
        }
        for identity in
            values(inventory.identities(inventory.eval.named(id.stack, &reference.name, reference.span)))
        {
            let is_cluster = inventory.resource_of(&identity, Cluster::TYPE).is_some()
                || matches!(identity.as_part(), Some(Part::Variable(_)));
            if is_cluster && !out.contains(&identity) {
                out.push(identity);
            }
        }
    }
    out
}

/// The launch script of a resource, and the texts of the cfn-init metadata beside it.
fn scripts(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Text> {
    let mut texts = values(inventory.eval.texts(user_data(inventory, id)));
    if let Some(metadata) = &inventory.project().resource(id).metadata {
        texts_in(inventory, id.stack, metadata, &mut texts);
    }
    texts
}

/// When and why the launch script of a resource is not known: none of its characters is.
fn open_scripts(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Case<Unknown>> {
    let cases = inventory.eval.texts(user_data(inventory, id)).into_iter();
    let open = cases.filter_map(|case| match &case.value {
        Known::Unknown(reason) => Some(case.with(reason.clone())),
        Known::Value(text) => {
            let is_written = text.parts().iter().any(|part| matches!(part, Part::Literal(_)));
            text.unknown()
                .filter(|_| !is_written)
                .map(|reason| case.with(reason))
        }
        Known::Absent => None,
    });
    open.collect()
}

fn texts_in<'a>(inventory: &Inventory<'a>, stack: StackId, node: &'a Node, out: &mut Vec<Text>) {
    if node.as_call().is_some() || node.as_text().is_some() {
        out.extend(values(inventory.eval.texts(inventory.eval.value(stack, node))));
    } else {
        node.children()
            .for_each(|child| texts_in(inventory, stack, child, out));
    }
}

/// The clusters of the project that are known or written, by identity and by physical name: a service may say either.
fn same_clusters(inventory: &Inventory<'_>, known: &[Text], written: &[Text]) -> Vec<Text> {
    let mut out = Vec::new();
    for id in inventory.of_type(Cluster::TYPE) {
        let own = inventory.own_identity(*id);
        let names = values(inventory.identities(Cluster(*id).name(&inventory.eval)));
        if known.contains(&own) || names.iter().any(|name| written.contains(name)) {
            out.push(own);
            out.extend(names);
        }
    }
    out
}

fn user_data<'a>(inventory: &Inventory<'a>, id: ResourceId) -> Cases<'a> {
    match inventory.type_name(id) {
        LaunchTemplate::TYPE => LaunchTemplate(id).user_data(&inventory.eval),
        LaunchConfiguration::TYPE => LaunchConfiguration(id).user_data(&inventory.eval),
        _ => Vec::new(),
    }
}

/// What a launch script sets to the cluster that the instance joins.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>
const CLUSTER_SETTING: &str = "ECS_CLUSTER=";

/// The names after `ECS_CLUSTER=` in a script, references kept.
fn clusters_in(script: &Text) -> Vec<Text> {
    let mut out = Vec::new();
    let mut name: Option<Text> = None;
    for part in script.parts() {
        let Part::Literal(literal) = part else {
            if let Some(name) = &mut name {
                name.push(part.clone());
            }
            continue;
        };
        let mut rest = &**literal;
        loop {
            if let Some(mut begun) = name.take() {
                if begun.parts().is_empty() {
                    rest = rest.trim_start_matches(['"', '\'']);
                }
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
                    .unwrap_or(rest.len());
                begun.push(Part::Literal(rest[..end].into()));
                if end == rest.len() {
                    name = Some(begun);
                    break;
                }
                out.push(begun);
                rest = &rest[end..];
            }
            match rest.split_once(CLUSTER_SETTING) {
                Some((_, after)) => {
                    name = Some(Text::default());
                    rest = after;
                }
                None => break,
            }
        }
    }
    out.extend(name);
    out.retain(|name| !name.parts().is_empty());
    out
}

/// The network of a group's instances.
fn interface(inventory: &Inventory<'_>, id: ResourceId, launch: Option<ResourceId>) -> Interface {
    let eval = &inventory.eval;
    let group = AutoScalingGroup(id);
    let declared = inventory.project().resource(id).id.span;
    let subnets = group.subnets(eval);
    let subnets_span = span_of(&subnets, declared);
    let (groups, public_ip) = match launch {
        Some(launch) => launch_network(inventory, launch),
        None => {
            let reason = Unknown::External(format!("launch template of {}", inventory.logical_id(id)).into());
            (
                vec![Case::new(Value::Unknown(reason.clone()), declared)],
                vec![Case::new(Known::Unknown(reason), declared)],
            )
        }
    };
    let groups_span = span_of(
        &groups,
        launch.map_or(declared, |launch| inventory.project().resource(launch).id.span),
    );
    let none = groups.iter().all(|case| matches!(case.value, Value::Absent));
    Interface {
        guard: Guard::True,
        carrier: Carrier::Instance(id),
        subnets: inventory.identity_list(subnets),
        groups: inventory.identity_list(groups),
        no_groups: if none { Guard::True } else { Guard::False },
        public_ip,
        subnets_span,
        groups_span,
    }
}

fn span_of(cases: &Cases<'_>, otherwise: Span) -> Span {
    cases
        .iter()
        .find(|case| !matches!(case.value, Value::Absent))
        .map_or(otherwise, |case| case.span)
}

/// The security groups and the public address that a launch template or configuration asks for.
fn launch_network<'a>(inventory: &Inventory<'a>, launch: ResourceId) -> (Cases<'a>, Vec<Case<Known<bool>>>) {
    let eval = &inventory.eval;
    if inventory.type_name(launch) == LaunchConfiguration::TYPE {
        let view = LaunchConfiguration(launch);
        return (view.security_groups(eval), eval.booleans(view.public_ip(eval)));
    }
    let view = LaunchTemplate(launch);
    let mut groups = view.security_groups(eval);
    let mut public_ip = Vec::new();
    for item in eval.elements(view.interfaces(eval)) {
        let interface = LaunchInterface(&item);
        groups.extend(interface.groups(eval));
        public_ip.extend(eval.booleans(interface.public_ip(eval)));
    }
    if groups.iter().any(|case| !matches!(case.value, Value::Absent)) {
        groups.retain(|case| !matches!(case.value, Value::Absent));
    }
    if public_ip.is_empty() {
        public_ip.push(Case::new(
            Known::Absent,
            inventory.project().resource(launch).id.span,
        ));
    }
    (groups, public_ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_read_out_of_a_script() {
        let read = |script: &str| clusters_in(&Text::literal(script));
        assert_eq!(
            read("echo ECS_CLUSTER=blue-1 >> /etc/ecs/ecs.config"),
            [Text::literal("blue-1")]
        );
        assert_eq!(read("echo 'ECS_CLUSTER=\"blue\"'"), [Text::literal("blue")]);
        assert_eq!(
            read("ECS_CLUSTER=a\nECS_CLUSTER=b"),
            [Text::literal("a"), Text::literal("b")]
        );
        assert_eq!(read("echo ECS_CLUSTER="), []);
        assert_eq!(read("echo ECS_CLUSTER=$NAME"), []);
        assert_eq!(read("yum update"), []);
    }

    #[test]
    fn a_reference_in_the_name_of_a_cluster_is_kept() {
        let zone = Part::Zone(0);
        let mut script = Text::literal("echo ECS_CLUSTER='");
        script.push(zone.clone());
        script.push(Part::Literal("-blue' >> /etc/ecs/ecs.config".into()));
        let mut name = Text::part(zone);
        name.push(Part::Literal("-blue".into()));
        assert_eq!(clusters_in(&script), [name]);
    }
}
