//! The value functions.

use super::value::{Case, Cases, Hop, HopKind, Part, Text, Trail, Unknown, Value};
use super::{Active, Evaluator, Guard, MAX_CASES, Scope, Var, join, literal};
use crate::cfn::{Substitution, static_text, substitutions};
use crate::project::StackId;
use crate::source::{Span, Str};
use crate::yaml::{Call, Function, Node};

/// Most networks that `Fn::Cidr` may be asked for, as CloudFormation limits it.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html>
const MAX_CIDR_BLOCKS: usize = 256;

/// A text under construction, with when it is this one.
struct Draft {
    guard: Guard,
    text: Text,
    trail: Trail,
}

impl<'a> Evaluator<'a> {
    pub(super) fn call(
        &self,
        active: &mut Active,
        stack: StackId,
        node: &'a Node,
        call: &'a Call,
    ) -> Cases<'a> {
        let span = node.span;
        let argument = &call.argument;
        let arguments = argument.as_sequence().unwrap_or(std::slice::from_ref(argument));
        match (&call.function, arguments) {
            (Function::Ref, [name]) => match static_text(name) {
                Some(name) => self.reference(active, stack, &name, span),
                None => malformed(span, "Ref"),
            },
            (Function::GetAtt, [resource, attribute]) => match static_text(resource) {
                Some(resource) => self.attribute(active, stack, &resource, attribute, span),
                None => malformed(span, "Fn::GetAtt"),
            },
            (Function::Sub, [text]) => self.sub(active, stack, text, None, span),
            (Function::Sub, [text, given]) => self.sub(active, stack, text, Some(given), span),
            (Function::Join, [separator, items]) => self.join(active, stack, separator, items, span),
            (Function::Select, [index, list]) => self.select(active, stack, index, list, span),
            (Function::Split, [separator, text]) => self.split(active, stack, separator, text, span),
            (Function::If, [condition, yes, no]) => {
                let Some(name) = condition.as_text() else {
                    return malformed(span, "Fn::If");
                };
                let guard = self.condition_in(active, stack, name);
                let mut cases = self.branch(active, stack, yes, &guard);
                cases.extend(self.branch(active, stack, no, &guard.negated()));
                cases
            }
            (Function::FindInMap, [map, top, second]) => {
                self.find_in_map(active, stack, [map, top, second], None, span)
            }
            (Function::FindInMap, [map, top, second, options]) => self.find_in_map(
                active,
                stack,
                [map, top, second],
                options.get("DefaultValue"),
                span,
            ),
            (Function::ImportValue, [name]) => self.import_value(active, stack, name, span),
            (Function::Base64 | Function::ToJsonString, _) => self.eval(active, stack, argument),
            (Function::Length, _) => self.length(active, stack, argument, span),
            (Function::Cidr, arguments) => self.cidr(active, stack, arguments, span),
            (Function::Transform, _) => {
                let name = argument.get("Name").and_then(Node::as_text).cloned();
                unknown(
                    span,
                    Unknown::Macro(name.unwrap_or_else(|| "Fn::Transform".into())),
                )
            }
            (Function::GetAZs, _) => unknown(span, Unknown::Function("Fn::GetAZs".into())),
            (Function::Other(name), _) => unknown(span, Unknown::Function(format!("Fn::{name}").into())),
            (function, _) => malformed(span, &function.key()),
        }
    }

    fn branch(&self, active: &mut Active, stack: StackId, node: &'a Node, guard: &Guard) -> Cases<'a> {
        if guard.is_never() {
            return Vec::new();
        }
        let cases = self
            .eval(active, stack, node)
            .into_iter()
            .map(|case| case.when(guard));
        cases.filter(|case| !case.guard.is_never()).collect()
    }

    /// `Ref`, or `${Name}` in a `Fn::Sub`.
    pub(super) fn reference(&self, active: &mut Active, stack: StackId, name: &Str, span: Span) -> Cases<'a> {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return vec![Case::new(self.pseudo(stack, pseudo), span)];
        }
        if self.project.template(stack).parameters.contains_key(name) {
            return self.parameter(active, stack, name, span);
        }
        let value = match self.project.find(stack, name) {
            Some(resource) => Value::Text(Text::part(Part::Attribute(resource, "Ref".into()))),
            None => Value::Unknown(Unknown::Undeclared(name.clone())),
        };
        vec![Case::new(value, span)]
    }

    fn pseudo(&self, stack: StackId, name: &str) -> Value<'a> {
        let environment = &self.project.environment;
        let is_root = self.project.stack(stack).parent.is_none();
        let given = match name {
            "NoValue" => return Value::Absent,
            "Region" => environment.region.clone(),
            "AccountId" => environment.account.clone(),
            "Partition" => environment.partition.clone(),
            "StackName" if is_root => environment.stack_name.clone(),
            _ => None,
        };
        if let Some(value) = given {
            return Value::Text(Text::literal(value));
        }
        let scope = match name {
            "Region" | "AccountId" | "Partition" | "URLSuffix" => Scope::Everywhere,
            _ => Scope::Stack(stack),
        };
        let name = format!("AWS::{name}").into();
        Value::Text(Text::part(Part::Variable(Var { scope, name })))
    }

    /// `Fn::GetAtt`, or `${Name.Attribute}` in a `Fn::Sub`.
    fn attribute(
        &self,
        active: &mut Active,
        stack: StackId,
        id: &Str,
        attribute: &Node,
        span: Span,
    ) -> Cases<'a> {
        let Some(attribute) = static_text(attribute) else {
            return malformed(span, "Fn::GetAtt");
        };
        self.attribute_named(active, stack, id, &attribute, span)
    }

    fn attribute_named(
        &self,
        active: &mut Active,
        stack: StackId,
        id: &str,
        attribute: &str,
        span: Span,
    ) -> Cases<'a> {
        let Some(resource) = self.project.find(stack, id) else {
            return unknown(span, Unknown::Undeclared(id.into()));
        };
        match attribute.strip_prefix("Outputs.") {
            Some(output) if self.project.resource(resource).is_nested_stack() => {
                self.output(active, resource, output, span)
            }
            _ => vec![Case::new(
                Value::Text(Text::part(Part::Attribute(resource, attribute.into()))),
                span,
            )],
        }
    }

    fn sub(
        &self,
        active: &mut Active,
        stack: StackId,
        text: &'a Node,
        given: Option<&'a Node>,
        span: Span,
    ) -> Cases<'a> {
        let Some(text) = text.as_text() else {
            return malformed(span, "Fn::Sub");
        };
        let mut drafts = vec![Draft {
            guard: Guard::True,
            text: Text::default(),
            trail: Trail::default(),
        }];
        for part in substitutions(text) {
            let cases = match part {
                Substitution::Literal(text) => vec![Case::new(Value::Text(literal(&text.into())), span)],
                Substitution::Variable(name) => match given.and_then(|given| given.get(name)) {
                    Some(node) => self.eval(active, stack, node),
                    None => match name.split_once('.') {
                        Some((id, attribute)) => self.attribute_named(active, stack, id, attribute, span),
                        None => self.reference(active, stack, &name.into(), span),
                    },
                },
            };
            if !append(&mut drafts, &cases, "") {
                return unknown(span, Unknown::Limit("MAX_CASES"));
            }
        }
        finish(drafts, span)
    }

    fn join(
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
                if !append(&mut drafts, &cases, separator) {
                    return unknown(span, Unknown::Limit("MAX_CASES"));
                }
            }
            out.extend(finish(drafts, span));
        }
        out
    }

    fn select(
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

    fn split(
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

    /// A lookup by keys that a parameter may decide: every key of the mapping is a case. A key that the mapping does
    /// not have cannot be deployed, unless there is a default value.
    fn find_in_map(
        &self,
        active: &mut Active,
        stack: StackId,
        [map, top, second]: [&'a Node; 3],
        default: Option<&'a Node>,
        span: Span,
    ) -> Cases<'a> {
        let Some(name) = map.as_text() else {
            return malformed(span, "Fn::FindInMap");
        };
        let Some(table) = self.project.template(stack).mappings.get(name) else {
            return unknown(span, Unknown::Undeclared(name.clone()));
        };
        let mut out = Vec::new();
        let mut found = Vec::new();
        for (guard, row) in self.keyed(active, stack, table, top) {
            let Some(row) = row else {
                out.push(Case {
                    guard,
                    ..Case::new(Value::Unknown(Unknown::Function("Fn::FindInMap".into())), span)
                });
                continue;
            };
            for (inner, cell) in self.keyed(active, stack, row, second) {
                let guard = guard.and(&inner);
                if guard.is_never() {
                    continue;
                }
                found.push(guard.clone());
                let Some(cell) = cell else {
                    let reason = Unknown::Function("Fn::FindInMap".into());
                    out.push(Case {
                        guard,
                        ..Case::new(Value::Unknown(reason), span)
                    });
                    continue;
                };
                let hop = Hop {
                    span: cell.span,
                    kind: HopKind::Mapping,
                    name: name.clone(),
                };
                out.extend(self.eval(active, stack, cell).into_iter().map(|case| {
                    let trail = Trail::default().through(hop.clone()).then(&case.trail);
                    Case {
                        guard: guard.and(&case.guard),
                        span,
                        trail,
                        ..case
                    }
                }));
            }
        }
        if let Some(default) = default {
            let rest = Guard::any(found).negated();
            out.extend(self.branch(active, stack, default, &rest));
        }
        if out.len() > MAX_CASES {
            unknown(span, Unknown::Limit("MAX_CASES"))
        } else {
            out
        }
    }

    /// The entries of a mapping that a key may name; `None` for a key that cannot be seen into.
    fn keyed(
        &self,
        active: &mut Active,
        stack: StackId,
        table: &'a Node,
        key: &'a Node,
    ) -> Vec<(Guard, Option<&'a Node>)> {
        let mut out = Vec::new();
        for case in self.eval(active, stack, key) {
            let Value::Text(text) = &case.value else {
                out.push((case.guard, None));
                continue;
            };
            if let Some(key) = text.as_literal() {
                out.extend(table.get(&key).map(|node| (case.guard.clone(), Some(node))));
                continue;
            }
            match text.as_part() {
                Some(Part::Variable(var)) => {
                    out.extend(table.as_mapping().into_iter().flatten().map(|entry| {
                        let chosen = Guard::Is(var.clone(), entry.key.clone());
                        (case.guard.and(&chosen), Some(&entry.value))
                    }));
                }
                _ => out.push((case.guard, None)),
            }
        }
        out
    }

    fn length(&self, active: &mut Active, stack: StackId, list: &'a Node, span: Span) -> Cases<'a> {
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

    fn cidr(&self, active: &mut Active, stack: StackId, arguments: &'a [Node], span: Span) -> Cases<'a> {
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

/// Multiplies drafts with the cases of the next piece; false when there are too many.
fn append(drafts: &mut Vec<Draft>, cases: &[Case<Value<'_>>], separator: &str) -> bool {
    let mut out = Vec::with_capacity(drafts.len() * cases.len());
    for draft in drafts.iter() {
        for case in cases {
            let guard = draft.guard.and(&case.guard);
            if guard.is_never() {
                continue;
            }
            let mut text = draft.text.clone();
            let piece = match &case.value {
                Value::Text(text) => Some(text.clone()),
                Value::Absent => None,
                Value::Unknown(reason) => Some(Text::part(Part::Unknown(reason.clone()))),
                Value::List(_) | Value::Object(_) => Some(Text::part(Part::Unknown(Unknown::Malformed(
                    "a list or mapping inside a text".into(),
                )))),
            };
            if let Some(piece) = piece {
                if !text.parts().is_empty() {
                    text.push(Part::Literal(separator.into()));
                }
                text.append(&piece);
            }
            out.push(Draft {
                guard,
                text,
                trail: draft.trail.clone().then(&case.trail),
            });
        }
    }
    *drafts = out;
    drafts.len() <= MAX_CASES
}

fn finish<'a>(drafts: Vec<Draft>, span: Span) -> Cases<'a> {
    drafts
        .into_iter()
        .map(|Draft { guard, text, trail }| Case {
            guard,
            value: Value::Text(text),
            span,
            trail,
        })
        .collect()
}

fn unknown<'a>(span: Span, reason: Unknown) -> Cases<'a> {
    vec![Case::new(Value::Unknown(reason), span)]
}

fn malformed<'a>(span: Span, function: &str) -> Cases<'a> {
    unknown(span, Unknown::Malformed(function.into()))
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
