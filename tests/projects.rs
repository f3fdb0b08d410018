//! What belongs together: a CDK cloud assembly, whose manifest says which templates are stacks, where they are deployed,
//! and which files nested stacks were uploaded from; and folders that are projects of their own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::path::Path;

use ecslint::eval::{Evaluator, Known};
use ecslint::files::Disk;
use ecslint::lint::{Linter, Loaded, Values};
use ecslint::project::{Child, PseudoParameters};

fn load(pseudo: PseudoParameters) -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects/cdk");
    let linter = Linter {
        values: Values {
            pseudo,
            ..Values::default()
        },
        ..Linter::new(&Disk, folder.clone(), vec![folder.join("cdk-out")])
    };
    linter.load().unwrap()
}

/// The location of the nested stack `Child` of the stack whose template is called `Shop.template.json`.
fn location(loaded: &Loaded) -> String {
    let project = &loaded.project;
    let is_shop = |stack: &_| {
        project
            .sources
            .get(project.file(*stack))
            .path()
            .ends_with("/Shop.template.json")
    };
    let shop = project.stack_ids().find(is_shop).unwrap();
    let eval = Evaluator::new(project);
    let texts = eval.texts(eval.property(project.find(shop, "Child").unwrap(), &["TemplateURL"]));
    let [case] = texts.as_slice() else {
        panic!("{} cases", texts.len())
    };
    let Known::Value(text) = &case.value else {
        panic!("not known")
    };
    eval.render(text).to_string()
}

#[test]
fn nested_stacks_are_tied_to_the_files_they_were_uploaded_from() {
    let loaded = load(PseudoParameters::default());
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    let nested: Vec<&Child> = loaded
        .project
        .stacks
        .iter()
        .flat_map(|stack| stack.children.values())
        .collect();
    assert!(!nested.is_empty());
    assert!(
        nested
            .iter()
            .all(|child| matches!(child, Child::Stack { assumed: false, .. })),
        "{nested:?}"
    );
    let roots = loaded
        .project
        .stacks
        .iter()
        .filter(|stack| stack.parent.is_none())
        .count();
    assert_eq!(roots, 2, "the shop and its production stage");
}

#[test]
fn the_region_of_the_app_is_that_of_its_stacks_unless_the_command_line_says_otherwise() {
    let project = &load(PseudoParameters::default()).project;
    let regions: Vec<_> = project
        .app_pseudo
        .values()
        .map(|pseudo| pseudo.region.clone())
        .collect();
    assert!(regions.contains(&Some("eu-west-1".into())), "{regions:?}");
    assert!(location(&load(PseudoParameters::default())).starts_with("https://s3.eu-west-1."));
    let shop = project
        .stack_ids()
        .find(|stack| project.pseudo_of(*stack).stack_name.as_deref() == Some("Shop"));
    assert!(shop.is_some_and(|shop| project.pseudo_of(shop).region.as_deref() == Some("eu-west-1")));
    let given = load(PseudoParameters {
        region: Some("us-east-1".into()),
        ..PseudoParameters::default()
    });
    let first = given.project.stack_ids().next().unwrap();
    assert_eq!(
        given.project.pseudo_of(first).region.as_deref(),
        Some("us-east-1")
    );
}

/// The findings and undetermined checks of `task-in-public-subnet` for a network and a service that imports from it, in
/// two folders.
fn across_folders(licences: bool) -> (usize, usize) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/task-in-public-subnet/fail/imported");
    let scratch = tempfile::tempdir().unwrap();
    for (folder, template) in [("one", "network.yaml"), ("two", "service.yaml")] {
        let folder = scratch.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::copy(fixture.join(template), folder.join(template)).unwrap();
        if licences {
            std::fs::write(folder.join("LICENSE"), "").unwrap();
        }
    }
    let linter = Linter {
        rules: vec![ecslint::rules::find("task-in-public-subnet").unwrap()],
        ..Linter::new(
            &Disk,
            scratch.path().to_path_buf(),
            vec![scratch.path().to_path_buf()],
        )
    };
    let report = linter.run().unwrap();
    (report.findings.len(), report.undetermined.len())
}

#[test]
fn no_link_leads_out_of_a_folder_that_is_a_project_of_its_own() {
    assert_eq!(across_folders(false), (1, 0), "folders of one project");
    assert_eq!(across_folders(true), (0, 1), "two projects side by side");
}

/// Whether the value that a nested stack hands on to a property rests on an assumed link.
fn is_assumed(url: &str) -> bool {
    let scratch = tempfile::tempdir().unwrap();
    let root = format!(
        "Resources: {{N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}', Parameters: {{P: x}}}}}}}}"
    );
    let child = "{Parameters: {P: {Type: String}}, Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref P}}}}";
    std::fs::create_dir(scratch.path().join("stacks")).unwrap();
    std::fs::write(scratch.path().join("root.yaml"), root).unwrap();
    std::fs::write(scratch.path().join("stacks/child.yaml"), child).unwrap();
    let inputs = vec![scratch.path().to_path_buf()];
    let loaded = Linter::new(&Disk, scratch.path().to_path_buf(), inputs)
        .load()
        .unwrap();
    let project = &loaded.project;
    let nested = project
        .stack_ids()
        .find(|id| project.stack(*id).parent.is_some())
        .unwrap();
    let eval = Evaluator::new(project);
    let cases = eval.property(project.find(nested, "T").unwrap(), &["TopicName"]);
    let [case] = cases.as_slice() else {
        panic!("{} cases", cases.len())
    };
    case.trail.is_assumed()
}

#[test]
fn what_comes_through_a_template_found_by_the_end_of_its_url_is_assumed() {
    assert!(is_assumed("https://bucket.s3.amazonaws.com/v1/stacks/child.yaml"));
    assert!(!is_assumed("stacks/child.yaml"));
}
