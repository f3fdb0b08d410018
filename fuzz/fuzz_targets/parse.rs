//! Any bytes as a document: every place lies in the text, and what edits say can be read again.

#![no_main]

use ecslint::cfn::lower;
use ecslint::project::discover::decode;
use ecslint::source::{Source, Sources, Span};
use ecslint::yaml::edit::{Editor, Tree};
use ecslint::yaml::{Kind, Node, parse, parse_embedded};
use ecslint_fuzz::{assert_problem, assert_span};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = decode(data.to_vec(), &"t.yaml".into()) else {
        return;
    };
    let mut sources = Sources::default();
    let file = sources.add(Source::new("t.yaml", text.as_str()));
    let document = match parse(file, &text) {
        Ok(document) => document,
        Err(problem) => return assert_problem(&sources, &problem),
    };
    document
        .problems
        .iter()
        .for_each(|problem| assert_problem(&sources, problem));
    for comment in &document.comments {
        assert_span(&sources, comment.span);
        assert!(sources.text(comment.span).starts_with('#'), "{comment:?}");
    }
    // What an alias copies stands where its anchor does, and nowhere in the copy.
    let around = (!text.contains('*')).then_some(document.root.span);
    visit(&sources, &document.root, around);
    embedded(&sources, &document.root);
    edit(sources.get(file), &document.root);
    let template = lower(document, &Default::default());
    template
        .problems
        .iter()
        .for_each(|problem| assert_problem(&sources, problem));
});

/// Looks at a node and what is below it, all of which lies in the place around it.
fn visit(sources: &Sources, node: &Node, around: Option<Span>) {
    assert_span(sources, node.span);
    assert!(
        around.is_none_or(|around| around.contains(node.span)),
        "{node:?} leaves {around:?}"
    );
    let around = around.map(|_| node.span);
    for entry in node.as_mapping().unwrap_or_default() {
        assert_span(sources, entry.key_span);
    }
    node.children().for_each(|child| visit(sources, child, around));
}

/// Opens every text as JSON, as policies are that stand in one.
fn embedded(sources: &Sources, node: &Node) {
    if let Kind::Scalar(_) = node.kind {
        match parse_embedded(node, sources.get(node.span.file).text()) {
            Ok(root) => visit(sources, &root, None),
            Err(problem) => assert_problem(sources, &problem),
        }
    }
    node.children().for_each(|child| embedded(sources, child));
}

/// Proposes edits, which may be refused or turn out wrong, but lie in the text.
fn edit(source: &Source, root: &Node) {
    let editor = Editor::new(source);
    let value = json!({ "Rules": ["task-public-ip"], "Reason": "a: #b" });
    let first = root.children().next();
    let edits = [Some(root), first].into_iter().flatten().flat_map(|node| {
        [
            editor.insert_entry(node, &["Type"], "Metadata", &value),
            editor.append_item(node, &value),
        ]
    });
    for edit in edits.flatten() {
        let text = edit.apply(source.text()).expect("an edit of this text");
        let edited = Source::new("t.yaml", text.as_str());
        if let Ok(document) = parse(root.span.file, edited.text()) {
            // Whether it says what was meant is for the caller to compare.
            let _ = Tree::of(&document.root) == Tree::of(root);
        }
    }
}
