//! Paths from the root of the repository: the same from whichever folder a run is started, as code hosts know them.

use std::path::{Component, Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

/// Where the paths of a report start from, and where the repository around the inputs lies.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    cwd: PathBuf,
    root: Option<PathBuf>,
}

impl Repository {
    /// The repository at `root`, which is absolute as `cwd` is; without one, paths start from `cwd`.
    pub(super) fn new(cwd: PathBuf, root: Option<PathBuf>) -> Self {
        let root = root.map(|root| normal(&root));
        Self { cwd, root }
    }

    /// A path of the report from the root of the repository, with `/` as separator and no `.` in front; as it is where the
    /// file lies outside. In Unicode's form C, since some file systems give names in form D
    /// (<https://www.unicode.org/reports/tr15/>).
    pub fn path(&self, shown: &str) -> String {
        let absolute = normal(&self.cwd.join(shown));
        let inside = self
            .root
            .as_ref()
            .and_then(|root| absolute.strip_prefix(root).ok());
        let path = match inside {
            Some(path) if path.components().next().is_some() => {
                let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
                parts.join("/")
            }
            _ => shown.trim_start_matches("./").to_owned(),
        };
        path.nfc().collect()
    }
}

/// A path without `.` and `..`; the file system is not asked, so that links count as folders.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_does_not_depend_on_the_folder_of_the_run() {
        for (cwd, shown) in [
            ("/r/app/sub", "t.yaml"),
            ("/r/app/sub", "./t.yaml"),
            ("/r/app", "sub/t.yaml"),
            ("/r/app/other", "../sub/./t.yaml"),
            ("/r", "app/sub/t.yaml"),
            ("/elsewhere", "/r/app/sub/t.yaml"),
        ] {
            let repository = Repository::new(cwd.into(), Some("/r/x/../app".into()));
            assert_eq!(repository.path(shown), "sub/t.yaml", "{cwd} {shown}");
        }
    }

    #[test]
    fn outside_of_a_repository_paths_stay() {
        let inside = Repository::new("/r/app".into(), Some("/r/app".into()));
        assert_eq!(inside.path("../lib/t.yaml"), "../lib/t.yaml");
        assert_eq!(inside.path("/r/app"), "/r/app");
        let none = Repository::new("/r/app".into(), None);
        assert_eq!(none.path("./sub/t.yaml"), "sub/t.yaml");
    }

    #[test]
    fn a_name_in_form_d_is_given_in_form_c() {
        let repository = Repository::default();
        assert_eq!(
            repository.path("u\u{308}/\u{1112}\u{1161}\u{11ab}.yaml"),
            "ü/한.yaml"
        );
    }
}
