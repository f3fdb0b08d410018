//! What colours mean. Each stands for a class that the style changes on dark pages.

use super::super::picture::NodeKind;
use crate::diag::Severity;

/// Lines and frames of what is conditional or not known.
pub(super) const DASHES: &str = "6 4";
/// What is read first.
pub(super) const TEXT: &str = "#1b1f24";
/// What is read second.
pub(super) const QUIET: &str = "#4a535e";
/// Lines between things.
pub(super) const LINE: &str = "#4b5563";
/// What the rules object to.
pub(super) const FLAGGED: &str = "#b3141d";

/// The colour of a box by its class.
pub(super) fn colour(class: &str) -> &'static str {
    match class {
        "p-vpc" => "#7138d8",
        "p-public" => "#1f7a43",
        "p-private" => "#1467a8",
        _ => "#5b6770",
    }
}

/// How much of its colour a box is filled with; what lies in another shows its own.
pub(super) fn tint(class: &str) -> &'static str {
    match class {
        "p-vpc" | "p-box" => "0.03",
        _ => "0.09",
    }
}

/// The class and the colour of a number.
pub(super) fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("p-error", FLAGGED),
        Severity::Warning => ("p-warning", "#7a5200"),
        Severity::Info => ("p-info", "#0b57d0"),
    }
}

/// The stripe that tells families of things apart at a glance; the words on a node say what it is.
pub(super) fn band(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Service
        | NodeKind::ScheduledTask
        | NodeKind::TaskDefinition
        | NodeKind::Instances
        | NodeKind::Cluster => ("p-compute", "#d97706"),
        NodeKind::Role | NodeKind::SecurityGroup => ("p-security", "#c2255c"),
        kind if kind.is_store() => ("p-store", "#3b82f6"),
        NodeKind::Internet
        | NodeKind::Cdn
        | NodeKind::LoadBalancer
        | NodeKind::NatGateway
        | NodeKind::InternetGateway
        | NodeKind::Gateway
        | NodeKind::Endpoint
        | NodeKind::Subnet
        | NodeKind::RouteTable
        | NodeKind::Addresses => ("p-network", "#8b5cf6"),
        _ => ("p-other", "#94a3b8"),
    }
}
