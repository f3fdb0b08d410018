//! The templates that are named on the command line, in lists, and on stdin.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Failure;
use crate::config::Config;
use crate::diag::excerpt;
use crate::files::{Disk, Files};
use crate::lint::Stdin;
use crate::project::discover::{self, Globs};
use crate::yaml::MAX_FILE_BYTES;

/// The flags that choose templates.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Templates, folders, quoted globs, cdk.out folders, `-` for stdin, or @FILE for a list [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Name (and base folder) of the template on stdin
    #[arg(long, value_name = "PATH", help_heading = "Input")]
    stdin_filename: Option<PathBuf>,
    /// Read paths from FILE or `-`, one a line or NUL-separated
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    files_from: Option<PathBuf>,
    /// Also consider these files (default: *.yaml *.yml *.json *.template *.tmpl, by content) (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    include: Vec<String>,
    /// Leave these out (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    exclude: Vec<String>,
    /// Treat files named on the command line like those of a folder: excludes apply, and what is no template is passed over
    /// (for pre-commit)
    #[arg(long, help_heading = "Input")]
    force_exclude: bool,
    /// Do not honour .gitignore
    #[arg(long, help_heading = "Input")]
    no_gitignore: bool,
    /// Do not follow nested stacks: every template is checked alone, and what its nested stacks hold is not known
    #[arg(long, help_heading = "Input")]
    no_follow: bool,
}

/// What the flags came to.
pub(super) struct Inputs {
    /// Files, folders, patterns, `-`.
    pub(super) paths: Vec<PathBuf>,
    /// How they become files.
    pub(super) discovery: discover::Options,
    /// The template on stdin, where `-` is among the paths.
    pub(super) stdin: Option<Stdin>,
    /// Whether nested stacks are followed.
    pub(super) follow: bool,
}

impl InputArgs {
    /// Reads the lists, and stdin where it is a template.
    pub(super) fn read(&self, cwd: &Path, config: &Config) -> Result<Inputs, Failure> {
        let mut paths = Vec::new();
        for path in &self.paths {
            match list_name(path) {
                Some(list) if !Disk.is_file(&cwd.join(path)) => {
                    paths.extend(read_list(cwd, Path::new(list))?)
                }
                _ => paths.push(path.clone()),
            }
        }
        let is_stdin = |path: &Path| path == Path::new("-");
        let has_stdin = paths.iter().any(|path| is_stdin(path));
        if let Some(list) = &self.files_from {
            if has_stdin && is_stdin(list) {
                let message = "stdin cannot be both a template and a list of files";
                return Err(Failure::usage(message).help("drop `-`, or put the list into a file"));
            }
            paths.extend(read_list(cwd, list)?);
        } else if self.paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        if self.stdin_filename.is_some() && !has_stdin {
            let message = "`--stdin-filename` names the template on stdin, and stdin is not among the inputs";
            return Err(Failure::usage(message).help("add `-` to the paths"));
        }
        let stdin = if has_stdin {
            Some(Stdin { bytes: read_stdin()? })
        } else {
            None
        };
        Ok(Inputs {
            paths,
            discovery: discover::Options {
                include: patterns(&self.include, &config.include),
                exclude: patterns(&self.exclude, &config.exclude),
                force_exclude: self.force_exclude,
                no_gitignore: self.no_gitignore || !config.respect_gitignore,
                stdin_filename: self.stdin_filename.clone(),
                ..discover::Options::default()
            },
            stdin,
            follow: !self.no_follow,
        })
    }
}

/// The patterns of a flag, else those of the configuration.
fn patterns(flag: &[String], configured: &Globs) -> Globs {
    match flag {
        [] => configured.clone(),
        lines => lines.to_vec().into(),
    }
}

/// The file that `@FILE` names; a file whose own name starts with `@` is written `./@name`.
fn list_name(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix('@').filter(|name| !name.is_empty())
}

/// The longest path that any system takes is shorter.
const MAX_PATH_BYTES: usize = 32 << 10;

/// The paths of a list; `-` is stdin.
fn read_list(cwd: &Path, list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = list.display();
    let bytes = if list == Path::new("-") {
        read_stdin()?
    } else {
        Disk.read(&cwd.join(list), MAX_FILE_BYTES)
            .map_err(|error| Failure::input(format!("cannot read the list of files {shown}: {error}")))?
    };
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Failure::input(format!("the list of files {shown} is too large")));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::input(format!("the list of files {shown} is not UTF-8")))?;
    let paths = split_list(&text);
    if let Some(path) = paths.iter().find(|path| path.as_os_str().len() > MAX_PATH_BYTES) {
        let message = format!(
            "the list of files {shown} holds `{}`, which is too long for a path",
            excerpt(&path.to_string_lossy())
        );
        return Err(Failure::input(message).help("a list has one path a line, or paths that end with NUL"));
    }
    Ok(paths)
}

/// The entries of a list: between NULs where it has any, else the lines; empty ones say nothing.
fn split_list(text: &str) -> Vec<PathBuf> {
    let text = text.trim_start_matches('\u{feff}');
    let entries: Vec<&str> = if text.contains('\0') {
        text.split('\0').collect()
    } else {
        text.lines().collect()
    };
    entries
        .into_iter()
        .filter(|entry| !entry.is_empty())
        .map(PathBuf::from)
        .collect()
}

/// All of stdin, at most one byte more than a file may have.
fn read_stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::input(format!("cannot read stdin: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_path_a_line_or_between_nuls() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(
            split_list("a.yaml\r\n\nb c.yaml\n"),
            paths(&["a.yaml", "b c.yaml"])
        );
        assert_eq!(split_list("a\nb.yaml\0c.yaml\0"), paths(&["a\nb.yaml", "c.yaml"]));
        assert_eq!(split_list("\u{feff}a"), paths(&["a"]));
        assert_eq!(split_list(""), paths(&[]));
    }

    #[test]
    fn an_at_sign_marks_a_list() {
        assert_eq!(list_name(Path::new("@list.txt")), Some("list.txt"));
        assert_eq!(list_name(Path::new("./@list.txt")), None);
        assert_eq!(list_name(Path::new("@")), None);
    }
}
