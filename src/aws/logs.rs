//! Amazon CloudWatch Logs.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Logs.html>

use super::resource_view;

resource_view! {
    /// A log group.
    LogGroup = "AWS::Logs::LogGroup" {
        /// The physical name.
        name = "LogGroupName";
        /// Days after which events are deleted; absent means never.
        retention = "RetentionInDays";
        /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`; the last one keeps events for two days, whatever is set.
        class = "LogGroupClass";
    }
}

resource_view! {
    /// Where logs come from that CloudWatch Logs delivers, such as the access logs of a load balancer.
    DeliverySource = "AWS::Logs::DeliverySource" {
        /// The resource that writes the logs, by ARN.
        resource = "ResourceArn";
    }
}
