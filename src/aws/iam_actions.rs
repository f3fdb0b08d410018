//! Every IAM action AWS documents: access level, resource types, and what a wildcard pattern stands for.
//!
//! Source: the AWS Service Authorization Reference, by way of `data/iam-actions.txt` and
//! `data/iam-resources.txt` (version, date and licence in their headers), which build.rs turns into
//! an `fst` map and static tables. Looking a pattern up parses and allocates nothing but the answer.
//!
//! AWS documents new services and actions every week, so a name that is absent here may exist:
//! callers stay silent on [`Expansion::UnknownService`] and on actions they do not find.

use fst::automaton::Automaton;
use fst::{IntoStreamer, Map, Streamer};

/// Actions by their name as AWS spells it, sorted by bytes. The low [`LEVEL_BITS`] bits of a value
/// are the access levels, the others index [`RESOURCE_SETS`].
static ACTIONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/iam_actions.fst"));

/// Bits of an action's value that hold its access levels, one for each [`Access`].
const LEVEL_BITS: u32 = 5;

// Written by build.rs:
// RESOURCE_SETS  the different sets of resource types that actions have;
// RESOURCE_TYPES the members of all sets, one after the other: indices into FORMAT_ENDS;
// FORMAT_ENDS    where the text of each resource type ends in FORMATS;
// FORMATS        ARN formats without `ARN_START`; those of one type are separated by a blank.
include!(concat!(env!("OUT_DIR"), "/iam_resources.rs"));

/// The resource types of an action: `required` and then `optional` entries of `RESOURCE_TYPES`.
struct ResourceSet {
    first: u16,
    required: u8,
    optional: u8,
}

/// What every ARN format starts with.
const ARN_START: &str = "arn:${Partition}:";

/// What the byte 1 stands for in `FORMATS`.
const REGION_AND_ACCOUNT: &str = ":${Region}:${Account}:";

/// What an action does to a resource, in the words of the AWS documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Lists resources, without their contents.
    List,
    /// Reads contents.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Changes tags only.
    Tagging,
    /// Grants or changes permissions ("Permissions management").
    Permissions,
}

impl Access {
    /// All levels, in the order of the enum, which is that of the bits in the embedded table.
    pub const ALL: [Access; 5] = [
        Access::List,
        Access::Read,
        Access::Write,
        Access::Tagging,
        Access::Permissions,
    ];

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of access levels. AWS gives an action one level, or two such as "Tagging, Write".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccessLevels(u8);

impl AccessLevels {
    /// True when the action has this level.
    pub fn contains(self, access: Access) -> bool {
        self.0 & access.bit() != 0
    }

    /// The levels, in the order of [`Access`].
    pub fn iter(self) -> impl Iterator<Item = Access> {
        Access::ALL
            .into_iter()
            .filter(move |access| self.contains(*access))
    }

    /// True when the action changes nothing: each of its levels is List or Read.
    pub fn is_read_only(self) -> bool {
        self.iter()
            .all(|access| matches!(access, Access::List | Access::Read))
    }
}

impl FromIterator<Access> for AccessLevels {
    fn from_iter<I: IntoIterator<Item = Access>>(levels: I) -> Self {
        Self(levels.into_iter().fold(0, |bits, access| bits | access.bit()))
    }
}

/// How far a policy can restrict an action by the `Resource` of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceLevel {
    /// Not at all: the action has no resource types, so that its resource must be `*`.
    StarOnly,
    /// By resource types none of which AWS lists as required. Two cases look alike: the resource is
    /// one of several types (`s3:GetObject`: an object, or one behind an access point), or some
    /// calls concern no resource at all (`cloudwatch:PutMetricData`) and need `*`.
    Optional,
    /// By resource types at least one of which AWS lists as required.
    Required,
}

/// One IAM action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// `service:Action` as AWS spells it; policies may use any case.
    pub name: String,
    /// What it does; never empty.
    pub access: AccessLevels,
    /// Whether a statement can name the resources it is allowed on.
    pub resource_level: ResourceLevel,
}

impl Action {
    /// True when the action supports no resource-level permission, so that `Resource: "*"` is right.
    pub fn needs_star(&self) -> bool {
        self.resource_level == ResourceLevel::StarOnly
    }

    fn new(name: &[u8], value: u64) -> Option<Self> {
        Some(Self {
            name: std::str::from_utf8(name).ok()?.to_owned(),
            access: AccessLevels((value & ((1 << LEVEL_BITS) - 1)) as u8),
            resource_level: match resource_set(value)? {
                ResourceSet {
                    required: 0,
                    optional: 0,
                    ..
                } => ResourceLevel::StarOnly,
                ResourceSet { required: 0, .. } => ResourceLevel::Optional,
                _ => ResourceLevel::Required,
            },
        })
    }
}

/// The actions a pattern stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expansion {
    /// At least one action, sorted by the bytes of the name.
    Known(Vec<Action>),
    /// No service in the table has the pattern's prefix; nothing can be said about the pattern.
    UnknownService,
    /// The service is known, and none of its documented actions match; or the pattern is not of
    /// the form `service:action`.
    NoMatch,
}

/// An ARN a statement can name for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceFormat {
    /// The format as AWS writes it: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    pub arn: String,
    /// True when AWS lists the resource type as required: a statement must cover it to allow the action.
    pub required: bool,
}

/// The documented actions that match `pattern`, an `Action` element of a policy: `*` stands for any
/// characters, `?` for one, case does not matter. The pattern is held against the whole
/// `service:action`.
///
/// `*` and `*:*` are every action (some 22,000): test for them first where the list is not needed.
/// A long pattern costs nothing: one that asks for more characters than any name has fails at once.
pub fn expand(pattern: &str) -> Expansion {
    let mut actions = Vec::new();
    search(pattern, |name, value| {
        actions.extend(Action::new(name, value));
        Search::Continue
    });
    match pattern.split_once(':') {
        _ if !actions.is_empty() => Expansion::Known(actions),
        Some((service, _)) if !service_known(service) => Expansion::UnknownService,
        _ => Expansion::NoMatch,
    }
}

/// True when the table has actions of `service`, the part of an action before the colon, which may
/// hold wildcards; case does not matter.
pub fn service_known(service: &str) -> bool {
    first_match(&format!("{service}:*")).is_some()
}

/// What a statement may name as `Resource` for one action, given as `service:action` in any case:
/// required resource types before the others, each in the order of their names. Empty for an action
/// that needs `*`, for an unknown one, and for a pattern with wildcards.
pub fn resource_formats(action: &str) -> Vec<ResourceFormat> {
    let mut formats: Vec<ResourceFormat> = Vec::new();
    if action.contains(['*', '?']) {
        return formats;
    }
    let Some(set) = first_match(action).and_then(resource_set) else {
        return formats;
    };
    let types = RESOURCE_TYPES
        .iter()
        .skip(set.first.into())
        .take(usize::from(set.required) + usize::from(set.optional));
    for (position, number) in types.enumerate() {
        for short in format_text(*number).split(' ') {
            let arn = format!("{ARN_START}{}", short.replace('\u{1}', REGION_AND_ACCOUNT));
            if !formats.iter().any(|format| format.arn == arn) {
                formats.push(ResourceFormat {
                    arn,
                    required: position < set.required.into(),
                });
            }
        }
    }
    formats
}

fn resource_set(value: u64) -> Option<&'static ResourceSet> {
    RESOURCE_SETS.get(usize::try_from(value >> LEVEL_BITS).ok()?)
}

/// The embedded text of one resource type.
fn format_text(number: u16) -> &'static str {
    let end = |index: usize| FORMAT_ENDS.get(index).map(|end| *end as usize);
    let start = usize::from(number).checked_sub(1).and_then(end).unwrap_or(0);
    end(number.into())
        .and_then(|end| FORMATS.get(start..end))
        .unwrap_or_default()
}

/// Whether a search goes on after a hit.
#[derive(PartialEq, Eq)]
enum Search {
    Continue,
    Stop,
}

/// Calls `hit` with name and value of each action that matches, sorted by the bytes of the name.
fn search(pattern: &str, mut hit: impl FnMut(&[u8], u64) -> Search) {
    // The map is checked by the tests of this module; opening it only reads its header.
    let Ok(map) = Map::new(ACTIONS) else { return };
    // A name as AWS spells it, which no other name differs from by case alone, is found without a search.
    let is_name = !pattern.contains(['*', '?']);
    if let Some(value) = map.get(pattern).filter(|_| is_name) {
        hit(pattern.as_bytes(), value);
        return;
    }
    let Some(wildcard) = Wildcard::new(pattern) else {
        return;
    };
    let mut stream = map.search(wildcard).into_stream();
    while let Some((name, value)) = stream.next() {
        if hit(name, value) == Search::Stop {
            return;
        }
    }
}

/// The value of the first action that matches.
fn first_match(pattern: &str) -> Option<u64> {
    let mut first = None;
    search(pattern, |_, value| {
        first = Some(value);
        Search::Stop
    });
    first
}

/// A pattern as a bit-parallel automaton (Shift-And): bit `n` of a state says that the first `n`
/// characters of the pattern, not counting stars, have been matched.
struct Wildcard {
    /// For each ASCII character, lower-cased, the positions whose next character it is.
    next: [u128; 128],
    /// Positions whose next character is `?`.
    any: u128,
    /// Positions with a star, where a state may stay.
    stay: u128,
    /// The one position behind the last character.
    end: u128,
}

impl Wildcard {
    /// `None` when no name can match: the pattern has a character outside ASCII, or more than 127.
    fn new(pattern: &str) -> Option<Self> {
        let mut wildcard = Self {
            next: [0; 128],
            any: 0,
            stay: 0,
            end: 1,
        };
        for byte in pattern.bytes() {
            match byte {
                b'*' => wildcard.stay |= wildcard.end,
                b'?' => wildcard.any |= wildcard.end,
                _ => *wildcard.next.get_mut(usize::from(byte.to_ascii_lowercase()))? |= wildcard.end,
            }
            if byte != b'*' {
                wildcard.end = wildcard.end.checked_mul(2)?;
            }
        }
        Some(wildcard)
    }
}

impl Automaton for Wildcard {
    type State = u128;

    fn start(&self) -> u128 {
        1
    }

    fn is_match(&self, state: &u128) -> bool {
        state & self.end != 0
    }

    fn can_match(&self, state: &u128) -> bool {
        *state != 0
    }

    fn will_always_match(&self, state: &u128) -> bool {
        state & self.end & self.stay != 0
    }

    fn accept(&self, state: &u128, byte: u8) -> u128 {
        let next = self
            .next
            .get(usize::from(byte.to_ascii_lowercase()))
            .copied()
            .unwrap_or(0);
        (state & (next | self.any)) << 1 | state & self.stay
    }
}

#[cfg(test)]
mod tests;
