//! Amazon ECR repositories.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html>

use super::resource_view;

resource_view! {
    /// A repository.
    Repository = "AWS::ECR::Repository" {
        /// `MUTABLE` (the default), `IMMUTABLE`, or one of them with exclusions.
        tag_mutability = "ImageTagMutability";
        /// Who may use it, beside the account's own policies: a policy document.
        policy = "RepositoryPolicyText";
    }
}
