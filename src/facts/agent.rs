//! What the agent calls with the execution role before the containers of a task start.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>

use super::iam::{On, may_be_allowed_by};
use super::task_definition::{Container, Read};
use super::{Inventory, TaskDefinition, Workload, image};
use crate::aws::ecs::{EnvironmentFile, awslogs};
use crate::aws::kms::{Alias, Key};
use crate::aws::logs::LogGroup;
use crate::aws::s3::BucketPolicy;
use crate::aws::secretsmanager::{ResourcePolicy, SECRET_ATTRIBUTE, Secret, TARGET_ATTACHMENT};
use crate::aws::{ecr, ssm};
use crate::eval::{Case, Cases, Guard, Known, Part, Text, Value};
use crate::project::{ResourceId, StackId};
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

const READ_SECRET: &str = "secretsmanager:GetSecretValue";
const READ_PARAMETERS: &str = "ssm:GetParameters";
const DECRYPT: &str = "kms:Decrypt";
const PULL: &[&str] = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const READ_OBJECT: &str = "s3:GetObject";

/// What the agent calls for a container. On container instances the instances' own role pulls images and writes logs,
/// so that these calls are of Fargate alone.
pub fn calls<'a>(
    inventory: &Inventory<'a>,
    workloads: &[Workload],
    definition: &TaskDefinition<'a>,
    container: &Container<'a>,
) -> Vec<Call> {
    let at = At {
        inventory,
        stack: definition.id.stack,
        place: definition.place,
    };
    let on_fargate = definition.placement(inventory, workloads).held_to_fargate;
    let mut out = at.image(container);
    out.extend(at.log(container));
    for call in &mut out {
        call.guard = call.guard.and(&on_fargate);
    }
    for read in container.secrets(&inventory.eval) {
        out.extend(at.secret(&read));
    }
    out.extend(at.files(container));
    out.retain(|call| !call.guard.is_never() && inventory.possible(&call.guard));
    out
}

/// The stack that calls are made in.
struct At<'i, 'a> {
    inventory: &'i Inventory<'a>,
    stack: StackId,
    place: Span,
}

impl<'a> At<'_, 'a> {
    fn image(&self, container: &Container<'a>) -> Vec<Call> {
        let eval = &self.inventory.eval;
        let mut out = Vec::new();
        for case in eval.texts(container.view().image(eval)) {
            let Known::Value(text) = &case.value else {
                continue;
            };
            let repository = image::repository(self.inventory, text);
            let arn = match repository {
                Some(id) => Text::part(Part::Attribute(id, "Arn".into())),
                None => match self.repository_arn(text) {
                    Some(arn) => arn,
                    None => continue,
                },
            };
            let words = "pull its image".to_owned();
            out.push(call(
                Purpose::Image,
                &["ecr:GetAuthorizationToken"],
                Subject::Nothing,
                &case,
                &words,
            ));
            let document = repository.map(|id| ecr::Repository(id).policy(eval));
            if !document.is_some_and(|document| self.may_allow(document, PULL)) {
                out.push(call(Purpose::Image, PULL, Subject::Arn(vec![arn]), &case, &words));
            }
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
        let mut arn = Text::literal("arn:");
        arn.append(&self.pseudo("AWS::Partition"));
        arn.append(&Text::literal(":ecr:"));
        arn.append(region);
        arn.append(&Text::literal(":"));
        arn.append(account);
        arn.append(&Text::literal(":repository"));
        for piece in pieces {
            arn.append(&Text::literal("/"));
            let name = piece.split(":").into_iter().next().unwrap_or_default();
            arn.append(&name.split("@").into_iter().next().unwrap_or_default());
        }
        Some(arn)
    }

    fn log(&self, container: &Container<'a>) -> Vec<Call> {
        let eval = &self.inventory.eval;
        let driver = eval.scalars(container.view().log_driver(eval)).into_iter();
        let uses =
            driver.filter(|case| matches!(&case.value, Known::Value(name) if &**name == awslogs::DRIVER));
        let uses = Guard::any(uses.map(|case| case.guard));
        if uses.is_never() {
            return Vec::new();
        }
        let options = container.view().log_options(eval);
        let creates = eval
            .booleans(eval.get(options.clone(), awslogs::CREATE_GROUP))
            .into_iter();
        let creates = Guard::any(
            creates
                .filter(|case| case.value == Known::Value(true))
                .map(|case| case.guard),
        );
        let mut out = Vec::new();
        for case in eval.texts(eval.get(options, awslogs::GROUP)) {
            let case = case.when(&uses);
            let (group, subjects) = match &case.value {
                Known::Absent => continue,
                Known::Unknown(_) => (None, (Subject::Something, Subject::Something)),
                Known::Value(group) => {
                    let base = self.arn("logs", "log-group:", group);
                    let with = |end: &str| {
                        let mut arn = base.clone();
                        arn.append(&Text::literal(end));
                        arn
                    };
                    let streams = vec![base.clone(), with(":log-stream:*")];
                    let groups = vec![base.clone(), with(":*")];
                    (Some(group), (Subject::Arn(streams), Subject::Arn(groups)))
                }
            };
            let words = "write its log".to_owned();
            out.push(call(
                Purpose::Log,
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                subjects.0,
                &case,
                &words,
            ));
            if !group.is_some_and(|group| self.is_declared(group)) {
                let case = case.clone().when(&creates);
                let words = "make its log group".to_owned();
                out.push(call(
                    Purpose::LogGroup,
                    &["logs:CreateLogGroup"],
                    subjects.1,
                    &case,
                    &words,
                ));
            }
        }
        out
    }

    /// True when a log group with this name is declared in some template.
    fn is_declared(&self, group: &Text) -> bool {
        let inventory = self.inventory;
        inventory.of_type(LogGroup::TYPE).iter().any(|id| {
            let named = |case: Case<Known<Text>>| case.value == Known::Value(group.clone());
            group
                .parts()
                .iter()
                .any(|part| matches!(part, Part::Attribute(other, _) if other == id))
                || inventory
                    .eval
                    .texts(LogGroup(*id).name(&inventory.eval))
                    .into_iter()
                    .any(named)
        })
    }

    fn secret(&self, read: &Read) -> Vec<Call> {
        let case = &read.source;
        let words = match read.is_registry {
            true => format!("log in to {}", read.purpose),
            false => format!("fill {}", read.purpose),
        };
        let (text, form) = match &case.value {
            Known::Absent => return Vec::new(),
            Known::Unknown(_) => (None, Form::Either),
            Known::Value(text) => (Some(text), self.form(text, read.is_registry)),
        };
        let either = || {
            let (purpose, actions): (_, &'static [&'static str]) = match read.is_registry {
                true => (Purpose::Secret, &[READ_SECRET]),
                false => (Purpose::SecretOrParameter, &[READ_SECRET, READ_PARAMETERS]),
            };
            vec![call(purpose, actions, Subject::Something, case, &words)]
        };
        match (form, text) {
            (Form::Either, _) | (_, None) => either(),
            (Form::ParameterName, Some(name)) => {
                let arn = self.arn("ssm", "parameter/", name);
                vec![call(
                    Purpose::Parameter,
                    &[READ_PARAMETERS],
                    Subject::Arn(vec![arn]),
                    case,
                    &words,
                )]
            }
            (Form::ParameterArn, Some(arn)) => {
                let subject = Subject::Arn(vec![arn.clone()]);
                vec![call(
                    Purpose::Parameter,
                    &[READ_PARAMETERS],
                    subject,
                    case,
                    &words,
                )]
            }
            (Form::SecretArn, Some(arn)) => {
                // Behind the name stand the key, the stage and the version to read.
                let mut name = Text::default();
                for (index, piece) in arn.split(":").iter().take(SECRET_SEGMENTS).enumerate() {
                    if index > 0 {
                        name.push(Part::Literal(":".into()));
                    }
                    name.append(piece);
                }
                let mut suffixed = name.clone();
                suffixed.push(Part::Literal(SECRET_SUFFIX.into()));
                let subject = Subject::Arn(vec![name, suffixed]);
                vec![call(Purpose::Secret, &[READ_SECRET], subject, case, &words)]
            }
            (Form::SecretName, Some(name)) => {
                let mut name = self.arn("secretsmanager", "secret:", name);
                name.push(Part::Literal(SECRET_SUFFIX.into()));
                vec![call(
                    Purpose::Secret,
                    &[READ_SECRET],
                    Subject::Arn(vec![name]),
                    case,
                    &words,
                )]
            }
            (Form::Secret(part), Some(_)) => {
                let mut out = Vec::new();
                let secret = match &part {
                    Part::Attribute(id, _) if self.inventory.type_name(*id) == Secret::TYPE => Some(*id),
                    _ => None,
                };
                if !secret.is_some_and(|id| self.secret_may_allow(id)) {
                    let subject = Subject::Arn(vec![Text::part(part)]);
                    out.push(call(Purpose::Secret, &[READ_SECRET], subject, case, &words));
                }
                out.extend(secret.into_iter().flat_map(|id| self.key(id, case, &words)));
                out
            }
        }
    }

    /// What a `ValueFrom`, or the credentials of a registry, name.
    fn form(&self, text: &Text, is_registry: bool) -> Form {
        match text.parts().first() {
            Some(Part::Attribute(id, attribute)) => {
                let type_name = self.inventory.type_name(*id);
                let is_secret = type_name == Secret::TYPE
                    || type_name == TARGET_ATTACHMENT
                    || attribute.ends_with(SECRET_ATTRIBUTE);
                let is_whole = match text.parts().get(1) {
                    None => true,
                    Some(Part::Literal(rest)) => rest.starts_with(':'),
                    Some(_) => false,
                };
                match (is_secret, type_name) {
                    (true, _) if is_whole => Form::Secret(Part::Attribute(*id, attribute.clone())),
                    (false, ssm::Parameter::TYPE) if text.parts().len() == 1 => Form::ParameterName,
                    _ => Form::Either,
                }
            }
            Some(Part::Literal(start)) if start.starts_with("arn:") => {
                let service = text.split(":").get(2).and_then(Text::as_literal);
                match service.as_deref() {
                    Some("secretsmanager") => Form::SecretArn,
                    Some("ssm") => Form::ParameterArn,
                    _ => Form::Either,
                }
            }
            Some(Part::Literal(_)) if is_registry => Form::SecretName,
            Some(Part::Literal(_)) => Form::ParameterName,
            _ => Form::Either,
        }
    }

    /// True when a policy of the secret itself may allow to read it.
    fn secret_may_allow(&self, id: ResourceId) -> bool {
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let own = inventory.own_identity(id);
        inventory.of_type(ResourcePolicy::TYPE).iter().any(|policy| {
            let view = ResourcePolicy(*policy);
            let mut secrets = inventory.identities(view.secret(eval)).into_iter();
            secrets.any(|case| case.value == Known::Value(own.clone()))
                && self.may_allow(view.document(eval), &[READ_SECRET])
        })
    }

    /// The call for the key of a secret, when it is a key of the project.
    fn key(&self, secret: ResourceId, read: &Case<Known<Text>>, words: &str) -> Vec<Call> {
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let mut keys: Vec<(Guard, ResourceId)> = Vec::new();
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
        keys.retain(|(_, id)| !self.may_allow(Key(*id).policy(eval), &[DECRYPT]));
        let calls = keys.into_iter().map(|(guard, id)| {
            let arn = Text::part(Part::Attribute(id, "Arn".into()));
            let case = read.clone().when(&guard);
            call(Purpose::Key, &[DECRYPT], Subject::Arn(vec![arn]), &case, words)
        });
        calls.collect()
    }

    fn files(&self, container: &Container<'a>) -> Vec<Call> {
        let (inventory, eval) = (self.inventory, &self.inventory.eval);
        let mut out = Vec::new();
        for item in eval.elements(container.view().environment_files(eval)) {
            for case in eval.texts(EnvironmentFile(&item).value(eval)) {
                let words = "read its environment file".to_owned();
                let Known::Value(arn) = &case.value else {
                    if let Known::Unknown(_) = case.value {
                        out.push(call(
                            Purpose::File,
                            &[READ_OBJECT],
                            Subject::Something,
                            &case,
                            &words,
                        ));
                    }
                    continue;
                };
                let bucket = arn.split("/").into_iter().next().unwrap_or_default();
                let is_its = |case: &Case<Known<Text>>| match &case.value {
                    Known::Value(name) => bucket
                        .parts()
                        .iter()
                        .any(|part| name.parts().contains(part) || same_bucket(part, name)),
                    _ => true,
                };
                let has_policy = inventory.of_type(BucketPolicy::TYPE).iter().any(|id| {
                    let view = BucketPolicy(*id);
                    eval.texts(view.bucket(eval)).iter().any(is_its)
                        && self.may_allow(view.document(eval), &[READ_OBJECT])
                });
                if !has_policy {
                    out.push(call(
                        Purpose::File,
                        &[READ_OBJECT],
                        Subject::Arn(vec![arn.clone()]),
                        &case,
                        &words,
                    ));
                    out.push(call(
                        Purpose::File,
                        &["s3:GetBucketLocation"],
                        Subject::Arn(vec![bucket]),
                        &case,
                        &words,
                    ));
                }
            }
        }
        out
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
    fn arn(&self, service: &str, kind: &str, name: &Text) -> Text {
        let mut arn = Text::literal("arn:");
        arn.append(&self.pseudo("AWS::Partition"));
        arn.append(&Text::literal(format!(":{service}:")));
        arn.append(&self.pseudo("AWS::Region"));
        arn.append(&Text::literal(":"));
        arn.append(&self.pseudo("AWS::AccountId"));
        arn.append(&Text::literal(format!(":{kind}")));
        arn.append(name);
        arn
    }

    fn pseudo(&self, name: &str) -> Text {
        let mut cases = self
            .inventory
            .eval
            .named(self.stack, &name.into(), self.place)
            .into_iter();
        let text = cases.find_map(|case| match case.value {
            Value::Text(text) => Some(text),
            _ => None,
        });
        text.unwrap_or_default()
    }
}

/// True when the bucket of an ARN and of a bucket policy are one resource.
fn same_bucket(part: &Part, name: &Text) -> bool {
    let Part::Attribute(id, _) = part else {
        return false;
    };
    let mut parts = name.parts().iter();
    parts.any(|part| matches!(part, Part::Attribute(other, _) if other == id))
}

/// Segments of the ARN of a secret, the name the last of them.
const SECRET_SEGMENTS: usize = 7;

/// What Secrets Manager puts behind the name of a secret, which `ValueFrom` may leave out.
const SECRET_SUFFIX: &str = "-??????";

/// What a `ValueFrom` is.
enum Form {
    /// The secret that this part stands for.
    Secret(Part),
    SecretArn,
    SecretName,
    ParameterArn,
    ParameterName,
    /// The ARN of a secret or a parameter, or the name of a parameter.
    Either,
}

fn call<T>(
    purpose: Purpose,
    actions: &'static [&'static str],
    subject: Subject,
    case: &Case<T>,
    words: &str,
) -> Call {
    Call {
        purpose,
        actions,
        subject,
        guard: case.guard.clone(),
        place: case.span,
        words: words.to_owned(),
    }
}
