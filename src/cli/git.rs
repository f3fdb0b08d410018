//! Questions to git about the repository around a folder.
//!
//! They are asked of the program `git`: it alone knows what its index, ignore rules, worktrees and sparse checkouts come to, and
//! whoever has a repository has it. Nothing is written, nothing is fetched, no shell is started, and what a repository can
//! configure to be run (monitors, hooks, filters, external diffs) is not.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::exit::Failure;

/// Settings of a repository that name programs or reach for the network, as what they are for us.
const HARMLESS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "diff.external=",
    "diff.relative=false",
    "protocol.allow=never",
];

/// A repository, asked from its top folder.
pub(super) struct Git {
    /// The top folder of the working tree.
    top: PathBuf,
    /// Filters of contents, each with what turns it off.
    filters: Vec<(OsString, &'static str)>,
}

impl Git {
    /// The repository around a folder.
    pub(super) fn around(folder: &Path) -> Result<Git, Failure> {
        let mut git = Git {
            top: folder.to_path_buf(),
            filters: Vec::new(),
        };
        let output = git.run(&["rev-parse", "--show-toplevel"])?;
        if !output.status.success() {
            return Err(no_repository(&output));
        }
        git.top = PathBuf::from(os_string(without_line_break(&output.stdout)));
        git.filters = git.filters()?;
        Ok(git)
    }

    /// The top folder of the working tree.
    pub(super) fn top(&self) -> &Path {
        &self.top
    }

    /// The commit that a revision names, if there is one.
    pub(super) fn commit(&self, revision: &str) -> Result<Option<String>, Failure> {
        let commit = format!("{revision}^{{commit}}");
        self.answer(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
    }

    /// The full name of the branch that is checked out; `None` where a commit is, without a branch.
    pub(super) fn branch(&self) -> Result<Option<String>, Failure> {
        self.answer(&["symbolic-ref", "--quiet", "HEAD"])
    }

    /// A revision by the name that people know it by.
    pub(super) fn short_name(&self, revision: &str) -> Result<String, Failure> {
        let name = self.answer(&["rev-parse", "--abbrev-ref", "--end-of-options", revision])?;
        // Some versions give the option back.
        let name = name.and_then(|name| name.lines().last().map(str::to_owned));
        Ok(name.unwrap_or_else(|| revision.to_owned()))
    }

    /// The newest commit from which two others come; `None` when they have nothing in common.
    pub(super) fn merge_base(&self, left: &str, right: &str) -> Result<Option<String>, Failure> {
        self.answer(&["merge-base", left, right])
    }

    /// True when the history ends before its beginning, as in the clones of build machines.
    pub(super) fn is_shallow(&self) -> Result<bool, Failure> {
        let answer = self.answer(&["rev-parse", "--is-shallow-repository"])?;
        Ok(answer.as_deref() == Some("true"))
    }

    /// The files whose contents in the working tree are not those of a commit, from the top folder; a submodule is one.
    pub(super) fn differing(&self, commit: &str) -> Result<Vec<PathBuf>, Failure> {
        self.paths(&[
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            // Looking into them would run git by their settings.
            "--ignore-submodules=dirty",
            commit,
            "--",
        ])
    }

    /// The files in the index.
    pub(super) fn tracked(&self) -> Result<Vec<PathBuf>, Failure> {
        self.paths(&["ls-files", "-z", "--cached"])
    }

    /// The files that are neither in the index nor ignored; a folder with a repository of its own is one.
    pub(super) fn untracked(&self) -> Result<Vec<PathBuf>, Failure> {
        self.paths(&["ls-files", "-z", "--others", "--exclude-standard"])
    }

    /// The settings of content filters, which `git diff` would run to compare files that look changed.
    fn filters(&self) -> Result<Vec<(OsString, &'static str)>, Failure> {
        let output = self.run(&["config", "-z", "--name-only", "--get-regexp", r"^filter\..*"])?;
        let names = output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty());
        let off = |name: &[u8]| match name.ends_with(b".required") {
            true => "false",
            false => "",
        };
        Ok(names.map(|name| (os_string(name), off(name))).collect())
    }

    /// The first line of an answer; `None` when git says that there is none.
    fn answer(&self, arguments: &[&str]) -> Result<Option<String>, Failure> {
        let output = self.run(arguments)?;
        if !output.status.success() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(without_line_break(&output.stdout)).into_owned();
        Ok(Some(line).filter(|line| !line.is_empty()))
    }

    fn paths(&self, arguments: &[&str]) -> Result<Vec<PathBuf>, Failure> {
        let output = self.run(arguments)?;
        if !output.status.success() {
            let what = arguments.first().copied().unwrap_or_default();
            return Err(Failure::usage(format!(
                "`git {what}` failed: {}",
                complaint(&output)
            )));
        }
        let paths = output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty());
        Ok(paths.map(|path| PathBuf::from(os_string(path))).collect())
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Failure> {
        let mut command = Command::new("git");
        command.arg("--no-pager");
        for setting in HARMLESS {
            command.args(["-c", setting]);
        }
        command
            .args(arguments)
            .current_dir(&self.top)
            .stdin(Stdio::null())
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("LC_ALL", "C")
            .env_remove("GIT_EXTERNAL_DIFF")
            .env("GIT_CONFIG_COUNT", self.filters.len().to_string());
        for (at, (name, value)) in self.filters.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{at}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        command.output().map_err(|error| {
            let help = "install git, or name the files that changed";
            match error.kind() {
                ErrorKind::NotFound => {
                    Failure::usage("`--changed` asks git, and no program `git` is found").help(help)
                }
                _ => Failure::usage(format!("cannot run git: {error}")).help(help),
            }
        })
    }
}

/// Why a folder has no repository.
fn no_repository(output: &Output) -> Failure {
    let said = complaint(output);
    if said.contains("not a git repository") {
        return Failure::usage("`--changed` needs a git repository, and this folder is in none")
            .help("run it in the repository, or name the files: ecslint check FILE…");
    }
    if said.contains("must be run in a work tree") {
        return Failure::usage(
            "`--changed` needs the files of a repository, and this one has none checked out",
        )
        .help("run it in a working tree: git worktree add ../checkout");
    }
    let failure = Failure::usage(format!("git does not open this repository: {said}"));
    match said.contains("dubious ownership") {
        true => failure.help("if you trust it: git config --global --add safe.directory \"$PWD\""),
        false => failure,
    }
}

/// The first line of what git complains of.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or("it gave no reason");
    line.trim_start_matches("fatal: ")
        .trim_start_matches("error: ")
        .to_owned()
}

fn without_line_break(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// Bytes as the name of a file; on Windows git gives UTF-8.
#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).to_owned()
}

/// Bytes as the name of a file; on Windows git gives UTF-8.
#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    OsStr::new(&*String::from_utf8_lossy(bytes)).to_owned()
}
