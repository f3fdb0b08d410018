//! Attributes that `Fn::GetAtt` can read, for the types whose list is known for certain.
//!
//! Taken from the resource schemas in the cfn-lint wheel 1.58.0 (MIT-0, PyPI; `schemas/version.json` says 2026-10-20):
//! the union over five regions of the read-only properties, and for the types that return their properties as well
//! (VPC, subnet, security group, load balancer) of all properties. Of an attribute inside another one, such as
//! `VpcEncryptionControl.State`, the first name stands here. A type that is not listed is not judged.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

/// The first names of the attributes of a resource type; `None` when they are not known here.
pub fn of_type(type_name: &str) -> Option<&'static [&'static str]> {
    ATTRIBUTES
        .iter()
        .find(|(known, _)| *known == type_name)
        .map(|(_, attributes)| *attributes)
}

/// True unless the type is known and has no such attribute.
pub fn may_have(type_name: &str, attribute: &str) -> bool {
    let first = attribute.split('.').next().unwrap_or(attribute);
    of_type(type_name).is_none_or(|known| known.contains(&first))
}

const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("AWS::ApplicationAutoScaling::ScalableTarget", &["Id"]),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", &["Arn"]),
    ("AWS::CloudFormation::Macro", &["Id"]),
    ("AWS::CloudFormation::WaitCondition", &["Data", "Id"]),
    ("AWS::CloudFormation::WaitConditionHandle", &["Id"]),
    ("AWS::EC2::EIP", &["AllocationId", "PublicIp"]),
    ("AWS::EC2::EgressOnlyInternetGateway", &["Id"]),
    ("AWS::EC2::FlowLog", &["Id"]),
    ("AWS::EC2::InternetGateway", &["InternetGatewayId"]),
    (
        "AWS::EC2::LaunchTemplate",
        &["DefaultVersionNumber", "LatestVersionNumber", "LaunchTemplateId"],
    ),
    (
        "AWS::EC2::NatGateway",
        &[
            "AutoProvisionZones",
            "AutoScalingIps",
            "EniId",
            "NatGatewayId",
            "RouteTableId",
        ],
    ),
    ("AWS::EC2::NetworkAcl", &["Id"]),
    ("AWS::EC2::Route", &["CidrBlock"]),
    ("AWS::EC2::RouteTable", &["RouteTableId"]),
    (
        "AWS::EC2::SecurityGroup",
        &[
            "GroupDescription",
            "GroupId",
            "GroupName",
            "Id",
            "SecurityGroupEgress",
            "SecurityGroupIngress",
            "Tags",
            "VpcId",
        ],
    ),
    ("AWS::EC2::SecurityGroupEgress", &["Id"]),
    ("AWS::EC2::SecurityGroupIngress", &["Id"]),
    (
        "AWS::EC2::Subnet",
        &[
            "AssignIpv6AddressOnCreation",
            "AvailabilityZone",
            "AvailabilityZoneId",
            "BlockPublicAccessStates",
            "CidrBlock",
            "EnableDns64",
            "EnableLniAtDeviceIndex",
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6CidrBlock",
            "Ipv6CidrBlocks",
            "Ipv6IpamPoolId",
            "Ipv6Native",
            "Ipv6NetmaskLength",
            "MapPublicIpOnLaunch",
            "NetworkAclAssociationId",
            "OutpostArn",
            "PrivateDnsNameOptionsOnLaunch",
            "SubnetId",
            "Tags",
            "VpcId",
        ],
    ),
    ("AWS::EC2::SubnetRouteTableAssociation", &["Id"]),
    (
        "AWS::EC2::VPC",
        &[
            "CidrBlock",
            "CidrBlockAssociations",
            "DefaultNetworkAcl",
            "DefaultSecurityGroup",
            "EnableDnsHostnames",
            "EnableDnsSupport",
            "InstanceTenancy",
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6CidrBlocks",
            "Tags",
            "VpcEncryptionControl",
            "VpcId",
        ],
    ),
    (
        "AWS::EC2::VPCEndpoint",
        &["CreationTimestamp", "DnsEntries", "Id", "NetworkInterfaceIds"],
    ),
    ("AWS::EC2::VPCGatewayAttachment", &["AttachmentType"]),
    ("AWS::EC2::VPNGateway", &["VPNGatewayId"]),
    ("AWS::ECR::Repository", &["Arn", "RepositoryUri"]),
    ("AWS::ECS::Cluster", &["Arn"]),
    ("AWS::ECS::Service", &["Name", "ServiceArn"]),
    ("AWS::ECS::TaskDefinition", &["TaskDefinitionArn"]),
    ("AWS::ECS::TaskSet", &["Id"]),
    ("AWS::ElasticLoadBalancingV2::Listener", &["ListenerArn"]),
    ("AWS::ElasticLoadBalancingV2::ListenerCertificate", &["Id"]),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        &["IsDefault", "RuleArn"],
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        &[
            "CanonicalHostedZoneID",
            "DNSName",
            "EnableCapacityReservationProvisionStabilize",
            "EnablePrefixForIpv6SourceNat",
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
            "IpAddressType",
            "Ipv4IpamPoolId",
            "LoadBalancerArn",
            "LoadBalancerAttributes",
            "LoadBalancerFullName",
            "LoadBalancerName",
            "Name",
            "Scheme",
            "SecurityGroups",
            "SubnetMappings",
            "Subnets",
            "Tags",
            "Type",
        ],
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        &[
            "LoadBalancerArns",
            "TargetGroupArn",
            "TargetGroupFullName",
            "TargetGroupName",
        ],
    ),
    ("AWS::IAM::AccessKey", &["Id", "SecretAccessKey"]),
    ("AWS::IAM::Group", &["Arn"]),
    ("AWS::IAM::InstanceProfile", &["Arn"]),
    (
        "AWS::IAM::ManagedPolicy",
        &[
            "AttachmentCount",
            "CreateDate",
            "DefaultVersionId",
            "IsAttachable",
            "PermissionsBoundaryUsageCount",
            "PolicyArn",
            "PolicyId",
            "UpdateDate",
        ],
    ),
    ("AWS::IAM::Policy", &["Id"]),
    ("AWS::IAM::Role", &["Arn", "RoleId"]),
    ("AWS::IAM::User", &["Arn"]),
    ("AWS::Logs::LogGroup", &["Arn"]),
    ("AWS::ServiceDiscovery::HttpNamespace", &["Arn", "Id"]),
    (
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        &["Arn", "HostedZoneId", "Id"],
    ),
    ("AWS::ServiceDiscovery::Service", &["Arn", "Id", "Name"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_inside_an_attribute_goes_by_its_first_name() {
        assert!(may_have("AWS::EC2::VPC", "VpcEncryptionControl.State"));
        assert!(!may_have("AWS::EC2::VPC", "Vpc.Id"));
    }

    #[test]
    fn a_type_that_is_not_listed_may_have_anything() {
        assert!(may_have("Custom::Lookup", "Answer"));
        assert!(!may_have("AWS::ElasticLoadBalancingV2::LoadBalancer", "DnsName"));
    }

    #[test]
    fn the_table_is_sorted_and_names_each_type_once() {
        for (type_name, attributes) in ATTRIBUTES {
            assert!(attributes.is_sorted(), "{type_name}");
        }
        assert!(ATTRIBUTES.is_sorted_by(|(left, _), (right, _)| left < right));
    }
}
