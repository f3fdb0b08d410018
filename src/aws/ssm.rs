//! AWS Systems Manager.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html>

/// The type of a parameter, whose `Ref` is its name.
pub const PARAMETER: &str = "AWS::SSM::Parameter";
