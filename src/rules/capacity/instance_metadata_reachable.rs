//! Tasks cannot take the role of their container instance.

use crate::aws::autoscaling::LaunchConfiguration;
use crate::aws::ec2::LaunchTemplate;
use crate::aws::machine_images::{MachineImage, machine_image};
use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Known, Part, Text, Unknown, when, when_any};
use crate::facts::workload::Host;
use crate::facts::{Inventory, Workload};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "instance-metadata-reachable",
    summary: "tasks cannot take the role of their container instance",
    docs: Docs {
        why: "The metadata of an instance hands out the credentials of its role, by which the agent registers the \
              instance and takes tasks. A container that reaches it has this role beside its own, and through it what \
              the other tasks of the instance are given.",
        decides: "Looks at the launch templates and configurations of container instances. Reports metadata without \
                  session tokens (`HttpTokens` is not `required`), answers that travel more than one hop into the \
                  containers, and awsvpc tasks of the templates on instances whose launch script does not set \
                  `ECS_AWSVPC_BLOCK_IMDS`. Where nothing is set, the ECS-optimized image of Amazon Linux 2023 requires \
                  tokens and answers over two hops. Metadata that is off, and a launch script that blocks 169.254.169.254, \
                  settle it. Undetermined when the launch script or \
                  `HttpTokens` is only known at deployment.",
        fix: "Set `MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}`, and write \
              `ECS_AWSVPC_BLOCK_IMDS=true` to `/etc/ecs/ecs.config`.",
        safety: Safety::Safe,
    },
    category: Category::Capacity,
    severity: Severity::Warning,
    security_severity: Some(7.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_79", "AVD-AWS-0130", "EC2.170", "AutoScaling.3"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    options: &[],
    check: Check::Native(check),
};

/// Settings that keep awsvpc tasks from the metadata: of the agent, of its PowerShell module, and of Bottlerocket.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>
const BLOCKS_OWN: &[&str] = &["ecs_awsvpc_block_imds", "awsvpcblockimds", "awsvpc-block-imds"];

/// The address of the metadata; a launch script that writes it into the packet filter blocks bridge tasks.
const ADDRESS: &str = "169.254.169.254";
const FILTERS: &[&str] = &["iptables", "nft"];

/// Answers that travel so far do not leave the instance.
const HOPS: u64 = 1;

/// The setting that keeps awsvpc tasks from the metadata, and how to make it.
struct Setting {
    name: &'static str,
    label: &'static str,
    help: &'static str,
}

const AGENT: Setting = Setting {
    name: "ECS_AWSVPC_BLOCK_IMDS",
    label: "no `ECS_AWSVPC_BLOCK_IMDS=true`",
    help: "set `MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}`, and `ECS_AWSVPC_BLOCK_IMDS=true` in \
           `/etc/ecs/ecs.config`",
};

/// <https://bottlerocket.dev/en/os/latest/#/api/settings/ecs/>
const BOTTLEROCKET: Setting = Setting {
    name: "awsvpc-block-imds",
    label: "no `awsvpc-block-imds = true`",
    help: "set `MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}`, and `awsvpc-block-imds = true` under \
           `[settings.ecs]`",
};

fn check(cx: &mut Context<'_, '_>) {
    let mut seen: Vec<ResourceId> = Vec::new();
    for host in &cx.facts.hosts {
        if let Some(launch) = host.launch
            && !seen.contains(&launch)
        {
            seen.push(launch);
            judge(cx, launch);
        }
    }
}

/// What the launch of instances says about their metadata.
struct Options {
    tokens: Vec<Case<Known<Str>>>,
    hops: Vec<Case<Known<Str>>>,
    endpoint: Vec<Case<Known<Str>>>,
    /// The images that AWS is known to register.
    images: Vec<Case<MachineImage>>,
}

impl Options {
    /// When an image decides what is absent: tokens are required, and answers travel two hops.
    fn preset(&self) -> Guard {
        let images = self.images.iter();
        let images = images.filter(|case| case.value == MachineImage::AmazonLinux2023);
        Guard::any(images.map(|case| case.guard.clone()))
    }
}

fn options(inventory: &Inventory<'_>, launch: ResourceId) -> Options {
    let eval = &inventory.eval;
    let (tokens, hops, endpoint, images) = match inventory.type_name(launch) {
        LaunchConfiguration::TYPE => {
            let view = LaunchConfiguration(launch);
            (view.metadata_tokens(eval), view.metadata_hops(eval), view.metadata_endpoint(eval), view.image(eval))
        }
        _ => {
            let view = LaunchTemplate(launch);
            (view.metadata_tokens(eval), view.metadata_hops(eval), view.metadata_endpoint(eval), view.image(eval))
        }
    };
    let images = eval.texts(images).into_iter().filter_map(|case| match &case.value {
        Known::Value(text) => match text.as_part() {
            Some(Part::Dynamic(name) | Part::Literal(name)) => machine_image(name).map(|image| case.with(image)),
            _ => None,
        },
        Known::Absent | Known::Unknown(_) => None,
    });
    Options {
        tokens: eval.scalars(tokens),
        hops: eval.scalars(hops),
        endpoint: eval.scalars(endpoint),
        images: images.collect(),
    }
}

/// The tasks that may run on the instances of a launch and that its scripts do not keep from the metadata.
struct Tenants {
    /// When there are some with a network of their own.
    own: Guard,
    /// When there are some that use the network of the instance, or none is known at all.
    shared: Guard,
    /// The workloads of those with a network of their own.
    labels: Vec<Label>,
}

fn tenants(cx: &Context<'_, '_>, hosts: &[&Host]) -> Tenants {
    let inventory = cx.inventory();
    let all_have = |is_blocked: fn(&Text) -> bool| hosts.iter().all(|host| host.scripts.iter().any(is_blocked));
    let (keeps_own, keeps_shared) = (all_have(blocks_own), all_have(blocks_shared));
    let workloads = cx.facts.workloads.iter();
    let here: Vec<&Workload> = workloads
        .filter(|workload| hosts.iter().any(|host| host.may_run(workload)))
        .collect();
    let with = |wanted: Known<()>| {
        let each = here.iter().map(|workload| {
            let network = when(&workload.network, |network| *network == wanted);
            Guard::all([inventory.presence(workload.id), workload.guard.clone(), network])
        });
        Guard::any(each)
    };
    let unless = |kept: bool, guard: Guard| if kept { Guard::False } else { guard };
    let own = here
        .iter()
        .filter(|workload| workload.network.iter().any(|case| case.value == Known::Value(())));
    Tenants {
        own: unless(keeps_own, with(Known::Value(()))),
        shared: match here.is_empty() {
            true => unless(keeps_shared || keeps_own, Guard::True),
            false => unless(keeps_shared, with(Known::Absent)),
        },
        labels: own
            .filter(|_| !keeps_own)
            .map(|workload| {
                let text = format!("{} runs awsvpc tasks on them", workload.shown(inventory));
                inventory.evidence(workload.id, workload.place, text)
            })
            .collect(),
    }
}

/// True for more hops than an answer needs that stays on the instance.
fn is_far(hops: &Known<Str>) -> bool {
    matches!(hops, Known::Value(text) if text.parse::<u64>().is_ok_and(|hops| hops > HOPS))
}

fn blocks_own(script: &Text) -> bool {
    let script: String = literals(script)
        .chars()
        .filter(|c| !c.is_whitespace() && !['"', '\''].contains(c))
        .collect();
    BLOCKS_OWN
        .iter()
        .any(|name| script.contains(name) && !script.contains(&format!("{name}=false")))
}

fn blocks_shared(script: &Text) -> bool {
    let script = literals(script);
    script.contains(ADDRESS) && FILTERS.iter().any(|filter| script.contains(filter))
}

/// True for a script that is the TOML of Bottlerocket.
fn is_bottlerocket(script: &Text) -> bool {
    literals(script).contains("[settings.")
}

/// The characters of a script that are known, in lower case.
fn literals(script: &Text) -> String {
    let parts = script.parts().iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text.to_ascii_lowercase()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn judge(cx: &mut Context<'_, '_>, launch: ResourceId) {
    let inventory = cx.inventory();
    let hosts = cx.facts.hosts.iter();
    let hosts: Vec<&Host> = hosts.filter(|host| host.launch == Some(launch)).collect();
    let (tenants, options) = (tenants(cx, &hosts), options(inventory, launch));
    let off = when(&options.endpoint, |known| known.is("disabled"));
    let anybody = Guard::all([off.negated(), tenants.shared.or(&tenants.own)]);
    let scripts = hosts.iter().flat_map(|host| host.open_scripts.iter().cloned());
    let mut open: Vec<Case<Unknown>> = scripts.collect();
    let known = when_any(&open).negated();
    open.extend(options.tokens.iter().filter_map(|case| match &case.value {
        Known::Unknown(reason) => Some(case.with(reason.clone())),
        Known::Value(_) | Known::Absent => None,
    }));
    let groups = hosts
        .iter()
        .map(|host| inventory.declared(host.id, "auto scaling group of the container instances"));
    let labels: Vec<Label> = groups.chain(tenants.labels.clone()).collect();
    let is_bottlerocket = options.images.iter().any(|case| case.value == MachineImage::Bottlerocket)
        || hosts.iter().any(|host| host.scripts.iter().any(is_bottlerocket));
    let setting = if is_bottlerocket { &BOTTLEROCKET } else { &AGENT };
    let findings = findings(inventory, launch, &options, &tenants, setting).into_iter();
    let findings: Vec<Finding> = findings
        .map(|it| it.when(&Guard::all([off.negated(), known.clone()])).because(labels.clone()))
        .collect();
    let name = inventory.logical_id(launch);
    let place = inventory.project().resource(launch).id.span;
    let message = format!("whether tasks reach the metadata of the container instances that `{name}` launches");
    let open = open.into_iter().map(|case| case.when(&anybody)).collect();
    cx.conclude(findings, Question { subject: launch, place, message, open });
}

/// The ways to the metadata, the widest first; what one says the next does not repeat.
fn findings(
    inventory: &Inventory<'_>,
    launch: ResourceId,
    options: &Options,
    tenants: &Tenants,
    setting: &Setting,
) -> Vec<Finding> {
    let is_absent = |known: &Known<Str>| *known == Known::Absent;
    let is_optional = |known: &Known<Str>| matches!(known, Known::Value(text) if &**text != "required");
    let preset = options.preset();
    let optional = when(&options.tokens, is_optional).or(&when(&options.tokens, is_absent).and(&preset.negated()));
    let reached = optional.and(&tenants.shared.or(&tenants.own));
    let through_bridge = tenants.shared.and(&reached.negated());
    let farther = through_bridge.and(&when(&options.hops, is_far));
    let unset = Guard::all([through_bridge, when(&options.hops, is_absent), preset]);
    let not_kept = Guard::all([tenants.own.clone(), reached.negated(), farther.negated(), unset.negated()]);
    let name = inventory.logical_id(launch);
    let declared = inventory.project().resource(launch).id.span;
    let finding = |case: Option<&Case<Known<Str>>>, why: String, label: &str, guard: &Guard| {
        let place = case.map_or(declared, |case| case.span);
        let message = format!("tasks can take the role of the container instances that `{name}` launches: {why}");
        let finding = Finding::new(launch, place, message).when(guard).label(label).help(setting.help);
        match case {
            Some(case) => finding.through(inventory, &case.trail),
            None => finding,
        }
    };
    let tokens = options.tokens.iter().find(|case| is_optional(&case.value));
    let why = "`HttpTokens` is not `required`".to_owned();
    let mut out = vec![finding(tokens, why, "tokens are not required", &reached)];
    if let Some(case) = options.hops.iter().find(|case| is_far(&case.value))
        && let Known::Value(hops) = &case.value
    {
        let why = format!("`HttpPutResponseHopLimit` is {hops}");
        out.push(finding(Some(case), why, "reaches into containers", &farther));
    }
    let why = "nothing sets `HttpPutResponseHopLimit` to 1; this image launches with 2".to_owned();
    let image = options.images.iter().find(|case| case.value == MachineImage::AmazonLinux2023);
    let image = image.map(|case| inventory.evidence(launch, case.span, "the image"));
    out.push(finding(None, why, "no `HttpPutResponseHopLimit: 1`", &unset).because(image));
    let why = format!("nothing sets `{}` for awsvpc tasks", setting.name);
    out.push(finding(None, why, setting.label, &not_kept));
    out
}

#[cfg(test)]
mod tests {
    use super::{blocks_own, blocks_shared};
    use crate::eval::Text;

    #[test]
    fn a_script_keeps_awsvpc_tasks_off_in_the_words_of_every_agent() {
        let blocks = |script: &str| blocks_own(&Text::literal(script));
        assert!(blocks("echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"));
        assert!(blocks(
            "Initialize-ECSAgent -Cluster main -EnableTaskENI -AwsvpcBlockIMDS"
        ));
        assert!(blocks("[settings.ecs]\nawsvpc-block-imds = true"));
        assert!(!blocks("echo ECS_AWSVPC_BLOCK_IMDS=false >> /etc/ecs/ecs.config"));
        assert!(!blocks("[settings.ecs]\nawsvpc-block-imds = false"));
        assert!(!blocks("echo ECS_CLUSTER=main >> /etc/ecs/ecs.config"));
    }

    #[test]
    fn only_a_packet_filter_keeps_bridge_tasks_off() {
        let blocks = |script: &str| blocks_shared(&Text::literal(script));
        assert!(blocks("iptables -I DOCKER-USER 1 -d 169.254.169.254/32 -j DROP"));
        assert!(!blocks("curl http://169.254.169.254/latest/meta-data/instance-id"));
        assert!(!blocks("iptables -A INPUT -p tcp --dport 22 -j DROP"));
    }
}
