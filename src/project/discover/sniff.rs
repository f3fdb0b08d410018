//! Which texts are CloudFormation templates.

use crate::yaml::{Function, Kind, Node};

/// Cheap test before parsing: false when no template can hold this text, because both words that make one are absent.
pub fn may_be_template(text: &str) -> bool {
    text.contains("Resources") || text.contains("AWSTemplateFormatVersion")
}

/// For a text that cannot be parsed: true when it was meant to be a template, because `Resources` or
/// `AWSTemplateFormatVersion` stands in it as a top-level key. A Helm chart or a Jinja text is not.
pub fn is_meant_as_template(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    ["Resources", "AWSTemplateFormatVersion"].iter().any(|key| {
        text.match_indices(key).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("");
            let after = text.get(at + key.len()..).unwrap_or("");
            let quoted = (before.ends_with('"') && after.starts_with('"'))
                || (starts_line(before.strip_suffix('\'').unwrap_or("x")) && after.starts_with('\''));
            let plain = starts_line(before) && after.trim_start_matches([' ', '\t']).starts_with(':');
            quoted || plain
        })
    })
}

/// True when a line starts just after this text.
fn starts_line(before: &str) -> bool {
    before.is_empty() || before.ends_with(['\n', '\r'])
}

/// True when the parsed text is a template; see [`not_a_template`] for the reason when it is not.
pub fn is_template(root: &Node) -> bool {
    not_a_template(root).is_none()
}

/// Why a parsed text is not a template, as a phrase for the list of skipped files; `None` when it is one.
///
/// A template is a mapping that has `AWSTemplateFormatVersion`, or `Resources` with at least one entry that is a
/// resource (has a `Type` such as `AWS::ECS::Service`), an `Fn::ForEach` loop or an `Fn::Transform`.
/// One is enough: a template with broken resources must be checked, not skipped.
pub fn not_a_template(root: &Node) -> Option<&'static str> {
    if root.is_null() {
        return Some(EMPTY);
    }
    if root.as_mapping().is_none() {
        return Some("no YAML or JSON mapping");
    }
    if root.get("AWSTemplateFormatVersion").is_some() {
        return None;
    }
    let Some(resources) = root.get("Resources") else {
        return Some(OTHER);
    };
    let declares = match &resources.kind {
        Kind::Mapping(entries) => entries.iter().any(|entry| {
            entry.key.starts_with("Fn::ForEach::")
                || &*entry.key == "Fn::Transform"
                || is_resource(&entry.value)
        }),
        Kind::Function(call) => call.function == Function::Transform,
        _ => false,
    };
    (!declares).then_some("`Resources` holds no CloudFormation resource")
}

/// Reason for a text with nothing in it.
pub const EMPTY: &str = "empty";
/// Reason for a text of another kind.
pub const OTHER: &str = "not a CloudFormation template";

/// True for a resource as far as its `Type` tells; a type computed by a preprocessor's tag counts.
fn is_resource(node: &Node) -> bool {
    match node.get("Type") {
        Some(Node {
            kind: Kind::Function(_),
            ..
        }) => true,
        Some(kind) => kind.as_text().is_some_and(|text| is_type_name(text)),
        None => node
            .as_call()
            .is_some_and(|call| call.function == Function::Transform),
    }
}

/// True for `AWS::ECS::Service`, `Custom::Thing`, `Organisation::Service::Thing`.
fn is_type_name(text: &str) -> bool {
    text.split_once("::").is_some_and(|(vendor, rest)| {
        !vendor.is_empty() && vendor.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !rest.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::yaml::parse;

    fn reason(text: &str) -> Option<&'static str> {
        not_a_template(&parse(FileId(0), text).unwrap().root)
    }

    #[test]
    fn resources_with_types_make_a_template() {
        for text in [
            "Resources:\n  Service: {Type: AWS::ECS::Service}\n",
            "{\"Resources\": {\"A\": {\"Type\": \"Custom::Thing\"}}}",
            "Resources: {A: {Type: Org::Team::Thing}, B: 1}",
            "Resources:\n  Fn::ForEach::Services:\n    - Name\n    - [A, B]\n    - {'${Name}': {Type: AWS::SNS::Topic}}\n",
            "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: a.yaml}}\n",
            "Resources:\n  Fn::Transform: {Name: AWS::Include}\n  A: {Type: x}\n",
            "Resources: {A: !Transform {Name: Macro}}",
            "Resources: {A: {Type: !Rain::Module x.yaml}}",
            "AWSTemplateFormatVersion: 2010-09-09\n",
            "AWSTemplateFormatVersion: '2010-09-09'\nResources: []\n",
        ] {
            assert_eq!(reason(text), None, "{text}");
            assert!(may_be_template(text) && is_meant_as_template(text), "{text}");
        }
    }

    #[test]
    fn other_documents_are_skipped_with_a_reason() {
        for (text, expected) in [
            ("version: 0.2\nphases: {}\n", OTHER),
            ("apiVersion: v1\nkind: Pod\nresources: {}\n", OTHER),
            ("services: {web: {image: nginx}}\n", OTHER),
            ("- Resources\n", "no YAML or JSON mapping"),
            ("just text about Resources", "no YAML or JSON mapping"),
            ("Resources: {}\n", "`Resources` holds no CloudFormation resource"),
            (
                "Resources: [a, b]\n",
                "`Resources` holds no CloudFormation resource",
            ),
            (
                "Resources: {cpu: {Type: large}}\n",
                "`Resources` holds no CloudFormation resource",
            ),
            (
                "Resources: {cpu: {Type: '::x'}}\n",
                "`Resources` holds no CloudFormation resource",
            ),
        ] {
            assert_eq!(reason(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_broken_text_counts_as_a_template_only_with_the_key_at_the_top() {
        for text in [
            "Resources:\n  A: [\n",
            "a: 1\r\nResources :\r\n  A: [",
            "\u{feff}AWSTemplateFormatVersion: x\n  - [",
            "'Resources':\n [",
            "{\"Resources\": {",
        ] {
            assert!(is_meant_as_template(text), "{text}");
        }
        for text in [
            "{{ .Values.Resources }}\n",
            "spec:\n  Resources: {{ x }}\n",
            "{% for Resources in x %}\n",
            "ResourcesList: [\n",
            "# Resources: none\n[",
            "Resources are {{ scarce }}",
            "",
        ] {
            assert!(!is_meant_as_template(text), "{text}");
        }
    }
}
