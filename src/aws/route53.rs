//! Amazon Route 53: DNS.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Route53.html>

use super::resource_view;

resource_view! {
    /// A record.
    RecordSet = "AWS::Route53::RecordSet" {
        /// The name that is looked up.
        name = "Name";
        /// The name of the resource that an alias leads to.
        alias = "AliasTarget" / "DNSName";
    }
}

resource_view! {
    /// A zone of names.
    HostedZone = "AWS::Route53::HostedZone" {}
}
