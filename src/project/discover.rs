//! Command-line inputs to the files that are read: files, folders, patterns, CDK assemblies, standard input.

mod read;
mod select;
mod sniff;
mod surroundings;
#[cfg(test)]
mod tests;

use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;
use indexmap::IndexMap;
use indexmap::map::Entry;

use super::cdk::{self, StackArtifact};
use crate::files::Files;
use crate::source::Str;

use read::NOT_FOUND;
pub use read::{Unreadable, decode, read};
use select::Selection;
pub use select::{BadPattern, Changes, Context, EXTENSIONS, Globs, Options, Patterns};
pub use sniff::{EMPTY, OTHER, is_meant_as_template, is_template, may_be_template, not_a_template};
pub use surroundings::{MAX_SURROUNDING_ENTRIES, surroundings};

/// Name under which standard input is reported when no file name is given for it.
pub const STDIN_NAME: &str = "<stdin>";

/// Folders that are never entered on a walk: they hold other people's files, in great number.
const NEVER_ENTERED: &[&str] = &[".git", "node_modules"];

/// How an input was reached. Ordered: the stronger claim on the same file wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Found in a folder, by a pattern or through a CDK manifest.
    Found,
    /// A file named on the command line: whatever its extension, it is read, and must be readable.
    Named,
    /// Standard input, in place of the file whose name it was given.
    Stdin,
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where to open it. For standard input: where the file would stand, so that relative paths in it have a base.
    pub path: PathBuf,
    /// The path as it is reported: relative to the current directory where it lies in it, `/` as separator.
    pub shown: Str,
    /// How it was reached.
    pub origin: Origin,
}

impl Input {
    /// True when the user asked for this very file: a text that does not parse is then an error, whatever it holds.
    pub fn is_named(&self) -> bool {
        self.origin != Origin::Found
    }
}

/// A folder given as an input; finding no template in it is for the caller to judge, who parses the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it is; the paths of its files start with it.
    pub path: PathBuf,
    /// The path as it is reported.
    pub shown: Str,
}

/// A file that was found and left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path as it is reported.
    pub path: Str,
    /// Why, as a phrase: "symbolic link".
    pub reason: &'static str,
}

/// What the inputs of a run came to. Every list is sorted by path.
#[derive(Debug, Default)]
pub struct Discovered {
    /// Each file once, however many inputs lead to it.
    pub files: Vec<Input>,
    /// Inputs that do not exist or cannot be read.
    pub errors: Vec<Unreadable>,
    /// Files with a template's extension that are not read, with the reason.
    pub skipped: Vec<Skipped>,
    /// The folders among the inputs, and those that a pattern matched.
    pub folders: Vec<Folder>,
    /// What CDK manifests say about some of the files.
    pub stacks: Vec<StackArtifact>,
    /// True when a limit ended a walk.
    pub is_cut: bool,
}

/// Finds the files of a run. Inputs are relative to `cwd`, an absolute path; `-` stands for standard input.
///
/// A file named in the inputs is taken whatever its extension and whatever ignores it. A folder is walked: hidden
/// files, symbolic links, `node_modules` and what `.gitignore` names are left out, and files are chosen by extension.
/// A text that exists as no path and holds `*`, `?` or `[` is a pattern; `.gitignore` has no say over it.
///
/// # Errors
/// When a pattern of the options or of the inputs is malformed.
pub fn discover(
    files: &dyn Files,
    cwd: &Path,
    inputs: &[PathBuf],
    options: &Options,
) -> Result<Discovered, BadPattern> {
    discover_at_most(files, cwd, inputs, options, None)
}

/// [`discover`] with a limit to the files and folders that walks look at.
fn discover_at_most(
    files: &dyn Files,
    cwd: &Path,
    inputs: &[PathBuf],
    options: &Options,
    limit: Option<usize>,
) -> Result<Discovered, BadPattern> {
    let mut finder = Finder {
        files,
        cwd,
        real_cwd: files.canonical(cwd).ok(),
        selection: Selection::new(options, cwd)?,
        options,
        left: limit.unwrap_or(usize::MAX),
        found: IndexMap::new(),
        out: Discovered::default(),
    };
    for input in inputs {
        finder.input(input)?;
    }
    Ok(finder.finish())
}

/// The state of one discovery.
struct Finder<'a> {
    files: &'a dyn Files,
    cwd: &'a Path,
    /// `cwd` with symbolic links followed, to recognise a path that leads into it by another name.
    real_cwd: Option<PathBuf>,
    selection: Selection,
    options: &'a Options,
    /// How many more files and folders walks look at.
    left: usize,
    /// Inputs by the real place of the file.
    found: IndexMap<PathBuf, Input>,
    out: Discovered,
}

impl Finder<'_> {
    fn input(&mut self, input: &Path) -> Result<(), BadPattern> {
        if input == Path::new("-") {
            self.stdin();
            return Ok(());
        }
        if input.as_os_str().is_empty() {
            // An unset variable of a shell script, which must not mean the current directory.
            self.out.errors.push(Unreadable::new("", "an empty path"));
            return Ok(());
        }
        let path = self.cwd.join(input);
        if self.files.is_file(&path) {
            self.named(path);
        } else if self.files.is_dir(&path) {
            self.folder(path);
        } else if self.files.canonical(&path).is_ok() {
            let message = "not a regular file; pipe it to standard input and pass `-`";
            self.error(&path, message);
        } else {
            match input.to_str() {
                Some(text) if text.contains(['*', '?', '[']) => self.pattern(text)?,
                _ => self.error(&path, NOT_FOUND),
            }
        }
        Ok(())
    }

    fn stdin(&mut self) {
        let name = self.options.stdin_filename.as_deref();
        let path = self.cwd.join(name.unwrap_or(Path::new(STDIN_NAME)));
        let shown = name.map_or_else(|| STDIN_NAME.into(), |_| self.shown(&path));
        self.take(path, shown, Origin::Stdin);
    }

    fn named(&mut self, path: PathBuf) {
        let shown = self.shown(&path);
        if !self.options.force_exclude {
            self.take(path, shown, Origin::Named);
        } else if self.selection.excludes(&shown, false) {
            self.skip(shown, EXCLUDED);
        } else {
            self.take(path, shown, Origin::Found);
        }
    }

    fn pattern(&mut self, text: &str) -> Result<(), BadPattern> {
        let bad = |error: glob::PatternError| BadPattern::new(text, error.msg);
        glob::Pattern::new(text).map_err(bad)?;
        let base = glob::Pattern::escape(&self.cwd.to_string_lossy());
        let absolute = if Path::new(text).is_absolute() {
            text.to_owned()
        } else {
            format!("{base}/{text}")
        };
        let options = glob::MatchOptions {
            require_literal_separator: true,
            require_literal_leading_dot: true,
            ..glob::MatchOptions::new()
        };
        let mut any = false;
        for matched in glob::glob_with(&absolute, options).map_err(bad)? {
            any = true;
            match matched {
                Ok(path) => self.matched(text, path),
                Err(error) => {
                    let shown = self.shown(error.path());
                    self.out.errors.push(Unreadable::from_io(shown, error.error()));
                }
            }
        }
        if !any {
            self.out
                .errors
                .push(Unreadable::new(text, "no file matches this pattern"));
        }
        Ok(())
    }

    /// A path that a pattern of the inputs matched: the pattern chose the extension, so the list of them has no say.
    fn matched(&mut self, pattern: &str, path: PathBuf) {
        let shown = self.shown(&path);
        let is_foreign = NEVER_ENTERED
            .iter()
            .any(|name| !pattern.contains(name) && path.components().any(|part| part.as_os_str() == *name));
        if is_foreign {
            return;
        }
        if self.files.is_dir(&path) {
            if path.is_symlink() {
                self.skip(shown, LINK);
            } else if !self.selection.excludes(&shown, true) {
                self.folder(path);
            }
        } else if self.selection.excludes(&shown, false) {
            self.skip(shown, EXCLUDED);
        } else if self.files.is_file(&path) {
            self.take(path, shown, Origin::Found);
        }
    }

    fn folder(&mut self, path: PathBuf) {
        let shown = self.shown(&path);
        if self.options.force_exclude && self.selection.excludes(&shown, true) {
            self.skip(shown, EXCLUDED);
            return;
        }
        self.out.folders.push(Folder {
            path: path.clone(),
            shown,
        });
        if !self.assembly(&path) {
            self.walk(&path);
        }
    }

    /// Takes the templates of a CDK assembly; false when the folder is none.
    fn assembly(&mut self, folder: &Path) -> bool {
        let shown = |path: &Path| self.shown(path);
        let Some(assembly) = cdk::assembly(self.files, folder, &shown) else {
            return false;
        };
        self.out.errors.extend(assembly.errors);
        for template in assembly.templates {
            let shown = self.shown(&template);
            if self.selection.excludes(&shown, false) {
                self.skip(shown, EXCLUDED);
            } else {
                self.take(template, shown, Origin::Found);
            }
        }
        self.out.stacks.extend(assembly.stacks);
        true
    }

    fn walk(&mut self, folder: &Path) {
        let excludes = self.selection.clone();
        let base = self.shown(folder);
        let prefix = folder.to_path_buf();
        let honour = !self.options.no_gitignore;
        let walk = WalkBuilder::new(folder)
            // Only what is checked in decides, so that every machine sees the same files: neither the user's own
            // ignore files nor those of other tools, and no need for a `.git` folder, which an exported tree lacks.
            .standard_filters(false)
            .hidden(true)
            .parents(honour)
            .git_ignore(honour)
            .require_git(false)
            .follow_links(false)
            // Where a limit cuts the walk off must not depend on the file system.
            .sort_by_file_name(Ord::cmp)
            .filter_entry(move |entry| {
                let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
                if entry.depth() == 0 || !is_dir {
                    return true;
                }
                let shown = entry.path().strip_prefix(&prefix).map(|rest| join(&base, rest));
                !NEVER_ENTERED.iter().any(|name| entry.file_name() == *name)
                    && !shown.is_ok_and(|shown| excludes.excludes(&shown, true))
            })
            .build();
        let mut assemblies: Vec<PathBuf> = Vec::new();
        let mut candidates = Vec::new();
        for entry in walk {
            if self.left == 0 {
                self.out.is_cut = true;
                break;
            }
            self.left -= 1;
            match entry {
                Ok(entry) => {
                    let Some(kind) = entry.file_type() else { continue };
                    if kind.is_dir() || (!kind.is_file() && !kind.is_symlink()) {
                        continue;
                    }
                    if entry.file_name() == cdk::MANIFEST && kind.is_file() {
                        assemblies.extend(entry.path().parent().map(Path::to_path_buf));
                    }
                    let shown = self.shown(entry.path());
                    if self.selection.includes(&shown) {
                        candidates.push((entry.into_path(), shown, kind.is_symlink()));
                    }
                }
                Err(error) => self.walk_error(folder, &error),
            }
        }
        // An outer assembly first: it brings the nested ones with it.
        assemblies.sort();
        assemblies.retain(|folder| self.assembly(folder));
        for (path, shown, is_symlink) in candidates {
            self.candidate(path, shown, is_symlink, &assemblies);
        }
    }

    /// A file that a walk came upon.
    fn candidate(&mut self, path: PathBuf, shown: Str, is_symlink: bool, assemblies: &[PathBuf]) {
        if self.selection.excludes(&shown, false) {
            self.skip(shown, EXCLUDED);
        } else if is_symlink {
            self.skip(shown, LINK);
        } else if let Some(reason) = cdk::not_a_template(&path) {
            self.skip(shown, reason);
        } else if assemblies.iter().any(|folder| path.starts_with(folder)) {
            if !self.is_taken(&path) {
                self.skip(shown, "not a stack template of the CDK assembly");
            }
        } else {
            self.take(path, shown, Origin::Found);
        }
    }

    fn walk_error(&mut self, folder: &Path, error: &ignore::Error) {
        let path = path_of(error).unwrap_or(folder);
        let shown = self.shown(path);
        self.out.errors.push(match error.io_error() {
            Some(io) => Unreadable::from_io(shown, io),
            None => Unreadable::new(shown, error.to_string()),
        });
    }

    /// The identity of a file: its real place, or the path itself where nothing stands (standard input).
    fn identity(&self, path: &Path) -> PathBuf {
        self.files.canonical(path).unwrap_or_else(|_| path.to_path_buf())
    }

    fn is_taken(&self, path: &Path) -> bool {
        self.found.contains_key(&self.identity(path))
    }

    fn take(&mut self, path: PathBuf, shown: Str, origin: Origin) {
        let input = Input { path, shown, origin };
        match self.found.entry(self.identity(&input.path)) {
            Entry::Vacant(place) => {
                place.insert(input);
            }
            Entry::Occupied(mut known) => {
                // Of two names for one file, the order of the inputs must not decide.
                let known_as = known.get();
                let is_stronger = origin > known_as.origin;
                if is_stronger || (origin == known_as.origin && input.shown < known_as.shown) {
                    known.insert(input);
                }
            }
        }
    }

    fn skip(&mut self, path: Str, reason: &'static str) {
        self.out.skipped.push(Skipped { path, reason });
    }

    fn error(&mut self, path: &Path, message: &str) {
        let shown = self.shown(path);
        self.out.errors.push(Unreadable::new(shown, message));
    }

    fn shown(&self, path: &Path) -> Str {
        shown_in(self.files, self.cwd, self.real_cwd.as_deref(), path)
    }

    fn finish(self) -> Discovered {
        let mut out = self.out;
        out.files = self.found.into_values().collect();
        out.files
            .sort_by(|a, b| (&a.shown, &a.path).cmp(&(&b.shown, &b.path)));
        out.errors.sort();
        out.errors.dedup();
        out.skipped.sort();
        out.skipped.dedup();
        out.folders
            .sort_by(|a, b| (&a.shown, &a.path).cmp(&(&b.shown, &b.path)));
        out.folders.dedup();
        out.stacks
            .sort_by(|a, b| (&a.template, &a.id).cmp(&(&b.template, &b.id)));
        out.stacks.dedup();
        out
    }
}

/// Reason for a file that `--exclude` leaves out.
const EXCLUDED: &str = "excluded";
/// Reason for what only a link leads to: following it could leave the project or go in circles.
const LINK: &str = "symbolic link";

/// The path as it is reported: relative to the current directory, which is absolute, where it lies in it, otherwise as it
/// was given; `/` as separator.
pub fn shown(files: &dyn Files, cwd: &Path, path: &Path) -> Str {
    shown_in(files, cwd, files.canonical(cwd).ok().as_deref(), path)
}

/// [`shown`] with the real place of the current directory known.
fn shown_in(files: &dyn Files, cwd: &Path, real_cwd: Option<&Path>, path: &Path) -> Str {
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if !climbs && let Ok(relative) = path.strip_prefix(cwd) {
        return slashed(relative);
    }
    // The name itself is kept: it may be a link, and what users typed is what they look for.
    let (Some(real_cwd), Some(parent), Some(name)) = (real_cwd, path.parent(), path.file_name()) else {
        return slashed(path);
    };
    match files.canonical(parent) {
        Ok(parent) => match parent.strip_prefix(real_cwd) {
            Ok(relative) => slashed(&relative.join(name)),
            Err(_) => slashed(path.strip_prefix(cwd).unwrap_or(path)),
        },
        Err(_) => slashed(path.strip_prefix(cwd).unwrap_or(path)),
    }
}

/// A path with `/` between its parts and no `.`; the current directory itself is `.`.
fn slashed(path: &Path) -> Str {
    let mut text = String::new();
    for part in path.components() {
        if part == Component::CurDir {
            continue;
        }
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        match part {
            Component::RootDir => text.push('/'),
            _ => text.push_str(&part.as_os_str().to_string_lossy()),
        }
    }
    if text.is_empty() { ".".into() } else { text.into() }
}

/// The reported path of something below a folder that is reported as `base`.
fn join(base: &str, rest: &Path) -> Str {
    match base {
        "." => slashed(rest),
        _ => format!("{}/{}", base.trim_end_matches('/'), slashed(rest)).into(),
    }
}

/// The path that a walk's error speaks of.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
