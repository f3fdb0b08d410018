//! Values narrowed to the shape that a property has: list elements, texts, identifiers.

use super::text::Text;
use super::value::{Case, Cases, Hop, HopKind, Known, Part, Target, Unknown, Value};
use super::{Domains, Evaluator, Guard, MAX_ALLOWED_TRIED, MAX_CASES, Scope, Var};
use crate::cfn::ParameterKind;
use crate::source::Str;

/// What may stand for a part of a text, such as a value that a parameter may have.
struct Choice {
    guard: Guard,
    text: Text,
    /// Where the value is written, for a default.
    hop: Option<Hop>,
}

impl<'a> Evaluator<'a> {
    /// The elements of lists, each with when it is there. A text in place of a list is a comma-delimited one, as a list
    /// parameter is; a single mapping in place of a list counts as its only element; nested lists are opened. A comma in
    /// an element of a list is a character like any other.
    pub fn elements(&self, cases: Cases<'a>) -> Cases<'a> {
        let mut out = Vec::with_capacity(cases.len());
        for case in cases {
            match &case.value {
                Value::Absent => {}
                Value::List(elements) => {
                    out.reserve_exact(elements.len());
                    for element in elements {
                        let element = super::join(&case, element.clone());
                        match &element.value {
                            Value::List(_) => out.extend(self.elements(vec![element])),
                            Value::Text(text) if self.is_list_parameter(text) => {
                                self.split_items(&element, text, &mut out)
                            }
                            _ => out.push(element),
                        }
                    }
                }
                Value::Text(text) => self.split_items(&case, text, &mut out),
                Value::Object(_) | Value::Unknown(_) => out.push(case),
            }
        }
        out.retain(|case| !case.guard.is_never());
        out
    }

    /// The items of a comma-delimited text.
    fn split_items(&self, case: &Case<Value<'a>>, text: &Text, out: &mut Cases<'a>) {
        for concrete in self.concrete(&case.with(text.clone())) {
            let pieces = concrete.value.split(",").into_iter().map(Text::trimmed);
            let pieces = pieces.filter(|piece| !piece.parts().is_empty());
            out.extend(pieces.map(|piece| concrete.with(Value::Text(piece))));
        }
    }

    /// True for a text that is nothing but a list parameter.
    pub(super) fn is_list_parameter(&self, text: &Text) -> bool {
        let Some(Part::Variable(Var {
            scope: Scope::Stack(stack),
            name,
        })) = text.as_part()
        else {
            return false;
        };
        let parameter = self.project.template(*stack).parameters.get(name);
        parameter.is_some_and(|parameter| parameter.kind == ParameterKind::List)
    }

    /// Texts with every parameter replaced by the values there is evidence for: its default and, where they are few,
    /// its allowed values. What remains of a parameter is unknown.
    pub fn concrete(&self, case: &Case<Text>) -> Vec<Case<Text>> {
        let has_parameter = |text: &Text| text.parts().iter().any(|part| matches!(part, Part::Variable(_)));
        if !has_parameter(&case.value) {
            return vec![case.clone()];
        }
        let mut drafts = vec![case.with(Text::default())];
        for part in case.value.parts() {
            let choices = match part {
                Part::Variable(var) => self.evidence(var),
                other => vec![Choice {
                    guard: Guard::True,
                    text: Text::part(other.clone()),
                    hop: None,
                }],
            };
            let mut next = Vec::with_capacity(drafts.len() * choices.len());
            for draft in &drafts {
                for choice in &choices {
                    let mut made = draft.clone().when(&choice.guard);
                    if made.guard.is_never() {
                        continue;
                    }
                    made.value.append(&choice.text);
                    if let Some(hop) = &choice.hop {
                        made.trail = made.trail.through(hop.clone());
                    }
                    next.push(made);
                }
            }
            if next.len() > MAX_CASES {
                return vec![case.with(Text::part(Part::Unknown(Unknown::Limit("MAX_CASES"))))];
            }
            drafts = next;
        }
        drafts
    }

    /// The values of a variable that the templates speak of, and what is left when it has none of them.
    fn evidence(&self, var: &Var) -> Vec<Choice> {
        let default = self.default(var);
        let mut values: Vec<Str> = default.iter().cloned().collect();
        let allowed = self.allowed(var);
        if allowed.len() <= MAX_ALLOWED_TRIED {
            for value in &allowed {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
        let exhaustive = !allowed.is_empty() && allowed.iter().all(|value| values.contains(value));
        let choice = |value: &Str| Choice {
            guard: Guard::is(var.clone(), value.clone()),
            text: super::literal(value),
            hop: (default.as_ref() == Some(value))
                .then(|| self.default_hop(var))
                .flatten(),
        };
        let mut out: Vec<Choice> = values.iter().map(choice).collect();
        if !exhaustive {
            let guard = Guard::all(
                values
                    .iter()
                    .map(|value| Guard::is(var.clone(), value.clone()).negated()),
            );
            out.push(Choice {
                guard,
                text: Text::part(Part::Variable(var.clone())),
                hop: None,
            });
        }
        out
    }

    /// Where the default of a parameter stands.
    fn default_hop(&self, var: &Var) -> Option<Hop> {
        let Scope::Stack(stack) = var.scope else {
            return None;
        };
        let parameter = self.project.template(stack).parameters.get(&var.name)?;
        let span = parameter.default.as_ref()?.span;
        Some(Hop {
            span,
            kind: HopKind::Default,
            name: var.name.clone(),
        })
    }

    /// Texts of which every character is known; others say why not.
    pub fn scalars(&self, cases: Cases<'a>) -> Vec<Case<Known<Str>>> {
        let mut out = Vec::with_capacity(cases.len());
        for case in cases {
            match &case.value {
                Value::Absent => out.push(case.with(Known::Absent)),
                Value::Text(text) => {
                    out.extend(self.concrete(&case.with(text.clone())).into_iter().map(|case| {
                        let known = match (case.value.as_literal(), opaque_reason(&case.value)) {
                            (Some(text), _) => Known::Value(text),
                            (None, reason) => Known::Unknown(reason),
                        };
                        case.with(known)
                    }))
                }
                Value::Unknown(reason) => out.push(case.with(Known::Unknown(reason.clone()))),
                Value::List(_) | Value::Object(_) => {
                    out.push(case.with(Known::Unknown(Unknown::Malformed(
                        "a list or mapping where text belongs".into(),
                    ))));
                }
            }
        }
        out
    }

    /// Texts, whatever their parts; parameters are replaced by the values there is evidence for.
    pub fn texts(&self, cases: Cases<'a>) -> Vec<Case<Known<Text>>> {
        let mut out = Vec::with_capacity(cases.len());
        for case in cases {
            match &case.value {
                Value::Absent => out.push(case.with(Known::Absent)),
                Value::Text(text) => {
                    let concrete = self.concrete(&case.with(text.clone())).into_iter();
                    out.extend(concrete.map(|case| case.with(Known::Value(case.value.clone()))));
                }
                Value::Unknown(reason) => out.push(case.with(Known::Unknown(reason.clone()))),
                Value::List(_) | Value::Object(_) => {
                    out.push(case.with(Known::Unknown(Unknown::Malformed(
                        "a list or mapping where text belongs".into(),
                    ))));
                }
            }
        }
        out
    }

    /// Identifiers: a resource of the project, or an id as it stands.
    pub fn targets(&self, cases: Cases<'a>) -> Vec<Case<Known<Target>>> {
        let texts = self.texts(cases).into_iter().map(|case| {
            let target = match &case.value {
                Known::Absent => Known::Absent,
                Known::Unknown(reason) => Known::Unknown(reason.clone()),
                Known::Value(text) => match (text.as_part(), text.as_literal()) {
                    (Some(Part::Attribute(resource, attribute)), _) => {
                        Known::Value(Target::Resource(*resource, attribute.clone()))
                    }
                    (_, Some(text)) if text.is_empty() => Known::Absent,
                    (_, Some(text)) => Known::Value(Target::Literal(text)),
                    _ => Known::Unknown(opaque_reason(text)),
                },
            };
            case.with(target)
        });
        texts.collect()
    }

    /// True or false as CloudFormation coerces it; other texts are malformed.
    pub fn booleans(&self, cases: Cases<'a>) -> Vec<Case<Known<bool>>> {
        let scalars = self.scalars(cases).into_iter().map(|case| {
            let value = match &case.value {
                Known::Absent => Known::Absent,
                Known::Unknown(reason) => Known::Unknown(reason.clone()),
                Known::Value(text) if text.eq_ignore_ascii_case("true") => Known::Value(true),
                Known::Value(text) if text.eq_ignore_ascii_case("false") => Known::Value(false),
                Known::Value(text) => Known::Unknown(Unknown::Malformed(
                    format!("`{text}` where true or false belongs").into(),
                )),
            };
            case.with(value)
        });
        scalars.collect()
    }
}

/// Why a text that is no literal cannot be read as characters.
fn opaque_reason(text: &Text) -> Unknown {
    text.unknown().unwrap_or_else(|| {
        let attribute = text.parts().iter().find_map(|part| match part {
            Part::Attribute(resource, attribute) => Some(Unknown::Attribute(*resource, attribute.clone())),
            Part::Zone(_) => Some(Unknown::Function("Fn::GetAZs".into())),
            _ => None,
        });
        attribute.unwrap_or(Unknown::Limit("text"))
    })
}
