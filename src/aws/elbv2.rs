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
        /// Its security groups; absent means the VPC's default group on an application load balancer.
        security_groups = "SecurityGroups";
        /// The physical name.
        name = "Name";
        /// Pairs of a key and a value; see [`LoadBalancerAttribute`].
        attributes = "LoadBalancerAttributes";
    }
}

item_view! {
    /// An attribute of a load balancer.
    LoadBalancerAttribute {
        /// Its key, such as [`ACCESS_LOGS`].
        key = "Key";
        /// Its value, a text: `true`, not true.
        value = "Value";
    }
}

/// What `Fn::GetAtt` calls the DNS name of a load balancer.
pub const DNS_NAME: &str = "DNSName";

/// The field of a condition on a header of requests.
pub const HTTP_HEADER: &str = "http-header";

/// The attribute that says whether access logs are written to S3; not set means `false`.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>
pub const ACCESS_LOGS: &str = "access_logs.s3.enabled";

/// The attribute of application load balancers that says whether header fields with invalid names are dropped; not set
/// means `false`.
pub const DROP_INVALID_HEADERS: &str = "routing.http.drop_invalid_header_fields.enabled";

/// The attribute of application load balancers that says what becomes of requests that front and back may read
/// differently: `monitor`, `defensive`, `strictest`; not set means `defensive`.
pub const DESYNC_MITIGATION: &str = "routing.http.desync_mitigation_mode";

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
        /// Whether access logs are written; absent means that they are not.
        access_logs = "AccessLoggingPolicy" / "Enabled";
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
        /// The security policy of an HTTPS or TLS listener; absent means
        /// [`DEFAULT_POLICY`](super::tls_policies::DEFAULT_POLICY).
        ssl_policy = "SslPolicy";
    }
}

resource_view! {
    /// A rule of a listener.
    ListenerRule = "AWS::ElasticLoadBalancingV2::ListenerRule" {
        /// Its listener.
        listener = "ListenerArn";
        /// See [`Action`].
        actions = "Actions";
        /// What a request must be like; see [`RuleCondition`].
        conditions = "Conditions";
    }
}

item_view! {
    /// A condition of a rule.
    RuleCondition {
        /// `http-header`, `host-header`, `path-pattern`, `source-ip` and others.
        field = "Field";
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
        /// `HTTP1`, `HTTP2`, `GRPC`; absent means `HTTP1`.
        protocol_version = "ProtocolVersion";
        /// Whether health is checked; only targets of type `lambda` can do without, and do by default.
        health_check_enabled = "HealthCheckEnabled";
        /// The health check's port; absent or `traffic-port` means the target's own.
        health_check_port = "HealthCheckPort";
        /// The path that is asked for; absent means `/`.
        health_check_path = "HealthCheckPath";
        /// The HTTP codes of a healthy target, such as `200-299` or `200,301`; absent means `200`.
        http_codes = "Matcher" / "HttpCode";
        /// The gRPC codes of a healthy target; absent means `12`, which is UNIMPLEMENTED.
        grpc_codes = "Matcher" / "GrpcCode";
    }
}
