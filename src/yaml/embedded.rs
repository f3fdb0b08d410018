//! JSON text inside a string, opened as a tree.

use serde::de::IgnoredAny;

use super::build::Dialect;
use super::decode::Decoded;
use super::words::Words;
use super::{Entry, Kind, Node, parse};
use crate::diag::Problem;
use crate::source::Span;

/// Opens the JSON text that a scalar holds, such as a policy document in a block scalar; `text` is the whole source
/// file. The spans of the result are the bytes of the file each part was read from; where those cannot be told apart (a
/// folded block scalar) every span is the scalar's. Intrinsic functions in such text are data, as CloudFormation does
/// not resolve them. Of two equal keys the first is kept.
///
/// # Errors
/// When the node is not a scalar, or its text is not JSON or passes a limit of [`super::parse`].
pub fn parse_embedded(node: &Node, text: &str) -> Result<Node, Problem> {
    let Some(json) = node.as_text() else {
        let message = format!("only text can hold JSON, this is {}", node.describe());
        return Err(Problem::new(node.span, message));
    };
    let place = Place {
        whole: node.span,
        decoded: Decoded::new(node.span, json, text),
    };
    check(json).map_err(|(offset, message)| {
        let next = json
            .get(offset..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        Problem::new(place.of(offset, offset + next), message)
    })?;
    match parse::read(node.span.file, json, Dialect::Data, &mut Words::default()) {
        Ok(document) => {
            let mut root = document.root;
            place.settle(&mut root);
            Ok(root)
        }
        Err(problem) => {
            let span = place.span(problem.span);
            Err(Problem {
                span,
                labels: Vec::new(),
                ..problem
            })
        }
    }
}

/// Where the decoded text stands in the file.
struct Place {
    whole: Span,
    decoded: Option<Decoded>,
}

impl Place {
    /// The bytes of the file for a range of the decoded text.
    fn of(&self, start: usize, end: usize) -> Span {
        let range = self
            .decoded
            .as_ref()
            .and_then(|decoded| decoded.source(start, end));
        range.map_or(self.whole, |(start, end)| Span::new(self.whole.file, start, end))
    }

    fn span(&self, span: Span) -> Span {
        self.of(span.start as usize, span.end as usize)
    }

    /// Moves the spans of a tree from the decoded text to the file.
    fn settle(&self, node: &mut Node) {
        node.span = self.span(node.span);
        match &mut node.kind {
            Kind::Null | Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.settle(item)),
            Kind::Mapping(entries) => {
                for Entry { key_span, value, .. } in entries {
                    *key_span = self.span(*key_span);
                    self.settle(value);
                }
            }
            Kind::Function(call) => self.settle(&mut call.argument),
        }
    }
}

/// Refuses text that is not JSON, with the byte offset of the fault; YAML takes far more.
fn check(json: &str) -> Result<(), (usize, String)> {
    let Err(error) = serde_json::from_str::<IgnoredAny>(json) else {
        return Ok(());
    };
    // Lines and columns count bytes from 1; column 0 is the line break before.
    let line_start = match error.line() {
        0 | 1 => 0,
        line => json
            .match_indices('\n')
            .nth(line - 2)
            .map_or(json.len(), |(at, _)| at + 1),
    };
    let mut offset = (line_start + error.column().saturating_sub(1)).min(json.len());
    while !json.is_char_boundary(offset) {
        offset -= 1;
    }
    let text = error.to_string();
    let what = text
        .split(" at line ")
        .next()
        .unwrap_or("syntax error")
        .to_lowercase();
    Err((offset, format!("the text is not JSON: {what}")))
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;
    use crate::source::FileId;

    fn open(source: &str) -> Node {
        let document = parse(FileId(0), source).unwrap();
        parse_embedded(document.root.get("a").unwrap(), source).unwrap()
    }

    fn refused(source: &str) -> Problem {
        let document = parse(FileId(0), source).unwrap();
        parse_embedded(document.root.get("a").unwrap(), source).unwrap_err()
    }

    fn at<'s>(source: &'s str, node: &Node) -> &'s str {
        &source[node.span.start as usize..node.span.end as usize]
    }

    #[test]
    fn json_in_a_literal_block_scalar_keeps_its_places() {
        let json = "{\r\n\r\n    \"k\": [\"v\", \"한글\", 1e5, null]\r\n  }";
        let source = format!("a: |\r\n  {json}\r\nb: 1\r\n");
        let root = open(&source);
        assert_eq!(at(&source, &root), json);
        let items = root.get("k").and_then(Node::as_sequence).unwrap();
        assert_eq!(at(&source, &items[0]), "\"v\"");
        assert_eq!(at(&source, &items[1]), "\"한글\"");
        assert_eq!(at(&source, &items[2]), "1e5");
        assert_eq!(items[2].describe(), "a number");
        assert!(items[3].is_null());
    }

    #[test]
    fn an_indentation_indicator_and_a_tag_do_not_move_the_places() {
        for source in [
            "a: |2-\n    {\"k\": \"v\"}",
            "a: !!str &x |+\n {\"k\": \"v\"}\n\n\n",
            "a: |\n\n  {\"k\":\n     \n   \"v\"}\n",
        ] {
            assert_eq!(at(source, open(source).get("k").unwrap()), "\"v\"", "{source}");
        }
    }

    #[test]
    fn json_in_a_json_string_keeps_its_places() {
        let source = r#"{"a": "{\"k\": [\"v\\n\", \"\ud83d\ude00\", \"\u00e9\"], \"l\": \"w\"}", "b": "\u007b\"x\": 1}"}"#;
        let root = open(source);
        let items = root.get("k").and_then(Node::as_sequence).unwrap();
        assert_eq!(at(source, &items[0]), r#"\"v\\n\""#);
        assert_eq!(&**items[0].as_text().unwrap(), "v\n");
        assert_eq!(at(source, &items[1]), r#"\"\ud83d\ude00\""#);
        assert_eq!(&**items[1].as_text().unwrap(), "\u{1f600}");
        assert_eq!(at(source, root.get("l").unwrap()), r#"\"w\""#);
        let key = root.entry("l").unwrap().key_span;
        assert_eq!(&source[key.start as usize..key.end as usize], r#"\"l\""#);
        let document = parse(FileId(0), source).unwrap();
        let other = parse_embedded(document.root.get("b").unwrap(), source).unwrap();
        assert_eq!(at(source, &other), r#"\u007b\"x\": 1}"#);
    }

    #[test]
    fn json_in_a_quoted_scalar_over_several_lines_keeps_its_places() {
        let source = "a: '{  \n   \"k\":\n\n   \"it''s\",   \n  \"l\": [1]\n  }'\n";
        let root = open(source);
        assert_eq!(at(source, root.get("k").unwrap()), "\"it''s\"");
        assert_eq!(at(source, root.get("l").unwrap()), "[1]");
        let source = "a: \"{ \\\n   \\\"k\\\": \\x31,\\\n  \\\"l\\\": 2\\t\n  }\"\n";
        let root = open(source);
        assert_eq!(at(source, root.get("k").unwrap()), "\\x31");
        assert_eq!(at(source, root.get("l").unwrap()), "2");
    }

    #[test]
    fn json_in_a_folded_scalar_has_the_place_of_the_scalar() {
        let scalar = ">\n  {\"k\":\n  \"v\"}";
        let source = format!("a: {scalar}\n");
        assert_eq!(at(&source, open(&source).get("k").unwrap()), scalar);
    }

    #[test]
    fn functions_in_json_text_are_data() {
        let root = open(r#"a: '{"Ref": "${X}"}'"#);
        assert_eq!(&**root.get("Ref").and_then(Node::as_text).unwrap(), "${X}");
    }

    #[test]
    fn text_that_is_not_json_is_refused_where_it_goes_wrong() {
        let source = "a: |\n  {\n    \"k\": ${Port}\n  }\n";
        let problem = refused(source);
        assert_eq!(problem.message, "the text is not JSON: expected value");
        assert_eq!(problem.span.start as usize, source.find('$').unwrap());
        assert_eq!(
            refused("a: hello\n").message,
            "the text is not JSON: expected value"
        );
        assert_eq!(refused("a: ''\n").span, Span::new(FileId(0), 3, 5));
        assert_eq!(
            refused("a: [1]\n").message,
            "only text can hold JSON, this is a list"
        );
        let deep = format!("a: '{}{}'\n", "[".repeat(200), "]".repeat(200));
        assert_eq!(refused(&deep).message, "this is nested deeper than 128 levels");
        assert_eq!(refused(&deep).span.start, 4 + 128);
    }

    #[test]
    fn plain_text_can_be_json() {
        assert_eq!(at("a: 12\n", &open("a: 12\n")), "12");
    }
}
