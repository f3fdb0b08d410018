//! What a run was asked about, and what was only loaded to answer it.

use rustc_hash::FxHashSet;

use super::{Child, Project, ResourceId, StackId};
use crate::source::FileId;

/// The templates that a run was asked about. All others are context: loaded so that references resolve.
#[derive(Clone, Debug, Default)]
pub enum Focus {
    /// Every template.
    #[default]
    All,
    /// The templates in these files.
    Files(FxHashSet<FileId>),
}

impl Focus {
    /// True when the file was asked about.
    pub fn holds(&self, file: FileId) -> bool {
        match self {
            Focus::All => true,
            Focus::Files(files) => files.contains(&file),
        }
    }

    /// True when no template was asked about.
    pub fn is_empty(&self) -> bool {
        matches!(self, Focus::Files(files) if files.is_empty())
    }

    /// Adds files.
    pub fn extend(&mut self, more: impl IntoIterator<Item = FileId>) {
        if let Focus::Files(files) = self {
            files.extend(more);
        }
    }

    /// True when there may be context.
    pub fn is_partial(&self) -> bool {
        matches!(self, Focus::Files(_))
    }
}

impl Project {
    /// True when the template of a stack was asked about, or that of a stack above it.
    pub fn is_touched(&self, stack: StackId) -> bool {
        let above = |stack: &StackId| self.stack(*stack).parent.map(|resource| resource.stack);
        std::iter::successors(Some(stack), above).any(|stack| self.focus.holds(self.file(stack)))
    }

    /// True when a template was asked about, or makes a stack below one that was.
    pub fn is_touched_file(&self, file: FileId) -> bool {
        let makes = |stack: &StackId| self.file(*stack) == file;
        self.focus.holds(file) || self.stack_ids().filter(makes).any(|stack| self.is_touched(stack))
    }

    /// True for a nested stack whose template was asked about.
    pub fn nests_touched(&self, nested: ResourceId) -> bool {
        let child = self
            .stack(nested.stack)
            .children
            .get(&self.resource(nested).id.text);
        match child {
            Some(Child::Stack { id, .. }) => self.focus.holds(self.file(*id)),
            Some(Child::Missing(_)) | None => false,
        }
    }
}
