//! Rules of the user's own: loading them, what is said of a wrong one, testing them.

use super::{GOOD, code, folder, run, stderr, stdout};

const REGISTRY: &str = "\
name: image-from-our-registry
summary: images come from the company's registry
severity: error
resource: AWS::ECS::TaskDefinition
for-each: $.Properties.ContainerDefinitions[*]
require: {path: $.Image, matches: '^registry\\.example\\.com/', absent: fail}
message: container `{$.Name}` of `{id}` runs `{value}`
help: push the image to registry.example.com
";

const FOREIGN: &str = "\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Image: nginx:1.27 # expect: image-from-our-registry
";

const OURS: &str = "\
Parameters:
  Registry: {Type: String, Default: registry.example.com}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Image: !Sub ${Registry}/app:1
";

#[test]
fn a_rule_of_ones_own_runs_with_the_others_and_is_selected_like_them() {
    let folder = folder(&[("rules/registry.yaml", REGISTRY), ("t.yaml", FOREIGN)]);
    let all = run(
        folder.path(),
        &["check", "t.yaml", "--rules", "rules", "-f", "concise"],
    );
    assert_eq!(code(&all), 1);
    let text = stdout(&all);
    assert!(
        text.contains(
            "t.yaml:7:18: error[image-from-our-registry] container `app` of `Task` runs `nginx:1.27`"
        ),
        "{text}"
    );
    assert!(
        text.contains("[mutable-image-tag]") || text.contains("[container-logging-missing]"),
        "{text}"
    );
    let only = run(
        folder.path(),
        &[
            "check",
            "t.yaml",
            "--rules",
            "rules/registry.yaml",
            "-s",
            "custom",
            "-f",
            "concise",
        ],
    );
    assert_eq!(stdout(&only).matches("error[").count(), 1);
    let ignored = run(
        folder.path(),
        &[
            "check",
            "t.yaml",
            "--rules",
            "rules",
            "-i",
            "image-from-our-registry",
            "-f",
            "concise",
        ],
    );
    assert!(!stdout(&ignored).contains("image-from-our-registry"));
    let without = run(
        folder.path(),
        &["check", "t.yaml", "-s", "image-from-our-registry"],
    );
    assert_eq!(code(&without), 2);
}

#[test]
fn a_rule_of_ones_own_is_listed_explained_and_part_of_sarif() {
    let folder = folder(&[("rules/registry.yaml", REGISTRY), ("t.yaml", FOREIGN)]);
    let listed = run(folder.path(), &["rules", "--rules", "rules"]);
    assert!(stdout(&listed).contains("image-from-our-registry"));
    let explained = run(
        folder.path(),
        &["explain", "image-from-our-registry", "--rules", "rules"],
    );
    let page = stdout(&explained);
    assert!(page.contains("images come from the company's registry"), "{page}");
    assert!(page.contains("push the image to registry.example.com"), "{page}");
    let sarif = run(
        folder.path(),
        &["check", "t.yaml", "--rules", "rules", "-f", "sarif"],
    );
    assert!(stdout(&sarif).contains("\"id\": \"image-from-our-registry\""));
}

#[test]
fn a_wrong_rule_is_shown_with_its_line_and_exits_2() {
    let wrong = REGISTRY
        .replace("severity: error", "severity: errror")
        .replace("for-each", "foreach");
    let folder = folder(&[("rules/registry.yaml", &wrong), ("t.yaml", GOOD)]);
    let output = run(folder.path(), &["check", "t.yaml", "--rules", "rules"]);
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "");
    insta::assert_snapshot!(stderr(&output));
}

#[test]
fn every_mistake_in_a_rule_has_an_answer() {
    for (from, to, answer) in [
        ("absent: fail", "absnt: fail", "did you mean `absent`?"),
        (", absent: fail", "", "`absent` is missing"),
        (
            "matches: '^registry\\.example\\.com/'",
            "matches: '('",
            "no regular expression",
        ),
        ("path: $.Image", "path: $..Image", "`..` looks everywhere"),
        ("{value}", "{valeu}", "`{valeu}` stands for nothing"),
        (
            "AWS::ECS::TaskDefinition",
            "TaskDefinition",
            "is no resource type",
        ),
        ("image-from-our-registry", "Our Registry", "is no name of a rule"),
        (
            "image-from-our-registry",
            "task-public-ip",
            "is the name of a built-in rule",
        ),
        (
            "summary: images come from the company's registry\n",
            "",
            "`summary` is missing",
        ),
        ("require: {", "require: {equals: a, ", "takes one operator"),
        ("require: {path: $.Image, ", "require: {", "says what it is about"),
        (
            "for-each: $.Properties.",
            "for-each: $.Propertys.",
            "does not begin at a resource",
        ),
    ] {
        let text = REGISTRY.replace(from, to);
        assert_ne!(text, REGISTRY, "{from}");
        let folder = folder(&[("rules/registry.yaml", &text), ("t.yaml", GOOD)]);
        let output = run(folder.path(), &["check", "t.yaml", "--rules", "rules"]);
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{to}: {said}");
        assert!(said.contains(answer), "{to}: {said}");
        assert!(said.contains("rules/registry.yaml"), "{to}: {said}");
    }
}

#[test]
fn two_rules_of_one_name_and_folders_without_rules_are_refused() {
    let twice = folder(&[
        ("rules/a.yaml", REGISTRY),
        ("rules/b.yaml", REGISTRY),
        ("t.yaml", GOOD),
    ]);
    let output = run(twice.path(), &["check", "t.yaml", "--rules", "rules"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("is the name of the rule in rules/a.yaml"),
        "{}",
        stderr(&output)
    );
    let none = run(twice.path(), &["check", "t.yaml", "--rules", "."]);
    assert_eq!(code(&none), 2, "a template is no rule");
    let missing = run(twice.path(), &["check", "t.yaml", "--rules", "none"]);
    assert_eq!(code(&missing), 2);
    assert!(stderr(&missing).contains("no such file"), "{}", stderr(&missing));
}

#[test]
fn rules_are_tested_against_their_templates() {
    let unknown = OURS.replace(", Default: registry.example.com", "");
    let folder = folder(&[
        ("rules/registry.yaml", REGISTRY),
        ("rules/image-from-our-registry.bad.yaml", FOREIGN),
        ("rules/image-from-our-registry.good.yaml", OURS),
        ("rules/image-from-our-registry.unknown.yaml", &unknown),
    ]);
    let output = run(folder.path(), &["rules", "test", "rules"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn a_test_that_fails_says_where_and_exits_1() {
    let folder = folder(&[
        ("rules/registry.yaml", REGISTRY),
        ("rules/image-from-our-registry.bad.yaml", OURS),
        (
            "rules/image-from-our-registry.lines.bad.yaml",
            &format!(
                "# expect: image-from-our-registry\n{}",
                FOREIGN.replace("# expect: image-from-our-registry", "")
            ),
        ),
        ("rules/image-from-our-registry.good.yaml", FOREIGN),
        ("rules/image-from-our-registry.unknown.yaml", OURS),
    ]);
    let output = run(folder.path(), &["rules", "test", "rules"]);
    assert_eq!(code(&output), 1);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn what_tests_nothing_is_no_success() {
    let folder = folder(&[
        ("rules/registry.yaml", REGISTRY),
        ("stray/registry.yaml", REGISTRY),
        ("stray/other.bad.yaml", FOREIGN),
    ]);
    let none = run(folder.path(), &["rules", "test", "rules"]);
    assert_eq!(code(&none), 3);
    assert!(
        stderr(&none).contains("image-from-our-registry.bad.yaml"),
        "{}",
        stderr(&none)
    );
    let stray = run(folder.path(), &["rules", "test", "stray"]);
    assert_eq!(code(&stray), 2);
    assert!(stderr(&stray).contains("tests no rule"), "{}", stderr(&stray));
    assert_eq!(code(&run(folder.path(), &["rules", "test", "nowhere"])), 3);
}

#[test]
fn the_schema_of_rule_files_is_a_document() {
    let folder = folder(&[]);
    let output = run(folder.path(), &["rules", "schema"]);
    assert_eq!(code(&output), 0);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["require"]["$ref"], "#/$defs/assertion");
    assert_eq!(
        schema["required"],
        serde_json::json!(["name", "summary", "resource", "require", "message"])
    );
}

/// The rule with another path or pattern.
fn registry_with(path: &str, pattern: &str) -> String {
    let text = REGISTRY.replace("$.Image", path);
    text.replace("^registry\\.example\\.com/", pattern)
}

#[test]
fn a_pattern_made_to_explode_is_refused_or_harmless() {
    let image = "a".repeat(30_000);
    let folder = folder(&[("t.yaml", &FOREIGN.replace("nginx:1.27", &image))]);
    let checked = |pattern: &str| {
        let rule = folder.path().join("rule.yaml");
        std::fs::write(rule, registry_with("$.Image", pattern)).unwrap();
        let arguments = [
            "check",
            "t.yaml",
            "--rules",
            "rule.yaml",
            "-s",
            "custom",
            "-f",
            "concise",
        ];
        let output = run(folder.path(), &arguments);
        (code(&output), stdout(&output) + &stderr(&output))
    };
    // Where a pattern is tried again from every character, these take longer than anybody waits.
    for pattern in ["^(a*)*b$", "^(a|aa)+b$", "^(a|a?)+b$", "(.*)*(.*)*b"] {
        let (exit, said) = checked(pattern);
        assert_eq!(exit, 1, "{pattern}");
        assert!(said.contains("[image-from-our-registry]"), "{pattern}");
    }
    let nested = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    for (pattern, reason) in [
        ("((a{1000}){1000}){1000}", "exceeds size limit of 1048576 bytes"),
        (r"(\pL{500}){500}", "exceeds size limit of 1048576 bytes"),
        (
            &nested,
            "exceed the maximum number of nested parentheses/brackets",
        ),
    ] {
        let (exit, said) = checked(pattern);
        assert_eq!(exit, 2, "{said}");
        assert!(
            said.contains("rule.yaml:6:") && said.contains("is no regular expression"),
            "{said}"
        );
        assert!(said.contains(reason), "{said}");
        let longest = said.lines().map(str::len).max().unwrap_or_default();
        assert!(longest < 1_000, "a line of {longest} bytes");
    }
}

#[test]
fn a_path_made_to_explode_is_refused_or_harmless() {
    let folder = folder(&[("t.yaml", FOREIGN)]);
    for many in [100, 50_000] {
        for path in [
            format!("$.Image[?{}@.a{}]", "(".repeat(many), ")".repeat(many)),
            format!("$.Image[?{}@.a]", "!".repeat(many)),
            format!("$.Image{}{}", "[?@.a".repeat(many), "]".repeat(many)),
            format!("$.Image[?{}]", vec!["@.a==1"; many].join(" && ")),
            format!("$.Image[?{}]", vec!["@.a==1"; many].join(" || ")),
            format!("$.Image{}", ".a".repeat(many)),
            format!("$.Image{}", "[*]".repeat(many)),
            format!("$.Image{}", "..a".repeat(many)),
        ] {
            std::fs::write(folder.path().join("rule.yaml"), registry_with(&path, "x")).unwrap();
            let arguments = ["check", "t.yaml", "--rules", "rule.yaml", "-s", "custom"];
            let output = run(folder.path(), &arguments);
            let (exit, said) = (code(&output), stdout(&output) + &stderr(&output));
            let start = &path[..20];
            assert!(matches!(exit, 1 | 2), "{start}: exit {exit}");
            let expected = if exit == 1 {
                "image-from-our-registry"
            } else {
                "rule.yaml:6:"
            };
            assert!(said.contains(expected), "{start}: {said}");
            let longest = said.lines().map(str::len).max().unwrap_or_default();
            assert!(longest < 1_000, "{start}: a line of {longest} bytes");
        }
    }
}
