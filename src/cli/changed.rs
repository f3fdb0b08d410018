//! `--changed`: the files that differ from another state of the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::git::Git;
use super::stream::Streams;
use crate::files::{Disk, Files};
use crate::project::discover::Changes;
use crate::source::Str;

/// What clap puts in where the flag stands alone.
pub(super) const UPSTREAM: &str = "@{upstream}";

/// Where the work of others is found when a branch has no upstream, with the name people know.
const MAIN_BRANCHES: &[(&str, &str)] = &[
    ("refs/remotes/origin/HEAD", "origin/HEAD"),
    ("refs/remotes/origin/main", "origin/main"),
    ("refs/remotes/origin/master", "origin/master"),
    ("refs/heads/main", "main"),
    ("refs/heads/master", "master"),
];

/// What the files are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// The branch that this one is to go into.
    Upstream,
    /// A revision.
    Revision(String),
}

/// Reads the value of the flag.
pub(super) fn parse_since(text: &str) -> Result<Since, String> {
    match text {
        "" => Err("an empty revision; write `--changed` alone for the upstream branch".to_owned()),
        UPSTREAM => Ok(Since::Upstream),
        _ => Ok(Since::Revision(text.to_owned())),
    }
}

/// A state of the repository.
struct Base {
    /// `None` before the first commit: everything is new.
    commit: Option<String>,
    /// Its name for people.
    shown: String,
    /// What is to be known about it, when it is not what was asked for.
    remark: Option<String>,
}

/// What changed, and since when.
pub(super) struct Compared {
    /// The files.
    pub(super) changes: Changes,
    /// The name of what they were compared with.
    pub(super) since: String,
}

/// Compares the working tree around a folder.
pub(super) fn compare(since: &Since, cwd: &Path, streams: &Streams) -> Result<Compared, Failure> {
    let git = Git::around(cwd)?;
    let base = base(&git, since)?;
    if let Some(remark) = &base.remark {
        streams.remark(&format!("note: {remark}"));
    }
    let mut paths = match &base.commit {
        Some(commit) => git.differing(commit)?,
        None => git.tracked()?,
    };
    paths.extend(git.untracked()?);
    let top = Disk
        .canonical(git.top())
        .unwrap_or_else(|_| git.top().to_path_buf());
    let (mut present, mut deleted) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let place = top.join(path);
        match Disk.canonical(&place) {
            Ok(real) => present.insert(real),
            Err(_) => deleted.insert(place),
        };
    }
    Ok(Compared {
        changes: Changes { present, deleted },
        since: base.shown,
    })
}

fn base(git: &Git, since: &Since) -> Result<Base, Failure> {
    match since {
        Since::Revision(revision) => {
            let Some(commit) = git.commit(revision)? else {
                let failure = Failure::usage(format!("`{revision}` is no commit of this repository"));
                return Err(failure.help(fetch(git, revision)?));
            };
            from(git, &commit, revision, None)
        }
        Since::Upstream => upstream(git),
    }
}

/// The state that a branch left the one it is to go into at.
fn upstream(git: &Git) -> Result<Base, Failure> {
    let Some(head) = git.commit("HEAD")? else {
        return Ok(Base {
            commit: None,
            shown: "the beginning".to_owned(),
            remark: Some("no commit yet: every file counts as changed".to_owned()),
        });
    };
    let Some(branch) = git.branch()? else {
        let message = "no branch is checked out, so there is no upstream branch to compare with";
        return Err(Failure::usage(message).help(
            "name what to compare with, for example --changed=origin/main; a build machine may have to fetch it first: \
             git fetch --unshallow origin main (actions/checkout: `fetch-depth: 0`)",
        ));
    };
    if let Some(commit) = git.commit(UPSTREAM)? {
        return from(git, &commit, &git.short_name(UPSTREAM)?, None);
    }
    for (name, shown) in MAIN_BRANCHES.iter().filter(|(name, _)| *name != branch) {
        if let Some(commit) = git.commit(name)? {
            let remark = format!("this branch has no upstream: compared with `{shown}`");
            return from(git, &commit, shown, Some(remark));
        }
    }
    Ok(Base {
        commit: Some(head),
        shown: "the last commit".to_owned(),
        remark: Some("this branch has no upstream: compared with the last commit".to_owned()),
    })
}

/// The state that the work here and that at a commit have in common.
fn from(git: &Git, commit: &str, shown: &str, remark: Option<String>) -> Result<Base, Failure> {
    if let Some(common) = git.merge_base(commit, "HEAD")? {
        return Ok(Base {
            commit: Some(common),
            shown: shown.to_owned(),
            remark,
        });
    }
    if git.is_shallow()? {
        let message = format!("this clone is too shallow to know where the work left `{shown}`");
        return Err(Failure::usage(message).help(fetch(git, shown)?));
    }
    Ok(Base {
        commit: Some(commit.to_owned()),
        shown: shown.to_owned(),
        remark: Some(format!(
            "`{shown}` has no history in common with this: compared with it as it is"
        )),
    })
}

/// How to come by a revision.
fn fetch(git: &Git, revision: &str) -> Result<String, Failure> {
    let branch = revision.strip_prefix("origin/").unwrap_or(revision);
    Ok(if git.is_shallow()? {
        format!(
            "fetch the history first: git fetch --unshallow origin {branch} (actions/checkout: `fetch-depth: 0`)"
        )
    } else {
        "`git branch --all` lists the branches; `git fetch origin` brings those of others".to_owned()
    })
}

/// The first of the files that steer a run which changed: with another one, every finding may be another.
pub(super) fn steering(changes: &Changes, cwd: &Path, mut files: impl Iterator<Item = Str>) -> Option<Str> {
    files.find(|file| {
        let place: PathBuf = cwd.join(&**file);
        Disk.canonical(&place).is_ok_and(|real| changes.cover(&real))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_alone_and_an_unset_variable_are_told_apart() {
        assert_eq!(parse_since(UPSTREAM), Ok(Since::Upstream));
        assert_eq!(parse_since("main"), Ok(Since::Revision("main".to_owned())));
        assert!(parse_since("").is_err());
    }
}
