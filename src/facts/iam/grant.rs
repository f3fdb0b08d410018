//! What statements give away: wildcards in actions, and actions on resources that could be named.

use super::pattern::{Reach, covers, is_star, reach};
use super::statement::{Effect, Items, Statement, is_every};
use super::{Iam, Policy};
use crate::aws::iam_actions::{
    Access, Action, Expansion, ResourceLevel, expand, resource_formats, service_known,
};
use crate::eval::{Case, Guard, Known, Text, when_any};
use crate::source::{Span, Str};

/// Names that a message lists; the others are counted.
const MAX_LISTED: usize = 5;

/// What a wildcard in an action gives away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// Every action of every service.
    Everything,
    /// Every action of the service.
    Service(Str),
    /// Actions that change things in several ways: how many.
    Writes(usize),
}

/// Services whose actions are the two ends of one channel, which AWS's own policies name as a whole: Session Manager,
/// ECS Exec and the SSM agent need all of them.
const CHANNELS: &[&str] = &["ssmmessages", "ec2messages"];

/// Services in which a single write lets its holder become somebody else: no wildcard over writes is narrow there.
const PERMISSION_SERVICES: &[&str] = &["iam", "organizations"];

/// Services whose reads give out data: messages, records, objects, secrets.
const DATA_SERVICES: &[&str] = &[
    "s3",
    "dynamodb",
    "secretsmanager",
    "ssm",
    "kms",
    "sqs",
    "kinesis",
    "rds-data",
];

/// Reads of those services that tell how a thing is set up, and nothing that is in it.
const SETTINGS: &[&str] = &[
    "s3:GetBucket*",
    "s3:Get*Configuration",
    "dynamodb:Describe*",
    "secretsmanager:DescribeSecret",
    "ssm:Describe*",
    "kms:Describe*",
    "kms:GetKey*",
    "sqs:GetQueue*",
    "kinesis:Describe*",
];

/// What the wildcard of an action pattern gives away beyond one kind of write; nothing for an action by name, for
/// patterns over reads, over one verb (`s3:Put*`) or one noun (`dynamodb:*Item`), and where the service is unknown.
pub fn breadth(pattern: &str) -> Option<Breadth> {
    if !pattern.contains(['*', '?']) {
        return None;
    }
    if is_everything(pattern) {
        return Some(Breadth::Everything);
    }
    breadth_of(pattern, &expand(pattern))
}

/// True for a pattern over every action of every service.
fn is_everything(pattern: &str) -> bool {
    covers(pattern, "*:*")
}

/// [`breadth`] of a pattern over less than everything, with the actions behind it.
fn breadth_of(pattern: &str, expansion: &Expansion) -> Option<Breadth> {
    if !pattern.contains(['*', '?']) {
        return None;
    }
    let (service, _) = pattern.split_once(':')?;
    let service = service.to_ascii_lowercase();
    if !service_known(&service) || CHANNELS.contains(&&*service) {
        return None;
    }
    let Expansion::Known(actions) = expansion else {
        return None;
    };
    let changes = |action: &&Action| {
        action.access.contains(Access::Write) || action.access.contains(Access::Permissions)
    };
    let writes: Vec<&Action> = actions.iter().filter(changes).collect();
    if writes.len() < 2 {
        return None;
    }
    if covers(pattern, &format!("{service}:*")) {
        return Some(Breadth::Service(service.into()));
    }
    let words = writes.iter().filter_map(|action| action.name.split_once(':'));
    let (verbs, nouns): (Vec<&str>, Vec<&str>) =
        words.map(|(_, name)| (first_word(name), last_word(name))).unzip();
    let differ = |words: &[&str]| words.windows(2).any(|pair| pair.first() != pair.last());
    let is_family = !differ(&verbs) || !differ(&nouns);
    let is_narrow = is_family && !PERMISSION_SERVICES.contains(&&*service);
    (!is_narrow).then_some(Breadth::Writes(writes.len()))
}

/// `Put` of `PutObject`.
fn first_word(name: &str) -> &str {
    let end = name.char_indices().skip(1).find(|(_, c)| c.is_ascii_uppercase());
    name.get(..end.map_or(name.len(), |(at, _)| at)).unwrap_or(name)
}

/// `Object` of `PutObject`; the plural counts as the same word.
fn last_word(name: &str) -> &str {
    let start = name.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(0);
    name.get(start..).unwrap_or(name).trim_end_matches('s')
}

/// An action pattern on resources that reach too far.
#[derive(Clone, Debug)]
pub struct Loose {
    /// The pattern as written.
    pub pattern: Str,
    /// When it is there.
    pub guard: Guard,
    /// The actions behind it that could be limited to named resources.
    pub actions: Vec<Action>,
    /// How far its resources reach.
    pub reach: Reach,
}

impl Loose {
    /// True when it changes nothing and gives out no data.
    pub fn is_harmless(&self) -> bool {
        self.actions.iter().all(is_metadata)
    }

    /// The same with the wanted actions only; `None` when there are none.
    fn limited_to(&self, wanted: impl Fn(&str) -> bool) -> Option<Loose> {
        let wanted = self.actions.iter().filter(|action| wanted(&action.name));
        let actions: Vec<Action> = wanted.cloned().collect();
        (!actions.is_empty()).then(|| Loose {
            pattern: self.pattern.clone(),
            guard: self.guard.clone(),
            actions,
            reach: self.reach,
        })
    }

    /// True when it changes something.
    pub fn is_write(&self) -> bool {
        self.actions.iter().any(|action| !action.access.is_read_only())
    }

    /// The ARN format to limit it to, as `Fn::Sub` takes it; what the author has to fill in stands in angle brackets.
    pub fn format(&self) -> Option<String> {
        let formats = resource_formats(&self.actions.first()?.name);
        let is_required = formats.iter().any(|format| format.required);
        // The plain resource has the shortest ARN: `bucket/object`, not the same behind an access point.
        let fitting = formats.iter().filter(|format| format.required == is_required);
        let arn = &fitting.min_by_key(|format| format.arn.len())?.arn;
        Some(to_fill_in(
            &arn.replace("${Partition}", "${AWS::Partition}")
                .replace("${Region}", "${AWS::Region}")
                .replace("${Account}", "${AWS::AccountId}"),
        ))
    }
}

/// An ARN format with `<QueueName>` for `${QueueName}`; pseudo parameters stay.
fn to_fill_in(format: &str) -> String {
    let mut pieces = format.split("${");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}') {
            Some((name, rest)) if !name.starts_with("AWS::") => out.push_str(&format!("<{name}>{rest}")),
            _ => out.push_str(&format!("${{{piece}")),
        }
    }
    out
}

/// Actions that give out secrets, or the key to them.
const SECRET_READS: &[&str] = &[
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParameter*",
    "kms:Decrypt",
];

/// Actions on the data that a service keeps or carries, not on the things that keep it.
const DATA: &[&str] = &[
    "dynamodb:*Item",
    "dynamodb:PartiQL*",
    "dynamodb:Query",
    "dynamodb:Scan",
    "elasticfilesystem:Client*",
    "es:ESHttp*",
    "kinesis:GetRecords",
    "kinesis:PutRecord*",
    "kinesis:SubscribeToShard",
    "rds-data:*",
    "s3:*Object*",
    "s3:AbortMultipartUpload",
    "s3:ListBucket*",
    "s3:ListMultipartUploadParts",
    "sns:Publish",
    "sqs:*Message*",
    "sqs:PurgeQueue",
];

/// Actions that start, stop or enter tasks.
const TASKS: &[&str] = &[
    "ecs:ExecuteCommand",
    "ecs:RunTask",
    "ecs:StartTask",
    "ecs:StopTask",
    "ecs:UpdateService",
];

/// True when an action, given as `service:Action`, starts, stops or enters tasks.
pub fn runs_tasks(action: &str) -> bool {
    TASKS.contains(&action)
}

/// True when an action, given as `service:Action`, gives out secrets or the key to them.
pub fn reads_secrets(action: &str) -> bool {
    SECRET_READS.iter().any(|pattern| covers(pattern, action))
}

/// True when an action, given as `service:Action`, works on data.
pub fn works_on_data(action: &str) -> bool {
    DATA.iter().any(|pattern| covers(pattern, action))
}

/// Action patterns of one kind on resources that reach too far, in one statement.
#[derive(Clone, Debug)]
pub struct Open<'s> {
    /// When the statement gives them, the conditions, denials and boundaries that take them back considered.
    pub guard: Guard,
    /// The patterns, never none.
    pub loose: Vec<Loose>,
    /// The resource to name instead.
    pub resource: &'s Case<Known<Text>>,
}

impl Open<'_> {
    /// The patterns as written.
    pub fn patterns(&self) -> Vec<Str> {
        self.loose.iter().map(|item| item.pattern.clone()).collect()
    }

    /// How far the farthest of them reaches.
    pub fn reach(&self) -> Reach {
        self.loose
            .iter()
            .map(|item| item.reach)
            .max()
            .unwrap_or(Reach::Some)
    }
}

impl Iam {
    /// What a statement gives of some actions on resources that reach too far.
    pub fn open<'s>(
        &self,
        policy: &Policy,
        statement: &'s Statement,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Open<'s>> {
        let loose = statement.loose().iter();
        let mut loose: Vec<Loose> = loose.filter_map(|item| item.limited_to(&wanted)).collect();
        if loose.is_empty() {
            return None;
        }
        for item in &mut loose {
            item.guard = item.guard.and(&self.withheld(policy, &item.pattern).negated());
        }
        let open = statement.open_resources(&loose);
        let resource = *open.first()?;
        let guard =
            Guard::any(loose.iter().map(|item| item.guard.clone())).and(&when_any(open.iter().copied()));
        let guard = policy
            .guard
            .and(&statement.guard)
            .and(&guard)
            .and(&statement.bounded().negated());
        Some(Open {
            guard,
            loose,
            resource,
        })
    }
}

/// True when an action changes nothing and gives out no data.
pub fn is_metadata(action: &Action) -> bool {
    let service = action.name.split_once(':').map_or("", |(service, _)| service);
    let gives_data = DATA_SERVICES.contains(&service)
        && action.access.contains(Access::Read)
        && !SETTINGS.iter().any(|pattern| covers(pattern, &action.name));
    action.access.is_read_only() && !gives_data
}

/// True when a statement can usefully name the resources of an action. AWS lists no resource type as required for two
/// kinds of actions: those on one of several types, and those of which some calls concern no resource, such as
/// `cloudwatch:PutMetricData` and most listings; the second kind needs `*`.
fn can_be_limited(action: &Action) -> bool {
    match action.resource_level {
        ResourceLevel::StarOnly => false,
        ResourceLevel::Required => true,
        ResourceLevel::Optional => {
            let is_listing = action.access.iter().all(|access| access == Access::List);
            let is_tagging = action.access.contains(Access::Tagging);
            action.name.starts_with("s3:")
                || (!is_listing && !is_tagging && resource_formats(&action.name).len() > 1)
        }
    }
}

impl Statement {
    /// When the statement gives every action on every resource, or everything but a list that leaves IAM in.
    pub fn administrator(&self) -> Guard {
        if self.effect != Effect::Allow {
            return Guard::False;
        }
        let stars = self
            .actions
            .only
            .iter()
            .filter(|case| literal(&case.value).is_some_and(|pattern| is_everything(&pattern)));
        let stars = Guard::any(stars.map(|case| case.guard.clone()));
        let excluded = &self.actions.all_but;
        let keeps_iam = !excluded
            .iter()
            .any(|case| literal(&case.value).is_none_or(|pattern| covers(&pattern, "iam:*")));
        let inverted = match keeps_iam {
            true => when_any(excluded),
            false => Guard::False,
        };
        self.guard
            .and(&stars.or(&inverted))
            .and(&self.on_everything())
            .and(&self.bounded().negated())
    }

    /// The action patterns of an `Allow` whose resources reach all there are, without those whose wildcard says it
    /// all ([`breadth`]) and `iam:PassRole`, which is a question of its own.
    fn loose(&self) -> &[Loose] {
        self.loose.get_or_init(|| self.find_loose().into())
    }

    fn find_loose(&self) -> Vec<Loose> {
        if self.effect != Effect::Allow || !self.resources.all_but.is_empty() {
            return Vec::new();
        }
        let texts: Vec<&Case<Known<Text>>> = self.resources.only.iter().collect();
        let known = || texts.iter().filter_map(|case| known(&case.value));
        if !known().any(|text| {
            text.parts()
                .iter()
                .any(|part| matches!(part, crate::eval::Part::Literal(text) if text.contains('*')))
        }) {
            return Vec::new();
        }
        let has_star = known().any(is_star);
        let mut out = Vec::new();
        for case in &self.actions.only {
            let Some(pattern) = literal(&case.value) else {
                continue;
            };
            if is_everything(&pattern) {
                continue;
            }
            let expansion = expand(&pattern);
            if breadth_of(&pattern, &expansion).is_some() {
                continue;
            }
            let Expansion::Known(actions) = expansion else {
                continue;
            };
            // A pattern over metadata such as `ec2:Describe*` needs `*` as soon as one of its actions does.
            let needs_star = actions.iter().any(|action| !can_be_limited(action));
            if needs_star && actions.iter().all(is_metadata) {
                continue;
            }
            let far = actions
                .into_iter()
                .filter(|action| action.name != "iam:PassRole" && can_be_limited(action))
                .map(|action| {
                    let reach = if has_star {
                        Reach::Every
                    } else {
                        reach(known(), &action.name)
                    };
                    (action, reach)
                })
                .filter(|(_, reach)| *reach > Reach::Some);
            let (actions, reaches): (Vec<Action>, Vec<Reach>) = far.unzip();
            if let Some(reach) = reaches.into_iter().max() {
                out.push(Loose {
                    pattern,
                    guard: case.guard.clone(),
                    actions,
                    reach,
                });
            }
        }
        out
    }

    /// The resources that reach all there are: `*` where it is there, else the ARNs that an action of `loose` finds open.
    pub fn open_resources(&self, loose: &[Loose]) -> Vec<&Case<Known<Text>>> {
        let stars: Vec<_> = self
            .resources
            .only
            .iter()
            .filter(|case| is_every(&case.value))
            .collect();
        if !stars.is_empty() {
            return stars;
        }
        let reaches = |text: &Text| {
            let mut actions = loose.iter().flat_map(|loose| &loose.actions);
            actions.any(|action| reach([text], &action.name) > Reach::Some)
        };
        let resources = self.resources.only.iter();
        let open: Vec<_> = resources
            .filter(|case| known(&case.value).is_some_and(reaches))
            .collect();
        open
    }
}

/// The text of an item, as far as it is known.
pub fn known(item: &Known<Text>) -> Option<&Text> {
    match item {
        Known::Value(text) => Some(text),
        Known::Absent | Known::Unknown(_) => None,
    }
}

/// The characters of an item, when all of them are known.
pub fn literal(item: &Known<Text>) -> Option<Str> {
    known(item)?.as_literal()
}

/// The place of the first of some items.
pub fn place(items: &Items) -> Option<Span> {
    items.first().map(|case| case.span)
}

/// Names for a message: the first ones in backticks, then how many more there are.
pub fn listed(names: &[Str]) -> String {
    let mut unique: Vec<&Str> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    let shown: Vec<String> = unique
        .iter()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    match (unique.len() - shown.len(), shown.split_last()) {
        (0, Some((last, []))) => last.clone(),
        (0, Some((last, before))) => format!("{} and {last}", before.join(", ")),
        (0, None) => String::new(),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_over_one_verb_or_one_noun_is_narrow() {
        for pattern in [
            "s3:Put*",
            "dynamodb:*Item",
            "ecs:Submit*",
            "ec2:Describe*",
            "ssm:Get*",
            "iam:Pass*",
            "ssmmessages:*",
            "notaservice:*",
            "s3:PutObject",
        ] {
            assert_eq!(breadth(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_wildcard_over_a_service_or_several_kinds_of_writes_is_broad() {
        assert_eq!(breadth("*"), Some(Breadth::Everything));
        assert_eq!(breadth("*:*"), Some(Breadth::Everything));
        assert_eq!(breadth("ECS:*"), Some(Breadth::Service("ecs".into())));
        assert!(matches!(breadth("s3:*Object*"), Some(Breadth::Writes(_))));
        assert!(matches!(breadth("iam:Put*"), Some(Breadth::Writes(_))));
        assert!(matches!(breadth("ec2:*Instance*"), Some(Breadth::Writes(_))));
    }

    #[test]
    fn metrics_and_listings_need_the_star_and_objects_do_not() {
        let limited = |name: &str| match expand(name) {
            Expansion::Known(actions) => actions.iter().any(can_be_limited),
            _ => panic!("{name}"),
        };
        for name in [
            "cloudwatch:PutMetricData",
            "ecr:GetAuthorizationToken",
            "ssmmessages:OpenDataChannel",
            "ec2:DescribeInstances",
            "cloudformation:DescribeStacks",
            "ec2:CreateTags",
        ] {
            assert!(!limited(name), "{name}");
        }
        for name in [
            "s3:GetObject",
            "s3:ListBucket",
            "ecs:UpdateService",
            "sqs:SendMessage",
        ] {
            assert!(limited(name), "{name}");
        }
    }

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<Str> = ["a", "b", "a", "c", "d", "e", "f", "g"].map(Str::from).to_vec();
        assert_eq!(listed(&names), "`a`, `b`, `c`, `d`, `e` and 2 more");
        assert_eq!(listed(&names[..1]), "`a`");
        assert_eq!(listed(&names[..2]), "`a` and `b`");
    }
}
