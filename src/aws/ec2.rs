//! Amazon EC2: VPCs, subnets, routes, gateways, security groups, launch templates.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html>

use super::{item_view, resource_view};

resource_view! {
    /// A VPC.
    Vpc = "AWS::EC2::VPC" {
        /// Its primary IPv4 block.
        cidr_block = "CidrBlock";
        /// Whether its DNS server answers; absent means that it does.
        dns_support = "EnableDnsSupport";
        /// Whether names are given out in it; absent means that none are.
        dns_hostnames = "EnableDnsHostnames";
    }
}

resource_view! {
    /// A further block of a VPC.
    VpcCidrBlock = "AWS::EC2::VPCCidrBlock" {
        /// The VPC.
        vpc = "VpcId";
        /// An IPv6 block that Amazon provides.
        amazon_ipv6 = "AmazonProvidedIpv6CidrBlock";
        /// An IPv6 block of one's own.
        ipv6_block = "Ipv6CidrBlock";
    }
}

resource_view! {
    /// A subnet.
    Subnet = "AWS::EC2::Subnet" {
        /// Its VPC.
        vpc = "VpcId";
        /// Its IPv4 block.
        cidr_block = "CidrBlock";
        /// Its IPv6 block.
        ipv6_block = "Ipv6CidrBlock";
        /// Its availability zone; absent leaves the choice to AWS.
        zone = "AvailabilityZone";
        /// Whether instances get a public address at launch.
        map_public_ip = "MapPublicIpOnLaunch";
        /// Whether network interfaces get an IPv6 address when they are made.
        assign_ipv6 = "AssignIpv6AddressOnCreation";
        /// Tags; see [`Tag`].
        tags = "Tags";
    }
}

item_view! {
    /// A tag.
    Tag {
        /// Its key.
        key = "Key";
        /// Its value.
        value = "Value";
    }
}

resource_view! {
    /// The association of a subnet with a route table.
    RouteTableAssociation = "AWS::EC2::SubnetRouteTableAssociation" {
        /// The subnet.
        subnet = "SubnetId";
        /// The route table.
        route_table = "RouteTableId";
    }
}

resource_view! {
    /// A route table.
    RouteTable = "AWS::EC2::RouteTable" {
        /// Its VPC.
        vpc = "VpcId";
    }
}

resource_view! {
    /// A route.
    Route = "AWS::EC2::Route" {
        /// Its table.
        route_table = "RouteTableId";
        /// Its IPv4 destination.
        destination = "DestinationCidrBlock";
        /// Its IPv6 destination.
        destination_v6 = "DestinationIpv6CidrBlock";
        /// Its destination as a prefix list.
        destination_list = "DestinationPrefixListId";
        /// An internet gateway, a virtual private gateway, or `local`.
        gateway = "GatewayId";
        /// A NAT gateway.
        nat_gateway = "NatGatewayId";
        /// An instance that does NAT.
        instance = "InstanceId";
        /// A network interface.
        network_interface = "NetworkInterfaceId";
        /// A transit gateway.
        transit_gateway = "TransitGatewayId";
        /// A peering connection.
        peering = "VpcPeeringConnectionId";
        /// A gateway load balancer endpoint.
        endpoint = "VpcEndpointId";
        /// An egress-only internet gateway, IPv6 only.
        egress_only_gateway = "EgressOnlyInternetGatewayId";
        /// A carrier gateway.
        carrier_gateway = "CarrierGatewayId";
        /// A local gateway of an outpost.
        local_gateway = "LocalGatewayId";
        /// A core network.
        core_network = "CoreNetworkArn";
    }
}

resource_view! {
    /// A NAT gateway.
    NatGateway = "AWS::EC2::NatGateway" {
        /// Its subnet; a regional gateway has none.
        subnet = "SubnetId";
        /// `public` or `private`; absent means `public`.
        connectivity = "ConnectivityType";
        /// `zonal` or `regional`; absent means `zonal`.
        availability = "AvailabilityMode";
    }
}

resource_view! {
    /// An internet gateway.
    InternetGateway = "AWS::EC2::InternetGateway" {}
}

resource_view! {
    /// A virtual private gateway.
    VpnGateway = "AWS::EC2::VPNGateway" {}
}

resource_view! {
    /// An egress-only internet gateway.
    EgressOnlyGateway = "AWS::EC2::EgressOnlyInternetGateway" {}
}

resource_view! {
    /// A transit gateway.
    TransitGateway = "AWS::EC2::TransitGateway" {}
}

resource_view! {
    /// The attachment of a gateway to a VPC.
    GatewayAttachment = "AWS::EC2::VPCGatewayAttachment" {
        /// The VPC.
        vpc = "VpcId";
        /// An internet gateway.
        internet_gateway = "InternetGatewayId";
        /// A virtual private gateway.
        vpn_gateway = "VpnGatewayId";
    }
}

resource_view! {
    /// A VPC endpoint.
    Endpoint = "AWS::EC2::VPCEndpoint" {
        /// Its VPC.
        vpc = "VpcId";
        /// The service, such as `com.amazonaws.eu-west-1.s3`.
        service = "ServiceName";
        /// `Gateway`, `Interface`, `GatewayLoadBalancer`; absent means `Gateway`.
        kind = "VpcEndpointType";
        /// Route tables of a gateway endpoint.
        route_tables = "RouteTableIds";
        /// Subnets of an interface endpoint.
        subnets = "SubnetIds";
        /// Security groups of an interface endpoint.
        security_groups = "SecurityGroupIds";
        /// Whether the service's usual name leads to an interface endpoint.
        private_dns = "PrivateDnsEnabled";
    }
}

/// The ends of the names of endpoint services; `com.amazonaws.<region>.` stands before them.
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>
pub mod endpoint_service {
    /// The API of ECR: logins.
    pub const ECR_API: &str = "ecr.api";
    /// The registry of ECR: manifests.
    pub const ECR_DKR: &str = "ecr.dkr";
    /// S3, where the layers of ECR's images lie too.
    pub const S3: &str = "s3";
    /// CloudWatch Logs.
    pub const LOGS: &str = "logs";
    /// Secrets Manager.
    pub const SECRETS_MANAGER: &str = "secretsmanager";
    /// Systems Manager, for its parameters.
    pub const SSM: &str = "ssm";
    /// The sessions of ECS Exec.
    pub const SSM_MESSAGES: &str = "ssmmessages";
}

resource_view! {
    /// A flow log.
    FlowLog = "AWS::EC2::FlowLog" {
        /// What it is of.
        resource = "ResourceId";
        /// `VPC`, `Subnet`, `NetworkInterface`, `TransitGateway`, `TransitGatewayAttachment`.
        resource_type = "ResourceType";
    }
}

resource_view! {
    /// An instance.
    Instance = "AWS::EC2::Instance" {
        /// Its subnet.
        subnet = "SubnetId";
    }
}

resource_view! {
    /// A security group.
    SecurityGroup = "AWS::EC2::SecurityGroup" {
        /// Its name; one that AWS makes when absent.
        name = "GroupName";
        /// Its VPC.
        vpc = "VpcId";
        /// Inline ingress; see [`GroupPermission`].
        ingress = "SecurityGroupIngress";
        /// Inline egress; see [`GroupPermission`]. Absent means that everything may leave.
        egress = "SecurityGroupEgress";
    }
}

resource_view! {
    /// An ingress rule that stands alone.
    SecurityGroupIngress = "AWS::EC2::SecurityGroupIngress" {
        /// The group it belongs to, by id.
        group = "GroupId";
        /// The group it belongs to, by name.
        group_name = "GroupName";
    }
}

resource_view! {
    /// An egress rule that stands alone.
    SecurityGroupEgress = "AWS::EC2::SecurityGroupEgress" {
        /// The group it belongs to.
        group = "GroupId";
    }
}

item_view! {
    /// A rule of a security group: an inline entry, or the properties of a rule that stands alone.
    GroupPermission {
        /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
        protocol = "IpProtocol";
        /// First port, or ICMP type.
        from_port = "FromPort";
        /// Last port, or ICMP code.
        to_port = "ToPort";
        /// IPv4 range.
        cidr = "CidrIp";
        /// IPv6 range.
        cidr_v6 = "CidrIpv6";
        /// Ingress: prefix list.
        source_list = "SourcePrefixListId";
        /// Ingress: group by id.
        source_group = "SourceSecurityGroupId";
        /// Ingress: group by name.
        source_group_name = "SourceSecurityGroupName";
        /// Egress: prefix list.
        destination_list = "DestinationPrefixListId";
        /// Egress: group by id.
        destination_group = "DestinationSecurityGroupId";
    }
}

resource_view! {
    /// A launch template.
    LaunchTemplate = "AWS::EC2::LaunchTemplate" {
        /// The physical name.
        name = "LaunchTemplateName";
        /// Security groups of the instances.
        security_groups = "LaunchTemplateData" / "SecurityGroupIds";
        /// Network interfaces; see [`LaunchInterface`].
        interfaces = "LaunchTemplateData" / "NetworkInterfaces";
        /// The script that runs at launch.
        user_data = "LaunchTemplateData" / "UserData";
        /// The instance profile's name.
        instance_profile = "LaunchTemplateData" / "IamInstanceProfile" / "Name";
        /// The instance profile's ARN.
        instance_profile_arn = "LaunchTemplateData" / "IamInstanceProfile" / "Arn";
        /// The image.
        image = "LaunchTemplateData" / "ImageId";
        /// `required` or `optional`: whether metadata is given only to who has a session token.
        metadata_tokens = "LaunchTemplateData" / "MetadataOptions" / "HttpTokens";
        /// How many hops an answer with a session token may travel; 1 does not reach containers behind a bridge.
        metadata_hops = "LaunchTemplateData" / "MetadataOptions" / "HttpPutResponseHopLimit";
        /// `enabled` or `disabled`: whether there is metadata at all.
        metadata_endpoint = "LaunchTemplateData" / "MetadataOptions" / "HttpEndpoint";
    }
}

item_view! {
    /// A network interface of a launch template.
    LaunchInterface {
        /// Whether it gets a public address.
        public_ip = "AssociatePublicIpAddress";
        /// Its groups.
        groups = "Groups";
        /// Its subnet.
        subnet = "SubnetId";
    }
}

/// True for properties of any resource type that take availability zones by name.
pub fn names_zones(property: &str) -> bool {
    matches!(property, "AvailabilityZone" | "AvailabilityZones")
}

/// The resource type that holds a rule of an inline list on its own.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html>
pub fn standalone_rule(property: &str) -> Option<&'static str> {
    match property {
        "SecurityGroupIngress" => Some(SecurityGroupIngress::TYPE),
        "SecurityGroupEgress" => Some(SecurityGroupEgress::TYPE),
        _ => None,
    }
}

/// True for properties of any resource type that list the groups its network interfaces wear: `SecurityGroups`,
/// `SecurityGroupIds`, `VpcSecurityGroupIds`, `securityGroups`, and the `Groups` or `GroupSet` of an interface.
pub fn holds_worn_groups(property: &str) -> bool {
    matches!(property, "Groups" | "GroupSet") || property.to_ascii_lowercase().contains("securitygroup")
}
