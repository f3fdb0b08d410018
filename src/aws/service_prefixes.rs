//! Which services CloudFormation calls for a type of resource, by the prefixes of their IAM actions.
//!
//! Source: the service namespaces of the CloudFormation template reference beside the service prefixes of the Service
//! Authorization Reference. What a type needs besides its own service is written generously: the table says which
//! services are certainly not needed.

use super::iam_actions::service_known;

/// Namespaces whose prefix is not their name in lower case, or which need other services as well.
const NAMESPACES: &[(&str, &[&str])] = &[
    ("AmazonMQ", &["mq"]),
    ("ApiGateway", &["apigateway", "execute-api", "acm", "wafv2"]),
    ("ApiGatewayV2", &["apigateway", "execute-api", "acm"]),
    (
        "ApplicationAutoScaling",
        &["application-autoscaling", "autoscaling", "cloudwatch"],
    ),
    (
        "AutoScaling",
        &["autoscaling", "ec2", "elasticloadbalancing", "cloudwatch"],
    ),
    ("AutoScalingPlans", &["autoscaling-plans", "autoscaling"]),
    ("Backup", &["backup", "backup-storage"]),
    ("CertificateManager", &["acm", "route53"]),
    ("CloudFront", &["cloudfront", "acm", "wafv2"]),
    ("CodeConnections", &["codeconnections", "codestar-connections"]),
    (
        "CodeDeploy",
        &["codedeploy", "ecs", "elasticloadbalancing", "autoscaling"],
    ),
    (
        "CodePipeline",
        &[
            "codepipeline",
            "codebuild",
            "codedeploy",
            "codecommit",
            "codestar-connections",
            "codeconnections",
        ],
    ),
    (
        "CodeStarConnections",
        &["codestar-connections", "codeconnections"],
    ),
    ("Cognito", &["cognito-idp", "cognito-identity", "cognito-sync"]),
    ("DocDB", &["rds"]),
    ("DynamoDB", &["dynamodb", "application-autoscaling", "kinesis"]),
    (
        "ECS",
        &[
            "ecs",
            "elasticloadbalancing",
            "application-autoscaling",
            "autoscaling",
            "servicediscovery",
            "ecr",
            "elasticfilesystem",
            "vpc-lattice",
            "codedeploy",
        ],
    ),
    ("EFS", &["elasticfilesystem", "backup"]),
    ("ElasticLoadBalancing", &["elasticloadbalancing", "acm"]),
    (
        "ElasticLoadBalancingV2",
        &[
            "elasticloadbalancing",
            "acm",
            "cognito-idp",
            "wafv2",
            "waf-regional",
        ],
    ),
    ("Elasticsearch", &["es"]),
    ("EMR", &["elasticmapreduce"]),
    ("Events", &["events", "schemas"]),
    ("Kinesis", &["kinesis"]),
    ("KinesisFirehose", &["firehose", "kinesis"]),
    (
        "Lambda",
        &["lambda", "sqs", "kinesis", "dynamodb", "ecr", "elasticfilesystem"],
    ),
    ("Logs", &["logs", "kinesis", "firehose"]),
    ("MSK", &["kafka"]),
    ("Neptune", &["rds"]),
    ("OpenSearchService", &["es"]),
    ("RDS", &["rds", "rds-data"]),
    ("Route53", &["route53", "route53domains"]),
    ("S3", &["s3", "sqs"]),
    ("ServiceDiscovery", &["servicediscovery", "route53"]),
    ("SNS", &["sns", "sqs"]),
    ("StepFunctions", &["states", "events"]),
    ("WAFv2", &["wafv2", "waf-regional"]),
];

/// Services that a deployment may need whatever it declares: for roles, templates and code, keys, dynamic references,
/// networks, custom resources, notifications, logs and tags.
const ALWAYS: &[&str] = &[
    "cloudformation",
    "cloudwatch",
    "ec2",
    "iam",
    "kms",
    "lambda",
    "logs",
    "resource-groups",
    "s3",
    "secretsmanager",
    "sns",
    "ssm",
    "sts",
    "tag",
];

/// True when a deployment may need the service with this prefix, in lower case, whatever it declares.
pub fn is_always_needed(service: &str) -> bool {
    ALWAYS.contains(&service)
}

/// The prefixes of the services that CloudFormation may call for a type of resource; `None` when that is not known, as
/// for types of third parties, of macros and of modules.
pub fn services_for(type_name: &str) -> Option<Vec<String>> {
    let mut pieces = type_name.split("::");
    match (pieces.next()?, pieces.next()?, pieces.next()) {
        ("Custom", ..) => Some(vec!["lambda".to_owned()]),
        ("AWS", "Serverless", _) => None,
        ("AWS", namespace, Some(_)) => {
            let row = NAMESPACES.iter().find(|(name, _)| *name == namespace);
            let own = namespace.to_ascii_lowercase();
            match row {
                Some((_, services)) => Some(services.iter().map(ToString::to_string).collect()),
                None => service_known(&own).then(|| vec![own]),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_of_the_table_is_a_service() {
        for service in NAMESPACES
            .iter()
            .flat_map(|(_, services)| services.iter())
            .chain(ALWAYS)
        {
            assert!(service_known(service), "{service}");
        }
    }

    #[test]
    fn a_namespace_without_a_row_is_its_own_prefix_and_what_is_not_from_aws_is_unknown() {
        assert_eq!(services_for("AWS::SQS::Queue"), Some(vec!["sqs".to_owned()]));
        assert_eq!(services_for("AWS::MSK::Cluster"), Some(vec!["kafka".to_owned()]));
        assert_eq!(services_for("Custom::Thing"), Some(vec!["lambda".to_owned()]));
        for type_name in [
            "AWS::Serverless::Function",
            "Datadog::Monitors::Monitor",
            "My::Own::Bucket::MODULE",
            "x",
        ] {
            assert_eq!(services_for(type_name), None, "{type_name}");
        }
    }
}
