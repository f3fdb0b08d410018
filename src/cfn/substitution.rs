//! The `${…}` language of `Fn::Sub`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{Span, Str};
use crate::yaml::{Function, Kind, Node};

/// A piece of a `Fn::Sub` text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitution<'a> {
    /// Text as it stands; of `${!Name}` the text is `${Name}` and comes in two pieces.
    Literal(&'a str),
    /// `${Name}` or `${Name.Attribute}`.
    Variable(&'a str),
}

/// Takes a `Fn::Sub` text apart. An unclosed `${` is literal text, as CloudFormation reads it.
pub fn substitutions(text: &str) -> Vec<Substitution<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("${") {
        let Some(length) = rest[open..].find('}') else {
            break;
        };
        let (before, inside) = (&rest[..open], &rest[open + 2..open + length]);
        if !before.is_empty() {
            parts.push(Substitution::Literal(before));
        }
        match inside.strip_prefix('!') {
            Some(_) => {
                parts.push(Substitution::Literal("${"));
                parts.push(Substitution::Literal(&rest[open + 3..=open + length]));
            }
            None => parts.push(Substitution::Variable(inside.trim())),
        }
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(Substitution::Literal(rest));
    }
    parts
}

/// The variables that a `Fn::Sub` does not give itself, each once, in the order in which they are first used: however often
/// a text spells a name, it refers to one thing.
pub fn variables(argument: &Node) -> Vec<&str> {
    let (text, given) = match argument.as_sequence() {
        Some([text, given, ..]) => (text, Some(given)),
        Some([text]) => (text, None),
        _ => (argument, None),
    };
    let Some(text) = text.as_text() else {
        return Vec::new();
    };
    let mut seen = FxHashSet::default();
    let named = substitutions(text).into_iter().filter_map(|part| match part {
        Substitution::Variable(name) => Some(name),
        Substitution::Literal(_) => None,
    });
    named
        .filter(|name| seen.insert(*name))
        .filter(|name| given.is_none_or(|given| given.get(name).is_none()))
        .collect()
}

/// Where each variable stands in the source of a `Fn::Sub`, braces included; `source` is the text that `span` covers. Those
/// that the source spells with escapes are not among them.
pub fn spellings(source: &str, span: Span) -> FxHashMap<&str, Vec<Span>> {
    let mut found: FxHashMap<&str, Vec<Span>> = FxHashMap::default();
    for (start, _) in source.match_indices("${") {
        let Some(length) = source[start..].find('}') else {
            break;
        };
        let inside = &source[start + 2..start + length];
        let start = span.start + start as u32;
        let place = Span::new(span.file, start, start + length as u32 + 1);
        found.entry(inside.trim()).or_default().push(place);
    }
    found
}

/// The text of a node that needs no stack to be known: a scalar, or a `Fn::Sub` / `Fn::Join` of nothing but text,
/// as loops leave behind in `Ref` and `Fn::GetAtt`.
pub fn static_text(node: &Node) -> Option<Str> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar.text.clone()),
        Kind::Function(call) => match call.function {
            Function::Sub => {
                let text = call.argument.as_text()?;
                let mut out = String::new();
                for part in substitutions(text) {
                    match part {
                        Substitution::Literal(literal) => out.push_str(literal),
                        Substitution::Variable(_) => return None,
                    }
                }
                Some(out.into())
            }
            Function::Join => {
                let [separator, items] = call.argument.as_sequence()? else {
                    return None;
                };
                let separator = separator.as_text()?;
                let items = items
                    .as_sequence()?
                    .iter()
                    .map(static_text)
                    .collect::<Option<Vec<_>>>()?;
                Some(items.join(separator).into())
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Substitution::{Literal, Variable};
    use super::*;

    #[test]
    fn a_variable_is_found_where_it_is_spelled() {
        let file = crate::source::FileId(0);
        let source = "!Sub '${A}-${!A}-${ A }-${A.B}${A'";
        let found = spellings(source, Span::new(file, 10, 10 + source.len() as u32));
        assert_eq!(found["A"], [Span::new(file, 16, 20), Span::new(file, 27, 33)]);
        assert_eq!(found["A.B"], [Span::new(file, 34, 40)]);
    }

    #[test]
    fn literals_variables_and_escapes_come_apart() {
        assert_eq!(
            substitutions("a${B}-${C.D}${!E}f"),
            vec![
                Literal("a"),
                Variable("B"),
                Literal("-"),
                Variable("C.D"),
                Literal("${"),
                Literal("E}"),
                Literal("f")
            ]
        );
        assert_eq!(substitutions("${open"), vec![Literal("${open")]);
        assert_eq!(substitutions(""), vec![]);
    }
}
