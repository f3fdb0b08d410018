//! The AWS managed policies that ECS deployments attach: how much each gives away, and what it allows.
//!
//! Source: the policy documents AWS publishes, by way of `data/managed-policies.txt` (package,
//! version, date and licence in its header); the verdicts are this project's judgement and are held
//! by `tools/generate-managed-policies.py`. AWS changes the documents: they are those of that date.

/// How much a managed policy gives to a role of an ECS deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything on everything.
    Administrator,
    /// Enough to take over more than the role was made for: writes to IAM, compute or deployment
    /// services, or every secret of the account.
    Elevated,
    /// All of one service, or read access to all data: more than a service should have.
    Broad,
    /// Made for one purpose. It is right on the role class it is made for, which the caller knows.
    Narrow,
    /// Not judged: absent from the digest, or without a verdict that is certain.
    Unknown,
}

/// What an element of a statement names; the words may hold the wildcards `*` and `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// `Action` or `Resource`: these; never empty.
    Only(&'static [&'static str]),
    /// `NotAction` or `NotResource`: everything but these; never empty.
    AllBut(&'static [&'static str]),
}

/// One key of a statement's `Condition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator as the document has it: `StringEquals`, `ForAnyValue:StringLike`.
    pub operator: &'static str,
    /// The key as the document has it: `iam:PassedToService`.
    pub key: &'static str,
    /// The values, one of which must match; never empty.
    pub values: &'static [&'static str],
}

/// A statement of a managed policy; its effect is always Allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `Action` or `NotAction`.
    pub actions: Selection,
    /// `Resource` or `NotResource`; ARNs are those of the partition `aws`.
    pub resources: Selection,
    /// All of which must hold; empty when the statement has no condition.
    pub conditions: &'static [Condition],
}

struct Policy {
    path: &'static str,
    verdict: Verdict,
    /// Empty when the document is too long for the digest.
    statements: &'static [Statement],
}

// Written by build.rs: POLICIES, sorted by path.
include!(concat!(env!("OUT_DIR"), "/managed_policies.rs"));

/// How much the policy gives away; `arn_suffix` is the text behind `:aws:policy/` in its ARN, such as
/// `service-role/AmazonECSTaskExecutionRolePolicy`, in AWS's case.
///
/// A policy that is not in the digest is broad when its name ends in `FullAccess`, AWS's word for all
/// actions of a service, and unknown otherwise.
pub fn classify(arn_suffix: &str) -> Verdict {
    match find(arn_suffix) {
        Some(policy) => policy.verdict,
        None if arn_suffix.ends_with("FullAccess") => Verdict::Broad,
        None => Verdict::Unknown,
    }
}

/// The statements of the policy, in the order of its document; `None` when the digest does not have
/// them, which says nothing about what the policy allows. `arn_suffix` as for [`classify`].
pub fn statements(arn_suffix: &str) -> Option<&'static [Statement]> {
    find(arn_suffix)
        .map(|policy| policy.statements)
        .filter(|statements| !statements.is_empty())
}

/// What a policy that is elevated or broad allows, as the rest of a sentence behind "which"; `None` when the digest does not
/// tell it in a few words. `arn_suffix` as for [`classify`].
pub fn allowance(arn_suffix: &str) -> Option<String> {
    let known = match arn_suffix {
        "AmazonS3ReadOnlyAccess" => Some("reads every bucket of the account"),
        "ReadOnlyAccess" => Some("reads the data of nearly every service of the account"),
        "PowerUserAccess" => Some("allows every action outside of `account`, `iam` and `organizations`"),
        "AmazonElasticFileSystemClientFullAccess" => Some("mounts every file system of the account"),
        "AmazonElasticFileSystemFullAccess" => Some("manages every file system of the account"),
        "AmazonVPCFullAccess" => Some("changes every network of the account"),
        "AmazonEC2ContainerRegistryPowerUser" => Some("pushes to every repository of the account"),
        _ => None,
    };
    known.map(str::to_owned).or_else(|| {
        let wildcards = wildcards(statements(arn_suffix)?);
        let (last, rest) = wildcards.split_last()?;
        let list = match rest {
            [] => format!("`{last}`"),
            rest => format!("`{}` and `{last}`", rest.join("`, `")),
        };
        Some(format!("allows {list} on every resource"))
    })
}

/// The services that statements give whole, on every resource and without a condition, as `service:*`.
fn wildcards(statements: &[Statement]) -> Vec<&'static str> {
    let mut out = Vec::new();
    for statement in statements
        .iter()
        .filter(|statement| statement.conditions.is_empty())
    {
        if let (Selection::Only(actions), Selection::Only(["*"])) = (statement.actions, statement.resources) {
            let whole = actions.iter().filter(|action| action.ends_with(":*"));
            out.extend(whole.copied().take(MAX_WILDCARDS - out.len()));
        }
    }
    out
}

/// Services that a sentence names; more do not make it clearer.
const MAX_WILDCARDS: usize = 3;

fn find(arn_suffix: &str) -> Option<&'static Policy> {
    let index = POLICIES
        .binary_search_by_key(&arn_suffix, |policy| policy.path)
        .ok()?;
    POLICIES.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest as it stands in the program, in bytes of text and of references to it.
    const MAX_EMBEDDED: usize = 128 * 1024;

    const EXECUTION: &str = "service-role/AmazonECSTaskExecutionRolePolicy";

    fn words(selection: Selection) -> &'static [&'static str] {
        match selection {
            Selection::Only(words) | Selection::AllBut(words) => words,
        }
    }

    #[test]
    fn the_execution_role_policy_pulls_images_and_writes_logs_anywhere() {
        let [statement] = statements(EXECUTION).unwrap() else {
            panic!("one statement")
        };
        assert_eq!(
            statement.actions,
            Selection::Only(&[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetAuthorizationToken",
                "ecr:GetDownloadUrlForLayer",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ])
        );
        assert_eq!(statement.resources, Selection::Only(&["*"]));
        assert_eq!(statement.conditions, []);
    }

    #[test]
    fn conditions_keep_operator_key_and_values() {
        let pass_role = Condition {
            operator: "StringLike",
            key: "iam:PassedToService",
            values: &["ecs-tasks.amazonaws.com"],
        };
        let statements = statements("AWSCodeDeployRoleForECS").unwrap();
        assert!(
            statements
                .iter()
                .any(|statement| statement.conditions == [pass_role])
        );
    }

    #[test]
    fn an_element_that_excludes_is_kept_as_one() {
        let statements = statements("PowerUserAccess").unwrap();
        let excluded = Selection::AllBut(&["account:*", "iam:*", "organizations:*"]);
        assert!(statements.iter().any(|statement| statement.actions == excluded));
    }

    #[test]
    fn verdicts_follow_the_table() {
        for (path, verdict) in [
            ("AdministratorAccess", Verdict::Administrator),
            ("PowerUserAccess", Verdict::Elevated),
            ("AmazonECS_FullAccess", Verdict::Elevated),
            ("job-function/SystemAdministrator", Verdict::Elevated),
            ("ReadOnlyAccess", Verdict::Broad),
            ("AmazonS3ReadOnlyAccess", Verdict::Broad),
            ("AmazonEC2ContainerRegistryPowerUser", Verdict::Broad),
            (EXECUTION, Verdict::Narrow),
            ("AmazonSSMManagedInstanceCore", Verdict::Narrow),
            ("service-role/AmazonEC2RoleforSSM", Verdict::Unknown),
        ] {
            assert_eq!(classify(path), verdict, "{path}");
        }
    }

    #[test]
    fn a_full_access_policy_outside_the_digest_is_broad_and_any_other_unknown() {
        assert_eq!(classify("AmazonNewServiceFullAccess"), Verdict::Broad);
        assert_eq!(
            classify("service-role/AmazonNewServiceFullAccess"),
            Verdict::Broad
        );
        assert_eq!(classify("AmazonNewServiceFullAccessPolicy"), Verdict::Unknown);
        assert_eq!(classify("AmazonECSTaskExecutionRolePolicy"), Verdict::Unknown);
        assert_eq!(classify(""), Verdict::Unknown);
        assert_eq!(statements("AmazonNewServiceFullAccess"), None);
    }

    #[test]
    fn what_a_policy_allows_is_told_from_its_document() {
        assert_eq!(
            allowance("AmazonSQSFullAccess").as_deref(),
            Some("allows `sqs:*` on every resource")
        );
        assert_eq!(
            allowance("AmazonS3ReadOnlyAccess").as_deref(),
            Some("reads every bucket of the account")
        );
        assert_eq!(allowance("AmazonNewServiceFullAccess"), None);
        let spoken = POLICIES
            .iter()
            .filter(|policy| matches!(policy.verdict, Verdict::Elevated | Verdict::Broad));
        let silent = spoken.filter(|policy| allowance(policy.path).is_none());
        assert_eq!(silent.map(|policy| policy.path).collect::<Vec<_>>(), SILENT);
    }

    /// Policies without a service of which they allow everything.
    const SILENT: &[&str] = &[
        "AWSKeyManagementServicePowerUser",
        "job-function/SystemAdministrator",
    ];

    #[test]
    fn a_document_that_is_too_long_is_left_out_and_not_taken_for_an_empty_one() {
        assert_eq!(statements("ReadOnlyAccess"), None);
        assert!(statements("AmazonECS_FullAccess").is_some());
    }

    #[test]
    fn the_digest_is_sorted_and_small_and_no_element_is_empty() {
        assert!(POLICIES.is_sorted_by(|a, b| a.path < b.path));
        let mut size = size_of_val(&POLICIES);
        let mut count = |words: &[&str]| {
            assert!(!words.is_empty());
            size += size_of_val(words) + words.iter().map(|word| word.len()).sum::<usize>();
        };
        for statement in POLICIES.iter().flat_map(|policy| policy.statements) {
            count(words(statement.actions));
            count(words(statement.resources));
            for condition in statement.conditions {
                count(&[condition.operator, condition.key]);
                count(condition.values);
            }
        }
        assert!(size <= MAX_EMBEDDED, "{size} bytes");
    }

    #[test]
    fn the_actions_of_policies_with_a_narrow_verdict_are_documented_ones() {
        use crate::aws::iam_actions::{Expansion, expand};
        let narrow = POLICIES.iter().filter(|policy| policy.verdict == Verdict::Narrow);
        for statement in narrow.flat_map(|policy| policy.statements) {
            for action in words(statement.actions) {
                assert!(matches!(expand(action), Expansion::Known(_)), "{action}");
            }
        }
    }
}
