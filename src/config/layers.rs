//! The layers of a configuration: the preset that everything builds on, what the file extends, the file, the variables, and
//! `--set`. Each is a tree of its own, read and checked by the same table.

use std::path::{Path, PathBuf};

use super::assignment;
use super::keys::{EXTENDS, FILE};
use super::locate::{Ambiguous, base, locate};
use super::preset;
use crate::diag::{Problem, Severity, nearest};
use crate::files::Files;
use crate::lint::InputError;
use crate::project::discover;
use crate::source::{FileId, Source, Sources, Span, Str};
use crate::yaml::{self, Kind, Node};

/// Files that extend each other; nobody keeps an overview of more.
const MAX_EXTENDS_DEPTH: usize = 16;

/// What a configuration is made from.
pub struct Request<'a> {
    /// Access to files.
    pub files: &'a dyn Files,
    /// The folder of the run; absolute.
    pub cwd: &'a Path,
    /// The file that was asked for by name.
    pub file: Option<&'a Path>,
    /// Reads no file.
    pub isolated: bool,
    /// `KEY=VALUE`, a later one over an earlier one.
    pub set: &'a [String],
    /// The variables of the environment, by name.
    pub variables: &'a dyn Fn(&str) -> Option<String>,
}

/// Where a layer comes from. Ordered: a later one is laid over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A preset, by its name.
    Preset,
    /// A file.
    File,
    /// A variable of the environment.
    Variable,
    /// `--set`.
    Set,
}

/// One layer.
pub(super) struct Layer {
    pub(super) origin: Origin,
    /// The folder that relative paths in it start from.
    pub(super) base: PathBuf,
    /// Its text.
    pub(super) file: FileId,
    /// Its mapping.
    pub(super) root: Node,
}

/// The layers of a run from the lowest to the highest, and what is wrong with them.
pub(super) struct Layers {
    pub(super) sources: Sources,
    pub(super) layers: Vec<Layer>,
    pub(super) errors: Vec<InputError>,
    /// The file that was found or asked for.
    pub(super) file: Option<FileId>,
    /// What is no part of any tree and may hold secrets.
    pub(super) hidden: Vec<Span>,
}

impl Layers {
    /// Reads all layers.
    pub(super) fn read(request: &Request<'_>) -> Layers {
        let mut loader = Loader {
            files: request.files,
            cwd: request.cwd,
            out: Layers {
                sources: Sources::default(),
                layers: Vec::new(),
                errors: Vec::new(),
                file: None,
                hidden: Vec::new(),
            },
            chain: Vec::new(),
        };
        loader.preset(preset::BASE);
        loader.found(request);
        for variable in assignment::variables() {
            if let Some(value) = (request.variables)(&variable.name).filter(|value| !value.is_empty()) {
                let file = loader.add(&variable.name, &value);
                let root = variable.tree(file, &value);
                loader.checked(Origin::Variable, request.cwd, file, root);
            }
        }
        for text in request.set {
            let file = loader.add("--set", text);
            match assignment::parse(file, text) {
                Ok(root) => loader.checked(Origin::Set, request.cwd, file, root),
                Err(problem) => loader.out.wrong(problem),
            }
        }
        loader.out
    }

    /// Notes what is wrong at a place in a layer.
    pub(super) fn wrong(&mut self, mut problem: Problem) {
        problem.severity = Severity::Error;
        self.errors.push(InputError {
            path: self.sources.get(problem.span.file).path().clone(),
            message: problem.message.clone(),
            problem: Some(problem),
        });
    }

    /// The layer that a place lies in.
    pub(super) fn layer(&self, file: FileId) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.file == file)
    }
}

/// Reads files that extend each other.
struct Loader<'a> {
    files: &'a dyn Files,
    cwd: &'a Path,
    out: Layers,
    /// The real places of the files that are being read, each extended by the one before it.
    chain: Vec<PathBuf>,
}

impl Loader<'_> {
    fn add(&mut self, path: &str, text: &str) -> FileId {
        self.out.sources.add(Source::new(path, text))
    }

    /// The file of the run.
    fn found(&mut self, request: &Request<'_>) {
        if request.isolated {
            return;
        }
        let path = match request.file {
            Some(path) => Some(self.cwd.join(path)),
            None => match locate(self.files, self.cwd) {
                Ok(found) => found,
                Err(Ambiguous(paths)) => {
                    self.ambiguous(&paths);
                    return;
                }
            },
        };
        let Some(path) = path else { return };
        let shown = self.shown(&path);
        match self.text(&path, &shown) {
            Ok(text) => {
                let file = self.add(&shown, &text);
                self.out.file = Some(file);
                self.file(&path, file, &text);
            }
            Err(message) => self.out.errors.push(InputError {
                path: shown,
                message,
                problem: None,
            }),
        }
    }

    fn ambiguous(&mut self, paths: &[PathBuf]) {
        let shown: Vec<Str> = paths.iter().map(|path| self.shown(path)).collect();
        let names: Vec<String> = shown.iter().map(|path| format!("`{path}`")).collect();
        if let Some(first) = shown.first() {
            self.out.errors.push(InputError {
                path: first.clone(),
                message: format!(
                    "{} stand side by side; keep one, or name one with `--config`",
                    names.join(" and ")
                ),
                problem: None,
            });
        }
    }

    /// The path as it is reported: a file beside the current folder or above it is reached by `..`.
    fn shown(&self, path: &Path) -> Str {
        for (steps, folder) in self.cwd.ancestors().enumerate().skip(1) {
            // What only the root of the file system has in common is better told by its whole path.
            let is_near = folder.parent().is_some() && !path.starts_with(self.cwd);
            if let (true, Ok(below)) = (is_near, path.strip_prefix(folder)) {
                return format!("{}{}", "../".repeat(steps), below.display()).into();
            }
        }
        discover::shown(self.files, self.cwd, path)
    }

    fn text(&self, path: &Path, shown: &Str) -> Result<String, String> {
        if self.files.is_dir(path) {
            return Err("a folder is no configuration file".to_owned());
        }
        discover::read(self.files, path, shown).map_err(|error| error.message)
    }

    /// Takes in a file, after those that it extends.
    fn file(&mut self, path: &Path, file: FileId, text: &str) {
        let document = match yaml::parse(file, text) {
            Ok(document) => document,
            Err(problem) => {
                self.out.wrong(problem);
                return;
            }
        };
        let base = base(path);
        self.chain
            .push(self.files.canonical(path).unwrap_or_else(|_| path.to_path_buf()));
        for entry in one_or_many(document.root.get(EXTENDS.key)) {
            if let Err(problem) = self.extended(&base, entry) {
                self.out.wrong(problem);
            }
        }
        self.chain.pop();
        for problem in &document.problems {
            self.out.hidden.extend(passed_over(problem, &document.root, text));
        }
        let of_yaml = document.problems.into_iter().map(|problem| twice(problem, text));
        let known = of_yaml.chain(FILE.check(&document.root));
        known.for_each(|problem| self.out.wrong(problem));
        self.push(Origin::File, &base, file, document.root);
    }

    /// Takes in what an entry of `extends` names.
    fn extended(&mut self, base: &Path, entry: &Node) -> Result<(), Problem> {
        let Some(name) = entry.as_text().filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        if name.starts_with(preset::PREFIX) {
            return match preset::find(name) {
                Some(_) => {
                    self.preset(name);
                    Ok(())
                }
                None => {
                    let problem = Problem::new(entry.span, format!("no preset is called `{name}`"));
                    Err(problem.with_help(match nearest(name, preset::names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "the presets are {}",
                            preset::names().collect::<Vec<_>>().join(", ")
                        ),
                    }))
                }
            };
        }
        if name.contains("://") {
            let problem = Problem::new(entry.span, format!("`{name}` is not a local file"));
            return Err(problem.with_help("ecslint opens no connection; keep a copy of the file"));
        }
        let path = base.join(&**name);
        let shown = self.shown(&path);
        let text = self
            .text(&path, &shown)
            .map_err(|message| Problem::new(entry.span, format!("cannot extend `{name}`: {message}")))?;
        let real = self.files.canonical(&path).unwrap_or_else(|_| path.clone());
        if self.chain.contains(&real) {
            let way: Vec<Str> = self.chain.iter().map(|path| self.shown(path)).collect();
            let message = format!("`{name}` extends itself: {} → {shown}", way.join(" → "));
            return Err(Problem::new(entry.span, message));
        }
        if self.chain.len() >= MAX_EXTENDS_DEPTH {
            let message = format!("more than {MAX_EXTENDS_DEPTH} files that extend each other");
            return Err(Problem::new(entry.span, message).with_help("put them into fewer files"));
        }
        let file = self.add(&shown, &text);
        self.file(&path, file, &text);
        Ok(())
    }

    fn preset(&mut self, name: &str) {
        let Some(text) = preset::find(name) else { return };
        // On top of itself it changes nothing, and would be told twice.
        let last = self
            .out
            .layers
            .last()
            .map(|layer| self.out.sources.get(layer.file).path());
        if last.is_some_and(|last| **last == *name) {
            return;
        }
        let file = self.add(name, text);
        match yaml::parse(file, text) {
            Ok(document) => self.push(Origin::Preset, self.cwd, file, document.root),
            Err(problem) => self.out.wrong(problem),
        }
    }

    /// Takes in a layer that is no file, if it is right: `version` is not asked for.
    fn checked(&mut self, origin: Origin, base: &Path, file: FileId, root: Node) {
        let problems = FILE.check_part(&root);
        problems.into_iter().for_each(|problem| self.out.wrong(problem));
        self.push(origin, base, file, root);
    }

    fn push(&mut self, origin: Origin, base: &Path, file: FileId, root: Node) {
        self.out.layers.push(Layer {
            origin,
            base: base.to_path_buf(),
            file,
            root,
        });
    }
}

/// A key that is there twice, in the words of a configuration.
fn twice(problem: Problem, text: &str) -> Problem {
    let key = text.get(problem.span.start as usize..problem.span.end as usize);
    match (problem.labels.first(), key) {
        (Some(_), Some(key)) => Problem {
            message: format!("the key `{key}` is here twice"),
            ..problem
        },
        _ => problem,
    }
}

/// The value of the first of two equal keys, which is no part of the tree: up to the next key that is.
fn passed_over(problem: &Problem, root: &Node, text: &str) -> Option<Span> {
    fn next_key(node: &Node, after: u32, next: &mut u32) {
        for entry in node.as_mapping().unwrap_or_default() {
            if entry.key_span.start >= after {
                *next = (*next).min(entry.key_span.start);
            }
        }
        node.children().for_each(|child| next_key(child, after, next));
    }
    let first = problem.labels.first()?.span;
    let mut end = text.len() as u32;
    next_key(root, first.end, &mut end);
    Some(Span::new(first.file, first.end, end))
}

/// The nodes of a value that is one, or a list of them.
pub(super) fn one_or_many(node: Option<&Node>) -> &[Node] {
    match node {
        None => &[],
        Some(node) => match &node.kind {
            Kind::Sequence(items) => items,
            Kind::Null => &[],
            _ => std::slice::from_ref(node),
        },
    }
}
