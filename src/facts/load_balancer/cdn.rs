//! Distributions of CloudFront that fetch from a load balancer.

use super::LoadBalancer;
use crate::aws::cloudfront::{Distribution, Origin};
use crate::aws::elbv2::DNS_NAME;
use crate::aws::route53::RecordSet;
use crate::eval::{Case, Guard, Known, Part, Text, Value, when};
use crate::facts::Inventory;
use crate::project::ResourceId;

/// A distribution fetches from a load balancer.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// The distribution.
    pub distribution: ResourceId,
    /// When it does, with the place of the origin's name.
    pub origin: Case<()>,
    /// When it adds headers of its own to its requests, by which they can be told from others, or may do.
    pub has_headers: Guard,
}

/// The distributions that fetch from a load balancer: by its DNS name, or by the name of a record that is an alias of it.
pub fn fetches(inventory: &Inventory<'_>, balancer: &LoadBalancer) -> Vec<Fetch> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for id in inventory.of_type(Distribution::TYPE) {
        for item in eval.elements(Distribution(*id).origins(eval)) {
            let origin = Origin(&item);
            let has_headers = when(&origin.custom_headers(eval), |value| {
                !matches!(value, Value::Absent)
            });
            for domain in eval.texts(origin.domain(eval)) {
                let Known::Value(name) = &domain.value else {
                    continue;
                };
                let leads =
                    leads_to(inventory, name, balancer.id).or(&by_alias(inventory, name, balancer.id));
                let guard = inventory.presence(*id).and(&leads);
                if !guard.is_never() {
                    out.push(Fetch {
                        distribution: *id,
                        origin: domain.with(()).when(&guard),
                        has_headers: has_headers.clone(),
                    });
                }
            }
        }
    }
    out
}

/// When a name is the DNS name of a load balancer; aliases begin with `dualstack.`.
fn leads_to(inventory: &Inventory<'_>, name: &Text, balancer: ResourceId) -> Guard {
    let is_its = |part: &Part| matches!(part, Part::Attribute(id, attribute) if *id == balancer && **attribute == *DNS_NAME);
    match name.parts().iter().any(is_its) {
        true => inventory.presence(balancer),
        false => Guard::False,
    }
}

/// When a record with this name is an alias of a load balancer.
fn by_alias(inventory: &Inventory<'_>, name: &Text, balancer: ResourceId) -> Guard {
    let eval = &inventory.eval;
    let mut guards = Vec::new();
    for id in inventory.of_type(RecordSet::TYPE) {
        let named = eval.texts(RecordSet(*id).name(eval)).into_iter();
        let named = Guard::any(
            named
                .filter(|case| case.value == Known::Value(name.clone()))
                .map(|case| case.guard),
        );
        if named.is_never() {
            continue;
        }
        for target in eval.texts(RecordSet(*id).alias(eval)) {
            if let Known::Value(text) = &target.value {
                let leads = leads_to(inventory, text, balancer);
                guards.push(Guard::all([
                    inventory.presence(*id),
                    named.clone(),
                    target.guard.clone(),
                    leads,
                ]));
            }
        }
    }
    Guard::any(guards)
}
