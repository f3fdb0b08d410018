//! Services that open ports are reached through a load balancer or a name.

use crate::diag::Severity;
use crate::facts::workload::unreached;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "service-not-load-balanced",
    summary: "services that open ports are reached through a load balancer or a name",
    docs: Docs {
        why: "A service that opens ports and is not registered anywhere can only be reached by the addresses \
              of its tasks, which change with every deployment.",
        decides: "Reports services whose containers map TCP ports, without `LoadBalancers`, Service Connect, Cloud \
                  Map or VPC Lattice, when a load balancer of the templates certainly is in the VPC of the tasks. \
                  Without one the service is taken for a worker. Services with an external controller, whose task \
                  sets bring the load balancer, are not looked at. Never undetermined.",
        fix: "Register the service with a target group under `LoadBalancers`, or remove the port mappings if \
              nothing connects to it.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["fb2b0ecf"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
    options: &[],
    check: Check::Native(check),
};

const HELP: &str = "register it with a target group under `LoadBalancers`, or remove the port mappings if nothing \
    connects to it";

fn check(cx: &mut Context<'_, '_>) {
    for workload in &cx.facts.workloads {
        let Some(unreached) = unreached(cx.facts, workload) else {
            continue;
        };
        let inventory = cx.inventory();
        let place = inventory.project().resource(workload.id).id.span;
        let shown = workload.shown(inventory);
        let message = format!("{shown} opens ports, but no load balancer and no name leads to it");
        let finding = Finding::new(workload.id, place, message)
            .when(&unreached.guard)
            .label("no `LoadBalancers`")
            .help(HELP)
            .because(unreached.because);
        cx.report(finding);
    }
}
