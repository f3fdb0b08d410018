//! What the AWS-specific parameter types name.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>

use super::EACH;

/// What a value of a parameter type names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The resource type.
    pub resource_type: &'static str,
    /// How its ids begin, the hyphen included.
    pub prefix: &'static str,
    /// True when the parameter takes a list of them.
    pub is_list: bool,
}

/// Parameter type without `List<…>`, resource type, beginning of its ids.
const NAMED: &[(&str, &str, &str)] = &[
    ("AWS::EC2::Instance::Id", "AWS::EC2::Instance", "i-"),
    ("AWS::EC2::SecurityGroup::Id", "AWS::EC2::SecurityGroup", "sg-"),
    ("AWS::EC2::Subnet::Id", "AWS::EC2::Subnet", "subnet-"),
    ("AWS::EC2::VPC::Id", "AWS::EC2::VPC", "vpc-"),
];

/// Types whose identifier is certainly none of [`NAMED`] but their own, beside the four themselves.
const OTHERS: &[&str] = &[
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::RouteTable",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
];

/// Beginnings of ids that certainly name something else than a type with another one.
const PREFIXES: &[&str] = &["i-", "sg-", "subnet-", "vpc-", "igw-", "nat-", "rtb-", "eni-"];

/// What a parameter type names; `None` for types that ecslint does not follow, such as `String`.
pub fn named(parameter_type: &str) -> Option<Named> {
    let inner = parameter_type
        .strip_prefix("List<")
        .and_then(|rest| rest.strip_suffix('>'));
    let (_, resource_type, prefix) = NAMED
        .iter()
        .find(|(known, ..)| *known == inner.unwrap_or(parameter_type))?;
    Some(Named {
        resource_type,
        prefix,
        is_list: inner.is_some(),
    })
}

impl Named {
    /// True when the identifier of a resource of this type cannot be meant.
    pub fn excludes_type(self, type_name: &str) -> bool {
        type_name != self.resource_type
            && (OTHERS.contains(&type_name) || NAMED.iter().any(|(_, known, _)| *known == type_name))
    }

    /// True when an id that is written out cannot be meant.
    pub fn excludes_id(self, id: &str) -> bool {
        !id.starts_with(self.prefix) && PREFIXES.iter().any(|prefix| id.starts_with(prefix))
    }
}

/// A property that takes ids for which there is a parameter type.
#[derive(Clone, Copy, Debug)]
pub struct TypedProperty {
    /// The CloudFormation type.
    pub type_name: &'static str,
    /// The way to it; [`EACH`] stands for every element of a list.
    pub path: &'static [&'static str],
    /// The type of a parameter that holds one id.
    pub parameter_type: &'static str,
    /// True when the property takes a list.
    pub is_list: bool,
}

const VPC: &str = "AWS::EC2::VPC::Id";
const SUBNET: &str = "AWS::EC2::Subnet::Id";
const GROUP: &str = "AWS::EC2::SecurityGroup::Id";
const KEY: &str = "AWS::EC2::KeyPair::KeyName";
const ZONE: &str = "AWS::Route53::HostedZone::Id";

const fn one(
    type_name: &'static str,
    path: &'static [&'static str],
    parameter_type: &'static str,
) -> TypedProperty {
    TypedProperty {
        type_name,
        path,
        parameter_type,
        is_list: false,
    }
}

const fn list(
    type_name: &'static str,
    path: &'static [&'static str],
    parameter_type: &'static str,
) -> TypedProperty {
    TypedProperty {
        is_list: true,
        ..one(type_name, path, parameter_type)
    }
}

/// The properties of deployments on ECS that take such ids.
pub const TYPED_PROPERTIES: &[TypedProperty] = &[
    list(
        "AWS::AutoScaling::AutoScalingGroup",
        &["VPCZoneIdentifier"],
        SUBNET,
    ),
    one("AWS::AutoScaling::LaunchConfiguration", &["KeyName"], KEY),
    list(
        "AWS::AutoScaling::LaunchConfiguration",
        &["SecurityGroups"],
        GROUP,
    ),
    one("AWS::CodeBuild::Project", &["VpcConfig", "VpcId"], VPC),
    list("AWS::CodeBuild::Project", &["VpcConfig", "Subnets"], SUBNET),
    list(
        "AWS::CodeBuild::Project",
        &["VpcConfig", "SecurityGroupIds"],
        GROUP,
    ),
    one("AWS::EC2::Instance", &["KeyName"], KEY),
    list("AWS::EC2::Instance", &["SecurityGroupIds"], GROUP),
    one("AWS::EC2::Instance", &["SubnetId"], SUBNET),
    one(
        "AWS::EC2::LaunchTemplate",
        &["LaunchTemplateData", "KeyName"],
        KEY,
    ),
    list(
        "AWS::EC2::LaunchTemplate",
        &["LaunchTemplateData", "SecurityGroupIds"],
        GROUP,
    ),
    one("AWS::EC2::NatGateway", &["SubnetId"], SUBNET),
    one("AWS::EC2::RouteTable", &["VpcId"], VPC),
    one(
        "AWS::EC2::SecurityGroup",
        &["SecurityGroupEgress", EACH, "DestinationSecurityGroupId"],
        GROUP,
    ),
    one(
        "AWS::EC2::SecurityGroup",
        &["SecurityGroupIngress", EACH, "SourceSecurityGroupId"],
        GROUP,
    ),
    one("AWS::EC2::SecurityGroup", &["VpcId"], VPC),
    one(
        "AWS::EC2::SecurityGroupEgress",
        &["DestinationSecurityGroupId"],
        GROUP,
    ),
    one("AWS::EC2::SecurityGroupEgress", &["GroupId"], GROUP),
    one("AWS::EC2::SecurityGroupIngress", &["GroupId"], GROUP),
    one(
        "AWS::EC2::SecurityGroupIngress",
        &["SourceSecurityGroupId"],
        GROUP,
    ),
    one("AWS::EC2::Subnet", &["VpcId"], VPC),
    one("AWS::EC2::SubnetRouteTableAssociation", &["SubnetId"], SUBNET),
    list("AWS::EC2::VPCEndpoint", &["SecurityGroupIds"], GROUP),
    list("AWS::EC2::VPCEndpoint", &["SubnetIds"], SUBNET),
    one("AWS::EC2::VPCEndpoint", &["VpcId"], VPC),
    one("AWS::EC2::VPCGatewayAttachment", &["VpcId"], VPC),
    list(
        "AWS::ECS::Service",
        &["NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"],
        GROUP,
    ),
    list(
        "AWS::ECS::Service",
        &["NetworkConfiguration", "AwsvpcConfiguration", "Subnets"],
        SUBNET,
    ),
    list(
        "AWS::ECS::TaskSet",
        &["NetworkConfiguration", "AwsVpcConfiguration", "SecurityGroups"],
        GROUP,
    ),
    list(
        "AWS::ECS::TaskSet",
        &["NetworkConfiguration", "AwsVpcConfiguration", "Subnets"],
        SUBNET,
    ),
    list("AWS::EFS::MountTarget", &["SecurityGroups"], GROUP),
    one("AWS::EFS::MountTarget", &["SubnetId"], SUBNET),
    list("AWS::ElastiCache::SubnetGroup", &["SubnetIds"], SUBNET),
    list(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        &["SecurityGroups"],
        GROUP,
    ),
    list("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Subnets"], SUBNET),
    one("AWS::ElasticLoadBalancingV2::TargetGroup", &["VpcId"], VPC),
    list("AWS::Lambda::Function", &["VpcConfig", "SecurityGroupIds"], GROUP),
    list("AWS::Lambda::Function", &["VpcConfig", "SubnetIds"], SUBNET),
    list("AWS::RDS::DBInstance", &["VPCSecurityGroups"], GROUP),
    list("AWS::RDS::DBSubnetGroup", &["SubnetIds"], SUBNET),
    one("AWS::Route53::RecordSet", &["HostedZoneId"], ZONE),
    one("AWS::ServiceDiscovery::PrivateDnsNamespace", &["Vpc"], VPC),
];

/// True when a parameter of this type may have this default: CloudFormation looks for the thing it names. An empty text,
/// and a word that stands for nothing, name none.
pub fn may_be_default(parameter_type: &str, default: &str) -> bool {
    match named(parameter_type) {
        Some(named) => default.split(',').all(|id| id.trim().starts_with(named.prefix)),
        None => !default.trim().is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_the_same_as_single_ids() {
        let list = named("List<AWS::EC2::Subnet::Id>").unwrap();
        assert!(list.is_list);
        assert_eq!(list.resource_type, "AWS::EC2::Subnet");
        assert_eq!(named("CommaDelimitedList"), None);
    }

    #[test]
    fn a_word_is_no_default_of_a_typed_parameter() {
        assert!(may_be_default("List<AWS::EC2::Subnet::Id>", "subnet-1, subnet-2"));
        assert!(!may_be_default("AWS::EC2::VPC::Id", ""));
        assert!(!may_be_default("AWS::EC2::VPC::Id", "none"));
        assert!(!may_be_default("AWS::EC2::KeyPair::KeyName", ""));
    }

    #[test]
    fn a_type_nothing_is_known_of_excludes_nothing() {
        let subnet = named("AWS::EC2::Subnet::Id").unwrap();
        assert!(subnet.excludes_type("AWS::EC2::SecurityGroup"));
        assert!(!subnet.excludes_type("Custom::Lookup"));
        assert!(subnet.excludes_id("sg-0123"));
        assert!(!subnet.excludes_id("anything"));
    }
}
