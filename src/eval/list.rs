//! The functions of lists: `Fn::Join`, `Fn::Select`, `Fn::Split`, `Fn::Length`, `Fn::Cidr`.

use super::function::{Draft, append, finish, malformed, unknown};
use super::text::Text;
use super::value::{Case, Cases, Part, Trail, Unknown, Value};
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
                // A list parameter joined with commas is the text it was given as.
                Value::Text(_) if separator.trim() == "," => {
                    out.push(Case { span, ..list });
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
            out.extend(self.pick(elements, index, span).into_iter().map(|picked| Case {
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
                .all(|element| element.guard == Guard::True && hidden_reason(&element.value).is_none());
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

    /// The element at an index, as long as nothing before it may be missing and nothing hides further elements.
    fn pick(&self, elements: Cases<'a>, index: usize, span: Span) -> Cases<'a> {
        let is_guarded = elements
            .iter()
            .take(index + 1)
            .any(|element| element.guard != Guard::True);
        if is_guarded {
            return self.pick_guarded(elements, index, span);
        }
        // A parameter among several elements is one of them; as the only one it may be a whole list.
        let hidden = match elements.as_slice() {
            [only] => hidden_reason(&only.value),
            several => several
                .iter()
                .take(index + 1)
                .find_map(|element| match &element.value {
                    Value::Unknown(reason) => Some(reason.clone()),
                    _ => None,
                }),
        };
        if let Some(reason) = hidden {
            return unknown(span, reason);
        }
        match elements.into_iter().nth(index) {
            Some(element) => vec![element],
            None => malformed(span, "Fn::Select"),
        }
    }

    /// The element at an index of a list whose elements come and go: element `k` is the one when exactly `index` of
    /// those before it are there.
    fn pick_guarded(&self, elements: Cases<'a>, index: usize, span: Span) -> Cases<'a> {
        /// Elements looked at; past it the number of combinations is not worth a verdict.
        const MAX_GUARDED: usize = 6;
        if elements.len() > MAX_GUARDED {
            return unknown(span, Unknown::Limit("MAX_GUARDED"));
        }
        let mut out = Vec::new();
        let mut nothing_hidden = Guard::True;
        for (position, element) in elements.iter().enumerate() {
            let before = &elements[..position];
            let there = element.guard.and(&nothing_hidden);
            let reason = self.hides(&element.value);
            // What hides elements is met by every index from its own on.
            let counts = if reason.is_some() {
                0..=index
            } else {
                index..=index
            };
            let guard = Guard::any(counts.map(|count| exactly(before, count))).and(&there);
            if reason.is_some() {
                nothing_hidden = nothing_hidden.and(&element.guard.negated());
            }
            if !guard.is_never() {
                let value = reason.map_or_else(|| element.value.clone(), Value::Unknown);
                out.push(Case {
                    guard,
                    value,
                    ..element.clone()
                });
            }
        }
        out
    }

    /// Why one value among several may stand for several elements. A parameter among others is one element, unless it is
    /// a list parameter.
    fn hides(&self, value: &Value<'_>) -> Option<Unknown> {
        match value {
            Value::Text(text)
                if matches!(text.as_part(), Some(Part::Variable(_))) && !self.is_list_parameter(text) =>
            {
                None
            }
            value => hidden_reason(value),
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

/// When exactly this many of some elements are there.
fn exactly(elements: &[Case<Value<'_>>], count: usize) -> Guard {
    let sets = (0..1u32 << elements.len()).filter(|set| set.count_ones() as usize == count);
    Guard::any(sets.map(|set| {
        Guard::all(elements.iter().enumerate().map(|(bit, element)| {
            if set >> bit & 1 == 1 {
                element.guard.clone()
            } else {
                element.guard.negated()
            }
        }))
    }))
}

/// Why a value may stand for several elements.
fn hidden_reason(value: &Value<'_>) -> Option<Unknown> {
    match value {
        Value::Unknown(reason) => Some(reason.clone()),
        Value::Text(text) => match text.as_part() {
            Some(Part::Variable(_) | Part::Dynamic(_) | Part::Unknown(_)) => text.unknown(),
            _ => None,
        },
        _ => None,
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
