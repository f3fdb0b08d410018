//! The fixtures in memory, and what is found in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ecslint::diag::Diagnostic;
use ecslint::files::Disk;
use ecslint::lint::{Linter, Report};
use ecslint::rules;
use serde_json::Value;

use crate::json::value;

/// Templates that are checked together.
#[derive(Clone)]
pub(crate) struct Case {
    /// Its path below `fixtures/`, for messages.
    pub(crate) name: String,
    /// The texts by their paths.
    pub(crate) files: BTreeMap<String, String>,
}

impl Case {
    fn read(path: &Path) -> Case {
        let below = |base: &Path, path: &Path| {
            let rest = path.strip_prefix(base).unwrap().to_string_lossy();
            rest.replace('\\', "/")
        };
        let mut files = BTreeMap::new();
        let mut open = vec![path.to_path_buf()];
        while let Some(next) = open.pop() {
            if next.is_dir() {
                open.extend(entries(&next));
            } else if next.file_name().is_some_and(|name| name != "parameters.json") {
                let name = below(path.parent().unwrap(), &next);
                files.insert(name, fs::read_to_string(&next).unwrap());
            }
        }
        Case {
            name: below(&fixtures(), path),
            files,
        }
    }

    /// The only template, where there is just one: its text and what it says.
    pub(crate) fn only(&self) -> Option<(&str, Value)> {
        let mut files = self.files.iter();
        match (files.next(), files.next()) {
            (Some((_, text)), None) => Some((text, value(text))),
            _ => None,
        }
    }

    /// The case with each of its texts written anew.
    pub(crate) fn rewritten(&self, mut rewrite: impl FnMut(&str) -> String) -> Case {
        let files = self.files.iter();
        Case {
            name: self.name.clone(),
            files: files.map(|(name, text)| (name.clone(), rewrite(text))).collect(),
        }
    }

    /// What all rules say of the case.
    pub(crate) fn check(&self) -> Report {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &self.files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = folder.path().to_path_buf();
        let linter = Linter {
            rules: rules::RULES.to_vec(),
            ..Linter::new(&Disk, root.clone(), vec![root])
        };
        let report = linter.run().expect("no patterns here");
        assert!(report.crashes.is_empty(), "{}: {:?}", self.name, report.crashes);
        assert!(report.errors.is_empty(), "{}: {:?}", self.name, report.errors);
        report
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The fixtures in the order of their names, each with its report as it stands there; made once for all tests.
static CHECKED: LazyLock<Vec<(Case, Report)>> = LazyLock::new(|| {
    let checked = cases().into_iter().map(|case| {
        let report = case.check();
        (case, report)
    });
    checked.collect()
});

/// The fixtures in the order of their names, each with its report.
pub(crate) fn checked() -> &'static [(Case, Report)] {
    &CHECKED
}

/// Every third of the fixtures, another third for each `start`, where all of them would take too long.
pub(crate) fn third(start: usize) -> impl Iterator<Item = &'static (Case, Report)> {
    checked().iter().skip(start).step_by(3)
}

fn cases() -> Vec<Case> {
    let mut out = Vec::new();
    for rule in rules::RULES.iter() {
        // What is wrong with a document as YAML is gone, or another error, in JSON.
        if matches!(rule.name, "syntax-error" | "missing-template") {
            continue;
        }
        for outcome in ["pass", "fail", "unknown"] {
            let paths = entries(&fixtures().join(rule.name).join(outcome));
            let is_case = |path: &&PathBuf| {
                path.is_dir() || path.extension().is_some_and(|end| end != "snap" && end != "new")
            };
            out.extend(paths.iter().filter(is_case).map(|path| Case::read(path)));
        }
    }
    out.sort_by(|left, right| left.name.cmp(&right.name));
    out
}

/// Things that are found, and how often.
pub(crate) type Findings = BTreeMap<String, usize>;

/// What a report finds and leaves open, each said by a function; what it says nothing of is left out.
pub(crate) fn counted(report: &Report, say: impl Fn(&Diagnostic) -> Option<String>) -> Findings {
    let mut out = Findings::new();
    let all = report.findings.iter().chain(&report.undetermined);
    for said in all.filter_map(say) {
        *out.entry(said).or_default() += 1;
    }
    out
}

/// The logical id of what a diagnostic is about.
pub(crate) fn subject(diagnostic: &Diagnostic) -> &str {
    let subject = diagnostic.subject.as_ref();
    subject.map_or("", |subject| &subject.logical_id)
}

/// All that a diagnostic says but its places.
pub(crate) fn everything(diagnostic: &Diagnostic) -> Option<String> {
    let reasons = diagnostic.because.iter();
    let reasons: Vec<&str> = reasons.map(|reason| reason.text.as_str()).collect();
    Some(format!(
        "{}|{}|{}|{reasons:?}",
        judgement(diagnostic)?,
        diagnostic.message,
        diagnostic.when,
    ))
}

/// Rule, outcome, severity, confidence, subject and stacks of a diagnostic.
pub(crate) fn judgement(diagnostic: &Diagnostic) -> Option<String> {
    Some(format!(
        "{}|{:?}|{}|{}|{}|{:?}",
        diagnostic.rule,
        diagnostic.outcome,
        diagnostic.severity,
        diagnostic.confidence.as_str(),
        subject(diagnostic),
        diagnostic.stacks,
    ))
}

/// Two sets of findings as lines that one of them has and the other has not.
pub(crate) fn difference(before: &Findings, after: &Findings) -> String {
    let mut out = String::new();
    for (sign, one, other) in [('-', before, after), ('+', after, before)] {
        for (said, count) in one {
            if other.get(said) != Some(count) {
                out.push_str(&format!("  {sign} {count} x {said}\n"));
            }
        }
    }
    out
}
