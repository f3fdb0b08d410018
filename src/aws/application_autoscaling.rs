//! Application Auto Scaling: what scales services.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApplicationAutoScaling.html>

use super::resource_view;

resource_view! {
    /// Something that is scaled.
    ScalableTarget = "AWS::ApplicationAutoScaling::ScalableTarget" {
        /// `ecs` for services.
        namespace = "ServiceNamespace";
        /// For services `service/cluster/service`.
        resource_id = "ResourceId";
        /// The least capacity; for services in tasks.
        min_capacity = "MinCapacity";
        /// The most.
        max_capacity = "MaxCapacity";
    }
}
