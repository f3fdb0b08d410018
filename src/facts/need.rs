//! What tasks must reach to start and to run: their images, logs, secrets, files, file systems and sessions. Only what
//! ECS itself does for the tasks is here; what the application calls is nothing a template says.

use super::task_definition::{Container, TaskDefinition};
use super::workload::{Workload, WorkloadKind};
use super::{Inventory, started};
use crate::aws::ec2::endpoint_service::{ECR_API, ECR_DKR, LOGS, S3, SECRETS_MANAGER, SSM, SSM_MESSAGES};
use crate::aws::ecs::{EnvironmentFile, Service, TaskDefinition as View, Volume, awslogs};
use crate::aws::{secretsmanager, ssm};
use crate::diag::Label;
use crate::eval::{Case, Guard, Known, Part, Text, Trail, Unknown, Value};
use crate::facts::image::{self, Registry};
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
    /// What ECS does there, in words: "pull its image".
    pub errand: String,
    /// What exactly, as it is written: the image, the ARN or name of the secret, the ARN of the file, the log group, the
    /// file system; nothing for sessions.
    pub sources: Vec<Case<Known<Text>>>,
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

    /// What exactly, where that is known; the first of several.
    pub fn source(&self) -> Option<&Text> {
        self.sources.iter().find_map(|case| match &case.value {
            Known::Value(text) => Some(text),
            Known::Absent | Known::Unknown(_) => None,
        })
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
        out.extend(of_container(inventory, definition.id, container));
    }
    out.extend(of_volumes(inventory, definition.id));
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
    for definition in started(definitions, workload) {
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
                    errand: "open its sessions".to_owned(),
                    sources: Vec::new(),
                    trail: case.trail,
                }),
        );
    }
    out.retain(|need| !need.guard.is_never());
    out
}

/// What the agent, or the task on Fargate, reaches for to start a container: secrets, environment files, the log and the
/// image.
pub fn of_container<'a>(
    inventory: &Inventory<'a>,
    owner: ResourceId,
    container: &Container<'a>,
) -> Vec<Need> {
    let (eval, view, shown) = (&inventory.eval, container.view(), container.shown());
    let mut out = Vec::new();
    for read in container.secrets(eval) {
        let (purpose, remote) = match (&read.source.value, read.is_login) {
            (_, true) => (Purpose::RegistryLogin, Ok(Remote::SecretsManager)),
            (Known::Value(text), false) => (Purpose::Secret, store(inventory, text)),
            (Known::Unknown(reason), false) => (Purpose::Secret, Err(reason.clone())),
            (Known::Absent, false) => continue,
        };
        let what = format!("{shown} has a secret for {}", read.purpose);
        let errand = match read.is_login {
            true => format!("log in to {}", read.purpose),
            false => format!("fill {}", read.purpose),
        };
        let at = At {
            owner,
            case: read.source.with(()),
        };
        out.push(at.need(purpose, remote, (what, errand), vec![read.source]));
    }
    for item in eval.elements(view.environment_files(eval)) {
        if matches!(item.value, Value::Object(_)) {
            let files = eval.texts(EnvironmentFile(&item).value(eval));
            let what = format!("{shown} has an environment file");
            let words = (what, "read its environment file".to_owned());
            let at = At {
                owner,
                case: item.with(()),
            };
            out.push(at.need(Purpose::EnvironmentFile, Ok(Remote::S3), words, files));
        }
    }
    for case in eval.scalars(view.log_driver(eval)) {
        if case.value.is(awslogs::DRIVER) {
            let groups = eval.texts(view.log_group(eval));
            let words = (format!("{shown} logs with `awslogs`"), "write its log".to_owned());
            let at = At {
                owner,
                case: case.with(()),
            };
            out.push(at.need(Purpose::Log, Ok(Remote::Logs), words, groups));
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
        let at = At {
            owner,
            case: case.with(()),
        };
        out.push(at.need(
            Purpose::Image,
            remote,
            (what, "pull its image".to_owned()),
            vec![case],
        ));
    }
    out
}

fn of_volumes(inventory: &Inventory<'_>, owner: ResourceId) -> Vec<Need> {
    let eval = &inventory.eval;
    let volumes = eval.elements(View(owner).volumes(eval)).into_iter();
    let systems = volumes.flat_map(|item| inventory.identities(Volume(&item).efs_file_system(eval)));
    let systems = systems.filter(|case| case.value != Known::Absent);
    let needs = systems.map(|case| {
        let at = At {
            owner,
            case: case.with(()),
        };
        let words = ("a volume is an EFS file system".to_owned(), "mount it".to_owned());
        at.need(Purpose::FileSystem, Ok(Remote::FileSystem), words, vec![case])
    });
    needs.collect()
}

/// Who says so, when and where.
struct At {
    owner: ResourceId,
    case: Case<()>,
}

impl At {
    fn need(
        self,
        purpose: Purpose,
        remote: Result<Remote, Unknown>,
        (what, errand): (String, String),
        sources: Vec<Case<Known<Text>>>,
    ) -> Need {
        let At { owner, case } = self;
        Need {
            purpose,
            remote,
            guard: case.guard,
            owner,
            place: case.span,
            what,
            errand,
            sources,
            trail: case.trail,
        }
    }
}

/// Where the value of a secret is kept: what `ValueFrom` names by ARN, or by the name of a parameter.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html>
pub fn store(inventory: &Inventory<'_>, source: &Text) -> Result<Remote, Unknown> {
    for part in source.parts() {
        match part {
            Part::Literal(text) if text.contains(":secretsmanager:") => return Ok(Remote::SecretsManager),
            Part::Literal(text) if text.contains(":ssm:") => return Ok(Remote::Parameters),
            Part::Attribute(id, attribute) => match inventory.type_name(*id) {
                ssm::Parameter::TYPE => return Ok(Remote::Parameters),
                name if secretsmanager::is_secret(name, attribute) => return Ok(Remote::SecretsManager),
                _ => {}
            },
            _ => {}
        }
    }
    let prefix = source.prefix();
    match prefix.is_empty() || prefix.starts_with("arn:") {
        true => Err(inventory.unknown_identity(source)),
        false => Ok(Remote::Parameters),
    }
}

fn registry(inventory: &Inventory<'_>, image: &Text) -> Result<Remote, Unknown> {
    let remote = |registry| match registry {
        Registry::Ecr => Remote::Ecr,
        Registry::DockerHub => Remote::Registry(Registry::DOCKER_HUB.into()),
        Registry::Host(host) => Remote::Registry(host),
    };
    image::registry(inventory, image).map(remote)
}

/// Registries that anybody pulls from over the internet.
const PUBLIC_REGISTRIES: &[&str] = &[
    Registry::DOCKER_HUB,
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "quay.io",
    "registry.k8s.io",
];

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

    fn kept(parts: &[&str]) -> Option<Remote> {
        let project = Project::default();
        let inventory = Inventory::new(Evaluator::new(&project));
        store(&inventory, &text(parts)).ok()
    }

    #[test]
    fn a_secret_is_kept_where_its_arn_says_and_a_bare_name_is_a_parameter() {
        let secret = ["arn:", "$AWS::Partition", ":secretsmanager:eu-west-1:1:secret:db"];
        assert_eq!(kept(&secret), Some(Remote::SecretsManager));
        let parameter = ["arn:aws:ssm:eu-west-1:1:parameter/db"];
        assert_eq!(kept(&parameter), Some(Remote::Parameters));
        assert_eq!(kept(&["/app/", "$Name"]), Some(Remote::Parameters));
        assert_eq!(kept(&["$Secret"]), None);
        assert_eq!(kept(&["arn:aws:", "$Service", ":x"]), None);
    }
}
