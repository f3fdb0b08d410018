//! Parameters of AWS Systems Manager.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html>

use super::resource_view;

resource_view! {
    /// A parameter. CloudFormation makes `String` and `StringList` ones, which are stored in plain text.
    Parameter = "AWS::SSM::Parameter" {
        /// Its name, a path.
        name = "Name";
        /// Its value.
        value = "Value";
    }
}

/// The way to a parameter's value.
pub const VALUE: &[&str] = &["Value"];
