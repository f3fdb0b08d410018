use std::fs;

use tempfile::TempDir;

use super::*;
use crate::files::Disk;
use crate::project::cdk::Environment;

/// A folder with these files; the text of each is its own name unless it is given after `=`.
fn tree(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let (name, text) = file.split_once('=').unwrap_or((file, file));
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn run(root: &TempDir, inputs: &[&str], options: &Options) -> Discovered {
    let inputs: Vec<PathBuf> = inputs.iter().map(PathBuf::from).collect();
    discover(&Disk, root.path(), &inputs, options).unwrap()
}

/// Files as reported, those that were named with `!` before them.
fn files(found: &Discovered) -> Vec<String> {
    let files = found.files.iter();
    files
        .map(|input| match input.origin {
            Origin::Found => input.shown.to_string(),
            Origin::Named => format!("!{}", input.shown),
            Origin::Stdin => format!("-{}", input.shown),
        })
        .collect()
}

fn errors(found: &Discovered) -> Vec<String> {
    let errors = found.errors.iter();
    errors
        .map(|error| format!("{}: {}", error.path, error.message))
        .collect()
}

fn skipped(found: &Discovered) -> Vec<String> {
    let skipped = found.skipped.iter();
    skipped
        .map(|file| format!("{}: {}", file.path, file.reason))
        .collect()
}

#[test]
fn a_folder_gives_the_files_of_known_extensions_sorted() {
    let root = tree(&[
        "b.yml",
        "a.yaml",
        "sub/C.JSON",
        "sub/d.template",
        "sub/e.tmpl",
        "f.txt",
        "g",
        "README.md",
    ]);
    let found = run(&root, &["."], &Options::default());
    assert_eq!(
        files(&found),
        ["a.yaml", "b.yml", "sub/C.JSON", "sub/d.template", "sub/e.tmpl"]
    );
    assert!(found.errors.is_empty() && found.skipped.is_empty());
    let folders: Vec<_> = found.folders.iter().map(|folder| &*folder.shown).collect();
    assert_eq!(folders, ["."]);
    assert!(
        found
            .files
            .iter()
            .all(|file| file.path.is_file() && file.path.starts_with(&found.folders[0].path))
    );
}

#[test]
fn a_named_file_is_taken_whatever_its_extension_and_whatever_ignores_it() {
    let root = tree(&[
        "a.golden",
        ".hidden.yaml",
        "gen/b.yaml",
        ".gitignore=gen/\n",
        "node_modules/x/t.yaml",
    ]);
    let named = [
        "./a.golden",
        ".hidden.yaml",
        "gen/b.yaml",
        "node_modules/x/t.yaml",
    ];
    let options = Options {
        exclude: vec!["gen/".into()].into(),
        ..Options::default()
    };
    let found = run(&root, &named, &options);
    assert_eq!(
        files(&found),
        [
            "!.hidden.yaml",
            "!a.golden",
            "!gen/b.yaml",
            "!node_modules/x/t.yaml"
        ]
    );
    assert!(found.folders.is_empty());
}

#[test]
fn ignored_hidden_and_foreign_files_are_not_walked_into() {
    let root = tree(&[
        ".gitignore=build/\n*.gen.yaml\n",
        "a.yaml",
        "a.gen.yaml",
        "build/b.yaml",
        ".git/c.yaml",
        ".aws-sam/d.yaml",
        ".e.yaml",
        "node_modules/f/g.yaml",
        "sub/node_modules/h.yaml",
        "sub/.gitignore=i.yaml\n",
        "sub/i.yaml",
        "sub/j.yaml",
    ]);
    let found = run(&root, &["."], &Options::default());
    assert_eq!(files(&found), ["a.yaml", "sub/j.yaml"]);
    let all = Options {
        no_gitignore: true,
        ..Options::default()
    };
    let found = run(&root, &["."], &all);
    assert_eq!(
        files(&found),
        ["a.gen.yaml", "a.yaml", "build/b.yaml", "sub/i.yaml", "sub/j.yaml"]
    );
}

#[test]
fn the_gitignore_above_a_folder_counts_but_a_named_folder_is_entered() {
    let root = tree(&[
        ".gitignore=build/\n*.gen.yaml\n",
        "build/a.yaml",
        "build/b.gen.yaml",
    ]);
    let found = run(&root, &["build"], &Options::default());
    assert_eq!(files(&found), ["build/a.yaml"]);
}

#[test]
fn include_adds_files_and_exclude_removes_files_and_folders() {
    let root = tree(&[
        "a.yaml",
        "b.cfn",
        "c.txt",
        "sub/d.yaml",
        "sub/deep/e.yaml",
        "other/sub/f.yaml",
        "g.test.json",
    ]);
    let options = |include: &[&str], exclude: &[&str]| Options {
        include: include
            .iter()
            .map(|text| text.to_string())
            .collect::<Vec<_>>()
            .into(),
        exclude: exclude
            .iter()
            .map(|text| text.to_string())
            .collect::<Vec<_>>()
            .into(),
        ..Options::default()
    };
    let found = run(
        &root,
        &["."],
        &options(&["*.cfn"], &["*.test.json", "sub/deep/**"]),
    );
    assert_eq!(
        files(&found),
        ["a.yaml", "b.cfn", "other/sub/f.yaml", "sub/d.yaml"]
    );
    assert_eq!(
        skipped(&found),
        ["g.test.json: excluded", "sub/deep/e.yaml: excluded"]
    );
    let found = run(&root, &["."], &options(&[], &["**/sub/**", "./a.yaml"]));
    assert_eq!(files(&found), ["g.test.json"]);
    let found = run(&root, &["sub"], &options(&[], &["sub/deep"]));
    assert_eq!(files(&found), ["sub/d.yaml"]);
}

#[test]
fn exclude_decides_over_named_inputs_only_when_forced() {
    let root = tree(&["a.yaml", "sub/b.yaml"]);
    let mut options = Options {
        exclude: vec!["a.yaml".into(), "sub/".into()].into(),
        ..Options::default()
    };
    assert_eq!(files(&run(&root, &["a.yaml"], &options)), ["!a.yaml"]);
    options.force_exclude = true;
    let found = run(&root, &["a.yaml", "sub", "sub/b.yaml"], &options);
    assert!(found.files.is_empty());
    assert_eq!(
        skipped(&found),
        ["a.yaml: excluded", "sub: excluded", "sub/b.yaml: excluded"]
    );
}

#[test]
fn a_missing_input_is_an_error_and_the_others_are_still_found() {
    let root = tree(&["a.yaml"]);
    let found = run(
        &root,
        &["missing.yaml", "a.yaml", "no/such", ""],
        &Options::default(),
    );
    assert_eq!(files(&found), ["!a.yaml"]);
    assert_eq!(
        errors(&found),
        [
            ": an empty path",
            "missing.yaml: no such file or folder",
            "no/such: no such file or folder"
        ]
    );
}

#[test]
fn a_pattern_gives_what_it_matches_whatever_the_extension() {
    let root = tree(&[
        "t/a.golden",
        "t/b.yaml",
        "t/.h.yaml",
        "u/c.yaml",
        "u/node_modules/d.yaml",
        "[x].yaml",
    ]);
    let found = run(&root, &["t/*", "**/*.yaml"], &Options::default());
    assert_eq!(files(&found), ["[x].yaml", "t/a.golden", "t/b.yaml", "u/c.yaml"]);
    assert_eq!(
        files(&run(&root, &["[x].yaml"], &Options::default())),
        ["![x].yaml"]
    );
    let found = run(&root, &["?.json"], &Options::default());
    assert_eq!(errors(&found), ["?.json: no file matches this pattern"]);
}

#[test]
fn a_folder_that_a_pattern_matches_is_walked() {
    let root = tree(&["one/a.yaml", "one/b.txt", "two/c.yaml"]);
    let found = run(&root, &["t*", "on?"], &Options::default());
    assert_eq!(files(&found), ["one/a.yaml", "two/c.yaml"]);
}

#[test]
fn a_malformed_pattern_is_an_error_of_usage() {
    let root = tree(&["a.yaml"]);
    let bad = discover(&Disk, root.path(), &["a[".into()], &Options::default()).unwrap_err();
    assert_eq!(bad.pattern, "a[");
    let options = Options {
        exclude: vec!["fine".into(), "a[".into()].into(),
        ..Options::default()
    };
    let bad = discover(&Disk, root.path(), &[".".into()], &options).unwrap_err();
    assert_eq!(bad.pattern, "a[");
    assert!(bad.to_string().starts_with("`a[` is not a pattern: "), "{bad}");
}

#[test]
fn a_file_is_taken_once_and_as_the_strongest_input_has_it() {
    let root = tree(&["t/a.yaml", "t/b.yaml"]);
    let found = run(
        &root,
        &[".", "t", "t/../t/a.yaml", "./t/a.yaml", "t/*.yaml"],
        &Options::default(),
    );
    assert_eq!(files(&found), ["!t/a.yaml", "t/b.yaml"]);
    let absolute = root.path().join("t/a.yaml");
    let found = run(&root, &[absolute.to_str().unwrap(), "t"], &Options::default());
    assert_eq!(files(&found), ["!t/a.yaml", "t/b.yaml"]);
}

#[test]
fn standard_input_stands_for_the_file_whose_name_it_has() {
    let root = tree(&["t/a.yaml"]);
    let found = run(&root, &["-", "-"], &Options::default());
    assert_eq!(files(&found), ["-<stdin>"]);
    assert_eq!(found.files[0].path.parent(), Some(root.path()));
    let options = Options {
        stdin_filename: Some("./t/a.yaml".into()),
        ..Options::default()
    };
    let found = run(&root, &["t", "-", "t/a.yaml"], &options);
    assert_eq!(files(&found), ["-t/a.yaml"]);
    assert!(found.files[0].is_named());
}

#[test]
fn a_path_outside_of_the_current_directory_keeps_its_form() {
    let root = tree(&["here/a.yaml", "there/b.yaml"]);
    let cwd = root.path().join("here");
    let inputs = [
        "../there/b.yaml".into(),
        "../here/a.yaml".into(),
        "../there".into(),
    ];
    let found = discover(&Disk, &cwd, &inputs, &Options::default()).unwrap();
    assert_eq!(files(&found), ["!../there/b.yaml", "!a.yaml"]);
    let outside = root.path().join("there/b.yaml");
    let found = discover(&Disk, &cwd, std::slice::from_ref(&outside), &Options::default()).unwrap();
    assert_eq!(files(&found), [format!("!{}", outside.display())]);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed_unless_they_are_named() {
    use std::os::unix::fs::symlink;
    let root = tree(&["t/a.yaml", "t/sub/b.yaml"]);
    let link = |to: &str, at: &str| symlink(root.path().join(to), root.path().join(at)).unwrap();
    link("t", "t/sub/loop");
    link("t/a.yaml", "t/link.yaml");
    link("nowhere", "t/broken.yaml");
    link("t", "elsewhere");
    let found = run(&root, &["t"], &Options::default());
    assert_eq!(files(&found), ["t/a.yaml", "t/sub/b.yaml"]);
    assert_eq!(
        skipped(&found),
        ["t/broken.yaml: symbolic link", "t/link.yaml: symbolic link"]
    );
    let found = run(&root, &["t/**/*.yaml"], &Options::default());
    assert_eq!(files(&found), ["t/a.yaml", "t/sub/b.yaml"]);
    let found = run(&root, &["t/sub/*"], &Options::default());
    assert_eq!(files(&found), ["t/sub/b.yaml"]);
    assert_eq!(skipped(&found), ["t/sub/loop: symbolic link"]);
    for inputs in [["t/link.yaml", "t/a.yaml"], ["t/a.yaml", "t/link.yaml"]] {
        assert_eq!(files(&run(&root, &inputs, &Options::default())), ["!t/a.yaml"]);
    }
    let found = run(&root, &["t/link.yaml"], &Options::default());
    assert_eq!(files(&found), ["!t/link.yaml"]);
    let found = run(&root, &["elsewhere"], &Options::default());
    assert_eq!(files(&found), ["elsewhere/a.yaml", "elsewhere/sub/b.yaml"]);
}

#[cfg(unix)]
#[test]
fn a_socket_is_no_file_to_read() {
    let root = tree(&[]);
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("s.yaml")).unwrap();
    let found = run(&root, &["s.yaml"], &Options::default());
    assert_eq!(
        errors(&found),
        ["s.yaml: not a regular file; pipe it to standard input and pass `-`"]
    );
}

#[test]
fn the_order_of_the_inputs_changes_nothing() {
    let root = tree(&["a.yaml", "b/c.yaml", "b/d.yaml"]);
    let one = run(&root, &["b", "a.yaml", "b/d.yaml", "x"], &Options::default());
    let two = run(&root, &["x", "b/d.yaml", "a.yaml", "b"], &Options::default());
    assert_eq!((one.files, one.errors), (two.files, two.errors));
}

#[test]
fn the_text_of_a_file_is_read_by_its_reported_name() {
    let root = tree(&["a.yaml=é"]);
    fs::write(root.path().join("b.yaml"), b"a\n\xff").unwrap();
    let path = |name: &str| root.path().join(name);
    assert_eq!(read(&Disk, &path("a.yaml"), &"a.yaml".into()).unwrap(), "é");
    let error = read(&Disk, &path("b.yaml"), &"b.yaml".into()).unwrap_err();
    assert_eq!(
        error.message,
        "not UTF-8: byte 0xff at offset 2 (line 2, column 1)"
    );
    let error = read(&Disk, &path("c.yaml"), &"c.yaml".into()).unwrap_err();
    assert_eq!(
        (&*error.path, &*error.message),
        ("c.yaml", "no such file or folder")
    );
    let error = read(&Disk, root.path(), &".".into()).unwrap_err();
    assert_eq!(error.message, "not a regular file");
}

const CDK_TEMPLATES: [&str; 3] = [
    "Shop.template.json",
    "ShopChild.nested.template.json",
    "assembly-Prod/ProdShop1A2B.template.json",
];

#[test]
fn an_assembly_gives_its_stack_templates_with_name_and_environment() {
    let cwd = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects/cdk/cdk-out");
    let found = discover(&Disk, &cwd, &[".".into()], &Options::default()).unwrap();
    assert_eq!(files(&found), CDK_TEMPLATES);
    assert!(found.errors.is_empty());
    let stacks: Vec<_> = found
        .stacks
        .iter()
        .map(|stack| {
            let Environment { account, region } = &stack.environment;
            (&*stack.stack_name, account.as_deref(), region.as_deref())
        })
        .collect();
    assert_eq!(
        stacks,
        [
            ("Shop", None, Some("eu-west-1")),
            ("Prod-Shop", Some("111122223333"), Some("eu-central-1")),
        ]
    );
    assert!(
        found
            .stacks
            .iter()
            .all(|stack| found.files.iter().any(|file| file.path == stack.template))
    );
}

#[test]
fn an_assembly_on_a_walk_gives_the_same_and_names_what_it_leaves_out() {
    let cwd = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects/cdk");
    let found = discover(&Disk, &cwd, &[".".into()], &Options::default()).unwrap();
    assert_eq!(files(&found), CDK_TEMPLATES.map(|name| format!("cdk-out/{name}")));
    assert_eq!(found.stacks.len(), 2);
    assert_eq!(
        skipped(&found),
        [
            "cdk-out/Shop.assets.json: CDK asset manifest",
            "cdk-out/assembly-Prod/manifest.json: not a stack template of the CDK assembly",
            "cdk-out/asset.0123abcd/template.json: not a stack template of the CDK assembly",
            "cdk-out/manifest.json: not a stack template of the CDK assembly",
            "cdk-out/tree.json: CDK metadata",
        ]
    );
}

#[test]
fn a_nested_template_of_an_assembly_is_found_by_its_asset_hash() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects/cdk/cdk-out");
    let assets = cdk::AssetMap::load(&Disk, &cdk::asset_manifests(&folder));
    let child = folder.join("ShopChild.nested.template.json");
    assert_eq!(assets.find("/assets/5f6c1d2e.json"), Some(child.as_path()));
}

#[test]
fn what_a_manifest_names_and_is_not_there_is_an_error() {
    let root = tree(&[
        r#"out/manifest.json={"version": "1", "artifacts": {
            "A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "A.template.json"}},
            "B": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../secret.json"}},
            "C": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-C"}},
            "D": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}},
            "E": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "E.template.json"}},
            "F": 1}}"#,
        "out/E.template.json",
        "secret.json",
    ]);
    let found = run(&root, &["out"], &Options::default());
    assert_eq!(files(&found), ["out/E.template.json"]);
    assert_eq!(
        errors(&found),
        [
            "out/A.template.json: no such file; stack `A` of manifest.json names it",
            "out/assembly-C/manifest.json: no manifest of a nested CDK assembly",
            "out/manifest.json: stack `B` names no template file within the assembly",
        ]
    );
}

#[test]
fn output_of_the_cdk_without_a_manifest_gives_its_templates() {
    let root = tree(&[
        "cdk.out/A.template.json",
        "cdk.out/other.json",
        "cdk.out/A.assets.json",
        "cdk.out/tree.json",
        "cdk.json",
        "a.yaml",
        "web/manifest.json={\"version\": \"1\", \"name\": \"app\"}",
        "web/b.json",
    ]);
    let found = run(&root, &["."], &Options::default());
    assert_eq!(
        files(&found),
        [
            "a.yaml",
            "cdk.out/A.template.json",
            "web/b.json",
            "web/manifest.json"
        ]
    );
    assert_eq!(
        skipped(&found),
        [
            "cdk.json: CDK metadata",
            "cdk.out/A.assets.json: CDK asset manifest",
            "cdk.out/other.json: not a stack template of the CDK output",
            "cdk.out/tree.json: CDK metadata",
        ]
    );
}
