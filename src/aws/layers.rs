//! The layers that the resources of a deployment fall into, by their types.

/// A layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// VPCs, subnets, routes, gateways.
    Network,
    /// Security groups, roles, keys, secrets, web ACLs.
    Security,
    /// Load balancers with their listeners and target groups.
    LoadBalancer,
    /// Containers, functions, instances, and what scales them.
    Application,
    /// Databases, file systems, buckets, queues.
    Data,
    /// Pipelines and builds.
    Pipeline,
}

impl Layer {
    /// The word for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Layer::Network => "network",
            Layer::Security => "security",
            Layer::LoadBalancer => "load balancer",
            Layer::Application => "application",
            Layer::Data => "data",
            Layer::Pipeline => "pipeline",
        }
    }
}

/// Beginnings of types and their layers; the first one that fits counts.
const LAYERS: &[(&str, Layer)] = &[
    ("AWS::EC2::SecurityGroup", Layer::Security),
    ("AWS::EC2::Instance", Layer::Application),
    ("AWS::EC2::LaunchTemplate", Layer::Application),
    ("AWS::EC2::", Layer::Network),
    ("AWS::CertificateManager::", Layer::Security),
    ("AWS::IAM::", Layer::Security),
    ("AWS::KMS::", Layer::Security),
    ("AWS::SecretsManager::", Layer::Security),
    ("AWS::WAFv2::", Layer::Security),
    ("AWS::ElasticLoadBalancing", Layer::LoadBalancer),
    ("AWS::ApplicationAutoScaling::", Layer::Application),
    ("AWS::AutoScaling::", Layer::Application),
    ("AWS::Batch::", Layer::Application),
    ("AWS::ECS::", Layer::Application),
    ("AWS::Lambda::", Layer::Application),
    ("AWS::ServiceDiscovery::", Layer::Application),
    ("AWS::DocDB::", Layer::Data),
    ("AWS::DynamoDB::", Layer::Data),
    ("AWS::EFS::", Layer::Data),
    ("AWS::ElastiCache::", Layer::Data),
    ("AWS::Kinesis::", Layer::Data),
    ("AWS::MSK::", Layer::Data),
    ("AWS::OpenSearchService::", Layer::Data),
    ("AWS::RDS::", Layer::Data),
    ("AWS::S3::", Layer::Data),
    ("AWS::SNS::", Layer::Data),
    ("AWS::SQS::", Layer::Data),
    ("AWS::CodeBuild::", Layer::Pipeline),
    ("AWS::CodeCommit::", Layer::Pipeline),
    ("AWS::CodeDeploy::", Layer::Pipeline),
    ("AWS::CodePipeline::", Layer::Pipeline),
];

/// The layer of a resource type; `None` for types that belong to no layer, or to any.
pub fn of_type(type_name: &str) -> Option<Layer> {
    LAYERS
        .iter()
        .find(|(beginning, _)| type_name.starts_with(beginning))
        .map(|(_, layer)| *layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_security_group_is_no_network() {
        assert_eq!(of_type("AWS::EC2::SecurityGroupIngress"), Some(Layer::Security));
        assert_eq!(of_type("AWS::EC2::Subnet"), Some(Layer::Network));
        assert_eq!(of_type("Custom::Lookup"), None);
    }
}
