//! Templates made to exhaust an analyser: small files whose conditions, values or stacks grow with every step. Each
//! must end, within a time that only an exponential would need, and say what it gave up.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::{code, folder, run, stderr, stdout};

/// Some hundred times what each of these takes in a debug build on a busy machine would be no limit; without the
/// limits of the evaluator they take hours, or overflow the stack within a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Checks files and gives the exit code and the concise report.
fn check(files: &[(&str, &str)]) -> (i32, String) {
    let folder = folder(files);
    let start = Instant::now();
    let options = [
        "check",
        "--profile",
        "all",
        "--show-undetermined",
        "--format",
        "concise",
    ];
    let output = run(folder.path(), &options);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert_eq!(stderr(&output), "");
    (code(&output), stdout(&output))
}

/// A task definition with an image, and the section of conditions in front of it.
fn task(conditions: &str, condition: &str, image: &str) -> String {
    format!(
        "Parameters:\n  P: {{Type: String}}\n  Q: {{Type: String}}\nConditions:\n{conditions}Resources:\n  Task:\n    \
         Type: AWS::ECS::TaskDefinition\n    Condition: {condition}\n    Properties:\n      ContainerDefinitions:\n        \
         - Name: a\n          Image: {image}\n"
    )
}

#[test]
fn an_import_named_by_an_import_ends() {
    let template = "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      TaskRoleArn:\n        \
                    Fn::ImportValue: {Fn::ImportValue: name}\nOutputs:\n  O: {Value: a, Export: {Name: b}}\n";
    let (code, report) = check(&[("t.yaml", template)]);
    assert_eq!(code, 0);
    assert!(report.contains("undetermined[task-role-missing]"), "{report}");
}

#[test]
fn conditions_that_double_with_every_step_end() {
    let mut conditions = "  C0: !Equals [!Ref P, a]\n  D0: !Equals [!Ref Q, a]\n".to_owned();
    for step in 1..60 {
        let before = step - 1;
        writeln!(
            conditions,
            "  C{step}: !Or [!And [!Condition C{before}, !Not [!Condition D{before}]], !Condition D{before}]\n  \
             D{step}: !And [!Or [!Condition D{before}, !Condition C{before}], !Not [!Condition C{before}]]"
        )
        .unwrap();
    }
    let (_, report) = check(&[("t.yaml", &task(&conditions, "C59", "nginx"))]);
    assert!(report.contains("[mutable-image-tag]"), "{report}");
}

#[test]
fn conditions_in_a_ring_that_refer_to_two_others_each_end() {
    let mut conditions = String::new();
    for step in 0..40 {
        let (next, other) = ((step + 1) % 40, (step + 2) % 40);
        writeln!(
            conditions,
            "  C{step}: !And [!Condition C{next}, !Condition C{other}]"
        )
        .unwrap();
    }
    let (_, report) = check(&[("t.yaml", &task(&conditions, "C0", "nginx"))]);
    assert!(report.contains("[mutable-image-tag]"), "{report}");
}

#[test]
fn a_choice_of_thousands_of_values_is_given_up_visibly() {
    fn choice(depth: usize) -> String {
        match depth {
            13 => "nginx".to_owned(),
            _ => format!("!If [C{depth}, {0}, {0}]", choice(depth + 1)),
        }
    }
    let mut template = "Parameters:\n".to_owned();
    let mut conditions = String::new();
    for step in 0..13 {
        writeln!(template, "  P{step}: {{Type: String}}").unwrap();
        writeln!(conditions, "  C{step}: !Equals [!Ref P{step}, a]").unwrap();
    }
    let rest = task(&conditions, "C0", &choice(0));
    template.push_str(rest.strip_prefix("Parameters:\n").unwrap());
    let (_, report) = check(&[("t.yaml", &template)]);
    assert!(
        report.contains("the analysis limit MAX_CASES is reached"),
        "{report}"
    );
}

#[test]
fn a_question_too_hard_to_decide_is_undetermined() {
    // Seven pigeons in six holes.
    let (pigeons, holes) = (7, 6);
    let mut template = "Parameters:\n".to_owned();
    let mut conditions = String::new();
    let mut all = Vec::new();
    for pigeon in 0..pigeons {
        for hole in 0..holes {
            writeln!(
                template,
                "  V{pigeon}x{hole}: {{Type: String, AllowedValues: ['1', '0']}}"
            )
            .unwrap();
            writeln!(
                conditions,
                "  V{pigeon}x{hole}: !Equals [!Ref V{pigeon}x{hole}, '1']"
            )
            .unwrap();
            all.extend((0..pigeon).map(|other| {
                format!("!Or [!Not [!Condition V{pigeon}x{hole}], !Not [!Condition V{other}x{hole}]]")
            }));
        }
        let somewhere: Vec<String> = (0..holes)
            .map(|hole| format!("!Condition V{pigeon}x{hole}"))
            .collect();
        all.push(format!("!Or [{}]", somewhere.join(", ")));
    }
    writeln!(conditions, "  All: !And [{}]", all.join(", ")).unwrap();
    let rest = task(&conditions, "All", "nginx");
    let rest = rest.strip_prefix("Parameters:\n").unwrap();
    let (code, report) = check(&[("t.yaml", &format!("{template}{rest}"))]);
    assert_eq!(code, 0);
    assert!(report.contains("undetermined[mutable-image-tag]"), "{report}");
    assert!(
        report.contains("the analysis limit MAX_WORLDS is reached"),
        "{report}"
    );
    // A question about what is open anyway is asked all the same.
    assert!(report.contains("undetermined[task-role-missing]"), "{report}");
}

#[test]
fn thousands_of_parts_of_a_condition_end() {
    let mut conditions = "  C: !Or [".to_owned();
    for value in 0..20_000 {
        write!(conditions, "!Equals [!Ref P, v{value}], ").unwrap();
    }
    conditions.push_str("!Equals [!Ref P, a]]\n");
    let (_, report) = check(&[("t.yaml", &task(&conditions, "C", "nginx"))]);
    assert!(report.contains("[mutable-image-tag]"), "{report}");
}

#[test]
fn names_with_hundreds_of_enumerated_parameters_end() {
    let mut template = "Parameters:\n".to_owned();
    let mut name = String::new();
    for parameter in 0..200 {
        writeln!(
            template,
            "  P{parameter}: {{Type: String, AllowedValues: [a, b, c, d, e, f, g, h]}}"
        )
        .unwrap();
        write!(name, "${{P{parameter}}}-").unwrap();
    }
    write!(
        template,
        "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      TaskRoleArn:\n        \
         Fn::ImportValue: !Sub '{name}role'\n"
    )
    .unwrap();
    let (_, report) = check(&[("t.yaml", &template)]);
    assert!(report.contains("undetermined[task-role-missing]"), "{report}");
}

#[test]
fn values_that_double_from_stack_to_stack_are_given_up_visibly() {
    let mut root = "Resources:\n".to_owned();
    for step in 0..30 {
        let next = step + 1;
        writeln!(
            root,
            "  S{step}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: c.yaml, Parameters: \
             {{A: !GetAtt S{next}.Outputs.O, B: !GetAtt S{next}.Outputs.O}}}}}}"
        )
        .unwrap();
    }
    root.push_str(
        "  S30: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {A: x, B: y}}}\n",
    );
    let child = "Parameters:\n  A: {Type: String}\n  B: {Type: String}\nResources:\n  Task: {Type: \
                 AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: a, Image: !Sub '${A}:${B}'}]}}\n\
                 Outputs:\n  O: {Value: !Sub '${A}${B}'}\n";
    let (_, report) = check(&[("root.yaml", &root), ("c.yaml", child)]);
    assert!(
        report.contains("the analysis limit MAX_PARTS is reached"),
        "{report}"
    );
}

#[test]
fn exports_in_a_ring_that_import_two_others_each_end() {
    let files: Vec<(String, String)> = (0..12)
        .map(|at| {
            let (next, other) = ((at + 1) % 12, (at + 2) % 12);
            let text = format!(
                "Resources:\n  Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{ContainerDefinitions: \
                 [{{Name: a, Image: !ImportValue X{next}}}]}}}}\n\
                 Outputs:\n  O: {{Value: !Sub ['${{A}}${{B}}', {{A: !ImportValue X{next}, B: !ImportValue X{other}}}], \
                 Export: {{Name: X{at}}}}}\n"
            );
            (format!("t{at}.yaml"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let (_, report) = check(&files);
    assert!(report.contains("undetermined[mutable-image-tag]"), "{report}");
}
