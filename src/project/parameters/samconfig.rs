//! The configuration file of the SAM CLI: parameters by configuration environment and command.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Reader, split};
use crate::diag::{Problem, nearest};
use crate::source::{FileId, Span, Str};
use crate::yaml::{Entry, Kind, Node, Scalar, ScalarKind};

/// The configuration environment that the SAM CLI takes when none is named.
const DEFAULT: &str = "default";

/// The tables of a configuration environment that speak of a deployment; the first one that says something counts.
const COMMANDS: &[&str] = &["deploy", "global"];

const PARAMETERS: &str = "parameters";
const OVERRIDES: &str = "parameter_overrides";
const TEMPLATE: &[&str] = &["template_file", "template"];

/// Reads a TOML text as a tree.
///
/// # Errors
/// When it is no TOML. The parser's own words are kept, the line is not: it may hold a secret.
pub(super) fn tree(file: FileId, text: &str) -> Result<Node, Problem> {
    // A byte order mark is not part of TOML; spans count it.
    let body = text.trim_start_matches('\u{feff}');
    let offset = text.len() - body.len();
    let place =
        |range: Range<usize>| Span::new(file, (offset + range.start) as u32, (offset + range.end) as u32);
    match DeTable::parse(body) {
        Ok(table) => Ok(mapping(table.span(), table.get_ref(), &place)),
        Err(error) => {
            let span = place(error.span().unwrap_or(0..0));
            Err(Problem::new(span, format!("not valid TOML: {}", error.message())))
        }
    }
}

fn node(value: &Spanned<DeValue<'_>>, place: &dyn Fn(Range<usize>) -> Span) -> Node {
    let span = place(value.span());
    let scalar = |text: Str, kind: ScalarKind| Kind::Scalar(Scalar { text, kind });
    let kind = match value.get_ref() {
        DeValue::String(text) => scalar((&**text).into(), ScalarKind::Text),
        DeValue::Integer(number) => scalar(number.to_string().into(), ScalarKind::Number),
        DeValue::Float(number) => scalar(number.as_str().into(), ScalarKind::Number),
        DeValue::Boolean(truth) => scalar(truth.to_string().into(), ScalarKind::Bool(*truth)),
        DeValue::Datetime(time) => scalar(time.to_string().into(), ScalarKind::Text),
        DeValue::Array(items) => Kind::Sequence(items.iter().map(|item| node(item, place)).collect()),
        DeValue::Table(table) => return mapping(value.span(), table, place),
    };
    Node { span, kind }
}

fn mapping(span: Range<usize>, table: &DeTable<'_>, place: &dyn Fn(Range<usize>) -> Span) -> Node {
    let entries = table.iter().map(|(key, value)| Entry {
        key: (&**key.get_ref()).into(),
        key_span: place(key.span()),
        value: node(value, place),
    });
    Node {
        span: place(span),
        kind: Kind::Mapping(entries.collect()),
    }
}

/// True for a tree in which some key holds the parameters of a command, as in a `samconfig.yaml`.
pub(super) fn is_samconfig(root: &Node) -> bool {
    !environments(root).is_empty()
}

/// The names of the configuration environments.
fn environments(root: &Node) -> Vec<&str> {
    let entries = root.as_mapping().unwrap_or(&[]).iter();
    let has_command = |entry: &&Entry| {
        let commands = entry.value.as_mapping().unwrap_or(&[]).iter();
        let mut parameters = commands.filter_map(|command| command.value.get(PARAMETERS));
        parameters.any(|node| node.as_mapping().is_some())
    };
    entries.filter(has_command).map(|entry| &*entry.key).collect()
}

/// Reads one configuration environment: `default`, unless another one is named.
pub(super) fn read(reader: &mut Reader, root: &Node, wanted: Option<&str>) {
    let name = wanted.unwrap_or(DEFAULT);
    let Some(environment) = root.get(name).filter(|node| node.as_mapping().is_some()) else {
        reader.problems.push(no_environment(root, wanted));
        return;
    };
    let commands = || {
        let tables = COMMANDS.iter().filter_map(|command| environment.get(command));
        tables
            .filter_map(|command| command.get(PARAMETERS))
            .filter_map(Node::as_mapping)
    };
    let setting = |names: &[&str]| {
        commands().find_map(|entries| entries.iter().find(|entry| names.contains(&&*normal(&entry.key))))
    };
    match setting(&[OVERRIDES]) {
        Some(entry) => overrides(reader, &entry.value),
        None => {
            let slip = commands().flatten().find(|entry| {
                let key = normal(&entry.key);
                nearest(&key, [OVERRIDES]).is_some()
            });
            if let Some(entry) = slip {
                let message = format!("`{}` is no setting of `sam deploy`", entry.key);
                let help = format!("did you mean `{OVERRIDES}`?");
                reader
                    .problems
                    .push(Problem::new(entry.key_span, message).with_help(help));
            }
        }
    }
    if let Some(entry) = setting(TEMPLATE) {
        match entry.value.as_text() {
            Some(path) => reader.out.template = Some(path.clone()),
            None => {
                let found = entry.value.describe();
                reader.problem(
                    entry.value.span,
                    format!("expected the path of a template, found {found}"),
                );
            }
        }
    }
}

/// A setting as the SAM CLI looks it up.
fn normal(key: &str) -> Cow<'_, str> {
    if key.contains('-') {
        Cow::Owned(key.replace('-', "_"))
    } else {
        Cow::Borrowed(key)
    }
}

fn no_environment(root: &Node, wanted: Option<&str>) -> Problem {
    let known = environments(root);
    let start = Span::new(root.span.file, root.span.start, root.span.start);
    let choose = |name: &str| format!("choose one with `FILE#NAME`: {name}");
    let list = known.join(", ");
    match wanted {
        _ if known.is_empty() => Problem::new(
            start,
            "the file holds no `[default.deploy.parameters]` or the like",
        )
        .with_help("put the parameters under `[default.deploy.parameters]` as `parameter_overrides`"),
        None => Problem::new(start, "the file has no configuration environment `default`")
            .with_help(choose(&list)),
        Some(name) => {
            let problem = Problem::new(start, format!("no configuration environment is called `{name}`"));
            match nearest(name, known.iter().copied()) {
                Some(near) => problem.with_help(format!("did you mean `{near}`? There are: {list}")),
                None => problem.with_help(format!("there are: {list}")),
            }
        }
    }
}

/// `parameter_overrides`: one text with shell-like quotes, a list of assignments, or a mapping.
fn overrides(reader: &mut Reader, node: &Node) {
    match &node.kind {
        Kind::Scalar(scalar) => match shlex::split(&scalar.text) {
            Some(words) => {
                for word in words {
                    assign(reader, &word, node.span);
                }
            }
            None => reader.problem(node.span, format!("a quote in `{OVERRIDES}` is not closed")),
        },
        Kind::Sequence(items) => items.iter().for_each(|item| item_of_list(reader, item)),
        Kind::Mapping(entries) => reader.values(entries),
        Kind::Null => {}
        Kind::Function(_) => {
            let found = node.describe();
            reader.problem(node.span, format!("expected KEY=VALUE, found {found}"));
        }
    }
}

/// An item of a list is one assignment, spaces in its value included; or several, as in the text.
fn item_of_list(reader: &mut Reader, item: &Node) {
    let words = item
        .as_text()
        .and_then(|text| shlex::split(text))
        .unwrap_or_default();
    let is_assignment = |word: &String| word.starts_with("file://") || split(word).is_some();
    match item.as_text() {
        Some(text) if !words.iter().all(is_assignment) => assign(reader, text, item.span),
        _ => overrides(reader, item),
    }
}

fn assign(reader: &mut Reader, word: &str, span: Span) {
    if word.starts_with("file://") {
        let problem = Problem::new(span, format!("`{OVERRIDES}` leads to another file"));
        reader
            .problems
            .push(problem.with_help("pass that file with `--params`"));
        return;
    }
    reader.assignment(word, span);
}
