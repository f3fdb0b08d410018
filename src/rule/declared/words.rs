//! Messages with places for what a finding is about: `{id}`, `{value}`, `{says}`, `{$.Name}`.

use super::assertion::Root;
use super::place;
use crate::eval::{Known, Path};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Str;

/// A text with places to fill in.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    /// The logical id of the resource.
    Id,
    /// The value that was seen.
    Value,
    /// What is wrong.
    Says,
    /// What a path leads to.
    Path(Path),
}

/// What the places are filled with.
pub(super) struct Filling<'f, 'a> {
    pub(super) inventory: &'f Inventory<'a>,
    pub(super) id: ResourceId,
    pub(super) root: &'f Root<'a>,
    pub(super) value: Option<&'f Str>,
    pub(super) says: Option<&'f Str>,
}

impl Words {
    /// Reads a text. Braces that are meant stand twice.
    ///
    /// # Errors
    /// What is wrong with a place, and what to write.
    pub(super) fn parse(text: &str) -> Result<Words, (String, String)> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let Some((inner, after)) = after.split_once('}').filter(|_| brace == "{") else {
                return Err((
                    format!("`{brace}` has no partner"),
                    format!("write `{brace}{brace}` for a brace that is meant"),
                ));
            };
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(piece(inner)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Words(pieces))
    }

    /// The text with its places filled in; what is not known is `?`.
    pub(super) fn fill(&self, filling: &Filling<'_, '_>) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Id => filling.inventory.logical_id(filling.id).to_string(),
            Piece::Value => filling.value.map_or_else(|| "nothing".to_owned(), Str::to_string),
            Piece::Says => filling.says.map_or_else(|| "is wrong".to_owned(), Str::to_string),
            Piece::Path(path) => found(filling, path).unwrap_or_else(|| "?".to_owned()),
        });
        pieces.collect()
    }
}

fn piece(inner: &str) -> Result<Piece, (String, String)> {
    match inner.trim() {
        "id" => Ok(Piece::Id),
        "value" => Ok(Piece::Value),
        "says" => Ok(Piece::Says),
        path if path.starts_with('$') => Path::parse(path)
            .map(Piece::Path)
            .map_err(|error| (error.message, error.help.unwrap_or_default())),
        other => Err((
            format!("`{{{other}}}` stands for nothing"),
            "use `{id}`, `{value}`, `{says}` or a path such as `{$.Name}`".to_owned(),
        )),
    }
}

/// The only thing that a path leads to, a parameter's default before the parameter.
fn found(filling: &Filling<'_, '_>, path: &Path) -> Option<String> {
    let eval = &filling.inventory.eval;
    let cases = eval.texts(filling.root.select(filling.inventory, path));
    let texts = cases.iter().filter_map(|case| match &case.value {
        Known::Value(text) => Some((case, text)),
        Known::Absent | Known::Unknown(_) => None,
    });
    let (literal, open): (Vec<_>, Vec<_>) = texts.partition(|(_, text)| text.as_literal().is_some());
    let (case, text) = match (literal.as_slice(), open.as_slice()) {
        ([only], _) | ([], [only]) => *only,
        _ => return None,
    };
    place::shown_value(filling.inventory, &case.trail, Some(eval.render(text))).map(|text| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_that_are_meant_stand_twice() {
        let Words(pieces) = Words::parse("a {{b}} {id}").unwrap();
        assert!(matches!(pieces.as_slice(), [Piece::Text(text), Piece::Id] if text == "a {b} "));
    }

    #[test]
    fn a_place_that_stands_for_nothing_is_refused_with_those_that_do() {
        let (message, help) = Words::parse("{name}").unwrap_err();
        assert_eq!(message, "`{name}` stands for nothing");
        assert!(help.contains("`{id}`"));
        assert_eq!(Words::parse("a } b").unwrap_err().0, "`}` has no partner");
        assert_eq!(Words::parse("a { b").unwrap_err().0, "`{` has no partner");
        assert!(Words::parse("{$..x}").unwrap_err().0.contains("`..`"));
    }
}
