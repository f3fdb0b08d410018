//! The time of every layer over generated deployments: `cargo bench --bench layers`, or `-- facts` for one of them.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has failed")]

mod deployment;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use ecslint::cfn::lower;
use ecslint::diagram::View;
use ecslint::eval::Evaluator;
use ecslint::facts::Facts;
use ecslint::files::Disk;
use ecslint::link::{RootValues, Roots, Workspace, instantiate};
use ecslint::lint::{Linter, Loaded, Report};
use ecslint::project::Project;
use ecslint::project::discover::{Input, Origin};
use ecslint::report::{Format, Options, write};
use ecslint::rules::RULES;
use ecslint::source::FileId;
use ecslint::yaml::{Node, parse};
use indexmap::IndexMap;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// Bytes of one template: a service, a template of the field that has grown for years, the most that CloudFormation takes.
const SIZES: [usize; 3] = [4_000, 100_000, 1_000_000];

/// Templates of the deployments that the layers above are measured on.
const TEMPLATES: usize = 200;

struct Set {
    folder: TempDir,
    inputs: Vec<Input>,
}

impl Set {
    fn new(files: Vec<deployment::File>) -> Set {
        let folder = TempDir::new().expect("a temporary folder");
        let mut inputs = Vec::new();
        for file in files {
            let path = folder.path().join(&file.path);
            fs::create_dir_all(path.parent().expect("the folder")).expect("a folder in it");
            fs::write(&path, &file.text).expect("a file in it");
            inputs.push(Input {
                path,
                shown: file.path.into(),
                origin: Origin::Found,
            });
        }
        Set { folder, inputs }
    }

    fn linter(&self) -> Linter<'static> {
        Linter {
            rules: RULES.clone(),
            picture: Some(View::Architecture),
            ..Linter::new(&Disk, self.folder.path(), vec![PathBuf::from(".")])
        }
    }

    fn workspace(&self) -> Workspace<'static> {
        let project = Project {
            root: self.folder.path().to_path_buf(),
            ..Project::default()
        };
        let mut workspace = Workspace::new(&Disk, project);
        workspace.load(&self.inputs, None);
        workspace
    }
}

static APPLICATIONS: LazyLock<Set> = LazyLock::new(|| Set::new(deployment::templates(TEMPLATES)));
static LOADED: LazyLock<Loaded> = LazyLock::new(|| APPLICATIONS.linter().load().expect("no patterns here"));
static REPORT: LazyLock<Report> = LazyLock::new(|| APPLICATIONS.linter().run().expect("no patterns here"));

#[divan::bench(args = SIZES)]
fn parsing(bencher: Bencher, bytes: usize) {
    let text = deployment::template(bytes);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| parse(FileId(0), &text));
}

#[divan::bench(args = SIZES)]
fn lowering(bencher: Bencher, bytes: usize) {
    let text = deployment::template(bytes);
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| parse(FileId(0), &text).expect("a template"))
        .bench_values(|document| lower(document, &IndexMap::new()));
}

/// Templates to stacks.
#[divan::bench]
fn linking(bencher: Bencher) {
    let (values, roots) = (RootValues::default(), Roots::All { entrypoints: &[] });
    bencher
        .with_inputs(|| APPLICATIONS.workspace())
        .bench_values(|mut workspace| {
            instantiate(&mut workspace, &values, &roots);
            workspace
        });
}

/// Every value of every resource, with nothing known before.
#[divan::bench]
fn evaluating(bencher: Bencher) {
    fn each<'a>(node: &'a Node, visit: &mut impl FnMut(&'a Node)) {
        visit(node);
        node.children().for_each(|child| each(child, visit));
    }
    let project = &LOADED.project;
    bencher.bench(|| {
        let eval = Evaluator::new(project);
        let mut cases = 0;
        for id in project.resource_ids() {
            if let Some(properties) = &project.resource(id).properties {
                each(properties, &mut |node| cases += eval.value(id.stack, node).len());
            }
        }
        cases
    });
}

/// Imports to exports: services that import from one network and export their groups.
#[divan::bench(args = [100, 400, 1_600])]
fn importing(bencher: Bencher, services: usize) {
    let set = Set::new(deployment::importing(services));
    let loaded = set.linter().load().expect("no patterns here");
    let project = &loaded.project;
    bencher.bench(|| {
        let eval = Evaluator::new(project);
        let exporters = project.stack_ids().map(|stack| eval.exporters_of(stack).len());
        exporters.sum::<usize>()
    });
}

#[divan::bench]
fn facts(bencher: Bencher) {
    let project = &LOADED.project;
    bencher.bench(|| Facts::build(project));
}

/// One run in one format.
#[divan::bench(args = Format::ALL)]
fn reporting(bencher: Bencher, format: &Format) {
    let (report, options) = (&*REPORT, Options::default());
    bencher.bench(|| write(*format, report, &options, &mut io::sink()));
}

/// From files to a report.
#[divan::bench(args = SIZES)]
fn checking(bencher: Bencher, bytes: usize) {
    let set = Set::new(vec![deployment::File {
        path: "template.yaml".to_owned(),
        text: deployment::template(bytes),
    }]);
    bencher.bench(|| set.linter().run());
}
