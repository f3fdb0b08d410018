//! What the fuzz targets have in common: an input as several files that lie in memory, and what holds for every answer.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

use ecslint::diag::Problem;
use ecslint::files::Files;
use ecslint::lint::{Linter, Policy, Report, Terms};
use ecslint::rule::Rule;
use ecslint::rules::RULES;
use ecslint::source::{Sources, Span};
use jiff::civil::Date;

/// The day of every run, so that an input does the same on every day.
pub const TODAY: Date = Date::constant(2027, 1, 15);

/// The folder that the files lie in.
pub const FOLDER: &str = "/fuzz";

/// What a line begins with that names the file which starts below it.
const MARK: &str = "#=== ";

/// Most files of an input; more make it slow and show nothing that fewer do not.
const MAX_FILES: usize = 8;

/// Files in memory.
#[derive(Debug, Default)]
pub struct Memory {
    /// Their texts by absolute path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// The files of an input. What stands above the first mark is a file of the name that is given.
    pub fn of(data: &[u8], first: &str) -> Self {
        let mut memory = Self::default();
        for (name, text) in parts(data, first) {
            let path = Path::new(FOLDER).join(name.trim_start_matches('/'));
            memory.files.insert(path, text);
        }
        memory
    }

    /// The text of a file.
    pub fn text(&self, name: &str) -> Option<String> {
        let bytes = self.files.get(&Path::new(FOLDER).join(name))?;
        String::from_utf8(bytes.clone()).ok()
    }
}

/// The named parts of an input, in their order. What stands above the first mark has the name that is given, and is no part
/// where nothing stands there.
pub fn parts(data: &[u8], first: &str) -> Vec<(String, Vec<u8>)> {
    let mut parts = Vec::new();
    let mut current = (first.to_owned(), Vec::new());
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let mark = line.strip_prefix(MARK.as_bytes());
        let name = mark.and_then(|name| str::from_utf8(name).ok()).map(str::trim);
        match name.filter(|name| !name.is_empty() && parts.len() + 1 < MAX_FILES) {
            Some(name) => parts.push(std::mem::replace(&mut current, (name.to_owned(), Vec::new()))),
            None => current.1.extend_from_slice(line),
        }
    }
    parts.push(current);
    if parts.len() > 1 && parts.first().is_some_and(|(_, text)| text.is_empty()) {
        parts.remove(0);
    }
    parts
}

impl Files for Memory {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(&normal(path)).ok_or(io::ErrorKind::NotFound)?;
        let length = bytes
            .len()
            .min(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1));
        Ok(bytes[..length].to_vec())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&normal(path))
    }

    fn is_dir(&self, path: &Path) -> bool {
        let path = normal(path);
        self.files
            .keys()
            .any(|file| *file != path && file.starts_with(&path))
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        let path = normal(path);
        if self.is_file(&path) || self.is_dir(&path) {
            return Ok(path);
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A path without `.` and `..`: there are no links.
fn normal(path: &Path) -> PathBuf {
    ecslint::link::normal(path)
}

/// Lets rules run on the thread that fuzzes, one after the other: its stack is as large as those of the program, and the same
/// input takes the same way every time.
pub fn on_one_thread() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread();
        pool.build_global().expect("no pool was used before");
    });
}

/// A run over some of the files, with everything that may be accepted kept apart.
pub fn linter<'f>(files: &'f Memory, inputs: Vec<PathBuf>, rules: Vec<&'static Rule>) -> Linter<'f> {
    Linter {
        rules,
        suppressions: Policy::Honoured(Box::new(Terms::new(TODAY, RULES.clone()))),
        ..Linter::new(files, FOLDER, inputs)
    }
}

/// A report that a run must be able to make: no rule has crashed, and every place lies in its file.
pub fn assert_sound(report: &Report) {
    assert!(report.crashes.is_empty(), "{:?}", report.crashes);
    let all = [
        &report.findings,
        &report.undetermined,
        &report.suppressed,
        &report.baselined,
    ];
    for diagnostic in all.into_iter().flatten() {
        assert_span(&report.sources, diagnostic.primary.span);
        for label in &diagnostic.related {
            assert_span(&report.sources, label.span);
        }
    }
    for problem in report.errors.iter().filter_map(|error| error.problem.as_ref()) {
        assert_problem(&report.sources, problem);
    }
}

/// A problem whose places lie in their files.
pub fn assert_problem(sources: &Sources, problem: &Problem) {
    assert_span(sources, problem.span);
    for label in &problem.labels {
        assert_span(sources, label.span);
    }
}

/// A place that lies in its file, between characters.
pub fn assert_span(sources: &Sources, span: Span) {
    let text = sources.get(span.file).text();
    assert!(span.start <= span.end, "{span:?} ends before it starts");
    assert!(
        text.get(span.start as usize..span.end as usize).is_some(),
        "{span:?} cuts a character or passes the end"
    );
    let (start, end) = sources.positions(span);
    assert!(start <= end, "{span:?} is from {start:?} to {end:?}");
}
