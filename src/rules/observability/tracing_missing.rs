//! Applications that take requests are traced.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::aws::ecs::TaskDefinition as View;
use crate::aws::iam::Role;
use crate::aws::xray::SEND;
use crate::diag::Severity;
use crate::eval::{Guard, Known};
use crate::facts::TaskDefinition;
use crate::facts::iam::On;
use crate::facts::task_definition::Container;
use crate::facts::telemetry;
use crate::project::StackId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "tracing-missing",
    summary: "applications that take requests are traced",
    docs: Docs {
        why: "When a request is slow, logs and metrics say that it was, and not where the time went. A trace follows it \
              through the services that it passes.",
        decides: "Told about every task definition that a service starts and that takes requests, by a port mapping, when \
                  nothing in the templates collects traces: no container with the image of the X-Ray daemon, an \
                  OpenTelemetry collector or a monitoring product, here or in a related stack, no environment variable \
                  of one of them, no `xray:PutTraceSegments` in the task role. An image that is not known may be a \
                  collector. An X-Ray daemon whose task role may not send is a warning, undetermined where \
                  the role's policies are not all known.",
        fix: "Add a collector beside the application, such as the AWS Distro for OpenTelemetry, and instrument the \
              application; the task role needs `AWSXRayDaemonWriteAccess`.",
        safety: Safety::Advice,
    },
    category: Category::Observability,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/trace-data.html",
    options: &[],
    check: Check::Native(check),
};

/// What lets a role send traces.
const MANAGED: &str = "AWSXRayDaemonWriteAccess";

fn check(cx: &mut Context<'_, '_>) {
    let collectors = Collectors::new(cx);
    for definition in &cx.facts.task_definitions {
        for container in &definition.containers {
            let is_daemon = telemetry::is_daemon(cx.inventory(), container);
            if !is_daemon.is_never() {
                daemon(cx, definition, container, &is_daemon);
            }
        }
        if telemetry::serves(definition) {
            untraced(cx, definition, &collectors.around(cx, definition.id.stack));
        }
    }
}

/// What collects traces.
#[derive(Default)]
struct Collectors<'a> {
    /// When, in each deployment, by its root.
    by_root: FxHashMap<StackId, Vec<Guard>>,
    /// The deployments with some of it, by the project folder that they belong to.
    by_boundary: FxHashMap<Option<&'a Str>, BTreeSet<StackId>>,
}

impl<'a> Collectors<'a> {
    fn new(cx: &Context<'_, 'a>) -> Self {
        let project = cx.inventory().project();
        let mut out = Self::default();
        for definition in &cx.facts.task_definitions {
            let found = telemetry::of_definition(cx.inventory(), definition);
            let traced = found.traces.or(&found.product).or(&found.open);
            let (id, root) = (definition.id, project.stack(definition.id.stack).root);
            if !traced.is_never() {
                let here = traced.and(&cx.inventory().presence(id));
                out.by_root.entry(root).or_default().push(here);
                out.by_boundary.entry(project.boundary(id.stack)).or_default().insert(root);
            }
        }
        out
    }

    /// When something collects traces of what is in a stack.
    fn around(&self, cx: &Context<'_, 'a>, stack: StackId) -> Guard {
        let project = cx.inventory().project();
        let root = project.stack(stack).root;
        let mut related = self.by_boundary.get(&project.boundary(stack)).into_iter().flatten();
        match related.any(|other| *other != root) {
            // What another deployment chooses is no condition of this one.
            true => Guard::True,
            false => Guard::any(self.by_root.get(&root).into_iter().flatten().cloned()),
        }
    }
}

/// A daemon whose role may not send.
fn daemon(cx: &mut Context<'_, '_>, definition: &TaskDefinition<'_>, container: &Container<'_>, is_daemon: &Guard) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let mut findings = Vec::new();
    let mut open = Vec::new();
    for case in inventory.identities(View(definition.id).task_role(cx.eval())) {
        let here = case.guard.and(is_daemon);
        let Known::Value(identity) = &case.value else {
            continue;
        };
        let Some(role) = inventory.resource_of(identity, Role::TYPE) else {
            continue;
        };
        let answer = cx.facts.iam.permission(inventory, role, SEND, On::Every);
        let id = inventory.logical_id(role);
        let text = format!("{shown} sends traces to X-Ray, and task role `{id}` may not call `{SEND}`");
        findings.push(
            Finding::new(definition.id, container.place, text)
                .when(&here.and(&answer.lacks))
                .severity(Severity::Warning)
                .label("its traces are refused")
                .because([inventory.declared(role, "the task role")])
                .through(inventory, &case.trail)
                .help(format!("attach `{MANAGED}` to the role")),
        );
        let unmet = here.and(&answer.has.negated());
        open.extend(answer.open.into_iter().map(|case| case.when(&unmet)));
    }
    let message = format!("whether {shown} may send traces to X-Ray");
    cx.conclude(findings, Question { subject: definition.id, place: container.place, message, open });
}

/// A task definition of which nothing collects traces.
fn untraced(cx: &mut Context<'_, '_>, definition: &TaskDefinition<'_>, traced: &Guard) {
    let inventory = cx.inventory();
    let started = cx.facts.starters(definition.id).map(|workload| definition.started_by(inventory, workload));
    let started = Guard::any(started);
    // An application that may send traces does so by itself.
    let mut sends = Vec::new();
    for case in inventory.identities(View(definition.id).task_role(cx.eval())) {
        let may = match &case.value {
            Known::Absent => Guard::False,
            Known::Unknown(_) => Guard::True,
            Known::Value(identity) => match inventory.resource_of(identity, Role::TYPE) {
                Some(role) => cx.facts.iam.permission(inventory, role, SEND, On::Some).lacks.negated(),
                None => Guard::True,
            },
        };
        sends.push(may.and(&case.guard));
    }
    let name = inventory.logical_id(definition.id);
    let declared = inventory.project().resource(definition.id).id.span;
    let finding = Finding::new(
        definition.id,
        declared,
        format!("task definition `{name}` takes requests, and nothing in the templates collects traces of them"),
    )
    .when(&started.and(&Guard::any(sends).or(traced).negated()))
    .label("no collector, and no role that may send traces")
    .help("add a collector such as the AWS Distro for OpenTelemetry beside the application, and instrument it");
    cx.report(finding);
}
