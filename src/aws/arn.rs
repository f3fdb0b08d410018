//! How the attributes of resources are put together from their physical names: `!GetAtt Repository.Arn` and
//! `arn:${AWS::Partition}:ecr:…:repository/name` are the same text.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use crate::eval::{Cases, Evaluator};
use crate::project::ResourceId;

/// How one attribute of a resource type is spelled.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    type_name: &'static str,
    attribute: &'static str,
    /// The text, with `${Partition}`, `${Region}`, `${Account}`, and of the resource `${Name}`, `${Path}`, and `${Suffix}`:
    /// six characters that the service makes up.
    pub format: &'static str,
    /// The property with the physical name; `None` where the service makes it up.
    name: Option<&'static str>,
}

/// Characters behind the name in the ARN of a secret, the hyphen left out.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html>
pub const SUFFIX_CHARACTERS: usize = 6;

const fn spelled(
    type_name: &'static str,
    attribute: &'static str,
    format: &'static str,
    name: Option<&'static str>,
) -> Spelling {
    Spelling {
        type_name,
        attribute,
        format,
        name,
    }
}

const SECRET: &str = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${Name}-${Suffix}";

/// Attributes that policies of ECS deployments name; the return values of `Ref` and `Fn::GetAtt` as the pages of the
/// resource types have them.
const SPELLINGS: &[Spelling] = &[
    spelled(
        "AWS::ECR::Repository",
        "Arn",
        "arn:${Partition}:ecr:${Region}:${Account}:repository/${Name}",
        Some("RepositoryName"),
    ),
    spelled("AWS::ECR::Repository", "Ref", "${Name}", Some("RepositoryName")),
    spelled(
        "AWS::IAM::Role",
        "Arn",
        "arn:${Partition}:iam::${Account}:role${Path}${Name}",
        Some("RoleName"),
    ),
    spelled("AWS::IAM::Role", "Ref", "${Name}", Some("RoleName")),
    spelled(
        "AWS::KMS::Key",
        "Arn",
        "arn:${Partition}:kms:${Region}:${Account}:key/${Name}",
        None,
    ),
    spelled("AWS::KMS::Key", "Ref", "${Name}", None),
    spelled(
        "AWS::Logs::LogGroup",
        "Arn",
        "arn:${Partition}:logs:${Region}:${Account}:log-group:${Name}:*",
        Some("LogGroupName"),
    ),
    spelled("AWS::Logs::LogGroup", "Ref", "${Name}", Some("LogGroupName")),
    spelled(
        "AWS::S3::Bucket",
        "Arn",
        "arn:${Partition}:s3:::${Name}",
        Some("BucketName"),
    ),
    spelled("AWS::S3::Bucket", "Ref", "${Name}", Some("BucketName")),
    spelled("AWS::SSM::Parameter", "Ref", "${Name}", Some("Name")),
    spelled("AWS::SecretsManager::Secret", "Ref", SECRET, Some("Name")),
    spelled("AWS::SecretsManager::Secret", "Id", SECRET, Some("Name")),
];

/// How an attribute is spelled; `Ref` counts as one.
pub fn spelling(type_name: &str, attribute: &str) -> Option<&'static Spelling> {
    SPELLINGS
        .iter()
        .find(|spelling| spelling.type_name == type_name && spelling.attribute == attribute)
}

impl Spelling {
    /// The property with the resource's physical name; no case where the service makes the name up.
    pub fn name<'a>(&self, eval: &Evaluator<'a>, id: ResourceId) -> Cases<'a> {
        self.name
            .map_or_else(Cases::new, |name| eval.property(id, &[name]))
    }

    /// The path in front of the name; absent means `/`.
    pub fn path<'a>(&self, eval: &Evaluator<'a>, id: ResourceId) -> Cases<'a> {
        eval.property(id, &["Path"])
    }
}
