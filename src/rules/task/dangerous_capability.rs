//! Containers have no capability that reaches beyond them.

use crate::aws::ecs::Device;
use crate::diag::Severity;
use crate::eval::{Case, Known, Unknown};
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::setting::TextsOption;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, RuleOption, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "dangerous-capability",
    summary: "containers have no capability that reaches beyond them",
    docs: Docs {
        why: "Some kernel capabilities, devices and security options let a container leave its bounds: load \
              modules, mount disks, read all files, listen to the network of the host.",
        decides: "Reports such capabilities under `LinuxParameters.Capabilities.Add` (`SYS_PTRACE`, the only one \
              that Fargate has, as a warning there), security options that switch AppArmor or seccomp off, \
              and devices for memory, kernel messages and disks. Other devices, such as accelerators, pass.",
        fix: "Remove it; add only what the application fails without.",
        safety: Safety::Unsafe,
    },
    category: Category::Task,
    severity: Severity::Error,
    security_severity: Some(7.5),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html",
    options: &[RuleOption::Texts(&ALLOWED)],
    check: Check::Native(check),
};

/// Capabilities that reach beyond the container.
const CAPABILITIES: &[&str] = &[
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
    "NET_RAW",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
];

static ALLOWED: TextsOption = TextsOption {
    name: "allowed",
    doc: "capabilities that containers may have all the same",
    default: &[],
};

/// The capability that Fargate allows.
const ON_FARGATE: &str = "SYS_PTRACE";

/// Security options that switch the kernel's protection off.
const OPTIONS: &[&str] = &[
    "apparmor:unconfined",
    "apparmor=unconfined",
    "seccomp:unconfined",
    "seccomp=unconfined",
];

/// Beginnings of devices by which memory, kernel messages or whole disks can be read.
const DEVICES: &[&str] = &[
    "/dev/mem",
    "/dev/kmem",
    "/dev/kmsg",
    "/dev/port",
    "/dev/nvme",
    "/dev/sd",
    "/dev/xvd",
];

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        for container in &definition.containers {
            judge(cx, definition, container);
        }
    }
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let allowed = cx.texts(&ALLOWED);
    let view = container.view();
    let name = inventory.logical_id(definition.id);
    let shown = format!("{} of task definition `{name}`", container.shown());
    let placement = definition.placement(inventory, cx.facts.starters(definition.id));
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut look =
        |cases: Vec<Case<Known<Str>>>, is_bad: &dyn Fn(&str) -> bool, says: &dyn Fn(&str) -> String| {
            for case in cases {
                match &case.value {
                    Known::Value(text) if is_bad(text) => {
                        let finding = Finding::new(definition.id, case.span, says(text))
                            .when(&case.guard)
                            .help("remove it; add only what the application fails without")
                            .through(inventory, &case.trail);
                        if &**text == ON_FARGATE {
                            let mild = finding.clone().when(&placement.on_fargate);
                            findings.push(mild.severity(Severity::Warning));
                            findings.push(finding.when(&placement.on_fargate.negated()));
                        } else {
                            findings.push(finding);
                        }
                    }
                    Known::Unknown(reason) => open.push(case.with(reason.clone())),
                    Known::Value(_) | Known::Absent => {}
                }
            }
        };
    look(
        eval.scalars(eval.elements(view.added_capabilities(eval))),
        &|text| CAPABILITIES.contains(&text) && !allowed.iter().any(|name| **name == *text),
        &|text| format!("{shown} has the capability `{text}`, which reaches beyond the container"),
    );
    look(
        eval.scalars(eval.elements(view.security_options(eval))),
        &|text| OPTIONS.contains(&text),
        &|text| {
            format!("{shown} has the security option `{text}`, which switches a protection of the kernel off")
        },
    );
    for device in eval.elements(view.devices(eval)) {
        look(
            eval.scalars(Device(&device).host_path(eval)),
            &|text| DEVICES.iter().any(|device| text.starts_with(device)),
            &|text| format!("{shown} has the device `{text}` of its host"),
        );
    }
    cx.conclude(
        findings,
        Question {
            subject: definition.id,
            place: container.place,
            message: format!("whether {shown} has capabilities that reach beyond it"),
            open,
        },
    );
}
