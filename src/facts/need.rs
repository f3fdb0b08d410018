//! What tasks must reach to start and to run: their images, logs, secrets, files, file systems and sessions. Only what
//! ECS itself does for the tasks is here; what the application calls is nothing a template says.

use super::Inventory;
use super::task_definition::{Container, TaskDefinition};
use super::workload::{Workload, WorkloadKind};
use crate::aws::ec2::endpoint_service::{ECR_API, ECR_DKR, LOGS, S3, SECRETS_MANAGER, SSM, SSM_MESSAGES};
use crate::aws::ecs::{EnvironmentFile, Service, TaskDefinition as View, Volume};
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Part, Text, Trail, Unknown, Value};
use crate::facts::image;
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// What something is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// A value for an environment variable or a log option.
    Secret,
    /// The login to a private registry, which is a secret too.
    RegistryLogin,
    /// A file with environment variables.
    EnvironmentFile,
    /// Output of a container.
    Log,
    /// The image of a container.
    Image,
    /// A volume.
    FileSystem,
    /// Sessions of ECS Exec.
    Exec,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remote {
    /// A private registry of ECR.
    Ecr,
    /// An image registry with this host, on the internet or anywhere else; no VPC endpoint leads there.
    Registry(Str),
    /// CloudWatch Logs.
    Logs,
    /// Secrets Manager.
    SecretsManager,
    /// The parameters of Systems Manager.
    Parameters,
    /// S3.
    S3,
    /// An EFS file system, which is in the VPC.
    FileSystem,
    /// Session Manager.
    Sessions,
}

impl Remote {
    /// Its name, for messages.
    pub fn shown(&self) -> &str {
        match self {
            Remote::Ecr => "ECR",
            Remote::Registry(host) => host,
            Remote::Logs => "CloudWatch Logs",
            Remote::SecretsManager => "Secrets Manager",
            Remote::Parameters => "Parameter Store",
            Remote::S3 => "S3",
            Remote::FileSystem => "EFS",
            Remote::Sessions => "Session Manager",
        }
    }

    /// The endpoint services that a VPC needs for it where nothing leads to the internet. ECR keeps the layers of
    /// images in S3.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
    pub fn endpoint_services(&self) -> &'static [&'static str] {
        match self {
            Remote::Ecr => &[ECR_API, ECR_DKR, S3],
            Remote::Logs => &[LOGS],
            Remote::SecretsManager => &[SECRETS_MANAGER],
            Remote::Parameters => &[SSM],
            Remote::S3 => &[S3],
            Remote::Sessions => &[SSM_MESSAGES],
            Remote::Registry(_) | Remote::FileSystem => &[],
        }
    }

    /// True for a registry that is on the internet only. ECR's public gallery is not counted: parts of it have endpoints.
    pub fn is_public_registry(&self) -> bool {
        matches!(self, Remote::Registry(host) if PUBLIC_REGISTRIES.contains(&&**host))
    }

    /// The TCP port on which it answers.
    pub fn port(&self) -> u16 {
        match self {
            Remote::FileSystem => NFS,
            _ => HTTPS,
        }
    }
}

/// The port of HTTPS.
const HTTPS: u16 = 443;

/// The port of NFS, which EFS speaks.
/// <https://docs.aws.amazon.com/efs/latest/ug/network-access.html>
const NFS: u16 = 2049;

/// Something that tasks must reach.
#[derive(Clone, Debug)]
pub struct Need {
    /// What for.
    pub purpose: Purpose,
    /// Who answers, or why that is not known.
    pub remote: Result<Remote, Unknown>,
    /// When, the presence of `owner` left out for the needs of a task definition.
    pub guard: Guard,
    /// The task definition or service that says so.
    pub owner: ResourceId,
    /// Where it says so.
    pub place: Span,
    /// In words: "container `app` logs with `awslogs`".
    pub what: String,
    /// What exactly, as it is written: the image, the ARN or name of the secret, the ARN of the file, the log group, the
    /// file system.
    pub source: Option<Text>,
    /// The places that passed through.
    pub trail: Trail,
}

impl Need {
    /// The endpoint services that a VPC needs for it where nothing leads to the internet; all that may be needed when it
    /// is not known who answers.
    pub fn endpoint_services(&self) -> &'static [&'static str] {
        match (&self.remote, self.purpose) {
            (Ok(remote), _) => remote.endpoint_services(),
            (Err(_), Purpose::Image) => Remote::Ecr.endpoint_services(),
            (Err(_), Purpose::Secret) => &[SECRETS_MANAGER, SSM],
            (Err(_), _) => &[],
        }
    }

    /// When it is there, where that is not so by default. Needs without it can be told in one sentence.
    pub fn unusual(&self, inventory: &Inventory<'_>) -> Option<Guard> {
        (!inventory.possible_by_default(&self.guard)).then(|| self.guard.clone())
    }

    /// The need as evidence.
    pub fn label(&self, inventory: &Inventory<'_>) -> Label {
        inventory.evidence(self.owner, self.place, self.what.clone())
    }
}

/// What the tasks of a task definition need, container by container. Who reaches for it depends on where they run: on
/// Fargate the task itself, on container instances the agent for all but file systems.
pub fn of_definition<'a>(inventory: &Inventory<'a>, definition: &TaskDefinition<'a>) -> Vec<Need> {
    let mut out = Vec::new();
    for container in &definition.containers {
        of_container(inventory, definition.id, container, &mut out);
    }
    of_volumes(inventory, definition.id, &mut out);
    out.retain(|need| !need.guard.is_never());
    out
}

/// What the tasks of a workload need: by the task definitions that it starts, and ECS Exec.
pub fn of_workload<'a>(
    inventory: &Inventory<'a>,
    definitions: &[TaskDefinition<'a>],
    workload: &Workload,
) -> Vec<Need> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for definition in definitions {
        let starts = definition.started_by(inventory, workload);
        if starts.is_never() {
            continue;
        }
        let present = starts.and(&inventory.presence(definition.id));
        let needs = of_definition(inventory, definition).into_iter().map(|mut need| {
            need.guard = need.guard.and(&present);
            need
        });
        out.extend(needs);
    }
    if workload.kind == WorkloadKind::Service {
        let exec = eval
            .booleans(Service(workload.id).execute_command(eval))
            .into_iter();
        out.extend(
            exec.filter(|case| case.value == Known::Value(true))
                .map(|case| Need {
                    purpose: Purpose::Exec,
                    remote: Ok(Remote::Sessions),
                    guard: case.guard.and(&workload.guard),
                    owner: workload.id,
                    place: case.span,
                    what: "ECS Exec is enabled".to_owned(),
                    source: None,
                    trail: case.trail,
                }),
        );
    }
    out.retain(|need| !need.guard.is_never());
    out
}

fn of_container<'a>(
    inventory: &Inventory<'a>,
    owner: ResourceId,
    container: &Container<'a>,
    out: &mut Vec<Need>,
) {
    let (eval, view, shown) = (&inventory.eval, container.view(), container.shown());
    let need = |purpose, remote, case: &Case<()>, what: String, source| Need {
        purpose,
        remote,
        guard: case.guard.clone(),
        owner,
        place: case.span,
        what,
        source,
        trail: case.trail.clone(),
    };
    for read in container.secrets(eval) {
        let (purpose, remote) = match (&read.source.value, read.is_login) {
            (_, true) => (Purpose::RegistryLogin, Ok(Remote::SecretsManager)),
            (Known::Value(text), false) => (Purpose::Secret, store(inventory, text)),
            (Known::Unknown(reason), false) => (Purpose::Secret, Err(reason.clone())),
            (Known::Absent, false) => continue,
        };
        let what = format!("{shown} has a secret for {}", read.purpose);
        let source = known(&read.source.value);
        out.push(need(purpose, remote, &read.source.with(()), what, source));
    }
    for item in eval.elements(view.environment_files(eval)) {
        if matches!(item.value, Value::Object(_)) {
            let source = eval.texts(EnvironmentFile(&item).value(eval)).into_iter();
            let source = source.into_iter().find_map(|case| known(&case.value));
            let what = format!("{shown} has an environment file");
            out.push(need(
                Purpose::EnvironmentFile,
                Ok(Remote::S3),
                &item.with(()),
                what,
                source,
            ));
        }
    }
    for case in eval.scalars(view.log_driver(eval)) {
        if matches!(&case.value, Known::Value(driver) if &**driver == "awslogs") {
            let group = eval.texts(view.log_group(eval)).into_iter();
            let source = group.into_iter().find_map(|case| known(&case.value));
            let what = format!("{shown} logs with `awslogs`");
            out.push(need(Purpose::Log, Ok(Remote::Logs), &case.with(()), what, source));
        }
    }
    for case in eval.texts(view.image(eval)) {
        let remote = match &case.value {
            Known::Value(text) => registry(inventory, text),
            Known::Unknown(reason) => Err(reason.clone()),
            Known::Absent => continue,
        };
        let what = match &remote {
            Ok(Remote::Ecr) => format!("{shown} runs an image of a private ECR repository"),
            Ok(remote) => format!("{shown} runs an image of {}", remote.shown()),
            Err(_) => format!("{shown} runs an image of a registry that is not known"),
        };
        out.push(need(
            Purpose::Image,
            remote,
            &case.with(()),
            what,
            known(&case.value),
        ));
    }
}

fn of_volumes(inventory: &Inventory<'_>, owner: ResourceId, out: &mut Vec<Need>) {
    let eval = &inventory.eval;
    for item in eval.elements(View(owner).volumes(eval)) {
        for case in inventory.identities(Volume(&item).efs_file_system(eval)) {
            if case.value == Known::Absent {
                continue;
            }
            out.push(Need {
                purpose: Purpose::FileSystem,
                remote: Ok(Remote::FileSystem),
                guard: case.guard.clone(),
                owner,
                place: case.span,
                what: "a volume is an EFS file system".to_owned(),
                source: known(&case.value),
                trail: case.trail,
            });
        }
    }
}

fn known(value: &Known<Text>) -> Option<Text> {
    match value {
        Known::Value(text) => Some(text.clone()),
        Known::Absent | Known::Unknown(_) => None,
    }
}

/// Where the value of a secret is kept: what `ValueFrom` names by ARN, or by the name of a parameter.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html>
fn store(inventory: &Inventory<'_>, source: &Text) -> Result<Remote, Unknown> {
    for part in source.parts() {
        match part {
            Part::Literal(text) if text.contains(":secretsmanager:") => return Ok(Remote::SecretsManager),
            Part::Literal(text) if text.contains(":ssm:") => return Ok(Remote::Parameters),
            Part::Attribute(id, _) if inventory.type_name(*id).starts_with("AWS::SecretsManager::") => {
                return Ok(Remote::SecretsManager);
            }
            Part::Attribute(id, _) if inventory.type_name(*id) == "AWS::SSM::Parameter" => {
                return Ok(Remote::Parameters);
            }
            _ => {}
        }
    }
    let prefix = source.prefix();
    match prefix.is_empty() || prefix.starts_with("arn:") {
        true => Err(inventory.unknown_identity(source)),
        false => Ok(Remote::Parameters),
    }
}

/// Where images without a registry in their name come from.
const DOCKER_HUB: &str = "docker.io";

/// Registries that anybody pulls from over the internet.
const PUBLIC_REGISTRIES: &[&str] = &[
    DOCKER_HUB,
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "quay.io",
    "registry.k8s.io",
];

/// The registry that an image is pulled from: the first component of its name where that is a host, otherwise Docker Hub.
/// <https://pkg.go.dev/github.com/distribution/reference>
fn registry(inventory: &Inventory<'_>, image: &Text) -> Result<Remote, Unknown> {
    let is_ecr = |part: &Part| matches!(part, Part::Literal(text) if text.contains(".dkr.ecr.") || text.contains(".dkr-ecr."));
    if image::repository(inventory, image).is_some() || image.parts().iter().any(is_ecr) {
        return Ok(Remote::Ecr);
    }
    let prefix = image.prefix();
    let Some((first, _)) = prefix.split_once('/') else {
        // `nginx:${Tag}` is of Docker Hub; `${Image}` and `team${Suffix}` may be anything.
        let is_whole = image.as_literal().is_some_and(|text| !text.is_empty());
        return match is_whole || prefix.contains(':') {
            true if is_name(prefix) => Ok(Remote::Registry(DOCKER_HUB.into())),
            _ => Err(inventory.unknown_identity(image)),
        };
    };
    match first.contains(['.', ':']) || first == "localhost" {
        true => Ok(Remote::Registry(first.into())),
        false if is_name(first) => Ok(Remote::Registry(DOCKER_HUB.into())),
        false => Err(inventory.unknown_identity(image)),
    }
}

/// False for words that a script replaces, such as `<IMAGE>` and `IMAGE_URI`.
fn is_name(text: &str) -> bool {
    let name = text.split_once(':').map_or(text, |(name, _)| name);
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Evaluator, Scope, Var};
    use crate::project::{Project, StackId};

    fn text(parts: &[&str]) -> Text {
        let mut text = Text::default();
        for part in parts {
            text.push(match part.strip_prefix('$') {
                Some(name) => Part::Variable(Var {
                    scope: Scope::Stack(StackId(0)),
                    name: name.into(),
                }),
                None => Part::Literal((*part).into()),
            });
        }
        text
    }

    fn of(judge: fn(&Inventory<'_>, &Text) -> Result<Remote, Unknown>, parts: &[&str]) -> Option<Remote> {
        let project = Project::default();
        let inventory = Inventory::new(Evaluator::new(&project));
        judge(&inventory, &text(parts)).ok()
    }

    fn host(name: &str) -> Option<Remote> {
        Some(Remote::Registry(name.into()))
    }

    #[test]
    fn a_first_component_with_a_dot_or_a_port_is_the_registry() {
        assert_eq!(
            of(registry, &["public.ecr.aws/nginx/nginx:1"]),
            host("public.ecr.aws")
        );
        assert_eq!(of(registry, &["registry:5000/app"]), host("registry:5000"));
        assert_eq!(of(registry, &["team/app"]), host(DOCKER_HUB));
        assert_eq!(of(registry, &["nginx:1.27"]), host(DOCKER_HUB));
        assert_eq!(of(registry, &["nginx:", "$Tag"]), host(DOCKER_HUB));
    }

    #[test]
    fn private_repositories_of_ecr_are_found_behind_an_account_that_is_not_known() {
        let image = ["$AWS::AccountId", ".dkr.ecr.eu-west-1.amazonaws.com/app"];
        assert_eq!(of(registry, &image), Some(Remote::Ecr));
    }

    #[test]
    fn an_image_that_may_be_of_any_registry_is_of_none() {
        for image in [
            &["$Image"][..],
            &["$Host", "/app"],
            &["team", "$Rest"],
            &["<IMAGE>"],
            &["IMAGE_URI"],
            &[""],
        ] {
            assert_eq!(of(registry, image), None, "{image:?}");
        }
    }

    #[test]
    fn a_secret_is_kept_where_its_arn_says_and_a_bare_name_is_a_parameter() {
        let secret = ["arn:", "$AWS::Partition", ":secretsmanager:eu-west-1:1:secret:db"];
        assert_eq!(of(store, &secret), Some(Remote::SecretsManager));
        assert_eq!(
            of(store, &["arn:aws:ssm:eu-west-1:1:parameter/db"]),
            Some(Remote::Parameters)
        );
        assert_eq!(of(store, &["/app/", "$Name"]), Some(Remote::Parameters));
        assert_eq!(of(store, &["$Secret"]), None);
        assert_eq!(of(store, &["arn:aws:", "$Service", ":x"]), None);
    }
}
