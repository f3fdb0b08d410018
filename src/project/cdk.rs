//! CDK cloud assemblies (`cdk.out`): which files are stack templates, where each stack goes, and which file an asset hash is.
//!
//! Format: <https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema>.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value;

use super::discover::{Unreadable, read};
use crate::files::Files;
use crate::source::Str;

/// File name of the manifest that makes a folder a cloud assembly.
pub const MANIFEST: &str = "manifest.json";
/// How the names of asset manifests end.
const ASSETS_SUFFIX: &str = ".assets.json";
/// How the names of stack templates end.
const TEMPLATE_SUFFIX: &str = ".template.json";
/// How the names of nested stacks' templates end; no manifest lists them.
const NESTED_SUFFIX: &str = ".nested.template.json";
/// Folder that the CDK writes to unless told otherwise.
const OUTPUT_FOLDER: &str = "cdk.out";

/// The account and region a stack is deployed to, as far as the CDK app said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Environment {
    /// Account id of twelve digits.
    pub account: Option<Str>,
    /// Region, for example `eu-west-1`.
    pub region: Option<Str>,
}

impl Environment {
    /// Reads `aws://account/region`; `unknown-account` and `unknown-region` stand for an app that left them open.
    pub fn parse(text: &str) -> Environment {
        let Some((account, region)) = text.strip_prefix("aws://").and_then(|rest| rest.split_once('/'))
        else {
            return Environment::default();
        };
        let known = |part: &str, unknown: &str| (!part.is_empty() && part != unknown).then(|| part.into());
        Environment {
            account: known(account, "unknown-account"),
            region: known(region, "unknown-region"),
        }
    }
}

/// A stack of a cloud assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackArtifact {
    /// Its id in the manifest.
    pub id: Str,
    /// Its template, in the folder of the manifest.
    pub template: PathBuf,
    /// The name it is deployed under.
    pub stack_name: Str,
    /// Where it is deployed to.
    pub environment: Environment,
}

/// What a manifest and those of the assemblies nested in it name.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// Templates of stacks and of nested stacks.
    pub(super) templates: Vec<PathBuf>,
    pub(super) stacks: Vec<StackArtifact>,
    /// What the manifests name and is not there.
    pub(super) errors: Vec<Unreadable>,
}

/// Reads the cloud assembly in a folder and those nested in it; `None` when the folder holds no manifest of the CDK.
/// `shown` gives the path under which a file is reported.
pub(super) fn assembly(files: &dyn Files, folder: &Path, shown: &dyn Fn(&Path) -> Str) -> Option<Assembly> {
    let mut out = Assembly::default();
    let first = manifest(files, folder, shown)?;
    // A folder is entered once, whatever links lead to it; names lead only downwards.
    let mut entered = BTreeSet::from([folder.to_path_buf()]);
    let mut open = vec![(folder.to_path_buf(), first)];
    while let Some((folder, manifest)) = open.pop() {
        for name in names(&folder) {
            if name.ends_with(NESTED_SUFFIX) {
                out.templates.push(folder.join(name));
            }
        }
        let artifacts = manifest.get("artifacts").and_then(Value::as_object);
        for (id, artifact) in artifacts.into_iter().flatten() {
            match artifact.get("type").and_then(Value::as_str) {
                Some("aws:cloudformation:stack") => stack(files, &folder, id, artifact, shown, &mut out),
                Some("cdk:cloud-assembly") => {
                    let Some(nested) =
                        property(artifact, "directoryName").and_then(|name| inside(&folder, name))
                    else {
                        continue;
                    };
                    if !entered.insert(nested.clone()) {
                        continue;
                    }
                    match self::manifest(files, &nested, shown) {
                        Some(manifest) => open.push((nested, manifest)),
                        None => out.errors.push(Unreadable::new(
                            shown(&nested.join(MANIFEST)),
                            "no manifest of a nested CDK assembly",
                        )),
                    }
                }
                _ => {}
            }
        }
    }
    Some(out)
}

/// The manifest of a folder; a JSON file of that name that is not the CDK's is none.
fn manifest(files: &dyn Files, folder: &Path, shown: &dyn Fn(&Path) -> Str) -> Option<Value> {
    let path = folder.join(MANIFEST);
    if !files.is_file(&path) {
        return None;
    }
    let text = read(files, &path, &shown(&path)).ok()?;
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    (value.get("version").is_some() && value.get("artifacts").is_some_and(Value::is_object)).then_some(value)
}

/// Adds one stack, or an error when its template is not there.
fn stack(
    files: &dyn Files,
    folder: &Path,
    id: &str,
    artifact: &Value,
    shown: &dyn Fn(&Path) -> Str,
    out: &mut Assembly,
) {
    let named = property(artifact, "templateFile");
    let Some(template) = named.and_then(|name| inside(folder, name)) else {
        let message = format!("stack `{id}` names no template file within the assembly");
        out.errors
            .push(Unreadable::new(shown(&folder.join(MANIFEST)), message));
        return;
    };
    if !files.is_file(&template) {
        let message = format!("no such file; stack `{id}` of {MANIFEST} names it");
        out.errors.push(Unreadable::new(shown(&template), message));
        return;
    }
    let environment = artifact.get("environment").and_then(Value::as_str);
    out.stacks.push(StackArtifact {
        id: id.into(),
        template: template.clone(),
        // The CDK's own rule: the id unless a name is given.
        stack_name: property(artifact, "stackName").unwrap_or(id).into(),
        environment: environment.map(Environment::parse).unwrap_or_default(),
    });
    out.templates.push(template);
}

fn property<'a>(artifact: &'a Value, name: &str) -> Option<&'a str> {
    artifact.get("properties")?.get(name)?.as_str()
}

/// A path that a manifest gives, when it leads below the manifest's folder: a manifest is input, and must not make
/// the linter read elsewhere.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let descends = path.components().all(|part| matches!(part, Component::Normal(_)));
    (descends && !name.is_empty()).then(|| folder.join(path))
}

/// Names of the entries of a folder, sorted; none when it cannot be listed.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Why a file is no template as far as its name tells: files that the CDK writes beside templates.
pub(super) fn not_a_template(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    if name.ends_with(ASSETS_SUFFIX) {
        return Some("CDK asset manifest");
    }
    if matches!(name, "tree.json" | "cdk.json" | "cdk.context.json") {
        return Some("CDK metadata");
    }
    let folder = path.parent()?.file_name()?;
    let is_other = name.ends_with(".json") && !name.ends_with(TEMPLATE_SUFFIX);
    (folder == OUTPUT_FOLDER && is_other).then_some("not a stack template of the CDK output")
}

/// The asset manifests (`*.assets.json`) of a folder, sorted by name.
pub fn asset_manifests(folder: &Path) -> Vec<PathBuf> {
    let names = names(folder).into_iter();
    names
        .filter(|name| name.ends_with(ASSETS_SUFFIX))
        .map(|name| folder.join(name))
        .collect()
}

/// The file assets of one folder by their hash: a `TemplateURL` that the CDK wrote names the S3 object
/// `<hash>.json`, and this says which file next to the template was uploaded as that object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetMap {
    files: IndexMap<Str, PathBuf>,
}

impl AssetMap {
    /// The assets of these manifests; one that cannot be read adds nothing, its stacks stay without a child template.
    /// When two name the same hash the first wins: equal hashes are equal files.
    pub fn load(files: &dyn Files, manifests: &[PathBuf]) -> AssetMap {
        let mut out = AssetMap::default();
        for path in manifests {
            let text = read(files, path, &path.to_string_lossy().into());
            if let (Ok(text), Some(folder)) = (text, path.parent()) {
                out.add(folder, &text);
            }
        }
        out
    }

    /// Adds the assets of one manifest's text.
    fn add(&mut self, folder: &Path, text: &str) {
        let Ok(manifest) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
            return;
        };
        for (id, asset) in manifest
            .get("files")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let source = asset.get("source");
            let is_file = source
                .and_then(|source| source.get("packaging"))
                .is_none_or(|packaging| packaging == "file");
            let path = source.and_then(|source| source.get("path")?.as_str());
            let Some(path) = path.and_then(|path| inside(folder, path)).filter(|_| is_file) else {
                continue;
            };
            // The id is the hash; a synthesizer may decorate it, so the names of the S3 objects count as well.
            let destinations = asset.get("destinations").and_then(Value::as_object);
            let keys = destinations
                .into_iter()
                .flat_map(|map| map.values())
                .filter_map(|destination| destination.get("objectKey")?.as_str())
                .filter_map(|key| key.rsplit('/').next()?.split('.').next());
            for hash in std::iter::once(id.as_str()).chain(keys) {
                self.files.entry(hash.into()).or_insert_with(|| path.clone());
            }
        }
    }

    /// The file of an asset hash.
    pub fn get(&self, hash: &str) -> Option<&Path> {
        self.files.get(hash).map(PathBuf::as_path)
    }

    /// The file whose hash stands in a URL or in a part of one, such as `/cdk-assets/68e3….json`.
    pub fn find(&self, url: &str) -> Option<&Path> {
        url.split(|letter: char| !letter.is_ascii_alphanumeric())
            .find_map(|word| self.get(word))
    }

    /// True when no asset is known.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Disk;

    #[test]
    fn an_environment_is_known_as_far_as_the_app_said() {
        let environment = Environment::parse("aws://111122223333/eu-west-1");
        assert_eq!(environment.account.as_deref(), Some("111122223333"));
        assert_eq!(environment.region.as_deref(), Some("eu-west-1"));
        let environment = Environment::parse("aws://unknown-account/eu-west-1");
        assert_eq!(environment.account, None);
        assert_eq!(environment.region.as_deref(), Some("eu-west-1"));
        assert_eq!(
            Environment::parse("aws://unknown-account/unknown-region"),
            Environment::default()
        );
        assert_eq!(Environment::parse("nonsense"), Environment::default());
    }

    #[test]
    fn paths_of_a_manifest_lead_only_downwards() {
        let folder = Path::new("/out");
        assert_eq!(inside(folder, "a/b.json"), Some("/out/a/b.json".into()));
        for name in ["../b.json", "a/../../b.json", "/etc/passwd", "", ".", "./a"] {
            assert_eq!(inside(folder, name), None, "{name:?}");
        }
    }

    #[test]
    fn an_asset_is_found_by_id_by_object_key_and_in_a_url() {
        let text = r#"{"version": "36.0.0", "files": {
            "aaaa1111-dev": {"source": {"path": "Child.nested.template.json", "packaging": "file"},
              "destinations": {"d": {"bucketName": "b", "objectKey": "pre/aaaa1111.json"}}},
            "bbbb2222": {"source": {"path": "asset.bbbb2222", "packaging": "zip"}},
            "cccc3333": {"source": {"path": "../../secret.json", "packaging": "file"}},
            "dddd4444": {"source": {"executable": ["make"]}}}}"#;
        let mut assets = AssetMap::default();
        assets.add(Path::new("/out"), text);
        let child = Some(Path::new("/out/Child.nested.template.json"));
        assert_eq!(assets.get("aaaa1111-dev"), child);
        assert_eq!(assets.get("aaaa1111"), child);
        assert_eq!(
            assets.find("https://s3.eu-west-1.amazonaws.com/b/pre/aaaa1111.json"),
            child
        );
        for hash in ["bbbb2222", "cccc3333", "dddd4444", "aaaa"] {
            assert_eq!(assets.get(hash), None, "{hash}");
        }
        assert_eq!(assets.find("https://s3.amazonaws.com/b/aaaa1111x.json"), None);
    }

    #[test]
    fn an_asset_manifest_that_is_not_json_adds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("B.assets.json"), "{").unwrap();
        std::fs::write(
            folder.path().join("A.assets.json"),
            r#"{"files": {"ab": {"source": {"path": "x.json"}}}}"#,
        )
        .unwrap();
        let manifests = asset_manifests(folder.path());
        assert_eq!(manifests.len(), 2);
        let assets = AssetMap::load(&Disk, &manifests);
        assert_eq!(assets.get("ab"), Some(folder.path().join("x.json").as_path()));
        assert!(AssetMap::load(&Disk, &[folder.path().join("missing.assets.json")]).is_empty());
    }
}
