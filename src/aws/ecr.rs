//! Amazon ECR repositories.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html>

use super::{item_view, resource_view};

resource_view! {
    /// A repository.
    Repository = "AWS::ECR::Repository" {
        /// `MUTABLE` (the default), `IMMUTABLE`, or one of them with exclusions.
        tag_mutability = "ImageTagMutability";
        /// The physical name; absent means that CloudFormation makes one.
        name = "RepositoryName";
        /// Whether images are scanned when they are pushed; absent means not.
        scan_on_push = "ImageScanningConfiguration" / "ScanOnPush";
        /// Who may pull and push: a policy document.
        policy = "RepositoryPolicyText";
    }
}

resource_view! {
    /// What the registry of the account scans, whatever its repositories say.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-registryscanningconfiguration.html>
    RegistryScanningConfiguration = "AWS::ECR::RegistryScanningConfiguration" {
        /// See [`ScanningRule`].
        rules = "Rules";
    }
}

item_view! {
    /// One of the rules of a registry.
    ScanningRule {
        /// `SCAN_ON_PUSH`, `CONTINUOUS_SCAN`, `MANUAL`.
        frequency = "ScanFrequency";
        /// See [`RepositoryFilter`].
        filters = "RepositoryFilters";
    }
}

item_view! {
    /// Which repositories a rule is about.
    RepositoryFilter {
        /// Part of a name, or with `*` a pattern for all of it.
        filter = "Filter";
    }
}
