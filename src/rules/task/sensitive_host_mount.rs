//! Containers do not mount sensitive folders of their host.

use crate::aws::Item;
use crate::aws::ecs::{MountPoint, TaskDefinition as View, Volume};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Part, Unknown, when};
use crate::facts::TaskDefinition;
use crate::facts::comparison::{self, Matches};
use crate::facts::task_definition::Container;
use crate::rule::setting::TextsOption;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, RuleOption, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "sensitive-host-mount",
    summary: "containers do not mount sensitive folders of their host",
    docs: Docs {
        why: "A container with the host's root, its devices or the socket of Docker can take over the \
              container instance and every task on it.",
        decides: "Reports volumes whose path on the host, by `Host.SourcePath` or as the device of a bind by \
              Docker, is one of the folders that give the host away, when some container mounts them. \
              Folders below them pass. A warning when only known monitoring agents (Datadog, cAdvisor, New \
              Relic) mount it, read-only.",
        fix: "Mount only the folder that the container needs, or use a volume that Docker manages, EFS or an \
              agent that needs no access to the host.",
        safety: Safety::Advice,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: Some(8.8),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html",
    options: &[RuleOption::Texts(&AGENTS)],
    check: Check::Native(check),
};

/// Folders and sockets that give the host away.
const SENSITIVE: &[&str] = &[
    "/",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/proc",
    "/root",
    "/run",
    "/run/containerd/containerd.sock",
    "/run/docker.sock",
    "/sys",
    "/var/lib/docker",
    "/var/run",
    "/var/run/docker.sock",
];

static AGENTS: TextsOption = TextsOption {
    name: "agents",
    doc: "parts of the names of images that may look at their host, read-only",
    default: &["datadog/agent", "cadvisor", "newrelic/"],
};

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        for volume in cx.eval().elements(View(definition.id).volumes(cx.eval())) {
            judge(cx, definition, &volume);
        }
    }
}

/// Who mounts a volume.
#[derive(Default)]
struct Mounts {
    guards: Matches,
    labels: Vec<Label>,
    /// When somebody mounts it who is no agent, or who can write.
    beyond_agents: Vec<Guard>,
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, volume: &Item<'a>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let name = inventory.logical_id(definition.id);
    let mounts = mounts(cx, definition, volume);
    let mounted = mounts.guards.is_same();
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let view = Volume(volume);
    let paths = eval.scalars(view.source_path(eval)).into_iter();
    for case in paths.chain(eval.scalars(view.bound_device(eval))) {
        match &case.value {
            Known::Value(path) if is_sensitive(path) => {
                let guard = case.guard.and(&mounted);
                let beyond = Guard::all([
                    inventory.presence(definition.id),
                    guard.clone(),
                    Guard::any(mounts.beyond_agents.iter().cloned()),
                ]);
                let severity = if inventory.possible_by_default(&beyond) {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                let finding = Finding::new(
                    definition.id,
                    case.span,
                    format!("task definition `{name}` mounts `{path}` of its host"),
                );
                let finding = finding
                    .when(&guard)
                    .severity(severity)
                    .help("mount only what the container needs")
                    .because(mounts.labels.clone())
                    .through(inventory, &case.trail);
                findings.push(finding);
                open.extend(
                    mounts
                        .guards
                        .open
                        .iter()
                        .map(|open| open.clone().when(&case.guard)),
                );
            }
            Known::Value(_) | Known::Absent => {}
            Known::Unknown(reason) => open.push(case.with(reason.clone()).when(&mounted)),
        }
    }
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: volume.span,
            message: format!("whether task definition `{name}` mounts sensitive folders of its host"),
            open,
        },
    );
}

fn mounts<'a>(cx: &Context<'_, 'a>, definition: &TaskDefinition<'a>, volume: &Item<'a>) -> Mounts {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let names = inventory.identities(Volume(volume).name(eval));
    let mut out = Mounts::default();
    for container in &definition.containers {
        for mount in eval.elements(container.view().mount_points(eval)) {
            let view = MountPoint(&mount);
            let mut here = Matches::default();
            for wanted in inventory.identities(view.volume(eval)) {
                for name in &names {
                    let guard = wanted.guard.and(&name.guard);
                    here.add(comparison::texts(&wanted.value, &name.value), guard, &wanted);
                }
            }
            let same = here.is_same();
            if !same.is_never() {
                let text = format!("{} mounts it", container.shown());
                out.labels
                    .push(inventory.evidence(definition.id, mount.span, text));
                let harmless = Guard::all([read_only(cx, view), is_agent(cx, container)]);
                out.beyond_agents.push(same.and(&harmless.negated()));
            }
            out.guards.same.extend(here.same);
            out.guards.open.extend(here.open);
        }
    }
    let more = definition.open.iter().cloned();
    out.guards.open.extend(more);
    out
}

fn read_only<'a>(cx: &Context<'_, 'a>, mount: MountPoint<'_, 'a>) -> Guard {
    when(&cx.eval().booleans(mount.read_only(cx.eval())), |value| value.is(&true))
}

/// When the image is that of an agent, or may be one.
fn is_agent<'a>(cx: &Context<'_, 'a>, container: &Container<'a>) -> Guard {
    let agents = cx.texts(&AGENTS);
    let images = cx.eval().texts(container.view().image(cx.eval()));
    when(&images, |image| match image {
        Known::Value(text) => text.parts().iter().any(|part| match part {
            Part::Literal(text) => agents.iter().any(|agent| text.contains(&**agent)),
            part => part.unknown().is_some(),
        }),
        Known::Unknown(_) => true,
        Known::Absent => false,
    })
}

/// True for one of [`SENSITIVE`], with or without slashes at its end.
fn is_sensitive(path: &Str) -> bool {
    let trimmed = path.trim_end_matches('/');
    path.starts_with('/')
        && SENSITIVE
            .iter()
            .any(|folder| folder.trim_end_matches('/') == trimmed)
}
