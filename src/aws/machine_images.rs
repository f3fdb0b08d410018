//! The machine images that AWS publishes for container instances, by the SSM parameters that name them.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html>

/// What is known of an image by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineImage {
    /// The ECS-optimized one with Amazon Linux 2023. It is registered with `ImdsSupport: v2.0`: where nothing else is said,
    /// its instances have `HttpTokens: required` and `HttpPutResponseHopLimit: 2`.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html>
    AmazonLinux2023,
    /// Bottlerocket, which is set up by TOML.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-bottlerocket.html>
    Bottlerocket,
}

/// The image that a parameter names; `resolve` is `resolve:ssm:` with the parameter's name, in braces or not.
pub fn machine_image(resolve: &str) -> Option<MachineImage> {
    let name = resolve.trim_start_matches("{{").strip_prefix("resolve:ssm:")?;
    if name.starts_with("/aws/service/ecs/optimized-ami/amazon-linux-2023/") {
        Some(MachineImage::AmazonLinux2023)
    } else if name.starts_with("/aws/service/bottlerocket/") {
        Some(MachineImage::Bottlerocket)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{MachineImage, machine_image};

    #[test]
    fn an_image_is_known_by_its_parameter_and_by_nothing_else() {
        let linux = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id";
        assert_eq!(
            machine_image(&format!("resolve:ssm:{linux}")),
            Some(MachineImage::AmazonLinux2023)
        );
        assert_eq!(
            machine_image(&format!("{{{{resolve:ssm:{linux}}}}}")),
            Some(MachineImage::AmazonLinux2023)
        );
        let bottlerocket = "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id";
        assert_eq!(machine_image(bottlerocket), Some(MachineImage::Bottlerocket));
        let older = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id";
        assert_eq!(machine_image(older), None);
        assert_eq!(machine_image(linux), None);
        assert_eq!(machine_image("ami-0123"), None);
    }
}
