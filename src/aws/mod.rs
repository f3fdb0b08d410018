//! Typed views of resources: every property name of a resource type stands once, here.

pub mod accounts;
pub mod application_autoscaling;
pub mod arn;
pub mod attributes;
pub mod autoscaling;
pub mod cloudfront;
pub mod cloudwatch;
pub mod codebuild;
pub mod codedeploy;
pub mod codepipeline;
pub mod data_stores;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod efs;
pub mod elbv2;
pub mod escalations;
pub mod fargate;
pub mod iam;
pub mod iam_actions;
pub mod kms;
pub mod layers;
pub mod logs;
pub mod machine_images;
pub mod managed_policies;
pub mod parameter_types;
pub mod physical_names;
pub mod route53;
pub mod s3;
pub mod secretsmanager;
pub mod service_prefixes;
pub mod ssm;
pub mod tls_policies;
pub mod triggers;
pub mod waf;
pub mod xray;

use crate::cfn::APPLICATION;
use crate::eval::{Case, Value};

/// A mapping inside a property, such as one container definition, with when it is there.
pub type Item<'a> = Case<Value<'a>>;

/// Every element of a list, in paths of properties.
pub const EACH: &str = "*";

/// The way to the tags of most resources.
pub const TAGS: &[&str] = &["Tags"];

/// A property whose text is stored where others than the resource can read it.
#[derive(Clone, Copy, Debug)]
pub struct StoredText {
    /// The CloudFormation type.
    pub type_name: &'static str,
    /// The way to it; [`EACH`] stands for every element of a list.
    pub path: &'static [&'static str],
    /// What it is, for messages.
    pub noun: &'static str,
    /// True when the texts inside stand under names of their own.
    pub has_names: bool,
}

const fn stored(
    type_name: &'static str,
    path: &'static [&'static str],
    noun: &'static str,
    has_names: bool,
) -> StoredText {
    StoredText {
        type_name,
        path,
        noun,
        has_names,
    }
}

/// Properties in which credentials are found, the environment of containers left out.
pub const STORED_TEXTS: &[StoredText] = &[
    stored(
        "AWS::ECS::TaskDefinition",
        &["ContainerDefinitions", EACH, "Command"],
        "the command of a container",
        false,
    ),
    stored(
        "AWS::ECS::TaskDefinition",
        &["ContainerDefinitions", EACH, "EntryPoint"],
        "the entry point of a container",
        false,
    ),
    stored(
        "AWS::ECS::TaskDefinition",
        &["ContainerDefinitions", EACH, "HealthCheck", "Command"],
        "the health check of a container",
        false,
    ),
    stored(
        "AWS::ECS::TaskDefinition",
        &["ContainerDefinitions", EACH, "DockerLabels"],
        "a label of a container",
        true,
    ),
    stored("AWS::EC2::Instance", &["UserData"], "the user data", false),
    stored(
        "AWS::EC2::LaunchTemplate",
        &["LaunchTemplateData", "UserData"],
        "the user data",
        false,
    ),
    stored(
        "AWS::AutoScaling::LaunchConfiguration",
        &["UserData"],
        "the user data",
        false,
    ),
    stored(
        "AWS::CodeBuild::Project",
        &["Environment", "EnvironmentVariables"],
        "the environment of the builds",
        true,
    ),
];

/// The metadata by which `cfn-init` logs in to where it gets its files.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-metadata-authentication.html>
pub const AUTHENTICATION: &str = "AWS::CloudFormation::Authentication";

/// Declares a view of a resource type: a copyable handle with one method per property, which gives the property's cases.
macro_rules! resource_view {
    ($(#[$doc:meta])* $name:ident = $type_name:literal {
        $($(#[$property_doc:meta])* $property:ident = $($key:literal)/+;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub $crate::project::ResourceId);

        impl $name {
            /// The CloudFormation type.
            pub const TYPE: &'static str = $type_name;

            $($(#[$property_doc])*
            pub fn $property<'a>(self, eval: &$crate::eval::Evaluator<'a>) -> $crate::eval::Cases<'a> {
                eval.property(self.0, &[$($key),+])
            })*
        }
    };
}

/// Declares a view of a mapping inside a property: one function per key, which gives the key's cases.
macro_rules! item_view {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$property_doc:meta])* $property:ident = $($key:literal)/+;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'i, 'a>(pub &'i $crate::aws::Item<'a>);

        impl<'a> $name<'_, 'a> {
            $($(#[$property_doc])*
            pub fn $property(self, eval: &$crate::eval::Evaluator<'a>) -> $crate::eval::Cases<'a> {
                let cases = vec![self.0.clone()];
                $(let cases = eval.get(cases, $key);)+
                cases
            })*
        }
    };
}

pub(crate) use {item_view, resource_view};

/// True for types that a transform or the registry replaces by resources of other types, so that what stands in one of their
/// properties may end up in any of these.
/// <https://github.com/aws/serverless-application-model/blob/develop/docs/internals/generated_resources.rst>
pub fn is_expanded(type_name: &str) -> bool {
    let is_serverless = type_name.starts_with("AWS::Serverless::") && type_name != APPLICATION;
    is_serverless || type_name.ends_with("::MODULE")
}

/// True for resources that a function of somebody's makes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html>
pub fn is_custom(type_name: &str) -> bool {
    type_name.starts_with("Custom::") || type_name == "AWS::CloudFormation::CustomResource"
}

/// True when the attribute of a resource type is its identifier under another name, so that `!GetAtt X.GroupId` and
/// `!Ref X` mean the same. For roles the ARN counts: properties take either, and both name the role.
pub fn is_identifier(type_name: &str, attribute: &str) -> bool {
    if attribute == "Ref" {
        return true;
    }
    let attributes: &[&str] = match type_name {
        "AWS::EC2::SecurityGroup" => &["GroupId", "Id", "GroupName"],
        "AWS::EC2::Subnet" => &["SubnetId"],
        "AWS::EC2::VPC" => &["VpcId"],
        "AWS::EC2::RouteTable" => &["RouteTableId"],
        "AWS::EC2::InternetGateway" => &["InternetGatewayId"],
        "AWS::EC2::NatGateway" => &["NatGatewayId"],
        "AWS::EC2::TransitGateway" => &["Id"],
        "AWS::EC2::VPNGateway" => &["VPNGatewayId"],
        "AWS::EC2::EgressOnlyInternetGateway" => &["Id"],
        "AWS::EC2::VPCEndpoint" => &["Id"],
        "AWS::EC2::LaunchTemplate" => &["LaunchTemplateId"],
        "AWS::ECS::Cluster" => &["Arn"],
        "AWS::ECS::Service" => &["Name", "ServiceArn"],
        "AWS::ECS::TaskDefinition" => &["TaskDefinitionArn"],
        "AWS::ECS::CapacityProvider" => &["Name"],
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => &["LoadBalancerArn"],
        "AWS::ElasticLoadBalancingV2::Listener" => &["ListenerArn"],
        "AWS::ElasticLoadBalancingV2::ListenerRule" => &["RuleArn"],
        "AWS::ElasticLoadBalancingV2::TargetGroup" => &["TargetGroupArn"],
        "AWS::IAM::Role" => &["Arn", "RoleName"],
        "AWS::IAM::InstanceProfile" => &["Arn", "InstanceProfileName"],
        "AWS::IAM::ManagedPolicy" => &["PolicyArn"],
        "AWS::IAM::User" | "AWS::IAM::Group" => &["Arn"],
        "AWS::AutoScaling::AutoScalingGroup" => &["AutoScalingGroupARN"],
        "AWS::CloudWatch::Alarm" => &["Arn"],
        "AWS::EFS::FileSystem" => &["Arn", "FileSystemId"],
        "AWS::SecretsManager::Secret" => &["Id"],
        _ => &[],
    };
    attributes.contains(&attribute)
}
