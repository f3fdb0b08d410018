//! What is loaded for a run: what it was asked about, and the templates around that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::files::Files;
use crate::link::{Around, Nesting, RootValues, Search};
use crate::project::cdk::StackArtifact;
use crate::project::discover::{
    BadPattern, Changes, Context, Discovered, Input, Options, Skipped, surroundings,
};

/// The files of a run, parted.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// What the run was asked about.
    pub(super) asked: Vec<Input>,
    /// What is loaded beside it.
    pub(super) context: Vec<Input>,
    /// Files that may be templates, to which a location may lead.
    pub(super) offered: Vec<Input>,
    /// Other names of what was asked about, each with the name that it has among the inputs.
    pub(super) aliases: Vec<(PathBuf, PathBuf)>,
    /// What CDK manifests say about the context.
    pub(super) stacks: Vec<StackArtifact>,
    /// Files that may be context and cannot be read or parsed.
    pub(super) unread: Vec<Skipped>,
    /// True when a limit ended the search.
    pub(super) is_cut: bool,
}

/// Where a run looks for more than it was asked about.
pub(super) struct Place<'p> {
    pub(super) files: &'p dyn Files,
    pub(super) cwd: &'p Path,
    /// The folder that links may not leave.
    pub(super) root: &'p Path,
    /// True when that is a repository: only there is it known that what lies around belongs together.
    pub(super) is_repository: bool,
    pub(super) stdin: Option<(&'p Path, &'p str)>,
    pub(super) values: &'p RootValues,
    pub(super) nesting: &'p Nesting,
    /// Templates that are roots whatever nests them.
    pub(super) entrypoints: &'p [PathBuf],
}

/// Parts the inputs into what a run was asked about and what may be context.
pub(super) fn parted(
    files: &dyn Files,
    inputs: Vec<Input>,
    changed: Option<&Changes>,
) -> (Vec<Input>, Vec<Input>) {
    let Some(changed) = changed else {
        return (inputs, Vec::new());
    };
    inputs.into_iter().partition(|input| {
        let real = files.canonical(&input.path);
        changed.cover(&real.unwrap_or_else(|_| input.path.clone()))
    })
}

/// True when some of the inputs were named themselves. A folder is taken for the whole of what is deployed from it.
fn is_list(asked: &[Input], discovered: &Discovered) -> bool {
    let in_folder = |input: &Input| {
        let mut folders = discovered.folders.iter();
        !input.is_named() && folders.any(|folder| input.path.starts_with(&folder.path))
    };
    !asked.iter().all(in_folder)
}

impl Place<'_> {
    /// Finds what is loaded beside the inputs; `others` are inputs that the run was not asked about.
    pub(super) fn search(
        &self,
        asked: Vec<Input>,
        others: Vec<Input>,
        discovered: &Discovered,
        options: &Options,
    ) -> Result<Surroundings, BadPattern> {
        let nothing_gone = BTreeSet::new();
        let deleted = options
            .changed
            .as_ref()
            .map_or(&nothing_gone, |changed| &changed.deleted);
        let mut out = Surroundings::default();
        let is_wanted = match options.context {
            Context::Nothing | Context::Children => false,
            Context::Connected => {
                self.is_repository && (options.changed.is_some() || is_list(&asked, discovered))
            }
            Context::Project => true,
        };
        if !is_wanted || asked.is_empty() && deleted.is_empty() {
            out.asked = asked;
            return Ok(out);
        }
        let mut candidates = others;
        let is_walked = discovered.folders.iter().any(|folder| folder.path == self.root);
        if !is_walked {
            let found = surroundings(self.files, self.cwd, self.root, options)?;
            candidates.extend(found.files);
            out.stacks = found.stacks;
            out.is_cut = found.is_cut;
        }
        self.leave_out_known(&asked, &mut candidates, &mut out);
        if options.context == Context::Project {
            out.context = candidates;
        } else {
            let search = Search {
                files: self.files,
                root: self.root,
                asked: &asked,
                aliases: &out.aliases,
                stdin: self.stdin,
                candidates: &candidates,
                deleted,
                values: self.values,
                nesting: self.nesting,
                entrypoints: self.entrypoints,
            };
            let Around {
                inputs,
                offered,
                unread,
                is_cut,
            } = search.run();
            out.context = inputs;
            out.offered = offered;
            out.unread = unread;
            out.is_cut |= is_cut;
        }
        out.asked = asked;
        Ok(out)
    }

    /// Takes out of the candidates what is an input already, and each but once.
    fn leave_out_known(&self, asked: &[Input], candidates: &mut Vec<Input>, out: &mut Surroundings) {
        let real = |path: &Path| self.files.canonical(path).unwrap_or_else(|_| path.to_path_buf());
        let mut known: FxHashMap<PathBuf, PathBuf> = FxHashMap::default();
        for input in asked {
            known.insert(real(&input.path), input.path.clone());
        }
        candidates.retain(|candidate| {
            let place = real(&candidate.path);
            match known.get(&place) {
                Some(input) if *input == candidate.path => false,
                Some(input) => {
                    out.aliases.push((candidate.path.clone(), input.clone()));
                    false
                }
                None => {
                    known.insert(place, candidate.path.clone());
                    true
                }
            }
        });
    }
}
