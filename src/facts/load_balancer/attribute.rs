//! Attributes of load balancers: pairs of a key and a value, both of them texts.

use crate::aws::elbv2::{LoadBalancer as View, LoadBalancerAttribute};
use crate::eval::{Case, Guard, Known, Unknown, Value, when_any};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Str;

/// The cases of an attribute of a load balancer that is not a classic one: absent, at the load balancer's declaration,
/// where it is not set; not known where a pair may be it.
pub fn attribute(inventory: &Inventory<'_>, balancer: ResourceId, key: &str) -> Vec<Case<Known<Str>>> {
    let eval = &inventory.eval;
    let (mut out, mut set, mut hidden) = (Vec::new(), Vec::new(), Vec::<Case<Unknown>>::new());
    for item in eval.elements(View(balancer).attributes(eval)) {
        if let Value::Unknown(reason) = &item.value {
            hidden.push(item.with(reason.clone()));
            continue;
        }
        let pair = LoadBalancerAttribute(&item);
        for name in eval.scalars(pair.key(eval)) {
            match &name.value {
                Known::Value(name_of_pair) if **name_of_pair == *key => {
                    let values = eval.scalars(pair.value(eval)).into_iter();
                    out.extend(values.map(|value| value.when(&name.guard)));
                    set.push(name.guard);
                }
                Known::Unknown(reason) => hidden.push(name.with(reason.clone())),
                Known::Value(_) | Known::Absent => {}
            }
        }
    }
    let set = Guard::any(set);
    let unseen = when_any(&hidden);
    let unset = set.negated();
    out.extend(
        hidden
            .into_iter()
            .map(|case| case.with(Known::Unknown(case.value.clone())).when(&unset)),
    );
    let declared = inventory.project().resource(balancer).id.span;
    out.push(Case::new(Known::Absent, declared).when(&unset.and(&unseen.negated())));
    out.retain(|case| !case.guard.is_never());
    out
}
