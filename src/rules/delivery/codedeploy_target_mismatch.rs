//! Deployment groups of CodeDeploy fit the services they deploy.

use crate::aws::codedeploy::{
    Application, DeploymentGroup, ECS_CONTROLLER, ECS_PLATFORM, EcsService, TARGET_GROUP_NAME, TargetGroupName,
    TargetGroupPair,
};
use crate::aws::ecs::{Cluster, Service};
use crate::aws::elbv2::{Listener, TargetGroup};
use crate::aws::Item;
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, Known, Part, Text};
use crate::facts::Workload;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "codedeploy-target-mismatch",
    summary: "deployment groups fit the services they deploy",
    docs: Docs {
        why: "A deployment group that does not fit its service is created all the same, and every deployment fails.",
        decides: "Follows a deployment group to its application, service, target groups and listeners as far as they are \
                  in the templates. The application must be for ECS, the service must have the deployment controller \
                  `CODE_DEPLOY` and be in the cluster, the pair must be two target groups of which the service has one, \
                  and the listeners must belong to a load balancer that forwards to the pair. What lies elsewhere is \
                  not judged; the rule is never undetermined.",
        fix: "Refer to the service's own cluster, target groups and listeners, and give the service the controller \
              `CODE_DEPLOY`.",
        safety: Safety::Advice,
    },
    category: Category::Delivery,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-groups-create-ecs.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(DeploymentGroup::TYPE).to_vec() {
        let services = cx.eval().elements(DeploymentGroup(id).services(cx.eval()));
        for item in &services {
            platform(cx, id, item);
            for (workload, named) in deployed(cx, item) {
                controller(cx, id, workload, &named);
                cluster(cx, id, item, workload, &named.guard);
                pairs(cx, id, workload, &named.guard);
            }
        }
    }
}

/// The identities of a property that are resources of a type, each with when it is that one.
fn resources<'a>(cx: &Context<'_, 'a>, cases: Cases<'a>, type_name: &str) -> Vec<Case<ResourceId>> {
    let inventory = cx.inventory();
    let resource = |case: Case<Known<Text>>| match &case.value {
        Known::Value(identity) => inventory.resource_of(identity, type_name).map(|id| case.with(id)),
        _ => None,
    };
    inventory.identities(cases).into_iter().filter_map(resource).collect()
}

/// The services of the templates that a deployment group names.
fn deployed<'c, 'a>(cx: &Context<'c, 'a>, item: &Item<'a>) -> Vec<(&'c Workload, Case<ResourceId>)> {
    let facts = cx.facts;
    let named = resources(cx, EcsService(item).service(cx.eval()), Service::TYPE);
    let found = named.into_iter().filter_map(|case| {
        let workload = facts.workloads.iter().find(|workload| workload.id == case.value)?;
        let guard = case.guard.and(&facts.inventory.presence(workload.id)).and(&workload.guard);
        Some((workload, Case { guard, ..case }))
    });
    found.collect()
}

fn platform<'a>(cx: &mut Context<'_, 'a>, id: ResourceId, item: &Item<'a>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    for application in resources(cx, DeploymentGroup(id).application(eval), Application::TYPE) {
        for platform in eval.scalars(Application(application.value).platform(eval)) {
            let shown = match &platform.value {
                Known::Value(value) if &**value != ECS_PLATFORM => format!("is for `{value}`"),
                Known::Absent => "is for `Server`, as it is without `ComputePlatform`".to_owned(),
                _ => continue,
            };
            let name = inventory.logical_id(application.value);
            let message = format!(
                "deployment group `{}` deploys to ECS, but its application `{name}` {shown}",
                inventory.logical_id(id)
            );
            let guards = [item.guard.clone(), application.guard.clone(), platform.guard.clone()];
            let finding = Finding::new(id, application.span, message)
                .when(&Guard::all(guards))
                .when(&inventory.presence(application.value))
                .label("of another platform")
                .because([inventory.evidence(application.value, platform.span, format!("the platform of `{name}`"))])
                .help(format!("give `{name}` the property `ComputePlatform: {ECS_PLATFORM}`"))
                .atom("platform");
            cx.report(finding);
        }
    }
}

fn controller(cx: &mut Context<'_, '_>, id: ResourceId, workload: &Workload, named: &Case<ResourceId>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let service = inventory.logical_id(workload.id);
    for controller in eval.scalars(Service(workload.id).deployment_controller(eval)) {
        let shown = match &controller.value {
            Known::Value(value) if &**value != ECS_CONTROLLER => format!("has the deployment controller `{value}`"),
            Known::Absent => "has the deployment controller `ECS`, as it is without one".to_owned(),
            _ => continue,
        };
        let message = format!("deployment group `{}` deploys service `{service}`, which {shown}", inventory.logical_id(id));
        let finding = Finding::new(id, named.span, message)
            .when(&named.guard.and(&controller.guard))
            .label("not deployed by CodeDeploy")
            .through(inventory, &named.trail)
            .because([inventory.evidence(workload.id, controller.span, format!("the controller of `{service}`"))])
            .help(format!("give `{service}` the deployment controller `{ECS_CONTROLLER}`; this replaces the service"))
            .atom("controller");
        cx.report(finding);
    }
}

fn cluster<'a>(cx: &mut Context<'_, 'a>, id: ResourceId, item: &Item<'a>, workload: &Workload, guard: &Guard) {
    let inventory = cx.inventory();
    for named in resources(cx, EcsService(item).cluster(cx.eval()), Cluster::TYPE) {
        for own in &workload.cluster {
            let Known::Value(identity) = &own.value else { continue };
            let Some(cluster) = inventory.resource_of(identity, Cluster::TYPE) else {
                continue;
            };
            if cluster == named.value {
                continue;
            }
            let (service, own_cluster) = (inventory.logical_id(workload.id), inventory.logical_id(cluster));
            let message = format!(
                "deployment group `{}` looks for service `{service}` in cluster `{}`, but it is in `{own_cluster}`",
                inventory.logical_id(id),
                inventory.logical_id(named.value)
            );
            let finding = Finding::new(id, named.span, message)
                .when(&Guard::all([guard.clone(), named.guard.clone(), own.guard.clone()]))
                .label("another cluster")
                .because([inventory.evidence(workload.id, own.span, format!("the cluster of `{service}`"))])
                .help(format!("name `{own_cluster}`"))
                .atom("cluster");
            cx.report(finding);
        }
    }
}

/// The target groups of a pair; nothing when one of them lies elsewhere.
fn paired<'a>(cx: &Context<'_, 'a>, pair: &Item<'a>) -> Option<Vec<Case<ResourceId>>> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let mut out = Vec::new();
    for item in eval.elements(TargetGroupPair(pair).groups(eval)) {
        for case in eval.texts(TargetGroupName(&item).name(eval)) {
            let Known::Value(text) = &case.value else { return None };
            match text.as_part() {
                Some(Part::Attribute(id, attribute))
                    if inventory.type_name(*id) == TargetGroup::TYPE && &**attribute == TARGET_GROUP_NAME =>
                {
                    out.push(case.with(*id));
                }
                _ => return None,
            }
        }
    }
    Some(out)
}

fn pairs(cx: &mut Context<'_, '_>, id: ResourceId, workload: &Workload, guard: &Guard) {
    let eval = cx.eval();
    for pair in &eval.elements(DeploymentGroup(id).pairs(eval)) {
        let Some(groups) = paired(cx, pair).filter(|groups| !groups.is_empty()) else {
            continue;
        };
        let guard = guard.and(&pair.guard);
        twice(cx, id, &groups, &guard);
        bound(cx, id, workload, &groups, &guard);
        for listeners in [TargetGroupPair(pair).production(eval), TargetGroupPair(pair).test(eval)] {
            listener(cx, id, listeners, &groups, &guard);
        }
    }
}

fn twice(cx: &mut Context<'_, '_>, id: ResourceId, groups: &[Case<ResourceId>], guard: &Guard) {
    let inventory = cx.inventory();
    for (index, second) in groups.iter().enumerate() {
        let Some(first) = groups.iter().take(index).find(|first| first.value == second.value) else {
            continue;
        };
        let name = inventory.logical_id(second.value);
        let message = format!("deployment group `{}` has target group `{name}` twice in a pair", inventory.logical_id(id));
        let finding = Finding::new(id, second.span, message)
            .when(&Guard::all([guard.clone(), first.guard.clone(), second.guard.clone()]))
            .label("the same target group")
            .because([inventory.evidence(id, first.span, "named here already")])
            .help("name the second target group, which gets the traffic of the new tasks")
            .atom("pair");
        cx.report(finding);
    }
}

/// The service's own target group must be in the pair.
fn bound(cx: &mut Context<'_, '_>, id: ResourceId, workload: &Workload, groups: &[Case<ResourceId>], guard: &Guard) {
    let inventory = cx.inventory();
    let Some(first) = groups.first().filter(|_| workload.unbound.is_empty()) else {
        return;
    };
    let mut own = Vec::new();
    for case in workload.bindings.iter().flat_map(|binding| &binding.target_group) {
        match &case.value {
            Known::Value(identity) => match inventory.resource_of(identity, TargetGroup::TYPE) {
                Some(group) => own.push(case.with(group)),
                None => return,
            },
            Known::Absent => {}
            Known::Unknown(_) => return,
        }
    }
    let is_paired = |group: &Case<ResourceId>| groups.iter().any(|other| other.value == group.value);
    let Some(mine) = own.first().filter(|_| !own.iter().any(is_paired)) else {
        return;
    };
    let (service, group) = (inventory.logical_id(workload.id), inventory.logical_id(mine.value));
    let message = format!(
        "deployment group `{}` moves traffic between target groups of which service `{service}` has none",
        inventory.logical_id(id)
    );
    let guards = groups.iter().chain(&own).map(|case| case.guard.clone());
    let finding = Finding::new(id, first.span, message)
        .when(&Guard::all(guards.chain([guard.clone()])))
        .label("not the service's")
        .because([inventory.evidence(workload.id, mine.span, format!("`{service}` is registered in `{group}`"))])
        .help(format!("make `{group}` one of the pair"))
        .atom("group");
    cx.report(finding);
}

/// The listeners must belong to a load balancer that forwards to the pair.
fn listener<'a>(cx: &mut Context<'_, 'a>, id: ResourceId, listeners: Cases<'a>, groups: &[Case<ResourceId>], guard: &Guard) {
    let (facts, inventory) = (cx.facts, cx.inventory());
    let elements = cx.eval().elements(listeners);
    for named in resources(cx, elements, Listener::TYPE) {
        let identities: Vec<Text> = groups.iter().map(|group| inventory.own_identity(group.value)).collect();
        let forwards = facts.load_balancers.forwards.iter();
        let forwards: Vec<_> = forwards.filter(|forward| identities.contains(&forward.target_group)).collect();
        let balancers: Option<Vec<&Text>> = forwards
            .iter()
            .map(|forward| match &forward.load_balancer {
                Known::Value(balancer) => Some(balancer),
                _ => None,
            })
            .collect();
        let own = facts.load_balancers.listeners.iter().find(|listener| listener.id == named.value);
        let (Some(balancers), Some(own)) = (balancers.filter(|found| !found.is_empty()), own) else {
            continue;
        };
        for case in &own.load_balancer {
            let Known::Value(balancer) = &case.value else { continue };
            let is_resource = |text: &Text| matches!(text.as_part(), Some(Part::Attribute(..)));
            if balancers.contains(&balancer) || !is_resource(balancer) || !balancers.iter().all(|one| is_resource(one)) {
                continue;
            }
            let name = inventory.logical_id(named.value);
            let message = format!(
                "deployment group `{}` moves the traffic of listener `{name}`, which is not on the load balancer of its \
                 target groups",
                inventory.logical_id(id)
            );
            let evidence = forwards
                .iter()
                .map(|forward| inventory.evidence(forward.via, forward.span, "forwards to a target group of the pair"));
            let finding = Finding::new(id, named.span, message)
                .when(&Guard::all([guard.clone(), named.guard.clone(), case.guard.clone()]))
                .label("of another load balancer")
                .because([inventory.evidence(named.value, case.span, format!("the load balancer of `{name}`"))])
                .because(evidence)
                .help("name a listener of the load balancer that the target groups are behind")
                .atom("listener");
            cx.report(finding);
        }
    }
}
