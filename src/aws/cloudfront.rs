//! Amazon CloudFront.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudFront.html>

use super::{item_view, resource_view};

resource_view! {
    /// A distribution.
    Distribution = "AWS::CloudFront::Distribution" {
        /// Where it fetches from; see [`Origin`].
        origins = "DistributionConfig" / "Origins";
        /// The web ACL in front of it.
        web_acl = "DistributionConfig" / "WebACLId";
    }
}

item_view! {
    /// Where a distribution fetches from.
    Origin {
        /// The name of the host.
        domain = "DomainName";
        /// Headers that CloudFront adds to its requests.
        custom_headers = "OriginCustomHeaders";
    }
}
