//! What the agent calls with the execution role before the containers of a task start.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>

use super::iam::{On, may_be_allowed_by};
use super::need::{self, Need, Remote};
use super::task_definition::Container;
use super::{Inventory, TaskDefinition, image};
use crate::aws::ecr;
use crate::aws::ecs::awslogs;
use crate::aws::kms::{Alias, Key};
use crate::aws::logs::LogGroup;
use crate::aws::s3::BucketPolicy;
use crate::aws::secretsmanager::{ResourcePolicy, Secret};
use crate::eval::{Case, Cases, Guard, Known, Part, Text, Value, when};
use crate::project::ResourceId;
use crate::source::Span;

/// What a call is for. Calls for one purpose are granted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// To pull an image of a private ECR repository.
    Image,
    /// To write to a log group.
    Log,
    /// To make the log group.
    LogGroup,
    /// To read a secret of Secrets Manager.
    Secret,
    /// To read a parameter of Systems Manager.
    Parameter,
    /// To read something that may be either.
    SecretOrParameter,
    /// To decrypt a secret with a key of the account's own.
    Key,
    /// To read an environment file.
    File,
}

/// On what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// On no resource.
    Nothing,
    /// On something that is not known.
    Something,
    /// On this resource, in all the ways its ARN may be spelled; never none.
    Arn(Vec<Text>),
}

impl Subject {
    /// The same as policies are asked.
    pub fn on(&self) -> On<'_> {
        match self {
            Subject::Nothing => On::Every,
            Subject::Something => On::Some,
            Subject::Arn(arns) => On::Arn(arns),
        }
    }
}

/// A call of the agent.
#[derive(Clone, Debug)]
pub struct Call {
    /// What for.
    pub purpose: Purpose,
    /// The actions, as `service:Action`. All of them are called; of [`Purpose::SecretOrParameter`] one of them.
    pub actions: &'static [&'static str],
    /// On what.
    pub subject: Subject,
    /// When.
    pub guard: Guard,
    /// Where the task definition asks for it.
    pub place: Span,
    /// What for, in words: `pull its image`.
    pub words: String,
}

const LOG_IN: &[&str] = &["ecr:GetAuthorizationToken"];
const PULL: &[&str] = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const WRITE_LOG: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents"];
const READ_SECRET: &[&str] = &["secretsmanager:GetSecretValue"];
const READ_PARAMETERS: &[&str] = &["ssm:GetParameters"];
const READ_EITHER: &[&str] = &["secretsmanager:GetSecretValue", "ssm:GetParameters"];
const DECRYPT: &[&str] = &["kms:Decrypt"];
const READ_OBJECT: &[&str] = &["s3:GetObject"];

/// What the agent calls for what a container needs. On container instances the instances' own role pulls images and writes
/// logs, so that these calls are of Fargate alone; `on_fargate` says when the task definition runs there.
pub fn calls<'a>(
    inventory: &Inventory<'a>,
    on_fargate: &Guard,
    definition: &TaskDefinition<'a>,
    container: &Container<'a>,
) -> Vec<Call> {
    let mut out = Vec::new();
    for need in need::of_container(inventory, definition.id, container) {
        let guard = match need.purpose {
            need::Purpose::Image | need::Purpose::Log => need.guard.and(on_fargate),
            _ => need.guard.clone(),
        };
        for source in &need.sources {
            let errand = Errand {
                inventory,
                need: &need,
                source: source.clone().when(&guard),
            };
            out.extend(match need.purpose {
                need::Purpose::Image => errand.pull(),
                need::Purpose::Log => errand.log(container),
                need::Purpose::Secret | need::Purpose::RegistryLogin => errand.secret(),
                need::Purpose::EnvironmentFile => errand.file(),
                need::Purpose::FileSystem | need::Purpose::Exec => Vec::new(),
            });
        }
    }
    out.retain(|call| !call.guard.is_never() && inventory.possible(&call.guard));
    out.sort_by_key(|call| call.purpose);
    out
}

/// What the agent is sent for: one source of a need.
struct Errand<'e, 'a> {
    inventory: &'e Inventory<'a>,
    need: &'e Need,
    /// The guard says when the agent goes.
    source: Case<Known<Text>>,
}

impl<'a> Errand<'_, 'a> {
    fn call(&self, purpose: Purpose, actions: &'static [&'static str], subject: Subject) -> Call {
        Call {
            purpose,
            actions,
            subject,
            guard: self.source.guard.clone(),
            place: self.source.span,
            words: self.need.errand.clone(),
        }
    }

    fn pull(&self) -> Vec<Call> {
        let Known::Value(text) = &self.source.value else {
            return Vec::new();
        };
        let repository = image::repository(self.inventory, text);
        let arn = match repository {
            Some(id) => Some(Text::part(Part::Attribute(id, "Arn".into()))),
            None => self.repository_arn(text),
        };
        let Some(arn) = arn else {
            return Vec::new();
        };
        let mut out = vec![self.call(Purpose::Image, LOG_IN, Subject::Nothing)];
        let document = repository.map(|id| ecr::Repository(id).policy(&self.inventory.eval));
        if !document.is_some_and(|document| self.may_allow(document, PULL)) {
            out.push(self.call(Purpose::Image, PULL, Subject::Arn(vec![arn])));
        }
        out
    }

    /// The ARN of the repository of an image `account.dkr.ecr.region.suffix/repository:tag`.
    fn repository_arn(&self, image: &Text) -> Option<Text> {
        let mut pieces = image.split("/").into_iter();
        let host = pieces.next()?.split(".");
        let [account, dkr, ecr, region, ..] = host.as_slice() else {
            return None;
        };
        let is = |text: &Text, word: &str| text.as_literal().as_deref() == Some(word);
        if !is(dkr, "dkr") || !is(ecr, "ecr") {
            return None;
        }
        let mut arn = self.arn("ecr", region, account, "repository");
        for piece in pieces {
            arn.append(&Text::literal("/"));
            let name = piece.split(":").into_iter().next().unwrap_or_default();
            arn.append(&name.split("@").into_iter().next().unwrap_or_default());
        }
        Some(arn)
    }

    fn log(&self, container: &Container<'a>) -> Vec<Call> {
        let (group, streams, groups) = match &self.source.value {
            Known::Absent => return Vec::new(),
            Known::Unknown(_) => (None, Subject::Something, Subject::Something),
            Known::Value(group) => {
                let arn = self.arn_here("logs", "log-group:", group);
                let streams = vec![arn.clone(), suffixed(&arn, ":log-stream:*")];
                let groups = vec![arn.clone(), suffixed(&arn, ":*")];
                (Some(group), Subject::Arn(streams), Subject::Arn(groups))
            }
        };
        let mut out = vec![self.call(Purpose::Log, WRITE_LOG, streams)];
        if !group.is_some_and(|group| self.is_declared(group)) {
            let eval = &self.inventory.eval;
            let options = container.view().log_options(eval);
            let creates = eval.booleans(eval.get(options, awslogs::CREATE_GROUP));
            let call = self.call(Purpose::LogGroup, &["logs:CreateLogGroup"], groups);
            out.push(Call {
                guard: call.guard.and(&when(&creates, |creates| creates.is(&true))),
                words: "make its log group".to_owned(),
                ..call
            });
        }
        out
    }

    /// True when a log group with this name is declared in some template.
    fn is_declared(&self, group: &Text) -> bool {
        let inventory = self.inventory;
        // A group that no parameter values bring about is not there.
        let is_group = |id: ResourceId| inventory.of_type(LogGroup::TYPE).binary_search(&id).is_ok();
        let mut parts = group.parts().iter();
        parts.any(|part| matches!(part, Part::Attribute(id, _) if is_group(*id)))
            || inventory.log_group_names().contains(group)
    }

    fn secret(&self) -> Vec<Call> {
        let is_login = self.need.purpose == need::Purpose::RegistryLogin;
        let stored = match &self.source.value {
            Known::Absent => return Vec::new(),
            Known::Unknown(_) => Stored::Either,
            Known::Value(text) => self.stored(text, is_login),
        };
        match stored {
            Stored::Either if is_login => {
                vec![self.call(Purpose::Secret, READ_SECRET, Subject::Something)]
            }
            Stored::Either => vec![self.call(Purpose::SecretOrParameter, READ_EITHER, Subject::Something)],
            Stored::Parameter(arn) => {
                vec![self.call(Purpose::Parameter, READ_PARAMETERS, Subject::Arn(vec![arn]))]
            }
            Stored::Secret(arns, id) => {
                let mut out = Vec::new();
                if !id.is_some_and(|id| self.secret_may_allow(id)) {
                    out.push(self.call(Purpose::Secret, READ_SECRET, Subject::Arn(arns)));
                }
                out.extend(id.into_iter().flat_map(|id| self.keys(id)));
                out
            }
        }
    }

    /// What a `ValueFrom`, or the credentials of a registry, name.
    fn stored(&self, text: &Text, is_login: bool) -> Stored {
        let start = text.prefix();
        match (need::store(self.inventory, text), text.parts().first()) {
            (Ok(Remote::SecretsManager), Some(Part::Attribute(id, attribute))) => {
                let is_whole = match text.parts().get(1) {
                    None => true,
                    Some(Part::Literal(rest)) => rest.starts_with(':'),
                    Some(_) => false,
                };
                let arn = Text::part(Part::Attribute(*id, attribute.clone()));
                let secret = (self.inventory.type_name(*id) == Secret::TYPE).then_some(*id);
                if is_whole {
                    Stored::Secret(vec![arn], secret)
                } else {
                    Stored::Either
                }
            }
            (Ok(Remote::Parameters), Some(Part::Attribute(..))) if text.parts().len() == 1 => {
                Stored::Parameter(self.arn_here("ssm", "parameter/", text))
            }
            (Ok(Remote::SecretsManager), _) if start.starts_with("arn:") => {
                // Behind the name stand the key, the stage and the version to read.
                let mut name = Text::default();
                for (index, piece) in text.split(":").iter().take(SECRET_SEGMENTS).enumerate() {
                    if index > 0 {
                        name.push(Part::Literal(":".into()));
                    }
                    name.append(piece);
                }
                let full = suffixed(&name, SECRET_SUFFIX);
                Stored::Secret(vec![name, full], None)
            }
            (Ok(Remote::Parameters), _) if start.starts_with("arn:") => Stored::Parameter(text.clone()),
            (_, Some(Part::Literal(_))) if start.starts_with("arn:") => Stored::Either,
            (_, Some(Part::Literal(_))) if is_login => {
                let arn = self.arn_here("secretsmanager", "secret:", text);
                Stored::Secret(vec![suffixed(&arn, SECRET_SUFFIX)], None)
            }
            (_, Some(Part::Literal(_))) => Stored::Parameter(self.arn_here("ssm", "parameter/", text)),
            _ => Stored::Either,
        }
    }

    /// True when a policy of the secret itself may allow to read it.
    fn secret_may_allow(&self, id: ResourceId) -> bool {
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let own = inventory.own_identity(id);
        inventory.of_type(ResourcePolicy::TYPE).iter().any(|policy| {
            let view = ResourcePolicy(*policy);
            let mut secrets = inventory.identities(view.secret(eval)).into_iter();
            secrets.any(|case| case.value.is(&own)) && self.may_allow(view.document(eval), READ_SECRET)
        })
    }

    /// The calls for the key of a secret, when it is a key of the project.
    fn keys(&self, secret: ResourceId) -> Vec<Call> {
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let attributes = |cases: Cases<'a>| {
            let texts = eval.texts(cases).into_iter();
            texts.filter_map(|case| match &case.value {
                Known::Value(text) => match text.as_part() {
                    Some(Part::Attribute(id, _)) => Some((case.guard, *id)),
                    _ => None,
                },
                _ => None,
            })
        };
        let mut keys: Vec<(Guard, ResourceId)> = Vec::new();
        for (guard, id) in attributes(Secret(secret).key(eval)) {
            match inventory.type_name(id) {
                Key::TYPE => keys.push((guard, id)),
                Alias::TYPE => keys.extend(
                    attributes(Alias(id).key(eval))
                        .filter(|(_, id)| inventory.type_name(*id) == Key::TYPE)
                        .map(|(inner, id)| (guard.and(&inner), id)),
                ),
                _ => {}
            }
        }
        keys.retain(|(_, id)| !self.may_allow(Key(*id).policy(eval), DECRYPT));
        let calls = keys.into_iter().map(|(guard, id)| {
            let arn = Text::part(Part::Attribute(id, "Arn".into()));
            let call = self.call(Purpose::Key, DECRYPT, Subject::Arn(vec![arn]));
            Call {
                guard: call.guard.and(&guard),
                ..call
            }
        });
        calls.collect()
    }

    fn file(&self) -> Vec<Call> {
        let arn = match &self.source.value {
            Known::Value(arn) => arn,
            Known::Unknown(_) => return vec![self.call(Purpose::File, READ_OBJECT, Subject::Something)],
            Known::Absent => return Vec::new(),
        };
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let bucket = arn.split("/").into_iter().next().unwrap_or_default();
        let is_its = |case: &Case<Known<Text>>| match &case.value {
            Known::Value(name) => bucket.parts().iter().any(|part| match part {
                Part::Attribute(id, _) => names_resource(name, *id),
                part => name.parts().contains(part),
            }),
            _ => true,
        };
        let has_policy = inventory.of_type(BucketPolicy::TYPE).iter().any(|id| {
            let view = BucketPolicy(*id);
            eval.texts(view.bucket(eval)).iter().any(is_its)
                && self.may_allow(view.document(eval), READ_OBJECT)
        });
        if has_policy {
            return Vec::new();
        }
        vec![
            self.call(Purpose::File, READ_OBJECT, Subject::Arn(vec![arn.clone()])),
            self.call(
                Purpose::File,
                &["s3:GetBucketLocation"],
                Subject::Arn(vec![bucket]),
            ),
        ]
    }

    fn may_allow(&self, document: Cases<'a>, actions: &[&str]) -> bool {
        let documents: Cases<'a> = document
            .into_iter()
            .filter(|case| !matches!(case.value, Value::Absent))
            .collect();
        let mut actions = actions.iter();
        actions.any(|action| may_be_allowed_by(self.inventory, documents.clone(), action))
    }

    /// An ARN of this region and account.
    fn arn_here(&self, service: &str, kind: &str, name: &Text) -> Text {
        let [region, account] =
            ["AWS::Region", "AWS::AccountId"].map(|it| self.inventory.pseudo(self.need.owner, it));
        let mut arn = self.arn(service, &region, &account, kind);
        arn.append(name);
        arn
    }

    fn arn(&self, service: &str, region: &Text, account: &Text, resource: &str) -> Text {
        let mut arn = Text::literal("arn");
        let partition = self.inventory.pseudo(self.need.owner, "AWS::Partition");
        let (service, resource) = (Text::literal(service), Text::literal(resource));
        for piece in [&partition, &service, region, account, &resource] {
            arn.append(&Text::literal(":"));
            arn.append(piece);
        }
        arn
    }
}

/// True when a part of a text is an attribute of a resource.
fn names_resource(text: &Text, id: ResourceId) -> bool {
    let mut parts = text.parts().iter();
    parts.any(|part| matches!(part, Part::Attribute(other, _) if *other == id))
}

fn suffixed(text: &Text, end: &str) -> Text {
    let mut out = text.clone();
    out.append(&Text::literal(end));
    out
}

/// Segments of the ARN of a secret, the name the last of them.
const SECRET_SEGMENTS: usize = 7;

/// What Secrets Manager puts behind the name of a secret, which `ValueFrom` may leave out.
const SECRET_SUFFIX: &str = "-??????";

/// What a `ValueFrom` names.
enum Stored {
    /// A secret, by all the ways its ARN may be spelled, and the resource where it is one of the project.
    Secret(Vec<Text>, Option<ResourceId>),
    /// A parameter, by its ARN.
    Parameter(Text),
    /// Either of them.
    Either,
}
