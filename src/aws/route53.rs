//! Amazon Route 53: DNS.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Route53.html>

use super::resource_view;

resource_view! {
    /// A zone of names.
    HostedZone = "AWS::Route53::HostedZone" {}
}
