//! Single keys that are set from outside of files: `--set KEY=VALUE`, and variables such as `ECSLINT_PROFILE`.

use super::keys::{EXTENDS, FILE, OUTPUT, VERSION_KEY, output_keys};
use crate::diag::Problem;
use crate::source::{FileId, Span, Str};
use crate::yaml::shape::{Field, Shape};
use crate::yaml::{self, Entry, Kind, Node, Scalar, ScalarKind};

/// What the names of variables begin with.
const PREFIX: &str = "ECSLINT_";

/// A variable of the environment that sets a key.
pub(super) struct Variable {
    /// Its name.
    pub(super) name: String,
    /// The mapping that the key stands in, if not the top.
    within: Option<&'static str>,
    key: &'static str,
    shape: Shape,
}

/// A variable for every key of the top and of `output` whose value is one text, number or truth value, or a list of texts.
pub(super) fn variables() -> impl Iterator<Item = Variable> {
    let of_top = FILE.fields.iter().map(|field| (None, field));
    let of_output = output_keys().iter().map(|field| (Some(OUTPUT.key), field));
    let is_set_so =
        |field: &Field| field.key != VERSION_KEY.key && field.key != EXTENDS.key && is_plain(&field.shape);
    of_top
        .chain(of_output)
        .filter(move |(_, field)| is_set_so(field))
        .map(|(within, field)| Variable {
            name: variable_name(field),
            within,
            key: field.key,
            shape: field.shape,
        })
}

/// `ECSLINT_MIN_SEVERITY` for `min-severity`.
fn variable_name(field: &Field) -> String {
    format!("{PREFIX}{}", field.key.replace('-', "_").to_ascii_uppercase())
}

/// True for a value that a variable can hold.
fn is_plain(shape: &Shape) -> bool {
    match shape {
        Shape::List(item) => matches!(item, Shape::Form(_) | Shape::OneOf(_) | Shape::Text),
        Shape::Text | Shape::Bool | Shape::Number | Shape::Scalar | Shape::OneOf(_) | Shape::Form(_) => true,
        _ => false,
    }
}

impl Variable {
    /// The configuration that the variable stands for; a list has commas between its elements.
    pub(super) fn tree(&self, file: FileId, value: &str) -> Node {
        let whole = Span::new(file, 0, value.len() as u32);
        let node = match self.shape {
            Shape::List(_) => Node {
                span: whole,
                kind: Kind::Sequence(elements(file, value).into()),
            },
            Shape::Bool | Shape::Number => match yaml::parse(file, value) {
                Ok(document) => document.root,
                Err(_) => text(whole, value),
            },
            _ => text(whole, value),
        };
        let entry = |key: &str, value: Node| Entry {
            key: key.into(),
            key_span: whole,
            value,
        };
        let inner = mapping(entry(self.key, node));
        match self.within {
            Some(key) => mapping(entry(key, inner)),
            None => inner,
        }
    }
}

fn elements(file: FileId, list: &str) -> Vec<Node> {
    let mut start = 0;
    let mut out = Vec::new();
    for part in list.split(',') {
        let trimmed = part.trim();
        let at = (start + part.find(trimmed).unwrap_or(0)) as u32;
        start += part.len() + 1;
        if !trimmed.is_empty() {
            out.push(text(Span::new(file, at, at + trimmed.len() as u32), trimmed));
        }
    }
    out
}

fn text(span: Span, text: &str) -> Node {
    Node {
        span,
        kind: Kind::Scalar(Scalar {
            text: text.into(),
            kind: ScalarKind::Text,
        }),
    }
}

fn mapping(entry: Entry) -> Node {
    Node {
        span: entry.key_span.to(entry.value.span),
        kind: Kind::Mapping([entry].into()),
    }
}

/// The configuration that `KEY=VALUE` stands for. Keys within keys are joined by dots, a name that holds one stands in double
/// quotes; the value is YAML.
///
/// # Errors
/// When the text has no such form.
pub(super) fn parse(file: FileId, text: &str) -> Result<Node, Problem> {
    let whole = Span::new(file, 0, text.len() as u32);
    let (keys, end) = keys(file, text).ok_or_else(|| {
        Problem::new(whole, "expected KEY=VALUE").with_help(
            "write `--set profile=strict`, with dots between keys: `--set rules.task-public-ip=error`",
        )
    })?;
    if let Some((key, span)) = keys
        .first()
        .filter(|(key, _)| **key == *EXTENDS.key || **key == *VERSION_KEY.key)
    {
        let problem = Problem::new(*span, format!("`{key}` belongs into a file"));
        return Err(problem.with_help("name a file that has it with `--config`"));
    }
    let nothing = Node {
        span: Span::new(file, whole.end, whole.end),
        kind: Kind::Null,
    };
    let nested = |value: Node| {
        keys.into_iter().rev().fold(value, |value, (key, key_span)| {
            mapping(Entry { key, key_span, value })
        })
    };
    let after = text.get(end + 1..).unwrap_or_default();
    if after.trim().is_empty() {
        return Ok(nested(nothing));
    }
    // Blanks in the place of the key: the spans of the value then point into the argument.
    let blank = " ".repeat(end + 1);
    let padded = format!("{blank}{after}");
    let document = yaml::parse(file, &padded)?;
    if let Some(problem) = document.problems.into_iter().next() {
        return Err(problem);
    }
    Ok(nested(document.root))
}

/// The keys before the `=`, and where it is.
fn keys(file: FileId, text: &str) -> Option<(Vec<(Str, Span)>, usize)> {
    let mut keys = Vec::new();
    let mut start = 0;
    loop {
        let rest = text.get(start..)?;
        let (key, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"')?;
                (quoted.get(..end)?, end + 2)
            }
            None => {
                let end = rest.find(['.', '='])?;
                (rest.get(..end)?, end)
            }
        };
        if key.is_empty() {
            return None;
        }
        let at = start + after;
        keys.push((key.into(), Span::new(file, start as u32, at as u32)));
        match text.as_bytes().get(at)? {
            b'=' => return Some((keys, at)),
            b'.' => start = at + 1,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE_ID: FileId = FileId(0);

    fn split(text: &str) -> Option<Vec<String>> {
        let (keys, _) = keys(FILE_ID, text)?;
        Some(keys.iter().map(|(key, _)| key.to_string()).collect())
    }

    #[test]
    fn keys_are_joined_by_dots_and_may_stand_in_quotes() {
        assert_eq!(split("profile=strict").unwrap(), ["profile"]);
        assert_eq!(
            split("environments.\"eu.prod\".region=a=b").unwrap(),
            ["environments", "eu.prod", "region"]
        );
        for wrong in ["", "profile", "=x", "a..b=x", "\"a=x", "\"a\"b=x", ".a=x"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_value_is_yaml_whose_places_lie_in_the_argument() {
        let text = "output.format={é: [1, json]}";
        let root = parse(FILE_ID, text).unwrap();
        let value = root
            .get("output")
            .and_then(|node| node.get("format"))
            .and_then(|node| node.get("é"))
            .and_then(Node::as_sequence)
            .unwrap();
        let span = value[1].span;
        assert_eq!(&text[span.start as usize..span.end as usize], "json");
        assert!(
            parse(FILE_ID, "profile=")
                .unwrap()
                .get("profile")
                .unwrap()
                .is_null()
        );
        assert!(parse(FILE_ID, "profile=[").is_err());
        assert!(parse(FILE_ID, "extends=[x]").is_err());
    }

    #[test]
    fn a_variable_stands_for_a_key() {
        let names: Vec<String> = variables().map(|variable| variable.name).collect();
        for name in [
            "ECSLINT_PROFILE",
            "ECSLINT_FAIL_ON",
            "ECSLINT_FORMAT",
            "ECSLINT_EXCLUDE",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        }
        for name in [
            "ECSLINT_VERSION",
            "ECSLINT_EXTENDS",
            "ECSLINT_IGNORE",
            "ECSLINT_RULES",
        ] {
            assert!(!names.iter().any(|known| known == name), "{name}");
        }
        let list = "a, b,,c ";
        let found: Vec<String> = elements(FILE_ID, list)
            .iter()
            .map(|node| list[node.span.start as usize..node.span.end as usize].to_owned())
            .collect();
        assert_eq!(found, ["a", "b", "c"]);
    }
}
