//! The files that a run of `init` is to write: all of them are settled before the first is written.

use std::path::{Path, PathBuf};

use crate::cli::exit::Failure;
use crate::files::{Disk, Files};
use crate::project::discover;

/// What is to be written, and what is to be said.
pub(super) struct Plan {
    cwd: PathBuf,
    force: bool,
    dry_run: bool,
    files: Vec<Planned>,
    kept: Vec<&'static str>,
    remarks: Vec<String>,
    steps: Vec<String>,
}

/// A file with its new text.
struct Planned {
    path: &'static str,
    text: String,
    /// True for a file that was there.
    changed: bool,
}

impl Plan {
    /// A plan for a folder; `force` lets it write over files, `dry_run` means that it is only shown.
    pub(super) fn new(cwd: &Path, force: bool, dry_run: bool) -> Self {
        Self {
            cwd: cwd.to_path_buf(),
            force,
            dry_run,
            files: Vec::new(),
            kept: Vec::new(),
            remarks: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// A new file.
    ///
    /// # Errors
    /// When something is there, and `force` does not say to write over it.
    pub(super) fn file(&mut self, path: &'static str, text: &str) -> Result<(), Failure> {
        let changed = self.is_there(path);
        if changed && !self.force && !self.dry_run {
            let failure = Failure::usage(format!("{path} is there already, and nothing was written"));
            return Err(failure.help("`--force` writes over it, `--dry-run` prints what would be written"));
        }
        self.add(path, text, changed);
        Ok(())
    }

    /// A file that is there with a new text that was made from its old one.
    pub(super) fn replace(&mut self, path: &'static str, text: &str) {
        self.add(path, text, true);
    }

    fn add(&mut self, path: &'static str, text: &str, changed: bool) {
        let text = text.to_owned();
        self.files.push(Planned { path, text, changed });
    }

    /// True when a file is there and stays as it is.
    pub(super) fn keeps(&mut self, path: &'static str) -> bool {
        let keeps = self.is_there(path) && !self.force;
        if keeps {
            self.kept.push(path);
        }
        keeps
    }

    /// True for a link that leads nowhere, too: it would be written through.
    pub(super) fn is_there(&self, path: &str) -> bool {
        self.cwd.join(path).symlink_metadata().is_ok()
    }

    /// The text of a file that is there.
    pub(super) fn existing(&self, path: &'static str) -> Result<Option<String>, Failure> {
        if !Disk.is_file(&self.cwd.join(path)) {
            return Ok(None);
        }
        let text = discover::read(&Disk, &self.cwd.join(path), &path.into());
        text.map(Some)
            .map_err(|error| Failure::usage(format!("cannot read {path}: {}", error.message)))
    }

    /// Something to say about a file.
    pub(super) fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    /// Something to do afterwards.
    pub(super) fn next(&mut self, step: impl Into<String>) {
        self.steps.push(step.into());
    }

    /// What to do afterwards.
    pub(super) fn steps(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(String::as_str)
    }

    /// The files that are written.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().map(|file| file.path)
    }

    /// Every file with its text, for people.
    pub(super) fn shown(&self) -> String {
        let mut out = String::new();
        for file in &self.files {
            let verb = if file.changed {
                "would change"
            } else {
                "would write"
            };
            out.push_str(&format!("# {verb} {}\n{}\n", file.path, file.text));
        }
        for remark in &self.remarks {
            out.push_str(&format!("# {}\n", remark.trim_end().replace('\n', "\n# ")));
        }
        out
    }

    /// Writes the files.
    pub(super) fn write(&self) -> Result<(), Failure> {
        for file in &self.files {
            let path = self.cwd.join(file.path);
            let folder = path.parent().unwrap_or(&self.cwd);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, &file.text))
                .map_err(|error| Failure::usage(format!("cannot write {}: {error}", file.path)))?;
        }
        Ok(())
    }

    /// What was written and what was not.
    pub(super) fn report(&self) -> String {
        let mut out = String::new();
        for file in &self.files {
            let verb = if file.changed { "changed" } else { "wrote" };
            out.push_str(&format!("{verb} {}\n", file.path));
        }
        for path in &self.kept {
            out.push_str(&format!("kept {path}, which is there already\n"));
        }
        for remark in &self.remarks {
            out.push_str(&format!("{}\n", remark.trim_end()));
        }
        out
    }
}
