//! Scalable targets name services that exist, and can be scaled.

use crate::aws::application_autoscaling::ScalableTarget as View;
use crate::aws::ecs::{Cluster, Service};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Part, Text};
use crate::facts::scaling::{SERVICE, elsewhere};
use crate::facts::{Inventory, ScalableTarget};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "autoscaling-target-mismatch",
    summary: "scalable targets name services that exist, and can be scaled",
    docs: Docs {
        why: "Application Auto Scaling refuses a scalable target whose service does not exist, and one that no policy \
              moves keeps the number of tasks where it is.",
        decides: "Looks at scalable targets of the namespace `ecs`: a `ResourceId` that is not \
                  `service/cluster/name` or holds an ARN, a service that the cluster of the templates does not have, a \
                  service of another cluster, another dimension than the desired count, `MinCapacity` above \
                  `MaxCapacity`. A target without a scaling policy and without scheduled actions is a warning; whether \
                  it has one is undetermined when its name or that of its service leaves the templates. Names that \
                  are only known at deployment are taken for right.",
        fix: "Write `ResourceId: !Sub service/${Cluster}/${Service.Name}`, and give the target an \
              `AWS::ApplicationAutoScaling::ScalingPolicy`.",
        safety: Safety::Advice,
    },
    category: Category::Service,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
    options: &[],
    check: Check::Native(check),
};

/// The only dimension of services.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>
const DIMENSION: &str = "ecs:service:DesiredCount";

const NAME_HELP: &str = "name it as `service/cluster/service`, for example `!Sub service/${Cluster}/${Service.Name}`";

fn check(cx: &mut Context<'_, '_>) {
    for target in cx.facts.scalable_targets.iter() {
        if target.of_services.is_never() {
            continue;
        }
        let named = target.resource_id.iter().filter_map(|case| name(cx, target, case));
        let findings: Vec<Finding> = named.chain(dimension(cx, target)).chain(capacity(cx, target)).collect();
        let mut is_wrong = false;
        for finding in findings {
            is_wrong |= cx.report(finding.when(&target.of_services));
        }
        if !is_wrong {
            moved(cx, target);
        }
    }
}

/// What a part of a resource id gives.
enum Piece {
    /// A name: characters without a slash, as far as the template's own do not have one.
    Name,
    /// The ARN of this resource.
    Arn(ResourceId),
    /// Something that may hold anything.
    Open,
}

fn piece(inventory: &Inventory<'_>, part: &Part) -> Piece {
    match part {
        Part::Literal(_) => Piece::Name,
        Part::Attribute(id, attribute) => match (inventory.type_name(*id), &**attribute) {
            (Cluster::TYPE, "Ref") | (Service::TYPE, "Name") => Piece::Name,
            (Cluster::TYPE, "Arn") | (Service::TYPE, "Ref" | "ServiceArn") => Piece::Arn(*id),
            _ => Piece::Open,
        },
        Part::Variable(var) if &*var.name == "AWS::StackName" => Piece::Name,
        _ => Piece::Open,
    }
}

/// What is wrong with what a target names.
fn name(cx: &Context<'_, '_>, target: &ScalableTarget, case: &Case<Known<Text>>) -> Option<Finding> {
    let inventory = cx.inventory();
    let Known::Value(text) = &case.value else { return None };
    let shown = inventory.logical_id(target.id);
    let finding = |message: String, help: &str| {
        Finding::new(target.id, case.span, message)
            .when(&case.guard)
            .help(help)
            .through(inventory, &case.trail)
    };
    let pieces: Vec<Piece> = text.parts().iter().map(|part| piece(inventory, part)).collect();
    if pieces.iter().any(|piece| matches!(piece, Piece::Open)) {
        return None;
    }
    if let Some(Piece::Arn(id)) = pieces.iter().find(|piece| matches!(piece, Piece::Arn(_))) {
        let (noun, help) = match inventory.type_name(*id) {
            Cluster::TYPE => ("cluster", "use `!Ref` of the cluster, which is its name"),
            _ => ("service", "use `!GetAtt` with `Name` of the service; `!Ref` is its ARN"),
        };
        let name = inventory.logical_id(*id);
        let message = format!(
            "`ResourceId` of scalable target `{shown}` holds the ARN of {noun} `{name}` where its name belongs"
        );
        return Some(finding(message, help));
    }
    let parts = text.split("/");
    let [first, cluster, service] = parts.as_slice() else {
        return Some(misshapen(cx, target, text, &finding));
    };
    if first.as_literal().as_deref() != Some(SERVICE) || cluster.parts().is_empty() || service.parts().is_empty() {
        return Some(misshapen(cx, target, text, &finding));
    }
    let cluster = inventory.resource_of(cluster, Cluster::TYPE)?;
    match service.as_part() {
        Some(Part::Attribute(id, _)) => elsewhere_deployed(cx, target, *id, cluster, &finding),
        _ => nowhere(cx, target, service, cluster, &finding),
    }
}

type Report<'f> = &'f dyn Fn(String, &str) -> Finding;

fn misshapen(cx: &Context<'_, '_>, target: &ScalableTarget, text: &Text, finding: Report<'_>) -> Finding {
    let (shown, text) = (cx.inventory().logical_id(target.id), cx.eval().render(text));
    let message = format!(
        "`ResourceId` of scalable target `{shown}` is `{text}`, which does not name a service of a cluster"
    );
    finding(message, NAME_HELP)
}

/// The target names a service with a cluster that is not the service's.
fn elsewhere_deployed(
    cx: &Context<'_, '_>,
    target: &ScalableTarget,
    service: ResourceId,
    cluster: ResourceId,
    finding: Report<'_>,
) -> Option<Finding> {
    let inventory = cx.inventory();
    let (mut guards, mut labels) = (Vec::new(), Vec::new());
    for case in inventory.identities(Service(service).cluster(cx.eval())) {
        let Known::Value(text) = &case.value else { continue };
        match inventory.resource_of(text, Cluster::TYPE) {
            Some(own) if own != cluster => {
                guards.push(case.guard.clone());
                let name = inventory.logical_id(own);
                labels.push(inventory.evidence(service, case.span, format!("the service is in cluster `{name}`")));
            }
            _ => {}
        }
    }
    let (shown, service) = (inventory.logical_id(target.id), inventory.logical_id(service));
    let name = inventory.logical_id(cluster);
    let message = format!(
        "scalable target `{shown}` names service `{service}` in cluster `{name}`, which is not the service's cluster"
    );
    let is_any = !guards.is_empty();
    is_any.then(|| finding(message, "name the cluster of the service").when(&Guard::any(guards)).because(labels))
}

/// The target names a service by a name that no service of the cluster has.
fn nowhere(
    cx: &Context<'_, '_>,
    target: &ScalableTarget,
    name: &Text,
    cluster: ResourceId,
    finding: Report<'_>,
) -> Option<Finding> {
    let inventory = cx.inventory();
    let own = inventory.own_identity(cluster);
    let mut labels = Vec::new();
    for service in inventory.of_type(Service::TYPE) {
        let clusters = inventory.identities(Service(*service).cluster(cx.eval()));
        if clusters.iter().any(|case| matches!(&case.value, Known::Value(text) if *text == own)) {
            labels.push(inventory.declared(*service, "a service of the cluster"));
        }
    }
    // A cluster without services is filled by somebody else.
    if labels.is_empty() || !elsewhere(inventory, cluster).is_empty() || name.unknown().is_some() {
        return None;
    }
    let none = Guard::all(target.services.iter().map(|(_, matches)| matches.is_none()));
    let (shown, name) = (inventory.logical_id(target.id), cx.eval().render(name));
    let cluster = inventory.logical_id(cluster);
    let message = format!(
        "scalable target `{shown}` names service `{name}`, which cluster `{cluster}` does not have"
    );
    Some(finding(message, NAME_HELP).when(&none).because(labels))
}

fn dimension<'c>(cx: &'c Context<'_, '_>, target: &'c ScalableTarget) -> impl Iterator<Item = Finding> + 'c {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let cases = eval.scalars(View(target.id).dimension(eval)).into_iter();
    cases.filter_map(move |case| match &case.value {
        Known::Value(dimension) if &**dimension != DIMENSION => {
            let shown = inventory.logical_id(target.id);
            let message = format!("scalable target `{shown}` scales `{dimension}`, which services do not have");
            let finding = Finding::new(target.id, case.span, message)
                .when(&case.guard)
                .help(format!("set `ScalableDimension: {DIMENSION}`"))
                .through(inventory, &case.trail);
            Some(finding)
        }
        _ => None,
    })
}

fn capacity(cx: &Context<'_, '_>, target: &ScalableTarget) -> Vec<Finding> {
    let inventory = cx.inventory();
    let number = |case: &Case<Known<crate::source::Str>>| match &case.value {
        Known::Value(text) => text.parse::<u64>().ok(),
        Known::Absent | Known::Unknown(_) => None,
    };
    let mut out = Vec::new();
    for least in &target.min_capacity {
        for most in &target.max_capacity {
            let (Some(min), Some(max)) = (number(least), number(most)) else { continue };
            if min <= max {
                continue;
            }
            let shown = inventory.logical_id(target.id);
            let message = format!("scalable target `{shown}` has `MinCapacity` {min} above `MaxCapacity` {max}");
            let finding = Finding::new(target.id, most.span, message)
                .when(&least.guard.and(&most.guard))
                .help("set `MaxCapacity` to `MinCapacity` or more")
                .because([inventory.evidence(target.id, least.span, "the least capacity")])
                .through(inventory, &least.trail)
                .through(inventory, &most.trail);
            out.push(finding);
        }
    }
    out
}

/// Whether anything moves the target between its limits.
fn moved(cx: &mut Context<'_, '_>, target: &ScalableTarget) {
    let inventory = cx.inventory();
    let mut moved = target.moved.clone();
    moved.open.extend(elsewhere(inventory, target.id));
    for (service, matches) in &target.services {
        if !matches.same.is_empty() {
            moved.open.extend(elsewhere(inventory, *service));
        }
    }
    let declared = inventory.project().resource(target.id).id.span;
    let shown = inventory.logical_id(target.id);
    let finding = Finding::new(target.id, declared, format!("no policy scales scalable target `{shown}`"))
        .when(&target.of_services.and(&moved.is_none()))
        .severity(Severity::Warning)
        .label("no scaling policy names it")
        .help("add an `AWS::ApplicationAutoScaling::ScalingPolicy` with `ScalingTargetId`, or `ScheduledActions`");
    let still = target.of_services.and(&moved.is_same().negated());
    let open = moved.open.into_iter().map(|case| case.when(&still)).collect();
    let message = format!("whether a policy scales scalable target `{shown}`");
    cx.conclude([finding], Question { subject: target.id, place: declared, message, open });
}
