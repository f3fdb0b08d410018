//! Tasks cannot take the role of their container instance.

use crate::aws::autoscaling::LaunchConfiguration;
use crate::aws::ec2::LaunchTemplate;
use crate::diag::{Label, Severity};
use crate::eval::{Case, Cases, Evaluator, Guard, Known, Part, Text, Unknown};
use crate::facts::Workload;
use crate::facts::workload::Host;
use crate::project::ResourceId;
use crate::rule::{Category, Context, Docs, Finding, Profile, Question, Rule};
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
                  `ECS_AWSVPC_BLOCK_IMDS`. Metadata that is off, and a launch script that blocks 169.254.169.254, \
                  settle it. Undetermined when the launch script or \
                  `HttpTokens` is only known at deployment.",
        fix: "Set `MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}`, and write \
              `ECS_AWSVPC_BLOCK_IMDS=true` to `/etc/ecs/ecs.config`.",
    },
    category: Category::Capacity,
    severity: Severity::Warning,
    security_severity: Some(7.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_79", "AVD-AWS-0130"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
    check,
};

/// Settings that keep awsvpc tasks from the metadata: of the agent, of its PowerShell module, and of Bottlerocket.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>
const BLOCKS_OWN: &[&str] = &["ecs_awsvpc_block_imds", "awsvpcblockimds", "awsvpc-block-imds"];

/// The address of the metadata; a launch script that writes it into the packet filter blocks bridge tasks.
const ADDRESS: &str = "169.254.169.254";
const FILTERS: &[&str] = &["iptables", "nft"];

/// Answers that travel so far do not leave the instance.
const HOPS: u64 = 1;

const HELP: &str = "set `MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 1}`, and \
    `ECS_AWSVPC_BLOCK_IMDS=true` in `/etc/ecs/ecs.config`";

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
}

fn options(eval: &Evaluator<'_>, inventory_type: &str, id: ResourceId) -> Options {
    let (template, configuration) = (LaunchTemplate(id), LaunchConfiguration(id));
    let (tokens, hops, endpoint): (Cases<'_>, Cases<'_>, Cases<'_>) = match inventory_type {
        LaunchConfiguration::TYPE => (
            configuration.metadata_tokens(eval),
            configuration.metadata_hops(eval),
            configuration.metadata_endpoint(eval),
        ),
        _ => (
            template.metadata_tokens(eval),
            template.metadata_hops(eval),
            template.metadata_endpoint(eval),
        ),
    };
    Options {
        tokens: eval.scalars(tokens),
        hops: eval.scalars(hops),
        endpoint: eval.scalars(endpoint),
    }
}

/// The tasks that may run on the instances of a launch, and what their scripts keep from the metadata.
struct Tenants<'c> {
    /// Those with a network of their own.
    own: Vec<&'c Workload>,
    /// True when tasks that use the network of the instance are not kept off, or no task is known.
    is_shared_open: bool,
    /// True when tasks with a network of their own are not kept off.
    is_own_open: bool,
}

fn tenants<'c>(cx: &Context<'c, '_>, hosts: &[&'c Host]) -> Tenants<'c> {
    let workloads = cx.facts.workloads.iter();
    let here: Vec<&Workload> = workloads.filter(|it| hosts.iter().any(|host| host.may_run(it))).collect();
    let has = |workload: &Workload, wanted: &Known<()>| workload.network.iter().any(|case| case.value == *wanted);
    let own: Vec<&Workload> = here.iter().copied().filter(|it| has(it, &Known::Value(()))).collect();
    let is_any_shared = here.iter().any(|it| has(it, &Known::Absent));
    let blocks_own = hosts.iter().all(|host| host.scripts.iter().any(blocks_own));
    let blocks_shared = hosts.iter().all(|host| host.scripts.iter().any(blocks_shared));
    let is_nobody_known = here.is_empty();
    Tenants {
        is_shared_open: match is_nobody_known {
            true => !blocks_shared && !blocks_own,
            false => is_any_shared && !blocks_shared,
        },
        is_own_open: !own.is_empty() && !blocks_own,
        own,
    }
}

/// True for more hops than an answer needs that stays on the instance.
fn is_far(hops: &Known<Str>) -> bool {
    matches!(hops, Known::Value(text) if text.parse::<u64>().is_ok_and(|hops| hops > HOPS))
}

/// The hops that are too many.
fn number(hops: &[Case<Known<Str>>]) -> Option<&str> {
    hops.iter().find_map(|case| match &case.value {
        Known::Value(text) if is_far(&case.value) => Some(&**text),
        _ => None,
    })
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
    let hosts: Vec<&Host> = cx.facts.hosts.iter().filter(|host| host.launch == Some(launch)).collect();
    let tenants = tenants(cx, &hosts);
    let Options { tokens, hops, endpoint } = options(cx.eval(), inventory.type_name(launch), launch);
    let is = |cases: &[Case<Known<Str>>], is_wanted: &dyn Fn(&Known<Str>) -> bool| {
        let some = cases.iter().filter(|case| is_wanted(&case.value));
        Guard::any(some.map(|case| case.guard.clone()))
    };
    let off = is(&endpoint, &|known| matches!(known, Known::Value(text) if &**text == "disabled"));
    let tokenless = is(&tokens, &|known| match known {
        Known::Absent => true,
        Known::Value(text) => &**text != "required",
        Known::Unknown(_) => false,
    });
    let far = is(&hops, &is_far);
    let shared = if tenants.is_shared_open { Guard::True } else { Guard::False };
    let own = if tenants.is_own_open { Guard::True } else { Guard::False };
    let scripts: Vec<_> = hosts.iter().flat_map(|host| host.open_scripts.iter().cloned()).collect();
    let unsure = Guard::any(scripts.iter().map(|case| case.guard.clone()));
    let name = inventory.logical_id(launch);
    let declared = inventory.project().resource(launch).id.span;
    let place = |cases: &[Case<Known<Str>>]| {
        let set = cases.iter().find(|case| case.value != Known::Absent);
        set.map_or(declared, |case| case.span)
    };
    let groups = hosts
        .iter()
        .map(|host| inventory.declared(host.id, "auto scaling group of the container instances"));
    let mut labels: Vec<Label> = groups.collect();
    let started = tenants.own.iter().filter(|_| tenants.is_own_open);
    labels.extend(started.map(|it| {
        let text = format!("{} runs awsvpc tasks on them", it.shown(inventory));
        inventory.evidence(it.id, it.place, text)
    }));
    let finding = |at, message: String, guard: &Guard| {
        Finding::new(launch, at, message)
            .when(&Guard::all([guard.clone(), off.negated(), unsure.negated()]))
            .help(HELP)
            .because(labels.clone())
    };
    let reached = tokenless.and(&shared.or(&own));
    let farther = Guard::all([far, shared.clone(), reached.negated()]);
    let not_kept = Guard::all([own.clone(), reached.negated(), farther.negated()]);
    let taken = format!("tasks can take the role of the container instances that `{name}` launches");
    let tokens_message = format!("{taken}: `HttpTokens` is not `required`");
    let shown = number(&hops).unwrap_or_default();
    let hops_message = format!("{taken}: `HttpPutResponseHopLimit` is {shown}");
    let own_message = format!("{taken}: nothing sets `ECS_AWSVPC_BLOCK_IMDS` for awsvpc tasks");
    let findings = [
        finding(place(&tokens), tokens_message, &reached).label("tokens are not required"),
        finding(place(&hops), hops_message, &farther).label("reaches into containers"),
        finding(declared, own_message, &not_kept).label("no `ECS_AWSVPC_BLOCK_IMDS=true`"),
    ];
    let possible = Guard::all([off.negated(), reached.or(&farther).or(&own)]);
    let mut open: Vec<Case<Unknown>> = scripts.into_iter().map(|case| case.when(&possible)).collect();
    let relevant = off.negated().and(&shared.or(&own));
    open.extend(tokens.iter().filter_map(|case| match &case.value {
        Known::Unknown(reason) => Some(case.with(reason.clone()).when(&relevant)),
        Known::Value(_) | Known::Absent => None,
    }));
    let message = format!("whether tasks reach the metadata of the container instances that `{name}` launches");
    cx.conclude(findings, Question { subject: launch, place: declared, message, open });
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
