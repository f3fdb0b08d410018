//! A text to a document: limits, the parser's options, and the loop over its events.

use granit_parser::{Options, Parser};

use super::build::{Builder, Dialect};
use super::words::Words;
use super::{Document, syntax};
use crate::diag::Problem;
use crate::source::{FileId, Span};

/// Deepest nesting that is read, in mappings and lists. Templates of the field stay below 30; the tree is walked
/// recursively, so this keeps every walk far from the end of the stack.
pub const MAX_DEPTH: usize = 128;
/// Most values that anchors and aliases may copy in one document. A few lines of nested aliases would otherwise grow to
/// billions of values.
pub const MAX_ALIAS_NODES: usize = 100_000;
/// Largest file that is read, in bytes. CloudFormation takes templates up to 1 MB; spans count bytes in 32 bits.
pub const MAX_FILE_BYTES: u64 = 16 << 20;
/// Most values of one document, what aliases copy left out. A value takes at least two bytes of text, so that no template
/// CloudFormation takes (1 MB) comes near.
pub const MAX_NODES: usize = 1 << 20;

/// Longest key in characters; YAML's own 1,024 are too few for JSON.
const MAX_KEY_CHARACTERS: usize = 65_536;
/// Most comments in a row; the parser's own 96 reject licence headers.
const MAX_COMMENTS_IN_A_ROW: usize = 1 << 20;

/// Reads a YAML or JSON text. A byte order mark counts in the offsets.
///
/// # Errors
/// When the text is not one YAML document, or passes a limit ([`MAX_FILE_BYTES`], [`MAX_DEPTH`], [`MAX_NODES`],
/// [`MAX_ALIAS_NODES`]).
pub fn parse(file: FileId, text: &str) -> Result<Document, Problem> {
    parse_sharing(file, text, &mut Words::default())
}

/// Reads a text as [`parse`] does, and shares the memory of words with documents that were read before.
///
/// # Errors
/// As [`parse`].
pub fn parse_sharing(file: FileId, text: &str, words: &mut Words) -> Result<Document, Problem> {
    read(file, text, Dialect::Template, words)
}

/// Reads a text in a dialect.
pub(super) fn read(
    file: FileId,
    text: &str,
    dialect: Dialect,
    words: &mut Words,
) -> Result<Document, Problem> {
    if text.len() as u64 > MAX_FILE_BYTES {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        return Err(Problem::new(Span::new(file, 0, 0), message));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::new(file, text, text.len() - body.len(), dialect, words);
    for event in Parser::new_from_str_with_options(body, options()) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => return Err(syntax::problem(&error, file, text, text.len() - body.len())),
        }
    }
    builder.finish()
}

fn options() -> Options {
    granit_parser::options! {
        emit_comments: true,
        emit_unresolved_aliases: true,
        block_scalar_eof_without_line_feed: true,
        max_buffered_comment_events: MAX_COMMENTS_IN_A_ROW,
        simple_key_max_lookahead: MAX_KEY_CHARACTERS,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Call, Form, Function, Kind, Node, ScalarKind};
    use super::*;

    const FILE: FileId = FileId(7);

    fn document(text: &str) -> Document {
        parse(FILE, text).unwrap_or_else(|problem| panic!("{text:?}: {problem:?}"))
    }

    fn refused(text: &str) -> Problem {
        parse(FILE, text).map(|document| document.root).expect_err(text)
    }

    fn at(text: &str, span: Span) -> &str {
        &text[span.start as usize..span.end as usize]
    }

    fn get<'d>(document: &'d Document, path: &[&str]) -> &'d Node {
        path.iter().fold(&document.root, |node, key| {
            node.get(key).unwrap_or_else(|| panic!("no {key}"))
        })
    }

    fn text_of<'d>(document: &'d Document, path: &[&str]) -> &'d str {
        get(document, path)
            .as_text()
            .unwrap_or_else(|| panic!("{path:?} is no scalar"))
    }

    fn call<'d>(document: &'d Document, key: &str) -> &'d Call {
        get(document, &[key])
            .as_call()
            .unwrap_or_else(|| panic!("{key} is no call"))
    }

    #[test]
    fn yaml_and_json_give_the_same_tree() {
        fn shape(node: &Node) -> String {
            match &node.kind {
                Kind::Null => "~".to_owned(),
                Kind::Scalar(scalar) => format!("{:?}:{}", scalar.kind, scalar.text),
                Kind::Sequence(items) => format!("{:?}", items.iter().map(shape).collect::<Vec<_>>()),
                Kind::Mapping(entries) => {
                    let entry =
                        |entry: &super::super::Entry| format!("{}={}", entry.key, shape(&entry.value));
                    format!("{:?}", entries.iter().map(entry).collect::<Vec<_>>())
                }
                Kind::Function(call) => format!("{}({})", call.function.key(), shape(&call.argument)),
            }
        }
        let yaml = "a: !GetAtt B.c.d\nb:\n- !Ref X\n- Fn::Sub: y\n- 1\n- true\n-\n";
        let json = "{\n\t\"a\": {\"Fn::GetAtt\": [\"B\", \"c.d\"]},\n\t\"b\": [{\"Ref\": \"X\"}, {\"Fn::Sub\": \"y\"}, 1, true, null]\n}";
        assert_eq!(shape(&document(yaml).root), shape(&document(json).root));
    }

    #[test]
    fn a_span_covers_the_value_and_its_tag() {
        let text = "r:\n  p: !Sub |\n    text # no\n     more\n\n\n  # after\n  q: !If\n    - c\n    -\n    - {x: [1, 2 ], \"y\":}\ns: \"a\\tb\"   # c\n";
        let document = document(text);
        let span = |path: &[&str]| at(text, get(&document, path).span);
        assert_eq!(span(&["r", "p"]), "!Sub |\n    text # no\n     more");
        assert_eq!(
            span(&["r", "q"]),
            "!If\n    - c\n    -\n    - {x: [1, 2 ], \"y\":}"
        );
        assert_eq!(span(&["s"]), "\"a\\tb\"");
        assert_eq!(
            at(text, document.root.span),
            text.trim_end().trim_end_matches("   # c")
        );
        let arms = get(&document, &["r", "q"])
            .as_call()
            .unwrap()
            .argument
            .as_sequence()
            .unwrap();
        assert_eq!(at(text, arms[2].get("x").unwrap().span), "[1, 2 ]");
        let empty = arms[2].get("y").unwrap();
        assert!(empty.is_null() && empty.span.is_empty());
        assert_eq!(&text[..empty.span.start as usize].chars().next_back(), &Some(':'));
        assert_eq!(arms[2].span.file, FILE);
    }

    #[test]
    fn a_list_that_is_not_indented_starts_at_its_first_dash() {
        let text = "a: !Join # c\n- ''\n- - b\n  - c\nd :   # - no\n- e\n";
        let document = document(text);
        assert_eq!(at(text, call(&document, "a").argument.span), "- ''\n- - b\n  - c");
        assert_eq!(at(text, get(&document, &["d"]).span), "- e");
    }

    #[test]
    fn an_empty_value_stands_behind_its_colon() {
        for text in [
            "a:\nb: 1\n",
            "a :   # c\nb: 1\n",
            "\"a\":\nb: 1",
            "a: &x\nb: 1",
            "? a\n# c\n:\n",
        ] {
            let document = document(text);
            let empty = get(&document, &["a"]);
            assert!(empty.is_null() && empty.span.is_empty(), "{text:?}");
            assert_eq!(text.as_bytes()[empty.span.start as usize - 1], b':', "{text:?}");
        }
        let document = document("? a\n? b\n");
        assert_eq!(get(&document, &["a"]).span, Span::new(FILE, 3, 3));
    }

    #[test]
    fn a_byte_order_mark_counts_in_offsets() {
        let text = "\u{feff}# c\na: b\n";
        let document = document(text);
        assert_eq!(at(text, get(&document, &["a"]).span), "b");
        assert_eq!(at(text, document.comments[0].span), "# c");
        assert!(document.comments[0].own_line);
        assert_eq!(refused("\u{feff}a: [").span.start, 6);
    }

    #[test]
    fn both_forms_of_a_function_are_one_node() {
        let text = "a: !Ref X\nb: {Ref: X}\nc:\n  Fn::ImportValue: !Sub '${N}-x'\nd: !Rain::Module m\n";
        let document = document(text);
        assert_eq!(
            (&call(&document, "a").function, call(&document, "a").form),
            (&Function::Ref, Form::Tag)
        );
        assert_eq!(
            (&call(&document, "b").function, call(&document, "b").form),
            (&Function::Ref, Form::Key)
        );
        assert_eq!(at(text, get(&document, &["b"]).span), "{Ref: X}");
        assert_eq!(
            call(&document, "c").argument.as_call().unwrap().function,
            Function::Sub
        );
        assert_eq!(
            call(&document, "d").function,
            Function::Other("Rain::Module".into())
        );
    }

    #[test]
    fn the_argument_of_a_tag_is_text_as_it_stands() {
        for word in ["Off", "yes", "012", "null"] {
            let document = parse(FileId(0), &format!("a: !Ref {word}\n")).unwrap();
            let call = document.root.get("a").and_then(Node::as_call).unwrap();
            assert_eq!(call.argument.as_text().map(|text| &**text), Some(word));
        }
    }

    #[test]
    fn keys_that_only_look_like_functions_are_data() {
        let text = "a: {Condition: {Bool: {x: y}}}\nb: {Condition: IsProd}\nc: {Ref: {Type: String}}\n\
                    d: {Ref: X, e: 1}\nf: {Fn::Transform: {Name: M}, g: 1}\nh: {Fn::ForEach::X: [a, b, c]}\n\
                    i: {Ref: !Sub x}\nj: {Condition: true}\n";
        let document = document(text);
        for key in ["a", "c", "d", "f", "h", "j"] {
            assert!(get(&document, &[key]).as_mapping().is_some(), "{key}");
        }
        assert_eq!(call(&document, "b").function, Function::Condition);
        assert_eq!(call(&document, "i").function, Function::Ref);
    }

    #[test]
    fn get_att_is_split_at_its_first_dot() {
        let text = "a: !GetAtt Child.Outputs.Vpc\nb: {Fn::GetAtt: \"X.Arn\"}\nc: !GetAtt [X, Arn]\nd: !GetAtt NoDot\n\
                    e: !GetAtt \"X\\u002eArn\"\n";
        let document = document(text);
        let parts = |key: &str| -> Vec<(String, &str)> {
            let items = call(&document, key).argument.as_sequence().unwrap();
            items
                .iter()
                .map(|item| (item.as_text().unwrap().to_string(), at(text, item.span)))
                .collect()
        };
        assert_eq!(
            parts("a"),
            [
                ("Child".to_owned(), "Child"),
                ("Outputs.Vpc".to_owned(), "Outputs.Vpc")
            ]
        );
        assert_eq!(parts("b"), [("X".to_owned(), "X"), ("Arn".to_owned(), "Arn")]);
        assert_eq!(parts("c").len(), 2);
        assert_eq!(text_of_argument(call(&document, "d")), "NoDot");
        assert_eq!(parts("e")[0], ("X".to_owned(), "\"X\\u002eArn\""));
    }

    fn text_of_argument(call: &Call) -> &str {
        call.argument.as_text().unwrap()
    }

    #[test]
    fn tags_of_yaml_type_a_value_and_are_no_functions() {
        let text = "a: !!str 12\nb: !!int \"12\"\nc: !!binary aGk=\nd: ! yes\ne: !!map {Ref: X}\n";
        let document = document(text);
        let kind = |key| match &get(&document, &[key]).kind {
            Kind::Scalar(scalar) => scalar.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind("a"), ScalarKind::Text);
        assert_eq!(kind("b"), ScalarKind::Number);
        assert_eq!(kind("c"), ScalarKind::Text);
        assert_eq!(kind("d"), ScalarKind::Text);
        assert_eq!(call(&document, "e").function, Function::Ref);
        assert_eq!(at(text, get(&document, &["a"]).span), "!!str 12");
    }

    #[test]
    fn keys_are_text_as_written() {
        let document = document("on: 1\n2012-10-17: 2\n010: 3\nnull: 4\n'q': 5\n? |\n  block\n: 6\n");
        let keys: Vec<&str> = document
            .root
            .as_mapping()
            .unwrap()
            .iter()
            .map(|entry| &*entry.key)
            .collect();
        assert_eq!(keys, ["on", "2012-10-17", "010", "null", "q", "block\n"]);
        assert!(refused("? [a]\n: b\n").message.starts_with("a key is text"));
        assert!(refused("{a: b}: c\n").message.starts_with("a key is text"));
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let mut text = "a: 1\nb: 2\na: {c: 3}\n".to_owned();
        let document = document(&text);
        assert_eq!(text_of(&document, &["a", "c"]), "3");
        assert_eq!(document.root.entry("a").unwrap().key_span.start, 10);
        assert_eq!(document.root.as_mapping().unwrap().len(), 2);
        let [problem] = &document.problems[..] else {
            panic!("{:?}", document.problems)
        };
        assert_eq!((problem.span.start, problem.labels[0].span.start), (10, 0));
        assert_eq!(problem.labels[0].text, "this `a` is ignored");

        text = (0..100).map(|n| format!("k{n}: {n}\n")).collect::<String>() + "k3: x\nk99: x\n";
        let large = parse(FILE, &text).unwrap();
        assert_eq!(large.problems.len(), 2);
        assert_eq!(large.root.as_mapping().unwrap().len(), 100);
        assert_eq!(text_of(&large, &["k3"]), "x");
        assert_eq!(text_of(&large, &["k99"]), "x");
    }

    #[test]
    fn aliases_are_copies_and_merge_keys_fill_gaps() {
        let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nm:\n  <<: [*x, *y]\n  a: own\nn:\n  <<: *y\no: *x\n\
                    p: {<<: {Ref: Q}}\nk: &k name\n? *k\n: 5\n'<<': text\n";
        let document = document(text);
        assert_eq!(text_of(&document, &["m", "a"]), "own");
        assert_eq!(text_of(&document, &["m", "b"]), "2");
        assert_eq!(text_of(&document, &["m", "c"]), "4");
        assert_eq!(text_of(&document, &["n", "b"]), "3");
        assert_eq!(at(text, get(&document, &["o"]).span), "{a: 1, b: 2}");
        assert_eq!(at(text, get(&document, &["n"]).span), "<<: *y");
        assert_eq!(call(&document, "p").function, Function::Ref);
        assert_eq!(text_of(&document, &["name"]), "5");
        assert_eq!(text_of(&document, &["<<"]), "text");
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let wrong = parse(FILE, "<<: text\na: 1\n").unwrap();
        assert_eq!(
            wrong.problems[0].message,
            "`<<` takes a mapping or a list of mappings"
        );
    }

    #[test]
    fn aliases_that_lead_nowhere_are_refused() {
        let problem = refused("a: *nope\n");
        assert_eq!(
            problem.message,
            "the alias `*nope` has no anchor `&nope` before it"
        );
        assert_eq!((problem.span.start, problem.span.end), (3, 8));
        let problem = refused("a: &a\n  b: *a\n");
        assert_eq!(problem.message, "the alias stands inside the value it stands for");
        assert_eq!(problem.span.start, 11);
    }

    #[test]
    fn comments_are_found_and_text_with_a_hash_is_none() {
        let text = "# one\na: b # two\nc: 'x # no'\nd: |  # three\n  # no\n  x # no\n# four\ne: [ # five\n  1]\nf: g#no\n";
        let document = document(text);
        let comments: Vec<(&str, bool)> = document
            .comments
            .iter()
            .map(|comment| (at(text, comment.span), comment.own_line))
            .collect();
        let expected = [
            ("# one", true),
            ("# two", false),
            ("# three", false),
            ("# four", true),
            ("# five", false),
        ];
        assert_eq!(comments, expected);
    }

    #[test]
    fn one_file_is_one_document() {
        let problem = refused("a: 1\n---\nb: 2\n");
        assert_eq!(
            problem.message,
            "a template is one YAML document; a second one starts here"
        );
        assert_eq!((problem.span.start, problem.span.end), (5, 8));
        assert_eq!(refused("a: 1\n...\nb: 2\n").span.start, 9);
        for text in [
            "---\na: 1\n---\n",
            "%YAML 1.1\n---\na: 1\n...\n# end\n",
            "--- # c\na: 1",
        ] {
            assert_eq!(text_of(&document(text), &["a"]), "1");
        }
        for text in ["", "\n\n", "# only\n", "---\n", "---\n# c\n...\n", "\u{feff}"] {
            assert_eq!(refused(text).message, "the file is empty", "{text:?}");
        }
    }

    #[test]
    fn broken_text_is_refused_at_its_place() {
        for (text, message, at) in [
            ("a: [1, 2\n", "this `[` is never closed", 3),
            ("{\"a\": {\"b\": 1", "this `{` is never closed", 6),
            ("{\"a\": \"b", "this quote is never closed", 6),
            ("{\"a\": 1]", "this `{` is closed by `]`", 0),
            ("a: b: c\n", "a key is not allowed here", 4),
            ("a:\n  b: 1\n c: 2\n", "expected a key", 11),
            ("a:\n\tb: 1\n", "a tab cannot indent", 4),
            ("a: @x\n", "text cannot start with `@`", 3),
            ("a: \"\\q\"\n", "unknown escape in double-quoted text", 3),
            ("a: }\n", "this bracket closes nothing", 3),
            ("a: *\n", "`*` and `&` stand before a name in plain text", 3),
            ("{} {}\n", "text follows the end of the document", 3),
            ("a: [,]\n", "expected a value", 4),
            ("한글: }\n", "this bracket closes nothing", 8),
        ] {
            let problem = refused(text);
            assert_eq!(
                (problem.message.as_str(), problem.span.start),
                (message, at),
                "{text:?}"
            );
        }
    }

    #[test]
    fn line_breaks_of_every_system_are_read() {
        for newline in ["\n", "\r\n", "\r"] {
            let text = ["# c", "a:", "  - x", "  - |", "    t", "", "b: 한글 😀 # d", ""].join(newline);
            let document = document(&text);
            let items = get(&document, &["a"]).as_sequence().unwrap();
            assert_eq!(at(&text, items[1].span), format!("|{newline}    t"));
            assert_eq!(&**items[1].as_text().unwrap(), "t\n");
            assert_eq!(at(&text, get(&document, &["b"]).span), "한글 😀");
            assert_eq!(at(&text, document.comments[1].span), "# d");
        }
    }

    #[test]
    fn oddities_of_json_and_yaml_are_read() {
        let long = "k".repeat(5_000);
        let text = format!("{{\n\t\"{long}\":\t\"\\ud83d\\ude00\\/\",\n\"b\": {{\n\"c\": 1\n}}\n}}\n");
        let json = document(&text);
        assert_eq!(text_of(&json, &[&long]), "😀/");
        assert_eq!(text_of(&json, &["b", "c"]), "1");
        let yaml = document("a: {\n  b: 1\n}\nc: |\n  no end");
        assert_eq!(text_of(&yaml, &["a", "b"]), "1");
        assert_eq!(text_of(&yaml, &["c"]), "no end");
    }
}
