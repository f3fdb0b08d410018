//! `.pre-commit-config.yaml`: a new one, or an entry added to the one that is there, whose text stays as it is.

use serde_yaml::Value;

use crate::source::FileId;
use crate::yaml::{self, Node};

/// The name of the file.
pub(super) const NAME: &str = ".pre-commit-config.yaml";

/// The entry of the list `repos`.
pub(super) const ENTRY: &str = include_str!("../../../integrations/pre-commit/config.yaml");

/// The id of the hook.
const HOOK: &str = "ecslint";

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// The new text.
    Text(String),
    /// The hook is there.
    Already,
    /// The file is written in a way that no text is safely added to.
    Unclear,
}

/// The text of a new file.
pub(super) fn new() -> String {
    format!("repos:\n{}", indented(ENTRY, "  ", "\n"))
}

/// Adds the hook behind the last entry of `repos`.
pub(super) fn add(text: &str) -> Added {
    let Ok(document) = yaml::parse(FileId(0), text) else {
        return Added::Unclear;
    };
    let repos = document.root.get("repos");
    let Some(items) = repos.and_then(Node::as_sequence) else {
        return Added::Unclear;
    };
    if items.iter().any(has_hook) {
        return Added::Already;
    }
    match items.last().and_then(|last| insert(text, last)) {
        Some(new) if is_only_added(text, &new) => Added::Text(new),
        _ => Added::Unclear,
    }
}

/// True for an entry that runs ecslint.
fn has_hook(entry: &Node) -> bool {
    let hooks = entry.get("hooks").and_then(Node::as_sequence).unwrap_or_default();
    hooks.iter().any(|hook| {
        hook.get("id")
            .and_then(Node::as_text)
            .is_some_and(|id| &**id == HOOK)
    })
}

/// The text with the entry behind the last one, at the same indentation; `None` when the list is not in block style.
fn insert(text: &str, last: &Node) -> Option<String> {
    let before = text.get(..last.span.start as usize)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let lead = before.get(line_start..)?;
    let indent = lead
        .strip_suffix('-')
        .or_else(|| lead.trim_end_matches(' ').strip_suffix('-'))?;
    if !indent.chars().all(|c| c == ' ') {
        return None;
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let at = end_of(text, last.span.end as usize, indent.len())?;
    let (head, tail) = text.split_at_checked(at)?;
    let gap = if head.ends_with('\n') { "" } else { line_end };
    Some(format!("{head}{gap}{}{tail}", indented(ENTRY, indent, line_end)))
}

/// Where the lines of an entry end that lies in `text` up to `end`: comments that are indented deeper than its dash are its own.
fn end_of(text: &str, end: usize, dash: usize) -> Option<usize> {
    let line_after = |from: usize| match text.get(from..)?.find('\n') {
        Some(length) => Some(from + length + 1),
        None => Some(text.len()),
    };
    // A span may end at the start of the next line.
    let mut at = if text.get(..end)?.ends_with('\n') {
        end
    } else {
        line_after(end)?
    };
    loop {
        let line = text.get(at..)?.lines().next().unwrap_or("");
        let words = line.trim_start_matches(' ');
        if !words.starts_with('#') || line.len() - words.len() <= dash {
            return Some(at);
        }
        at = line_after(at)?;
    }
}

/// The lines of a text, each behind an indentation.
fn indented(text: &str, indent: &str, line_end: &str) -> String {
    text.lines()
        .map(|line| format!("{indent}{line}{line_end}"))
        .collect()
}

/// True when the new text says what the old one said, and has the entry at the end of `repos`.
fn is_only_added(old: &str, new: &str) -> bool {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).ok();
    let (Some(mut expected), Some(new), Some(entry)) = (read(old), read(new), read(ENTRY)) else {
        return false;
    };
    let (Some(Value::Sequence(repos)), Value::Sequence(entry)) = (expected.get_mut("repos"), entry) else {
        return false;
    };
    repos.extend(entry);
    expected == new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> String {
        match add(text) {
            Added::Text(text) => text,
            other => unreachable!("{other:?} for {text}"),
        }
    }

    #[test]
    fn a_new_file_holds_the_hook_and_is_left_alone_afterwards() {
        let text = new();
        assert_eq!(add(&text), Added::Already);
        assert!(text.starts_with("repos:\n  - repo: local\n    hooks:\n"));
    }

    #[test]
    fn an_entry_is_added_at_the_indentation_of_the_others() {
        let flush = "repos:\n- repo: https://example.org/x\n  rev: v1 # pinned\n  hooks:\n  - id: x\n";
        let text = added(flush);
        assert!(text.starts_with(flush), "{text}");
        assert!(
            text[flush.len()..].starts_with("- repo: local\n  hooks:\n"),
            "{text}"
        );
        let deep = "# ours\nrepos:\n    - repo: https://example.org/x\n      rev: v1\n      hooks: [{id: x}]";
        let text = added(deep);
        assert!(
            text.starts_with(&format!("{deep}\n    - repo: local\n      hooks:\n")),
            "{text}"
        );
    }

    #[test]
    fn comments_and_keys_behind_the_list_stay_where_they_are() {
        let text = "repos:\n  - repo: x\n    rev: v1\n    hooks:\n      - id: x\n        # about x\n\n# about what follows\nci: {skip: [x]}\n";
        let new = added(text);
        let entry = new.find("  - repo: local").unwrap();
        assert!(new[..entry].ends_with("        # about x\n"), "{new}");
        assert!(
            new.ends_with("\n\n# about what follows\nci: {skip: [x]}\n"),
            "{new}"
        );
    }

    #[test]
    fn line_ends_of_windows_stay_so() {
        let text = "repos:\r\n- repo: x\r\n  rev: v1\r\n  hooks:\r\n  - id: x\r\n";
        let new = added(text);
        assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    }

    #[test]
    fn what_is_not_clear_is_left_alone() {
        for text in [
            "repos: []\n",
            "repos: [{repo: x, rev: v1, hooks: [{id: x}]}]\n",
            "repos:\n",
            "hooks: []\n",
            "repos: [\n",
            "",
        ] {
            assert_eq!(add(text), Added::Unclear, "{text}");
        }
        let own = "repos:\n- repo: https://example.org/ecslint\n  rev: v1\n  hooks: [{id: ecslint}]\n";
        assert_eq!(add(own), Added::Already);
    }
}
