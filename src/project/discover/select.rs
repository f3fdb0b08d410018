//! Which files of a folder are considered: extensions, `--include`, `--exclude`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Extensions of the files that are looked into, compared without regard to case.
pub const EXTENSIONS: &[&str] = &["yaml", "yml", "json", "template", "tmpl"];

/// How inputs become files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Patterns of files that are looked into beside those of [`EXTENSIONS`].
    pub include: Globs,
    /// Patterns of files and folders that are left out; for all inputs but files and folders that are named themselves.
    pub exclude: Globs,
    /// Lets `exclude` decide over named files and folders too.
    pub force_exclude: bool,
    /// Considers files that a `.gitignore` names.
    pub no_gitignore: bool,
    /// The file that standard input stands for.
    pub stdin_filename: Option<PathBuf>,
    /// Which templates beside these are loaded.
    pub context: Context,
    /// Narrows what is asked about to the files that changed; the others are context.
    pub changed: Option<Changes>,
}

/// Which templates are loaded beside those that a run is asked about, so that references resolve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// None.
    Nothing,
    /// Those that nested stacks lead to: for cases of tests, which must stand alone.
    #[default]
    Children,
    /// Those of the repository that are tied to them by nested stacks and imports, in either direction and however far.
    Connected,
    /// Every template under the project root.
    Project,
}

/// The files that differ between two states of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files, and folders that stand for all they hold, such as submodules; their real places.
    pub present: BTreeSet<PathBuf>,
    /// The places of files that are gone.
    pub deleted: BTreeSet<PathBuf>,
}

impl Changes {
    /// True when the file at a real place changed.
    pub fn cover(&self, real: &Path) -> bool {
        real.ancestors().any(|path| self.present.contains(path))
    }
}

/// Patterns of paths as they were written; the syntax is that of the lines of a `.gitignore`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globs {
    /// The folder that they start from, absolute; the current one where it is left out.
    pub base: Option<PathBuf>,
    /// One a line.
    pub lines: Vec<String>,
}

impl From<Vec<String>> for Globs {
    fn from(lines: Vec<String>) -> Self {
        Self { base: None, lines }
    }
}

/// A pattern that cannot be read: a mistake of usage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {message}")]
pub struct BadPattern {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub message: String,
}

impl BadPattern {
    pub(super) fn new(pattern: &str, message: impl Into<String>) -> Self {
        Self {
            pattern: pattern.to_owned(),
            message: message.into(),
        }
    }
}

/// Patterns of paths, in the syntax of a `.gitignore` in the folder that the paths start from.
#[derive(Clone, Debug)]
pub struct Patterns(Gitignore);

impl Patterns {
    /// Compiles patterns; `./` in front of one means its beginning.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn new(patterns: &[String]) -> Result<Self, BadPattern> {
        compile(patterns).map(Self)
    }

    /// True when a pattern names the path, or a folder above it.
    pub fn matches(&self, relative: &Path, is_dir: bool) -> bool {
        // A path outside of the folder keeps its names only: patterns without a folder still match.
        let relative = relative.strip_prefix("/").unwrap_or(relative);
        self.0.matched_path_or_any_parents(relative, is_dir).is_ignore()
    }
}

/// The patterns of [`Options`], compiled.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    include: Based,
    exclude: Based,
}

impl Selection {
    /// `cwd` is the folder that the paths are relative to.
    pub(super) fn new(options: &Options, cwd: &Path) -> Result<Self, BadPattern> {
        Ok(Self {
            include: Based::new(&options.include, cwd)?,
            exclude: Based::new(&options.exclude, cwd)?,
        })
    }

    /// True when a file that a walk came upon is to be looked into, by its extension or by `--include`.
    pub(super) fn includes(&self, shown: &str) -> bool {
        let extension = Path::new(shown).extension().and_then(|text| text.to_str());
        let is_usual =
            extension.is_some_and(|text| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(text)));
        is_usual || self.include.matches(shown, false)
    }

    /// True when `--exclude` names the path or a folder above it.
    pub(super) fn excludes(&self, shown: &str, is_dir: bool) -> bool {
        self.exclude.matches(shown, is_dir)
    }
}

/// Compiled patterns with the folder that they start from.
#[derive(Clone, Debug)]
struct Based {
    patterns: Patterns,
    /// The current folder and the one that the patterns start from, where that is another.
    folders: Option<(PathBuf, PathBuf)>,
}

impl Based {
    fn new(globs: &Globs, cwd: &Path) -> Result<Self, BadPattern> {
        let base = globs.base.as_ref().filter(|base| *base != cwd);
        Ok(Self {
            patterns: Patterns::new(&globs.lines)?,
            folders: base.map(|base| (cwd.to_path_buf(), base.clone())),
        })
    }

    /// True when a pattern names the path, which is relative to the current folder where it lies in it, or a folder above.
    fn matches(&self, shown: &str, is_dir: bool) -> bool {
        let Some((cwd, base)) = &self.folders else {
            return self.patterns.matches(Path::new(shown), is_dir);
        };
        lexical(&cwd.join(shown))
            .strip_prefix(base)
            .is_ok_and(|below| self.patterns.matches(below, is_dir))
    }
}

/// A path without `..`, which no link is followed for.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

/// Patterns as a `.gitignore` in the current directory.
fn compile(patterns: &[String]) -> Result<Gitignore, BadPattern> {
    let mut builder = GitignoreBuilder::new(".");
    builder.allow_unclosed_class(false);
    for pattern in patterns {
        // `./templates/**` is how a shell completes it; in the syntax of `.gitignore` it would match nothing.
        let line = pattern
            .strip_prefix("./")
            .map_or_else(|| pattern.clone(), |rest| format!("/{rest}"));
        builder
            .add_line(None, &line)
            .map_err(|error| BadPattern::new(pattern, reason(&error)))?;
    }
    builder
        .build()
        .map_err(|error| BadPattern::new(&patterns.join(", "), reason(&error)))
}

/// What is wrong with a pattern, without the pattern itself.
fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}
