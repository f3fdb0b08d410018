//! Typed views of resources: every property name of a resource type stands once, here.

pub mod application_autoscaling;
pub mod attributes;
pub mod autoscaling;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elbv2;
pub mod iam;
pub mod iam_actions;
pub mod managed_policies;
pub mod parameter_types;

use crate::eval::{Case, Value};

/// A mapping inside a property, such as one container definition, with when it is there.
pub type Item<'a> = Case<Value<'a>>;

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
        _ => &[],
    };
    attributes.contains(&attribute)
}
