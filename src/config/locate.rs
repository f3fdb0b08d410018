//! Where the configuration file of a run is.

use std::path::{Path, PathBuf};

use crate::files::Files;

/// The names of the file, in any folder from the current one up to the root of the repository.
pub const NAMES: &[&str] = &[
    ".ecslint.yaml",
    ".ecslint.yml",
    "ecslint.yaml",
    ".config/ecslint.yaml",
];

/// The folder for configuration whose own folder paths are relative to.
const CONFIG_FOLDER: &str = ".config";

/// Several configuration files stand in one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous(pub(super) Vec<PathBuf>);

/// The configuration file for a folder: the nearest one from there up to the root of the git repository. Outside of a
/// repository only the folder itself is looked into, so that no stranger's file far above decides.
pub(super) fn locate(files: &dyn Files, cwd: &Path) -> Result<Option<PathBuf>, Ambiguous> {
    let is_root = |folder: &Path| files.canonical(&folder.join(".git")).is_ok();
    let in_repository = cwd.ancestors().any(is_root);
    for folder in cwd.ancestors() {
        let found: Vec<PathBuf> = NAMES
            .iter()
            .map(|name| folder.join(name))
            .filter(|path| files.canonical(path).is_ok())
            .collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(Some(only.clone())),
            _ => return Err(Ambiguous(found)),
        }
        if !in_repository || is_root(folder) {
            break;
        }
    }
    Ok(None)
}

/// The folder that relative paths in a configuration file start from: its own, and for `.config/ecslint.yaml` the one above.
pub(super) fn base(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(path);
    let is_config = folder.file_name().is_some_and(|name| name == CONFIG_FOLDER);
    match folder.parent() {
        Some(above) if is_config => above.to_path_buf(),
        _ => folder.to_path_buf(),
    }
}
