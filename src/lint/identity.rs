//! What a finding is called from run to run: its JSON pointer and its id, neither of which knows a line number.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::Repository;
use crate::cfn::{Resource, Template};
use crate::diag::{Diagnostic, Outcome};
use crate::project::Project;
use crate::source::{FileId, Span, Str};
use crate::yaml::{Kind, Node};

/// Keys whose text tells the items of a list apart better than their position.
const CONTENT_KEYS: &[&str] = &[
    "Name",
    "Sid",
    "Id",
    "PolicyName",
    "ContainerName",
    "ContainerPort",
    "TargetGroupArn",
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "Key",
];

/// Fills in the paths, pointers and ids of diagnostics, which must be sorted.
pub(super) fn assign(diagnostics: &mut [Diagnostic], project: &Project, repository: &Repository) {
    let templates: FxHashMap<FileId, &Template> = project
        .templates
        .iter()
        .rev()
        .map(|template| (template.file, template))
        .collect();
    let mut paths: FxHashMap<FileId, Str> = FxHashMap::default();
    for diagnostic in diagnostics.iter_mut() {
        let file = diagnostic.primary.span.file;
        let path = || repository.path(project.sources.get(file).path()).into();
        diagnostic.path = paths.entry(file).or_insert_with(path).clone();
    }
    diagnostics.par_iter_mut().for_each(|diagnostic| {
        let place = templates.get(&diagnostic.primary.span.file).and_then(|template| {
            let subject = diagnostic.subject.as_ref().map(|subject| &*subject.logical_id);
            locate(template, diagnostic.primary.span, subject)
        });
        (diagnostic.pointer, diagnostic.shape) = place.unwrap_or_default();
        diagnostic.id = digest(diagnostic);
    });
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for diagnostic in diagnostics {
        let count = seen.entry(diagnostic.id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            diagnostic.id = format!("{}#{count}", diagnostic.id);
        }
    }
}

/// The first 16 hexadecimal digits of a hash over what the finding is, not where it stands nor in which environment. A check
/// that could not be decided is another thing than the violation that it may be.
fn digest(diagnostic: &Diagnostic) -> String {
    let stack = diagnostic.stacks.first().map_or("", |stack| stack);
    let resource = diagnostic
        .subject
        .as_ref()
        .map_or("", |subject| &*subject.logical_id);
    let mut hash = Sha256::new();
    let (path, shape) = (&diagnostic.path, &diagnostic.shape);
    for piece in [&*diagnostic.rule, path, stack, resource, shape, &diagnostic.atom] {
        hash.update(piece.as_bytes());
        hash.update([0]);
    }
    if diagnostic.outcome == Outcome::Undetermined {
        hash.update("undetermined");
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The JSON pointer of the innermost value at a span, and the same with list positions replaced by content. Most spans
/// lie in the subject; only the others are worth a search through all resources.
fn locate(template: &Template, span: Span, subject: Option<&str>) -> Option<(String, String)> {
    let contains = |resource: &&Resource| resource.span.contains(span);
    let own = subject.and_then(|id| template.resources.get(id)).filter(contains);
    let sections = [
        own.or_else(|| template.resources.values().find(contains))
            .map(|resource| {
                let mut path = Path::of(&["Resources", &resource.id.text]);
                let attributes = resource.attributes.iter();
                let attributes = attributes.map(|entry| (&*entry.key, &entry.value));
                let named = [
                    ("Properties", resource.properties.as_ref()),
                    ("Metadata", resource.metadata.as_deref()),
                ];
                let named = named.into_iter().filter_map(|(name, node)| Some((name, node?)));
                if resource.type_name.span.contains(span) {
                    path.push("Type");
                } else if let Some((name, node)) =
                    named.chain(attributes).find(|(_, node)| node.span.contains(span))
                {
                    path.push(name);
                    path.descend(node, span);
                }
                path
            }),
        template.outputs.values().find_map(|output| {
            let node = output.value.as_ref().filter(|node| node.span.contains(span));
            (node.is_some() || output.id.span == span).then(|| Path::of(&["Outputs", &output.id.text]))
        }),
        template.parameters.values().find_map(|parameter| {
            let default = parameter.default.as_ref();
            let in_default = default.is_some_and(|default| default.span.contains(span));
            let name = &*parameter.name.text;
            match in_default {
                true => Some(Path::of(&["Parameters", name, "Default"])),
                false => (parameter.name.span == span).then(|| Path::of(&["Parameters", name])),
            }
        }),
    ];
    sections
        .into_iter()
        .flatten()
        .next()
        .map(|path| (path.pointer, path.shape))
}

/// A JSON pointer under construction. <https://www.rfc-editor.org/rfc/rfc6901>
#[derive(Default)]
struct Path {
    pointer: String,
    shape: String,
}

impl Path {
    fn of(keys: &[&str]) -> Path {
        let mut path = Path::default();
        keys.iter().for_each(|key| path.push(key));
        path
    }

    fn push(&mut self, key: &str) {
        for path in [&mut self.pointer, &mut self.shape] {
            path.push('/');
            for character in key.chars() {
                match character {
                    '~' => path.push_str("~0"),
                    '/' => path.push_str("~1"),
                    other => path.push(other),
                }
            }
        }
    }

    fn descend(&mut self, node: &Node, span: Span) {
        match &node.kind {
            Kind::Mapping(entries) => {
                let inside = |entry: &&crate::yaml::Entry| {
                    entry.value.span.contains(span) || entry.key_span.contains(span)
                };
                if let Some(entry) = entries.iter().find(inside) {
                    self.push(&entry.key);
                    self.descend(&entry.value, span);
                }
            }
            Kind::Sequence(items) => {
                if let Some((index, item)) = items
                    .iter()
                    .enumerate()
                    .find(|(_, item)| item.span.contains(span))
                {
                    self.pointer.push_str(&format!("/{index}"));
                    self.shape.push_str(&format!("/[{}]", content(item)));
                    self.descend(item, span);
                }
            }
            Kind::Function(call) if call.argument.span.contains(span) && node.span != span => {
                self.push(&call.function.key());
                self.descend(&call.argument, span);
            }
            Kind::Function(_) | Kind::Null | Kind::Scalar(_) => {}
        }
    }
}

/// What tells an item of a list apart: a naming key, or its own text.
fn content(item: &Node) -> String {
    if let Some(text) = item.as_text() {
        return text.to_string();
    }
    let named = CONTENT_KEYS.iter().find_map(|key| item.get(key)?.as_text());
    named.map(|text| text.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::source::FileId;

    #[test]
    fn a_pointer_escapes_what_it_is_made_of() {
        let path = Path::of(&["Resources", "a~b/c"]);
        assert_eq!(path.pointer, "/Resources/a~0b~1c");
        assert_eq!(path.shape, path.pointer);
    }

    #[test]
    fn a_place_in_a_resource_has_the_path_to_it() {
        let text = "
Resources:
  A:
    Type: AWS::SNS::Topic
    DeletionPolicy: Retain
    Properties: {Subscription: [{Endpoint: y}]}
";
        let document = crate::yaml::parse(FileId(0), text).unwrap();
        let template = crate::cfn::lower(document, &IndexMap::new());
        let pointer = |needle: &str| {
            let start = text.find(needle).unwrap() as u32;
            let span = Span::new(FileId(0), start, start + needle.len() as u32);
            locate(&template, span, Some("A")).map(|(pointer, _)| pointer)
        };
        assert_eq!(pointer("AWS::SNS::Topic").unwrap(), "/Resources/A/Type");
        assert_eq!(pointer("Retain").unwrap(), "/Resources/A/DeletionPolicy");
        let endpoint = "/Resources/A/Properties/Subscription/0/Endpoint";
        assert_eq!(pointer("Endpoint").unwrap(), endpoint);
    }
}
