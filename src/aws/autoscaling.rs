//! EC2 Auto Scaling: groups and launch configurations of container instances.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_AutoScaling.html>

use super::resource_view;

resource_view! {
    /// An auto scaling group.
    AutoScalingGroup = "AWS::AutoScaling::AutoScalingGroup" {
        /// Its subnets.
        subnets = "VPCZoneIdentifier";
        /// The launch configuration, by name.
        launch_configuration = "LaunchConfigurationName";
        /// The launch template, by id.
        launch_template = "LaunchTemplate" / "LaunchTemplateId";
        /// The launch template, by name.
        launch_template_name = "LaunchTemplate" / "LaunchTemplateName";
        /// The launch template of a mixed group, by id.
        mixed_template = "MixedInstancesPolicy" / "LaunchTemplate" / "LaunchTemplateSpecification" / "LaunchTemplateId";
        /// The launch template of a mixed group, by name.
        mixed_template_name =
            "MixedInstancesPolicy" / "LaunchTemplate" / "LaunchTemplateSpecification" / "LaunchTemplateName";
        /// The physical name.
        name = "AutoScalingGroupName";
        /// Whether scale-in leaves new instances alone; absent means false.
        protects_new_instances = "NewInstancesProtectedFromScaleIn";
    }
}

resource_view! {
    /// A launch configuration.
    LaunchConfiguration = "AWS::AutoScaling::LaunchConfiguration" {
        /// Security groups of the instances.
        security_groups = "SecurityGroups";
        /// Whether instances get a public address; absent leaves it to the subnet.
        public_ip = "AssociatePublicIpAddress";
        /// The script that runs at launch.
        user_data = "UserData";
        /// The instance profile.
        instance_profile = "IamInstanceProfile";
        /// The image.
        image = "ImageId";
        /// `required` or `optional`: whether metadata is given only to who has a session token.
        metadata_tokens = "MetadataOptions" / "HttpTokens";
        /// How many hops an answer with a session token may travel; 1 does not reach containers behind a bridge.
        metadata_hops = "MetadataOptions" / "HttpPutResponseHopLimit";
        /// `enabled` or `disabled`: whether there is metadata at all.
        metadata_endpoint = "MetadataOptions" / "HttpEndpoint";
    }
}
