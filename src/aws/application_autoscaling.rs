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
        /// What is scaled; for services `ecs:service:DesiredCount`.
        dimension = "ScalableDimension";
        /// The least capacity; for services in tasks.
        min_capacity = "MinCapacity";
        /// The greatest capacity; for services in tasks.
        max_capacity = "MaxCapacity";
        /// Capacities at times of the day.
        scheduled_actions = "ScheduledActions";
    }
}

resource_view! {
    /// What decides when a scalable target is scaled, and how far.
    ScalingPolicy = "AWS::ApplicationAutoScaling::ScalingPolicy" {
        /// The scalable target, by what `Ref` of it gives.
        target = "ScalingTargetId";
        /// The scalable target's resource id, where the target itself is not named.
        resource_id = "ResourceId";
    }
}
