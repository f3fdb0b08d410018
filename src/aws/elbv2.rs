//! Elastic Load Balancing: load balancers, listeners, rules, target groups.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElasticLoadBalancingV2.html>

use super::{item_view, resource_view};

resource_view! {
    /// A load balancer.
    LoadBalancer = "AWS::ElasticLoadBalancingV2::LoadBalancer" {
        /// `application`, `network`, `gateway`; absent means `application`.
        kind = "Type";
        /// `internet-facing` or `internal`; absent means `internet-facing`.
        scheme = "Scheme";
        /// Its subnets.
        subnets = "Subnets";
        /// Its subnets with addresses; see [`SubnetMapping`].
        subnet_mappings = "SubnetMappings";
        /// Its security groups; absent means the default group of the VPC. absent means the VPC's default group on an application load balancer.
        security_groups = "SecurityGroups";
        /// The physical name.
        name = "Name";
    }
}

item_view! {
    /// A subnet of a load balancer with its address.
    SubnetMapping {
        /// The subnet.
        subnet = "SubnetId";
    }
}

resource_view! {
    /// A classic load balancer.
    ClassicLoadBalancer = "AWS::ElasticLoadBalancing::LoadBalancer" {
        /// `internet-facing` or `internal`; absent means `internet-facing`.
        scheme = "Scheme";
        /// Its subnets.
        subnets = "Subnets";
        /// Its security groups; absent means the default group of the VPC.
        security_groups = "SecurityGroups";
        /// The physical name, by which services name it.
        name = "LoadBalancerName";
        /// See [`ClassicListener`].
        listeners = "Listeners";
    }
}

item_view! {
    /// A listener of a classic load balancer.
    ClassicListener {
        /// The port it listens on.
        port = "LoadBalancerPort";
        /// Its protocol.
        protocol = "Protocol";
    }
}

resource_view! {
    /// A listener.
    Listener = "AWS::ElasticLoadBalancingV2::Listener" {
        /// Its load balancer.
        load_balancer = "LoadBalancerArn";
        /// Its port.
        port = "Port";
        /// Its protocol.
        protocol = "Protocol";
        /// See [`Action`].
        actions = "DefaultActions";
    }
}

resource_view! {
    /// A rule of a listener.
    ListenerRule = "AWS::ElasticLoadBalancingV2::ListenerRule" {
        /// Its listener.
        listener = "ListenerArn";
        /// See [`Action`].
        actions = "Actions";
    }
}

item_view! {
    /// An action of a listener or rule.
    Action {
        /// `forward`, `redirect`, `fixed-response`, `authenticate-oidc`, `authenticate-cognito`.
        kind = "Type";
        /// The target group of a plain forward.
        target_group = "TargetGroupArn";
        /// The target groups of a weighted forward; see [`WeightedTargetGroup`].
        target_groups = "ForwardConfig" / "TargetGroups";
        /// The protocol of a redirect; absent keeps the protocol.
        redirect_protocol = "RedirectConfig" / "Protocol";
    }
}

item_view! {
    /// A target group of a weighted forward.
    WeightedTargetGroup {
        /// The target group.
        target_group = "TargetGroupArn";
    }
}

resource_view! {
    /// A target group.
    TargetGroup = "AWS::ElasticLoadBalancingV2::TargetGroup" {
        /// Its VPC.
        vpc = "VpcId";
        /// The port that targets are registered with, unless they bring their own.
        port = "Port";
        /// Its protocol.
        protocol = "Protocol";
        /// `instance`, `ip`, `lambda`, `alb`; absent means `instance`.
        target_type = "TargetType";
        /// The health check's port; absent or `traffic-port` means the target's own.
        health_check_port = "HealthCheckPort";
    }
}
