//! Nothing needs itself before it exists.

use rustc_hash::FxHashMap;

use crate::aws;
use crate::aws::ec2::{self, SecurityGroup};
use crate::cfn::Owner;
use crate::diag::{Label, Role, Severity};
use crate::eval::{Case, Guard, Unknown};
use crate::facts::argument::macro_of;
use crate::facts::cycle::{Edge, cycles};
use crate::facts::import::{Link, links, siblings};
use crate::facts::reference::{Referent, uses};
use crate::project::{ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "circular-dependency",
    summary: "no resource or stack needs itself before it exists",
    docs: Docs {
        why: "CloudFormation creates what a resource refers to before the resource. Resources that need each other can be \
              created in no order, so the template is rejected; stacks that import from each other can be neither \
              created from nothing nor deleted.",
        decides: "Follows `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`, in properties and metadata, with the branches of \
                  `Fn::If` that can be taken together; arguments and outputs tie nested stacks to each other, and so do \
                  exports that one of them imports from the other. Stacks that import from each other are reported \
                  where the names are equal, and undetermined where they may be; so is a circle in a template with a \
                  macro of its own. Resources of the serverless transform, whose parts it moves, are left out.",
        fix: "Break the circle at one place: move the rule that names another security group into an \
              `AWS::EC2::SecurityGroupIngress` of its own, leave out a `DependsOn`, or move what both need into a third \
              resource or stack.",
        safety: Safety::Unsafe,
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3004"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html",
    options: &[],
    check: Check::Native(check),
};

/// Most members of a circle that a message lists.
const MAX_LISTED: usize = 6;

/// What makes one member need the next.
struct Need {
    from: ResourceId,
    to: ResourceId,
    guard: Guard,
    place: Span,
    /// "refers to", "depends on" …, between the two names.
    verb: String,
    is_order: bool,
    assumed: bool,
}

fn check(cx: &mut Context<'_, '_>) {
    let links = links(cx.inventory());
    let around = around(cx, &links);
    for stack in cx.inventory().project().stack_ids() {
        resources(cx, stack, around.get(&stack).map_or(&[], Vec::as_slice));
    }
    stacks(cx, &links);
}

/// The links whose exporting stack is nested in a stack, by that one.
fn around<'l>(cx: &Context<'_, '_>, links: &'l [Link]) -> FxHashMap<StackId, Vec<&'l Link>> {
    let mut out: FxHashMap<StackId, Vec<&Link>> = FxHashMap::default();
    for link in links {
        let mut stack = link.exporter;
        while let Some(parent) = cx.inventory().project().stack(stack).parent {
            stack = parent.stack;
            out.entry(stack).or_default().push(link);
        }
    }
    out
}

/// Circles among the resources of one stack.
fn resources(cx: &mut Context<'_, '_>, stack: StackId, links: &[&Link]) {
    let needs = needs(cx, stack, links);
    // Names instead of numbers, so that the order of declarations does not choose where a circle begins.
    let edges: Vec<Edge<&Str>> = needs
        .iter()
        .map(|need| Edge {
            from: cx.inventory().logical_id(need.from),
            to: cx.inventory().logical_id(need.to),
            guard: need.guard.clone(),
        })
        .collect();
    let inventory = cx.inventory();
    for cycle in cycles(&edges, &|guard| inventory.possible(guard)) {
        let cycle: Vec<&Need> = cycle.iter().filter_map(|index| needs.get(*index)).collect();
        report(cx, &cycle);
    }
}

fn needs(cx: &Context<'_, '_>, stack: StackId, links: &[&Link]) -> Vec<Need> {
    let (inventory, project) = (cx.inventory(), cx.inventory().project());
    let mut out = Vec::new();
    for used in uses(cx.eval(), stack) {
        let Owner::Resource(index) = used.owner else {
            continue;
        };
        let from = ResourceId { stack, index };
        if aws::is_expanded(inventory.type_name(from)) {
            continue;
        }
        let Some(to) = used.of.name().and_then(|name| project.find(stack, name)) else {
            continue;
        };
        let verb = match &used.of {
            Referent::Order(_) => "depends on".to_owned(),
            Referent::Attribute(_, attribute) if attribute.starts_with("Outputs.") => {
                format!("is given `{attribute}` of")
            }
            _ => "refers to".to_owned(),
        };
        out.push(Need {
            from,
            to,
            guard: Guard::all([used.guard, inventory.presence(from), inventory.presence(to)]),
            place: used.place,
            verb,
            is_order: matches!(used.of, Referent::Order(_)),
            assumed: false,
        });
    }
    for link in links {
        if let Some((from, to)) = siblings(inventory, link, stack) {
            out.push(Need {
                from,
                to,
                guard: Guard::all([link.guard.clone(), inventory.presence(from), inventory.presence(to)]),
                place: link.place,
                verb: format!("imports `{}` from", link.name),
                is_order: false,
                assumed: link.assumed,
            });
        }
    }
    out
}

fn report(cx: &mut Context<'_, '_>, cycle: &[&Need]) {
    let inventory = cx.inventory();
    // What is easiest to take away: a `DependsOn` beside the references.
    let Some(first) = cycle.iter().find(|need| need.is_order).or(cycle.first()) else {
        return;
    };
    let names: Vec<&Str> = cycle.iter().map(|need| inventory.logical_id(need.from)).collect();
    let message = match names.as_slice() {
        [only] => format!("resource `{only}` needs itself: it {} itself", first.verb.trim_end_matches(" of")),
        [one, other] => format!("resources `{one}` and `{other}` need each other, so that neither can be created first"),
        _ => format!("resources need each other in a circle, so that none can be created first: {}", listed(&names)),
    };
    let labels = cycle.iter().map(|need| {
        let (from, to) = (inventory.logical_id(need.from), inventory.logical_id(need.to));
        inventory.evidence(need.from, need.place, format!("`{from}` {} `{to}`", need.verb))
    });
    let mut finding = Finding::new(first.from, first.place, message)
        .when(&Guard::all(cycle.iter().map(|need| need.guard.clone())))
        .label(format!("{} `{}`", first.verb, inventory.logical_id(first.to)))
        .because(labels.filter(|label| label.span != first.place))
        .help(help(cx, cycle, first))
        .atom(listed(&names));
    finding.assumed = cycle.iter().any(|need| need.assumed);
    // A macro of the user's own may take the circle apart.
    match macro_of(inventory.project().template(first.from.stack)) {
        Some(name) => cx.ask(Question {
            subject: first.from,
            place: first.place,
            message: format!("whether {}", finding.message),
            open: vec![Case {
                guard: finding.guard,
                ..Case::new(Unknown::Macro(name), first.place)
            }],
        }),
        None => {
            cx.report(finding);
        }
    }
}

/// "`A` → `B` → `A`".
fn listed(names: &[&Str]) -> String {
    let mut shown: Vec<String> = names.iter().take(MAX_LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > MAX_LISTED {
        shown.push("…".to_owned());
    }
    shown.extend(names.first().map(|name| format!("`{name}`")));
    shown.join(" → ")
}

fn help(cx: &Context<'_, '_>, cycle: &[&Need], first: &Need) -> String {
    let inventory = cx.inventory();
    let is_group = |need: &&Need| inventory.type_name(need.from) == SecurityGroup::TYPE;
    let (from, to) = (inventory.logical_id(first.from), inventory.logical_id(first.to));
    if first.is_order {
        return format!("leave `{to}` out of the `DependsOn` of `{from}`");
    }
    if cycle.iter().all(is_group) {
        let properties = inventory.project().resource(first.from).properties.as_ref();
        let mut entries = properties.and_then(|node| node.as_mapping()).into_iter().flatten();
        let property = entries.find(|entry| entry.value.span.contains(first.place));
        if let Some(standalone) = property.and_then(|entry| ec2::standalone_rule(&entry.key)) {
            if from == to {
                return format!("move the rule into an `{standalone}` of its own, which is created when the group exists");
            }
            return format!(
                "move the rule that names `{to}` out of `{from}` into an `{standalone}` of its own, which is created when \
                 both groups exist"
            );
        }
    }
    if cycle.iter().all(|need| inventory.project().resource(need.from).is_nested_stack()) {
        return "move what they share into a third nested stack that both get it from".to_owned();
    }
    format!("let one of them do without the other, for example build the name of `{to}` from parameters in `{from}`")
}

/// Circles among the stacks of different deployments.
fn stacks(cx: &mut Context<'_, '_>, links: &[Link]) {
    let inventory = cx.inventory();
    let path = |stack| inventory.project().sources.get(inventory.project().file(stack)).path();
    let across: Vec<&Link> = links.iter().filter(|link| link.is_across(inventory)).collect();
    let found = |links: &[&Link]| -> Vec<Vec<Link>> {
        let edges: Vec<Edge<(&Str, StackId)>> = links
            .iter()
            .map(|link| {
                let (from, to) = link.roots(inventory);
                Edge { from: (path(from), from), to: (path(to), to), guard: link.guard.clone() }
            })
            .collect();
        let cycles = cycles(&edges, &|guard| inventory.possible(guard)).into_iter();
        let links = cycles.map(|cycle| cycle.iter().filter_map(|index| links.get(*index).copied().cloned()).collect());
        links.collect()
    };
    let certain: Vec<&Link> = across.iter().copied().filter(|link| link.names_are_equal).collect();
    let certain = found(&certain);
    for cycle in &certain {
        across_stacks(cx, cycle);
    }
    if certain.is_empty() {
        for cycle in found(&across) {
            ask(cx, &cycle);
        }
    }
}

/// "the stacks of `a.yaml` and `b.yaml` import from each other".
fn described(cx: &Context<'_, '_>, cycle: &[Link]) -> String {
    let inventory = cx.inventory();
    let paths: Vec<&Str> = cycle
        .iter()
        .map(|link| inventory.project().sources.get(inventory.project().file(link.roots(inventory).0)).path())
        .collect();
    match paths.as_slice() {
        [one, other] => format!("the stacks of `{one}` and `{other}` import from each other"),
        _ => format!("stacks import from each other in a circle: {}", listed(&paths)),
    }
}

fn across_stacks(cx: &mut Context<'_, '_>, cycle: &[Link]) {
    let Some(first) = cycle.first() else { return };
    let message = format!("{}, so that none of them can be created first", described(cx, cycle));
    let labels = cycle.iter().skip(1).map(|link| Label {
        span: link.place,
        text: format!("imports `{}` back", link.name),
        role: Role::Evidence,
        resource: None,
    });
    let mut finding = Finding::at(first.place, message)
        .when(&Guard::all(cycle.iter().map(|link| link.guard.clone())))
        .label(format!("imports `{}`", first.name))
        .because(labels)
        .help("move what both need into a third stack, or pass one of the values as a parameter");
    finding.assumed = cycle.iter().any(|link| link.assumed);
    cx.report(finding);
}

fn ask(cx: &mut Context<'_, '_>, cycle: &[Link]) {
    let Some(first) = cycle.first() else { return };
    let message = format!("whether {}", described(cx, cycle));
    let unknown = cycle.iter().find(|link| !link.names_are_equal).unwrap_or(first);
    let reason = unknown
        .import
        .unknown()
        .unwrap_or_else(|| Unknown::Import(unknown.name.clone()));
    cx.ask_at(first.place, message, &reason);
}
