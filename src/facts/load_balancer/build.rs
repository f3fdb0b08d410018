//! Resources to load balancers.

use super::{Action, Forward, Listener, ListenerRule, LoadBalancer, LoadBalancerKind, LoadBalancers};
use crate::aws::ec2::{Subnet, Vpc};
use crate::aws::elbv2::{
    Action as ActionView, ClassicListener, ClassicLoadBalancer, Listener as ListenerView,
    ListenerRule as ListenerRuleView, LoadBalancer as LoadBalancerView, SubnetMapping, WeightedTargetGroup,
};
use crate::eval::{Case, Cases, Guard, Known, Text, Trail, Unknown, Value, when};
use crate::facts::Inventory;
use crate::facts::security_group::default_group;
use crate::project::ResourceId;
use crate::source::{Span, Str};

pub(super) fn build(inventory: &Inventory<'_>) -> LoadBalancers {
    let eval = &inventory.eval;
    let mut out = LoadBalancers::default();
    for id in inventory.of_type(LoadBalancerView::TYPE) {
        out.all.push(load_balancer(inventory, *id));
    }
    for id in inventory.of_type(ClassicLoadBalancer::TYPE) {
        out.all.push(classic(inventory, *id));
        out.listeners.extend(classic_listeners(inventory, *id));
    }
    for id in inventory.of_type(ListenerView::TYPE) {
        let view = ListenerView(*id);
        let actions = eval.elements(view.actions(eval));
        let listener = Listener {
            id: *id,
            load_balancer: inventory.identities(view.load_balancer(eval)),
            port: eval.scalars(view.port(eval)),
            protocol: eval.scalars(view.protocol(eval)),
            actions: kinds(inventory, &actions),
            guard: Guard::True,
        };
        let balancers: Vec<Case<Known<Text>>> = listener.load_balancer.clone();
        forwards(inventory, *id, &actions, &balancers, &mut out);
        out.listeners.push(listener);
    }
    for id in inventory.of_type(ListenerRuleView::TYPE) {
        let view = ListenerRuleView(*id);
        let actions = eval.elements(view.actions(eval));
        let listener = inventory.identities(view.listener(eval));
        let balancers = balancers_of(inventory, &listener);
        forwards(inventory, *id, &actions, &balancers, &mut out);
        out.rules.push(ListenerRule {
            id: *id,
            listener,
            actions: kinds(inventory, &actions),
        });
    }
    out
}

/// The load balancers of the listeners that a rule is put on.
fn balancers_of(inventory: &Inventory<'_>, listeners: &[Case<Known<Text>>]) -> Vec<Case<Known<Text>>> {
    let mut out = Vec::new();
    for case in listeners {
        let Known::Value(identity) = &case.value else {
            out.push(case.clone());
            continue;
        };
        match inventory.resource_of(identity, ListenerView::TYPE) {
            None => out.push(case.with(Known::Unknown(inventory.unknown_identity(identity)))),
            Some(id) => {
                let guard = case.guard.and(&inventory.presence(id));
                let balancers = inventory.identities(ListenerView(id).load_balancer(&inventory.eval));
                out.extend(balancers.into_iter().map(|balancer| {
                    let trail = case.trail.clone().then(&balancer.trail);
                    Case { trail, ..balancer }.when(&guard)
                }));
            }
        }
    }
    out
}

fn load_balancer(inventory: &Inventory<'_>, id: ResourceId) -> LoadBalancer {
    let eval = &inventory.eval;
    let view = LoadBalancerView(id);
    let kind: Vec<Case<Known<LoadBalancerKind>>> = eval
        .scalars(view.kind(eval))
        .into_iter()
        .map(|case| {
            let kind = match &case.value {
                Known::Absent => Known::Value(LoadBalancerKind::Application),
                Known::Unknown(reason) => Known::Unknown(reason.clone()),
                Known::Value(text) => match &*text.to_ascii_lowercase() {
                    "application" => Known::Value(LoadBalancerKind::Application),
                    "network" => Known::Value(LoadBalancerKind::Network),
                    "gateway" => Known::Value(LoadBalancerKind::Gateway),
                    _ => Known::Unknown(Unknown::Malformed(format!("load balancer type `{text}`").into())),
                },
            };
            case.with(kind)
        })
        .collect();
    let of_kind = |wanted: &[LoadBalancerKind]| {
        when(
            &kind,
            |value| matches!(value, Known::Value(kind) if wanted.contains(kind)),
        )
    };
    let mut subnets = inventory.identity_list(view.subnets(eval));
    for mapping in eval.elements(view.subnet_mappings(eval)) {
        subnets.extend(inventory.identities(SubnetMapping(&mapping).subnet(eval)));
    }
    let listed = view.security_groups(eval);
    let empty = no_elements(&listed);
    let no_groups = empty.and(&of_kind(&[LoadBalancerKind::Application]));
    let bare = of_kind(&[LoadBalancerKind::Gateway]).or(&empty.and(&of_kind(&[LoadBalancerKind::Network])));
    finish(
        inventory,
        id,
        kind,
        (view.scheme(eval), subnets, listed),
        (no_groups, bare),
    )
}

fn classic(inventory: &Inventory<'_>, id: ResourceId) -> LoadBalancer {
    let eval = &inventory.eval;
    let view = ClassicLoadBalancer(id);
    let declared = inventory.project().resource(id).id.span;
    let kind = vec![Case::new(Known::Value(LoadBalancerKind::Classic), declared)];
    let subnets = inventory.identity_list(view.subnets(eval));
    let listed = view.security_groups(eval);
    let no_groups = no_elements(&listed);
    finish(
        inventory,
        id,
        kind,
        (view.scheme(eval), subnets, listed),
        (no_groups, Guard::False),
    )
}

fn finish<'a>(
    inventory: &Inventory<'a>,
    id: ResourceId,
    kind: Vec<Case<Known<LoadBalancerKind>>>,
    (scheme, subnets, listed): (Cases<'a>, Vec<Case<Known<Text>>>, Cases<'a>),
    (no_groups, bare): (Guard, Guard),
) -> LoadBalancer {
    let declared = inventory.project().resource(id).id.span;
    let groups_span = listed
        .iter()
        .find(|case| !matches!(case.value, Value::Absent))
        .map_or(declared, |case| case.span);
    let mut groups = inventory.identity_list(listed);
    groups.retain(|case| case.value != Known::Absent);
    if !no_groups.is_never() {
        groups.extend(worn_by_default(inventory, &subnets, groups_span, &no_groups));
    }
    let internal = inventory.eval.scalars(scheme).into_iter().map(|case| {
        let internal = match &case.value {
            Known::Absent => Known::Value(false),
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
            Known::Value(text) => Known::Value(text.eq_ignore_ascii_case("internal")),
        };
        case.with(internal)
    });
    LoadBalancer {
        id,
        kind,
        internal: internal.collect(),
        subnets,
        groups,
        no_groups,
        bare,
        groups_span,
    }
}

fn no_elements(listed: &Cases<'_>) -> Guard {
    when(listed, |value| match value {
        Value::Absent => true,
        Value::List(elements) => elements.is_empty(),
        Value::Text(_) | Value::Object(_) | Value::Unknown(_) => false,
    })
}

/// The default group of the VPC that the subnets are in.
fn worn_by_default(
    inventory: &Inventory<'_>,
    subnets: &[Case<Known<Text>>],
    span: Span,
    guard: &Guard,
) -> Vec<Case<Known<Text>>> {
    let first = subnets.iter().find_map(|case| match &case.value {
        Known::Value(subnet) => inventory.resource_of(subnet, Subnet::TYPE),
        Known::Absent | Known::Unknown(_) => None,
    });
    let vpcs = first.map(|subnet| inventory.identities(Subnet(subnet).vpc(&inventory.eval)));
    let vpc = vpcs.into_iter().flatten().find_map(|case| match &case.value {
        Known::Value(vpc) => inventory.resource_of(vpc, Vpc::TYPE),
        Known::Absent | Known::Unknown(_) => None,
    });
    let group = match vpc {
        Some(vpc) => Known::Value(default_group(vpc)),
        None => Known::Unknown(Unknown::External("the default security group of the VPC".into())),
    };
    vec![Case::new(group, span).when(guard)]
}

fn classic_listeners(inventory: &Inventory<'_>, id: ResourceId) -> Vec<Listener> {
    let eval = &inventory.eval;
    let listeners = eval
        .elements(ClassicLoadBalancer(id).listeners(eval))
        .into_iter()
        .map(|item| {
            let view = ClassicListener(&item);
            Listener {
                id,
                load_balancer: vec![Case::new(Known::Value(inventory.own_identity(id)), item.span)],
                port: eval.scalars(view.port(eval)),
                protocol: eval.scalars(view.protocol(eval)),
                actions: vec![Case::new(Action::Forward, item.span)],
                guard: item.guard.clone(),
            }
        });
    listeners.collect()
}

fn kinds<'a>(inventory: &Inventory<'a>, actions: &Cases<'a>) -> Vec<Case<Action>> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for item in actions {
        if let Value::Unknown(reason) = &item.value {
            out.push(item.with(Action::Unknown(reason.clone())));
            continue;
        }
        out.extend(eval.scalars(ActionView(item).kind(eval)).into_iter().map(|case| {
            let action = match &case.value {
                Known::Value(text) if is_forward(text) => Action::Forward,
                Known::Value(_) => Action::Answer,
                Known::Unknown(reason) => Action::Unknown(reason.clone()),
                Known::Absent => Action::Unknown(Unknown::Malformed("an action without a type".into())),
            };
            case.with(action)
        }));
    }
    out
}

fn is_forward(text: &Str) -> bool {
    text.eq_ignore_ascii_case("forward")
}

/// The target groups that actions forward to, with every load balancer they do it for.
fn forwards<'a>(
    inventory: &Inventory<'a>,
    via: ResourceId,
    actions: &Cases<'a>,
    balancers: &[Case<Known<Text>>],
    out: &mut LoadBalancers,
) {
    let eval = &inventory.eval;
    let present = inventory.presence(via);
    for item in actions {
        let action = ActionView(item);
        let mut targets = inventory.identities(action.target_group(eval));
        for weighted in eval.elements(action.target_groups(eval)) {
            targets.extend(inventory.identities(WeightedTargetGroup(&weighted).target_group(eval)));
        }
        for target in targets {
            let target_group = match &target.value {
                Known::Value(target_group) => target_group,
                Known::Unknown(reason) if is_hidden(reason) => {
                    let case = target.with(reason.clone()).when(&present);
                    out.hidden_forwards.push((via, case));
                    continue;
                }
                Known::Unknown(_) | Known::Absent => continue,
            };
            for balancer in balancers {
                let guard = Guard::all([present.clone(), target.guard.clone(), balancer.guard.clone()]);
                if !guard.is_never() {
                    out.forwards.push(Forward {
                        guard,
                        target_group: target_group.clone(),
                        via,
                        span: target.span,
                        load_balancer: balancer.value.clone(),
                        trail: Trail::default().then(&target.trail).then(&balancer.trail),
                    });
                }
            }
        }
    }
}

/// True when what is not known may be a resource of the same template.
fn is_hidden(reason: &Unknown) -> bool {
    matches!(
        reason,
        Unknown::Macro(_) | Unknown::Function(_) | Unknown::Malformed(_) | Unknown::Limit(_)
    )
}
