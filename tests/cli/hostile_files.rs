//! Files that are made to break whoever reads them: each costs little, is told with its place, and does not keep a run from the
//! files beside it.

use std::fs;
use std::path::Path;

use ecslint::report::Format;

use super::{GOOD, PUBLIC, code, command, folder, run, stderr, stdout};

/// A template that is right, up to the place where properties of its only resource may follow.
const TOPIC: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

/// Checks a folder with a file of this name, and one beside it that has a finding.
fn beside(name: &str, bytes: &[u8]) -> (i32, String) {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    fs::write(folder.path().join(name), bytes).unwrap();
    let output = run(folder.path(), &["check", ".", "--format", "concise"]);
    assert!(stdout(&output).contains("public.yaml"), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("[task-public-ip]"),
        "{}",
        stdout(&output)
    );
    (code(&output), stderr(&output))
}

/// The file is told as one that could not be analysed, with these words.
fn assert_refused(name: &str, bytes: &[u8], words: &str) {
    let (code, said) = beside(name, bytes);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains(words), "{said}");
    let longest = said.lines().map(str::len).max().unwrap_or_default();
    assert!(longest < 2_000, "a line of {longest} bytes");
}

#[test]
fn what_nests_deeper_than_people_write_is_refused_at_its_place() {
    let deep = format!(
        "{TOPIC}Metadata: {}{}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_refused(
        "deep.yaml",
        deep.as_bytes(),
        "deep.yaml:4:139: this is nested deeper than 128 levels",
    );
    let deep = format!(
        "{{\"Resources\":{}1{}}}",
        "{\"a\":".repeat(100_000),
        "}".repeat(100_000)
    );
    assert_refused(
        "deep.json",
        deep.as_bytes(),
        "deep.json:1:649: this is nested deeper than 128 levels",
    );
}

#[test]
fn aliases_that_multiply_are_refused_at_the_one_that_is_too_many() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (inner, outer) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        bomb.push_str(&format!(
            "{outer}: &{outer} [{}]\n",
            vec![format!("*{inner}"); 9].join(",")
        ));
    }
    bomb.push_str(TOPIC);
    assert_refused(
        "bomb.yaml",
        bomb.as_bytes(),
        "bomb.yaml:5:7: anchors and aliases copy more than 100000 values",
    );
}

#[test]
fn a_file_larger_than_any_template_is_not_read() {
    let large = format!("{TOPIC}{}", "# a comment\n".repeat(1_500_000));
    assert_refused("large.yaml", large.as_bytes(), "large.yaml: larger than 16 MiB");
}

/// 100 MiB of nothing, which need no room on the disk.
fn hundred_mebibytes(path: &Path) -> fs::File {
    fs::File::create(path).unwrap().set_len(100 << 20).unwrap();
    fs::File::open(path).unwrap()
}

#[test]
fn a_hundred_mebibytes_are_refused_in_a_file_and_on_stdin() {
    let folder = folder(&[("public.yaml", PUBLIC)]);
    let huge = hundred_mebibytes(&folder.path().join("huge.yaml"));
    let output = run(
        folder.path(),
        &["check", "public.yaml", "huge.yaml", "-f", "concise"],
    );
    let expected = "error: huge.yaml: larger than 16 MiB (16777216 bytes), the most that is read\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (3, expected));
    assert!(stdout(&output).contains("[task-public-ip]"));
    let output = command(folder.path(), &["check", "-"])
        .stdin(huge)
        .output()
        .unwrap();
    assert_eq!(code(&output), 3);
    assert_eq!(stderr(&output), expected.replace("huge.yaml", "<stdin>"));
}

/// What is read beside templates, and how a run that is given it ends; the words are of the file or of the line in it.
const STEERING: &[(&str, i32)] = &[
    ("--config", 2),
    ("--params", 2),
    ("--rules", 2),
    ("--baseline", 2),
    ("--files-from", 3),
];

#[test]
fn what_steers_a_run_is_refused_like_a_template_that_is_made_to_break_it() {
    let deep = format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let object = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (inner, outer) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        bomb.push_str(&format!(
            "{outer}: &{outer} [{}]\n",
            vec![format!("*{inner}"); 9].join(",")
        ));
    }
    let line = format!("a: {}\n", "x".repeat(1_000_000));
    let folder = folder(&[
        ("public.yaml", PUBLIC),
        ("deep.yaml", &deep),
        ("deep.json", &object),
        ("bomb.yaml", &bomb),
        ("line.yaml", &line),
        ("nul.yaml", "a\0: 1\n"),
    ]);
    fs::write(folder.path().join("latin.yaml"), b"a: caf\xe9\n").unwrap();
    drop(hundred_mebibytes(&folder.path().join("huge.yaml")));
    for name in [
        "deep.yaml",
        "deep.json",
        "bomb.yaml",
        "line.yaml",
        "nul.yaml",
        "latin.yaml",
        "huge.yaml",
    ] {
        for (flag, exit) in STEERING {
            let output = run(folder.path(), &["check", "public.yaml", flag, name]);
            let said = stderr(&output);
            assert_eq!(code(&output), *exit, "{flag} {name}: {said}");
            assert!(said.starts_with("error: "), "{flag} {name}: {said}");
            // A line of what is no list is a path that does not exist.
            let is_named = said.contains(name) || *flag == "--files-from";
            assert!(is_named, "{flag} {name}: {said}");
            let longest = said.lines().map(str::len).max().unwrap_or_default();
            assert!(longest < 1_000, "{flag} {name}: a line of {longest} bytes");
        }
    }
}

#[test]
fn no_format_repeats_a_line_of_a_million_characters() {
    let metadata = format!("\"{}\"", "x".repeat(1_000_000));
    let text = format!(
        "Resources: {{Service: {{Type: AWS::ECS::Service, Metadata: {{X: {metadata}}}, Properties: {{LaunchType: FARGATE, \
         NetworkConfiguration: {{AwsvpcConfiguration: {{AssignPublicIp: ENABLED, Subnets: [subnet-0a]}}}}}}}}}}\n"
    );
    let folder = folder(&[("t.yaml", &text)]);
    for format in Format::ALL {
        let arguments = ["check", "t.yaml", "-f", format.as_str(), "-s", "task-public-ip"];
        let output = run(folder.path(), &arguments);
        assert_eq!(code(&output), 1, "{format}: {}", stderr(&output));
        let size = output.stdout.len();
        assert!(size < 200_000, "{format} writes {size} bytes");
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let latin = b"Resources:\n  Topic:\n    Type: AWS::SNS::Topic # caf\xe9\n";
    assert_refused(
        "latin.yaml",
        latin,
        "latin.yaml: not UTF-8: byte 0xe9 at offset 51 (line 3, column 32)\n",
    );
    let utf16: Vec<u8> = TOPIC.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_refused(
        "utf16.yaml",
        &[b"\xff\xfe", utf16.as_slice()].concat(),
        "the text is UTF-16; save it as UTF-8",
    );
    assert_refused(
        "nul.yaml",
        b"Resources:\n  T\0:\n    Type: AWS::SNS::Topic\n",
        "nul.yaml:2:4: unexpected character `\\u{0}`",
    );
}

#[test]
fn what_is_large_and_right_is_read() {
    let line = format!(
        "{TOPIC}    Properties: {{DisplayName: '{}'}}\n",
        "x".repeat(1_000_000)
    );
    assert_eq!(beside("line.yaml", line.as_bytes()), (1, String::new()));
    let list = format!(
        "{TOPIC}    Properties: {{Subscription: [{}]}}\n",
        vec!["a"; 1_000_000].join(",")
    );
    assert_eq!(beside("list.yaml", list.as_bytes()), (1, String::new()));
    let many: String = (0..50_000)
        .map(|n| format!("  T{n}:\n    Type: AWS::SNS::Topic\n"))
        .collect();
    assert_eq!(
        beside("many.yaml", format!("Resources:\n{many}").as_bytes()),
        (1, String::new())
    );
}

/// What is found grows with what is written, and not faster: this took minutes and gigabytes once.
#[test]
fn a_text_that_spells_a_name_ten_thousand_times_is_read_once() {
    let count = 10_000;
    let text = format!(
        "{TOPIC}    Properties: {{DisplayName: !Sub '{}'}}\n",
        "${Nothing}".repeat(count)
    );
    let folder = folder(&[("t.yaml", &text)]);
    let output = run(folder.path(), &["check", "t.yaml", "--format", "concise"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert_eq!(stdout(&output).matches("[unresolved-reference]").count(), count);
}

#[test]
fn templates_that_lead_back_to_themselves_end() {
    let nested = |name: &str| {
        format!(
            "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {name}}}\n"
        )
    };
    let folder = folder(&[
        ("a.yaml", &nested("b.yaml")),
        ("b.yaml", &nested("a.yaml")),
        (
            "export.yaml",
            &format!(
                "{TOPIC}    Properties: {{DisplayName: !ImportValue x}}\nOutputs:\n  X:\n    Value: !ImportValue x\n    Export: {{Name: x}}\n"
            ),
        ),
    ]);
    let output = run(folder.path(), &["check", ".", "--format", "concise"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        stdout(&output)
            .contains("nested stack `Nested` contains itself: `Nested/Nested` leads back to its template"),
        "{}",
        stdout(&output)
    );
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    /// A named pipe; nobody ever writes into it.
    fn pipe(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn what_is_no_file_is_passed_over_in_a_folder_and_refused_by_name() {
        let folder = folder(&[("good.yaml", GOOD)]);
        pipe(&folder.path().join("pipe.yaml"));
        symlink("/dev/zero", folder.path().join("zero.yaml")).unwrap();
        symlink(".", folder.path().join("again")).unwrap();
        symlink("two.yaml", folder.path().join("one.yaml")).unwrap();
        symlink("one.yaml", folder.path().join("two.yaml")).unwrap();
        let output = run(folder.path(), &["check", "."]);
        assert_eq!((code(&output), stderr(&output)), (0, String::new()));
        assert!(stdout(&output).contains("1 template,"), "{}", stdout(&output));
        for name in ["pipe.yaml", "zero.yaml", "/dev/zero"] {
            let output = run(folder.path(), &["check", name]);
            assert_eq!(code(&output), 3, "{name}");
            let said = format!("{name}: not a regular file; pipe it to standard input and pass `-`");
            assert!(stderr(&output).contains(&said), "{}", stderr(&output));
        }
        for arguments in [
            ["check", "good.yaml", "--params", "pipe.yaml"],
            ["check", "good.yaml", "--config", "pipe.yaml"],
            ["check", "good.yaml", "--rules", "/dev/zero"],
            ["check", "good.yaml", "--baseline", "/dev/zero"],
        ] {
            let output = run(folder.path(), &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}");
            assert!(
                stderr(&output).contains("not a regular file"),
                "{}",
                stderr(&output)
            );
        }
    }

    #[test]
    fn a_nested_template_does_not_lead_out_of_the_project() {
        let nested = |name: &str| {
            format!(
                "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {name}}}\n"
            )
        };
        let folder = folder(&[
            ("outside.yaml", PUBLIC),
            ("project/up.yaml", &nested("../outside.yaml")),
            ("project/link.yaml", &nested("child.yaml")),
        ]);
        symlink("../outside.yaml", folder.path().join("project/child.yaml")).unwrap();
        let output = run(
            &folder.path().join("project"),
            &["check", ".", "--format", "concise"],
        );
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        let said = stdout(&output);
        for name in ["../outside.yaml", "child.yaml"] {
            let words = format!("template `{name}` of nested stack `Nested` lies outside of the project");
            assert!(said.contains(&words), "{said}");
        }
        assert!(!said.contains("task-public-ip"), "{said}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_name_that_is_no_text_is_read_and_shown() {
        use std::os::unix::ffi::OsStrExt;
        let folder = folder(&[]);
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.yaml");
        fs::write(folder.path().join(name), PUBLIC).unwrap();
        let output = run(folder.path(), &["check", ".", "--format", "concise"]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        assert!(
            stdout(&output).starts_with("caf\u{fffd}.yaml:"),
            "{}",
            stdout(&output)
        );
    }
}
