//! AWS Secrets Manager.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SecretsManager.html>

use super::{EACH, resource_view};

resource_view! {
    /// A secret.
    Secret = "AWS::SecretsManager::Secret" {
        /// Its value: text, most often JSON.
        value = "SecretString";
        /// The key that encrypts it; absent means the account's `aws/secretsmanager`, which needs no permission.
        key = "KmsKeyId";
    }
}

resource_view! {
    /// The policy of a secret.
    ResourcePolicy = "AWS::SecretsManager::ResourcePolicy" {
        /// The secret.
        secret = "SecretId";
        /// The policy document.
        document = "ResourcePolicy";
    }
}

/// True when an attribute is the ARN of a secret: that of a secret, of its attachment to a database, or by which databases
/// give out the ARN of the secret that they made.
pub fn is_secret(type_name: &str, attribute: &str) -> bool {
    matches!(
        type_name,
        Secret::TYPE | "AWS::SecretsManager::SecretTargetAttachment"
    ) || attribute.ends_with("SecretArn")
}

/// Properties that are a password or the value of a secret: type, way to it ([`EACH`] stands for every element of a
/// list), and what it is, for messages.
pub const SECRET_PROPERTIES: &[(&str, &[&str], &str)] = &[
    (Secret::TYPE, &["SecretString"], "the value"),
    (
        "AWS::AmazonMQ::Broker",
        &["Users", EACH, "Password"],
        "a password",
    ),
    ("AWS::DocDB::DBCluster", &["MasterUserPassword"], "the password"),
    ("AWS::ElastiCache::ReplicationGroup", &["AuthToken"], "the token"),
    ("AWS::IAM::User", &["LoginProfile", "Password"], "the password"),
    ("AWS::RDS::DBCluster", &["MasterUserPassword"], "the password"),
    ("AWS::RDS::DBInstance", &["MasterUserPassword"], "the password"),
    ("AWS::Redshift::Cluster", &["MasterUserPassword"], "the password"),
];
