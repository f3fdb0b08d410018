//! The files around the inputs of a run.

use std::path::{Component, Path, PathBuf};

use super::{BadPattern, Discovered, Options, discover_at_most};
use crate::files::Files;

/// Most files and folders that are looked at around the inputs: a repository of this size takes about a second, and larger
/// ones hold little that is CloudFormation.
pub const MAX_SURROUNDING_ENTRIES: usize = 100_000;

/// What a walk of `root`, an absolute path, finds for the inputs of a run; up to [`MAX_SURROUNDING_ENTRIES`].
///
/// # Errors
/// When a pattern of the options is malformed.
pub fn surroundings(
    files: &dyn Files,
    cwd: &Path,
    root: &Path,
    options: &Options,
) -> Result<Discovered, BadPattern> {
    discover_at_most(
        files,
        cwd,
        &[relative(cwd, root)],
        options,
        Some(MAX_SURROUNDING_ENTRIES),
    )
}

/// A folder as one would type it in another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    if let Ok(below) = to.strip_prefix(from) {
        return Path::new(".").join(below);
    }
    match from.strip_prefix(to) {
        Ok(above) => above.components().map(|_| Component::ParentDir).collect(),
        Err(_) => to.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_reached_from_another_by_the_shortest_way() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/r", "/r"), Path::new("."));
        assert_eq!(way("/r", "/r/a/b"), Path::new("./a/b"));
        assert_eq!(way("/r/a/b", "/r"), Path::new("../.."));
        assert_eq!(way("/r/a", "/s"), Path::new("/s"));
    }
}
