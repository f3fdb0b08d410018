//! Traces: what sends them to AWS X-Ray, and to others.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon-ecs.html>

/// What the image of the X-Ray daemon has in its name.
pub const DAEMON: &str = "xray-daemon";

/// What the daemon calls; none of it works on single resources.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html>
pub const SEND: &str = "xray:PutTraceSegments";

/// What images have in their names that take traces and pass them on.
pub const COLLECTORS: &[&str] = &[
    DAEMON,
    "otel",
    "opentelemetry",
    "adot",
    "cloudwatch-agent",
    "jaeger",
    "zipkin",
    "skywalking",
    "grafana/agent",
    "grafana/alloy",
    "apm-server",
    "sentry",
    "fluent-bit-otlp",
];

/// What images of monitoring products have in their names, which watch and trace by themselves.
pub const PRODUCTS: &[&str] = &[
    "datadog",
    "newrelic",
    "new-relic",
    "dynatrace",
    "appdynamics",
    "instana",
    "signalfx",
    "splunk",
    "lightstep",
    "honeycomb",
    "elastic-agent",
    "oneagent",
];

/// How the names of environment variables begin with which applications are told where to send traces.
pub const VARIABLES: &[&str] = &[
    "OTEL_",
    "AWS_XRAY_",
    "DD_",
    "NEW_RELIC_",
    "DT_",
    "ELASTIC_APM_",
    "JAEGER_",
    "SENTRY_",
    "SPLUNK_",
    "INSTANA_",
    "APPDYNAMICS_",
    "ENABLE_ENVOY_",
    "HONEYCOMB_",
    "SW_AGENT_",
];

/// Those of them that concern traces and say nothing about who watches the rest.
pub const TRACES_ONLY: &[&str] = &["AWS_XRAY_", "ENABLE_ENVOY_", "JAEGER_", "SW_AGENT_"];

/// Ports on which traces are taken: X-Ray, OpenTelemetry, Datadog.
pub const PORTS: &[&str] = &["2000", "4317", "4318", "8125", "8126"];
