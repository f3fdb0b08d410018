//! Amazon CloudWatch.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html>

use super::{item_view, resource_view};

resource_view! {
    /// An alarm on one metric, or on an expression over several.
    Alarm = "AWS::CloudWatch::Alarm" {
        /// Of one metric, what it is about; see [`Dimension`].
        dimensions = "Dimensions";
        /// Several metrics; see [`MetricQuery`].
        metrics = "Metrics";
    }
}

item_view! {
    /// One of an alarm's metrics, or an expression over them.
    MetricQuery {
        /// What the metric is about; see [`Dimension`].
        dimensions = "MetricStat" / "Metric" / "Dimensions";
        /// An expression, which may search for metrics by itself.
        expression = "Expression";
    }
}

item_view! {
    /// One of a metric's dimensions.
    Dimension {
        /// The kind of thing that it names; see [`SERVICE`].
        name = "Name";
        /// Its name.
        value = "Value";
    }
}

/// The dimension with the name of an ECS service.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html>
pub const SERVICE: &str = "ServiceName";

/// The dimensions with the name of a load balancer or a target group.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>
pub const BALANCING: &[&str] = &["LoadBalancer", "LoadBalancerName", "TargetGroup"];

/// How expressions begin that find their metrics by themselves.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-search-expressions.html>
pub const SEARCHES: &[&str] = &["SEARCH(", "SELECT "];

/// Resources that watch applications by more than single alarms: whoever declares one has no need of them.
pub const MONITORS: &[&str] = &[
    "AWS::ApplicationInsights::Application",
    "AWS::ApplicationSignals::ServiceLevelObjective",
];
