//! Suppressions in the metadata of a resource, or of the template where the place is in no resource.

use serde_json::{Map, Value, json};

use super::{Acceptance, Open, Page, Proposal};
use crate::diag::SuppressionKind;
use crate::lint::suppression::directive::date;
use crate::source::{Source, Span};
use crate::yaml::edit::{Edit, Editor, Tree};
use crate::yaml::{self, Entry, Node};

/// Entries that readers expect before metadata.
const BEFORE: &[&str] = &["Type", "AWSTemplateFormatVersion", "Description"];

/// The keys from a declaration, or the template, down to the list.
const PATH: [&str; 3] = ["Metadata", "ecslint", "ignore"];

/// Whose metadata it is.
struct Owner<'n> {
    node: &'n Node,
    /// Keys from the root.
    path: Vec<&'n str>,
    /// The declarations that an entry of the template is for; all where it is empty.
    resources: Vec<String>,
}

impl Page<'_> {
    /// An entry of the metadata that covers findings of one line.
    pub(super) fn metadata(&self, here: &[Open<'_>], acceptance: &Acceptance) -> Option<Proposal> {
        let owner = self.owner(here)?;
        let mut rules: Vec<String> = here.iter().map(|open| open.finding.rule.to_string()).collect();
        rules.sort();
        rules.dedup();
        let mut entry = Map::new();
        entry.insert("rules".to_owned(), json!(rules));
        if !owner.resources.is_empty() {
            entry.insert("resources".to_owned(), json!(owner.resources));
        }
        if let Some(reason) = &acceptance.reason {
            entry.insert("reason".to_owned(), json!(reason));
        }
        if let Some(until) = acceptance.until {
            entry.insert("until".to_owned(), json!(until.to_string()));
        }
        let entry = Value::Object(entry);
        let list = PATH
            .iter()
            .try_fold(owner.node, |node, key| node.get(key))
            .and_then(Node::as_sequence);
        let over = list.and_then(|list| over(list, &rules, acceptance));
        let same = list.and_then(|list| same(list, &entry));
        let mut wanted = Tree::of(&self.document.root);
        let owned = owner
            .path
            .iter()
            .try_fold(&mut wanted, |tree, key| tree.entry(key, Tree::Null))?;
        let items = PATH.iter().enumerate().try_fold(owned, |tree, (at, key)| {
            let missing = match at + 1 == PATH.len() {
                true => Tree::List(Vec::new()),
                false => Tree::Mapping(Default::default()),
            };
            tree.entry(key, missing)
        });
        let items = items?.items()?;
        let (edit, at) = if let Some((at, until, day)) = over {
            let text = Value::from(day.as_str()).to_string();
            *items.get_mut(at)?.entry("until", Tree::Null)? = Tree::of_json(&json!(day));
            (Edit { span: until, text }, at)
        } else if let Some((at, known)) = same {
            let has = |rule: &&String| {
                known.as_sequence().is_some_and(|known| {
                    known
                        .iter()
                        .any(|name| name.as_text().is_some_and(|name| **name == ***rule))
                })
            };
            let added: Vec<&String> = rules.iter().filter(|rule| !has(rule)).collect();
            let names = items.get_mut(at)?.entry("rules", Tree::Null)?.items()?;
            names.extend(added.iter().map(|rule| Tree::of_json(&json!(rule))));
            if added.is_empty() {
                // Another place that the entry covers.
                (Edit::insert(Span::new(known.span.file, 0, 0), String::new()), at)
            } else {
                (self.appended(known, &added)?, at)
            }
        } else {
            items.push(Tree::of_json(&entry));
            (self.inserted(&owner, &entry)?, items.len() - 1)
        };
        self.made(edit, &wanted, &owner, at)
    }

    /// The resource that all findings lie in, or else the template.
    fn owner(&self, here: &[Open<'_>]) -> Option<Owner<'_>> {
        let root = &self.document.root;
        let resources = root.get("Resources").and_then(Node::as_mapping);
        let holds = |span: Span| here.iter().all(|open| span.contains(open.place));
        let mut around = resources.unwrap_or_default().iter();
        let is_resource = |entry: &&Entry| {
            // A loop is a list, and makes resources that have no place of their own.
            holds(entry.key_span.to(entry.value.span)) && entry.value.as_mapping().is_some()
        };
        if let Some(entry) = around.find(is_resource) {
            return Some(Owner {
                node: &entry.value,
                path: vec!["Resources", &entry.key],
                resources: Vec::new(),
            });
        }
        root.as_mapping()?;
        let mut names: Vec<String> = Vec::new();
        for open in here {
            let declared = open.finding.pointer.split('/').nth(2);
            names.extend(declared.map(|name| name.replace("~1", "/").replace("~0", "~")));
        }
        names.sort();
        names.dedup();
        let is_named = here.iter().all(|open| !open.finding.pointer.is_empty());
        Some(Owner {
            node: root,
            path: Vec::new(),
            resources: if is_named { names } else { Vec::new() },
        })
    }

    /// An entry put into a list that may not be there yet.
    fn inserted(&self, owner: &Owner<'_>, entry: &Value) -> Option<Edit> {
        let editor = Editor::new(self.source);
        let mut node = owner.node;
        for (at, key) in PATH.iter().enumerate() {
            let Some(next) = node.get(key) else {
                let list = Value::Array(vec![entry.clone()]);
                let rest = PATH.iter().skip(at + 1).rev();
                let value = rest.fold(list, |value, key| json!({ *key: value }));
                return editor.insert_entry(node, BEFORE, key, &value);
            };
            node = next;
        }
        editor.append_item(node, entry)
    }

    /// Names put into the list of an entry.
    fn appended(&self, names: &Node, added: &[&String]) -> Option<Edit> {
        let editor = Editor::new(self.source);
        let mut edits = added.iter().map(|rule| editor.append_item(names, &json!(rule)));
        let first = edits.next()??;
        edits.try_fold(first, |edit, next| {
            Some(Edit {
                text: edit.text + &next?.text,
                ..edit
            })
        })
    }

    /// What an edit makes, when the text then says what was wanted and nothing else changed.
    fn made(&self, edit: Edit, wanted: &Tree, owner: &Owner<'_>, at: usize) -> Option<Proposal> {
        let text = edit.apply(self.source.text())?;
        let document = yaml::parse(self.document.file, &text).ok()?;
        let words = |document: &yaml::Document, source: &Source| -> Vec<String> {
            let spans = document.comments.iter().map(|comment| comment.span);
            let text = |span: Span| {
                source
                    .text()
                    .get(span.start as usize..span.end as usize)
                    .map(str::to_owned)
            };
            spans.filter_map(text).collect()
        };
        let source = Source::new("", text.as_str());
        let is_untouched = words(&document, &source) == words(self.document, self.source);
        let mut path = owner.path.iter().chain(&PATH);
        let list = path.try_fold(&document.root, |node, key| node.get(key))?;
        let entry = list.as_sequence()?.get(at)?;
        let names = entry.get("rules")?;
        let names: Vec<&str> = match names.as_sequence() {
            Some(items) => items.iter().filter_map(|name| Some(&**name.as_text()?)).collect(),
            None => names.as_text().map(|name| &**name).into_iter().collect(),
        };
        let of = match owner.path.last() {
            Some(name) => format!(" of `{name}`"),
            None => String::new(),
        };
        let is_meant = Tree::of(&document.root) == *wanted && is_untouched;
        is_meant.then(|| Proposal {
            edit,
            place: entry.span,
            kind: SuppressionKind::Metadata,
            shown: format!("Metadata.ecslint.ignore{of}: {}", names.join(", ")),
        })
    }
}

/// An entry whose day is over and that names all the rules: its place in the list, the place of the day, and the new day.
fn over(list: &[Node], rules: &[String], acceptance: &Acceptance) -> Option<(usize, Span, String)> {
    let day = acceptance.until?.to_string();
    list.iter().enumerate().find_map(|(at, entry)| {
        let until = entry.get("until")?;
        let is_over = date(until.as_text()?)? < acceptance.today;
        let names = entry.get("rules")?.as_sequence()?;
        let is_named = |rule: &String| {
            names
                .iter()
                .any(|name| name.as_text().is_some_and(|name| **name == **rule))
        };
        (is_over && rules.iter().all(is_named)).then(|| (at, until.span, day.clone()))
    })
}

/// An entry that differs from a new one in its rules only, and its list of rules.
fn same<'n>(list: &'n [Node], new: &Value) -> Option<(usize, &'n Node)> {
    let mut wanted = Tree::of_json(new);
    *wanted.entry("rules", Tree::Null)? = Tree::Null;
    list.iter().enumerate().find_map(|(at, entry)| {
        let names = entry.get("rules")?;
        names.as_sequence()?;
        let mut tree = Tree::of(entry);
        *tree.entry("rules", Tree::Null)? = Tree::Null;
        (tree == wanted).then_some((at, names))
    })
}
