//! The value functions.

use super::text::Text;
use super::value::{Case, Cases, Hop, HopKind, Part, Trail, Unknown, Value};
use super::{Active, Evaluator, Guard, MAX_CASES, MAX_PARTS, MAX_TEXT_BYTES, Scope, Var, literal};
use crate::cfn::{Substitution, static_text, substitutions};
use crate::project::StackId;
use crate::source::{Span, Str};
use crate::yaml::{Call, Function, Node};

/// A text under construction, with when it is this one.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) guard: Guard,
    pub(super) text: Text,
    pub(super) trail: Trail,
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
                limited(cases, span)
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
        let given = match name {
            "NoValue" => return Value::Absent,
            "Region" => self.project.pseudo_of(stack).region,
            "AccountId" => self.project.pseudo_of(stack).account,
            "Partition" => self.project.pseudo_of(stack).partition,
            "StackName" => self.project.pseudo_of(stack).stack_name,
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
            if let Err(limit) = append(&mut drafts, &cases, "") {
                return unknown(span, limit);
            }
        }
        finish(drafts, span)
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
        limited(out, span)
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
                        let chosen = Guard::is(var.clone(), entry.key.clone());
                        (case.guard.and(&chosen), Some(&entry.value))
                    }));
                }
                _ => out.push((case.guard, None)),
            }
        }
        out
    }
}

/// Multiplies drafts with the cases of the next piece.
///
/// # Errors
/// The limit that is passed: too many drafts, or a draft that is too long.
pub(super) fn append(
    drafts: &mut Vec<Draft>,
    cases: &[Case<Value<'_>>],
    separator: &str,
) -> Result<(), Unknown> {
    if drafts.len().saturating_mul(cases.len()) > MAX_CASES * MAX_CASES {
        return Err(Unknown::Limit("MAX_CASES"));
    }
    // The last case takes the draft itself: most pieces have one, and texts are long.
    let Some((last, others)) = cases.split_last() else {
        drafts.clear();
        return Ok(());
    };
    let mut out = Vec::with_capacity(drafts.len() * cases.len());
    for draft in drafts.drain(..) {
        for case in others {
            out.extend(draft.clone().with(case, separator)?);
        }
        out.extend(draft.with(last, separator)?);
    }
    *drafts = out;
    match drafts.len() > MAX_CASES {
        true => Err(Unknown::Limit("MAX_CASES")),
        false => Ok(()),
    }
}

impl Draft {
    /// The draft with a piece behind it; nothing when both never hold together.
    fn with(mut self, case: &Case<Value<'_>>, separator: &str) -> Result<Option<Draft>, Unknown> {
        self.guard = self.guard.and(&case.guard);
        if self.guard.is_never() {
            return Ok(None);
        }
        let piece = match &case.value {
            Value::Text(text) => Some(text.clone()),
            Value::Absent => None,
            Value::Unknown(reason) => Some(Text::part(Part::Unknown(reason.clone()))),
            Value::List(_) | Value::Object(_) => Some(Text::part(Part::Unknown(Unknown::Malformed(
                "a list or mapping inside a text".into(),
            )))),
        };
        if let Some(piece) = piece {
            if !self.text.parts().is_empty() {
                self.text.push(Part::Literal(separator.into()));
            }
            self.text.append(&piece);
        }
        if self.text.is_larger_than(MAX_PARTS, MAX_TEXT_BYTES) {
            return Err(Unknown::Limit("MAX_PARTS"));
        }
        self.trail = self.trail.then(&case.trail);
        Ok(Some(self))
    }
}

pub(super) fn finish<'a>(drafts: Vec<Draft>, span: Span) -> Cases<'a> {
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

/// The cases, unless there are more than [`MAX_CASES`].
pub(super) fn limited(cases: Cases<'_>, span: Span) -> Cases<'_> {
    if cases.len() > MAX_CASES {
        unknown(span, Unknown::Limit("MAX_CASES"))
    } else {
        cases
    }
}

pub(super) fn unknown<'a>(span: Span, reason: Unknown) -> Cases<'a> {
    vec![Case::new(Value::Unknown(reason), span)]
}

pub(super) fn malformed<'a>(span: Span, function: &str) -> Cases<'a> {
    unknown(span, Unknown::Malformed(function.into()))
}
