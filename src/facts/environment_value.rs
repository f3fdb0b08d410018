//! Values that tie a template to one environment: ids of accounts and of networks, regions, zones.

use std::sync::LazyLock;

use regex::Regex;

use crate::aws::accounts;
use crate::cfn::{Substitution, static_text, substitutions};
use crate::source::Str;
use crate::yaml::{Function, Kind, Node};

/// What a value names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Named {
    /// An account, by its id.
    Account,
    /// A region.
    Region,
    /// An availability zone.
    Zone,
    /// A part of a network, by its id.
    Network(&'static str),
}

/// A value that ties a template down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// What it names.
    pub named: Named,
    /// The value.
    pub value: Str,
}

/// Stands for what is not written out.
const HOLE: char = '\u{1}';

/// Beginnings of ids and what they name.
const IDS: &[(&str, &str)] = &[
    ("igw-", "internet gateway"),
    ("rtb-", "route table"),
    ("sg-", "security group"),
    ("subnet-", "subnet"),
    ("vpc-", "VPC"),
];

/// Ids are eight or seventeen hexadecimal digits after the beginning.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>
static ID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:igw|rtb|sg|subnet|vpc)-(?:[0-9a-f]{8}|[0-9a-f]{17})$").ok());

/// `arn:partition:service:region:account:`; what is not known is one [`HOLE`].
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
static ARN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) (?: (?-u:\b) arn : [a-z\x01-]+ | \x01 ) : (?<service> [a-z0-9\x01-]+ )
          : (?<region> [a-z]{2} (?: - [a-z]+ )+ - [0-9] | \x01? )
          : (?<account> [0-9]{12} | [a-z\x01]* ) :",
    )
    .ok()
});

/// The colons that [`ARN`] cannot do without.
const ARN_COLONS: usize = 4;

/// An availability zone: its region and a letter.
static ZONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[a-z]{2}(?:-[a-z]+)+-[0-9][a-z]$").ok());

/// The characters of a node, with [`HOLE`] for what is not written out; `None` for a node that is no text.
pub fn skeleton(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar.text.to_string()),
        Kind::Function(call) => match call.function {
            Function::Sub => {
                let text = call
                    .argument
                    .as_sequence()
                    .and_then(<[Node]>::first)
                    .unwrap_or(&call.argument);
                let pieces = substitutions(text.as_text()?);
                let piece = |piece| match piece {
                    Substitution::Literal(text) => text.to_owned(),
                    Substitution::Variable(_) => HOLE.to_string(),
                };
                Some(pieces.into_iter().map(piece).collect())
            }
            Function::Join => {
                let [separator, items] = call.argument.as_sequence()? else {
                    return None;
                };
                let separator = static_text(separator)?;
                let item = |item| skeleton(item).unwrap_or_else(|| HOLE.to_string());
                let items: Vec<String> = items.as_sequence()?.iter().map(item).collect();
                Some(items.join(&separator))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The values in a text that tie it to one environment, each once. Accounts of load balancers are the same for everybody;
/// those of Lambda layers are their publishers', as are ARNs of the Serverless Application Repository; certificates of
/// CloudFront and its web ACLs are in one region.
pub fn find(text: &str) -> Vec<Fixed> {
    let mut out = Vec::new();
    let mut add = |named, value: &str| {
        let fixed = Fixed {
            named,
            value: value.into(),
        };
        if !out.contains(&fixed) {
            out.push(fixed);
        }
    };
    for item in text.split(',').map(str::trim) {
        let noun = IDS.iter().find(|(beginning, _)| item.starts_with(beginning));
        if let (Some((_, noun)), Some(pattern)) = (noun, &*ID)
            && pattern.is_match(item)
        {
            add(Named::Network(noun), item);
        }
    }
    // Texts with fewer are not worth a pattern that takes a while to be compiled.
    let may_hold_arn = text.bytes().filter(|byte| *byte == b':').count() >= ARN_COLONS;
    let pattern = ARN.as_ref().filter(|_| may_hold_arn);
    let mut from = 0;
    while let Some(captures) = pattern.and_then(|pattern| pattern.captures_at(text, from)) {
        let group = |name| captures.name(name).map_or("", |found| found.as_str());
        let (service, region, account) = (group("service"), group("region"), group("account"));
        let rest = text.get(captures.get_match().end()..).unwrap_or_default();
        from = text.len() - rest.len() + resource_length(rest);
        if service == "serverlessrepo" {
            continue;
        }
        let is_layer = service == "lambda" && rest.starts_with("layer:");
        let is_one_account = account.bytes().all(|byte| byte.is_ascii_digit()) && !account.is_empty();
        if is_one_account && !is_layer && !accounts::writes_access_logs(account) {
            add(Named::Account, account);
        }
        let is_global = region == GLOBAL && matches!(service, "acm" | "wafv2");
        if !region.is_empty() && !region.contains(HOLE) && !is_global {
            add(Named::Region, region);
        }
    }
    out
}

/// Characters of an ARN's resource in which no other ARN is looked for: names hold colons of their own.
const RESOURCE_CHARACTERS: usize = 40;

/// How many bytes of a text are the resource that an ARN ends in.
fn resource_length(text: &str) -> usize {
    let resource = text
        .chars()
        .take(RESOURCE_CHARACTERS)
        .take_while(|c| !c.is_whitespace());
    resource.map(char::len_utf8).sum()
}

/// The region of what belongs to no region.
const GLOBAL: &str = "us-east-1";

/// An account that stands for a principal.
pub fn account(text: &str) -> Option<Fixed> {
    /// Digits of an account id.
    const DIGITS: usize = 12;
    let is_id = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_id && !accounts::writes_access_logs(text)).then(|| Fixed {
        named: Named::Account,
        value: text.into(),
    })
}

/// An availability zone by its name.
pub fn zone(text: &str) -> Option<Fixed> {
    let may_be = text.ends_with(|c: char| c.is_ascii_lowercase()) && text.contains('-');
    let is_zone = may_be && ZONE.as_ref().is_some_and(|pattern| pattern.is_match(text));
    is_zone.then(|| Fixed {
        named: Named::Zone,
        value: text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Named, String)> {
        let text = text.replace('$', "\u{1}");
        find(&text)
            .into_iter()
            .map(|fixed| (fixed.named, fixed.value.to_string()))
            .collect()
    }

    #[test]
    fn every_pattern_is_one() {
        assert!(ID.is_some() && ARN.is_some() && ZONE.is_some());
    }

    #[test]
    fn accounts_and_regions_are_found_in_arns() {
        let both = found("arn:aws:sns:eu-west-1:111122223333:topic");
        assert_eq!(
            both,
            [
                (Named::Account, "111122223333".to_owned()),
                (Named::Region, "eu-west-1".to_owned())
            ]
        );
        assert_eq!(
            found("arn:$:iam::111122223333:role/x"),
            [(Named::Account, "111122223333".to_owned())]
        );
        assert_eq!(
            found(r#"{"Resource":"arn:aws:ecs:us-gov-west-1:$:x"}"#),
            [(Named::Region, "us-gov-west-1".to_owned())]
        );
        assert_eq!(
            found("$:sqs:eu-west-1:$:q"),
            [(Named::Region, "eu-west-1".to_owned())]
        );
    }

    #[test]
    fn what_is_the_same_for_everybody_is_not_found() {
        for text in [
            "arn:aws:s3:::bucket/*",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::127311923021:root",
            "arn:aws:acm:us-east-1:$:certificate/x",
            "arn:aws:lambda:$:580247275435:layer:LambdaInsightsExtension:14",
            "arn:aws:ecs:$:$:service/*",
            "arn:aws:serverlessrepo:us-east-1:111122223333:applications/rotate",
            "10.0.0.0/16",
            "http://host:8080:",
            "arn:aws:logs:*:*:*",
            "sg-web",
            "vpc-0123456789",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn ids_stand_alone_or_in_a_list() {
        assert_eq!(
            found("subnet-0a1b2c3d, sg-0123456789abcdef0"),
            [
                (Named::Network("subnet"), "subnet-0a1b2c3d".to_owned()),
                (
                    Named::Network("security group"),
                    "sg-0123456789abcdef0".to_owned()
                ),
            ]
        );
        assert!(zone("eu-west-1a").is_some());
        assert!(zone("eu-west-1").is_none());
        assert!(account("111122223333").is_some());
        assert!(account("127311923021").is_none());
    }
}
