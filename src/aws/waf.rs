//! AWS WAF: which web ACL protects what, in its present and its first version.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_WAFv2.html>

use super::resource_view;

resource_view! {
    /// The association of a web ACL with a resource.
    WebAclAssociation = "AWS::WAFv2::WebACLAssociation" {
        /// The protected resource, by ARN.
        resource = "ResourceArn";
    }
}

resource_view! {
    /// The association of a web ACL of AWS WAF Classic with a resource.
    ClassicWebAclAssociation = "AWS::WAFRegional::WebACLAssociation" {
        /// The protected resource, by ARN.
        resource = "ResourceArn";
    }
}

resource_view! {
    /// A policy of AWS Firewall Manager, which associates web ACLs with resources of its own accord.
    FirewallPolicy = "AWS::FMS::Policy" {}
}
