//! The short and the long form of an intrinsic function as one node.

use super::{Call, Entry, Form, Function, Kind, Node, Scalar, ScalarKind, Words, resolve};
use crate::source::Span;

/// A mapping's entries as what CloudFormation takes them for: the long form of a function, or a mapping.
pub(super) fn from_entries(mut entries: Vec<Entry>, text: &str, words: &mut Words) -> Kind {
    if entries.len() == 1
        && let Some(entry) = entries.pop()
    {
        match Function::from_key(&entry.key).filter(|function| is_call(function, &entry.value)) {
            Some(function) => return call(function, Form::Key, entry.value, text, words),
            None => entries.push(entry),
        }
    }
    Kind::Mapping(entries.into())
}

/// A call with its argument in the long form; `text` is the whole source.
pub(super) fn call(function: Function, form: Form, argument: Node, text: &str, words: &mut Words) -> Kind {
    let argument = match function {
        Function::GetAtt => attribute(argument, text, words),
        _ => argument,
    };
    Kind::Function(Box::new(Call {
        function,
        form,
        argument,
    }))
}

/// `Resource.Attribute` as the two-element list of the long form; the attribute may hold dots itself.
fn attribute(argument: Node, text: &str, words: &mut Words) -> Node {
    let Kind::Scalar(Scalar {
        text: name,
        kind: ScalarKind::Text,
    }) = &argument.kind
    else {
        return argument;
    };
    let Some((resource, attribute)) = name.split_once('.') else {
        return argument;
    };
    let span = argument.span;
    let source = text.get(span.start as usize..span.end as usize).unwrap_or("");
    // Plain and quoted text stands in the source as it is; with escapes or folds the parts have no bytes of their own.
    let parts = source.find(&**name).map(|offset| {
        let start = span.start + offset as u32;
        let dot = start + resource.len() as u32;
        let end = start + name.len() as u32;
        (
            Span::new(span.file, start, dot),
            Span::new(span.file, dot + 1, end),
        )
    });
    let (first, second) = parts.unwrap_or((span, span));
    let items = [
        Node {
            span: first,
            kind: resolve::words(words.share(resource)),
        },
        Node {
            span: second,
            kind: resolve::words(words.share(attribute)),
        },
    ];
    Node {
        span,
        kind: Kind::Sequence(items.into()),
    }
}

/// True when a one-entry mapping with this function's key is a call: a policy statement's `Condition` and a property
/// that happens to be named `Ref` are data.
fn is_call(function: &Function, value: &Node) -> bool {
    match function {
        Function::Condition => {
            matches!(
                value.kind,
                Kind::Scalar(Scalar {
                    kind: ScalarKind::Text,
                    ..
                })
            )
        }
        Function::Ref => matches!(value.kind, Kind::Scalar(_) | Kind::Function(_)),
        _ => true,
    }
}
