//! What the configuration of another tool comes to here: the rules it switches off, the files it leaves out, when it fails.

mod cfn_lint;
mod cfn_nag;
mod checkov;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::cli::exit::Failure;
use crate::files::{Disk, Files};
use crate::lint::suppression::Tool;
use crate::project::discover;
use crate::rule::Rule;
use crate::rules::RULES;
use crate::source::{FileId, Str};
use crate::yaml::{self, Node};

/// The tools whose configuration is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// <https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html>
    Checkov,
    /// <https://github.com/stelligent/cfn_nag>
    CfnNag,
    /// <https://github.com/aws-cloudformation/cfn-lint#config-file>
    CfnLint,
}

impl Peer {
    const ALL: &'static [Peer] = &[Peer::Checkov, Peer::CfnNag, Peer::CfnLint];

    /// How the tool writes its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Peer::Checkov => "checkov",
            Peer::CfnNag => "cfn_nag",
            Peer::CfnLint => "cfn-lint",
        }
    }

    fn tool(self) -> Tool {
        match self {
            Peer::Checkov => Tool::Checkov,
            Peer::CfnNag => Tool::CfnNag,
            Peer::CfnLint => Tool::CfnLint,
        }
    }

    /// The names of its configuration file; cfn_nag has none, so that every file of a folder may be its deny list.
    fn file_names(self) -> &'static [&'static str] {
        match self {
            Peer::Checkov => &[".checkov.yaml", ".checkov.yml"],
            Peer::CfnNag => &[],
            Peer::CfnLint => &[".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml"],
        }
    }
}

/// `TOOL` or `TOOL=FILE`, as the flag takes it.
#[derive(Clone, Debug)]
pub(super) struct From {
    peer: Peer,
    file: Option<PathBuf>,
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a file behind `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let peer = Peer::ALL.iter().find(|peer| peer.as_str() == name);
        match peer {
            Some(peer) => Ok(From { peer: *peer, file }),
            None => Err("use checkov, cfn_nag or cfn-lint, or with a file: checkov=FILE".to_owned()),
        }
    }
}

/// A rule of ours, and the ids of the other tool that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counterpart {
    pub(super) rule: &'static str,
    pub(super) ids: Vec<String>,
}

/// Something that the other configuration says and this one cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// What it says.
    pub(super) what: String,
    /// What there is instead.
    pub(super) why: String,
}

/// What the configuration of another tool comes to here.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) peer: Peer,
    /// The files that were read.
    pub(super) files: Vec<String>,
    /// Rules that are off there by name.
    pub(super) disable: Vec<Counterpart>,
    /// Rules that a pattern, a prefix or a list of others switches off there, which may be more than was meant.
    pub(super) perhaps: Vec<Counterpart>,
    /// Rules that are reported there and do not fail.
    pub(super) lenient: Vec<Counterpart>,
    /// Patterns of files that are left out.
    pub(super) exclude: Vec<String>,
    /// The value of `fail-on`.
    pub(super) fail_on: Option<&'static str>,
    pub(super) left: Vec<Left>,
}

impl Proposal {
    fn new(peer: Peer) -> Self {
        Self {
            peer,
            files: Vec::new(),
            disable: Vec::new(),
            perhaps: Vec::new(),
            lenient: Vec::new(),
            exclude: Vec::new(),
            fail_on: None,
            left: Vec::new(),
        }
    }

    /// Notes that something has no counterpart.
    fn leave(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let left = Left {
            what: what.into(),
            why: why.into(),
        };
        if !self.left.contains(&left) {
            self.left.push(left);
        }
    }

    /// The rules that mean the same as this id, into one of the lists; an id without any is left.
    fn exactly(&mut self, id: &str, list: fn(&mut Proposal) -> &mut Vec<Counterpart>) {
        let tool = self.peer.tool();
        let found = same_as(tool, |known| known == id);
        if found.is_empty() {
            self.leave(id, "no rule here means the same");
        }
        for counterpart in found {
            add(list(self), counterpart);
        }
    }

    /// The rules that have an id for which `is_meant` holds, into the list of those that may be more than was meant.
    fn broadly(&mut self, is_meant: impl Fn(&str) -> bool) {
        for counterpart in same_as(self.peer.tool(), is_meant) {
            add(&mut self.perhaps, counterpart);
        }
    }

    /// A rule stands in one list: in the one that says most of it.
    fn settle(mut self) -> Self {
        let off: Vec<&str> = self.disable.iter().map(|found| found.rule).collect();
        self.perhaps.retain(|found| !off.contains(&found.rule));
        self.lenient.retain(|found| !off.contains(&found.rule));
        for list in [&mut self.disable, &mut self.perhaps, &mut self.lenient] {
            list.sort_by_key(|found| found.rule);
        }
        self.exclude.sort();
        self.exclude.dedup();
        self
    }
}

/// The rules that mean the same as a rule of the tool whose id is meant.
fn same_as(tool: Tool, is_meant: impl Fn(&str) -> bool) -> Vec<Counterpart> {
    let ids = |rule: &Rule| -> Vec<String> {
        let own = rule.references.iter().filter(|id| tool.owns(id) && is_meant(id));
        own.map(|id| (*id).to_owned()).collect()
    };
    let found = RULES.iter().map(|rule| Counterpart {
        rule: rule.name,
        ids: ids(rule),
    });
    found.filter(|found| !found.ids.is_empty()).collect()
}

fn add(list: &mut Vec<Counterpart>, more: Counterpart) {
    match list.iter_mut().find(|known| known.rule == more.rule) {
        None => list.push(more),
        Some(known) => {
            for id in more.ids {
                if !known.ids.contains(&id) {
                    known.ids.push(id);
                }
            }
        }
    }
}

/// Reads the configuration of a tool: the file that was named, or those that stand where the tool looks for them.
/// `others` are files of the folder that are no templates.
pub(super) fn read(from: &From, cwd: &Path, others: &[Str]) -> Result<Proposal, Failure> {
    let mut proposal = Proposal::new(from.peer);
    let named = from.file.iter().map(|file| file.display().to_string());
    let usual = from.peer.file_names().iter().map(|name| (*name).to_owned());
    let candidates: Vec<String> = match (&from.file, from.peer) {
        (Some(_), _) => named.collect(),
        (None, Peer::CfnNag) => cfn_nag::candidates(cwd, others),
        (None, _) => usual.filter(|name| Disk.is_file(&cwd.join(name))).collect(),
    };
    for name in candidates {
        // Of the files of a folder, only those that are deny lists count.
        let is_guess = from.file.is_none() && from.peer == Peer::CfnNag;
        let text = match discover::read(&Disk, &cwd.join(&name), &name.as_str().into()) {
            Ok(text) if is_guess && !cfn_nag::is_deny_list(&text) => continue,
            Ok(text) => text,
            Err(_) if is_guess => continue,
            Err(error) => return Err(Failure::usage(format!("cannot read {name}: {}", error.message))),
        };
        match from.peer {
            Peer::CfnNag if !cfn_nag::is_deny_list(&text) => cfn_nag::profile(&text, &mut proposal),
            Peer::CfnNag => cfn_nag::deny_list(&tree(&name, &text)?, &mut proposal),
            Peer::Checkov => checkov::read(&tree(&name, &text)?, &mut proposal),
            Peer::CfnLint => cfn_lint::read(&tree(&name, &text)?, &mut proposal),
        }
        proposal.files.push(name);
    }
    if proposal.files.is_empty() {
        let name = from.peer.as_str();
        let message = format!("no configuration of {name} is in this folder");
        return Err(Failure::usage(message).help(format!("name the file: --from {name}=FILE")));
    }
    Ok(proposal.settle())
}

/// The tree of a configuration.
fn tree(name: &str, text: &str) -> Result<Node, Failure> {
    let wrong = |what: &str| Failure::usage(format!("cannot read {name}: {what}"));
    let document = yaml::parse(FileId(0), text).map_err(|problem| wrong(&problem.message))?;
    match document.root.as_mapping() {
        Some(_) => Ok(document.root),
        None => Err(wrong(&format!(
            "expected a mapping, found {}",
            document.root.describe()
        ))),
    }
}

/// The words of a value: the items of a list, each perhaps several with commas between them.
fn words(value: Option<&Node>) -> Vec<String> {
    let Some(value) = value else {
        return Vec::new();
    };
    let items = value.as_sequence().unwrap_or(std::slice::from_ref(value));
    let texts = items.iter().filter_map(Node::as_text);
    let words = texts.flat_map(|text| text.split(',')).map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proposal for a configuration file.
    pub(super) fn proposal(peer: Peer, text: &str, read: fn(&Node, &mut Proposal)) -> Proposal {
        let mut proposal = Proposal::new(peer);
        read(&tree("file", text).unwrap(), &mut proposal);
        proposal.settle()
    }

    pub(super) fn rules(list: &[Counterpart]) -> Vec<&str> {
        list.iter().map(|found| found.rule).collect()
    }

    pub(super) fn left(proposal: &Proposal) -> Vec<&str> {
        proposal.left.iter().map(|left| left.what.as_str()).collect()
    }

    #[test]
    fn the_flag_takes_a_tool_and_perhaps_its_file() {
        let from: From = "cfn_nag=a=b.yml".parse().unwrap();
        assert_eq!(
            (from.peer, from.file),
            (Peer::CfnNag, Some(PathBuf::from("a=b.yml")))
        );
        assert_eq!("checkov".parse::<From>().unwrap().file, None);
        assert!("checkov=".parse::<From>().is_err());
        assert!("tfsec".parse::<From>().is_err());
    }

    #[test]
    fn an_id_of_one_tool_is_not_looked_for_among_those_of_another() {
        // W2 is cfn_nag's; the prefix W of cfn-lint must not take it in.
        let found = same_as(Tool::CfnLint, |id| id.starts_with('W'));
        let ids: Vec<&String> = found.iter().flat_map(|found| &found.ids).collect();
        assert!(ids.iter().all(|id| id.len() == 5), "{ids:?}");
        assert!(!same_as(Tool::CfnNag, |id| id == "W2").is_empty());
    }

    #[test]
    fn words_are_items_and_what_stands_between_commas() {
        let tree = tree("file", "a: [x, 'y, z']\nb: p,q\nc: 1\n").unwrap();
        assert_eq!(words(tree.get("a")), ["x", "y", "z"]);
        assert_eq!(words(tree.get("b")), ["p", "q"]);
        assert_eq!(words(tree.get("c")), ["1"]);
        assert!(words(tree.get("d")).is_empty());
    }
}
