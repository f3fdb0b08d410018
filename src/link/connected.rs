//! The templates that are tied to others by nested stacks and imports: what a template is deployed with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::instantiate::{RootValues, Roots, instantiate};
use super::workspace::{Nesting, Workspace, normal};
use crate::eval::Evaluator;
use crate::files::Files;
use crate::project::discover::{Input, Origin, Skipped, may_be_template, read};
use crate::project::{Child, MissingChild, Project, StackId, TemplateId};
use crate::source::FileId;

/// Words without one of which a template is tied to no other, unless another one nests it.
const TIES: &[&str] = &[
    "AWS::CloudFormation::Stack",
    "AWS::Serverless::Application",
    "ImportValue",
    "Export",
];

/// Most bytes that are read of the files around the inputs: 256 MiB, of which some hundred are read in a second.
pub const MAX_AROUND_BYTES: u64 = 256 << 20;

/// Where templates are searched that belong to others.
pub struct Search<'s> {
    /// Access to files.
    pub files: &'s dyn Files,
    /// The folder that relative paths of nested templates may not leave.
    pub root: &'s Path,
    /// What a run was asked about.
    pub asked: &'s [Input],
    /// Other names of what it was asked about, each with the name that it has among the inputs.
    pub aliases: &'s [(PathBuf, PathBuf)],
    /// The text of the input that stands for standard input.
    pub stdin: Option<(&'s Path, &'s str)>,
    /// Files that may be templates.
    pub candidates: &'s [Input],
    /// Places of files that are gone.
    pub deleted: &'s BTreeSet<PathBuf>,
    /// Values of parameters, on which locations may depend.
    pub values: &'s RootValues,
    /// How nested templates are found.
    pub nesting: &'s Nesting,
    /// Templates that are roots whatever nests them.
    pub entrypoints: &'s [PathBuf],
}

/// Files that are read before their bytes are counted.
const READ_AT_ONCE: usize = 256;

/// What a search found.
#[derive(Debug, Default)]
pub struct Around {
    /// Templates to load beside those asked about.
    pub inputs: Vec<Input>,
    /// Other files that may be templates, to which a location may lead.
    pub offered: Vec<Input>,
    /// Files that may belong to them and cannot be read or parsed.
    pub unread: Vec<Skipped>,
    /// True when [`MAX_AROUND_BYTES`] ended the search.
    pub is_cut: bool,
}

/// Reason for a file that is not loaded as context.
pub const NOT_CONTEXT: &str = "not readable as a template, so it is no context for others";

impl Search<'_> {
    /// Finds the templates of the deployments that what was asked about is part of, and of the deployments that these
    /// import from or export to, however far.
    pub fn run(&self) -> Around {
        let mut out = Around::default();
        let tied = self.sift(&mut out);
        if tied.is_empty() {
            return out;
        }
        let project = Project {
            root: self.root.to_path_buf(),
            ..Project::default()
        };
        let mut workspace = Workspace::new(self.files, project);
        workspace.nesting = self.nesting.clone();
        workspace.load(self.asked, self.stdin);
        workspace.failures.clear();
        for (name, input) in self.aliases {
            workspace.alias(name, input);
        }
        let asked: FxHashSet<FileId> = files(&workspace.project, 0..workspace.project.templates.len());
        workspace.load(&tied, None);
        let unread = workspace.failures.drain(..).map(|failure| Skipped {
            path: failure.path,
            reason: NOT_CONTEXT,
        });
        out.unread.extend(unread);
        workspace.offer(&out.offered);
        let roots = Roots::All {
            entrypoints: self.entrypoints,
        };
        instantiate(&mut workspace, self.values, &roots);
        let mut seeds = asked.clone();
        seeds.extend(bereft(&workspace.project, self.deleted));
        let kept = connected(&workspace.project, &seeds);
        let found: IndexMap<FileId, TemplateId> = kept
            .into_iter()
            .map(|id| (workspace.project.templates[id.0 as usize].file, id))
            .filter(|(file, _)| !asked.contains(file))
            .collect();
        out.inputs = found
            .into_iter()
            .map(|(file, id)| Input {
                path: workspace.project.places[id.0 as usize].clone(),
                shown: workspace.project.sources.get(file).path().clone(),
                origin: Origin::Found,
            })
            .collect();
        out
    }

    /// The candidates that may be tied to others; those that others may lead to are offered.
    fn sift(&self, out: &mut Around) -> Vec<Input> {
        let mut tied = Vec::new();
        let mut bytes = 0;
        for part in self.candidates.chunks(READ_AT_ONCE) {
            let texts: Vec<_> = part
                .par_iter()
                .map(|input| read(self.files, &input.path, &input.shown))
                .collect();
            for (input, text) in part.iter().zip(texts) {
                let Ok(text) = text else { continue };
                bytes += text.len() as u64;
                if !may_be_template(&text) {
                    continue;
                }
                if TIES.iter().any(|word| text.contains(word)) {
                    tied.push(input.clone());
                } else {
                    out.offered.push(input.clone());
                }
            }
            if bytes > MAX_AROUND_BYTES {
                out.is_cut = true;
                break;
            }
        }
        tied
    }
}

/// The files of some templates.
fn files(project: &Project, templates: std::ops::Range<usize>) -> FxHashSet<FileId> {
    let templates = project.templates[templates].iter();
    templates.map(|template| template.file).collect()
}

/// The templates with a nested stack whose template was at one of the places.
pub fn bereft(project: &Project, deleted: &BTreeSet<PathBuf>) -> FxHashSet<FileId> {
    let mut out = FxHashSet::default();
    for stack in project.stack_ids().filter(|_| !deleted.is_empty()) {
        let instance = project.stack(stack);
        let path = &project.places[instance.template.0 as usize];
        let folder = path.parent().unwrap_or(path);
        let has_lost = |child: &Child| match child {
            Child::Missing(MissingChild::NotFound(path)) => deleted.contains(&normal(&folder.join(&**path))),
            Child::Missing(MissingChild::Remote(url)) => {
                let name = url.rsplit('/').next().unwrap_or_default();
                deleted.iter().any(|path| path.ends_with(name))
            }
            _ => false,
        };
        if instance.children.values().any(has_lost) {
            out.insert(project.file(stack));
        }
    }
    out
}

/// The templates of all deployments that hang together with one that some files have a part in: two do when they use one
/// template, or when one imports what the other exports.
fn connected(project: &Project, seeds: &FxHashSet<FileId>) -> BTreeSet<TemplateId> {
    let root = |stack: StackId| project.stack(stack).root;
    let eval = Evaluator::new(project);
    let mut neighbours: FxHashMap<StackId, Vec<StackId>> = FxHashMap::default();
    let mut tie = |left: StackId, right: StackId| {
        neighbours.entry(left).or_default().push(right);
        neighbours.entry(right).or_default().push(left);
    };
    let mut users: FxHashMap<FileId, StackId> = FxHashMap::default();
    for stack in project.stack_ids() {
        let first = *users.entry(project.file(stack)).or_insert(root(stack));
        tie(first, root(stack));
        for exporter in eval.exporters_of(stack) {
            tie(root(exporter), root(stack));
        }
    }
    let mut reached: FxHashSet<StackId> = FxHashSet::default();
    let mut open: Vec<StackId> = seeds.iter().filter_map(|file| users.get(file)).copied().collect();
    while let Some(stack) = open.pop() {
        if reached.insert(stack) {
            open.extend(neighbours.get(&stack).into_iter().flatten());
        }
    }
    let stacks = project
        .stack_ids()
        .filter(|stack| reached.contains(&root(*stack)));
    stacks.map(|stack| project.stack(stack).template).collect()
}
