//! The functions of lists: `Fn::Join`, `Fn::Select`, `Fn::Split`, `Fn::Length`, `Fn::Cidr`.

use super::function::{Draft, append, finish, malformed, unknown};
use super::value::{Case, Cases, Part, Text, Trail, Unknown, Value};
use super::{Active, Evaluator, Guard, join};
use crate::cfn::static_text;
use crate::project::StackId;
use crate::source::{Span, Str};
use crate::yaml::{Function, Node};

/// Most networks that `Fn::Cidr` may be asked for, as CloudFormation limits it.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html>
const MAX_CIDR_BLOCKS: usize = 256;

impl<'a> Evaluator<'a> {
    pub(super) fn join(
        &self,
        active: &mut Active,
        stack: StackId,
        separator: &'a Node,
        items: &'a Node,
        span: Span,
    ) -> Cases<'a> {
        let Some(separator) = static_text(separator) else {
            return malformed(span, "Fn::Join");
        };
        let mut out = Vec::new();
        for list in self.eval(active, stack, items) {
            let elements = match &list.value {
                Value::Unknown(reason) => {
                    out.push(list.with(Value::Unknown(reason.clone())));
                    continue;
                }
                _ => self.elements(vec![list.with(list.value.clone())]),
            };
            let mut drafts = vec![Draft {
                guard: list.guard.clone(),
                text: Text::default(),
                trail: list.trail.clone(),
            }];
            let mut started = false;
            for element in elements {
                let separator = if started { &*separator } else { "" };
                started = true;
                let absent = element.guard.negated();
                let mut cases = vec![element];
                if !absent.is_never() {
                    let guard = absent;
                    cases.push(Case {
                        guard,
                        value: Value::Absent,
                        span,
                        trail: Trail::default(),
                    });
                }
                if let Err(limit) = append(&mut drafts, &cases, separator) {
                    return unknown(span, limit);
                }
            }
            out.extend(finish(drafts, span));
        }
        out
    }

    pub(super) fn select(
        &self,
        active: &mut Active,
        stack: StackId,
        index: &'a Node,
        list: &'a Node,
        span: Span,
    ) -> Cases<'a> {
        let index = index.as_text().and_then(|text| text.trim().parse::<usize>().ok());
        let Some(index) = index else {
            return malformed(span, "Fn::Select");
        };
        if list
            .as_call()
            .is_some_and(|call| call.function == Function::GetAZs)
        {
            return vec![Case::new(Value::Text(Text::part(Part::Zone(index as u32))), span)];
        }
        let mut out = Vec::new();
        for case in self.eval(active, stack, list) {
            let elements = match &case.value {
                Value::Unknown(reason) => {
                    out.push(case.with(Value::Unknown(reason.clone())));
                    continue;
                }
                _ => self.elements(vec![Case::new(case.value.clone(), case.span)]),
            };
            out.extend(pick(elements, index, span).into_iter().map(|picked| Case {
                span,
                ..join(&case, picked)
            }));
        }
        out
    }

    pub(super) fn split(
        &self,
        active: &mut Active,
        stack: StackId,
        separator: &'a Node,
        text: &'a Node,
        span: Span,
    ) -> Cases<'a> {
        let Some(separator) = static_text(separator) else {
            return malformed(span, "Fn::Split");
        };
        let cases = self.eval(active, stack, text).into_iter().map(|case| {
            let value = match &case.value {
                Value::Text(text) => {
                    let pieces = text.split(&separator).into_iter();
                    Value::List(
                        pieces
                            .map(|piece| Case::new(Value::Text(piece), case.span))
                            .collect(),
                    )
                }
                Value::Unknown(reason) => Value::Unknown(reason.clone()),
                _ => Value::Unknown(Unknown::Malformed("Fn::Split".into())),
            };
            case.with(value)
        });
        cases.collect()
    }

    pub(super) fn length(
        &self,
        active: &mut Active,
        stack: StackId,
        list: &'a Node,
        span: Span,
    ) -> Cases<'a> {
        let cases = self.eval(active, stack, list).into_iter().map(|case| {
            let elements = self.elements(vec![Case::new(case.value.clone(), case.span)]);
            let settled = elements
                .iter()
                .all(|element| element.guard == Guard::True && !hides_elements(&element.value));
            let value = if settled {
                Value::Text(Text::literal(elements.len().to_string()))
            } else {
                Value::Unknown(Unknown::Function("Fn::Length".into()))
            };
            Case {
                span,
                ..case.with(value)
            }
        });
        cases.collect()
    }

    pub(super) fn cidr(
        &self,
        active: &mut Active,
        stack: StackId,
        arguments: &'a [Node],
        span: Span,
    ) -> Cases<'a> {
        let mut known: Vec<Str> = Vec::new();
        for node in arguments {
            let text = match self.eval(active, stack, node).as_slice() {
                [
                    Case {
                        value: Value::Text(text),
                        ..
                    },
                ] => text.as_literal(),
                _ => None,
            };
            match text {
                Some(text) => known.push(text),
                None => return unknown(span, Unknown::Function("Fn::Cidr".into())),
            }
        }
        match cidr_blocks(&known) {
            Some(blocks) => {
                let elements = blocks
                    .into_iter()
                    .map(|block| Case::new(Value::Text(Text::literal(block)), span));
                vec![Case::new(Value::List(elements.collect()), span)]
            }
            None => malformed(span, "Fn::Cidr"),
        }
    }
}

/// `Fn::Cidr`: count networks of `bits` host bits out of a block; IPv4 has 8 host bits unless told.
fn cidr_blocks(arguments: &[Str]) -> Option<Vec<String>> {
    let (block, count, bits) = match arguments {
        [block, count] => (block, count, None),
        [block, count, bits] => (block, count, Some(bits.parse::<u8>().ok()?)),
        _ => return None,
    };
    let count: usize = count.parse().ok()?;
    if count > MAX_CIDR_BLOCKS {
        return None;
    }
    match block.parse::<ipnet::IpNet>().ok()? {
        ipnet::IpNet::V4(net) => {
            let blocks = net.trunc().subnets(32u8.checked_sub(bits.unwrap_or(8))?).ok()?;
            Some(blocks.take(count).map(|net| net.to_string()).collect())
        }
        ipnet::IpNet::V6(net) => {
            let blocks = net.trunc().subnets(128u8.checked_sub(bits?)?).ok()?;
            Some(blocks.take(count).map(|net| net.to_string()).collect())
        }
    }
}

/// The element at an index, as long as nothing before it may be missing and nothing hides further elements.
fn pick<'a>(elements: Cases<'a>, index: usize, span: Span) -> Cases<'a> {
    let hidden = elements
        .iter()
        .take(index + 1)
        .find_map(|element| match &element.value {
            Value::Unknown(reason) => Some(reason.clone()),
            Value::Text(text) if elements.len() == 1 => match text.as_part() {
                Some(Part::Variable(_) | Part::Dynamic(_) | Part::Unknown(_)) => text.unknown(),
                _ => None,
            },
            _ => None,
        });
    if let Some(reason) = hidden {
        return unknown(span, reason);
    }
    if elements
        .iter()
        .take(index + 1)
        .any(|element| element.guard != Guard::True)
    {
        return pick_guarded(elements, index, span);
    }
    match elements.into_iter().nth(index) {
        Some(element) => vec![element],
        None => malformed(span, "Fn::Select"),
    }
}

/// The element at an index of a list whose elements come and go: element `k` is the one when exactly `index` of
/// those before it are there.
fn pick_guarded<'a>(elements: Cases<'a>, index: usize, span: Span) -> Cases<'a> {
    /// Elements looked at; past it the number of combinations is not worth a verdict.
    const MAX_GUARDED: usize = 6;
    if elements.len() > MAX_GUARDED {
        return unknown(span, Unknown::Limit("MAX_GUARDED"));
    }
    let mut out = Vec::new();
    for (position, element) in elements.iter().enumerate() {
        let before = &elements[..position];
        let exactly = (0..1u32 << position)
            .filter(|set| set.count_ones() as usize == index)
            .map(|set| {
                Guard::all(before.iter().enumerate().map(|(bit, other)| {
                    if set >> bit & 1 == 1 {
                        other.guard.clone()
                    } else {
                        other.guard.negated()
                    }
                }))
            });
        let guard = Guard::any(exactly).and(&element.guard);
        if !guard.is_never() {
            out.push(Case {
                guard,
                ..element.clone()
            });
        }
    }
    out
}

/// True for a value that may stand for several elements.
fn hides_elements(value: &Value<'_>) -> bool {
    match value {
        Value::Unknown(_) => true,
        Value::Text(text) => matches!(
            text.as_part(),
            Some(Part::Variable(_) | Part::Dynamic(_) | Part::Unknown(_))
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_cut_as_cloudformation_cuts_them() {
        let blocks = |arguments: &[&str]| {
            cidr_blocks(&arguments.iter().map(|text| Str::from(*text)).collect::<Vec<_>>())
        };
        assert_eq!(
            blocks(&["192.168.0.0/24", "3", "5"]).unwrap(),
            ["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27"]
        );
        assert_eq!(
            blocks(&["10.0.0.0/16", "2"]).unwrap(),
            ["10.0.0.0/24", "10.0.1.0/24"]
        );
        assert_eq!(blocks(&["10.0.0.0/16", "300", "8"]), None);
        assert_eq!(blocks(&["nonsense", "1", "8"]), None);
        assert_eq!(blocks(&["2001:db8::/56", "1", "64"]).unwrap(), ["2001:db8::/64"]);
    }
}
