//! What the AWS-specific parameter types name.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>

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
    fn a_type_nothing_is_known_of_excludes_nothing() {
        let subnet = named("AWS::EC2::Subnet::Id").unwrap();
        assert!(subnet.excludes_type("AWS::EC2::SecurityGroup"));
        assert!(!subnet.excludes_type("Custom::Lookup"));
        assert!(subnet.excludes_id("sg-0123"));
        assert!(!subnet.excludes_id("anything"));
    }
}
