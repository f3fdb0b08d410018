//! Whether a resource pattern of a policy matches a resource, when both are texts of which not every character is known.

use super::pattern::{covers, is_star};
use crate::aws::arn::{SUFFIX_CHARACTERS, Spelling, spelling};
use crate::eval::{Case, Guard, Known, Part, Scope, Text, Unknown, Var};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Str;

/// Spellings of one text before its parts are left as they are: a name by one parameter with eight allowed values.
const MAX_SPELLINGS: usize = 16;

/// Characters of which the overlap of two patterns is decided; longer ones count as overlapping. The longest ARN has
/// 2,048, those of templates some hundred.
const MAX_COMPARED: usize = 512;

/// The character that stands for the first part whose characters are not known; it lies in a private plane of Unicode.
const FIRST_SYMBOL: u32 = 0xF_0000;

/// Stands for a region, an account or the like: letters, digits and hyphens.
const WORD: char = '\u{2}';

/// Stands for a physical name, which has no colon.
const NAME: char = '\u{3}';

/// The literal partitions; which one it is does not tell two resources of a deployment apart.
const PARTITIONS: &[&str] = &["aws", "aws-cn", "aws-us-gov"];

/// When a pattern matches a resource.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// When it certainly does.
    pub(super) yes: Guard,
    /// When it may; never narrower than `yes`.
    pub(super) maybe: Guard,
    /// Why it is not certain, where something that is not known is to blame.
    pub(super) reason: Option<Unknown>,
}

impl Fit {
    pub(super) fn certain(yes: bool) -> Fit {
        let guard = if yes { Guard::True } else { Guard::False };
        Fit {
            yes: guard.clone(),
            maybe: guard,
            reason: None,
        }
    }

    pub(super) fn unsure(reason: Option<Unknown>) -> Fit {
        Fit {
            yes: Guard::False,
            maybe: Guard::True,
            reason,
        }
    }
}

/// The attribute that stands for the name that a service gives a resource.
const OWN_NAME: &str = "Name";

/// The attribute that stands for a character behind the name of a secret.
const OWN_SUFFIX: &str = "Suffix";

/// How two texts compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Covered,
    Overlapping,
    Apart,
}

/// A resource that patterns are compared with, spelled out once for all of them.
pub(super) struct Wanted {
    symbols: Symbols,
    texts: Vec<WantedText>,
}

/// One of the ways in which a resource may be given.
struct WantedText {
    spellings: Vec<(Guard, String)>,
    /// Why it is not known, if it is not.
    reason: Option<Unknown>,
}

impl Wanted {
    /// A resource, given in all the ways in which its ARN may be written.
    pub(super) fn new(inventory: &Inventory<'_>, resource: &[Text]) -> Wanted {
        let mut symbols = Symbols::default();
        let texts = resource.iter().map(|text| WantedText {
            spellings: spellings(inventory, text, &mut symbols),
            reason: reason(text),
        });
        let texts = texts.collect();
        Wanted { symbols, texts }
    }
}

/// When a pattern matches a resource.
pub(super) fn fits(inventory: &Inventory<'_>, pattern: &Text, wanted: &Wanted) -> Fit {
    if is_star(pattern) {
        return Fit::certain(true);
    }
    let mut symbols = wanted.symbols.clone();
    let patterns = spellings(inventory, pattern, &mut symbols);
    let mut fit = Fit::certain(false);
    for text in &wanted.texts {
        for (here, name) in &text.spellings {
            for (there, given) in &patterns {
                match compare(inventory, given, name, &symbols) {
                    Comparison::Covered => fit.yes = fit.yes.or(&here.and(there)),
                    Comparison::Overlapping => fit.maybe = fit.maybe.or(&here.and(there)),
                    Comparison::Apart => {}
                }
            }
        }
        let reason = fit.reason.or_else(|| reason(pattern));
        fit.reason = reason.or_else(|| text.reason.clone());
    }
    fit.maybe = fit.maybe.or(&fit.yes);
    fit
}

/// What is not known in a text and could be given; region, account and names that AWS makes up are not worth a question.
fn reason(text: &Text) -> Option<Unknown> {
    let mut reasons = text.parts().iter().filter_map(Part::unknown);
    reasons.find(|reason| !matches!(reason, Unknown::Parameter(var) if var.name.starts_with("AWS::")))
}

/// The parts whose characters are not known, by the character that stands for them.
#[derive(Clone, Default)]
struct Symbols(Vec<Part>);

impl Symbols {
    /// The character of a part; what is unknown for a reason equals nothing.
    fn character(&mut self, part: &Part) -> char {
        let known = match part {
            Part::Unknown(_) => None,
            part => self.0.iter().position(|other| other == part),
        };
        let index = known.unwrap_or_else(|| {
            self.0.push(part.clone());
            self.0.len() - 1
        });
        char::from_u32(FIRST_SYMBOL + index as u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Appends a part to a text.
    fn push(&mut self, out: &mut String, part: &Part) {
        match part {
            Part::Literal(text) => out.push_str(text),
            part => out.push(self.character(part)),
        }
    }

    fn part(&self, character: char) -> Option<&Part> {
        let index = (character as u32).checked_sub(FIRST_SYMBOL)?;
        self.0.get(index as usize)
    }
}

/// A text in one spelling: every name is given by its characters where they are known, whether it is a reference or not.
fn spellings(inventory: &Inventory<'_>, text: &Text, symbols: &mut Symbols) -> Vec<(Guard, String)> {
    let mut drafts = vec![(Guard::True, String::new())];
    for part in text.parts() {
        let pieces = match part {
            Part::Attribute(id, attribute) => spelling(inventory.type_name(*id), attribute)
                .map(|spelling| inventory.spelled(*id, attribute, || spelled(inventory, *id, spelling)))
                .filter(|pieces| drafts.len() * pieces.len() <= MAX_SPELLINGS),
            _ => None,
        };
        let Some(pieces) = pieces else {
            for (_, draft) in &mut drafts {
                symbols.push(draft, part);
            }
            continue;
        };
        let mut longer = Vec::with_capacity(drafts.len() * pieces.len());
        for (guard, draft) in &drafts {
            for (other, piece) in &*pieces {
                let mut draft = draft.clone();
                piece
                    .parts()
                    .iter()
                    .for_each(|part| symbols.push(&mut draft, part));
                longer.push((guard.and(other), draft));
            }
        }
        longer.retain(|(guard, _)| !guard.is_never());
        drafts = longer;
    }
    let drafts = drafts.into_iter();
    drafts
        .map(|(guard, draft)| (guard, normal(draft, symbols)))
        .collect()
}

/// Every text followed by every piece.
fn product(drafts: &[(Guard, Text)], pieces: &[(Guard, Text)]) -> Vec<(Guard, Text)> {
    let mut out = Vec::with_capacity(drafts.len() * pieces.len());
    for (guard, draft) in drafts {
        for (other, piece) in pieces {
            let guard = guard.and(other);
            let mut text = draft.clone();
            text.append(piece);
            if !guard.is_never() {
                out.push((guard, text));
            }
        }
    }
    out
}

/// An attribute of a resource, spelled.
fn spelled(inventory: &Inventory<'_>, id: ResourceId, spelling: &Spelling) -> Vec<(Guard, Text)> {
    let names = named(
        inventory,
        inventory.eval.texts(spelling.name(&inventory.eval, id)),
    );
    // Without a name of the template's, name and suffix together are what the service makes up.
    let own = vec![(Guard::True, Text::part(Part::Attribute(id, OWN_NAME.into())))];
    let is_given = !names.is_empty();
    let names = if is_given { names } else { own };
    let mut drafts = vec![(Guard::True, Text::default())];
    let mut rest = match is_given {
        true => spelling.format,
        false => spelling.format.trim_end_matches("-${Suffix}"),
    };
    while let Some((before, after)) = rest.split_once("${") {
        let (hole, after) = after.split_once('}').unwrap_or((after, ""));
        drafts = product(&drafts, &[(Guard::True, Text::literal(before))]);
        let pieces = match hole {
            "Name" => names.clone(),
            "Path" => {
                let paths = named(
                    inventory,
                    inventory.eval.texts(spelling.path(&inventory.eval, id)),
                );
                let root = vec![(Guard::True, Text::literal("/"))];
                if paths.is_empty() { root } else { paths }
            }
            "Suffix" => {
                let mut suffix = Text::default();
                (0..SUFFIX_CHARACTERS).for_each(|_| suffix.push(Part::Attribute(id, OWN_SUFFIX.into())));
                vec![(Guard::True, suffix)]
            }
            "Account" => vec![(Guard::True, inventory.pseudo(id, "AWS::AccountId"))],
            other => vec![(Guard::True, inventory.pseudo(id, &format!("AWS::{other}")))],
        };
        drafts = product(&drafts, &pieces);
        rest = after;
    }
    product(&drafts, &[(Guard::True, Text::literal(rest))])
}

/// The texts of a property; none where it is absent in some world, so that the characters are not known.
fn named(inventory: &Inventory<'_>, cases: Vec<Case<Known<Text>>>) -> Vec<(Guard, Text)> {
    let possible = cases.into_iter().filter(|case| inventory.possible(&case.guard));
    let texts = possible.map(|case| match case.value {
        Known::Value(text)
            if text
                .unknown()
                .is_none_or(|it| matches!(it, Unknown::Parameter(_))) =>
        {
            Some((case.guard, text))
        }
        _ => None,
    });
    texts.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// An ARN without what does not tell two resources of a deployment apart.
fn normal(mut out: String, symbols: &mut Symbols) -> String {
    let partition = symbols.character(&Part::Variable(Var {
        scope: Scope::Everywhere,
        name: Str::from("AWS::Partition"),
    }));
    if let Some((partition_given, rest)) = out.strip_prefix("arn:").and_then(|rest| rest.split_once(':'))
        && PARTITIONS.contains(&partition_given)
    {
        out = format!("arn:{partition}:{rest}");
    }
    // The name of a parameter may begin with the slash that its ARN has anyway.
    match out.split_once(":parameter") {
        Some((before, name)) if before.contains(":ssm:") => {
            format!("{before}:parameter{}", name.trim_start_matches('/'))
        }
        _ => out,
    }
}

fn compare(inventory: &Inventory<'_>, pattern: &str, name: &str, symbols: &Symbols) -> Comparison {
    if covers(pattern, name) {
        return Comparison::Covered;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (pattern, name) = without_common_ends(&pattern, &name);
    if let ([left], [right]) = (pattern, name)
        && are_different(inventory, symbols.part(*left), symbols.part(*right))
    {
        return Comparison::Apart;
    }
    let open = |text: &[char]| -> Vec<char> { text.iter().map(|c| wildcard(*c, symbols)).collect() };
    if overlap(&open(pattern), &open(name)) {
        Comparison::Overlapping
    } else {
        Comparison::Apart
    }
}

/// True for the names of two resources of one type: no two of them are equal.
fn are_different(inventory: &Inventory<'_>, left: Option<&Part>, right: Option<&Part>) -> bool {
    match (left, right) {
        (Some(Part::Attribute(left, one)), Some(Part::Attribute(right, other))) => {
            left != right && one == other && inventory.type_name(*left) == inventory.type_name(*right)
        }
        _ => false,
    }
}

/// Two texts without what they begin and end with in common; what stands for the same part is the same.
fn without_common_ends<'t>(left: &'t [char], right: &'t [char]) -> (&'t [char], &'t [char]) {
    let is_same = |(a, b): &(&char, &char)| a == b && !matches!(a, '*' | '?');
    let start = left.iter().zip(right).take_while(is_same).count();
    let (left, right) = (
        left.get(start..).unwrap_or_default(),
        right.get(start..).unwrap_or_default(),
    );
    let end = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(is_same)
        .count();
    let cut = |text: &'t [char]| text.get(..text.len().saturating_sub(end)).unwrap_or_default();
    (cut(left), cut(right))
}

/// What stands for a symbol when only its kind counts.
fn wildcard(character: char, symbols: &Symbols) -> char {
    match symbols.part(character) {
        None => character,
        Some(Part::Variable(var)) if var.scope == Scope::Everywhere => WORD,
        Some(Part::Attribute(_, attribute)) if &**attribute == OWN_NAME || &**attribute == OWN_SUFFIX => NAME,
        Some(_) => '*',
    }
}

fn is_wild(character: char) -> bool {
    matches!(character, '*' | NAME | WORD)
}

/// True when a wildcard may stand for a text with this character or wildcard in it.
fn may_hold(wildcard: char, inner: char) -> bool {
    match wildcard {
        '*' => true,
        NAME => inner != ':',
        WORD => inner.is_ascii_alphanumeric() || matches!(inner, '-' | '*' | '?' | NAME | WORD),
        _ => false,
    }
}

/// True when some text is matched by both patterns; letters of different case are different.
fn overlap(left: &[char], right: &[char]) -> bool {
    if left.len() > MAX_COMPARED || right.len() > MAX_COMPARED {
        return true;
    }
    // `row[j]`: the rest of `left` behind the current place and `right[j..]` have a text in common.
    let mut row: Vec<bool> = Vec::new();
    for i in (0..=left.len()).rev() {
        let below = std::mem::take(&mut row);
        row = vec![false; right.len() + 1];
        for j in (0..=right.len()).rev() {
            let at = |row: &[bool], j: usize| row.get(j).copied().unwrap_or(false);
            let meets = match (left.get(i), right.get(j)) {
                (None, None) => true,
                (Some(a), Some(b)) if is_wild(*a) || is_wild(*b) => {
                    // A wildcard is empty, or holds the next character of the other side.
                    let down = is_wild(*a) || may_hold(*b, *a);
                    let ahead = is_wild(*b) || may_hold(*a, *b);
                    (down && at(&below, j)) || (ahead && at(&row, j + 1))
                }
                (Some(a), None) => is_wild(*a) && at(&below, j),
                (None, Some(b)) => is_wild(*b) && at(&row, j + 1),
                (Some(a), Some(b)) => (a == b || *a == '?' || *b == '?') && at(&below, j + 1),
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = meets;
            }
        }
    }
    row.first().copied().unwrap_or(false)
}
