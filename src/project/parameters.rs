//! Parameter values from files in the forms that AWS's tools read, and from the command line.
//!
//! The forms: <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>.

mod assignment;
mod lines;
mod samconfig;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use indexmap::map::Entry as Place;

use crate::diag::{Problem, nearest};
use crate::source::{FileId, Span, Str};
use crate::yaml::{self, Entry, Kind, Node};

pub use assignment::{Assignment, parse_assignment};

/// A parameter's value as a file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterValue {
    /// The text: numbers as written, booleans as `true` or `false`, the items of a list joined by `,`.
    pub text: Str,
    /// Where it stands. Values may be secrets: nothing of them is printed before the parameter is known not to be `NoEcho`.
    pub span: Span,
}

/// The values of a parameter file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterFile {
    /// The file.
    pub file: FileId,
    /// Values by parameter name, in the order of the file. A parameter that keeps its previous value is not there.
    pub values: IndexMap<Str, ParameterValue>,
    /// The template the file is for, as `template-file-path` of a Git sync deployment file or `template_file` of a
    /// `samconfig.toml` names it.
    pub template: Option<Str>,
}

/// Reads a parameter file; the form is recognised from the text. `name` is the file's name, which tells a TOML file;
/// `section` names a configuration environment of a `samconfig.toml`, which no other form has.
///
/// # Errors
/// Everything that is wrong with the file, in its order. No message holds a value.
pub fn parse(
    file: FileId,
    name: &str,
    section: Option<&str>,
    text: &str,
) -> Result<ParameterFile, Vec<Problem>> {
    let start = Span::new(file, 0, 0);
    let mut reader = Reader::new(file);
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(vec![Problem::new(start, "the parameter file is empty")]);
    }
    if name.to_ascii_lowercase().ends_with(".toml") {
        let root = samconfig::tree(file, text).map_err(|problem| vec![problem])?;
        samconfig::read(&mut reader, &root, section);
        return reader.finish();
    }
    if lines::is_assignments(text) {
        lines::read(&mut reader, text);
    } else {
        let document = yaml::parse(file, text).map_err(|problem| vec![problem])?;
        reader.problems = document.problems;
        if samconfig::is_samconfig(&document.root) {
            samconfig::read(&mut reader, &document.root, section);
            return reader.finish();
        }
        reader.document(&document.root);
    }
    if let Some(section) = section {
        let problem = Problem::new(
            start,
            format!("the file has no configuration environments, so none is `{section}`"),
        );
        reader
            .problems
            .push(problem.with_help("only a `samconfig.toml` has; leave `#` and what follows out"));
    }
    reader.finish()
}

/// What was read so far.
struct Reader {
    out: ParameterFile,
    /// Where each parameter's name stands, to show the first of two.
    names: IndexMap<Str, Span>,
    problems: Vec<Problem>,
}

const NOT_PARAMETERS: &str = "expected a list of parameters, a mapping, or KEY=VALUE lines";

impl Reader {
    fn new(file: FileId) -> Self {
        Self {
            out: ParameterFile {
                file,
                values: IndexMap::new(),
                template: None,
            },
            names: IndexMap::new(),
            problems: Vec::new(),
        }
    }

    fn finish(mut self) -> Result<ParameterFile, Vec<Problem>> {
        if self.problems.is_empty() {
            return Ok(self.out);
        }
        self.problems.sort_by_key(|problem| problem.span);
        Err(self.problems)
    }

    fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span, message));
    }

    /// The top of a JSON or YAML file.
    fn document(&mut self, root: &Node) {
        match &root.kind {
            Kind::Sequence(items) => self.list(items),
            Kind::Mapping(entries) => self.mapping(root, entries),
            _ => self.problem(root.span, format!("{NOT_PARAMETERS}, found {}", root.describe())),
        }
    }

    /// A mapping: the values themselves, or around them the keys of CodePipeline, of Git sync or of `--cli-input-json`.
    fn mapping(&mut self, root: &Node, entries: &[Entry]) {
        if let Some(resources) = root
            .entry("Resources")
            .filter(|entry| entry.value.as_mapping().is_some())
        {
            self.problems.push(
                Problem::new(resources.key_span, "this is a template, not a parameter file")
                    .with_help("pass templates as arguments and parameter files with `--params`"),
            );
            return;
        }
        if let Some(template) = root.get("template-file-path") {
            match template.as_text() {
                Some(path) => self.out.template = Some(path.clone()),
                None => self.problem(
                    template.span,
                    format!("expected the path of a template, found {}", template.describe()),
                ),
            }
        }
        let wrapped = [root.get("Parameters"), root.get("parameters")];
        // A scalar under `Parameters` is a parameter of that name in a flat file.
        let wrapped = wrapped
            .into_iter()
            .flatten()
            .find(|node| node.as_text().is_none());
        match wrapped.map(|node| (node, &node.kind)) {
            Some((_, Kind::Mapping(entries))) => self.values(entries),
            Some((_, Kind::Sequence(items))) => self.list(items),
            Some((_, Kind::Null)) => {}
            Some((node, _)) => self.problem(
                node.span,
                format!("expected parameters and their values, found {}", node.describe()),
            ),
            None if self.out.template.is_some() => {}
            None => self.values(entries),
        }
    }

    /// `Name: value` entries.
    fn values(&mut self, entries: &[Entry]) {
        for entry in entries {
            if let Some(text) = self.value(&entry.key, &entry.value) {
                self.add(entry.key.clone(), entry.key_span, text, entry.value.span);
            }
        }
    }

    /// A list of `{ParameterKey, ParameterValue}` or of `KEY=VALUE` texts.
    fn list(&mut self, items: &[Node]) {
        for item in items {
            match &item.kind {
                Kind::Mapping(_) => self.pair(item),
                Kind::Scalar(scalar) => self.assignment(&scalar.text, item.span),
                _ => self.problem(
                    item.span,
                    format!(
                        "expected KEY=VALUE or a mapping with `ParameterKey` and `ParameterValue`, found {}",
                        item.describe()
                    ),
                ),
            }
        }
    }

    /// `KEY=VALUE` or `ParameterKey=KEY,ParameterValue=VALUE`.
    fn assignment(&mut self, text: &str, span: Span) {
        match split(text) {
            Some((name, Some(value))) => self.add(name.into(), span, value.into(), span),
            Some((name, None)) => {
                self.claim(name.into(), span);
            }
            None => self.problem(span, "expected KEY=VALUE"),
        }
    }

    /// `{ParameterKey, ParameterValue}` or `{ParameterKey, UsePreviousValue: true}`.
    fn pair(&mut self, item: &Node) {
        let Some(key) = item.get("ParameterKey") else {
            self.missing_key(item);
            return;
        };
        let Some(name) = key.as_text() else {
            let message = format!("expected the name of a parameter, found {}", key.describe());
            self.problem(key.span, message);
            return;
        };
        if item.get("UsePreviousValue").and_then(Node::as_bool) == Some(true) {
            self.claim(name.clone(), key.span);
            return;
        }
        let Some(value) = item.get("ParameterValue") else {
            let message =
                format!("parameter `{name}` has neither `ParameterValue` nor `UsePreviousValue: true`");
            self.problem(item.span, message);
            return;
        };
        if let Some(text) = self.value(name, value) {
            self.add(name.clone(), key.span, text, value.span);
        }
    }

    /// A pair without `ParameterKey`, which may only be spelled in another way.
    fn missing_key(&mut self, item: &Node) {
        let keys = item.as_mapping().unwrap_or(&[]).iter().map(|entry| &*entry.key);
        let problem = Problem::new(item.span, "`ParameterKey` is missing");
        self.problems.push(match nearest("ParameterKey", keys) {
            Some(near) => problem.with_help(format!("write `ParameterKey` for `{near}`")),
            None => problem,
        });
    }

    /// The text of a value.
    fn value(&mut self, name: &str, node: &Node) -> Option<Str> {
        match &node.kind {
            Kind::Scalar(scalar) => Some(scalar.text.clone()),
            Kind::Sequence(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    let Some(text) = item.as_text() else {
                        let found = item.describe();
                        self.problem(
                            item.span,
                            format!("expected text in the list of parameter `{name}`, found {found}"),
                        );
                        return None;
                    };
                    texts.push(&**text);
                }
                Some(texts.join(",").into())
            }
            Kind::Null => {
                self.problems.push(
                    Problem::new(node.span, format!("parameter `{name}` has no value"))
                        .with_help("write `\"\"` for an empty text"),
                );
                None
            }
            Kind::Mapping(_) | Kind::Function(_) => {
                let message = format!(
                    "expected text or a list as the value of parameter `{name}`, found {}",
                    node.describe()
                );
                self.problem(node.span, message);
                None
            }
        }
    }

    /// Notes that a parameter is spoken of at a place; false, with a problem, when it was before.
    fn claim(&mut self, name: Str, span: Span) -> bool {
        match self.names.entry(name) {
            Place::Vacant(place) => {
                place.insert(span);
                true
            }
            Place::Occupied(known) => {
                let message = format!("parameter `{}` is given twice", known.key());
                let first = *known.get();
                self.problems
                    .push(Problem::new(span, message).with_label(first, "first given here"));
                false
            }
        }
    }

    fn add(&mut self, name: Str, name_span: Span, text: Str, span: Span) {
        if self.claim(name.clone(), name_span) {
            self.out.values.insert(name, ParameterValue { text, span });
        }
    }
}

/// `KEY=VALUE` at its first `=`, the key without the white space around it; or the shorthand of the AWS CLI,
/// `ParameterKey=KEY,ParameterValue=VALUE`. Without a value the parameter keeps the one it has. `None` without a key.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    const VALUE: &str = ",ParameterValue=";
    const PREVIOUS: &str = ",UsePreviousValue=";
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    if name == "ParameterKey" {
        let shorthand = value.split_once(VALUE).map(|(name, value)| (name, Some(value)));
        let previous = || {
            let (name, truth) = value.split_once(PREVIOUS)?;
            truth.eq_ignore_ascii_case("true").then_some((name, None))
        };
        let shorthand = shorthand.or_else(previous);
        if let Some((name, value)) = shorthand.filter(|(name, _)| is_name(name)) {
            return Some((name, value));
        }
    }
    is_name(name).then_some((name, Some(value)))
}

/// True for what may be meant as a parameter's name. CloudFormation takes letters and digits only; `_` and `-` are let
/// through, so that such a name is reported as unknown and not the whole line as unreadable.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
