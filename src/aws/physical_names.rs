//! The properties by which a template gives a resource its physical name.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html>

/// A property that names a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameProperty {
    /// The CloudFormation type.
    pub type_name: &'static str,
    /// The property.
    pub property: &'static str,
    /// The resource in words.
    pub noun: &'static str,
}

const fn named(type_name: &'static str, property: &'static str, noun: &'static str) -> NameProperty {
    NameProperty {
        type_name,
        property,
        noun,
    }
}

/// Names that CloudFormation makes up where the property is left out, and that can be given once in an account and region,
/// a VPC or a cluster. The family of a task definition is none: revisions and stacks share it.
const NAMES: &[NameProperty] = &[
    named(
        "AWS::AutoScaling::AutoScalingGroup",
        "AutoScalingGroupName",
        "auto scaling group",
    ),
    named("AWS::EC2::SecurityGroup", "GroupName", "security group"),
    named("AWS::ECS::Cluster", "ClusterName", "cluster"),
    named("AWS::ECS::Service", "ServiceName", "service"),
    named(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "LoadBalancerName",
        "load balancer",
    ),
    named(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Name",
        "load balancer",
    ),
    named("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", "target group"),
    named(
        "AWS::IAM::InstanceProfile",
        "InstanceProfileName",
        "instance profile",
    ),
    named("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "managed policy"),
    named("AWS::IAM::Role", "RoleName", "role"),
    named("AWS::Logs::LogGroup", "LogGroupName", "log group"),
];

/// How a resource of a type is named.
pub fn of_type(type_name: &str) -> Option<NameProperty> {
    NAMES.iter().copied().find(|name| name.type_name == type_name)
}

/// True for names of log groups whose beginning a service of AWS dictates: services write below `/aws/`, and AWS WAF writes
/// to groups that begin with `aws-waf-logs-` only.
/// <https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html>
pub fn is_dictated(name: &str) -> bool {
    name.starts_with("/aws/") || name.starts_with("aws-waf-logs-")
}
