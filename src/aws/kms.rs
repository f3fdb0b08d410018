//! AWS KMS.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html>

use super::resource_view;

resource_view! {
    /// A key.
    Key = "AWS::KMS::Key" {
        /// Who may use it: a policy document. Absent means that the account's own policies decide.
        policy = "KeyPolicy";
    }
}

resource_view! {
    /// Another name of a key.
    Alias = "AWS::KMS::Alias" {
        /// The key.
        key = "TargetKeyId";
    }
}
