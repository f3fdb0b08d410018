//! The folders around the inputs of a run.

use std::path::{Path, PathBuf};

use crate::files::Files;
use crate::link::normal;

/// The nearest folder that holds all inputs.
pub(super) fn common_folder<'p>(inputs: impl Iterator<Item = &'p Path>) -> Option<PathBuf> {
    let mut common: Option<PathBuf> = None;
    for input in inputs {
        let input = normal(input);
        let folder = input.parent().unwrap_or(&input);
        common = Some(match common {
            None => folder.to_path_buf(),
            Some(common) => common
                .ancestors()
                .find(|above| folder.starts_with(above))
                .unwrap_or(Path::new("/"))
                .to_path_buf(),
        });
    }
    common
}

/// The root of the git repository around a folder.
pub(super) fn repository_around(files: &dyn Files, folder: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|folder| {
        let git = folder.join(".git");
        files.is_dir(&git) || files.is_file(&git)
    });
    root.map(Path::to_path_buf)
}

/// The folder that links may not leave: the repository around the inputs; without one the current folder where all
/// inputs lie in it, else the nearest folder that holds them all.
pub(super) fn project_root(cwd: &Path, repository: Option<&Path>, common: Option<PathBuf>) -> PathBuf {
    match (repository, common) {
        (Some(root), _) => root.to_path_buf(),
        (None, Some(common)) if !common.starts_with(cwd) => common,
        (None, _) => cwd.to_path_buf(),
    }
}
