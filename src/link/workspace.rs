//! The templates of a run by their path, loaded at the start or when a nested stack leads to them.

use std::path::{Component, Path, PathBuf};

use indexmap::IndexMap;
use rayon::prelude::*;

use super::url_map::UrlMap;
use crate::cfn::{Template, lower};
use crate::diag::Problem;
use crate::files::Files;
use crate::project::cdk::{self, AssetMap};
use crate::project::discover::{
    Input, Skipped, Unreadable, is_meant_as_template, may_be_template, not_a_template, read,
};
use crate::project::{Project, PseudoParameters, TemplateId};
use crate::source::{FileId, Source, Str};
use crate::yaml::{Document, Words, parse, parse_sharing};

/// A file that was meant as a template and could not be analysed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The path as users know it.
    pub path: Str,
    /// One sentence.
    pub message: String,
    /// The place, for a text that was read but not parsed.
    pub problem: Option<Problem>,
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Failure {
            path: error.path,
            message: error.message,
            problem: None,
        }
    }
}

/// A text to be read as a template.
pub(super) struct Text {
    pub(super) path: PathBuf,
    pub(super) shown: Str,
    pub(super) text: String,
    pub(super) named: bool,
}

/// How the templates of nested stacks are found.
#[derive(Clone, Debug)]
pub struct Nesting {
    /// Where templates behind URLs live locally.
    pub url_map: UrlMap,
    /// False when nested stacks are left alone: what they hold is then not known.
    pub follow: bool,
}

impl Default for Nesting {
    fn default() -> Self {
        Self {
            url_map: UrlMap::default(),
            follow: true,
        }
    }
}

/// The loaded templates with their places.
pub struct Workspace<'f> {
    pub(super) files: &'f dyn Files,
    /// How nested templates are found.
    pub nesting: Nesting,
    /// The project under construction.
    pub project: Project,
    /// True when locations lead to files that are not inputs.
    pub opens: bool,
    /// Inputs that could not be analysed.
    pub failures: Vec<Failure>,
    /// Inputs that are no templates.
    pub skipped: Vec<Skipped>,
    /// How many of the templates are inputs; they come first, what they nest is loaded later.
    pub(super) inputs: usize,
    /// Templates that were read again, by what their loops were expanded with.
    variants: IndexMap<(TemplateId, Vec<(Str, Str)>), TemplateId>,
    by_path: IndexMap<PathBuf, Result<TemplateId, Str>>,
    /// Files that may be templates and are loaded when a location leads to them, with how they are shown.
    offered: IndexMap<PathBuf, Str>,
    boundaries: IndexMap<PathBuf, Str>,
    assets: IndexMap<PathBuf, AssetMap>,
}

impl<'f> Workspace<'f> {
    /// An empty workspace. Relative paths of nested templates may not leave the root of the project.
    pub fn new(files: &'f dyn Files, project: Project) -> Self {
        Self {
            files,
            nesting: Nesting::default(),
            project,
            opens: true,
            failures: Vec::new(),
            skipped: Vec::new(),
            inputs: 0,
            variants: IndexMap::new(),
            by_path: IndexMap::new(),
            offered: IndexMap::new(),
            boundaries: IndexMap::new(),
            assets: IndexMap::new(),
        }
    }

    /// Loads the inputs; reading and parsing run in parallel, the order of the inputs is kept. `stdin` is the text of
    /// the input that stands for standard input.
    pub fn load(&mut self, inputs: &[Input], stdin: Option<(&Path, &str)>) {
        let files = self.files;
        let texts: Vec<Result<Text, Unreadable>> = inputs
            .par_iter()
            .map(|input| {
                let text = match stdin {
                    Some((path, text)) if path == input.path => Ok(text.to_owned()),
                    _ => read(files, &input.path, &input.shown),
                };
                let (path, shown) = (input.path.clone(), input.shown.clone());
                text.map(|text| Text {
                    path,
                    shown,
                    text,
                    named: input.is_named(),
                })
            })
            .collect();
        let mut readable = Vec::new();
        for (input, text) in inputs.iter().zip(texts) {
            match text {
                Ok(text) if !text.named && !may_be_template(&text.text) => {
                    self.skipped.push(Skipped {
                        path: text.shown,
                        reason: "not a CloudFormation template",
                    });
                }
                Ok(text) => readable.push(text),
                Err(error) => {
                    // A template that nests it is not to read it again, and to tell the same once more.
                    let message = error.message.clone().into();
                    self.by_path.insert(normal(&input.path), Err(message));
                    self.failures.push(error.into());
                }
            }
        }
        let first = self.project.sources.iter().count() as u32;
        let parsed: Vec<Result<Document, Problem>> = readable
            .par_iter()
            .enumerate()
            .map_init(Words::default, |words, (index, text)| {
                parse_sharing(FileId(first + index as u32), &text.text, words)
            })
            .collect();
        let lowered: Vec<(Text, Result<Template, Rejection>)> = readable
            .into_iter()
            .zip(parsed)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(text, parsed)| {
                let template = accept(parsed, &text);
                (text, template)
            })
            .collect();
        // Templates are large, and a list that grows has room for as many again.
        self.project.templates.reserve_exact(lowered.len());
        for (text, template) in lowered {
            self.keep(text, template);
        }
        self.inputs = self.project.templates.len();
    }

    /// Lets locations lead to files that are not loaded as if they were.
    pub fn offer(&mut self, inputs: &[Input]) {
        let inputs = inputs
            .iter()
            .map(|input| (normal(&input.path), input.shown.clone()));
        self.offered.extend(inputs);
    }

    /// Loads the offered files that `is_wanted` chooses and that belong to a boundary.
    pub(super) fn take_offer(&mut self, boundary: &str, is_wanted: impl Fn(&Path) -> bool) {
        let wanted: Vec<PathBuf> = self
            .offered
            .keys()
            .filter(|path| is_wanted(path))
            .cloned()
            .collect();
        for path in wanted {
            if let Some(shown) = self.offered.shift_remove(&path)
                && !self.by_path.contains_key(&path)
                && *self.boundary(&path) == *boundary
            {
                // One that is no template is out of the running.
                let _ = self.read_in(path, &shown, false);
            }
        }
    }

    /// The file of the template that was loaded from a path.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        let template = self.by_path.get(&normal(path))?.as_ref().ok()?;
        Some(self.project.templates.get(template.0 as usize)?.file)
    }

    /// True when a path is that of an input or of a file that was loaded since.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.by_path.contains_key(path)
    }

    /// Notes another name of a loaded file.
    pub fn alias(&mut self, path: &Path, loaded: &Path) {
        if let Some(known) = self.by_path.get(&normal(loaded)).cloned() {
            self.by_path.entry(normal(path)).or_insert(known);
        }
    }

    /// The template at a path, loaded if it is not yet.
    ///
    /// # Errors
    /// With the reason, when the file is no readable template.
    pub(super) fn open(&mut self, path: &Path, shown: &Str) -> Result<TemplateId, Str> {
        let path = normal(path);
        match self.by_path.get(&path) {
            Some(known) => known.clone(),
            None => {
                // As a run over the whole repository shows it.
                let shown = self.offered.get(&path).unwrap_or(shown).clone();
                self.read_in(path, &shown, true)
            }
        }
    }

    /// Loads the file at a normal path; `named` says that something names this very file.
    fn read_in(&mut self, path: PathBuf, shown: &Str, named: bool) -> Result<TemplateId, Str> {
        let text = match read(self.files, &path, shown) {
            Ok(text) => Text {
                path: path.clone(),
                shown: shown.clone(),
                text,
                named,
            },
            Err(error) => {
                let message: Str = error.message.clone().into();
                self.failures.push(error.into());
                self.by_path.insert(path, Err(message.clone()));
                return Err(message);
            }
        };
        let file = FileId(self.project.sources.iter().count() as u32);
        let template = accept(parse(file, &text.text), &text);
        self.keep(text, template);
        self.by_path
            .get(&path)
            .cloned()
            .unwrap_or_else(|| Err("not loaded".into()))
    }

    fn keep(&mut self, text: Text, template: Result<Template, Rejection>) {
        let path = normal(&text.path);
        self.project
            .sources
            .add(Source::new(text.shown.clone(), text.text));
        let entry = match template {
            Ok(template) => {
                let id = TemplateId(self.project.templates.len() as u32);
                self.project.templates.push(template);
                let boundary = self.boundary(&path);
                self.project.boundaries.push(boundary);
                self.project.places.push(path.clone());
                Ok(id)
            }
            Err(Rejection::Other(reason)) => {
                self.skipped.push(Skipped {
                    path: text.shown,
                    reason,
                });
                Err(reason.into())
            }
            Err(Rejection::Broken(problem)) => {
                let message: Str = problem.message.clone().into();
                self.failures.push(Failure {
                    path: text.shown,
                    message: problem.message.clone(),
                    problem: Some(*problem),
                });
                Err(message)
            }
        };
        self.by_path.insert(path, entry);
    }

    /// True when a loaded template lies in a folder.
    pub fn holds_template(&self, folder: &Path) -> bool {
        let folder = normal(folder);
        self.project.places.iter().any(|path| path.starts_with(&folder))
    }

    /// The loaded templates by path, each once however often it was read.
    pub(super) fn loaded(&self) -> impl Iterator<Item = (&PathBuf, TemplateId)> {
        let by_path = self.by_path.iter();
        by_path.filter_map(|(path, template)| Some((path, *template.as_ref().ok()?)))
    }

    /// Notes what a CDK app says about the stack of the template at a path, where that template is loaded.
    pub fn note_pseudo(&mut self, path: &Path, pseudo: PseudoParameters) {
        if let Some(Ok(template)) = self.by_path.get(&normal(path)) {
            self.project.app_pseudo.insert(*template, pseudo);
        }
    }

    /// Reads a template again with the parameter values of one stack, for loops that depend on them.
    pub(super) fn variant(&mut self, template: TemplateId, given: &IndexMap<Str, Str>) -> TemplateId {
        let pairs = given.iter().map(|(name, value)| (name.clone(), value.clone()));
        let key = (template, pairs.collect());
        if let Some(known) = self.variants.get(&key) {
            return *known;
        }
        let file = self.project.templates[template.0 as usize].file;
        let text = self.project.sources.get(file).text().clone();
        let Ok(document) = parse(file, &text) else {
            return template;
        };
        let id = TemplateId(self.project.templates.len() as u32);
        self.project.templates.push(lower(document, given));
        self.project
            .boundaries
            .push(self.project.boundaries[template.0 as usize].clone());
        self.project
            .places
            .push(self.project.places[template.0 as usize].clone());
        self.variants.insert(key, id);
        id
    }

    /// The folder that links of a template may not leave: the nearest one above it with a repository or a licence of
    /// its own, since such a folder is somebody's whole project; else the project root.
    fn boundary(&mut self, path: &Path) -> Str {
        let Some(folder) = path.parent() else {
            return "".into();
        };
        if let Some(known) = self.boundaries.get(folder) {
            return known.clone();
        }
        let mut found = self.project.root.clone();
        for candidate in folder.ancestors() {
            if candidate == self.project.root {
                break;
            }
            if self.is_project(candidate) {
                found = candidate.to_path_buf();
                break;
            }
        }
        let found: Str = found.to_string_lossy().into();
        self.boundaries.insert(folder.to_path_buf(), found.clone());
        found
    }

    fn is_project(&self, folder: &Path) -> bool {
        const MARKS: &[&str] = &[
            "LICENSE",
            "LICENSE.txt",
            "LICENSE.md",
            "LICENCE",
            "LICENCE.txt",
            "LICENCE.md",
            "COPYING",
        ];
        let git = folder.join(".git");
        self.files.is_dir(&git)
            || self.files.is_file(&git)
            || MARKS.iter().any(|mark| self.files.is_file(&folder.join(mark)))
    }

    /// The CDK assets of a folder.
    pub(super) fn assets(&mut self, folder: &Path) -> &AssetMap {
        let files = self.files;
        self.assets
            .entry(folder.to_path_buf())
            .or_insert_with(|| AssetMap::load(files, &cdk::asset_manifests(folder)))
    }
}

/// Why a text gives no template, with the problem boxed because it is large and rare.
enum Rejection {
    Other(&'static str),
    Broken(Box<Problem>),
}

fn accept(parsed: Result<Document, Problem>, text: &Text) -> Result<Template, Rejection> {
    match parsed {
        Ok(document) => match not_a_template(&document.root) {
            None => Ok(lower(document, &IndexMap::new())),
            Some(reason) => Err(Rejection::Other(reason)),
        },
        Err(problem) if text.named || is_meant_as_template(&text.text) => {
            Err(Rejection::Broken(Box::new(problem)))
        }
        Err(_) => Err(Rejection::Other("not YAML or JSON")),
    }
}

/// A path without `.` and `..`, links not followed.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}
