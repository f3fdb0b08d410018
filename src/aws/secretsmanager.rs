//! AWS Secrets Manager.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html>

use super::resource_view;

resource_view! {
    /// A secret.
    Secret = "AWS::SecretsManager::Secret" {
        /// Its value: text, most often JSON.
        value = "SecretString";
    }
}
