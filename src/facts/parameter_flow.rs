//! Where the parameters of a template go, as it is written: which of them become a text.

use crate::aws::EACH;
use crate::cfn::{Substitution, substitutions};
use crate::facts::credential::named;
use crate::source::{Span, Str};
use crate::yaml::{Call, Function, Kind, Node};

/// A piece of a text.
enum Piece {
    /// Characters.
    Literal(Str),
    /// A name, which may be that of a parameter, with its place.
    Name(Str, Span),
    /// Anything else.
    Other,
}

/// The nodes at a path below a node, in which [`EACH`] stands for every element of a list.
pub fn nodes_at<'n>(node: &'n Node, path: &[&str]) -> Vec<&'n Node> {
    let mut nodes = vec![node];
    for key in path {
        nodes = nodes
            .into_iter()
            .flat_map(|node| match *key {
                EACH => node.as_sequence().unwrap_or_default().iter().collect::<Vec<_>>(),
                key => node.get(key).into_iter().collect(),
            })
            .collect();
    }
    nodes
}

/// The names that a text is made of, each with its place.
pub fn names(node: &Node) -> Vec<(Str, Span)> {
    let pieces = alternatives(node).into_iter().flatten();
    let names = pieces.filter_map(|piece| match piece {
        Piece::Name(name, span) => Some((name, span)),
        Piece::Literal(_) | Piece::Other => None,
    });
    names.collect()
}

/// The names that stand for a secret in the text of a secret: for all of it, for the value of a JSON key that speaks of a
/// secret, or for the password of a URL.
pub fn secret_names(node: &Node) -> Vec<(Str, Span)> {
    let mut out = Vec::new();
    for pieces in alternatives(node) {
        let literal = |piece: Option<&Piece>| match piece {
            Some(Piece::Literal(text)) => text.clone(),
            _ => "".into(),
        };
        let is_url = pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Literal(text) if text.contains("://")));
        for (index, piece) in pieces.iter().enumerate() {
            let Piece::Name(name, span) = piece else {
                continue;
            };
            let before = literal(index.checked_sub(1).and_then(|index| pieces.get(index)));
            let after = literal(pieces.get(index + 1));
            let is_password = is_url && before.ends_with(':') && after.starts_with('@');
            if pieces.len() == 1 || is_password || key(&before).is_some_and(|key| named(key).is_some()) {
                out.push((name.clone(), *span));
            }
        }
    }
    out
}

/// The JSON key whose value begins behind a text.
fn key(before: &str) -> Option<&str> {
    let before = before.trim_end();
    let before = before.strip_suffix('"').unwrap_or(before).trim_end();
    let before = before.strip_suffix(':')?.trim_end().strip_suffix('"')?;
    before.rsplit('"').next()
}

/// The texts that a node may be, each in pieces.
fn alternatives(node: &Node) -> Vec<Vec<Piece>> {
    match node.as_call() {
        Some(call) if call.function == Function::If => {
            let branches = call.argument.as_sequence().unwrap_or_default().iter().skip(1);
            branches.flat_map(alternatives).collect()
        }
        _ => vec![pieces(node)],
    }
}

fn pieces(node: &Node) -> Vec<Piece> {
    match &node.kind {
        Kind::Scalar(scalar) => vec![Piece::Literal(scalar.text.clone())],
        Kind::Function(call) => match call.function {
            Function::Ref => call
                .argument
                .as_text()
                .map(|name| Piece::Name(name.clone(), node.span))
                .into_iter()
                .collect(),
            Function::Sub => substituted(call, node.span),
            Function::Join => joined(call),
            Function::Base64 => pieces(&call.argument),
            _ => vec![Piece::Other],
        },
        Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => vec![Piece::Other],
    }
}

fn substituted(call: &Call, span: Span) -> Vec<Piece> {
    let (text, values) = match call.argument.as_sequence() {
        Some([text, values, ..]) => (text.as_text(), Some(values)),
        Some(_) => return vec![Piece::Other],
        None => (call.argument.as_text(), None),
    };
    let Some(text) = text else {
        return vec![Piece::Other];
    };
    let mut out = Vec::new();
    for part in substitutions(text) {
        match part {
            Substitution::Literal(text) => out.push(Piece::Literal(text.into())),
            Substitution::Variable(name) => match values.and_then(|values| values.get(name)) {
                Some(value) => out.extend(pieces(value)),
                None => out.push(Piece::Name(name.into(), span)),
            },
        }
    }
    out
}

fn joined(call: &Call) -> Vec<Piece> {
    let Some([separator, items, ..]) = call.argument.as_sequence() else {
        return vec![Piece::Other];
    };
    let separator = separator.as_text().filter(|text| !text.is_empty());
    let mut out = Vec::new();
    for (index, item) in items.as_sequence().unwrap_or_default().iter().enumerate() {
        if let (Some(text), true) = (separator, index > 0) {
            out.push(Piece::Literal(text.clone()));
        }
        out.extend(pieces(item));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::source::Sources;

    fn secrets(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("test.yaml", text));
        let document = crate::yaml::parse(file, text).unwrap();
        let names = secret_names(&document.root).into_iter();
        names.map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn a_whole_text_is_the_secret() {
        assert_eq!(secrets("!Ref Password"), ["Password"]);
        assert_eq!(secrets("!Sub '${Password}'"), ["Password"]);
        assert_eq!(secrets("!If [IsProd, !Ref A, !Ref B]"), ["A", "B"]);
    }

    #[test]
    fn of_json_the_keys_that_speak_of_a_secret_count() {
        let text = r#"!Sub '{"username": "${User}", "password": "${Password}"}'"#;
        assert_eq!(secrets(text), ["Password"]);
        let joined = r#"!Join ['', ['{"host":"', !Ref Host, '","apiKey":"', !Ref Key, '"}']]"#;
        assert_eq!(secrets(joined), ["Key"]);
        let mapped = r#"!Sub ['{"token":"${T}"}', { T: !Ref Given }]"#;
        assert_eq!(secrets(mapped), ["Given"]);
    }

    #[test]
    fn of_a_url_the_password_counts() {
        assert_eq!(secrets("!Sub 'postgres://${User}:${Pw}@${Host}/db'"), ["Pw"]);
    }

    #[test]
    fn keys_of_mappings_go_nowhere() {
        assert_eq!(secrets("!FindInMap [Passwords, !Ref Stage, Value]"), [""; 0]);
    }
}
