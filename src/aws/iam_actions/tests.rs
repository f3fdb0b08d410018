use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// All that is embedded for IAM actions, in bytes: a tenth of the program at most.
const MAX_EMBEDDED: usize = 450 * 1024;

const ACTIONS_TEXT: &str = include_str!("../../../data/iam-actions.txt");
const RESOURCES_TEXT: &str = include_str!("../../../data/iam-resources.txt");

fn facts(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(' ').collect())
}

fn names(pattern: &str) -> Vec<String> {
    match expand(pattern) {
        Expansion::Known(actions) => actions.into_iter().map(|action| action.name).collect(),
        Expansion::UnknownService | Expansion::NoMatch => Vec::new(),
    }
}

fn action(name: &str) -> Action {
    match expand(name) {
        Expansion::Known(actions) if actions.len() == 1 => actions[0].clone(),
        other => panic!("{name}: {other:?}"),
    }
}

fn arns(name: &str) -> Vec<String> {
    resource_formats(name)
        .into_iter()
        .map(|format| format.arn)
        .collect()
}

/// The plainest matcher there is, to compare with.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([b'*', rest @ ..], _) => matches(rest, name) || (!name.is_empty() && matches(pattern, &name[1..])),
        ([b'?', pattern @ ..], [_, name @ ..]) => matches(pattern, name),
        ([p, pattern @ ..], [n, name @ ..]) => p.eq_ignore_ascii_case(n) && matches(pattern, name),
        ([], []) => true,
        _ => false,
    }
}

fn naive(pattern: &str) -> Vec<&'static str> {
    static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| facts(ACTIONS_TEXT).map(|line| line[0]).collect());
    NAMES
        .iter()
        .copied()
        .filter(|name| matches(pattern.as_bytes(), name.as_bytes()))
        .collect()
}

#[test]
fn both_files_are_sorted_and_name_nothing_twice() {
    for text in [ACTIONS_TEXT, RESOURCES_TEXT] {
        let names: Vec<&str> = facts(text).map(|line| line[0]).collect();
        assert!(names.len() > 1_000);
        assert!(names.is_sorted_by(|a, b| a < b));
        let mut folded: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        folded.sort();
        folded.dedup();
        assert_eq!(folded.len(), names.len());
    }
}

#[test]
fn every_line_of_the_text_is_in_the_embedded_table() {
    let Expansion::Known(actions) = expand("*") else {
        panic!("no action at all")
    };
    let mut lines = facts(ACTIONS_TEXT);
    for action in &actions {
        let line = lines.next().unwrap();
        let letters: String = action
            .access
            .iter()
            .map(|access| ["L", "R", "W", "T", "P"][access as usize])
            .collect();
        assert_eq!((action.name.as_str(), letters.as_str()), (line[0], line[1]));
        let level = match &line[2..] {
            [] => ResourceLevel::StarOnly,
            [first, ..] if first.ends_with('?') => ResourceLevel::Optional,
            _ => ResourceLevel::Required,
        };
        assert_eq!(action.resource_level, level, "{}", action.name);
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn every_action_has_the_arn_formats_of_its_resource_types() {
    let types: std::collections::BTreeMap<&str, Vec<&str>> = facts(RESOURCES_TEXT)
        .map(|line| (line[0], line[1..].to_vec()))
        .collect();
    for line in facts(ACTIONS_TEXT) {
        let service = line[0].split(':').next().unwrap();
        let mut expected: Vec<ResourceFormat> = Vec::new();
        for name in &line[2..] {
            let required = !name.ends_with('?');
            for arn in &types[format!("{service}:{}", name.trim_end_matches('?')).as_str()] {
                if expected.iter().all(|format| format.arn != *arn) {
                    expected.push(ResourceFormat {
                        arn: (*arn).to_owned(),
                        required,
                    });
                }
            }
        }
        assert_eq!(resource_formats(line[0]), expected, "{}", line[0]);
    }
}

#[test]
fn what_is_embedded_stays_small() {
    let size = ACTIONS.len()
        + size_of_val(&RESOURCE_SETS)
        + size_of_val(&RESOURCE_TYPES)
        + size_of_val(&FORMAT_ENDS)
        + FORMATS.len();
    assert!(size <= MAX_EMBEDDED, "{size} bytes");
}

#[test]
fn actions_without_resource_types_need_a_star() {
    for name in [
        "ecr:GetAuthorizationToken",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:OpenDataChannel",
        "ec2:DescribeInstances",
        "ec2:DescribeNetworkInterfaces",
        "elasticloadbalancing:DescribeTargetGroups",
        "ecs:DescribeTaskDefinition",
        "logs:DescribeLogGroups",
        "s3:ListAllMyBuckets",
        "xray:PutTraceSegments",
        "sts:GetCallerIdentity",
    ] {
        assert!(action(name).needs_star(), "{name}");
        assert_eq!(resource_formats(name), [], "{name}");
    }
}

#[test]
fn actions_with_resource_types_can_be_restricted() {
    for name in [
        "s3:GetObject",
        "s3:ListBucket",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:PutItem",
        "iam:PassRole",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameters",
        "kms:Decrypt",
        "ecs:RunTask",
        "sqs:SendMessage",
    ] {
        assert!(!action(name).needs_star(), "{name}");
        assert!(!resource_formats(name).is_empty(), "{name}");
    }
    assert_eq!(
        action("ecr:BatchGetImage").resource_level,
        ResourceLevel::Required
    );
    assert_eq!(
        action("cloudwatch:PutMetricData").resource_level,
        ResourceLevel::Optional
    );
}

#[test]
fn access_levels_are_those_of_the_documentation() {
    let levels = |name| action(name).access.iter().collect::<Vec<_>>();
    assert_eq!(levels("s3:ListBucket"), [Access::List]);
    assert_eq!(levels("s3:GetObject"), [Access::Read]);
    assert_eq!(levels("dynamodb:PutItem"), [Access::Write]);
    assert_eq!(
        levels("iam:AttachRolePolicy"),
        [Access::Write, Access::Permissions]
    );
    assert_eq!(levels("ecs:TagResource"), [Access::Write, Access::Tagging]);
    assert!(action("s3:GetObject").access.is_read_only());
    assert!(!action("ecs:TagResource").access.is_read_only());
    assert_eq!(
        action("ecs:TagResource").access,
        Access::ALL.into_iter().skip(2).take(2).collect()
    );
}

#[test]
fn arn_formats_are_written_as_aws_writes_them() {
    assert_eq!(
        arns("ecr:batchgetimage"),
        ["arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}"]
    );
    assert!(arns("s3:GetObject").contains(&"arn:${Partition}:s3:::${BucketName}/${ObjectName}".to_owned()));
    assert_eq!(
        arns("iam:PassRole"),
        ["arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"]
    );
    let run = resource_formats("ec2:RunInstances");
    assert!(run.is_sorted_by_key(|format| !format.required) && run.iter().any(|format| !format.required));
}

#[test]
fn formats_of_a_pattern_or_an_unknown_action_are_none() {
    assert_eq!(resource_formats("s3:Get*"), []);
    assert_eq!(resource_formats("s3:?etObject"), []);
    assert_eq!(resource_formats("s3:GetNothing"), []);
    assert_eq!(resource_formats(""), []);
}

#[test]
fn case_does_not_matter_and_the_spelling_of_aws_comes_back() {
    assert_eq!(names("S3:GETOBJECT"), ["s3:GetObject"]);
    assert_eq!(names("s3:?etobject"), ["s3:GetObject"]);
}

#[test]
fn an_unknown_service_is_not_an_unknown_action() {
    assert_eq!(expand("nosuchservice:*"), Expansion::UnknownService);
    assert_eq!(expand("nosuch*:Get*"), Expansion::UnknownService);
    assert_eq!(expand("é:Get*"), Expansion::UnknownService);
    assert_eq!(expand("s3:NoSuchAction"), Expansion::NoMatch);
    assert_eq!(expand("S3:nosuch*"), Expansion::NoMatch);
    assert_eq!(expand("*:NoSuchAction"), Expansion::NoMatch);
    assert_eq!(expand("s3"), Expansion::NoMatch);
    assert_eq!(expand(""), Expansion::NoMatch);
}

#[test]
fn services_are_known_by_their_whole_prefix() {
    for service in ["ecs", "ECS", "ssmmessages", "application-autoscaling", "elastic*"] {
        assert!(service_known(service), "{service}");
    }
    for service in ["ec", "ecss", "", "nosuchservice", "ecs:"] {
        assert!(!service_known(service), "{service}");
    }
}

#[test]
fn the_longest_pattern_that_fits_and_one_more_character_are_told_apart() {
    assert!(Wildcard::new(&"?".repeat(127)).is_some());
    assert!(Wildcard::new(&"?".repeat(128)).is_none());
    assert_eq!(
        expand(&format!("{}x", "*?".repeat(1_000_000))),
        Expansion::NoMatch
    );
    assert_eq!(
        names(&format!("{}:*", "*".repeat(1_000_000))).len(),
        names("*").len()
    );
}

#[test]
fn expansions_have_the_actions_a_plain_matcher_finds() {
    for pattern in [
        "s3:Get*",
        "ec2:*",
        "ecs:*Task*",
        "*:*",
        "*:List?ags*",
        "iam:Pass*",
        "s3*",
        "*role",
        "ecr:*image*s",
    ] {
        let found = names(pattern);
        assert!(!found.is_empty(), "{pattern}");
        assert_eq!(found, naive(pattern), "{pattern}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pattern_expands_as_a_plain_matcher_says(
        line in 0usize..22_000,
        cuts in proptest::collection::vec((0usize..80, 0usize..12, "[*?]|[*][*]|[a-zA-Z*?]"), 0..4),
    ) {
        let mut pattern = facts(ACTIONS_TEXT).nth(line).unwrap_or(vec!["s3:GetObject"])[0].to_owned();
        for (start, length, with) in cuts {
            let start = start.min(pattern.len());
            let end = (start + length).min(pattern.len());
            pattern.replace_range(start..end, &with);
        }
        prop_assert_eq!(names(&pattern), naive(&pattern), "{}", pattern);
    }
}
